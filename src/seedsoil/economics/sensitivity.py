"""One-way and two-way sensitivity, and threshold prices: no woman is simulated again.

A cost is linear in every price, and the QALYs under other utilities were gathered beside those of the base
case, so that what another number would give follows from the books of the evaluation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.economics.lever import PRICE, Lever
from seedsoil.economics.tables import table
from seedsoil.errors import InputError, nearest, shown, whole_number
from seedsoil.results.columns import ALL_WOMEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.economics.books import Books
    from seedsoil.economics.tables import Frame

    Floats = NDArray[np.float64]


class Moved(NamedTuple):
    """Increments of a strategy over the reference with one number moved."""

    cost: float
    qaly: float

    def inmb(self, threshold: float) -> float:
        """Incremental net monetary benefit."""
        return threshold * self.qaly - self.cost

    @property
    def icer(self) -> float:
        """Cost a QALY; NaN where no QALY differs."""
        return self.cost / self.qaly if self.qaly else math.nan


def moved(
    books: Books, frame: Frame, strategy: int, lever: Lever, at: float, set_: int = 0
) -> Moved:
    """Increments of `strategy` with a price at the value `at`, or under the set `set_` of utilities."""
    if lever.kind == PRICE:
        change = books.difference(ALL_WOMEN, 0, strategy, scaled(frame.prices, lever, at))
        return Moved(change.cost, change.qaly)
    change = books.difference(ALL_WOMEN, 0, strategy, frame.prices)
    mine, base = books.qalys(ALL_WOMEN, strategy), books.qalys(ALL_WOMEN, 0)
    return Moved(change.cost, float(mine[set_] - base[set_]))


def both_moved(
    books: Books, frame: Frame, strategy: int, at: Sequence[tuple[Lever, float]]
) -> Moved:
    """Increments of `strategy` with several prices, and one utility at the most, at these values.

    A QALY is linear in a utility, so that between the ends of its range it is interpolated.
    """
    prices, gained = frame.prices, 0.0
    for lever, value in at:
        if lever.kind == PRICE:
            prices = scaled(prices, lever, value)
        else:
            low, high = (moved(books, frame, strategy, lever, 0.0, k).qaly for k in lever.sets)
            share = (value - lever.low) / (lever.high - lever.low)
            base = books.difference(ALL_WOMEN, 0, strategy, frame.prices).qaly
            gained += low + share * (high - low) - base
    change = books.difference(ALL_WOMEN, 0, strategy, prices)
    return Moved(change.cost, change.qaly + gained)


def scaled(prices: Floats, lever: Lever, at: float) -> Floats:
    """`prices` with those of the lever's items moved in proportion, so that its price is `at`."""
    result = prices.copy()
    result[list(lever.items)] *= at / lever.value if lever.value else 0.0
    return result


def one_way_table(books: Books, frame: Frame, levers: Sequence[Lever]) -> pa.Table:
    """Every lever at both ends, the widest range of net benefit first; without those that move nothing."""
    threshold = frame.thresholds[0]
    rows: list[dict[str, Any]] = []
    for s, strategy in enumerate(frame.strategies[1:], start=1):
        own = []
        for lever in levers:
            low, high = (
                moved(books, frame, s, lever, at, set_)
                for at, set_ in zip((lever.low, lever.high), lever.sets, strict=True)
            )
            row: dict[str, Any] = {
                "strategy": strategy,
                "parameter": lever.parameter,
                "kind": lever.kind,
                "low": lever.low,
                "high": lever.high,
                "inmb_low": low.inmb(threshold),
                "inmb_high": high.inmb(threshold),
                "icer_low": low.icer,
                "icer_high": high.icer,
            }
            if row["inmb_low"] != row["inmb_high"]:
                own.append(row)
        own.sort(key=lambda r: -abs(r["inmb_high"] - r["inmb_low"]))
        rows += own
    return table("one_way", rows)


def threshold_prices_table(books: Books, frame: Frame, levers: Sequence[Lever]) -> pa.Table:
    """By strategy, price and threshold: the price at which the strategy and the reference are worth the same.

    Where a strategy uses no more of an item than the reference, no price does it: such rows are left out, and
    a negative price says that the item for nothing would not be cheap enough.
    """
    rows = []
    for s, strategy in enumerate(frame.strategies[1:], start=1):
        for lever in levers:
            if lever.kind != PRICE or not lever.value:
                continue
            own = np.zeros(frame.prices.size)
            own[list(lever.items)] = frame.prices[list(lever.items)]
            spent = books.difference(ALL_WOMEN, 0, s, own).cost
            if spent == 0:
                continue
            change = books.difference(ALL_WOMEN, 0, s, frame.prices)
            for threshold in frame.thresholds:
                times = (threshold * change.qaly - (change.cost - spent)) / spent
                rows.append(
                    {
                        "strategy": strategy,
                        "item": lever.parameter,
                        "threshold": threshold,
                        "price": times * lever.value,
                        "times_current": times,
                    }
                )
    return table("threshold_prices", rows)


def lever_of(levers: Sequence[Lever], parameter: object) -> Lever:
    """The lever of a price or utility by name; InputError with the nearest name."""
    known = {lever.parameter: lever for lever in levers}
    if not isinstance(parameter, str) or parameter not in known:
        raise InputError(
            f"parameter {shown(parameter)}: not one that an analysis moves. "
            f"{nearest(parameter, known) or 'The table one_way names them'}".rstrip()
        )
    return known[parameter]


def two_way_values(lever: Lever, steps: int) -> Floats:
    """So many values of a lever, evenly from its low to its high end."""
    whole_number("steps", steps, least=2, most=200)
    return np.linspace(lever.low, lever.high, steps)
