"""One line of therapy: which regimen, its drugs and how long each is given, and its end.

What is known when it starts is in `known`, its scans are in `scans`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.agenda import quicken
from seedsoil.model.treatment.carry_over import carried_over
from seedsoil.model.treatment.drug_spells import change_drugs, hand_over_drugs, write_spells
from seedsoil.model.treatment.exposure import NO_LOG_KILL, exposure, start_interval
from seedsoil.model.treatment.fitness import is_fit, participation
from seedsoil.model.treatment.known import (
    esr1_in_plasma,
    know_line,
    know_next_part,
    know_progression,
)
from seedsoil.model.treatment.rules import (
    BY_STRATEGY,
    NO_SWITCH,
    STAY,
    by_share,
    choose,
    first_rule,
)
from seedsoil.model.treatment.scans import INSTANT, baseline_scan
from seedsoil.model.treatment.state import (
    MAX_DRUGS,
    NEVER,
    PART_MAINTENANCE,
    PART_REGIMEN,
    PART_SWITCH,
    STOP_PLANNED,
    STOP_PROGRESSION,
    STOP_SWITCH,
    STOP_TOXICITY,
)
from seedsoil.vocabulary import N_MECHANISMS, OTHER

if TYPE_CHECKING:
    from seedsoil.model.treatment.plan import Plan
    from seedsoil.model.types import Constants, Known, Parameters, Rows, State, Woman

# Years from the start of a line in which a toxic death falls.
_TOXIC_DEATH_WITHIN = 0.5
# Random numbers of a line, by draw: the choice of regimen; that of maintenance and of what a switch is to;
# grade 3 toxicity and toxic death, of the first regimen and of what maintenance adds; those of what a switch
# adds; from _STOPS on, for each drug, when toxicity stops it.
_CHOICE = 0
_CHOICE_AFTER = 1
_TOXICITY = 2
_SWITCH_TOXICITY = 3
_STOPS = 16


@compiled
def next_regimen(p: Parameters, plan: Plan, woman: Woman, s: State, known: Known) -> int:
    """The regimen of the line that is to start, or -1 if there is none.

    Sets how long it is planned, what maintenance and what switch may follow, and whether the line is that of
    a trial.
    """
    c = plan.constants
    u, v, w, x = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.LINE, s.line + 1, _CHOICE
    )
    if s.line > 0 and not is_fit(c, known.fitness, v):
        return -1
    s.planned_years = math.inf
    s.maintenance = -1
    s.switch = NO_SWITCH
    s.trial_line = 0
    if s.crossover >= 0:
        regimen = s.crossover
        s.crossover = -1
        return int(regimen)
    enrolling = (
        s.enrolled == 0
        and plan.trial.size > 0
        and x < c.enrolment_share * participation(c, known.age)
        and first_rule(plan.trial, known) >= 0
    )
    if enrolling:
        s.enrolled = 1
        s.trial_line = 1
        if w < c.crossover_share:
            s.crossover = c.crossover_regimen
    if enrolling and plan.trial[0].regimens[0] != BY_STRATEGY:
        rule = plan.trial[0]
    else:
        rules = plan.after if s.enrolled == 1 else plan.before
        index = first_rule(rules, known)
        if index < 0:
            return -1
        rule = rules[index]
    s.planned_years = rule.planned_years
    s.maintenance = rule.maintenance[0]
    s.switch = rule.switch[0]
    if rule.maintenance_cumulative[0] < 1.0 or rule.switch_cumulative[0] < 1.0:
        then, other, _, _ = random.uniforms(
            p.key_low, p.key_high, woman.patient, random.LINE, s.line + 1, _CHOICE_AFTER
        )
        s.maintenance = by_share(rule.maintenance, rule.maintenance_cumulative, then)
        s.switch = by_share(rule.switch, rule.switch_cumulative, other)
    return choose(rule, c.regimen_bits, known.drugs, u)


@inlined
def _years_until_toxicity(
    p: Parameters, c: Constants, woman: Woman, s: State, drug: int, given_before: float
) -> float:
    """Years until toxicity stops a drug that has been given for `given_before` years of the line."""
    hazard = c.drug_discontinuation[drug]
    if hazard <= 0.0:
        return math.inf
    e = random.exponential(p.key_low, p.key_high, woman.patient, random.LINE, s.line, _STOPS + drug)
    return float(max(0.0, e / hazard - given_before))


@compiled
def _start_regimen(p: Parameters, c: Constants, woman: Woman, s: State, regimen: int) -> None:
    """Start the drugs of a regimen now: when each will stop, as planned or for toxicity.

    `given_before` says for how long each was given in this line before, or that it is refused.
    """
    s.regimen = regimen
    s.next_change = -math.inf  # from now on other drugs are given
    s.toxic_stops = 0
    s.line_drugs |= c.regimen_bits[regimen]
    for k in range(MAX_DRUGS):
        drug = c.regimen_drugs[regimen, k]
        s.drug_stops_at[k] = -1.0
        if drug < 0 or s.given_before[k] == math.inf:
            continue
        s.drug_counts_from[k] = s.time - s.given_before[k]
        toxic = _years_until_toxicity(p, c, woman, s, drug, s.given_before[k])
        s.drug_stops_at[k] = s.time + min(toxic, c.regimen_years[regimen, k])
        if toxic < c.regimen_years[regimen, k]:
            s.toxic_stops |= 1 << k
        for m in range(N_MECHANISMS):
            if c.drug_log_kill[drug, m] > NO_LOG_KILL and s.first_use[m] == NEVER:
                first_use(p, c, woman, s, m)


@compiled
def first_use(p: Parameters, c: Constants, woman: Woman, s: State, m: int) -> None:
    """Draw the woman's resistance and sensitivity to a mechanism not used before."""
    z, deviate, primary = resistance.of_woman(p, c, woman.patient, m)
    s.first_use[m] = s.periods
    s.mechanisms_used[s.n_mechanisms_used] = m
    s.n_mechanisms_used += 1
    s.resistant[m] = 1 if primary else 0
    s.z_woman[m] = carried_over(p, c, woman, s.time, m, z)
    other = resistance.other_endocrine(m)
    if other >= 0 and s.first_use[other] < s.periods:
        _share_resistance(p, c, woman, s, m, other)
    s.sensitivity[m] = resistance.sensitivity(c, m, s.frailty, deviate, woman.log_relative_growth)


@compiled
def _share_resistance(
    p: Parameters, c: Constants, woman: Woman, s: State, m: int, other: int
) -> None:
    """What she resists of a mechanism used before she resists of one that hits the same receptor."""
    if not resistance.shares_endocrine(p, c, woman.patient):
        return
    if s.resistant[other] == 1:
        s.resistant[m] = 1
    met = exposure(c, s.intervals[s.n_intervals - 1], other, OTHER, s.time)
    s.z_woman[m] = resistance.either(s.z_woman[m], s.z_woman[other] + met)


@compiled
def start_line(
    p: Parameters, c: Constants, woman: Woman, s: State, known: Known, lines: Rows, regimen: int
) -> None:
    """Start a line: what is known at its start goes into its row; drugs, toxicity, baseline scan."""
    lines[s.lines_used].known = known
    s.line += 1
    _set_pace(c, woman, s)
    s.first_regimen = regimen
    s.part = PART_REGIMEN
    s.n_spells_of_drugs = 0
    s.line_drugs = 0
    s.refused = 0
    s.maintained = -1
    s.switched = NO_SWITCH
    s.esr1_at = math.nan
    s.line_start = s.time
    s.stopped_at = math.nan
    s.stop_reason = STOP_PLANNED
    s.discontinued = 0
    s.progressed_at = math.nan
    s.progression_by = -1
    s.progression_organ = -1
    interval = c.scan_years[1 if s.enrolled == 1 else 0]
    if s.trial_line == 1:
        interval = c.trial_scan_years
    s.scan_interval = interval
    s.toxicity = 0
    for k in range(MAX_DRUGS):
        s.given_before[k] = 0.0
    a, b, _, _ = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.LINE, s.line, _TOXICITY
    )
    _draw_toxicity(c, s, regimen, 0, a, b)
    _start_regimen(p, c, woman, s, regimen)
    know_line(c, known, regimen)
    baseline_scan(p, c, woman, s)


@inlined
def _set_pace(c: Constants, woman: Woman, s: State) -> None:
    """The pace of growth of the line that starts: (b / median b)^-r e^(a (line - 1)), b of her primary.

    a is that for each line after the first, r the part of her departure that growth loses under therapy.
    """
    later = min(s.line - 1.0, c.quickening_lines)
    pace = math.exp(c.quickening * later - c.growth_regression * woman.log_relative_growth)
    if pace != s.pace:
        quicken(s, s.time, pace / s.pace)
        s.pace = pace


@inlined
def _draw_toxicity(
    c: Constants, s: State, regimen: int, drugs_before: int, a: float, b: float
) -> None:
    """Whether a regimen brings toxicity of grade 3 or more, and whether and when it kills her.

    For the uniforms `a` and `b`; of its drugs those count that are not among the bits `drugs_before`.
    """
    without = 1.0
    deadly = 0.0
    for k in range(MAX_DRUGS):
        drug = c.regimen_drugs[regimen, k]
        if drug >= 0 and drugs_before >> drug & 1 == 0:
            without *= 1.0 - c.drug_grade3[drug]
            deadly += c.drug_toxic_death[drug]
    if a < 1.0 - without:
        s.toxicity = 1
    if b < deadly:
        # at a uniform time, by the same draw: given b < deadly, b / deadly is uniform
        s.toxic_death = min(s.toxic_death, s.time + _TOXIC_DEATH_WITHIN * b / deadly)


@inlined
def set_drugs(p: Parameters, c: Constants, woman: Woman, s: State, known: Known) -> None:
    """The drugs that are given from now on; a new interval of exposure if they are others than before."""
    if s.time < s.next_change - INSTANT:
        return
    if s.regimen >= 0:
        _note_toxic_stops(s)
        if s.maintenance >= 0 and _makes_way(c, s):
            _start_maintenance(p, c, woman, s, known)
        elif s.time >= s.line_start + s.planned_years - INSTANT:
            _end_planned(s)
    given = 0
    s.next_change = math.inf
    if s.regimen >= 0:
        s.next_change = s.line_start + s.planned_years
        for k in range(MAX_DRUGS):
            if s.drug_stops_at[k] > s.time + INSTANT:
                given |= 1 << k
                s.next_change = min(s.next_change, s.drug_stops_at[k])
        if given == 0 and math.isnan(s.stopped_at):
            s.stopped_at = s.time
            last = 0
            for k in range(1, MAX_DRUGS):
                if s.drug_stops_at[k] > s.drug_stops_at[last]:
                    last = k
            s.stop_reason = STOP_TOXICITY if s.toxic_stops >> last & 1 else STOP_PLANNED
        elif given != 0:
            s.stopped_at = math.nan
    if given != s.drugs_given:
        change_drugs(c, s, given)
    regimen = s.regimen if given != 0 else -1
    if regimen != s.interval_regimen or given != s.interval_drugs or s.pace != s.interval_pace:
        s.interval_pace = s.pace
        s.interval_regimen = regimen
        s.interval_drugs = given
        start_interval(c, woman, s, regimen, given)


@inlined
def _note_toxic_stops(s: State) -> None:
    """Whether toxicity has stopped a drug of the line so far."""
    for k in range(MAX_DRUGS):
        if s.toxic_stops >> k & 1 and s.drug_stops_at[k] <= s.time + INSTANT:
            s.discontinued = 1


@inlined
def _makes_way(c: Constants, s: State) -> bool:
    """Whether maintenance starts: the planned time is over, or what it replaces has stopped before."""
    if s.time >= s.line_start + s.planned_years - INSTANT:
        return True
    replaced, given = 0, 0
    for k in range(MAX_DRUGS):
        drug = c.regimen_drugs[s.regimen, k]
        if drug >= 0:
            goes_on = c.regimen_bits[s.maintenance] >> drug & 1
            replaced |= 1 - goes_on
            if s.drug_stops_at[k] > s.time + INSTANT:
                given |= 1 | (1 - goes_on) << 1
    return given == 0 or (replaced == 1 and given & 2 == 0)


@inlined
def _end_planned(s: State) -> None:
    """The planned time of the regimen is over and no maintenance follows: its drugs stop."""
    s.planned_years = math.inf
    for k in range(MAX_DRUGS):
        if s.drug_stops_at[k] > s.time:
            s.drug_stops_at[k] = s.time
            s.toxic_stops &= ~(1 << k)


@compiled
def _start_maintenance(p: Parameters, c: Constants, woman: Woman, s: State, known: Known) -> None:
    """Maintenance follows in the same line; if toxicity has stopped all its drugs, the line's drugs stop."""
    regimen = s.maintenance
    s.maintenance = -1
    s.planned_years = math.inf
    _, _, a, b = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.LINE, s.line, _TOXICITY
    )
    if _go_on_with(p, c, woman, s, known, regimen, PART_MAINTENANCE, a, b):
        s.maintained = regimen
    else:
        _end_planned(s)


@compiled
def look_for_esr1(p: Parameters, c: Constants, woman: Woman, s: State, known: Known) -> None:
    """At a scan without progression: at an ESR1 mutation in plasma she is switched in the same line.

    What was planned to follow does not, then. A switch to what she is given already changes nothing.
    """
    if s.drugs_given == 0 or esr1_in_plasma(p, c, woman, s) == 0:
        return
    regimen = s.switch
    s.switch = NO_SWITCH
    s.esr1_at = s.time
    if regimen == STAY:
        return
    if regimen != s.regimen:
        _note_toxic_stops(s)
        a, b, _, _ = random.uniforms(
            p.key_low, p.key_high, woman.patient, random.LINE, s.line, _SWITCH_TOXICITY
        )
        if not _go_on_with(p, c, woman, s, known, regimen, PART_SWITCH, a, b):
            return
        s.maintenance = -1
        s.planned_years = math.inf
    s.switched = regimen


@compiled
def _go_on_with(
    p: Parameters,
    c: Constants,
    woman: Woman,
    s: State,
    known: Known,
    regimen: int,
    part: int,
    a: float,
    b: float,
) -> bool:
    """The line goes on with another regimen, without the drugs that toxicity has stopped in it.

    Toxicity is drawn of the drugs that it adds, by the uniforms `a` and `b`; those that go on keep the day on
    which toxicity stops them. False, and nothing is changed, if no drug is left of it.
    """
    for j in range(MAX_DRUGS):
        drug = c.regimen_drugs[s.regimen, j]
        if s.toxic_stops >> j & 1 and s.drug_stops_at[j] <= s.time + INSTANT:
            s.refused |= 1 << drug
    if c.regimen_bits[regimen] & ~s.refused == 0:
        return False
    for k in range(MAX_DRUGS):
        s.given_before[k] = 0.0
        drug = c.regimen_drugs[regimen, k]
        if drug < 0:
            continue
        for j in range(MAX_DRUGS):
            if c.regimen_drugs[s.regimen, j] == drug:
                s.given_before[k] = min(s.time, s.drug_stops_at[j]) - s.drug_counts_from[j]
        if s.refused >> drug & 1:
            s.given_before[k] = math.inf
    hand_over_drugs(c, s, regimen, STOP_SWITCH if part == PART_SWITCH else STOP_PLANNED)
    know_next_part(c, known, s.first_regimen, s.regimen, regimen)
    s.part = part
    _draw_toxicity(c, s, regimen, s.line_drugs, a, b)
    _start_regimen(p, c, woman, s, regimen)
    return True


@inlined
def until_change(s: State) -> float:
    """Years until the next scan of the line, or until its drugs change as planned or for toxicity."""
    return float(min(s.next_scan_at, s.next_change) - s.time)


@compiled
def end_line(
    woman: Woman, s: State, known: Known, lines: Rows, drugs: Rows, at: float, reason: int
) -> None:
    """End the line: complete its row; what its end says of endocrine resistance becomes known."""
    if drugs.size > 0:
        write_spells(woman, s, at, reason, drugs)
    row = lines[s.lines_used]
    s.lines_used += 1
    row.patient = woman.patient
    row.line = s.line
    row.regimen = s.first_regimen
    row.maintenance = s.maintained
    row.switch = s.switched
    row.esr1_at = woman.since_diagnosis + s.esr1_at
    row.visceral = row.known.visceral == 1
    row.brain = row.known.brain == 1
    row.bone_only = row.known.bone_only == 1
    row.ecog = row.known.ecog
    row.esr1 = row.known.esr1 == 1
    row.toxicity = s.toxicity == 1
    row.discontinued = s.discontinued == 1
    row.trial = s.trial_line == 1
    row.measurable = s.measurable == 1
    diagnosis = woman.since_diagnosis
    row.started_at = diagnosis + s.line_start
    if math.isnan(s.stopped_at):
        row.stopped_at = diagnosis + at
        row.stop_reason = reason
    else:
        row.stopped_at = diagnosis + s.stopped_at
        row.stop_reason = s.stop_reason
    row.progressed_at = diagnosis + s.progressed_at
    row.progression_by = s.progression_by
    row.progression_organ = s.progression_organ
    row.best_response = s.best_response
    row.responded_at = diagnosis + s.responded_at
    row.baseline_mm = s.baseline_mm if s.measurable == 1 else math.nan
    row.best_change = math.nan
    if s.measurable == 1 and s.smallest_mm < math.inf:
        row.best_change = s.smallest_mm / s.baseline_mm - 1.0
    if reason == STOP_PROGRESSION:
        know_progression(s, known)
    s.regimen = -1
    s.drugs_given = 0
    s.next_change = -math.inf
