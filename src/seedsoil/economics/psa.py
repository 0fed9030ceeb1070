"""Probabilistic analysis: draws of prices, use, utilities and the model's numbers, each on women of its own.

Draw k takes its numbers from a generator of its own, [seed, k], and simulates women k·n … k·n + n - 1 under
every strategy: common random numbers between strategies within a draw, none between draws, so that the play
of chance in a draw's women averages out over draws and can be told from what the numbers do. Of a draw only
sums stay. A draw is worked out in one thread, so that the result depends neither on the threads nor on where
the analysis was interrupted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.economics.cohort import BLOCK, Counting, courses_of, same_as
from seedsoil.economics.evaluation import EFFECTS, Psa
from seedsoil.economics.kept_draws import PER_FILE, Drawn, joined, keeping_draws
from seedsoil.economics.levers import utility_spreads
from seedsoil.economics.moments import JointMoments
from seedsoil.economics.parameter_draws import model_numbers
from seedsoil.economics.utilities import draw_utilities
from seedsoil.errors import InputError
from seedsoil.results.quality_pieces import utilities_of
from seedsoil.simulation.backend import Threads, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.economics.asked import Asked
    from seedsoil.economics.kept_draws import Kept
    from seedsoil.economics.parameter_draws import ModelNumbers

    Floats = NDArray[np.float64]

_STREAM = 0xEC0
"""Sets the draws of numbers apart from the women's own random numbers."""


@dataclass(frozen=True)
class Uncertain:
    """What is drawn: prices of `items` by category, numbers of use, utilities, and the model's numbers.

    `categories` of cost, each with the items that belong to it: [categories, items] of 0 and 1.
    """

    asked: Asked
    items: tuple[str, ...]
    membership: Floats
    utilities: tuple[str, ...]
    model: ModelNumbers

    @classmethod
    def of(cls, asked: Asked, items: tuple[str, ...], membership: Floats, drawn: str) -> Uncertain:
        """What an evaluation draws; `drawn`: how the model's numbers are, one of DRAWN."""
        utilities = tuple(one.name for one in utility_spreads(asked.catalog))
        return cls(asked, items, membership, utilities, model_numbers(asked.catalog, drawn))

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
        at = self.model.at(rng.random(len(self.model.names)))
        values |= dict(zip(self.model.names, at.tolist(), strict=True))
        return prices, uses, values

    def one(self, draw: int) -> Drawn:
        """One draw, simulated and counted."""
        prices, uses, values = self.numbers(draw)
        asked = self.asked.under(self.asked.catalog.with_values(values))
        counting = Counting(
            asked, self.items, (utilities_of(asked.catalog),), uses=uses, yearly=False
        )
        courses = courses_of(asked)
        same = same_as(asked)
        own = sorted(set(same))
        both: JointMoments | None = None
        first = draw * asked.women
        used = np.zeros((len(courses), len(self.items)))
        lived = np.zeros((len(courses), len(EFFECTS)))
        for start in range(0, asked.women, BLOCK):
            size = min(BLOCK, asked.women - start)
            spent, gained = [], []
            for s in own:
                account = counting.account(courses[s].found_in_life(first + start, size), s)
                effects = account.effects.pooled
                used[s] += account.discounted.sum(axis=0)
                lived[s] += effects.sum(axis=0)
                spent.append(account.discounted @ prices)
                gained.append(effects[:, EFFECTS.index("qaly")])
            block = JointMoments.of(np.column_stack([*spent, *gained]))
            both = block if both is None else both + block
        assert both is not None
        if both.count < 2:
            raise InputError(
                f"draw {draw}: metastatic disease was found in {both.count} of its {asked.women:,} women; "
                "simulate more women, or draw the model's parameters from the fit"
            )
        place = [own.index(s) for s in same]
        columns = np.array([*place, *(len(own) + k for k in place)])
        used, lived = used[same] / both.count, lived[same] / both.count
        later = [values[name] for name in self.names[len(uses) :]]
        return Drawn(
            used[None],
            np.einsum("si,ci->sc", used * prices, self.membership)[None],
            lived[None],
            (both.spread[np.ix_(columns, columns)] / (both.count - 1))[None],
            np.array([both.count]),
            prices[None],
            np.array([[*uses.values(), *later]]),
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
    cost = whole.by_category.sum(axis=2)
    varying = [k for k in range(len(uncertain.items)) if np.ptp(whole.prices[:, k]) > 0]
    parameters = {uncertain.items[k]: whole.prices[:, k] for k in varying} | {
        name: whole.numbers[:, k]
        for k, name in enumerate(uncertain.names)
        if np.ptp(whole.numbers[:, k]) > 0
    }
    return Psa(
        costs=cost,
        effects=whole.effects[:, :, EFFECTS.index("qaly")],
        life_years=whole.effects[:, :, EFFECTS.index("life_years")],
        by_category=whole.by_category,
        quantities=whole.quantities,
        prices=whole.prices,
        parameters=parameters,
        women=whole.women,
        noise=whole.noise,
        drawn=how,
        simulated=asked.women,
        seconds=time.perf_counter() - begun,
    )


def _gathered(kept: Kept, files: range) -> Drawn:
    return joined([kept.get(number) for number in files])
