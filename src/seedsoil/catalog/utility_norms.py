"""Norms of utility: what a year is worth to people in general, by age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from seedsoil.catalog.complaints import check_entry
from seedsoil.catalog.entry import Confidence, Entry, Status, Text
from seedsoil.catalog.life_table import LAST_AGE
from seedsoil.catalog.sources import check_provenance
from seedsoil.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog.sources import Source

Age = Annotated[float, Field(ge=0.0, le=120.0)]


class UtilityNorm(Entry):
    """Utility of the general population: intercept + male + age a + age_squared a^2, at age a in years.

    `male` is added for men. Below the first and above the last of the `ages` it is that at the nearest age.
    `death_probabilities`: of women of the same population, within a year, by age from 0; where there are none
    the catalog's life table stands for them.
    """

    description: Text
    instrument: Text
    population: Text
    intercept: float
    male: float
    age: float
    age_squared: float
    ages: Annotated[list[Age], Field(min_length=2, max_length=2)]
    death_probabilities: list[Annotated[float, Field(ge=0.0, lt=1.0)]] = Field(default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


def build_norms(
    where: str, table: Mapping[str, Any], sources: Mapping[str, Source], problems: list[str]
) -> dict[str, UtilityNorm]:
    """The norms of a file with a table a norm; problems are added."""
    found: dict[str, UtilityNorm] = {}
    for name, data in table.items():
        here = f"{where}: {name}"
        if not isinstance(data, dict):
            problems.append(f"{here}: must be a table [{name}], not {shown(data)}")
            continue
        entry = check_entry(UtilityNorm, data, here, problems)
        if entry is None:
            continue
        check_provenance(here, entry.sources, entry.status, sources, None, problems)
        if entry.ages[0] >= entry.ages[1]:
            problems.append(f"{here}: ages {entry.ages[0]:g} to {entry.ages[1]:g} are empty")
        if 0 < len(entry.death_probabilities) <= LAST_AGE:
            problems.append(
                f"{here}: death_probabilities end at age {len(entry.death_probabilities) - 1}; they must "
                f"reach {LAST_AGE}"
            )
        found[name] = entry
    return found
