"""The metastatic course under treatment: the second loop, from the day metastatic disease is found to death.

It goes on by periods, each up to the next scan or change of drugs: kill and growth of every lesion, what
metastases found, death and symptoms of the period, and, when it is due, the scan. A line ends where a scan
or a symptom shows progression. Times are years since the metastatic disease was found.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled, inlined, shared
from seedsoil.model import random
from seedsoil.model.treatment import period_hazard as burden
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.agenda import earliest_due
from seedsoil.model.treatment.exposure import has_interval
from seedsoil.model.treatment.lesions import (
    any_living,
    determine,
    has_room,
    load_lesions,
    next_period,
    shedding,
)
from seedsoil.model.treatment.line import (
    begin_line,
    close_line,
    is_scan_due,
    known_now,
    next_regimen,
    scan_now,
    set_drugs,
    until_change,
)
from seedsoil.model.treatment.new_metastases import begin_new_metastases, spread
from seedsoil.model.treatment.state import (
    BY_SYMPTOM,
    CAUSE_CANCER,
    CAUSE_OTHER,
    CAUSE_TREATMENT,
    MAX_LINES,
    NEVER,
    STOP_DEATH,
    STOP_PROGRESSION,
)
from seedsoil.vocabulary import BONE, BRAIN, MAX_SYMPTOMS, METASTATIC_ORGANS, N_MECHANISMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Periods between looks for the extinction of the last small colony, when none is large enough to follow.
_LOOK_FOR_CURE = 4
# The longest period in which nothing is large enough to follow, years.
_LONGEST_ALONE = 5.0
# Hazard of death, a year, from which periods are half as long: what kills is watched more closely.
_WATCHED = 0.5
_NONE = -1e300  # ln of no cells
_NOT_DRAWN = -1.0


@compiled
def _load(p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any) -> None:
    """Put the woman on the day metastatic disease is found into the scratch space."""
    patient = woman.patient
    k0, k1 = p.key_low, p.key_high
    load_lesions(p, c, woman, initial_lesions, s)
    s.n_used = 0
    for m in range(N_MECHANISMS):
        s.first_period[m] = NEVER
    for organ in range(METASTATIC_ORGANS):
        for k in range(MAX_SYMPTOMS):
            s.symptom_level[organ, k] = math.nan
            s.episodes[organ, k] = 0
        s.symptoms_of[organ] = 0
        s.symptom_hazard[organ, 0] = 0.0
        s.symptom_hazard[organ, 1] = 0.0
        s.symptom_free[organ] = _NOT_DRAWN
    s.time = 0.0
    s.line = 0
    s.regimen = -1
    s.next_change = -math.inf
    s.drugs_given = 0
    s.kill_regimen = -2
    s.kill_given = 0
    s.n_intervals = 0
    s.enrolled = 0
    s.trial_line = 0
    s.brain_known = 0
    s.brain_at = math.inf
    s.on_treatment = 0.0
    s.with_symptoms = 0.0
    s.truncated = 0
    s.crossover = -1
    s.toxic_death = math.inf
    s.progressed_at = math.nan
    s.symptomatic = 0
    s.shedding_rate = math.exp(woman.log_shedding)
    s.frailty = resistance.frailty(p, patient)
    e, _, _, _ = random.exponentials(k0, k1, patient, random.TREATED_DEATH, 0, 0)
    s.death_clock = e
    begin_new_metastases(p, woman, s)


@inlined
def _sum_burdens(p: Any, woman: Any, s: Any) -> float:
    """Sum up the cells of each organ into `s.burden` (ln); the rate at which metastases found colonies."""
    for organ in range(METASTATIC_ORGANS):
        s.before[organ] = s.burden[organ]
        s.burden[organ] = _NONE
        s.cells[organ] = 0.0
    shed = 0.0
    for j in range(s.actives):
        lesion = s.lesions[s.active[j]]
        organ, log_n = lesion.organ, lesion.log_n
        if s.burden[organ] < 0.0:
            s.burden[organ] = log_n  # as long as it is the only one
        else:
            if s.cells[organ] == 0.0:
                s.cells[organ] = math.exp(s.burden[organ])
            s.cells[organ] += math.exp(log_n)
        sheds = shedding(p, woman, organ, log_n)
        s.mother_shedding[s.n_mothers + j] = sheds  # for what is founded in the period
        shed += sheds
    for organ in range(METASTATIC_ORGANS):
        if s.cells[organ] > 0.0:
            s.burden[organ] = math.log(s.cells[organ])
    s.total_shedding = shed
    return float(s.shedding_rate * shed)


@inlined
def _dies_of_cancer(p: Any, s: Any) -> float:
    """Time of death from the burden in the period that begins at `s.time`, or infinity.

    Hazard Σ_o h_o (N_o/1e11)^g. Takes the period's hazard off the clock.
    """
    g = p.death_exponent
    total = 0.0
    first, last = 0.0, 0.0
    for organ in range(METASTATIC_ORGANS):
        r0 = s.death_rate[organ]
        r1 = 0.0
        if s.burden[organ] < 0.0 and r0 == 0.0:
            continue
        if s.burden[organ] > 0.0:
            r1 = math.exp(p.death_log_top[organ] + g * (s.burden[organ] - p.log_capacity))
        s.death_rate[organ] = r1
        if r0 > 0.0 or r1 > 0.0:
            ratio = g * (s.burden[organ] - s.before[organ])
            total += burden.integral(r0, r1, ratio, s.step)
            first += r0
            last += r1
    s.hazard = last
    if total < s.death_clock:
        s.death_clock -= total
        return math.inf
    # the sum of the organs' exponentials taken as one, scaled to the period's total
    ratio = burden.log_ratio(first, last)
    whole = burden.integral(first, last, ratio, s.step)
    return float(s.time + burden.when(first, last, ratio, s.step, s.death_clock * whole / total))


@compiled
def _draw_symptoms(p: Any, c: Any, woman: Any, s: Any, organ: int) -> None:
    """Draw the clocks of an organ's symptoms."""
    e0, e1, e2, e3 = random.exponentials(
        p.key_low, p.key_high, woman.patient, random.TREATED_SYMPTOM, organ, 0
    )
    s.symptom_clock[organ, 0] = e0
    s.symptom_clock[organ, 1] = e1
    s.symptom_clock[organ, 2] = e2
    s.symptom_clock[organ, 3] = e3
    _await_symptom(p, c, s, organ)


@inlined
def _await_symptom(p: Any, c: Any, s: Any, organ: int) -> None:
    """Up to what sum of the organ's hazard none of the symptoms that it does not cause yet sets in."""
    least = math.inf
    for k in range(p.symptom_count[organ]):
        if math.isnan(s.symptom_level[organ, k]):
            least = min(least, s.symptom_clock[organ, k] / c.symptom_scale[organ, k])
    s.symptom_free[organ] = least


@compiled
def _onset(
    p: Any,
    c: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    organ: int,
    symptom: int,
    at: float,
    log_cells: float,
    rows: NDArray[Any],
) -> None:
    """Write down that a symptom sets in, with the organ's largest lesion as its cause."""
    s.symptom_level[organ, symptom] = log_cells
    s.symptomatic += 1
    s.symptoms_of[organ] += 1
    s.symptom_row[organ, symptom] = -1
    if s.episodes_used < rows.size:
        largest, most = -1, _NONE
        for j in range(s.actives):
            lesion = s.lesions[s.active[j]]
            if lesion.organ == organ and lesion.log_n > most:
                largest, most = s.active[j], lesion.log_n
        if largest < 0:
            # none is large enough to be followed: the largest of those left alone
            for i in range(s.count):
                determine(p, c, woman, initial_lesions, s, i)
                lesion = s.lesions[i]
                awake = lesion.wakes <= at and lesion.extinct_at == math.inf
                if lesion.organ == organ and awake and lesion.log_n > most:
                    largest, most = i, lesion.log_n
        row = rows[s.episodes_used]
        row.patient = woman.patient
        row.lesion = largest
        row.organ = organ
        row.symptom = symptom
        row.onset_at = at
        row.resolved_at = math.nan
        s.symptom_row[organ, symptom] = s.episodes_used
        s.episodes_used += 1


@inlined
def _symptoms(
    p: Any,
    c: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    bone_agent: bool,
    until: float,
    rows: NDArray[Any],
) -> None:
    """Symptoms that set in or resolve in the period, up to `until`; may end the line (see `line`)."""
    end = s.time + s.step
    since = math.inf  # from when on in this period she has a symptom
    for organ in range(METASTATIC_ORGANS):
        now, before = s.burden[organ], s.before[organ]
        nothing = now < 0.0 and before < 0.0
        if s.symptom_free[organ] < 0.0 and not (nothing and s.symptoms_of[organ] == 0):
            _draw_symptoms(p, c, woman, s, organ)
        if nothing:
            s.symptom_rate[organ] = 0.0
            if s.symptoms_of[organ] > 0 and until >= end:
                for k in range(p.symptom_count[organ]):
                    if not math.isnan(s.symptom_level[organ, k]):
                        _resolve(p, c, s, organ, k, rows)
            continue
        r0 = s.symptom_rate[organ]
        r1 = 0.0
        if now > 0.0:
            r1 = math.exp(p.symptom_exponent[organ] * (now - p.log_capacity))
        s.symptom_rate[organ] = r1
        ratio = p.symptom_exponent[organ] * (now - before)
        integral = burden.integral(r0, r1, ratio, s.step)
        agent = c.bone_agent_ratio if organ == BONE and bone_agent else 1.0
        s.symptom_hazard[organ, 0] += integral
        s.symptom_hazard[organ, 1] += agent * integral
        if s.symptoms_of[organ] == 0 and s.symptom_hazard[organ, 0] < s.symptom_free[organ]:
            continue
        for k in range(p.symptom_count[organ]):
            if not math.isnan(s.symptom_level[organ, k]):
                since = s.time
                if now < s.symptom_level[organ, k] + c.symptom_log_resolution and until >= end:
                    _resolve(p, c, s, organ, k, rows)
                continue
            # bone agents put off skeletal events, not pain, which is the first
            skeletal = int(k > 0)
            left = s.symptom_hazard[organ, skeletal] - (
                s.symptom_clock[organ, k] / c.symptom_scale[organ, k]
            )
            if left < 0.0:
                continue
            if skeletal:
                left /= agent
            at = s.time + burden.when(r0, r1, ratio, s.step, integral - left)
            if at > until:
                continue
            since = min(since, at)
            _onset(
                p,
                c,
                woman,
                initial_lesions,
                s,
                organ,
                k,
                at,
                before + (now - before) * (at - s.time) / s.step if before > 0.0 else now,
                rows,
            )
            s.episodes[organ, k] += 1
            e0, e1, e2, e3 = random.exponentials(
                p.key_low,
                p.key_high,
                woman.patient,
                random.TREATED_SYMPTOM,
                organ,
                s.episodes[organ, k],
            )
            s.symptom_clock[organ, k] = e0 if k == 0 else (e1 if k == 1 else (e2 if k == 2 else e3))
            _await_symptom(p, c, s, organ)
            # Symptomatic deterioration: a new symptom of an organ that has grown since the line began,
            # or the first of the brain, which is imaged only for symptoms.
            grown = now > s.at_start[organ] and now > before
            if organ == BRAIN and s.brain_known == 0:
                grown = True
                s.brain_known = 1
            if organ == BRAIN:
                s.brain_at = min(s.brain_at, at)
            # of several in one period, the first
            if grown and s.regimen >= 0 and not s.progressed_at <= at:
                s.progressed_at = at
                s.progression_by = BY_SYMPTOM
                s.progression_organ = organ
    if since < until:
        s.with_symptoms += until - since


@compiled
def _resolve(p: Any, c: Any, s: Any, organ: int, symptom: int, rows: NDArray[Any]) -> None:
    """End a symptom; its clock, which has stood still, runs again."""
    s.symptom_level[organ, symptom] = math.nan
    s.symptomatic -= 1
    s.symptoms_of[organ] -= 1
    s.symptom_clock[organ, symptom] += (
        c.symptom_scale[organ, symptom] * s.symptom_hazard[organ, int(symptom > 0)]
    )
    _await_symptom(p, c, s, organ)
    index = s.symptom_row[organ, symptom]
    if index >= 0:
        rows[index].resolved_at = s.time + s.step


@inlined
def _period(c: Any, s: Any) -> float:
    """Years until what comes next is looked at."""
    ahead = math.inf
    if s.regimen >= 0:
        ahead = until_change(s)
    if s.actives == 0:
        # nothing kills, hurts or spreads until something is large enough to follow
        due = s.next_due if s.next_due < s.horizon else earliest_due(s)
        alone = max(c.period_years, due - s.time)
        return float(min(ahead, min(_LONGEST_ALONE, alone)))
    longest = c.period_years
    if s.hazard > _WATCHED:
        longest *= 0.5
    if ahead <= longest:
        return float(ahead)
    if ahead == math.inf:
        return float(longest)
    return float(ahead / math.ceil(ahead / longest - 1e-9))


@shared
def simulate_treated(
    p: Any,
    plan: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    known: Any,
    lines: NDArray[Any],
    episodes: NDArray[Any],
    scans: NDArray[Any],
) -> tuple[float, int]:
    """The woman's course from the day metastatic disease is found; years to her death, and its cause.

    Appends to `lines`, `episodes` (of symptoms) and `scans` from the counts in the scratch state on;
    `episodes` and `scans` may be empty, then they are not kept. Afterwards the scratch space holds her
    lesions as they are at death.
    """
    c = plan.constants
    _load(p, c, woman, initial_lesions, s)
    for organ in range(METASTATIC_ORGANS):
        s.burden[organ] = _NONE
    rate = _sum_burdens(p, woman, s)
    s.hazard = 0.0
    for organ in range(METASTATIC_ORGANS):
        s.at_start[organ] = s.burden[organ]
        s.death_rate[organ] = 0.0
        s.symptom_rate[organ] = 0.0
        if s.burden[organ] > 0.0:
            log_share = s.burden[organ] - p.log_capacity
            s.death_rate[organ] = math.exp(p.death_log_top[organ] + p.death_exponent * log_share)
            s.symptom_rate[organ] = math.exp(p.symptom_exponent[organ] * log_share)
            s.hazard += s.death_rate[organ]
    if woman.first_organ == BRAIN:
        s.brain_known = 1
        s.brain_at = 0.0
    if woman.first_symptom >= 0:
        _onset(
            p,
            c,
            woman,
            initial_lesions,
            s,
            woman.first_organ,
            woman.first_symptom,
            0.0,
            s.burden[woman.first_organ],
            episodes,
        )
    fit = True
    while True:
        # a line in progress goes on, and is scanned, even if nothing is left
        look = s.actives == 0 and s.regimen < 0 and s.periods % _LOOK_FOR_CURE == 0
        if not (has_room(s) and has_interval(s)) or (
            look and not any_living(p, c, woman, initial_lesions, s)
        ):
            # nothing is left to follow
            death, cause = woman.other_death, CAUSE_OTHER
            if s.toxic_death < death:
                death, cause = s.toxic_death, CAUSE_TREATMENT
            break
        if s.regimen < 0 and fit:
            fit = False
            if s.line < MAX_LINES and s.lines_used < lines.size:
                known_now(p, c, woman, s, known)
                regimen = next_regimen(p, plan, woman, s, known)
                if regimen >= 0:
                    fit = True
                    begin_line(p, plan, woman, s, known, regimen)
        set_drugs(c, woman, p, s, known)
        s.step = _period(c, s)
        next_period(p, c, woman, initial_lesions, s, s.step)
        rate_before = rate
        rate = _sum_burdens(p, woman, s)
        spread(p, woman, s, rate_before, rate)
        end = s.time + s.step
        death = _dies_of_cancer(p, s)
        cause = CAUSE_CANCER
        if woman.other_death < death:
            death, cause = woman.other_death, CAUSE_OTHER
        if s.toxic_death < death:
            death, cause = s.toxic_death, CAUSE_TREATMENT
        bone_agent = c.bone_agent[s.enrolled] == 1 and known.organs >> BONE & 1 == 1
        _symptoms(p, c, woman, initial_lesions, s, bone_agent, min(end, death), episodes)
        if s.drugs_given != 0:
            s.on_treatment += min(s.step, death - s.time)
        if death <= end:
            break
        s.time = s.times[s.periods]
        if s.regimen >= 0:
            if math.isnan(s.progressed_at) and is_scan_due(s):
                scan_now(p, c, woman, s, scans)
            if not math.isnan(s.progressed_at):
                close_line(woman, s, known, lines, s.time, STOP_PROGRESSION)
    if s.regimen >= 0:
        close_line(woman, s, known, lines, death, STOP_DEATH)
    return death, cause


@compiled
def simulate_treated_range(
    p: Any,
    plan: Any,
    women: NDArray[Any],
    first_lesion_of: NDArray[Any],
    initial_lesions: NDArray[Any],
    begin: int,
    s: Any,
    known: Any,
    lines: NDArray[Any],
    episodes: NDArray[Any],
    scans: NDArray[Any],
    ends: NDArray[Any],
) -> tuple[int, int]:
    """Follow women begin, begin+1, … to death: their lines into `lines`, how they end into `ends`.

    Stops when `lines` could not hold one more woman. Returns the next woman and the lines used.
    """
    s.lines_used = 0
    s.episodes_used = 0
    s.scans_used = 0
    i = begin
    while i < women.size and s.lines_used + MAX_LINES <= lines.size:
        woman = women[i]
        end = ends[i]
        first = s.lines_used
        here = initial_lesions[first_lesion_of[i] : first_lesion_of[i] + woman.lesions]
        death, cause = simulate_treated(p, plan, woman, here, s, known, lines, episodes, scans)
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
