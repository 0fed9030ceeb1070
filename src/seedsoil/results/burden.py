"""Women divided by how much metastatic disease was seen when it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.errors import InputError, nearest, shown
from seedsoil.results.columns import GROUPINGS, Group, flags, groups, numbers, women_with_metastases
from seedsoil.vocabulary import BONE, ORGANS

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.results.columns import Flags

# Lesions above the imaging limit when metastatic disease was found, and the organs they were in.
BURDENS = ("none visible", "1 lesion", "2-5 lesions", "6 or more lesions")
BURDEN_EDGES = (1, 2, 6)
INVOLVED = ("none seen", "bone only", "one other organ", "two organs", "three or more organs")
DIVISIONS = (*GROUPINGS, "burden", "organs")


def division_names(by: str | None) -> tuple[str, ...]:
    """The groups into which women are divided by `by`, in their order; none where it is None."""
    check_division(by)
    if by is None:
        return ()
    return {**GROUPINGS, "burden": BURDENS, "organs": INVOLVED}[by]


def check_division(by: str | None) -> None:
    """Raise InputError, with the nearest name, unless women can be divided by `by`."""
    if by is not None and by not in DIVISIONS:
        raise InputError(
            f"by={shown(by)}: women are divided by one of {', '.join(DIVISIONS)}, or not at all (None)."
            f" {nearest(by, DIVISIONS)}".rstrip()
        )


def divided(patients: pa.Table, by: str | None, within: Flags | None = None) -> list[Group]:
    """The women divided by a column, or those with metastatic disease by how much of it was seen.

    `by`: None for one group, a column of `columns.GROUPINGS`, "burden" (visible lesions: 1, 2-5, 6
    or more) or "organs" (which and how many were involved), both when metastatic disease was
    found. `within`: only these women. Groups without women are left out.
    Raises InputError for any other division.
    """
    if by is None or by in list(GROUPINGS):
        return groups(patients, by, within)
    check_division(by)
    women = women_with_metastases(patients)
    if within is not None:
        women &= within
    names: tuple[str, ...] = BURDENS
    if by == "burden":
        seen = np.nan_to_num(numbers(patients, "visible_lesions"))
        place = np.searchsorted(BURDEN_EDGES, seen, side="right")
    else:
        names = INVOLVED
        involved = np.stack([flags(patients, organ) for organ in ORGANS])
        count = involved.sum(axis=0)
        bone_only = (count == 1) & involved[BONE]
        place = np.where(count == 0, 0, np.where(bone_only, 1, np.minimum(count + 1, 4)))
    found = [Group(name, (place == code) & women) for code, name in enumerate(names)]
    return [group for group in found if group.members.any()]
