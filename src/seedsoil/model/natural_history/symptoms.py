"""Symptoms of metastases: onset hazard c N_organ^a, by organ and symptom.

The whole burden of the organ drives each symptom (see `thinning`). Untreated, a symptom stays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.thinning import Process, first_event
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Woman


@compiled
def onsets(p: Parameters, woman: Woman, after: float, horizon: float) -> tuple[float, int, int]:
    """First onset in (after, horizon] of every symptom, into `symptom_times` and `symptom_causes`.

    Returns the time, organ and symptom of the first of all, or (infinity, -1, -1).
    """
    times, causes, starts = woman.symptom_times, woman.symptom_causes, woman.organ_starts
    best, best_organ, best_symptom = math.inf, -1, -1
    for organ in range(METASTATIC_ORGANS):
        for symptom in range(MAX_SYMPTOMS):
            times[organ, symptom] = math.inf
            causes[organ, symptom] = -1
            if symptom >= p.symptom_count[organ] or starts[organ] == starts[organ + 1]:
                continue
            process = Process(
                symptom,
                random.SYMPTOM_THINNING,
                p.symptom_exponent[organ],
                p.symptom_log_exponent[organ],
                p.symptom_start[organ],
            )
            time, cause = first_event(
                p, woman, starts[organ], starts[organ + 1], process, after, horizon
            )
            times[organ, symptom] = time
            causes[organ, symptom] = cause
            if time < best:
                best, best_organ, best_symptom = time, organ, symptom
    return best, best_organ, best_symptom
