"""A hazard over one period of treatment: of death, of symptoms, of new colonies.

Between the ends of a period the logarithm of a burden is taken to be linear in time. A hazard c N^a then goes
from r0 to r1 exponentially, and over a period of Δ years

    ∫ r dt = Δ (r1 - r0) / ln(r1/r0)
"""

from __future__ import annotations

import math

from seedsoil.jit import inlined

# ln(r1/r0) below which a hazard counts as constant over the period.
_CONSTANT = 1e-6


@inlined
def log_ratio(r0: float, r1: float) -> float:
    """ln(r1/r0); 0 if one of them is 0."""
    return math.log(r1 / r0) if r0 > 0.0 and r1 > 0.0 else 0.0


@inlined
def integral(r0: float, r1: float, ratio: float, years: float) -> float:
    """The integral of a hazard that goes exponentially from r0 to r1 = r0 e^ratio in `years`.

    If it starts or ends at 0 it is linear in time.
    """
    if r0 <= 0.0 or r1 <= 0.0 or abs(ratio) < _CONSTANT:
        return 0.5 * (r0 + r1) * years
    return years * (r1 - r0) / ratio


@inlined
def partial(r0: float, r1: float, ratio: float, years: float, part: float) -> float:
    """The integral of the same hazard over the first `part` of the years."""
    if r0 <= 0.0 or r1 <= 0.0 or abs(ratio) < _CONSTANT:
        return 0.5 * (r0 + r1) * part
    slope = ratio / years
    return r0 * math.expm1(slope * part) / slope


@inlined
def time_of(r0: float, r1: float, ratio: float, years: float, target: float) -> float:
    """Years into the period at which the integral of the hazard reaches `target` (at most `years`)."""
    if r0 <= 0.0 or r1 <= 0.0:
        total = 0.5 * (r0 + r1) * years
        return min(years, years * target / total)
    if abs(ratio) < _CONSTANT:
        return min(years, 2.0 * target / (r0 + r1))
    slope = ratio / years
    return min(years, max(0.0, math.log1p(target * slope / r0) / slope))
