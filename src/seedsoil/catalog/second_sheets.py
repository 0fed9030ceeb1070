"""Filled sheets of a second coding, and their comparison with the catalog."""

from __future__ import annotations

import csv
import tomllib
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.catalog.coded_units import disagreement
from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.second_coding import coded_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.coded_value import Coded
    from seedsoil.catalog.second_coding import Outcome

COLUMNS = ("key", "value", "unit", "where_read", "coder", "date", "remark")
NOT_FOUND = "not found"
"""What stands under `value` where the source, or the number in it, could not be found."""
RIGHT = ("catalog", "second")
"""Which of two readings that differ is right."""


class Reading(NamedTuple):
    """A row of a filled sheet, and where it stands."""

    at: str
    key: str
    value: str
    unit: str
    where_read: str
    coder: str
    date: str
    remark: str


class Resolved(NamedTuple):
    """Which of two readings is right, `catalog` or `second`, and why."""

    right: str
    reason: str


class Comparison(NamedTuple):
    """Outcomes by key, for what was coded twice, and a line for each thing wrong with sheets or catalog.

    `waits`: why the catalog has yet to follow, by key, where it differs.
    """

    outcomes: dict[str, Outcome]
    problems: list[str]
    waits: dict[str, str]


def read_sheets(folder: Path, problems: list[str]) -> list[Reading]:
    """The rows of every sheet of the folder; a line for each that is not as it must be."""
    found: list[Reading] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            header = tuple(next(rows, ()))
            if header != COLUMNS:
                problems.append(f"{path.name}: columns must be {', '.join(COLUMNS)}")
                continue
            for number, row in enumerate(rows, start=2):
                at = f"{path.name}: line {number}"
                if len(row) != len(COLUMNS):
                    problems.append(f"{at}: has {len(row)} cells; allowed: {len(COLUMNS)}")
                    continue
                reading = Reading(at, *(cell.strip() for cell in row))
                if not (reading.value and reading.where_read and reading.coder and reading.date):
                    problems.append(f"{at}: value, where_read, coder and date must be filled")
                    continue
                found.append(reading)
    return found


def read_resolved(path: Path, problems: list[str]) -> dict[str, Resolved]:
    """What was decided of readings that differ, by key: tables `[[resolved]]` with key, right and reason."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("resolved", [])
    found: dict[str, Resolved] = {}
    for number, entry in enumerate(entries, start=1):
        at = f"{path.name}: entry {number}"
        if set(entry) != {"key", "right", "reason"} or not entry["reason"]:
            problems.append(f"{at}: must have key, right and reason, and nothing else")
        elif entry["right"] not in RIGHT:
            problems.append(unknown(at, "reading (right)", str(entry["right"]), RIGHT))
        elif entry["key"] in found:
            problems.append(f"{at}: {entry['key']} is resolved twice")
        else:
            found[entry["key"]] = Resolved(entry["right"], entry["reason"])
    return found


def compare(
    catalog: Catalog, readings: Iterable[Reading], resolved: Mapping[str, Resolved]
) -> Comparison:
    """Every reading against the number of the catalog.

    Wrong are: a key that is none or is not to be coded, a number coded twice in the sheets, readings that
    differ and are not resolved, and what is resolved and does not differ.
    """
    values: dict[str, Coded] = {}
    aparts: dict[str, str] = {}
    for value, why in coded_values(catalog):
        values[value.key] = value
        aparts[value.key] = why
    outcomes: dict[str, Outcome] = {}
    problems: list[str] = []
    differing: set[str] = set()
    waits: dict[str, str] = {}
    for reading in readings:
        key = reading.key
        if key not in values:
            problems.append(unknown(reading.at, "key", key, values))
        elif aparts[key]:
            problems.append(f"{reading.at}: {key} is not to be coded: {aparts[key]}")
        elif key in outcomes:
            problems.append(f"{reading.at}: {key} is in the sheets twice")
        elif reading.value == NOT_FOUND:
            outcomes[key] = "not found"
        elif told := disagreement(values[key], reading.value, reading.unit):
            differing.add(key)
            outcomes[key] = "differs"
            if key not in resolved:
                problems.append(f"{reading.at}: {key}: {told}")
            elif resolved[key].right == "catalog":
                outcomes[key] = "resolved"
            else:
                waits[key] = resolved[key].reason
        else:
            outcomes[key] = "agrees"
    problems += [
        f"resolved.toml: {key}: the readings do not differ; take it out"
        for key in resolved
        if key not in differing
    ]
    return Comparison(outcomes, problems, waits)
