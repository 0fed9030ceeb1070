"""Fits: what made the fitted values, and the file that they are written to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from seedsoil.catalog.complaints import check_entry
from seedsoil.catalog.entry import Entry, Text
from seedsoil.errors import DataErrors, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FitName = Literal["natural history", "drugs"]
_HEAD = "# Written by `seedsoil fit`: overlays the start values of parameters/*.toml."


class FitRecord(Entry):
    """What made the fitted values: the command, its seed, women a try, date and package version."""

    command: Text
    seed: int
    women: int
    date: Text
    version: Text
    note: str = ""


class Fitted(NamedTuple):
    """A `fitted.toml`: its record, values and standard errors by full name, and the file."""

    file: str
    record: FitRecord | None
    values: dict[str, Any]
    ses: dict[str, Any]


def write_fitted(
    path: Path,
    values: Mapping[str, float],
    ses: Mapping[str, float],
    meta: Mapping[str, str | int],
) -> None:
    """Write a `fitted.toml`: values and standard errors by full name, and what made them.

    `meta` has the fields of `FitRecord`. The file appears whole or not at all; equal input gives equal
    bytes. Raises `InputError` for a number that is not finite or an incomplete `meta`.
    """
    import tomli_w

    problems: list[str] = []
    record = check_entry(FitRecord, dict(meta), f"{path}: fit", problems)
    for table in (values, ses):
        for name, value in table.items():
            if not abs(value) < float("inf"):
                problems.append(f"{path}: {name}: {value} is not a finite number")
    if problems or record is None:
        raise DataErrors(problems)
    tables = {
        "fit": record.model_dump(exclude_defaults=True),
        "values": {name: float(value) for name, value in values.items()},
        "se": {name: float(value) for name, value in ses.items()},
    }
    text = f"{_HEAD}\n\n{tomli_w.dumps(tables)}"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
