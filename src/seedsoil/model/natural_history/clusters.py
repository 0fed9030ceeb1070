"""One founding leaves one lesion or several side by side: a colony of m lesions, m geometric.

They are in one organ, sleep together, grow alike and resist the same drugs, as what one cluster of cells
left. So one record stands for all: a process of rate A N^a has m A N^a on it, which is exact. Where lesions
are counted they are m, and each may be eradicated by itself (`treatment.lesion`).
"""

from __future__ import annotations

import math

from seedsoil.jit import compiled

_SMALLEST_UNIFORM = 2.0**-33


@compiled
def cluster_size(log_more: float, u: float) -> float:
    """Lesions that one founding leaves, from a uniform: after each one more with chance e^log_more."""
    return 1.0 + math.floor(math.log(max(u, _SMALLEST_UNIFORM)) / log_more)
