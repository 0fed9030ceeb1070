"""Standard errors of what all draws decide together: by leaving out a part of the draws at a time.

With G parts, se² = (G − 1)/G · Σ (value without part g − their mean)² (Efron and Tibshirani 1993, An
Introduction to the Bootstrap, chapter 11).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.decision.draws import Draws, Floats

PARTS = 25


def parts_of(draws: Draws) -> list[Draws]:
    """The draws without each of 25 parts, or of half as many as there are draws."""
    count = min(PARTS, draws.count // 2)
    part = np.arange(draws.count) % max(count, 1)
    return [
        dataclasses.replace(
            draws, costs=draws.costs[part != g], effects=draws.effects[part != g], parameters={}
        )
        for g in range(count if count > 1 else 0)
    ]


def jackknife_error(values: Sequence[Floats]) -> Floats:
    """The standard error of a value, from the value without each part."""
    without = np.asarray(values)
    parts = without.shape[0]
    found: Floats = np.sqrt(
        (parts - 1) / parts * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    )
    return found
