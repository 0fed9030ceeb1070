"""Checks of the machinery by problems whose answer is known.

- *analytic*: a linear toy, whose posterior is a known normal: means and spreads in Monte-Carlo errors.
- *methods*: the emulator beside Laplace with a Jacobian by forward differences of noisy runs, randomised
  maximum likelihood with the same Jacobian (Oliver, He and Reynolds 1996), and ensemble smoothing with four
  assimilations (Emerick and Reynolds 2013), at one budget of runs on a toy that is mildly curved; and the
  exact posterior, sampled on the toy itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from seedsoil.calibration.posterior.cloud import design
from seedsoil.calibration.posterior.diagnostics import converged, diagnosed
from seedsoil.calibration.posterior.emulator import Emulator, train
from seedsoil.calibration.posterior.kept import kept_parts
from seedsoil.calibration.posterior.likelihood import Observed, Posterior
from seedsoil.calibration.posterior.sampler import sample
from seedsoil.calibration.posterior.toy import Toy, toy
from seedsoil.calibration.posterior.verdict import Check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Floats = NDArray[np.float64]
Generator = np.random.Generator

REPLICATES = 8
"""Toys of full size on which the methods are compared."""
_STEP = 0.5
"""Of the forward differences, as in the fits."""


class Budget(NamedTuple):
    """How many noisy runs a method has, and how many draws it gives."""

    runs: int
    draws: int


def without_scales(truth: Toy, y: Floats) -> Observed:
    """The toy's data `y` with known errors."""
    return replace(truth.observed(y), groups=())


def as_emulator(truth: Toy) -> Emulator:
    """The toy as an emulator that is exact."""
    nothing = np.zeros(truth.targets)
    return Emulator(
        nothing, truth.lines, truth.squares, truth.pair, sparse.csr_array(np.diag(truth.twist)), nothing,
        nothing, nothing, nothing, 1,
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
              ">= 1,000, < 1.01", converged(ess.min(), hats.max())),
    ]  # fmt: skip


def methods(
    parameters: int,
    targets: int,
    budget: Budget,
    *,
    seed: int,
    replicates: int,
    place: Path | None = None,
    threads: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> list[Check]:
    """Four methods at one budget of noisy runs of curved toys, and the exact posterior: coverage and spread.

    A replicate is a toy of its own; `place` keeps them one by one.
    """

    def made(number: int) -> dict[str, NDArray[Any]]:
        covered, width = _compared(parameters, targets, budget, seed + number)
        return {"covered": covered, "width": width}

    asked = {"toy": [parameters, targets, *budget], "seed": seed}
    parts = kept_parts(
        place, asked, replicates, made, threads=threads, what="four methods, replicates", say=say
    )
    covered, width = (np.stack([part[name] for part in parts]) for name in ("covered", "width"))
    checks = []
    for k, name in enumerate(_METHODS):
        coverage = float(covered[:, k].mean())
        error = float(covered[:, k].std(ddof=1) / np.sqrt(replicates)) if replicates > 1 else 0.0
        spread = float(np.mean(width[:, k] / width[:, -1]))
        runs = "the toy itself" if name == _EXACT else f"{budget.runs:,} runs"
        checks.append(
            Check(f"{replicates} curved toys of {parameters} parameters, {runs}: {name}",
                  f"{coverage:.1%} ± {error:.1%} covered, sd {spread:.2f} of the exact",
                  "95 % ± 1 % and three errors, sd 0.9 to 1.1",
                  abs(coverage - 0.95) < 0.01 + 3.0 * error and 0.9 <= spread <= 1.1)
        )  # fmt: skip
    return checks


def _compared(parameters: int, targets: int, budget: Budget, seed: int) -> tuple[Floats, Floats]:
    """By method, the share of parameters that 95 % intervals cover, and the mean spread of draws."""
    truth = toy(parameters, targets, seed=seed)
    rng = np.random.default_rng(seed)
    u = rng.standard_normal(parameters)
    y = truth(u) + rng.standard_normal(targets)
    covered, width = [], []
    for method in _METHODS.values():
        found = method(truth, y, u, budget, rng)
        low, high = np.quantile(found, (0.025, 0.975), axis=0)
        covered.append(float(np.mean((u > low) & (u < high))))
        width.append(float(found.std(axis=0).mean()))
    return np.array(covered), np.array(width)


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


def _exact(truth: Toy, y: Floats, u: Floats, budget: Budget, rng: Generator) -> Floats:
    zero, one = np.zeros(u.size), np.ones(u.size)
    density = Posterior(without_scales(truth, y), as_emulator(truth), zero, one, np.zeros(y.size))
    chains = sample(density, draws=budget.draws, warm_up=budget.draws // 2, seed=int(rng.integers(1 << 30)),
                    start=_mode(truth, y, u))  # fmt: skip
    return chains.flat


_EXACT = "exact posterior"
_METHODS: dict[str, Callable[..., Floats]] = {
    "Laplace, forward differences": _laplace,
    "randomised maximum likelihood": _randomised,
    "ensemble smoother, 4 assimilations": _smoother,
    "emulator and Hamiltonian Monte Carlo": _emulated,
    _EXACT: _exact,
}


def toys(
    *,
    quick: bool,
    say: Callable[[str], None],
    place: Path | None = None,
    threads: int = 1,
    seed: int = 1,
) -> list[Check]:
    """The checks that need no simulation. `quick`: small toys, for a test. `place` keeps what takes long."""
    parameters, targets, runs, draws = (20, 60, 240, 700) if quick else (200, 600, 2_400, 1_500)
    say(f"checks: a linear toy of {parameters} parameters")
    found = analytic(parameters, targets, draws=draws, seed=seed)
    return found + methods(
        parameters, targets, Budget(runs, draws // 2), seed=seed, place=place, threads=threads, say=say,
        replicates=6 if quick else REPLICATES,
    )  # fmt: skip
