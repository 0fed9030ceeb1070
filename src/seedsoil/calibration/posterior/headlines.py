"""What a default run and a comparison of strategies report, of the women of one point."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.target_statistics import (
    found_in_life,
    net_incidence,
    operated,
    quantile,
    share,
)
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.run.simulate import ADJUVANT, SCREENING
from seedsoil.simulation.shards import SHARD, simulate_rows
from seedsoil.vocabulary import OUTCOMES

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

REFERENCE, STRATEGY = "pre-2013", "2022"
HEADLINES = {
    "median_survival": "median survival with metastatic disease under 2022, years",
    "alive_5": "alive at 5 years under 2022, share",
    "alive_10": "alive at 10 years under 2022, share",
    "life_years": "life years with metastatic disease under 2022",
    "gain": "life years gained by 2022 over pre-2013",
    "distant_10": "distant recurrence within 10 years, share",
    "eradicated": "every colony eradicated under 2022, of women found in life, share",
}
"""Names of the headlines, and what they are."""


def headlines(
    catalog: Catalog, women: int, *, seed: int, first: int
) -> list[tuple[float, float, int]]:
    """Value, Monte-Carlo variance and 0 for each of `HEADLINES`; both strategies have the same women."""
    p = kernel_parameters(catalog, seed=seed, screening=SCREENING, adjuvant=ADJUVANT)
    rows = {name: _rows(catalog, p, name, women, first) for name in (REFERENCE, STRATEGY)}
    now, before = found_in_life(rows[STRATEGY]), found_in_life(rows[REFERENCE])
    years = now["died_at"] - now["metastatic_at"]
    gained = years - (before["died_at"] - before["metastatic_at"])
    healthy = operated(rows[STRATEGY])
    recurred = net_incidence(healthy["metastatic_at"], healthy["died_at"], [10.0])["10y"]
    cells = {
        "median_survival": quantile(years, 0.5),
        "alive_5": share(years > 5.0),
        "alive_10": share(years > 10.0),
        "life_years": _mean(years),
        "gain": _mean(gained),
        "distant_10": recurred,
        "eradicated": share(now["outcome"] == OUTCOMES.index("eradicated")),
    }
    # not one of their women counts, as with the cells of the natural history
    return [(value, error**2, 0) for value, error in (cells[name] for name in HEADLINES)]


def _rows(catalog: Catalog, p: Any, strategy: str, women: int, first: int) -> Any:
    plan, _ = treatment_plan(catalog, p, before=catalog.strategy(strategy))
    parts = [
        simulate_rows(
            p, first + start, min(SHARD, women - start), details=False, plan=plan
        ).patients
        for start in range(0, women, SHARD)
    ]
    return np.concatenate(parts).view(np.recarray)


def _mean(values: Any) -> tuple[float, float]:
    if values.size < 2:
        return math.nan, math.inf
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(values.size))
