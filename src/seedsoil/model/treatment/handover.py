"""The women on the day their metastatic disease is found: the hand-over from natural history to treatment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model.natural_history import adjuvant
from seedsoil.model.natural_history.lazy_lesions import complete, is_founded
from seedsoil.model.natural_history.lesions import y_at
from seedsoil.model.natural_history.loop import PRESENTATION_DE_NOVO, simulate_natural_history
from seedsoil.model.natural_history.presentation import FOUND_DEATH
from seedsoil.model.treatment.lesions import due

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENDOCRINE = 1 << adjuvant.ENDOCRINE
# Relapse on, or within a year of the end of, adjuvant endocrine therapy is endocrine resistance (a definition
# of the ESO-ESMO consensus).
_RESISTANT_AFTER = 1.0


@compiled
def is_treated(row: Any) -> bool:
    """Whether metastatic disease was found in life, so that there was somebody to treat."""
    return bool(row.metastatic_at == row.metastatic_at and row.found_by != FOUND_DEATH)


@compiled
def handover(
    p: Any,
    row: Any,
    host: Any,
    lesions: NDArray[Any],
    count: int,
    woman: Any,
    initial_lesions: NDArray[Any],
    used: int,
) -> int:
    """Fill `woman` and her `initial_lesions` (from index `used` on) from the course that `course.simulate_natural_history` left.

    `host` is what her lesions have in common there. Lesions founded later than the day, and those that
    adjuvant therapy eradicated or dooms, are left out. Returns the seeds used so far.
    """
    diagnosis = row.tumour_age
    now = diagnosis + row.metastatic_at
    woman.patient = row.patient
    woman.subtype = row.subtype
    woman.biomarkers = row.biomarkers
    woman.adjuvant = row.adjuvant
    woman.presentation = 0 if row.presentation == PRESENTATION_DE_NOVO else 1
    woman.postmenopausal = 1 if row.postmenopausal else 0
    woman.endocrine_resistant = 0
    if row.adjuvant & _ENDOCRINE and row.metastatic_at < (
        p.adjuvant_years[adjuvant.ENDOCRINE] + _RESISTANT_AFTER
    ):
        woman.endocrine_resistant = 1
    woman.first_organ = row.first_organ
    woman.first_symptom = row.first_symptom
    woman.age = row.age + row.metastatic_at
    woman.since_diagnosis = row.metastatic_at
    woman.growth_rate = row.growth_rate
    woman.log_relative_growth = math.log(row.growth_rate) - p.growth_log_rate[row.subtype]
    woman.log_shedding = row.log_shedding
    woman.other_death = row.other_death_at - row.metastatic_at
    first = used
    for i in range(count):
        lesion = lesions[i]
        if not is_founded(lesion, now):
            continue
        complete(p, host, lesion)
        if lesion.start == math.inf or lesion.eradicated <= now:
            continue
        seed = initial_lesions[used]
        seed.founded = lesion.founded - now
        seed.rate = lesion.rate
        if lesion.start <= now:
            seed.wakes = 0.0
            seed.y = y_at(lesion, now)
        else:
            seed.wakes = lesion.start - now
            seed.y = math.exp(lesion.ln_y)
        seed.due = due(p, seed.y, seed.rate, seed.wakes)
        seed.entity = lesion.entity
        seed.parent = lesion.parent
        seed.organ = lesion.organ
        seed.route = lesion.route
        seed.row = i
        used += 1
    woman.lesions = used - first
    return used


@compiled
def collect(
    p: Any,
    first: int,
    begin: int,
    end: int,
    women: NDArray[Any],
    initial_lesions: NDArray[Any],
    patient_row: Any,
    hosts: NDArray[Any],
    primaries: NDArray[Any],
    foci: NDArray[Any],
    lesions: NDArray[Any],
    times: NDArray[Any],
    symptom_times: NDArray[Any],
    symptom_causes: NDArray[Any],
    numbers: NDArray[Any],
    order: NDArray[Any],
    heads: NDArray[Any],
) -> tuple[int, int, int]:
    """The treated among women first+begin … first+end-1, into `women` and `initial_lesions`.

    Stops when either could not hold one more. Returns the next index, the women and the seeds used.
    """
    found, used = 0, 0
    i = begin
    while i < end:
        if found == women.size or used + lesions.size > initial_lesions.size:
            break
        _, count, _, _ = simulate_natural_history(
            p,
            first + i,
            True,
            patient_row,
            hosts,
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
        if is_treated(patient_row):
            used = handover(
                p, patient_row, hosts[0], lesions, count, women[found], initial_lesions, used
            )
            found += 1
        i += 1
    return i, found, used
