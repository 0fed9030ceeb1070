"""Published results of economic evaluations beside the same comparisons, simulated; nothing is fitted.

Two strategies differ in one line. Both are followed on the same women, and of those who come to the line

    Δ = mean of [x(new) - x(old)] · (1 + r)^t₀

is the difference in life years, QALYs and cost, discounted to the start of the line: t₀, years from the
finding of metastatic disease to it, is the same under both, and so is all that went before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.economics.books import Increment
from seedsoil.economics.effects import effects_of
from seedsoil.economics.moments import JointMoments
from seedsoil.economics.prices import Prices
from seedsoil.economics.quantities import quantities_of
from seedsoil.economics.reference_case import ReferenceCase
from seedsoil.economics.used_items import items_of
from seedsoil.errors import InputError
from seedsoil.results.columns import integers, numbers, rows_of
from seedsoil.results.discounting import Discounting
from seedsoil.results.quality_pieces import utilities_of
from seedsoil.run.blocks import course_under
from seedsoil.run.run import Run
from seedsoil.simulation.backend import backend
from seedsoil.simulation.population import restrict
from seedsoil.units import Z95
from seedsoil.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.catalog.cost_effectiveness import Comparison, PublishedValue
    from seedsoil.run.blocks import Course

    Floats = NDArray[np.float64]

BLOCK, WAVE = 5_000, 20_000
"""Women simulated at a time, and after how many it is asked whether enough came to the line."""
MEASURES = ("life_years", "discounted_life_years", "qalys", "cost")
LEVELS = ("life_years_new", "life_years_old")
AGREES, HIGHER, LOWER, NOT_TOLD = "yes", "higher", "lower", "not told"
FACTOR = 1.25
"""A simulated value agrees if it, or a value of its 95 % Monte-Carlo interval, is within so many times."""


class View(NamedTuple):
    """How a comparison is counted: prices, None where none are packaged, and a reference case's rates."""

    perspective: str | None
    reference_case: str

    @property
    def key(self) -> str:
        """Its name."""
        return f"{self.perspective or 'no prices'}, {self.reference_case}"


@dataclass(frozen=True)
class Simulated:
    """A comparison as simulated: by measure the mean difference, a woman at the line, and its standard error.

    `simulated` women have had breast cancer, `women` of them came to the line. `icer` with its 95 % interval,
    None where there is none. Life years are undiscounted, `discounted_life_years`, QALYs and cost discounted.
    """

    simulated: int
    women: int
    values: Mapping[str, tuple[float, float]]
    icer: tuple[float | None, float | None, float | None]
    currency: str | None
    price_year: int | None


def view_of(result: PublishedValue) -> View:
    """How the simulated values that stand beside a published result are counted."""
    return View(result.perspective, result.reference_case)


def verdict(published: float | None, simulated: float, error: float) -> str | None:
    """Whether a simulated difference agrees with a published one: within a factor of FACTOR, or by chance.

    `not told` where it would agree but chance alone is more than half the published value; None where nothing
    was published.
    """
    if published is None:
        return None
    half = Z95 * error
    if not (math.isfinite(simulated) and math.isfinite(half)):
        return NOT_TOLD
    low, high = sorted((published / FACTOR, published * FACTOR))
    if simulated + half < low:
        return LOWER
    if simulated - half > high:
        return HIGHER
    return AGREES if half <= 0.5 * abs(published) else NOT_TOLD


def simulate_comparison(
    comparison: Comparison,
    *,
    catalog: Catalog,
    enough: int = 1_500,
    most: int = 100_000,
    seed: int = 1,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Simulated]:
    """The comparison by view (`View.key`), on women simulated until `enough` come to the line, or `most`.

    The result depends on `enough`, `most` and `seed`, not on `threads`. Raises InputError if
    fewer than two come.
    """
    counted = _Counting.of(comparison, catalog, seed)
    found: list[JointMoments] | None = None
    done = 0
    while done < most and (found is None or found[0].count < enough):
        wave = range(done, min(done + WAVE, most), BLOCK)

        def one(first: int) -> list[JointMoments]:
            return counted.block(first, min(BLOCK, most - first))

        for part in backend(threads).map(one, wave):
            found = part if found is None else [a + b for a, b in zip(found, part, strict=True)]
        if progress is not None:
            progress(min(WAVE, most - done))
        done = min(done + WAVE, most)
    if found is None or found[0].count < 2:
        raise InputError(
            f"{comparison.description}: of {done:,} simulated women fewer than two come to this line; "
            "simulate more"
        )
    return {view.key: counted.simulated(k, done, found[k]) for k, view in enumerate(counted.views)}


@dataclass(frozen=True)
class _Counting:
    comparison: Comparison
    catalog: Catalog
    strategies: tuple[Strategy, Strategy]
    courses: tuple[Course, ...]
    views: tuple[View, ...]
    prices: tuple[Prices, ...]
    rates: tuple[tuple[float, float], ...]
    items: tuple[str, ...]

    @classmethod
    def of(cls, comparison: Comparison, catalog: Catalog, seed: int) -> _Counting:
        assert comparison.adjuvant is not None
        assert comparison.when is not None
        strategies = comparison.strategies(catalog.strategies)
        subtypes = comparison.when.subtype or SUBTYPES
        courses = []
        for strategy in strategies:
            made = course_under(
                strategy, catalog=catalog, seed=seed, screening="none", adjuvant=comparison.adjuvant
            )
            courses.append(made._replace(parameters=restrict(made.parameters, subtypes)))
        views = tuple(dict.fromkeys(view_of(one) for one in comparison.result))
        cases = [ReferenceCase.load(view.reference_case, catalog) for view in views]
        return cls(
            comparison,
            catalog,
            strategies,
            tuple(courses),
            views,
            # QALYs do not depend on prices; some are needed to count
            tuple(Prices.load(view.perspective or "us-payer", catalog) for view in views),
            tuple((case.discount_costs, case.discount_effects) for case in cases),
            items_of(strategies, catalog, societal=False),
        )

    def block(self, first: int, women: int) -> list[JointMoments]:
        """By view the moments of MEASURES, then LEVELS, of the women of one block who come to the line."""
        runs = [course.found_in_life(first, women) for course in self.courses]
        which, begun = self._come_to_the_line(runs)
        runs = [_only(run, which) for run in runs]
        zero = numbers(runs[0].patients, "metastatic_at")
        since = begun - zero
        found = []
        for view, prices, (of_costs, of_effects) in zip(
            self.views, self.prices, self.rates, strict=True
        ):
            columns = [
                self._of_arm(run, strategy, prices, of_costs, of_effects)
                for run, strategy in zip(runs, self.strategies, strict=True)
            ]
            new, old = columns
            change = new - old
            change[:, 1:3] *= ((1.0 + of_effects) ** since)[:, None]
            change[:, 3] *= (1.0 + of_costs) ** since
            if view.perspective is None:
                change[:, 3] = 0.0
            levels = np.column_stack([arm[:, 0] - since for arm in columns])
            found.append(JointMoments.of(np.hstack([change, levels])))
        return found

    def _of_arm(
        self, run: Run, strategy: Strategy, prices: Prices, of_costs: float, of_effects: float
    ) -> Floats:
        """Life years, discounted life years, QALYs and cost of each woman from clock zero."""
        if run.patients.num_rows == 0:
            return np.zeros((0, len(MEASURES)))
        horizon = math.inf if self.comparison.horizon is None else self.comparison.horizon
        effects = Discounting(of_effects, horizon=horizon)
        weeks = self.catalog.value("utility.grade3_weeks")
        lived = effects_of(run, effects, (utilities_of(self.catalog),), weeks)
        used = quantities_of(
            run, perspective=prices, catalog=self.catalog, strategy=strategy, items=self.items,
            discount=Discounting(of_costs, horizon=horizon),
        )  # fmt: skip
        cost = used.discounted @ prices.vector(self.items)
        return np.column_stack([used.life_years, lived.pooled, cost])

    def _come_to_the_line(self, runs: list[Run]) -> tuple[NDArray[np.int64], Floats]:
        """The women who come to the line of the rule, and when it begins, years from diagnosis."""
        who, others = (integers(run.patients, "patient") for run in runs)
        assert np.array_equal(who, others), "strategies were simulated on different women"
        names: dict[str, int] = {}
        tables = [_by_line(run, names) for run in runs]
        width = max(given.shape[1] for given, _ in tables)
        given = [
            np.pad(g, ((0, 0), (0, width - g.shape[1])), constant_values=-1) for g, _ in tables
        ]
        differs = given[0] != given[1]
        women = np.flatnonzero(differs.any(axis=1))
        at = differs[women].argmax(axis=1)
        started = [t[women, np.minimum(at, t.shape[1] - 1)] for _, t in tables]
        for arm, entry in zip(given, (self.comparison.new, self.comparison.old), strict=True):
            assert entry is not None
            allowed = [names[name] for name in entry.regimen if name in names]
            if not np.isin(arm[women, at], allowed).all():
                raise InputError(
                    f"{self.comparison.description}: the strategies first differ in a line that the rule "
                    "does not give; its conditions must hold whatever is given"
                )
        if not np.array_equal(*started):
            raise AssertionError("the line begins on different days under two strategies")
        return women, started[0]

    def simulated(self, k: int, women: int, moments: JointMoments) -> Simulated:
        """What the moments of a view say."""
        view, prices = self.views[k], self.prices[k]
        unit = np.eye(len(MEASURES) + len(LEVELS))
        values = {
            name: (moments.total(unit[i]), moments.error(unit[i]))
            for i, name in enumerate((*MEASURES, *LEVELS))
        }
        priced = view.perspective is not None
        if not priced:
            del values["cost"]
        cost, qaly, n = unit[3], unit[2], moments.count
        change = Increment(
            moments.total(cost),
            moments.total(qaly),
            moments.covariance(cost, cost) / n,
            moments.covariance(cost, qaly) / n,
            moments.covariance(qaly, qaly) / n,
        )
        gains = priced and change.cost > 0 and change.qaly > 0
        return Simulated(
            women,
            n,
            values,
            change.icer() if gains else (None, None, None),
            prices.currency if priced else None,
            prices.price_year if priced else None,
        )


def _by_line(run: Run, names: dict[str, int]) -> tuple[NDArray[np.int64], Floats]:
    """By woman and line its regimen, as a code in `names` (-1: none), and when it began."""
    row = rows_of(run.patients, integers(run.lines, "patient"))
    line = integers(run.lines, "line").astype(np.int64) - 1
    width = int(line.max(initial=0)) + 1
    given = np.full((run.patients.num_rows, width), -1, np.int64)
    begun = np.full(given.shape, np.nan)
    for name in run.lines.column("regimen").unique().to_pylist():
        names.setdefault(name, len(names))
    told = [names[name] for name in run.lines.column("regimen").to_pylist()]
    given[row, line] = told
    begun[row, line] = numbers(run.lines, "started_at")
    return given, begun


def _only(run: Run, women: NDArray[np.int64]) -> Run:
    """The women at these rows of a run without lesions, and what belongs to them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    patients = run.patients.take(pa.array(women))
    kept = patients.column("patient")

    def theirs(table: pa.Table) -> pa.Table:
        return table.filter(pc.is_in(table.column("patient"), value_set=kept.combine_chunks()))

    manifest: dict[str, Any] = run.manifest
    return Run(
        patients, run.lesions, theirs(run.symptoms), manifest, theirs(run.lines), theirs(run.drugs)
    )
