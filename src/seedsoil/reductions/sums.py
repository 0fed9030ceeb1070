"""Means, errors and covariances from fixed-point sums: the same bits however women are divided and added.

A number x is kept as the whole number q = round(x · 2^b). With S = Σ q and P = Σ q qᵀ of n women, both exact,

    mean = S / (n 2^b),   Σ (x - x̄)(x - x̄)ᵀ = (n P - S Sᵀ) / (n 2^2b),

and nothing is lost where a mean is large beside its spread: the difference is taken between whole numbers.
Equal numbers have a spread of exactly 0. What rounding to 2^-b costs is at most half of that a woman.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.reductions.products import products, squares, totals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.reductions.products import Integers, Wholes

    Floats = NDArray[np.float64]

BITS = 20
"""2^-20 of a year is half a minute, of a millimetre a nanometre."""
_MOST_BITS = 62


def fixed(values: Floats, bits: int = BITS) -> Integers:
    """round(x · 2^bits) of numbers, as whole numbers.

    Raises ValueError for a number that is not finite or too large for 62 bits.
    """
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all() or (
        values.size and np.abs(values).max() >= 2.0 ** (_MOST_BITS - bits)
    ):
        raise ValueError("a number to be summed is not finite, or too large for a fixed point")
    return np.rint(np.ldexp(values, bits)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Sums:
    """Exact sums of vectors of k numbers, one a woman; those of two groups of women add up.

    `count` n, `total` S [k], and `second`: P [k, k], or its diagonal [k] where covariances are not asked for.
    """

    count: int
    total: Wholes
    second: Wholes
    bits: int = BITS

    @classmethod
    def of(cls, values: Floats, *, joint: bool = False, bits: int = BITS) -> Sums:
        """Those of `values` [women, k]; with `joint` covariances too.

        Raises ValueError for a number that is not finite or too large for 62 bits.
        """
        return cls.of_fixed(fixed(values, bits), joint=joint, bits=bits)

    @classmethod
    def of_fixed(cls, whole: Integers, *, joint: bool = False, bits: int = BITS) -> Sums:
        """Those of numbers [women, k] that are whole numbers of 2^-bits already."""
        second = products(whole) if joint else squares(whole)
        return cls(whole.shape[0], totals(whole), second, bits)

    @classmethod
    def none(cls, k: int, *, joint: bool = False, bits: int = BITS) -> Sums:
        """Those of no women."""
        return cls.of(np.zeros((0, k)), joint=joint, bits=bits)

    @property
    def joint(self) -> bool:
        """Whether covariances are known."""
        return self.second.ndim == 2

    def __add__(self, other: Sums) -> Sums:
        if self.bits != other.bits or self.second.shape != other.second.shape:
            raise ValueError("sums of another kind")
        return Sums(
            self.count + other.count,
            self.total + other.total,
            self.second + other.second,
            self.bits,
        )

    @property
    def mean(self) -> Floats:
        """x̄ [k], each correctly rounded; NaN of no women."""
        below = self.count << self.bits
        return np.array([s / below if below else math.nan for s in self.total.tolist()])

    @property
    def error(self) -> Floats:
        """Monte-Carlo standard errors of the means, s/√n; NaN below two women."""
        n = self.count
        diagonal = np.diagonal(self.second) if self.joint else self.second
        below = n * n * (n - 1) << 2 * self.bits
        return np.array(
            [
                math.sqrt((n * p - s * s) / below) if n > 1 else math.nan
                for s, p in zip(self.total.tolist(), diagonal.tolist(), strict=True)
            ]
        )

    @property
    def spread(self) -> Floats:
        """Σ (x - x̄)(x - x̄)ᵀ [k, k], or its diagonal; 0 of no women."""
        n = max(self.count, 1)
        outer = np.outer(self.total, self.total) if self.joint else self.total * self.total
        found = self.count * self.second - outer
        below = n << 2 * self.bits
        flat = [value / below for value in found.ravel().tolist()]
        return np.array(flat, dtype=np.float64).reshape(found.shape)

    def stated(self) -> dict[str, Any]:
        """The sums as whole numbers for JSON, whose text is the same for the same sums."""
        return {
            "bits": self.bits,
            "count": self.count,
            "total": self.total.tolist(),
            "second": self.second.tolist(),
        }

    @classmethod
    def read(cls, stated: dict[str, Any]) -> Sums:
        """What `stated` gave."""
        total = np.array(stated["total"], dtype=object)
        k = total.size
        second = np.empty((k, k) if stated["second"] and k and isinstance(stated["second"][0], list)
                          else (k,), dtype=object)  # fmt: skip
        second[...] = stated["second"]
        return cls(int(stated["count"]), total, second, int(stated["bits"]))
