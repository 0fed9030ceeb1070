"""Survival statistics of many trials at once.

`compare` (log-rank test and Cox model of two arms) and `curves` (Kaplan-Meier) take arrays whose rows
are trials and whose columns are patients, and do thousands of trials a second; a single long row is
a trial of its own, so a simulated population fits too.

For single curves to draw, see `seedsoil.results.survival`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedsoil.errors import InputError
from seedsoil.jit import compiled
from seedsoil.model.elementary import exp_each
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

_Result = TypeVar("_Result", "Contrast", "Curves")
_LOG_LOG_HALF = math.log(math.log(2.0))  # ln(-ln S) at S = 1/2
_ROUNDING = 1e-12  # a curve this near to one half has reached it


# ---------------------------------------------------------------- one trial, compiled


@compiled
def _risk_sets(
    time: NDArray[Any],
    event: NDArray[Any],
    arm: NDArray[Any],
    stratum: NDArray[Any],
    strata: int,
    order: NDArray[Any],
    sets: NDArray[Any],
) -> int:
    """Fill `sets` with a row a stratum and event time: at risk in arm 0 and 1, events in arm 0 and 1."""
    rows = 0
    for s in range(strata):
        at_risk_0 = at_risk_1 = 0
        i = order.size - 1
        while i >= 0:
            now = time[order[i]]
            events_0 = events_1 = 0
            while i >= 0 and time[order[i]] == now:
                j = order[i]
                i -= 1
                if stratum[j] != s:
                    continue
                if arm[j] == 0:
                    at_risk_0 += 1
                    events_0 += event[j]
                elif arm[j] == 1:
                    at_risk_1 += 1
                    events_1 += event[j]
            if events_0 + events_1 > 0:
                sets[rows, 0] = at_risk_0
                sets[rows, 1] = at_risk_1
                sets[rows, 2] = events_0
                sets[rows, 3] = events_1
                rows += 1
    return rows


@compiled
def _log_rank(sets: NDArray[Any], rows: int) -> float:
    """χ² = (Σ (d₁ - d n₁/n))² / Σ d n₀ n₁ (n-d) / (n² (n-1)); NaN when the variance is 0."""
    difference = variance = 0.0
    for r in range(rows):
        n0, n1, d0, d1 = sets[r, 0], sets[r, 1], sets[r, 2], sets[r, 3]
        n, d = n0 + n1, d0 + d1
        difference += d1 - d * n1 / n
        if n > 1.0:
            variance += d * n0 * n1 * (n - d) / (n * n * (n - 1.0))
    return difference * difference / variance if variance > 0.0 else math.nan


@compiled
def _score(sets: NDArray[Any], rows: int, beta: float) -> tuple[float, float]:
    """First derivative of Cox's log partial likelihood (Efron's ties) and minus the second, at β.

    Of d tied events the l-th finds the share l/d of them already gone: it falls in arm 1 with
    probability θ(n₁ - l/d d₁) / (θ(n₁ - l/d d₁) + n₀ - l/d d₀), θ = e^β.
    """
    theta = math.exp(beta)
    score = information = 0.0
    for r in range(rows):
        n0, n1, d0, d1 = sets[r, 0], sets[r, 1], sets[r, 2], sets[r, 3]
        if n0 == 0.0 or n1 == 0.0:
            continue
        d = d0 + d1
        score += d1
        for tied in range(int(d)):
            gone = tied / d
            ones = theta * (n1 - gone * d1)
            share = ones / (ones + n0 - gone * d0)
            score -= share
            information += share * (1.0 - share)
    return score, information


@compiled
def _cox(sets: NDArray[Any], rows: int) -> tuple[float, float]:
    """The log hazard ratio of arm 1 and its standard error, by Newton's method held in a bracket.

    Infinite with an infinite error where one arm has no event while the other is at risk; NaN where
    nothing is known.
    """
    rises = falls = False
    for r in range(rows):
        rises = rises or (sets[r, 0] > 0.0 and sets[r, 3] > 0.0)
        falls = falls or (sets[r, 1] > 0.0 and sets[r, 2] > 0.0)
    if not rises and not falls:
        return math.nan, math.nan
    if not falls:
        return math.inf, math.inf
    if not rises:
        return -math.inf, math.inf
    low, high, beta = -math.inf, math.inf, 0.0
    information = 0.0
    for _ in range(100):
        score, information = _score(sets, rows, beta)
        if score > 0.0:
            low = beta
        else:
            high = beta
        step = score / information
        step = max(-2.0, min(2.0, step))
        if not low <= beta + step <= high:
            step = 0.5 * (low + high) - beta
        beta += step
        if abs(step) < 1e-10:
            break
    return beta, 1.0 / math.sqrt(information)


@compiled
def _curve(
    time: NDArray[Any],
    event: NDArray[Any],
    arm: NDArray[Any],
    wanted: int,
    order: NDArray[Any],
    landmarks: NDArray[Any],
    z: float,
    median: NDArray[Any],
    at: NDArray[Any],
    followed: NDArray[Any],
) -> None:
    """Kaplan-Meier of one arm.

    `median` gets the median and its limits, `at` survival at landmarks, `followed` the number at risk just
    before them.
    """
    size = order.size
    at_risk = 0
    for i in range(size):
        at_risk += arm[i] == wanted
    median[:] = math.nan if at_risk == 0 else math.inf
    at[:] = math.nan
    followed[:] = 0
    alive, greenwood = 1.0, 0.0
    passed = counted = 0
    i = 0
    while i < size and at_risk > 0:
        if arm[order[i]] != wanted:
            i += 1
            continue
        now = time[order[i]]
        while passed < landmarks.size and landmarks[passed] < now:
            at[passed] = alive
            passed += 1
        while counted < landmarks.size and landmarks[counted] <= now:
            followed[counted] = at_risk
            counted += 1
        events = leaving = 0
        while i < size and time[order[i]] == now:
            j = order[i]
            i += 1
            if arm[j] == wanted:
                leaving += 1
                events += event[j]
        if events > 0:
            alive *= (at_risk - events) / at_risk
            if at_risk > events:
                greenwood += events / (at_risk * (at_risk - events))
            if alive <= 0.5 + _ROUNDING:
                median[0] = min(median[0], now)
            if events == at_risk:
                median[1] = min(median[1], now)
                median[2] = min(median[2], now)
            elif math.isinf(median[2]):
                log_alive = math.log(alive)
                spread = z * math.sqrt(greenwood) / -log_alive
                centre = math.log(-log_alive)
                if centre + spread >= _LOG_LOG_HALF:
                    median[1] = min(median[1], now)
                if centre - spread >= _LOG_LOG_HALF:
                    median[2] = now
        at_risk -= leaving
        if at_risk == 0:  # known at this very time; later only if nobody is left alive
            while passed < landmarks.size and (landmarks[passed] == now or events == leaving):
                at[passed] = alive
                passed += 1


@compiled
def _compare_rows(
    time: NDArray[Any],
    event: NDArray[Any],
    arm: NDArray[Any],
    stratum: NDArray[Any],
    strata: int,
    order: NDArray[Any],
    sets: NDArray[Any],
    out: NDArray[Any],
) -> None:
    """χ², ln HR and its standard error of every row, into `out`. `sets` is scratch space."""
    for r in range(time.shape[0]):
        rows = _risk_sets(time[r], event[r], arm[r], stratum[r], strata, order[r], sets)
        out[r, 0] = _log_rank(sets, rows)
        out[r, 1], out[r, 2] = _cox(sets, rows)


@compiled
def _curve_rows(
    time: NDArray[Any],
    event: NDArray[Any],
    arm: NDArray[Any],
    wanted: int,
    order: NDArray[Any],
    landmarks: NDArray[Any],
    z: float,
    medians: NDArray[Any],
    at: NDArray[Any],
    followed: NDArray[Any],
) -> None:
    for r in range(time.shape[0]):
        _curve(
            time[r],
            event[r],
            arm[r],
            wanted,
            order[r],
            landmarks,
            z,
            medians[r],
            at[r],
            followed[r],
        )


# ---------------------------------------------------------------- batches of trials


@dataclass(frozen=True)
class Contrast:
    """Two arms compared, an entry a trial: log-rank χ² (1 degree of freedom), ln HR, standard error.

    The hazard ratio is that of arm 1 to arm 0.
    """

    chi2: Floats
    log_hr: Floats
    se: Floats

    @property
    def hr(self) -> Floats:
        """The hazard ratio; 0 or infinite where one arm has no event while the other is at risk."""
        return exp_each(self.log_hr)

    @property
    def low(self) -> Floats:
        """Lower limit of the hazard ratio's 95 % interval (Wald)."""
        return self._limit(-Z95, 0.0)

    @property
    def high(self) -> Floats:
        """Upper limit of the hazard ratio's 95 % interval (Wald)."""
        return self._limit(Z95, np.inf)

    @property
    def p(self) -> Floats:
        """Two-sided p-value of the log-rank test."""
        from scipy.special import erfc

        return np.asarray(erfc(np.sqrt(0.5 * self.chi2)), np.float64)

    def _limit(self, z: float, unknown: float) -> Floats:
        bounded = np.isfinite(self.se)
        limit = exp_each(np.where(bounded, self.log_hr, 0.0) + z * np.where(bounded, self.se, 0.0))
        return np.where(bounded, limit, np.where(np.isnan(self.log_hr), np.nan, unknown))


@dataclass(frozen=True)
class Curves:
    """Kaplan-Meier curves summarised, an entry a trial, in the unit of the times given.

    `median` with its 95 % interval `low` to `high` (Brookmeyer and Crowley 1982, log-log limits);
    infinite where not reached. `at`: survival at the landmarks (last axis), NaN beyond the last time
    anybody is followed to. `at_risk`: the number followed and without the event just before the
    landmarks. All NaN (nobody at risk) for an arm without patients.
    """

    median: Floats
    low: Floats
    high: Floats
    at: Floats
    at_risk: NDArray[np.int64]


def compare(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    order: NDArray[np.intp] | None = None,
) -> Contrast:
    """Log-rank test and Cox model of arm 1 against arm 0, for every row.

    The Cox model has the arm as its one covariate and Efron's approximation for ties, which trials
    that look for progression at scans are full of. `time` ≥ 0 in any unit, `event` true or false,
    `arm` 0 or 1, or negative for a patient to leave out; all of one shape, (trials, patients) or
    (patients,), and the results have that shape less its last axis. `strata`, of the same shape,
    holds the numbers from 0 of strata with baseline hazards of their own: both statistics are then
    stratified. `order`: `argsort` of `time` along the patients, if at hand. Without an event, or with
    an empty arm, everything is NaN. Raises InputError for arrays that are not such.
    """
    times, events, arms = _checked(time, event, arm)
    if strata is None:
        stratum, count = np.zeros(times.shape, np.int64), 1
    else:
        stratum = np.ascontiguousarray(np.atleast_2d(np.asarray(strata, np.int64)))
        if stratum.shape != times.shape or (stratum < 0).any():
            raise InputError("strata: must be numbers from 0 in the shape of time.")
        count = int(stratum.max(initial=0)) + 1
    sets, out = np.empty((times.shape[1], 4)), np.empty((times.shape[0], 3))
    _compare_rows(times, events, arms, stratum, count, _sorted(times, order), sets, out)
    return _shaped(Contrast(out[:, 0], out[:, 1], out[:, 2]), np.shape(time)[:-1])


def curves(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    wanted: int = 0,
    landmarks: Sequence[float] = (),
    *,
    order: NDArray[np.intp] | None = None,
) -> Curves:
    """Kaplan-Meier estimates of the patients whose `arm` is `wanted`, for every row.

    Arrays and errors as for `compare`, except that there may be any number of arms. `landmarks`,
    ascending and in the unit of `time`: where to read survival.
    """
    times, events, arms = _checked(time, event, arm)
    marks = np.array(landmarks, np.float64)
    if (np.diff(marks) <= 0.0).any():
        raise InputError(f"landmarks {tuple(landmarks)}: must ascend.")
    medians = np.empty((times.shape[0], 3))
    at = np.empty((times.shape[0], marks.size))
    at_risk = np.empty((times.shape[0], marks.size), np.int64)
    _curve_rows(
        times, events, arms, wanted, _sorted(times, order), marks, Z95, medians, at, at_risk
    )
    found = Curves(medians[:, 0], medians[:, 1], medians[:, 2], at, at_risk)
    return _shaped(found, np.shape(time)[:-1])


def _checked(
    time: ArrayLike, event: ArrayLike, arm: ArrayLike
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int8]]:
    times = np.ascontiguousarray(np.atleast_2d(np.asarray(time, np.float64)))
    events = np.ascontiguousarray(np.atleast_2d(np.asarray(event, np.bool_)))
    arms = np.ascontiguousarray(np.atleast_2d(np.asarray(arm, np.int8)))
    if times.ndim != 2 or not times.shape == events.shape == arms.shape:
        raise InputError(
            f"time, event and arm have shapes {times.shape}, {events.shape} and {arms.shape}; "
            "they must have one, (trials, patients)."
        )
    if not (np.isfinite(times) & (times >= 0.0)).all():
        raise InputError("time: every entry must be finite and 0 or more.")
    return times, events, arms


def _sorted(times: Floats, order: NDArray[np.intp] | None) -> NDArray[np.intp]:
    return np.argsort(times, axis=1) if order is None else np.atleast_2d(order)


def _shaped(result: _Result, shape: tuple[int, ...]) -> _Result:
    """`result` of one row a trial, its first axis replaced by `shape`."""
    arrays = {field.name: getattr(result, field.name) for field in fields(result)}
    return type(result)(**{k: v.reshape(shape + v.shape[1:]) for k, v in arrays.items()})
