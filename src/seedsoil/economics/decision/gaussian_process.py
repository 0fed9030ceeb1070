"""A smooth surface of several variables: a Gaussian process with a linear mean and a length scale for each.

y = Hβ + f(x) + ε, f with covariance exp(−½ Σ ((x_j − x'_j)/l_j)²). The length scales maximise the
restricted likelihood of a part of the draws, from several starts; with them all draws are fitted on the
covariances with some hundred inducing points, smoothed by generalised cross-validation. So the work
grows with the draws, not with their cube.

Sources: Rasmussen and Williams 2006, Gaussian Processes, 2.7, 5.4 and 8.3; Strong, Oakley and Brennan
2014, Med Decis Making 34:311.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Floats

TRAINING = 450
"""Draws on which the length scales are found."""
INDUCING = 350
"""Points on whose covariances all draws are fitted; at most a third as many as draws."""
STARTS = ((1.0, -2.0), (2.5, -5.0), (0.3, -1.0))
"""Of the search: log length scale, in standard deviations, and log of noise over signal."""
_BOUNDS, _NOISE_BOUNDS = (-2.0, 6.0), (-14.0, 6.0)
_PRIOR_MEAN, _PRIOR_SD = (
    1.5,
    3.0,
)  # of a log length scale: weak, so that a variable without effect comes to rest
_JITTER = 1e-8


@dataclass(frozen=True)
class Surface:
    """The basis of a surface; `rows` makes it at points, `penalty` weighs its coefficients."""

    centre: Floats
    scale: Floats
    lengths: Floats
    points: Floats
    root: Floats

    @property
    def penalty(self) -> Floats:
        """The linear mean is free."""
        free = 1 + self.centre.size
        return np.diag(np.concatenate([np.zeros(free), np.ones(self.points.shape[0])]))

    def rows(self, x: Floats) -> Floats:
        """The basis at `x[n, variables]`: `float64[n, p]`."""
        z = (x - self.centre) / self.scale
        near = _covariance(self.points, z / self.lengths)
        return np.hstack(
            [np.ones((x.shape[0], 1)), z, solve_triangular(self.root, near, lower=True).T]
        )


def surface_of(x: Floats, responses: Floats, *, seed: int = 1) -> Surface:
    """The basis of surfaces over the points `x[n, variables]`, one for all of `responses[n, q]`.

    Its length scale of a variable is the shortest that any response asks for.
    """
    width = np.ptp(x, axis=0)  # first, or squares of the smallest numbers would be nothing
    centre, scale = x.mean(axis=0), width * (x / width).std(axis=0)
    z = (x - centre) / scale
    rng = np.random.default_rng(seed)
    part = rng.permutation(x.shape[0])[:TRAINING]
    spread = responses.std(axis=0)
    moving = responses[:, spread > 0.0] / spread[spread > 0.0]
    found = [_length_scales(z[part], one[part] - one.mean()) for one in moving.T]
    lengths = np.min(found, axis=0) if found else np.ones(x.shape[1])
    points = np.unique(z[rng.permutation(x.shape[0])[: 4 * INDUCING]], axis=0)
    count = max(1, min(INDUCING, x.shape[0] // 3))
    points = points[rng.permutation(points.shape[0])[:count]] / lengths
    covariance = _covariance(points, points) + _JITTER * np.eye(points.shape[0])
    return Surface(centre, scale, lengths, points, cholesky(covariance, lower=True))


def _covariance(one: Floats, other: Floats) -> Floats:
    apart = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2.0 * one @ other.T
    found: Floats = np.exp(-0.5 * np.maximum(apart, 0.0))
    return found


def _length_scales(z: Floats, y: Floats) -> Floats:
    mean = np.hstack([np.ones((z.shape[0], 1)), z])
    # A variable that others give exactly would leave the mean without an answer.
    left, size, _ = np.linalg.svd(mean, full_matrices=False)
    mean = left[:, size > 1e-8 * size[0]]
    count = z.shape[1]
    tries = [
        minimize(
            _restricted_likelihood,
            np.concatenate([np.full(count, length), [noise]]),
            args=(z, y, mean),
            jac=True,
            method="L-BFGS-B",
            bounds=[_BOUNDS] * count + [_NOISE_BOUNDS],
            options={"maxiter": 60},
        )
        for length, noise in STARTS
    ]
    best = min(tries, key=lambda one: float(one.fun))
    found: Floats = np.exp(best.x[:count])
    return found


def _restricted_likelihood(
    theta: Floats, z: Floats, y: Floats, mean: Floats
) -> tuple[float, Floats]:
    """Minus the log restricted likelihood, less a weak prior of the length scales, and its gradient."""
    count, n = z.shape[1], y.size
    scaled, noise = z / np.exp(theta[:count]), float(np.exp(theta[count]))
    signal = _covariance(scaled, scaled)
    root = cholesky(signal + noise * np.eye(n), lower=True)
    inverse_root = solve_triangular(root, np.eye(n), lower=True)
    inverse = inverse_root.T @ inverse_root
    weighted = inverse @ mean
    mean_root = cholesky(mean.T @ weighted, lower=True)
    part = solve_triangular(mean_root, weighted.T, lower=True)
    projection = inverse - part.T @ part
    projected = projection @ y
    freedom = n - mean.shape[1]
    variance = max(float(y @ projected) / freedom, 1e-300)
    prior = (theta[:count] - _PRIOR_MEAN) / _PRIOR_SD
    value = 0.5 * freedom * np.log(variance) + np.log(np.diag(root)).sum()
    value += np.log(np.diag(mean_root)).sum() + 0.5 * float(prior @ prior)
    change = projection - np.outer(projected, projected) / variance
    weights = change * signal
    total = weights.sum(axis=1)
    gradient = np.empty(count + 1)
    gradient[:count] = (scaled**2).T @ total - np.einsum("ij,ij->j", scaled, weights @ scaled)
    gradient[:count] += prior / _PRIOR_SD
    gradient[count] = 0.5 * noise * np.trace(change)
    return float(value), gradient
