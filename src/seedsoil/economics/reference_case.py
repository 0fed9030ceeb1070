"""Reference cases by name: NICE, Canada's Drug Agency, ICER, the Second Panel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.catalog import load
from seedsoil.catalog.complaints import unknown
from seedsoil.errors import InputError, text

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.catalog.reference_cases import Impact, ReferenceCaseEntry, SeverityLevel


@dataclass(frozen=True)
class ReferenceCase:
    """How an agency wants an evaluation done; rates are a year, thresholds in `currency` for a QALY.

    `horizon` is in years, infinite for a lifetime. `thresholds` are those in force, `announced_thresholds`
    those to come.
    """

    name: str
    entry: ReferenceCaseEntry

    @classmethod
    def load(cls, name: str, catalog: Catalog | None = None) -> ReferenceCase:
        """The reference case `name`: nice, cda-amc, icer or second-panel, or one of a catalog directory.

        Raises `InputError` with the nearest name.
        """
        known = (load() if catalog is None else catalog).costs.reference_cases
        text("reference_case", name, example="nice")
        if name not in known:
            raise InputError(unknown("reference case", "name", name, known))
        return cls(name, known[name])

    @property
    def description(self) -> str:
        """What it is."""
        return self.entry.description

    @property
    def currency(self) -> str:
        """The currency of its thresholds."""
        return self.entry.currency

    @property
    def perspective(self) -> str | None:
        """The packaged perspective that fits it best; None if there is none."""
        return self.entry.perspectives[0] if self.entry.perspectives else None

    @property
    def views(self) -> tuple[str, ...]:
        """Whose costs are counted, in the order of importance: "health", "societal"."""
        return tuple(self.entry.views)

    @property
    def discount_costs(self) -> float:
        """Rate a year at which costs are discounted."""
        return self.entry.discount_costs

    @property
    def discount_effects(self) -> float:
        """Rate a year at which QALYs and life-years are discounted."""
        return self.entry.discount_effects

    @property
    def discount_form(self) -> str:
        """`continuous`, or `annual` as of a spreadsheet with yearly cycles."""
        return self.entry.discount_form

    @property
    def horizon(self) -> float:
        """Years counted; infinite for a lifetime."""
        return math.inf if self.entry.horizon == "lifetime" else float(self.entry.horizon)

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Money for a QALY, lowest first."""
        return tuple(sorted(self.entry.thresholds))

    @property
    def announced_thresholds(self) -> tuple[float, ...]:
        """Money for a QALY that was announced to replace `thresholds`; empty if none was."""
        return tuple(sorted(self.entry.announced_thresholds))

    @property
    def probabilistic(self) -> bool:
        """Whether the base case is the mean of the probabilistic analysis."""
        return self.entry.base_case == "probabilistic"

    @property
    def fully_incremental(self) -> bool:
        """Whether all strategies are compared with each other and the dominated left out."""
        return self.entry.incremental == "full"

    @property
    def severity(self) -> tuple[SeverityLevel, ...]:
        """The levels of severity at which QALYs count more; empty where they never do."""
        return tuple(self.entry.severity)

    @property
    def inventory(self) -> tuple[Impact, ...]:
        """The impact inventory; empty where none is asked for."""
        return tuple(self.entry.inventory)

    def weight(self, absolute: float, proportional: float) -> float:
        """What a QALY counts at this absolute and proportional shortfall: the highest weight either earns."""
        return max(
            (
                level.weight
                for level in self.severity
                if _within(absolute, level.absolute_from, level.absolute_to)
                or _within(proportional, level.proportional_from, level.proportional_to)
            ),
            default=1.0,
        )


def _within(value: float, low: float, high: float | None) -> bool:
    return value >= low and (high is None or value < high)
