"""Reference cases: how an agency wants an evaluation done, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from seedsoil.catalog.complaints import check_entry, unknown
from seedsoil.catalog.entry import Confidence, Entry, Share, Status, Text
from seedsoil.catalog.sources import check_provenance
from seedsoil.errors import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seedsoil.catalog.sources import Source

Rate = Annotated[float, Field(ge=0.0, le=0.2)]
"""A year; 0.035 is 3.5 %."""
Threshold = Annotated[float, Field(gt=0.0)]
"""Money for a QALY."""


class SeverityLevel(Entry):
    """QALYs count `weight` times where either shortfall lies in its half-open range, `to` excluded.

    `absolute`: QALYs lost, from the first to below the second number; `proportional`: the share of the
    QALYs without the disease. A range without an end goes on.
    """

    weight: Annotated[float, Field(ge=1.0, le=5.0)]
    absolute_from: Annotated[float, Field(ge=0.0)]
    absolute_to: Annotated[float, Field(ge=0.0)] | None = None
    proportional_from: Share
    proportional_to: Share | None = None


class Impact(Entry):
    """A row of an impact inventory: whether a sector's consequence is in the analysis, by perspective."""

    sector: Text
    consequence: Text
    health: bool
    societal: bool
    items: list[Text]
    note: str = ""


class ReferenceCaseEntry(Entry):
    """A reference case as written; `perspectives` are the packaged ones that fit it, the usual one first."""

    description: Text
    agency: Text
    currency: Text
    perspectives: list[Text]
    views: Annotated[list[Literal["health", "societal"]], Field(min_length=1)]
    discount_costs: Rate
    discount_effects: Rate
    discount_form: Literal["continuous", "annual"]
    alternative_rates: list[Rate] = Field(default_factory=list)
    horizon: Literal["lifetime"] | Annotated[float, Field(gt=0.0, le=150.0)]
    incremental: Literal["full", "pairwise"]
    base_case: Literal["probabilistic", "deterministic"]
    thresholds: Annotated[list[Threshold], Field(min_length=1)]
    announced_thresholds: list[Threshold] = Field(default_factory=list)
    severity: list[SeverityLevel] = Field(default_factory=list)
    inventory: list[Impact] = Field(default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


def build_reference_cases(
    where: str,
    table: Mapping[str, Any],
    sources: Mapping[str, Source],
    items: Collection[str],
    problems: list[str],
) -> dict[str, ReferenceCaseEntry]:
    """The reference cases of a file with a table a case; problems are added."""
    found: dict[str, ReferenceCaseEntry] = {}
    for name, data in table.items():
        here = f"{where}: {name}"
        if not isinstance(data, dict):
            problems.append(f"{here}: must be a table [{name}], not {shown(data)}")
            continue
        entry = check_entry(ReferenceCaseEntry, data, here, problems)
        if entry is None:
            continue
        check_provenance(here, entry.sources, entry.status, sources, None, problems)
        groups = {item.partition(".")[0] for item in items}
        for row in entry.inventory:
            problems.extend(
                unknown(f"{here}: inventory: {row.consequence}", "item", item, [*items, *groups])
                for item in row.items
                if item not in items and item not in groups
            )
        before = 1.0
        for number, level in enumerate(entry.severity, start=1):
            if level.weight <= before:
                problems.append(
                    f"{here}: severity {number}: weight {level.weight:g} does not exceed that before it"
                )
            before = level.weight
        found[name] = entry
    return found
