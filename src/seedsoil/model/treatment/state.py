"""What the treatment kernel takes, works in and leaves, as layouts of records.

`TREATED_WOMAN` and `INITIAL_LESION` hold a woman on the day her metastatic disease is found; `SCRATCH` is the
kernel's working space. The rows that it writes are in `model.rows`. Times are years since that day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.model.natural_history.lesions import MAX_FOCI, MAX_LESIONS
from seedsoil.model.rows import KNOWN
from seedsoil.model.treatment.recist import MAX_TARGETS, MAX_TARGETS_IN_ORGAN
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS, N_MECHANISMS, PLACES

if TYPE_CHECKING:
    from seedsoil.model.types import Known, Rows, State

MAX_LINES = 24
MAX_DRUGS = 4  # of one regimen: one block of random numbers serves them all
MAX_SPELLS_OF_DRUGS = 3 * MAX_DRUGS  # in one line: of its regimen, its maintenance and its switch
MAX_DRUG_ROWS = MAX_LINES * MAX_SPELLS_OF_DRUGS  # of one woman
MAX_INITIAL = MAX_LESIONS + MAX_FOCI + 1  # lesions of the day metastatic disease is found
# Lesions of the day metastatic disease is found and those that metastases found later share the list.
MAX_TREATED = MAX_INITIAL + MAX_LESIONS
MAX_BASELINE = MAX_TARGETS_IN_ORGAN * MAX_TREATED
# Of them the metastases.
MAX_METASTASES = 2 * MAX_LESIONS
# How far a lesion is worked out: not at all; of a colony founded under treatment its parent, organ, growth
# and waking; everything.
UNDETERMINED, ORIGIN_DETERMINED, DETERMINED = range(3)
# Metastases that are kept in memory because colonies that they may have founded are undetermined.
MAX_PARENTS = 8192
# The most colonies whose random numbers are drawn together.
MAX_DRAWS = 64
# Periods of one woman's course: at most three months each as a rule, so more than a lifetime.
MAX_PERIODS = 1023
MAX_INTERVALS = 256
NEVER = 1 << 30  # period of first use of a mechanism that has not been used
MAX_SPELLS = 64  # of symptoms in one period
MAX_EPISODES = 256  # symptom rows of one woman
MAX_SCANS = MAX_PERIODS  # scan rows of one woman: at most one a period

STOP_PROGRESSION, STOP_DEATH, STOP_TOXICITY, STOP_PLANNED, STOP_SWITCH = range(5)
BY_TARGET, BY_NEW_LESION, BY_NON_TARGET, BY_SYMPTOM = range(4)
CAUSE_OTHER, CAUSE_CANCER, CAUSE_TREATMENT = range(3)
PART_REGIMEN, PART_MAINTENANCE, PART_SWITCH = range(3)
PRIMARY_ROW, FIRST_FOCUS_ROW = -1, -2

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
        ("local", "i8"),
        ("age", "f8"),
        ("since_diagnosis", "f8"),
        ("log_relative_growth", "f8"),
        ("growth_rate", "f8"),
        ("log_shedding", "f8"),
        ("lymph_ratio", "f8"),
        ("other_death", "f8"),
    ],
    align=True,
)
"""A woman on the day her metastatic disease is found.

`age` and `since_diagnosis` of the primary (years) are those of the day; `other_death` is when another cause
would end her life, in years from then. `lesions` is the number of her initial lesions; the last
`local` of them are her primary and its positive nodes, if it was found with the metastases. `lymph_ratio`,
λ_m μL/μ, is the shedding of a metastasis of one cell by lymph against that of a primary by blood.
"""

INITIAL_LESION = np.dtype(
    [
        ("wakes", "f8"),
        ("y", "f8"),
        ("rate", "f8"),
        ("founded", "f8"),
        ("check_at", "f8"),
        ("entity", "i8"),
        ("parent", "i8"),
        ("organ", "i1"),
        ("route", "i1"),
        ("row", "i4"),
        ("multiplicity", "f8"),
    ],
    align=True,
)
"""A living lesion on that day, or `multiplicity` of them side by side, all alike (`clusters`).

When it wakes (0: it grows), y = ln(K/N) then or on waking, its growth rate b a year, and in `check_at` when
it could, untreated, reach `followed_mm`. `row` is its index among the lesions of the natural history, or
`PRIMARY_ROW`, or `FIRST_FOCUS_ROW` less the number of a node focus.
"""

TREATED_LESION = np.dtype(
    [
        ("y", "f8"),  # ln(K/N) at the start of period `next_period`, or as it will be on waking
        ("log_n", "f8"),  # ln of its cells at the same time
        ("rate", "f8"),  # Gompertz b, a year, at the pace of the first line
        ("kill", "f8"),  # the factor on the kill of every mechanism in it
        ("multiplicity", "f8"),  # living lesions side by side that it is made of, all alike
        ("multiplicity_at_first", "f8"),  # before any was eradicated, from which `trace` begins
        # e^(-b Δ/4) of a period that adds `step` years at that pace to its age
        ("quarter_decay", "f8"),
        ("step", "f8"),
        ("wakes", "f8"),
        ("founded", "f8"),
        ("extinct_at", "f8"),
        # ln of its fewest cells since therapy began to shrink it to a few; infinity if it has not
        ("nadir_log_n", "f8"),
        (
            "extinction_log_n",
            "f8",
        ),  # ln of the number of cells below which it is eradicated this time
        ("visible_at", "f8"),
        ("next_period", "i8"),  # the first period that it has not been taken through
        ("woke_in", "i8"),  # the interval in which it woke under treatment, -1 if it did not
        ("nadirs", "i8"),  # how often it was reduced to a few cells and regrew
        ("entity", "i8"),
        ("parent", "i8"),
        ("row", "i8"),
        ("organ", "i8"),
        ("route", "i8"),
        ("z_drawn", "i8"),  # mechanisms for which z is drawn, as bits
        ("known", "i8"),  # the last line at whose start it was known …
        ("target", "i8"),  # the last one in which any of it is a target lesion, …
        ("targets", "i8"),  # … and how many of it are
        ("nontarget", "i8"),  # the last line in which any of it is known and no target
        ("listed", "i8"),  # whether it was ever large enough to be followed
        # what stays of it, as a share of its diameter; 0: nothing, -1: not drawn
        ("residue", "f8"),
        ("largest_log_n", "f8"),  # ln of the most cells with which it was seen
        ("unshed", "f8"),  # of the lymph clock, what it grew by while it was left alone
        # odds of resistance, in the order of its interval's mechanisms, at the start of period `odds_period`
        ("odds_period", "i8"),
        ("odds", "f8", (N_MECHANISMS,)),
        ("z", "f8", (N_MECHANISMS,)),  # log-odds of resistance less the exposure K
        ("z_at_first", "f8", (N_MECHANISMS,)),  # log-odds when the lesion first met the mechanism
    ],
    align=True,
)
"""A lesion under treatment; or several side by side, all alike, that one founding left."""

INTERVAL = np.dtype(
    [
        ("begin", "f8"),
        ("first_period", "i8"),
        ("n_mechanisms", "i8"),  # that kill in it
        ("mechanism", "i8", (N_MECHANISMS,)),
        ("potency", "f8", (N_MECHANISMS,)),
        # kill a year: of the cells that do not resist, by mechanism; of all cells, by all mechanisms
        ("rate", "f8", (N_MECHANISMS, len(PLACES))),
        ("pace", "f8"),  # the factor on the growth rate of all lesions
        # by mechanism, whether it kills or not: its index in the lists above or -1, exposure K at `begin`
        ("index_of", "i8", (N_MECHANISMS,)),
        ("exposure", "f8", (N_MECHANISMS, len(PLACES))),
    ],
    align=True,
)
"""An interval of exposure, in which the same drugs are given."""

SPELL_OF_DRUG = np.dtype(
    [
        ("drug", "i8"),
        ("regimen", "i8"),  # that it began with …
        ("part", "i8"),  # … and the part of the line
        ("stop_reason", "i8"),
        ("begin", "f8"),
        ("end", "f8"),  # infinity as long as it is given
    ],
    align=True,
)
"""A drug of the line under way, from its start to its stop."""

FOUNDING_PERIOD = np.dtype(
    [
        ("period", "i8"),
        ("first_colony", "i8"),  # its index among the lesions …
        ("first_number", "i8"),  # … and its number among all colonies founded
        # the first and the last of the period's metastases in `parents`
        ("first_parent", "i8"),
        ("last_parent", "i8"),
        # total rate of founding a year, at the start and at the end of the period; ln of their ratio
        ("rate_before", "f8"),
        ("rate", "f8"),
        ("log_ratio", "f8"),
        ("total_shedding", "f8"),
    ],
    align=True,
)
"""A period in which metastases founded colonies: what the origin of each of them depends on."""

SCRATCH = np.dtype(
    [
        # numbers first, lists after them, so that the numbers lie close together in memory
        # --- the period
        ("time", "f8"),  # of its start
        ("step", "f8"),  # its length in years
        ("periods", "i8"),  # gone through so far
        ("hazard", "f8"),  # of death from the burden, a year, at the start
        ("death_clock", "f8"),  # cumulative hazard of it that is left until she dies
        ("toxic_death", "f8"),  # when treatment would kill her
        ("frailty", "f8"),  # F
        ("own_fitness", "f8"),  # z
        ("hazard_factor", "f8"),  # of her fitness, on the hazard of death, in the period
        ("on_treatment", "f8"),  # years
        ("with_symptoms", "f8"),  # years
        ("pace", "f8"),  # the factor on the growth rate of all lesions, of the line
        ("brain_at", "f8"),  # brain metastases found
        ("brain_known", "i8"),
        ("brain_found", "i8"),  # by a symptom since the last scan
        ("local_kept", "i8"),  # primary and nodes were not removed
        ("truncated", "i8"),
        # --- the line
        ("line", "i8"),
        ("regimen", "i8"),  # -1 between lines
        ("first_regimen", "i8"),
        ("part", "i8"),  # of the line: its regimen, the maintenance, or what was switched to
        ("planned_years", "f8"),  # that the regimen is to be given; infinity: until progression
        ("maintenance", "i8"),  # the regimen after it, -1 for none, or once it has begun
        ("maintained", "i8"),  # the regimen of maintenance that has begun, or -1
        (
            "switch",
            "i8",
        ),  # the regimen to switch to at ESR1 in plasma; NO_SWITCH, also afterwards; STAY
        ("switched", "i8"),  # the regimen that she was switched to, or -1
        ("esr1_at", "f8"),
        ("line_start", "f8"),
        ("next_change", "f8"),  # when other drugs are given, as far as is planned or known
        ("drugs_given", "i8"),  # of the regimen, as bits
        ("n_spells_of_drugs", "i8"),
        ("toxic_stops", "i8"),  # drugs of the regimen that stop for toxicity, as bits
        ("line_drugs", "i8"),  # of all parts of the line so far, as bits
        ("refused", "i8"),  # of them those that toxicity has stopped
        ("toxicity", "i8"),  # of grade 3 or more
        ("discontinued", "i8"),
        ("stopped_at", "f8"),
        ("stop_reason", "i8"),
        ("progressed_at", "f8"),
        ("progression_by", "i8"),
        ("progression_organ", "i8"),
        (
            "suspected_at",
            "f8",
        ),  # a symptom that may be progression has set in since the last scan …
        ("suspected_organ", "i8"),  # … in this organ
        ("enrolled", "i8"),
        ("trial_line", "i8"),
        ("crossover", "i8"),  # the regimen to cross over to in the next line, -1 for none
        # --- its scans
        ("scan", "i8"),  # number of the last one that was due; 0 is the baseline
        ("extra_scans", "i8"),  # that a symptom asked for
        ("scan_interval", "f8"),  # years
        ("next_scan_at", "f8"),
        ("measurable", "i8"),
        ("n_targets", "i8"),
        ("n_nontargets", "i8"),
        ("baseline_mm", "f8"),
        ("nadir_mm", "f8"),  # the smallest sum, baseline included
        ("smallest_mm", "f8"),  # the smallest sum since baseline
        ("log_nontarget_baseline", "f8"),  # ln of the non-targets' cells at the start of the line
        ("log_nontarget_nadir", "f8"),  # smallest ln of the non-targets' cells
        ("best_response", "i8"),
        ("previous_response", "i8"),
        ("responded_at", "f8"),
        ("first_response_at", "f8"),
        # --- lesions
        ("count", "i8"),
        ("n_followed", "i8"),
        ("n_agenda", "i8"),
        ("agenda_until", "f8"),
        ("next_check", "f8"),
        (
            "years_to_followed",
            "f8",
        ),  # that a new colony of rate 1 a year needs to reach `followed_mm`
        # --- colonies founded under treatment
        ("shedding_rate", "f8"),  # μ
        ("lymph_ratio", "f8"),  # λ_m μL/μ
        ("total_shedding", "f8"),
        ("founding_clock", "f8"),  # colonies to be expected until the next is founded
        ("n_founded", "i8"),  # so far, numbers without a colony included
        ("fastest_organ", "i8"),  # where colonies grow fastest
        ("first_draw", "i8"),  # number of the first colony in `founding_draws`
        ("n_draws", "i8"),
        ("n_founding_periods", "i8"),
        ("n_parents", "i8"),
        # --- intervals of exposure, and the mechanisms that act on the lesion that catches up
        ("n_intervals", "i8"),
        ("interval_regimen", "i8"),  # of the last interval
        ("interval_drugs", "i8"),
        ("interval_pace", "f8"),
        ("n_mechanisms_used", "i8"),
        ("n_acting", "i8"),
        # --- rows written
        ("lines_used", "i8"),
        ("episodes_used", "i8"),
        ("scans_used", "i8"),
        ("drugs_used", "i8"),
        # --- lists of lesions
        # when each lesion that is not followed could, untreated, reach `followed_mm`; how far it is worked
        # out; the agenda: those that could before `agenda_until`, and when (infinity if it is past, or later)
        ("check_at", "f8", (MAX_TREATED,)),
        ("determined", "i1", (MAX_TREATED,)),
        ("agenda", "i8", (MAX_TREATED + 1,)),
        ("agenda_check_at", "f8", (MAX_TREATED + 1,)),
        ("followed", "i8", (MAX_TREATED,)),
        # of each colony founded under treatment: its founding period, and the integral of the rate of
        # founding from the start of that period to when it is founded
        ("founding_period_of", "i8", (MAX_TREATED,)),
        ("founding_integral", "f8", (MAX_TREATED,)),
        # the metastases of each founding period: which, what each shed, and how much of that by lymph
        ("parents", "i8", (MAX_PARENTS + MAX_TREATED,)),
        ("parent_shedding", "f8", (MAX_PARENTS + MAX_TREATED,)),
        ("parent_lymph_share", "f8", (MAX_PARENTS + MAX_TREATED,)),
        ("draw_entities", "i8", (MAX_DRAWS,)),
        ("founding_draws", "f8", (4, MAX_DRAWS)),  # uniforms: wait, parent and organ, sleep, growth
        ("founding_periods", FOUNDING_PERIOD, (MAX_PERIODS + 1,)),
        # of each lesion followed, in the order of `followed`, at the baseline scan; of several alike as many
        # as an organ can have targets
        ("baseline_lesion", "i8", (MAX_BASELINE,)),
        ("baseline_diameter", "f8", (MAX_BASELINE,)),
        ("baseline_organ", "i8", (MAX_BASELINE,)),
        ("baseline_known", "i8", (MAX_BASELINE,)),
        # --- of each mechanism
        ("first_use", "i8", (N_MECHANISMS,)),  # the period
        ("resistant", "i8", (N_MECHANISMS,)),  # whether the whole tumour is
        ("mechanisms_used", "i8", (N_MECHANISMS,)),  # in the order of first use
        ("sensitivity", "f8", (N_MECHANISMS,)),
        ("z_woman", "f8", (N_MECHANISMS,)),
        # --- of each period: its length, its start (the last one: now), and its interval of exposure
        ("lengths", "f8", (MAX_PERIODS + 1,)),
        ("times", "f8", (MAX_PERIODS + 1,)),
        ("interval_of", "i8", (MAX_PERIODS + 1,)),
        # --- of each mechanism that acts on the lesion that catches up: kill a year, log-odds of resistance
        # and odds at the start, odds at the end
        ("acting_rate", "f8", (N_MECHANISMS,)),
        ("acting_log_odds", "f8", (N_MECHANISMS,)),
        ("acting_odds", "f8", (N_MECHANISMS,)),
        ("acting_odds_after", "f8", (N_MECHANISMS,)),
        # --- of each organ
        # ln of the cells of its followed lesions: now, at the start of the period
        ("burden", "f8", (METASTATIC_ORGANS,)),
        ("in_organ", "f8", (METASTATIC_ORGANS,)),  # how many they are
        ("cells", "f8", (METASTATIC_ORGANS,)),  # where they are more than one
        ("burden_before", "f8", (METASTATIC_ORGANS,)),
        # hazards from the burden now, a year
        ("death_rate", "f8", (METASTATIC_ORGANS,)),
        ("symptom_rate", "f8", (METASTATIC_ORGANS,)),
        ("n_symptoms", "i8", (METASTATIC_ORGANS,)),  # that she has
        # the cumulative hazard of symptoms, without and with bone agents; below which value none sets in
        ("symptom_hazard", "f8", (METASTATIC_ORGANS, 2)),
        ("symptom_threshold", "f8", (METASTATIC_ORGANS,)),
        # --- of the organ whose symptoms are worked out: the hazard of a scale of 1 at both ends of the
        # period, ln of their ratio and the integral; ln of its cells at the end
        ("path_first", "f8"),
        ("path_last", "f8"),
        ("path_log_ratio", "f8"),
        ("path_integral", "f8"),
        ("path_end", "f8"),
        # --- when she has a symptom in the period, in the order of the beginnings
        ("n_spells", "i8"),
        ("spell_begin", "f8", (MAX_SPELLS,)),
        ("spell_end", "f8", (MAX_SPELLS,)),
        # --- of each organ and symptom: cumulative hazard at which it sets in, times its scale; the organ's
        # burden at onset (NaN if she does not have it); its row; how often it has set in
        ("symptom_clock", "f8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("onset_burden", "f8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("symptom_row", "i8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        ("onsets", "i8", (METASTATIC_ORGANS, MAX_SYMPTOMS)),
        # --- of the line
        ("targets", "i8", (MAX_TARGETS,)),
        ("nontargets", "i8", (MAX_TREATED,)),
        ("target_mm", "f8", (MAX_TARGETS,)),  # diameters at the last scan
        ("drug_stops_at", "f8", (MAX_DRUGS,)),
        ("drug_counts_from", "f8", (MAX_DRUGS,)),  # when it would have begun, given without a break
        (
            "given_before",
            "f8",
            (MAX_DRUGS,),
        ),  # years in this line before the regimen; infinity: refused
        (
            "spell_of_drug",
            "i8",
            (MAX_DRUGS,),
        ),  # of the regimen, as long as it is given: its place below
        ("spell_after", "i8", (MAX_DRUGS,)),  # the same of the regimen that follows
        ("spells_of_drugs", SPELL_OF_DRUG, (MAX_SPELLS_OF_DRUGS,)),
        ("lesions", TREATED_LESION, (MAX_TREATED,)),
        ("intervals", INTERVAL, (MAX_INTERVALS,)),
    ],
    align=True,
)
"""Working space of one thread for one woman at a time: one record, so that kernels pass a pointer."""


class CourseRows(NamedTuple):
    """What the courses of several women leave.

    Lines (dtype LINE_ROW), symptoms (EPISODE_ROW), scans (SCAN_ROW), spells of drugs (DRUG_ROW), and how each
    woman ended (END). `episodes`, `scans` and `drugs` may be empty; then they are not kept.
    """

    lines: Rows
    episodes: Rows
    scans: Rows
    drugs: Rows
    ends: Rows


def scratch() -> tuple[State, Known]:
    """Working space for one thread: the scratch record, and what is known of the woman."""
    return np.zeros(1, SCRATCH).view(np.recarray)[0], np.zeros(1, KNOWN).view(np.recarray)[0]
