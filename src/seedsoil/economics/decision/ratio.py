"""The ratio of incremental cost to incremental effect, with its interval, or why it has none.

A ratio says what it means only within one quadrant of the cost-effectiveness plane: +100/+1 and −100/−1
are the same number, the one a price of what is gained, the other a saving for what is lost. So the draws
are put in order by their angle round the origin, seen from the mean, and the 2.5th and 97.5th
percentiles of the angle are the limits (the limits at which the acceptability curve crosses 2.5 and 97.5
%, where it does). If both lie in the quadrant of the mean, their ratios are the interval; otherwise
there is none, and the shares of draws in the quadrants and the confidence region of the two increments
stand in its place.

Sources: O'Brien and Briggs 2002, Stat Methods Med Res 11:455; Cook and Heyse 2000, Stat Med 19:2989.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Floats

LEVEL = 0.95
QUADRANTS = ("NE", "SE", "SW", "NW")
"""Of the plane, effect to the right and cost upwards: NE more of both, SE dominant, NW dominated."""


@dataclass(frozen=True)
class Ratio:
    """Increments of one strategy against another, and their ratio.

    `cost`, `effect`: mean increments; `_sd` the standard deviation over draws, `_se` the Monte-Carlo
    standard error of the mean, `_low` and `_high` the 2.5th and 97.5th percentiles of the draws. `icer`:
    cost / effect, None where the strategies are the same, where one dominates, or where the effects do
    not differ. `icer_se`: its Monte-Carlo standard error, by the delta method. `icer_low`, `icer_high`:
    the 95 % interval over draws, None where the draws straddle quadrants. `shares`: of draws in each of
    `QUADRANTS` (on an axis: half to each side). `words`: the ratio or what stands in its place.
    """

    cost: float
    cost_sd: float
    cost_se: float
    cost_low: float
    cost_high: float
    effect: float
    effect_sd: float
    effect_se: float
    effect_low: float
    effect_high: float
    icer: float | None
    icer_se: float | None
    icer_low: float | None
    icer_high: float | None
    shares: tuple[float, ...]
    verdict: str

    @property
    def same(self) -> bool:
        """Whether no draw differs."""
        return self.verdict == NO_DIFFERENCE


NO_DIFFERENCE, DOMINANT, DOMINATED = "no difference", "dominant", "dominated"
RATIO, SAVING, EQUAL_EFFECT = "ratio", "saving for each unit lost", "no difference in effect"


def ratio(cost: Floats, effect: Floats) -> Ratio:
    """The ratio of the increments `cost` and `effect`, one number a draw each."""
    n = cost.size
    mean_cost, mean_effect = float(cost.mean()), float(effect.mean())
    sd_cost, sd_effect = float(cost.std(ddof=1)), float(effect.std(ddof=1))
    cost_low, cost_high = (float(v) for v in np.quantile(cost, _TAILS))
    effect_low, effect_high = (float(v) for v in np.quantile(effect, _TAILS))
    verdict = _verdict(cost, effect)
    icer = icer_se = low = high = None
    if verdict in (RATIO, SAVING):
        icer = mean_cost / mean_effect
        icer_se = float((cost - icer * effect).std(ddof=1) / math.sqrt(n) / abs(mean_effect))
        low, high = _interval(cost, effect)
    return Ratio(
        mean_cost, sd_cost, sd_cost / math.sqrt(n), cost_low, cost_high,
        mean_effect, sd_effect, sd_effect / math.sqrt(n), effect_low, effect_high,
        icer, icer_se, low, high, _shares(cost, effect), verdict,
    )  # fmt: skip


_TAILS = ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0)


def _verdict(cost: Floats, effect: Floats) -> str:
    if not cost.any() and not effect.any():
        return NO_DIFFERENCE
    mean_cost, mean_effect = cost.mean(), effect.mean()
    if mean_effect == 0:
        return EQUAL_EFFECT
    if mean_effect > 0:
        return DOMINANT if mean_cost <= 0 else RATIO
    return DOMINATED if mean_cost >= 0 else SAVING


def _interval(cost: Floats, effect: Floats) -> tuple[float | None, float | None]:
    differs = (cost != 0.0) | (effect != 0.0)  # a draw without a difference has no direction
    cost, effect = cost[differs], effect[differs]
    # Each in units of its own spread, so that angles do not depend on the currency; a constant one
    # keeps its size.
    x = effect / (effect.std() or abs(effect.mean()))
    y = cost / (cost.std() or abs(cost.mean()))
    centre = math.atan2(y.mean(), x.mean())
    turned = np.angle(np.exp(1j * (np.arctan2(y, x) - centre)))
    ends = centre + np.quantile(turned, _TAILS)
    if len({(math.cos(end) > 0, math.sin(end) > 0) for end in (centre, *ends)}) > 1:
        return None, None
    if abs(ends[1] - ends[0]) >= math.pi:
        return None, None
    scale = (cost.std() or abs(cost.mean())) / (effect.std() or abs(effect.mean()))
    limits = sorted(float(math.tan(end) * scale) for end in ends)
    return limits[0], limits[1]


def _shares(cost: Floats, effect: Floats) -> tuple[float, ...]:
    more = 0.5 * (1.0 + np.sign(effect))
    dearer = 0.5 * (1.0 + np.sign(cost))
    parts = (more * dearer, more * (1 - dearer), (1 - more) * (1 - dearer), (1 - more) * dearer)
    return tuple(float(part.mean()) for part in parts)


def ellipse(cost: Floats, effect: Floats, level: float = LEVEL, points: int = 60) -> Floats:
    """The region that holds `level` of a normal with the draws' mean and covariance: `float64[points, 2]`.

    A row is (effect, cost) on its boundary; the first row comes again at the end.
    """
    covariance = np.cov(np.vstack([effect, cost]))
    values, vectors = np.linalg.eigh(covariance)
    half = np.sqrt(np.maximum(values, 0.0) * (-2.0 * math.log(1.0 - level)))
    angle = np.linspace(0.0, 2.0 * math.pi, points)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    ring: Floats = circle * half @ vectors.T + np.array([effect.mean(), cost.mean()])
    return ring
