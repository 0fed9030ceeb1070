"""The exponential integral, its inverse, and the event times of a power of a Gompertz tumour."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import exp1

from seedsoil.model.natural_history.exponential_integral import (
    log_e1,
    log_inverse_e1,
    log_inverse_e1_bounds,
    scaled_e1,
)
from seedsoil.model.natural_history.hazard import cumulative, event, hazard_clock
from seedsoil.model.natural_history.lazy_lesions import hazard_bound

EULER = 0.57721566490153286
EXPONENTS = (0.05, 0.3, 0.57, 1.0, 1.5)
LOG_Y0 = math.log(math.log(1e12))


def log_inverse_reference(value: float) -> float:
    """ln x with E1(x) = value, by bracketing SciPy's E1."""
    if value > 50.0:
        return -EULER - value  # E1(x) = -γ - ln x + x - ..., and here x < 1e-21
    return float(
        brentq(lambda u: math.log(exp1(math.exp(u))) - math.log(value), -55.0, 6.55, xtol=1e-15)
    )


def hazard_by_quadrature(years: float, c_ln: float, a: float, ln_y: float, rate: float) -> float:
    """∫ c N^a dt of a tumour that is at `ln_y` when t = 0, K = 1; no exponential integral in it.

    Scaled by the last rate, so that the integrand is at most 1.
    """
    last = math.exp(ln_y - rate * years)
    value, _ = quad(
        lambda s: math.exp(a * (last - math.exp(ln_y - rate * (years - s)))),
        0.0,
        years,
        epsabs=0.0,
        epsrel=1e-13,
        limit=500,
        points=[years * k for k in (0.001, 0.01, 0.1, 0.5)],
    )
    return math.exp(c_ln - a * last) * float(value)


def test_e1_against_scipy() -> None:
    """1e-10 relative from 1e-300 to 690; beyond it E1 itself is below 1e-302."""
    x = np.concatenate([np.geomspace(1e-300, 1e-4, 300), np.geomspace(1e-4, 690.0, 6000)])
    ours = np.array([log_e1(math.log(v)) for v in x])
    assert np.max(np.abs(ours - np.log(exp1(x)))) < 1e-10


@pytest.mark.parametrize("x", [1e-6, 0.01, 0.5, 0.999, 1.0, 1.001, 3.0, 27.0, 60.0, 700.0])
def test_scaled_e1_against_quadrature(x: float) -> None:
    """e^x E1(x) = ∫ e^-t / (x + t) dt, with no use of any library's E1."""
    tail, _ = quad(lambda t: math.exp(-t) / (x + t), 1.0, np.inf, epsabs=0.0, epsrel=1e-13)
    # near 0 in ln t, where the integrand is smooth
    head, _ = quad(
        lambda s: math.exp(s - math.exp(s)) / (x + math.exp(s)),
        -45.0,
        0.0,
        epsabs=0.0,
        epsrel=1e-13,
        limit=400,
    )
    missing = math.exp(-45.0) / x
    assert scaled_e1(x) == pytest.approx(head + tail + missing, rel=2e-12 + missing)


def test_inverse_e1_over_the_whole_range() -> None:
    """1e-10 relative in x for values from 1e-300 to 1e300, through every branch."""
    logs = np.concatenate([np.linspace(-690.0, 690.0, 1500), np.linspace(-45.0, 8.0, 2500)])
    for s in logs:
        reference = log_inverse_reference(math.exp(s))
        ours = log_inverse_e1(s)
        # a relative error of x is an absolute one of ln x, as long as x is a number at all
        assert abs(ours - reference) <= 1e-10 * max(1.0, abs(reference) - 600.0)


def test_never_is_a_legal_answer() -> None:
    assert log_inverse_e1(710.0) == -math.inf
    assert event(1.0, -800.0, 0.0, LOG_Y0, 0.3) == math.inf
    assert event(1.0, -1e6, 0.0, LOG_Y0, 0.3) == math.inf


@pytest.mark.parametrize("a", EXPONENTS)
@pytest.mark.parametrize("rate", [0.02, 0.3, 30.0])
def test_cumulative_hazard_by_quadrature(a: float, rate: float) -> None:
    """1e-10 relative, from one cell and from a grown tumour."""
    for start, span in itertools.product((LOG_Y0, 1.0, -1.0), (0.2, 1.0, 3.0, 6.0)):
        years = span / rate
        ours = cumulative(years, 3.0, math.log(a), start, rate)
        by_quadrature = hazard_by_quadrature(years, 3.0, a, start, rate)
        assert ours == pytest.approx(by_quadrature, rel=1e-10)
        assert ours < hazard_bound(3.0, a, math.exp(start - span)) / rate


@pytest.mark.parametrize("a", EXPONENTS)
def test_event_times_over_the_whole_range(a: float) -> None:
    """ln y at the event, and with it ln N, to 1e-10 for E b / (c K^a) from 1e-300 to 1e300."""
    rate, ln_a = 0.3, math.log(a)
    start = float(exp1(a * math.exp(LOG_Y0)))
    for gain in np.logspace(-300, 300, 241):
        years = event(1.0, math.log(rate) - math.log(gain), ln_a, LOG_Y0, rate)
        fallen = ln_a + LOG_Y0 - log_inverse_reference(start + gain)
        assert abs(years * rate - fallen) <= 1e-10 * max(1.0, fallen)


@pytest.mark.parametrize("a", EXPONENTS)
@pytest.mark.parametrize("ln_y", [LOG_Y0, 1.0])
def test_event_and_cumulative_hazard_are_inverse(a: float, ln_y: float) -> None:
    """Round trip to 1e-10 where the event is not so early that years itself has lost the digits."""
    ln_a = math.log(a)
    tried = 0
    for exponential, log_top, rate in itertools.product(
        (1e-6, 0.01, 1.0, 20.0), (-5.0, 0.0, 5.0, 15.0), (0.03, 1.0)
    ):
        gain = exponential * rate * math.exp(-log_top)
        if gain < 0.01 * hazard_clock(ln_a, ln_y) or gain > 100.0:
            continue
        tried += 1
        years = event(exponential, log_top, ln_a, ln_y, rate)
        back = cumulative(years, log_top, ln_a, ln_y, rate)
        # d ln Λ / d ln t: how much the hazard magnifies the rounding of t
        last = math.exp(log_top - a * math.exp(ln_y - rate * years))
        assert back == pytest.approx(exponential, rel=1e-10 * max(1.0, last / rate / exponential))
    assert tried > 5


def test_events_come_in_the_order_of_their_exponentials() -> None:
    exponentials = np.geomspace(1e-9, 25.0, 3000)
    for log_top in (-3.0, 3.0, 25.0):
        times = [event(e, log_top, math.log(0.57), LOG_Y0, 0.2) for e in exponentials]
        assert np.all(np.diff(times) >= -1e-11)
        assert min(times) >= -1e-11


def test_bounds_of_the_inverse() -> None:
    """The inverse lies between its bounds, which are close where times matter; nothing is out of range."""
    rng = np.random.default_rng(1)
    values = np.concatenate(
        [np.exp(rng.uniform(-60.0, 6.0, 5000)), 2.0 ** np.arange(-60, 8), [5e-324]]
    )
    for value in values.tolist():
        most, least = log_inverse_e1_bounds(value)
        assert least < log_inverse_e1(math.log(value)) < most
        if 1e-15 < value < 1.0:
            assert most - least < 0.15
    assert log_inverse_e1_bounds(0.0)[0] == math.inf
    assert log_inverse_e1_bounds(1e308)[1] == -math.inf
