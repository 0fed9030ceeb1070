"""A woman's whole course: natural history to the day metastatic disease is found, from there under a plan.

The kernels of treatment count years from that day; rows count them from diagnosis.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled, shared
from seedsoil.model.natural_history.lesions import MAX_FOCI, MAX_LESIONS
from seedsoil.model.natural_history.writing import (
    number_of_parent,
    write_foci,
    write_lesion,
)
from seedsoil.model.treatment.lesions import catch_up, determine
from seedsoil.model.treatment.state import (
    MAX_TREATED,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOG10 = math.log(10.0)
MOST_LESIONS = MAX_FOCI + MAX_LESIONS + MAX_TREATED
"""Rows of lesions that one woman can need."""


@compiled
def _cause(s: Any, episode: Any) -> int:
    """The lesion behind a symptom: as written down, or the organ's largest, if all had shrunk by then."""
    largest = episode.lesion
    if largest < 0:
        for j in range(s.count):
            here = s.lesions[j].organ == episode.organ and s.lesions[j].founded <= episode.onset_at
            if here and (largest < 0 or s.lesions[j].log_n > s.lesions[largest].log_n):
                largest = j
    return int(largest)


@compiled
def _mark(
    s: Any,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    first_cause: int,
    episodes: NDArray[Any],
    place: NDArray[Any],
    own: NDArray[Any],
    numbers: NDArray[Any],
) -> None:
    """Mark the lesions that grew large, caused a symptom, or are mothers of such.

    Those of the day metastatic disease was found in `numbers`, as `write_lesions` does, later ones in
    `own`. `place` then holds where each of the former is in the scratch space, -1 if it was not alive.
    """
    for i in range(count):
        place[i] = -1
        numbers[MAX_FOCI + i] = 0
    for j in range(s.count):
        own[j] = s.lesions[j].listed
    for j in range(woman.lesions):
        place[s.lesions[j].row] = j
    for k in range(s.episodes_used):
        episodes[k].lesion = _cause(s, episodes[k])
        if k > 0 or first_cause < 0:
            own[episodes[k].lesion] = 1
    for j in range(s.count - 1, woman.lesions - 1, -1):
        if own[j] == 1:
            own[s.lesions[j].parent] = 1
    if first_cause >= 0:
        numbers[MAX_FOCI + first_cause] = 1
    for i in range(count - 1, -1, -1):
        if place[i] >= 0 and own[place[i]] == 1:
            numbers[MAX_FOCI + i] = 1
        if numbers[MAX_FOCI + i] == 1 and lesions[i].parent >= 0:
            numbers[MAX_FOCI + lesions[i].parent] = 1


@compiled
def _number(
    s: Any,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    number: int,
    found: float,
    death: float,
    place: NDArray[Any],
    own: NDArray[Any],
    numbers: NDArray[Any],
) -> None:
    """Turn the marks into numbers, after `number`: `numbers` by lesion, `own` by place; 0 if not listed."""
    for j in range(woman.lesions):
        own[j] = 0
    for i in range(count):
        listed = numbers[MAX_FOCI + i] == 1 or lesions[i].parent < 0
        numbers[MAX_FOCI + i] = 0
        if listed and lesions[i].founded <= found:
            number += 1
            numbers[MAX_FOCI + i] = number
            if place[i] >= 0:
                own[place[i]] = number
    for j in range(woman.lesions, s.count):
        listed = own[j] == 1 and s.lesions[j].founded <= death
        own[j] = 0
        if listed:
            number += 1
            own[j] = number


@compiled
def _write_treated(
    p: Any,
    c: Any,
    row: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    j: int,
    death: float,
) -> None:
    """Over the row of a lesion: when it became visible, if not yet, when it went extinct, its size.

    Size and extinction are those of the end of the cycle in which she died.
    """
    catch_up(p, c, woman, initial_lesions, s, j)
    base = woman.since_diagnosis
    if not row.visible_at <= base:
        row.visible_at = (
            base + s.lesions[j].visible_at if s.lesions[j].visible_at <= death else math.nan
        )
    row.eradicated_at = math.nan
    # a lesion that is not extinct has a cell, though the mean may be less
    row.log10_cells = max(0.0, s.lesions[j].log_n) / _LOG10
    if s.lesions[j].extinct_at < math.inf:
        row.eradicated_at = base + min(s.lesions[j].extinct_at, death)
        row.log10_cells = -math.inf


@shared
def write_treated_lesions(
    p: Any,
    c: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    foci: NDArray[Any],
    foci_count: int,
    lesions: NDArray[Any],
    count: int,
    first_cause: int,
    diagnosis: float,
    found: float,
    death: float,
    episodes: NDArray[Any],
    place: NDArray[Any],
    own: NDArray[Any],
    numbers: NDArray[Any],
    rows: NDArray[Any],
    used: int,
) -> int:
    """Append a treated woman's lesions, listed as `write_lesions` lists them. Returns the rows used.

    `found` is when metastatic disease was found (years since the first malignant cell), `first_cause`
    the lesion whose symptom revealed it, or -1. Afterwards `own` holds the number of each lesion of the
    scratch space.
    """
    for j in range(s.count):
        determine(p, c, woman, initial_lesions, s, j)
    number, used = write_foci(
        p, woman.patient, foci, foci_count, lesions, count, numbers, diagnosis, found, rows, used
    )
    _mark(s, woman, lesions, count, first_cause, episodes, place, own, numbers)
    _number(s, woman, lesions, count, number, found, death, place, own, numbers)
    for i in range(count):
        if numbers[MAX_FOCI + i] == 0:
            continue
        parent = number_of_parent(lesions[i].parent, numbers)
        write_lesion(
            p,
            rows[used],
            woman.patient,
            lesions[i],
            numbers[MAX_FOCI + i],
            parent,
            diagnosis,
            found + death,
        )
        if place[i] >= 0:
            _write_treated(p, c, rows[used], woman, initial_lesions, s, place[i], death)
        used += 1
    base = woman.since_diagnosis
    for j in range(woman.lesions, s.count):
        if own[j] == 0:
            continue
        row = rows[used]
        row.patient = woman.patient
        row.lesion = own[j]
        row.parent = own[s.lesions[j].parent]
        row.organ = s.lesions[j].organ
        row.route = s.lesions[j].route
        row.founded_at = base + s.lesions[j].founded
        row.woke_at = base + s.lesions[j].wakes if s.lesions[j].wakes <= death else math.nan
        row.growth_rate = s.lesions[j].rate
        row.visible_at = math.nan
        row.grows_from = base + s.lesions[j].wakes
        row.ln_y = p.log_y0
        _write_treated(p, c, row, woman, initial_lesions, s, j, death)
        used += 1
    return used


@compiled
def write_episodes(
    woman: Any,
    episodes: NDArray[Any],
    count: int,
    own: NDArray[Any],
    first_number: int,
    death: float,
    rows: NDArray[Any],
    used: int,
) -> int:
    """Append the symptoms of a treated woman, one row each time one sets in. Returns the rows used.

    `own` comes from `write_treated_lesions`; `first_number` is the number of the lesion whose symptom
    revealed the disease, 0 if none did.
    """
    base = woman.since_diagnosis
    for k in range(count):
        episode = episodes[k]
        row = rows[used]
        row.patient = woman.patient
        row.lesion = first_number if k == 0 and first_number > 0 else own[episode.lesion]
        row.organ = episode.organ
        row.symptom = episode.symptom
        row.onset_at = base + episode.onset_at
        row.resolved_at = base + episode.resolved_at if episode.resolved_at <= death else math.nan
        used += 1
    return used
