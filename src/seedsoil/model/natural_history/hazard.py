"""Event times of a process whose rate is a power of the size of a Gompertz tumour. Exact, no time step.

    rate = c N^a        Λ(t) = (A/b) [E1(a y(t)) - E1(a y(0))],    A = c K^a

An event at cumulative hazard E ~ Exp(1) is at E1(a y) = E1(a y(0)) + E b/A, t = ln(y(0)/y)/b.
E1(a y) is called the process's *hazard clock*: it runs as the tumour grows.
Shedding, nodal spread, symptomatic detection, symptoms and death are all of this form.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history.exponential_integral import (
    log_e1,
    log_inverse_e1,
    log_inverse_e1_bounds,
)

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion


@compiled
def hazard_clock(ln_a: float, ln_y: float) -> float:
    """E1(a y): the process's own clock, which runs from E1(a y(0)) upwards as the tumour grows."""
    return math.exp(log_e1(ln_a + ln_y))


@compiled
def elapsed(clock: float, ln_a: float, ln_y_start: float, rate: float) -> float:
    """Years from the start (at `ln_y_start`) until the hazard clock shows `clock`; infinity for "never"."""
    if clock <= 0.0:
        return 0.0
    return (ln_y_start + ln_a - log_inverse_e1(math.log(clock))) / rate


@compiled
def event(exponential: float, log_top: float, ln_a: float, ln_y_start: float, rate: float) -> float:
    """Years from the start until cumulative hazard `exponential`; infinity for "never".

    `log_top` is ln A = ln c + a ln K, the logarithm of the process's rate at the capacity.
    """
    clock = hazard_clock(ln_a, ln_y_start) + exponential * rate * math.exp(-log_top)
    return elapsed(clock, ln_a, ln_y_start, rate)


@compiled
def cumulative(years: float, log_top: float, ln_a: float, ln_y_start: float, rate: float) -> float:
    """Λ: the cumulative hazard over `years` of growth from `ln_y_start`."""
    gained = hazard_clock(ln_a, ln_y_start - rate * years) - hazard_clock(ln_a, ln_y_start)
    return math.exp(log_top) / rate * gained


@compiled
def earliest(
    lesion: Lesion,
    since: float,
    slowest: float,
    fastest: float,
    exponential: float,
    slowness: float,
    ln_a: float,
    start: float,
) -> float:
    """A time before which the process's cumulative hazard on the lesion is less than `exponential`.

    The lesion grows from `since` at the earliest, at a rate between `slowest` and `fastest`. `slowness` is
    1/A, in years, and `start` is what the hazard clock shows for a single cell. Where growth is known, the
    bound is close.
    """
    clock = start if lesion.version == 0 else hazard_clock(ln_a, lesion.ln_y)
    clock += exponential * (slowest * slowness)
    most, _ = log_inverse_e1_bounds(clock)
    return float(since + (lesion.ln_y + ln_a - most) / fastest)
