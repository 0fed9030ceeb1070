"""Gompertz growth (Norton 1988).

    dN/dt = b N ln(K/N)        y = ln(K/N)        y(t) = y(0) e^(-b t)

b is the growth rate, per year, and K the capacity, in cells. Doubling time of the volume at size N:
ln 2 / (b y).
"""

from __future__ import annotations

import math

from seedsoil.jit import compiled


@compiled
def log_cells(log_capacity: float, ln_y: float) -> float:
    """ln N of a tumour at ln y."""
    return log_capacity - math.exp(ln_y)


@compiled
def ln_y_of(log_capacity: float, log_n: float) -> float:
    """ln y of a tumour of e^log_n cells; minus infinity at (or above) the capacity."""
    y = log_capacity - log_n
    if y <= 0.0:
        return -math.inf
    return math.log(y)


@compiled
def time_to(ln_y_now: float, ln_y_then: float, rate: float) -> float:
    """Years to grow from one size to a larger one; 0 if it is that large, infinity at the capacity."""
    if ln_y_then >= ln_y_now:
        return 0.0
    return (ln_y_now - ln_y_then) / rate


@compiled
def doubling_time(rate: float, ln_y: float) -> float:
    """Volume doubling time, years."""
    return math.log(2.0) / (rate * math.exp(ln_y))


@compiled
def diameter_mm(log_cells_1mm: float, log_n: float) -> float:
    """Diameter of a sphere of e^log_n cells; `log_cells_1mm` is ln N of a 1 mm sphere."""
    return math.exp((log_n - log_cells_1mm) / 3.0)
