"""The exponential integral E1 and its inverse, in logarithms.

    E1(x) = ∫_x^∞ e^(-s)/s ds,        x > 0

Every power-law process on a Gompertz tumour has a cumulative hazard made of E1 (see `hazard`), so most of
the computing time is spent in these two functions. Both are tabulated once, at import, with value and first
two derivatives, and read by quintic Hermite interpolation: to about 1e-12, without iteration.

With x = e^u, h(x) = e^x E1(x):

    F(u) = ln E1(e^u):      F'  = -1/h          F'' = (x h - 1)/h²
    L(s) = ln E1⁻¹(e^s):    L'  = -h            L'' = h (x h - 1)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

EULER = 0.5772156649015329

_FORWARD_FROM, _FORWARD_TO, _FORWARD_PER_UNIT = -10, 4, 32
_INVERSE_FROM, _INVERSE_TO, _INVERSE_PER_UNIT = -40, 1, 16
# The table of bounds of the inverse: by the power of 2 of the value, and the first bits after it.
_BOUNDS_FROM, _BOUNDS_TO, _BOUNDS_BITS = -57, 4, 3
_BOUNDS_FIRST = (1023 + _BOUNDS_FROM) << _BOUNDS_BITS  # exponent and first bits of a float64
_BOUNDS_BINS = (_BOUNDS_TO - _BOUNDS_FROM) << _BOUNDS_BITS
_BOUNDS_MARGIN = 1e-9  # far above the errors of the tables and of rounding


@compiled
def scaled_e1(x: float) -> float:
    """h(x) = e^x E1(x), to about 1e-15: power series below 1, continued fraction above.

    Abramowitz and Stegun 5.1.11 and 5.1.22.
    """
    if x < 1.0:
        total = 0.0
        term = 1.0
        for k in range(1, 40):
            term *= -x / k
            total -= term / k
            if abs(term) < 1e-18:
                break
        return math.exp(x) * (total - EULER - math.log(x))
    # Lentz's form of 1/(x+1 - 1/(x+3 - 4/(x+5 - ...)))
    b = x + 1.0
    c = 1e300
    d = 1.0 / b
    h = d
    for k in range(1, 400):
        a = -float(k * k)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        step = c * d
        h *= step
        if abs(step - 1.0) < 1e-16:
            break
    return h


@compiled
def _small_inverse(value: float) -> float:
    """ln x with E1(x) = value for value above 2.7, where E1(x) = -γ - ln x + x - x²/4 + x³/18 - ..."""
    base = -EULER - value
    ln_x = base
    for _ in range(9):
        x = math.exp(ln_x)
        before = ln_x
        ln_x = base + x * (1.0 - x * (0.25 - x * (1.0 / 18.0 - x * (1.0 / 96.0 - x / 600.0))))
        if ln_x == before:
            break
    return ln_x


@compiled
def _inverse_by_newton(log_value: float) -> float:
    """x with ln E1(x) = log_value, by Newton's method on ln E1; for the tables and for large x."""
    x = max(-log_value - math.log(max(-log_value, 1.0)), 0.05)
    for _ in range(60):
        h = scaled_e1(x)
        step = (math.log(h) - x - log_value) * x * h
        step = max(step, -0.9 * x)
        x += step
        if abs(step) <= 1e-16 * x:
            break
    return x


@compiled
def _fill_tables(
    forward: NDArray[np.float64], inverse: NDArray[np.float64], bounds: NDArray[np.float64]
) -> None:
    for i in range(forward.shape[0]):
        x = math.exp(_FORWARD_FROM + i / _FORWARD_PER_UNIT)
        h = scaled_e1(x)
        step = 1.0 / _FORWARD_PER_UNIT
        forward[i, 0] = math.log(h) - x
        forward[i, 1] = -step / h
        forward[i, 2] = 0.5 * step * step * (x * h - 1.0) / (h * h)
    for i in range(inverse.shape[0]):
        x = _inverse_by_newton(_INVERSE_FROM + i / _INVERSE_PER_UNIT)
        h = scaled_e1(x)
        step = 1.0 / _INVERSE_PER_UNIT
        inverse[i, 0] = math.log(x)
        inverse[i, 1] = -step * h
        inverse[i, 2] = 0.5 * step * step * h * (x * h - 1.0)
    bins = 1 << _BOUNDS_BITS
    bounds[0, 0] = math.inf
    bounds[_BOUNDS_BINS + 1, 1] = -math.inf
    for i in range(_BOUNDS_BINS + 1):
        edge = 2.0 ** (_BOUNDS_FROM + i // bins) * (1.0 + (i % bins) / bins)
        log_edge = math.log(edge)
        ln_x = math.log(_inverse_by_newton(log_edge)) if edge < 2.7 else _small_inverse(edge)
        bounds[i, 1] = ln_x - _BOUNDS_MARGIN
        bounds[i + 1, 0] = ln_x + _BOUNDS_MARGIN


_FORWARD = np.empty(((_FORWARD_TO - _FORWARD_FROM) * _FORWARD_PER_UNIT + 1, 3))
_INVERSE = np.empty(((_INVERSE_TO - _INVERSE_FROM) * _INVERSE_PER_UNIT + 1, 3))
_BOUNDS = np.empty((_BOUNDS_BINS + 2, 2))  # the first and the last bin: below and above the range
_fill_tables(_FORWARD, _INVERSE, _BOUNDS)


@compiled
def _hermite(f0: float, d0: float, s0: float, f1: float, d1: float, s1: float, p: float) -> float:
    """Quintic through value, first and half the second derivative at 0 and 1, read at p."""
    gap = f1 - f0 - d0 - s0
    slope = d1 - d0 - 2.0 * s0
    curve = 2.0 * (s1 - s0)
    c3 = 10.0 * gap - 4.0 * slope + 0.5 * curve
    c4 = -15.0 * gap + 7.0 * slope - curve
    c5 = 6.0 * gap - 3.0 * slope + 0.5 * curve
    return f0 + p * (d0 + p * (s0 + p * (c3 + p * (c4 + p * c5))))


@compiled
def log_e1(u: float) -> float:
    """ln E1(e^u) for any u."""
    position = (u - _FORWARD_FROM) * _FORWARD_PER_UNIT
    if position < 0.0:
        x = math.exp(u)
        return math.log(x * (1.0 - 0.25 * x) - EULER - u)
    i = int(position)
    if i >= (_FORWARD_TO - _FORWARD_FROM) * _FORWARD_PER_UNIT:
        x = math.exp(u)
        return math.log(scaled_e1(x)) - x
    return _hermite(
        _FORWARD[i, 0],
        _FORWARD[i, 1],
        _FORWARD[i, 2],
        _FORWARD[i + 1, 0],
        _FORWARD[i + 1, 1],
        _FORWARD[i + 1, 2],
        position - i,
    )


@compiled
def log_inverse_e1(s: float) -> float:
    """ln x for the x with ln E1(x) = s, for any s; minus infinity where x is beyond the numbers."""
    position = (s - _INVERSE_FROM) * _INVERSE_PER_UNIT
    if position < 0.0:
        return math.log(_inverse_by_newton(s))
    if position >= (_INVERSE_TO - _INVERSE_FROM) * _INVERSE_PER_UNIT:
        if s > 709.0:
            return -math.inf
        return _small_inverse(math.exp(s))
    i = int(position)
    return _hermite(
        _INVERSE[i, 0],
        _INVERSE[i, 1],
        _INVERSE[i, 2],
        _INVERSE[i + 1, 0],
        _INVERSE[i + 1, 1],
        _INVERSE[i + 1, 2],
        position - i,
    )


@compiled
def log_inverse_e1_bounds(value: float) -> tuple[float, float]:
    """An upper and a lower bound of ln x for the x with E1(x) = value ≥ 0, mostly 0.02 apart.

    Read from a table by the bits of the value, so that no logarithm is taken.
    """
    i = (int(np.float64(value).view(np.int64)) >> (52 - _BOUNDS_BITS)) - _BOUNDS_FIRST
    i = min(max(i + 1, 0), _BOUNDS_BINS + 1)
    return _BOUNDS[i, 0], _BOUNDS[i, 1]
