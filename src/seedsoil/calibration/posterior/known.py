"""Means and variances of what is known of columns in which some numbers, or all, are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mean_known(values: Floats) -> Floats:
    """Mean of the finite numbers of each column; NaN of none."""
    known = np.isfinite(values)
    count = np.count_nonzero(known, axis=0)
    total = np.sum(np.where(known, values, 0.0), axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def variance_known(values: Floats, *, ddof: int = 0) -> Floats:
    """Variance of the finite numbers of each column; NaN of ddof numbers or fewer."""
    known = np.isfinite(values)
    count = np.count_nonzero(known, axis=0)
    off = np.where(known, values - mean_known(values), 0.0)
    total = np.sum(off**2, axis=0)
    return np.where(count > ddof, total / np.maximum(count - ddof, 1), np.nan)
