"""Targets: the numbers of the natural history that the model is compared with, and is fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from seedsoil.catalog.entry import Confidence, Entry, Status, Text
from seedsoil.catalog.sources import Source, check_provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["calibration", "comparison", "validation"]
TargetUnit = Literal[
    "share",
    "mm",
    "days",
    "months",
    "years",
    "1/year",
    "ln(odds ratio)",
    "ln(rate ratio)",
    "colonies",
]

TARGET_DEFAULTS = (
    "se_reason",
    "discrepancy",
    "discrepancy_reason",
    "unit",
    "population",
    "sources",
    "status",
    "confidence",
    "role",
    "fitted",
    "note",
)
"""Fields of a target that may be given once for all cells of a file."""


class Target(Entry):
    """One number the model is compared with.

    `se` is the sampling standard error in the unit of `observed`; `discrepancy` is a further standard
    deviation for a known mismatch of population or definition, with its reason. Only `fitted` cells
    enter the loss; they have role `calibration`. With `at_most`, `observed` is an upper bound.
    """

    description: Text
    observed: float
    se: Annotated[float, Field(gt=0.0)]
    se_reason: Text
    discrepancy: Annotated[float, Field(ge=0.0)] = 0.0
    discrepancy_reason: str = ""
    unit: TargetUnit
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    role: Role
    fitted: bool
    at_most: bool = False
    note: str = ""


@dataclass(frozen=True)
class TargetGroup:
    """Targets that are read from one table or figure: cells by name."""

    name: str
    description: str
    cells: Mapping[str, Target]


def check_target(
    where: str, target: Target, sources: Mapping[str, Source], problems: list[str]
) -> None:
    """Add a line for each thing wrong with `target`, whose own fields are sound."""
    refusal = "is fitted, but source {key} has role {role}" if target.fitted else None
    check_provenance(where, target.sources, target.status, sources, refusal, problems)
    if target.fitted and target.role != "calibration":
        problems.append(
            f"{where}: has role {target.role} and must not be fitted; only calibration may be"
        )
    if target.discrepancy > 0 and not target.discrepancy_reason:
        problems.append(f"{where}: discrepancy_reason is missing")
