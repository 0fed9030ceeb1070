"""The comparison from file to result: `match()` and `Match`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.display.shown import Shown
from seedsoil.display.words import listed, whole
from seedsoil.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.matching.cohort_file import Rejected

FEWEST_EVENTS = 5
SimulatedCohorts = Callable[[str], "pa.Table"]
"""Gives the patients table of a cohort simulated under the adjuvant policy of that name."""

POLICIES = {
    "none": "none",
    "endocrine": "endocrine-5y",
    "chemo": "chemo",
    "chemo+endocrine": "2000s",
}
"""The adjuvant policy under which women of each treatment are simulated.

No arm gives both chemotherapy and endocrine therapy to everyone, so those who had exactly both are
taken from an era in which most node-positive HR+ women did.
"""


class Match(Shown):
    """A registry extract compared with simulated women standardised to it.

    `summary` holds the results as plain numbers and texts; `curves` the observed and simulated
    curves, one row a group and month; `strata` the strata with their counts; `rejected` the rows
    left out.
    """

    def __init__(
        self,
        summary: dict[str, Any],
        curves: pa.Table,
        strata: pa.Table,
        rejected: tuple[Rejected, ...],
    ) -> None:
        self.summary = summary
        self.curves = curves
        self.strata = strata
        self.rejected = rejected

    def table(self) -> pa.Table:
        """The curves: group, time in years, observed with band and women at risk, simulated."""
        return self.curves

    def chart(self) -> dict[str, Any]:
        """Observed and simulated curves of all women, as a Vega-Lite specification."""
        from seedsoil.matching.page import overall_chart

        chart: dict[str, Any] = overall_chart(self)
        return chart

    @property
    def sentence(self) -> str:
        """The result in plain words."""
        overall = self.summary["calibration"]["overall"]
        text = (
            f"{whole(self.summary['women'])} women had {whole(overall['observed'])} events in "
            f"{whole(overall['person_years'])} woman-years; the simulated women of the same strata "
            f"had {overall['expected']:.1f}: observed/expected {overall['ratio']:.2f} "
            f"(95 % {overall['low']:.2f} to {overall['high']:.2f})"
        )
        gap = self.summary["differences"]
        if gap is None:
            return text + "."
        return (
            f"{text}; the curves differ by {100 * gap['mean_absolute']:.1f} points on average at "
            f"{listed([f'{year:g}' for year in gap['years']])} years."
        )

    @property
    def notes(self) -> list[str]:
        """How the extract was read and what the comparison rests on, a sentence each."""
        return list(self.summary["notes"])

    def report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report to `path` and return the path."""
        from seedsoil.matching.page import write_match_report

        write_match_report(self, Path(path))
        return Path(path)

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

    def __repr__(self) -> str:
        return f"<seedsoil.Match: {self.sentence}>"
