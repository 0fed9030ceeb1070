"""Checks of the machinery, by problems whose answer is known, and by the posterior itself.

- *analytic*: a linear toy, whose posterior is a known normal: means and spreads in Monte-Carlo errors.
- *methods*: the emulator beside Laplace with a Jacobian by forward differences of noisy runs, randomised
  maximum likelihood with the same Jacobian (Oliver, He and Reynolds 1996), and ensemble smoothing with four
  assimilations (Emerick and Reynolds 2013), at one budget of runs on a toy that is mildly curved.
- *calibration*: posterior simulation-based calibration (Säilynoja, Schmitt, Bürkner and Vehtari, arXiv
  2502.03279): a draw of the posterior makes data, and its rank among draws given both data is uniform.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from seedsoil.calibration.posterior.cloud import design
from seedsoil.calibration.posterior.diagnostics import diagnosed
from seedsoil.calibration.posterior.emulator import Emulator, train
from seedsoil.calibration.posterior.likelihood import AT_LEAST, EXACT, Observed, Posterior
from seedsoil.calibration.posterior.sampler import sample
from seedsoil.calibration.posterior.toy import Toy, toy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Floats = NDArray[np.float64]
Generator = np.random.Generator

_STEP = 0.5
"""Of the forward differences, as in the fits."""


@dataclass(frozen=True)
class Check:
    """One line of the table: what was checked, what was found, what it should be, and whether it is."""

    name: str
    found: str
    should: str
    met: bool

    def row(self) -> list[str]:
        """As a row under `HEADER`."""
        return [self.name, self.found, self.should, "yes" if self.met else "NO"]


class Budget(NamedTuple):
    """How many noisy runs a method has, and how many draws it gives."""

    runs: int
    draws: int


HEADER = ["check", "found", "should be", "met"]


def without_scales(truth: Toy, y: Floats) -> Observed:
    """The toy's data `y` with known errors."""
    return replace(truth.observed(y), groups=())


def as_emulator(truth: Toy) -> Emulator:
    """The toy without its products as an emulator that is exact."""
    nothing = np.zeros(truth.targets)
    return Emulator(
        nothing, truth.lines, truth.squares, np.zeros((0, 2), np.intp),
        sparse.csr_array((truth.targets, 0)), nothing, nothing, nothing, nothing, 1,
    )  # fmt: skip


def analytic(parameters: int, targets: int, *, draws: int, seed: int) -> list[Check]:
    """The sampler on a linear toy beside its exact posterior."""
    truth = toy(parameters, targets, curvature=0.0, seed=seed)
    rng = np.random.default_rng(seed)
    y = truth(rng.standard_normal(parameters)) + rng.standard_normal(targets)
    zero, one = np.zeros(parameters), np.ones(parameters)
    density = Posterior(without_scales(truth, y), as_emulator(truth), zero, one, np.zeros(targets))
    chains = sample(density, draws=draws, warm_up=draws // 3, seed=seed, start=zero)
    ess, hats = diagnosed(chains.x)
    covariance = np.linalg.inv(np.eye(parameters) + truth.lines @ truth.lines.T)
    sd = np.sqrt(np.diag(covariance))
    off = np.abs(chains.flat.mean(axis=0) - covariance @ truth.lines @ y) / (sd / np.sqrt(ess))
    spread = np.abs(chains.flat.std(axis=0) / sd - 1.0) * np.sqrt(2.0 * ess)
    inside = float(np.mean(np.r_[off, spread] < 3.0))
    return [
        Check(f"linear toy, {parameters} parameters: means and spreads within 3 Monte-Carlo errors",
              f"{inside:.1%}", "99.7 %", inside >= 0.98),
        Check("the same: bulk ESS, split R-hat", f"{ess.min():,.0f}, {hats.max():.4f}",
              ">= 1,000, < 1.01", bool(ess.min() >= 1_000 and hats.max() < 1.01)),
    ]  # fmt: skip


def methods(
    parameters: int, targets: int, runs: int, *, draws: int, seed: int, replicates: int = 1
) -> list[Check]:
    """Four methods at one budget of noisy runs of a curved toy: coverage of 95 % intervals."""
    covered: dict[str, list[float]] = {}
    width: dict[str, list[float]] = {}
    for number in range(replicates):
        truth = toy(parameters, targets, seed=seed + number)
        rng = np.random.default_rng(seed + number)
        u = rng.standard_normal(parameters)
        y = truth(u) + rng.standard_normal(targets)
        for name, method in _METHODS.items():
            found = method(truth, y, u, Budget(runs, draws), rng)
            low, high = np.quantile(found, (0.025, 0.975), axis=0)
            covered.setdefault(name, []).append(float(np.mean((u > low) & (u < high))))
            width.setdefault(name, []).append(float(found.std(axis=0).mean()))
    checks = []
    for name in _METHODS:
        coverage, spread = float(np.mean(covered[name])), float(np.mean(width[name]))
        mine = name == _EMULATOR
        noise = 3.0 * np.sqrt(0.95 * 0.05 / (parameters * replicates))
        checks.append(
            Check(f"curved toy, {runs:,} runs: {name}", f"{coverage:.1%} covered, sd {spread:.3f}",
                  "95 % covered", abs(coverage - 0.95) < 0.01 + noise if mine else coverage > 0.92)
        )  # fmt: skip
    return checks


def _noisy_jacobian(truth: Toy, at: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The toy at one point, and forward differences there, each run with noise of its own."""
    centre = truth.simulated(at, rng)
    moved = truth.simulated(at + _STEP * np.eye(at.size), rng)
    return centre, (moved - centre).T / _STEP


def _mode(truth: Toy, y: Floats, start: Floats) -> Floats:
    """The mode of the toy without noise: all methods begin there, as the fit would bring them."""
    u = start.copy()
    for _ in range(30):
        h = 1e-5 * np.eye(u.size)
        jacobian = ((truth(u + h) - truth(u - h)) / 2e-5).T
        step = np.linalg.solve(
            np.eye(u.size) + jacobian.T @ jacobian, jacobian.T @ (y - truth(u)) - u
        )
        u = u + step
    return u


def _laplace(truth: Toy, y: Floats, u: Floats, budget: Budget, rng: Generator) -> Floats:
    at = _mode(truth, y, u)
    _, jacobian = _noisy_jacobian(truth, at, rng)
    root = np.linalg.cholesky(np.linalg.inv(np.eye(u.size) + jacobian.T @ jacobian))
    return np.asarray(at + rng.standard_normal((budget.draws, u.size)) @ root.T)


def _randomised(truth: Toy, y: Floats, u: Floats, budget: Budget, rng: Generator) -> Floats:
    at = _mode(truth, y, u)
    centre, jacobian = _noisy_jacobian(truth, at, rng)
    gain = np.linalg.solve(np.eye(u.size) + jacobian.T @ jacobian, jacobian.T)
    prior = rng.standard_normal((budget.draws, u.size))
    data = y + rng.standard_normal((budget.draws, y.size))
    return np.asarray(prior + (data - centre - (prior - at) @ jacobian.T) @ gain.T)


def _smoother(truth: Toy, y: Floats, u: Floats, budget: Budget, rng: Generator) -> Floats:
    steps = 4
    ensemble = rng.standard_normal((budget.runs // steps, u.size))
    for _ in range(steps):
        given = truth.simulated(ensemble, rng)
        a, b = ensemble - ensemble.mean(axis=0), given - given.mean(axis=0)
        count = ensemble.shape[0] - 1
        cross, own = a.T @ b / count, b.T @ b / count
        data = y + np.sqrt(steps) * rng.standard_normal(given.shape)
        gain = np.linalg.solve(own + steps * np.eye(y.size), cross.T)
        ensemble = ensemble + (data - given) @ gain
    return ensemble


def _emulated(truth: Toy, y: Floats, u: Floats, budget: Budget, rng: Generator) -> Floats:
    middle = _mode(truth, y, u)
    _, jacobian = _noisy_jacobian(truth, middle, rng)
    sd = np.sqrt(np.diag(np.linalg.inv(np.eye(u.size) + 0.5 * jacobian.T @ jacobian)))
    spread = np.sqrt(1.4) * sd
    points = design(middle, spread, budget.runs - u.size - 1, int(rng.integers(1 << 30)))
    found = train((points - middle) / spread, truth.simulated(points, rng))
    unknown = np.maximum(found.residual - truth.noise**2, 0.0)
    own = found.own_variance(np.full((1, u.size), 0.7))
    density = Posterior(without_scales(truth, y), found, middle, spread, unknown + own)
    chains = sample(density, draws=budget.draws, warm_up=budget.draws // 2, seed=int(rng.integers(1 << 30)),
                    start=middle)  # fmt: skip
    return chains.flat


_EMULATOR = "emulator and Hamiltonian Monte Carlo"
_METHODS: dict[str, Callable[..., Floats]] = {
    "Laplace, forward differences": _laplace,
    "randomised maximum likelihood": _randomised,
    "ensemble smoother, 4 assimilations": _smoother,
    _EMULATOR: _emulated,
}


def twice(seen: Observed) -> Observed:
    """The targets and as many more of the same kinds, to which a draw gives the values."""
    names = (*seen.names, *(f"{name}, again" for name in seen.names))
    both = {
        field: np.concatenate([getattr(seen, field)] * 2)
        for field in ("value", "se", "discrepancy", "bound", "group")
    }
    return Observed(names, groups=seen.groups, **both)


def posterior_sbc(
    density: Posterior, draws: Floats, *, replicates: int, seed: int, kept: int = 99
) -> list[Check]:
    """Posterior SBC: `replicates` draws of `draws` (points, parameters + groups) make data that are added.

    Coverage of 90 % intervals over all parameters, and how many parameters have ranks outside the 99 % band
    of a uniform's ECDF.
    """
    rng = np.random.default_rng(seed)
    seen, count = twice(density.seen), len(density.seen.names)
    doubled = density.emulator.some([*range(count), *range(count)])
    unknown = np.concatenate([density.fixed - density.seen.se**2] * 2)
    ranks = np.empty((replicates, density.parameters))
    for number in range(replicates):
        x = draws[rng.integers(draws.shape[0])]
        # the emulator's error is one for both sets of data: the part of one variance is drawn for each
        error = np.sqrt(density.variance(x))
        new = density.emulator(density.z(x)) + error * rng.standard_normal(count)
        bounds = density.seen.bound != EXACT
        value = np.concatenate([density.seen.value, np.where(bounds, density.seen.value, new)])
        # a bound is drawn as what it is: on its side or not; on the other the sign of the bound turns
        above = new > density.seen.value
        bound = np.where(bounds, np.where(above, AT_LEAST, -AT_LEAST), EXACT).astype(np.int8)
        again = replace(seen, value=value, bound=np.concatenate([density.seen.bound, bound]))
        one = Posterior(again, doubled, density.middle, density.spread, unknown)
        chains = sample(one, draws=kept * 3, warm_up=100, seed=seed + number, start=x, chains=1)
        thin = chains.x[0, ::3, : density.parameters]
        ranks[number] = np.mean(thin < x[: density.parameters], axis=0)
    inside = (ranks > 0.05) & (ranks < 0.95)
    coverage = float(inside.mean())
    outside = sum(not within_bands(ranks[:, k]) for k in range(density.parameters))
    share = outside / density.parameters
    return [
        Check(f"posterior SBC, {replicates} replicates: 90 % intervals of {density.parameters} parameters",
              f"{coverage:.1%} covered", "87 to 93 %", 0.87 <= coverage <= 0.93),
        Check("the same: ranks outside the 99 % band of the ECDF", f"{outside} of {ranks.shape[1]}",
              "1 %, by chance", share <= 0.03),
    ]  # fmt: skip


def within_bands(ranks: Floats) -> bool:
    """Whether numbers between 0 and 1 may be uniform: Kolmogorov's simultaneous band of 99 %."""
    return bool(stats.kstest(ranks, "uniform").pvalue > 0.01)


def toys(*, quick: bool, say: Callable[[str], None], seed: int = 1) -> list[Check]:
    """The checks that need no simulation. `quick`: small toys, for a test."""
    parameters, targets, runs, draws = (20, 60, 240, 700) if quick else (200, 600, 2_400, 1_500)
    say(f"checks: a linear toy of {parameters} parameters")
    found = analytic(parameters, targets, draws=draws, seed=seed)
    say(f"checks: four methods, {runs:,} runs each")
    return found + methods(
        parameters, targets, runs, draws=draws // 2, seed=seed, replicates=6 if quick else 1
    )


def markdown(checks: Sequence[Check], made_by: str, record: dict[str, Any]) -> str:
    """The table as a page."""
    rows = [HEADER, ["---"] * len(HEADER), *(check.row() for check in checks)]
    told = f"Posterior of {record['points']:,} points: `{record['command']}`." if record else ""
    return "\n".join(
        ["# Checks of the posterior", "", f"Written by `{made_by}`. {told}".strip(), "",
         *(f"| {' | '.join(row)} |" for row in rows)]
    ) + "\n"  # fmt: skip
