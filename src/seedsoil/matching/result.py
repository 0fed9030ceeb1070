"""What a comparison with a registry extract found, as numbers and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seedsoil.display.shown import Shown
from seedsoil.display.words import listed, of_women, whole

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.matching.cohort import Rejected

FEWEST_WOMEN = 30
FEWEST_EVENTS = 10
"""Women, and events observed or expected, below which nothing is said: chance would decide it."""
SimulatedCohorts = Callable[[str, str], "pa.Table"]
"""Gives the patients table of a cohort simulated under an adjuvant policy and a strategy, by name."""
EVENTS = {
    "any": "recurrences",
    "distant": "distant recurrences",
    "recurrence-or-death": "recurrences or deaths",
    "death": "deaths",
}


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
        summary = self.summary
        overall, test = summary["calibration"]["overall"], summary["curve_test"]
        gap = summary["differences"]
        text = (
            f"{of_women(summary['women'])} had {whole(overall['observed'])} "
            f"{EVENTS[summary['endpoint']]} in {whole(overall['person_years'])} woman-years; simulated "
            f"women of the same strata ({summary['simulated']['words']}) had {expected_words(overall)}: "
            f"observed/expected {overall['ratio']:.2f} "
            f"(95 % {overall['low']:.2f} to {overall['high']:.2f}). {curve_words(test)}"
        )
        if gap is None:
            return text + "."
        return (
            f"{text}; on average they are {100 * gap['mean_absolute']:.1f} points apart at "
            f"{listed([f'{year:g}' for year in gap['years']])} years."
        )

    @property
    def notes(self) -> list[str]:
        """How the extract was read and what the comparison rests on, a sentence each."""
        return list(self.summary["notes"])

    def __repr__(self) -> str:
        return f"<seedsoil.Match: {self.sentence}>"


def expected_words(ratio: dict[str, Any]) -> str:
    """The expected number of events with its Monte-Carlo error."""
    return f"{ratio['expected']:.1f} ± {ratio['expected_se']:.1f}"


def curve_words(test: dict[str, Any]) -> str:
    """Whether the curves differ by more than chance, and by which test."""
    verdict = "more" if test["differ"] else "no more"
    return f"The curves differ by {verdict} than chance allows (supremum test, p {p_words(test)})"


def p_words(test: dict[str, Any]) -> str:
    """A p value from draws with its Monte-Carlo error; a bound where hardly any draw was beyond."""
    if test["p"] < 10 / test["draws"]:
        return "< 0.001"
    return f"= {test['p']:.3f} ± {test['p_error']:.3f}"
