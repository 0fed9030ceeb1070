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
from seedsoil.biology.hazard import clock, elapsed
from seedsoil.biology.lesions import y_at
from seedsoil.compiled import compiled


@compiled
def _propose(
    p: Any,
    patient: int,
    stream: int,
    lesion: Any,
    draw: int,
    reading: float,
    log_top: float,
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
        reading += e * lesion.rate * math.exp(-log_top)
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
    heads: NDArray[Any],
    organ: int,
    log_top: float,
    a: float,
    symptom: int,
    floor: float,
    horizon: float,
) -> tuple[float, int]:
    """Time and lesion of the first event in (floor, horizon], or (infinity, -1).

    `symptom` 0-3 takes the lesion's draw for that symptom, -1 its death clock. `log_top` = ln c + a ln K.
    `order` and `heads` come from `lesions.look_ahead`, which has looked at least as far as `horizon`.
    """
    ln_a = math.log(a)
    stream = random.SYMPTOM_THINNING if symptom >= 0 else random.DEATH_THINNING
    start = p.symptom_start[organ] if symptom >= 0 else p.death_start
    slowness = math.exp(-log_top)
    base = 1024 * (symptom + 2)  # each process has draws of its own
    best = math.inf
    which = -1
    for k in range(heads[organ], heads[organ + 1]):
        i = order[k]
        lesion = lesions[i]
        lesion.candidate = math.inf
        e = lesion.death_clock if symptom < 0 else -math.log(lesion.symptom_uniform[symptom])
        if math.exp(log_top - a * lesion.y_end) * (horizon - lesion.start) < e:
            continue
        reading = start if lesion.version == 0 else clock(ln_a, lesion.ln_y)
        reading += e * lesion.rate * slowness
        time, _ = _propose(
            p, patient, stream, lesion, base + 32768 * lesion.version,
            reading, log_top, ln_a, floor,
        )
        if time > horizon or time >= lesion.eradicated:
            continue
        lesion.candidate = time
        if time < best:
            best = time
            which = i
    # What was refused before a floor must not weigh on what is decided after it.
    draw = base + (512 if floor < 0.0 else 768)
    while which >= 0 and a < 1.0:
        chance = _acceptance(lesions, count, organ, a, lesions[which], best)
        u, _, _, _ = random.uniforms(
            p.key_low, p.key_high, patient, stream, lesions[which].entity, draw
        )
        if u <= chance:
            break
        lesion = lesions[which]
        # A fresh exponential first: the clock read back at `best` may round to just after it.
        e, _, _, _ = random.exponentials(
            p.key_low, p.key_high, patient, stream, lesion.entity, draw + 1
        )
        reading = clock(ln_a, lesion.ln_y - lesion.rate * (best - lesion.start))
        reading += e * lesion.rate * slowness
        time, draw = _propose(
            p, patient, stream, lesion, draw + 2, reading, log_top, ln_a, best
        )
        lesion.candidate = time if time <= horizon and time < lesion.eradicated else math.inf
        best = math.inf
        which = -1
        for k in range(heads[organ], heads[organ + 1]):
            if lesions[order[k]].candidate < best:
                best = lesions[order[k]].candidate
                which = order[k]
    return best, which
