"""TOML files and folders as plain tables, one line of complaint for each bad file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

Table: TypeAlias = "dict[str, Any]"
Place: TypeAlias = "tuple[Traversable, str]"
"""A catalog directory and what complaints call it."""


def read_text(file: Traversable, where: str, problems: list[str]) -> str | None:
    """The text of a file, or None and a line if it cannot be read or is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems.append(f"{where}: cannot be read: {error.strerror or error}")
    except UnicodeDecodeError as error:
        problems.append(f"{where}: is not UTF-8 text (byte {error.start}); save it as UTF-8")
    return None


def read_toml(file: Traversable, where: str, problems: list[str]) -> dict[str, Any] | None:
    """The tables of a TOML file, or None and a line."""
    text = read_text(file, where, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{where}: is not valid TOML: {error}")
    except RecursionError:
        problems.append(f"{where}: is not valid TOML: nested too deeply")
    return None


def read_folder(
    directory: Traversable, name: str, label: str, problems: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
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
