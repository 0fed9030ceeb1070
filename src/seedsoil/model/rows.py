"""The rows that kernels write: one layout for each table.

Times (`…_at`) are years from the diagnosis of the primary in the rows of patients, lesions and symptoms; the
kernels of treatment count from the day metastatic disease is found. NaN: it never happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from seedsoil.model.types import Rows

KNOWN = np.dtype(
    [
        ("drugs", "i8"),
        ("mechanisms", "i8"),
        ("recent_drugs", "i8"),
        ("recent_mechanisms", "i8"),
        ("age", "f8"),
        ("last_line", "f8"),
        ("fitness", "f8"),
        ("line", "i4"),
        ("chemo_lines", "i4"),
        ("endocrine_lines", "i4"),
        ("classes", "i4"),
        ("recent_classes", "i4"),
        ("organs", "i4"),
        ("biomarkers", "i4"),
        ("adjuvant", "i4"),
        ("subtype", "i1"),
        ("presentation", "i1"),
        ("postmenopausal", "i1"),
        ("esr1", "i1"),
        ("endocrine_resistant", "i1"),
        ("visceral", "i1"),
        ("crisis", "i1"),
        ("brain", "i1"),
        ("bone_only", "i1"),
        ("measurable", "i1"),
        ("ecog", "i1"),
    ],
    align=True,
)
"""What is known of a woman when a line of therapy is to start: what the rules of a strategy are read against.

`drugs`, `mechanisms` and `classes` (bits) were given for metastatic disease in any line before, `recent_…` in
the last one; `adjuvant`, `biomarkers` and `organs` with known metastases are bits, too. `line` is the number
of the line to start, `chemo_lines` and `endocrine_lines` count those before it. `last_line`: years to
progression on the line before, -1 without one. `ecog`: the performance status, of her `fitness`.
"""
LINE_ROW = np.dtype(
    [
        ("patient", "i8"),
        ("line", "i4"),
        ("regimen", "i2"),
        ("maintenance", "i2"),
        ("switch", "i2"),
        ("stop_reason", "i1"),
        ("progression_by", "i1"),
        ("progression_organ", "i1"),
        ("best_response", "i1"),
        ("ecog", "i1"),
        ("measurable", "?"),
        ("visceral", "?"),
        ("brain", "?"),
        ("bone_only", "?"),
        ("toxicity", "?"),
        ("discontinued", "?"),
        ("esr1", "?"),
        ("trial", "?"),
        ("started_at", "f8"),
        ("stopped_at", "f8"),
        ("progressed_at", "f8"),
        ("responded_at", "f8"),
        ("esr1_at", "f8"),
        ("baseline_mm", "f8"),
        ("best_change", "f8"),
        ("known", KNOWN),
    ],
    align=True,
)
"""A line of therapy. `known`: what was known when it was to start, before its own drugs were given.

`esr1_at`: when a scan of the line first came with an ESR1 mutation in plasma, if it was looked for; `switch`
is the regimen that she went on with from then.
"""
SCAN_ROW = np.dtype(
    [
        ("patient", "i8"),
        ("line", "i4"),
        ("response", "i1"),
        ("scanned_at", "f8"),
        ("sum_mm", "f8"),
    ],
    align=True,
)
DRUG_ROW = np.dtype(
    [
        ("patient", "i8"),
        ("line", "i4"),
        ("drug", "i2"),
        ("regimen", "i2"),
        ("part", "i1"),
        ("stop_reason", "i1"),
        ("started_at", "f8"),
        ("stopped_at", "f8"),
    ],
    align=True,
)
"""A spell of a drug within a line, from start to stop; `regimen` and `part` are those it began with."""
EPISODE_ROW = np.dtype(
    [
        ("patient", "i8"),
        ("lesion", "i4"),
        ("organ", "i1"),
        ("symptom", "i1"),
        ("onset_at", "f8"),
        ("resolved_at", "f8"),
    ],
    align=True,
)
END = np.dtype(
    [
        ("died_at", "f8"),
        ("on_treatment", "f8"),
        ("with_symptoms", "f8"),
        ("brain_at", "f8"),
        ("first_line", "i8"),
        ("lines", "i4"),
        ("cause", "i1"),
        ("truncated", "i1"),
    ],
    align=True,
)
"""How a woman's course ends: years from the day metastatic disease was found."""
PATIENT = np.dtype(
    [
        ("patient", "i8"),
        ("age", "f8"),
        ("growth_rate", "f8"),
        ("doubling_time_days", "f8"),
        ("tumour_age", "f8"),
        ("log_shedding", "f8"),
        ("other_death_at", "f8"),
        ("diameter_mm", "f8"),
        ("metastatic_at", "f8"),
        ("locoregional_at", "f8"),
        ("died_at", "f8"),
        ("years_on_treatment", "f8"),
        ("years_with_symptoms", "f8"),
        ("positive_nodes", "i4"),
        ("colonies", "i8"),
        ("colonies_at_diagnosis", "i8"),
        ("visible_lesions", "i8"),
        ("baseline_lesions", "i8"),
        ("lines", "i4"),
        ("subtype", "i1"),
        ("postmenopausal", "?"),
        ("biomarkers", "i1"),
        ("detected_by", "i1"),
        ("t_stage", "i1"),
        ("n_stage", "i1"),
        ("stage", "i1"),
        ("adjuvant", "i1"),
        ("presentation", "i1"),
        ("found_by", "i1"),
        ("first_organ", "i1"),
        ("first_symptom", "i1"),
        ("involved", "i1"),
        ("baseline_organs", "i1"),
        ("of_cancer", "?"),
        ("of_treatment", "?"),
        ("outcome", "i1"),
        ("truncated", "?"),
    ],
    align=True,
)
LESION_ROW = np.dtype(
    [
        ("patient", "i8"),
        ("lesion", "i4"),
        ("parent", "i4"),
        ("multiplicity", "i8"),
        ("organ", "i1"),
        ("route", "i1"),
        ("founded_at", "f8"),
        ("woke_at", "f8"),
        ("growth_rate", "f8"),
        ("eradicated_at", "f8"),
        ("visible_at", "f8"),
        ("log10_cells", "f8"),
        ("grows_from", "f8"),
        ("ln_y", "f8"),
    ],
    align=True,
)
SYMPTOM_ROW = np.dtype(
    [
        ("patient", "i8"),
        ("lesion", "i4"),
        ("organ", "i1"),
        ("symptom", "i1"),
        ("onset_at", "f8"),
        ("resolved_at", "f8"),
    ],
    align=True,
)


class Buffers(NamedTuple):
    """Where a kernel writes the rows of women, one woman after the other."""

    patients: Rows
    """Dtype `PATIENT`, one for each woman."""
    lesions: Rows
    """Dtype `LESION_ROW`; empty if they are not asked for."""
    symptoms: Rows
    """Dtype `SYMPTOM_ROW`; empty as well then."""
