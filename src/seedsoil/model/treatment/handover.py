"""The women on the day their metastatic disease is found: from natural history to treatment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history import adjuvant
from seedsoil.model.natural_history.lazy_lesions import determine, has_outgrown, is_founded
from seedsoil.model.natural_history.lesions import LYMPH, MAX_FOCI, PRIMARY, y_at
from seedsoil.model.natural_history.loop import simulate_natural_history
from seedsoil.model.natural_history.woman import biomarkers
from seedsoil.model.natural_history.writing import PRESENTATION_DE_NOVO
from seedsoil.model.treatment.lesions import check_time
from seedsoil.model.treatment.state import FIRST_FOCUS_ROW, MAX_INITIAL, PRIMARY_ROW
from seedsoil.vocabulary import BREAST, NODE

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Lesions, Parameters, Row, Rows, Woman

_ENDOCRINE = 1 << adjuvant.ENDOCRINE
# Relapse during adjuvant endocrine therapy, or within so many years of its end, is endocrine resistance (a
# definition of the ESO-ESMO consensus).
_RESISTANT_AFTER = 1.0
_PRIMARY_ENTITY = MAX_FOCI  # the foci are 0, 1, …


@compiled
def handover(
    p: Parameters,
    row: Row,
    history: Woman,
    woman: Woman,
    initial_lesions: Lesions,
    used: int,
) -> int:
    """Fill `woman` and, from index `used` on, her `initial_lesions`.

    `row` and `history` are as `simulate_natural_history` left them. Lesions founded later than the day
    metastatic disease is found, and those that adjuvant therapy eradicated or dooms, are left out. Returns
    how many initial lesions are used.
    """
    now = row.tumour_age + row.metastatic_at
    woman.patient = row.patient
    woman.subtype = row.subtype
    woman.biomarkers = row.biomarkers
    woman.adjuvant = row.adjuvant
    woman.presentation = 0 if row.presentation == PRESENTATION_DE_NOVO else 1
    # at the relapse: the menopause may have come since the diagnosis of the primary
    postmenopausal, _ = biomarkers(p, row.patient, row.subtype, row.age + row.metastatic_at)
    woman.postmenopausal = 1 if postmenopausal else 0
    woman.endocrine_resistant = 0
    if row.adjuvant & _ENDOCRINE:
        years = adjuvant.years_given(p, row.patient, adjuvant.ENDOCRINE)
        woman.endocrine_resistant = 1 if row.metastatic_at < years + _RESISTANT_AFTER else 0
    woman.first_organ = row.first_organ
    woman.first_symptom = row.first_symptom
    woman.age = row.age + row.metastatic_at
    woman.since_diagnosis = row.metastatic_at
    woman.growth_rate = row.growth_rate
    woman.log_relative_growth = math.log(row.growth_rate) - p.growth_log_rate[row.subtype]
    woman.log_shedding = row.log_shedding
    log_lymph = history.log_lymph_rate + p.metastasis_log_lymph
    woman.lymph_ratio = math.exp(log_lymph - history.log_shedding)
    woman.other_death = row.other_death_at - row.metastatic_at
    row.truncated = history.truncated
    first = used
    for i in range(history.n_lesions):
        lesion = history.lesions[i]
        if not is_founded(lesion, now):
            continue
        determine(p, history, lesion)
        if lesion.start == math.inf or lesion.eradicated <= now:
            continue
        initial = initial_lesions[used]
        initial.founded = lesion.founded - now
        initial.rate = lesion.rate
        if lesion.start <= now:
            initial.wakes = 0.0
            initial.y = y_at(lesion, now)
        else:
            initial.wakes = lesion.start - now
            initial.y = math.exp(lesion.ln_y)
        initial.check_at = check_time(p, initial.y, initial.rate, initial.wakes)
        initial.entity = lesion.entity
        initial.parent = lesion.parent
        initial.organ = lesion.organ
        initial.route = lesion.route
        initial.row = i
        initial.multiplicity = lesion.multiplicity
        used += 1
    woman.local = 0
    if row.presentation == PRESENTATION_DE_NOVO:
        woman.local = _hand_over_local(p, history, now, initial_lesions, used)
        used += woman.local
    woman.lesions = used - first
    return used


@compiled
def _hand_over_local(
    p: Parameters, history: Woman, now: float, initial_lesions: Lesions, used: int
) -> int:
    """Her primary and its positive nodes, which may be left in place, from index `used` on; how many."""
    _fill_local(p, initial_lesions[used], history.primary, BREAST, PRIMARY_ROW, now)
    initial_lesions[used].entity = _PRIMARY_ENTITY
    initial_lesions[used].founded = -now
    count = 1
    for k in range(history.n_foci):
        focus = history.foci[k]
        if not is_founded(focus, now):
            break
        if has_outgrown(p, history, focus, p.node_positive_ln_y, now):
            determine(p, history, focus)
            initial = initial_lesions[used + count]
            _fill_local(p, initial, focus, NODE, FIRST_FOCUS_ROW - k, now)
            initial.entity = focus.entity
            initial.founded = focus.founded - now
            count += 1
    return count


@compiled
def _fill_local(
    p: Parameters, initial: Lesion, lesion: Lesion, place: int, row: int, now: float
) -> None:
    initial.rate = lesion.rate
    initial.wakes = 0.0
    initial.y = y_at(lesion, now)
    initial.check_at = check_time(p, initial.y, initial.rate, 0.0)
    initial.parent = PRIMARY
    initial.multiplicity = 1.0
    initial.organ = place
    initial.route = LYMPH
    initial.row = row


@compiled
def collect(
    p: Parameters,
    first: int,
    begin: int,
    end: int,
    women: Rows,
    initial_lesions: Lesions,
    row: Row,
    history: Woman,
) -> tuple[int, int, int]:
    """Those found alive among women first+begin … first+end-1, into `women` and `initial_lesions`.

    `row` and `history` are working space. Stops when either list could not hold one more woman. Returns the
    index of the next woman, and how many women and initial lesions are used.
    """
    found, used = 0, 0
    i = begin
    while i < end:
        if found == women.size or used + MAX_INITIAL > initial_lesions.size:
            break
        simulate_natural_history(p, history, first + i, True, row)
        if history.found_alive:
            used = handover(p, row, history, women[found], initial_lesions, used)
            found += 1
        i += 1
    return i, found, used
