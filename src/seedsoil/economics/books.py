"""What stays of simulated women: sums by group and strategy, from which every price gives costs and errors.

Of each woman under each strategy an account is kept inside a block: quantities by item and effects. Only
means and covariances leave it. As a cost is Σ price · quantity, the cost of any prices, its standard error
and that of a difference between two strategies, woman by woman, follow from them without simulating again.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.effects import AT_RATE, WIDTH
from seedsoil.economics.evaluation import EFFECTS, STATES
from seedsoil.economics.moments import JointMoments
from seedsoil.results.moments import Moments
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.economics.effects import Effects

    Floats = NDArray[np.float64]

YEARS = 5
"""Years from the finding of metastatic disease for which costs are known one by one."""


class Account(NamedTuple):
    """Women under one strategy, a row each: quantities by item, and effects.

    `discounted`, `undiscounted`: [women, items]; `yearly`: [women, YEARS, items], undiscounted in each year;
    `at_rates`: [women, rates, items], as each further rate discounts them. The last two have no years and no
    rates where these are not asked for.
    """

    discounted: Floats
    undiscounted: Floats
    yearly: Floats
    at_rates: Floats
    effects: Effects


@dataclass(frozen=True)
class Books:
    """The books of a cohort of `strategies` strategies whose accounts have `items` items.

    `levels`: by (group, strategy) of the discounted items and effects by state; `plain` likewise of the
    undiscounted items, undiscounted effects by state, QALYs to death and QALYs under each set of utilities;
    `further` of yearly items, items at every rate and effects at every rate; `spending`: by group of what
    `spending_of` gives;
    `pairs`: by (group, strategy, other) of the differences, woman by woman, of discounted items, life years
    and QALYs.
    """

    items: int
    strategies: int
    levels: Mapping[tuple[str, int], JointMoments]
    plain: Mapping[tuple[str, int], Moments]
    pairs: Mapping[tuple[str, int, int], JointMoments]
    further: Mapping[tuple[str, int], Moments]
    spending: Mapping[str, JointMoments]

    @classmethod
    def of(
        cls,
        accounts: Sequence[Account],
        groups: Mapping[str, NDArray[np.bool_]],
        prices: Floats,
    ) -> Books:
        """The books of one block: an account for each strategy, of the same women in the same order."""
        levels, plain, pairs, further, spending = {}, {}, {}, {}, {}
        pooled = [a.effects.pooled for a in accounts]
        for group, members in groups.items():
            for s, a in enumerate(accounts):
                discounted, by_state = a.discounted[members], a.effects.by_state[members]
                levels[group, s] = JointMoments.of(np.hstack([discounted, by_state]))
                lifetime = a.effects.lifetime[:, None]
                rest = (a.undiscounted, a.effects.undiscounted, lifetime, a.effects.qalys)
                plain[group, s] = Moments.of(np.hstack([part[members] for part in rest]))
                more = (a.yearly, a.at_rates, a.effects.at_rates)
                further[group, s] = Moments.of(np.hstack([_flat(part[members]) for part in more]))
            spending[group] = JointMoments.of(spending_of(accounts, members, prices))
            for s, t in itertools.combinations(range(len(accounts)), 2):
                items = accounts[t].discounted[members] - accounts[s].discounted[members]
                effects = pooled[t][members] - pooled[s][members]
                pairs[group, s, t] = JointMoments.of(np.hstack([items, effects]))
        items = accounts[0].discounted.shape[1]
        return cls(items, len(accounts), levels, plain, pairs, further, spending)

    def __add__(self, other: Books) -> Books:
        return Books(
            self.items,
            self.strategies,
            _joined(self.levels, other.levels),
            _joined(self.plain, other.plain),
            _joined(self.pairs, other.pairs),
            _joined(self.further, other.further),
            _joined(self.spending, other.spending),
        )

    def women(self, group: str) -> int:
        """Women of a group."""
        return self.levels[group, 0].count

    # Weights of the sums that are asked for -------------------------------------------------------------

    def of_items(self, prices: Floats) -> Floats:
        """The weights that make a cost of a level."""
        return np.concatenate([prices, np.zeros(WIDTH)])

    def of_effect(self, measure: int, state: int | None) -> Floats:
        """The weights that make an effect of a level, in one state or in all (None)."""
        weights = np.zeros(self.items + WIDTH)
        first = self.items + measure * len(STATES)
        weights[first : first + len(STATES)] = 1.0
        if state is not None:
            weights[first : first + len(STATES)] = 0.0
            weights[first + state] = 1.0
        return weights

    def difference(self, group: str, one: int, other: int, prices: Floats) -> Increment:
        """What `other` costs and gives more than `one`, at these prices."""
        sign = 1.0
        if one == other:
            return Increment(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        if one > other:
            one, other, sign = other, one, -1.0
        pair = self.pairs[group, one, other]
        cost = np.concatenate([prices, np.zeros(len(EFFECTS))])
        lived, qaly = (_unit(self.items + k, self.items + len(EFFECTS)) for k in range(2))
        n = max(pair.count, 1)
        return Increment(
            sign * pair.total(cost),
            sign * pair.total(qaly),
            pair.covariance(cost, cost) / n,
            pair.covariance(cost, qaly) / n,
            pair.covariance(qaly, qaly) / n,
            sign * pair.total(lived),
            pair.covariance(lived, lived) / n,
        )

    def undiscounted_items(self, group: str, strategy: int) -> tuple[Floats, Floats]:
        """Means of the undiscounted quantities and their errors."""
        means = self.plain[group, strategy]
        return means.mean[: self.items], means.error[: self.items]

    def undiscounted_effects(self, group: str, strategy: int) -> Floats:
        """Undiscounted effects by measure and state: [len(EFFECTS), len(STATES)]."""
        found = self.plain[group, strategy].mean[self.items : self.items + WIDTH]
        return found.reshape(len(EFFECTS), len(STATES))

    def qalys(self, group: str, strategy: int) -> Floats:
        """Discounted QALYs under each set of utilities."""
        return np.asarray(self.plain[group, strategy].mean[self.items + WIDTH + 1 :])

    def lifetime_qalys(self, group: str, strategy: int) -> float:
        """Mean discounted QALYs to death, whatever the horizon."""
        return float(self.plain[group, strategy].mean[self.items + WIDTH])

    def lifetime_qalys_error(self, group: str, strategy: int) -> float:
        """Monte-Carlo standard error of `lifetime_qalys`; NaN of a single woman."""
        return float(self.plain[group, strategy].error[self.items + WIDTH])

    def yearly(self, group: str, strategy: int) -> Floats:
        """Undiscounted quantities in each year from the finding of the disease: [YEARS, items]."""
        means = self.further[group, strategy].mean
        return means[: YEARS * self.items].reshape(YEARS, self.items)

    def at_rates(self, group: str, strategy: int, costs: int) -> tuple[Floats, Floats]:
        """Quantities at so many rates, [rates, items], and effects, [rates, AT_RATE]."""
        rest = self.further[group, strategy].mean[YEARS * self.items :]
        items, effects = np.split(rest, [costs * self.items])
        return items.reshape(costs, self.items), effects.reshape(-1, AT_RATE)


def spending_of(accounts: Sequence[Account], members: NDArray[np.bool_], prices: Floats) -> Floats:
    """Undiscounted cost of each woman in each year: of the reference, then what each other costs more.

    [women, strategies · YEARS]. Another strategy that is the same costs exactly nothing more.
    """
    each = [account.yearly[members] @ prices for account in accounts]
    return np.hstack([each[0], *(one - each[0] for one in each[1:])])


class Increment(NamedTuple):
    """Differences in cost and QALY with the variances and covariance of their means; and in life years."""

    cost: float
    qaly: float
    cost_variance: float
    covariance: float
    qaly_variance: float
    life_years: float = 0.0
    life_years_variance: float = 0.0

    @property
    def same(self) -> bool:
        """Whether no woman differs."""
        return self.cost == self.qaly == self.life_years == 0 and not (
            self.cost_variance > 0 or self.qaly_variance > 0
        )

    def net_benefit(self, threshold: float) -> tuple[float, float]:
        """Incremental net monetary benefit, threshold · ΔQALY - Δcost, and its standard error."""
        variance = (
            threshold**2 * self.qaly_variance
            - 2.0 * threshold * self.covariance
            + self.cost_variance
        )
        return threshold * self.qaly - self.cost, math.sqrt(max(variance, 0.0))

    def icer(self) -> tuple[float | None, float | None, float | None]:
        """Cost a QALY gained and its 95 % interval (Fieller 1954); None where there is none.

        The limits solve (Δcost - R·ΔQALY)² = z²·(v_c - 2R·v_ce + R²·v_e): bounded only where ΔQALY itself
        differs from nothing at that level.
        """
        if self.qaly == 0:
            return None, None, None
        ratio = self.cost / self.qaly
        a = self.qaly**2 - Z95**2 * self.qaly_variance
        b = self.cost * self.qaly - Z95**2 * self.covariance
        c = self.cost**2 - Z95**2 * self.cost_variance
        inside = b * b - a * c
        if not (a > 0 and inside >= 0):  # NaN of a single woman, too
            return ratio, None, None
        half = math.sqrt(inside)
        return ratio, (b - half) / a, (b + half) / a


def _flat(values: Floats) -> Floats:
    """A row a woman; of nobody no row, but as many columns."""
    return values.reshape(values.shape[0], math.prod(values.shape[1:]))


def _unit(place: int, size: int) -> Floats:
    weights = np.zeros(size)
    weights[place] = 1.0
    return weights


def _joined(one: Mapping, other: Mapping) -> dict:  # type: ignore[type-arg]
    return {
        key: one[key] + other[key] if key in one and key in other else one.get(key, other.get(key))
        for key in {**one, **other}
    }
