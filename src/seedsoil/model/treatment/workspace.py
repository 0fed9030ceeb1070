"""The working space of a treated woman's whole course, beside that of her natural history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.model.natural_history.lesions import MAX_LESIONS
from seedsoil.model.rows import EPISODE_ROW
from seedsoil.model.treatment.state import (
    INITIAL_LESION,
    MAX_EPISODES,
    MAX_INITIAL,
    MAX_TREATED,
    TREATED_WOMAN,
    scratch,
)

if TYPE_CHECKING:
    from seedsoil.model.types import Integers, Known, Lesions, Rows, State, Woman


class TreatedCourse(NamedTuple):
    """One woman from the day her metastatic disease is found, one thread's space for it.

    Her lesions are in two lists: those of the natural history, by the number that they have there, and
    those of treatment, which has the living ones of that day first and then what they found.
    """

    woman: Woman
    """Who she is on that day: dtype `TREATED_WOMAN`."""
    initial_lesions: Lesions
    """Her living lesions then: dtype `INITIAL_LESION`."""
    state: State
    known: Known
    episodes: Rows
    """Her symptoms, in the order in which they set in: dtype `EPISODE_ROW`."""
    places: Integers
    """By lesion of the natural history: its place in the list of treatment, -1 if it has none."""
    numbers: Integers
    """By lesion of treatment: its number in the tables, 0 if they do not name it."""


def treated_workspace() -> TreatedCourse:
    """Working space for one thread."""
    return TreatedCourse(
        np.zeros(1, TREATED_WOMAN).view(np.recarray)[0],
        np.zeros(MAX_INITIAL, INITIAL_LESION).view(np.recarray),
        *scratch(),
        np.zeros(MAX_EPISODES, EPISODE_ROW).view(np.recarray),
        np.zeros(MAX_LESIONS, np.int64),
        np.zeros(MAX_TREATED, np.int64),
    )
