"""Foci left behind by surgery: Poisson, and the first of them found is the recurrence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import norm

from kernels import FALSE_ALARM, binomial_p, exponential_p, parameters, woman
from seedsoil.model.natural_history.locoregional import mean_foci, recurrence

if TYPE_CHECKING:
    from numpy.typing import NDArray

WOMEN = 10_000
SURGERY = 12.0
TNBC = 3


def pinned(log_foci: float, seed: int) -> Any:
    """Foci of few sleepers, quick enough that every one is found in the end."""
    p = parameters({"locoregional.dormant_share": 0.3}, seed=seed)
    p.locoregional_log_foci = log_foci
    p.new_primary_rate = 0.0
    return p


def times(p: Any) -> NDArray[np.float64]:
    """Years from surgery to locoregional recurrence, with a 20 mm tumour and no positive node."""
    her = woman(p, TNBC, 0.4, -13.0)
    her.log_detection_hazard = -20.0
    her.diagnosis = SURGERY
    her.diameter_mm = 20.0
    found = []
    for patient in range(WOMEN):
        her.patient = patient
        found.append(recurrence(p, her))
    return np.array(found) - SURGERY


def test_mean_number_of_foci() -> None:
    """λ (d / 20 mm)^α (1 + nodes)^β."""
    p = parameters()
    base = math.exp(p.locoregional_log_foci)
    assert mean_foci(p, 20.0, 0) == base
    assert mean_foci(p, 40.0, 0) == pytest.approx(base * 2.0**p.locoregional_size_slope)
    assert mean_foci(p, 20.0, 7) == pytest.approx(base * 8.0**p.locoregional_node_slope)


def test_without_foci_there_is_no_recurrence() -> None:
    """P(none) = e^-λ. False-alarm rate 1e-6, three tests."""
    for expected in (0.1, 0.7, 3.0):
        found = times(pinned(math.log(expected), seed=501))
        assert found.min() > 0.0
        assert binomial_p(np.isinf(found).sum(), WOMEN, math.exp(-expected)) > FALSE_ALARM


def test_first_of_a_poisson_number() -> None:
    """P(T > t) = e^(-λ F(t)): three times the foci, three times -ln P, at every t.

    Two independent samples; z of their difference on a grid of times. False-alarm rate 1e-6.
    """
    few = times(pinned(math.log(0.5), seed=502))
    many = times(pinned(math.log(1.5), seed=503))
    grid = np.quantile(many, [0.05, 0.15, 0.3, 0.5, 0.65])
    for t in grid:
        alive = np.array([np.mean(few > t), np.mean(many > t)])
        gathered = -np.log(alive) * np.array([3.0, 1.0])
        variance = (1.0 - alive) / alive / WOMEN * np.array([9.0, 1.0])
        z = (gathered[0] - gathered[1]) / math.sqrt(variance.sum())
        assert 2.0 * norm.sf(abs(z)) * grid.size > FALSE_ALARM


def test_new_primaries_come_at_a_constant_rate() -> None:
    """Exponential waiting times. False-alarm rate 1e-6."""
    p = pinned(-200.0, seed=504)
    p.new_primary_rate = 0.02
    assert exponential_p(times(p) * 0.02) > FALSE_ALARM
