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
    from collections.abc import Sequence

    from seedsoil.planned.measured import Integers, Measured

SIDES = ("reference", "other")


def paired(one: Measured, other: Measured, *, by: str | None) -> Tally:
    """The tally of women found with metastatic disease in life, under the reference and the other.

    `by`: what divides them into groups. Raises ValueError where they are not the same women.
    """
    if not np.array_equal(one.patient, other.patient):
        raise ValueError("strategies were simulated on different women")
    tally, names = Tally(), division_names(by)
    for code in np.unique(one.group).tolist():
        mine = one.group == code
        # those of all women are the sums of the groups, which are exact
        told = (ALL_WOMEN,) if code < 0 else (ALL_WOMEN, names[code])
        for side, of in zip(SIDES, (one, other), strict=True):
            _add(tally, told, side, of.values[mine])
            days = np.bincount(of.day[mine]).astype(np.int64, copy=False)
            for name in told:
                tally.add_counts(f"metastatic death, {side}:{name}", days)
        _add(tally, told, "difference", other.values[mine] - one.values[mine])
    return tally


def _add(tally: Tally, groups: Sequence[str], what: str, values: Integers) -> None:
    sums = Sums.of_fixed(values)
    for name in groups:
        tally.add_sums(f"{what}:{name}", sums)
