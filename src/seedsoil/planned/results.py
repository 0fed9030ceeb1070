"""What a merged plan says: summaries of cohorts, or differences between strategies, and how it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.overrides import changes_rows
from seedsoil.planned.comparison import PairedComparison
from seedsoil.planned.plan import PAIR
from seedsoil.planned.summary import CohortSummary
from seedsoil.run.simulate import manifest_of
from seedsoil.storage import new_directory, publish, unfinished, write_manifest, write_table
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.display.shown import TextRows
    from seedsoil.planned.merging import Merged, Part

REPORT = "report.html"


@dataclass(frozen=True)
class Result:
    """A merged plan as results: one a draw. `merged` says what made it."""

    merged: Merged
    cohorts: tuple[CohortSummary, ...]
    comparisons: tuple[PairedComparison, ...]

    @property
    def shown(self) -> tuple[CohortSummary | PairedComparison, ...]:
        """The results, one a draw."""
        return self.cohorts or self.comparisons

    def manifest(self) -> dict[str, Any]:
        """How it was made."""
        merged, plan = self.merged, self.merged.plan
        draws = [dict(draw) for draw in plan.draws if draw]
        return {
            **self.shown[0].manifest,
            "strategies": [one.name for one in plan.strategies],
            "engine": plan.engine,
            "digest": merged.digest,
            "units": merged.units,
            "core_seconds": round(merged.seconds, 1),
            "hosts": list(merged.hosts),
            "cpus": list(merged.cpus),
            **({"draws": draws} if draws else {}),
        }

    def summary(self) -> dict[str, Any]:
        """The result for programs."""
        catalog = self.merged.plan.catalog()
        found: dict[str, Any] = {"digest": self.merged.digest, "manifest": self.manifest()}
        if self.comparisons:
            found["differences"] = self.table().to_pylist()
        elif len(self.cohorts) == 1:
            found |= {
                key: value
                for key, value in self.cohorts[0].summary(catalog).items()
                if key != "manifest"
            }
        else:
            found["draws"] = [
                {"draw": part.draw, **_without_manifest(one.summary(catalog))}
                for part, one in zip(self.merged.parts, self.cohorts, strict=True)
            ]
        return found

    def table(self) -> pa.Table:
        """The results' main tables one after another, with the number of the draw where there are draws."""
        return _numbered([one.table() for one in self.shown])

    def told(self) -> list[tuple[str, TextRows, str]]:
        """Title, rows and sentence of each result; of many draws the first three."""
        return [(self._title(k), one.text_rows(), one.sentence)
                for k, one in enumerate(self.shown[:3])]  # fmt: skip

    def _title(self, number: int) -> str:
        names = ", ".join(one.name for one in self.merged.plan.strategies)
        return names if len(self.shown) == 1 else f"{names}, draw {number + 1}"

    def facts(self) -> list[tuple[str, str]]:
        """How it was made, in words."""
        plan, merged = self.merged.plan, self.merged
        shown = self.shown[0].manifest
        facts = [
            (
                "cohort",
                f"{plan.women:,} women, seed {plan.seed}, screening {plan.screening}, "
                f"adjuvant {plan.adjuvant}",
            ),
            *((name, value) for name, value in changes_rows(shown)),
            (
                "made in",
                f"{merged.units:,} units, {merged.seconds / 3600:.2g} core-hours, "
                f"on {', '.join(merged.cpus)}",
            ),
            ("digest", merged.digest),
        ]
        truncated = shown.get("truncated_lesions", 0)
        if truncated:
            facts.insert(
                1,
                ("note", f"{truncated:,} women had more records of colonies than are kept; what they "
                 "founded later is left out"),
            )  # fmt: skip
        if len(self.shown) > 3:
            facts.append(
                ("note", f"{len(self.shown):,} draws; the tables of --out and --json have all")
            )
        return facts

    def save(self, path: str | Path, *, command: str = "") -> Path:
        """Write tables, manifest and report as a new directory; return its path."""
        target = new_directory(path)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with unfinished(target.parent, target.name) as partial:
            for name, parts in self.tables().items():
                write_table(_numbered(parts), partial / f"{name}.parquet")
            write_manifest(partial, {"command": command, "created": now, **self.manifest()})
            self.shown[0].report(partial / REPORT)
            return publish(partial, target)

    def tables(self) -> dict[str, list[pa.Table]]:
        """All tables by name, each of every draw."""
        if self.comparisons:
            return {"differences": [one.table() for one in self.comparisons],
                    "curves": [one.curves() for one in self.comparisons]}  # fmt: skip
        return {
            "counts": [one.table() for one in self.cohorts],
            "means": [one.means() for one in self.cohorts],
            "curves": [one.curves() for one in self.cohorts],
        }


def _without_manifest(summary: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in summary.items() if key != "manifest"}


def _numbered(tables: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(
        [
            table.add_column(0, "draw", pa.array([k] * table.num_rows, pa.int64()))
            for k, table in enumerate(tables, 1)
        ]
    )


def result_of(merged: Merged) -> Result:
    """What a merged plan says."""
    plan, catalog = merged.plan, merged.plan.catalog()
    cohorts: list[CohortSummary] = []
    by_draw: dict[int, list[Part]] = {}
    for part in merged.parts:
        drawn = catalog.with_values(part.draw) if part.draw else catalog
        reference = plan.strategies[0]
        manifest = manifest_of(
            drawn, plan.women, plan.seed, plan.segments[0].first, plan.screening, plan.adjuvant,
            reference.strategy(drawn),
        ) | {"strategy": reference.name or UNTREATED}  # fmt: skip
        if part.made["outputs"] == [PAIR]:
            number = [dict(draw) for draw in plan.draws].index(part.draw)
            by_draw.setdefault(number, []).append(part)
            continue
        summary = CohortSummary(part.tally, manifest)
        manifest["truncated_lesions"] = int(summary.cells("truncated")[1:].sum())
        cohorts.append(summary)
    comparisons = [
        PairedComparison.of(
            plan, parts, catalog.with_values(parts[0].draw) if parts[0].draw else catalog
        )
        for _, parts in sorted(by_draw.items())
    ]
    return Result(merged, tuple(cohorts), tuple(comparisons))
