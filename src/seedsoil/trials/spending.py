"""Boundaries of group-sequential tests, by spending functions of Lan and DeMets.

At the looks the test statistics Z of a log-rank test are those of a Brownian motion: Z = B(t)/√t, t the
share of the planned events, with drift θ = the expected Z at t = 1 (Lan and DeMets 1983, Biometrika 70:659;
Jennison and Turnbull, Group Sequential Methods, 2000, chapter 19). What is left between the boundaries is
carried from look to look by numerical integration (Armitage, McPherson and Rowe 1969, J R Stat Soc A
132:235). Large Z is good.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Floats = NDArray[np.float64]

_NODES = 256  # of the quadrature between two boundaries
_FAR = 9.0  # standard deviations beyond which nothing lies


@dataclass(frozen=True)
class Boundaries:
    """At each look: the share of the events, Z at which the trial stops for efficacy, and for futility.

    Z is infinite where no trial stops; at the last look there is no futility, only efficacy or none.
    """

    at: tuple[float, ...]
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]


def spent(kind: str, error: float, at: float) -> float:
    """What is spent of a one-sided `error` when the share `at` of the events is there.

    `kind`: obrien-fleming, 2 - 2Φ(z/√at) with z the quantile of 1 - error/2; pocock, error·ln(1 + (e -
    1)·at); none, nothing before the last look. Raises InputError for another kind.
    """
    from scipy.special import ndtr, ndtri

    if at >= 1.0:
        return error
    if kind == "obrien-fleming":
        return float(2.0 * ndtr(ndtri(0.5 * error) / math.sqrt(at)))
    if kind == "pocock":
        return error * math.log1p((math.e - 1.0) * at)
    if kind == "none":
        return 0.0
    raise InputError(f"spending '{kind}': allowed are obrien-fleming, pocock and none.")


def boundaries(
    at: Sequence[float],
    alpha: float = 0.025,
    efficacy: str = "obrien-fleming",
    futility: str = "none",
    beta: float = 0.1,
) -> Boundaries:
    """The boundaries of looks at the shares `at` of the events, ascending, the last one 1.

    The one-sided `alpha` is spent as `efficacy` says and does not rest on stopping for futility (which is
    non-binding). `futility` spends `beta` at the drift for which a trial that heeds it has the power
    1 - beta. Raises InputError for looks that do not ascend to 1 and errors that are not between 0 and 0.5.
    """
    shares = tuple(float(share) for share in at)
    steps = np.diff([0.0, *shares])
    if not shares or (steps <= 0.0).any() or shares[-1] != 1.0:
        raise InputError(
            f"looks at {list(shares)}: shares of the events must ascend, from above 0 to 1."
        )
    for name, error in (("alpha", alpha), ("beta", beta)):
        if not 0.0 < error < 0.5:
            raise InputError(f"{name} = {error:g}: must be above 0 and below 0.5.")
    upper = _solve(shares, [spent(efficacy, alpha, share) for share in shares])
    lower = [-math.inf] * len(shares)
    if futility != "none":
        from scipy.optimize import brentq

        targets = [spent(futility, beta, share) for share in shares]

        def missed(drift: float) -> float:
            below = _futility(shares, upper, targets, drift)
            return 1.0 - sum(crossing(shares, upper, below, drift)[0]) - beta

        drift = brentq(missed, 0.1, 12.0, xtol=1e-9)
        lower = _futility(shares, upper, targets, drift)
    return Boundaries(shares, tuple(upper), tuple(lower))


def crossing(
    at: Sequence[float], efficacy: Sequence[float], futility: Sequence[float], drift: float = 0.0
) -> tuple[list[float], list[float]]:
    """The probabilities to stop at each look for efficacy, and for futility, at a drift (expected last Z)."""
    walk = _Walk(drift)
    above, below = [], []
    for share, high, low in zip(at, efficacy, futility, strict=True):
        walk.to(share)
        above.append(walk.above(high))
        below.append(walk.below(low))
        walk.keep(low, high)
    return above, below


def _solve(shares: Sequence[float], targets: Sequence[float]) -> list[float]:
    """Z of the upper boundary that spends `targets`, cumulative, without drift and without a lower one."""
    walk, found, before = _Walk(0.0), [], 0.0
    for share, target in zip(shares, targets, strict=True):
        walk.to(share)
        found.append(_root(walk.above, target - before, -_FAR, _FAR))
        walk.keep(-math.inf, found[-1])
        before = target
    return found


def _futility(
    shares: Sequence[float], upper: Sequence[float], targets: Sequence[float], drift: float
) -> list[float]:
    """Z of the lower boundary that spends `targets` at a drift; none at the last look."""
    walk, found, before = _Walk(drift), [], 0.0
    for share, target, high in zip(shares[:-1], targets[:-1], upper[:-1], strict=True):
        walk.to(share)
        found.append(-_root(lambda z: walk.below(-z), target - before, -high, _FAR))
        walk.keep(found[-1], high)
        before = target
    return [*found, -math.inf]


def _root(tail: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Z from `low` to `high` at which a falling tail is `target`; infinite for none, `low` for all."""
    from scipy.optimize import brentq

    if target <= tail(high):
        return math.inf
    if target >= tail(low):
        return low
    return float(brentq(lambda z: tail(z) - target, low, high, xtol=1e-10))


@cache
def _legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


class _Walk:
    """The Brownian motion that has not crossed a boundary so far: `mass` at points `x`, at the time `now`."""

    def __init__(self, drift: float) -> None:
        self.drift = drift
        self.before = self.now = 0.0
        self.x, self.mass = np.zeros(1), np.ones(1)

    def to(self, time: float) -> None:
        self.before, self.now = self.now, time

    def above(self, z: float) -> float:
        """The probability of having come so far and being above Z = `z` now."""
        from scipy.special import ndtr

        return float(self.mass @ ndtr(-self._steps(z)))

    def below(self, z: float) -> float:
        """The probability of having come so far and being below Z = `z` now."""
        from scipy.special import ndtr

        return float(self.mass @ ndtr(self._steps(z)))

    def _steps(self, z: float) -> Floats:
        """Z as standard deviations from where each point's step leads."""
        step = self.now - self.before
        steps: Floats = (z * math.sqrt(self.now) - self.x - self.drift * step) / math.sqrt(step)
        return steps

    def keep(self, low: float, high: float) -> None:
        """Leave only what is between Z = `low` and `high` now."""
        spread, centre = math.sqrt(self.now), self.drift * self.now
        left = max(low * spread, centre - _FAR * spread)
        right = min(high * spread, centre + _FAR * spread)
        nodes, weights = _legendre()
        half = 0.5 * max(right - left, 0.0)
        points = 0.5 * (left + right) + half * nodes
        step = self.now - self.before
        off = (points[:, None] - self.x[None, :] - self.drift * step) / math.sqrt(step)
        density = np.exp(-0.5 * off * off) @ self.mass / math.sqrt(2.0 * math.pi * step)
        self.x, self.mass = points, half * weights * density
