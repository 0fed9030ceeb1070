"""Which lesions the tables name. A rule of storage: all lesions are simulated and counted.

Named are what the primary and the node foci founded. Of what metastases founded are named those that are
*marked*: that grew large, or caused a symptom, or are mothers of marked ones. Numbers run in the order in
which lesions were listed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history.lesions import y_at

if TYPE_CHECKING:
    from seedsoil.model.types import Integers, Lesion, Lesions, Parameters

# ln of the cells of 1 mm³, from which on an untreated lesion is large. Under treatment a lesion is large
# once it has been followed (`therapy.followed_mm`).
_LARGE_LOG_CELLS = math.log(1e6)


@compiled
def is_large(p: Parameters, lesion: Lesion, time: float) -> bool:
    """Whether an untreated, determined lesion is large at `time`."""
    if lesion.start >= time:
        return False
    return bool(p.log_capacity - y_at(lesion, time) >= _LARGE_LOG_CELLS)


@compiled
def mark_mothers(lesions: Lesions, begin: int, end: int, marks: Integers) -> None:
    """Mark the mothers of the marked ones (marks[i] = 1) among lesions begin … end-1."""
    for i in range(end - 1, begin - 1, -1):
        if marks[i] == 1 and lesions[i].parent >= 0:
            marks[lesions[i].parent] = 1


@compiled
def number_listed(
    lesions: Lesions, begin: int, end: int, until: float, marks: Integers, number: int
) -> int:
    """Turn the marks of lesions begin … end-1 into numbers after `number`; 0 if a lesion is not named.

    Named are those founded by `until`. Returns the last number.
    """
    for i in range(begin, end):
        named = marks[i] == 1 or lesions[i].parent < 0
        marks[i] = 0
        if named and lesions[i].founded <= until:
            number += 1
            marks[i] = number
    return number
