"""The one loop that tells a woman's course, by calling `biology` in the order in which disease happens.

Inside, times are years since the first malignant cell of the primary; the tables count from diagnosis.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.jit import compiled, shared
from seedsoil.model import random
from seedsoil.model.natural_history import adjuvant, presentation
from seedsoil.model.natural_history.detection import screened_years, symptomatic_years
from seedsoil.model.natural_history.growth import diameter_mm, doubling_time, log_cells
from seedsoil.model.natural_history.lazy_lesions import (
    complete_all,
    is_founded,
    list_active,
    outgrows,
    set_bounds,
    set_spread,
)
from seedsoil.model.natural_history.lesions import LESION, MAX_FOCI, MAX_LESIONS, WOMAN
from seedsoil.model.natural_history.locoregional import recurrence
from seedsoil.model.natural_history.outcome import outcome
from seedsoil.model.natural_history.spread import found_foci
from seedsoil.model.natural_history.stopping import spread_until_found, spread_until_the_end
from seedsoil.model.natural_history.symptoms import onsets
from seedsoil.model.natural_history.woman import biomarkers, subtype_and_age, years_to_other_death
from seedsoil.model.natural_history.writing import write_lesions, write_symptoms
from seedsoil.vocabulary import BRAIN, MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BY_SYMPTOMS, BY_SCREENING, BY_METASTASIS = range(3)
PRESENTATION_NONE, PRESENTATION_DE_NOVO, PRESENTATION_RECURRENT = range(3)
_GROWTH_ATTEMPTS = 64


def workspace() -> tuple[NDArray[Any], ...]:
    """Scratch space for one thread, in the order in which `simulate_range` takes it."""
    return (
        np.zeros(1, WOMAN).view(np.recarray),
        np.zeros(2, LESION).view(np.recarray),
        np.zeros(MAX_FOCI, LESION).view(np.recarray),
        np.zeros(MAX_LESIONS, LESION).view(np.recarray),
        np.zeros(MAX_LESIONS),
        np.zeros((METASTATIC_ORGANS, MAX_SYMPTOMS)),
        np.zeros((METASTATIC_ORGANS, MAX_SYMPTOMS), np.int64),
        np.zeros(MAX_FOCI + MAX_LESIONS, np.int64),
        np.zeros(MAX_LESIONS, np.int64),
        np.zeros(METASTATIC_ORGANS + 2, np.int64),
    )


@compiled
def _grow_primary(
    p: Any, patient: int, subtype: int, age: float
) -> tuple[float, float, float, float]:
    """Growth rate, its deviate, ln of the symptomatic hazard, and years to symptoms of the primary.

    The tumour cannot be older than the woman's years since menarche: draws that would make it so are
    drawn again, which makes the tumours of young women faster, as they are.
    """
    k0, k1 = p.key_low, p.key_high
    rate, z, log_hazard, years = 0.0, 0.0, 0.0, math.inf
    for attempt in range(_GROWTH_ATTEMPTS):
        a, b, u, _ = random.uniforms(k0, k1, patient, random.GROWTH, attempt, 0)
        z, z_hazard = random.normal(a), random.normal(b)
        rate = math.exp(p.growth_log_rate[subtype] + p.growth_log_rate_sd * z)
        log_hazard = p.detection_log_hazard + p.detection_log_hazard_sd * z_hazard
        years = symptomatic_years(p, -math.log(u), log_hazard, rate)
        if years <= age - p.earliest_tumour_age:
            break
    else:
        # so young a woman with so slow a tumour: the fastest tumour that fits
        rate *= years / (age - p.earliest_tumour_age)
        years = age - p.earliest_tumour_age
    return rate, z, log_hazard, years


@compiled
def _spread_rates(
    p: Any, patient: int, subtype: int, growth_z: float
) -> tuple[float, float, float, float]:
    """ln μ and ln μL: normal between women, correlated with each other and with growth.

    After them the exponentials of the first colony and of the first node focus.
    """
    a, b, c, d = random.uniforms(p.key_low, p.key_high, patient, random.WOMAN, 1, 0)
    z_blood, z_lymph = random.normal(a), random.normal(b)
    r = p.spread_lymph_correlation
    log_mu = (
        p.spread_log_rate
        + p.spread_log_rate_shift[subtype]
        + p.spread_growth_link * growth_z
        + p.spread_log_rate_sd * (r * z_lymph + math.sqrt(1.0 - r * r) * z_blood)
    )
    log_mu_lymph = p.lymph_log_rate + p.lymph_log_rate_sd * z_lymph
    return log_mu, log_mu_lymph, -math.log(c), -math.log(d)


@compiled
def _count_positive_nodes(
    p: Any, woman: Any, foci: NDArray[Any], count: int, surgery: float
) -> int:
    """Nodes whose focus exceeds the pathologist's limit at surgery."""
    positive = 0
    for k in range(count):
        focus = foci[k]
        if not is_founded(focus, surgery):
            break
        if outgrows(p, woman, focus, p.node_positive_ln_y, surgery):
            positive += 1
    return positive


@shared
def simulate_natural_history(
    p: Any,
    patient: int,
    until_found: bool,
    row: Any,
    women: NDArray[Any],
    primaries: NDArray[Any],
    foci: NDArray[Any],
    lesions: NDArray[Any],
    readings: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    numbers: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> tuple[int, int, float, float]:
    """One woman's course into `row` and the scratch arrays, metastases untreated.

    With `until_found` it is told until metastatic disease is found, if that is in her life: what the
    row says of her end is then for treatment to say (`treated_course`). All else has the same bits,
    but for women with more lesions than can be stored.

    Returns the number of node foci and of lesions, and the times of diagnosis and of the end, which is
    death, or with `until_found` the finding of metastatic disease in her life.
    """
    # The woman and her tumour
    subtype, symptomatic_age = subtype_and_age(p, patient)
    rate, growth_z, log_hazard, symptomatic = _grow_primary(p, patient, subtype, symptomatic_age)
    onset_age = symptomatic_age - symptomatic
    screened = screened_years(p, patient, onset_age, symptomatic, rate)
    diagnosis = min(symptomatic, screened)
    detected_by = BY_SCREENING if screened < symptomatic else BY_SYMPTOMS

    # Cells break away, until the primary is found or a metastasis reveals the disease
    primary = primaries[0]
    primary.start = 0.0
    primary.ln_y = p.log_y0
    primary.rate = rate
    primary.eradicated = math.inf
    primary.entity = 0
    primary.version = 0
    primary.organ = -1
    log_mu, log_mu_lymph, first_colony, first_focus = _spread_rates(p, patient, subtype, growth_z)
    woman = women[0]
    woman.subtype = subtype
    woman.rate = rate
    set_spread(p, woman, log_mu)
    foci_count, cut = found_foci(
        p, patient, primary, first_focus, log_mu_lymph, diagnosis, foci, readings
    )
    truncated = cut
    count, whole, revealed, first_organ, first_symptom, found_dead = spread_until_found(
        p,
        patient,
        woman,
        primary,
        first_colony,
        foci,
        foci_count,
        diagnosis,
        lesions,
        readings,
        symptom_times,
        symptom_causes,
        numbers,
        order,
        heads,
    )
    if revealed < diagnosis:
        diagnosis = revealed
        detected_by = BY_METASTASIS
    truncated = truncated or whole < diagnosis
    at_diagnosis = count

    # The primary and its nodes, as surgery finds and removes them
    age = onset_age + diagnosis
    ln_y = p.log_y0 - rate * diagnosis
    diameter = diameter_mm(p.log_cells_1mm, log_cells(p.log_capacity, ln_y))
    nodes = _count_positive_nodes(p, woman, foci, foci_count, diagnosis)
    t = presentation.t_category(p, diameter)
    n = presentation.n_category(nodes)
    postmenopausal, bits = biomarkers(p, patient, subtype, age)
    # The cohort is of women who live to the symptoms of their primary; earlier diagnosis does not
    # change when other causes would end their lives.
    other = symptomatic + years_to_other_death(p, patient, symptomatic_age)

    # Is it metastatic already?
    de_novo = detected_by == BY_METASTASIS
    found_by_code = presentation.FOUND_NONE
    if de_novo:
        found_by_code = presentation.FOUND_DEATH if found_dead else presentation.FOUND_SYMPTOMS
    if not de_novo and count > 0:
        visible = presentation.first_visible(p, woman, lesions, count, diagnosis)
        if visible <= diagnosis and presentation.is_staged(p, patient, t, n):
            de_novo = True
            found_by_code = presentation.FOUND_STAGING
    therapies = 0
    if not de_novo:
        therapies = adjuvant.prescribe(p, patient, subtype, postmenopausal, nodes)
        if therapies != 0:
            complete_all(p, woman, lesions, count)  # before therapy changes what founded them
            for i in range(count):
                adjuvant.treat(p, patient, lesions[i], therapies, diagnosis)
                set_bounds(p, woman, lesions[i])
                woman.quiet_until[i] = lesions[i].quiet_until
                woman.idle_until[i] = lesions[i].idle_until

    death = other
    of_cancer = False
    floor = -1.0 if de_novo else diagnosis
    found_alive = de_novo and not found_dead
    if until_found and found_alive:
        death = diagnosis
        list_active(p, patient, woman, lesions, count, death, order, heads)
    elif count > 0:
        count, death, whole = spread_until_the_end(
            p,
            patient,
            until_found,
            woman,
            lesions,
            count,
            diagnosis,
            other,
            floor,
            readings,
            symptom_times,
            symptom_causes,
            order,
            heads,
        )
        truncated = truncated or whole < death
        of_cancer = death < other

    # Distant recurrence
    metastatic_at = diagnosis if de_novo else math.inf
    with_symptoms = 0.0
    if count > 0:
        first, organ, symptom = onsets(
            p,
            patient,
            woman,
            lesions,
            count,
            order,
            heads,
            floor,
            death,
            symptom_times,
            symptom_causes,
        )
        with_symptoms = max(0.0, death - first)
        if not de_novo:
            visible = presentation.first_visible(p, woman, lesions, count, death)
            visible = max(diagnosis, visible)
            image = presentation.chance_image(p, patient, visible)
            metastatic_at = min(first, image)
            first_organ, first_symptom = -1, -1
            found_alive = metastatic_at < death or (until_found and metastatic_at == death)
            if found_alive:
                found_by_code = presentation.FOUND_IMAGE
                if first < image:
                    found_by_code = presentation.FOUND_SYMPTOMS
                    first_organ, first_symptom = organ, symptom
            elif of_cancer:
                metastatic_at = death
                found_by_code = presentation.FOUND_DEATH
            else:
                metastatic_at = math.inf
    metastatic = metastatic_at < math.inf

    involved = 0
    visible_lesions = 0
    colonies = 0
    for i in range(count):
        if not is_founded(lesions[i], death):
            continue
        colonies += 1
        if (
            metastatic
            and woman.quiet_until[i] <= metastatic_at
            and presentation.is_visible(p, woman, lesions[i], metastatic_at)
        ):
            visible_lesions += 1
            if lesions[i].organ != BRAIN:
                involved |= 1 << lesions[i].organ
    if metastatic:
        for symptom in range(MAX_SYMPTOMS):
            if symptom_times[BRAIN, symptom] <= metastatic_at:
                involved |= 1 << BRAIN
        if first_organ >= 0:
            involved |= 1 << first_organ

    local = recurrence(
        p, patient, subtype, rate, log_hazard, diameter, nodes, therapies, diagnosis, primaries[1]
    )

    row.patient = patient
    row.age = age
    row.growth_rate = rate
    row.doubling_time_days = 365.25 * doubling_time(rate, ln_y)
    row.tumour_age = diagnosis
    row.log_shedding = log_mu
    row.other_death_at = other - diagnosis
    row.diameter_mm = diameter
    row.metastatic_at = metastatic_at - diagnosis if metastatic else math.nan
    row.locoregional_at = math.nan
    if local < death or (until_found and found_alive):
        row.locoregional_at = local - diagnosis
    row.died_at = death - diagnosis
    row.positive_nodes = nodes
    row.colonies = colonies
    row.colonies_at_diagnosis = at_diagnosis
    row.visible_lesions = visible_lesions
    row.subtype = subtype
    row.postmenopausal = postmenopausal
    row.biomarkers = bits
    row.detected_by = detected_by
    row.t_stage = t
    row.n_stage = n
    row.stage = 2 if de_novo else (1 if nodes > 0 else 0)
    row.adjuvant = therapies
    row.presentation = (
        PRESENTATION_DE_NOVO
        if de_novo
        else (PRESENTATION_RECURRENT if metastatic else PRESENTATION_NONE)
    )
    row.found_by = found_by_code
    row.first_organ = first_organ
    row.first_symptom = first_symptom
    row.involved = involved
    row.of_cancer = of_cancer
    row.of_treatment = False
    row.lines = 0
    row.years_on_treatment = 0.0
    row.years_with_symptoms = with_symptoms
    row.outcome = outcome(lesions, count, death, of_cancer, metastatic)
    row.truncated = truncated
    return foci_count, count, diagnosis, death


@compiled
def simulate_range(
    p: Any,
    first: int,
    begin: int,
    patients: NDArray[Any],
    lesion_rows: NDArray[Any],
    symptom_rows: NDArray[Any],
    women: NDArray[Any],
    primaries: NDArray[Any],
    foci: NDArray[Any],
    lesions: NDArray[Any],
    readings: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    numbers: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> tuple[int, int, int]:
    """Women first+begin, first+begin+1 ... into `patients[begin:]` and the row buffers.

    Stops when `patients` is full or a buffer could not hold one more woman. Returns the index of the
    next woman and the rows used of each buffer. With empty buffers only `patients` is written.
    """
    used_lesions = 0
    used_symptoms = 0
    keep = lesion_rows.size > 0
    i = begin
    while i < patients.size:
        if keep and (
            used_lesions + MAX_FOCI + MAX_LESIONS > lesion_rows.size
            or used_symptoms + METASTATIC_ORGANS * MAX_SYMPTOMS > symptom_rows.size
        ):
            break
        patient = first + i
        foci_count, count, diagnosis, death = simulate_natural_history(
            p,
            patient,
            False,
            patients[i],
            women,
            primaries,
            foci,
            lesions,
            readings,
            symptom_times,
            symptom_causes,
            numbers,
            order,
            heads,
        )
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
                death,
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
                    death,
                    symptom_rows,
                    used_symptoms,
                )
        i += 1
    return i, used_lesions, used_symptoms
