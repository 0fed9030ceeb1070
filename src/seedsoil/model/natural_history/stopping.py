"""How far metastases spread: until the disease is found, and until death.

An event (a symptom, an image, death) ends the founding of colonies, and what they found brings the event
forward. Both are found together: colonies are founded up to the event that those known so far would
cause, and the event is looked for again among all. A colony founded later than it cannot change it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.lazy_lesions import is_founded, list_active, may_act
from seedsoil.model.natural_history.lesions import BLOOD, MAX_LESIONS, PRIMARY
from seedsoil.model.natural_history.presentation import chance_image, first_visible
from seedsoil.model.natural_history.spread import (
    daughters,
    found_by,
    found_by_node,
    metastases_spread,
)
from seedsoil.model.natural_history.symptoms import onsets

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def _drop_founded_after(
    woman: Any, lesions: NDArray[Any], count: int, time: float, numbers: NDArray[Any]
) -> int:
    """Drop the lesions founded after `time`, daughters with them; the new number of lesions.

    Parents point to places in the list, so they are renumbered. `numbers` is scratch space.
    """
    kept = 0
    for i in range(count):
        numbers[i] = kept
        if is_founded(lesions[i], time):
            if kept != i:
                lesions[kept] = lesions[i]
                woman.quiet_until[kept] = woman.quiet_until[i]
                woman.idle_until[kept] = woman.idle_until[i]
            if lesions[kept].parent >= 0:
                lesions[kept].parent = numbers[lesions[kept].parent]
            kept += 1
    return kept


@compiled
def _revealed(
    p: Any,
    patient: int,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    horizon: float,
    order: NDArray[Any],
    heads: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
) -> tuple[float, int, int, bool]:
    """When metastases give a symptom or kill, until `horizon`: time, organ, symptom, whether dead."""
    if not list_active(p, patient, woman, lesions, count, horizon, order, heads):
        return math.inf, -1, -1, False
    time, organ, symptom = onsets(
        p,
        patient,
        woman,
        lesions,
        count,
        order,
        heads,
        -1.0,
        horizon,
        symptom_times,
        symptom_causes,
    )
    dies = cancer_death(p, patient, woman, lesions, count, order, heads, -1.0, min(time, horizon))
    if dies < time:
        return dies, -1, -1, True
    return time, organ, symptom, False


@compiled
def spread_until_found(
    p: Any,
    patient: int,
    woman: Any,
    primary: Any,
    first_colony: float,
    foci: NDArray[Any],
    foci_count: int,
    diagnosis: float,
    lesions: NDArray[Any],
    readings: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    numbers: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> tuple[int, float, float, int, int, bool]:
    """Colonies founded until the primary is found at `diagnosis`, or a metastasis reveals the disease.

    What reveals it ends the founding, so it is looked for whenever the list has doubled. Returns the
    number of lesions, the time until which they are all, and when, where and how it was revealed.
    """
    horizon = diagnosis
    shrinks = True
    while True:
        count, whole, looked = 0, math.inf, 8
        for k in range(-1, foci_count):
            cut = math.inf
            if k < 0:
                count, cut = found_by(
                    p,
                    patient,
                    woman,
                    primary,
                    first_colony,
                    random.PRIMARY_SPREAD,
                    PRIMARY,
                    BLOOD,
                    woman.slowness,
                    -1.0,
                    horizon,
                    lesions,
                    count,
                    readings,
                )
            else:
                count, cut = found_by_node(
                    p, patient, woman, foci, k, horizon, lesions, count, readings
                )
            whole = min(whole, cut)
            if shrinks and (count > 2 * looked or count == MAX_LESIONS):
                time, _, _, _ = _revealed(
                    p,
                    patient,
                    woman,
                    lesions,
                    count,
                    horizon,
                    order,
                    heads,
                    symptom_times,
                    symptom_causes,
                )
                if time < horizon:
                    horizon = time
                    count = _drop_founded_after(woman, lesions, count, horizon, numbers)
                looked = count
        if count == 0:
            return 0, whole, math.inf, -1, -1, False
        count, cut = metastases_spread(p, patient, woman, lesions, count, -1.0, horizon, readings)
        whole = min(whole, cut)
        time, organ, symptom, dead = _revealed(
            p, patient, woman, lesions, count, horizon, order, heads, symptom_times, symptom_causes
        )
        if time <= horizon or horizon >= diagnosis:
            break
        if whole < horizon:  # the list is full: what it holds decides
            time, organ, symptom, dead = _revealed(
                p,
                patient,
                woman,
                lesions,
                count,
                diagnosis,
                order,
                heads,
                symptom_times,
                symptom_causes,
            )
            break
        # Rare: what was founded later had the proposal refused that revealed it (see organ_hazard).
        horizon, shrinks = diagnosis, False
    if time < diagnosis:
        count = _drop_founded_after(woman, lesions, count, time, numbers)
    return count, whole, time, organ, symptom, dead


@compiled
def _ends(
    p: Any,
    patient: int,
    until_found: bool,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    diagnosis: float,
    floor: float,
    horizon: float,
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> float:
    """When these lesions kill in (floor, horizon], or, if it comes first and `until_found`, are found.

    Infinity if neither. `order` and `heads` list at least the lesions with an event by `horizon`.
    """
    found = math.inf
    if until_found:
        found, _, _ = onsets(
            p,
            patient,
            woman,
            lesions,
            count,
            order,
            heads,
            floor,
            horizon,
            symptom_times,
            symptom_causes,
        )
        visible = first_visible(p, woman, lesions, count, horizon)
        image = chance_image(p, patient, max(diagnosis, visible))
        if image <= horizon:
            found = min(found, image)
    kills = cancer_death(
        p, patient, woman, lesions, count, order, heads, floor, min(horizon, found)
    )
    return min(found, kills)


@compiled
def _end_of(
    p: Any,
    patient: int,
    until_found: bool,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    diagnosis: float,
    other: float,
    floor: float,
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> float:
    """The end that these lesions bring (see `_ends`) until `other`, or infinity.

    Looked for in the first half year, the first year, the first two ...: the more lesions, the sooner
    it comes, and most are still quiet by then.
    """
    years = 0.5
    while True:
        horizon = min(other, diagnosis + years)
        end = math.inf
        stirring = list_active(p, patient, woman, lesions, count, horizon, order, heads)
        if stirring or until_found:
            end = _ends(
                p,
                patient,
                until_found,
                woman,
                lesions,
                count,
                diagnosis,
                floor,
                horizon,
                symptom_times,
                symptom_causes,
                order,
                heads,
            )
        if end < math.inf or horizon >= other:
            return end
        years *= 2.0


@compiled
def spread_until_the_end(
    p: Any,
    patient: int,
    until_found: bool,
    woman: Any,
    lesions: NDArray[Any],
    base: int,
    diagnosis: float,
    other: float,
    floor: float,
    readings: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> tuple[int, float, float]:
    """What metastases found after diagnosis until the end, and when that is.

    The end is her death or, if `until_found`, the finding of metastatic disease if that comes first.
    It ends their spread, and what they found brings it forward. Generation by generation, the
    daughters are founded up to the end that the lesions known so far would bring; a daughter
    founded later than the end cannot change it. Returns the number of lesions, the end (`other` if
    they neither kill nor are found) and the time until which the lesions are all; `order` and `heads`
    then list at least those with an event before the end.
    """
    horizon = min(
        other,
        _end_of(
            p,
            patient,
            until_found,
            woman,
            lesions,
            base,
            diagnosis,
            other,
            floor,
            symptom_times,
            symptom_causes,
            order,
            heads,
        ),
    )
    shrinks = True
    while True:
        count, done, whole = base, 0, math.inf
        end = horizon
        while done < count:
            first, done = done, count
            count, cut = daughters(
                p, patient, woman, lesions, first, done, diagnosis, horizon, readings
            )
            whole = min(whole, cut)
            stirring = not shrinks  # on a second pass what is listed is of the first
            for i in range(done, count):
                if woman.idle_until[i] <= horizon:
                    stirring = may_act(p, patient, woman, lesions[i], horizon) or stirring
            if stirring:
                list_active(p, patient, woman, lesions, count, horizon, order, heads)
            if count > done:
                end = _ends(
                    p,
                    patient,
                    until_found,
                    woman,
                    lesions,
                    count,
                    diagnosis,
                    floor,
                    horizon,
                    symptom_times,
                    symptom_causes,
                    order,
                    heads,
                )
                if shrinks:
                    horizon = min(horizon, end)
        if end <= horizon or horizon >= other:
            return count, min(end, other), whole
        # Rare: a daughter's burden had the proposal refused by which her mother would have killed or
        # been found (see organ_hazard), so she lives on: look further, and do not shorten again.
        horizon = min(
            other,
            _end_of(
                p,
                patient,
                until_found,
                woman,
                lesions,
                count,
                diagnosis,
                other,
                floor,
                symptom_times,
                symptom_causes,
                order,
                heads,
            ),
        )
        if whole < horizon:
            return count, horizon, whole
        shrinks = False
