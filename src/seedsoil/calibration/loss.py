"""The loss of the fit: targets and priors as residuals in units of their standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.calibration.groups import GROUPS, simulate_group
from seedsoil.calibration.scenarios import SCENARIOS, scenario_parameters, simulate_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from seedsoil.calibration.target_statistics import Cells
    from seedsoil.catalog import Catalog

# A statistic that does not exist (no woman in a cell) counts as this many standard deviations off.
_MISSING = 20.0


@dataclass(frozen=True)
class Comparison:
    """One target beside its simulated value.

    `se` is the target's sampling error, `discrepancy` the stated mismatch of population or
    definition, `mc` the Monte-Carlo error. `z` counts sampling and Monte-Carlo error only.
    """

    group: str
    cell: str
    observed: float
    simulated: float
    se: float
    discrepancy: float
    mc: float
    unit: str
    fitted: bool
    at_most: bool = False

    @property
    def excess(self) -> float:
        """simulated - observed; below an upper bound, 0."""
        difference = self.simulated - self.observed
        return max(difference, 0.0) if self.at_most else difference

    @property
    def z(self) -> float:
        """(simulated - observed) in standard errors of sampling and Monte-Carlo."""
        return self.excess / math.hypot(self.se, self.mc)

    @property
    def z_stated(self) -> float:
        """The same with the stated discrepancy in the denominator."""
        return self.excess / math.hypot(self.se, self.mc, self.discrepancy)


def simulate_groups(
    catalog: Catalog,
    *,
    women: int,
    seed: int,
    first: int = 0,
    scenarios: Iterable[str] = SCENARIOS,
) -> dict[str, Cells]:
    """The statistics of every group that some of `scenarios` enter (all needed ones are simulated)."""
    changed = set(scenarios)
    names = [name for name, (needed, _) in GROUPS.items() if changed & set(needed)]
    wanted = {scenario for name in names for scenario in GROUPS[name][0]}
    rows = {
        scenario: simulate_scenario(catalog, scenario, women=women, seed=seed, first=first)
        for scenario in SCENARIOS
        if scenario in wanted
    }
    parameters = scenario_parameters(catalog, "untreated", seed)
    return {name: simulate_group(name, rows, parameters, catalog.targets) for name in names}


def compare(catalog: Catalog, simulated: Mapping[str, Cells]) -> list[Comparison]:
    """Every target with a simulated statistic, beside it, in catalog order."""
    rows: list[Comparison] = []
    for group, cells in simulated.items():
        for cell, target in catalog.targets[group].cells.items():
            if cell in cells:
                value, mc = cells[cell]
                rows.append(
                    Comparison(
                        group,
                        cell,
                        target.observed,
                        value,
                        target.se,
                        target.discrepancy,
                        mc,
                        target.unit,
                        target.fitted,
                        target.at_most,
                    )
                )
    return rows


def residuals(
    rows: Iterable[Comparison], mc: Mapping[tuple[str, str], float]
) -> NDArray[np.float64]:
    """Residuals of the fitted targets; the Monte-Carlo errors `mc` are held fixed during a fit."""
    result = [
        row.excess / math.hypot(row.se, row.discrepancy, mc.get((row.group, row.cell), 0.0))
        for row in rows
        if row.fitted
    ]
    known: NDArray[np.float64] = np.nan_to_num(
        np.array(result), nan=_MISSING, posinf=_MISSING, neginf=-_MISSING
    )
    return known
