"""Which statistic each group of targets is compared with, and the scenarios it is taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.calibration.multiplicity import multiplicity
from seedsoil.calibration.target_statistics import (
    Cells,
    Scenarios,
    adjuvant_ratio,
    colonies_before_surgery,
    critical_diameter,
    de_novo_odds,
    de_novo_organs,
    de_novo_sites,
    doubling_time,
    growth_10_20,
    late_distant,
    locoregional_first,
    node_positivity,
    overview_distant,
    presentation,
    recurrence_hazard,
    relapse_n0,
    relapse_organs,
    relapse_size_nodes,
    size_symptomatic,
    stage_screened,
    survival_metastatic,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seedsoil.catalog.targets import TargetGroup

# Group of targets → the scenarios (see `calibration.scenarios`) its statistic is taken from.
GROUPS: dict[str, tuple[tuple[str, ...], Callable[..., Cells]]] = {
    "node_positivity": (("untreated",), node_positivity),
    "size_symptomatic": (("untreated",), size_symptomatic),
    "growth_10_20": (("untreated",), growth_10_20),
    "doubling_time": (("untreated",), doubling_time),
    "critical_diameter": (("untreated",), critical_diameter),
    "relapse_n0": (("untreated",), relapse_n0),
    "relapse_size_nodes": (("series",), relapse_size_nodes),
    "recurrence_hazard": (("series",), recurrence_hazard),
    "late_distant": (("treated",), late_distant),
    "locoregional_first": (("series",), locoregional_first),
    "adjuvant_ratio": (("treated", "chemo", "untreated", "newer"), adjuvant_ratio),
    "overview_distant": (("trials-1990s", "trials-2000s"), overview_distant),
    "stage_screened": (("screened",), stage_screened),
    "de_novo_odds": (("screened",), de_novo_odds),
    "de_novo_organs": (("screened",), de_novo_organs),
    "de_novo_sites": (("screened",), de_novo_sites),
    "colonies_before_surgery": (("untreated",), colonies_before_surgery),
    "relapse_organs": (("untreated",), relapse_organs),
    "multiplicity": (("treated", "chemo", "series"), multiplicity),
    "survival_metastatic": (("untreated",), survival_metastatic),
    "presentation": (("untreated",), presentation),
}
_NEED_PARAMETERS = ("growth_10_20", "doubling_time")
_NEED_PUBLISHED = ("multiplicity",)


def simulate_group(
    name: str, scenarios: Scenarios, parameters: Any, targets: Mapping[str, TargetGroup]
) -> Cells:
    """The cells of one group of targets, from simulated women."""
    needed, statistic = GROUPS[name]
    rows = [scenarios[scenario] for scenario in needed]
    if name in _NEED_PARAMETERS:
        return statistic(*rows, parameters)
    if name in _NEED_PUBLISHED:
        return statistic(*rows, targets[name].cells)
    return statistic(*rows)
