"""The working space of the natural history: one woman at a time, in one record.

Kernels pass the record by reference, so that a call costs the same whatever is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.model.natural_history.lesions import LESION, MAX_FOCI, MAX_LESIONS
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Woman

WOMAN = np.dtype(
    [
        ("patient", "i8"),  # her number
        ("subtype", "i8"),
        ("until_found", "?"),  # her course ends where metastatic disease is found in life
        # The primary
        ("growth_rate", "f8"),  # Gompertz b, per year
        ("inverse_rate", "f8"),  # 1/b, years
        ("log_shedding", "f8"),  # ln μ
        ("slowness", "f8"),  # 1/(μ K^a): years between foundings by a primary at the capacity
        ("log_lymph_rate", "f8"),  # ln μL
        ("lymph_slowness", "f8"),  # 1/(μL K^aL)
        ("log_detection_hazard", "f8"),  # ln η
        ("age_at_onset", "f8"),  # her age, years, at the first malignant cell
        # Lesions smaller than y* are not worked out (`lazy_lesions`): ln y*, and the bound κ, per year, of
        # all processes but spread by lymph, and of that
        ("small_ln_y", "f8"),
        ("hazard_bound", "f8"),
        ("lymph_bound", "f8"),
        # Her course. Codes are those of the patients' rows
        ("other_death", "f8"),  # when another cause would end her life
        ("diagnosis", "f8"),  # of the primary
        ("detected_by", "i8"),
        ("diameter_mm", "f8"),
        ("positive_nodes", "i8"),
        ("t_stage", "i8"),
        ("n_stage", "i8"),
        ("postmenopausal", "?"),
        ("biomarkers", "i8"),
        ("therapies", "i8"),  # adjuvant, as bits
        ("de_novo", "?"),
        ("events_after", "f8"),  # what metastases do counts if it is later than this
        ("found_by", "i8"),
        ("found_alive", "?"),  # metastatic disease was found in her life
        ("first_organ", "i8"),
        ("first_symptom", "i8"),
        ("metastatic_at", "f8"),  # when metastatic disease was found; infinity if never
        ("end", "f8"),  # death, or with `until_found` the finding
        ("of_cancer", "?"),  # she died of it
        ("locoregional_at", "f8"),
        ("with_symptoms", "f8"),  # years
        ("lesions_at_diagnosis", "i8"),
        ("visible_lesions", "i8"),
        ("involved", "i8"),  # organs, as bits
        # What the scan at the start of therapy shows: how many, and organs as bits
        ("baseline_lesions", "i8"),
        ("baseline_organs", "i8"),
        ("truncated", "?"),  # she has more lesions than the list holds
        # Lesions: each list, and how many are in it
        ("primary", LESION),
        ("local_focus", LESION),  # the one in hand of those that surgery left behind
        ("n_foci", "i8"),
        ("n_lesions", "i8"),
        ("foci", LESION, (MAX_FOCI,)),  # in the axillary nodes
        ("lesions", LESION, (MAX_LESIONS,)),  # in distant organs
        # By lesion, not later than its own. Side by side, since most passes over the list need nothing
        # else of most lesions
        ("small_until", "f8", (MAX_LESIONS,)),
        ("no_event_before", "f8", (MAX_LESIONS,)),
        ("multiplicities", "f8", (MAX_LESIONS,)),  # its own
        ("candidates", "i8", (MAX_LESIONS,)),  # that such a pass has to look at
        # The colonies that a source is founding: what its clock shows, their names, four uniforms each
        ("founding_clocks", "f8", (MAX_LESIONS,)),
        ("entities", "i8", (MAX_LESIONS,)),
        ("drawn", "f8", (4, MAX_LESIONS)),
        # Lesions that may have an event: those of organ o are by_organ[organ_starts[o] : organ_starts[o + 1]]
        ("by_organ", "i8", (MAX_LESIONS,)),
        ("organ_starts", "i8", (METASTATIC_ORGANS + 2,)),
        # Onset of each symptom, and the lesion that caused it
        ("symptom_times", "f8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("symptom_causes", "i8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        # Rows: the number of each lesion in the tables, 0 if they do not list it, and the rows written
        ("focus_numbers", "i8", (MAX_FOCI,)),
        ("lesion_numbers", "i8", (MAX_LESIONS,)),
        ("lesion_rows", "i8"),
        ("symptom_rows", "i8"),
    ],
    align=True,
)
"""A woman and all her lesions. Times are years since the first malignant cell of her primary, unless said
otherwise."""


def workspace() -> Woman:
    """Working space for one thread."""
    record: Woman = np.zeros(1, WOMAN).view(np.recarray)[0]
    return record
