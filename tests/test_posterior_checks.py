"""The checks of the posterior: each tells a right one from a wrong one, and goes on after a kill."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from sbc_case import case
from seedsoil.calibration.posterior import five, sbc
from seedsoil.calibration.posterior.bands import band, outside_by_chance
from seedsoil.calibration.posterior.checks import calibration, markdown
from seedsoil.calibration.posterior.cloud import design
from seedsoil.calibration.posterior.kept import kept_parts
from seedsoil.calibration.posterior.likelihood import Conditional, Posterior
from seedsoil.calibration.posterior.sampler import Kernel, mode
from seedsoil.calibration.posterior.sbc import (
    Ranks,
    autocorrelation,
    exchangeable,
    posterior_sbc,
    ranks_of,
)
from seedsoil.calibration.posterior.toy import Toy, toy
from seedsoil.calibration.posterior.toys import as_emulator, toys, without_scales

if TYPE_CHECKING:
    from seedsoil.calibration.posterior.cloud import Cloud

Floats = NDArray[np.float64]


class Normal:
    """A normal of independent coordinates, whose spread is said `narrow` times as wide as it is."""

    def __init__(self, sd: Floats, narrow: float = 1.0) -> None:
        self.sd, self.size = sd * narrow, sd.size

    def __call__(self, x: Floats) -> tuple[Floats, Floats]:
        return -0.5 * np.sum((x / self.sd) ** 2, axis=1), -x / self.sd**2

    def information(self, _: Floats) -> Floats:
        return np.diag(1.0 / self.sd**2)


SD = np.linspace(0.5, 2.0, 8)


def ranked(narrow: float, *, step: float, thinning: int) -> Ranks:
    """Ranks of 200 draws of the normal among those of the one that is said."""
    rng = np.random.default_rng(3)
    said, truth = Normal(SD, narrow), SD * rng.standard_normal((200, SD.size))
    kernel = Kernel(said, np.zeros(SD.size), np.diag(1.0 / SD**2))
    chain = exchangeable(kernel, truth, step=step, rng=rng, draws=99, thinning=thinning)
    assert any(np.array_equal(member, truth[0]) for member in chain[:, 0])
    return Ranks(ranks_of(chain, truth), autocorrelation(chain).mean(axis=0), 99)


def test_ranks_in_a_right_posterior_are_uniform_and_one_too_narrow_by_a_fifth_is_caught() -> None:
    right, narrow = (ranked(factor, step=0.5, thinning=3) for factor in (1.0, 0.8))
    whole = band(200, 99)
    assert np.abs(right.autocorrelation).max() < 0.3
    assert 0.87 <= right.inside(0.9).mean() <= 0.93
    assert (whole.p_values(right.ranks) > 0.01).all()
    # of a normal said 0.8 times as wide, 90 % intervals cover 2 Φ(0.8 · 1.645) - 1 = 81 %
    assert narrow.inside(0.9).mean() == pytest.approx(0.812, abs=0.025)
    assert np.count_nonzero(whole.p_values(narrow.ranks) < 0.05) >= 6
    judged = calibration(narrow, np.eye(8), 8)
    assert [one.met for one in judged] == [False, False, None]
    assert [one.met for one in calibration(right, np.eye(8), 8)] == [True, True, None]


def test_correlated_draws_bias_no_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which ranks among a chain that begins elsewhere, or at the truth, would have."""
    monkeypatch.setattr("seedsoil.calibration.posterior.sampler._LENGTH", (0.2, 0.4))
    slow = ranked(1.0, step=0.1, thinning=1)
    assert slow.autocorrelation.min() > 0.8
    assert (band(200, 99).p_values(slow.ranks) > 0.01).all()
    assert slow.inside(0.9).mean() == pytest.approx(0.9, abs=0.03)


def test_the_band_holds_whole_curves_as_often_as_it_says() -> None:
    whole = band(100, 49)
    rng = np.random.default_rng(4)
    ranks = rng.integers(0, 50, (100, 4_000))
    p = whole.p_values(ranks)
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.015)
    low, high = whole.edges(0.95)
    counts = (ranks[:, None, :] <= np.arange(49)[None, :, None]).sum(axis=0)
    inside = ((counts >= low[:, None]) & (counts <= high[:, None])).all(axis=0)
    assert np.array_equal(inside, p > 0.05) or np.mean(inside == (p > 0.05)) > 0.995
    assert (low <= high).all()
    assert low[24] < 50 < high[24]
    one, two = (
        outside_by_chance(whole, c, level=0.95, quantiles=(0.99,)) for c in (np.eye(40), np.ones((40, 40)))
    )  # fmt: skip
    assert one[0] == pytest.approx(2.0, abs=0.6)
    assert two[0] == pytest.approx(2.0, abs=1.2)
    assert one[1][0] < 10 < two[1][0] == 40  # what goes together is off together


def test_posterior_calibration_is_met_by_a_right_posterior_and_not_by_a_narrow_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sbc, "TOGETHER", 100)
    monkeypatch.setattr(sbc, "THINNING", 3)
    density, draws = case()
    right = posterior_sbc(density, draws, replicates=200, seed=6, threads=2)
    assert right.ranks.shape == (200, density.size)
    correlation = np.corrcoef(draws.T)
    judged = {one.name.rpartition(": ")[2]: one for one in calibration(right, correlation, 3)}
    assert judged["90% intervals of 3 parameters"].met
    assert all(one.met is not False for name, one in judged.items() if "band" in name)

    class Narrow(Posterior):
        """Its spread is 0.8 of what it should be."""

        def __call__(self, x: Floats) -> tuple[Floats, Floats]:
            value, gradient = super().__call__(x)
            return value / 0.64, gradient / 0.64

    monkeypatch.setattr(sbc, "Posterior", Narrow)
    wrong = posterior_sbc(density, draws, replicates=200, seed=6, threads=2)
    made = calibration(wrong, correlation, density.parameters)
    assert not made[0].met
    assert not made[1].met
    wide = draws.mean(axis=0) + 2.0 * (draws - draws.mean(axis=0))
    monkeypatch.setattr(sbc, "Posterior", Posterior)
    made = calibration(posterior_sbc(density, wide, replicates=200, seed=6), correlation, 3)
    assert not made[1].met


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_calibration_goes_on_to_the_same_ranks(tmp_path: Path) -> None:
    """The shorter form is below: parts that are there are not made twice."""
    density, draws = case()
    place = tmp_path / "sbc"
    script = str(Path(__file__).with_name("sbc_case.py"))
    process = subprocess.Popen([sys.executable, script, str(place)])
    until = time.monotonic() + 120.0
    while not list(place.glob("part-*")) and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = len(list(place.glob("part-*")))
    assert 1 <= there < 4
    told: list[str] = []
    again = posterior_sbc(
        density, draws, replicates=80, seed=1, threads=2, place=place, say=told.append
    )
    assert f"{there} of 4 are there" in told[0]
    assert "the end is expected at" in told[-1]
    whole = posterior_sbc(density, draws, replicates=80, seed=1)
    assert np.array_equal(again.ranks, whole.ranks)
    assert not [path for path in place.iterdir() if path.name.startswith(".")]


def test_parts_of_other_work_are_refused_and_none_is_made_twice(tmp_path: Path) -> None:
    from seedsoil.errors import InputError

    made: list[int] = []

    def make(number: int) -> dict[str, NDArray[np.int64]]:
        made.append(number)
        return {"n": np.array([number])}

    def parts(seed: int, count: int) -> list[int]:
        found = kept_parts(
            tmp_path / "p", {"seed": seed}, count, make, threads=1, what="parts", say=lambda _: None
        )
        return [int(part["n"][0]) for part in found]

    assert parts(1, 3) == [0, 1, 2]
    assert parts(1, 4) == [0, 1, 2, 3]
    assert made == [0, 1, 2, 3]
    with pytest.raises(InputError, match="seed 1, and 2 is asked for"):
        parts(2, 3)


def test_five_parameters_from_simulations_are_those_of_the_truth_and_a_wrong_emulator_is_told() -> (
    None
):
    truth = toy(5, 60, curvature=0.0, noise=0.3, acting=3, seed=8)
    rng = np.random.default_rng(2)
    y = truth(rng.standard_normal(5)) + rng.standard_normal(60)
    density = Posterior(
        without_scales(truth, y), as_emulator(plain(truth)), np.zeros(5), np.ones(5), np.zeros(60)
    )
    covariance = np.linalg.inv(np.eye(5) + truth.lines @ truth.lines.T)
    mean, sd = covariance @ truth.lines @ y, np.sqrt(np.diag(covariance))
    spread = five.WIDER * sd
    u = design(mean, spread, 160, 5)
    values = plain(truth).simulated(u, rng)
    cloud = cast("Cloud", Simulated(u, values, truth))
    all_of = np.arange(60)
    learnt = five.Regression(density, cloud, all_of, np.arange(5), (mean, spread), np.zeros(0))
    every = np.arange(160)
    at, wide = learnt.laplace(every, mean)
    again = [learnt.laplace(rng.integers(0, 160, 160), mean) for _ in range(20)]
    noise = np.std([one[0] for one in again], axis=0), np.std([one[1] for one in again], axis=0)
    assert (noise[0] < 0.3 * sd).all()
    assert (np.abs(at - mean) < 0.05 * sd + 3.0 * noise[0]).all()
    assert (np.abs(wide / sd - 1.0) < 0.05 + 3.0 * noise[1] / sd).all()
    names = tuple("abcde")

    def judged(mean: Floats, sd: Floats) -> list[bool | None]:
        compared = five.Compared(names, (mean, sd), (at, wide), noise, 160)
        return [one.met for one in compared.checks()]

    assert judged(mean, sd) == [True] * 5
    assert judged(mean + 1.3 * sd, sd) == [False] * 5
    assert judged(mean, 0.7 * sd) == [False] * 5


class Simulated:
    """What a regression reads of a cloud."""

    def __init__(self, u: Floats, values: Floats, truth: Toy) -> None:
        self.u, self.values = u, values
        self.names = tuple(f"t{j}" for j in range(truth.targets))
        self.women = np.zeros(values.shape, np.int32)


def plain(truth: Toy) -> Toy:
    """The toy without products."""
    return dataclasses.replace(truth, twist=np.zeros(truth.targets))


def test_checks_tell_the_emulator_from_the_others(tmp_path: Path) -> None:
    found = toys(quick=True, say=lambda _: None, place=tmp_path / "methods")
    by_name = {one.name.rpartition(": ")[2]: one for one in found}
    assert by_name["means and spreads within 3 Monte-Carlo errors"].met
    assert by_name["emulator and Hamiltonian Monte Carlo"].met
    assert by_name["exact posterior"].met
    assert not by_name["randomised maximum likelihood"].met
    page = markdown(found, [], "seedsoil posterior --check", {})
    assert page.count("\n|") == len(found) + 5
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "methods").glob("part-*")}
    assert len(kept) == 6
    assert toys(quick=True, say=lambda _: None, place=tmp_path / "methods") == found
    again = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "methods").glob("part-*")}
    assert again == kept


def test_the_toy_as_an_emulator_is_the_toy() -> None:
    truth = toy(7, 12, curvature=0.3, seed=2)
    u = np.random.default_rng(1).standard_normal((5, 7))
    assert as_emulator(truth)(u) == pytest.approx(truth(u))


def test_a_conditional_is_the_density_with_the_others_fixed() -> None:
    density, draws = case()
    x, which = draws[3], np.array([2, 0])
    some = Conditional(density, x, which)
    at = np.array([[0.3, -0.4], [0.0, 0.1]])
    whole = np.tile(x, (2, 1))
    whole[:, which] = at
    assert some(at)[0] == pytest.approx(density(whole)[0])
    assert some(at)[1] == pytest.approx(density(whole)[1][:, which])
    top = mode(some, at[0])
    assert some(top[None])[1] == pytest.approx(np.zeros((1, 2)), abs=1e-3)
