"""What the fields of a drug or regimen must say together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from seedsoil.catalog.schema import not_allowed, unknown
from seedsoil.vocabulary import CLASSES, MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seedsoil.catalog.reading import Raw
    from seedsoil.catalog.treatment_schema import Drug, Regimen

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_-]*")
"""Names of drugs and regimens are parts of keys such as drug.NAME, so no dot, colon or space."""


class Known(NamedTuple):
    """The drugs and regimens that a file may name: the catalog's and its own."""

    drugs: Mapping[str, Drug]
    regimens: Mapping[str, Regimen]


def drug_items(drugs: Mapping[str, Raw]) -> tuple[str, ...]:
    """The items of `drug.log_kill`: "drug.mechanism" for each mechanism of each packaged drug."""
    items: list[str] = []
    for name, raw in drugs.items():
        mechanisms: Any = raw.data.get("mechanisms")
        if isinstance(mechanisms, list) and "kill_of" not in raw.data:
            items += [f"{name}.{mechanism}" for mechanism in mechanisms]
    return tuple(items)


def check_name(where: str, name: str, problems: list[str]) -> None:
    """A line if `name` may not name a drug or regimen."""
    if not _NAME.fullmatch(name):
        problems.append(f"{where}: a name has letters, digits, '+', '_' and '-' only")
    elif name in MECHANISMS or name in CLASSES:
        problems.append(f"{where}: '{name}' names a mechanism or class; give another name")


def check_drug(
    where: str, name: str, drug: Drug, items: Collection[str], problems: list[str]
) -> None:
    """Add a line for each thing wrong with `drug`; `items` are those of `drug.log_kill`."""
    check_name(where, name, problems)
    if len(set(drug.mechanisms)) < len(drug.mechanisms):
        problems.append(f"{where}: mechanisms: one is named twice")
    if (drug.biomarker is None) != (drug.without is None):
        given, missing = ("biomarker", "without") if drug.biomarker else ("without", "biomarker")
        problems.append(f"{where}: {given} is given and {missing} is missing; they go together")
    if (drug.price_per_month is None) != (drug.price_unit is None):
        problems.append(f"{where}: price_per_month and price_unit go together; one is missing")
    if not any(drug.subtypes.numbers()):
        problems.append(f"{where}: subtypes: every factor is 0, so it would act in nobody")
    if drug.kill is not None and drug.kill_of is not None:
        problems.append(f"{where}: kill and kill_of are both given; give one")
    if drug.kill is None:
        wanted = {mechanism: drug.kill_item(name, mechanism) for mechanism in drug.mechanisms}
        problems.extend(
            f"{where}: kill is missing: the catalog has no drug.log_kill of {item}; "
            f"give kill = {{ {mechanism} = ... }}, per year"
            for mechanism, item in wanted.items()
            if item not in items
        )
        return
    problems.extend(
        f"{where}: kill: missing mechanism {mechanism}"
        for mechanism in drug.mechanisms
        if mechanism not in drug.kill
    )
    for given, kill in drug.kill.items():
        if given not in MECHANISMS:
            problems.append(f"{where}: kill: {not_allowed(given, MECHANISMS)}")
        elif given not in drug.mechanisms:
            problems.append(f"{where}: kill: {given} is not among its mechanisms")
        if kill <= 0.0:
            problems.append(f"{where}: kill: {given} is {kill:g}; it must be above 0, per year")


def check_regimen(
    where: str, name: str, regimen: Regimen, drugs: Collection[str], problems: list[str]
) -> None:
    """Add a line for each thing wrong with `regimen`, which may name `drugs`."""
    check_name(where, name, problems)
    names = [part.drug for part in regimen.drugs]
    for drug in dict.fromkeys(names):
        if drug not in drugs:
            problems.append(unknown(where, "drug", drug, drugs))
        if names.count(drug) > 1:
            problems.append(f"{where}: drug '{drug}' is named twice")


def check_treatment(
    drugs: Mapping[str, Drug],
    regimens: Mapping[str, Regimen],
    raw_drugs: Mapping[str, Raw],
    raw_regimens: Mapping[str, Raw],
    items: Collection[str],
    problems: list[str],
) -> None:
    """Check a catalog's drugs and regimens whose own fields are sound, as written in `raw_...`."""
    for name, drug in drugs.items():
        check_drug(f"{raw_drugs[name].file}: drug.{name}", name, drug, items, problems)
    for name, regimen in regimens.items():
        # a drug with a problem of its own is known all the same
        where = f"{raw_regimens[name].file}: regimen.{name}"
        check_regimen(where, name, regimen, raw_drugs, problems)
