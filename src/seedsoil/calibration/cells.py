"""Published results of trials beside the model, on the scale of the fit of the drugs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.drug_targets import women_of
from seedsoil.display.words import percent, signed
from seedsoil.trials.endpoints import among_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.calibration.drug_targets import Target
    from seedsoil.trials.endpoints import Simulated


TOO_FEW = "too few women"


@dataclass(frozen=True)
class Cell:
    """One published result beside the model: on the scale of the fit, and z = (simulated - expected)/σ.

    `natural`: the simulated value in the unit of the published one: months, a share or a hazard ratio.
    """

    trial: str
    arm: str
    endpoint: str
    among: tuple[tuple[str, Any], ...]
    published: float
    expected: float
    simulated: float
    sigma: float
    women: int
    natural: float
    unit: str
    z_limits: tuple[float, float] = (-math.inf, math.inf)

    @property
    def z(self) -> float:
        """(simulated - expected) in standard errors of sampling and stated discrepancy.

        0 where the published number is a bound and the simulated one is on its side.
        """
        z = (self.simulated - self.expected) / self.sigma
        return float(np.clip(z, *self.z_limits))

    def words(self) -> list[str]:
        """Published, simulated, both in the unit of what was published, and their distance z."""
        published = _in_unit(self.published, self.unit)
        if not np.isfinite(self.simulated):
            return [published, TOO_FEW, "–"]
        return [published, _in_unit(self.natural, self.unit), signed(self.z, 1)]


def _in_unit(value: float, unit: str) -> str:
    """`24.8 months`, `42.0 %`, `0.58`."""
    if unit == "share":
        return percent(value, 1)
    return f"{value:.1f} {unit}" if unit == "months" else f"{value:.2f}"


def cells_of(simulated: Simulated, fitted: Iterable[Target]) -> list[Cell]:
    """The published results of one trial beside the model."""
    return [
        Cell(
            simulated.trial.name, one.arm, one.endpoint, tuple(one.conditions.items()),
            target.published, target.expected, value, target.sigma,
            int(women_of(simulated, one).sum()), target.natural(simulated, value), target.unit,
            target.z_limits,
        )
        for target in fitted
        for one in (target.wanted,)
        for value in (target.statistic(simulated),)
    ]  # fmt: skip


def cell_records(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Results as dictionaries, for a program."""
    return [
        {"trial": cell.trial, "arm": cell.arm, "endpoint": cell.endpoint,
         "among": {name: str(value) for name, value in cell.among},
         "published": cell.published, "expected": cell.expected,
         "simulated": cell.simulated, "sigma": cell.sigma, "z": cell.z, "women": cell.women,
         "unit": cell.unit, "simulated_value": cell.natural}
        for cell in cells
    ]  # fmt: skip


def squares(cells: Iterable[Cell]) -> float:
    """Σ z² of results; those of too few women say nothing."""
    return sum(cell.z**2 for cell in cells if math.isfinite(cell.z))


def among(cell: Cell) -> str:
    """The subgroup of a result in words; empty for all women."""
    return among_words(dict(cell.among))
