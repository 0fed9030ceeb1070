"""What the kernels remember of one lesion.

A lesion grows from `start` (years since the first malignant cell of the primary) at rate `rate` from
size `ln_y`. Before `start` it sleeps. A lesion that therapy shrank has a new `start`, `ln_y` and clocks.

Every lesion has six processes, four symptoms, death and the founding of colonies, each with an Exp(1)
clock. Drawn at once is only the first of the six, an exponential with mean 1/6; the others are drawn
(`wind`) when the lesion may matter. So are its growth and its sleep (`complete`): most lesions never
matter, and of those neither is needed (see `quiet`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from seedsoil import random
from seedsoil.compiled import compiled

BONE, LUNG, LIVER, BRAIN, OTHER, NODE = range(6)
ORGANS = ("bone", "lung", "liver", "brain", "other", "node")
METASTATIC_ORGANS = 5
MAX_SYMPTOMS = 4
CLOCKS = MAX_SYMPTOMS + 2

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
        ("quiet_until", "f8"),  # nothing comes of it earlier: see `quiet`
        ("start", "f8"),
        ("rate", "f8"),
        ("ln_y", "f8"),
        ("eradicated", "f8"),
        ("founded", "f8"),
        ("woke", "f8"),
        ("sleep_uniform", "f8"),
        ("growth_uniform", "f8"),
        ("first_uniform", "f8"),  # the first clock, as the uniform it is made of
        ("entity", "i8"),
        ("parent", "i4"),
        ("version", "i4"),
        ("organ", "i4"),
        ("route", "i4"),
        ("complete", "i4"),  # whether woke, start and rate have been worked out
        ("wound", "i4"),  # whether the clocks below have been drawn
        ("draw", "i4"),  # next draw of the thinning under way (`organ_hazard`)
        ("candidate", "f8"),  # its proposal there
        ("reach", "f8"),  # bound of its cumulative hazard of the organ's commonest symptom
        ("spread_clock", "f8"),
        ("death_clock", "f8"),
        ("first_clock", "f8"),
        ("symptom_uniform", "f8", (MAX_SYMPTOMS,)),  # clock: first_clock - ln of it
    ],
    align=True,
)

# What a woman's lesions have in common.
WOMAN = np.dtype(
    [
        ("subtype", "i8"),
        ("rate", "f8"),  # of the primary
        ("log_mu", "f8"),  # ln of the founding rate by blood at one cell
        ("quiet_ln_y", "f8"),
        ("quiet_clock", "f8"),
    ],
    align=True,
)


@compiled
def wind(p: Any, patient: int, lesion: Any) -> None:
    """Draw the lesion's clocks, given the first of them; once for each version of the lesion.

    Of n exponentials the first has mean 1/n, is any of the n with equal chance, and the others
    are later by exponentials of their own.
    """
    if lesion.wound == 1:
        return
    lesion.wound = 1
    entity, block = lesion.entity, 2 * lesion.version
    a, b, c, d = random.uniforms(p.key_low, p.key_high, patient, random.SYMPTOM, entity, block)
    e, f, g, _ = random.uniforms(p.key_low, p.key_high, patient, random.SYMPTOM, entity, block + 1)
    first = -math.log(lesion.first_uniform) / CLOCKS
    lesion.first_clock = first
    lesion.spread_clock = first - math.log(e)
    lesion.death_clock = first - math.log(f)
    lesion.symptom_uniform[0] = a
    lesion.symptom_uniform[1] = b
    lesion.symptom_uniform[2] = c
    lesion.symptom_uniform[3] = d
    which = int(CLOCKS * g)
    if which < MAX_SYMPTOMS:
        lesion.symptom_uniform[which] = 1.0
    elif which == MAX_SYMPTOMS:
        lesion.spread_clock = first
    else:
        lesion.death_clock = first


@compiled
def y_at(lesion: Any, time: float) -> float:
    """Gompertz's y of a growing lesion at `time` (not before its start)."""
    return math.exp(lesion.ln_y - lesion.rate * (time - lesion.start))
