"""`Run`: the tables of one simulated cohort, in memory or in a run directory.

A run directory appears whole or not at all. It is written under a hidden name beside its final one
and renamed when complete, so a directory with a visible name is always a finished run; a killed
process leaves only the hidden directory, which `leftovers` finds.
"""

from __future__ import annotations

import html
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.overrides import changes_rows
from seedsoil.errors import InputError, nearest, shown, whole_number
from seedsoil.results.columns import rows_of_women
from seedsoil.results.where import only_words
from seedsoil.storage import (
    new_directory,
    publish,
    unfinished,
    write_manifest,
    write_table,
)
from seedsoil.vocabulary import PRESENTATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.results.attrition import Attrition
    from seedsoil.results.cure import Cure
    from seedsoil.results.draws_section import Told
    from seedsoil.results.incidence import Incidence
    from seedsoil.results.organs import Organs
    from seedsoil.results.presentation import Presentation
    from seedsoil.results.quality import QualityAdjustedSurvival
    from seedsoil.results.survival import Survival
    from seedsoil.results.treatment import ProgressionFree, ProgressionSites, Responses

logger = logging.getLogger(__name__)

CURE_FRACTION_WOMEN = 5_000
TABLES = ("patients", "lesions", "symptoms", "lines", "drugs")
REPORT = "report.html"
MADE_BY = ("women", "seed", "screening", "adjuvant", "strategy")
"""What of a manifest says how the cohort was made."""
NOT_ADVICE = "For research and teaching: populations, not advice for any one person."


class Run:
    """One simulated cohort: five Arrow tables and the manifest that says how it was made.

    patients: one row a woman. lesions: one row a lesion. symptoms: one row each time a symptom sets in.
    lines: one row a line of therapy for metastatic disease; none if it takes its natural course.
    drugs: one row a drug of a line, from its start to its stop.
    Times are years from the diagnosis of the primary; every column carries `unit` and `description`
    in its metadata. The tables convert with `.to_pandas()` and `polars.from_arrow(...)`.

    What people ask of a cohort are its methods (`survival()`, `recurrence()`, `organs()`, `presentation()`,
    `cure()`; of treated women `progression_free()`, `responses()`, `progression_sites()`, `attrition()`,
    `qalys()`). Each returns a result with `table()`, `to_pandas()`, `to_polars()`, `chart()`, `sentence` and
    `report(path)`.

    A run opened from disk reads each table when it is first asked for.
    """

    def __init__(
        self,
        patients: pa.Table,
        lesions: pa.Table,
        symptoms: pa.Table,
        manifest: dict[str, Any],
        lines: pa.Table | None = None,
        drugs: pa.Table | None = None,
    ) -> None:
        from seedsoil.simulation.tables import DRUGS, LINES

        lines = LINES.empty_table() if lines is None else lines
        drugs = DRUGS.empty_table() if drugs is None else drugs
        self._tables = dict(zip(TABLES, (patients, lesions, symptoms, lines, drugs), strict=True))
        self._directory: Path | None = None
        self.manifest = manifest

    @classmethod
    def from_directory(cls, directory: Path, manifest: dict[str, Any]) -> Run:
        """The run whose tables lie in `directory`, unchecked; use `open_run` on a finished run."""
        run = cls.__new__(cls)
        run._tables = {}
        run._directory = directory
        run.manifest = manifest
        return run

    def _table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        if name not in self._tables:
            assert self._directory is not None
            table = _read_table(self._directory / f"{name}.parquet", columns)
            if columns is not None:
                return table
            self._tables[name] = table
        return self._tables[name] if columns is None else self._tables[name].select(columns)

    @property
    def patients(self) -> pa.Table:
        """One row a woman; columns as in the design's table contract."""
        return self._table("patients")

    @property
    def lesions(self) -> pa.Table:
        """One row a lesion that existed before death."""
        return self._table("lesions")

    @property
    def symptoms(self) -> pa.Table:
        """One row each time a symptom of a metastasis sets in; untreated, once."""
        return self._table("symptoms")

    @property
    def lines(self) -> pa.Table:
        """One row a line of therapy for metastatic disease."""
        return self._table("lines")

    @property
    def drugs(self) -> pa.Table:
        """One row a drug of a line, from its start to its stop; two if it stopped and was begun again."""
        return self._table("drugs")

    def narrow(self, columns: Sequence[str]) -> Run:
        """The same women with only these columns of `patients`, and no rows of the other tables.

        Of a large run on disk only these columns are read: enough for survival, recurrence, cure.
        """
        known = self._schema("patients").names
        for name in columns:
            if name not in known:
                hint = nearest(name, known)
                raise InputError(
                    f"columns: {shown(name)} is no column of the patients table. {hint}".rstrip()
                )
        lesions, symptoms, *treated = (self._schema(name).empty_table() for name in TABLES[1:])
        return Run(self._table("patients", columns), lesions, symptoms, self.manifest, *treated)

    def head(self, women: int) -> Run:
        """The first `women` women alone, with their rows of every table.

        Of a large run on disk only their rows are read. The manifest's `part_of` is the number of
        women of the whole run.
        """
        whole_number("women", women)
        if women >= self.manifest["women"]:
            return self
        patients, lesions, symptoms, *treated = (self._first_rows(name, women) for name in TABLES)
        manifest = {**self.manifest, "women": women, "part_of": self.manifest["women"]}
        return Run(patients, lesions, symptoms, manifest, *treated)

    def where(self, condition: str) -> Run:
        """The women for whom `condition` holds, with their rows of every table.

        `condition`: of columns of `patients`, such as `subtype == "TNBC" and metastatic_at > 5`; it takes
        == != < <= > >=, in [...], and, or, not, + - * /. Of a woman in whom a thing never happened no
        comparison with it holds; `metastatic_at == None` asks for that. The manifest's `only` is the
        condition, and `simulated` the number of women among whom they were chosen: shares of them are shares
        of a selected cohort. Raises InputError for a condition that cannot be read or that nobody meets.

        Examples:
            >>> import seedsoil as ss
            >>> run = ss.simulate(500, seed=1)
            >>> set(run.where('subtype == "TNBC" and age < 60').patients["subtype"].to_pylist())
            {'TNBC'}
        """
        from seedsoil.results.where import matching

        patients = matching(self.patients, condition)
        if patients.num_rows == 0:
            raise InputError(
                f"where {shown(condition)}: none of these {self.patients.num_rows:,} women"
            )
        lesions, symptoms, *treated = (
            rows_of_women(self._table(name), patients) for name in TABLES[1:]
        )
        before = self.manifest.get("only")
        return Run(
            patients,
            lesions,
            symptoms,
            {
                **self.manifest,
                "women": patients.num_rows,
                "only": condition if before is None else f"({before}) and ({condition})",
                "simulated": self.manifest.get("simulated", self.manifest["women"]),
            },
            *treated,
        )

    def _schema(self, name: str) -> pa.Schema:
        import pyarrow.parquet as pq

        if name in self._tables:
            return self._tables[name].schema
        assert self._directory is not None
        return pq.read_schema(self._directory / f"{name}.parquet")

    def _first_rows(self, name: str, women: int) -> pa.Table:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        mine = pc.field("patient") <= self._number_of(women - 1)
        if name in self._tables:
            return self._tables[name].filter(mine)
        assert self._directory is not None
        return pq.read_table(self._directory / f"{name}.parquet", filters=mine)

    def _number_of(self, row: int) -> int:
        """The number of the woman in a row of `patients`: women chosen by a condition have gaps."""
        import pyarrow.parquet as pq

        if "only" not in self.manifest:
            return int(self.manifest.get("first_patient", 0)) + row
        if "patients" in self._tables:
            return int(self._tables["patients"]["patient"][row].as_py())
        assert self._directory is not None
        with pq.ParquetFile(self._directory / "patients.parquet") as file:
            for batch in file.iter_batches(columns=["patient"]):
                if row < batch.num_rows:
                    return int(batch.column(0)[row].as_py())
                row -= batch.num_rows
        raise AssertionError("unreachable: the manifest says how many women there are")

    def survival(
        self, by: str | None = None, since: str = "diagnosis", cause: str = "any"
    ) -> Survival:
        """Kaplan-Meier survival in years, with 95 % intervals.

        `by`: None, subtype, age, stage, presentation, t_stage or n_stage; since metastatic disease was found
        also burden or organs. `since`: "diagnosis", "found in life" (women whose metastatic disease was
        found while they lived, from that day) or "metastasis" (also those in whom it was found only at
        death). `cause`: "any", or "breast cancer" for net survival. Raises InputError for others.

        Examples:
            >>> import seedsoil as ss
            >>> run = ss.simulate(500, seed=1)
            >>> run.survival(by="stage").medians().column_names
            ['group', 'women', 'median_years', 'lower', 'upper']
        """
        from seedsoil.results.survival import survival

        return survival(self, by=by, since=since, cause=cause)

    def recurrence(self, by: str | None = None, event: str = "distant") -> Incidence:
        """Cumulative incidence of recurrence by years since diagnosis, with death as a competing event.

        `by`: None, subtype, age, stage, presentation, t_stage or n_stage. `event`: "distant", "locoregional",
        or "any" (the first of the two). Women metastatic at diagnosis are left out.
        """
        from seedsoil.results.incidence import incidence

        return incidence(self, event=event, by=by)

    def organs(self) -> Organs:
        """Where metastases are: organs involved when found, timing, routes, and soil against flow."""
        from seedsoil.results.organs import organs

        return organs(self)

    def presentation(self) -> Presentation:
        """How the disease shows itself: symptoms, how metastases were found, diameters in mm."""
        from seedsoil.results.presentation import presentation

        return presentation(self)

    def cure(self, by: str | None = None, *, among: str = "all") -> Cure:
        """Shares of each outcome and state of cure, with Monte-Carlo errors.

        `by`: None, subtype, age, stage, presentation, t_stage, n_stage, burden or organs. `among`: "all"
        women, or "metastatic": only those whose metastatic disease was found.
        """
        from seedsoil.results.cure import cure

        return cure(self, by=by, among=among)

    def progression_free(self, by: str | None = "line", *, line: int = 1) -> ProgressionFree:
        """Months from the start of a line of therapy to its progression or death, with 95 % intervals.

        `by`: "line" compares lines 1 to 4; otherwise the women of line `line` together (None) or by
        subtype, age, stage, presentation, t_stage, n_stage, burden or organs. Raises InputError for anything
        else, for a run without a strategy and where nobody had such a line.

        Examples:
            >>> import seedsoil as ss
            >>> run = ss.simulate(2_000, seed=1)
            >>> run.progression_free(by="subtype", line=2).table().column_names[:3]
            ['group', 'women', 'median_months']
        """
        from seedsoil.results.treatment import progression_free

        return progression_free(self, by=by, line=line)

    def responses(self, by: str | None = None, *, line: int = 1) -> Responses:
        """Best confirmed responses (RECIST 1.1) of women with measurable disease: shares with errors.

        `by` and `line` as in `progression_free`; by default the women of line 1 together.

        Examples:
            >>> import seedsoil as ss
            >>> run = ss.simulate(2_000, seed=1)
            >>> run.responses(by="line").table()["response"].unique().to_pylist()
            ['CR', 'PR', 'SD', 'PD', 'NE']
        """
        from seedsoil.results.treatment import responses

        return responses(self, by=by, line=line)

    def progression_sites(self, line: int | None = None) -> ProgressionSites:
        """Organs in which progression showed first, and what showed it: shares of the progressions.

        `line`: of that line of therapy; None: of all lines.
        """
        from seedsoil.results.treatment import progression_sites

        return progression_sites(self, line=line)

    def attrition(self, by: str | None = "subtype") -> Attrition:
        """From line to line of therapy: who goes on, why drugs are stopped, how many lines women have.

        Shares of the women who started each line, with Monte-Carlo errors. `by`: how the women are divided
        whose lines are counted: None, subtype, age, stage, presentation, t_stage, n_stage, burden or organs.

        Examples:
            >>> import seedsoil as ss
            >>> run = ss.simulate(2_000, seed=1)
            >>> run.attrition().lines[0].went_on.value > 0.4
            True
        """
        from seedsoil.results.attrition import attrition

        return attrition(self, by=by)

    def qalys(
        self,
        by: str | None = None,
        *,
        origin: str = "metastatic",
        discount: float = 0.0,
        catalog: Catalog | None = None,
    ) -> QualityAdjustedSurvival:
        """Mean quality-adjusted life years a woman, beside her life years, with Monte-Carlo errors.

        `by`: None, subtype, age, stage, presentation, t_stage, n_stage, burden or organs. `origin`:
        "metastatic" counts from the day metastatic disease was found, of the women in whom that was in
        life; "diagnosis" from the diagnosis of the primary, of all women. `discount`: rate a year, 0.03
        for 3 %, of both kinds of years. `catalog`: for the utilities, by default the packaged one.

        Examples:
            >>> import seedsoil as ss
            >>> run = ss.simulate(2_000, seed=1)
            >>> found = run.qalys(by="subtype", discount=0.03)
            >>> found.table().column_names[:3]
            ['group', 'women', 'life_years']
            >>> all(group.utility < 1 for group in found.groups)
            True
        """
        from seedsoil.results.quality import qalys

        return qalys(self, by, origin=origin, discount=discount, catalog=catalog)

    def report(
        self,
        path: str | Path,
        *,
        catalog: Catalog | None = None,
        draws: Told | None = None,
        spread: str = "",
    ) -> Path:
        """Write the self-contained HTML report of this run to `path` and return the path.

        `catalog`: the one the run was made with, if not the packaged one. `draws`: its headlines over draws
        of the posterior (`run.draws.headlines_over_draws`), which get a section. `spread`: what the posterior
        leaves open of headlines, in words (`run.parameter_spread.told`). The report lists the targets that
        the packaged fit misses only if the run was made with those parameters. It fits the cure fraction of
        relative survival to cohorts of at least 5,000 women; smaller ones cannot bear it.
        """
        from seedsoil.catalog import load
        from seedsoil.run.page import write_run_report

        shipped = load()
        life_table = None
        if self.patients.num_rows >= CURE_FRACTION_WOMEN:
            rows = (catalog or shipped).life_table
            life_table = ([row.age for row in rows], [row.rate_per_year for row in rows])
        else:
            logger.info("fewer than %d women: no cure fraction is fitted", CURE_FRACTION_WOMEN)
        fit_table = None
        if self.manifest.get("parameters_hash") == shipped.hash():
            from seedsoil.catalog.fit_table import packaged

            fit_table = packaged()
        else:
            logger.info(
                "made with other parameters than the packaged fit: its misses are not listed"
            )
        return write_run_report(
            self, path, fit_table=fit_table, life_table=life_table, catalog=catalog or shipped,
            draws=draws, spread=spread,
        )  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write the tables and the manifest as a run directory at `path`, and return the path.

        The directory appears complete or not at all; a path that is taken is refused.
        Raises InputError if `path` exists and is not an empty directory, or cannot be written.
        """
        target = new_directory(path)
        with unfinished(target.parent, target.name) as partial:
            for name in TABLES:
                write_table(self._table(name), partial / f"{name}.parquet")
            write_manifest(partial, self._full_manifest())
            return publish(partial, target)

    def _full_manifest(self) -> dict[str, Any]:
        made = ", ".join(f"{key}={self.manifest[key]!r}" for key in MADE_BY)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return {"command": f"seedsoil.simulate({made})", "created": now} | self.manifest

    def _facts(self) -> list[tuple[str, str]]:
        manifest = self.manifest
        return [
            ("women", f"{manifest['women']:,}"),
            *([("of", only_words(manifest))] if "only" in manifest else []),
            ("seed", str(manifest["seed"])),
            ("screening", str(manifest["screening"])),
            ("adjuvant therapy", str(manifest["adjuvant"])),
            ("strategy", str(manifest["strategy"])),
            *changes_rows(manifest),
        ]

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self._facts())
        place = f", in {self._directory}" if self._directory else ""
        return f"<seedsoil.Run: {facts}{place}>"

    def _repr_html_(self) -> str:
        from seedsoil.display.words import percent
        from seedsoil.results.columns import codes

        found, names = codes(self.patients, "presentation", PRESENTATIONS)
        shares = [
            (f"metastasis: {name}", percent(float((found == code).mean())))
            for code, name in enumerate(names)
        ]
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:right'>{html.escape(value)}</td></tr>"
            for name, value in self._facts() + shares
        )
        return (
            f"<table><caption>seedsoil run</caption>{rows}</table>"
            f"<p>Tables: <code>.patients</code>, <code>.lesions</code>, <code>.symptoms</code>, "
            f"<code>.lines</code>, <code>.drugs</code>. {NOT_ADVICE}</p>"
        )


def _read_table(path: Path, columns: Sequence[str] | None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read(columns)
    except (pa.ArrowInvalid, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be read as a table ({reason})") from None
