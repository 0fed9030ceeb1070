"""The highest price at which a strategy is still the best choice; costs are linear in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Draws


class ThresholdPrice(NamedTuple):
    """A price, its Monte-Carlo standard error, and the strategy that is as good at it, or None.

    `lowest`: the price from which the strategy is best, where a dearer price hurts another one more;
    else None.
    """

    value: float | None
    se: float | None
    against: str | None
    lowest: float | None


def threshold_price(
    draws: Draws, units: Any, price: float, *, strategy: int, k: float
) -> ThresholdPrice:
    """The highest price at which `strategy` has the highest mean net benefit at threshold `k`.

    Cost_j(p) = cost_j + (p − price)·units_j, so that strategy i is better than j while p ≤ price + (NB_i
    − NB_j) / (units_i − units_j). `units`: what is bought at the price under every strategy,
    `float64[strategies]` or `float64[draws, strategies]`, discounted as the costs are. `price`: the one
    in the costs. A price below 0 says that the strategy would not be the best one as a gift.

    Raises InputError for units of another shape, below 0, or that no strategy differs in.
    """
    bought = np.asarray(units, np.float64)
    if (
        bought.shape not in ((len(draws.names),), draws.costs.shape)
        or not np.isfinite(bought).all()
    ):
        raise InputError(
            f"units: give one finite number for each of the {len(draws.names)} strategies, or a "
            "row of them a draw"
        )
    if (bought < 0.0).any():
        raise InputError("units: an amount below 0 cannot be bought")
    bought = np.broadcast_to(bought, draws.costs.shape)
    if (bought == bought[:, [strategy]]).all():
        raise InputError("units: all strategies use as much of it, so its price decides nothing")
    benefit = draws.increments(k)
    highest: tuple[float, float, str] | None = None
    lowest: float | None = None
    for j, name in enumerate(draws.names):
        if j == strategy:
            continue
        more = bought[:, strategy] - bought[:, j]
        ahead = benefit[:, strategy] - benefit[:, j]
        mean = float(more.mean())
        if mean == 0.0:
            if ahead.mean() < 0.0:
                return ThresholdPrice(None, None, name, None)
            continue
        at = float(price + ahead.mean() / mean)
        if mean < 0.0:
            lowest = at if lowest is None else max(lowest, at)
        elif highest is None or at < highest[0]:
            error = float((ahead - (at - price) * more).std(ddof=1)) / math.sqrt(draws.count) / mean
            highest = (at, error, name)
    if highest is None or (lowest is not None and lowest > highest[0]):
        return ThresholdPrice(None, None, None, lowest)
    return ThresholdPrice(*highest, lowest)
