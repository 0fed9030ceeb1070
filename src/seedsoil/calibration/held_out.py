"""Targets that are compared and never fitted: treated series, other endpoints, autopsies.

They need cohorts and tables that the fit does not simulate, so they are worked out once, after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.target_statistics import (
    REPORTED_ORGANS,
    Cells,
    Rows,
    any_relapse,
    hr_positive,
    net_incidence,
    operated,
    overview_of,
    quantile,
    share,
)
from seedsoil.model.natural_history.writing import (
    PRESENTATION_DE_NOVO,
    PRESENTATION_NONE,
    PRESENTATION_RECURRENT,
)
from seedsoil.model.parameters import kernel_parameters
from seedsoil.simulation.shards import SHARD, simulate_rows
from seedsoil.units import MONTHS_PER_YEAR
from seedsoil.vocabulary import BONE, HR_POS_HER2_NEG, NODE, SITES, SYMPTOMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog

# What a pathologist finds at autopsy: a lesion of some millimetres.
_AUTOPSY_MM = 5.0
# Skeletal events; pain is none.
_SKELETAL = [
    SYMPTOMS[BONE].index(name) for name in ("fracture", "cord compression", "hypercalcaemia")
]
_SCREENED_DIAMETERS = {"d5": (0.0, 7.5), "d15": (12.5, 17.5), "d35": (30.0, 40.0)}

# Why a target of the catalog has no simulated value.
NOT_SIMULATED = {
    "untreated_amalgam": "the women kept their primary; the model removes it at diagnosis",
    "autopsy.adrenal": "the model's organ 'other' is not divided",
    "autopsy.adrenal_series": "the model's organ 'other' is not divided",
    "autopsy.pleura": "the model counts the pleura with the lung",
    "autopsy.pleura_series": "the model counts the pleura with the lung",
}


def _cohort(catalog: Catalog, women: int, seed: int, *, details: bool, **policies: str) -> Any:
    p = kernel_parameters(catalog, seed=seed, **policies)
    shards = [
        simulate_rows(p, start, min(SHARD, women - start), details=details)
        for start in range(0, women, SHARD)
    ]
    patients: Rows = np.concatenate([shard.patients for shard in shards])
    lesions = np.concatenate([part for shard in shards for part in shard.lesions] or [patients[:0]])
    symptoms = np.concatenate(
        [part for shard in shards for part in shard.symptoms] or [patients[:0]]
    )
    return patients, lesions, symptoms


def practice_distant(rows: Rows) -> Cells:
    """Distant recurrence under the care of today, of women like those of the overview."""
    return overview_of(rows, "")


def post_relapse(rows: Rows) -> Cells:
    """Median years from any relapse to death, metastases untreated."""
    rows = operated(rows)
    first = any_relapse(rows)
    seen = first <= rows["died_at"]
    rows, first = rows[seen], first[seen]
    years = rows["died_at"] - first
    masks = {
        "all": np.ones(years.size, bool),
        "er_pos": hr_positive(rows),
        "er_neg": ~hr_positive(rows),
        "relapse_0_2": first < 2.0,
        "relapse_2_5": (first >= 2.0) & (first < 5.0),
        "relapse_5": first >= 5.0,
    }
    return {name: quantile(years[mask], 0.5) for name, mask in masks.items()}


def screen_detected(rows: Rows) -> Cells:
    """Free of distant metastasis five years after screen detection, by diameter."""
    rows = rows[rows["detected_by"] == 1]
    cells: Cells = {}
    for name, (low, high) in _SCREENED_DIAMETERS.items():
        mask = (rows["diameter_mm"] >= low) & (rows["diameter_mm"] < high)
        seen, se = net_incidence(rows["metastatic_at"][mask], rows["died_at"][mask], [5.0])["5y"]
        cells[name] = (1.0 - seen, se)
    return cells


def skeletal(patients: Rows, symptoms: NDArray[Any]) -> Cells:
    """First skeletal event (fracture, cord compression, hypercalcaemia) after bone metastasis is found."""
    chosen = patients[
        (patients["presentation"] != PRESENTATION_NONE) & ((patients["involved"] >> BONE) & 1 == 1)
    ]
    events = symptoms[(symptoms["organ"] == BONE) & np.isin(symptoms["symptom"], _SKELETAL)]
    place = {int(number): i for i, number in enumerate(chosen["patient"])}
    found = chosen["metastatic_at"]
    wait = np.full(chosen.size, np.nan)
    for event in events:
        i = place.get(int(event["patient"]))
        if i is not None and event["onset_at"] >= found[i]:
            wait[i] = np.fmin(wait[i], event["onset_at"] - found[i])
    life = chosen["died_at"] - found
    return {
        "any_24_months": net_incidence(wait, life, [2.0])["2y"],
        "median_first_months": quantile(MONTHS_PER_YEAR * wait[wait <= life], 0.5),
    }


def autopsy(patients: Rows, lesions: NDArray[Any], log10_cells: float) -> Cells:
    """Organs with a lesion a pathologist would find in women who died of breast cancer."""
    died = patients["patient"][patients["of_cancer"]]
    large = lesions[(lesions["organ"] < NODE) & (lesions["log10_cells"] >= log10_cells)]
    cells: Cells = {}
    for organ in REPORTED_ORGANS:
        with_organ = np.unique(large["patient"][large["organ"] == organ])
        value = share(np.isin(died, with_organ))
        cells[SITES[organ]] = value
        cells[f"{SITES[organ]}_series"] = value
    return cells


def simulate_comparisons(catalog: Catalog, *, women: int, seed: int) -> dict[str, Cells]:
    """The statistics of every group that is compared only."""
    plain, lesions, symptoms = _cohort(catalog, women, seed, details=True)
    series, _, _ = _cohort(catalog, women, seed, details=False, adjuvant="1978-1993")
    modern, _, _ = _cohort(catalog, women, seed, details=False, adjuvant="2000s", screening="2000s")
    now, _, _ = _cohort(catalog, women, seed, details=False, adjuvant="2013+", screening="2000s")
    metastatic = modern[modern["presentation"] != PRESENTATION_NONE]
    luminal = plain[
        (plain["presentation"] == PRESENTATION_RECURRENT) & (plain["subtype"] == HR_POS_HER2_NEG)
    ]
    p = kernel_parameters(catalog, seed=seed)
    smallest = float(p.log_cells_1mm + 3.0 * np.log(_AUTOPSY_MM)) / np.log(10.0)
    return {
        "practice_distant": practice_distant(now),
        "de_novo_share_incident": {
            "share": share(metastatic["presentation"] == PRESENTATION_DE_NOVO)
        },
        "luminal_untreated": {
            "luminal_a_median": quantile(luminal["died_at"] - luminal["metastatic_at"], 0.5)
        },
        "rotterdam_post_relapse": post_relapse(series),
        "screen_detected_dm": screen_detected(modern),
        "skeletal": skeletal(plain, symptoms),
        "autopsy": autopsy(plain, lesions, smallest),
    }
