"""How the primary is found: sizes at symptoms, and what screening changes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernels import FALSE_ALARM, binomial_p, exponential_p, parameters, same_bits, women
from seedsoil.model import random
from seedsoil.model.natural_history.detection import screened_years, symptomatic_years
from seedsoil.simulation.tables import patients_table

SCREENED = 1
PROGRAMME = "biennial-50-74"


def test_sizes_at_symptoms_are_exponential_when_growth_is() -> None:
    """K → ∞: N at detection is exponential with mean (growth rate)/(hazard per cell).

    The catalog's largest K still bends growth by a third over these sizes, so the kernel is given
    K = e^690, the largest it can be: over the sizes here the growth rate b ln(K/N) then falls by 1 %,
    which is what the test leaves room for. False-alarm rate 1e-6.
    """
    p = parameters(seed=201)
    p.log_capacity, p.log_y0 = 690.0, math.log(690.0)
    log_mean = 11.0
    b = 0.001
    growth = b * (690.0 - log_mean)
    sizes = []
    for patient in range(5000):
        e, _, _, _ = random.exponentials(201, 0, patient, random.GROWTH, 0, 0)
        years = symptomatic_years(p, e, math.log(growth) - log_mean, b)
        sizes.append(math.exp(690.0 - math.exp(p.log_y0 - b * years)))
    assert exponential_p(np.array(sizes) / math.exp(log_mean)) > FALSE_ALARM


def test_sizes_at_symptoms_on_gompertz_growth() -> None:
    """The cumulative hazard at detection, integrated over size, is Exp(1). False-alarm rate 1e-6.

    Λ(N) = η/b ∫ dN / ln(K/N): the tumour's own size as the clock, no exponential integral.
    """
    p = parameters(seed=202)
    rate, log_hazard = 0.3, -21.0
    log_n = np.linspace(0.0, p.log_capacity - 1e-3, 400_001)
    integrand = np.exp(log_hazard + log_n) / (p.log_capacity - log_n) / rate
    steps = 0.5 * (integrand[1:] + integrand[:-1]) * np.diff(log_n)
    hazard = np.concatenate([[0.0], np.cumsum(steps)])
    found_at = []
    for patient in range(5000):
        e, _, _, _ = random.exponentials(202, 0, patient, random.GROWTH, 0, 0)
        years = symptomatic_years(p, e, log_hazard, rate)
        found_at.append(p.log_capacity - math.exp(p.log_y0 - rate * years))
    assert max(found_at) < log_n[-1]
    assert exponential_p(np.interp(found_at, log_n, hazard)) > FALSE_ALARM


@pytest.mark.parametrize("rounds", [1, 2])
def test_screening_finds_with_its_sensitivity(rounds: int) -> None:
    """s = logit⁻¹(intercept + slope d) a round, each on its own: found with 1 - (1-s)^rounds.

    The tumour is made to be of one size at every possible round by growing not at all.
    False-alarm rate 1e-6.
    """
    p = parameters(seed=203, screening=PROGRAMME)
    p.screening_participation = 1.0
    p.screening_last_age = p.screening_first_age + rounds * p.screening_interval
    p.screening_smallest_mm = 0.0
    millimetres = 9.5
    p.log_y0 = math.log(p.log_capacity - p.log_cells_1mm - 3.0 * math.log(millimetres))
    n = 20_000
    onset = float(p.screening_first_age)
    years = [screened_years(p, patient, onset, 1e3, 1e-12) for patient in range(n)]
    found = np.isfinite(years)
    sensitivity = 1.0 / (1.0 + math.exp(-(p.screening_intercept + p.screening_slope * millimetres)))
    assert binomial_p(found.sum(), n, 1.0 - (1.0 - sensitivity) ** rounds) > FALSE_ALARM
    phases = np.array(years)[found] / p.screening_interval
    assert phases.min() > 0.0
    assert phases.max() < rounds


def test_screening_finds_the_same_tumour_and_never_later() -> None:
    """Woman by woman, on common random numbers; holds without exception."""
    without, _, _ = women(parameters(seed=204), 4000)
    screened, _, _ = women(parameters(seed=204, screening=PROGRAMME), 4000)
    found = screened["detected_by"] == SCREENED
    assert found.sum() > 300
    for name in ("growth_rate", "subtype", "biomarkers"):
        assert same_bits(without[name], screened[name])
    onset = without["age"] - without["tumour_age"]
    assert np.allclose(onset, screened["age"] - screened["tumour_age"], atol=1e-9)
    earlier = without["tumour_age"] - screened["tumour_age"]
    assert np.all(earlier >= 0.0)
    assert np.all(earlier[found] > 0.0)
    assert np.all(screened["diameter_mm"] <= without["diameter_mm"])
    assert np.all(screened["positive_nodes"] <= without["positive_nodes"])
    ages = screened["age"][found]
    programme = parameters(screening=PROGRAMME)
    assert ages.min() >= programme.screening_first_age
    assert ages.max() <= programme.screening_last_age


def test_screening_changes_nothing_for_women_it_does_not_find() -> None:
    """Same values in every column; women whose lesions passed the storage cap are left out."""
    without, _, _ = women(parameters(seed=204), 4000)
    screened, _, _ = women(parameters(seed=204, screening=PROGRAMME), 4000)
    same = (screened["detected_by"] != SCREENED) & ~without["truncated"]
    assert patients_table(without[same]) == patients_table(screened[same])
    assert same.sum() > 2000
