"""The woman: age, subtype, biomarkers, and the death that would come without breast cancer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters


@compiled
def subtype_and_age(p: Parameters, patient: int) -> tuple[int, float]:
    """Subtype (in the order of SUBTYPES), and age in years at which the primary would give symptoms."""
    u, v, w, _ = random.uniforms(p.key_low, p.key_high, patient, random.WOMAN, 0, 0)
    subtype = 0
    while subtype < len(SUBTYPES) - 1 and u > p.subtype_cumulative[subtype]:
        subtype += 1
    band = 0
    while band < p.age_cumulative.size - 1 and v > p.age_cumulative[band]:
        band += 1
    age = p.age_edges[band] + w * (p.age_edges[band + 1] - p.age_edges[band])
    # No tumour can have grown within a year after the earliest age.
    return subtype, max(age + p.age_shift[subtype], p.earliest_tumour_age + 1.0)


@compiled
def biomarkers(p: Parameters, patient: int, subtype: int, age: float) -> tuple[bool, int]:
    """Postmenopausal, and the bits (in the order of BIOMARKERS) of what her tumour or germline has."""
    a, b, c, d = random.uniforms(p.key_low, p.key_high, patient, random.BIOMARKERS, 0, 0)
    u, _, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.BIOMARKERS, 0, 1)
    bits = 0
    if a < p.biomarker_share[0, subtype]:
        bits |= 1
    if b < p.biomarker_share[1, subtype]:
        bits |= 2
    if c < p.biomarker_share[2, subtype]:
        bits |= 4
    if d < p.biomarker_share[3, subtype]:
        bits |= 8
    if d < p.biomarker_share[4, subtype]:  # PIK3CA is one of the pathway: by the same number
        bits |= 16
    return age > p.menopause_age + p.menopause_age_sd * random.normal(u), bits


@compiled
def years_to_other_death(p: Parameters, patient: int, age: float) -> float:
    """Years from `age`, alive, to death from other causes: inversion of the life table's hazard.

    The hazard is constant within a year of age; the last rate holds beyond the table.
    """
    e = random.exponential(p.key_low, p.key_high, patient, random.OTHER_DEATH, 0, 0)
    last = p.mortality_rate.size - 1
    i = min(int(age), last)
    target = p.mortality_cumulative[i] + p.mortality_rate[i] * (age - i) + e
    while i < last and p.mortality_cumulative[i + 1] <= target:
        i += 1
    if p.mortality_rate[i] <= 0.0:
        return math.inf
    return float(i + (target - p.mortality_cumulative[i]) / p.mortality_rate[i] - age)
