"""Whom an answer is about: groups of women by subtype, age and presentation."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.results.columns import codes, numbers
from seedsoil.vocabulary import METASTATIC_PRESENTATIONS, SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

ALL = "all"
SUBTYPE_NAMES = (ALL, *SUBTYPES)
AGE_NAMES = (ALL, "under 50", "50-69", "70 and over")
_AGE_EDGES = (50.0, 70.0)
PRESENTATION_NAMES = (ALL, *METASTATIC_PRESENTATIONS)


def groups_of(patients: pa.Table) -> NDArray[np.int8]:
    """Codes of each woman's subtype, age and presentation, from 1: [women, 3].

    Age is that on the day when metastatic disease is found.
    """
    subtype, _ = codes(patients, "subtype", SUBTYPES)
    age = numbers(patients, "age") + numbers(patients, "metastatic_at")
    presentation, names = codes(patients, "presentation", METASTATIC_PRESENTATIONS)
    if len(names) > len(METASTATIC_PRESENTATIONS):
        unknown = np.isin(presentation, range(len(METASTATIC_PRESENTATIONS), len(names)))
        if unknown.any():
            raise AssertionError("women without metastatic disease are in no group")
    band = np.searchsorted(_AGE_EDGES, age, "right")
    return np.stack([subtype, band, presentation], axis=1).astype(np.int8) + np.int8(1)


def members(groups: NDArray[np.int8]) -> Iterator[tuple[tuple[str, str, str], NDArray[np.bool_]]]:
    """Each group that has women: its subtype, age and presentation, and who belongs to it."""
    each = (SUBTYPE_NAMES, AGE_NAMES, PRESENTATION_NAMES)
    for place in itertools.product(*(range(len(names)) for names in each)):
        mine = np.ones(len(groups), np.bool_)
        for column, code in enumerate(place):
            if code:
                mine &= groups[:, column] == code
        if mine.any():
            yield (each[0][place[0]], each[1][place[1]], each[2][place[2]]), mine
