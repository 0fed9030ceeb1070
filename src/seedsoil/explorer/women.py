"""The same women under every strategy: of each what an answer counts, block by block.

Only women whose metastatic disease is found in life are kept, and of them a row of numbers, so that memory
grows by some hundred bytes a woman and strategy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.asked import Asked
from seedsoil.economics.cohort import Counting
from seedsoil.economics.levers import utility_levers
from seedsoil.economics.prices import Prices
from seedsoil.economics.reference_case import ReferenceCase
from seedsoil.economics.used_items import items_of
from seedsoil.errors import InputError
from seedsoil.explorer.defaults import PERSPECTIVE, REFERENCE_CASE
from seedsoil.explorer.who import groups_of
from seedsoil.results.columns import codes, integers, numbers
from seedsoil.results.discounting import Discounting
from seedsoil.run.blocks import course_under
from seedsoil.run.simulate import strategy_hash
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import check_cohort
from seedsoil.strategies.measures import MEASURES, values_of
from seedsoil.vocabulary import CAUSES_OF_DEATH, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.explorer.eras import Era
    from seedsoil.results.columns import Flags, Floats
    from seedsoil.run.blocks import Course
    from seedsoil.run.run import Run

BLOCK = 2_500
"""Women simulated at a time, of whom one in five or so has metastatic disease found in life."""
COSTS = ("cost", "qaly_discounted")
COMPARED = tuple(m for m in MEASURES if not m.key.startswith("line_"))
TIMES = (*(k / 4 for k in range(41)), *(float(k) for k in range(11, 21)))
"""Years from the day metastatic disease is found at which curves are counted."""


@dataclass(frozen=True)
class Asking:
    """A question about a cohort: `women` from number `first` on, under each strategy.

    They are simulated from the first malignant cell.
    """

    strategies: tuple[Strategy, ...]
    era: Era
    women: int
    seed: int
    catalog: Catalog
    costs: bool = True
    threads: int | None = None
    first: int = 0


class Lived(NamedTuple):
    """What women live through under one strategy, a row each.

    `years` from the day metastatic disease is found to death; `values`: [women, COMPARED and, if asked,
    COSTS]; `of_cancer`: died of it or of its treatment; `eradicated`: no living colony was left at death;
    `symptoms`, `treated`: [women, TIMES], whether one lasted, or a drug was being given.
    """

    years: Floats
    values: Floats
    of_cancer: Flags
    eradicated: Flags
    symptoms: Flags
    treated: Flags


class Women(NamedTuple):
    """Women found with metastatic disease in life: their numbers and groups, and their lives by strategy."""

    number: NDArray[np.int64]
    groups: NDArray[np.int8]
    lived: tuple[Lived, ...]


class Money(NamedTuple):
    """How quantities become costs, and in what."""

    counting: Counting
    prices: Floats
    currency: str
    year: int


def money_of(asking: Asking) -> Money:
    """Prices of the payer and the rules of the agency that the explorer shows.

    Raises InputError for a drug without a price.
    """
    catalog = asking.catalog
    case = ReferenceCase.load(REFERENCE_CASE, catalog)
    own = {name for strategy in asking.strategies for name in strategy.drugs}
    prices = Prices.load(PERSPECTIVE, catalog, drugs=own)
    form, horizon = case.entry.discount_form, case.horizon
    items = items_of(asking.strategies, catalog, societal=False)
    _, utilities = utility_levers(catalog)
    asked = Asked(
        names=tuple(strategy.name for strategy in asking.strategies),
        strategies=asking.strategies,
        catalog=catalog,
        prices=prices,
        case=case,
        costs=Discounting(case.discount_costs, form, horizon),
        effects=Discounting(case.discount_effects, form, horizon),
        thresholds=tuple(case.thresholds),
        women=asking.women,
        seed=asking.seed,
        threads=1,
        screening=asking.era.screening,
        adjuvant=asking.era.adjuvant,
        by=None,
    )
    counting = Counting(asked, items, tuple(utilities[:1]), further=False)
    return Money(counting, prices.vector(items), prices.currency, prices.price_year)


def women_under(asking: Asking, progress: Callable[[int], None] | None = None) -> Women:
    """The women of a question. `progress`: called with women done, under all strategies, since the last call.

    They are those of `compare` with the same numbers, to the bit, whatever the threads. Raises InputError if
    metastatic disease is found in none.
    """
    threads = check_cohort(asking.women, asking.seed, asking.first, asking.threads)
    catalog, era = asking.catalog, asking.era
    courses = [
        course_under(
            strategy,
            catalog=catalog,
            seed=asking.seed,
            screening=era.screening,
            adjuvant=era.adjuvant,
        )
        for strategy in asking.strategies
    ]
    hashes = [strategy_hash(strategy) for strategy in asking.strategies]
    first_like = [hashes.index(one) for one in hashes]
    money = money_of(asking) if asking.costs else None

    def one(start: int) -> tuple[Women, int]:
        size = min(BLOCK, asking.women - start)
        which = asking.first + start, size
        return _block(courses, first_like, which, catalog, money), size

    def told(done: tuple[Women, int]) -> None:
        if progress is not None:
            progress(done[1] * len(courses))

    tasks = range(0, asking.women, BLOCK)
    blocks = [w for w, _ in backend(threads).map(one, tasks, look_ahead=1, progress=told)]
    whole = _joined(blocks)
    if not whole.number.size:
        raise InputError(
            f"women: metastatic disease is found in life in none of {asking.women:,}; simulate more"
        )
    return whole


def _block(
    courses: Sequence[Course],
    first_like: Sequence[int],
    which: tuple[int, int],
    catalog: Catalog,
    money: Money | None,
) -> Women:
    lived: list[Lived] = []
    number: NDArray[np.int64] | None = None
    groups = np.zeros((0, 3), np.int8)
    for s, course in enumerate(courses):
        if first_like[s] < s:
            lived.append(lived[first_like[s]])
            continue
        run = course.found_in_life(*which)
        mine = integers(run.patients, "patient")
        if number is None:
            number, groups = mine, groups_of(run.patients)
        elif not np.array_equal(number, mine):
            raise AssertionError("strategies were simulated on different women")
        lived.append(_lived(run, s, catalog, money))
    assert number is not None
    return Women(number, groups, tuple(lived))


def _lived(run: Run, strategy: int, catalog: Catalog, money: Money | None) -> Lived:
    _, values = values_of(run, catalog)
    columns = [values[measure.key] for measure in COMPARED]
    if money is not None:
        account = money.counting.account(run, strategy)
        columns += [account.discounted @ money.prices, account.effects.qalys[:, 0]]
    patients = run.patients
    found = numbers(patients, "metastatic_at")
    died = numbers(patients, "died_at")
    cause, causes = codes(patients, "cause_of_death", CAUSES_OF_DEATH)
    outcome, _ = codes(patients, "outcome", OUTCOMES)
    row = _rows(integers(patients, "patient"))

    def lasting(table, start: str, end: str) -> Flags:  # type: ignore[no-untyped-def]
        owner = row(integers(table, "patient"))
        until = numbers(table, end)
        until = np.where(np.isnan(until), died[owner], until)
        since = numbers(table, start) - found[owner]
        return _at_times(owner, since, until - found[owner], len(found))

    return Lived(
        years=died - found,
        values=np.stack(columns, axis=1),
        of_cancer=cause != causes.index("other"),
        eradicated=outcome == OUTCOMES.index("eradicated"),
        symptoms=lasting(run.symptoms, "onset_at", "resolved_at"),
        treated=lasting(run.drugs, "started_at", "stopped_at"),
    )


def _rows(number: NDArray[np.int64]):  # type: ignore[no-untyped-def]
    def row(of: NDArray[np.int64]) -> NDArray[np.int64]:
        place = np.searchsorted(number, of)
        if not np.array_equal(number[np.minimum(place, number.size - 1)], of):
            raise AssertionError("a row belongs to no woman")
        return place

    return row


def _at_times(owner: NDArray[np.int64], start: Floats, end: Floats, women: int) -> Flags:
    """Whether any spell [start, end) of each woman holds each of TIMES: [women, TIMES]."""
    change = np.zeros((women, len(TIMES) + 1), np.int32)
    np.add.at(change, (owner, np.searchsorted(TIMES, start, "left")), 1)
    np.add.at(change, (owner, np.searchsorted(TIMES, np.maximum(end, start), "left")), -1)
    return np.asarray(change.cumsum(axis=1)[:, :-1] > 0)


def _joined(blocks: Sequence[Women]) -> Women:
    lived = tuple(
        Lived(*(np.concatenate(parts) for parts in zip(*mine, strict=True)))
        for mine in zip(*(block.lived for block in blocks), strict=True)
    )
    number = np.concatenate([block.number for block in blocks])
    return Women(number, np.concatenate([block.groups for block in blocks]), lived)
