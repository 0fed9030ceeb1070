"""Price indices by year, and purchasing power parities: the only way from one money to another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from seedsoil.catalog.complaints import check_entry
from seedsoil.catalog.entry import Confidence, Entry, Status, Text, Year
from seedsoil.catalog.sources import check_provenance
from seedsoil.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog.sources import Source

BASE_CURRENCY = "USD"
"""Parities are in national currency for one dollar of the United States."""
FIRST_YEAR, LAST_YEAR = 1900, 2100


class IndexEntry(Entry):
    """An index of prices in one currency, or a parity, as written: `values` by calendar year.

    `usual`: whether amounts in this currency are inflated by it where nothing else is said; `assumed`: years
    whose value the source does not give.
    """

    description: Text
    currency: Text
    unit: Text
    values: dict[str, float]
    usual: bool = False
    assumed: list[Year] = Field(default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


class PriceIndex(NamedTuple):
    """A sound index or parity: its value by calendar year."""

    name: str
    entry: IndexEntry
    values: Mapping[int, float]


class Indices(NamedTuple):
    """Indices of inflation by name, and parities by currency."""

    inflation: Mapping[str, PriceIndex]
    ppp: Mapping[str, PriceIndex]


def build_indices(
    where: str,
    table: Mapping[str, Any],
    sources: Mapping[str, Source],
    problems: list[str],
) -> Indices:
    """The indices of a file with tables `[inflation.NAME]` and `[ppp.CURRENCY]`; problems are added."""
    found: dict[str, dict[str, PriceIndex]] = {"inflation": {}, "ppp": {}}
    for kind, entries in table.items():
        if kind not in found or not isinstance(entries, dict):
            problems.append(
                f"{where}: {kind}: must be tables named [inflation.NAME] or [ppp.CURRENCY]"
            )
            continue
        for name, data in entries.items():
            here = f"{where}: {kind}.{name}"
            if not isinstance(data, dict):
                problems.append(f"{here}: must be a table [{kind}.{name}], not {shown(data)}")
                continue
            if kind == "ppp":
                data = {"currency": name, **data}
            index = _index(here, name, data, sources, problems)
            if index is not None:
                found[kind][name] = index
    usual: dict[str, str] = {}
    for name, index in found["inflation"].items():
        currency = index.entry.currency
        if index.entry.usual and currency in usual:
            problems.append(
                f"{where}: inflation.{name}: the usual index of {currency} is {usual[currency]} already"
            )
        elif index.entry.usual:
            usual[currency] = name
    return Indices(found["inflation"], found["ppp"])


def _index(
    where: str,
    name: str,
    data: Mapping[str, Any],
    sources: Mapping[str, Source],
    problems: list[str],
) -> PriceIndex | None:
    entry = check_entry(IndexEntry, data, where, problems)
    if entry is None:
        return None
    before = len(problems)
    check_provenance(where, entry.sources, entry.status, sources, None, problems)
    values: dict[int, float] = {}
    for year, value in entry.values.items():
        if not (year.isascii() and year.isdigit() and FIRST_YEAR <= int(year) <= LAST_YEAR):
            problems.append(
                f"{where}: values: {shown(year)} is no calendar year from {FIRST_YEAR} to {LAST_YEAR}"
            )
        elif not (math.isfinite(value) and value > 0.0):
            problems.append(f"{where}: values: {year} is {value:g}; an index is above 0")
        else:
            values[int(year)] = value
    if not entry.values:
        problems.append(f"{where}: values: no year is given")
    return None if len(problems) > before else PriceIndex(name, entry, dict(sorted(values.items())))
