"""Published results of trials beside the model, on the scale of the fit of the drugs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.drug_targets import women_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.calibration.drug_targets import Target
    from seedsoil.trials.endpoints import Simulated


@dataclass(frozen=True)
class Cell:
    """One published result beside the model: on the scale of the fit, and z = (simulated - expected)/σ."""

    trial: str
    arm: str
    endpoint: str
    among: tuple[tuple[str, Any], ...]
    published: float
    expected: float
    simulated: float
    sigma: float
    women: int
    z_limits: tuple[float, float] = (-math.inf, math.inf)

    @property
    def z(self) -> float:
        """(simulated - expected) in standard errors of sampling and stated discrepancy.

        0 where the published number is a bound and the simulated one is on its side.
        """
        z = (self.simulated - self.expected) / self.sigma
        return float(np.clip(z, *self.z_limits))

    def natural(self) -> str:
        """The simulated value in words: a hazard ratio, or a share (at a median: free of the event).

        A dash where too few women are simulated to say.
        """
        if not np.isfinite(self.simulated):
            return "–"
        if self.endpoint.endswith("_hr"):
            return f"{np.exp(self.simulated):.3g}"
        share = f"{1.0 / (1.0 + np.exp(-self.simulated)):.1%}"
        return f"{share} free of it then" if self.endpoint.endswith("_median") else share


def cells_of(simulated: Simulated, fitted: Iterable[Target]) -> list[Cell]:
    """The published results of one trial beside the model."""
    return [
        Cell(
            simulated.trial.name, one.arm, one.endpoint, tuple(one.conditions.items()),
            target.published, target.expected, target.statistic(simulated), target.sigma,
            int(women_of(simulated, one).sum()), target.z_limits,
        )
        for target in fitted
        for one in (target.wanted,)
    ]  # fmt: skip


def cell_records(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Results as dictionaries, for a program."""
    return [
        {"trial": cell.trial, "arm": cell.arm, "endpoint": cell.endpoint,
         "among": {name: str(value) for name, value in cell.among},
         "published": cell.published, "expected": cell.expected,
         "simulated": cell.simulated, "sigma": cell.sigma, "z": cell.z, "women": cell.women}
        for cell in cells
    ]  # fmt: skip


def squares(cells: Iterable[Cell]) -> float:
    """Σ z² of results; those of too few women say nothing."""
    return sum(cell.z**2 for cell in cells if math.isfinite(cell.z))


def among(cell: Cell) -> str:
    """The subgroup of a result in words; empty for all women."""
    return ", ".join(f"{name} = {value}" for name, value in cell.among)
