"""How women go from line to line of therapy, why lines end, and where their years with metastases go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.display.shown import Further, Shown, TextRows, text_table
from seedsoil.display.stacked import AMBER, BLUE, BLUES, PALE, stacked_chart
from seedsoil.display.theme import DARK
from seedsoil.display.words import group_words, listed, percent, whole
from seedsoil.errors import InputError
from seedsoil.results.burden import divided
from seedsoil.results.columns import codes, flags, integers, numbers, rows_of, women_found_in_life
from seedsoil.results.shares import Share
from seedsoil.results.treatment import (
    LINES_TOLD,
    Lines,
    line_rows,
    lines_of,
    shares_table,
)
from seedsoil.vocabulary import ALL_SYMPTOMS, ORGANS, STOP_REASONS, SYMPTOMS

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.results.columns import Flags, Floats, Integers, Tables
    from seedsoil.results.moments import Moments

# How a line was left, and why its drugs were stopped (stop_reason of the lines table).
LEFT = ("next line", "no further line", "death first")
MOST = 6
"""Women with so many lines or more are counted together."""
COUNTS = (*(str(k) for k in range(MOST)), f"{MOST} or more")
TIMES = (*(f"line {k}" for k in range(1, MOST)), f"line {MOST} and later", "no further line")


@dataclass(frozen=True)
class LineCounts:
    """Women who started one line of therapy.

    `left`: how they left it; `stopped`: why its drugs were stopped; `toxic`: how many had toxicity of
    grade 3 or more.
    """

    line: int
    women: int
    left: dict[str, int]
    stopped: dict[str, int]
    toxic: int

    @property
    def went_on(self) -> Share:
        """Women who started the next line."""
        return Share(self.left["next line"], self.women)


@dataclass(frozen=True)
class Attrition(Shown):
    """From line to line: who goes on, why lines end, and how many lines women have.

    `lines`: one entry a line, from 1. `per_woman`: for each group, how many women had 0, 1, 2 ... lines.
    """

    title = "From line to line of therapy"

    lines: tuple[LineCounts, ...]
    per_woman: tuple[tuple[str, dict[str, int]], ...]
    by: str | None

    def table(self) -> pa.Table:
        """How each line was left.

        Columns line, left (next line, no further line, death first), count, women, share,
        standard_error, lower, upper (95 %).
        """
        rows = [
            (f"line {c.line}", how, Share(n, c.women))
            for c in self.lines
            for how, n in c.left.items()
        ]
        return shares_table(rows, "left", "line")

    def stops(self) -> pa.Table:
        """Why the drugs of each line were stopped.

        Columns line, stopped (progression, death, toxicity, planned), count, women, share,
        standard_error, lower, upper (95 %).
        """
        rows = [
            (f"line {c.line}", why, Share(n, c.women))
            for c in self.lines
            for why, n in c.stopped.items()
        ]
        return shares_table(rows, "stopped", "line")

    def numbers_of_lines(self) -> pa.Table:
        """group, lines (0 to "6 or more"), count, women, share, standard_error, lower, upper (95 %)."""
        rows = [
            (group, name, Share(n, sum(counts.values())))
            for group, counts in self.per_woman
            for name, n in counts.items()
        ]
        return shares_table(rows, "lines")

    @property
    def sentence(self) -> str:
        """Who went on to a next line, line by line."""
        told = [f"{c.went_on.words} of the {whole(c.women)} on line {c.line}" for c in self._told]
        return (
            f"A next line was started by {listed(told)} (± Monte-Carlo standard error); the others "
            "died first, or were not fit for one, or none was left to give."
        )

    @property
    def stops_sentence(self) -> str:
        """Why drugs were stopped, in words."""
        first = self.lines[0]
        shares = {why: Share(n, first.women) for why, n in first.stopped.items()}
        told = [f"{share.words} {_WHY[why]}" for why, share in shares.items()]
        return (
            f"The drugs of line 1 were stopped in {listed(told)} (± Monte-Carlo standard error). "
            f"Toxicity of grade 3 or more came to {Share(first.toxic, first.women).words} of its women."
        )

    @property
    def numbers_sentence(self) -> str:
        """How many lines women had, in words."""
        told = []
        for group, counts in self.per_woman:
            women = sum(counts.values())
            three = Share(
                sum(n for name, n in counts.items() if name not in ("0", "1", "2")), women
            )
            where = f" in {group_words(self.by, group)}" if self.by else ""
            told.append(f"{three.words}{where}")
        return f"Three lines or more were given to {listed(told)} (± Monte-Carlo standard error)."

    @property
    def _told(self) -> tuple[LineCounts, ...]:
        return self.lines[:LINES_TOLD]

    def chart(self) -> dict[str, Any]:
        """How each line was left, as stacked bars."""
        return attrition_chart(self)

    def stops_chart(self) -> dict[str, Any]:
        """Why the drugs of each line were stopped, as stacked bars."""
        return stops_chart(self)

    def numbers_chart(self) -> dict[str, Any]:
        """How many lines women had, as stacked bars."""
        return line_numbers_chart(self)

    def further(self) -> list[Further]:
        """Why drugs were stopped, and how many lines women had."""
        return [
            Further("Why drugs were stopped", self.stops_sentence, self.stops_chart(), self.stops()),
            Further("Number of lines", self.numbers_sentence, self.numbers_chart(),
                    self.numbers_of_lines()),
        ]  # fmt: skip

    def text_rows(self) -> TextRows:
        """Women on each line and how they left it."""
        rows = [
            [f"line {c.line}", whole(c.women), *(Share(n, c.women).words for n in c.left.values()),
             percent(c.stopped["toxicity"] / c.women), percent(c.toxic / c.women)]
            for c in self._told
        ]  # fmt: skip
        header = ["", "women", *LEFT, "stopped for toxicity", "grade 3 or more"]
        return header, rows

    def __repr__(self) -> str:
        return text_table(*self.text_rows())


_WHY = {
    "progression": "for progression",
    "death": "by death",
    "toxicity": "for toxicity",
    "planned": "as planned",
}


def attrition(run: Tables, by: str | None = "subtype") -> Attrition:
    """How women leave each line, why its drugs stop, and how many lines women have.

    "no further line": the line progressed, and no other followed before death. `by`: how the women are
    divided whose lines are counted (None, subtype, age, stage, presentation, t_stage, n_stage, burden,
    organs). Raises InputError for another division and for a run in which no line was given.
    """
    lines = line_rows(run)
    if lines.row.size == 0:
        raise InputError("attrition: no woman of the cohort had a line of therapy.")
    reason, reasons = codes(lines.table, "stop_reason", STOP_REASONS)
    toxic = flags(lines.table, "toxicity")
    left = np.where(lines.following, 0, np.where(lines.progressed, 1, 2))
    counted = []
    for k in range(1, int(lines.line.max()) + 1):
        own = lines.line == k
        counted.append(
            LineCounts(
                k,
                int(own.sum()),
                {how: int(np.sum(own & (left == i))) for i, how in enumerate(LEFT)},
                {why: int(np.sum(own & (reason == i))) for i, why in enumerate(reasons)},
                int(np.sum(own & toxic)),
            )
        )
    had = np.minimum(np.bincount(lines.row, minlength=run.patients.num_rows), MOST)
    per_woman = tuple(
        (group.name, dict(zip(COUNTS, np.bincount(had[group.members], minlength=MOST + 1).tolist(),
                              strict=True)))
        for group in divided(run.patients, by, women_found_in_life(run.patients))
        if group.members.any()
    )  # fmt: skip
    return Attrition(tuple(counted), per_woman, by)


class TimeOnLines(NamedTuple):
    """Where each treated woman's years with metastatic disease went: (women, len(TIMES)), in years.

    `patient`: their numbers. A line counts until its progression; what lies between lines and after the
    last is in the last column. The columns add up to the years lived with metastatic disease.
    """

    patient: Integers
    years: Floats


def time_on_lines(run: Tables) -> TimeOnLines:
    """Years on each line of therapy, and without one, of every woman treated (or left untreated)."""
    patients = run.patients
    treated = women_found_in_life(patients)
    alive = numbers(patients, "died_at") - numbers(patients, "metastatic_at")
    years = np.zeros((patients.num_rows, len(TIMES)))
    if lines_of(run) is not None:
        lines: Lines = line_rows(run)
        place = np.minimum(lines.line, MOST) - 1
        np.add.at(years, (lines.row, place), lines.ended - lines.started)
    years[:, -1] = np.maximum(alive - years.sum(axis=1), 0.0)
    return TimeOnLines(integers(patients, "patient")[treated], years[treated])


class SymptomTime(NamedTuple):
    """A symptom of metastatic disease: women who ever had it, of how many, and mean years with it."""

    organ: str
    symptom: str
    ever: Share
    years: float
    error: float


def years_with_symptoms(run: Tables) -> Floats:
    """Years that each treated woman lives with each symptom: (women, len(ALL_SYMPTOMS)).

    From the day metastatic disease was found to death; a symptom that never resolved lasts to death, and
    spells of one symptom add up.
    """
    patients, symptoms = run.patients, run.symptoms
    treated = women_found_in_life(patients)
    row = rows_of(patients, integers(symptoms, "patient"))
    start = np.maximum(numbers(symptoms, "onset_at"), numbers(patients, "metastatic_at")[row])
    end = numbers(patients, "died_at")[row]
    if "resolved_at" in symptoms.column_names:
        end = np.fmin(end, numbers(symptoms, "resolved_at"))
    which, _ = codes(symptoms, "symptom", ALL_SYMPTOMS)
    known: Flags = (row >= 0) & treated[row] & (end > start)
    years = np.zeros((patients.num_rows, len(ALL_SYMPTOMS)))
    np.add.at(years, (row[known], which[known]), (end - start)[known])
    return np.asarray(years[treated])


def symptom_times(years: Moments, ever: Integers) -> list[SymptomTime]:
    """The symptoms that occur, those that last longest first.

    `years`: moments of `years_with_symptoms`; `ever`: how many women ever have each.
    """
    organs = [organ for organ, names in zip(ORGANS, SYMPTOMS, strict=True) for _ in names]
    means, errors = years.mean.tolist(), years.error.tolist()
    found = [
        SymptomTime(organs[k], name, Share(int(ever[k]), years.count), means[k], errors[k])
        for k, name in enumerate(ALL_SYMPTOMS)
        if ever[k]
    ]
    return sorted(found, key=lambda symptom: -symptom.years)


LEFT_SHADES = dict(zip(LEFT, (BLUE, AMBER, DARK), strict=True))
STOP_SHADES = dict(zip(STOP_REASONS, (BLUE, DARK, AMBER, PALE), strict=True))
COUNT_SHADES = dict(zip(COUNTS, BLUES, strict=True))


def attrition_chart(found: Attrition) -> dict[str, Any]:
    """How each line was left."""
    return stacked_chart(
        [
            (f"line {c.line}", how, n / c.women)
            for c in shown_lines(found)
            for how, n in c.left.items()
        ],
        LEFT_SHADES,
        x_title="Share of the women who started the line",
        description=found.sentence,
    )


def stops_chart(found: Attrition) -> dict[str, Any]:
    """Why the drugs of each line were stopped."""
    return stacked_chart(
        [(f"line {c.line}", why, n / c.women)
         for c in shown_lines(found) for why, n in c.stopped.items()],
        STOP_SHADES,
        x_title="Share of the women who started the line",
        description=found.stops_sentence,
    )  # fmt: skip


def line_numbers_chart(found: Attrition) -> dict[str, Any]:
    """How many lines women had, by group."""
    rows = [
        (group, name, n / sum(counts.values()))
        for group, counts in found.per_woman
        for name, n in counts.items()
    ]
    return stacked_chart(
        rows,
        COUNT_SHADES,
        x_title="Share of women, by number of lines",
        description=found.numbers_sentence,
    )


def shown_lines(found: Attrition) -> list[Any]:
    """Lines with enough women for a bar: those that at least one in a hundred of the treated reached."""
    return [c for c in found.lines if c.women >= 0.01 * found.lines[0].women]
