"""Death ends the spread of metastases and is brought forward by it: exact, against founding them all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels import lesions, parameters, woman
from seedsoil.model import random
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.lazy_lesions import determine_founding, list_active
from seedsoil.model.natural_history.lesions import BLOOD, MAX_LESIONS, PRIMARY
from seedsoil.model.natural_history.spread import found_colony, metastases_spread
from seedsoil.model.natural_history.stopping import spread_until_the_end
from seedsoil.vocabulary import LIVER, MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIAGNOSIS, OTHER = 10.0, 40.0
MOTHERS = 4
WOMEN = 400
TNBC = 3


def spreading_disease() -> Any:
    """Daughters by the dozen, all in one organ and awake, so that proposals of death are refused."""
    values = {
        "death.exponent": 0.4,
        "metastasis.log_growth_sd": 1.0,
        "spread.exponent": 0.57,
        "dormancy.share:tnbc": 0.0,
        "soil.log_factor:liver:tnbc": 10.0,
        "metastasis.log_shedding_ratio:liver": 0.0,
        **{f"death.log_hazard:{o}": -1.5 for o in ("bone", "lung", "liver", "brain", "other")},
    }
    return parameters(values, seed=801)


def mothers(p: Any, patient: int, her: Any) -> Any:
    """Room for all lesions, the first MOTHERS of them founded before diagnosis."""
    made = lesions(MAX_LESIONS)
    random.uniforms_of_children(
        p.key_low, p.key_high, patient, random.COLONY, 1, 0, MOTHERS, her.entities, her.drawn
    )
    for i in range(MOTHERS):
        found_colony(p, her, made[i], i, PRIMARY, -1, BLOOD, 1.0, 3.0 + i, 0.0)
        her.quiet_until[i] = made[i].quiet_until
        her.idle_until[i] = made[i].idle_until
    return made


def count_founded(made: NDArray[Any], count: int, time: float) -> list[tuple[int, float]]:
    listed = made[:count]
    for lesion in listed:
        determine_founding(lesion)
    return sorted(
        (int(lesion["entity"]), float(lesion["founded"]))
        for lesion in listed[listed["founded"] <= time]
    )


def test_death_and_lesions_are_those_of_the_whole_disease() -> None:
    """The same death, to the bit, and the same lesions before it, as with all founded in advance.

    No statistics: both sides share every draw. Among these women are such as die earlier by their
    daughters, and such as a daughter's burden spares a death their mothers alone would have caused.
    """
    p = spreading_disease()
    her = woman(p, TNBC, 0.4, -13.0)
    times = np.zeros(MAX_LESIONS)
    order = np.zeros(MAX_LESIONS, np.int64)
    heads = np.zeros(METASTATIC_ORGANS + 2, np.int64)
    onset_times = np.zeros((METASTATIC_ORGANS, MAX_SYMPTOMS))
    causes = np.zeros((METASTATIC_ORGANS, MAX_SYMPTOMS), np.int64)
    compared = earlier = later = 0
    for patient in range(WOMEN):
        every = mothers(p, patient, her)
        list_active(p, patient, her, every, MOTHERS, OTHER, order, heads)
        alone = cancer_death(p, patient, her, every, MOTHERS, order, heads, DIAGNOSIS, OTHER)
        # every lesion that would be founded up to a time surely after the death
        until = min(OTHER, alone + 1.0)
        all_count, whole = metastases_spread(
            p, patient, her, every, MOTHERS, DIAGNOSIS, until, times
        )
        list_active(p, patient, her, every, all_count, OTHER, order, heads)
        expected = cancer_death(p, patient, her, every, all_count, order, heads, DIAGNOSIS, OTHER)
        if whole < until or expected > until:
            continue

        made = mothers(p, patient, her)
        count, death, whole = spread_until_the_end(
            p,
            patient,
            False,
            her,
            made,
            MOTHERS,
            DIAGNOSIS,
            OTHER,
            DIAGNOSIS,
            times,
            onset_times,
            causes,
            order,
            heads,
        )
        if whole < death:
            continue
        compared += 1
        assert death == expected
        assert count_founded(made, count, death) == count_founded(every, all_count, death)
        assert set(made[:count].organ) >= {LIVER}
        assert not math.isinf(death)
        earlier += death < alone
        later += death > alone
    assert compared > WOMEN // 2
    assert earlier > 20
    assert later > 10
