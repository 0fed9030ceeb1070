"""A smooth curve of one variable: cubic B-splines with knots at quantiles, penalised by their bending.

The penalty is ∫ f''(x)² dx, exact, since f'' is linear between knots; straight lines are free
(O'Sullivan 1986; Wand and Ormerod 2008, Aust N Z J Stat 50:179). A variable of a few values has a mean
of its own for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Floats

FEW_VALUES = 8
_KNOTS = 20
_DEGREE = 3


@dataclass(frozen=True)
class Spline:
    """The basis of a curve; `rows` makes it at values of the variable, `penalty` weighs its coefficients."""

    knots: Floats
    values: Floats | None
    penalty: Floats
    centre: float
    scale: float

    def rows(self, x: Floats) -> Floats:
        """The basis at `x`: `float64[x.size, p]`; beyond the values seen it stays at the last."""
        if self.values is not None:
            nearest = np.abs(x[:, None] - self.values).argmin(axis=1)
            own: Floats = np.eye(self.values.size)[nearest]
            return own
        z = np.clip((x - self.centre) / self.scale, self.knots[0], self.knots[-1])
        found: Floats = BSpline.design_matrix(z, self.knots, _DEGREE).toarray()
        return found


def spline_of(x: Floats) -> Spline:
    """The basis for values `x` of a variable, of which there are two or more."""
    values = np.unique(x)
    if values.size <= FEW_VALUES:
        size = values.size
        return Spline(np.empty(0), values, np.zeros((size, size)), 0.0, 1.0)
    width = float(np.ptp(x))  # first, or squares of the smallest numbers would be nothing
    centre, scale = float(x.mean()), width * float((x / width).std())
    z = (values - centre) / scale
    count = min(_KNOTS, values.size - _DEGREE - 2)
    inner = np.unique(np.quantile((x - centre) / scale, np.linspace(0.0, 1.0, count + 2)[1:-1]))
    inner = inner[(inner > z[0]) & (inner < z[-1])]
    knots = np.concatenate([np.full(_DEGREE + 1, z[0]), inner, np.full(_DEGREE + 1, z[-1])])
    return Spline(knots, None, _bending(knots), centre, scale)


def _bending(knots: Floats) -> Floats:
    """∫ B_i'' B_j'' dx, by Simpson's rule, which is exact for products of two straight lines."""
    size = knots.size - _DEGREE - 1
    second = BSpline(knots, np.eye(size), _DEGREE).derivative(2)
    edges = np.unique(knots)
    left, right = edges[:-1], edges[1:]
    width = right - left
    # Just within each interval: at a knot f'' of the next one would be read.
    inside = 1e-9 * width
    ends = [(left + inside, 1.0), (0.5 * (left + right), 4.0), (right - inside, 1.0)]
    total = np.zeros((size, size))
    for at, weight in ends:
        values = second(at)
        total += (values * (weight * width / 6.0)[:, None]).T @ values
    return total
