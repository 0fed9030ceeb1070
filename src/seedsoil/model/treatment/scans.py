"""The scans of a line of therapy: the baseline at its start, and what each later scan shows by RECIST 1.1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment import recist
from seedsoil.model.treatment.residue import (
    is_measurable,
    judged_by_who,
    note_size,
    seen_cells,
    seen_mm,
)
from seedsoil.model.treatment.state import BY_NEW_LESION, BY_NON_TARGET, BY_SYMPTOM, BY_TARGET
from seedsoil.vocabulary import BRAIN, CR, DISTANT_NODES, NE, NODE, PD, PR

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Lesion, Parameters, Rows, State, Woman

# Times closer together than this, in years, are the same time: a third of a second.
INSTANT = 1e-8
# Share of the interval by which a scan is early or late at most, so that scans keep their order.
MOST_JITTER = 0.4


@compiled
def stay_known(p: Parameters, c: Constants, woman: Woman, s: State) -> tuple[int, int]:
    """What was known in the line before and is still seen, if only as a residue, stays known in the next.

    It is then no new lesion when it grows again. Returns the organs of such lesions, as bits, and whether
    any of them can be measured.
    """
    organs, measurable = 0, 0
    for k in range(s.n_targets + s.n_nontargets):
        i = s.targets[k] if k < s.n_targets else s.nontargets[k - s.n_targets]
        lesion = s.lesions[i]
        if seen_cells(p, c, woman, s, lesion) > 0.0:
            lesion.known = s.line + 1
            organs |= 1 << lesion.organ
            if is_measurable(p, c, woman, s, lesion):
                measurable = 1
    return organs, measurable


@inlined
def _small_known(s: State) -> int:
    """Known lesions too small to be followed go first among the non-targets. Returns how many they are.

    They were targets or non-targets of the line before.
    """
    before = s.n_nontargets
    kept = 0
    for k in range(before + s.n_targets):
        i = s.nontargets[k] if k < before else s.targets[k - before]
        lesion = s.lesions[i]
        is_followed = s.check_at[i] == math.inf and lesion.extinct_at == math.inf
        if lesion.known == s.line and lesion.nontarget < s.line and not is_followed:
            lesion.nontarget = s.line
            s.nontargets[kept] = i
            kept += 1
    return kept


@inlined
def _offer(p: Parameters, c: Constants, woman: Woman, s: State, i: int, count: int) -> int:
    """A lesion among those that may be targets, `count` before it; what the scan does not show is not known.

    Returns how many there are then: of lesions side by side so many as can be targets.
    """
    lesion = s.lesions[i]
    mm = seen_mm(p, c, woman, s, lesion) if lesion.known == s.line else 0.0
    if mm == 0.0:
        lesion.known = min(lesion.known, s.line - 1)
    for _ in range(min(int(lesion.multiplicity), recist.MAX_TARGETS_IN_ORGAN)):
        s.baseline_lesion[count] = i
        s.baseline_diameter[count] = mm
        # lymph nodes are one organ, wherever they are
        s.baseline_organ[count] = DISTANT_NODES if lesion.organ == NODE else lesion.organ
        s.baseline_known[count] = 1 if mm > 0.0 else 0
        count += 1
    return count


@compiled
def baseline_scan(p: Parameters, c: Constants, woman: Woman, s: State) -> None:
    """The scan at the start of a line: its target lesions, and the known lesions that are no targets.

    Of lesions side by side, all alike, some can be targets and the others not.
    """
    s.scan = 0
    s.extra_scans = 0
    s.suspected_at = math.inf
    s.brain_found = 0
    s.n_nontargets = _small_known(s)
    s.responded_at = math.nan
    s.first_response_at = math.nan
    s.best_response = NE
    s.previous_response = NE
    count = 0
    for j in range(s.n_followed):
        count = _offer(p, c, woman, s, s.followed[j], count)
    for k in range(s.n_nontargets):
        count = _offer(p, c, woman, s, s.nontargets[k], count)
    n, _ = recist.choose_targets(
        s.baseline_diameter, s.baseline_organ, s.baseline_known, count, s.targets
    )
    s.n_targets = n
    for k in range(n):
        j = s.targets[k]
        i = s.baseline_lesion[j]
        s.targets[k] = i
        s.target_mm[k] = s.baseline_diameter[j]
        if s.lesions[i].target < s.line:
            s.lesions[i].target = s.line
            s.lesions[i].targets = 0
        s.lesions[i].targets += 1
    s.measurable = 1 if n > 0 else 0
    s.baseline_mm = 0.0
    if n > 0:
        s.baseline_mm = recist.measured_sum(c, woman.patient, s.line, 0, n, s.target_mm)
    s.nadir_mm = s.baseline_mm
    s.smallest_mm = math.inf
    small, s.n_nontargets = s.n_nontargets, 0
    for k in range(small):
        i = s.nontargets[k]
        if s.lesions[i].known == s.line and _nontargets_of(s, s.lesions[i]) > 0.0:
            s.nontargets[s.n_nontargets] = i
            s.n_nontargets += 1
    for j in range(s.n_followed):
        lesion = s.lesions[s.followed[j]]
        if lesion.known == s.line and _nontargets_of(s, lesion) > 0.0:
            lesion.nontarget = s.line
            s.nontargets[s.n_nontargets] = s.followed[j]
            s.n_nontargets += 1
    s.log_nontarget_nadir, _ = _read_nontargets(p, c, woman, s)
    s.log_nontarget_baseline = s.log_nontarget_nadir
    _plan_next_scan(c, woman, s)


@compiled
def _plan_next_scan(c: Constants, woman: Woman, s: State) -> None:
    """The date of the next scan: as the schedule of the line says, some days early or late."""
    number = s.scan + 1
    s.next_scan_at = s.line_start + number * s.scan_interval
    if c.recist_scan_jitter > 0.0:
        u, _, _, _ = random.uniforms(
            c.key_low, c.key_high, woman.patient, random.SCAN,
            recist.scan_entity(s.line, number), recist.DATE,
        )  # fmt: skip
        most = min(c.recist_scan_jitter, MOST_JITTER * s.scan_interval)
        s.next_scan_at += most * (2.0 * u - 1.0)


@inlined
def is_scan_due(s: State) -> bool:
    """Whether it is time for the next scan of the line."""
    return bool(s.time >= s.next_scan_at - INSTANT)


@inlined
def _nontargets_of(s: State, lesion: Lesion) -> float:
    """How many of the lesions side by side that a known one is made of are no targets."""
    if lesion.target < s.line:
        return float(lesion.multiplicity)
    return float(max(0.0, lesion.multiplicity - lesion.targets))


@inlined
def _read_nontargets(p: Parameters, c: Constants, woman: Woman, s: State) -> tuple[float, bool]:
    """The non-targets as a radiologist reads them: ln of their volume, in cells, and whether all have gone.

    What is seen, living or not, counts as 5 mm at least: too small to measure.
    """
    cells = 0.0
    gone = True
    for k in range(s.n_nontargets):
        lesion = s.lesions[s.nontargets[k]]
        note_size(lesion)
        shown = seen_cells(p, c, woman, s, lesion)
        if shown > 0.0:
            gone = False
            cells += _nontargets_of(s, lesion) * max(shown, c.too_small_cells)
    return math.log(cells) if cells > 0.0 else -math.inf, gone


@inlined
def _read_targets(p: Parameters, c: Constants, woman: Woman, s: State) -> int:
    """The targets' diameters now, into `target_mm`. Returns the one that has grown most since last time."""
    worst, grown = -1, 0.0
    for k in range(s.n_targets):
        lesion = s.lesions[s.targets[k]]
        note_size(lesion)
        now = seen_mm(p, c, woman, s, lesion)
        if now - s.target_mm[k] > grown or worst < 0:
            worst, grown = s.targets[k], now - s.target_mm[k]
        s.target_mm[k] = now
    return int(worst)


@inlined
def _organ_of_new_lesion(c: Constants, s: State) -> int:
    """The organ of a lesion that the scan shows and that was not known at baseline; -1 if there is none."""
    for j in range(s.n_followed):
        lesion = s.lesions[s.followed[j]]
        if lesion.known != s.line:
            seen = lesion.y <= c.new_lesion_y[lesion.organ]
            if seen and (lesion.organ != BRAIN or s.brain_known == 1):
                return int(lesion.organ)
    return -1


@inlined
def _number_of_scan(s: State) -> int:
    """The number of the scan among those of the line; those that a symptom asks for have numbers apart."""
    if is_scan_due(s):
        s.scan += 1
        return int(s.scan)
    s.extra_scans += 1
    return int(recist.FIRST_EXTRA_SCAN + s.extra_scans)


@inlined
def is_scan_needed(s: State) -> bool:
    """Whether she is scanned now: a scan is due, or a symptom has set in that may be progression."""
    return bool(is_scan_due(s) or s.suspected_at < math.inf)


@inlined
def scan_now(p: Parameters, c: Constants, woman: Woman, s: State, scans: Rows) -> None:
    """A scan: the response, and whether it is progression, by RECIST 1.1.

    Between the scans that are due, one for a symptom shows progression or says nothing of the response.
    """
    number = _number_of_scan(s)
    new_organ = _organ_of_new_lesion(c, s)
    if s.brain_found == 1:
        new_organ = BRAIN  # what has given a symptom is certain, however small
        s.brain_found = 0
    log_cells, gone = _read_nontargets(p, c, woman, s)
    worst = _read_targets(p, c, woman, s)
    has_targets = s.n_targets > 0
    total = 0.0
    if has_targets:
        total = recist.measured_sum(c, woman.patient, s.line, number, s.n_targets, s.target_mm)
    response = recist.assess(
        total,
        s.baseline_mm,
        s.nadir_mm,
        has_targets,
        log_cells,
        s.log_nontarget_nadir,
        s.n_nontargets > 0,
        gone,
        new_organ >= 0,
        c,
    )
    if judged_by_who(c, s):
        response = recist.before_recist(response, has_targets, log_cells, s.log_nontarget_baseline)
    by_target = has_targets and recist.has_progressed(total, s.nadir_mm)
    if has_targets:
        s.smallest_mm = min(s.smallest_mm, total)
        s.nadir_mm = min(s.nadir_mm, total)
    s.log_nontarget_nadir = min(s.log_nontarget_nadir, log_cells)
    if response == CR:
        s.log_nontarget_nadir = -math.inf  # whatever is seen again is progression
    if scans.size > s.scans_used:
        row = scans[s.scans_used]
        row.patient = woman.patient
        row.line = s.line
        row.response = response
        row.scanned_at = woman.since_diagnosis + s.time
        row.sum_mm = total if has_targets else math.nan
        s.scans_used += 1
    if response == PD or number <= recist.FIRST_EXTRA_SCAN:
        _update_response(s, response)
    if response == PD:
        _record_progression(s, new_organ, by_target, worst)
    else:
        _plan_next_scan(c, woman, s)
    s.suspected_at = math.inf


@inlined
def _update_response(s: State, response: int) -> None:
    """The best response so far, and when a confirmed one began."""
    if response >= PR:
        if s.previous_response < PR:
            s.first_response_at = s.time
        elif math.isnan(s.responded_at):
            s.responded_at = s.first_response_at
    s.best_response = recist.confirm(s.previous_response, response, s.best_response)
    s.previous_response = response


@inlined
def _record_progression(s: State, new_organ: int, by_target: bool, worst: int) -> None:
    """What shows the progression, and in which organ; a symptom that imaging confirms also dates it."""
    s.progressed_at = s.time
    if s.suspected_at < math.inf:
        s.progressed_at = s.suspected_at
        s.progression_by = BY_SYMPTOM
        s.progression_organ = s.suspected_organ
    elif new_organ >= 0:
        s.progression_by = BY_NEW_LESION
        s.progression_organ = new_organ
    elif by_target:
        s.progression_by = BY_TARGET
        s.progression_organ = s.lesions[worst].organ
    else:
        s.progression_by = BY_NON_TARGET
        s.progression_organ = _organ_of_largest_nontarget(s)


@compiled
def _organ_of_largest_nontarget(s: State) -> int:
    """The organ of the largest known lesion that is not a target; -1 if all have gone."""
    organ, most = -1, -math.inf
    for k in range(s.n_nontargets):
        lesion = s.lesions[s.nontargets[k]]
        if lesion.extinct_at == math.inf and lesion.log_n > most:
            organ, most = lesion.organ, lesion.log_n
    return int(organ)
