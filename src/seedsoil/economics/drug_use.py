"""What drugs take: mg paid for, administrations, G-CSF, and what is measured while they are given.

Every dose of every spell of the table `drugs` has a date. Infusions of one day are one attendance, long if
they take more than an hour together; drugs by mouth that are dispensed on one day are one dispensing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.economics.dosing import Spells, doses
from seedsoil.economics.packages import Pack
from seedsoil.results.columns import codes, integers
from seedsoil.units import DAYS_PER_YEAR, MONTHS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog.dosing import Dosing, Posology
    from seedsoil.economics.dosing import Doses
    from seedsoil.economics.ledger import Ledger, Women
    from seedsoil.economics.prices import Price
    from seedsoil.results.columns import Flags, Floats, Integers

LONG_MINUTES = 60.0
"""An attendance of more than an hour of infusions is a long one."""
RELOAD_DAYS = 7.0
"""A drug that was away for longer begins with its loading dose again."""
_WATCHED = {
    "her2": ("monitoring.echocardiogram", "echocardiograms_her2"),
    "anthracycline": ("monitoring.echocardiogram", "echocardiograms_anthracycline"),
}
_MANY_DAYS = 1 << 17


class AllSpells(NamedTuple):
    """The rows of the table `drugs` of the women who are counted; codes of drugs and regimens, and names."""

    spells: Spells
    line: Integers
    drug: Integers
    regimen: Integers
    drugs: list[str]
    regimens: list[str]


@dataclass
class Used:
    """What the doses of all drugs come to, beside the ledger.

    `given`: mg given or taken, and `packs`: vials and packs by drug and size: one entry a
    woman, undiscounted. `attendances`: woman and time of each day on which something was infused or injected.
    """

    given: dict[str, Floats] = field(default_factory=dict)
    packs: dict[str, Floats] = field(default_factory=dict)
    attendances: list[tuple[Integers, Floats]] = field(default_factory=list)


def all_spells(table: pa.Table, women: Women, horizon: float) -> AllSpells:
    """The spells of the table `drugs` up to the horizon."""
    row = women.rows(table)
    drug, drugs = codes(table, "drug")
    regimen, regimens = codes(table, "regimen")
    start, stop = (women.since(table, name, row) for name in ("started_at", "stopped_at"))
    order = np.lexsort((start, drug, row))
    same = (np.diff(row[order]) == 0) & (np.diff(drug[order]) == 0)
    away = (start[order][1:] - stop[order][:-1]) * DAYS_PER_YEAR
    first = np.ones(row.size, dtype=np.bool_)
    first[order[1:]] = ~(same & (away <= RELOAD_DAYS))
    counted = (row >= 0) & (start < horizon)
    whole = Spells(row, start, np.minimum(stop, horizon), women.age[row] + start, first)
    return AllSpells(
        whole.where(counted),
        integers(table, "line")[counted],
        drug[counted],
        regimen[counted],
        drugs,
        regimens,
    )


def count_drugs(
    ledger: Ledger,
    women: Women,
    spells: AllSpells,
    dosing: Dosing,
    *,
    prices: Mapping[str, Price],
    uses: Mapping[str, float],
    shared: bool,
) -> Used:
    """Enter drugs, administrations, G-CSF, echocardiograms and ECGs into the ledger."""
    used = Used()
    infused: list[Doses] = []
    dispensed: list[Doses] = []
    watched: dict[str, list[Flags]] = {}
    for (name, posology), which in _groups(spells, dosing).items():
        some = spells.spells.where(which)
        packs = None
        if f"drug.{name}" in prices:
            packs = tuple(Pack(p.mg, p.units, p.price) for p in prices[f"drug.{name}"].packages)
        found = doses(posology, some, women.bodies, packs=packs, shared=shared)
        _enter(ledger, women, used, name, found)
        if posology.route == "oral":
            dispensed.append(found)
        elif posology.route == "infusion":
            infused.append(found)
        else:
            ledger.events("administration.injection", found.row, found.at)
            used.attendances.append((found.row, found.at))
        if posology.gcsf:
            ledger.events("supportive.gcsf", *found.cycles)
        if posology.watch == "qt":
            ledger.events("monitoring.ecg", some.row, some.start, uses["ecgs_qt"])
        elif posology.watch is not None:
            watched.setdefault(posology.watch, []).append(which)
    row, at, minutes = by_day(infused)
    long = minutes > LONG_MINUTES
    ledger.events("administration.infusion_long", row[long], at[long])
    ledger.events("administration.infusion_short", row[~long], at[~long])
    used.attendances.append((row, at))
    row, at, _ = by_day(dispensed)
    ledger.events("administration.oral_dispensing", row, at)
    for watch, flags in watched.items():
        item, use = _WATCHED[watch]
        _flow_by_line(ledger, item, spells, np.logical_or.reduce(flags), uses[use])
    return used


class _Key(NamedTuple):
    """A drug as it is priced and how it is given; posologies that are the same object are one."""

    name: str
    posology: Posology

    def __hash__(self) -> int:
        return hash((self.name, id(self.posology)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and (
            self.name == other.name and self.posology is other.posology
        )


def _groups(spells: AllSpells, dosing: Dosing) -> dict[_Key, Flags]:
    """Which spells are of each drug and posology, drugs that a regimen adds among them."""
    kinds = len(spells.drugs)
    pair = spells.regimen * kinds + spells.drug
    found: dict[_Key, Flags] = {}
    for code in np.unique(pair).tolist():
        regimen, drug = spells.regimens[code // kinds], spells.drugs[code % kinds]
        which = pair == code
        given = {**dosing.given(regimen, drug), **dosing.added(regimen, drug)}
        for name, posology in given.items():
            key = _Key(name, posology)
            found[key] = which | found[key] if key in found else which
    return found


def _enter(ledger: Ledger, women: Women, used: Used, name: str, found: Doses) -> None:
    ledger.events(f"drug.{name}", found.row, found.at, found.paid)
    _add(used.given, name, np.bincount(found.given_row, found.given, women.number))
    for k, size in enumerate(found.sizes):
        count = np.bincount(found.row, found.packs[:, k], women.number)
        _add(used.packs, f"drug.{name}.{size}", count)


def _add(store: dict[str, Floats], key: str, amount: NDArray[Any]) -> None:
    counted = np.asarray(amount, dtype=np.float64)
    store[key] = store[key] + counted if key in store else counted


def by_day(given: list[Doses]) -> tuple[Integers, Floats, Floats]:
    """Woman, time and minutes together of each day on which something of `given` was given."""
    if not given:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    row = np.concatenate([found.row for found in given])
    at = np.concatenate([found.at for found in given])
    minutes = np.concatenate([found.minutes for found in given])
    day = np.rint(at * DAYS_PER_YEAR).astype(np.int64)
    _, first, which = np.unique(row * _MANY_DAYS + day, return_index=True, return_inverse=True)
    together = np.asarray(np.bincount(which, minutes, first.size), dtype=np.float64)
    return row[first], at[first], together


def _flow_by_line(
    ledger: Ledger, item: str, spells: AllSpells, which: Flags, a_month: float
) -> None:
    """So many of `item` a month in each line from the first to the last day of its spells in `which`."""
    row, line = spells.spells.row[which], spells.line[which]
    if row.size == 0:
        return
    _, first, group = np.unique(
        row * (line.max() + 1) + line, return_index=True, return_inverse=True
    )
    start, stop = np.full(first.size, np.inf), np.full(first.size, -np.inf)
    np.minimum.at(start, group, spells.spells.start[which])
    np.maximum.at(stop, group, spells.spells.stop[which])
    ledger.flow(item, row[first], start, stop, a_month * MONTHS_PER_YEAR)
