"""The same women under every strategy, block by block: what leaves a block is sums alone.

A block is simulated and counted in one thread, strategy after strategy, so that memory does not grow with the
women; its books depend on its women alone, and are added in their order, so that the result does not depend
on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.economics.books import YEARS, Account, Books
from seedsoil.economics.effects import Effects, effects_of
from seedsoil.economics.evaluation import STATES
from seedsoil.economics.quantities import quantities_of
from seedsoil.economics.rates import at_each
from seedsoil.economics.shortfall import expected_qalys
from seedsoil.economics.women import Women
from seedsoil.results.burden import divided
from seedsoil.results.columns import ALL_WOMEN, integers, numbers
from seedsoil.run.blocks import course_under
from seedsoil.run.simulate import strategy_hash
from seedsoil.simulation.backend import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.economics.asked import Asked
    from seedsoil.results.quality_pieces import Utilities
    from seedsoil.run.blocks import Course
    from seedsoil.run.run import Run

BLOCK = 5_000
"""Women simulated at a time, of whom one in five or so has metastatic disease found in life."""


@dataclass(frozen=True)
class Counting:
    """How women's accounts are kept: `items` in their order, numbers of use, and sets of utilities.

    The first of `utilities` is the base case's; `further`: whether the first years are kept one by one, and
    what everything is at other rates.
    """

    asked: Asked
    items: tuple[str, ...]
    utilities: tuple[Utilities, ...]
    uses: Mapping[str, float] | None = None
    further: bool = True

    def account(self, run: Run, strategy: int) -> Account:
        """The account of the women of `run`, all with metastatic disease found in life."""
        asked = self.asked
        women, width = run.patients.num_rows, len(self.items)
        costs = at_each(asked.costs) if self.further else ()
        effects = at_each(asked.effects) if self.further else ()
        years = YEARS if self.further else 0
        if women == 0:
            none = np.zeros((0, width))
            return Account(
                none,
                none,
                np.zeros((0, years, width)),
                np.zeros((0, len(costs), width)),
                Effects.of_nobody(len(self.utilities), len(effects)),
            )
        used = quantities_of(
            run,
            perspective=asked.prices,
            catalog=asked.catalog,
            discount=asked.costs,
            strategy=asked.strategies[strategy],
            uses=self.uses,
            items=self.items,
            rates=costs,
            years=years,
        )
        weeks = asked.catalog.value("utility.grade3_weeks")
        gained = effects_of(run, asked.effects, self.utilities, weeks, effects)
        at_rates = np.moveaxis(used.at_rates, 0, 1)
        return Account(used.discounted, used.per_woman, used.yearly, at_rates, gained)


@dataclass(frozen=True)
class Cohort:
    """What is known of all women: their books by group, and how many were simulated.

    `expected`: by group its women, and the sum of the discounted QALYs that each would have without the
    disease, at her age. `truncated`: women whose colonies were too many to keep, the most of any strategy.
    `who`: their ages, and how many of them are alive after so many years.
    """

    books: Books
    women: int
    expected: Mapping[str, tuple[int, float]]
    truncated: int
    who: Women

    def __add__(self, other: Cohort) -> Cohort:
        expected = {}
        for group in {**self.expected, **other.expected}:
            mine, theirs = (one.expected.get(group, (0, 0.0)) for one in (self, other))
            expected[group] = (mine[0] + theirs[0], mine[1] + theirs[1])
        return Cohort(
            self.books + other.books,
            self.women + other.women,
            expected,
            self.truncated + other.truncated,
            self.who + other.who,
        )


def courses_of(asked: Asked) -> list[Course]:
    """What simulates the women under each strategy."""
    return [
        course_under(
            strategy,
            catalog=asked.catalog,
            seed=asked.seed,
            screening=asked.screening,
            adjuvant=asked.adjuvant,
        )
        for strategy in asked.strategies
    ]


def same_as(asked: Asked) -> list[int]:
    """Of each strategy the first that is the same but for its name: it is simulated once."""
    hashes = [strategy_hash(strategy) for strategy in asked.strategies]
    return [hashes.index(one) for one in hashes]


@dataclass(frozen=True)
class _Blocks:
    """What is done to a block: it goes to other processes, too."""

    counting: Counting
    courses: tuple[Course, ...]
    first: int

    def __call__(self, start: int) -> Cohort:
        women = min(BLOCK, self.counting.asked.women - start)
        return block(self.counting, self.courses, self.first + start, women)


def simulated(
    counting: Counting, progress: Callable[[int], None] | None = None, *, first: int = 0
) -> Cohort:
    """The cohort of a question, on its threads or as `backend.on` says.

    `progress`: called with women done under all strategies.
    """
    asked = counting.asked
    courses = courses_of(asked)

    def show(done: Cohort) -> None:
        if progress is not None:
            progress(done.women * len(courses))

    tasks = range(0, asked.women, BLOCK)
    whole: Cohort | None = None
    one = _Blocks(counting, tuple(courses), first)
    for done in spread(asked.threads).map(one, tasks, look_ahead=1, progress=show):
        whole = done if whole is None else whole + done
    assert whole is not None
    return whole


def block(counting: Counting, courses: Sequence[Course], first: int, women: int) -> Cohort:
    """One block of women, simulated and counted."""
    accounts: list[Account] = []
    groups: dict[str, NDArray[np.bool_]] = {}
    expected: dict[str, tuple[int, float]] = {}
    who: NDArray[np.int64] | None = None
    truncated = 0
    ages = np.zeros(0)
    for s, (course, like) in enumerate(zip(courses, same_as(counting.asked), strict=True)):
        if like < s:
            accounts.append(accounts[like])
            continue
        run = course.found_in_life(first, women)
        numbers_of = integers(run.patients, "patient")
        if who is not None and not np.array_equal(who, numbers_of):
            raise AssertionError("strategies were simulated on different women")
        accounts.append(counting.account(run, s))
        truncated = max(truncated, run.manifest["truncated_lesions"])
        if who is None:
            who = numbers_of
            groups = groups_of(run, counting.asked.by)
            ages = _ages(run)
            left = _without_disease(counting.asked, run)
            expected = {name: (int(m.sum()), float(left[m].sum())) for name, m in groups.items()}
    prices = counting.asked.prices.vector(counting.items)
    counts = {name: number for name, (number, _) in expected.items()}
    lived = [one.effects.undiscounted[:, : len(STATES)].sum(axis=1) for one in accounts]
    known = Women.of(counts, ages, lived, counting.asked.horizon)
    return Cohort(Books.of(accounts, groups, prices), women, expected, truncated, known)


def _without_disease(asked: Asked, run: Run) -> NDArray[np.float64]:
    """Discounted QALYs that each woman would have from the day her metastatic disease is found without it."""
    rate = asked.effects.rate
    return expected_qalys(np.minimum(_ages(run), 120.0), discount=rate, catalog=asked.catalog)


def _ages(run: Run) -> NDArray[np.float64]:
    """The age of each woman in years when her metastatic disease is found."""
    return np.asarray(numbers(run.patients, "age") + numbers(run.patients, "metastatic_at"))


def groups_of(run: Run, by: str | None) -> dict[str, NDArray[np.bool_]]:
    """The women of each group, all of them first."""
    groups = {ALL_WOMEN: np.ones(run.patients.num_rows, np.bool_)}
    if by is not None and run.patients.num_rows:
        groups |= {g.name: g.members for g in divided(run.patients, by)}
    return groups
