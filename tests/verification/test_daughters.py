"""Death ends the spread of metastases and is brought forward by it: exact, against founding them all."""

from __future__ import annotations

import math
from typing import Any

from kernels import parameters, woman
from seedsoil.model import random
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.lazy_lesions import determine_founding, list_active
from seedsoil.model.natural_history.lesions import BLOOD, PRIMARY
from seedsoil.model.natural_history.lymph_nodes import metastases_spread
from seedsoil.model.natural_history.spread import found_colony
from seedsoil.model.natural_history.stopping import spread_until_the_end
from seedsoil.vocabulary import LIVER, ORGANS

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
        "spread.log_cluster_size": 0.4,
        "dormancy.share:tnbc": 0.0,
        "soil.log_factor:liver:tnbc": 10.0,
        "metastasis.log_shedding_ratio:liver": 0.0,
        **{f"death.log_hazard:{o}": -1.5 for o in ORGANS},
    }
    return parameters(values, seed=801)


def found_mothers(p: Any, patient: int, her: Any) -> None:
    """Give her MOTHERS lesions, founded before diagnosis."""
    her.patient = patient
    her.n_lesions = MOTHERS
    her.founding_clocks[:MOTHERS] = 1.0
    random.uniforms_of_children(
        p.key_low, p.key_high, patient, random.COLONY, 1, 0, MOTHERS, her.entities, her.drawn
    )
    for i in range(MOTHERS):
        lesion = her.lesions[i]
        found_colony(p, her, her.primary, lesion, i, 0, PRIMARY, BLOOD, 3.0 + i, 0.0)
        her.small_until[i] = lesion.small_until
        her.no_event_before[i] = lesion.no_event_before
        her.multiplicities[i] = lesion.multiplicity


def founded(her: Any, time: float) -> list[tuple[int, float]]:
    listed = her.lesions[: her.n_lesions]
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
    one, every = woman(p, TNBC, 0.4, -13.0), woman(p, TNBC, 0.4, -13.0)
    one.diagnosis = one.events_after = DIAGNOSIS
    one.other_death = OTHER
    compared = earlier = later = 0
    for patient in range(WOMEN):
        found_mothers(p, patient, every)
        list_active(p, every, OTHER)
        alone = cancer_death(p, every, DIAGNOSIS, OTHER)
        # every lesion that would be founded up to a time surely after the death
        until = min(OTHER, alone + 1.0)
        all_until = metastases_spread(p, every, DIAGNOSIS, until)
        list_active(p, every, OTHER)
        expected = cancer_death(p, every, DIAGNOSIS, OTHER)
        if all_until < until or expected > until:
            continue

        found_mothers(p, patient, one)
        all_until = spread_until_the_end(p, one)
        death = one.end
        if all_until < death:
            continue
        compared += 1
        assert death == expected
        assert founded(one, death) == founded(every, death)
        assert set(one.lesions[: one.n_lesions]["organ"]) >= {LIVER}
        assert not math.isinf(death)
        earlier += death < alone
        later += death > alone
    assert compared > WOMEN // 2
    assert earlier > 20
    assert later > 10
