"""The emulator: every statistic as a smooth function of the parameters, learnt from the cloud.

    g_j(z) = a_j + Σ_i b_ij z_i + Σ_i c_ij (z_i² - 1)/√2 + Σ_(i,k)∈I_j d_ikj z_i z_k

at z = (u - middle)/spread.

The columns are orthonormal over the cloud. Coefficients come by ridge regression whose penalty, apart for
lines and squares, each statistic chooses by generalised cross-validation (Golub, Heath and Wahba 1979); the
interactions I_j are those whose correlation with what is left is beyond what chance gives the strongest.

Shares of trials are log-odds of few women. Their working response, η + (k/n - p)/(p (1 - p)) at the
p = 1/(1 + e^-η) of the step before, has the mean η whatever n is, so that small arms bias nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.calibration.posterior.known import mean_known, variance_known

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Chosen = tuple[NDArray[np.intp], NDArray[np.intp]]

HOLD_OUT = 400
"""Points on which an emulator of the others is judged, at most a fifth of all."""
_SQUARES = (1.0, 8.0, 64.0)
"""Penalties of squares, in those of lines."""
_PENALTIES = np.geomspace(1e-3, 1e5, 33)
_MOST_INTERACTIONS = 24
_STEPS = 4
"""Of working responses, and of lines and interactions in turn."""
_ROOT2 = float(np.sqrt(2.0))


@dataclass(frozen=True)
class Emulator:
    """Statistics as functions of z, shape (…, parameters) → (…, statistics).

    `products`: sparse, shape (statistics, pairs). `residual`: variance of the simulated values around it,
    Monte-Carlo error and lack of fit together; `freedom`: effective coefficients; `held_out`: mean squared
    error on points that an emulator of the others had not seen, in the variance of the values (1: it explains
    nothing).
    """

    intercept: Floats
    lines: Floats
    squares: Floats
    pairs: NDArray[np.intp]
    products: Any
    residual: Floats
    freedom: Floats
    held_out: Floats
    penalty: Floats
    points: int

    def __call__(self, z: Floats) -> Floats:
        """The statistics at z."""
        found = self.intercept + z @ self.lines + (z * z - 1.0) / _ROOT2 @ self.squares
        if self.pairs.size:
            both = (z[..., self.pairs[:, 0]] * z[..., self.pairs[:, 1]]).reshape(
                -1, len(self.pairs)
            )
            found = found + (self.products @ both.T).T.reshape(found.shape)
        return np.asarray(found)

    @cached_property
    def _ends(self) -> tuple[Any, Any]:
        """Which parameter is the first, and the second, of each pair: sparse, shape (parameters, pairs)."""
        from scipy import sparse

        count = len(self.pairs)
        shape = (self.lines.shape[0], count)
        one, number = np.ones(count), np.arange(count)
        return tuple(
            sparse.csr_array((one, (self.pairs[:, side], number)), shape=shape) for side in (0, 1)
        )

    def pulled_back(self, z: Floats, weight: Floats) -> Floats:
        """Σ_j weight_j ∂g_j/∂z, shape (points, parameters), of z and weights of as many points."""
        found = weight @ self.lines.T + (weight @ self.squares.T) * z * _ROOT2
        if self.pairs.size:
            each = self.products.T @ weight.T
            first, second = self._ends
            found = found + (first @ (each * z[:, self.pairs[:, 1]].T)).T
            found = found + (second @ (each * z[:, self.pairs[:, 0]].T)).T
        return np.asarray(found)

    def jacobian(self, z: Floats) -> Floats:
        """∂g/∂z at one z, shape (statistics, parameters)."""
        each = np.broadcast_to(z, (self.intercept.size, z.size))
        return self.pulled_back(each, np.eye(self.intercept.size))

    def some(self, which: Sequence[int] | NDArray[Any]) -> Emulator:
        """The emulator of these statistics alone."""
        index = np.asarray(which)
        products = self.products[index]
        used = np.unique(products.indices)
        return Emulator(
            self.intercept[index], self.lines[:, index], self.squares[:, index],
            self.pairs[used], products[:, used], self.residual[index], self.freedom[index],
            self.held_out[index], self.penalty[index], self.points,
        )  # fmt: skip

    def own_variance(self, z: Floats) -> Floats:
        """Variance of g itself over points z: the residual times the mean leverage.

        With orthonormal columns the leverage grows with the mean of z², which is 1 in the cloud.
        """
        freedom = np.minimum(self.freedom, self.points - 1.0)
        reach = max(float(np.mean(z * z)), 1.0 / z.shape[-1])
        return np.asarray(self.residual * freedom / self.points * reach)


def basis(z: Floats) -> Floats:
    """Columns 1, z, (z² - 1)/√2 at points z of shape (points, parameters)."""
    return np.concatenate([np.ones((z.shape[0], 1)), z, (z * z - 1.0) / _ROOT2], axis=1)


def train(z: Floats, values: Floats, women: NDArray[np.int32] | None = None) -> Emulator:
    """The emulator of `values` (points, statistics) at z (points, parameters).

    `women`: behind each value that is the log-odds of a share of theirs, (k + ½)/(n - k + ½), else 0. NaN in
    `values`: not simulated there.
    """
    held = min(HOLD_OUT, z.shape[0] // 5)
    counts = np.zeros(values.shape, np.int32) if women is None else women
    kept = np.arange(z.shape[0]) % max(z.shape[0] // max(held, 1), 1) != 1
    judged = _trained(z[kept], values[kept], counts[kept])
    left = (values - judged(z))[~kept]
    total = variance_known(values)
    held_out = mean_known(left**2) / np.where(total > 0.0, total, np.nan)
    whole = _trained(z, values, counts)
    return replace(whole, held_out=held_out)


def _trained(z: Floats, values: Floats, women: NDArray[np.int32]) -> Emulator:
    from scipy import sparse

    points, parameters = z.shape
    known = np.isfinite(values)
    start = np.nan_to_num(mean_known(values))
    eta = np.tile(start, (points, 1))
    response = np.where(known, values, eta)
    solver = _Ridge(basis(z))
    chosen = solver.choose(response)
    pairs = np.zeros((0, 2), np.intp)
    products = np.zeros((0, values.shape[1]))
    share = _shares(values, women)
    for step in range(_STEPS):
        coefficients = solver.solve(response - _product_part(z, pairs, products), chosen)
        smooth = solver.columns @ coefficients
        if step == 1:
            pairs, products = _interactions(z, response - smooth, known)
        elif step > 1:
            products = _refitted(z, pairs, products, response - smooth)
        eta = smooth + _product_part(z, pairs, products)
        response = _working(values, women, share, eta, known)
        if step == 0:
            chosen = solver.choose(response)
    left = np.where(known, response - eta, 0.0)
    freedom = solver.freedom(chosen) + np.count_nonzero(products, axis=0)
    count = np.count_nonzero(known, axis=0)
    residual = np.sum(left**2, axis=0) / np.maximum(count - np.minimum(freedom, 0.9 * count), 1.0)
    lines = coefficients[1 : 1 + parameters]
    squares = coefficients[1 + parameters :]
    return Emulator(
        coefficients[0], lines, squares, pairs, sparse.csr_array(products.T), residual, freedom,
        np.full(values.shape[1], np.nan), solver.penalties[chosen[1]], points,
    )  # fmt: skip


def _shares(values: Floats, women: NDArray[np.int32]) -> Floats:
    """k/n of log-odds ln((k + ½)/(n - k + ½)) of n women."""
    n = np.maximum(women, 1)
    odds = np.exp(np.clip(np.nan_to_num(values), -30.0, 30.0))
    return np.asarray(np.clip((odds * (n + 0.5) - 0.5) / (1.0 + odds) / n, 0.0, 1.0))


def _working(
    values: Floats, women: NDArray[np.int32], share: Floats, eta: Floats, known: NDArray[np.bool_]
) -> Floats:
    """What the next step is regressed on."""
    p = 1.0 / (1.0 + np.exp(-np.clip(eta, -8.0, 8.0)))
    log_odds = np.clip(eta, -8.0, 8.0) + (share - p) / (p * (1.0 - p))
    found = np.where(women > 0, log_odds, values)
    return np.asarray(np.where(known, found, eta))


class _Ridge:
    """Ridge regressions on the same columns, the intercept free; one decomposition a ratio of penalties."""

    def __init__(self, columns: Floats) -> None:
        self.columns = columns
        points, width = columns.shape
        parameters = (width - 1) // 2
        self.penalties = _PENALTIES * points / 1_000.0
        self._middle = columns[:, 1:].mean(axis=0)
        self._centred = columns[:, 1:] - self._middle
        gram = self._centred.T @ self._centred
        self._scaled = []
        for ratio in _SQUARES:
            scale = np.concatenate([np.ones(parameters), np.full(parameters, ratio**-0.5)])
            values, vectors = np.linalg.eigh(gram * np.outer(scale, scale))
            kept = values > 1e-9 * values[-1]
            self._scaled.append((values[kept], scale[:, None] * vectors[:, kept]))

    def choose(self, response: Floats) -> Chosen:
        """By statistic the ratio of penalties and the penalty of least GCV."""
        points = response.shape[0]
        centred = response - response.mean(axis=0)
        total = np.sum(centred**2, axis=0)
        onto = self._centred.T @ centred
        scores = []
        for values, vectors in self._scaled:
            along = (vectors.T @ onto) ** 2 / values[:, None]
            for penalty in self.penalties:
                shrink = values / (values + penalty)
                rest = total - (2.0 * shrink - shrink**2) @ along
                scores.append(rest / np.maximum(1.0 - (1.0 + shrink.sum()) / points, 1e-3) ** 2)
        best = np.argmin(np.array(scores), axis=0)
        return best // self.penalties.size, best % self.penalties.size

    def solve(self, response: Floats, chosen: Chosen) -> Floats:
        """Coefficients, shape (columns, statistics)."""
        mean = response.mean(axis=0)
        onto = self._centred.T @ (response - mean)
        found = np.empty((self.columns.shape[1], response.shape[1]))
        for k, (values, vectors) in enumerate(self._scaled):
            here = np.flatnonzero(chosen[0] == k)
            shrunk = (vectors.T @ onto[:, here]) / (
                values[:, None] + self.penalties[chosen[1][here]]
            )
            found[1:, here] = vectors @ shrunk
        found[0] = mean - self._middle @ found[1:]
        return found

    def freedom(self, chosen: Chosen) -> Floats:
        """Effective coefficients of each statistic."""
        found = np.ones(chosen[0].size)
        for k, (values, _) in enumerate(self._scaled):
            here = chosen[0] == k
            penalty = self.penalties[chosen[1][here]]
            found[here] += np.sum(values[:, None] / (values[:, None] + penalty), axis=0)
        return found


def _interactions(
    z: Floats, left: Floats, known: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], Floats]:
    """The pairs whose product explains what is `left` beyond chance, and their coefficients.

    Beyond chance: a correlation that the strongest of all pairs has with noise once in twenty statistics.
    """
    from scipy import special

    points, parameters = z.shape
    if parameters < 2:
        return np.zeros((0, 2), np.intp), np.zeros((0, left.shape[1]))
    candidates = parameters * (parameters - 1) // 2
    least = -float(special.ndtri(0.025 / candidates))
    rest = np.where(known, left, 0.0)
    rest = (rest - rest.mean(axis=0)) / np.where(rest.std(axis=0) > 0.0, rest.std(axis=0), 1.0)
    strongest: list[list[tuple[float, int, int]]] = [[] for _ in range(left.shape[1])]
    for i in range(parameters - 1):
        products = z[:, i : i + 1] * z[:, i + 1 :]
        t = rest.T @ (products / np.sqrt(np.mean(products**2, axis=0))) / np.sqrt(points)
        for j, k in np.argwhere(np.abs(t) > least):
            strongest[j].append((float(-abs(t[j, k])), i, i + 1 + int(k)))
    wanted = [sorted(found)[:_MOST_INTERACTIONS] for found in strongest]
    pairs = sorted({(i, k) for found in wanted for _, i, k in found})
    place = {pair: n for n, pair in enumerate(pairs)}
    products = np.zeros((len(pairs), left.shape[1]))
    for j, found in enumerate(wanted):
        products[[place[i, k] for _, i, k in found], j] = 1.0
    index = np.array(pairs, np.intp).reshape(-1, 2)
    return index, _refitted(z, index, products, np.where(known, left, 0.0))


def _refitted(z: Floats, pairs: NDArray[np.intp], products: Floats, left: Floats) -> Floats:
    """Coefficients of the products in use (not 0), by least squares."""
    found = np.zeros_like(products)
    for j in np.flatnonzero(np.any(products != 0.0, axis=0)):
        use = np.flatnonzero(products[:, j])
        columns = z[:, pairs[use, 0]] * z[:, pairs[use, 1]]
        found[use, j] = np.linalg.lstsq(columns, left[:, j] - left[:, j].mean(), rcond=None)[0]
    return found


def _product_part(z: Floats, pairs: NDArray[np.intp], products: Floats) -> Floats:
    if not pairs.size:
        return np.zeros((z.shape[0], products.shape[1]))
    return np.asarray((z[:, pairs[:, 0]] * z[:, pairs[:, 1]]) @ products)
