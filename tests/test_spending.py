"""Group-sequential boundaries against published ones, and the probabilities that they are made for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from seedsoil.errors import InputError
from seedsoil.trials.spending import boundaries, crossing, spent

THIRDS = (1 / 3, 2 / 3, 1.0)


def even(looks: int) -> list[float]:
    return [*(k / looks for k in range(1, looks)), 1.0]


@pytest.mark.parametrize(
    "at, kind, published",
    [
        # gsDesign2, reference page of gs_b(): gsDesign with sfLDOF, alpha 0.025 one-sided
        ([0.5, 0.75, 1.0], "obrien-fleming", [2.962588, 2.359018, 2.014084]),
        # lrstat, examples of lrsim_mams(): critical values of three looks, sfOF, 0.025 one-sided
        (THIRDS, "obrien-fleming", [3.710, 2.511, 1.993]),
        # Reboussin, DeMets, Kim and Lan 2000, Control Clin Trials 21:190: five looks, two-sided 0.05
        (even(5), "obrien-fleming", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        (even(5), "pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
        # gsDesign, sfLDPocock, 0.025 one-sided
        ([0.5, 1.0], "pocock", [2.157, 2.201]),
        (THIRDS, "pocock", [2.279, 2.295, 2.296]),
    ],
)
def test_published_boundaries(at: list[float], kind: str, published: list[float]) -> None:
    found = boundaries(at, 0.025, kind).efficacy
    digits = len(str(published[0]).partition(".")[2])
    # the programs of 2000 integrate to about 1e-4
    assert found == pytest.approx(published, abs=6 * 10.0**-digits if digits > 3 else 6e-4)


@pytest.mark.parametrize(
    "looks, pocock, obrien_fleming",
    # Jennison and Turnbull, Group Sequential Methods (2000), tables 2.1 and 2.3, two-sided 0.05
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040)],
)
def test_classical_constants_spend_the_error(
    looks: int, pocock: float, obrien_fleming: float
) -> None:
    at = even(looks)
    for upper in ([pocock] * looks, [obrien_fleming / math.sqrt(t) for t in at]):
        above, below = crossing(at, upper, [-u for u in upper])
        assert sum(above) + sum(below) == pytest.approx(0.05, abs=1e-4)
        assert sum(above) == pytest.approx(sum(below), abs=1e-10)


def test_one_look_is_the_ordinary_test() -> None:
    assert boundaries([1.0], 0.025).efficacy == pytest.approx([norm.ppf(0.975)])
    late = boundaries([0.5, 1.0], 0.025, "none")
    assert late.efficacy == pytest.approx([math.inf, norm.ppf(0.975)])


@pytest.mark.parametrize("kind", ["obrien-fleming", "pocock", "none"])
def test_what_is_spent_is_what_the_boundaries_cross(kind: str) -> None:
    at = [0.2, 0.55, 0.9, 1.0]
    found = boundaries(at, 0.01, kind)
    above, below = crossing(at, found.efficacy, found.futility)
    assert np.cumsum(above) == pytest.approx([spent(kind, 0.01, t) for t in at], abs=1e-8)
    assert sum(below) == 0.0


def test_crossing_against_the_multivariate_normal() -> None:
    at = np.array([0.4, 0.7, 1.0])
    upper, lower, drift = [2.6, 2.4, 2.1], [-0.2, 0.9, -math.inf], 2.7
    above, below = crossing(at, upper, lower, drift)
    covariance = np.sqrt(np.minimum.outer(at, at) / np.maximum.outer(at, at))
    joint = multivariate_normal(drift * np.sqrt(at), covariance, maxpts=10**6, abseps=1e-9)
    stays = joint.cdf(upper, lower_limit=[lower[0], lower[1], -math.inf])
    assert 1.0 - sum(above) - sum(below) == pytest.approx(stays, abs=1e-6)


@pytest.mark.parametrize("kind", ["obrien-fleming", "pocock"])
def test_futility_spends_beta_and_leaves_alpha_alone(kind: str) -> None:
    found = boundaries(THIRDS, 0.025, futility=kind, beta=0.2)
    assert found.efficacy == boundaries(THIRDS, 0.025).efficacy  # non-binding
    assert found.futility[0] < found.futility[1] < found.efficacy[1]
    assert found.futility[2] == -math.inf

    def missed(drift: float) -> float:
        return 0.8 - sum(crossing(THIRDS, found.efficacy, found.futility, drift)[0])

    drift = brentq(missed, 0.5, 8.0)
    _, below = crossing(THIRDS, found.efficacy, found.futility, drift)
    spends = [spent(kind, 0.2, t) for t in THIRDS]
    assert np.cumsum(below)[:2] == pytest.approx(spends[:2], abs=1e-6)


def test_what_cannot_be_spent_is_said() -> None:
    for at in ([], [0.5], [0.5, 0.4, 1.0], [0.0, 1.0], [0.5, 1.2]):
        with pytest.raises(InputError, match="must ascend"):
            boundaries(at)
    for name, errors in (
        ("alpha", {"alpha": 0.0}),
        ("alpha", {"alpha": 1.0}),
        ("beta", {"beta": 0.6}),
    ):
        with pytest.raises(InputError, match=f"{name} = .* below 0.5"):
            boundaries(THIRDS, **errors)
    with pytest.raises(InputError, match="allowed are obrien-fleming, pocock and none"):
        boundaries(THIRDS, efficacy="pokock")
