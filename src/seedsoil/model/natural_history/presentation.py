"""How metastatic disease presents: de novo, or as distant recurrence.

*De novo*: when the primary is found, a metastasis is causing symptoms (or has brought the woman to the
doctor), or is larger than imaging shows in a woman who is staged. *Distant recurrence*: later, at the
first symptom of a metastasis or on an image made for another reason. The brain is imaged only when
it gives symptoms.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.growth import time_to
from seedsoil.model.natural_history.lazy_lesions import determine, earliest_at_size, is_founded
from seedsoil.vocabulary import BRAIN, MAX_SYMPTOMS

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters, Woman

FOUND_NONE, FOUND_SYMPTOMS, FOUND_STAGING, FOUND_IMAGE, FOUND_DEATH = range(5)


@compiled
def visible_at(p: Parameters, lesion: Lesion) -> float:
    """When the lesion passes the imaging limit of its organ; infinity if never."""
    return passes(lesion, p.imaging_ln_y[lesion.organ])


@compiled
def passes(lesion: Lesion, ln_y: float) -> float:
    """When the lesion passes a size, ln y; infinity if never."""
    if lesion.start == math.inf:
        return math.inf
    return float(lesion.start + time_to(lesion.ln_y, ln_y, lesion.rate))


@compiled
def is_larger(p: Parameters, woman: Woman, lesion: Lesion, ln_y: float, time: float) -> bool:
    """Whether the lesion has passed a size, ln y, by `time`; it is determined if so."""
    if earliest_at_size(p, woman, lesion, ln_y) > time:
        return False
    determine(p, woman, lesion)
    return bool(passes(lesion, ln_y) <= time)


@compiled
def first_visible(p: Parameters, woman: Woman, horizon: float) -> float:
    """When the first lesion outside the brain passes the imaging limit before `horizon`, or infinity."""
    lesions = woman.lesions
    best = math.inf
    for i in range(woman.n_lesions):
        if woman.small_until[i] > min(best, horizon) or lesions[i].organ == BRAIN:
            continue
        limit = p.imaging_ln_y[lesions[i].organ]
        if is_larger(p, woman, lesions[i], limit, min(best, horizon)):
            best = visible_at(p, lesions[i])
    return best


@compiled
def t_category(p: Parameters, diameter: float) -> int:
    """1, 2 or 3 by diameter, mm."""
    if diameter <= p.t1_mm:
        return 1
    return 2 if diameter <= p.t2_mm else 3


@compiled
def n_category(positive_nodes: int) -> int:
    """0, 1 (1-3 nodes), 2 (4-9) or 3 (10 and more)."""
    if positive_nodes == 0:
        return 0
    if positive_nodes < 4:
        return 1
    return 2 if positive_nodes < 10 else 3


@compiled
def is_staged(p: Parameters, patient: int, t: int, n: int) -> bool:
    """Whether distant organs are imaged at diagnosis, by T and N."""
    u, _, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.STAGING, 0, 0)
    risk = 2 if t == 3 or n >= 2 else (1 if n == 1 else 0)
    return bool(u < p.staging_probability[risk])


@compiled
def chance_image(p: Parameters, patient: int, visible: float) -> float:
    """When a lesion visible since `visible` is seen on an image made for another reason.

    Such images come at a constant rate, so the wait since visibility is exponential.
    """
    if visible == math.inf or p.chance_image_rate <= 0.0:
        return math.inf
    e = random.exponential(p.key_low, p.key_high, patient, random.CHANCE_IMAGE, 0, 0)
    return float(visible + e / p.chance_image_rate)


@compiled
def count_visible(p: Parameters, woman: Woman) -> None:
    """What images of the day on which metastatic disease is found show: lesions, and organs as bits.

    `visible_lesions` and `involved` are those that exceed the imaging limit of their organ, which finds the
    disease; `baseline_lesions` and `baseline_organs` those that the scan at the start of therapy shows. The
    organs are those of such lesions outside the brain, the brain if it has given a symptom, and that of the
    first symptom.
    """
    day = woman.metastatic_at
    for i in range(woman.n_lesions):
        lesion = woman.lesions[i]
        if not (is_founded(lesion, woman.end) and woman.small_until[i] <= day):
            continue
        limit = p.baseline_ln_y[lesion.organ]
        if not is_larger(p, woman, lesion, limit, day):
            continue
        organs = 0 if lesion.organ == BRAIN else 1 << lesion.organ
        woman.baseline_lesions += int(lesion.multiplicity)
        woman.baseline_organs |= organs
        if visible_at(p, lesion) <= day:
            woman.visible_lesions += int(lesion.multiplicity)
            woman.involved |= organs
    told = _organs_with_symptoms(woman, day)
    woman.involved |= told
    woman.baseline_organs |= told


@compiled
def _organs_with_symptoms(woman: Woman, day: float) -> int:
    """The brain, if it has given a symptom by `day`, and the organ of the first symptom, as bits."""
    organs = 0
    for symptom in range(MAX_SYMPTOMS):
        if woman.symptom_times[BRAIN, symptom] <= day:
            organs |= 1 << BRAIN
    if woman.first_organ >= 0:
        organs |= 1 << woman.first_organ
    return organs
