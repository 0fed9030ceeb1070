"""What the fit of the drugs compares: published results of trials with role `calibration` against the model.

Medians are compared as shares, which are smooth in the parameters and do not jump from scan to scan: of
the women, how many are without the event at the published median? The answer should be a half. Shares
are compared as log-odds, hazard ratios as logarithms:

    z = (simulated - published) / σ,    σ² = sampling² + discrepancy²

`sampling` follows from the published interval or the arm's size; `discrepancy` is what the model may miss
for reasons outside it: eligibility, readers, countries, later care.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.biology.lesions import ORGANS
from seedsoil.biology.response import PD, PR
from seedsoil.biology.woman import BIOMARKERS, SUBTYPES
from seedsoil.plan import Names
from seedsoil.trials.follow import Followed
from seedsoil.trials.population import Population
from seedsoil.trials.statistics import compare

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

MONTHS_PER_YEAR = 12.0
_Z95 = 1.959964
# Progression is dated by scans, which in life fall some days early or late.
_SCAN_JITTER = 10.0 / 365.25
# ln or log-odds that the model may miss, by kind of result; half as much again if not verified.
DISCREPANCY = {"pfs": 0.20, "os": 0.25, "response": 0.25, "hr": 0.10, "other": 0.40}
_UNVERIFIED = 1.5
# Women with measurable disease among all, from the calibration trials that publish the response rate of
# both: 0.74 to 0.85. Fewer are so in the model, whose bone lesions are never measurable, so response rates
# of all women are compared among the measurable, divided by this share.
MEASURABLE_SHARE = 0.79
_FEWEST = 40  # women; a cell with fewer simulated is not fitted


@dataclass(frozen=True)
class Enrolled:
    """Women who enrolled in one arm, an entry a woman; times in years since enrolment."""

    index: NDArray[np.int64]
    pfs: Floats
    progressed: Mask
    survival: Floats
    died: Mask
    response: NDArray[np.integer[Any]]
    measurable: Mask
    line: NDArray[np.integer[Any]]
    organs: NDArray[np.integer[Any]]
    visceral: Mask
    brain: Mask
    bone_only: Mask
    esr1: Mask
    esr1_after: Mask
    next_line: Mask
    lines_after: NDArray[np.integer[Any]]
    until_chemo: Floats
    subtype: NDArray[np.integer[Any]]
    biomarkers: NDArray[np.integer[Any]]

    @property
    def women(self) -> int:
        return int(self.index.size)


def enrolled(population: Population, followed: Followed, chemo: Mask) -> Enrolled:
    """The women with a trial line in `followed`. `chemo`: which regimens are chemotherapy."""
    lines, ends = followed.lines, followed.ends
    owner = np.repeat(np.arange(population.size), ends.lines)
    at = np.flatnonzero(lines.trial)
    row = lines[at]
    index = owner[at]
    women = population.women[index]
    died_at = women.since_diagnosis + ends.died_at[index]
    survival = died_at - row.started_at
    seen = np.isfinite(row.progressed_at)
    pfs = np.where(seen, row.progressed_at - row.started_at, survival)
    after = np.minimum(at + 1, lines.size - 1)
    has_next = (at + 1 < lines.size) & (owner[after] == index)
    # first chemotherapy after the trial's line, or death
    last = ends.first_line[index] + ends.lines[index]
    until = survival.copy()
    for step in range(1, 24):
        place = np.minimum(at + step, lines.size - 1)
        here = (at + step < last) & chemo[lines.regimen[place]]
        start = lines.started_at[place] - row.started_at
        until = np.where(here, np.minimum(until, start), until)
    return Enrolled(
        index=index,
        pfs=pfs,
        progressed=seen,
        survival=survival,
        died=np.ones(index.size, np.bool_),
        response=row.best_response,
        measurable=row.measurable,
        line=row.line,
        organs=row.organs,
        visceral=row.visceral,
        brain=row.brain,
        bone_only=row.bone_only,
        esr1=row.esr1,
        esr1_after=has_next & lines.esr1[after],
        next_line=has_next,
        lines_after=ends.lines[index] - row.line,
        until_chemo=until,
        subtype=women.subtype,
        biomarkers=women.biomarkers,
    )


def mask(women: Enrolled, among: Mapping[str, Any]) -> Mask | None:
    """Which women a subgroup names; None for a condition that is not known at enrolment."""
    keep = np.ones(women.women, np.bool_)
    for key, wanted in among.items():
        if wanted is None or wanted == () or wanted == []:
            continue
        if key == "subtype":
            codes = [SUBTYPES.index(name) for name in wanted]
            keep &= np.isin(women.subtype, codes)
        elif key == "responders":
            keep &= (women.response >= PR) == wanted
        elif key in ("measurable", "visceral", "brain", "bone_only", "esr1"):
            keep &= getattr(women, key) == wanted
        elif key in ORGANS:
            keep &= (women.organs >> ORGANS.index(key) & 1 == 1) == wanted
        elif key in BIOMARKERS:
            keep &= (women.biomarkers >> BIOMARKERS.index(key) & 1 == 1) == wanted
        elif key == "line":
            keep &= (women.line >= wanted[0]) & (women.line <= wanted[1])
        else:
            return None
    return keep


def _surviving(times: Floats, t: float) -> float:
    """Share without the event at `t`, averaged over the days by which scans are early or late."""
    width = 2.0 * _SCAN_JITTER
    return float(np.mean(np.clip((times - (t - _SCAN_JITTER)) / width, 0.0, 1.0)))


def _log_odds(share: float, women: int) -> float:
    # half a woman keeps an empty cell finite
    k = share * women
    return math.log((k + 0.5) / (women - k + 0.5))


@dataclass(frozen=True)
class Target:
    """One published result to fit: what to compute, and what it should be on its scale."""

    trial: str
    arm: str
    endpoint: str
    among: tuple[tuple[str, Any], ...]
    published: float
    expected: float
    sigma: float
    statistic: Callable[[Enrolled], float]


_SHARES: dict[str, Callable[[Enrolled], Mask]] = {
    "orr": lambda w: (w.response >= PR)[w.measurable],
    "orr_measurable": lambda w: (w.response >= PR)[w.measurable],
    "pd_best": lambda w: w.response == PD,
    "esr1_at_progression": lambda w: w.esr1_after[w.next_line],
    "attrition_1": lambda w: (w.lines_after == 0)[w.line == 1],
    "attrition_2": lambda w: (w.lines_after == 1)[w.lines_after >= 1],
    "attrition_3": lambda w: (w.lines_after == 2)[w.lines_after >= 2],
}


def _share_statistic(of: Callable[[Enrolled], Mask]) -> Callable[[Enrolled], float]:
    def statistic(women: Enrolled) -> float:
        values = of(women)
        if values.size < _FEWEST:
            return math.nan
        return _log_odds(float(np.mean(values)), values.size)

    return statistic


def _survival_statistic(curve: str, years: float) -> Callable[[Enrolled], float]:
    def statistic(women: Enrolled) -> float:
        times: Floats = getattr(women, curve)
        if times.size < _FEWEST:
            return math.nan
        return _log_odds(_surviving(times, years), times.size)

    return statistic


_CURVES = {"pfs": "pfs", "ttp": "pfs", "os": "survival", "chemo_free": "until_chemo"}


def arm_target(trial: str, arm: str, n: int, entry: Any) -> Target | None:
    """The target of one published result of an arm; None if the fit has no statistic for it."""
    among = entry.among_conditions()
    name, _, rest = entry.endpoint.partition("_")
    if entry.endpoint.startswith("chemo_free"):
        name, rest = "chemo_free", "median"
    if name in _CURVES and rest == "median":
        share, years, kind = 0.5, entry.value / MONTHS_PER_YEAR, "os" if name == "os" else "pfs"
        statistic = _survival_statistic(_CURVES[name], years)
    elif name in _CURVES and rest.startswith("at_"):
        share, years = entry.value, float(rest[3:]) / MONTHS_PER_YEAR
        kind = "os" if name == "os" else "pfs"
        statistic = _survival_statistic(_CURVES[name], years)
    elif entry.endpoint in _SHARES:
        share = entry.value
        if entry.endpoint == "orr":
            if "bone" in among or "bone_only" in among:
                return None  # bone lesions are not measurable here
            share = min(share / MEASURABLE_SHARE, 0.97)
        kind = "response" if entry.endpoint.startswith(("orr", "pd")) else "other"
        statistic = _share_statistic(_SHARES[entry.endpoint])
    else:
        return None
    if among:
        n = n // 3
    share = min(max(share, 0.5 / n), 1.0 - 0.5 / n)
    sampling = 1.0 / math.sqrt(n * share * (1.0 - share))
    allowed = DISCREPANCY[kind] * (1.0 if entry.verified else _UNVERIFIED)
    return Target(
        trial=trial, arm=arm, endpoint=entry.endpoint, among=tuple(among.items()),
        published=entry.value, expected=math.log(share / (1.0 - share)),
        sigma=math.hypot(sampling, allowed), statistic=statistic,
    )


def ratio_sigma(entry: Any) -> float:
    """σ of ln of a published hazard ratio."""
    if entry.low is not None and entry.high is not None:
        sampling = math.log(entry.high / entry.low) / (2.0 * _Z95)
    else:
        sampling = DISCREPANCY["other"]
    allowed = DISCREPANCY["hr"] * (1.0 if entry.verified else _UNVERIFIED)
    return math.hypot(sampling, allowed)


def log_hazard_ratio(a: Enrolled, b: Enrolled, curve: str, horizon: float) -> float:
    """ln of the hazard ratio of arm a against b (Cox), followed for `horizon` years."""
    if min(a.women, b.women) < _FEWEST:
        return math.nan
    times = [np.minimum(getattr(x, curve), horizon) for x in (a, b)]
    events = [getattr(x, curve) <= horizon for x in (a, b)]
    arm = np.repeat([1, 0], [a.women, b.women])
    days = np.round(np.concatenate(times) * 365.25)
    contrast = compare(days, np.concatenate(events), arm)
    return float(np.asarray(contrast.log_hr))


def chemo_regimens(names: Names, plan: Any) -> Mask:
    """Which regimens of a plan count as chemotherapy."""
    flags: Mask = np.asarray(plan.constants.regimen_chemo[: len(names.regimens)] == 1)
    return flags
