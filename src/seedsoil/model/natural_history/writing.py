"""The rows that a woman's natural history leaves. Rows count years from the diagnosis of the primary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, shared
from seedsoil.model.natural_history import presentation
from seedsoil.model.natural_history.growth import doubling_time
from seedsoil.model.natural_history.lazy_lesions import determine_all, is_founded
from seedsoil.model.natural_history.lesions import PRIMARY, y_at
from seedsoil.model.natural_history.listing import is_large, mark_mothers, number_listed
from seedsoil.model.natural_history.outcome import outcome
from seedsoil.units import DAYS_PER_YEAR
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters, Row, Rows, Woman

PRESENTATION_NONE, PRESENTATION_DE_NOVO, PRESENTATION_RECURRENT = range(3)
"""Codes of how metastatic disease presents (the order of PRESENTATIONS)."""

LOCALIZED, REGIONAL, DISTANT = range(3)
"""Codes of the stage (the order of STAGES)."""

MOST_SYMPTOM_ROWS = METASTATIC_ORGANS * MAX_SYMPTOMS
"""Symptom rows that one untreated woman can need."""

_LOG10 = math.log(10.0)


@compiled
def _count_founded(woman: Woman) -> tuple[int, int]:
    """Colonies founded in her life, and those listed by her diagnosis."""
    count = 0
    listed = 0
    for i in range(woman.n_lesions):
        lesion = woman.lesions[i]
        if i < woman.lesions_at_diagnosis:
            listed += lesion.foundings
        if is_founded(lesion, woman.end):
            count += lesion.foundings
    return int(count), int(listed)


@compiled
def write_patient(p: Parameters, woman: Woman, row: Row) -> None:
    """Write a woman's row of the patients table, as her natural history leaves it."""
    diagnosis = woman.diagnosis
    metastatic = woman.metastatic_at < math.inf
    ln_y = p.log_y0 - woman.growth_rate * diagnosis
    row.patient = woman.patient
    row.age = woman.age_at_onset + diagnosis
    row.growth_rate = woman.growth_rate
    row.doubling_time_days = DAYS_PER_YEAR * doubling_time(woman.growth_rate, ln_y)
    row.tumour_age = diagnosis
    row.log_shedding = woman.log_shedding
    row.other_death_at = woman.other_death - diagnosis
    row.diameter_mm = woman.diameter_mm
    row.metastatic_at = woman.metastatic_at - diagnosis if metastatic else math.nan
    row.locoregional_at = math.nan
    if woman.locoregional_at < woman.end or (woman.until_found and woman.found_alive):
        row.locoregional_at = woman.locoregional_at - diagnosis
    row.died_at = woman.end - diagnosis
    row.positive_nodes = woman.positive_nodes
    row.colonies, row.colonies_at_diagnosis = _count_founded(woman)
    row.visible_lesions = woman.visible_lesions
    row.baseline_lesions = woman.baseline_lesions
    row.subtype = woman.subtype
    row.postmenopausal = woman.postmenopausal
    row.biomarkers = woman.biomarkers
    row.detected_by = woman.detected_by
    row.t_stage = woman.t_stage
    row.n_stage = woman.n_stage
    row.stage = LOCALIZED
    if woman.de_novo:
        row.stage = DISTANT
    elif woman.positive_nodes > 0:
        row.stage = REGIONAL
    row.adjuvant = woman.therapies
    row.presentation = PRESENTATION_NONE
    if woman.de_novo:
        row.presentation = PRESENTATION_DE_NOVO
    elif metastatic:
        row.presentation = PRESENTATION_RECURRENT
    row.found_by = woman.found_by
    row.first_organ = woman.first_organ
    row.first_symptom = woman.first_symptom
    row.involved = woman.involved
    row.baseline_organs = woman.baseline_organs
    row.of_cancer = woman.of_cancer
    row.of_treatment = False
    row.lines = 0
    row.years_on_treatment = 0.0
    row.years_with_symptoms = woman.with_symptoms
    row.outcome = outcome(woman, metastatic)
    row.truncated = woman.truncated


@compiled
def write_lesion(
    p: Parameters,
    row: Row,
    patient: int,
    lesion: Lesion,
    number: int,
    parent: int,
    diagnosis: float,
    end: float,
) -> None:
    """Write the row of a determined lesion, untreated, as it is at `end`.

    `number` and `parent` are its own number and that of the lesion that founded it.
    """
    row.patient = patient
    row.lesion = number
    row.parent = parent
    row.organ = lesion.organ
    row.multiplicity = lesion.multiplicity
    row.route = lesion.route
    row.founded_at = lesion.founded - diagnosis
    row.woke_at = lesion.woke - diagnosis if lesion.woke <= end else math.nan
    row.growth_rate = lesion.rate
    row.eradicated_at = lesion.eradicated - diagnosis if lesion.eradicated <= end else math.nan
    visible = math.inf
    if 0 <= lesion.organ < METASTATIC_ORGANS:
        visible = presentation.visible_at(p, lesion)
    row.visible_at = visible - diagnosis if visible <= end else math.nan
    row.grows_from = lesion.start - diagnosis
    row.ln_y = lesion.ln_y
    log_n = 0.0  # asleep: one cell
    if lesion.start <= end:
        log_n = p.log_capacity - y_at(lesion, end)
    if lesion.eradicated <= end:
        log_n = -math.inf
    row.log10_cells = log_n / _LOG10


@compiled
def _is_positive(p: Parameters, focus: Lesion, surgery: float) -> bool:
    """Whether a determined node focus exceeds the pathologist's limit at surgery."""
    return bool(focus.ln_y - focus.rate * (surgery - focus.start) <= p.node_positive_ln_y)


@compiled
def write_foci(p: Parameters, woman: Woman, rows: Rows) -> int:
    """Append the woman's node foci that are positive or that have daughters.

    Returns the number of the last of them. `focus_numbers` then holds each focus's number, 0 if it is not
    named.
    """
    numbers, diagnosis = woman.focus_numbers, woman.diagnosis
    number = 0
    for k in range(woman.n_foci):
        numbers[k] = 0
    for i in range(woman.n_lesions):
        lesion = woman.lesions[i]
        if lesion.parent < PRIMARY and lesion.founded <= woman.end:
            numbers[PRIMARY - 1 - lesion.parent] = 1
    for k in range(woman.n_foci):
        focus = woman.foci[k]
        if focus.founded > diagnosis:
            numbers[k] = 0
            continue
        if numbers[k] == 1 or _is_positive(p, focus, diagnosis):
            number += 1
            numbers[k] = number
            row = rows[woman.lesion_rows]
            write_lesion(p, row, woman.patient, focus, number, 0, diagnosis, diagnosis)
            woman.lesion_rows += 1
    return number


@compiled
def number_of_parent(woman: Woman, parent: int) -> int:
    """The number of the lesion or focus with the code `parent`; 0 of the primary."""
    if parent == PRIMARY:
        return 0
    if parent < PRIMARY:
        return int(woman.focus_numbers[PRIMARY - 1 - parent])
    return int(woman.lesion_numbers[parent])


@compiled
def _write_lesions(p: Parameters, woman: Woman, rows: Rows) -> None:
    """Append the woman's lesions: node foci that are positive or have daughters, then metastases.

    `listing` says which. `lesion_numbers` then holds each lesion's number, 0 if it is not named.
    """
    lesions, count, numbers, end = woman.lesions, woman.n_lesions, woman.lesion_numbers, woman.end
    number = write_foci(p, woman, rows)
    if count == 0:
        return
    for i in range(count):
        numbers[i] = 1 if is_large(p, lesions[i], end) else 0
    for organ in range(METASTATIC_ORGANS):
        for symptom in range(MAX_SYMPTOMS):
            if woman.symptom_times[organ, symptom] <= end:
                numbers[woman.symptom_causes[organ, symptom]] = 1
    mark_mothers(lesions, 0, count, numbers)
    number_listed(lesions, 0, count, end, numbers, number)
    for i in range(count):
        if numbers[i] > 0:
            parent = number_of_parent(woman, lesions[i].parent)
            row = rows[woman.lesion_rows]
            write_lesion(
                p, row, woman.patient, lesions[i], numbers[i], parent, woman.diagnosis, end
            )
            woman.lesion_rows += 1


@compiled
def _write_symptoms(woman: Woman, rows: Rows) -> None:
    """Append the woman's symptoms, untreated: each stays from its onset."""
    for organ in range(METASTATIC_ORGANS):
        for symptom in range(MAX_SYMPTOMS):
            onset = woman.symptom_times[organ, symptom]
            if onset <= woman.end:
                row = rows[woman.symptom_rows]
                row.patient = woman.patient
                row.lesion = woman.lesion_numbers[woman.symptom_causes[organ, symptom]]
                row.organ = organ
                row.symptom = symptom
                row.onset_at = onset - woman.diagnosis
                row.resolved_at = math.nan
                woman.symptom_rows += 1


@compiled
def determine_course(p: Parameters, woman: Woman) -> None:
    """Determine all her foci and lesions: rows hold more of them than their events."""
    determine_all(p, woman, woman.foci, woman.n_foci)
    determine_all(p, woman, woman.lesions, woman.n_lesions)


@shared
def write_untreated(p: Parameters, woman: Woman, lesion_rows: Rows, symptom_rows: Rows) -> None:
    """Append the lesions and symptoms of a woman whose metastases, if any, were not treated."""
    determine_course(p, woman)
    _write_lesions(p, woman, lesion_rows)
    if woman.n_lesions > 0:
        _write_symptoms(woman, symptom_rows)
