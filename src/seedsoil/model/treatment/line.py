"""One line of therapy: what is known when it starts, its drugs, its scans, its end (compiled)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.natural_history.growth import diameter_mm
from seedsoil.model.treatment import recist as response
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.exposure import begin_interval, exposure
from seedsoil.model.treatment.lesion import log_odds
from seedsoil.model.treatment.resistance import OESTROGEN_DEPRIVATION
from seedsoil.model.treatment.rules import BY_STRATEGY, choose, first_rule
from seedsoil.model.treatment.state import (
    BY_NEW_LESION,
    BY_NON_TARGET,
    BY_TARGET,
    MAX_DRUGS,
    NEVER,
    STOP_PLANNED,
    STOP_PROGRESSION,
    STOP_TOXICITY,
)
from seedsoil.vocabulary import (
    BONE,
    BRAIN,
    CR,
    LIVER,
    LUNG,
    METASTATIC_ORGANS,
    N_MECHANISMS,
    NE,
    PD,
    PR,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOG10 = math.log(10.0)
# A residue's diameter: that of a lesion too small to measure is recorded as 5 mm, whatever it is.
_RESIDUE_MM = 1.0
_LOG_MEASURABLE = 3.0 * math.log(response.MEASURABLE_MM)  # of the volume, in 1 mm³
# Progression within half a year of first-line endocrine therapy is primary endocrine resistance (a definition
# of the ESO-ESMO consensus).
_EARLY_PROGRESSION = 0.5
# What is this close, in years, is at the same time: a third of a second.
INSTANT = 1e-8


@compiled
def known_now(p: Any, c: Any, woman: Any, s: Any, known: Any) -> None:
    """What imaging and history show when a line is to start; marks the lesions seen as known."""
    if s.line == 0:
        known.subtype = woman.subtype
        known.biomarkers = woman.biomarkers
        known.adjuvant = woman.adjuvant
        known.presentation = woman.presentation
        known.postmenopausal = woman.postmenopausal
        known.endocrine_resistant = woman.endocrine_resistant
        known.chemo_lines = 0
        known.endocrine_lines = 0
        known.drugs = 0
        known.mechanisms = 0
        known.classes = 0
        known.recent_drugs = 0
        known.recent_mechanisms = 0
        known.recent_classes = 0
        known.last_line = -1.0  # there is none
    known.line = s.line + 1
    known.age = woman.age + s.time
    organs = 0
    measurable = 0
    mutated = 0
    cells = 0.0
    # ESR1: resistance to oestrogen deprivation that therapy has selected, not what was there from the start
    m = OESTROGEN_DEPRIVATION
    deprived = s.first_period[m] < s.periods and s.resistant[m] == 0
    for j in range(s.actives):
        lesion = s.lesions[s.active[j]]
        organ = lesion.organ
        cells += math.exp(lesion.log_n)
        visible = lesion.y <= c.imaging_y[organ]
        if visible and (organ != BRAIN or s.brain_known == 1):
            lesion.known = s.line + 1
            organs |= 1 << organ
            large = lesion.log_n >= p.log_cells_1mm + _LOG_MEASURABLE
            if large and organ != BONE and organ != BRAIN:
                measurable = 1
            if deprived and mutated == 0:
                interval = s.intervals[s.n_intervals - 1]
                selected = exposure(c, interval, m, organ, s.time)
                if selected > c.esr1_selection:
                    z = log_odds(p, c, woman, s, lesion, interval, m, s.time)
                    mutated = 1 if z > 0.0 else 0
    if woman.first_organ >= 0 and s.line == 0:
        organs |= 1 << woman.first_organ
    known.organs = organs
    known.visceral = 1 if organs & (1 << LUNG | 1 << LIVER) else 0
    known.brain = 1 if organs & 1 << BRAIN or s.brain_known == 1 else 0
    known.bone_only = 1 if organs == 1 << BONE else 0
    known.measurable = measurable
    known.esr1 = mutated
    known.crisis = 1 if max(s.burden[LUNG], s.burden[LIVER]) > c.crisis_log_cells else 0
    known.log_burden = math.log(cells) if cells > 0.0 else 0.0


@inlined
def _is_fit(c: Any, known: Any, u: float) -> bool:
    """Whether she is fit for a further line: less often with a large burden and in old age.

    logit = a + b log10(burden / 1e10) + c (age - 60)/10
    """
    logit = (
        c.attrition_log_odds
        + c.attrition_per_log10_cells * (known.log_burden / _LOG10 - 10.0)
        + c.attrition_per_decade * (known.age - 60.0) / 10.0
    )
    return bool(u < 1.0 / (1.0 + math.exp(-logit)))


@compiled
def next_regimen(p: Any, plan: Any, woman: Any, s: Any, known: Any) -> int:
    """The regimen of the line that is to start, or -1 if there is none; sets until and then."""
    c = plan.constants
    u, v, w, x = random.uniforms(p.key_low, p.key_high, woman.patient, random.LINE, s.line + 1, 0)
    if s.line > 0 and not _is_fit(c, known, v):
        return -1
    s.until = math.inf
    s.then = -1
    s.trial_line = 0
    if s.crossover >= 0:
        regimen = s.crossover
        s.crossover = -1
        return int(regimen)
    enrolling = (
        s.enrolled == 0
        and plan.trial.size > 0
        and x < c.enrolment_share
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
    s.until = rule.until
    s.then = rule.then
    return choose(rule, c.regimen_bits, known.drugs, u)


@compiled
def _take_up(c: Any, woman: Any, s: Any, regimen: int, since: float, draw: int, p: Any) -> None:
    """Put the drugs of a regimen on: when each will stop, planned or for toxicity."""
    s.regimen = regimen
    s.next_change = -math.inf  # from now on other drugs are given
    s.toxic_stops = 0
    e0, e1, e2, e3 = random.exponentials(
        p.key_low, p.key_high, woman.patient, random.LINE, s.line, draw
    )
    for k in range(MAX_DRUGS):
        drug = c.regimen_drugs[regimen, k]
        s.stops[k] = -1.0
        if drug < 0:
            continue
        e = e0 if k == 0 else (e1 if k == 1 else (e2 if k == 2 else e3))
        hazard = c.drug_discontinuation[drug]
        toxic = e / hazard if hazard > 0.0 else math.inf
        s.stops[k] = since + min(toxic, c.regimen_years[regimen, k])
        if toxic < c.regimen_years[regimen, k]:
            s.toxic_stops |= 1 << k
        for m in range(N_MECHANISMS):
            if c.drug_log_kill[drug, m] > -100.0 and s.first_period[m] == NEVER:
                _first_use(p, c, woman, s, m)


@compiled
def _first_use(p: Any, c: Any, woman: Any, s: Any, m: int) -> None:
    """Draw the woman's resistance to a mechanism not used before."""
    z, deviate, primary = resistance.of_woman(p, c, woman.patient, m)
    s.first_period[m] = s.periods
    s.used[s.n_used] = m
    s.n_used += 1
    s.resistant[m] = 1 if primary else 0
    s.z_woman[m] = z
    if c.adjuvant_therapy[m] >= 0 and woman.adjuvant >> c.adjuvant_therapy[m] & 1:
        s.z_woman[m] += c.adjuvant_carry[c.adjuvant_therapy[m]]
    s.sensitivity[m] = resistance.sensitivity(c, m, s.frailty, deviate, woman.log_relative_growth)


@compiled
def begin_line(p: Any, plan: Any, woman: Any, s: Any, known: Any, regimen: int) -> None:
    """Start a line: drugs, toxicity, baseline scan."""
    c = plan.constants
    s.line += 1
    s.first_regimen = regimen
    s.line_start = s.time
    s.scan = 0
    s.stopped_at = math.nan
    s.stop_reason = STOP_PLANNED
    s.discontinued = 0
    s.progressed_at = math.nan
    s.progression_by = -1
    s.progression_organ = -1
    s.responded_at = math.nan
    s.first_response_at = math.nan
    s.best = NE
    s.previous_response = NE
    interval = c.scan_years[1 if s.enrolled == 1 else 0]
    if s.trial_line == 1:
        interval = c.trial_scan_years
    s.scan_interval = interval
    _take_up(c, woman, s, regimen, s.time, 1, p)

    a, b, _, _ = random.uniforms(p.key_low, p.key_high, woman.patient, random.LINE, s.line, 2)
    without = 1.0
    deadly = 0.0
    for k in range(MAX_DRUGS):
        drug = c.regimen_drugs[regimen, k]
        if drug >= 0:
            without *= 1.0 - c.drug_grade3[drug]
            deadly += c.drug_toxic_death[drug]
    s.toxic = 1 if a < 1.0 - without else 0
    if b < deadly:
        # in the first half year, at a uniform time: the draw's own remainder
        s.toxic_death = min(s.toxic_death, s.time + 0.5 * b / deadly)

    known.recent_drugs = c.regimen_bits[regimen]
    known.recent_mechanisms = c.regimen_mechanisms[regimen]
    known.recent_classes = c.regimen_classes[regimen]
    known.drugs |= known.recent_drugs
    known.mechanisms |= known.recent_mechanisms
    known.classes |= known.recent_classes
    if c.regimen_chemo[regimen]:
        known.chemo_lines += 1
    elif c.regimen_endocrine[regimen]:
        known.endocrine_lines += 1

    # Baseline: targets, and what is left as non-target
    for j in range(s.actives):
        lesion = s.lesions[s.active[j]]
        known_now = lesion.known == s.line
        s.baseline_mm_of[j] = diameter_mm(p.log_cells_1mm, lesion.log_n) if known_now else 0.0
        s.baseline_organ[j] = lesion.organ
        s.baseline_known[j] = 1 if known_now else 0
    n, _ = response.choose_targets(
        s.baseline_mm_of, s.baseline_organ, s.baseline_known, s.actives, s.targets
    )
    s.n_targets = n
    for k in range(n):
        j = s.targets[k]
        s.targets[k] = s.active[j]
        s.lesions[s.targets[k]].target = s.line
        s.diameters[k] = s.baseline_mm_of[j]
    s.measurable = 1 if n > 0 else 0
    s.baseline_mm = 0.0
    if n > 0:
        s.baseline_mm = response.measured_sum(c, woman.patient, s.line, 0, n, s.diameters)
    s.nadir_mm = s.baseline_mm
    s.smallest_mm = math.inf
    s.n_nontargets = 0
    for j in range(s.actives):
        lesion = s.lesions[s.active[j]]
        if lesion.known == s.line and lesion.target != s.line:
            s.nontargets[s.n_nontargets] = s.active[j]
            s.n_nontargets += 1
    s.log_nontarget_nadir, _ = _nontargets_now(p, c, woman, s)
    for organ in range(METASTATIC_ORGANS):
        s.at_start[organ] = s.burden[organ]


@inlined
def _is_seen(c: Any, lesion: Any) -> bool:
    """Whether the scanner shows a known lesion: down to a smaller size than that at which one is found."""
    return bool(lesion.extinct_at == math.inf and lesion.y <= c.still_seen_y)


@inlined
def _leaves_residue(p: Any, c: Any, woman: Any, lesion: Any) -> bool:
    """Whether a lesion that has gone is still seen, as a scar; drawn when first asked for."""
    if lesion.residue < 0:
        u, _, _, _ = random.uniforms(
            p.key_low, p.key_high, woman.patient, random.RESIDUE, lesion.entity, 0
        )
        lesion.residue = int(u < c.recist_residue[lesion.organ])
    return bool(lesion.residue == 1)


@inlined
def _nontargets_now(p: Any, c: Any, woman: Any, s: Any) -> tuple[float, bool]:
    """ln of the non-targets' volume (as cells) as a radiologist reads it, and whether all have gone.

    What is seen counts as 5 mm at least, a residue as 5 mm: too small to measure.
    """
    cells = 0.0
    gone = True
    for k in range(s.n_nontargets):
        lesion = s.lesions[s.nontargets[k]]
        if _is_seen(c, lesion):
            gone = False
            cells += max(math.exp(lesion.log_n), c.too_small_cells)
        elif _leaves_residue(p, c, woman, lesion):
            gone = False
            cells += c.too_small_cells
    return math.log(cells) if cells > 0.0 else -math.inf, gone


@inlined
def set_drugs(c: Any, woman: Any, p: Any, s: Any, known: Any) -> None:
    """The drugs that are given from now on; a new spell if they are others than before."""
    if s.time < s.next_change - INSTANT:
        return
    if s.regimen >= 0 and s.time >= s.line_start + s.until - INSTANT:
        s.until = math.inf
        if s.then >= 0:
            _take_up(c, woman, s, s.then, s.time, 3, p)
            known.drugs |= c.regimen_bits[s.then]
            known.mechanisms |= c.regimen_mechanisms[s.then]
            known.classes |= c.regimen_classes[s.then]
            known.recent_drugs |= c.regimen_bits[s.then]
            known.recent_mechanisms |= c.regimen_mechanisms[s.then]
            known.recent_classes |= c.regimen_classes[s.then]
        else:
            for k in range(MAX_DRUGS):
                if s.stops[k] > s.time:
                    s.stops[k] = s.time
                    s.toxic_stops &= ~(1 << k)
    given = 0
    s.next_change = math.inf
    if s.regimen >= 0:
        s.next_change = s.line_start + s.until
        for k in range(MAX_DRUGS):
            if s.stops[k] > s.time + INSTANT:
                given |= 1 << k
                s.next_change = min(s.next_change, s.stops[k])
            elif s.toxic_stops >> k & 1:
                s.discontinued = 1
        if given == 0 and math.isnan(s.stopped_at):
            s.stopped_at = s.time
            last = 0
            for k in range(1, MAX_DRUGS):
                if s.stops[k] > s.stops[last]:
                    last = k
            s.stop_reason = STOP_TOXICITY if s.toxic_stops >> last & 1 else STOP_PLANNED
        elif given != 0:
            s.stopped_at = math.nan
    s.drugs_given = given
    regimen = s.regimen if given != 0 else -1
    if regimen != s.kill_regimen or given != s.kill_given:
        s.kill_regimen = regimen
        s.kill_given = given
        begin_interval(c, woman, s, regimen, given)


@inlined
def until_change(s: Any) -> float:
    """Years until the next scan of the line, or until its drugs change as planned or for toxicity."""
    at = s.line_start + (s.scan + 1) * s.scan_interval
    return float(min(at, s.next_change) - s.time)


@inlined
def is_scan_due(s: Any) -> bool:
    """Whether it is time for the next scan of the line."""
    return bool(s.time >= s.line_start + (s.scan + 1) * s.scan_interval - INSTANT)


@inlined
def scan_now(p: Any, c: Any, woman: Any, s: Any, scans: NDArray[Any]) -> None:
    """A scan: the response, and whether it is progression, by RECIST 1.1."""
    s.scan += 1
    new_organ = -1
    for j in range(s.actives):
        lesion = s.lesions[s.active[j]]
        if lesion.known != s.line:
            seen = lesion.y <= c.new_lesion_y[lesion.organ]
            if new_organ < 0 and seen and (lesion.organ != BRAIN or s.brain_known == 1):
                new_organ = lesion.organ
    log_cells, gone = _nontargets_now(p, c, woman, s)
    total = 0.0
    worst, grown = -1, 0.0
    for k in range(s.n_targets):
        lesion = s.lesions[s.targets[k]]
        now = 0.0
        if _is_seen(c, lesion):
            now = diameter_mm(p.log_cells_1mm, lesion.log_n)
        elif _leaves_residue(p, c, woman, lesion):
            now = _RESIDUE_MM
        if now - s.diameters[k] > grown or worst < 0:
            worst, grown = s.targets[k], now - s.diameters[k]
        s.diameters[k] = now
    if s.n_targets > 0:
        total = response.measured_sum(c, woman.patient, s.line, s.scan, s.n_targets, s.diameters)
    some = s.n_nontargets > 0
    code = response.assess(
        total,
        s.baseline_mm,
        s.nadir_mm,
        s.n_targets > 0,
        log_cells,
        s.log_nontarget_nadir,
        some,
        gone,
        new_organ >= 0,
        c,
    )
    by_target = (
        s.n_targets > 0
        and total >= response.PROGRESSION * s.nadir_mm
        and total >= s.nadir_mm + response.PROGRESSION_MM
    )
    if s.n_targets > 0:
        s.smallest_mm = min(s.smallest_mm, total)
        s.nadir_mm = min(s.nadir_mm, total)
    s.log_nontarget_nadir = min(s.log_nontarget_nadir, log_cells)
    if code == CR:
        s.log_nontarget_nadir = -math.inf  # whatever is seen again is progression
    if scans.size > s.scans_used:
        row = scans[s.scans_used]
        row.patient = woman.patient
        row.line = s.line
        row.response = code
        row.scanned_at = woman.since_diagnosis + s.time
        row.sum_mm = total if s.n_targets > 0 else math.nan
        s.scans_used += 1
    if code >= PR:
        if s.previous_response < PR:
            s.first_response_at = s.time
        elif math.isnan(s.responded_at):
            s.responded_at = s.first_response_at
    s.best = response.confirm(s.previous_response, code, s.best)
    s.previous_response = code
    if code == PD:
        s.progressed_at = s.time
        if new_organ >= 0:
            s.progression_by = BY_NEW_LESION
            s.progression_organ = new_organ
        elif by_target:
            s.progression_by = BY_TARGET
            s.progression_organ = s.lesions[worst].organ
        else:
            s.progression_by = BY_NON_TARGET
            s.progression_organ = _largest_nontarget(s)


@compiled
def _largest_nontarget(s: Any) -> int:
    """The organ of the largest known lesion that is not a target."""
    organ, most = -1, -math.inf
    for k in range(s.n_nontargets):
        lesion = s.lesions[s.nontargets[k]]
        if lesion.extinct_at == math.inf and lesion.log_n > most:
            organ, most = lesion.organ, lesion.log_n
    return int(organ)


@compiled
def close_line(woman: Any, s: Any, known: Any, lines: NDArray[Any], at: float, reason: int) -> None:
    """End the line: write its row; what it teaches of endocrine resistance is kept."""
    row = lines[s.lines_used]
    s.lines_used += 1
    row.patient = woman.patient
    row.line = s.line
    row.regimen = s.first_regimen
    row.maintenance = s.regimen if s.regimen != s.first_regimen else -1
    row.organs = known.organs
    row.visceral = known.visceral == 1
    row.brain = known.brain == 1
    row.bone_only = known.bone_only == 1
    row.esr1 = known.esr1 == 1
    row.toxicity = s.toxic == 1
    row.discontinued = s.discontinued == 1
    row.trial = s.trial_line == 1
    row.measurable = s.measurable == 1
    base = woman.since_diagnosis
    row.started_at = base + s.line_start
    if math.isnan(s.stopped_at):
        row.stopped_at = base + at
        row.stop_reason = reason
    else:
        row.stopped_at = base + s.stopped_at
        row.stop_reason = s.stop_reason
    row.progressed_at = base + s.progressed_at
    row.progression_by = s.progression_by
    row.progression_organ = s.progression_organ
    row.best_response = s.best
    row.responded_at = base + s.responded_at
    row.baseline_mm = s.baseline_mm if s.measurable == 1 else math.nan
    row.best_change = math.nan
    if s.measurable == 1 and s.smallest_mm < math.inf:
        row.best_change = s.smallest_mm / s.baseline_mm - 1.0
    if reason == STOP_PROGRESSION:
        known.last_line = s.progressed_at - s.line_start
        endocrine_first = known.endocrine_lines == 1 and s.line == 1
        if endocrine_first and known.last_line < _EARLY_PROGRESSION:
            known.endocrine_resistant = 1
    s.regimen = -1
    s.drugs_given = 0
    s.next_change = -math.inf
