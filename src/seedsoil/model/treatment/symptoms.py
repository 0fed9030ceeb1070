"""Symptoms of metastases under treatment: when they set in and resolve, and symptomatic deterioration.

A symptom of an organ sets in when the cumulative hazard from the organ's burden reaches its clock. It
resolves when the burden has fallen far enough below that at onset; a new clock is then running. Within a
period ln of the burden runs straight, so that both have exact times, and a symptom may come and go more than
once in a period: what happens does not depend on where periods end. Bone agents lower the hazard of skeletal
events.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment import period_hazard
from seedsoil.model.treatment.burden import NO_CELLS
from seedsoil.model.treatment.lesions import NO_LONGER_FOLLOWED, determine
from seedsoil.model.treatment.state import MAX_SPELLS
from seedsoil.vocabulary import BONE, BRAIN, MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Lesions, Parameters, Rows, State, Woman

_NOT_DRAWN = -1.0


@compiled
def reset_symptoms(s: State) -> None:
    """No symptoms, and their clocks not drawn yet."""
    for organ in range(METASTATIC_ORGANS):
        for k in range(MAX_SYMPTOMS):
            s.onset_burden[organ, k] = math.nan
            s.onsets[organ, k] = 0
        s.n_symptoms[organ] = 0
        s.symptom_hazard[organ, 0] = 0.0
        s.symptom_hazard[organ, 1] = 0.0
        s.symptom_threshold[organ] = _NOT_DRAWN


@compiled
def _draw_clocks(p: Parameters, c: Constants, woman: Woman, s: State, organ: int) -> None:
    """Draw the first clocks of an organ's symptoms."""
    draws = random.exponentials(
        p.key_low, p.key_high, woman.patient, random.TREATED_SYMPTOM, organ, 0
    )
    for k in range(MAX_SYMPTOMS):
        s.symptom_clock[organ, k] = draws[k]
    _update_threshold(p, c, s, organ)


@inlined
def _update_threshold(p: Parameters, c: Constants, s: State, organ: int) -> None:
    """The cumulative hazard below which no symptom of the organ sets in that she does not have."""
    least = math.inf
    for k in range(p.symptom_count[organ]):
        if math.isnan(s.onset_burden[organ, k]):
            least = min(least, s.symptom_clock[organ, k] / c.symptom_scale[organ, k])
    s.symptom_threshold[organ] = least


@compiled
def _largest_lesion(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    organ: int,
    at: float,
) -> int:
    """The largest lesion of an organ: of those followed or, if there is none, of the others."""
    largest, most = -1, NO_CELLS
    for j in range(s.n_followed):
        lesion = s.lesions[s.followed[j]]
        if lesion.organ == organ and lesion.wakes <= at and lesion.log_n > most:
            largest, most = s.followed[j], lesion.log_n
    if largest < 0:
        for i in range(s.count):
            determine(p, c, woman, initial_lesions, s, i)
            lesion = s.lesions[i]
            awake = lesion.wakes <= at and lesion.extinct_at == math.inf
            if lesion.organ == organ and awake and lesion.log_n > most:
                largest, most = i, lesion.log_n
    return int(largest)


@compiled
def _first_awake(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    organ: int,
    at: float,
) -> float:
    """`at`, or later: when the first lesion of an organ wakes in which none is awake at `at`.

    The burden runs straight through a period in which the organ's first lesion may wake on the way.
    """
    if _largest_lesion(p, c, woman, initial_lesions, s, organ, at) >= 0:
        return at
    wakes = math.inf
    for i in range(s.count):
        lesion = s.lesions[i]
        if lesion.organ == organ and lesion.wakes > at:
            wakes = min(wakes, lesion.wakes)
    return at if wakes == math.inf else wakes


@compiled
def set_in(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    organ: int,
    symptom: int,
    at: float,
    log_cells: float,
    rows: Rows,
) -> None:
    """A symptom sets in, at a burden of `log_cells`, with the organ's largest lesion as its cause."""
    s.onset_burden[organ, symptom] = log_cells
    s.n_symptoms[organ] += 1
    s.symptom_row[organ, symptom] = -1
    if s.episodes_used < rows.size:
        row = rows[s.episodes_used]
        row.patient = woman.patient
        row.lesion = _largest_lesion(p, c, woman, initial_lesions, s, organ, at)
        row.organ = organ
        row.symptom = symptom
        row.onset_at = at
        row.resolved_at = math.nan
        s.symptom_row[organ, symptom] = s.episodes_used
        s.episodes_used += 1


@compiled
def _resolve(
    p: Parameters,
    c: Constants,
    s: State,
    organ: int,
    symptom: int,
    hazard: float,
    rows: Rows,
    at: float,
) -> None:
    """A symptom resolves when its hazard has come to `hazard`; its clock, drawn at onset, runs from then."""
    s.onset_burden[organ, symptom] = math.nan
    s.n_symptoms[organ] -= 1
    s.symptom_clock[organ, symptom] += c.symptom_scale[organ, symptom] * hazard
    _update_threshold(p, c, s, organ)
    index = s.symptom_row[organ, symptom]
    if index >= 0:
        rows[index].resolved_at = at


@inlined
def simulate_symptoms(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    bone_agent: bool,
    until: float,
    rows: Rows,
) -> None:
    """Symptoms that set in or resolve in the period, up to `until`; one may end the line (see `line`)."""
    s.n_spells = 0
    for organ in range(METASTATIC_ORGANS):
        agent = c.bone_agent_ratio if organ == BONE and bone_agent else 1.0
        _symptoms_of(p, c, woman, initial_lesions, s, organ, agent, until, rows)
    if s.n_spells > 0:
        s.with_symptoms += _with_any(s)


@inlined
def _add_spell(s: State, begin: float, end: float) -> None:
    """She has a symptom between these times of the period; spells are kept in order of their beginning."""
    if s.n_spells == MAX_SPELLS:
        return
    k = s.n_spells
    while k > 0 and s.spell_begin[k - 1] > begin:
        s.spell_begin[k] = s.spell_begin[k - 1]
        s.spell_end[k] = s.spell_end[k - 1]
        k -= 1
    s.spell_begin[k] = begin
    s.spell_end[k] = end
    s.n_spells += 1


@inlined
def _with_any(s: State) -> float:
    """Years of the period in which she has any symptom."""
    years, until = 0.0, -math.inf
    for k in range(s.n_spells):
        years += max(0.0, s.spell_end[k] - max(until, s.spell_begin[k]))
        until = max(until, s.spell_end[k])
    return years


@inlined
def _symptoms_of(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    organ: int,
    agent: float,
    until: float,
    rows: Rows,
) -> None:
    """Symptoms of one organ in the period; `agent` is the factor of a bone agent on skeletal events."""
    now, before = s.burden[organ], s.burden_before[organ]
    nothing = now < 0.0 and before < 0.0
    if nothing and s.n_symptoms[organ] == 0:
        s.symptom_rate[organ] = 0.0
        return
    if s.symptom_threshold[organ] < 0.0:
        _draw_clocks(p, c, woman, s, organ)
    if nothing:
        s.symptom_rate[organ] = 0.0
        end = s.time + s.step
        for k in range(p.symptom_count[organ]):
            if not math.isnan(s.onset_burden[organ, k]):
                _add_spell(s, s.time, min(end, until))
                # one that came of lesions too small to be followed stays: nobody sees them go
                if until >= end and s.onset_burden[organ, k] >= 0.0:
                    _resolve(p, c, s, organ, k, s.symptom_hazard[organ, int(k > 0)], rows, end)
        return
    r0 = s.symptom_rate[organ]
    r1 = 0.0
    if now > 0.0:
        r1 = math.exp(p.symptom_exponent[organ] * (now - p.log_capacity))
    s.symptom_rate[organ] = r1
    ratio = p.symptom_exponent[organ] * (now - before)
    integral = period_hazard.integral(r0, r1, ratio, s.step)
    s.symptom_hazard[organ, 0] += integral
    s.symptom_hazard[organ, 1] += agent * integral
    if s.n_symptoms[organ] == 0 and s.symptom_hazard[organ, 0] < s.symptom_threshold[organ]:
        return
    s.path_first, s.path_last, s.path_log_ratio, s.path_integral = r0, r1, ratio, integral
    # what has shrunk out of following has fallen to the size at which that happens
    s.path_end = now if now > 0.0 else min(before, p.followed_log_cells - NO_LONGER_FOLLOWED)
    for k in range(p.symptom_count[organ]):
        # bone agents put off skeletal events, not pain, which is the first symptom of bone
        factor = agent if k > 0 else 1.0
        _symptom(p, c, woman, initial_lesions, s, organ, k, factor, until, rows)


@inlined
def _resolves_after(c: Constants, s: State, organ: int, onset_burden: float) -> float:
    """Years into the period at which the burden has fallen far enough below `onset_burden`, or infinity."""
    level = onset_burden + c.symptom_log_resolution
    before = s.burden_before[organ]
    if s.path_end >= level or before < 0.0:
        return math.inf
    if before <= level:
        return 0.0
    return float(s.step * (before - level) / (before - s.path_end))


@compiled
def _symptom(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    organ: int,
    k: int,
    factor: float,
    until: float,
    rows: Rows,
) -> None:
    """One symptom through the period, as often as it comes and goes; `factor` is that on its hazard."""
    kind = int(k > 0)
    first, last, ratio = s.path_first, s.path_last, s.path_log_ratio
    hazard_before = s.symptom_hazard[organ, kind] - factor * s.path_integral
    since = s.time
    while True:
        if not math.isnan(s.onset_burden[organ, k]):
            at = s.time + _resolves_after(c, s, organ, s.onset_burden[organ, k])
            at = max(at, since)
            if at > until or at == math.inf:
                _add_spell(s, since, until)
                return
            _add_spell(s, since, at)
            so_far = period_hazard.partial(first, last, ratio, s.step, at - s.time)
            _resolve(p, c, s, organ, k, hazard_before + factor * so_far, rows, at)
        else:
            wanted = s.symptom_clock[organ, k] / c.symptom_scale[organ, k] - hazard_before
            if s.symptom_hazard[organ, kind] < wanted + hazard_before:
                return
            at = s.time + period_hazard.time_of(first, last, ratio, s.step, wanted / factor)
            at = _first_awake(p, c, woman, initial_lesions, s, organ, max(at, since))
            if at > until:
                return
            _new_symptom(p, c, woman, initial_lesions, s, organ, k, at, rows)
        since = at


@compiled
def _new_symptom(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    organ: int,
    symptom: int,
    at: float,
    rows: Rows,
) -> None:
    """A symptom sets in within the period; the clock of the next time it does is drawn."""
    log_cells, before = s.path_end, s.burden_before[organ]
    if before > 0.0:
        log_cells = before + (log_cells - before) * (at - s.time) / s.step
    set_in(p, c, woman, initial_lesions, s, organ, symptom, at, log_cells, rows)
    s.onsets[organ, symptom] += 1
    draws = random.exponentials(
        p.key_low,
        p.key_high,
        woman.patient,
        random.TREATED_SYMPTOM,
        organ,
        s.onsets[organ, symptom],
    )
    s.symptom_clock[organ, symptom] = draws[symptom]
    _update_threshold(p, c, s, organ)
    _deteriorate(s, organ, at)


@compiled
def _deteriorate(s: State, organ: int, at: float) -> None:
    """A new symptom may be progression, which imaging is to say; the brain is imaged only for symptoms."""
    if organ == BRAIN:
        if s.brain_known == 0:
            s.brain_known = 1
            s.brain_found = 1
        s.brain_at = min(s.brain_at, at)
    # of several in one period, the first
    if s.regimen >= 0 and at < s.suspected_at:
        s.suspected_at = at
        s.suspected_organ = organ
