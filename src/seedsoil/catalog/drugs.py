"""Drugs and regimens: what they may say, and what their fields must say together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, create_model

from seedsoil.catalog.complaints import not_allowed, unknown_agent
from seedsoil.catalog.entry import (
    ByItem,
    Confidence,
    Duration,
    Entry,
    Factor,
    Share,
    Status,
    Text,
)
from seedsoil.vocabulary import (
    CLASSES,
    MECHANISMS,
    ORGANS,
    SUBTYPE_KEYS,
    Biomarker,
    DrugClass,
    Mechanism,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    class BySubtype(ByItem):
        """A factor for each subtype."""

    class ByOrgan(ByItem):
        """A share for each organ."""

else:
    BySubtype = create_model(
        "BySubtype",
        __base__=ByItem,
        __doc__="A factor for each subtype.",
        **dict.fromkeys(SUBTYPE_KEYS, Factor),
    )
    ByOrgan = create_model(
        "ByOrgan",
        __base__=ByItem,
        __doc__="A share for each organ.",
        **dict.fromkeys(ORGANS, Share),
    )

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_-]*")
"""Names of drugs and regimens are parts of keys such as drug.NAME, so no dot, colon or space."""

MOST_KILL = 1000.0
"""Per year, of a user's drug: half the sensitive cells in six hours. The catalog's own are below 405."""


class Drug(Entry):
    """One drug.

    The kill of sensitive cells by mechanism m in organ o is

        k_m · subtypes[subtype] · (1 with the biomarker, `without` without it) · exposure[o]   per year

    where ln k_m is the parameter `drug.log_kill`, item "drug.mechanism", or, for a drug of a user's
    file, the ln of its `kill`, or that of the drug `kill_of`, whose `drug.potency` it shares too. Women
    with HER2-positive disease count as having the biomarker `her2_low`: the antibody finds its target
    in them. `grade3_plus` (share of patients), `discontinuation` (hazard of stopping the drug for
    toxicity, per year) and `toxic_death` (share of patients, in the first half year) are the drug's
    own, beyond its partners': a regimen's shares are 1 - Π(1 - share) over its drugs, its hazard the
    sum.
    """

    drug_class: DrugClass = Field(alias="class")
    description: Text
    mechanisms: Annotated[list[Mechanism], Field(min_length=1)]
    subtypes: BySubtype
    biomarker: Biomarker | None = None
    without: Factor | None = None
    exposure: ByOrgan
    kill: dict[str, float] | None = None
    kill_of: Text | None = None
    grade3_plus: Share
    discontinuation: Annotated[float, Field(ge=0.0, le=10.0)]
    toxic_death: Annotated[float, Field(ge=0.0, le=0.5)]
    schedule: Text
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    def kill_item(self, name: str, mechanism: str) -> str:
        """The item of `drug.log_kill` and `drug.potency` that holds its numbers; `name` is the drug's own."""
        return f"{self.kill_of or name}.{mechanism}"


class RegimenDrug(Entry):
    """A drug of a regimen: for `months` or until progression, its kill times `dose`.

    With a dose of 0 it is given, and toxic, but adds no kill to that of its partners.
    """

    drug: Text
    months: Duration | None = None
    dose: Annotated[float, Field(ge=0.0, le=5.0)] = 1.0


class Regimen(Entry):
    """Drugs given together as one line of therapy."""

    description: Text
    drugs: Annotated[list[RegimenDrug], Field(min_length=1)]
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


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
        if not 0.0 < kill <= MOST_KILL:
            problems.append(
                f"{where}: kill: {given} is {kill:g}; it must be above 0 and at most {MOST_KILL:g}, per year"
            )


def check_regimen(
    where: str, name: str, regimen: Regimen, drugs: Collection[str], problems: list[str]
) -> None:
    """Add a line for each thing wrong with `regimen`, which may name `drugs`."""
    check_name(where, name, problems)
    names = [part.drug for part in regimen.drugs]
    for drug in dict.fromkeys(names):
        if drug not in drugs:
            problems.append(unknown_agent(where, "drug", drug, drugs, "drug"))
        if names.count(drug) > 1:
            problems.append(f"{where}: drug '{drug}' is named twice")
