"""A table as text: its lines, the sign that separates its fields, and which line names its columns."""

from __future__ import annotations

import csv
from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from seedsoil.errors import InputError
from seedsoil.matching.columns import printable
from seedsoil.matching.names import SYNONYMS, is_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE = 1_000_000
"""Bytes; a longer line is no row of a registry extract."""
LOOKED_AT = 20
"""Lines after the header from which the separator is told."""
MOST_COMMENTS = 1_000
DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}
COMMENT = "#"


class TextTable:
    """The header and the rows of a table; a row is its fields and the line on which it begins.

    Comment lines, which begin with #, and empty lines before the header are passed over. Raises
    InputError for what is no such table.
    """

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self.path = path
        self.lines = _lines(stream, path)
        first, self.header_line, comment = self._first()
        ahead: list[str] = []
        bare = "".join(first.split('"')[::2]) if first.count('"') % 2 == 0 else first
        used = [delimiter for delimiter in DELIMITERS if delimiter in bare]
        self.delimiter = used[0] if used else ","
        if len(used) > 1:
            ahead = list(islice(self.lines, LOOKED_AT))
            self.delimiter = _delimiter(first, ahead, used, f"{path}, line {self.header_line}")
        header = self._fields(first)
        if comment is not None and not _names_columns(header):
            # the header itself is marked as a comment, and the first line is a row
            named = self._fields(comment.lstrip(COMMENT))
            if len(named) == len(header) and _names_columns(named):
                ahead.insert(0, first)
                self.header_line -= 1
                header = named
        while len(header) > 1 and not header[-1]:
            header.pop()
        self.header = header
        self._ahead = deque(ahead)

    def _first(self) -> tuple[str, int, str | None]:
        comment: str | None = None
        for number, line in enumerate(self.lines, start=1):
            text = line.strip()
            if number == 1 and text.lower().startswith("sep=") and len(text) <= len("sep=;"):
                continue
            if text.startswith(COMMENT):
                comment = line
            elif text:
                return line, number, comment
            if number > MOST_COMMENTS:
                raise InputError(
                    f"{self.path}: more than {MOST_COMMENTS:,} comment or empty lines before a header"
                )
        if comment is not None:
            return comment.lstrip(COMMENT), 1, None
        raise InputError(f"{self.path}: the file is empty")

    def _fields(self, line: str) -> list[str]:
        try:
            return [name.strip() for name in next(csv.reader([line], delimiter=self.delimiter))]
        except (csv.Error, StopIteration) as error:
            raise InputError(
                f"{self.path}, line {self.header_line}: not a header: {error}"
            ) from None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the line on which it begins."""
        reader = csv.reader(self._rest(), delimiter=self.delimiter)
        line = self.header_line + 1
        try:
            for row in reader:
                yield line, row
                # A quoted cell may hold line ends; the next row begins after the lines read so
                # far, of which the reader does not count those up to the header.
                line = reader.line_num + self.header_line + 1
        except csv.Error as error:
            raise InputError(f"{self.path}, line {line}: {error}") from None

    def _rest(self) -> Iterator[str]:
        while self._ahead:
            yield self._ahead.popleft()
        yield from self.lines

    def other_delimiter(self, row: list[str], width: int) -> str | None:
        """The name of the separator that the row uses in place of the header's."""
        text = self.delimiter.join(row)
        for other, name in DELIMITERS.items():
            if other != self.delimiter and width > 1 and text.count(other) + 1 == width:
                return name
        return None


def _names_columns(header: list[str]) -> bool:
    known = tuple(name for names in SYNONYMS.values() for name in names)
    return sum(is_named(name, known) for name in header) >= 2


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
        if number == 1 and b"\r" in raw.rstrip(b"\r\n"):
            raise InputError(
                f"{path}: its lines end in CR alone, as on old Macintosh computers; save it with LF or "
                "CR LF"
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


def _delimiter(header: str, ahead: list[str], used: list[str], where: str) -> str:
    """The one of several signs that divides the header and the rows after it into as many fields."""
    agreeing = {delimiter: _agreeing(header, ahead, delimiter) for delimiter in used}
    best, second = Counter(agreeing).most_common(2)
    if best[1] == 0 or best[1] == second[1]:
        names = " and ".join(DELIMITERS[delimiter] for delimiter in used)
        raise InputError(
            f"{where}: the header mixes separators ({names}), and the rows after it do "
            f"not show which it is; one file must use one. It begins {printable(header)}"
        )
    return best[0]


def _agreeing(header: str, ahead: list[str], delimiter: str) -> int:
    """How many of the lines have as many fields as the header; a line of one field does not count."""
    try:
        width, *widths = [len(row) for row in csv.reader([header, *ahead], delimiter=delimiter)]
    except (csv.Error, ValueError):
        return 0
    return sum(found == width for found in widths)
