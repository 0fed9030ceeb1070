"""Systemic therapy of one lesion while the same drugs are given (docs/model.md, section 9).

    dy/dt = -b y + Σ_m k_m (1 - f_m)      y = ln(K/N)
    dz_m/dt = k_m                         f_m = 1/(1 + e^(-z_m))

b is its growth, k_m the kill of a mechanism a year and z_m the log-odds that a cell resists it.
"""

from __future__ import annotations

import math

from seedsoil.jit import inlined

# Log-odds of resistance above which no cell in 1e8 is sensitive: a kill is then not reckoned.
ALL_SURVIVE = 18.0
_LOG_LARGE = 600.0  # odds cut off there can still be multiplied by others
# Where a few terms of the fraction do.
_SMALL = 0.05
# With which the rest of the fraction, (1 + √(1 + r))/2, is told: 1 + `_REST` r.
_REST = 0.23
# Of b/k: above, growth is about as fast as the kill; at 1 the closed form has a pole.
WEAK = 0.9


@inlined
def _few_terms(c: float, r: float) -> tuple[float, float]:
    """The fraction of `_series` where r is small, as numerator and denominator."""
    top = (c + 1.0) * (c + 2.0) + r
    return top, c * (top + c * (c + 2.0) * r)


@inlined
def _series(c: float, r: float) -> float:
    """Σ (-r)^k / (c + k) for k = 0, 1, 2 …, with 0 ≤ r ≤ 1 and 0.1 ≤ c ≤ 1.9; r times it to 8e-6.

    As the continued fraction

        1/(c + c² r/((c + 1) + 1² r/((c + 2) + (c + 1)² r/((c + 3) + 2² r/((c + 4) + (c + 2)² r/ …

    worked out from its end with a single division.
    """
    if r < _SMALL:
        top, low = _few_terms(c, r)
        return top / low
    n5 = (c + 5.0) * (1.0 + _REST * r)
    n4 = (c + 4.0) * n5 + (c + 2.0) * (c + 2.0) * r
    n3 = (c + 3.0) * n4 + 4.0 * r * n5
    n2 = (c + 2.0) * n3 + (c + 1.0) * (c + 1.0) * r * n4
    n1 = (c + 1.0) * n2 + r * n3
    return n1 / (c * (n1 + c * r * n2))


@inlined
def killed_between(
    beta: float, z: float, after: float, early: float, late: float, decay: float, sensitive: float
) -> float:
    """`killed`, from what it has in common with other lesions, mechanisms or times.

    β = b/k, the log-odds `z` at the start and `after` the time T, their exponentials `early` and `late`
    (which may be cut off where it is huge), e^(-bT), and what would be killed if no cell resisted,
    k/b (1 - e^(-bT)).
    """
    if after <= 0.0:
        c = beta + 1.0
        if late < _SMALL:
            top, low = _few_terms(c, late)
            first_top, first_low = _few_terms(c, early)
            return sensitive + (decay * early * first_top * low - late * top * first_low) / (
                low * first_low
            )
        return sensitive + (decay * early * _series(c, early) - late * _series(c, late))
    late = 1.0 / late
    end = late * _series(1.0 - beta, late)
    if z >= 0.0:
        early = 1.0 / early
        return decay * early * _series(1.0 - beta, early) - end
    # from the start to the time at which half of the cells resist, and from there on
    knee = math.exp(-beta * z) * math.pi / math.sin(math.pi * beta)
    return decay * (knee - 1.0 / beta + early * _series(beta + 1.0, early)) - end


@inlined
def exponential(x: float) -> float:
    """e^x, cut off where it is beyond all odds."""
    return math.exp(min(x, _LOG_LARGE))


@inlined
def killed(rate: float, kill: float, z: float, years: float) -> float:
    """What a mechanism adds to y = ln(K/N) in a time of constant kill, growth included, to 1.6e-5.

        dy/dt = -b y + k (1 - f(t))       f = 1/(1 + e^-(z + k t))
        F = ∫ k (1 - f(s)) e^(-b (T - s)) ds

    With β = b/k, `rate`/`kill`, less than `WEAK`, F is a difference of ∫ e^(βv)/(1 + e^v) dv, whose series
    in e^v or e^-v alternate.
    """
    after = z + kill * years
    beta = rate / kill
    decay = math.exp(-rate * years)
    return killed_between(
        beta, z, after, exponential(z), exponential(after), decay, (1.0 - decay) / beta
    )
