"""The same women under two strategies: sums of the measures of `compare`, and of their differences.

They are taken when units are put together, from what is kept of each woman: a strategy that is added later
takes nothing of the first again. All are sums of whole numbers, so that a difference woman by woman, its
error, and a difference of nothing are the same however the women are divided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.reductions.sums import Sums
from seedsoil.reductions.tally import Tally
from seedsoil.results.burden import division_names
from seedsoil.results.columns import ALL_WOMEN

if TYPE_CHECKING:
    from seedsoil.planned.measured import Measured

SIDES = ("reference", "other")


def paired(one: Measured, other: Measured, *, by: str | None) -> Tally:
    """The tally of women found with metastatic disease in life, under the reference and the other.

    `by`: what divides them into groups. Raises ValueError where they are not the same women.
    """
    if not np.array_equal(one.patient, other.patient):
        raise ValueError("strategies were simulated on different women")
    members = {ALL_WOMEN: np.ones(one.patient.size, np.bool_)}
    members |= {name: one.group == code for code, name in enumerate(division_names(by))}
    tally = Tally()
    for name, mine in members.items():
        if name != ALL_WOMEN and not mine.any():
            continue
        for side, of in zip(SIDES, (one, other), strict=True):
            tally.add_sums(f"{side}:{name}", Sums.of_fixed(of.values[mine]))
            tally.count(f"metastatic death, {side}:{name}", of.day[mine])
        apart = other.values[mine] - one.values[mine]
        tally.add_sums(f"difference:{name}", Sums.of_fixed(apart))
    return tally
