"""What the file of a scenario says besides its prices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from seedsoil.catalog.entry import Entry
from seedsoil.catalog.reference_cases import Rate


class ScenarioEntry(Entry):
    """The table `[scenario]` of a scenario's file."""

    description: str = ""
    horizon: Annotated[float, Field(ge=0.003, le=150.0)] | None = None
    discount_costs: Rate | None = None
    discount_effects: Rate | None = None
    set: dict[str, float | str] = Field(default_factory=dict)
