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
MAX_FOCI = 512

LESION = np.dtype(
    [
        ("founded", "f8"),
        ("woke", "f8"),
        ("start", "f8"),
        ("ln_y", "f8"),
        ("rate", "f8"),
        ("eradicated", "f8"),
        ("candidate", "f8"),
        ("death_clock", "f8"),
        ("symptom_clock", "f8", (MAX_SYMPTOMS,)),
        ("entity", "i8"),
        ("version", "i8"),
        ("parent", "i4"),
        ("organ", "i4"),
        ("route", "i4"),
    ]
)


@compiled
def wind_clocks(p: Any, patient: int, lesion: Any) -> None:
    """Draw the lesion's exponentials for symptoms and death; a shrunken lesion gets fresh ones."""
    k0, k1 = p.key_low, p.key_high
    a, b, c, d = random.exponentials(
        k0, k1, patient, random.SYMPTOM, lesion.entity, lesion.version
    )
    lesion.symptom_clock[0] = a
    lesion.symptom_clock[1] = b
    lesion.symptom_clock[2] = c
    lesion.symptom_clock[3] = d
    a, b, c, d = random.exponentials(k0, k1, patient, random.DEATH, lesion.entity, lesion.version)
    lesion.death_clock = a


@compiled
def y_at(lesion: Any, time: float) -> float:
    """Gompertz's y of a growing lesion at `time` (not before its start)."""
    return math.exp(lesion.ln_y - lesion.rate * (time - lesion.start))


@compiled
def total_log_cells(
    lesions: NDArray[Any], count: int, organ: int, log_capacity: float, time: float
) -> float:
    """ln of the cells of all living lesions of an organ at `time`; minus infinity if there are none."""
    largest = -math.inf
    for i in range(count):
        lesion = lesions[i]
        if lesion.organ == organ and lesion.start <= time < lesion.eradicated:
            largest = max(largest, -y_at(lesion, time))
    if largest == -math.inf:
        return largest
    total = 0.0
    for i in range(count):
        lesion = lesions[i]
        if lesion.organ == organ and lesion.start <= time < lesion.eradicated:
            total += math.exp(-y_at(lesion, time) - largest)
    return log_capacity + largest + math.log(total)
