"""How a registry extract is read, explained without simulating: columns, codes, units, rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.words import whole
from seedsoil.errors import as_path
from seedsoil.matching.cohort_file import settings_of
from seedsoil.matching.columns import COVARIATES
from seedsoil.matching.fields import BadValueError
from seedsoil.matching.judging import judge
from seedsoil.matching.parsers import OTHER_OUTCOMES
from seedsoil.matching.reader import Reading, read
from seedsoil.matching.text_file import DELIMITERS
from seedsoil.matching.words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seedsoil.matching.cohort import Cohort
    from seedsoil.matching.reader import Seen
    from seedsoil.results.columns import Floats

MOST_VALUES = 6
MOST_REASONS = 5
BANDED = ("age", "size", "nodes")
NOT_NEEDED = ("her2", "endocrine", "chemo", "id")


@dataclass(frozen=True)
class CohortCheck:
    """How a file is read. `text` explains it; `problems` lists what keeps it from being compared.

    `rows` counts the rows of the file, `women` those used; `columns` maps each role to its column,
    `cells` each role to what its column holds, in words; `apart` counts the rows set apart by kind,
    with reasons. `cohort` is None while there are problems.
    """

    path: str
    separator: str
    rows: int
    women: int
    endpoint: str
    columns: dict[str, str]
    cells: dict[str, str]
    not_used: tuple[str, ...]
    absent: tuple[str, ...]
    apart: dict[str, dict[str, int]]
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    cohort: Cohort | None

    @property
    def text(self) -> str:
        """The explanation, some lines."""
        lines = [f"{self.path}: {whole(self.rows)} rows, fields separated by {self.separator}"]
        wide = max((len(role) for role in self.columns), default=0)
        lines.append("columns" if self.columns else "no column was recognised")
        for role, column in self.columns.items():
            held = f": {self.cells[role]}" if self.cells.get(role) else ""
            lines.append(f"  {role:{wide}}  {column}{held}")
        if self.absent:
            lines.append(f"no column of: {', '.join(self.absent)}")
        if self.not_used:
            lines.append(f"not used: {', '.join(self.not_used)}")
        lines.append(f"endpoint: {self.endpoint}")
        used = "rows that could be used" if self.problems else "rows used"
        lines.append(f"{used}: {whole(self.women)} of {whole(self.rows)}")
        for kind, reasons in self.apart.items():
            lines.append(f"set apart, {kind}: {whole(sum(reasons.values()))}")
            for reason, count in list(reasons.items())[:MOST_REASONS]:
                lines.append(f"  {whole(count):>7}  {reason}")
            if len(reasons) > MOST_REASONS:
                lines.append(f"           and {len(reasons) - MOST_REASONS} more reasons")
        lines.extend(f"- {note}" for note in self.notes)
        if not self.problems:
            lines.append("The file can be read.")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Everything but the cohort, as plain values."""
        held = {name: value for name, value in vars(self).items() if name != "cohort"}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in held.items()}

    def __str__(self) -> str:
        return self.text


def check_cohort(path: str | Path, **options: Any) -> CohortCheck:
    """Read a registry extract and explain how, without simulating.

    `options` are those of `read_cohort`. What is wrong with the file is listed in `problems`; raises
    InputError if it cannot be read as a table, or for an option that cannot be used.
    """
    reading = read(as_path("path", path, what="the path of a CSV file"), settings_of(**options))
    cohort, problems = judge(reading)
    columns = {r: n for r, n in reading.columns.name.items() if r not in OTHER_OUTCOMES}
    known = (*COVARIATES, "time", "event", *NOT_NEEDED)
    told = {*columns, *reading.settings.constants}
    if "diagnosis_date" in told or "last_time" in told:
        told |= {"time"}
    if "event_date" in told or "event_time" in told:
        told |= {"event"}
    absent = tuple(role for role in known if role not in told)
    rejected = cohort.rejected if cohort else reading.rejected
    apart: dict[str, Counter[str]] = {}
    for row in rejected:
        apart.setdefault(row.kind, Counter())[row.reason] += 1
    return CohortCheck(
        path=str(reading.path),
        separator=DELIMITERS[reading.table.delimiter],
        rows=len(reading.kinds),
        women=cohort.women if cohort else reading.kinds.count(None),
        endpoint=cohort.endpoint if cohort else reading.columns.endpoint,
        columns=columns,
        cells={role: _held(role, reading) for role in columns},
        not_used=reading.columns.ignored,
        absent=absent,
        apart={kind: dict(reasons.most_common()) for kind, reasons in apart.items()},
        notes=cohort.notes if cohort else tuple(reading.columns.notes),
        problems=tuple(problems),
        cohort=None if problems else cohort,
    )


def _held(role: str, reading: Reading) -> str:
    """What a column holds: its few different cells, most of its bands, or the range of its numbers."""
    cells = reading.cells.get(role, {})
    if not cells:
        return ""
    if len(cells) <= MOST_VALUES:
        return _common(cells, MOST_VALUES)
    outcomes = [s.outcome for s in cells.values() if not isinstance(s.outcome, BadValueError)]
    values: Floats = np.array([v for outcome in outcomes for v in outcome])
    values = values[np.isfinite(values)]
    if not len(values) or role.endswith("_date"):
        return f"{whole(len(cells))} different values"
    if role in BANDED and any(min(outcome) < max(outcome) for outcome in outcomes):
        # the ends of a band that is open are bounds of this program, not of the file
        return f"{_common(cells, MOST_VALUES - 1)} and {len(cells) - MOST_VALUES + 1} more values"
    return f"{values.min():g} to {values.max():g}"


def _common(cells: Mapping[str, Seen], most: int) -> str:
    """The most frequent cells, each with its count."""
    found = sorted(cells.items(), key=lambda item: -item[1].count)[:most]
    return ", ".join(f"'{shown(text)}' ({whole(seen.count)})" for text, seen in found)
