"""Symptoms of metastases: onset hazard c N_organ^a, by organ and symptom.

The whole burden of the organ drives each symptom (see `organ_hazard`); untreated, a symptom stays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model.natural_history.thinning import first_event
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def onsets(
    p: Any,
    patient: int,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    order: NDArray[Any],
    heads: NDArray[Any],
    floor: float,
    horizon: float,
    times: NDArray[Any],
    causes: NDArray[Any],
) -> tuple[float, int, int]:
    """First onset in (floor, horizon] of every symptom, into times[organ, symptom] and causes.

    Returns the time, organ and symptom of the first of all, or (infinity, -1, -1).
    """
    best, best_organ, best_symptom = math.inf, -1, -1
    for organ in range(METASTATIC_ORGANS):
        a = p.symptom_exponent[organ]
        for symptom in range(MAX_SYMPTOMS):
            times[organ, symptom] = math.inf
            causes[organ, symptom] = -1
            if symptom >= p.symptom_count[organ] or heads[organ] == heads[organ + 1]:
                continue
            time, cause = first_event(
                p,
                patient,
                woman,
                lesions,
                count,
                order,
                heads[organ],
                heads[organ + 1],
                symptom,
                a,
                p.symptom_log_exponent[organ],
                p.symptom_start[organ],
                floor,
                horizon,
            )
            times[organ, symptom] = time
            causes[organ, symptom] = cause
            if time < best:
                best, best_organ, best_symptom = time, organ, symptom
    return best, best_organ, best_symptom
