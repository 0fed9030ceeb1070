"""`match()`: a registry extract against simulated women of the same kind."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError, as_path
from seedsoil.matching.cohort_file import Cohort, read_cohort
from seedsoil.matching.compare import FEWEST_AT_RISK, Comparison, prepare
from seedsoil.matching.result import FEWEST_EVENTS, POLICIES, MatchData, SimulatedCohorts
from seedsoil.matching.standardise import (
    TREATMENT,
    TREATMENTS,
    Women,
    joined,
    registry_women,
    simulated_women,
    stratify,
)
from seedsoil.matching.summary import FEWEST_FOR_CURVE, curves_table, strata_table, summarise
from seedsoil.run.simulate import check_policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


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

    def report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report to `path` and return the path."""
        from seedsoil.matching.page import write_match_report

        return write_match_report(self, path)

    def save(self, path: str | Path) -> Path:
        """Write everything into a new directory at `path`, and return the path.

        It holds `report.html`, `summary.json`, `strata.csv`, `curves.csv` and, when rows were left
        out, `rejected.csv`. It appears complete or not at all. Raises InputError if `path` is
        taken or cannot be written.
        """
        from seedsoil.storage import publish, require_free, unfinished

        target = Path(path)
        require_free(target)
        with unfinished(target.parent, target.name) as partial:
            try:
                self._write(partial)
            except OSError as error:
                raise InputError(f"{target}: cannot be written ({error.strerror})") from None
            return publish(partial, target)

    def _write(self, directory: Path) -> None:
        from pyarrow import csv as arrow_csv

        self.report(directory / "report.html")
        text = json.dumps(self.summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        (directory / "summary.json").write_text(text, encoding="utf-8")
        arrow_csv.write_csv(self.strata, directory / "strata.csv")
        arrow_csv.write_csv(self.curves, directory / "curves.csv")
        if self.rejected:
            with (directory / "rejected.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(("line", "reason"))
                writer.writerows((row.line, row.reason) for row in self.rejected)


def match(
    path: str | Path,
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
    adjuvant: str = "auto",
    screening: str = "none",
    allow_bad_rows: bool = False,
    out: str | Path | None = None,
    threads: int | None = None,
    simulated_cohorts: SimulatedCohorts | None = None,
) -> Match:
    """Compare a registry extract with simulated women standardised to its strata.

    The extract is a CSV file with, a row a woman, age at diagnosis, diameter or size band, positive
    nodes, ER, a time from diagnosis and an event (0 or 1); optionally HER2 and adjuvant endocrine
    therapy and chemotherapy. See `read_cohort` for `time`, `event`, `time_unit`, `size_unit`,
    `date_format`, `columns`, `constants`, `codes`, `er_cut` and `allow_bad_rows`.

    endpoint: `any` (first of locoregional and distant recurrence), `distant`, or `death` (from any
    cause). adjuvant: `auto` follows the treatment columns (women are compared with simulated women
    treated alike; without such columns with untreated ones), else the policy that all simulated
    women follow. women: simulated women for each treatment. out: directory to save to.
    simulated_cohorts: gives patients tables by policy, instead of simulating them.

    Raises InputError for a file or an argument that cannot be used.
    """
    path = as_path("path", path, what="the path of a CSV file")
    check_policies(screening, adjuvant, None)
    if out is not None:
        from seedsoil.storage import require_free

        require_free(Path(out))
    cohort = read_cohort(
        path,
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
    cohorts = simulated_cohorts or _simulating(women, seed, screening, threads)
    by_treatment = adjuvant == "auto" and not (cohort.endocrine is None and cohort.chemo is None)
    registry, disregarded = registry_women(cohort, by_treatment)
    simulated, policies = _simulate(cohort, registry, cohorts, by_treatment, adjuvant)
    strata = stratify(
        registry, simulated, by_treatment=by_treatment, use_her2=cohort.her2 is not None
    )
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
        "policies": policies,
        "by_treatment": by_treatment,
    }
    result = Match(
        summarise(cohort, comparison, strata, simulation, disregarded),
        curves_table(comparison),
        strata_table(strata, comparison),
        cohort.rejected,
    )
    if out is not None:
        result.save(out)
    return result


def _check_comparable(cohort: Cohort, comparison: Comparison) -> None:
    women = len(comparison.registry)
    if women < FEWEST_FOR_CURVE:
        raise InputError(
            f"{cohort.path}: {women} women can be compared; at least {FEWEST_FOR_CURVE} are needed"
        )
    if comparison.registry.event.sum() < FEWEST_EVENTS:
        raise InputError(
            f"{cohort.path}: {comparison.registry.event.sum()} events; at least {FEWEST_EVENTS} are "
            "needed for a comparison"
        )
    if (comparison.registry.time >= comparison.times[1]).sum() < FEWEST_AT_RISK:
        raise InputError(
            f"{cohort.path}: fewer than {FEWEST_AT_RISK} women are followed for a month when "
            f"{cohort.columns.get('time', 'time')} is read in {cohort.time_unit}; state the time unit"
        )
    if comparison.expected.sum() == 0:
        raise InputError(
            f"{cohort.path}: no simulated woman of these strata has the event within the follow-up; "
            "simulate more women"
        )


def _simulating(women: int, seed: int, screening: str, threads: int | None) -> SimulatedCohorts:
    """Simulate cohorts, of which only the patients are kept: lesions are many and not needed."""

    def patients(policy: str) -> pa.Table:
        import pyarrow as pa

        from seedsoil.catalog import load
        from seedsoil.model.parameters import kernel_parameters
        from seedsoil.simulation.shards import check_cohort, shards
        from seedsoil.simulation.tables import patients_table

        used = check_cohort(women, seed, 0, threads)
        parameters = kernel_parameters(load(), seed=seed, screening=screening, adjuvant=policy)
        parts = shards(parameters, women, first=0, threads=used, details=False)
        return pa.concat_tables([patients_table(shard.patients) for shard in parts])

    return patients


def _simulate(
    cohort: Cohort,
    registry: Women,
    cohorts: SimulatedCohorts,
    by_treatment: bool,
    adjuvant: str,
) -> tuple[Women, dict[str, str]]:
    """The simulated women to compare with, and the policy of each treatment."""
    use_her2 = cohort.her2 is not None
    if not by_treatment:
        policy = "none" if adjuvant == "auto" else adjuvant
        women = simulated_women(cohorts(policy), cohort.endpoint, None, use_her2)
        return women, {"all": policy}
    present = [int(level) for level in np.unique(registry.levels[:, TREATMENT])]
    policies = {TREATMENTS[level]: POLICIES[TREATMENTS[level]] for level in present}
    parts = [
        simulated_women(cohorts(POLICIES[TREATMENTS[level]]), cohort.endpoint, level, use_her2)
        for level in present
    ]
    return joined(parts), policies
