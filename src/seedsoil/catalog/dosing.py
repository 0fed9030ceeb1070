"""How drugs are dosed, dispensed and watched, and how large women are: `costs/dosing.toml`.

A drug's posology is that of its label: dose, days, vials or tablets, what must be measured.
A regimen may say otherwise of its drugs, and may add drugs that the model does not simulate apart, such
as cyclophosphamide: they have a posology and a price, and no effect of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from seedsoil.catalog.complaints import SLIP, check_entry, unknown
from seedsoil.catalog.entry import Confidence, Entry, Status, Text
from seedsoil.catalog.files import read_toml
from seedsoil.catalog.sources import check_provenance
from seedsoil.errors import DataErrors, InputError, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from seedsoil.catalog.files import Place
    from seedsoil.catalog.sources import Source

FOLDER = "costs"
DOSING = "dosing.toml"

Route = Literal["infusion", "injection", "oral"]
DoseUnit = Literal["mg", "mg/kg", "mg/m2", "AUC"]
Watch = Literal["her2", "anthracycline", "qt"]

Milligrams = Annotated[float, Field(gt=0.0, le=100_000.0)]
Days = Annotated[int, Field(ge=1, le=366)]
Minutes = Annotated[float, Field(gt=0.0, le=1440.0)]

MOST_PARTS_OF_MG = 100
"""Sizes are told apart to a hundredth of a milligram."""
_FINEST = 1e-6


class Posology(Entry):
    """How one drug is given.

    `dose` in `unit`: of one administration of an infused or injected drug, of one day of an oral one; AUC is
    of carboplatin by Calvert's formula, dose = AUC (GFR + 25) mg. `loading`: the first dose, where it is
    another; `most_surface`, m²: that which is dosed for at most. Infused and injected: on the `days` of each
    cycle of `cycle_days` (day 1 is the first), and on the `first_days` of the first cycle besides; `minutes`
    of an infusion, `loading_minutes` of the first.
    Oral: on the first `on_days` of each cycle, in `intakes` a day, dispensed for `supply_days`. `sizes`: mg a
    vial, syringe or tablet. `gcsf`: primary prophylaxis in every cycle. `watch`: the heart under a drug
    against HER2 or an anthracycline, or the QT interval.
    """

    route: Route
    dose: Milligrams
    unit: DoseUnit
    loading: Milligrams | None = None
    most_surface: Annotated[float, Field(ge=1.0, le=4.0)] | None = None
    cycle_days: Days
    days: list[Days] = Field(default_factory=lambda: [1], min_length=1)
    first_days: list[Days] = Field(default_factory=list)
    minutes: Minutes | None = None
    loading_minutes: Minutes | None = None
    on_days: Days | None = None
    intakes: Annotated[int, Field(ge=1, le=6)] = 1
    supply_days: Days | None = None
    sizes: list[Milligrams] = Field(min_length=1)
    gcsf: bool = False
    watch: Watch | None = None
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    @property
    def short(self) -> str:
        """The posology in words: `8 then 6 mg/kg, day 1 of 21, infusion`."""
        dose = f"{self.dose:g} {self.unit}"
        if self.loading is not None:
            dose = f"{self.loading:g} then {dose}"
        if self.route == "oral":
            return f"{dose} a day, {self.on_days} of {self.cycle_days} days, oral"
        return f"{dose}, day {', '.join(map(str, self.days))} of {self.cycle_days}, {self.route}"


class Made(Entry):
    """A drug of the model that stands for several: each has a posology of its own."""

    parts: list[Text] = Field(min_length=2)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    @property
    def short(self) -> str:
        """Its parts."""
        return " + ".join(self.parts)


class OfRegimen(Entry):
    """What a regimen says of its drugs that is not their usual posology, and drugs that it adds.

    `adds`: by the name of a drug, that of the regimen's drug with which, and as long as which, it is given.
    """

    drugs: dict[str, dict[str, Any]] = Field(default_factory=dict)
    adds: dict[str, Text] = Field(default_factory=dict)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    @property
    def short(self) -> str:
        """What differs, and what is added."""
        said = [
            f"{drug}: {', '.join(f'{name} {value}' for name, value in fields.items())}"
            for drug, fields in self.drugs.items()
        ]
        return "; ".join([*said, *(f"with {name}" for name in self.adds)])


class Body(Entry):
    """Weight and height of the women of one population: bivariate log-normal.

    Means and standard deviations, of kg and cm; `correlation` of their logarithms; `creatinine`, mg/dl, for
    the clearance by Cockcroft and Gault that carboplatin is dosed by.
    """

    description: Text
    weight: Annotated[float, Field(ge=20.0, le=200.0)]
    weight_sd: Annotated[float, Field(ge=0.0, le=100.0)]
    height: Annotated[float, Field(ge=120.0, le=200.0)]
    height_sd: Annotated[float, Field(ge=0.0, le=50.0)]
    correlation: Annotated[float, Field(ge=-0.999, le=0.999)]
    creatinine: Annotated[float, Field(gt=0.1, le=10.0)]
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    @property
    def short(self) -> str:
        """Means and standard deviations."""
        weight = f"{self.weight:g} ± {self.weight_sd:g} kg"
        return f"{weight}, {self.height:g} ± {self.height_sd:g} cm"


@dataclass(frozen=True)
class Dosing:
    """Posologies by drug, of the regimens that differ, and bodies by population."""

    drugs: Mapping[str, Posology]
    made: Mapping[str, Made]
    regimens: Mapping[str, OfRegimen]
    bodies: Mapping[str, Body]

    def given(self, regimen: str, drug: str) -> dict[str, Posology]:
        """Posologies, by the name of what is priced, of one drug of a regimen.

        One entry but for a drug that stands for several. Raises InputError for a drug without posology.
        """
        names = self.made[drug].parts if drug in self.made else [drug]
        said = self.regimens[regimen].drugs if regimen in self.regimens else {}
        found: dict[str, Posology] = {}
        for name in names:
            if name not in self.drugs:
                hint = nearest(name, self.drugs, alike=SLIP)
                raise InputError(
                    f"{FOLDER}/{DOSING}: no posology of drug {shown(name)}; add [drug.{name}] to "
                    f"{FOLDER}/{DOSING} of a catalog directory. {hint}".rstrip()
                )
            usual = self.drugs[name]
            found[name] = usual.model_copy(update=said[name]) if name in said else usual
        return found

    def added(self, regimen: str, drug: str) -> dict[str, Posology]:
        """Posologies of the drugs that a regimen adds to `drug`, one of its own."""
        adds = self.regimens[regimen].adds if regimen in self.regimens else {}
        return {name: self.drugs[name] for name, beside in adds.items() if beside == drug}

    def entries(self) -> dict[str, Posology | Made | OfRegimen | Body]:
        """Every entry by its key, as `seedsoil sources` names it: dosing.letrozole, body.england."""
        groups: dict[str, Mapping[str, Posology | Made | OfRegimen | Body]] = {
            "dosing.": {**self.drugs, **self.made},
            "dosing.regimen.": dict(self.regimens),
            "body.": dict(self.bodies),
        }
        return {
            f"{prefix}{name}": entry
            for prefix, found in groups.items()
            for name, entry in found.items()
        }

    def hash(self) -> str:
        """SHA-256 of every number that decides a quantity: of doses, regimens and bodies."""
        told = {"sources", "status", "confidence", "note", "description"}
        numbers = {key: entry.model_dump(exclude=told) for key, entry in self.entries().items()}
        text = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def body(self, name: str) -> Body:
        """The body measures of the population `name`; InputError with the nearest name."""
        if name not in self.bodies:
            raise InputError(unknown(f"{FOLDER}/{DOSING}", "population", name, self.bodies))
        return self.bodies[name]


def read_dosing(places: tuple[Place, ...], sources: Mapping[str, Source]) -> Dosing:
    """What the directories `places` say of doses and bodies, a later one over an earlier, key by key.

    Raises DataErrors with a line for each problem of each file.
    """
    problems: list[str] = []
    drugs: dict[str, Posology] = {}
    made: dict[str, Made] = {}
    regimens: dict[str, OfRegimen] = {}
    bodies: dict[str, Body] = {}
    kinds: dict[str, tuple[type[Entry], dict[str, Any]]] = {
        "drug": (Posology, drugs),
        "made": (Made, made),
        "regimen": (OfRegimen, regimens),
        "body": (Body, bodies),
    }
    written: dict[tuple[str, str], str] = {}
    for directory, label in places:
        place, where = directory.joinpath(FOLDER, DOSING), f"{label}/{FOLDER}/{DOSING}"
        if not place.is_file():
            continue
        for kind, entries in (read_toml(place, where, problems) or {}).items():
            if kind not in kinds:
                problems.append(unknown(where, "kind of entry", kind, kinds))
            elif not isinstance(entries, dict):
                problems.append(f"{where}: {kind}: must be tables [{kind}.name]")
            else:
                model, store = kinds[kind]
                _entries(model, entries, store, f"{where}: {kind}", sources, problems)
                written |= {(kind, name): where for name in entries}
    for name, posology in drugs.items():
        _check_posology(f"{written['drug', name]}: drug.{name}", posology, problems)
    for name, whole in made.items():
        where = f"{written['made', name]}: made.{name}"
        problems += [
            unknown(where, "drug", part, drugs) for part in whole.parts if part not in drugs
        ]
    for name, regimen in regimens.items():
        _check_regimen(f"{written['regimen', name]}: regimen.{name}", regimen, drugs, problems)
    if problems:
        raise DataErrors(problems)
    return Dosing(drugs, made, regimens, bodies)


def _entries(
    model: type[Entry],
    tables: Mapping[str, Any],
    store: dict[str, Any],
    where: str,
    sources: Mapping[str, Source],
    problems: list[str],
) -> None:
    for name, data in tables.items():
        here = f"{where}.{name}"
        if not isinstance(data, dict):
            problems.append(f"{here}: must be a table, not {shown(data)}")
            continue
        entry: Any = check_entry(model, data, here, problems)
        if entry is not None:
            check_provenance(here, entry.sources, entry.status, sources, None, problems)
            store[name] = entry


def _check_posology(where: str, posology: Posology, problems: list[str]) -> None:
    """Add a line for each thing that fields of a posology must say together."""
    oral = posology.route == "oral"
    for name in ("on_days", "supply_days"):
        if oral and getattr(posology, name) is None:
            problems.append(f"{where}: an oral drug needs {name}")
        if not oral and getattr(posology, name) is not None:
            problems.append(f"{where}: {name} is of oral drugs alone")
    if (posology.route == "infusion") != (posology.minutes is not None):
        problems.append(f"{where}: an infusion, and nothing else, has minutes")
    if oral and posology.unit in ("mg/kg", "AUC"):
        problems.append(f"{where}: an oral drug is dosed in mg or mg/m2")
    last = max([*posology.days, *posology.first_days, posology.on_days or 1])
    if last > posology.cycle_days:
        problems.append(f"{where}: day {last} is after the cycle of {posology.cycle_days} days")
    problems += [
        f"{where}: sizes: {size:g} mg is finer than a hundredth of a mg"
        for size in posology.sizes
        if abs(size * MOST_PARTS_OF_MG - round(size * MOST_PARTS_OF_MG)) > _FINEST
    ]


def _check_regimen(
    where: str, regimen: OfRegimen, drugs: Mapping[str, Posology], problems: list[str]
) -> None:
    names: Collection[str] = drugs
    named = (*regimen.adds, *regimen.adds.values())
    problems += [unknown(where, "drug", name, names) for name in named if name not in names]
    for name, said in regimen.drugs.items():
        if name not in drugs:
            problems.append(unknown(where, "drug", name, names))
            continue
        data = {**drugs[name].model_dump(), **said}
        here = f"{where}.drugs.{name}"
        entry = check_entry(Posology, data, here, problems)
        if entry is not None:
            _check_posology(here, entry, problems)
