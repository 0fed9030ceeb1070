"""The metastatic course under treatment: the second loop, from the day metastatic disease is found to death.

It goes by periods, each up to the next scan or change of drugs. In a period every lesion that matters grows
and is killed, metastases found colonies, symptoms set in or resolve, and she may die; at its end she is
scanned if a scan is due or a symptom asks for one. A line ends where a scan shows progression. Times are
years since metastatic disease was found.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined, shared
from seedsoil.model import random
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.agenda import earliest_check
from seedsoil.model.treatment.burden import death_from_burden, first_burdens, update_burdens
from seedsoil.model.treatment.exposure import has_interval
from seedsoil.model.treatment.fitness import hazard_factor, health_now, own_deviate
from seedsoil.model.treatment.known import update_known
from seedsoil.model.treatment.lesions import (
    any_living,
    has_room,
    load_lesions,
    simulate_period,
)
from seedsoil.model.treatment.line import (
    end_line,
    look_for_esr1,
    next_regimen,
    set_drugs,
    start_line,
    until_change,
)
from seedsoil.model.treatment.new_metastases import found_colonies, reset_new_metastases
from seedsoil.model.treatment.rules import NO_SWITCH
from seedsoil.model.treatment.scans import is_scan_due, is_scan_needed, scan_now
from seedsoil.model.treatment.state import (
    CAUSE_CANCER,
    CAUSE_OTHER,
    CAUSE_TREATMENT,
    MAX_LINES,
    NEVER,
    STOP_DEATH,
    STOP_PROGRESSION,
)
from seedsoil.model.treatment.symptoms import reset_symptoms, set_in, simulate_symptoms
from seedsoil.vocabulary import BONE, BRAIN, N_MECHANISMS

if TYPE_CHECKING:
    from seedsoil.model.treatment.plan import Plan
    from seedsoil.model.treatment.state import CourseRows
    from seedsoil.model.types import (
        Constants,
        Integers,
        Known,
        Lesions,
        Parameters,
        Rows,
        State,
        Woman,
    )

# While no lesion is large enough to be followed and no drug is given: periods between two checks of whether
# any colony is alive.
_CURE_CHECKED_EVERY = 4
# The longest period in which no lesion is large enough to be followed, years.
_LONGEST_UNFOLLOWED = 5.0
# Hazard of death from the burden, a year, above which periods are half as long.
_HIGH_HAZARD = 0.5
_NO_INTERVAL = -2  # regimen of an interval of exposure before the first; -1 is that without drugs
_SAME = 1e-9  # share of a period by which the time up to the next event may exceed whole periods


@compiled
def load_woman(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State
) -> None:
    """Put the woman on the day metastatic disease is found into the scratch space."""
    load_lesions(p, c, woman, initial_lesions, s)
    s.n_mechanisms_used = 0
    for m in range(N_MECHANISMS):
        s.first_use[m] = NEVER
    reset_symptoms(s)
    s.time = 0.0
    s.line = 0
    s.regimen = -1
    s.next_change = -math.inf
    s.drugs_given = 0
    s.interval_regimen = _NO_INTERVAL
    s.interval_drugs = 0
    s.interval_pace = s.pace
    s.n_intervals = 0
    s.enrolled = 0
    s.trial_line = 0
    s.brain_known = 0
    s.brain_found = 0
    s.n_targets = 0
    s.n_nontargets = 0
    s.suspected_at = math.inf
    s.brain_at = math.inf
    s.on_treatment = 0.0
    s.with_symptoms = 0.0
    s.truncated = 0
    s.crossover = -1
    s.toxic_death = math.inf
    s.progressed_at = math.nan
    s.shedding_rate = math.exp(woman.log_shedding)
    s.lymph_ratio = woman.lymph_ratio
    s.frailty = resistance.frailty(p, woman.patient)
    s.own_fitness = own_deviate(p, c, woman.patient)
    s.hazard_factor = 1.0
    s.death_clock = random.exponential(
        p.key_low, p.key_high, woman.patient, random.TREATED_DEATH, 0, 0
    )
    reset_new_metastases(p, woman, s)


@compiled
def _first_findings(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State, episodes: Rows
) -> None:
    """What revealed metastatic disease: brain metastases are known then, and the symptom has set in."""
    organ = woman.first_organ
    if organ == BRAIN:
        s.brain_known = 1
        s.brain_at = 0.0
    if woman.first_symptom >= 0:
        set_in(
            p,
            c,
            woman,
            initial_lesions,
            s,
            organ,
            woman.first_symptom,
            0.0,
            s.burden[organ],
            episodes,
        )


@inlined
def _period(c: Constants, s: State) -> float:
    """The length of the next period, years."""
    ahead = math.inf
    if s.regimen >= 0:
        ahead = until_change(s)
    if s.n_followed == 0:
        # nothing kills, hurts or sheds until a lesion is large enough to be followed
        check = s.next_check if s.next_check < s.agenda_until else earliest_check(s)
        unfollowed = max(c.period_years, check - s.time)
        return float(min(ahead, min(_LONGEST_UNFOLLOWED, unfollowed)))
    longest = c.period_years
    if s.hazard > _HIGH_HAZARD:
        longest *= 0.5
    if ahead <= longest:
        return float(ahead)
    if ahead == math.inf:
        return float(longest)
    return float(ahead / math.ceil(ahead / longest - _SAME))


@inlined
def _is_over(p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State) -> bool:
    """Whether nothing is left to follow: the disease is eradicated, or no period more can be recorded."""
    if not (has_room(s) and has_interval(s)):
        return True
    # a line in progress goes on, and is scanned, even if nothing is left
    check = s.n_followed == 0 and s.regimen < 0 and s.periods % _CURE_CHECKED_EVERY == 0
    return check and not any_living(p, c, woman, initial_lesions, s)


@compiled
def _next_line(
    p: Parameters, plan: Plan, woman: Woman, s: State, known: Known, lines: Rows
) -> bool:
    """Start the next line, if there is one for her."""
    if s.line >= MAX_LINES or s.lines_used >= lines.size:
        return False
    c = plan.constants
    update_known(p, c, woman, s, known)
    regimen = next_regimen(p, plan, woman, s, known)
    if regimen < 0:
        return False
    start_line(p, c, woman, s, known, lines, regimen)
    return True


@inlined
def _first_death(woman: Woman, s: State, death: float, cause: int) -> tuple[float, int]:
    """The first of a death, another cause's and a toxic one: its time and cause."""
    if woman.other_death < death:
        death, cause = woman.other_death, CAUSE_OTHER
    if s.toxic_death < death:
        death, cause = s.toxic_death, CAUSE_TREATMENT
    return death, cause


@shared
def simulate_treated(
    p: Parameters,
    plan: Plan,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    known: Known,
    lines: Rows,
    episodes: Rows,
    scans: Rows,
    drugs: Rows,
) -> tuple[float, int]:
    """The woman's course from the day metastatic disease is found; years to her death, and its cause.

    Appends to `lines`, `episodes` (of symptoms), `scans` and `drugs` (spells of them) from the counts in
    the scratch state on; all but `lines` may be empty, then they are not kept. Afterwards the scratch space
    holds her lesions as they are at death.
    """
    c = plan.constants
    load_woman(p, c, woman, initial_lesions, s)
    rate = first_burdens(p, woman, s)
    _first_findings(p, c, woman, initial_lesions, s, episodes)
    has_line = True  # until there is none for her
    while True:
        if _is_over(p, c, woman, initial_lesions, s):
            death, cause = _first_death(woman, s, woman.other_death, CAUSE_OTHER)
            break
        if s.regimen < 0 and has_line:
            has_line = _next_line(p, plan, woman, s, known, lines)
        set_drugs(p, c, woman, s, known)
        s.hazard_factor = hazard_factor(c, health_now(c, woman, s))
        s.step = _period(c, s)
        simulate_period(p, c, woman, initial_lesions, s, s.step)
        rate_before = rate
        rate = update_burdens(p, woman, s)
        found_colonies(p, woman, s, rate_before, rate)
        end = s.time + s.step
        death, cause = _first_death(woman, s, death_from_burden(p, s), CAUSE_CANCER)
        bone_agent = c.bone_agent[s.enrolled] == 1 and known.organs >> BONE & 1 == 1
        simulate_symptoms(p, c, woman, initial_lesions, s, bone_agent, min(end, death), episodes)
        if s.drugs_given != 0:
            s.on_treatment += min(s.step, death - s.time)
        if death <= end:
            break
        end = s.times[s.periods]
        s.time = end
        if s.regimen >= 0:
            if is_scan_needed(s):
                due = is_scan_due(s)
                scan_now(p, c, woman, s, scans)
                if due and s.switch != NO_SWITCH and math.isnan(s.progressed_at):
                    look_for_esr1(p, c, woman, s, known)
            if not math.isnan(s.progressed_at):
                end_line(woman, s, known, lines, drugs, end, STOP_PROGRESSION)
    if s.regimen >= 0:
        end_line(woman, s, known, lines, drugs, death, STOP_DEATH)
    return death, cause


@compiled
def simulate_treated_range(
    p: Parameters,
    plan: Plan,
    women: Rows,
    first_lesion_of: Integers,
    initial_lesions: Lesions,
    begin: int,
    s: State,
    known: Known,
    rows: CourseRows,
) -> tuple[int, int]:
    """Follow women begin, begin + 1, … to death: what each leaves, into `rows`.

    Stops when `rows.lines` could not hold one more woman; the other rows must have room. Returns the next
    woman and the lines used.
    """
    s.lines_used = 0
    s.episodes_used = 0
    s.scans_used = 0
    s.drugs_used = 0
    i = begin
    while i < women.size and s.lines_used + MAX_LINES <= rows.lines.size:
        woman = women[i]
        end = rows.ends[i]
        first = s.lines_used
        own = initial_lesions[first_lesion_of[i] : first_lesion_of[i] + woman.lesions]
        death, cause = simulate_treated(
            p, plan, woman, own, s, known, rows.lines, rows.episodes, rows.scans, rows.drugs
        )
        end.died_at = death
        end.cause = cause
        end.lines = s.line
        end.first_line = first
        end.on_treatment = s.on_treatment
        end.with_symptoms = s.with_symptoms
        end.brain_at = s.brain_at
        end.truncated = s.truncated
        i += 1
    return i, s.lines_used
