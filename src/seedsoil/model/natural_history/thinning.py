"""First event of a process that the whole burden of an organ drives. Exact, by thinning.

    hazard(t) = c (Σ_l N_l(t))^a

For a ≤ 1 the power of the sum is at most the sum of the powers. So the lesions' own processes
c N_l^a, each inverted exactly (see `hazard`), propose the events, and a proposal at t is accepted with
probability (Σ N_l)^a / Σ N_l^a. For a > 1 the lesions propose as if the organ were full, c N_l K^(a-1) with
the capacity K, and a proposal is accepted with probability (Σ N_l / K)^(a-1). (An organ with more than K
cells, in many lesions, counts as one with K there.) A lesion founded later cannot change what happened
before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.natural_history.hazard import earliest, elapsed, hazard_clock
from seedsoil.model.natural_history.lazy_lesions import determine, is_founded
from seedsoil.model.natural_history.lesions import y_at

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters, Woman

DEATH = -1
"""In place of a symptom."""

# Draws are numbered by process, by version of the lesion and by whether the event is looked for from birth
# or after a time: each has numbers of its own.
_DRAWS_OF_PROCESS = 1024
_DRAWS_OF_VERSION = 32768
_DECISIONS, _DECISIONS_AFTER = 512, 768


class Process(NamedTuple):
    """A process that an organ's burden drives: death, or a symptom."""

    symptom: int
    """0 to 3, or `DEATH`."""
    stream: int
    a: float
    """The exponent."""
    ln_a: float
    """ln of that of what a lesion proposes: a, or 1 if that is less."""
    start: float
    """What its hazard clock shows for a single cell."""


@compiled
def _slowness(p: Parameters, process: Process, lesion: Lesion) -> float:
    """1/A of the process of a lesion: years an event at the capacity."""
    if process.symptom == DEATH:
        return float(p.death_slowness[lesion.organ] / lesion.multiplicity)
    return float(p.symptom_slowness[lesion.organ, process.symptom] / lesion.multiplicity)


@compiled
def _next_proposal(
    p: Parameters,
    woman: Woman,
    process: Process,
    lesion: Lesion,
    draw: int,
    clock: float,
    after: float,
) -> tuple[float, int]:
    """The lesion's first proposal later than `after`, from `clock` on, and the number of the next draw."""
    slowness = _slowness(p, process, lesion)
    time = lesion.start + elapsed(clock, process.ln_a, lesion.ln_y, lesion.rate)
    while time <= after:
        e = random.exponential(
            p.key_low, p.key_high, woman.patient, process.stream, lesion.entity, draw
        )
        draw += 1
        clock += e * lesion.rate * slowness
        time = lesion.start + elapsed(clock, process.ln_a, lesion.ln_y, lesion.rate)
    return time, draw


@compiled
def _propose(
    p: Parameters,
    woman: Woman,
    process: Process,
    lesion: Lesion,
    best: float,
    after: float,
    horizon: float,
) -> None:
    """Set when the lesion first proposes the event in (after, horizon], or infinity.

    `best` is the earliest proposal of the others so far.
    """
    lesion.proposed_at = math.inf
    symptom = process.symptom
    if (lesion.death_at if symptom == DEATH else lesion.symptom_at) > horizon:
        return
    slowness = _slowness(p, process, lesion)
    soonest = lesion.death_at
    if symptom == DEATH:
        e = lesion.death_clock
    else:
        e = lesion.first_clock - math.log(lesion.symptom_uniform[symptom])
        soonest = earliest(
            lesion,
            lesion.start,
            lesion.rate,
            lesion.rate,
            e,
            slowness,
            process.ln_a,
            process.start,
        )
    # With a = 1 no proposal is refused, so one later than another does not matter.
    if soonest > horizon or (process.a == 1.0 and soonest > best):
        return
    clock = process.start if lesion.version == 0 else hazard_clock(process.ln_a, lesion.ln_y)
    clock += e * (lesion.rate * slowness)
    draw = _DRAWS_OF_PROCESS * (symptom + 2) + _DRAWS_OF_VERSION * lesion.version
    time, _ = _next_proposal(p, woman, process, lesion, draw, clock, after)
    if time > horizon or time >= lesion.eradicated:
        return
    lesion.proposed_at = time
    # What was refused before `after` must not weigh on what is decided after it.
    lesion.next_draw = draw + (_DECISIONS if after < 0.0 else _DECISIONS_AFTER)


@compiled
def _propose_again(
    p: Parameters,
    woman: Woman,
    process: Process,
    lesion: Lesion,
    v: float,
    horizon: float,
) -> None:
    """Set when a lesion whose proposal was refused proposes the next time; `v` is a uniform."""
    refused = lesion.proposed_at
    clock = hazard_clock(process.ln_a, lesion.ln_y - lesion.rate * (refused - lesion.start))
    # A fresh exponential first: the clock, read back at `refused`, may round to just after it.
    clock -= math.log(v) * lesion.rate * _slowness(p, process, lesion)
    time, lesion.next_draw = _next_proposal(
        p, woman, process, lesion, lesion.next_draw + 1, clock, refused
    )
    lesion.proposed_at = time if time <= horizon and time < lesion.eradicated else math.inf


@inlined
def _chance(a: float, reference: float, total: float, powers: float) -> float:
    """The chance that a proposal is accepted: (Σ N)^a / Σ N^a, or (Σ N / K)^(a-1) if a > 1.

    `total` and `powers` are Σ N and Σ N^a in units of the proposer, who has K e^-reference cells; with
    a > 1 the powers are not asked for.
    """
    if a > 1.0:
        return math.exp((a - 1.0) * min(0.0, math.log(total) - reference))
    return math.exp(a * math.log(total)) / powers


@compiled
def _is_accepted(
    p: Parameters, woman: Woman, a: float, proposer: Lesion, time: float, u: float
) -> bool:
    """Whether u is at most the chance of acceptance, over the living lesions of the proposer's organ.

    Sizes are in units of the proposer's. A colony of several lesions counts as so many. Small ones
    (`lazy_lesions`) are each at most
    r = e^(y_proposer - y*), which mostly decides. Their own sizes are worked out only if it does not.
    """
    organ = proposer.organ
    reference = y_at(proposer, time)
    lesions, count = woman.lesions, woman.n_lesions
    total = 0.0
    powers = 0.0
    near = 0
    small = 0.0  # how many small lesions there are, at most
    for i in range(count):
        woman.candidates[near] = i
        is_near = int(woman.small_until[i] <= time)
        near += is_near
        small += (1 - is_near) * woman.multiplicities[i]
    for k in range(near):
        lesion = lesions[woman.candidates[k]]
        if lesion.organ != organ:
            continue
        determine(p, woman, lesion)
        woman.small_until[woman.candidates[k]] = lesion.small_until
        if lesion.small_until > time:
            small += lesion.multiplicity
        elif time < lesion.eradicated:
            relative = reference - y_at(lesion, time)
            total += lesion.multiplicity * math.exp(relative)
            if a <= 1.0:
                powers += lesion.multiplicity * math.exp(a * relative)
    if small > 0:
        if total > 0.0:  # else the proposer is small itself
            largest = reference - math.exp(woman.small_ln_y)
            most = total + small * math.exp(largest)
            most_powers = powers
            if a <= 1.0:
                most_powers += small * math.exp(a * largest)
            if u <= _chance(a, reference, total, most_powers):
                return True
            if u > _chance(a, reference, most, powers):
                return False
        for i in range(count):
            lesion = lesions[i]
            if lesion.organ == organ and lesion.small_until > time and is_founded(lesion, time):
                determine(p, woman, lesion)
                if lesion.start <= time < lesion.eradicated:
                    relative = reference - y_at(lesion, time)
                    total += lesion.multiplicity * math.exp(relative)
                    if a <= 1.0:
                        powers += lesion.multiplicity * math.exp(a * relative)
    return bool(u <= _chance(a, reference, total, powers))


@compiled
def first_event(
    p: Parameters,
    woman: Woman,
    begin: int,
    end: int,
    process: Process,
    after: float,
    horizon: float,
) -> tuple[float, int]:
    """Time and lesion of the first event in (after, horizon], or (infinity, -1).

    The lesions by_organ[begin:end] propose. `list_active` has listed them, at least as far as `horizon`.
    """
    lesions, listed = woman.lesions, woman.by_organ
    best = math.inf
    which = -1
    for k in range(begin, end):
        lesion = lesions[listed[k]]
        _propose(p, woman, process, lesion, best, after, horizon)
        if lesion.proposed_at < best:
            best = lesion.proposed_at
            which = listed[k]
    while which >= 0 and process.a != 1.0:
        lesion = lesions[which]
        u, v, _, _ = random.uniforms(
            p.key_low, p.key_high, woman.patient, process.stream, lesion.entity, lesion.next_draw
        )
        if _is_accepted(p, woman, process.a, lesion, best, u):
            break
        _propose_again(p, woman, process, lesion, v, horizon)
        best = math.inf
        which = -1
        for k in range(begin, end):
            if lesions[listed[k]].proposed_at < best:
                best = lesions[listed[k]].proposed_at
                which = listed[k]
    return best, which
