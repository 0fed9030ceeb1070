"""What spares work changes no result: quiet lesions, and the end of founding by what it reveals."""

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
    bound,
    complete,
    determine_founding,
    gathered,
    list_active,
    quiet_y,
    wind,
)
from seedsoil.model.natural_history.lesions import (
    BLOOD,
    LYMPH,
    MAX_FOCI,
    MAX_LESIONS,
    PRIMARY,
    WOMAN,
)
from seedsoil.model.natural_history.spread import (
    found_by,
    found_colony,
    found_foci,
    metastases_spread,
)
from seedsoil.model.natural_history.stopping import spread_until_found
from seedsoil.model.natural_history.symptoms import onsets
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

BODY = ("bone", "lung", "liver", "brain", "other")
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
def test_without_quiet_lesions_every_woman_is_the_same(values: dict[str, float]) -> None:
    """The same bits when nothing is taken to be quiet, so that every lesion is looked at in full."""
    options: dict[str, Any] = {"seed": 901, "screening": "biennial-50-74", "adjuvant": "2013+"}
    rows = women(parameters(values, **options), 1500)
    p = parameters(values, **options)
    p.quiet_clock = math.inf
    every = women(p, 1500)
    assert rows[0]["colonies"].mean() > 10.0
    for one, other in zip(rows, every, strict=True):
        assert same_bits(one, other)


@pytest.mark.parametrize("a", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("log_top", [-8.0, 0.0, 4.0, 20.0])
def test_the_bound_of_what_is_gathered(a: float, log_top: float) -> None:
    """A [E1(a y) - E1(a y0)] < A e^(-a y)/(a y), by SciPy's E1; and y* is of the right order."""
    from scipy.special import exp1

    for y in (0.5, quiet_y(log_top, a), 20.0):
        assert math.exp(log_top) * (exp1(a * y) - exp1(a * 27.6)) < gathered(log_top, a, y)
    if log_top > -5.0:
        assert 2e-4 < gathered(log_top, a, quiet_y(log_top, a)) < 2e-2


class Scratch:
    """Room for one woman's lesions, and the lists that the kernels fill."""

    def __init__(self) -> None:
        self.lesions = lesions(MAX_LESIONS)
        self.times = np.zeros(MAX_LESIONS)
        self.symptoms = (
            np.zeros((METASTATIC_ORGANS, MAX_SYMPTOMS)),
            np.zeros((METASTATIC_ORGANS, MAX_SYMPTOMS), np.int64),
        )
        self.numbers = np.zeros(MAX_FOCI + MAX_LESIONS, np.int64)
        self.lists = (np.zeros(MAX_LESIONS, np.int64), np.zeros(METASTATIC_ORGANS + 2, np.int64))

    def founded(self, count: int, until: float) -> list[tuple[int, float, int]]:
        rows = self.lesions[:count]
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
        her = woman(p, subtype, rate, -13.0 + 2.0 * random.normal(w))
        assert her.dtype == WOMAN
        primary = lesions(1)[0]
        primary.ln_y, primary.rate, primary.organ = p.log_y0, rate, -1
        foci = lesions(MAX_FOCI)
        one, every = Scratch(), Scratch()
        foci_count, _ = found_foci(
            p, patient, primary, -math.log(v), -11.0, diagnosis, foci, one.times
        )
        first = -math.log(u)
        count, whole, time, organ, symptom, dead = spread_until_found(
            p,
            patient,
            her,
            primary,
            first,
            foci,
            foci_count,
            diagnosis,
            one.lesions,
            one.times,
            *one.symptoms,
            one.numbers,
            *one.lists,
        )

        total, whole_too = found_by(
            p,
            patient,
            her,
            primary,
            first,
            random.PRIMARY_SPREAD,
            PRIMARY,
            BLOOD,
            her.slowness,
            -1.0,
            diagnosis,
            every.lesions,
            0,
            every.times,
        )
        for k in range(foci_count):
            complete(p, her, foci[k])
            total, cut = found_by(
                p,
                patient,
                her,
                foci[k],
                -math.log(foci[k].first_uniform),
                random.NODE_TO_BLOOD,
                PRIMARY - 1 - k,
                LYMPH,
                her.slowness * p.node_slowness,
                -1.0,
                diagnosis,
                every.lesions,
                total,
                every.times,
            )
            whole_too = min(whole_too, cut)
        total, cut = metastases_spread(
            p, patient, her, every.lesions, total, -1.0, diagnosis, every.times
        )
        if min(whole_too, cut) < diagnosis or whole < diagnosis:
            continue
        list_active(p, patient, her, every.lesions, total, diagnosis, *every.lists)
        arguments = (p, patient, her, every.lesions, total, *every.lists, -1.0, diagnosis)
        onset, where, which = onsets(*arguments, *every.symptoms)
        dies = cancer_death(*arguments)
        assert time == min(onset, dies)
        assert dead == (dies < onset)
        if onset < dies:
            assert (organ, symptom) == (where, which)
        assert one.founded(count, math.inf) == every.founded(total, min(time, diagnosis))
        revealed += time < diagnosis
    assert revealed > 20


def test_bounds_of_a_colony_close_in_on_what_it_does() -> None:
    """Each bound is at least as late as the one before, and none is later than the colony's first event."""
    p = parameters({}, seed=903)
    her = woman(p, 0, 0.3, -9.0)
    colony = lesions(1)[0]
    loose = []
    for patient in range(2000):
        random.uniforms_of_children(
            p.key_low, p.key_high, patient, random.COLONY, 1, 0, 1, her.entities, her.drawn
        )
        reading = math.exp(-12.0 * (patient + 0.5) / 2000)
        found_colony(p, her, colony, 0, PRIMARY, -1, BLOOD, reading, 12.0, 1.0 / 0.3)
        idle, quiet = [colony.idle_until], colony.quiet_until
        earliest, latest = colony.founded, colony.latest
        bound(p, her, colony)
        idle.append(colony.idle_until)
        complete(p, her, colony)
        assert earliest < colony.founded < latest
        assert quiet <= colony.quiet_until
        idle.append(colony.idle_until)
        bound(p, her, colony)
        idle.append(colony.idle_until)
        wind(p, patient, her, colony)
        idle.append(colony.idle_until)
        assert idle == sorted(idle)

        organ, first = colony.organ, colony.first_clock
        processes = [
            (colony.death_clock, p.death_log_top[organ], p.death_exponent),
            (
                colony.spread_clock,
                -math.log(her.slowness * p.metastasis_slowness[0, organ]),
                p.spread_exponent,
            ),
        ]
        for symptom in range(p.symptom_count[organ]):
            clock = first - math.log(colony.symptom_uniform[symptom])
            processes.append((clock, p.symptom_log_top[organ, symptom], p.symptom_exponent[organ]))
        first_event = colony.start + min(
            event(e, log_top, math.log(a), p.log_y0, colony.rate) for e, log_top, a in processes
        )
        assert idle[-1] <= first_event
        loose.append((first_event - idle[-1]) * colony.rate)
    assert np.median(loose) < 0.1
