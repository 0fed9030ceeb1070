"""Times as counts by whole day, from which medians, Kaplan-Meier and Aalen-Johansen curves are exact.

A time of t years falls on day ⌊365.25 t⌋. Counts add up in any order, take no more room for a billion women
than for a thousand, and give every rank to the day: no sketch is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.units import DAYS_PER_YEAR, FEWEST_OF_MEDIAN, Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MOST_DAYS = 60_000
"""164 years: nobody lives so long."""


def days_of(years: Floats) -> Integers:
    """⌊365.25 t⌋ of times in years. Raises ValueError for one that is no day of a life."""
    found = np.asarray(years, dtype=np.float64) * DAYS_PER_YEAR
    if found.size and not (found.min() >= 0 and found.max() < MOST_DAYS):  # NaN is neither
        raise ValueError("a time is not within a life")
    return found.astype(np.int64)


def by_day(years: Floats) -> Integers:
    """How many of the times `years` fall on each day, up to the last one that has any."""
    return np.bincount(days_of(years)).astype(np.int64, copy=False)


def added(one: Integers, other: Integers) -> Integers:
    """The sum of two rows of counts, of which the shorter goes on with zeros."""
    longer, shorter = (one, other) if one.size >= other.size else (other, one)
    total = longer.copy()
    total[: shorter.size] += shorter
    return total


def together(rows: Sequence[Integers]) -> Integers:
    """The sum of any number of rows of counts."""
    total = np.zeros(max((row.size for row in rows), default=0), np.int64)
    for row in rows:
        total[: row.size] += row
    return total


def day_of_rank(counts: Integers, share: float) -> int | None:
    """The day by which `share` of those counted have been: ⌈n·share⌉ of n, or None of nobody.

    For a share of 1/2 it is the day of the median: the first on which at least half have been.
    """
    upto = np.cumsum(counts)
    if not upto.size or upto[-1] == 0:
        return None
    return int(np.searchsorted(upto, max(1, int(np.ceil(int(upto[-1]) * share)))))


class Curve(NamedTuple):
    """Steps of a curve: `day` of each, women `at_risk` just before, `events`, and its `value`.

    `error`: its standard error; `lower`, `upper`: 95 %, log-log.
    """

    day: Integers
    at_risk: Integers
    events: Integers
    value: NDArray[Any]
    error: Floats
    lower: Floats
    upper: Floats

    def at(self, years: float) -> float:
        """The value at a time in years; where the curve starts before the first step."""
        before = int(np.searchsorted(self.day, np.floor(years * DAYS_PER_YEAR), side="right"))
        return float(self.value[before - 1]) if before else (1.0 if self.falls else 0.0)

    def error_at(self, years: float) -> float:
        """The standard error at a time in years."""
        before = int(np.searchsorted(self.day, np.floor(years * DAYS_PER_YEAR), side="right"))
        return float(self.error[before - 1]) if before else 0.0

    @property
    def falls(self) -> bool:
        """Whether the curve falls from 1, as survival does, and does not rise from 0."""
        return bool(self.value.size == 0 or self.value[0] >= self.value[-1])

    @property
    def median(self) -> tuple[float, float, float]:
        """Years at which the curve first falls to one half, and its limits do; infinite if they do not.

        Fewer than six women bound it nowhere: 0 to infinity.
        """
        if not self.at_risk.size or self.at_risk[0] < FEWEST_OF_MEDIAN:
            return _first_at_half(self, self.value), 0.0, float("inf")
        low, high = sorted((_first_at_half(self, self.lower), _first_at_half(self, self.upper)))
        return _first_at_half(self, self.value), low, high


def _first_at_half(curve: Curve, values: Floats) -> float:
    below = np.flatnonzero(values <= 0.5)
    return float(curve.day[below[0]] / DAYS_PER_YEAR) if below.size else float("inf")


def _risk(leaving: Integers) -> Integers:
    """Women at risk at the start of each day, of whom `leaving` go on it."""
    return int(leaving.sum()) - np.concatenate([[0], np.cumsum(leaving)[:-1]]).astype(np.int64)


def kaplan_meier(events: Integers, censored: Integers) -> Curve:
    """S(d) = Π_{i ≤ d} (1 - e_i / n_i) from counts by day, with Greenwood's error and log-log limits.

    Those censored on a day are at risk on it. Without censoring S is the share alive, exactly.
    """
    size = max(events.size, censored.size)
    events, censored = (np.pad(row, (0, size - row.size)) for row in (events, censored))
    risk = _risk(events + censored)
    steps = np.flatnonzero(events)
    e, n = events[steps], risk[steps]
    # the share alive where nobody is censored: a product would be rounded at every step
    value = np.cumprod(1.0 - e / n) if censored.any() else (n - e) / (n[0] if n.size else 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.cumsum(e / (n * (n - e).astype(np.float64)))
        error = np.where(value > 0, value * np.sqrt(terms), 0.0)
        width = Z95 * np.sqrt(terms) / np.log(value)
        inner = (value > 0) & (value < 1)
        lower = np.where(inner, value ** np.exp(-width), 0.0)
        upper = np.where(inner, value ** np.exp(width), 0.0)
    return Curve(steps, n, e, value, error, lower, upper)


def aalen_johansen(
    events: Integers, competing: Integers, censored: Integers | None = None
) -> Curve:
    """F(d) = Σ_{i ≤ d} S(i-1) e_i / n_i: cumulative incidence with a competing event, from counts by day.

    S is free of both events. The error is the delta method's (Aalen 1978); without censoring F is the share
    that has had the event, exactly, and its error √(F(1-F)/n).
    """
    censored = np.zeros(0, np.int64) if censored is None else censored
    size = max(events.size, competing.size, censored.size)
    e, c, z = (np.pad(row, (0, size - row.size)) for row in (events, competing, censored))
    risk = _risk(e + c + z)
    steps = np.flatnonzero(e)
    if not z.any():
        women = max(int(risk[0]) if risk.size else 0, 1)
        value = np.cumsum(e)[steps] / women
        error = np.sqrt(value * (1.0 - value) / women)
        return _rising(steps, risk[steps], e[steps], value, error)
    days = np.flatnonzero(e + c)
    d, n = (e + c)[days].astype(float), risk[days].astype(float)
    e = e[days]
    free = np.cumprod(1.0 - d / n)
    before = np.concatenate([[1.0], free[:-1]])
    value = np.cumsum(before * e / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = np.where(n > d, d / (n * (n - d)), 0.0)
    h = before * e / n**2
    # Σ (F - F_i)² g_i + Σ S² e (n - e)/n³ - 2 Σ (F - F_i) h_i, each sum up to the day
    first = value**2 * np.cumsum(g) - 2 * value * np.cumsum(value * g) + np.cumsum(value**2 * g)
    second = np.cumsum(before**2 * e * (n - e) / n**3)
    third = 2 * (value * np.cumsum(h) - np.cumsum(value * h))
    error = np.sqrt(np.clip(first + second - third, 0.0, None))
    own = e > 0
    return _rising(days[own], risk[days][own], e[own], value[own], error[own])


def _rising(days: Integers, risk: Integers, e: Integers, value: Floats, error: Floats) -> Curve:
    with np.errstate(divide="ignore", invalid="ignore"):
        free = 1.0 - value
        width = Z95 * error / (free * np.log(free))
        inner = (value > 0) & (value < 1)
        lower = np.where(inner, 1.0 - free ** np.exp(width), value)
        upper = np.where(inner, 1.0 - free ** np.exp(-width), value)
    return Curve(days, risk, e, value, error, lower, upper)
