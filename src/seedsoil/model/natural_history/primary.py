"""The primary tumour of one woman: how fast it grows and spreads, when it is found, what surgery finds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.clusters import ALONE
from seedsoil.model.natural_history.detection import screened_years, symptomatic_years
from seedsoil.model.natural_history.growth import diameter_mm, log_cells
from seedsoil.model.natural_history.lazy_lesions import (
    has_outgrown,
    is_founded,
    set_lymph_spread,
    set_spread,
)
from seedsoil.model.natural_history.presentation import n_category, t_category
from seedsoil.model.natural_history.woman import biomarkers, subtype_and_age, years_to_other_death

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Woman

BY_SYMPTOMS, BY_SCREENING, BY_METASTASIS = range(3)
"""How the primary is found (the order of DETECTED_BY)."""

_GROWTH_ATTEMPTS = 64


@compiled
def _grow(
    p: Parameters, patient: int, subtype: int, age: float
) -> tuple[float, float, float, float]:
    """Growth rate b, its deviate z, ln of the symptomatic hazard η, and years to symptoms of the primary.

    The tumour cannot be older than the woman's years since menarche. Draws that would make it so are
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
        # So young a woman with so slow a tumour: the fastest tumour that fits.
        rate *= years / (age - p.earliest_tumour_age)
        years = age - p.earliest_tumour_age
    return rate, z, log_hazard, years


@compiled
def _spread_rates(
    p: Parameters, patient: int, subtype: int, growth_z: float
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
def begin_primary(p: Parameters, woman: Woman, patient: int) -> tuple[float, float, float]:
    """The woman, her primary, and when it is found unless a metastasis reveals the disease before.

    Returns ln μL and the exponentials of the first colony and of the first node focus.
    """
    subtype, symptomatic_age = subtype_and_age(p, patient)
    rate, growth_z, log_hazard, symptomatic = _grow(p, patient, subtype, symptomatic_age)
    age_at_onset = symptomatic_age - symptomatic
    screened = screened_years(p, patient, age_at_onset, symptomatic, rate)
    woman.patient = patient
    woman.subtype = subtype
    woman.growth_rate = rate
    woman.log_detection_hazard = log_hazard
    woman.age_at_onset = age_at_onset
    woman.diagnosis = min(symptomatic, screened)
    woman.detected_by = BY_SCREENING if screened < symptomatic else BY_SYMPTOMS
    # The cohort is of women who live to the symptoms of their primary. Earlier diagnosis does not
    # change when other causes would end their lives.
    woman.other_death = symptomatic + years_to_other_death(p, patient, symptomatic_age)

    log_mu, log_mu_lymph, first_colony, first_focus = _spread_rates(p, patient, subtype, growth_z)
    set_spread(p, woman, log_mu)
    set_lymph_spread(p, woman, log_mu_lymph)
    primary = woman.primary
    primary.start = 0.0
    primary.ln_y = p.log_y0
    primary.rate = rate
    primary.eradicated = math.inf
    primary.entity = 0
    primary.version = 0
    primary.multiplicity = 1.0
    primary.foundings = 1
    primary.alone = ALONE
    primary.organ = -1
    return log_mu_lymph, first_colony, first_focus


@compiled
def _count_positive_nodes(p: Parameters, woman: Woman) -> int:
    """Nodes examined whose focus exceeds the pathologist's limit at surgery."""
    positive = 0
    for k in range(woman.n_foci):
        focus = woman.foci[k]
        if not is_founded(focus, woman.diagnosis):
            break
        if has_outgrown(p, woman, focus, p.node_positive_ln_y, woman.diagnosis):
            positive += _is_examined(p, woman.patient, k)
    return positive


@compiled
def _is_examined(p: Parameters, patient: int, focus: int) -> int:
    """Whether (1, 0) the node of a focus is among those that are removed and cut."""
    if p.nodes_examined >= 1.0:
        return 1
    _, _, w, _ = random.uniforms(p.key_low, p.key_high, patient, random.NODE, focus, 0)
    return 1 if w < p.nodes_examined else 0


@compiled
def stage_primary(p: Parameters, woman: Woman) -> None:
    """The primary and its nodes, as surgery finds and removes them on the day of diagnosis; biomarkers."""
    ln_y = p.log_y0 - woman.growth_rate * woman.diagnosis
    woman.diameter_mm = diameter_mm(p.log_cells_1mm, log_cells(p.log_capacity, ln_y))
    woman.positive_nodes = _count_positive_nodes(p, woman)
    woman.t_stage = t_category(p, woman.diameter_mm)
    woman.n_stage = n_category(woman.positive_nodes)
    age = woman.age_at_onset + woman.diagnosis
    woman.postmenopausal, woman.biomarkers = biomarkers(p, woman.patient, woman.subtype, age)
