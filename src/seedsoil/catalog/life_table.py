"""The life table: mortality of women from all causes, by single year of age."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.catalog.files import read_text

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

LAST_AGE = 100
"""A life table must reach this age."""


class LifeTableRow(NamedTuple):
    """Mortality of women from all causes between two birthdays, per year."""

    age: int
    rate_per_year: float


def read_life_table(
    file: Traversable, where: str, problems: list[str]
) -> tuple[LifeTableRow, ...] | None:
    """Rows of `life_table.csv`: columns age, rate_per_year; ages 0, 1, 2 ... to at least 100."""
    text = read_text(file, where, problems)
    if text is None:
        return None
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        problems.append(f"{where}: is not a CSV file: {error}")
        return None
    header = ["age", "rate_per_year"]
    if not lines or lines[0] != header:
        given = ",".join(lines[0]) if lines else "nothing"
        problems.append(f"{where}: line 1: header is '{given}'; it must be '{','.join(header)}'")
        return None
    rows: list[LifeTableRow] = []
    bad = len(problems)
    for number, line in enumerate(lines[1:], start=2):
        try:
            age, rate = (float(cell) for cell in line)
        except ValueError:
            problems.append(f"{where}: line {number}: '{','.join(line)}' is not two numbers")
            continue
        if age != number - 2:
            problems.append(f"{where}: line {number}: age {line[0]}; expected {number - 2}")
        if not 0.0 <= rate <= 100.0:
            problems.append(f"{where}: line {number}: rate {line[1]} is not within 0 to 100")
        rows.append(LifeTableRow(number - 2, rate))
    if len(rows) <= LAST_AGE and len(problems) == bad:
        problems.append(f"{where}: ends at age {len(rows) - 1}; it must reach {LAST_AGE}")
    return tuple(rows)
