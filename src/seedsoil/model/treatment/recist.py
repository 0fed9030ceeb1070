"""Response to treatment by RECIST 1.1, on what a scanner sees (Eisenhauer et al. 2009, Eur J Cancer 45:228).

    CR  every target and non-target lesion has vanished
    PR  S <= 0.7 S_baseline
    PD  S >= 1.2 S_nadir and S >= S_nadir + 5 mm, or a new lesion, or unequivocal growth of non-targets
    SD  none of these

A lesion that shrank below what is seen, or was eradicated, has vanished unless it leaves a residue: a
scar, or the sclerosis of a healed bone metastasis.

S is the sum of the measured diameters of at most five target lesions, chosen at baseline, at most two
an organ; its nadir is the smallest S so far, baseline included. Bone lesions have no measurable soft
part here and brain lesions are assessed apart, as trials do: neither is a target, both are non-targets.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import inlined
from seedsoil.model import random
from seedsoil.vocabulary import BONE, BRAIN, CR, DISTANT_NODES, NODE, PD, PR, SD

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Floats, Integers

# These are definitions of RECIST, not findings.
MAX_TARGETS = 5
MAX_TARGETS_IN_ORGAN = 2
MEASURABLE_MM = 10.0
MEASURABLE_NODE_MM = 15.0  # the short axis of a lymph node
NORMAL_NODE_MM = 10.0  # the short axis below which a lymph node is no disease
TOO_SMALL_MM = 5.0  # recorded for a lesion that is seen but too small to measure
PARTIAL_RESPONSE = 0.7  # of the baseline sum: a decrease of 30 %
PROGRESSION = 1.2  # of the nadir: an increase of 20 %
PROGRESSION_MM = 5.0
# PR by the criteria before RECIST (Miller et al. 1981, Cancer 47:207): the area of what cannot be measured
# halves.
HALF_OF_AREA = 1.5 * math.log(0.5)  # in ln of volume

SCANS_OF_A_LINE = 4096  # room for so many scans of a line among the entities of random numbers
# Random numbers of a scan, by draw: how the first four targets are read, and the fifth; its date.
_FIRST_TARGETS, _FIFTH_TARGET, DATE = range(3)


@inlined
def scan_entity(line: int, scan: int) -> int:
    """The entity of the random numbers of a scan of a line."""
    return line * SCANS_OF_A_LINE + scan


FIRST_EXTRA_SCAN = 2048  # number above which those scans of a line are that a symptom asked for


@inlined
def measurable_mm(organ: int) -> float:
    """The smallest diameter, mm, of a lesion that can be measured; infinity where none can."""
    if organ in (BONE, BRAIN):
        return math.inf
    return MEASURABLE_NODE_MM if organ in (DISTANT_NODES, NODE) else MEASURABLE_MM


@inlined
def choose_targets(
    diameters: Floats,
    organs: Integers,
    visible: Integers,
    count: int,
    targets: Integers,
) -> tuple[int, float]:
    """The target lesions of a baseline scan among the first `count` lesions: (how many, sum in mm).

    The largest visible lesions of at least 10 mm, lymph nodes 15 mm, outside bone and brain, at most five
    and at most two an organ; their indices go into `targets` (length 5), largest first, of equals the
    first. `diameters` in mm, `organs` as codes, `visible` 0 or 1. The sum is of true diameters.
    """
    chosen = 0
    total = 0.0
    last, last_mm = -1, math.inf
    while chosen < MAX_TARGETS:
        best, best_mm = -1, 0.0
        for i in range(count):
            mm = diameters[i]
            organ = organs[i]
            if mm < measurable_mm(organ) or mm <= best_mm or not visible[i]:
                continue
            # before or at the last one in the order of choice: taken, or its organ was full
            if mm > last_mm or (mm == last_mm and i <= last):
                continue
            in_organ = 0
            for k in range(chosen):
                if organs[targets[k]] == organ:
                    in_organ += 1
            if in_organ < MAX_TARGETS_IN_ORGAN:
                best, best_mm = i, mm
        if best < 0:
            break
        targets[chosen] = best
        chosen += 1
        total += best_mm
        last, last_mm = best, best_mm
    return chosen, total


@inlined
def _measured(c: Constants, diameter: float, uniform: float) -> float:
    """d e^(σ z) mm, at least 5 mm of a lesion that is seen; 0 of one that has vanished."""
    if diameter <= 0.0:
        return 0.0
    measured = diameter * math.exp(c.recist_measurement_sd * random.normal(uniform))
    return max(measured, TOO_SMALL_MM)


@inlined
def measured_sum(
    c: Constants, patient: int, line: int, scan: int, n: int, diameters: Floats
) -> float:
    """The sum of the `n` targets' diameters as measured at one scan, mm.

    Each is read with an independent log-normal error of standard deviation `recist_measurement_sd` of
    the logarithm. A lesion that the scanner no longer shows has diameter 0 here, whether eradicated or
    only too small to see, and counts 0; one that is seen, if only as a residue, counts at least 5 mm,
    RECIST's value for "too small to measure". The random numbers depend on nothing but patient, line,
    scan and the target's rank.
    """
    if n == 0:
        return 0.0
    entity = scan_entity(line, scan)
    draws = random.uniforms(c.key_low, c.key_high, patient, random.SCAN, entity, _FIRST_TARGETS)
    total = _measured(c, diameters[0], draws[0])
    for k in range(1, min(n, 4)):
        total += _measured(c, diameters[k], draws[k])
    if n > 4:
        draws = random.uniforms(c.key_low, c.key_high, patient, random.SCAN, entity, _FIFTH_TARGET)
        total += _measured(c, diameters[4], draws[0])
    return total


@inlined
def has_progressed(sum_mm: float, nadir_mm: float) -> bool:
    """Whether the sum of the targets has grown by 20 % and by 5 mm over its nadir."""
    return sum_mm >= PROGRESSION * nadir_mm and sum_mm >= nadir_mm + PROGRESSION_MM


@inlined
def assess(
    sum_mm: float,
    baseline_mm: float,
    nadir_mm: float,
    has_targets: bool,
    nontarget_log_volume: float,
    nontarget_nadir_log_volume: float,
    has_nontarget: bool,
    nontarget_gone: bool,
    new_lesion: bool,
    c: Constants,
) -> int:
    """The overall response of one scan: PD, SD, PR or CR (tables 1 and 2 of the guideline).

    `nadir_mm` is the smallest sum of the scans before this one, baseline included, and
    `nontarget_nadir_log_volume` the smallest ln of the non-targets' volume, in cells. Non-targets
    progress when theirs lies more than `recist_nontarget_log_increase` above it and above that of one
    lesion of 10 mm, unless they are gone: below what can be measured no growth is unequivocal.

    After a complete response a target that is seen again is PD, by its nadir of 0, and non-targets of
    10 mm, as for a new lesion: the caller sets their nadir to minus infinity at the CR.

    Without targets the response is CR when the non-targets are gone, else SD: RECIST's
    "non-CR/non-PD". Without any lesion seen at baseline it is SD until a new lesion appears.
    """
    if new_lesion:
        return PD
    if has_targets and has_progressed(sum_mm, nadir_mm):
        return PD
    threshold = max(
        nontarget_nadir_log_volume + c.recist_nontarget_log_increase, c.measurable_log_cells
    )
    if has_nontarget and not nontarget_gone and nontarget_log_volume > threshold:
        return PD
    if not has_targets:
        return CR if has_nontarget and nontarget_gone else SD
    if sum_mm <= 0.0 and (nontarget_gone or not has_nontarget):
        return CR
    return PR if sum_mm <= PARTIAL_RESPONSE * baseline_mm else SD


@inlined
def before_recist(response: int, has_targets: bool, log_volume: float, at_baseline: float) -> int:
    """The response by the criteria before RECIST, by which what cannot be measured responds as well.

    `response` is that by RECIST; of a woman without targets it is PR where the area of her non-targets has
    halved, `log_volume` being ln of their volume now and `at_baseline` at the start, in cells.
    """
    halved = at_baseline > -math.inf and log_volume <= at_baseline + HALF_OF_AREA
    return PR if response == SD and not has_targets and halved else response


@inlined
def confirm(previous_response: int, response: int, best: int) -> int:
    """The best overall response after a scan, with confirmation (table 3 of the guideline).

    A response counts when the scan before (`previous_response`; NE at the first) was one too: the
    lesser of the two is confirmed. Alone it counts as SD, which the first scan is late enough to show.
    Start with `best` = NE; a woman who is never scanned stays there. PD is best only if nothing came
    before. Scans lie at least the four weeks apart that confirmation needs.

    The date of the response is that of the scan *before* the one at which `best` first reaches PR: the
    first scan of the confirmed response. It does not move when PR deepens to CR.
    """
    confirmed = min(previous_response, response)
    if confirmed < PR:
        confirmed = min(response, SD)
    return max(best, confirmed)
