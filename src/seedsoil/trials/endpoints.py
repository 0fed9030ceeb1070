"""A trial's published results beside the model's: its mean, and what trials of that size would report."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.catalog.endpoints import endpoint
from seedsoil.display.words import of_women
from seedsoil.trials.arms import ArmOutcomes, Bools, Conduct, EventCut
from seedsoil.trials.batched_survival import Contrast, Floats, compare
from seedsoil.trials.outcomes import NOT_SIMULATED, SINCE_THE_LINE_BEGAN
from seedsoil.trials.readout import CURVES, SHARES, Group
from seedsoil.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, WEEKS_PER_YEAR
from seedsoil.vocabulary import PR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seedsoil.catalog import Trial
    from seedsoil.catalog.conditions import Subgroup
    from seedsoil.catalog.published import Published
    from seedsoil.trials.baseline import Baseline
    from seedsoil.trials.replicates import Replicates

ALL = ""
"""The group of all women of a trial."""
FEWEST = 30
"""A subgroup of fewer simulated women is not compared: its error would say nothing."""
ALWAYS = ("pfs_median", "os_median", "orr")
ALWAYS_COMPARED = ("pfs_hr", "os_hr")
CURVE = re.compile(r"(\w+)_(median|hr|at_(\d+))")
"""Endpoints read from a curve: the curve, what is read, and of a landmark its month."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class Simulated:
    """A trial's simulated women: what was known of them at enrolment, and their outcomes by arm."""

    trial: Trial
    baseline: Baseline
    arms: Mapping[str, ArmOutcomes]

    @property
    def reference(self) -> str | None:
        """The arm that hazard ratios are against; None for a cohort of one arm."""
        return self.trial.hr_reference if len(self.arms) > 1 else None

    def masks(self, among: Subgroup | None) -> dict[str, Bools]:
        """The women of a subgroup, by arm: responders differ between arms, all else is the same."""
        if among is None:
            return {}
        common = self.baseline.meet(among)
        responders = among.responders
        if responders is None:
            return dict.fromkeys(self.arms, common)
        return {
            name: common & ((arm.response >= PR) == responders) for name, arm in self.arms.items()
        }


Reading = tuple[float | None, str | None]
"""One way to read the same simulated trials: the data cut in months (None: the trial's own), and the arm that
the others are compared with (None: the reference)."""
OWN: Reading = (None, None)


@dataclass(frozen=True)
class Wanted:
    """An endpoint of an arm, or (a hazard ratio) of an arm against another.

    `entry` is the published result; None for what every trial reports and this one has not published.
    `against`: the arm that it is compared with; None for the reference.
    """

    arm: str
    endpoint: str
    entry: Published | None = None
    against: str | None = None

    @property
    def among(self) -> Subgroup | None:
        """The women it counts: a subgroup, those with measurable disease; None for all."""
        return None if self.entry is None else self.entry.counted

    @property
    def cut(self) -> float | None:
        """Months from the first enrolment to its data cut; None for the trial's own."""
        return None if self.entry is None else self.entry.follow_up_months

    @property
    def reading(self) -> Reading:
        """The reading of the trial that it is taken from."""
        return self.cut, self.against

    @property
    def conditions(self) -> dict[str, Any]:
        """What the subgroup asks of a woman; nothing for all women."""
        return {} if self.among is None else self.among.asked()

    @property
    def group(self) -> str:
        """Name of its group of women."""
        return among_words(self.conditions)


def published(trial: Trial) -> list[Wanted]:
    """Every published result of a trial: arm by arm, then the comparisons."""
    found = [
        Wanted(arm.name, entry.endpoint, entry) for arm in trial.arms for entry in arm.published
    ]
    for comparison in trial.comparisons:
        arm, other = trial.arms_of(comparison)
        against = None if other == trial.hr_reference else other
        found.append(Wanted(arm, comparison.endpoint, comparison, against))
    return found


def predicted(trial: Trial) -> list[Wanted]:
    """What every trial reports and this one has not published."""
    known = {
        (one.arm, one.endpoint)
        for one in published(trial)
        if one.among is None and one.against is None
    }
    others = [arm.name for arm in trial.arms if arm.name != trial.hr_reference]
    usual = [(arm.name, name) for arm in trial.arms for name in ALWAYS]
    usual += [(arm, name) for arm in others for name in ALWAYS_COMPARED]
    return [Wanted(*one) for one in usual if one not in known]


def conduct(trial: Trial, months: float | None = None) -> Conduct:
    """How a trial is run, in years; `months`: to a data cut that is not the trial's own."""
    follow_up = trial.follow_up_months if months is None else months
    return Conduct(
        accrual=trial.accrual_months / MONTHS_PER_YEAR,
        follow_up=follow_up / MONTHS_PER_YEAR,
        dropout=trial.dropout,
        scan_interval=trial.scan_weeks / WEEKS_PER_YEAR,
        accrual_rates=tuple(trial.accrual_rates),
        cut=None
        if trial.cut is None or months is not None
        else EventCut(
            trial.cut.endpoint, trial.cut.events, {arm.name: arm.n for arm in trial.arms}
        ),
    )


_FLAG_WORDS = {
    "her2_low": "HER2-low",
    "pd_l1_cps10": "PD-L1 CPS ≥ 10",
    "gbrca": "germline BRCA",
    "pik3ca_pathway": "PIK3CA pathway altered",
    "pik3ca": "PIK3CA altered",
    "esr1": "ESR1 mutation",
    "brain": "brain metastases",
    "bone": "bone metastases",
    "lung": "lung metastases",
    "liver": "liver metastases",
    "visceral": "visceral disease",
    "measurable": "measurable disease",
}
_LIST_WORDS = {
    "had": "after",
    "not_had": "never had",
    "recent_line_had": "line before with",
    "had_adjuvant": "after adjuvant",
    "not_had_adjuvant": "without adjuvant",
}


def among_words(conditions: Mapping[str, Any]) -> str:
    """A subgroup in words: "visceral disease", "no measurable disease", "line 2-3", "after cdk46"."""
    return ", ".join(_condition_words(name, value) for name, value in conditions.items())


def _condition_words(name: str, value: Any) -> str:
    words = name.replace("_", " ")
    if isinstance(value, bool):
        if name in _FLAG_WORDS:
            return _FLAG_WORDS[name] if value else f"no {_FLAG_WORDS[name]}"
        return words if value else f"not {words}"
    if name == "subtype":
        return " or ".join(value)
    if name == "menopause":
        return f"{value}menopausal"
    if isinstance(value, str):
        return value
    if name in _LIST_WORDS:
        return f"{_LIST_WORDS[name]} {' and '.join(value)}"
    range_words = _range_words(*value)
    if name.endswith("_months"):
        return f"{words.removesuffix(' months')} {range_words} months"
    return f"{words} {range_words}"


def _range_words(low: float, high: float) -> str:
    if low == high:
        return f"{low:g}"
    if high >= 10**6:
        return f"≥ {low:.4g}"
    return f"≤ {high:.4g}" if low == 0 else f"{low:.4g}-{high:.4g}"


def reason_not_given(wanted: Wanted, simulated: Simulated) -> str:
    """Why the model gives no number for a published result; empty if it does."""
    name = wanted.endpoint
    found = CURVE.fullmatch(name)
    family = found[1] if found else name
    arm = simulated.arms[wanted.arm]
    known = {*CURVES, *arm.further} if found else {*SHARES, *arm.ratios, *arm.medians}
    if family not in known | set(arm.correlations):
        return NOT_SIMULATED.get(family, "the model has no such endpoint")
    if simulated.trial.within_line:
        # `responded_by_12` is of the family `responded_by`
        since = family.rstrip("0123456789").removesuffix("_") in SINCE_THE_LINE_BEGAN
        if since or "responders" in wanted.conditions:
            return "it is read since the line began, and these women were randomised later in it"
    masks = simulated.masks(wanted.among)
    if masks:
        women = int(masks[wanted.arm].sum())
        if women < FEWEST:
            verb = "is" if women == 1 else "are"
            return f"only {of_women(women, 'simulated')} {verb} in this subgroup"
    return ""


def groups_of(wanted: Iterable[Wanted], simulated: Simulated) -> dict[str, Group]:
    """The groups of women that published results are of, each with what is to be reported of it."""
    asked: dict[str, list[Wanted]] = {}
    for one in wanted:
        asked.setdefault(one.group, []).append(one)
    groups: dict[str, Group] = {}
    for label, results in asked.items():
        curves, contrasts, numbers = set(), set(), set()
        for one in results:
            found = CURVE.fullmatch(one.endpoint)
            if found is None:
                numbers.add(one.endpoint)
            elif found[2] == "hr":
                contrasts.add(found[1])
            else:
                curves.add(found[1])
        masks = simulated.masks(results[0].among)
        groups[label] = Group(
            masks or None, frozenset(curves), frozenset(contrasts), frozenset(numbers)
        )
    return groups


def months_of(wanted: Iterable[Wanted]) -> set[float]:
    """The landmarks of published results, in months."""
    found = (CURVE.fullmatch(one.endpoint) for one in wanted)
    return {float(match[3]) for match in found if match and match[3]}


def readings_of(wanted: Iterable[Wanted]) -> list[Reading]:
    """The readings of the trials, their own first; of the others each once, in a fixed order."""
    others = {one.reading for one in wanted} - {OWN}
    return [OWN, *sorted(others, key=lambda one: (one[0] or 0.0, one[1] or ""))]


@dataclass(frozen=True)
class Result:
    """One result of a trial, published and simulated.

    `published` with its 95 % interval `low` to `high` (each None if not published); `mean` of the model at
    large n with its Monte-Carlo `error`; `predicted_low` to `predicted_high`: 95 % of trials of this
    size report a value between (None if fewer than 40 are drawn); `inside`: whether the published one is, or
    one that is rounded to it. Without a simulated number these are None and `reason` says why. `among` is the
    subgroup in words, empty for all women. `bound`: the data say no more than that the number is above (">")
    or below ("<") the one published; `digits`: the decimals to which it was published. `analysis`: whether a
    published hazard ratio is "stratified" or "adjusted", which the simulated one is not. `cut`: months from
    the first enrolment to the data cut, at the latest where it waits for events.

    `inside_90`: as `inside`, of the interval that holds 90 %. Over draws of the posterior the predicted
    intervals hold what is not known of the parameters, and `chance_low` to `chance_high`, `chance_inside` and
    `chance_inside_90` are of trials with the values in use alone; without draws they are None.
    `allowed_inside`, `allowed_inside_90`: with the posterior's own discrepancy besides, where it is told
    (`trials.discrepancy`).
    """

    arm: str
    endpoint: str
    among: str
    unit: str
    published: float | None
    low: float | None
    high: float | None
    verified: bool | None
    mean: float | None
    error: float | None
    predicted_low: float | None
    predicted_high: float | None
    inside: bool | None
    reason: str
    sources: tuple[str, ...]
    note: str
    bound: str
    digits: int | None
    analysis: str
    cut: float
    inside_90: bool | None = None
    chance_low: float | None = None
    chance_high: float | None = None
    chance_inside: bool | None = None
    chance_inside_90: bool | None = None
    allowed_inside: bool | None = None
    allowed_inside_90: bool | None = None


Reports = Mapping[Reading, Mapping[str, "Replicates"]]
"""What groups of women report, by the reading of the trials."""


class _Spread(NamedTuple):
    """Between what 95 % of trials lie, and whether the published number does, and between what 90 % do."""

    low: float | None = None
    high: float | None = None
    inside: bool | None = None
    inside_90: bool | None = None


def results(
    wanted: Sequence[Wanted],
    reasons: Sequence[str],
    means: Reports,
    replicates: Reports,
    trial: Trial,
    chance: Reports | None = None,
) -> list[Result]:
    """Each result beside the model's; `reasons` are those of `reason_not_given`.

    `chance`: trials with the values in use, where `replicates` are over draws of the posterior.
    """
    return [
        _result(one, reason, means, replicates, trial, chance)
        for one, reason in zip(wanted, reasons, strict=True)
    ]


def _result(
    one: Wanted,
    reason: str,
    means: Reports,
    replicates: Reports,
    trial: Trial,
    chance: Reports | None,
) -> Result:
    mean = error = None
    spread = alone = _Spread()
    if not reason:
        values = means[one.reading][one.group].endpoint(one.endpoint, one.arm)
        again = values[1:][np.isfinite(values[1:])]
        mean = float(values[0])
        error = float(again.std(ddof=1)) if again.size > 1 and math.isfinite(mean) else None
        drawn = replicates[one.reading][one.group]
        if math.isnan(mean) or math.isnan(drawn.interval(one.endpoint, one.arm)[1]):
            mean = error = None
            reason = "nobody in the simulated trial is followed so far"
        else:
            spread = _spread(one, drawn)
            alone = alone if chance is None else _spread(one, chance[one.reading][one.group])
    return replace(
        without_number(one, trial, reason),
        mean=mean, error=error, predicted_low=spread.low, predicted_high=spread.high,
        inside=spread.inside, inside_90=spread.inside_90, chance_low=alone.low, chance_high=alone.high,
        chance_inside=alone.inside, chance_inside_90=alone.inside_90,
    )  # fmt: skip


def _spread(one: Wanted, drawn: Replicates) -> _Spread:
    """Where the trials of `drawn` lie; nothing where they are too few to tell."""
    _, low, high = drawn.interval(one.endpoint, one.arm)
    if math.isnan(low) or not drawn.give_intervals:
        return _Spread()
    if one.entry is None:
        return _Spread(low, high)
    first, last = one.entry.limits
    _, low_90, high_90 = drawn.interval(one.endpoint, one.arm, 0.90)
    return _Spread(
        low, high, bool(low <= last and first <= high), bool(low_90 <= last and first <= high_90)
    )


def without_number(one: Wanted, trial: Trial, reason: str) -> Result:
    """A result as published, without a number of the model."""
    entry = one.entry
    known = endpoint(one.endpoint)
    ratio = one.endpoint.endswith("_hr")
    return Result(
        arm=f"{one.arm} v {one.against or trial.hr_reference}" if ratio else one.arm,
        endpoint=one.endpoint,
        among=one.group,
        unit=entry.unit if entry is not None else known.unit if known else "",
        published=None if entry is None else entry.value,
        low=None if entry is None else entry.low,
        high=None if entry is None else entry.high,
        verified=None if entry is None else entry.verified,
        mean=None,
        error=None,
        predicted_low=None,
        predicted_high=None,
        inside=None,
        reason=reason,
        sources=() if entry is None else tuple(entry.sources or trial.sources[:1]),
        note="" if entry is None else entry.note,
        bound="" if entry is None else entry.bound or "",
        digits=None if entry is None else entry.digits,
        analysis="" if entry is None else entry.analysis or "",
        cut=trial.follow_up_months if one.cut is None else one.cut,
    )


def times(arm: ArmOutcomes, curve: str) -> tuple[Floats, Bools]:
    """Years to the event of a curve and whether it comes; NaN for women who are not of it."""
    if curve == "dor":
        return np.where(arm.response >= PR, arm.pfs_time - arm.responded_at, np.nan), arm.pfs_event
    if curve in ("pfs", "os"):
        return getattr(arm, f"{curve}_time"), getattr(arm, f"{curve}_event")
    return arm.further[curve].time, arm.further[curve].event


def hazards(simulated: Simulated, curve: str, of: Wanted, one: Bools, other: Bools) -> Contrast:
    """Cox's hazard ratio (Efron's ties) of an arm against the reference, without dropout.

    `of`: the result; `one`, `other`: which women of the two arms count. Each is followed to the cut of the
    data: woman i enters accrual at the fraction part of i times the golden ratio, which is even and the
    same whatever becomes of her. Fast and smooth, for the fit, which asks many times.
    """
    run = conduct(simulated.trial, of.cut)
    entry = np.modf(simulated.baseline.patient * _GOLDEN)[0]
    followed = run.follow_up - run.entered(entry)
    until, events = [], []
    for name, mask in ((of.arm, one), (simulated.trial.hr_reference, other)):
        time, event = times(simulated.arms[name], curve)
        keep = mask & np.isfinite(time)
        until.append(np.minimum(time, followed)[keep])
        events.append((event & (time <= followed))[keep])
    number = np.repeat(np.array([1, 0], np.int8), [until[0].size, until[1].size])
    days = np.rint(DAYS_PER_YEAR * np.concatenate(until))
    return compare(days, np.concatenate(events), number)
