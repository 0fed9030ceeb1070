"""First event of a process that the whole burden of an organ drives. Exact, by thinning.

    hazard(t) = c (Σ_l N_l(t))^a,   0 < a ≤ 1

For a ≤ 1 the power of the sum is at most the sum of the powers, so the lesions' own processes
c N_l^a, each inverted exactly (see `hazard`), propose the events, and a proposal at t is accepted with
probability (Σ N_l)^a / Σ N_l^a. A lesion founded later cannot change what happened before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.hazard import earliest, elapsed, hazard_clock
from seedsoil.model.natural_history.lazy_lesions import complete, is_founded
from seedsoil.model.natural_history.lesions import y_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEATH = -1


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
    a: float,
    proposer: Any,
    time: float,
    u: float,
) -> bool:
    """Whether u ≤ (Σ N)^a / Σ N^a, over the living lesions of the proposer's organ.

    Sizes are in units of the proposer's. Quiet lesions are each at most r = e^(y_proposer - y*), which
    mostly decides; their own sizes are worked out only if it does not.
    """
    organ = proposer.organ
    reference = y_at(proposer, time)
    total = 0.0
    powers = 0.0
    near = 0
    for i in range(count):
        woman.near[near] = i
        near += int(woman.quiet_until[i] <= time)
    quiet = count - near
    for k in range(near):
        lesion = lesions[woman.near[k]]
        if lesion.organ != organ:
            continue
        complete(p, woman, lesion)
        woman.quiet_until[woman.near[k]] = lesion.quiet_until
        if lesion.quiet_until > time:
            quiet += 1
        elif time < lesion.eradicated:
            relative = reference - y_at(lesion, time)
            total += math.exp(relative)
            powers += math.exp(a * relative)
    if quiet > 0:
        if total > 0.0:  # else the proposer is quiet itself
            largest = reference - math.exp(woman.quiet_ln_y)
            if u <= math.exp(a * math.log(total)) / (powers + quiet * math.exp(a * largest)):
                return True
            if u > math.exp(a * math.log(total + quiet * math.exp(largest))) / powers:
                return False
        for i in range(count):
            lesion = lesions[i]
            if lesion.organ == organ and lesion.quiet_until > time and is_founded(lesion, time):
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
    ln_a: float,
    start: float,
    floor: float,
    horizon: float,
) -> tuple[float, int]:
    """Time and lesion of the first event in (floor, horizon], or (infinity, -1).

    The lesions order[begin:end] propose; `quiet.list_active` has listed them, at least as far as
    `horizon`. `symptom` is 0-3 or DEATH; `start` is what the process's clock shows for a single cell.
    """
    stream = random.DEATH_THINNING if symptom == DEATH else random.SYMPTOM_THINNING
    base = 1024 * (symptom + 2)  # each process has draws of its own
    best = math.inf
    which = -1
    for k in range(begin, end):
        lesion = lesions[order[k]]
        lesion.candidate = math.inf
        if (lesion.death_at if symptom == DEATH else lesion.symptom_at) > horizon:
            continue
        if symptom == DEATH:
            e, slowness = lesion.death_clock, p.death_slowness[lesion.organ]
        else:
            e = lesion.first_clock - math.log(lesion.symptom_uniform[symptom])
            slowness = p.symptom_slowness[lesion.organ, symptom]
        soonest = lesion.death_at
        if symptom != DEATH:
            soonest = earliest(
                lesion, lesion.start, lesion.rate, lesion.rate, e, slowness, ln_a, start
            )
        if soonest > horizon or (a == 1.0 and soonest > best):  # then no proposal is refused
            continue
        reading = start if lesion.version == 0 else hazard_clock(ln_a, lesion.ln_y)
        reading += e * (lesion.rate * slowness)
        draw = base + 32768 * lesion.version
        time, _ = _propose(p, patient, stream, lesion, draw, reading, slowness, ln_a, floor)
        if time > horizon or time >= lesion.eradicated:
            continue
        lesion.candidate = time
        # What was refused before a floor must not weigh on what is decided after it.
        lesion.draw = draw + (512 if floor < 0.0 else 768)
        if time < best:
            best = time
            which = order[k]
    while which >= 0 and a < 1.0:
        lesion = lesions[which]
        u, v, _, _ = random.uniforms(
            p.key_low, p.key_high, patient, stream, lesion.entity, lesion.draw
        )
        if _is_accepted(p, woman, lesions, count, a, lesion, best, u):
            break
        # It proposes again, by a fresh exponential first: the clock read back at `best` may round to
        # just after it.
        slowness = p.death_slowness[lesion.organ]
        if symptom != DEATH:
            slowness = p.symptom_slowness[lesion.organ, symptom]
        reading = hazard_clock(ln_a, lesion.ln_y - lesion.rate * (best - lesion.start))
        reading -= math.log(v) * lesion.rate * slowness
        time, draw = _propose(
            p, patient, stream, lesion, lesion.draw + 1, reading, slowness, ln_a, best
        )
        lesion.draw = draw
        lesion.candidate = time if time <= horizon and time < lesion.eradicated else math.inf
        best = math.inf
        which = -1
        for k in range(begin, end):
            if lesions[order[k]].candidate < best:
                best = lesions[order[k]].candidate
                which = order[k]
    return best, which
