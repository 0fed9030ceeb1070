"""One founding leaves one lesion or several side by side: a colony of m lesions, m geometric.

They are in one organ, sleep together and grow alike, so the natural history keeps one record for all: a
process of rate A N^a has m A N^a on it, which is exact. Each is a lesion of its own where treatment begins
and in the tables (`part_colonies`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.growth import ln_y_of, time_to
from seedsoil.model.natural_history.lazy_lesions import determine, is_founded
from seedsoil.model.natural_history.lesions import MAX_LESIONS

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Woman

_SMALLEST_UNIFORM = 2.0**-33


@compiled
def cluster_size(log_more: float, u: float) -> float:
    """Lesions that one founding leaves, from a uniform: after each one more with chance e^log_more."""
    return 1.0 + math.floor(math.log(max(u, _SMALLEST_UNIFORM)) / log_more)


@compiled
def part_colonies(p: Parameters, woman: Woman, time: float, until: float) -> None:
    """Make each lesion that is alive at `time` a record of its own, at the end of the list.

    The lesions of a colony that, untreated, could not be of the size that treatment follows by `until` stay
    one record. If the list is full, the others of a colony are left out, and she is counted.
    """
    ln_y = ln_y_of(p.log_capacity, p.followed_log_cells)
    lesions = woman.lesions
    for i in range(woman.n_lesions):
        lesion = lesions[i]
        others = int(lesion.multiplicity) - 1
        if others == 0 or not is_founded(lesion, time):
            continue
        determine(p, woman, lesion)
        if lesion.start == math.inf or lesion.eradicated <= time:
            continue
        if lesion.start + time_to(lesion.ln_y, ln_y, lesion.rate) > until:
            continue
        lesion.multiplicity = 1.0
        for k in range(others):
            count = woman.n_lesions
            if count == MAX_LESIONS:
                woman.truncated = True
                return
            lesions[count] = lesion
            lesions[count].entity = random.child_entity(lesion.entity + (random.SISTER << 24), k)
            woman.small_until[count] = woman.small_until[i]
            woman.no_event_before[count] = woman.no_event_before[i]
            woman.n_lesions = count + 1
