"""What the treatment kernel takes and leaves: the woman and her lesions when metastatic disease is found,
its scratch space, and the rows of lines, symptoms and scans.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seedsoil.model.natural_history.lesions import MAX_LESIONS
from seedsoil.model.treatment.recist import MAX_TARGETS
from seedsoil.model.treatment.rules import KNOWN
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS, N_MECHANISMS

MAX_LINES = 24
MAX_DRUGS = 4  # in one regimen
# Lesions known when treatment begins and those that metastases found later share the list.
MAX_TREATED = 2 * MAX_LESIONS
# How far a lesion is worked out: not at all, only where a colony was placed, all.
UNKNOWN, PLACED, DETERMINED = range(3)
# Metastases remembered because of the colonies that they may have founded.
MAX_MOTHERS = 8192
# Random numbers of so many colonies, at most, are drawn together.
DRAWN_TOGETHER = 64
# Periods of one woman's course: three months as a rule, so more than a lifetime.
MAX_PERIODS = 1023
MAX_INTERVALS = 256
NEVER = 1 << 30  # the period of a first use that has not been
MAX_EPISODES = 256  # symptom rows of one woman
MAX_SCANS = MAX_PERIODS  # scan rows of one woman: at most one a period

STOP_PROGRESSION, STOP_DEATH, STOP_TOXICITY, STOP_PLANNED = range(4)
BY_TARGET, BY_NEW_LESION, BY_NON_TARGET, BY_SYMPTOM = range(4)
CAUSE_OTHER, CAUSE_CANCER, CAUSE_TREATMENT = range(3)

TREATED_WOMAN = np.dtype(
    [
        ("patient", "i8"),
        ("subtype", "i8"),
        ("biomarkers", "i8"),
        ("adjuvant", "i8"),
        ("presentation", "i8"),
        ("postmenopausal", "i8"),
        ("endocrine_resistant", "i8"),
        ("first_organ", "i8"),
        ("first_symptom", "i8"),
        ("lesions", "i8"),
        ("age", "f8"),
        ("since_diagnosis", "f8"),
        ("log_relative_growth", "f8"),
        ("growth_rate", "f8"),
        ("log_shedding", "f8"),
        ("other_death", "f8"),
    ],
    align=True,
)
"""A woman on the day her metastatic disease is found. Times are years from then (`since_diagnosis` and
`age` as of then; `other_death` is when another cause would end her life)."""

INITIAL_LESION = np.dtype(
    [
        ("wakes", "f8"),
        ("y", "f8"),
        ("rate", "f8"),
        ("founded", "f8"),
        ("due", "f8"),
        ("entity", "i8"),
        ("parent", "i8"),
        ("organ", "i1"),
        ("route", "i1"),
        ("row", "i4"),
    ],
    align=True,
)
"""One living lesion then: when it wakes (0: it grows), y = ln(K/N) (then, or on waking), its rate b, and
when it could, untreated, reach `followed_mm`."""


TREATED_LESION = np.dtype(
    [
        ("y", "f8"),  # ln(K/N) at the end of period `done` - 1, or as it will be on waking
        ("log_n", "f8"),
        ("rate", "f8"),
        ("quarter", "f8"),  # e^(-b Δ/4) for Δ = `step`
        ("step", "f8"),
        ("wakes", "f8"),
        ("founded", "f8"),
        ("extinct_at", "f8"),
        ("lowest", "f8"),  # ln of the fewest cells of the dip under way, infinity if there is none
        ("extinction", "f8"),  # ln of those below which it is eradicated
        ("visible_at", "f8"),
        ("done", "i8"),  # periods gone through
        ("woke_in", "i8"),  # the spell in which it woke under treatment, -1 if it did not
        ("dips", "i8"),
        ("entity", "i8"),
        ("parent", "i8"),
        ("row", "i8"),
        ("organ", "i8"),
        ("route", "i8"),
        ("drawn", "i8"),  # mechanisms whose z is drawn, as bits
        ("known", "i8"),  # the line in which it is known, and the one in which it is a target
        ("target", "i8"),
        ("listed", "i8"),
        ("residue", "i8"),  # whether it leaves one when it has gone; -1: not drawn
        # odds of resistance, in the order of its spell's mechanisms, at the start of period `odds_of`
        ("odds_of", "i8"),
        ("odds", "f8", (N_MECHANISMS,)),
        ("z", "f8", (N_MECHANISMS,)),  # log-odds of resistance less the exposure K
        ("z_at_first", "f8", (N_MECHANISMS,)),  # log-odds when the lesion first met the mechanism
    ],
    align=True,
)
"""A lesion under treatment."""

INTERVAL = np.dtype(
    [
        ("begin", "f8"),
        ("first", "i8"),  # period
        ("n", "i8"),  # mechanisms that kill in it
        ("mechanism", "i8", (N_MECHANISMS,)),
        ("potency", "f8", (N_MECHANISMS,)),
        ("rate", "f8", (N_MECHANISMS, METASTATIC_ORGANS)),  # kill a year
        ("gain", "f8", (N_MECHANISMS, METASTATIC_ORGANS)),  # e^(kill of half a period of `step`)
        ("step", "f8", (METASTATIC_ORGANS,)),
        # by mechanism, whether it kills or not: place in the lists above or -1, exposure K at `begin`
        ("place", "i8", (N_MECHANISMS,)),
        ("exposure", "f8", (N_MECHANISMS, METASTATIC_ORGANS)),
    ],
    align=True,
)
"""A spell in which the same drugs are given."""

BATCH = np.dtype(
    [
        ("period", "i8"),
        ("first", "i8"),  # lesion
        ("number", "i8"),  # of that founding
        ("mothers", "i8"),  # the first and the last of the period's metastases in `mothers`
        ("last_mother", "i8"),
        ("rate_before", "f8"),
        ("rate", "f8"),
        ("ratio", "f8"),  # ln of the one over the other
        ("total_shedding", "f8"),
    ],
    align=True,
)
"""The colonies founded in one period."""

SCRATCH = np.dtype(
    [
        ("time", "f8"),
        ("step", "f8"),
        ("line_start", "f8"),
        ("until", "f8"),
        ("next_change", "f8"),  # when other drugs are given, as far as is planned or known
        ("scan_interval", "f8"),
        ("baseline_mm", "f8"),
        ("nadir_mm", "f8"),
        ("smallest_mm", "f8"),
        ("log_nontarget_nadir", "f8"),
        ("responded_at", "f8"),
        ("first_response_at", "f8"),
        ("stopped_at", "f8"),
        ("toxic_death", "f8"),
        ("death_clock", "f8"),
        ("hazard", "f8"),  # of death from the burden, a year, now
        ("spread_clock", "f8"),
        ("shedding_rate", "f8"),  # μ
        ("total_shedding", "f8"),
        ("frailty", "f8"),
        ("on_treatment", "f8"),
        ("with_symptoms", "f8"),
        ("progressed_at", "f8"),
        ("brain_at", "f8"),
        ("next_due", "f8"),
        ("horizon", "f8"),  # lesions that could matter before are listed in `near`
        ("years_to_large", "f8"),  # that a new colony needs to reach `followed_mm`, times its rate
        ("line", "i8"),
        ("regimen", "i8"),
        ("first_regimen", "i8"),
        ("then", "i8"),
        ("count", "i8"),
        ("periods", "i8"),
        ("foundings", "i8"),
        ("first_drawn", "i8"),  # founding, the first in `drawn`
        ("n_drawn", "i8"),
        ("n_batches", "i8"),
        ("n_mothers", "i8"),
        ("n_near", "i8"),
        ("fastest_organ", "i8"),  # where colonies grow fastest
        ("n_targets", "i8"),
        ("n_nontargets", "i8"),
        ("measurable", "i8"),
        ("best", "i8"),
        ("previous_response", "i8"),
        ("actives", "i8"),
        ("drugs_given", "i8"),
        ("toxic_stops", "i8"),
        ("discontinued", "i8"),
        # what the last spell was worked out for
        ("kill_regimen", "i8"),
        ("kill_given", "i8"),
        ("n_intervals", "i8"),
        ("scan", "i8"),
        ("toxic", "i8"),
        ("stop_reason", "i8"),
        ("enrolled", "i8"),
        ("trial_line", "i8"),
        ("symptomatic", "i8"),  # symptoms that she has
        ("brain_known", "i8"),
        ("progression_by", "i8"),
        ("progression_organ", "i8"),
        ("lines_used", "i8"),
        ("episodes_used", "i8"),
        ("scans_used", "i8"),
        ("truncated", "i8"),
        ("crossover", "i8"),
        # When each lesion could, untreated, reach `followed_mm`, and how far it is worked out; those that
        # could before `horizon`; those followed now
        ("due", "f8", (MAX_TREATED,)),
        ("determined", "i1", (MAX_TREATED,)),
        ("near", "i8", (MAX_TREATED + 1,)),
        ("near_due", "f8", (MAX_TREATED + 1,)),  # infinity if it is past, or not before `horizon`
        ("active", "i8", (MAX_TREATED,)),
        # of each colony founded under treatment: its batch, and where in the integral of the period's rate
        ("batch_of", "i8", (MAX_TREATED,)),
        ("spent", "f8", (MAX_TREATED,)),
        # of the metastases of each batch: which, and what it shed
        ("mothers", "i8", (MAX_MOTHERS + MAX_TREATED,)),
        ("mother_shedding", "f8", (MAX_MOTHERS + MAX_TREATED,)),
        ("drawn_of", "i8", (DRAWN_TOGETHER,)),
        ("drawn", "f8", (4, DRAWN_TOGETHER)),  # of foundings: wait, mother, sleep, growth
        ("batches", BATCH, (MAX_PERIODS + 1,)),
        # of each lesion followed, in the order of `active`
        ("baseline_mm_of", "f8", (MAX_TREATED,)),
        ("baseline_organ", "i8", (MAX_TREATED,)),
        ("baseline_known", "i8", (MAX_TREATED,)),
        # of each mechanism
        ("first_period", "i8", (N_MECHANISMS,)),
        ("resistant", "i8", (N_MECHANISMS,)),
        ("used", "i8", (N_MECHANISMS,)),
        ("n_used", "i8"),
        ("sensitivity", "f8", (N_MECHANISMS,)),
        ("z_woman", "f8", (N_MECHANISMS,)),
        # of each period: its length, when it ended, and its spell
        ("lengths", "f8", (MAX_PERIODS + 1,)),
        ("times", "f8", (MAX_PERIODS + 1,)),
        ("interval_of", "i8", (MAX_PERIODS + 1,)),
        # of the mechanisms that act on the lesion that catches up: kill a year, log-odds of resistance
        # and odds at the start, odds later
        ("acting", "i8"),
        ("acting_rate", "f8", (N_MECHANISMS,)),
        ("acting_start", "f8", (N_MECHANISMS,)),
        ("acting_odds", "f8", (N_MECHANISMS,)),
        ("acting_later", "f8", (N_MECHANISMS,)),
        # of each organ and symptom
        ("burden", "f8", (METASTATIC_ORGANS,)),
        ("cells", "f8", (METASTATIC_ORGANS,)),  # of organs with more than one lesion
        ("before", "f8", (METASTATIC_ORGANS,)),
        ("at_start", "f8", (METASTATIC_ORGANS,)),
        ("death_rate", "f8", (METASTATIC_ORGANS,)),
        ("symptom_rate", "f8", (METASTATIC_ORGANS,)),
        ("symptoms_of", "i8", (METASTATIC_ORGANS,)),  # that she has
        # the hazard of symptoms summed up so far, without and with bone agents; up to which sum none sets in
        ("symptom_hazard", "f8", (METASTATIC_ORGANS, 2)),
        ("symptom_free", "f8", (METASTATIC_ORGANS,)),
        ("symptom_clock", "f8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("symptom_level", "f8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("symptom_row", "i8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("episodes", "i8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        # of the line
        ("targets", "i8", (MAX_TARGETS,)),
        ("nontargets", "i8", (MAX_TREATED,)),
        ("diameters", "f8", (MAX_TARGETS,)),
        ("stops", "f8", (MAX_DRUGS,)),
        ("lesions", TREATED_LESION, (MAX_TREATED,)),
        ("intervals", INTERVAL, (MAX_INTERVALS,)),
    ],
    align=True,
)
"""Working space of one thread for one woman at a time: one record, so that kernels pass a pointer."""


def scratch() -> tuple[Any, Any]:
    """Working space for one thread: the scratch record, and what is known of the woman."""
    return np.zeros(1, SCRATCH).view(np.recarray)[0], np.zeros(1, KNOWN).view(np.recarray)[0]
