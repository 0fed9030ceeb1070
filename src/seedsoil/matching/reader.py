"""Reading the rows of an extract: each cell by its parser, and each row kept or set apart.

The file is read as a stream, a line at a time, so that a file that is not a registry extract is
refused early whatever its size. Every row is either used or set apart by line number, kind and reason.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seedsoil.errors import DataErrors, InputError
from seedsoil.matching import fields
from seedsoil.matching.cohort import MISSING, NOT_COMPARED, UNREADABLE, Rejected
from seedsoil.matching.columns import Columns, find_columns, printable
from seedsoil.matching.events import Events
from seedsoil.matching.parsers import WIDTHS, parsers
from seedsoil.matching.rejections import Tally
from seedsoil.matching.text_file import DELIMITERS, TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import BinaryIO

    from seedsoil.matching.settings import Settings

MOST_BAD_ROWS = 20_000
"""More rows than this that cannot be read are refused, whatever their place in the file."""
FEW_BAD_ROWS = 200
"""More bad rows than this, where they are allowed, must be fewer than the others."""
MOST_ROWS_OF_A_BAD_HEADER = 20_000
"""Rows read to tell wrong codes together with a wrong header."""
MOST_EMPTY_LINES = 20_000
MOST_REMEMBERED = 2_000
"""Different cells of a column whose reading is remembered."""


@dataclass
class Seen:
    """How one kind of cell was read, and how many held it."""

    outcome: fields.Values | fields.BadValueError
    count: int = 0


@dataclass
class Reading:
    """All that was read of a file, before its columns are judged as a whole.

    `values` holds, a role, as many numbers a row as `WIDTHS` says, NaN where none could be read;
    `kinds` the kind of each row that is set apart, None of those kept; `cells` how each different
    cell of a role was read, as far as they were remembered.
    """

    path: Path
    settings: Settings
    table: TextTable
    columns: Columns
    events: Events
    tally: Tally
    values: dict[str, array[float]]
    lines: array[int] = field(default_factory=lambda: array("q"))
    kinds: list[str | None] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cells: dict[str, dict[str, Seen]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    empty_lines: int = 0
    decimal_commas: tuple[str, ...] = ()


def read(path: Path, settings: Settings) -> Reading:
    """Read all rows of a file; raises InputError if it is no table."""
    try:
        with path.open("rb") as stream:
            return _Reader(stream, path, settings).read()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Reader:
    """The state of reading one file."""

    def __init__(self, stream: BinaryIO, path: Path, settings: Settings) -> None:
        table = TextTable(stream, path)
        where = f"{path}, line {table.header_line}"
        columns = find_columns(
            table.header, where, settings.endpoint, settings.columns, settings.constants
        )
        if len(columns.problems) == 1 and "none of the columns" in columns.problems[0]:
            raise DataErrors(columns.problems)
        self.numbers = fields.Numbers()
        events = Events(self.numbers)
        self.parsers = parsers(columns, settings, self.numbers, events)
        self.reading = Reading(
            path=path,
            settings=settings,
            table=table,
            columns=columns,
            events=events,
            tally=Tally(path),
            values={role: array("d") for role in (*self.parsers, "time", "event")},
            cells={role: {} for role in self.parsers},
            problems=list(columns.problems),
        )
        self.where = where
        self.identities: dict[str, int] = {}
        self.reasons: dict[str, str] = {}

    def read(self) -> Reading:
        reading = self.reading
        for line, row in reading.table.rows():
            self._row(row, line)
            if reading.columns.problems and len(reading.kinds) >= MOST_ROWS_OF_A_BAD_HEADER:
                break
        if mixed := self.numbers.mixed():
            reading.problems.append(f"{reading.path}, {mixed}")
        reading.decimal_commas = tuple(self.numbers.comma)
        return reading

    def _row(self, row: list[str], line: int) -> None:
        reading = self.reading
        if not any(row):
            reading.empty_lines += 1
            if reading.empty_lines > MOST_EMPTY_LINES:
                raise InputError(
                    f"{reading.path}, line {line}: more than {MOST_EMPTY_LINES:,} empty lines"
                )
            return
        width = reading.columns.width
        if len(row) > width and not any(row[width:]):
            row = row[:width]
        faults: list[fields.BadValueError] = []
        values: dict[str, fields.Values] = {}
        if len(row) != width:
            faults.append(self._wrong_width(row, line))
        else:
            for role, parse in self.parsers.items():
                text = row[reading.columns.position[role]].strip()
                outcome = self._cell(role, parse, text, line)
                if isinstance(outcome, fields.BadValueError):
                    faults.append(outcome)
                else:
                    values[role] = outcome
            faults.extend(self._identity(row, line))
            faults.extend(_time_from_parts(values, self.parsers))
        self._keep(line, values, faults)

    def _cell(
        self, role: str, parse: fields.Parser, text: str, line: int
    ) -> fields.Values | fields.BadValueError:
        cells = self.reading.cells[role]
        seen = cells.get(text)
        if seen is None:
            meaning = self.reading.settings.codes.get(role, {}).get(text.lower(), text)
            outcome: fields.Values | fields.BadValueError
            try:
                outcome = parse(meaning, self.reading.columns.name[role], line)
            except fields.BadValueError as bad:
                outcome = bad
            seen = Seen(outcome)
            if len(cells) < MOST_REMEMBERED:
                cells[text] = seen
        seen.count += 1
        return seen.outcome

    def _identity(self, row: list[str], line: int) -> list[fields.BadValueError]:
        position = self.reading.columns.position.get("id")
        if position is None:
            return []
        name = self.reading.columns.name["id"]
        identity = row[position].strip()
        if not identity:
            return [fields.BadValueError(f"{name} is missing", MISSING)]
        earlier = self.identities.setdefault(identity, line)
        if earlier == line:
            return []
        shown = printable(identity)
        return [
            fields.BadValueError(
                f"{name} {shown} is already on line {earlier}",
                about=f"{name} repeats that of an earlier row",
                value=f"'{shown}'",
            )
        ]

    def _wrong_width(self, row: list[str], line: int) -> fields.BadValueError:
        table, width = self.reading.table, self.reading.columns.width
        if other := table.other_delimiter(row, width):
            raise InputError(
                f"{self.reading.path}, line {line}: fields are separated by {other}, those of the "
                f"header by {DELIMITERS[table.delimiter]}; one file must use one separator"
            )
        more = ""
        if len(row) > width and table.delimiter == ",":
            more = " (a decimal comma in a file separated by commas?)"
        return fields.BadValueError(
            f"{len(row)} fields, the header has {width}{more}",
            about=f"the number of fields is not the header's {width}",
            value=f"{len(row)} fields",
        )

    def _keep(
        self, line: int, values: dict[str, fields.Values], faults: list[fields.BadValueError]
    ) -> None:
        reading = self.reading
        for role, column in reading.values.items():
            column.extend(values.get(role, (math.nan,) * WIDTHS.get(role, 1)))
        reading.lines.append(line)
        kind = None
        if faults:
            kinds = {fault.kind for fault in faults}
            kind = next(k for k in (NOT_COMPARED, UNREADABLE, MISSING) if k in kinds)
            told = [fault for fault in faults if kind != NOT_COMPARED or fault.kind == kind]
            reason = "; ".join(str(fault) for fault in told)
            # many rows are set apart for one reason: its text is kept once
            reason = (
                self.reasons.setdefault(reason, reason) if len(self.reasons) < 10_000 else reason
            )
            reading.rejected.append(Rejected(line, reason, kind))
            if kind == UNREADABLE:
                self._bad(line, told)
        reading.kinds.append(kind)

    def _bad(self, line: int, faults: list[fields.BadValueError]) -> None:
        tally = self.reading.tally
        tally.add(line, faults)
        if tally.rows > MOST_BAD_ROWS:
            ending = f"reading stopped at line {line}: more than {MOST_BAD_ROWS:,} bad rows"
            raise DataErrors([*self.reading.columns.problems, *tally.lines(ending)])


def _time_from_parts(
    values: dict[str, fields.Values], found: Mapping[str, fields.Parser]
) -> list[fields.BadValueError]:
    """Makes time and event of dates, or of times to the event and to the last contact."""
    if "time" in found:
        return []
    nan = math.nan

    def value(role: str) -> float:
        return values.get(role, (nan,))[0]

    event = value("event")
    event_at = value("event_date") if "event_date" in found else value("event_time")
    last_at = value("last_date") if "last_date" in found else value("last_time")
    if "event" not in found:
        event = float(not math.isnan(event_at))
        values["event"] = (event,)
    end = value("end_date")
    if math.isnan(end):
        end = event_at if event == 1.0 and not math.isnan(event_at) else last_at
    time = end - (value("diagnosis_date") if "diagnosis_date" in found else 0.0)
    if math.isnan(time):
        return [fields.BadValueError("the date of diagnosis or of the end is missing", MISSING)]
    if time < 0:
        return [
            fields.BadValueError(
                f"the end is {-time:g} days before the diagnosis",
                about="the end is before the diagnosis",
            )
        ]
    values["time"] = (time,)
    return []
