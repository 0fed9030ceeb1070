"""The rows that a woman's course leaves: their layout, and how lesions are written down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled, shared
from seedsoil.model.natural_history import presentation
from seedsoil.model.natural_history.lesions import LISTED_LOG_CELLS, MAX_FOCI, PRIMARY, y_at
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def write_lesion(
    p: Any,
    row: Any,
    patient: int,
    lesion: Any,
    number: int,
    parent: int,
    diagnosis: float,
    end: float,
) -> None:
    row.patient = patient
    row.lesion = number
    row.parent = parent
    row.organ = lesion.organ
    row.route = lesion.route
    row.founded_at = lesion.founded - diagnosis
    row.woke_at = lesion.woke - diagnosis if lesion.woke <= end else math.nan
    row.growth_rate = lesion.rate
    row.eradicated_at = lesion.eradicated - diagnosis if lesion.eradicated <= end else math.nan
    visible = math.inf
    if lesion.organ < METASTATIC_ORGANS:
        visible = presentation.visible_at(p, lesion)
    row.visible_at = visible - diagnosis if visible <= end else math.nan
    row.grows_from = lesion.start - diagnosis
    row.ln_y = lesion.ln_y
    log_n = 0.0  # asleep: one cell
    if lesion.start <= end:
        log_n = p.log_capacity - y_at(lesion, end)
    if lesion.eradicated <= end:
        log_n = -math.inf
    row.log10_cells = log_n / math.log(10.0)


@compiled
def _is_positive(p: Any, focus: Any, surgery: float) -> bool:
    """Whether a node focus, complete, exceeds the pathologist's limit at surgery."""
    return bool(focus.ln_y - focus.rate * (surgery - focus.start) <= p.node_positive_ln_y)


@compiled
def _is_large(p: Any, lesion: Any, death: float) -> bool:
    """Whether the lesion reached the size from which daughters of metastases are listed."""
    if lesion.start >= death:
        return False
    return bool(p.log_capacity - y_at(lesion, death) >= LISTED_LOG_CELLS)


@compiled
def write_foci(
    p: Any,
    patient: int,
    foci: NDArray[Any],
    foci_count: int,
    lesions: NDArray[Any],
    count: int,
    numbers: NDArray[Any],
    diagnosis: float,
    end: float,
    rows: NDArray[Any],
    used: int,
) -> tuple[int, int]:
    """Append the woman's node foci that count or that have daughters founded by `end`.

    Returns the number of the last lesion and the rows used; `numbers` then holds each focus's number,
    0 if not listed.
    """
    number = 0
    for k in range(foci_count):
        numbers[k] = 0
    for i in range(count):
        if lesions[i].parent < PRIMARY and lesions[i].founded <= end:
            numbers[PRIMARY - 1 - lesions[i].parent] = 1
    for k in range(foci_count):
        focus = foci[k]
        if focus.founded > diagnosis:
            numbers[k] = 0
            continue
        if numbers[k] == 1 or _is_positive(p, focus, diagnosis):
            number += 1
            numbers[k] = number
            write_lesion(p, rows[used], patient, focus, number, 0, diagnosis, diagnosis)
            used += 1
    return number, used


@compiled
def number_of_parent(parent: int, numbers: NDArray[Any]) -> int:
    """The number of the lesion or focus with the code `parent`; 0 of the primary."""
    if parent == PRIMARY:
        return 0
    return int(numbers[PRIMARY - 1 - parent] if parent < PRIMARY else numbers[MAX_FOCI + parent])


@shared
def write_lesions(
    p: Any,
    patient: int,
    foci: NDArray[Any],
    foci_count: int,
    lesions: NDArray[Any],
    count: int,
    numbers: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    diagnosis: float,
    death: float,
    rows: NDArray[Any],
    used: int,
) -> int:
    """Append the woman's lesions: node foci that count or have daughters, then metastases.

    Of the daughters of metastases only those that grew large, caused a symptom, or are mothers of
    such are listed. Returns the rows used; `numbers` then holds each lesion's number, 0 if not listed.
    """
    number, used = write_foci(
        p, patient, foci, foci_count, lesions, count, numbers, diagnosis, death, rows, used
    )
    first = number
    for i in range(count):
        numbers[MAX_FOCI + i] = 1 if _is_large(p, lesions[i], death) else 0
    for organ in range(METASTATIC_ORGANS):
        for symptom in range(MAX_SYMPTOMS):
            if symptom_times[organ, symptom] <= death:
                numbers[MAX_FOCI + symptom_causes[organ, symptom]] = 1
    for i in range(count - 1, -1, -1):
        if numbers[MAX_FOCI + i] == 1 and lesions[i].parent >= 0:
            numbers[MAX_FOCI + lesions[i].parent] = 1
    for i in range(count):
        listed = numbers[MAX_FOCI + i] == 1 or lesions[i].parent < 0
        numbers[MAX_FOCI + i] = 0
        if listed and lesions[i].founded <= death:
            number += 1
            numbers[MAX_FOCI + i] = number
    for i in range(count):
        if numbers[MAX_FOCI + i] > first:
            parent = number_of_parent(lesions[i].parent, numbers)
            write_lesion(
                p, rows[used], patient, lesions[i], numbers[MAX_FOCI + i], parent, diagnosis, death
            )
            used += 1
    return used


@shared
def write_symptoms(
    patient: int,
    numbers: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    diagnosis: float,
    death: float,
    rows: NDArray[Any],
    used: int,
) -> int:
    """Append the woman's symptoms, untreated: each stays from its onset. Returns the rows used.

    `numbers` comes from `write_lesions`.
    """
    for organ in range(METASTATIC_ORGANS):
        for symptom in range(MAX_SYMPTOMS):
            onset = symptom_times[organ, symptom]
            if onset <= death:
                row = rows[used]
                row.patient = patient
                row.lesion = numbers[MAX_FOCI + symptom_causes[organ, symptom]]
                row.organ = organ
                row.symptom = symptom
                row.onset_at = onset - diagnosis
                row.resolved_at = math.nan
                used += 1
    return used
