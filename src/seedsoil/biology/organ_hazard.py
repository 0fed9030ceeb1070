"""First event of a process that the whole burden of an organ drives. Exact, by thinning.

    hazard(t) = c (Σ_l N_l(t))^a,   0 < a ≤ 1

For a ≤ 1 the power of the sum is at most the sum of the powers, so the lesions' own processes
c N_l^a, each inverted exactly (see `hazard`), propose the events, and a proposal at t is accepted with
probability (Σ N_l)^a / Σ N_l^a. A lesion founded later cannot change what happened before.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from seedsoil import random
from seedsoil.biology.hazard import bound, clock, elapsed
from seedsoil.biology.lesions import wind, y_at
from seedsoil.compiled import compiled

DEATH = -1
_NOT_LOOKED_AT = -1.0


@compiled
def _propose(
    p: Any,
    patient: int,
    stream: int,
    lesion: Any,
    draw: int,
    reading: float,
    slowness: float,
    ln_a: float,
    after: float,
) -> tuple[float, int]:
    """The lesion's next proposal later than `after`, and the number of draws used so far."""
    time = lesion.start + elapsed(reading, ln_a, lesion.ln_y, lesion.rate)
    while time <= after:
        e, _, _, _ = random.exponentials(
            p.key_low, p.key_high, patient, stream, lesion.entity, draw
        )
        draw += 1
        reading += e * lesion.rate * slowness
        time = lesion.start + elapsed(reading, ln_a, lesion.ln_y, lesion.rate)
    return time, draw


@compiled
def _acceptance(
    lesions: NDArray[Any], count: int, organ: int, a: float, proposer: Any, time: float
) -> float:
    """(Σ N)^a / Σ N^a over the living lesions of the organ, in units of the proposer's size."""
    reference = y_at(proposer, time)
    total = 0.0
    powers = 0.0
    for i in range(count):
        lesion = lesions[i]
        if lesion.organ == organ and lesion.start <= time < lesion.eradicated:
            relative = reference - y_at(lesion, time)
            total += math.exp(relative)
            powers += math.exp(a * relative)
    return math.exp(a * math.log(total)) / powers


@compiled
def first_event(
    p: Any,
    patient: int,
    lesions: NDArray[Any],
    count: int,
    order: NDArray[Any],
    begin: int,
    end: int,
    symptom: int,
    a: float,
    start: float,
    floor: float,
    horizon: float,
) -> tuple[float, int]:
    """Time and lesion of the first event in (floor, horizon], or (infinity, -1).

    The lesions order[begin:end] propose; `lesions.look_ahead` has listed them, at least as far as
    `horizon`. `symptom` is 0-3 or DEATH; `start` is what the process's clock shows for a single cell. A
    lesion is looked at only if a bound of its hazard up to the best proposal so far reaches its clock.
    """
    ln_a = math.log(a)
    stream = random.DEATH_THINNING if symptom == DEATH else random.SYMPTOM_THINNING
    base = 1024 * (symptom + 2)  # each process has draws of its own
    for k in range(begin, end):
        lesions[order[k]].candidate = _NOT_LOOKED_AT
    while True:
        best = horizon
        which = -1
        for k in range(begin, end):
            lesion = lesions[order[k]]
            if lesion.candidate == _NOT_LOOKED_AT:
                if lesion.quiet_until >= best:
                    continue
                wind(p, patient, lesion)
                e = lesion.death_clock
                log_top = p.death_log_top[lesion.organ]
                if symptom != DEATH:
                    e = lesion.first_clock - math.log(lesion.symptom_uniform[symptom])
                    log_top = p.symptom_log_top[lesion.organ, symptom]
                years = min(best, lesion.eradicated) - lesion.start
                if bound(years, log_top, a, lesion.rate, y_at(lesion, best)) < e:
                    continue
                slowness = math.exp(-log_top)
                reading = start if lesion.version == 0 else clock(ln_a, lesion.ln_y)
                reading += e * lesion.rate * slowness
                time, _ = _propose(
                    p, patient, stream, lesion, base + 32768 * lesion.version, reading, slowness,
                    ln_a, floor,
                )
                lesion.candidate = time if time < lesion.eradicated else math.inf
                # What was refused before a floor must not weigh on what is decided after it.
                lesion.draw = base + 32768 * lesion.version + (512 if floor < 0.0 else 768)
            if lesion.candidate <= best:
                best = lesion.candidate
                which = order[k]
        if which < 0:
            return math.inf, -1
        if a == 1.0:
            return best, which
        lesion = lesions[which]
        chance = _acceptance(lesions, count, lesion.organ, a, lesion, best)
        u, v, _, _ = random.uniforms(
            p.key_low, p.key_high, patient, stream, lesion.entity, lesion.draw
        )
        if u <= chance:
            return best, which
        # Refused: it proposes again, by a fresh exponential first, since the clock read back at `best`
        # may round to just after it. Those not looked at so far now may come first.
        log_top = p.death_log_top[lesion.organ]
        if symptom != DEATH:
            log_top = p.symptom_log_top[lesion.organ, symptom]
        slowness = math.exp(-log_top)
        reading = clock(ln_a, lesion.ln_y - lesion.rate * (best - lesion.start))
        reading -= math.log(v) * lesion.rate * slowness
        time, draw = _propose(
            p, patient, stream, lesion, lesion.draw + 1, reading, slowness, ln_a, best
        )
        lesion.draw = draw
        lesion.candidate = time if time < lesion.eradicated else math.inf
