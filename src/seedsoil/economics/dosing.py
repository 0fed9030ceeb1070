"""Administrations and dispensings of a drug's spells: when, how many mg, and what is paid for.

A spell [start, stop) of D days. Infused and injected drugs are given on day d_j of cycle k, of L days, as
long as k L + d_j - 1 < D; each dose is

    mg, mg/kg · W, mg/m² · BSA, or AUC · (CrCl + 25)                         mg

drawn from whole vials by `packages`, or, where vials are shared, from what is used of them alone. Oral drugs
are taken on the first days of each cycle and paid for when they are dispensed: what is left when the drug
stops is wasted, whatever becomes of vials. No cycle is approximated by its mean, no woman by the mean weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.packages import Pack, cheapest, nearest_tablets, per_mg, worth
from seedsoil.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog.dosing import Posology
    from seedsoil.economics.body import Bodies
    from seedsoil.economics.packages import Combinations

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

INSTANT_DAYS = 1e-5
"""A dose due on the day on which the drug stops is not given, whatever the last bits of the dates say."""
CALVERT = 25.0
"""ml/min, beside the kidneys' clearance, in Calvert's formula."""


class Spells(NamedTuple):
    """Spells of one drug: `row` of the woman, `start` and `stop`, years from clock zero, `age` at the start.

    `first`: whether the drug is new to her, so that a loading dose is due.
    """

    row: Integers
    start: Floats
    stop: Floats
    age: Floats
    first: Flags

    def where(self, which: Flags) -> Spells:
        """The spells for which `which` holds."""
        row, start, stop, age, first = self
        return Spells(row[which], start[which], stop[which], age[which], first[which])


@dataclass(frozen=True)
class Doses:
    """What was given and paid for: one entry an administration, or a dispensing of an oral drug.

    `row`: the woman; `at`: years from clock zero; `paid`: mg at the price of a mg in the cheapest package;
    `minutes` of an infusion, 0 else; `packs` [entries, sizes]: vials or packs, parts of one where it holds
    several. `given` and `given_row`: mg really given or taken, by spell.
    """

    row: Integers
    at: Floats
    paid: Floats
    minutes: Floats
    packs: Floats
    sizes: tuple[str, ...]
    given: Floats
    given_row: Integers
    cycles: tuple[Integers, Floats]
    """Woman and time of each cycle's first dose."""


def doses(
    posology: Posology, spells: Spells, bodies: Bodies, *, packs: tuple[Pack, ...] | None = None,
    shared: bool = False,
) -> Doses:  # fmt: skip
    """The doses of `spells` of one drug.

    `packs`: those of a market with their prices; the posology's sizes without prices if there are none.
    `shared`: what is left in a vial goes to another woman.
    """
    known = packs if packs else tuple(Pack(size) for size in posology.sizes)
    if posology.route == "oral":
        return _oral(posology, spells, bodies, known)
    return _administered(posology, spells, bodies, known, shared and posology.route == "infusion")


def spread(counts: Integers) -> tuple[Integers, Integers]:
    """Of each of `counts` things, which it belongs to and its number from 0."""
    which = np.repeat(np.arange(counts.size), counts)
    number = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return which, number


def days_of(spells: Spells) -> Floats:
    """The days of each spell, less an instant."""
    return np.maximum((spells.stop - spells.start) * DAYS_PER_YEAR - INSTANT_DAYS, 0.0)


def dose_mg(posology: Posology, dose: float, rows: Integers, age: Floats, bodies: Bodies) -> Floats:
    """One dose of the women in `rows`, mg."""
    if posology.unit == "mg/kg":
        return dose * bodies.weight[rows]
    if posology.unit == "mg/m2":
        return dose * np.minimum(bodies.surface[rows], posology.most_surface or math.inf)
    if posology.unit == "AUC":
        return dose * (bodies.clearance(rows, age) + CALVERT)
    return np.full(rows.size, dose)


def _administered(
    posology: Posology, spells: Spells, bodies: Bodies, packs: tuple[Pack, ...], shared: bool
) -> Doses:
    lasts = days_of(spells)
    length, days = posology.cycle_days, np.sort(np.array(posology.days)) - 1
    whole = np.floor(lasts / length)
    rest = lasts - whole * length
    some = np.searchsorted(days, rest, side="left")  # those of the last cycle before it ends
    counts = (whole * days.size).astype(np.int64) + some
    which, number = spread(counts)
    day = number // days.size * length + days[number % days.size]
    for extra in posology.first_days:
        due = np.flatnonzero(lasts > extra - 1)
        which = np.concatenate([which, due])
        number = np.concatenate([number, np.full(due.size, -1)])
        day = np.concatenate([day, np.full(due.size, extra - 1)])
    rows = spells.row
    maintenance = dose_mg(posology, posology.dose, rows, spells.age, bodies)
    initial = (number == 0) & spells.first[which]
    loading = maintenance
    if posology.loading is not None:
        loading = dose_mg(posology, posology.loading, rows, spells.age, bodies)
    in_mg = np.where(initial, loading[which], maintenance[which])
    most = max(float(maintenance.max(initial=0.0)), float(loading.max(initial=0.0)))
    if shared:  # what is used, from the size whose mg is cheapest
        size = _cheapest_size(packs)
        paid = in_mg
        vials = np.zeros((which.size, len(packs)))
        vials[:, size] = in_mg / packs[size].total
    else:
        taken = _vials(packs, most)
        place = taken.of(in_mg)
        paid = taken.worth[place]
        vials = taken.counts[place] / _units(packs)
    minutes = np.zeros(which.size)
    if posology.minutes is not None:
        minutes += posology.minutes
        if posology.loading_minutes is not None:
            minutes[initial] = posology.loading_minutes
    row, at = rows[which], spells.start[which] + day / DAYS_PER_YEAR
    starts = (number >= 0) & (number % days.size == 0)
    return Doses(
        row=row,
        at=at,
        paid=paid,
        minutes=minutes,
        packs=vials,
        sizes=tuple(pack.name for pack in packs),
        given=in_mg,
        given_row=row,
        cycles=(row[starts], at[starts]),
    )


def _cheapest_size(packs: tuple[Pack, ...]) -> int:
    """The size whose mg is cheapest; without prices, the largest."""
    if any(math.isnan(pack.price) for pack in packs):
        return max(range(len(packs)), key=lambda k: packs[k].mg)
    return min(range(len(packs)), key=lambda k: packs[k].price / packs[k].total)


@lru_cache(maxsize=256)
def _vials_to(packs: tuple[Pack, ...], most: float) -> Combinations:
    return cheapest(packs, most)


def _vials(packs: tuple[Pack, ...], most: float) -> Combinations:
    """Combinations up to `most` mg; the table of a power of two is kept, so that few are worked out."""
    return _vials_to(packs, 2.0 ** math.ceil(math.log2(max(most, 1.0))))


@lru_cache(maxsize=256)
def _tablets_to(packs: tuple[Pack, ...], most: float) -> Combinations:
    return nearest_tablets(packs, most)


def _oral(posology: Posology, spells: Spells, bodies: Bodies, packs: tuple[Pack, ...]) -> Doses:
    on, cycle = float(posology.on_days or 1), posology.cycle_days
    lasts = days_of(spells)
    taken = np.ceil(lasts)  # of day 0, 1, … those that begin before the drug stops
    on_days = np.floor(taken / cycle) * on + np.minimum(taken % cycle, on)
    supply = (posology.supply_days or cycle) / cycle * on
    rows = spells.row
    if posology.unit == "mg/m2":
        return _tablets(posology, spells, bodies, packs, (on_days, on, supply))
    strengths = _strengths(packs, posology.dose / posology.intakes)
    pack = min(strengths, key=lambda p: p.price / p.total if p.price == p.price else -p.mg)
    if any(known.units > 1 for known in packs):
        holds = pack.total / posology.dose  # days of use
        number = max(1.0, round(supply / holds))
    else:  # packages are not known: what is dispensed lasts exactly
        holds, number = supply, 1.0
    first = number * holds
    counts = np.ceil(on_days / first - INSTANT_DAYS).astype(np.int64)
    which, k = spread(counts)
    use_day = np.floor(k * first + INSTANT_DAYS)
    day = np.floor(use_day / on) * cycle + use_day % on
    mg = number * holds * posology.dose
    reference = per_mg(packs)
    factor = worth(pack, reference) / pack.total
    row, at = rows[which], spells.start[which] + day / DAYS_PER_YEAR
    counted = np.zeros((which.size, len(packs)))
    counted[:, packs.index(pack)] = mg / pack.total
    return Doses(
        row=row,
        at=at,
        paid=np.full(which.size, mg * factor),
        minutes=np.zeros(which.size),
        packs=counted,
        sizes=tuple(p.name for p in packs),
        given=on_days * posology.dose,
        given_row=rows,
        cycles=(row, at),
    )


def _tablets(
    posology: Posology,
    spells: Spells,
    bodies: Bodies,
    packs: tuple[Pack, ...],
    schedule: tuple[Floats, float, float],
) -> Doses:
    """An oral drug dosed by body surface: whole tablets for each intake, counted out for each supply."""
    on_days, on, supply = schedule
    rows = spells.row
    wanted = dose_mg(posology, posology.dose / posology.intakes, rows, spells.age, bodies)
    most = 2.0 ** math.ceil(math.log2(max(float(wanted.max(initial=1.0)), 1.0)))
    table = _tablets_to(packs, most)
    place = table.of(wanted)
    a_day = table.mg[place] * posology.intakes
    counts = np.ceil(on_days / supply - INSTANT_DAYS).astype(np.int64)
    which, k = spread(counts)
    use_day = np.floor(k * supply + INSTANT_DAYS)
    day = np.floor(use_day / on) * posology.cycle_days + use_day % on
    days = posology.intakes * supply
    row, at = rows[which], spells.start[which] + day / DAYS_PER_YEAR
    return Doses(
        row=row,
        at=at,
        paid=table.worth[place][which] * days,
        minutes=np.zeros(which.size),
        packs=table.counts[place][which] * days / _units(packs),
        sizes=tuple(pack.name for pack in packs),
        given=on_days * a_day,
        given_row=rows,
        cycles=(row, at),
    )


def _units(packs: tuple[Pack, ...]) -> Floats:
    return np.array([pack.units for pack in packs], dtype=np.float64)


def _strengths(packs: tuple[Pack, ...], intake: float) -> list[Pack]:
    """The packs whose tablets make up an intake without breaking one; all of them if none does."""
    whole = [p for p in packs if abs(intake / p.mg - round(intake / p.mg)) < INSTANT_DAYS]
    return whole or list(packs)
