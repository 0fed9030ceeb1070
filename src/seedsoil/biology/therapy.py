"""One cycle of systemic therapy for one lesion (docs/model.md, section 9).

    y   ←  Gompertz over half the cycle, kill, Gompertz over the other half
    kill in ln N:  Σ_m ln[f_m + (1 - f_m) e^(-κ_m)],   κ_m = k_m c_{m,o} Δ
    z_m ←  z_m + κ_m                                   f_m = 1/(1 + e^(-z_m))

With K_m the sum of the κ_m of all cycles so far, z_m = z_m(0) + K_m, and the kill of cycles telescopes:

    Σ ln[f + (1 - f) e^(-κ)] = -K + ln(1 + e^(z(0)+K)) - ln(1 + e^(z(0)))

which without growth is exact for a cycle of any length (Stein's curve with one mechanism). Only the
interleaving with growth costs an error, of second order in the cycle since the kill sits in its middle.
"""

from __future__ import annotations

import math

from seedsoil.compiled import compiled

# Where ln(1 + e^z) is 0 or z to 1e-13.
_SATURATED = 30.0
# Log-odds of resistance above which no cell in 1e8 is sensitive: a kill is then not reckoned.
ALL_SURVIVE = 18.0


@compiled
def softplus(z: float) -> float:
    """ln(1 + e^z)."""
    if z > _SATURATED:
        return z
    if z < -_SATURATED:
        return 0.0
    return math.log1p(math.exp(z))


@compiled
def log_survival(z: float, kill: float) -> float:
    """ln[f + (1 - f) e^-κ]: ln of the share of cells that survive a cycle of kill κ; 0 or less.

    `z` is the log-odds of resistance at the start of the cycle.
    """
    if z > _SATURATED:
        return 0.0
    after = z + kill
    if after < -_SATURATED:
        return -kill
    return softplus(after) - softplus(z) - kill


@compiled
def decay(rate: float, years: float) -> tuple[float, float]:
    """e^(-bΔ) and e^(-bΔ/2): what a cycle without drug, and half of it, leave of y = ln(K/N)."""
    half = math.exp(-0.5 * rate * years)
    return half * half, half


@compiled
def after_cycle(y: float, whole: float, half: float, log_surviving: float) -> float:
    """y = ln(K/N) at the end of a cycle whose kill, in its middle, leaves e^log_surviving of the cells."""
    return y * whole - log_surviving * half


@compiled
def is_eradicated(log_n: float, log_n_before: float, exponential: float) -> bool:
    """Whether no cell is left: a lesion that shrank to n cells on average has none with e^-n.

    `exponential` is the lesion's own Exp(1) draw, the same in every cycle: she is extinct from the
    cycle on in which n falls below it, so that the chance does not depend on the length of cycles.
    """
    return log_n < log_n_before and log_n < math.log(exponential)


def _weights(terms: int) -> tuple[float, ...]:
    """Weights that sum an alternating series from its first terms (Cohen, Villegas, Zagier 2000)."""
    d = (3.0 + math.sqrt(8.0)) ** terms
    d = 0.5 * (d + 1.0 / d)
    b, c = -1.0, -d
    weights = []
    for k in range(terms):
        c = b - c
        weights.append(c / d)
        b *= (k + terms) * (k - terms) / ((k + 0.5) * (k + 1.0))
    return tuple(weights)


_TERMS = 8  # an error of 1e-6
_W0, _W1, _W2, _W3, _W4, _W5, _W6, _W7 = _weights(_TERMS)
# Where four terms of the series do.
_SMALL = 0.02
# Of b/k: above, growth is about as fast as the kill, and the series do not hold.
WEAK = 0.9


@compiled
def _series(c: float, r: float) -> float:
    """Σ (-r)^k / (c + k) for k = 0, 1, 2 …, with 0 ≤ r ≤ 1 and c > 0, to 1e-6."""
    if r < _SMALL:
        return 1.0 / c - r * (1.0 / (c + 1.0) - r * (1.0 / (c + 2.0) - r / (c + 3.0)))
    total = _W7 / (c + 7.0)
    total = total * r + _W6 / (c + 6.0)
    total = total * r + _W5 / (c + 5.0)
    total = total * r + _W4 / (c + 4.0)
    total = total * r + _W3 / (c + 3.0)
    total = total * r + _W2 / (c + 2.0)
    total = total * r + _W1 / (c + 1.0)
    return total * r + _W0 / c


@compiled
def killed(rate: float, kill: float, z: float, years: float) -> float:
    """What a mechanism adds to y = ln(K/N) in a time of constant kill, growth included. Exact to 1e-6.

        dy/dt = -b y + k (1 - f(t))       f = 1/(1 + e^-(z + k t))
        F = ∫ k (1 - f(s)) e^(-b (T - s)) ds

    the limit of short cycles. With β = b/k, `rate`/`kill`, less than `WEAK`, F is a difference of
    ∫ e^(βv)/(1 + e^v) dv, whose series in e^v or e^-v alternate.
    """
    beta = rate / kill
    after = z + kill * years
    decay = math.exp(-rate * years)
    if after <= 0.0:
        early, late = math.exp(z), math.exp(after)
        return (1.0 - decay) / beta + decay * early * _series(beta + 1.0, early) - (
            late * _series(beta + 1.0, late)
        )
    late = math.exp(-after)
    end = late * _series(1.0 - beta, late)
    if z >= 0.0:
        early = math.exp(-z)
        return decay * early * _series(1.0 - beta, early) - end
    early = math.exp(z)
    start = 1.0 / beta - early * _series(beta + 1.0, early)
    # from the start to the time at which half of the cells resist, and from there on
    knee = math.exp(-rate * years - beta * z)
    return knee * math.pi / math.sin(math.pi * beta) - decay * start - end
