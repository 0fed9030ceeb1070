"""What a merged plan says: summaries of cohorts, or differences between strategies, and how it is saved."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.overrides import changes_rows
from seedsoil.errors import InputError
from seedsoil.planned.comparison import PairedComparison
from seedsoil.planned.merging import PAIR
from seedsoil.planned.summary import CohortSummary
from seedsoil.planned.women import write_tables
from seedsoil.run.run import Run
from seedsoil.storage import new_directory, publish, unfinished, write_manifest
from seedsoil.work.unit import units_words

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.display.shown import TextRows
    from seedsoil.planned.merging import Merged

REPORT = "report.html"
REPORT_WOMEN = 100_000
"""The report of a run in tables draws its first so many women, as that of `seedsoil run`."""
MOST_TOLD = 3
"""Draws whose tables are printed."""


@dataclass(frozen=True)
class Result:
    """A merged plan as results, one a draw, each made when it is asked for. `merged` says what made it."""

    merged: Merged

    @property
    def draws(self) -> int:
        """How many results there are: as many as draws, or one."""
        return len(self.merged.plan.draws)

    def shown(self, number: int = 0) -> CohortSummary | PairedComparison:
        """The result of a draw, from 0: a cohort in summary, or strategies compared."""
        plan = self.merged.plan
        draw = plan.draws[number]
        catalog = plan.catalog()
        catalog = catalog.with_values(draw) if draw else catalog
        each = len(self.merged.parts) // self.draws
        parts = self.merged.parts[number * each : (number + 1) * each]
        if parts[0].made["outputs"] == [PAIR]:
            return PairedComparison.of(plan, parts, catalog)
        return CohortSummary.of(plan, parts[0], catalog)

    def manifest(self) -> dict[str, Any]:
        """How it was made."""
        merged, plan = self.merged, self.merged.plan
        draws = [dict(draw) for draw in plan.draws if draw]
        return {
            **self.shown().manifest,
            "strategies": [one.name for one in plan.strategies],
            "engine": plan.engine,
            "digest": merged.digest,
            "units": merged.units,
            "seconds": round(merged.seconds, 1),
            "hosts": list(merged.hosts),
            "cpus": list(merged.cpus),
            **({"draws": draws} if draws else {}),
        }

    def summary(self) -> dict[str, Any]:
        """The result for programs."""
        found: dict[str, Any] = {"digest": self.merged.digest, "manifest": self.manifest()}
        if self.draws == 1:
            return found | self._said(0)
        plan = self.merged.plan
        return found | {
            "draws": [{"draw": dict(plan.draws[k]), **self._said(k)} for k in range(self.draws)]
        }

    def _said(self, number: int) -> dict[str, Any]:
        one = self.shown(number)
        if isinstance(one, PairedComparison):
            return {"women": one.women, "differences": one.table().to_pylist()}
        said = one.summary(self.merged.plan.catalog())
        return {key: value for key, value in said.items() if key != "manifest"}

    def told(self) -> list[tuple[str, TextRows, str]]:
        """Title, rows and sentence of each result; of many draws the first three."""
        names = ", ".join(one.name for one in self.merged.plan.strategies)
        found = []
        for number in range(min(self.draws, MOST_TOLD)):
            one = self.shown(number)
            title = names if self.draws == 1 else f"{names}, draw {number + 1}"
            found.append((title, one.text_rows(), one.sentence))
        return found

    def facts(self) -> list[tuple[str, str]]:
        """How it was made, in words."""
        plan, merged = self.merged.plan, self.merged
        manifest = self.shown().manifest
        facts = [
            (
                "cohort",
                f"{plan.women:,} women, seed {plan.seed}, screening {plan.screening}, "
                f"adjuvant {plan.adjuvant}",
            ),
            *changes_rows(manifest),
        ]
        truncated = manifest["truncated_lesions"]
        if truncated:
            facts.append(
                ("note", f"{truncated:,} women had more records of colonies than are kept; what they "
                 "founded later is left out")
            )  # fmt: skip
        if self.draws > MOST_TOLD:
            facts.append(("note", f"{self.draws:,} draws; --out and --json have all of them"))
        facts += [
            (
                "made in",
                f"{units_words(merged.units)}, {merged.seconds / 3600:.2g} core-hours, "
                f"on {', '.join(merged.cpus)}",
            ),
            ("digest", merged.digest),
        ]
        return facts

    def save(self, path: str | Path, *, command: str = "") -> Path:
        """Write tables, manifest and report as a new directory; return its path.

        Where there are draws the tables have their number, from 1, and the report is of the first.
        """
        target = new_directory(path)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with unfinished(target.parent, target.name) as unfinished_one:
            self._write_tables(unfinished_one)
            manifest = {"command": command, "created": now, **self.manifest()}
            write_manifest(unfinished_one, manifest)
            if self.merged.plan.tables:
                self._write_run(unfinished_one, manifest)
            else:
                self.shown().report(unfinished_one / REPORT)
            return publish(unfinished_one, target)

    def _write_run(self, directory: Path, manifest: dict[str, Any]) -> None:
        """The women's tables and the report of their run, so that `open_run` opens the directory."""
        plan, shelf = self.merged.plan, self.merged.shelf

        def content(key: str) -> bytes:
            found = shelf.get(key)
            if found is None:
                raise InputError(
                    f"{shelf.place}: a unit has gone or was damaged meanwhile; run again"
                )
            return found[1]

        write_tables(directory, (partial(content, unit.key) for unit in plan.units()))
        first = Run.from_directory(directory, manifest).head(REPORT_WOMEN)
        first.report(directory / REPORT, catalog=plan.catalog())

    def _write_tables(self, directory: Path) -> None:
        """Every table, draw by draw, so that memory does not grow with the draws."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with ExitStack() as open_files:
            writers: dict[str, pq.ParquetWriter] = {}
            for number in range(self.draws):
                for name, table in self.shown(number).tables().items():
                    if self.draws > 1:
                        numbers = pa.array([number + 1] * table.num_rows, pa.int64())
                        table = table.add_column(0, "draw", numbers)
                    if name not in writers:
                        path = directory / f"{name}.parquet"
                        writers[name] = open_files.enter_context(
                            pq.ParquetWriter(path, table.schema, compression="zstd")
                        )
                    writers[name].write_table(table)


def result_of(merged: Merged) -> Result:
    """What a merged plan says."""
    return Result(merged)
