"""What the kernels remember of one lesion.

A lesion grows from `start` (years since the first malignant cell of the primary) at rate `rate` from
size `ln_y`. Before `start` it sleeps. A lesion that therapy shrank has a new `start`, `ln_y` and clocks.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedsoil import random
from seedsoil.compiled import compiled

BONE, LUNG, LIVER, BRAIN, OTHER, NODE = range(6)
ORGANS = ("bone", "lung", "liver", "brain", "other", "node")
METASTATIC_ORGANS = 5
MAX_SYMPTOMS = 4

BLOOD, LYMPH = range(2)
PRIMARY = -1  # the parent of what the primary founded; node foci are parents -2, -3, ...

# More lesions than this in one woman are not followed; she is counted and reported.
MAX_LESIONS = 1024
MAX_FOCI = 100

# The lesions table lists what the primary and the nodes founded, and of the daughters of metastases
# those that reached a million cells (1 mm³) before death, with their mothers. A rule of storage: all are
# simulated and counted.
LISTED_LOG_CELLS = math.log(1e6)

LESION = np.dtype(
    [
        ("founded", "f8"),
        ("woke", "f8"),
        ("start", "f8"),
        ("ln_y", "f8"),
        ("rate", "f8"),
        ("eradicated", "f8"),
        ("candidate", "f8"),
        ("y_end", "f8"),
        ("first_clock", "f8"),
        ("death_clock", "f8"),
        ("symptom_uniform", "f8", (MAX_SYMPTOMS,)),
        ("entity", "i8"),
        ("version", "i8"),
        ("parent", "i8"),
        ("organ", "i8"),
        ("route", "i8"),
    ],
    align=True,
)


@compiled
def wind_clocks(p: Any, patient: int, lesion: Any, death: float) -> None:
    """Set the lesion's exponentials: `death`, and new ones for symptoms (by its version).

    Those for symptoms are kept as uniforms: most lesions never need their logarithms.
    """
    a, b, c, d = random.uniforms(
        p.key_low, p.key_high, patient, random.SYMPTOM, lesion.entity, lesion.version
    )
    lesion.death_clock = death
    lesion.symptom_uniform[0] = a
    lesion.symptom_uniform[1] = b
    lesion.symptom_uniform[2] = c
    lesion.symptom_uniform[3] = d
    lesion.first_clock = min(death, -math.log(max(max(a, b), max(c, d))))


@compiled
def y_at(lesion: Any, time: float) -> float:
    """Gompertz's y of a growing lesion at `time` (not before its start)."""
    return math.exp(lesion.ln_y - lesion.rate * (time - lesion.start))


@compiled
def look_ahead(
    p: Any,
    lesions: NDArray[Any],
    count: int,
    horizon: float,
    order: NDArray[Any],
    heads: NDArray[Any],
) -> bool:
    """List the lesions that can cause a symptom or death before `horizon`, organ by organ.

    Those of organ o are order[heads[o] : heads[o + 1]]. A lesion cannot if an upper bound of every
    hazard, its last rate held all the time, stays below the first of its exponentials: most late
    lesions. Returns whether any can.
    """
    for organ in range(METASTATIC_ORGANS + 2):
        heads[organ] = 0
    for i in range(count):
        lesion = lesions[i]
        lesion.y_end = -1.0
        years = min(horizon, lesion.eradicated) - lesion.start
        if years <= 0.0:
            continue
        y = y_at(lesion, horizon)
        organ = lesion.organ
        rate = max(
            p.symptom_log_top_max[organ] - p.symptom_exponent[organ] * y,
            p.death_log_top[organ] - p.death_exponent * y,
        )
        if math.exp(rate) * years >= lesion.first_clock:
            lesion.y_end = y
            heads[organ + 2] += 1
    for organ in range(METASTATIC_ORGANS + 1):
        heads[organ + 1] += heads[organ]
    for i in range(count):
        if lesions[i].y_end >= 0.0:
            organ = lesions[i].organ
            order[heads[organ + 1]] = i
            heads[organ + 1] += 1
    return bool(heads[METASTATIC_ORGANS] > 0)
