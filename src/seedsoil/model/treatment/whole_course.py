"""A woman's whole course: natural history to the day metastatic disease is found, from there under a plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.jit import compiled
from seedsoil.model.natural_history.lazy_lesions import complete_all
from seedsoil.model.natural_history.lesions import MAX_FOCI, MAX_LESIONS
from seedsoil.model.natural_history.loop import simulate_natural_history
from seedsoil.model.natural_history.outcome import DIED_OF, DIED_WITH, ERADICATED
from seedsoil.model.natural_history.writing import write_lesions, write_symptoms
from seedsoil.model.rows import EPISODE_ROW
from seedsoil.model.treatment.handover import handover, is_treated
from seedsoil.model.treatment.lesions import any_living
from seedsoil.model.treatment.loop import simulate_treated
from seedsoil.model.treatment.new_metastases import count_founded
from seedsoil.model.treatment.state import (
    CAUSE_CANCER,
    CAUSE_TREATMENT,
    INITIAL_LESION,
    MAX_EPISODES,
    MAX_LINES,
    MAX_SCANS,
    MAX_TREATED,
    TREATED_WOMAN,
    scratch,
)
from seedsoil.model.treatment.writing import MOST_LESIONS, write_episodes, write_treated_lesions

if TYPE_CHECKING:
    from numpy.typing import NDArray


def treated_workspace() -> tuple[Any, ...]:
    """Scratch space for one thread, in the order in which `treat_range` takes it after `course`'s."""
    return (
        np.zeros(1, TREATED_WOMAN).view(np.recarray)[0],
        np.zeros(MAX_LESIONS, INITIAL_LESION).view(np.recarray),
        *scratch(),
        np.zeros(MAX_EPISODES, EPISODE_ROW).view(np.recarray),
        np.zeros(MAX_LESIONS, np.int64),
        np.zeros(MAX_TREATED, np.int64),
    )


@compiled
def _write_end(
    p: Any,
    c: Any,
    row: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    death: float,
    cause: int,
) -> None:
    """What the row of a treated woman says of her end."""
    row.died_at = row.metastatic_at + death
    row.of_cancer = cause == CAUSE_CANCER
    row.of_treatment = cause == CAUSE_TREATMENT
    row.lines = s.line
    row.years_on_treatment = s.on_treatment
    row.years_with_symptoms = s.with_symptoms
    if s.truncated == 1:
        row.truncated = True
    if row.locoregional_at >= row.died_at:
        row.locoregional_at = math.nan
    row.colonies += count_founded(woman, s, death)
    if cause == CAUSE_CANCER:
        row.outcome = DIED_OF
    else:
        row.outcome = DIED_WITH if any_living(p, c, woman, initial_lesions, s) else ERADICATED


@compiled
def treat_range(
    p: Any,
    plan: Any,
    first: int,
    begin: int,
    patients: NDArray[Any],
    lesion_rows: NDArray[Any],
    symptom_rows: NDArray[Any],
    line_rows: NDArray[Any],
    scan_rows: NDArray[Any],
    women: NDArray[Any],
    primaries: NDArray[Any],
    foci: NDArray[Any],
    lesions: NDArray[Any],
    times: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    numbers: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    known: Any,
    episodes: NDArray[Any],
    place: NDArray[Any],
    own: NDArray[Any],
) -> tuple[int, int, int, int, int]:
    """As `course.simulate_range`, but metastatic disease found in life is treated by `plan`.

    `line_rows` holds lines of therapy and, unless it is empty, `scan_rows` holds scans. With no room in
    `lesion_rows` only `patients` is written; `line_rows` must hold one woman's all the same. Returns the
    index of the next woman and the rows used: of lesions, symptoms, lines and scans.
    """
    used_lesions = 0
    used_symptoms = 0
    keep = lesion_rows.size > 0
    s.lines_used = 0
    s.scans_used = 0
    i = begin
    while i < patients.size:
        if keep and (
            used_lesions + MOST_LESIONS > lesion_rows.size
            or used_symptoms + MAX_EPISODES > symptom_rows.size
            or s.lines_used + MAX_LINES > line_rows.size
            or (scan_rows.size > 0 and s.scans_used + MAX_SCANS > scan_rows.size)
        ):
            break
        patient = first + i
        row = patients[i]
        foci_count, count, diagnosis, end = simulate_natural_history(
            p,
            patient,
            True,
            row,
            women,
            primaries,
            foci,
            lesions,
            times,
            symptom_times,
            symptom_causes,
            numbers,
            order,
            heads,
        )
        i += 1
        if not is_treated(row):
            if keep:
                complete_all(p, women[0], foci, foci_count)
                complete_all(p, women[0], lesions, count)
                used_lesions = write_lesions(
                    p,
                    patient,
                    foci,
                    foci_count,
                    lesions,
                    count,
                    numbers,
                    symptom_times,
                    symptom_causes,
                    diagnosis,
                    end,
                    lesion_rows,
                    used_lesions,
                )
                if count > 0:
                    used_symptoms = write_symptoms(
                        patient,
                        numbers,
                        symptom_times,
                        symptom_causes,
                        diagnosis,
                        end,
                        symptom_rows,
                        used_symptoms,
                    )
            continue
        used_seeds = handover(p, row, women[0], lesions, count, woman, initial_lesions, 0)
        if keep:
            complete_all(p, women[0], foci, foci_count)
            complete_all(p, women[0], lesions, count)
        s.episodes_used = 0
        if not keep:
            s.lines_used = 0
        death, cause = simulate_treated(
            p, plan, woman, initial_lesions[:used_seeds], s, known, line_rows, episodes, scan_rows
        )
        _write_end(p, plan.constants, row, woman, initial_lesions, s, death, cause)
        if keep:
            first_cause = -1
            if woman.first_symptom >= 0:
                first_cause = symptom_causes[woman.first_organ, woman.first_symptom]
            used_lesions = write_treated_lesions(
                p,
                plan.constants,
                woman,
                initial_lesions,
                s,
                foci,
                foci_count,
                lesions,
                count,
                first_cause,
                diagnosis,
                end,
                death,
                episodes,
                place,
                own,
                numbers,
                lesion_rows,
                used_lesions,
            )
            first_number = numbers[MAX_FOCI + first_cause] if first_cause >= 0 else 0
            used_symptoms = write_episodes(
                woman,
                episodes,
                s.episodes_used,
                own,
                first_number,
                death,
                symptom_rows,
                used_symptoms,
            )
    return i, used_lesions, used_symptoms, s.lines_used, s.scans_used
