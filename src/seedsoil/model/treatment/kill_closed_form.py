"""Systemic therapy of one lesion over an interval in which the same drugs are given, in closed form.

    dy/dt = -b y + Σ_m k_m (1 - f_m)      y = ln(K/N)
    dz_m/dt = k_m                         f_m = 1/(1 + e^(-z_m))

b is its growth rate a year, k_m the kill of a mechanism a year and z_m the log-odds that a cell resists it
(docs/model.md, section 9).
"""

from __future__ import annotations

import math

from seedsoil.jit import inlined

# Log-odds of resistance above which fewer than one cell in 6e7 is sensitive: the kill is then left out.
ALL_SURVIVE = 18.0
# The log-odds at which odds are cut off, so that they can still be multiplied by each other.
_LOG_LARGE = 600.0
# Below this r three levels of the continued fraction are enough.
_SMALL = 0.05
# The levels after the sixth multiply it by about (1 + √(1 + r))/2, which is taken as 1 + `_REST` r.
_REST = 0.23
# Growth b T, and β, below which differences of nearly equal numbers are taken from their series.
_HARDLY_GROWS = 1e-6
# The largest β = b/k for which the closed form is used. It has a pole at 1, where the tumour grows as fast
# as the mechanism kills.
LARGEST_BETA = 0.9


@inlined
def _series_of_small(c: float, r: float) -> tuple[float, float]:
    """The series of `_series` for r below `_SMALL`, as numerator and denominator."""
    top = (c + 1.0) * (c + 2.0) + r
    return top, c * (top + c * (c + 2.0) * r)


@inlined
def _series(c: float, r: float) -> float:
    """Σ (-r)^k / (c + k) over k = 0, 1, 2 …, for 0 ≤ r ≤ 1 and 0.1 ≤ c ≤ 1.9; r times it to 8e-6.

    Computed as the continued fraction

        1/(c + c² r/((c + 1) + 1² r/((c + 2) + (c + 1)² r/((c + 3) + 2² r/((c + 4) + (c + 2)² r/ …

    from its end, with a single division.
    """
    if r < _SMALL:
        top, low = _series_of_small(c, r)
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
    """`killed`, from quantities that several lesions, mechanisms or times share.

    β = b/k; the log-odds `z` at the start and `after` T years; their exponentials `early` and `late`, cut
    off where they are huge; `decay` = e^(-bT); and `sensitive`, what would be killed if no cell resisted,
    k/b (1 - e^(-bT)).
    """
    if after <= 0.0:
        c = beta + 1.0
        if late < _SMALL:
            top, low = _series_of_small(c, late)
            first_top, first_low = _series_of_small(c, early)
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
    if beta < _HARDLY_GROWS:
        both = -z + beta * (0.5 * z * z + math.pi * math.pi / 6.0)
    else:
        both = math.exp(-beta * z) * math.pi / math.sin(math.pi * beta) - 1.0 / beta
    return decay * (both + early * _series(beta + 1.0, early)) - end


@inlined
def years_less_growth(rate: float, years: float, decay: float) -> float:
    """(1 - e^(-bT))/b, `decay` = e^(-bT): the years of kill of which growth has left something."""
    if rate * years < _HARDLY_GROWS:
        return years * (1.0 - 0.5 * rate * years)
    return (1.0 - decay) / rate


@inlined
def exponential(x: float) -> float:
    """e^x; of log-odds above `_LOG_LARGE` their exponential there."""
    return math.exp(min(x, _LOG_LARGE))


@inlined
def killed(rate: float, kill: float, z: float, years: float) -> float:
    """What a mechanism adds to y = ln(K/N) in `years` of constant kill, growth included, to 1.6e-5.

        dy/dt = -b y + k (1 - f(t))       f = 1/(1 + e^-(z + k t))
        F = ∫ k (1 - f(s)) e^(-b (T - s)) ds

    With β = b/k, `rate`/`kill`, at most `LARGEST_BETA`, F is a difference of ∫ e^(βv)/(1 + e^v) dv. Its
    series in e^v or e^-v alternate.
    """
    after = z + kill * years
    beta = rate / kill
    decay = math.exp(-rate * years)
    sensitive = kill * years_less_growth(rate, years, decay)
    return killed_between(beta, z, after, exponential(z), exponential(after), decay, sensitive)
