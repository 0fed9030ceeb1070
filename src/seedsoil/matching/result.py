"""What a comparison with a registry extract found, as numbers and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seedsoil.display.shown import Shown
from seedsoil.display.words import listed, whole

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


class MatchData(Shown):
    """The numbers of a registry extract compared with simulated women; `Match` draws and saves them.

    `summary` holds the results as plain numbers and texts; `curves` the observed and simulated
    curves, one row a group and month; `strata` the strata with their counts; `rejected` the rows
    left out.
    """

    title = "Registry and model compared"

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
        """The curves, one row a group and month; time in years.

        Observed survival with its 95 % band and the women at risk, and simulated survival with its
        Monte-Carlo band.
        """
        return self.curves

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

    def __repr__(self) -> str:
        return f"<seedsoil.Match: {self.sentence}>"
