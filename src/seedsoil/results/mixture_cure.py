"""The mixture-cure model of relative survival, fitted by maximum likelihood.

S(t)/S*(t) = π + (1-π)·exp(-(t/λ)^k): S* is the survival expected of the population, π the share without
excess hazard, k and λ the shape and scale (years) of the net survival of the others.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.errors import InputError
from seedsoil.units import Z95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

logger = logging.getLogger(__name__)

# π is sought within 6e-6 of its ends, and has a standard error only where it is not too near them.
LARGEST_LOGIT = 12.0
LARGEST_LOGIT_WITH_ERROR = 6.0
BOUNDS = [(-LARGEST_LOGIT, LARGEST_LOGIT), (-7.0, 7.0), (-3.0, 3.0)]
# By how much ln L may fall, at one end of the range of π, within a one-sided 95 % limit.
ONE_SIDED_FALL = 1.353


class Data(NamedTuple):
    """Times above 0 in years, their logarithms, who died at the end, and the background hazard then."""

    t: Floats
    log_t: Floats
    dead: NDArray[np.bool_]
    background: Floats

    def loss(self, theta: Floats) -> tuple[float, Floats]:
        """-ln L per woman at (logit π, ln λ, ln k), and its gradient."""
        t, log_t, dead, n = self.t, self.log_t, self.dead, self.t.size
        pi, k = 1.0 / (1.0 + np.exp(-theta[0])), float(np.exp(theta[2]))
        q = 1.0 - pi
        log_u = k * (log_t - theta[1])
        u = np.exp(np.minimum(log_u, 700.0))
        s = np.exp(-u)
        alive = pi + q * s
        f = (k / t) * u * s
        total = self.background + q * f / alive
        value = float(np.sum(np.log(total[dead])) + np.sum(np.log(alive)))
        us = u * s
        # Derivatives of alive and of f by pi, ln λ and ln k; u·ln u and u·s vanish as u → 0, ∞.
        d_alive = (1.0 - s, q * k * us, -q * us * log_u)
        d_excess = (
            -f / alive**2,
            q * (-k * f * (1.0 - u) * alive - f * d_alive[1]) / alive**2,
            q * (f * (1.0 + (1.0 - u) * log_u) * alive - f * d_alive[2]) / alive**2,
        )
        gradient = np.array(
            [
                np.sum((e / total)[dead]) + np.sum(a / alive)
                for a, e in zip(d_alive, d_excess, strict=True)
            ]
        )
        gradient[0] *= pi * q
        return -value / n, -gradient / n


def _data(time: Floats, dead: NDArray[np.bool_], background: Floats) -> Data:
    t = np.asarray(time, dtype=np.float64)
    if not bool(np.all(t > 0)):
        raise InputError("time: a cure fraction is fitted to times above 0 only.")
    return Data(t, np.log(t), dead, background)


def fit_mixture_cure(
    time: Floats, dead: NDArray[np.bool_], background: Floats
) -> tuple[float, float, float, float, float]:
    """π, its standard error, Weibull shape k and scale λ, and the log-likelihood.

    `time` years of follow-up, `dead` whether it ended in death, `background` the hazard of death from other
    causes at that time, per year. Fitted in logit π, ln λ, ln k, with the exact gradient; the error is from
    the inverse of the observed information, and NaN where π is so near 0 or 1 that it says nothing (see
    `fraction_limits`). NaN for no women. Raises InputError unless every time is above 0: the density of a
    Weibull with k < 1 has no bound there.
    """
    from scipy.optimize import minimize

    data = _data(time, dead, background)
    n = data.t.size
    if n == 0:
        return float("nan"), float("nan"), float("nan"), float("nan"), 0.0
    # Starts from the data: many, or few, of those who outlive the follow-up count as cured.
    found = []
    for weight in (0.5, 0.95):
        share = float(np.clip(1.0 - weight * dead.mean(), 0.02, 0.95))
        start = np.array([np.log(share / (1.0 - share)), np.log(np.median(data.t)), 0.0])
        found.append(minimize(data.loss, start, jac=True, method="L-BFGS-B", bounds=BOUNDS))
    best = min(found, key=lambda result: float(result.fun))
    theta = np.asarray(best.x, dtype=np.float64)
    step = 1e-4
    information = np.empty((3, 3))
    for i in range(3):
        shift = np.zeros(3)
        shift[i] = step
        information[i] = (
            n * (data.loss(theta + shift)[1] - data.loss(theta - shift)[1]) / (2.0 * step)
        )
    pi = float(1.0 / (1.0 + np.exp(-theta[0])))
    variance = float("nan")
    if abs(theta[0]) < LARGEST_LOGIT_WITH_ERROR:
        try:
            variance = float(np.linalg.inv(0.5 * (information + information.T))[0, 0])
        except np.linalg.LinAlgError:
            logger.warning(
                "the information of a cure fraction is singular: it has no standard error"
            )
    error = pi * (1.0 - pi) * float(np.sqrt(variance)) if variance >= 0 else float("nan")
    return pi, error, float(np.exp(theta[2])), float(np.exp(theta[1])), -float(best.fun) * n


def fraction_limits(
    pi: float, error: float, time: Floats, dead: NDArray[np.bool_], background: Floats
) -> tuple[float, float]:
    """95 % limits of the fitted π: logit π ± 1.96 standard errors.

    Without a standard error, from 0 to a one-sided limit (or from it to 1): the π at which ln L, highest over
    λ and k, has fallen by 1.353. The other arguments are those of `fit_mixture_cure`.
    """
    if np.isnan(pi):
        return float("nan"), float("nan")
    middle = float(np.log(pi / (1.0 - pi)))
    if np.isfinite(error):
        half = Z95 * error / (pi * (1.0 - pi))
        return _share(middle - half), _share(middle + half)
    from scipy.optimize import brentq, minimize

    data = _data(time, dead, background)
    rest = np.array([np.log(np.median(data.t)), 0.0])

    def fall(logit: float) -> float:
        def loss(other: Floats) -> tuple[float, Floats]:
            value, gradient = data.loss(np.array([logit, *other]))
            return value, gradient[1:]

        best = minimize(loss, rest, jac=True, method="L-BFGS-B", bounds=BOUNDS[1:])
        return float(data.t.size * best.fun)

    end = LARGEST_LOGIT if pi > 0.5 else -LARGEST_LOGIT
    highest = fall(middle) + ONE_SIDED_FALL
    if fall(-end) <= highest:
        return 0.0, 1.0  # the data say nothing
    limit = _share(float(brentq(lambda logit: fall(logit) - highest, -end, middle, xtol=1e-3)))
    return (limit, 1.0) if pi > 0.5 else (0.0, limit)


def _share(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-logit)))
