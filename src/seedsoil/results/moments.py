"""Means and their errors from parts of a cohort, of which nothing else need be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from seedsoil.results.columns import Floats


@dataclass(frozen=True)
class Moments:
    """n, x̄ and Σ(x - x̄)² of columns of numbers, one row a woman; those of two parts add up.

    With δ = x̄₂ - x̄₁ the whole has x̄ = x̄₁ + δ n₂/n and Σ(x - x̄)² = S₁ + S₂ + δ² n₁ n₂/n (Chan, Golub and
    LeVeque 1983, Am Stat 37:242), which loses no digits as sums of squares do. Equal numbers have S of
    exactly 0, in parts as in the whole.
    """

    count: int
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Those of `values`, (women, columns)."""
        if not values.shape[0]:
            nothing = np.zeros(values.shape[1])
            return cls(0, nothing, nothing)
        mean = values.mean(axis=0)
        return cls(values.shape[0], mean, np.square(values - mean).sum(axis=0))

    def __add__(self, other: Moments) -> Moments:
        count = self.count + other.count
        if not self.count or not other.count:
            return other if other.count else self
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        between = np.square(apart) * (self.count * other.count / count)
        return Moments(count, mean, self.squares + other.squares + between)

    @property
    def error(self) -> Floats:
        """Monte-Carlo standard errors of the means, s/√n; NaN below two women."""
        if self.count < 2:
            return np.full(self.mean.shape, np.nan)
        return np.asarray(np.sqrt(self.squares / (self.count - 1) / self.count))
