"""Penalised least squares of many responses on one basis, smoothed as generalised cross-validation says.

y = Bβ + ε, minimising |y − Bβ|² + λ βᵀRβ. In the coordinates in which BᵀB is the identity and R diagonal
(d), the fit is b/(1 + λd) for every λ at once, so that GCV, n·RSS/(n − edf)², costs nothing. Given λ, β
has a normal posterior, from which fits are drawn (Wahba 1983, J R Stat Soc B 45:133; Wood 2017,
Generalized Additive Models, 6.10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import eigh

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Floats

_RANK = 1e-11  # directions of the basis with less than this share of its largest are left out
_STEPS = 80  # of log λ


@dataclass(frozen=True)
class Fit:
    """Fits of `responses` columns: `fitted[n, responses]`; what is needed to predict and to draw again."""

    fitted: Floats
    basis: Floats
    to_basis: Floats
    coefficients: Floats
    shrink: Floats
    residual: Floats
    freedom: Floats

    def at(self, basis: Floats) -> Floats:
        """The fit where the basis has these rows: `float64[rows, responses]`."""
        found: Floats = basis @ (self.to_basis @ self.coefficients)
        return found

    def drawn(self, count: int, rng: np.random.Generator) -> Floats:
        """Fits drawn from their posterior: `float64[count, n, responses]`.

        Responses whose residuals go together are drawn together.
        """
        responses = self.fitted.shape[1]
        covariance = np.atleast_2d(self.residual.T @ self.residual)
        freedom = np.sqrt(
            np.outer(self.basis.shape[0] - self.freedom, self.basis.shape[0] - self.freedom)
        )
        values, vectors = np.linalg.eigh(covariance / np.maximum(freedom, 1.0))
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        noise = rng.standard_normal((count, self.basis.shape[1], responses)) @ root.T
        noise *= np.sqrt(self.shrink)
        moved = np.tensordot(noise, self.basis, axes=(1, 1))  # count, responses, n
        found: Floats = self.fitted + moved.transpose(0, 2, 1)
        return found


def fit(basis: Floats, penalty: Floats, responses: Floats) -> Fit:
    """Fit each column of `responses` on `basis[n, p]` under `penalty[p, p]`, with a λ of its own.

    Directions that the penalty leaves free are not smoothed.
    """
    n = basis.shape[0]
    lengths, turn = eigh(basis.T @ basis)
    held = lengths > _RANK * lengths[-1]
    whiten = turn[:, held] / np.sqrt(lengths[held])
    weight, turn = eigh(whiten.T @ penalty @ whiten)
    weight = np.maximum(weight, 0.0)
    weight[weight < 1e-9 * max(weight[-1], 1e-300)] = 0.0
    to_basis = whiten @ turn
    flat = basis @ to_basis
    b = flat.T @ responses
    rough = ((responses - flat @ b) ** 2).sum(axis=0)
    lost, freedom, steps = _paths(weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = n * (rough + lost @ b**2) / np.maximum(n - freedom, 1e-9)[:, None] ** 2
    chosen = score.argmin(axis=0)
    shrink = steps[chosen].T
    coefficients = b * shrink
    fitted = flat @ coefficients
    return Fit(
        fitted=fitted,
        basis=flat,
        to_basis=to_basis,
        coefficients=coefficients,
        shrink=shrink,
        residual=responses - fitted,
        freedom=freedom[chosen],
    )


def _paths(weight: Floats) -> tuple[Floats, Floats, Floats]:
    """By λ: what each squared coefficient adds to the residual sum, degrees of freedom, and shrinkage."""
    smoothed = weight[weight > 0.0]
    if smoothed.size == 0:
        steps = np.ones((1, weight.size))
    else:
        logs = np.linspace(-np.log(smoothed[-1]) - 7.0, 7.0 - np.log(smoothed[0]), _STEPS)
        steps = 1.0 / (1.0 + np.exp(logs)[:, None] * weight)
    return (1.0 - steps) ** 2, steps.sum(axis=1), steps
