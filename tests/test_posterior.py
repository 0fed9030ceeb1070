"""The posterior: coordinates, emulator, likelihood, sampler, diagnostics where the answer is known."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import seedsoil as ss
from seedsoil.calibration.posterior.cloud import design
from seedsoil.calibration.posterior.diagnostics import bulk_ess, diagnosed, r_hat
from seedsoil.calibration.posterior.emulator import Emulator, train
from seedsoil.calibration.posterior.joint import is_ratio, kind_of
from seedsoil.calibration.posterior.likelihood import AT_LEAST, AT_MOST, Posterior, observed
from seedsoil.calibration.posterior.sampler import mode, sample
from seedsoil.calibration.posterior.ship import legal_float32
from seedsoil.calibration.posterior.space import WIDER, Space, middle_and_spread, space_of
from seedsoil.calibration.posterior.toy import toy
from seedsoil.results.draws import over_draws


@pytest.fixture(scope="module")
def space() -> Space:
    return space_of(ss.load_catalog())


def cut() -> Space:
    """A free number, one cut near its prior mean on the left, and one cut on both sides."""
    return Space(
        ("free", "share", "both"), np.array([1.0, 0.12, 0.5]), np.array([2.0, 0.15, 0.3]),
        np.array([-50.0, 0.0, 0.3]), np.array([50.0, 1.0, 0.8]),
    )  # fmt: skip


def test_every_fitted_number_is_a_coordinate_once(space: Space) -> None:
    catalog = ss.load_catalog()
    both = {*catalog.fitted_names(), *catalog.fitted_names("drugs")}
    assert set(space.names) == both
    assert len(space.names) == len(both)


def test_coordinates_are_standard_normal_under_the_prior_and_never_leave_the_range() -> None:
    some = cut()
    u = np.random.default_rng(1).standard_normal((20_000, 3))
    theta = some.theta(u)
    assert ((theta >= some.low) & (theta <= some.high)).all()
    for k in range(3):
        a, b = (some.low[k] - some.mean[k]) / some.sd[k], (some.high[k] - some.mean[k]) / some.sd[k]
        prior = stats.truncnorm(a, b, some.mean[k], some.sd[k])
        assert stats.kstest(theta[:, k], prior.cdf).pvalue > 0.001
    assert some.u(theta) == pytest.approx(u, abs=1e-7)
    far = some.theta(np.array([[-9.0, -9.0, -9.0], [9.0, 9.0, 9.0]]))
    assert (np.diff(far, axis=0) > 0).all()
    assert np.isfinite(far).all()


def test_slope_of_the_coordinates_is_their_derivative() -> None:
    some, u, h = cut(), np.array([[-1.3, 0.4, 1.1], [0.2, -2.0, -0.7]]), 1e-6
    there = (some.theta(u + h) - some.theta(u - h)) / (2.0 * h)
    assert some.slope(u) == pytest.approx(there, rel=1e-5)


def test_the_cloud_lies_around_the_values_in_use_and_is_never_wider_than_the_prior(
    space: Space,
) -> None:
    catalog = ss.load_catalog()
    middle, spread = middle_and_spread(space, catalog)
    in_use = [catalog.value(*[*name.split(":", 1), None][:2]) for name in space.names]
    apart = np.abs(space.theta(middle) - in_use) / space.sd
    assert apart.max() <= 0.25 + 1e-9
    assert np.mean(apart < 1e-9) > 0.95
    assert (spread > 0).all()
    assert spread.max() <= np.sqrt(WIDER) + 1e-12


def test_a_longer_cloud_begins_with_the_shorter_one() -> None:
    middle, spread = np.arange(5.0), np.full(5, 0.3)
    short, long = design(middle, spread, 160, 4), design(middle, spread, 300, 4)
    assert np.array_equal(long[:160], short)
    assert np.array_equal(short[75], middle)
    around = np.delete(long, [0, 75, 150, 225], axis=0)
    assert around.mean(axis=0) == pytest.approx(middle, abs=0.05)
    assert around.std(axis=0) == pytest.approx(spread, rel=0.1)


def test_emulator_learns_lines_squares_and_products_through_noise() -> None:
    truth = toy(12, 30, curvature=0.3, noise=0.2, acting=4, seed=2)
    rng = np.random.default_rng(5)
    z = rng.standard_normal((900, 12))
    found = train(z, truth.simulated(z, rng))
    new = rng.standard_normal((400, 12))
    off = found(new) - truth(new)
    assert np.mean(off**2) < 0.3 * truth.noise**2
    assert found.residual == pytest.approx(np.full(30, truth.noise**2), rel=0.35)
    assert np.mean(found.own_variance(new)) == pytest.approx(np.mean(off**2), rel=0.5)
    assert (found.held_out < 0.1).all()
    one, h = new[0], 1e-6
    steps = np.eye(12) * h
    slopes = (found(one + steps) - found(one - steps)).T / (2.0 * h)
    assert found.jacobian(one) == pytest.approx(slopes, abs=1e-6)
    part = found.some([3, 7])
    assert part(new) == pytest.approx(found(new)[:, [3, 7]])


def test_log_odds_of_few_women_are_learnt_without_bias() -> None:
    rng = np.random.default_rng(6)
    z = rng.standard_normal((3_000, 3))
    eta = -2.0 + 0.5 * z[:, 0] - 0.3 * z[:, 1]
    n = rng.integers(3, 12, z.shape[0])
    k = rng.binomial(n, 1.0 / (1.0 + np.exp(-eta)))
    values = np.log((k + 0.5) / (n - k + 0.5))
    found = train(z, values[:, None], n.astype(np.int32)[:, None])
    naive = train(z, values[:, None])
    assert found.intercept[0] == pytest.approx(-2.0, abs=0.1)
    assert found.lines[:, 0] == pytest.approx([0.5, -0.3, 0.0], abs=0.1)
    assert abs(naive.intercept[0] + 2.0) > 0.15  # which is why


def test_numbers_not_simulated_are_no_data() -> None:
    truth = toy(4, 3, curvature=0.0, noise=0.1, acting=2, seed=3)
    rng = np.random.default_rng(7)
    z = rng.standard_normal((300, 4))
    values = truth.simulated(z, rng)
    values[rng.random(values.shape) < 0.1] = np.nan
    new = rng.standard_normal((50, 4))
    assert train(z, values)(new) == pytest.approx(truth(new), abs=0.15)


def exact(truth: object) -> Emulator:
    """The toy itself as an emulator; it has no product."""
    from scipy import sparse

    t: object = truth
    count = t.targets  # type: ignore[attr-defined]
    nothing = np.zeros(count)
    return Emulator(
        nothing, t.lines, t.squares, np.zeros((0, 2), np.intp), sparse.csr_array((count, 0)),  # type: ignore[attr-defined]
        nothing, nothing, nothing, nothing, 10,
    )  # fmt: skip


def test_gradient_is_that_of_the_density_for_numbers_and_bounds() -> None:
    truth = toy(5, 9, curvature=0.0, seed=4)
    rng = np.random.default_rng(8)
    seen = truth.observed(truth(rng.standard_normal(5)) + rng.standard_normal(9))
    bounds = np.array([0, AT_MOST, AT_LEAST, 0, 0, AT_MOST, AT_LEAST, 0, 0], np.int8)
    seen = dataclasses.replace(seen, bound=bounds, group=np.arange(9) % 2, groups=("a", "b"))
    z = rng.standard_normal((400, 5))
    emulator = train(z, toy(5, 9, curvature=0.4, seed=4).simulated(z, rng))
    density = Posterior(seen, emulator, np.full(5, 0.1), np.full(5, 0.7), np.full(9, 0.05))
    x = rng.standard_normal((2, 7))
    gradient, h = density(x)[1], 1e-6
    for k in range(7):
        step = np.eye(7)[k] * h
        there = (density(x + step)[0] - density(x - step)[0]) / (2.0 * h)
        assert gradient[:, k] == pytest.approx(there, rel=1e-5, abs=1e-5)
    assert np.linalg.eigvalsh(density.information(x[0])).min() > 0.0
    # |s| alone counts
    mirrored = x * np.r_[np.ones(5), -1.0, -1.0]
    assert density(mirrored)[0] == pytest.approx(density(x)[0])


def test_sampler_gives_the_analytic_posterior_of_a_linear_toy() -> None:
    truth = toy(15, 30, curvature=0.0, seed=5)
    rng = np.random.default_rng(9)
    y = truth(rng.standard_normal(15)) + rng.standard_normal(30)
    seen = dataclasses.replace(truth.observed(y), groups=())
    density = Posterior(seen, exact(truth), np.zeros(15), np.ones(15), np.zeros(30))
    covariance = np.linalg.inv(np.eye(15) + truth.lines @ truth.lines.T)
    mean = covariance @ truth.lines @ y
    assert mode(density, np.zeros(15)) == pytest.approx(mean, abs=1e-6)
    chains = sample(density, draws=600, warm_up=200, seed=3, start=np.zeros(15))
    ess, hats = diagnosed(chains.x)
    assert ess.min() > 400
    assert hats.max() < 1.02
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(chains.flat.mean(axis=0) - mean) < 3.5 * sd / np.sqrt(ess)).all()
    assert chains.flat.std(axis=0) == pytest.approx(sd, rel=0.12)


def test_a_group_that_cannot_be_met_widens_its_own_scale_alone() -> None:
    truth = toy(4, 40, curvature=0.0, seed=6)
    rng = np.random.default_rng(10)
    y = truth(np.zeros(4)) + rng.standard_normal(40) * np.where(np.arange(40) < 20, 1.0, 4.0)
    seen = dataclasses.replace(
        truth.observed(y), group=np.arange(40) // 20, groups=("met", "missed")
    )
    density = Posterior(seen, exact(truth), np.zeros(4), np.ones(4), np.zeros(40))
    chains = sample(density, draws=400, warm_up=200, seed=4, start=np.r_[np.zeros(4), 0.5, 0.5])
    met, missed = np.median(np.abs(chains.flat[:, 4:]), axis=0)
    assert met < 0.9
    assert missed > 2.0


def test_diagnostics_of_known_chains() -> None:
    rng = np.random.default_rng(11)
    alone = rng.standard_normal((4, 1_000))
    assert bulk_ess(alone) == pytest.approx(4_000, rel=0.15)
    assert r_hat(alone) < 1.01
    assert r_hat(alone + np.array([[0.0], [0.0], [0.0], [1.0]])) > 1.05
    assert r_hat(alone * np.array([[1.0], [1.0], [1.0], [3.0]])) > 1.05
    walk = np.zeros((4, 4_000))
    for k in range(1, 4_000):
        walk[:, k] = 0.8 * walk[:, k - 1] + rng.standard_normal(4)
    assert bulk_ess(walk) == pytest.approx(16_000 * 0.2 / 1.8, rel=0.25)


def test_diagnostics_are_those_of_arviz() -> None:
    array_stats = pytest.importorskip("arviz_stats.base").array_stats
    chains = np.random.default_rng(12).standard_normal((4, 500)).cumsum(axis=1) * 0.1
    assert bulk_ess(chains) == pytest.approx(
        float(array_stats.ess(chains, method="bulk")), rel=0.02
    )
    assert r_hat(chains) == pytest.approx(float(array_stats.rhat(chains, method="rank")), rel=0.002)


def test_only_fitted_numbers_of_calibration_enter_the_likelihood() -> None:
    catalog = ss.load_catalog()
    seen = observed(catalog)
    roles = {name: spec.role for name, spec in catalog.trials.items()}
    trials = {name.split(".")[1] for name in seen.names if name.startswith("trials.")}
    assert {roles[name] for name in trials} == {"calibration"}
    others = [name for name in seen.names if not name.startswith("trials.")]
    for name in others:
        group, _, cell = name.partition(".")
        assert catalog.targets[group].cells[cell].fitted
    assert len(set(seen.names)) == len(seen.names)
    assert (seen.bound == AT_MOST).any()


def test_hazard_ratios_are_no_shares() -> None:
    assert is_ratio("trials.PALOMA-2.palbociclib.pfs_hr")
    assert is_ratio("trials.ASCENT.experimental.pfs_hr.brain metastases")
    assert not is_ratio("trials.PALOMA-2.palbociclib.pfs_median")
    assert [kind_of(n) for n in ("relapse_n0.er_pos_2y", "trials.A.b.pfs_hr", "trials.A.b.orr")] == [
        "relapse_n0", "trials, ratio", "trials, share",
    ]  # fmt: skip


def test_rounding_to_32_bits_keeps_the_range() -> None:
    some = dataclasses.replace(cut(), low=np.full(3, 0.1), high=np.full(3, 0.3))
    kept = legal_float32(some, np.array([[0.1, 0.3, 0.2], [0.3, 0.1, 0.1]])).astype(float)
    assert ((kept >= 0.1) & (kept <= 0.3)).all()


def test_variance_over_draws_is_told_apart_from_that_of_women() -> None:
    rng = np.random.default_rng(13)
    truth = 5.0 + 0.5 * rng.standard_normal(4_000)
    found = over_draws("x", truth + 1.2 * rng.standard_normal(4_000), np.full(4_000, 1.2))
    assert found.parameters == pytest.approx(0.5, rel=0.1)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5, rel=0.1)
    assert found.monte_carlo == pytest.approx(1.2 / np.sqrt(4_000))
    chance = over_draws("x", rng.standard_normal(50), np.full(50, 3.0))
    assert chance.parameters == 0.0
    assert "chance" in chance.row()[2]
    assert np.isnan(over_draws("x", [1.0], [0.1]).mean)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs the threads of Linux")
def test_reading_the_draws_leaves_no_thread_that_could_abort_the_end() -> None:
    """A thread of Arrow that lives when Python ends aborts it now and then, after good work."""
    code = (
        "import os, pyarrow.parquet, seedsoil as ss\n"
        "catalog = ss.load_catalog()\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "assert catalog.posterior.draws\n"
        "assert len(os.listdir('/proc/self/task')) == before\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
