"""Whether two curves differ by more than chance: a one-sample supremum test, standardised to the strata.

Up to time t the registry had O(t) events where the simulated women of the same strata had

    E(t) = Σ over registry women of Λ_s(min(t, T)).

If the model holds, O(t) - E(t) is a martingale, and its largest distance from zero over the whole
follow-up says whether the curves differ at all: too many events early and too few late count as much as
too many throughout. How large chance makes that distance is drawn: events of each month as Poisson
variables, and the Monte-Carlo error of E as a Gaussian walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from seedsoil.matching.compare import Comparison

DRAWS = 10_000
_AT_ONCE = 1_000
LEVEL = 0.05


@dataclass(frozen=True)
class CurveTest:
    """The largest difference between observed and expected events up to any time, and its p value.

    At `year` the registry had had `observed` events against `expected`. `p` is the share of `draws`
    under chance alone in which the difference was as large at some time; `p_error` its Monte-Carlo
    standard error.
    """

    year: float
    observed: int
    expected: float
    p: float
    p_error: float
    draws: int

    @property
    def differ(self) -> bool:
        """Whether the curves differ by more than chance allows, at 5 %."""
        return self.p < LEVEL


def curve_test(comparison: Comparison, draws: int = DRAWS) -> CurveTest:
    """Test the registry's curve as a whole against that of the simulated women of its strata."""
    registry = comparison.registry
    months = np.arange(1, int(np.ceil(registry.time.max() * MONTHS_PER_YEAR)) + 1)
    ends = months / MONTHS_PER_YEAR
    increments, variance = np.zeros(len(ends)), np.zeros(len(ends))
    for index in np.unique(comparison.stratum):
        steps = comparison.steps[index]
        own = np.sort(registry.time[comparison.stratum == index])
        still = len(own) - np.searchsorted(own, steps.at, side="left")
        place = np.minimum(np.searchsorted(ends, steps.at, side="left"), len(ends) - 1)
        np.add.at(increments, place, still * steps.step)
        # d events of Y at risk: the variance of d/Y is d/Y², and step = d/Y.
        np.add.at(variance, place, still**2 * steps.step / steps.at_risk)
    everyone = np.ones(len(registry), dtype=np.bool_)
    error = comparison.ratio(everyone).expected_se
    alone = float(np.sqrt(variance.sum()))
    # Simulated women who stand in several strata make its errors go together.
    spread = np.sqrt(variance) * (error / alone if alone > 0 else 0.0)
    times = registry.time[registry.event]
    place = np.minimum(np.searchsorted(ends, times, side="left"), len(ends) - 1)
    observed = np.cumsum(np.bincount(place, minlength=len(ends)))
    expected = np.cumsum(increments)
    far = int(np.abs(observed - expected).argmax())
    reached = abs(observed[far] - expected[far])
    generator = np.random.default_rng((comparison.seed, 3))
    beyond = 0
    for start in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - start)
        noise = generator.poisson(increments, (count, len(ends))) - increments
        noise = noise + spread * generator.standard_normal((count, len(ends)))
        largest = np.abs(np.cumsum(noise, axis=1)).max(axis=1)
        beyond += int((largest >= reached - 1e-9).sum())
    p = (beyond + 1) / (draws + 1)
    return CurveTest(
        year=float(ends[far]),
        observed=int(observed[far]),
        expected=float(expected[far]),
        p=p,
        p_error=float(np.sqrt(p * (1 - p) / draws)),
        draws=draws,
    )
