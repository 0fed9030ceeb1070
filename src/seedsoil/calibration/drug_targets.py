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
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.trials.endpoints import CURVE, Simulated, Wanted, log_hazard_ratio, times
from seedsoil.units import DAYS_PER_YEAR, MONTHS_PER_YEAR
from seedsoil.vocabulary import CR, PD, PR

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.catalog import Trial
    from seedsoil.catalog.trials import Published
    from seedsoil.trials.arms import ArmOutcomes, Bools
    from seedsoil.trials.batched_survival import Floats

# Two-sided 95 % point of the normal distribution, rounded: the packaged fit of the drugs weighs its hazard
# ratios with it. `units.Z95` differs in the eighth digit and would move that fit.
_FITTED_Z95 = 1.959964
# Progression is dated by scans, which in life fall some days early or late.
_SCAN_JITTER = 10.0 / DAYS_PER_YEAR
# ln or log-odds that the model may miss, by kind of result; half as much again if not verified.
DISCREPANCY = {"pfs": 0.20, "os": 0.25, "response": 0.25, "hr": 0.10, "other": 0.40}
_UNVERIFIED = 1.5
# Women with measurable disease among all, from the calibration trials that publish the response rate of
# both: 0.74 to 0.85. Fewer are so in the model, whose bone lesions are never measurable, so response rates
# of all women are compared among the measurable, divided by this share.
MEASURABLE_SHARE = 0.79
_FEWEST = 40  # women; a cell with fewer simulated is not fitted
# Subgroups by earlier treatment are small, and mirror the care of one country and time that the catalog
# has only as a guideline: they are left for `seedsoil validate`.
_BY_EARLIER_TREATMENT = {
    "had", "not_had", "recent_line_had", "had_adjuvant", "not_had_adjuvant", "endocrine_resistant",
    "chemo_lines", "endocrine_lines", "last_line_months", "first_line_months",
}  # fmt: skip
_CURVES = {"pfs": "pfs", "ttp": "pfs", "chemo_free": "pfs", "os": "os"}
"""Curves that are fitted, and whose discrepancy they have."""
_RATIOS = ("esr1_at_progression", "attrition_1", "attrition_2", "attrition_3")


@dataclass(frozen=True)
class Target:
    """One published result to fit: what to compute, and what it should be on its scale.

    `statistic` of the simulated trial gives the number on the scale of the fit, NaN where too few women
    count; `natural` of the trial and that number says it in the unit of the published value.
    """

    wanted: Wanted
    published: float
    expected: float
    sigma: float
    statistic: Callable[[Simulated], float]
    natural: Callable[[Simulated, float], float]

    @property
    def unit(self) -> str:
        """Of the published value: months, share, or "" for a hazard ratio."""
        curve = CURVE.fullmatch(self.wanted.endpoint)
        if curve is None or curve[3]:
            return "share"
        return "" if curve[2] == "hr" else "months"


def women_of(simulated: Simulated, one: Wanted) -> Bools:
    """Which women of its arm a result is of."""
    everybody = np.ones(simulated.arms[one.arm].women, np.bool_)
    return simulated.masks(one.among).get(one.arm, everybody)


def targets(trial: Trial) -> list[Target]:
    """The published results of a trial that are fitted: arm by arm, then the hazard ratios of two arms."""
    found: list[Target | None] = []
    for arm in trial.arms:
        # where a rate is published of all women, too, it would count twice
        of_measurable = {_rate_of_measurable(entry) for entry in arm.published}
        found += [
            _arm_target(Wanted(arm.name, entry.endpoint, entry), entry, arm.n)
            for entry in arm.published
            if _fitted(entry) and (entry.endpoint not in of_measurable or entry.among_conditions())
        ]
    if len(trial.arms) == 2:
        other = next(arm.name for arm in trial.arms if arm.name != trial.hr_reference)
        for entry in trial.comparisons:
            curve = CURVE.fullmatch(entry.endpoint)
            if _fitted(entry) and curve is not None and curve[1] in _CURVES:
                found.append(_ratio_target(Wanted(other, entry.endpoint, entry), entry, curve[1]))
    return [target for target in found if target is not None]


def _rate_of_measurable(entry: Published) -> str | None:
    """The rate, orr or cr, that an entry gives of the women with measurable disease, if it does."""
    if entry.endpoint == "orr_measurable":
        return "orr"
    if entry.endpoint == "cr" and "measurable" in entry.among_conditions():
        return "cr"
    return None


def _fitted(entry: Published) -> bool:
    return not _BY_EARLIER_TREATMENT & set(entry.among_conditions())


def _surviving(years: Floats, t: float) -> float:
    """Share without the event at `t`, averaged over the days by which scans are early or late."""
    width = 2.0 * _SCAN_JITTER
    return float(np.mean(np.clip((years - (t - _SCAN_JITTER)) / width, 0.0, 1.0)))


def _log_odds(share: float, women: int) -> float:
    # half a woman keeps an empty cell finite
    k = share * women
    return math.log((k + 0.5) / (women - k + 0.5))


def _counted(arm: ArmOutcomes, endpoint: str) -> tuple[Bools, Bools]:
    """Who has what a share counts, and among whom."""
    if endpoint in ("orr", "orr_measurable"):
        return arm.response >= PR, arm.measurable
    if endpoint == "cr":
        return arm.response == CR, arm.measurable
    if endpoint == "pd_best":
        return arm.response == PD, np.ones(arm.women, np.bool_)
    return arm.ratios[endpoint].part, arm.ratios[endpoint].whole


def _share(one: Wanted) -> Callable[[Simulated], float]:
    def statistic(simulated: Simulated) -> float:
        part, whole = _counted(simulated.arms[one.arm], one.endpoint)
        values = part[whole & women_of(simulated, one)]
        if values.size < _FEWEST:
            return math.nan
        return _log_odds(float(np.mean(values)), values.size)

    return statistic


def _survival(one: Wanted, curve: str, years: float) -> Callable[[Simulated], float]:
    def statistic(simulated: Simulated) -> float:
        until = times(simulated.arms[one.arm], curve)[0][women_of(simulated, one)]
        if until.size < _FEWEST:
            return math.nan
        return _log_odds(_surviving(until, years), until.size)

    return statistic


def _median(one: Wanted, curve: str) -> Callable[[Simulated, float], float]:
    """The median in months; NaN where too few women count."""

    def natural(simulated: Simulated, known: float) -> float:
        until = times(simulated.arms[one.arm], curve)[0][women_of(simulated, one)]
        return MONTHS_PER_YEAR * float(np.median(until)) if math.isfinite(known) else math.nan

    return natural


def _arm_target(one: Wanted, entry: Published, n: int) -> Target | None:
    """The target of one published result of an arm of `n` women; None if the fit has no statistic for it."""
    curve = CURVE.fullmatch(one.endpoint)
    counted = 1.0  # of the women that the published value is of, those of the statistic
    if curve is not None and curve[1] in _CURVES and curve[2] != "hr":
        share = entry.value if curve[3] else 0.5
        months = float(curve[3]) if curve[3] else entry.value
        kind = _CURVES[curve[1]]
        statistic = _survival(one, curve[1], months / MONTHS_PER_YEAR)
    elif one.endpoint in ("orr", "orr_measurable", "cr", "pd_best", *_RATIOS):
        share = entry.value
        if one.endpoint in ("orr", "cr") and "measurable" not in one.conditions:
            if {"bone", "bone_only"} & set(one.conditions):
                return None  # bone lesions are not measurable here
            share = min(share / MEASURABLE_SHARE, 0.97)
            counted = MEASURABLE_SHARE
        kind = "other" if one.endpoint in _RATIOS else "response"
        statistic = _share(one)
    else:
        return None
    if one.among is not None:
        n = n // 3
    share = min(max(share, 0.5 / n), 1.0 - 0.5 / n)
    sampling = 1.0 / math.sqrt(n * share * (1.0 - share))
    if curve is not None and not curve[3]:
        natural = _median(one, curve[1])
    else:

        def natural(_: Simulated, log_odds: float) -> float:
            return counted / (1.0 + math.exp(-log_odds))

    return Target(
        one, entry.value, math.log(share / (1.0 - share)), _sigma(sampling, kind, entry), statistic,
        natural,
    )  # fmt: skip


def _ratio_target(one: Wanted, entry: Published, curve: str) -> Target:
    """The target of a published hazard ratio, on the scale of its logarithm."""
    if entry.low is not None and entry.high is not None:
        sampling = math.log(entry.high / entry.low) / (2.0 * _FITTED_Z95)
    else:
        sampling = DISCREPANCY["other"]

    def statistic(simulated: Simulated) -> float:
        reference = Wanted(simulated.trial.hr_reference, one.endpoint, entry)
        mine, other = women_of(simulated, one), women_of(simulated, reference)
        if min(mine.sum(), other.sum()) < _FEWEST:
            return math.nan
        return log_hazard_ratio(simulated, curve, one.arm, mine, other)

    return Target(
        one, entry.value, math.log(entry.value), _sigma(sampling, "hr", entry), statistic,
        lambda _, logarithm: math.exp(logarithm),
    )  # fmt: skip


def _sigma(sampling: float, kind: str, entry: Published) -> float:
    return math.hypot(sampling, DISCREPANCY[kind] * (1.0 if entry.verified else _UNVERIFIED))
