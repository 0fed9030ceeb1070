"""How the primary is found: by its symptoms, or earlier by screening.

symptoms:  hazard η N per year, ln η normal between women
screening: sensitivity logit⁻¹(intercept + slope · diameter in mm) at each attended round
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.growth import diameter_mm, log_cells
from seedsoil.model.natural_history.hazard import event

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters


@compiled
def symptomatic_years(p: Parameters, exponential: float, log_hazard: float, rate: float) -> float:
    """Years from the first malignant cell to the symptoms of the primary.

    `exponential` is their Exp(1) clock, `log_hazard` is ln η and `rate` Gompertz's b, per year.
    """
    return event(exponential, log_hazard + p.log_capacity, 0.0, p.log_y0, rate)


@compiled
def screened_years(
    p: Parameters, patient: int, age_at_onset: float, symptomatic: float, rate: float
) -> float:
    """Years from the first malignant cell to detection at screening; infinity if never."""
    if p.screening_interval <= 0.0:
        return math.inf
    k0, k1 = p.key_low, p.key_high
    attends, phase, _, _ = random.uniforms(k0, k1, patient, random.SCREENING, 0, 0)
    if attends > p.screening_participation:
        return math.inf
    age = p.screening_first_age + phase * p.screening_interval
    if age < age_at_onset:
        rounds = math.ceil((age_at_onset - age) / p.screening_interval)
        age += rounds * p.screening_interval
    while age <= p.screening_last_age and age - age_at_onset < symptomatic:
        years = age - age_at_onset
        size = diameter_mm(p.log_cells_1mm, log_cells(p.log_capacity, p.log_y0 - rate * years))
        if size >= p.screening_smallest_mm:
            # A round is named by its number since the first invitation: the same whatever came before
            number = int((age - p.screening_first_age) / p.screening_interval)
            u, _, _, _ = random.uniforms(k0, k1, patient, random.SCREENING, 1, number)
            logit = p.screening_intercept + p.screening_slope * size
            if u < 1.0 / (1.0 + math.exp(-logit)):
                return float(years)
        age += p.screening_interval
    return math.inf
