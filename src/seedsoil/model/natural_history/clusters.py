"""One founding leaves one lesion or several side by side: a colony of m lesions, m geometric.

They are in one organ, sleep together, grow alike and resist the same drugs, as what one cluster of cells
left. So one record stands for all: a process of rate A N^a has m A N^a on it, which is exact. Where lesions
are counted they are m, and each may be eradicated by itself (`treatment.lesion`).

A source may found thousands of colonies. After the first ones they come in groups, which one record stands
for, too: the earliest, which decide what becomes of her, are simulated one by one (docs/model.md, section 4).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.vocabulary import METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters

ALONE = 64
"""Foundings of the primary that are simulated one by one before they come in groups."""
_FEWEST_ALONE = 4  # of any source
_MOST_DOUBLINGS = 30

_SMALLEST_UNIFORM = 2.0**-33


@compiled
def cluster_size(log_more: float, u: float) -> float:
    """Lesions that one founding leaves, from a uniform: after each one more with chance e^log_more."""
    return 1.0 + math.floor(math.log(max(u, _SMALLEST_UNIFORM)) / log_more)


@inlined
def place_of_colony(
    p: Parameters, arteries: int, subtype: int, u: float, foundings: float
) -> tuple[int, float]:
    """The organ that a uniform leads a founding by blood to, and how many lesions it leaves there.

    `arteries`: 1 for cells from the lung, which enter the arteries. `foundings`: how many come together;
    each leaves as many.
    """
    organ = 0
    begins = 0.0
    for i in range(METASTATIC_ORGANS - 1):  # all of them: a loop that ends by chance is slower
        ends = p.organ_cumulative[arteries, subtype, i]
        beyond = int(u > ends)
        organ += beyond
        begins += beyond * (ends - begins)
    if p.log_cluster_more > -math.inf:
        # given the organ, where in its share the uniform fell is uniform again
        part = (u - begins) / (p.organ_cumulative[arteries, subtype, organ] - begins)
        foundings *= cluster_size(p.log_cluster_more, part)
    return organ, foundings


@inlined
def group_size(k: int, alone: int) -> int:
    """How many foundings the k-th record (from 0) of a source stands for: 1, then 2, 4, 8 ….

    The rate of records is that of foundings divided by it, so that as many are founded on average. A record
    is never more than one part in `alone` of what its source has founded.
    """
    return 1 << min(k // alone, _MOST_DOUBLINGS)


@inlined
def alone_of_child(alone: int, k: int) -> int:
    """After how many foundings those of the k-th record (from 0) of a source come in groups.

    `alone` is that of the source. The later one of many was founded, the less it adds to what they found.
    """
    return max(_FEWEST_ALONE, alone // (1 + k))
