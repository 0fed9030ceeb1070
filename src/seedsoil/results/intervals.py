"""Intervals and standard errors of simulated shares.

In NumPy: SciPy's Wilson interval takes one share at a time, and its import would add half a second to a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.units import Z95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def standard_error(share: Floats | float, n: Floats | float) -> Floats:
    """sqrt(p(1-p)/n): binomial Monte-Carlo standard error of a share; NaN where n = 0."""
    p, size = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(np.clip(p * (1.0 - p), 0.0, None) / size))


def wilson(count: Floats | float, n: Floats | float) -> tuple[Floats, Floats]:
    """Wilson's 95 % interval of a share: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    It stays within 0 to 1 and is honest for small counts, where p ± 1.96 se is not.
    """
    k, size = np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, extra = k / size, Z95**2 / size
        half = Z95 * np.sqrt(p * (1.0 - p) / size + extra / (4.0 * size))
        low, high = (p + extra / 2.0 - half) / (1.0 + extra), (p + extra / 2.0 + half) / (1 + extra)
    # Rounding would leave 1e-19 where the answer is 0.
    return np.where(k == 0, 0.0, low), np.where(k == size, 1.0, high)


def rule_of_three(n: int) -> float:
    """3/n: the 95 % upper bound of a share of which n women showed no case; 1 where n < 3."""
    return min(1.0, 3.0 / n) if n > 0 else 1.0
