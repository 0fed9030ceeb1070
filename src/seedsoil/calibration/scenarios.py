"""The cohorts that the targets are compared with, each the population of some published series.

untreated: no screening, no systemic therapy. series: no screening, the adjuvant therapy that the
Rotterdam women received. screened: biennial screening, for stage at diagnosis. treated, chemo and newer: the
arms of the adjuvant overviews. trials-1990s and trials-2000s: women who entered adjuvant trials, with the
screening, surgery and therapy of their decade. All share their women and draws, so that a contrast
between two of them is an effect, not noise.

The series and the arms are of women operated before 1990, when fewer axillary nodes were examined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.natural_history.adjuvant import CHEMO, ENDOCRINE, TRASTUZUMAB
from seedsoil.model.parameters import kernel_parameters
from seedsoil.simulation.shards import SHARD, simulate_rows
from seedsoil.vocabulary import ADJUVANT_DRUGS, HER2_POSITIVE, HR_POS_HER2_NEG

if TYPE_CHECKING:
    from seedsoil.calibration.target_statistics import Rows
    from seedsoil.catalog import Catalog

SERIES_ERA = "1978-1993"
SCREENING = "biennial-50-74"
TRIAL_DECADES = {"trials-1990s": "1990s", "trials-2000s": "2000s"}
"""Scenario → its programme of screening; its adjuvant era has its own name."""
SCENARIOS = ("untreated", "series", "screened", "treated", "chemo", "newer", *TRIAL_DECADES)

_INHIBITOR = ADJUVANT_DRUGS[ENDOCRINE].index("aromatase_inhibitor")

# What a parameter can change, by the beginning of its key; all scenarios where nothing is said.
_AFTER_DIAGNOSIS = ("untreated", "series", "treated", "chemo", "newer", *TRIAL_DECADES)
_AFFECTS = {
    "adjuvant.potency": ("newer", *TRIAL_DECADES),
    "adjuvant.": ("series", "treated", "chemo", "newer", *TRIAL_DECADES),
    "locoregional.": _AFTER_DIAGNOSIS,
    "death.": _AFTER_DIAGNOSIS,
    "imaging.log_chance_rate": _AFTER_DIAGNOSIS,
}


def affected(name: str) -> tuple[str, ...]:
    """The scenarios in which the parameter `name` can change anything."""
    for beginning, scenarios in _AFFECTS.items():
        if name.startswith(beginning):
            return scenarios
    return SCENARIOS


def scenario_parameters(catalog: Catalog, scenario: str, seed: int) -> Any:
    """The kernel's parameters for one scenario."""
    if scenario in TRIAL_DECADES:
        decade = TRIAL_DECADES[scenario]
        return kernel_parameters(catalog, seed=seed, screening=decade, adjuvant=scenario)
    p = kernel_parameters(
        catalog,
        seed=seed,
        screening=SCREENING if scenario == "screened" else "none",
        adjuvant=SERIES_ERA if scenario == "series" else "none",
    )
    if scenario != "screened":
        p.nodes_examined = catalog.value("lymph.examined", "1980s")
    if scenario == "chemo":
        p.adjuvant_share[CHEMO] = 1.0
    elif scenario == "newer":
        # Against "treated" an aromatase inhibitor for tamoxifen in HR+/HER2-, against "chemo" an
        # anthracycline and a taxane for CMF in the others.
        p.adjuvant_kinds[:] = 0.0
        p.adjuvant_kinds[:, -1] = 1.0
        p.adjuvant_kinds[ENDOCRINE, _INHIBITOR:] = 1.0
        p.adjuvant_share[CHEMO] = 1.0
        p.adjuvant_share[CHEMO, HR_POS_HER2_NEG] = 0.0
        p.adjuvant_share[ENDOCRINE, HR_POS_HER2_NEG] = 1.0
    elif scenario == "treated":
        # Two contrasts in one cohort: endocrine therapy in HR+/HER2-, and trastuzumab added to
        # chemotherapy in HER2-positive women; triple-negative women take no part in it.
        for subtype, her2 in enumerate(HER2_POSITIVE):
            p.adjuvant_share[CHEMO, subtype] = 1.0 if her2 else 0.0
            p.adjuvant_share[TRASTUZUMAB, subtype] = 1.0 if her2 else 0.0
        p.adjuvant_share[ENDOCRINE, HR_POS_HER2_NEG] = 1.0
    return p


def simulate_scenario(
    catalog: Catalog, scenario: str, *, women: int, seed: int, first: int = 0
) -> Rows:
    """Patient rows of one scenario, from the woman `first` on, in shards, on this thread."""
    p = scenario_parameters(catalog, scenario, seed)
    parts = [
        simulate_rows(p, first + start, min(SHARD, women - start), details=False).patients
        for start in range(0, women, SHARD)
    ]
    return np.concatenate(parts).view(np.recarray)
