"""Reading and checking a registry extract.

The file is read as a stream, a line at a time, so that a file that is not a registry extract is
refused at its first lines whatever its size. Every row is either used or rejected by line number
and reason; a file with rejected rows is used only when the caller allows it.
"""

from __future__ import annotations

import csv
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from seedsoil.errors import DataErrors, InputError
from seedsoil.matching import fields
from seedsoil.matching.cohort import Cohort, Dropped, Range, Rejected
from seedsoil.matching.columns import (
    STAGE_NAMES,
    Columns,
    Endpoint,
    TimeUnit,
    check_endpoint,
    check_time_unit,
    find_columns,
    plain,
    printable,
)
from seedsoil.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

LONGEST_LINE = 1_000_000
"""Bytes; a longer line is no row of a registry extract."""
MOST_BAD_ROWS = 200
"""Reading stops at more bad rows than this, unless they are allowed and fewer than the good."""
PRINTED_BAD_ROWS = 20
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
ER_CUT_FMOL = 10.0
"""fmol/mg cytosol protein at and above which ligand-binding assays were read as ER positive."""
SUSPECT_DIAMETER_MM = 10.0
"""A cohort with nearly all tumours under 1 cm is far likelier to have been given in centimetres."""
LONGEST_FOLLOW_UP = 80.0
"""Years."""
MOST_YEARS, MOST_MONTHS = 40.0, 480.0
"""The largest time up to which an undeclared column is taken for years, and for months."""
_UNITS: dict[TimeUnit, float] = {"days": DAYS_PER_YEAR, "months": MONTHS_PER_YEAR, "years": 1.0}


def read_cohort(
    path: str | Path,
    *,
    endpoint: str = "any",
    time: str | None = None,
    event: str | None = None,
    time_unit: str | None = None,
    columns: Mapping[str, str] | None = None,
    er_cut: float = ER_CUT_FMOL,
    allow_bad_rows: bool = False,
) -> Cohort:
    """Read and check a registry extract: CSV in UTF-8 with one header line.

    Separators are commas, semicolons or tabs. `columns` maps roles to column names and wins over
    the known names; `time` and `event` are short for two of them. `time_unit` is days, months or
    years; when it is None it is told from the column's name or largest value, and a note says so.
    `er_cut` is the amount at and above which a numeric ER is positive (fmol/mg; a column of zeros
    and ones is read as it is).

    Raises InputError when the file cannot be read at all, and DataErrors listing the rejected rows
    when there are some and `allow_bad_rows` is False.
    """
    stated = dict(columns or {})
    stated.update({r: c for r, c in (("time", time), ("event", event)) if c is not None})
    unit = check_time_unit(time_unit)
    reader = _Reader(Path(path), check_endpoint(endpoint), stated, allow_bad_rows)
    try:
        with Path(path).open("rb") as stream:
            reader.read(stream)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if reader.rejected and not allow_bad_rows:
        raise DataErrors(reader.rejections("no row was used"))
    if not reader.values["age"]:
        raise InputError(f"{path}: " + ("no good row" if reader.rejected else "a header, no rows"))
    return reader.cohort(unit, er_cut)


class _Reader:
    """The state of reading one file."""

    def __init__(
        self, path: Path, endpoint: Endpoint, stated: Mapping[str, str], allow_bad_rows: bool
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.stated = stated
        self.allow_bad_rows = allow_bad_rows
        self.numbers = fields.Numbers()
        self.rejected: list[Rejected] = []
        self.values: dict[str, array[float]] = {}
        self.identities: dict[str, int] = {}
        self.delimiter = ","
        self.columns: Columns
        self.empty_lines = 0

    def read(self, stream: BinaryIO) -> None:
        lines = _lines(stream, self.path)
        first = next(lines, None)
        if first is None:
            raise InputError(f"{self.path}: the file is empty")
        self.delimiter = _delimiter(first, self.path)
        self.columns = find_columns(
            _header(first, self.delimiter, self.path),
            f"{self.path}, line 1",
            self.endpoint,
            self.stated,
        )
        parsers = self._parsers()
        self.values = {role: array("d") for role in parsers}
        rows = csv.reader(lines, delimiter=self.delimiter)
        line = 2
        try:
            for row in rows:
                self._row(row, line, parsers)
                # A quoted cell may hold line ends; the next row begins after the lines read so
                # far, of which the reader does not count the header.
                line = rows.line_num + 2
        except csv.Error as error:
            raise InputError(f"{self.path}, line {line}: {error}") from None
        mixed = self.numbers.mixed()
        if mixed:
            raise InputError(f"{self.path}, {mixed}")

    def _parsers(self) -> dict[str, fields.Parser]:
        numbers = self.numbers
        size_name = plain(self.columns.name["size"])
        every = {
            "age": fields.age(numbers),
            "size": fields.size(numbers, as_stage=size_name in STAGE_NAMES),
            "nodes": fields.nodes(numbers),
            "er": fields.receptor(numbers),
            "her2": fields.flag(numbers, words=True),
            "endocrine": fields.flag(numbers, words=False),
            "chemo": fields.flag(numbers, words=False),
            "time": fields.follow_up(numbers),
            "event": fields.flag(numbers, words=False),
        }
        return {role: parse for role, parse in every.items() if role in self.columns.position}

    def _row(self, row: list[str], line: int, parsers: Mapping[str, fields.Parser]) -> None:
        if not any(row):
            self.empty_lines += 1
            if self.empty_lines > MOST_BAD_ROWS:
                raise InputError(f"{self.path}, line {line}: more than {MOST_BAD_ROWS} empty lines")
            return
        if len(row) != self.columns.width:
            self._wrong_width(row, line)
            return
        reasons = []
        values: dict[str, float] = {}
        for role, parse in parsers.items():
            text = row[self.columns.position[role]].strip()
            try:
                values[role] = parse(text, self.columns.name[role], line)
            except fields.BadValueError as bad:
                reasons.append(str(bad))
        if "id" in self.columns.position:
            name = self.columns.name["id"]
            identity = row[self.columns.position["id"]].strip()
            earlier = self.identities.setdefault(identity, line)
            if not identity:
                reasons.append(f"{name} is missing")
            elif earlier != line:
                reasons.append(f"{name} {printable(identity)} is already on line {earlier}")
        if reasons:
            self._reject(line, "; ".join(reasons))
            return
        for role, value in values.items():
            self.values[role].append(value)

    def _wrong_width(self, row: list[str], line: int) -> None:
        width = self.columns.width
        text = self.delimiter.join(row)
        for other, name in DELIMITERS.items():
            if other != self.delimiter and text.count(other) + 1 == width:
                raise InputError(
                    f"{self.path}, line {line}: fields are separated by {name}, those of the "
                    f"header by {DELIMITERS[self.delimiter]}; one file must use one separator"
                )
        hint = " (a decimal comma in a file separated by commas?)" if self.delimiter == "," else ""
        more = hint if len(row) > width else ""
        self._reject(line, f"{len(row)} fields, the header has {width}{more}")

    def _reject(self, line: int, reason: str) -> None:
        self.rejected.append(Rejected(line, reason))
        good = len(self.values["age"])
        if len(self.rejected) > MOST_BAD_ROWS and (
            not self.allow_bad_rows or len(self.rejected) > good
        ):
            raise DataErrors(self.rejections(f"reading stopped at line {line}: too many bad rows"))

    def rejections(self, ending: str) -> list[str]:
        """The rejected rows as lines of a message."""
        count = len(self.rejected)
        shown = [f"{self.path}, line {row.line}: {row.reason}" for row in self.rejected]
        if count > PRINTED_BAD_ROWS:
            shown[PRINTED_BAD_ROWS:] = [f"... and {count - PRINTED_BAD_ROWS} more bad rows"]
        shown.append(
            f"{self.path}: {count} bad {'row' if count == 1 else 'rows'}; {ending}. Mend them, or "
            "skip them with --skip-bad-rows (allow_bad_rows=True)"
        )
        return shown

    def cohort(self, unit: TimeUnit | None, er_cut: float) -> Cohort:
        """The good rows as arrays, in years."""
        values = {role: np.array(column, dtype=np.float64) for role, column in self.values.items()}
        notes: list[str] = []
        used_unit = self._unit(unit, float(values["time"].max()), notes)
        time = values["time"] / _UNITS[used_unit]
        if time.max() > LONGEST_FOLLOW_UP:
            raise InputError(
                f"{self.path}: the largest {self.columns.name['time']} is {values['time'].max():g} "
                f"{used_unit} = {time.max():.0f} years; allowed up to {LONGEST_FOLLOW_UP:.0f}. "
                "State the time unit: days, months or years"
            )
        size = values["size"]
        banded = size < 0
        limits = np.array(fields.SIZE_LIMITS_MM)
        band = np.where(banded, -size - 1, np.searchsorted(limits, size, side="left"))
        self._size_note(size[~banded], notes)
        notes.extend(
            f"Decimal commas in {column} were read as decimal points."
            for column in self.numbers.comma
        )
        if self.empty_lines:
            notes.append(f"{self.empty_lines} empty lines hold no woman and were passed over.")
        if "id" not in self.columns.position:
            notes.append("No column identifies the women: repeated rows could not be looked for.")
        return Cohort(
            path=str(self.path),
            endpoint=self.endpoint,
            time_unit=used_unit,
            age=values["age"],
            size_band=band.astype(np.int64),
            node_group=values["nodes"].astype(np.int64),
            er=self._er(values["er"], er_cut, notes),
            her2=_flags(values, "her2"),
            endocrine=_flags(values, "endocrine"),
            chemo=_flags(values, "chemo"),
            time=time,
            event=values["event"] == 1.0,
            columns=self.columns.name,
            ignored=self.columns.ignored,
            rejected=tuple(self.rejected),
            notes=tuple(notes),
            age_range=Range(values["age"], values["age"]),
            size_mm=Range(size, size),
            node_count=Range(values["nodes"], values["nodes"]),
            her2_known=np.full(len(time), "her2" in values),
            endocrine_known=np.full(len(time), "endocrine" in values),
            chemo_known=np.full(len(time), "chemo" in values),
            year=np.full(len(time), np.nan),
            dropped=_nothing_of(len(self.rejected)),
            constants={},
        )

    def _unit(self, unit: TimeUnit | None, largest: float, notes: list[str]) -> TimeUnit:
        column = self.columns.name["time"]
        if unit is not None:
            notes.append(f"{column} is in {unit}, as stated.")
            return unit
        for known in _UNITS:
            if known in plain(column) or known[:-1] in plain(column).split("_"):
                notes.append(f"{column} was read as {known}, by its name.")
                return known
        guess: TimeUnit = "years"
        if largest > MOST_YEARS:
            guess = "months" if largest <= MOST_MONTHS else "days"
        notes.append(
            f"{column} was read as {guess}, by its largest value ({largest:g} {guess} = "
            f"{largest / _UNITS[guess]:.1f} years); state the time unit if that is wrong."
        )
        return guess

    def _size_note(self, diameters: NDArray[np.float64], notes: list[str]) -> None:
        most = float(np.quantile(diameters, 0.95)) if len(diameters) else 0.0
        if 0 < most <= SUSPECT_DIAMETER_MM:
            notes.append(
                f"Warning: 95 % of {self.columns.name['size']} are {most:g} or less, read as "
                "millimetres; are they centimetres?"
            )

    def _er(self, er: NDArray[np.float64], cut: float, notes: list[str]) -> NDArray[np.bool_]:
        name, amount = self.columns.name["er"], er >= 0
        positive: NDArray[np.bool_] = er == -2.0
        if not amount.any():
            return positive
        if np.isin(er[amount], (0.0, 1.0)).all():
            cut = 1.0
            notes.append(f"{name} holds 0 and 1: read as negative and positive.")
        else:
            notes.append(
                f"{name} holds amounts: {cut:g} and over was read as positive (the usual cut of "
                f"assays in fmol/mg is {ER_CUT_FMOL:g})."
            )
        return positive | (er >= cut)


def _nothing_of(rows: int) -> Dropped:
    nothing = np.full(rows, np.nan)
    unknown = Range(nothing, nothing)
    kind = np.full(rows, "cannot be read")
    return Dropped(kind, unknown, unknown, unknown, *[nothing] * 6)


def _flags(values: Mapping[str, NDArray[np.float64]], role: str) -> NDArray[np.bool_] | None:
    return values[role] == 1.0 if role in values else None


def _lines(stream: BinaryIO, path: Path) -> Iterator[str]:
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if number == 1 and raw.startswith((b"PK\x03\x04", b"PAR1", b"\x1f\x8b")):
            raise InputError(
                f"{path}: a workbook, Parquet or compressed file, not text; save it as CSV in UTF-8"
            )
        if b"\0" in raw:
            raise InputError(
                f"{path}, line {number}: binary data (a NUL byte), not text; save as CSV in UTF-8"
            )
        if len(raw) > LONGEST_LINE:
            raise InputError(
                f"{path}, line {number}: longer than {LONGEST_LINE:,} bytes; not a table of women"
            )
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}, line {number}: not UTF-8 (byte 0x{raw[error.start]:02x} at position "
                f"{error.start + 1}); save the file as UTF-8"
            ) from None


def _delimiter(header: str, path: Path) -> str:
    bare = "".join(header.split('"')[::2]) if header.count('"') % 2 == 0 else header
    counts = {delimiter: bare.count(delimiter) for delimiter in DELIMITERS}
    used = [delimiter for delimiter, count in counts.items() if count]
    if len(used) > 1:
        names = " and ".join(DELIMITERS[delimiter] for delimiter in used)
        raise InputError(
            f"{path}, line 1: the header mixes separators ({names}); one file must use one"
        )
    return used[0] if used else ","


def _header(line: str, delimiter: str, path: Path) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    except (csv.Error, StopIteration) as error:
        raise InputError(f"{path}, line 1: not a header: {error}") from None
    if not any(names):
        raise InputError(f"{path}, line 1: empty; the first line must name the columns")
    return names
