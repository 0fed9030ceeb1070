"""The value of knowing something before choosing, by regression of the net benefit on it.

E over what is known of max_j E[NB_j | known] − max_j E[NB_j]. The inner expectation is a smooth function
of what is known: a regression of the incremental net benefits on it, draw by draw, estimates it without
simulating anything again.

Source: Strong, Oakley and Brennan 2014, Med Decis Making 34:311.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.decision.algebra import one_thread
from seedsoil.economics.decision.gaussian_process import surface_of
from seedsoil.economics.decision.penalised import fit
from seedsoil.economics.decision.spline import spline_of

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Draws, Floats
    from seedsoil.economics.decision.penalised import Fit

POSTERIOR_DRAWS = 100
"""Fits drawn for a standard error, which they give to 7 %."""


class Estimate(NamedTuple):
    """A value with its standard error: of the fit and of the finite number of draws together."""

    value: float
    se: float


class Known(NamedTuple):
    """Net benefits given what is known: indices of the strategies, and the fit of their increments."""

    strategies: tuple[int, ...]
    fit: Fit

    def gain(self, fitted: Floats) -> Floats:
        """What choosing with knowledge gains in each draw: `float64[..., draws]`."""
        mean = fitted.mean(axis=-2)
        first = mean.argmax(axis=-1)[..., None, None]
        chosen = np.take_along_axis(fitted, first, axis=-1)[..., 0]
        best = np.where(mean.max(axis=-1, keepdims=True) > 0.0, chosen, 0.0)
        found: Floats = np.maximum(fitted.max(axis=-1), 0.0) - best
        return found

    @one_thread()
    def estimate(self, most: float, *, seed: int = 1) -> Estimate:
        """The value with its standard error; never below 0 or above `most`, that of knowing everything."""
        gain = self.gain(self.fit.fitted)
        drawn = self.fit.drawn(POSTERIOR_DRAWS, np.random.default_rng(seed))
        of_fit = float(self.gain(drawn).mean(axis=-1).std(ddof=1))
        of_draws = float(gain.std(ddof=1)) / math.sqrt(gain.size)
        return Estimate(min(max(float(gain.mean()), 0.0), most), math.hypot(of_fit, of_draws))


def competing(draws: Draws, k: float) -> tuple[int, ...]:
    """The strategies beside the reference that are best in some draw, of equal ones the first."""
    increments = draws.increments(k)
    top = increments.max(axis=1, keepdims=True)
    found: list[int] = []
    for j in draws.others:
        differs = increments[:, j].any() and not any(draws.same(j, i) for i in found)
        if differs and (increments[:, [j]] >= top).any():
            found.append(j)
    return tuple(found)


@one_thread()
def known(
    x: Floats, draws: Draws, strategies: tuple[int, ...], k: float, *, seed: int = 1
) -> Known:
    """The incremental net benefits of `strategies` given `x[draws, variables]`, which vary."""
    response = draws.increments(k)[:, list(strategies)]
    if x.shape[1] == 1:
        curve = spline_of(x[:, 0])
        return Known(strategies, fit(curve.rows(x[:, 0]), curve.penalty, response))
    surface = surface_of(x, response, seed=seed)
    return Known(strategies, fit(surface.rows(x), surface.penalty, response))
