"""Numbers of the disease and of drugs that a source gives: targets, parameters, doses, policies, death."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog.coded_value import Coded, of_entry, origin
from seedsoil.catalog.dosing import Body, OfRegimen, Posology
from seedsoil.catalog.entry import SHARE_TOLERANCE
from seedsoil.catalog.parameters import SUM_TO_ONE, full_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.drugs import Drug
    from seedsoil.catalog.policies import AdjuvantEra, Rule, ScreeningProgramme

TARGETS, PARAMETERS, UTILITIES = "targets", "parameters", "utilities"
DRUGS, DOSES, BODIES = "toxicity and reach of drugs", "doses", "weight and height"
POLICIES, LIFE_TABLE = "policies", "ages of the life table"
SAMPLED_AGES = (0, 1, 5, 15, 25, 35, 45, 55, 65, 75, 85, 95, 105)
"""Ages at which a life table is held against its source, for all that lies between."""
_DRUG_FIELDS = {
    "grade3_plus": "share of patients with an adverse event of grade 3 or more, the drug's own: "
    "1 - (1 - share in its arm)/(1 - share in the arm without it)",
    "discontinuation": "hazard of stopping for toxicity, the drug's own: "
    "(ln 2 / median PFS in years) s/(1 - s), s the share "
    "who stopped, less the same of the arm without it, not below 0",
    "toxic_death": "share of patients who die of toxicity in the first half year",
}
_DRUG_UNITS = {"discontinuation": "1/year"}
_POSOLOGY = {
    "dose": ("", "dose of one administration, or of one day of an oral drug"),
    "loading": ("", "first dose, where it is another"),
    "most_surface": ("m2", "body surface that is dosed for at most"),
    "cycle_days": ("days", "length of a cycle"),
    "days": ("days of the cycle", "days on which it is given, the first is day 1"),
    "first_days": ("days of the first cycle", "days on which it is given besides"),
    "on_days": ("days", "days of each cycle on which it is taken"),
    "minutes": ("minutes", "length of an infusion"),
    "loading_minutes": ("minutes", "length of the first infusion"),
    "sizes": ("mg", "sizes of vials, syringes or tablets that the catalog may use"),
}
"""Fields of a posology with their units and in words; the unit of a dose is its own."""
_EVERY_DAY = "taken every day: the length of the cycle is a convention"
_SCREENING = {
    "first_age": "years",
    "last_age": "years",
    "interval": "years",
    "participation": "share",
}
_BODY = {
    "weight": "kg",
    "weight_sd": "kg",
    "height": "cm",
    "height_sd": "cm",
    "correlation": "correlation",
    "creatinine": "mg/dl",
}


def target_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """What was observed, of every target, of the group or of the cell `only`."""
    for group in catalog.targets.values():
        for name, cell in group.cells.items():
            owner = f"{group.name}.{name}"
            if only and only not in (group.name, owner):
                continue
            upper = "upper bound of: " if cell.at_most else ""
            yield Coded(
                owner, f"target.{owner}", TARGETS, cell.observed, cell.unit,
                f"{upper}{cell.description}", cell.population, tuple(cell.sources),
                note=f"{cell.se_reason}. {cell.note}", apart=origin(cell.status, tuple(cell.sources)),
                bound="<=" if cell.at_most else "",
            )  # fmt: skip


def parameter_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Every number of every parameter as it was before any fit, or of the parameter `only`."""
    for key, parameter in catalog.parameters.items():
        if only and only != key:
            continue
        kind = UTILITIES if key.startswith("utility.") else PARAMETERS
        apart = origin(parameter.status, parameter.sources)
        for item, value in parameter.priors.items():
            what = f"{parameter.description}: {item}" if item else parameter.description
            yield Coded(
                key, f"parameter.{full_name(key, item)}", kind, value, parameter.unit, what,
                parameter.population, parameter.sources, note=parameter.note, apart=apart,
                slack=SHARE_TOLERANCE if key in SUM_TO_ONE else 0.0,
            )  # fmt: skip


def drug_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Toxicity of every drug, or of the drug whose key is `only`, and what of it reaches the brain."""
    for name, drug in catalog.drugs.items():
        if not only or only == f"drug.{name}":
            yield from _of_drug(name, drug)


def _of_drug(name: str, drug: Drug) -> Iterator[Coded]:
    owner, sources = f"drug.{name}", tuple(drug.sources)
    for field, what in _DRUG_FIELDS.items():
        yield of_entry(
            drug, owner, field, DRUGS, getattr(drug, field), _DRUG_UNITS.get(field, "share"),
            f"{name}: {what}", drug.population,
        )  # fmt: skip
    reach = origin("", tuple(source for source in sources if source == "RES-64"))
    yield Coded(
        owner, f"{owner}/exposure.brain", DRUGS, drug.exposure.numbers()[_brain(drug)], "share",
        f"{name}: share of the kill that reaches the brain", drug.population, ("RES-64",), apart=reach,
    )  # fmt: skip


def _brain(drug: Drug) -> int:
    return list(type(drug.exposure).model_fields).index("brain")


def dose_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Numbers of every posology, regimen and population of bodies, or of the one whose key is `only`."""
    for key, entry in catalog.dosing.entries().items():
        if only and only != key:
            continue
        kind = BODIES if isinstance(entry, Body) else DOSES
        daily = isinstance(entry, Posology) and entry.on_days == entry.cycle_days
        for name, value, unit, what in _of_dose(entry, catalog.dosing.drugs):
            convention = _EVERY_DAY if daily and name in ("on_days", "cycle_days") else ""
            yield of_entry(entry, key, name, kind, value, unit, f"{key}: {what}", "", convention)


def _of_dose(
    entry: Any, usual: Mapping[str, Posology]
) -> Iterator[tuple[str, float | str, str, str]]:
    """Name, value, unit and description of each number of an entry; `usual` posologies by drug."""
    if isinstance(entry, Body):
        for name, unit in _BODY.items():
            yield name, getattr(entry, name), unit, f"{entry.description}: {name.replace('_', ' ')}"
    elif isinstance(entry, Posology):
        for name, (unit, what) in _POSOLOGY.items():
            value = getattr(entry, name)
            if value not in (None, []) and not (entry.route == "oral" and name == "days"):
                yield name, _number_or_list(value), unit or entry.unit, f"{what}, {entry.route}"
    elif isinstance(entry, OfRegimen):
        for drug, fields in entry.drugs.items():
            for name, value in fields.items():
                if name in _POSOLOGY:
                    unit, what = _POSOLOGY[name]
                    unit = unit or str(fields.get("unit", usual[drug].unit))
                    yield f"{drug}/{name}", _number_or_list(value), unit, f"{what}, of {drug}"


def _number_or_list(value: Any) -> float | str:
    """A number, or several as text: 1, 8."""
    return ", ".join(f"{v:g}" for v in value) if isinstance(value, list) else float(value)


def policy_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Numbers of every screening programme and adjuvant era, or of the one whose key is `only`."""
    for name, programme in catalog.policies.screening.items():
        owner = f"screening.{name}"
        if not only or only == owner:
            for field, unit in _SCREENING.items():
                yield _of_policy(
                    owner,
                    field,
                    getattr(programme, field),
                    unit,
                    field.replace("_", " "),
                    programme,
                )
    for name, era in catalog.policies.adjuvant.items():
        owner = f"adjuvant.{name}"
        if not only or only == owner:
            yield from _of_era(owner, era)


def _of_era(owner: str, era: AdjuvantEra) -> Iterator[Coded]:
    for rule in era.give:
        whom = _whom(rule)
        yield _of_policy(
            owner, f"{rule.therapy} [{whom}]", rule.share, "share",
            f"share given adjuvant {rule.therapy}, of {whom}", era,
        )  # fmt: skip
    for drug, share in era.made_of.model_dump().items():
        if "made_of" in era.model_fields_set:
            what = (
                f"share of {drug.replace('_', ' ')} in the chemotherapy or endocrine therapy given"
            )
            yield _of_policy(owner, f"made_of/{drug}", share, "share", what, era)
    if era.endocrine_stopping:
        what = "hazard of stopping endocrine therapy before its course is over"
        yield _of_policy(owner, "endocrine_stopping", era.endocrine_stopping, "1/year", what, era)


def _of_policy(
    owner: str,
    name: str,
    value: float,
    unit: str,
    what: str,
    policy: ScreeningProgramme | AdjuvantEra,
) -> Coded:
    told = f"{policy.description}: {what}"
    return of_entry(policy, owner, name, POLICIES, value, unit, told, policy.population)


def _whom(rule: Rule) -> str:
    asked = rule.model_dump(exclude={"therapy", "share"}, exclude_none=True)
    return ", ".join(f"{name} {value}" for name, value in asked.items()) or "all women"


def life_table_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """The life table at some ages; nothing of any other key than its own."""
    sources = catalog.life_table_sources
    for row in catalog.life_table:
        if row.age in SAMPLED_AGES and only in ("", "life_table"):
            yield Coded(
                "life_table", f"life_table/{row.age}", LIFE_TABLE, row.rate_per_year, "1/year",
                f"mortality of women at age {row.age} from all causes", "US women, 2014", sources,
                apart=origin("", sources),
            )  # fmt: skip
