"""A woman's whole course: natural history to the day metastatic disease is found, from there under a plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history.lazy_lesions import is_founded
from seedsoil.model.natural_history.loop import simulate_range
from seedsoil.model.natural_history.outcome import DIED_OF, DIED_WITH, ERADICATED
from seedsoil.model.natural_history.writing import determine_course
from seedsoil.model.treatment.handover import handover
from seedsoil.model.treatment.lesions import any_living
from seedsoil.model.treatment.loop import simulate_treated
from seedsoil.model.treatment.new_metastases import count_founded
from seedsoil.model.treatment.state import (
    CAUSE_CANCER,
    CAUSE_TREATMENT,
    MAX_DRUG_ROWS,
    MAX_EPISODES,
    MAX_LINES,
    MAX_SCANS,
)
from seedsoil.model.treatment.writing import MOST_LESIONS, write_treated

if TYPE_CHECKING:
    from seedsoil.model.rows import Buffers
    from seedsoil.model.treatment.plan import Plan
    from seedsoil.model.treatment.workspace import TreatedCourse
    from seedsoil.model.types import Constants, Parameters, Row, Rows, Woman


@compiled
def _any_doomed(history: Woman, found: float, died: float) -> bool:
    """Whether a colony that adjuvant therapy was to eradicate was still there when she died."""
    for i in range(history.n_lesions):
        lesion = history.lesions[i]
        if died < lesion.eradicated < math.inf and is_founded(lesion, found):
            return True
    return False


@compiled
def _write_end(
    p: Parameters,
    c: Constants,
    history: Woman,
    row: Row,
    course: TreatedCourse,
    death: float,
    cause: int,
) -> None:
    """What the row of a treated woman says of her end, `death` years after the day it was found."""
    woman, s = course.woman, course.state
    row.died_at = row.metastatic_at + death
    row.of_cancer = cause == CAUSE_CANCER
    row.of_treatment = cause == CAUSE_TREATMENT
    row.lines = s.line
    row.years_on_treatment = s.on_treatment
    row.years_with_symptoms = s.with_symptoms
    if s.truncated == 1:
        row.truncated = True
    if s.local_kept == 1 or row.locoregional_at >= row.died_at:
        row.locoregional_at = math.nan
    row.colonies += count_founded(woman, s, death)
    if cause == CAUSE_CANCER:
        row.outcome = DIED_OF
    else:
        living = any_living(p, c, woman, course.initial_lesions, s) or _any_doomed(
            history, history.diagnosis + row.metastatic_at, history.diagnosis + row.died_at
        )
        row.outcome = DIED_WITH if living else ERADICATED


@compiled
def treat_range(
    p: Parameters,
    plan: Plan,
    first: int,
    begin: int,
    history: Woman,
    course: TreatedCourse,
    rows: Buffers,
    line_rows: Rows,
    scan_rows: Rows,
    drug_rows: Rows,
) -> int:
    """As `simulate_range`, but metastatic disease found in life is treated by `plan`.

    `line_rows` holds lines of therapy and, unless they are empty, `scan_rows` holds scans and `drug_rows`
    spells of drugs. With no room in `rows.lesions` only `rows.patients` is written; `line_rows` must hold
    one woman's all the same. Returns the index of the next woman. `history` counts the rows of lesions and
    symptoms written, `course.state` those of lines, scans and drugs.
    """
    patients, lesion_rows, symptom_rows = rows
    woman, initial_lesions, s, known, episodes, _, _ = course
    keep = lesion_rows.size > 0
    s.lines_used = 0
    s.scans_used = 0
    s.drugs_used = 0
    i = begin
    while True:
        if keep and (
            s.lines_used + MAX_LINES > line_rows.size
            or (scan_rows.size > 0 and s.scans_used + MAX_SCANS > scan_rows.size)
            or (drug_rows.size > 0 and s.drugs_used + MAX_DRUG_ROWS > drug_rows.size)
        ):
            break
        i = simulate_range(p, history, first, i, True, rows, MOST_LESIONS, MAX_EPISODES)
        if not history.found_alive:
            break
        row = patients[i - 1]
        used = handover(p, row, history, woman, initial_lesions, 0)
        if keep:
            determine_course(p, history)
        else:
            s.lines_used = 0
            s.drugs_used = 0
        s.episodes_used = 0
        death, cause = simulate_treated(
            p,
            plan,
            woman,
            initial_lesions[:used],
            s,
            known,
            line_rows,
            episodes,
            scan_rows,
            drug_rows,
        )
        _write_end(p, plan.constants, history, row, course, death, cause)
        if keep:
            write_treated(p, plan.constants, history, course, death, lesion_rows, symptom_rows)
    return i
