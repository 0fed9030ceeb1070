"""What spares work changes no result: lazy bounds, and the end of founding by what it reveals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import lesions, parameters, same_bits, woman, women
from seedsoil.model import random
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.hazard import event
from seedsoil.model.natural_history.lazy_lesions import (
    determine,
    determine_founding,
    draw_clocks,
    hazard_bound,
    list_active,
    small_y,
    tighten,
)
from seedsoil.model.natural_history.lesions import BLOOD, LYMPH, PRIMARY
from seedsoil.model.natural_history.lymph_nodes import focus_spreads_on, metastases_spread
from seedsoil.model.natural_history.spread import (
    found_colonies,
    found_colony,
    found_foci,
    primary_spreads,
)
from seedsoil.model.natural_history.stopping import spread_until_found
from seedsoil.model.natural_history.symptoms import onsets
from seedsoil.vocabulary import DISTANT_NODES, ORGANS

BODY = ORGANS
REFUSING = {
    "death.exponent": 0.4,
    "metastasis.log_growth_sd": 1.0,
    **{f"symptoms.exponent:{organ}": 0.5 for organ in BODY},
}
FEW_REFUSALS = {
    "spread.log_rate": -12.5,
    "spread.log_rate_sd": 1.6,
    "spread.exponent": 0.57,
}


@pytest.mark.parametrize("values", [{}, FEW_REFUSALS, FEW_REFUSALS | REFUSING])
def test_without_lazy_bounds_every_woman_is_the_same(values: dict[str, float]) -> None:
    """The same bits when small lesions are not left alone, so that every one is looked at in full."""
    options: dict[str, Any] = {"seed": 901, "screening": "biennial-50-74", "adjuvant": "2013+"}
    rows = women(parameters(values, **options), 1500)
    p = parameters(values, **options)
    p.hazard_bound = math.inf
    every = women(p, 1500)
    assert rows[0]["colonies"].mean() > 10.0
    for one, other in zip(rows, every, strict=True):
        assert same_bits(one, other)


@pytest.mark.parametrize("a", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("log_top", [-8.0, 0.0, 4.0, 20.0])
def test_the_bound_of_the_cumulative_hazard(a: float, log_top: float) -> None:
    """A [E1(a y) - E1(a y0)] < A e^(-a y)/(a y), by SciPy's E1; and y* is of the right order."""
    from scipy.special import exp1

    for y in (0.5, small_y(log_top, a), 20.0):
        assert math.exp(log_top) * (exp1(a * y) - exp1(a * 27.6)) < hazard_bound(log_top, a, y)
    if log_top > -5.0:
        assert 2e-4 < hazard_bound(log_top, a, small_y(log_top, a)) < 2e-2


def founded(her: Any, until: float) -> list[tuple[int, float, int]]:
    """Name, time and organ of her lesions founded by `until`."""
    rows = her.lesions[: her.n_lesions]
    for row in rows:
        determine_founding(row)
    return sorted(
        (int(row["entity"]), float(row["founded"]), int(row["organ"]))
        for row in rows[rows["founded"] <= until]
    )


@pytest.mark.parametrize("values", [FEW_REFUSALS, FEW_REFUSALS | REFUSING])
def test_what_reveals_the_disease_ends_the_founding(values: dict[str, float]) -> None:
    """The same colonies and the same day as with all of them founded until the primary is found."""
    p = parameters(values, seed=902)
    diagnosis, subtype, rate = 9.0, 2, 0.5
    revealed = 0
    for patient in range(300):
        u, v, w, _ = random.uniforms(p.key_low, p.key_high, patient, random.WOMAN, 1, 0)
        log_shedding = -13.0 + 2.0 * random.normal(w)
        one, every = (woman(p, subtype, rate, log_shedding, -11.0) for _ in range(2))
        for her in (one, every):
            her.patient = patient
            her.diagnosis = diagnosis
            found_foci(p, her, -math.log(v), -11.0, diagnosis)
        first = -math.log(u)
        all_until, time, organ, symptom, dead = spread_until_found(p, one, first)

        all_too = primary_spreads(p, every, first, diagnosis)
        for k in range(every.n_foci):
            focus = every.foci[k]
            determine(p, every, focus)
            founded_until = found_colonies(
                p,
                every,
                focus,
                random.NODE_TO_BLOOD,
                -math.log(focus.first_uniform),
                every.slowness * p.node_slowness,
                PRIMARY - 1 - k,
                LYMPH,
                -1.0,
                diagnosis,
            )
            all_too = min(all_too, founded_until, focus_spreads_on(p, every, k, diagnosis))
        all_too = min(all_too, metastases_spread(p, every, -1.0, diagnosis))
        if all_too < diagnosis or all_until < diagnosis:
            continue
        list_active(p, every, diagnosis)
        onset, where, which = onsets(p, every, -1.0, diagnosis)
        dies = cancer_death(p, every, -1.0, diagnosis)
        assert time == min(onset, dies)
        assert dead == (dies < onset)
        if onset < dies:
            assert (organ, symptom) == (where, which)
        assert founded(one, math.inf) == founded(every, min(time, diagnosis))
        revealed += time < diagnosis
    assert revealed > 20


def test_bounds_of_a_colony_close_in_on_what_it_does() -> None:
    """Each bound is at least as late as the one before, and none is later than the colony's first event."""
    p = parameters({}, seed=903)
    her = woman(p, 0, 0.3, -9.0, -8.0)
    colony = lesions(1)[0]
    loose = []
    for patient in range(2000):
        random.uniforms_of_children(
            p.key_low, p.key_high, patient, random.COLONY, 1, 0, 1, her.entities, her.drawn
        )
        her.patient = patient
        her.founding_clocks[0] = math.exp(-12.0 * (patient + 0.5) / 2000)
        found_colony(p, her, her.primary, colony, 0, 0, PRIMARY, BLOOD, 12.0, 1.0 / 0.3)
        bounds, small = [colony.no_event_before], colony.small_until
        earliest, latest = colony.founded, colony.founded_latest
        tighten(p, her, colony)
        bounds.append(colony.no_event_before)
        determine(p, her, colony)
        assert earliest < colony.founded < latest
        assert small <= colony.small_until
        bounds.append(colony.no_event_before)
        tighten(p, her, colony)
        bounds.append(colony.no_event_before)
        draw_clocks(p, her, colony)
        bounds.append(colony.no_event_before)
        assert bounds == sorted(bounds)

        organ, first = colony.organ, colony.first_clock
        processes = [
            (colony.death_clock, p.death_log_top[organ], p.death_exponent),
            (
                colony.spread_clock,
                -math.log(her.slowness * p.metastasis_slowness[0, organ]),
                p.spread_exponent,
            ),
        ]
        if organ != DISTANT_NODES:  # what these shed goes into the blood
            clock = -math.log(colony.lymph_uniform)
            log_top = -math.log(her.lymph_slowness * p.metastasis_lymph_slowness)
            processes.append((clock, log_top, p.lymph_exponent))
        for symptom in range(p.symptom_count[organ]):
            clock = first - math.log(colony.symptom_uniform[symptom])
            processes.append((clock, p.symptom_log_top[organ, symptom], p.symptom_exponent[organ]))
        many = math.log(colony.multiplicity)
        first_event = colony.start + min(
            event(e, log_top + many, math.log(a), p.log_y0, colony.rate)
            for e, log_top, a in processes
        )
        assert bounds[-1] <= first_event
        loose.append((first_event - bounds[-1]) * colony.rate)
    assert np.median(loose) < 0.1
