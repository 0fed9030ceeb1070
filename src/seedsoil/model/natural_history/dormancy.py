"""Dormancy: a founded colony may sleep before it grows.

It sleeps with probability π(subtype), for an exponential time of mean τ(subtype), in years. Endocrine
therapy multiplies the waking rate by w while it is given: the same exponential, on a slower clock.
"""

from __future__ import annotations

import math

from seedsoil.jit import compiled


@compiled
def sleep(u: float, share: float, mean: float) -> float:
    """Years of sleep from one uniform: 0 if u ≥ share; given u < share, u/share is uniform again."""
    if u >= share:
        return 0.0
    return -mean * math.log(u / share)


@compiled
def least_sleep(u: float, share: float, mean: float) -> float:
    """A lower bound of `sleep` without logarithm: τ ln(π/u) > 2 τ (π - u)/(π + u) if u < π."""
    return 2.0 * mean * (max(0.0, share - u) / (share + u))


@compiled
def delayed_waking(wakes: float, since: float, years: float, ratio: float) -> float:
    """When a colony wakes whose waking rate is multiplied by `ratio` from `since` on, for `years`.

    `wakes`: when it would have woken otherwise.
    """
    if wakes <= since or years <= 0.0 or ratio == 1.0:
        return wakes
    owed = wakes - since
    if owed <= ratio * years:
        return since + owed / ratio
    return since + years + (owed - ratio * years)
