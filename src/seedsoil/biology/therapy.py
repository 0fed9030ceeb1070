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
