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
from seedsoil.biology.lesions import CLOCKS, wind, y_at
from seedsoil.biology.quiet import complete
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
def _is_accepted(
    p: Any,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    order: NDArray[Any],
    begin: int,
    end: int,
    a: float,
    proposer: Any,
    time: float,
    u: float,
) -> bool:
    """Whether u ≤ (Σ N)^a / Σ N^a, over the living lesions of the proposer's organ.

    Sizes are in units of the proposer's. The quiet lesions, which are not listed, are each at most r =
    e^(y_proposer - y*); this mostly decides, and the sums over all are worked out only if it does not.
    """
    organ = proposer.organ
    reference = y_at(proposer, time)
    total = 0.0
    powers = 0.0
    for k in range(begin, end):
        lesion = lesions[order[k]]
        if lesion.organ == organ and lesion.start <= time < lesion.eradicated:
            relative = reference - y_at(lesion, time)
            total += math.exp(relative)
            powers += math.exp(a * relative)
    quiet = count - (end - begin)
    if quiet == 0:
        return bool(u <= math.exp(a * math.log(total)) / powers)
    largest = reference - math.exp(woman.quiet_ln_y)
    if u <= math.exp(a * math.log(total)) / (powers + quiet * math.exp(a * largest)):
        return True
    if u > math.exp(a * math.log(total + quiet * math.exp(largest))) / powers:
        return False
    total = 0.0
    powers = 0.0
    for i in range(count):
        lesion = lesions[i]
        if lesion.organ == organ and lesion.founded <= time:
            complete(p, woman, lesion)
            if lesion.start <= time < lesion.eradicated:
                relative = reference - y_at(lesion, time)
                total += math.exp(relative)
                powers += math.exp(a * relative)
    return bool(u <= math.exp(a * math.log(total)) / powers)


@compiled
def first_event(
    p: Any,
    patient: int,
    woman: Any,
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
                if symptom == DEATH:
                    log_top = p.death_log_top[lesion.organ]
                    years = min(best, lesion.eradicated) - lesion.start
                    most = bound(years, log_top, a, lesion.rate, y_at(lesion, best))
                else:
                    log_top = p.symptom_log_top[lesion.organ, symptom]
                    most = lesion.reach
                # Clocks against bounds of theirs first: -ln(u) ≥ 1 - u
                if CLOCKS * most < 1.0 - lesion.first_uniform:
                    continue
                wind(p, patient, lesion)
                if symptom == DEATH:
                    e = lesion.death_clock
                else:
                    most *= math.exp(log_top - p.symptom_log_top_max[lesion.organ])
                    u = lesion.symptom_uniform[symptom]
                    if most < lesion.first_clock + 1.0 - u:
                        continue
                    e = lesion.first_clock - math.log(u)
                if most < e:
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
        u, v, _, _ = random.uniforms(
            p.key_low, p.key_high, patient, stream, lesion.entity, lesion.draw
        )
        if _is_accepted(
            p, woman, lesions, count, order, begin, end, a, lesion, best, u
        ):
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
