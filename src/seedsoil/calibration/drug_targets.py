"""What the fit of the drugs compares: published results of trials with role `calibration` against the model.

Medians are compared as shares, which are smooth in the parameters and do not jump from scan to scan: of
the women, how many are without the event at the published median? The answer should be a half. Shares
are compared as log-odds, hazard ratios as logarithms. A duration of response is of the women who respond,
as many as the published rate says:

    z = (simulated - published) / σ,    σ² = sampling² + discrepancy²

Where the data say no more than that a number is above or below the one published (a median not reached),
z counts on the other side only. Rates of response have the denominator of the publication.

Shares of who enrols are good to ten points (`ENROLMENT`), since tables and protocols differ in what they call
disease. Fitted are those that no protocol asks for, of later lines, and of first lines measurable disease and
nodes: the rest of what is told of women at their first line is for the natural history to meet.

`sampling` follows from the published interval or the arm's size; `discrepancy` is what the model may miss
for reasons outside it: eligibility, readers, countries, later care.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.trials.discrepancy import CURVES, UNVERIFIED, kind_of
from seedsoil.trials.endpoints import CURVE, Simulated, Wanted, hazards, times
from seedsoil.units import MONTHS_PER_YEAR
from seedsoil.vocabulary import CR, PD, PR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from seedsoil.catalog import Trial
    from seedsoil.catalog.arms import Arm
    from seedsoil.catalog.published import BaselineFact, Published
    from seedsoil.trials.arms import ArmOutcomes, Bools

# Two-sided 95 % point of the normal distribution, rounded: the packaged fit of the drugs weighs its hazard
# ratios with it. `units.Z95` differs in the eighth digit and would move that fit.
_FITTED_Z95 = 1.959964
# ln or log-odds that the model may miss, by kind of result; half as much again if not verified.
DISCREPANCY = {"pfs": 0.20, "os": 0.25, "response": 0.25, "hr": 0.10, "other": 0.40}
ENROLMENT = "enrolment"
_POINTS = 0.1
"""Ten points of a share of who enrols, which the model may miss."""
_OF_FIRST_LINES = ("measurable", "nodes")
_OF_THE_NATURAL_HISTORY = (
    "de_novo",
    "disease_free_to_12",
    "disease_free_12_to_24",
    "disease_free_over_24",
)
FEWEST = 40
"""Women; a cell with fewer simulated is not fitted."""
# Subgroups by earlier treatment are small, and mirror the care of one country and time that the catalog
# has only as a guideline: they are left for `seedsoil validate`.
_BY_EARLIER_TREATMENT = {
    "had", "not_had", "recent_line_had", "had_adjuvant", "not_had_adjuvant", "endocrine_resistant",
    "chemo_lines", "endocrine_lines", "last_line_months", "first_line_months",
}  # fmt: skip


class Measured(NamedTuple):
    """A statistic of simulated women on the scale of the fit, its Monte-Carlo variance, and its women.

    NaN where nobody counts. Of a hazard ratio `women` are those of the smaller arm, and the variance is that
    of two arms of different women, while they are the same: at most so much.
    """

    value: float
    variance: float
    women: int


NOBODY = Measured(math.nan, math.nan, 0)


@dataclass(frozen=True)
class Target:
    """One published result to fit: what to compute, and what it should be on its scale.

    `measure` of the simulated trial gives the number on the scale of the fit; `natural` of the trial and that
    number says it in the unit of the published value.
    """

    wanted: Wanted
    published: float
    expected: float
    sampling: float
    discrepancy: float
    kind: str
    measure: Callable[[Simulated], Measured]
    natural: Callable[[Simulated, float], float]

    @property
    def sigma(self) -> float:
        """σ of the fit: sampling error and discrepancy together."""
        return math.hypot(self.sampling, self.discrepancy)

    def statistic(self, simulated: Simulated) -> float:
        """The number on the scale of the fit; NaN where too few women count."""
        found = self.measure(simulated)
        return found.value if found.women >= FEWEST else math.nan

    @property
    def unit(self) -> str:
        """Of the published value: months, share, or "" for a hazard ratio."""
        curve = CURVE.fullmatch(self.wanted.endpoint)
        if curve is None or curve[3]:
            return "share"
        return "" if curve[2] == "hr" else "months"

    @property
    def z_limits(self) -> tuple[float, float]:
        """Between which z may lie: of a number that the data only bound, on one side."""
        entry = self.wanted.entry
        bound = None if entry is None else entry.bound
        return (0.0 if bound == "<" else -math.inf, 0.0 if bound == ">" else math.inf)


def women_of(simulated: Simulated, one: Wanted) -> Bools:
    """Which women of its arm a result is of."""
    everybody = np.ones(simulated.arms[one.arm].women, np.bool_)
    return simulated.masks(one.among).get(one.arm, everybody)


def targets(trial: Trial) -> list[Target]:
    """The published results of a trial that are fitted: arm by arm, then the hazard ratios of two arms."""
    found: list[Target | None] = []
    for arm in trial.arms:
        # where a rate is published of all women, too, it would count twice
        of_measurable = [_rate(one) for one in arm.published if one.denominator == "measurable"]
        found += [
            _arm_target(Wanted(arm.name, entry.endpoint, entry), entry, _women(arm, entry))
            for entry in arm.published
            if _fitted(entry) and not (entry.denominator == "all" and _rate(entry) in of_measurable)
        ]
    if len(trial.arms) == 2:
        other = next(arm.name for arm in trial.arms if arm.name != trial.hr_reference)
        for entry in trial.comparisons:
            curve = CURVE.fullmatch(entry.endpoint)
            if _fitted(entry) and curve is not None and curve[1] in CURVES:
                found.append(_ratio_target(Wanted(other, entry.endpoint, entry), entry, curve[1]))
    found += _enrolment_targets(trial)
    return [target for target in found if target is not None]


def endpoints_of(fitted: Iterable[Target]) -> frozenset[str]:
    """The endpoints of the arms that targets need; who enrols needs none."""
    return frozenset(target.wanted.endpoint for target in fitted if target.kind != ENROLMENT)


def _enrolment_targets(trial: Trial) -> list[Target]:
    """The shares of who enrols that are fitted; what arms tell apart of the same women is averaged."""
    line = trial.eligible.line
    first = line is not None and line[0] == 1
    left_out = {*trial.eligible.asked(), *_OF_THE_NATURAL_HISTORY}
    told: dict[str, list[BaselineFact]] = {}
    for fact in trial.baseline:
        if fact.unit != "share" or fact.among is not None or fact.quantity in left_out:
            continue
        if fact.quantity in _OF_FIRST_LINES or not first:
            told.setdefault(fact.quantity, []).append(fact)
    return [_enrolment_target(trial, quantity, facts) for quantity, facts in told.items()]


def _enrolment_target(trial: Trial, quantity: str, facts: list[BaselineFact]) -> Target:
    n = sum(arm.n for arm in trial.arms)
    share = sum(fact.value for fact in facts) / len(facts)
    share = min(max(share, 0.5 / n), 1.0 - 0.5 / n)
    variance = share * (1.0 - share)

    def measure(simulated: Simulated) -> Measured:
        return _log_odds(simulated.baseline.have(quantity))

    return Target(
        Wanted(trial.arms[0].name, quantity), share, math.log(share / (1.0 - share)),
        1.0 / math.sqrt(n * variance), _POINTS / variance, ENROLMENT, measure,
        lambda _, log_odds: 1.0 / (1.0 + math.exp(-log_odds)),
    )  # fmt: skip


def _subgroup(entry: Published) -> dict[str, Any]:
    """The conditions of the subgroup that a result is of, beside measurable disease."""
    conditions = entry.among_conditions()
    if conditions.get("measurable"):
        del conditions["measurable"]
    return conditions


def _rate(entry: Published) -> tuple[str, dict[str, Any]]:
    """Which rate a result is, whatever its denominator, and of which subgroup."""
    return entry.endpoint.removesuffix("_measurable"), _subgroup(entry)


def _women(arm: Arm, entry: Published) -> int:
    """Women of an arm whom a result is of: of a duration of response those who responded, as published.

    A third of the arm are in a subgroup whose size is not told. 0 where no rate of response is published.
    """
    part = 3 if _subgroup(entry) else 1
    if not entry.endpoint.startswith("dor_"):
        return arm.n // part
    rates = [one for one in arm.published if _rate(one)[0] == "orr" and one.bound is None]
    for subgroup in (_subgroup(entry), {}):
        for one in rates:
            if _subgroup(one) == subgroup:
                return round(arm.n * one.value) // part
    return 0


def _fitted(entry: Published) -> bool:
    return not _BY_EARLIER_TREATMENT & set(entry.among_conditions())


def _log_odds(values: NDArray[Any]) -> Measured:
    """The log-odds of the share of true values."""
    women = values.size
    if women == 0:
        return NOBODY
    # half a woman keeps an empty cell finite
    k = float(np.mean(values)) * women
    yes, no = k + 0.5, women - k + 0.5
    return Measured(math.log(yes / no), 1.0 / yes + 1.0 / no, women)


def _counted(arm: ArmOutcomes, endpoint: str) -> tuple[Bools, Bools]:
    """Who has what a share counts, and among whom."""
    everybody = np.ones(arm.women, np.bool_)
    if endpoint in ("orr", "orr_measurable"):
        return arm.response >= PR, everybody if endpoint == "orr" else arm.measurable
    if endpoint == "cr":
        return arm.response == CR, everybody
    if endpoint == "pd_best":
        return arm.response == PD, everybody
    return arm.ratios[endpoint].part, arm.ratios[endpoint].whole


def _share(one: Wanted) -> Callable[[Simulated], Measured]:
    def measure(simulated: Simulated) -> Measured:
        part, whole = _counted(simulated.arms[one.arm], one.endpoint)
        return _log_odds(part[whole & women_of(simulated, one)])

    return measure


def _until(simulated: Simulated, one: Wanted, curve: str) -> NDArray[np.float64]:
    """Years to the event, of the women of a result whom the curve is of: of a duration those who respond."""
    until = times(simulated.arms[one.arm], curve)[0][women_of(simulated, one)]
    return until[~np.isnan(until)]


def _survival(one: Wanted, curve: str, years: float) -> Callable[[Simulated], Measured]:
    def measure(simulated: Simulated) -> Measured:
        return _log_odds(_until(simulated, one, curve) > years)

    return measure


def _median(one: Wanted, curve: str) -> Callable[[Simulated, float], float]:
    """The median in months; NaN where too few women count."""

    def natural(simulated: Simulated, known: float) -> float:
        if not math.isfinite(known):
            return math.nan
        return MONTHS_PER_YEAR * float(np.median(_until(simulated, one, curve)))

    return natural


def _arm_target(one: Wanted, entry: Published, n: int) -> Target | None:
    """The target of one published result of `n` women of an arm; None if the fit has no statistic for it."""
    curve, kind = CURVE.fullmatch(one.endpoint), kind_of(one.endpoint)
    if kind is None or kind == "hr" or n == 0:
        return None
    if curve is not None:
        share = entry.value if curve[3] else 0.5
        months = float(curve[3]) if curve[3] else entry.value
        measure = _survival(one, curve[1], months / MONTHS_PER_YEAR)
    else:
        share = entry.value
        if entry.denominator == "all" and {"bone", "bone_only"} & set(one.conditions):
            return None  # bone lesions are not measurable here, as they were by the criteria before RECIST
        measure = _share(one)
    share = min(max(share, 0.5 / n), 1.0 - 0.5 / n)
    sampling = 1.0 / math.sqrt(n * share * (1.0 - share))
    if curve is not None and not curve[3]:
        natural = _median(one, curve[1])
    else:

        def natural(_: Simulated, log_odds: float) -> float:
            return 1.0 / (1.0 + math.exp(-log_odds))

    return Target(
        one, entry.value, math.log(share / (1.0 - share)), sampling, _discrepancy(kind, entry),
        kind, measure,
        natural,
    )  # fmt: skip


def _ratio_target(one: Wanted, entry: Published, curve: str) -> Target:
    """The target of a published hazard ratio, on the scale of its logarithm."""
    if entry.low is not None and entry.high is not None:
        sampling = math.log(entry.high / entry.low) / (2.0 * _FITTED_Z95)
    else:
        sampling = DISCREPANCY["other"]

    def measure(simulated: Simulated) -> Measured:
        reference = Wanted(simulated.trial.hr_reference, one.endpoint, entry)
        mine, other = women_of(simulated, one), women_of(simulated, reference)
        women = int(min(mine.sum(), other.sum()))
        if women == 0:
            return NOBODY
        found = hazards(simulated, curve, one, mine, other)
        return Measured(float(found.log_hr), float(found.se) ** 2, women)

    return Target(
        one, entry.value, math.log(entry.value), sampling, _discrepancy("hr", entry), "hr", measure,
        lambda _, logarithm: math.exp(logarithm),
    )  # fmt: skip


def _discrepancy(kind: str, entry: Published) -> float:
    return DISCREPANCY[kind] * (1.0 if entry.verified else UNVERIFIED)
