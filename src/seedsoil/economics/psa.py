"""Probabilistic analysis: draws of prices, use, utilities and the model's numbers, each on women of its own.

Draw k takes its numbers from a generator of its own, [seed, k], and simulates women k·n … k·n + n - 1 under
every strategy: common random numbers between strategies within a draw, none between draws, so that the play
of chance in a draw's women averages out over draws and can be told from what the numbers do. Of a draw only
sums stay. A draw is worked out in one thread, so that the result depends neither on the threads nor on where
the analysis was interrupted.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.economics.books import YEARS, spending_of
from seedsoil.economics.cohort import BLOCK, Counting, courses_of, groups_of, same_as
from seedsoil.economics.effects import AT_RATE, WIDTH, worth_of
from seedsoil.economics.evaluation import EFFECTS, STATES, GroupDraws, Psa
from seedsoil.economics.kept_draws import PER_FILE, Drawn, joined, keeping_draws
from seedsoil.economics.moments import JointMoments
from seedsoil.economics.parameter_draws import model_numbers
from seedsoil.economics.rates import AtRates, at_each, rates_with
from seedsoil.economics.utilities import draw_utilities, utility_spreads
from seedsoil.errors import InputError
from seedsoil.results.burden import division_names
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.results.quality_pieces import utilities_of
from seedsoil.simulation.backend import Threads, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.economics.asked import Asked
    from seedsoil.economics.books import Account
    from seedsoil.economics.kept_draws import Kept
    from seedsoil.economics.parameter_draws import ModelNumbers
    from seedsoil.economics.tables import Frame

    Floats = NDArray[np.float64]

_STREAM = 0xEC0
"""Sets the draws of numbers apart from the women's own random numbers."""


@dataclass(frozen=True)
class Uncertain:
    """What is drawn: prices of `items` by category, numbers of use, utilities, and the model's numbers.

    `membership`: of categories of cost, which items belong to each: [categories, items] of 0 and 1. `groups`:
    into which the women are divided, all women first.
    """

    asked: Asked
    items: tuple[str, ...]
    groups: tuple[str, ...]
    membership: Floats
    utilities: tuple[str, ...]
    model: ModelNumbers

    @classmethod
    def of(cls, asked: Asked, frame: Frame, drawn: str) -> Uncertain:
        """What an evaluation draws; `drawn`: how the model's numbers are, one of DRAWN."""
        utilities = tuple(one.name for one in utility_spreads(asked.catalog))
        membership = np.array(
            [[c == of for of in frame.categories_of] for c in frame.categories], float
        )
        groups = (ALL_WOMEN, *division_names(asked.by))
        model = model_numbers(asked.catalog, drawn)
        return cls(asked, frame.items, groups, membership, utilities, model)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the numbers that are drawn beside prices, in the order of `numbers`."""
        uses = [f"use.{name}" for name in self.asked.prices.uses]
        return (*uses, *self.utilities, *self.model.names)

    def numbers(self, draw: int) -> tuple[Floats, dict[str, float], dict[str, float]]:
        """Of one draw: prices of the items, numbers of use by name, and values of the catalog by name."""
        rng = np.random.default_rng([self.asked.seed, draw, _STREAM])
        prices = self.asked.prices.draw(rng, self.items)
        spreads = {name: use.spread for name, use in self.asked.prices.uses.items()}
        uniform = rng.random(len(spreads))
        uses = {
            name: float(spread.quantile(np.array([u]))[0])
            for (name, spread), u in zip(spreads.items(), uniform, strict=True)
        }
        values = draw_utilities(rng, self.asked.catalog)
        return prices, uses, values | self.model.values(draw, rng)

    def one(self, draw: int) -> Drawn:
        """One draw, simulated and counted."""
        prices, uses, values = self.numbers(draw)
        asked = self.asked.under(self.asked.catalog.with_values(values))
        counting = Counting(asked, self.items, (utilities_of(asked.catalog),), uses=uses)
        rates = [len(at_each(discount)) for discount in (asked.costs, asked.effects)]
        courses = courses_of(asked)
        same = same_as(asked)
        own = sorted(set(same))
        sums = {group: _Sums(len(own), len(self.items)) for group in self.groups}
        further = _Further(len(own), rates, len(self.items))
        first = draw * asked.women
        for start in range(0, asked.women, BLOCK):
            size = min(BLOCK, asked.women - start)
            accounts = []
            groups: dict[str, NDArray[np.bool_]] = {}
            for s in own:
                run = courses[s].found_in_life(first + start, size)
                groups = groups or groups_of(run, asked.by)
                accounts.append(counting.account(run, s))
            further.add(accounts)
            for group, members in groups.items():
                sums[group].add(accounts, members, prices)
        found = sums[ALL_WOMEN].both.count
        if found < 2:
            raise InputError(
                f"draw {draw}: metastatic disease was found in {found} of its {asked.women:,} women; "
                "simulate more women, or draw the model's parameters from the fit"
            )
        place = np.array([own.index(s) for s in same])
        told = [sums[group].told(place) for group in self.groups]
        spent = np.stack([one.used * prices for one in told])
        later = [values[name] for name in self.names[len(uses) :]]
        return Drawn(
            quantities=(further.used[place] / found)[None],
            at_rates=(further.gained[place] / found)[None],
            worth=worth_of(asked.catalog)[None],
            by_category=np.einsum("gsi,ci->gsc", spent, self.membership)[None],
            by_state=np.stack([one.by_state for one in told])[None],
            noise=np.stack([one.noise for one in told])[None],
            yearly=np.stack([one.yearly for one in told])[None],
            yearly_noise=np.stack([one.yearly_noise for one in told])[None],
            women=np.array([[sums[group].both.count for group in self.groups]]),
            prices=prices[None],
            numbers=np.array([[*uses.values(), *later]]),
        )


class _Told(NamedTuple):
    """Means of a group in one draw, and covariances among its women, as in `Drawn`."""

    used: Floats
    by_state: Floats
    noise: Floats
    yearly: Floats
    yearly_noise: Floats


class _Further:
    """Sums over all women of one draw, by strategy and rate: of quantities, and of effects."""

    def __init__(self, strategies: int, rates: Sequence[int], items: int) -> None:
        self.used = np.zeros((strategies, rates[0], items))
        self.gained = np.zeros((strategies, rates[1], AT_RATE))

    def add(self, accounts: Sequence[Account]) -> None:
        """Add the women of a block, an account for each strategy."""
        for s, account in enumerate(accounts):
            self.used[s] += account.at_rates.sum(axis=0)
            self.gained[s] += account.effects.at_rates.sum(axis=0).reshape(-1, AT_RATE)


class _Sums:
    """Sums over the women of one group in one draw, by strategy, and the moments of costs and then QALYs."""

    def __init__(self, strategies: int, items: int) -> None:
        self.used = np.zeros((strategies, items))
        self.by_state = np.zeros((strategies, WIDTH))
        self.both = JointMoments.of(np.zeros((0, 2 * strategies)))
        self.spending = JointMoments.of(np.zeros((0, YEARS * strategies)))

    def add(self, accounts: Sequence[Account], members: NDArray[np.bool_], prices: Floats) -> None:
        """Add the women of a block, an account for each strategy."""
        spent, gained = [], []
        for s, account in enumerate(accounts):
            discounted = account.discounted[members]
            self.used[s] += discounted.sum(axis=0)
            self.by_state[s] += account.effects.by_state[members].sum(axis=0)
            spent.append(discounted @ prices)
            gained.append(account.effects.pooled[members, EFFECTS.index("qaly")])
        self.both = self.both + JointMoments.of(np.column_stack([*spent, *gained]))
        yearly = JointMoments.of(spending_of(accounts, members, prices))
        self.spending = self.spending + yearly

    def told(self, place: NDArray[np.int64]) -> _Told:
        """Of the strategies at `place`; one that is the same as the reference costs nothing more."""
        count = self.both.count
        fewer = count - 1 if count > 1 else math.nan
        columns = np.concatenate([place, len(self.used) + place])
        spread = self.both.spread[np.ix_(columns, columns)]
        own = len(self.used)
        years = self.spending.mean.reshape(own, YEARS)
        among = self.spending.spread.reshape(own, YEARS, own, YEARS)
        yearly, yearly_noise = years[place], among[place][:, :, place]
        twins = np.flatnonzero(place == place[0])[1:]
        yearly[twins], yearly_noise[twins], yearly_noise[:, :, twins] = 0.0, 0.0, 0.0
        return _Told(
            self.used[place] / (count or math.nan),
            self.by_state[place] / (count or math.nan),
            spread / fewer,
            yearly * (1.0 if count else math.nan),
            yearly_noise / fewer,
        )


@dataclass(frozen=True)
class _Files:
    """What is done to the number of a file: its draws, kept where there is `kept`, else given."""

    uncertain: Uncertain
    draws: int
    kept: Kept | None

    def __call__(self, number: int) -> tuple[int, Drawn | None]:
        first = number * PER_FILE
        last = min(first + PER_FILE, self.draws)
        made = joined([self.uncertain.one(draw) for draw in range(first, last)])
        if self.kept is None:
            return number, made
        self.kept.put(number, made)
        return number, None


def drawn(
    uncertain: Uncertain,
    draws: int,
    *,
    place: Path | None,
    identity: Mapping[str, Any],
    how: str,
    progress: Callable[[int], None] | None = None,
) -> Psa:
    """All draws, on the threads of the question or as `backend.on` says; those that `place` keeps are taken.

    `identity`: what decides the draws, told to whoever would go on with them. `progress` is called with the
    women done under all strategies.
    """
    asked = uncertain.asked
    begun = time.perf_counter()
    files = range(-(-draws // PER_FILE))
    each = asked.women * len(asked.strategies)

    def count(number: int) -> int:
        return min(PER_FILE, draws - number * PER_FILE)

    with keeping_draws(place, draws, {**identity, "draws": draws}) as kept:

        def show(number: int) -> None:
            if progress is not None:
                progress(count(number) * each)

        workers = spread(asked.threads)
        # on threads each writes what it has drawn; other workers may not see the directory
        task = _Files(uncertain, draws, kept if isinstance(workers, Threads) else None)
        for number in files:
            if kept.has(number):
                show(number)
        for number, made in workers.map(task, [n for n in files if not kept.has(n)]):
            if made is not None:
                kept.put(number, made)
            show(number)
        whole = _gathered(kept, files)
    groups = {
        group: GroupDraws(
            by_category=whole.by_category[:, g],
            by_state=whole.by_state[:, g],
            noise=whole.noise[:, g],
            women=whole.women[:, g],
            yearly=whole.yearly[:, g],
            yearly_noise=whole.yearly_noise[:, g],
        )
        for g, group in enumerate(uncertain.groups)
        if whole.women[:, g].any()
    }
    of_all = groups[ALL_WOMEN]
    varying = [k for k in range(len(uncertain.items)) if np.ptp(whole.prices[:, k]) > 0]
    parameters = {uncertain.items[k]: whole.prices[:, k] for k in varying} | {
        name: whole.numbers[:, k]
        for k, name in enumerate(uncertain.names)
        if np.ptp(whole.numbers[:, k]) > 0
    }
    return Psa(
        costs=of_all.costs,
        effects=of_all.effects,
        life_years=of_all.life_years,
        by_category=of_all.by_category,
        at_rates=AtRates(
            rates_with(asked.costs.rate),
            rates_with(asked.effects.rate),
            asked.costs.rate,
            asked.effects.rate,
            whole.quantities,
            whole.at_rates[..., : len(STATES)],
            whole.at_rates[..., len(STATES) :],
            whole.worth,
        ),
        prices=whole.prices,
        parameters=parameters,
        women=of_all.women,
        noise=of_all.noise,
        drawn=how,
        simulated=asked.women,
        seconds=time.perf_counter() - begun,
        groups=groups,
    )


def _gathered(kept: Kept, files: range) -> Drawn:
    return joined([kept.get(number) for number in files])
