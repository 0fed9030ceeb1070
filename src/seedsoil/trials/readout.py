"""What a trial reports at its data cut, for many trials at once (rows) of many women (columns)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.trials.batched_survival import Contrast, Curves, Floats, compare, curves
from seedsoil.units import DAYS_PER_YEAR, MONTHS_PER_YEAR
from seedsoil.vocabulary import CR, PD, PR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.trials.arms import ArmOutcomes, Bools, Conduct

CURVES = ("pfs", "os", "dor")
SHARES = ("orr", "orr_measurable", "cr", "pd_best")
_OUT = np.int8(-1)
_INSTANT = 1e-9  # years: so that the event that makes the cut is before it, whatever rounding does


@dataclass(frozen=True)
class Group:
    """Women to report on and what to report: everything, or only what is named.

    `among`: by arm, a mask of the women who count; None for all. `curves`: survival curves by name
    (pfs, os, dor and further ones); `contrasts`: those of them to compare with the reference;
    `numbers`: shares, medians and correlations.
    """

    among: Mapping[str, Bools] | None = None
    curves: frozenset[str] | None = None
    contrasts: frozenset[str] | None = None
    numbers: frozenset[str] | None = None


@dataclass(frozen=True)
class ArmResult:
    """What one arm reports, an entry a trial. Times in months.

    `women` counted; `curves`: pfs, os, dor (duration of response) and further ones; `contrasts`: the
    arm against the reference, by curve (none for the reference itself); `numbers`: shares (`orr` of all
    women, `orr_measurable` of those with target lesions, `cr`, `pd_best` and further ones), medians and
    correlations.
    """

    women: NDArray[np.int64]
    curves: Mapping[str, Curves]
    contrasts: Mapping[str, Contrast]
    numbers: Mapping[str, Floats]


@dataclass(frozen=True)
class Draws:
    """Which women take part, when they enrol (uniform) and are lost (exponential): (trials, women).

    The first `n` columns are the women of the first arm, and so on.
    """

    women: NDArray[np.intp]
    uniform: Floats
    lost: Floats
    n: Mapping[str, int]

    def arms(self) -> Iterator[tuple[str, tuple[slice, slice]]]:
        """Each arm's name and place."""
        end = 0
        for name, count in self.n.items():
            yield name, np.s_[:, end : end + count]
            end += count


@dataclass(frozen=True)
class _Followed:
    """How long each woman is followed, and up to which scan, years; who has enrolled (None: all)."""

    followed: Floats
    scanned: Floats
    enrolled: Bools | None = None

    def part(self, place: tuple[slice, slice]) -> _Followed:
        """The same of one arm."""
        return _Followed(self.followed[place], self.scanned[place])


def _followed(conduct: Conduct, draws: Draws, cut: Floats | None = None) -> _Followed:
    """`cut`: dates of the data cuts in years since accrual began, a row each; None: `follow_up`."""
    entered = conduct.entered(draws.uniform)
    enrolled = None
    if cut is None:
        followed = conduct.follow_up - entered
    else:
        enrolled = entered <= cut[:, None]
        followed = np.maximum(cut[:, None] - entered, 0.0)
    if conduct.dropout > 0.0:
        followed = np.minimum(followed, draws.lost / conduct.dropout)
    scanned = followed
    if conduct.scan_interval > 0.0:
        scanned = np.floor(followed / conduct.scan_interval) * conduct.scan_interval
    return _Followed(followed, scanned, enrolled)


def event_dates(arms: Mapping[str, ArmOutcomes], conduct: Conduct, draws: Draws) -> Floats:
    """Years from the beginning of accrual to each woman's event of the cut; infinite if it is never seen."""
    assert conduct.cut is not None
    entered = conduct.entered(draws.uniform)
    dates = np.full(entered.shape, np.inf)
    for name, place in draws.arms():
        arm, women = arms[name], draws.women[place]
        deaths = conduct.cut.curve == "os"
        time = (arm.os_time if deaths else arm.pfs_time)[women]
        seen = (arm.os_event if deaths else arm.pfs_event)[women]
        if conduct.dropout > 0.0:
            seen = seen & (time <= draws.lost[place] / conduct.dropout)
        dates[place] = np.where(seen, entered[place] + time, np.inf)
    return dates


def cut_dates(dates: Floats, events: float, weights: Floats) -> Floats:
    """The date of the event number `events` in each row of `dates`; infinite where it is not reached.

    Each column counts for its weight.
    """
    order = np.argsort(dates, axis=1)
    reached = np.cumsum(weights[order], axis=1) >= events - 1e-9 * max(1.0, events)
    first = np.argmax(reached, axis=1)
    date = dates[np.arange(first.size), order[np.arange(first.size), first]]
    return np.where(reached.any(axis=1), date, np.inf)


def _cuts(arms: Mapping[str, ArmOutcomes], conduct: Conduct, draws: Draws) -> Floats | None:
    """The date of each trial's data cut, years; None where all are cut at `follow_up`."""
    if conduct.cut is None:
        return None
    weights = np.concatenate([np.full(n, conduct.cut.n[k] / n) for k, n in draws.n.items()])
    dates = cut_dates(event_dates(arms, conduct, draws), conduct.cut.events, weights)
    return np.minimum(dates + _INSTANT, conduct.follow_up)


@dataclass(frozen=True)
class Analysis:
    """One analysis of many trials, an entry a trial.

    `cut`: its date in years since accrual began; `contrast`: of an arm against the reference; `events` of
    these two arms.
    """

    cut: Floats
    contrast: Contrast
    events: NDArray[np.int64]


def analysis(
    arms: Mapping[str, ArmOutcomes],
    conduct: Conduct,
    draws: Draws,
    curve: str,
    compared: tuple[str, str],
) -> Analysis:
    """`curve` at the data cut, of the arm `compared[0]` against `compared[1]`."""
    cut = _cuts(arms, conduct, draws)
    f = _followed(conduct, draws, cut)
    times, events, members = [], [], []
    for name, place in draws.arms():
        if name in compared:
            time, event, _ = _curve(curve, arms[name], draws.women[place], conduct, f.part(place))
            number = np.full(time.shape, np.int8(name == compared[0]))
            if f.enrolled is not None:
                number = np.where(f.enrolled[place], number, _OUT)
            times.append(time)
            events.append(event & (number != _OUT))
            members.append(number)
    event = np.concatenate(events, axis=1)
    contrast = compare(np.concatenate(times, axis=1), event, np.concatenate(members, axis=1))
    if cut is None:
        cut = np.full(event.shape[0], conduct.follow_up)
    return Analysis(cut, contrast, event.sum(axis=1))


def _months(years: Floats) -> Floats:
    """Months of whole days: equal dates become equal numbers."""
    days: Floats = np.rint(years * DAYS_PER_YEAR)
    return days * (MONTHS_PER_YEAR / DAYS_PER_YEAR)


def _until(time: Floats, event: Bools, at_scans: bool, f: _Followed) -> tuple[Floats, Bools]:
    """Years until an event or its censoring at the data cut, and whether it was seen."""
    seen = event & (time <= f.followed)
    end = f.scanned if at_scans else f.followed
    return np.where(seen, time, np.minimum(time, end)), seen


def _confirmed(arm: ArmOutcomes, women: NDArray[np.intp], conduct: Conduct, f: _Followed) -> Bools:
    """Whether a response has been confirmed by the data cut, by one more scan."""
    confirmed_at = arm.responded_at + conduct.scan_interval
    responds = arm.response >= PR
    seen: Bools = responds[women] & (confirmed_at[women] <= f.followed)
    return seen


def _curve(
    name: str, arm: ArmOutcomes, women: NDArray[np.intp], conduct: Conduct, f: _Followed
) -> tuple[Floats, Bools, Bools | None]:
    """Months, events, and who is left out, of one curve of one arm."""
    if name == "os":
        time, event = _until(arm.os_time[women], arm.os_event[women], False, f)
        return _months(time), event, None
    if name in ("pfs", "dor"):
        time, event = _until(arm.pfs_time[women], arm.pfs_event[women], True, f)
        if name == "pfs":
            return _months(time), event, None
        responded = _confirmed(arm, women, conduct, f)
        lasted = np.where(responded, np.maximum(time - arm.responded_at[women], 0.0), 0.0)
        return _months(lasted), event, ~responded
    until = arm.further[name]
    time, event = _until(until.time[women], until.event[women], until.at_scans, f)
    return _months(time), event, None


def _number(
    name: str,
    arm: ArmOutcomes,
    women: NDArray[np.intp],
    counted: Bools,
    conduct: Conduct,
    f: _Followed,
) -> Floats:
    """A share, median or correlation of one arm, a row each; NaN where nobody counts."""
    if name in SHARES:
        response = arm.response[women]
        if name == "pd_best":
            seen = arm.pfs_event[women] & (arm.pfs_time[women] <= f.followed)
            return _share(seen & (response == PD), counted)
        responded = _confirmed(arm, women, conduct, f)
        if name == "orr_measurable":
            counted = counted & arm.measurable[women]
        return _share(responded & (response == CR) if name == "cr" else responded, counted)
    if name in arm.ratios:
        ratio = arm.ratios[name]
        known = counted & (ratio.known_at[women] <= f.followed)
        return _share(np.where(known, ratio.part[women], 0), ratio.whole[women] * counted)
    if name in arm.medians:
        values = arm.medians[name]
        return np.array([_median(values[w[c]]) for w, c in zip(women, counted, strict=True)])
    one, other = arm.correlations[name]
    return np.array(
        [_rank_correlation(one[w[c]], other[w[c]]) for w, c in zip(women, counted, strict=True)]
    )


def _share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Σ part / Σ whole of those in `whole`, a row each; NaN where that is nobody."""
    total = whole.sum(axis=1, dtype=np.float64)
    share = (part * (whole > 0)).sum(axis=1, dtype=np.float64) / np.where(total > 0.0, total, 1.0)
    return np.where(total > 0.0, share, np.nan)


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else float("nan")


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation; NaN for fewer than three women or a constant."""
    if one.size < 3:
        return float("nan")
    from scipy.stats import rankdata

    ranks = rankdata(one), rankdata(other)
    if np.ptp(ranks[0]) == 0.0 or np.ptp(ranks[1]) == 0.0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _wanted(groups: Mapping[str, Group], arms: Mapping[str, ArmOutcomes]) -> list[str]:
    """The names of all curves that some group reports."""
    wanted: dict[str, None] = {}
    for group in groups.values():
        wanted |= dict.fromkeys(sorted(_curves_of(group, arms)))
    return list(wanted)


def _curves_of(group: Group, arms: Mapping[str, ArmOutcomes]) -> frozenset[str]:
    if group.curves is not None:
        return group.curves | (group.contrasts or frozenset())
    further = (set(arm.further) for arm in arms.values())
    return frozenset(CURVES) | frozenset(set.intersection(*further))


def _numbers_of(group: Group, arm: ArmOutcomes) -> list[str]:
    known = [*SHARES, *arm.ratios, *arm.medians, *arm.correlations]
    return [name for name in known if group.numbers is None or name in group.numbers]


def report(
    arms: Mapping[str, ArmOutcomes],
    conduct: Conduct,
    draws: Draws,
    groups: Mapping[str, Group],
    reference: str | None,
    landmarks: Sequence[float],
    strata: NDArray[np.integer[Any]] | None,
) -> dict[str, dict[str, ArmResult]]:
    """What each arm reports in each group of women. Each curve is sorted once for all groups."""
    places = dict(draws.arms())
    women = {name: draws.women[place] for name, place in places.items()}
    f = _followed(conduct, draws, _cuts(arms, conduct, draws))
    parts = {name: f.part(place) for name, place in places.items()}
    number = np.repeat(np.arange(len(arms), dtype=np.int8), list(draws.n.values()))
    counted = {
        label: np.concatenate(
            [
                np.ones(women[name].shape, np.bool_)
                if group.among is None or name not in group.among
                else group.among[name][women[name]]
                for name in arms
            ],
            axis=1,
        )
        for label, group in groups.items()
    }
    if f.enrolled is not None:
        counted = {label: mask & f.enrolled for label, mask in counted.items()}
    summaries: dict[str, dict[str, dict[str, Curves]]] = {
        label: {name: {} for name in arms} for label in groups
    }
    contrasts: dict[str, dict[str, dict[str, Contrast]]] = {
        label: {name: {} for name in arms} for label in groups
    }
    stratum = None if strata is None else strata[draws.women]
    for kind in _wanted(groups, arms):
        seen = [_curve(kind, arms[name], women[name], conduct, parts[name]) for name in arms]
        time = np.concatenate([part[0] for part in seen], axis=1)
        event = np.concatenate([part[1] for part in seen], axis=1)
        left_out = (
            np.concatenate([part[2] for part in seen if part[2] is not None], axis=1)
            if kind == "dor"
            else None
        )
        order = np.argsort(time, axis=1)
        for label, group in groups.items():
            if kind not in _curves_of(group, arms):
                continue
            members = np.where(counted[label], number, _OUT)
            if left_out is not None:
                members = np.where(left_out, _OUT, members)
            for k, name in enumerate(arms):
                summaries[label][name][kind] = curves(
                    time, event, members, k, landmarks, order=order
                )
            compared = kind != "dor" if group.contrasts is None else kind in group.contrasts
            if reference is None or not compared:
                continue
            for k, name in enumerate(arms):
                if name == reference:
                    continue
                coded = np.full(len(arms) + 1, _OUT)  # the last one is for those left out, -1
                coded[k], coded[list(arms).index(reference)] = 1, 0
                contrasts[label][name][kind] = compare(
                    time, event, coded[members], stratum, order=order
                )
    return {
        label: {
            name: ArmResult(
                women=counted[label][places[name]].sum(axis=1),
                curves=summaries[label][name],
                contrasts=contrasts[label][name],
                numbers={
                    key: _number(
                        key, arm, women[name], counted[label][places[name]], conduct, parts[name]
                    )
                    for key in _numbers_of(group, arm)
                },
            )
            for name, arm in arms.items()
        }
        for label, group in groups.items()
    }
