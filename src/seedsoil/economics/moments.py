"""Means and covariances of numbers a woman, gathered block by block: memory does not grow with the women.

Of vectors x of n women: n, the mean m and C = Σ (x - m)(x - m)ᵀ. Two blocks are joined by
m = m₁ + (m₂ - m₁)·n₂/n and C = C₁ + C₂ + (m₂ - m₁)(m₂ - m₁)ᵀ·n₁n₂/n (Chan, Golub and LeVeque 1983), which
loses no digits where a mean is large beside its spread, and keeps what is 0 in every block exactly 0.
A sum w·x has the mean w·m and the standard error √(wᵀCw / (n - 1) / n): one gathering serves every price.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointMoments:
    """Of vectors of `count` women: their `mean` [k] and `spread` [k, k], the sum of centred products."""

    count: int
    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, values: Floats) -> JointMoments:
        """Of rows, one a woman."""
        count = values.shape[0]
        if count == 0:
            return cls(0, np.zeros(values.shape[1]), np.zeros((values.shape[1],) * 2))
        mean = values.mean(axis=0)
        centred = values - mean
        return cls(count, mean, centred.T @ centred)

    def __add__(self, other: JointMoments) -> JointMoments:
        count = self.count + other.count
        if self.count == 0 or other.count == 0:
            return self if other.count == 0 else other
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        spread = self.spread + other.spread
        spread += np.outer(apart, apart) * (self.count * other.count / count)
        return JointMoments(count, mean, spread)

    def total(self, weights: Floats) -> float:
        """Mean of w·x."""
        return float(weights @ self.mean)

    def covariance(self, one: Floats, other: Floats) -> float:
        """Covariance, among women, of two weighted sums; NaN of a single woman."""
        if self.count < 2:
            return math.nan
        return float(one @ self.spread @ other) / (self.count - 1)

    def error(self, weights: Floats) -> float:
        """Monte-Carlo standard error of the mean of w·x; NaN of a single woman."""
        return (
            math.sqrt(max(self.covariance(weights, weights), 0.0) / self.count)
            if self.count > 1
            else math.nan
        )
