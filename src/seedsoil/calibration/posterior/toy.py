"""A toy of the shape of the problem: many parameters, more targets, sparse, mildly non-linear.

    g_j(u) = b_j·u + curvature · Σ_i c_ij (u_i² - 1)/√2 + interaction,   each target of a few parameters

What the simulator gives is g with Monte-Carlo noise of standard deviation `noise`, in errors of the targets.
With a curvature of 0 the posterior is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.likelihood import EXACT, Observed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Toy:
    """The toy's truth: lines and squares (parameters, targets), and the targets' errors."""

    lines: Floats
    squares: Floats
    pair: NDArray[np.intp]
    twist: Floats
    error: float
    noise: float

    @property
    def parameters(self) -> int:
        """How many parameters it has."""
        return int(self.lines.shape[0])

    @property
    def targets(self) -> int:
        """How many targets it has."""
        return int(self.lines.shape[1])

    def __call__(self, u: Floats) -> Floats:
        """The targets' true values at u."""
        product = u[..., self.pair[:, 0]] * u[..., self.pair[:, 1]]
        return np.asarray(
            u @ self.lines + (u * u - 1.0) / np.sqrt(2.0) @ self.squares + product * self.twist
        )

    def simulated(self, u: Floats, rng: np.random.Generator) -> Floats:
        """The same with Monte-Carlo noise."""
        exact = self(u)
        return np.asarray(exact + self.noise * self.error * rng.standard_normal(exact.shape))

    def observed(self, values: Floats) -> Observed:
        """Targets observed to be `values`, all of one group without discrepancy."""
        count = self.targets
        return Observed(
            tuple(f"t{j}" for j in range(count)), values, np.full(count, self.error),
            np.zeros(count), np.full(count, EXACT, np.int8), np.zeros(count, np.intp), ("toy",),
        )  # fmt: skip


def toy(
    parameters: int = 200,
    targets: int = 600,
    *,
    curvature: float = 0.15,
    noise: float = 0.2,
    acting: int = 6,
    seed: int = 1,
) -> Toy:
    """A toy in which each target depends on `acting` parameters; `noise` in errors of the targets."""
    rng = np.random.default_rng(seed)
    lines = np.zeros((parameters, targets))
    squares = np.zeros((parameters, targets))
    pair = np.empty((targets, 2), np.intp)
    for j in range(targets):
        which = rng.choice(parameters, min(acting, parameters), replace=False)
        lines[which, j] = rng.standard_normal(which.size)
        squares[which, j] = curvature * rng.standard_normal(which.size)
        pair[j] = which[0], which[-1]
    twist = curvature * rng.standard_normal(targets)
    return Toy(lines, squares, pair, twist, 1.0, noise)
