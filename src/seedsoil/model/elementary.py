"""exp and ln of arrays as the mathematical library rounds them, one number after the other.

NumPy takes its own where a processor has wide vectors (AVX-512), and they differ in the last bit. Parameters
worked out with them would differ from machine to machine, and with them the bits of every woman. The arrays
have a handful of numbers, or one a replicate of a trial or a woman of a fit's target: milliseconds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray


def exp_each(values: ArrayLike) -> NDArray[np.float64]:
    """e^x of each of `values`, in their shape; infinite where it is beyond the largest number."""
    return _each(_exp, values)


def log_each(values: ArrayLike) -> NDArray[np.float64]:
    """ln x of each of `values` (0 or more), in their shape; minus infinity at 0."""
    return _each(_log, values)


def _each(function: Callable[[float], float], values: ArrayLike) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=np.float64)
    return np.array([function(x) for x in given.ravel().tolist()]).reshape(given.shape)


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    return math.log(x) if x != 0.0 else -math.inf
