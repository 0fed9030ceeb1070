"""Events driven by the whole burden of an organ: thinning against the integral of the hazard."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels import FALSE_ALARM, exponential_p, parameters, woman
from seedsoil.model import random
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.lazy_lesions import list_active, set_bounds
from seedsoil.model.natural_history.symptoms import onsets
from seedsoil.model.natural_history.thinning import _is_accepted
from seedsoil.model.parameters import fill_derived
from seedsoil.vocabulary import LIVER, LUNG, ORGANS, SYMPTOMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BODY = ORGANS
HORIZON = 60.0
LOG_TOP = 0.0  # ln of the hazard of an organ full of tumour, per year
# start (years), Gompertz rate, organ: overlapping burdens, two of them alike for long
SEVERAL = ((0.0, 0.40, LIVER), (2.0, 0.55, LIVER), (2.5, 0.50, LIVER), (9.0, 1.5, LIVER))
TWO_ORGANS = (*SEVERAL, (1.0, 0.45, LUNG))


def record(a: float, seed: int) -> Any:
    """One exponent for death and symptoms; hazards that act when several lesions are large."""
    exponents = {"death.exponent": a} | {f"symptoms.exponent:{organ}": a for organ in BODY}
    p = parameters(exponents, seed=seed)
    p.death_log_top[:] = LOG_TOP
    p.symptom_log_top[:] = LOG_TOP
    fill_derived(p)
    return p


class Organs:
    """A woman, and a few lesions of hers."""

    def __init__(self, p: Any, layout: tuple[tuple[float, float, int], ...]) -> None:
        self.p = p
        self.woman = woman(p, 3, 0.4, -13.0)
        self.woman.n_lesions = len(layout)
        self.lesions = self.woman.lesions[: len(layout)].view(np.recarray)
        for i, (start, rate, organ) in enumerate(layout):
            lesion = self.lesions[i]
            lesion.start, lesion.rate, lesion.organ = start, rate, organ
            lesion.ln_y = p.log_y0
            lesion.entity = 100 + i
        self.times, self.causes = self.woman.symptom_times, self.woman.symptom_causes

    def new_clocks(self, patient: int) -> None:
        self.woman.patient = patient
        self.woman.small_until[:] = 0.0
        self.woman.no_event_before[:] = 0.0
        for lesion in self.lesions:
            _, _, _, u = random.uniforms(
                self.p.key_low, self.p.key_high, patient, random.COLONY, lesion.entity, 0
            )
            lesion.first_uniform = u
            set_bounds(self.p, self.woman, lesion)

    def death(self, after: float, horizon: float) -> float:
        list_active(self.p, self.woman, horizon)
        return cancer_death(self.p, self.woman, after, horizon)

    def hazard(self, a: float) -> tuple[NDArray[Any], NDArray[Any]]:
        """Grid of times, and ∫ Σ_o c (Σ_l N_l)^a on it by the trapezium rule."""
        grid = np.linspace(0.0, HORIZON, 600_001)
        total = np.zeros(grid.size)
        for organ in set(self.lesions.organ):
            cells = np.zeros(grid.size)  # over K
            for lesion in self.lesions[self.lesions.organ == organ]:
                age = np.maximum(grid - lesion.start, 0.0)
                size = np.exp(-np.exp(lesion.ln_y - lesion.rate * age))
                cells += np.where(grid >= lesion.start, size, 0.0)
            total += math.exp(LOG_TOP) * cells**a
        steps = 0.5 * (total[1:] + total[:-1]) * np.diff(grid)
        return grid, np.concatenate([[0.0], np.cumsum(steps)])


@pytest.mark.parametrize("a", [0.4, 0.8, 1.0, 1.6])
@pytest.mark.parametrize("layout", [SEVERAL, TWO_ORGANS], ids=["one organ", "two organs"])
def test_death_against_the_integrated_hazard(
    a: float, layout: tuple[tuple[float, float, int], ...]
) -> None:
    """∫ hazard up to the death is Exp(1). False-alarm rate 1e-6."""
    p = record(a, seed=301)
    organs = Organs(p, layout)
    grid, hazard = organs.hazard(a)
    assert hazard[-1] > 25.0  # nobody outlives the horizon
    died = []
    for patient in range(4000):
        organs.new_clocks(patient)
        died.append(organs.death(-1.0, HORIZON))
    assert max(died) < HORIZON
    assert exponential_p(np.interp(died, grid, hazard)) > FALSE_ALARM


def test_death_after_diagnosis_given_survival_to_it() -> None:
    """As the natural history asks: no death before diagnosis, then the first after it.

    The hazard after diagnosis is Exp(1) among the survivors: what was refused before must not weigh on
    what is decided after it. False-alarm rate 1e-6.
    """
    a, diagnosis = 0.4, 7.0
    p = record(a, seed=302)
    organs = Organs(p, SEVERAL)
    grid, hazard = organs.hazard(a)
    before = float(np.interp(diagnosis, grid, hazard))
    died = []
    for patient in range(12_000):
        organs.new_clocks(patient)
        if organs.death(-1.0, diagnosis) == math.inf:
            died.append(organs.death(diagnosis, HORIZON))
    assert 0.3 < len(died) / 12_000 < 0.9
    assert exponential_p(np.interp(died, grid, hazard) - before) > FALSE_ALARM


def test_a_nearer_horizon_changes_no_event() -> None:
    """Looking less far gives the same death, or none if it lies beyond."""
    p = record(0.6, seed=303)
    organs = Organs(p, TWO_ORGANS)
    for patient in range(300):
        organs.new_clocks(patient)
        whole = organs.death(-1.0, HORIZON)
        for horizon in (whole * 0.9, whole, whole * 1.1):
            part = organs.death(-1.0, horizon)
            assert part == (whole if whole <= horizon else math.inf)


def test_symptoms_against_the_integrated_hazard() -> None:
    """First onset of one symptom, and of any of the organ's. False-alarm rate 1e-6 each."""
    a = 0.6
    p = record(a, seed=304)
    organs = Organs(p, SEVERAL)
    grid, hazard = organs.hazard(a)
    jaundice, first = [], []
    for patient in range(4000):
        organs.new_clocks(patient)
        list_active(p, organs.woman, HORIZON)
        time, organ, symptom = onsets(p, organs.woman, -1.0, HORIZON)
        assert (organ, time) == (LIVER, organs.times[LIVER].min())
        assert symptom == int(np.argmin(organs.times[LIVER]))
        cause = organs.lesions[organs.causes[LIVER, symptom]]
        assert cause.start <= time
        jaundice.append(organs.times[LIVER, 0])
        first.append(time)
    assert exponential_p(np.interp(jaundice, grid, hazard)) > FALSE_ALARM
    every = len(SYMPTOMS[LIVER]) * np.interp(first, grid, hazard)
    assert exponential_p(every) > FALSE_ALARM


@pytest.mark.parametrize("uncompiled", [False, True])
def test_small_lesions_decide_as_any_others(uncompiled: bool) -> None:
    """Of two alike, a proposal is accepted with probability (2N)^a/(2 N^a) = 2^(a-1), small or not."""
    a, time = 0.6, 12.0
    decide = getattr(_is_accepted, "py_func", _is_accepted) if uncompiled else _is_accepted
    for small_until in (0.0, math.inf):
        organs = Organs(record(a, 1), ((1.0, 0.4, LIVER), (1.0, 0.4, LIVER)))
        organs.lesions.small_until = small_until
        organs.woman.small_until[:] = small_until
        for u, accepted in ((2 ** (a - 1) - 1e-9, True), (2 ** (a - 1) + 1e-9, False)):
            proposer = organs.woman.lesions[0]
            assert accepted == decide(organs.p, organs.woman, a, proposer, time, u)
