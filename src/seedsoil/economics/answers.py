"""An economic evaluation as it is asked, drawn, reported and saved."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.cost_entries import MOST_PRICE
from seedsoil.economics import charts, sensitivity, tables
from seedsoil.economics.budget_impact import Plan, drawn_budget, expected_budget
from seedsoil.economics.decision.thresholds import check_threshold
from seedsoil.economics.decision.two_way import TwoWay
from seedsoil.economics.decision.words import Units
from seedsoil.economics.evaluation import BASES, DETERMINISTIC, EvaluationData
from seedsoil.economics.exports import writers
from seedsoil.economics.lever import PRICE, UTILITY
from seedsoil.economics.page import write_evaluation
from seedsoil.economics.trial_information import evsi_of_trial
from seedsoil.errors import InputError, nearest, real_number, shown
from seedsoil.results.columns import ALL_WOMEN, chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from seedsoil.catalog import Trial
    from seedsoil.economics.asked import Asked
    from seedsoil.economics.books import Books, Increment
    from seedsoil.economics.budget_impact import BudgetImpact
    from seedsoil.economics.decision.sample_information import SampleInformation
    from seedsoil.economics.tables import Frame


@dataclass(frozen=True)
class Evaluation(EvaluationData):
    """Costs, QALYs and decisions of strategies on the same women: what `evaluate` gives.

    `table()`: the fully incremental analysis; `tables()`: all tables by name, see `COLUMNS`; `row(table,
    ...)` one row. `decision` has the probabilistic analysis: curves, expected loss, EVPI, EVPPI, EVSI.
    Without simulating again: `at_prices(...)`, `two_way(...)`, `budget_impact(...)`. `report(path)` writes
    the page, `save(path)` a directory. A research and teaching tool: means of simulated women, never advice.
    """

    books: Books = field(kw_only=True, repr=False)
    frame: Frame = field(kw_only=True, repr=False)
    asked: Asked = field(kw_only=True, repr=False)
    kept: Path | None = field(default=None, kw_only=True, repr=False)

    def __repr__(self) -> str:
        return super().__repr__()

    def chart(self, which: str = "costs") -> dict[str, Any]:
        """A picture as a Vega-Lite specification.

        "costs": by category; "tornado": what moves the net benefit of the second strategy; with a
        probabilistic analysis also those of `Decision.chart`: plane, frontier, ceac, loss, evpi.
        """
        if which == "costs":
            return charts.costs_chart(self)
        if which == "tornado":
            return charts.tornado_chart(self, self.strategies[1])
        allowed = ["costs", "tornado", *(OF_DECISION if self.decision is not None else ())]
        if which not in allowed:
            because = "" if self.decision is not None or which not in OF_DECISION else " (give psa)"
            hint = nearest(which, allowed)
            raise InputError(
                f"chart {shown(which)}: allowed are {', '.join(allowed)}{because}. {hint}".rstrip()
            )
        drawn: dict[str, Any] = self.decision.chart(which)
        return drawn

    def pictures(self) -> list[tuple[str, dict[str, Any]]]:
        """Costs by category and, of a probabilistic analysis, its pictures."""
        first = [(self.sentence, self.chart())]
        return first if self.decision is None else [*first, *self.decision.pictures()]

    def report(self, path: str | Path) -> Path:
        """Write the evaluation as a self-contained HTML page to `path` and return the path.

        It replaces a file that is there. Raises InputError where the folder of `path` does not exist.
        """
        return write_evaluation(self, path, self._maps())

    def _maps(self) -> list[TwoWay]:
        """Which strategy is best by the two prices that move the net benefit most, if there are two."""
        wide = [r["parameter"] for r in self.one_way.to_pylist() if r["kind"] == PRICE]
        first = list(dict.fromkeys(wide))[:2]
        return [self.two_way(*first)] if len(first) == 2 else []

    def save(
        self, path: str | Path, *, command: str | None = None, formats: Collection[str] = ()
    ) -> Path:
        """Write report.html, every table as Parquet and manifest.json to the directory `path`; return it.

        In each of `formats` what it holds besides: csv (a file a table), xlsx (evaluation.xlsx, a workbook
        that recalculates), docx (cheers.docx, the CHEERS 2022 checklist), tex (a folder of LaTeX tables),
        svg and png (charts). Of a probabilistic analysis the
        draws are saved too: costs and QALYs by strategy and the numbers drawn. It appears complete or not
        at all; then the draws that `evaluate(keep=...)` kept go away. Raises InputError if `path` is taken
        or cannot be written, or for another format.
        """
        from seedsoil.display.export import save_results
        from seedsoil.economics.kept_draws import until_saved

        manifest = {
            "command": command or "seedsoil.evaluate(...)",
            **self.provenance,
            "notes": list(self.notes),
        }
        with until_saved(self.kept, 0 if self.psa is None else len(self.psa.costs)):
            return save_results(path, self.saved(), self.report, manifest, formats, writers(self))

    def saved(self) -> dict[str, Any]:
        """The tables that `save` writes, by name."""
        import pyarrow as pa

        found: dict[str, Any] = self.tables()
        if self.psa is not None:
            names = self.strategies
            found["psa_costs"] = pa.table(dict(zip(names, self.psa.costs.T, strict=True)))
            found["psa_effects"] = pa.table(dict(zip(names, self.psa.effects.T, strict=True)))
            if self.psa.parameters:
                found["psa_parameters"] = pa.table(dict(self.psa.parameters))
            found["psa_incremental"] = self.decision.table()
        return found

    # Without simulating again ---------------------------------------------------------------------------

    def at_prices(self, prices: Mapping[str, float], strategy: str | None = None) -> Increment:
        """What a strategy costs and gives more than the reference where items cost otherwise.

        `prices`: by item, money a unit as in the table `prices`. `strategy`: the second if none is named.
        Raises InputError for an item that no strategy uses and a price below 0.
        """
        changed = self.frame.prices.copy()
        for item, value in prices.items():
            if item not in self.items:
                raise InputError(
                    f"prices: no item {shown(item)}. {nearest(item, self.items)}".rstrip()
                )
            allowed = f"a price from 0 to {MOST_PRICE:g}"
            number = real_number(item, value, allowed=allowed)
            if not 0.0 <= number <= MOST_PRICE:
                raise InputError(f"{item}={shown(value)}: must be {allowed}")
            changed[self.items.index(item)] = number
        return self.books.difference(ALL_WOMEN, 0, self._strategy(strategy), changed)

    def two_way(self, x: str, y: str, *, threshold: float | None = None, steps: int = 25) -> TwoWay:
        """Which strategy is best by two numbers at a time, between the ends of their intervals.

        `x`, `y`: prices or utilities of the table `one_way`, one of them a price. A QALY is linear in each
        utility.
        `threshold`: the first of the evaluation if none is given. Raises InputError for other names.
        """
        one, other = (sensitivity.lever_of(self.levers, name) for name in (x, y))
        if one == other:
            raise InputError(f"two-way: {shown(x)} twice; name two numbers")
        if one.kind == other.kind == UTILITY:
            raise InputError(
                "two-way: of two utilities one changes what the other does; name a price with one of "
                "them, or give psa and use decision.two_way"
            )
        k = self.thresholds[0] if threshold is None else check_threshold("threshold", threshold)
        xs, ys = (sensitivity.two_way_values(lever, steps) for lever in (one, other))
        benefit = np.zeros((steps, steps, len(self.strategies)))
        for i, a in enumerate(xs):
            for j, b in enumerate(ys):
                for s in range(1, len(self.strategies)):
                    found = sensitivity.both_moved(
                        self.books, self.frame, s, ((one, a), (other, b))
                    )
                    benefit[i, j, s] = found.inmb(k)
        units = Units(self.currency, "QALY")
        return TwoWay(k, x, y, xs, ys, benefit, self.strategies, units)

    def budget_impact(
        self,
        *,
        women_a_year: float | Sequence[float],
        uptake: Sequence[float],
        strategy: str | None = None,
        group: str = ALL_WOMEN,
        basis: str | None = None,
    ) -> BudgetImpact:
        """What a budget bears in each year if newly found women take a strategy instead of the reference.

        impact(t) = Σ_j women_j · uptake_j · d(t - j): those found in year j are in year t - j of their
        disease, in which a woman costs d more; undiscounted. `women_a_year`: whose metastatic disease is
        found in a year, one number or one a year; `uptake`: the share of them who take the strategy, one a
        year, up to five years. There are no defaults: both are of a country and a time. `basis`: of the
        draws, with intervals over them, wherever there are draws; "deterministic" for the numbers in use.
        Raises InputError for other numbers.
        """
        s = self._strategy(strategy)
        if group not in self.groups:
            raise InputError(f"group {shown(group)}: {nearest(group, self.groups)}".rstrip())
        plan = Plan.of(women_a_year, uptake)
        allowed = BASES if self.psa is not None else (DETERMINISTIC,)
        basis = chosen("basis", basis or allowed[0], allowed)
        asked = (self.strategies, s, group, plan, self.currency)
        if basis == DETERMINISTIC or self.psa is None:
            return expected_budget(self.books, *asked)
        if group not in self.decisions:
            raise InputError(
                f"group {shown(group)}: fewer than two draws have two women of it or more; simulate more"
            )
        return drawn_budget(self.psa.groups[group], *asked)

    def with_budget_impact(
        self, *, women_a_year: float | Sequence[float], uptake: Sequence[float]
    ) -> Evaluation:
        """The same evaluation with the budget impact of each strategy in its report, tables and files.

        Arguments as of `budget_impact`; each strategy but the reference alone has the uptake.
        """
        found = tuple(
            self.budget_impact(women_a_year=women_a_year, uptake=uptake, strategy=name)
            for name in self.strategies[1:]
        )
        rows = [row for one in found for row in one.rows()]
        return dataclasses.replace(self, impacts=found, budgets=tables.table("budgets", rows))

    def with_trial(self, trial: str, found: SampleInformation) -> Evaluation:
        """The same evaluation with what a trial would be worth in its report, tables and files.

        `found`: of `evsi_of_trial`, or of its `enbs`; `trial`: what it is called there.
        """
        rows = [
            {
                "trial": trial, "threshold": found.k, "women": float(n), "evsi": one.value,
                "evsi_se": one.se,
            }
            | ({} if found.patients is None else
               {"patients": found.patients, "enbs": found.of(n).value, "enbs_se": found.of(n).se})
            for n, one in found.found.items()
        ]  # fmt: skip
        rows = [*self.studies.to_pylist(), *rows]
        return dataclasses.replace(
            self, trials=(*self.trials, (trial, found)), studies=tables.table("studies", rows)
        )

    # Simulating again -----------------------------------------------------------------------------------

    def evsi_of_trial(
        self,
        trial: str | Path | Trial,
        n: int | Sequence[int],
        *,
        threshold: float | None = None,
        threads: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> SampleInformation:
        """What a trial would be worth before choosing: EVSI(n) a woman; `.enbs(...)` takes off its cost.

            EVSI(n) = E over data X of max_j E[NB_j | X] - max_j E[NB_j],   X what the trial would report

        In every draw of the probabilistic analysis the trial is simulated under the draw's parameters, on
        women of its own: ln hazard ratios of PFS and OS, response rates by arm, and shares free of
        progression and alive in the reference arm at half the follow-up are its data; net benefits are
        regressed on them. `trial`: of the catalog or a TOML file; `n`: women of the whole trial, divided as
        its arms are; the sizes share their women. `threshold`: the first of the evaluation if none is given;
        `progress` is called with the draws done. Each draw takes about as long as its women take to enrol,
        at least a second's tenth.
        Raises InputError without a probabilistic analysis of 100 draws or more, or with fixed parameters.
        """
        if self.psa is None:
            raise InputError("evsi_of_trial: there are no draws; evaluate with psa, 1_000 say")
        return evsi_of_trial(
            self, trial, n, threshold=threshold, catalog=self.asked.catalog, threads=threads,
            progress=progress,
        )  # fmt: skip

    def _strategy(self, name: str | None) -> int:
        if name is None:
            return 1
        if name not in self.strategies:
            raise InputError(
                f"strategy {shown(name)}: there are {', '.join(self.strategies)}. "
                f"{nearest(name, self.strategies)}".rstrip()
            )
        return self.strategies.index(name)


OF_DECISION = ("plane", "frontier", "ceac", "loss", "evpi")
"""Pictures of a probabilistic analysis."""
