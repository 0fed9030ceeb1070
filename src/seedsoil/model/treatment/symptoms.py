"""Symptoms of metastases under treatment: when they set in and resolve, and symptomatic deterioration.

A symptom of an organ sets in when the cumulative hazard from the organ's burden reaches its clock. It
resolves at the end of the period in which the burden has fallen far enough below that at onset; a new clock
is then running. Bone agents lower the hazard of skeletal events.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment import period_hazard
from seedsoil.model.treatment.burden import NO_CELLS
from seedsoil.model.treatment.lesions import determine
from seedsoil.model.treatment.state import BY_SYMPTOM
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
def _resolve(p: Parameters, c: Constants, s: State, organ: int, symptom: int, rows: Rows) -> None:
    """A symptom resolves: its clock, drawn at onset, runs from now on."""
    s.onset_burden[organ, symptom] = math.nan
    s.n_symptoms[organ] -= 1
    s.symptom_clock[organ, symptom] += (
        c.symptom_scale[organ, symptom] * s.symptom_hazard[organ, int(symptom > 0)]
    )
    _update_threshold(p, c, s, organ)
    index = s.symptom_row[organ, symptom]
    if index >= 0:
        rows[index].resolved_at = s.time + s.step


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
    since = math.inf  # from when on in this period she has a symptom
    for organ in range(METASTATIC_ORGANS):
        agent = c.bone_agent_ratio if organ == BONE and bone_agent else 1.0
        since = _symptoms_of(p, c, woman, initial_lesions, s, organ, agent, until, since, rows)
    if since < until:
        s.with_symptoms += until - since


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
    since: float,
    rows: Rows,
) -> float:
    """Symptoms of one organ in the period; from when on in it she has a symptom, given that of others.

    `agent` is the factor of a bone agent on the hazard of skeletal events.
    """
    end = s.time + s.step
    now, before = s.burden[organ], s.burden_before[organ]
    nothing = now < 0.0 and before < 0.0
    if s.symptom_threshold[organ] < 0.0 and not (nothing and s.n_symptoms[organ] == 0):
        _draw_clocks(p, c, woman, s, organ)
    if nothing:
        s.symptom_rate[organ] = 0.0
        if s.n_symptoms[organ] > 0 and until >= end:
            for k in range(p.symptom_count[organ]):
                # without therapy one that came of lesions too small to be followed stays
                has = not math.isnan(s.onset_burden[organ, k])
                if has and (s.line > 0 or s.onset_burden[organ, k] >= 0.0):
                    _resolve(p, c, s, organ, k, rows)
        return since
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
        return since
    for k in range(p.symptom_count[organ]):
        if not math.isnan(s.onset_burden[organ, k]):
            since = s.time
            if now < s.onset_burden[organ, k] + c.symptom_log_resolution and until >= end:
                _resolve(p, c, s, organ, k, rows)
            continue
        # bone agents put off skeletal events, not pain, which is the first symptom of bone
        skeletal = int(k > 0)
        left = s.symptom_hazard[organ, skeletal] - (
            s.symptom_clock[organ, k] / c.symptom_scale[organ, k]
        )
        if left < 0.0:
            continue
        if skeletal:
            left /= agent
        at = s.time + period_hazard.time_of(r0, r1, ratio, s.step, integral - left)
        if at > until:
            continue
        since = min(since, at)
        _new_symptom(p, c, woman, initial_lesions, s, organ, k, at, rows)
    return since


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
    now, before = s.burden[organ], s.burden_before[organ]
    log_cells = before + (now - before) * (at - s.time) / s.step if before > 0.0 else now
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
    """Symptomatic deterioration, which is progression.

    That is a new symptom of an organ that has grown since the line began, or the first one of the brain,
    which is imaged only for symptoms.
    """
    now = s.burden[organ]
    grown = now > s.burden_at_start[organ] and now > s.burden_before[organ]
    if organ == BRAIN:
        if s.brain_known == 0:
            grown = True
            s.brain_known = 1
        s.brain_at = min(s.brain_at, at)
    # of several in one period, the first
    if grown and s.regimen >= 0 and not s.progressed_at <= at:
        s.progressed_at = at
        s.progression_by = BY_SYMPTOM
        s.progression_organ = organ
