"""How far metastases spread: until the disease is found, and until death.

An event (a symptom, an image, death) ends the founding of colonies, and what they found brings the event
forward. Both are found together: colonies are founded up to the event that those known so far would
cause, and the event is looked for again among all. A colony founded later than it cannot change it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.lazy_lesions import is_founded, list_active, may_act
from seedsoil.model.natural_history.lesions import MAX_LESIONS
from seedsoil.model.natural_history.lymph_nodes import (
    focus_spreads_on,
    generation_spreads,
    metastases_spread,
)
from seedsoil.model.natural_history.presentation import chance_image, first_visible
from seedsoil.model.natural_history.spread import node_spreads, primary_spreads
from seedsoil.model.natural_history.symptoms import onsets

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Woman

# Lesions, at first, of which twice as many are looked at for what reveals the disease.
_FEW = 8


@compiled
def _drop_founded_after(woman: Woman, time: float) -> None:
    """Drop the lesions founded after `time`, and so their daughters.

    Parents point to places in the list, so they are renumbered.
    """
    lesions, moved_to = woman.lesions, woman.lesion_numbers
    kept = 0
    for i in range(woman.n_lesions):
        moved_to[i] = kept
        if is_founded(lesions[i], time):
            if kept != i:
                lesions[kept] = lesions[i]
                woman.small_until[kept] = woman.small_until[i]
                woman.no_event_before[kept] = woman.no_event_before[i]
                woman.multiplicities[kept] = woman.multiplicities[i]
            if lesions[kept].parent >= 0:
                lesions[kept].parent = moved_to[lesions[kept].parent]
            kept += 1
    woman.n_lesions = kept


@compiled
def _revealed(p: Parameters, woman: Woman, horizon: float) -> tuple[float, int, int, bool]:
    """When metastases give a symptom or kill, until `horizon`: time, organ, symptom, whether dead."""
    if not list_active(p, woman, horizon):
        return math.inf, -1, -1, False
    time, organ, symptom = onsets(p, woman, -1.0, horizon)
    dies = cancer_death(p, woman, -1.0, min(time, horizon))
    if dies < time:
        return dies, -1, -1, True
    return time, organ, symptom, False


@compiled
def _found_until(
    p: Parameters, woman: Woman, first_colony: float, horizon: float, shrinks: bool
) -> tuple[float, float]:
    """Fill the list with what primary and node foci found until `horizon`.

    What reveals the disease ends the founding, so it is looked for whenever the list has doubled, and if
    `shrinks` the horizon falls to it. Returns the horizon, and the time until which the list holds all.
    """
    woman.n_lesions = 0
    all_until = math.inf
    looked_at = _FEW
    for k in range(-1, woman.n_foci):
        if k < 0:
            founded_until = primary_spreads(p, woman, first_colony, horizon)
        else:
            founded_until = node_spreads(p, woman, k, horizon)
            founded_until = min(founded_until, focus_spreads_on(p, woman, k, horizon))
        all_until = min(all_until, founded_until)
        count = woman.n_lesions
        if shrinks and (count > 2 * looked_at or count == MAX_LESIONS):
            time, _, _, _ = _revealed(p, woman, horizon)
            if time < horizon:
                horizon = time
                _drop_founded_after(woman, horizon)
            looked_at = woman.n_lesions
    return horizon, all_until


@compiled
def spread_until_found(
    p: Parameters, woman: Woman, first_colony: float
) -> tuple[float, float, int, int, bool]:
    """Colonies founded until the primary is found at `diagnosis`, or a metastasis reveals the disease.

    `first_colony` is the clock of the primary's first colony. Returns the time until which the list holds
    all lesions; and when, by which organ and symptom, and whether by death the disease was revealed.
    """
    diagnosis = woman.diagnosis
    horizon = diagnosis
    shrinks = True
    while True:
        horizon, all_until = _found_until(p, woman, first_colony, horizon, shrinks)
        if woman.n_lesions == 0:
            return all_until, math.inf, -1, -1, False
        all_until = min(all_until, metastases_spread(p, woman, -1.0, horizon))
        time, organ, symptom, dead = _revealed(p, woman, horizon)
        if time <= horizon or horizon >= diagnosis:
            break
        if all_until < horizon:  # the list is full: what it holds decides
            time, organ, symptom, dead = _revealed(p, woman, diagnosis)
            break
        # Rare: what was founded later had the proposal refused that revealed the disease (see `thinning`).
        horizon, shrinks = diagnosis, False
    if time < diagnosis:
        _drop_founded_after(woman, time)
    return all_until, time, organ, symptom, dead


@compiled
def _end_by(p: Parameters, woman: Woman, horizon: float) -> float:
    """When her lesions kill by `horizon`, or, if it comes first and `until_found`, are found.

    Infinity if neither. `by_organ` lists at least the lesions with an event by `horizon`.
    """
    found = math.inf
    if woman.until_found:
        found, _, _ = onsets(p, woman, woman.events_after, horizon)
        visible = first_visible(p, woman, horizon)
        image = chance_image(p, woman.patient, max(woman.diagnosis, visible))
        if image <= horizon:
            found = min(found, image)
    kills = cancer_death(p, woman, woman.events_after, min(horizon, found))
    return min(found, kills)


@compiled
def _look_for_end(p: Parameters, woman: Woman) -> float:
    """The end that her lesions bring (see `_end_by`), or the death from another cause if that is first.

    Looked for in the first half year, the first year, the first two ...: the more lesions, the sooner
    it comes, and most have no event by then.
    """
    years = 0.5
    while True:
        horizon = min(woman.other_death, woman.diagnosis + years)
        end = math.inf
        any_active = list_active(p, woman, horizon)
        if any_active or woman.until_found:
            end = _end_by(p, woman, horizon)
        if end < math.inf or horizon >= woman.other_death:
            return float(min(woman.other_death, end))
        years *= 2.0


@compiled
def spread_until_the_end(p: Parameters, woman: Woman) -> float:
    """What metastases found after diagnosis until the end, and when that is: `woman.end`.

    The end is her death or, if `until_found`, the finding of metastatic disease if that comes first.
    It ends their spread, and what they found brings it forward. Generation by generation, the
    daughters are founded up to the end that the lesions known so far would bring. A daughter
    founded later than the end cannot change it. The end is `other_death` if the lesions neither kill nor
    are found. Returns the time until which the list holds all lesions; `by_organ` then lists at least those
    with an event before the end.
    """
    base = woman.n_lesions
    other = woman.other_death
    horizon = _look_for_end(p, woman)
    shrinks = True
    while True:
        woman.n_lesions = base
        done, all_until = 0, math.inf
        end = horizon
        while done < woman.n_lesions:
            first, done = done, woman.n_lesions
            all_until = min(
                all_until, generation_spreads(p, woman, first, woman.diagnosis, horizon)
            )
            count = woman.n_lesions
            any_active = not shrinks  # on a second pass what is listed is of the first
            for i in range(done, count):
                if woman.no_event_before[i] <= horizon:
                    any_active = may_act(p, woman, woman.lesions[i], horizon) or any_active
            if any_active:
                list_active(p, woman, horizon)
            if count > done:
                end = _end_by(p, woman, horizon)
                if shrinks:
                    horizon = min(horizon, end)
        if end <= horizon or horizon >= other:
            woman.end = min(end, other)
            return all_until
        # Rare: a daughter's burden had the proposal refused by which her mother would have killed or
        # been found (see `thinning`), so she lives on. Look further, and do not shorten again.
        horizon = _look_for_end(p, woman)
        if all_until < horizon:
            woman.end = horizon
            return all_until
        shrinks = False
