"""`match()`: a registry extract against simulated women of the same kind."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError
from seedsoil.matching.care import AUTO, Cares, choose, headline
from seedsoil.matching.cohort_file import read_cohort
from seedsoil.matching.compare import FEWEST_AT_RISK, Comparison, prepare
from seedsoil.matching.frame import extract_file
from seedsoil.matching.result import FEWEST_EVENTS, FEWEST_WOMEN, MatchData, SimulatedCohorts
from seedsoil.matching.standardise import (
    HER2,
    HER2_UNKNOWN,
    Women,
    joined,
    registry_women,
    simulated_women,
    stratify,
)
from seedsoil.matching.summary import curves_table, strata_table, summarise
from seedsoil.results.draws import draws_table
from seedsoil.run.simulate import check_policies

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.matching.cohort import Cohort
    from seedsoil.results.draws_section import Told


class Match(MatchData):
    """A registry extract compared with simulated women standardised to it.

    `summary` holds the results as plain numbers and texts; `curves` the observed and simulated
    curves, one row a group and month; `strata` the strata with their counts; `rejected` the rows
    left out. `chart()` draws the curves, `report(path)` writes the page, `save(path)` everything.
    """

    def chart(self) -> dict[str, Any]:
        """Observed and simulated curves of all women, as a Vega-Lite specification."""
        from seedsoil.matching.page import overall_chart

        return overall_chart(self)

    def report(self, path: str | Path, *, draws: Told | None = None) -> Path:
        """Write the self-contained HTML report to `path` and return the path.

        `draws`: what `match_over_draws` found over draws of the posterior, which gets a section.
        """
        from seedsoil.matching.page import write_match_report

        return write_match_report(self, path, draws)

    def save(
        self, path: str | Path, *, formats: Collection[str] = (), draws: Told | None = None
    ) -> Path:
        """Write everything into a new directory at `path`, and return the path.

        It holds `report.html`, `summary.json`, `strata.csv`, `curves.csv` and, when rows were left
        out, `rejected.csv`; with `draws`, as for `report`, also `draws.csv`. `formats`: xlsx for the
        tables in one workbook, svg or png for the charts of the report, too. It appears complete or not at
        all. Raises InputError if `path` is taken or cannot be written, or for another format.
        """
        from seedsoil.display.export import check_formats
        from seedsoil.storage import new_directory, publish, unfinished

        check_formats(formats)
        target = new_directory(path)
        with unfinished(target.parent, target.name) as partial:
            try:
                self._write(partial, formats, draws)
            except OSError as error:
                raise InputError(f"{target}: cannot be written ({error.strerror})") from None
            return publish(partial, target)

    def _write(self, directory: Path, formats: Collection[str], draws: Told | None) -> None:
        from seedsoil.display.export import export, save_table

        page = self.report(directory / "report.html", draws=draws).read_text("utf-8")
        if draws is not None:
            rows = [one.record() for one in draws.found]
            save_table(draws_table(rows), directory / "draws.csv")
        besides = [name for name in formats if name != "csv"]  # which is always written
        export(directory, besides, {"strata": self.strata, "curves": self.curves}, page)
        text = json.dumps(self.summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        (directory / "summary.json").write_text(text, encoding="utf-8")
        save_table(self.strata, directory / "strata.csv")
        save_table(self.curves, directory / "curves.csv")
        if self.rejected:
            with (directory / "rejected.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(("line", "reason"))
                writer.writerows((row.line, row.reason) for row in self.rejected)


def match(
    path: str | Path | Any,
    *,
    women: int = 200_000,
    seed: int = 1,
    endpoint: str | None = None,
    time: str | None = None,
    event: str | None = None,
    time_unit: str | None = None,
    size_unit: str | None = None,
    date_format: str | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, object] | None = None,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    er_cut: float | None = None,
    adjuvant: str = AUTO,
    strategy: str | Path | Strategy = AUTO,
    screening: str = "none",
    era: int | None = None,
    catalog: Catalog | None = None,
    allow_bad_rows: bool = False,
    out: str | Path | None = None,
    threads: int | None = None,
    simulated_cohorts: SimulatedCohorts | None = None,
) -> Match:
    """Compare a registry extract with simulated women standardised to its strata.

    The extract is a CSV file, or a data frame (pandas, polars, Arrow), with, a row a woman, age at
    diagnosis, diameter or size band, positive nodes, ER, a time from diagnosis and an event (0 or 1);
    optionally HER2, adjuvant endocrine therapy and chemotherapy, and the year of diagnosis. See
    `read_cohort` for `time`, `event`, `time_unit`, `size_unit`, `date_format`, `columns`, `constants`,
    `codes`, `er_cut` and `allow_bad_rows`.

    endpoint: `any` (first of locoregional and distant recurrence), `distant`, `recurrence-or-death`, or
    `death` (from any cause). adjuvant: `auto` follows the treatment columns, and where they do not say
    what was given the policy of the year of diagnosis; else the policy that all simulated women
    follow. strategy: how metastases are treated, for the endpoint death: `auto` goes by the year of
    diagnosis; else a strategy's name, file or `Strategy`, or "untreated". era: year of diagnosis of
    women for whom the file has none; where there is none at all, women are treated as `simulate` does by
    default, and the result says so. screening: a programme of the catalog, by default none. catalog: by
    default the packaged one. women: simulated women for each policy. out: directory to save to.
    simulated_cohorts: gives patients tables by adjuvant policy and strategy, instead of simulating them.

    Raises InputError for a file or an argument that cannot be used.
    """
    check_policies(screening, adjuvant, catalog)
    if out is not None:
        from seedsoil.storage import new_directory

        new_directory(out)
    with extract_file(path) as file:
        cohort = read_cohort(
            file,
            endpoint=endpoint,
            time=time,
            event=event,
            time_unit=time_unit,
            size_unit=size_unit,
            date_format=date_format,
            columns=columns,
            constants=constants,
            codes=codes,
            er_cut=er_cut,
            allow_bad_rows=allow_bad_rows,
        )
        result = _compare(
            cohort,
            women=women,
            seed=seed,
            adjuvant=adjuvant,
            strategy=strategy,
            screening=screening,
            era=era,
            catalog=catalog,
            threads=threads,
            cohorts=simulated_cohorts,
        )
    if out is not None:
        result.save(out)
    return result


def _compare(
    cohort: Cohort,
    *,
    women: int,
    seed: int,
    adjuvant: str,
    strategy: str | Path | Strategy,
    screening: str,
    era: int | None,
    catalog: Catalog | None,
    threads: int | None,
    cohorts: SimulatedCohorts | None,
) -> Match:
    """Simulate women treated like those of the extract, and compare."""
    from seedsoil.catalog import load

    _check_enough(cohort)
    catalog = catalog or load()
    catalog.screening_programme(screening)
    cares = choose(
        cohort,
        catalog,
        adjuvant=adjuvant,
        strategy=strategy,
        era=era,
        treated=cohort.endpoint == "death",
    )
    registry = registry_women(cohort, cares.of)
    if cohorts is None:
        cohorts = _simulating(catalog, cares, women, seed, screening, threads)
    simulated = _simulate(cohort, registry, cohorts, cares)
    strata = stratify(registry, simulated, cares.cares)
    matched = np.array([s.simulated > 0 for s in strata.strata])[strata.of(registry)]
    if not matched.any():
        raise InputError(
            f"{cohort.path}: no simulated woman falls into any stratum of the file; simulate more "
            f"women than {women:,}"
        )
    comparison = prepare(registry.where(matched), simulated, strata, seed)
    _check_comparable(cohort, comparison)
    simulation = {
        "women_per_policy": women,
        "women_compared": sum(stratum.simulated for stratum in strata.strata),
        "seed": seed,
        "screening": screening,
        "words": headline(cares, screening),
    }
    return Match(
        summarise(cohort, comparison, strata, simulation, cares),
        curves_table(comparison, cares.cares),
        strata_table(strata, comparison),
        cohort.rejected,
    )


def _check_enough(cohort: Cohort) -> None:
    """Refuse what is too small for a statement before anything is simulated."""
    if cohort.women < FEWEST_WOMEN:
        raise InputError(
            f"{cohort.path}: {cohort.women} women can be compared; at least {FEWEST_WOMEN} are needed "
            "for a statement"
        )
    if not cohort.event.any():
        column = cohort.columns.get("event", "the file")
        raise InputError(
            f"{cohort.path}: no woman has the event by {column}; is it the column of the endpoint "
            f"'{cohort.endpoint}'?"
        )


def _check_comparable(cohort: Cohort, comparison: Comparison) -> None:
    women, events = len(comparison.registry), int(comparison.registry.event.sum())
    if women < FEWEST_WOMEN:
        raise InputError(
            f"{cohort.path}: {women} women can be compared; at least {FEWEST_WOMEN} are needed for a "
            "statement"
        )
    if (comparison.registry.time >= comparison.times[1]).sum() < FEWEST_AT_RISK:
        raise InputError(
            f"{cohort.path}: fewer than {FEWEST_AT_RISK} women are followed for a month when "
            f"{cohort.columns.get('time', 'time')} is read in {cohort.time_unit}; state the time unit"
        )
    expected = float(comparison.expected.sum())
    if expected == 0:
        raise InputError(
            f"{cohort.path}: no simulated woman of these strata has the event within the follow-up; "
            "simulate more women"
        )
    if max(events, expected) < FEWEST_EVENTS:
        raise InputError(
            f"{cohort.path}: {events} {'event' if events == 1 else 'events'} where {expected:.1f} are "
            f"expected; at least {FEWEST_EVENTS} of either are needed for a statement"
        )


def _simulating(
    catalog: Catalog, cares: Cares, women: int, seed: int, screening: str, threads: int | None
) -> SimulatedCohorts:
    """Simulate cohorts, of which only the patients are kept: lesions are many and not needed.

    Each cohort has women of its own, so that their chances are independent.
    """
    from seedsoil.model.parameters import kernel_parameters
    from seedsoil.model.treatment.plan import treatment_plan
    from seedsoil.simulation.shards import check_cohort, require_memory, shards
    from seedsoil.simulation.tables import patients_table

    used = check_cohort(women, seed, 0, threads)
    require_memory(women, 200, "hundreds of thousands are enough for a registry")
    done: list[tuple[str, str]] = []

    def patients(adjuvant: str, strategy: str) -> pa.Table:
        import pyarrow as pa

        first = women * len(done)
        check_cohort(women, seed, first, threads)
        done.append((adjuvant, strategy))
        parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
        chosen = cares.strategies[strategy]
        plan = None
        if chosen is not None:
            plan, _ = treatment_plan(catalog, parameters, before=chosen)
        parts = shards(parameters, women, first=first, threads=used, details=False, plan=plan)
        return pa.concat_tables([patients_table(shard.patients) for shard in parts])

    return patients


def _simulate(cohort: Cohort, registry: Women, cohorts: SimulatedCohorts, cares: Cares) -> Women:
    """The simulated women to compare with, in the cells of the registry's."""
    unknown = registry.levels[:, HER2] == HER2_UNKNOWN
    her2 = (not unknown.all(), bool(unknown.any()))
    policies = list(dict.fromkeys((care.adjuvant, care.strategy) for care in cares.cares))
    parts = []
    for policy in policies:
        own = {i: c for i, c in enumerate(cares.cares) if (c.adjuvant, c.strategy) == policy}
        parts.append(simulated_women(cohorts(*policy), cohort.endpoint, own, her2))
    return joined(parts)
