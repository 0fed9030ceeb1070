"""The rows of lesions and symptoms that a treated woman's course leaves.

The kernels of treatment count years from the day metastatic disease is found; rows count them from
diagnosis.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, shared
from seedsoil.model.natural_history.growth import time_to
from seedsoil.model.natural_history.lesions import MAX_FOCI, MAX_LESIONS
from seedsoil.model.natural_history.listing import mark_mothers, number_listed
from seedsoil.model.natural_history.writing import number_of_parent, write_foci, write_lesion
from seedsoil.model.treatment.lesions import catch_up, determine
from seedsoil.model.treatment.state import FIRST_FOCUS_ROW, MAX_TREATED
from seedsoil.vocabulary import BREAST

if TYPE_CHECKING:
    from seedsoil.model.treatment.workspace import TreatedCourse
    from seedsoil.model.types import Constants, Parameters, Row, Rows, State, Woman

_LOG10 = math.log(10.0)
MOST_LESIONS = 1 + MAX_FOCI + MAX_LESIONS + MAX_TREATED
"""Rows of lesions that one woman can need."""


@compiled
def _first_cause(history: Woman) -> int:
    """The lesion of the natural history whose symptom revealed the disease, or -1."""
    if history.first_symptom < 0:
        return -1
    return int(history.symptom_causes[history.first_organ, history.first_symptom])


@compiled
def _cause(s: State, episode: Row) -> int:
    """The lesion behind a symptom: as written down, or the organ's largest, if all had shrunk by then."""
    largest = episode.lesion
    if largest < 0:
        for j in range(s.count):
            lesion = s.lesions[j]
            here = lesion.organ == episode.organ and lesion.wakes <= episode.onset_at
            if here and (largest < 0 or lesion.log_n > s.lesions[largest].log_n):
                largest = j
    return int(largest)


@compiled
def _mark(history: Woman, course: TreatedCourse, first_cause: int) -> None:
    """Mark the lesions that grew large, caused a symptom, or are mothers of such (see `listing`).

    Those of the natural history in its `lesion_numbers`, those of treatment in `course.numbers`.
    """
    woman, _, s, _, episodes, places, marks = course
    initial_marks = history.lesion_numbers
    for i in range(history.n_lesions):
        places[i] = -1
        initial_marks[i] = 0
    for j in range(s.count):
        marks[j] = s.lesions[j].listed
    for j in range(woman.lesions - woman.local):
        places[s.lesions[j].row] = j
    for k in range(s.episodes_used):
        episodes[k].lesion = _cause(s, episodes[k])
        if k > 0 or first_cause < 0:
            marks[episodes[k].lesion] = 1
    mark_mothers(s.lesions, woman.lesions, s.count, marks)
    if first_cause >= 0:
        initial_marks[first_cause] = 1
    for i in range(history.n_lesions):
        if places[i] >= 0 and marks[places[i]] == 1:
            initial_marks[i] = 1
    mark_mothers(history.lesions, 0, history.n_lesions, initial_marks)


@compiled
def _number(history: Woman, course: TreatedCourse, number: int, death: float) -> None:
    """Turn the marks into numbers, after `number`: first the lesions of the natural history."""
    woman, _, s, _, _, places, numbers = course
    for j in range(woman.lesions):
        numbers[j] = 0
    number = number_listed(
        history.lesions, 0, history.n_lesions, history.end, history.lesion_numbers, number
    )
    for i in range(history.n_lesions):
        if places[i] >= 0:
            numbers[places[i]] = history.lesion_numbers[i]
    number_listed(s.lesions, woman.lesions, s.count, death, numbers, number)


@compiled
def _write_treated(
    p: Parameters, c: Constants, row: Row, course: TreatedCourse, j: int, death: float
) -> None:
    """Over the row of a lesion: when it became visible, if not yet, when it went extinct, its size.

    Size and extinction are those of the end of the period in which she died.
    """
    woman, s = course.woman, course.state
    catch_up(p, c, woman, course.initial_lesions, s, j)
    base = woman.since_diagnosis
    lesion = s.lesions[j]
    if not row.visible_at <= base:
        row.visible_at = base + lesion.visible_at if lesion.visible_at <= death else math.nan
    row.multiplicity = lesion.multiplicity
    row.eradicated_at = math.nan
    # A lesion that is not extinct has a cell, though the mean may be less.
    row.log10_cells = max(0.0, lesion.log_n) / _LOG10
    if lesion.extinct_at < math.inf:
        row.eradicated_at = base + min(lesion.extinct_at, death)
        row.log10_cells = -math.inf


@compiled
def _write_new(p: Parameters, row: Row, course: TreatedCourse, j: int, death: float) -> None:
    """The row of a lesion founded under treatment, but for what `_write_treated` writes."""
    woman, s, numbers = course.woman, course.state, course.numbers
    base = woman.since_diagnosis
    lesion = s.lesions[j]
    row.patient = woman.patient
    row.lesion = numbers[j]
    row.parent = numbers[lesion.parent]
    row.organ = lesion.organ
    row.route = lesion.route
    row.founded_at = base + lesion.founded
    row.woke_at = base + lesion.wakes if lesion.wakes <= death else math.nan
    row.growth_rate = lesion.rate
    row.visible_at = math.nan
    row.grows_from = base + lesion.wakes
    row.ln_y = p.log_y0


@compiled
def _write_local(
    p: Parameters,
    c: Constants,
    history: Woman,
    course: TreatedCourse,
    death: float,
    rows: Rows,
) -> int:
    """Append the foci of the axilla and, before them, the primary, if it was kept.

    As they were at surgery or, if kept, at death. Returns the number of the last focus.
    """
    woman, s = course.woman, course.state
    now = history.diagnosis + woman.since_diagnosis
    if s.local_kept == 1:
        row = rows[history.lesion_rows]
        write_lesion(p, row, woman.patient, history.primary, 0, 0, history.diagnosis, now)
        row.organ, row.route = BREAST, -1
        row.founded_at = -history.diagnosis
        row.woke_at = -history.diagnosis
        history.lesion_rows += 1
    first = history.lesion_rows
    number = write_foci(p, history, rows)
    if s.local_kept == 1:
        for j in range(woman.lesions - woman.local, woman.lesions):  # first of them the primary
            index = first - 1
            if s.lesions[j].row <= FIRST_FOCUS_ROW:
                index += history.focus_numbers[FIRST_FOCUS_ROW - s.lesions[j].row]
            row = rows[index]
            visible = row.grows_from + time_to(
                row.ln_y, math.log(c.imaging_y[row.organ]), row.growth_rate
            )
            row.visible_at = visible if visible <= woman.since_diagnosis else math.nan
            _write_treated(p, c, row, course, j, death)
    return number


@compiled
def _write_episodes(
    history: Woman, course: TreatedCourse, first_cause: int, death: float, rows: Rows
) -> None:
    """Append the symptoms of a treated woman, one row each time one sets in."""
    woman, _, s, _, episodes, _, numbers = course
    base = woman.since_diagnosis
    first_number = history.lesion_numbers[first_cause] if first_cause >= 0 else 0
    for k in range(s.episodes_used):
        episode = episodes[k]
        row = rows[history.symptom_rows]
        row.patient = woman.patient
        row.lesion = first_number if k == 0 and first_number > 0 else numbers[episode.lesion]
        row.organ = episode.organ
        row.symptom = episode.symptom
        row.onset_at = base + episode.onset_at
        row.resolved_at = base + episode.resolved_at if episode.resolved_at <= death else math.nan
        history.symptom_rows += 1


@shared
def write_treated(
    p: Parameters,
    c: Constants,
    history: Woman,
    course: TreatedCourse,
    death: float,
    lesion_rows: Rows,
    symptom_rows: Rows,
) -> None:
    """Append a treated woman's lesions and symptoms; lesions are named by the rule of `listing`.

    `history` is as it was on the day metastatic disease was found, all lesions determined. `death` is in
    years since that day. Afterwards `course.numbers` holds the number of each lesion of treatment.
    """
    woman, initial_lesions, s, _, _, places, numbers = course
    first_cause = _first_cause(history)
    for j in range(s.count):
        determine(p, c, woman, initial_lesions, s, j)
    number = _write_local(p, c, history, course, death, lesion_rows)
    _mark(history, course, first_cause)
    _number(history, course, number, death)
    if s.local_kept == 1:
        for j in range(woman.lesions - woman.local + 1, woman.lesions):
            numbers[j] = history.focus_numbers[FIRST_FOCUS_ROW - s.lesions[j].row]
    died_at = history.end + death
    for i in range(history.n_lesions):
        own = history.lesion_numbers[i]
        if own == 0:
            continue
        lesion = history.lesions[i]
        parent = number_of_parent(history, lesion.parent)
        row = lesion_rows[history.lesion_rows]
        write_lesion(p, row, woman.patient, lesion, own, parent, history.diagnosis, died_at)
        if places[i] >= 0:
            _write_treated(p, c, row, course, places[i], death)
        history.lesion_rows += 1
    for j in range(woman.lesions, s.count):
        if numbers[j] > 0:
            row = lesion_rows[history.lesion_rows]
            _write_new(p, row, course, j, death)
            _write_treated(p, c, row, course, j, death)
            history.lesion_rows += 1
    _write_episodes(history, course, first_cause, death, symptom_rows)
