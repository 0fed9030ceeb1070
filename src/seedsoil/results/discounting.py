"""Discounting: what an amount at a later time counts today.

Time t is in years from clock zero, the day metastatic disease is found. With the rate r a year,

    continuous   D(t) = (1 + r)^-t = e^(-δt), δ = ln(1 + r)
    annual       D(t) = (1 + r)^-(⌊t⌋ + s), s = 0, ½, 1 where a year counts from its start, middle or end
    none         D(t) = 1

An event at t counts D(t); a flow of one unit a year from a to b counts ∫_a^b D(t) dt, in closed form:
continuous (e^(-δa) - e^(-δb))/δ, annual by whole years and what is left of the last. Nothing before clock
zero counts, and nothing from the horizon on.

A flow of one unit a year for 10 years at 3.5 % is worth 8.461311 (continuous), 8.60769 (annual, start),
8.46089 (middle) and 8.31661 (end).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from seedsoil.errors import InputError, nearest, real_number, shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Form = Literal["continuous", "annual", "none"]
FORMS: tuple[str, ...] = get_args(Form)
Timing = Literal["start", "middle", "end"]
TIMINGS: tuple[str, ...] = get_args(Timing)
CLOCK_ZERO = "the day metastatic disease is found"
MOST_RATE = 1.0
_INSTANT = 1e-8
"""Years: what is that little before clock zero is on it, as dates are differences of large numbers."""
_SHIFT = {"start": 0.0, "middle": 0.5, "end": 1.0}


@dataclass(frozen=True)
class Discounting:
    """A rate a year, the form in which it is applied, and the horizon.

    `rate`: 0.035 for 3.5 %; `form`: "continuous", "annual" or "none"; `horizon`: years from clock zero, by
    default a lifetime; `timing`: with "annual", from where in its year an amount is discounted. Raises
    InputError for a rate below 0 or above 1, a negative horizon, and other words.

    Examples:
        >>> from seedsoil.results.discounting import Discounting
        >>> round(float(Discounting(0.035).flow(0, 10)), 6)
        8.461311
        >>> round(float(Discounting(0.035, "annual", timing="middle").flow(0, 10)), 5)
        8.46089
    """

    rate: float = 0.035
    form: Form = "continuous"
    horizon: float = math.inf
    timing: Timing = "middle"

    def __post_init__(self) -> None:
        allowed = f"a rate a year from 0 to {MOST_RATE:g}, 0.035 for 3.5 %"
        rate = real_number("rate", self.rate, allowed=allowed)
        if not 0.0 <= rate <= MOST_RATE:
            raise InputError(f"rate={shown(self.rate)}: must be {allowed}")
        allowed = "years from clock zero, 0 or more (infinity for a lifetime)"
        horizon = real_number("horizon", self.horizon, allowed=allowed)
        if not horizon >= 0.0:
            raise InputError(f"horizon={shown(self.horizon)}: must be {allowed}")
        for name, value, words in (("form", self.form, FORMS), ("timing", self.timing, TIMINGS)):
            if value not in words:
                raise InputError(
                    f"{name}={shown(value)}: must be one of {', '.join(map(repr, words))}."
                    f" {nearest(value, words)}".rstrip()
                )

    @property
    def undiscounted(self) -> Discounting:
        """The same horizon without discounting."""
        return Discounting(0.0, "none", self.horizon)

    @property
    def lifelong(self) -> Discounting:
        """The same discounting without a horizon."""
        return replace(self, horizon=math.inf)

    def factor(self, at: ArrayLike) -> Floats:
        """D(t) at times `at`, years from clock zero; the horizon is not looked at."""
        t = np.asarray(at, dtype=np.float64)
        if self.form == "none" or self.rate == 0.0:
            return np.ones(t.shape)
        if self.form == "annual":
            t = np.floor(t + _INSTANT) + _SHIFT[self.timing]
        return np.asarray(np.exp(-math.log1p(self.rate) * t))

    def event(self, at: ArrayLike) -> Floats:
        """What one event counts: D(t); 0 before clock zero, from the horizon on, and if never (NaN)."""
        t = np.asarray(at, dtype=np.float64)
        counts = (t >= -_INSTANT) & (t < self.horizon)
        return np.where(counts, self.factor(np.where(counts, np.maximum(t, 0.0), 0.0)), 0.0)

    def flow(self, start: ArrayLike, end: ArrayLike) -> Floats:
        """What one unit a year from `start` to `end` counts; 0 where the end is not after the start."""
        a = np.maximum(np.asarray(start, dtype=np.float64), 0.0)
        b = np.minimum(np.asarray(end, dtype=np.float64), self.horizon)
        lasts = b > a  # false where one is NaN: it never happened
        a, b = np.where(lasts, a, 0.0), np.where(lasts, b, 0.0)
        if self.form == "none" or self.rate == 0.0:
            return np.asarray(b - a)
        if self.form == "annual":
            return self._by_years(b) - self._by_years(a)
        delta = math.log1p(self.rate)
        return np.asarray(np.exp(-delta * a) * -np.expm1(-delta * (b - a)) / delta)

    def _by_years(self, t: Floats) -> Floats:
        """The annual form's integral from 0 to t: a geometric sum of whole years, and a part of the next."""
        delta = math.log1p(self.rate)
        forever = np.isinf(t)
        t = np.where(forever, 0.0, t)
        years = np.floor(t)
        whole = np.where(forever, 1.0, -np.expm1(-delta * years)) / -math.expm1(-delta)
        part = (t - years) * np.exp(-delta * years)
        return np.asarray((whole + part) * math.exp(-delta * _SHIFT[self.timing]))
