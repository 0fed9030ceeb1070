"""One parameter at a time: the tornado, from evaluations at low and high values, or from the draws.

From draws, what a parameter does is the regression of the increments on it, at its 2.5th and 97.5th
percentile: the mean over all that else is uncertain, and not the model at the others' means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.display.shown import Shown
from seedsoil.economics.decision.charts import tornado_chart
from seedsoil.economics.decision.penalised import fit
from seedsoil.economics.decision.spline import spline_of
from seedsoil.economics.decision.words import Units, money, significant
from seedsoil.errors import InputError, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from seedsoil.display.shown import TextRows
    from seedsoil.economics.decision.draws import Draws, Floats

TAILS = (0.025, 0.975)


class Swing(NamedTuple):
    """A parameter at its low and high value, with the mean cost and effect of every strategy at each."""

    parameter: str
    low: float
    high: float
    costs_low: Sequence[float]
    effects_low: Sequence[float]
    costs_high: Sequence[float]
    effects_high: Sequence[float]


class Bar(NamedTuple):
    """A bar of the tornado: incremental net benefit of a strategy at both ends, and its ICER there.

    `best_low`, `best_high`: the strategy of the highest net benefit at that end. An ICER is None where
    one of the two dominates, or effects do not differ.
    """

    parameter: str
    low: float
    high: float
    at_low: float
    at_high: float
    icer_low: float | None
    icer_high: float | None
    best_low: str
    best_high: str

    @property
    def width(self) -> float:
        """How far the net benefit moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class OneWay(Shown):
    """A tornado of one strategy's incremental net benefit against the reference, the widest bar first."""

    title = "One parameter at a time"

    k: float
    strategy: str
    reference: str
    base: float
    base_best: str
    bars: tuple[Bar, ...]
    units: Units
    from_draws: bool

    def table(self) -> pa.Table:
        """Columns parameter, low, high; and at each end: inmb, icer, best."""
        import pyarrow as pa

        def column(name: str) -> pa.Array:
            return pa.array([getattr(bar, name) for bar in self.bars], pa.float64())

        return pa.table(
            {
                "parameter": [bar.parameter for bar in self.bars],
                "low": column("low"),
                "high": column("high"),
                "inmb_at_low": column("at_low"),
                "inmb_at_high": column("at_high"),
                "icer_at_low": column("icer_low"),
                "icer_at_high": column("icer_high"),
                "best_at_low": [bar.best_low for bar in self.bars],
                "best_at_high": [bar.best_high for bar in self.bars],
            }
        )

    def text_rows(self) -> TextRows:
        """The same as text."""
        rows = [
            [
                bar.parameter,
                significant(bar.low),
                significant(bar.high),
                money(bar.at_low),
                money(bar.at_high),
                "–" if bar.icer_low is None else money(bar.icer_low),
                "–" if bar.icer_high is None else money(bar.icer_high),
                bar.best_low,
                bar.best_high,
            ]
            for bar in self.bars
        ]
        return [
            "parameter", "low", "high", "net benefit at low", "at high", "ICER at low", "at high",
            "best at low", "at high",
        ], rows  # fmt: skip

    def chart(self) -> dict[str, Any]:
        """The tornado, with a line at the base case and one at 0."""
        currency = f", {self.units.currency}" if self.units.currency else ""
        return tornado_chart(
            [(bar.parameter, bar.at_low, bar.at_high) for bar in self.bars],
            base=self.base,
            x_title=f"Net benefit of {self.strategy} over {self.reference}{currency} a patient",
            description=self.sentence,
        )

    @property
    def sentence(self) -> str:
        """Which parameter moves the result most, and which change the choice."""
        if not self.bars:
            return "No parameter was moved."
        first = self.bars[0]
        turned = [
            bar.parameter for bar in self.bars if {bar.best_low, bar.best_high} != {self.base_best}
        ]
        told = (
            f"the best choice, {self.base_best}, changes with {', '.join(turned[:6])}"
            f"{' and others' if len(turned) > 6 else ''}"
            if turned
            else f"none changes the best choice, {self.base_best}"
        )
        how = (
            " Ends are the 2.5th and 97.5th percentile of a parameter's draws, with all others as "
            "uncertain as they are."
            if self.from_draws
            else ""
        )
        return (
            f"At {self.units.threshold(self.k)} {first.parameter} moves the net benefit of "
            f"{self.strategy} over "
            f"{self.reference} most, from {self.units.money(first.at_low)} to "
            f"{self.units.money(first.at_high)}; {told}.{how}"
        )

    def __repr__(self) -> str:
        from seedsoil.display.shown import text_table

        return f"{text_table(*self.text_rows(), left=(0, 7, 8))}\n\n{self.sentence}"


def one_way(
    draws: Draws,
    *,
    k: float,
    strategy: int,
    units: Units,
    swings: Sequence[Swing] | None = None,
) -> OneWay:
    """The tornado of `strategy` against the reference at threshold `k`.

    `swings`: evaluations of the model; without them each parameter of the draws is regressed on. Raises
    InputError where there is neither, and for a swing without a finite cost and effect of every
    strategy.
    """
    if swings is None and not draws.parameters:
        raise InputError(
            "tornado: needs the parameters of each draw, or evaluations at a low and a high value (swings)"
        )
    found = (
        [_of_draws(draws, name) for name in draws.parameters] if swings is None else list(swings)
    )
    bars = sorted((_bar(draws, swing, k, strategy) for swing in found), key=lambda bar: -bar.width)
    increments = draws.increments(k).mean(axis=0)
    return OneWay(
        k=k,
        strategy=draws.names[strategy],
        reference=draws.names[draws.reference],
        base=float(increments[strategy]),
        base_best=_best(draws, increments),
        bars=tuple(bars),
        units=units,
        from_draws=swings is None,
    )


def _best(draws: Draws, increments: Floats) -> str:
    order = [draws.reference, *draws.others]
    return draws.names[max(order, key=lambda j: increments[j])]


def _bar(draws: Draws, swing: Swing, k: float, strategy: int) -> Bar:
    ends = []
    for costs, effects in (
        (swing.costs_low, swing.effects_low),
        (swing.costs_high, swing.effects_high),
    ):
        cost, effect = np.asarray(costs, np.float64), np.asarray(effects, np.float64)
        size = (len(draws.names),)
        if cost.shape != size or effect.shape != size or not np.isfinite([cost, effect]).all():
            raise InputError(
                f"tornado: {shown(swing.parameter)} needs a finite cost and effect of each of the "
                f"{size[0]} strategies "
                "at both ends"
            )
        more, gain = cost - cost[draws.reference], effect - effect[draws.reference]
        benefit = k * gain - more
        known = more[strategy] * gain[strategy] > 0.0
        icer = float(more[strategy] / gain[strategy]) if known else None
        ends.append((float(benefit[strategy]), icer, _best(draws, benefit)))
    (at_low, icer_low, best_low), (at_high, icer_high, best_high) = ends
    return Bar(
        swing.parameter,
        swing.low,
        swing.high,
        at_low,
        at_high,
        icer_low,
        icer_high,
        best_low,
        best_high,
    )


def _of_draws(draws: Draws, name: str) -> Swing:
    x = draws.parameters[name]
    r = draws.reference
    increments = np.hstack(
        [draws.costs - draws.costs[:, [r]], draws.effects - draws.effects[:, [r]]]
    )
    low, high = (float(v) for v in np.quantile(x, TAILS))
    if not np.ptp(x) > 0.0:
        ends = np.tile(increments.mean(axis=0), (2, 1))
    else:
        curve = spline_of(x)
        ends = fit(curve.rows(x), curve.penalty, increments).at(curve.rows(np.array([low, high])))
    size = len(draws.names)
    # The means of the reference are added, so that a swing holds costs and effects as an evaluation does.
    base = np.concatenate(
        [np.full(size, draws.mean_costs[r]), np.full(size, draws.mean_effects[r])]
    )
    at_low, at_high = ends + base
    return Swing(name, low, high, at_low[:size], at_low[size:], at_high[:size], at_high[size:])
