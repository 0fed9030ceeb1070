"""What the kernels remember of one lesion.

A lesion grows from `start` (years since the first malignant cell of the primary) at rate `rate` from
size `ln_y`. Before `start` it sleeps. A lesion that therapy shrank has a new `start`, `ln_y` and clocks.

Every lesion has six processes: four symptoms, death and the founding of colonies by blood. Each has an
Exp(1) clock. Only the first of the six clocks, an exponential with mean 1/6, is drawn when the lesion is
founded; so is the clock of a seventh process, the founding of metastases in lymph nodes by lymph.
The other clocks, and the lesion's sleep and growth, are worked out when they may matter, which for most
lesions is never (see `lazy_lesions`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.jit import compiled
from seedsoil.vocabulary import MAX_SYMPTOMS

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion

CLOCKS = MAX_SYMPTOMS + 2
"""Processes of a lesion: its symptoms, the founding of colonies by blood, death."""

BLOOD, LYMPH = range(2)
"""Routes (the order of ROUTES)."""

PRIMARY = -1
"""Parent of what the primary founded. The node foci are the parents -2, -3, ..."""

MAX_LESIONS = 1536
"""More lesions than this in one woman are not followed; she is counted and reported."""

MAX_FOCI = 100
"""The most node foci of one woman."""

LESION = np.dtype(
    [
        # Lower bounds of times: see `lazy_lesions`
        ("no_event_before", "f8"),  # none of its processes has an event before
        ("small_until", "f8"),  # it is smaller than the size y* until then
        # When it was founded: exact if both are the same, else no sooner and no later
        ("founded", "f8"),
        ("founded_latest", "f8"),
        # It was founded at `founding_origin` - `founding_pace` · ln E1⁻¹(`founding_clock`), where the last
        # is what the hazard clock of its source showed
        ("founding_clock", "f8"),
        ("founding_origin", "f8"),  # years
        ("founding_pace", "f8"),  # 1/b of its source, years
        ("ln_y", "f8"),  # at `start`
        ("eradicated", "f8"),  # years; infinity if it is not
        # Uniforms that its sleep, its growth rate, the first of its clocks and that of lymph are made of
        ("sleep_uniform", "f8"),
        ("growth_uniform", "f8"),
        ("first_uniform", "f8"),
        ("lymph_uniform", "f8"),
        ("entity", "i8"),  # its name in the random numbers
        ("parent", "i8"),
        ("version", "i8"),  # how often therapy has shrunk it
        ("organ", "i8"),
        ("multiplicity", "f8"),  # lesions that it is made of, all alike …
        ("foundings", "i8"),  # … and in how many foundings they came
        ("alone", "i8"),  # what it founds comes in groups after so many foundings
        ("route", "i8"),
        # How far it is worked out: 0 or 1
        ("determined", "i8"),  # `founded`, `woke`, `start` and `rate` are exact
        ("tightened", "i8"),  # `no_event_before` is as late as the first clock allows
        ("clocks_drawn", "i8"),  # so is all that follows `rate`
        ("woke", "f8"),
        ("start", "f8"),
        ("rate", "f8"),  # Gompertz b, per year
        ("spread_clock", "f8"),
        ("death_clock", "f8"),
        ("first_clock", "f8"),
        ("symptom_uniform", "f8", (MAX_SYMPTOMS,)),  # a symptom's clock: `first_clock` - ln of it
        # No sooner than this: its first colony by blood and by lymph, its first proposals of death and of a
        # symptom (`thinning`)
        ("spread_at", "f8"),
        ("lymph_at", "f8"),
        ("death_at", "f8"),
        ("symptom_at", "f8"),
        # In the thinning under way: what it proposes, and its next draw
        ("proposed_at", "f8"),
        ("next_draw", "i8"),
    ],
    align=True,
)
"""One lesion: a colony in an organ, a focus in a node, or the primary. Times are years since the primary's
first malignant cell."""


@compiled
def y_at(lesion: Lesion, time: float) -> float:
    """Gompertz's y of a growing lesion at `time` (not before its start)."""
    return math.exp(lesion.ln_y - lesion.rate * (time - lesion.start))
