"""Net monetary benefit and incremental net health benefit at a threshold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Draws, Floats


_ROUNDING = 1e-12  # a spread below this share of the values is that of rounding


class NetBenefit(NamedTuple):
    """A mean over draws with its spread: one entry a strategy.

    `sd`: standard deviation over draws, the doubt about the parameters; `se`: Monte-Carlo standard error
    of the mean; `low`, `high`: 2.5th and 97.5th percentile of the draws.
    """

    mean: Floats
    sd: Floats
    se: Floats
    low: Floats
    high: Floats


def _of(values: Floats) -> NetBenefit:
    sd = values.std(axis=0, ddof=1)
    sd[sd < _ROUNDING * np.abs(values).max(axis=0)] = 0.0
    low, high = np.quantile(values, (0.025, 0.975), axis=0)
    return NetBenefit(values.mean(axis=0), sd, sd / math.sqrt(values.shape[0]), low, high)


def net_monetary_benefit(draws: Draws, k: float) -> NetBenefit:
    """Net monetary benefit, k·effect − cost, in the currency of `k`."""
    return _of(draws.net_benefit(k))


def incremental_net_monetary_benefit(draws: Draws, k: float) -> NetBenefit:
    """Net monetary benefit less that of the reference: k·Δeffect − Δcost."""
    return _of(draws.increments(k))


def incremental_net_health_benefit(draws: Draws, k: float) -> NetBenefit:
    """Net health benefit less that of the reference, Δeffect − Δcost/k, in units of effect.

    Raises InputError at a threshold of 0, where health has no price.
    """
    if k == 0.0:
        raise InputError("k=0: net health benefit divides by the threshold; give one above 0")
    return _of(draws.increments(k) / k)
