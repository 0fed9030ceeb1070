"""The natural history of one woman: the mechanisms, called in the order in which disease happens.

Inside, times are years since the first malignant cell of the primary; the tables count from diagnosis.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, shared
from seedsoil.model.natural_history import adjuvant
from seedsoil.model.natural_history.lazy_lesions import determine_all, list_active, set_bounds
from seedsoil.model.natural_history.lesions import MAX_FOCI, MAX_LESIONS
from seedsoil.model.natural_history.locoregional import recurrence
from seedsoil.model.natural_history.presentation import (
    FOUND_DEATH,
    FOUND_IMAGE,
    FOUND_NONE,
    FOUND_STAGING,
    FOUND_SYMPTOMS,
    chance_image,
    count_visible,
    first_visible,
    is_staged,
)
from seedsoil.model.natural_history.primary import BY_METASTASIS, begin_primary, stage_primary
from seedsoil.model.natural_history.spread import found_foci
from seedsoil.model.natural_history.stopping import spread_until_found, spread_until_the_end
from seedsoil.model.natural_history.symptoms import onsets
from seedsoil.model.natural_history.writing import (
    write_patient,
    write_untreated,
)

if TYPE_CHECKING:
    from seedsoil.model.rows import Buffers
    from seedsoil.model.types import Parameters, Row, Woman

MOST_LESION_ROWS = MAX_FOCI + MAX_LESIONS
"""Lesion rows that one untreated woman can need."""


@compiled
def _spread_until_diagnosis(p: Parameters, woman: Woman, patient: int) -> None:
    """From the first malignant cell until the primary is found, or a metastasis reveals the disease."""
    log_mu_lymph, first_colony, first_focus = begin_primary(p, woman, patient)
    found_at = woman.diagnosis
    woman.truncated = found_foci(p, woman, first_focus, log_mu_lymph, found_at)
    all_until, revealed, organ, symptom, dead = spread_until_found(p, woman, first_colony)
    woman.first_organ = organ
    woman.first_symptom = symptom
    woman.found_by = FOUND_NONE
    woman.de_novo = revealed < found_at
    if woman.de_novo:
        woman.diagnosis = revealed
        woman.detected_by = BY_METASTASIS
        woman.found_by = FOUND_DEATH if dead else FOUND_SYMPTOMS
    if all_until < woman.diagnosis:
        woman.truncated = True
    woman.lesions_at_diagnosis = woman.n_lesions


@compiled
def _stage(p: Parameters, woman: Woman) -> None:
    """Surgery and staging: the primary, its nodes, and whether the disease is metastatic already."""
    stage_primary(p, woman)
    if not woman.de_novo and woman.n_lesions > 0:
        visible = first_visible(p, woman, woman.diagnosis)
        if visible <= woman.diagnosis and is_staged(p, woman.patient, woman.t_stage, woman.n_stage):
            woman.de_novo = True
            woman.found_by = FOUND_STAGING


@compiled
def _give_adjuvant_therapy(p: Parameters, woman: Woman) -> None:
    """Adjuvant therapy, of women without known metastases, and what it does to each colony."""
    woman.therapies = 0
    if woman.de_novo:
        return
    woman.therapies = adjuvant.prescribe(
        p, woman.patient, woman.subtype, woman.postmenopausal, woman.positive_nodes
    )
    if woman.therapies == 0:
        return
    lesions, count = woman.lesions, woman.n_lesions
    determine_all(p, woman, lesions, count)  # before therapy changes what founded them
    for i in range(count):
        lesion = lesions[i]
        adjuvant.treat(p, woman.patient, lesion, woman.therapies, woman.diagnosis)
        set_bounds(p, woman, lesion)
        woman.small_until[i] = lesion.small_until
        woman.no_event_before[i] = lesion.no_event_before


@compiled
def _spread_until_end(p: Parameters, woman: Woman) -> None:
    """Metastases grow and spread until she dies, or, if asked for, until they are found in her life."""
    woman.end = woman.other_death
    woman.of_cancer = False
    woman.events_after = -1.0 if woman.de_novo else woman.diagnosis
    woman.found_alive = woman.de_novo and woman.found_by != FOUND_DEATH
    if woman.until_found and woman.found_alive:
        woman.end = woman.diagnosis
        list_active(p, woman, woman.end)
    elif woman.n_lesions > 0:
        all_until = spread_until_the_end(p, woman)
        if all_until < woman.end:
            woman.truncated = True
        woman.of_cancer = woman.end < woman.other_death


@compiled
def _recur(p: Parameters, woman: Woman) -> None:
    """Symptoms of metastases, and when and how a distant recurrence is found."""
    woman.metastatic_at = woman.diagnosis if woman.de_novo else math.inf
    woman.with_symptoms = 0.0
    if woman.n_lesions == 0:
        return
    end = woman.end
    first, organ, symptom = onsets(p, woman, woman.events_after, end)
    woman.with_symptoms = max(0.0, end - first)
    if woman.de_novo:
        return
    visible = max(woman.diagnosis, first_visible(p, woman, end))
    image = chance_image(p, woman.patient, visible)
    found = min(first, image)
    woman.metastatic_at = found
    woman.first_organ, woman.first_symptom = -1, -1
    woman.found_alive = found < end or (woman.until_found and found == end)
    if woman.found_alive:
        woman.found_by = FOUND_IMAGE
        if first < image:
            woman.found_by = FOUND_SYMPTOMS
            woman.first_organ, woman.first_symptom = organ, symptom
    elif woman.of_cancer:
        woman.metastatic_at = end
        woman.found_by = FOUND_DEATH
    else:
        woman.metastatic_at = math.inf


@shared
def simulate_natural_history(
    p: Parameters, woman: Woman, patient: int, until_found: bool, row: Row
) -> None:
    """One woman's course, metastases untreated, into `woman` and her row of the patients table.

    With `until_found` it is simulated until metastatic disease is found, if that is in her life: what the
    row says of her end is then for treatment to say. All else has the same bits, but for women with more
    lesions than can be stored.
    """
    woman.until_found = until_found
    _spread_until_diagnosis(p, woman, patient)
    _stage(p, woman)
    _give_adjuvant_therapy(p, woman)
    _spread_until_end(p, woman)
    _recur(p, woman)
    woman.visible_lesions = 0
    woman.involved = 0
    woman.baseline_lesions = 0
    woman.baseline_organs = 0
    if woman.metastatic_at < math.inf:
        count_visible(p, woman)
    woman.locoregional_at = recurrence(p, woman)
    write_patient(p, woman, row)


@compiled
def simulate_range(
    p: Parameters,
    woman: Woman,
    first: int,
    begin: int,
    until_found: bool,
    rows: Buffers,
    lesion_room: int,
    symptom_room: int,
) -> int:
    """Simulate women first+begin, first+begin+1 ... into `rows.patients[begin:]` and the other buffers.

    Stops when `rows.patients` is full or when a buffer has less room than `lesion_room` or
    `symptom_room`, which one woman may need. With `until_found` stops also after a woman whose metastatic
    disease was found in life (`woman.found_alive`), for treatment: her lesions are not written. Returns the
    index of the next woman. `woman` counts the rows written; with empty buffers only `rows.patients` is
    written.
    """
    patients, lesion_rows, symptom_rows = rows
    keep = lesion_rows.size > 0
    woman.found_alive = False
    i = begin
    while i < patients.size:
        if keep and (
            woman.lesion_rows + lesion_room > lesion_rows.size
            or woman.symptom_rows + symptom_room > symptom_rows.size
        ):
            break
        simulate_natural_history(p, woman, first + i, until_found, patients[i])
        i += 1
        if until_found and woman.found_alive:
            break
        if keep:
            write_untreated(p, woman, lesion_rows, symptom_rows)
    return i
