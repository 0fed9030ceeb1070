"""TOML files and folders as plain tables, one line of complaint for each bad file.

What a file may hold is bounded here, once for all files, so that none can take minutes or gigabytes, and no
name that it gives can command a terminal.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeAlias

from seedsoil.catalog.places import Tables, places_of
from seedsoil.errors import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

Table: TypeAlias = "dict[str, Any]"
Place: TypeAlias = "tuple[Traversable, str]"
"""A catalog directory and what complaints call it."""

MOST_BYTES = 2_000_000
"""Of a file; the largest of the package has 110,000."""
MOST_OF_TEXT = 10_000
"""Characters of a text, a note say."""
MOST_OF_NAME = 100
"""Characters of a name: of a strategy, a trial, an arm, a table or a field."""
LARGEST = 10**15
"""Of a whole number; beyond it floating-point numbers miss some."""
MOST_PARTS = 16
"""Of a dotted key; the parser's time grows with the square of their number."""
NAMES = ("name", "hr_reference", "before", "after", "adjuvant", "then", "endpoint")
"""Fields that hold a name."""

_PART = r"""(?:(?<![\w-])[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MOST_PARTS},}}")


def read_text(file: Traversable, where: str, problems: list[str]) -> str | None:
    """The text of a file, or None and a line if it cannot be read or is not UTF-8."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) <= MOST_BYTES:
            return content.decode("utf-8-sig")
        problems.append(f"{where}: is longer than {MOST_BYTES:,} bytes; no file of this kind is")
    except OSError as error:
        problems.append(f"{where}: cannot be read: {error.strerror or error}")
    except UnicodeDecodeError as error:
        problems.append(f"{where}: is not UTF-8 text (byte {error.start}); save it as UTF-8")
    return None


def read_toml(file: Traversable, where: str, problems: list[str]) -> Tables | None:
    """The tables of a TOML file, or None and a line."""
    text = read_text(file, where, problems)
    if text is None:
        return None
    if "\r" in text and "\n" not in text:
        problems.append(
            f"{where}: its lines end in CR alone, as on old Macintosh computers; save it with LF or CR LF"
        )
        return None
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        problems.append(
            f"{where}: line {line}: a dotted key has more than {MOST_PARTS} parts; none needs them"
        )
        return None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{where}: is not valid TOML: {error}")
    except ValueError:  # of the conversion of a number, which the parser leaves to Python
        problems.append(f"{where}: is not valid TOML: a number has too many digits")
    except RecursionError:
        problems.append(f"{where}: is not valid TOML: nested too deeply")
    else:
        before = len(problems)
        _check_bounds(table, where, problems)
        return Tables(table, *places_of(text)) if len(problems) == before else None
    return None


def _check_bounds(table: Table, where: str, problems: list[str]) -> None:
    """A line for each text that is too long or not printable, and each whole number out of bounds."""
    pending: list[tuple[str, Any]] = list(table.items())
    for key in table:
        _check_name(where, "key", key, problems)
    while pending:
        field, value = pending.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                _check_name(f"{where}: {field}", "key", key, problems)
                pending.append((key, inner))
        elif isinstance(value, list):
            pending += [(field, inner) for inner in value]
        elif isinstance(value, str):
            if field in NAMES:
                _check_name(f"{where}: {field}", "name", value, problems)
            elif len(value) > MOST_OF_TEXT:
                problems.append(
                    f"{where}: {field} has {len(value):,} characters; allowed: {MOST_OF_TEXT:,}"
                )
            elif not printable(value.translate(_LINES)):
                problems.append(f"{where}: {field} has a control character: {shown(value)}")
        elif isinstance(value, int) and abs(value) > LARGEST:
            problems.append(f"{where}: {field} is beyond {LARGEST:,}, which no number here is")


_LINES = str.maketrans("", "", "\n\r\t")
"""What a text of several lines may hold, and a name may not."""


def _check_name(where: str, what: str, name: str, problems: list[str]) -> None:
    if len(name) > MOST_OF_NAME:
        problems.append(f"{where}: a {what} has {len(name):,} characters; allowed: {MOST_OF_NAME}")
    elif not printable(name):
        problems.append(
            f"{where}: the {what} {shown(name)} has a control character or a line break"
        )


def read_folder(
    directory: Traversable, name: str, label: str, problems: list[str]
) -> Iterator[tuple[str, Tables]]:
    """What the complaints call each TOML file of the folder `name`, and its tables, by file name."""
    place = directory.joinpath(name)
    if not place.is_dir():
        return
    for file in sorted(place.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            where = f"{label}/{name}/{file.name}"
            table = read_toml(file, where, problems)
            if table is not None:
                yield where, table
