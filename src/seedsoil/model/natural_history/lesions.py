"""What the kernels remember of one lesion.

A lesion grows from `start` (years since the first malignant cell of the primary) at rate `rate` from
size `ln_y`. Before `start` it sleeps. A lesion that therapy shrank has a new `start`, `ln_y` and clocks.

Every lesion has six processes, four symptoms, death and the founding of colonies, each with an Exp(1)
clock. What is worked out at once is only the first of the six, an exponential with mean 1/6; the others,
and the lesion's sleep and growth, follow when it may matter, which most never do (see `quiet`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from seedsoil.jit import compiled
from seedsoil.vocabulary import MAX_SYMPTOMS

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
        ("idle_until", "f8"),  # no event of its processes is earlier: see `quiet`
        ("quiet_until", "f8"),  # until then it is small: see `quiet`
        ("founded", "f8"),  # or, as long as `latest` is later, a time that is not later
        ("latest", "f8"),  # it is not founded later than this
        ("reading", "f8"),  # of the clock of what founded it, then: founded is
        ("origin", "f8"),  # origin - pace · ln E1⁻¹(reading)
        ("pace", "f8"),
        ("ln_y", "f8"),
        ("eradicated", "f8"),
        ("sleep_uniform", "f8"),
        ("growth_uniform", "f8"),
        ("first_uniform", "f8"),  # the first clock, as the uniform it is made of
        ("entity", "i8"),
        ("parent", "i8"),
        ("version", "i8"),
        ("organ", "i8"),
        ("route", "i8"),
        ("complete", "i8"),  # whether the next three have been worked out
        ("bounded", "i8"),  # whether `idle_until` has been made as late as the first clock allows
        ("wound", "i8"),  # whether those after them have
        ("woke", "f8"),
        ("start", "f8"),
        ("rate", "f8"),
        ("spread_clock", "f8"),
        ("death_clock", "f8"),
        ("first_clock", "f8"),
        ("symptom_uniform", "f8", (MAX_SYMPTOMS,)),  # clock: first_clock - ln of it
        ("spread_at", "f8"),  # first colony
        ("death_at", "f8"),  # first proposal of death (`organ_hazard`)
        ("symptom_at", "f8"),  # not later than its first proposal of a symptom
        ("candidate", "f8"),  # in the thinning under way: its proposal, and its next draw
        ("draw", "i8"),
    ],
    align=True,
)

# What a woman's lesions have in common.
WOMAN = np.dtype(
    [
        ("subtype", "i8"),
        ("rate", "f8"),  # of the primary
        ("delay", "f8"),  # 1 / rate
        ("slowness", "f8"),  # 1 / (μ K^a): of the founding of colonies by the primary
        ("quiet_ln_y", "f8"),
        ("quiet_clock", "f8"),
        # Of lesion i of her list: not later than its own. Side by side, since most passes over the list
        # need nothing else of most lesions.
        ("quiet_until", "f8", (MAX_LESIONS,)),
        ("idle_until", "f8", (MAX_LESIONS,)),
        ("near", "i8", (MAX_LESIONS,)),  # scratch space of such passes
        # The colonies that are being founded: names, and four uniforms each
        ("entities", "i8", (MAX_LESIONS,)),
        ("drawn", "f8", (4, MAX_LESIONS)),
    ],
    align=True,
)


@compiled
def y_at(lesion: Any, time: float) -> float:
    """Gompertz's y of a growing lesion at `time` (not before its start)."""
    return math.exp(lesion.ln_y - lesion.rate * (time - lesion.start))
