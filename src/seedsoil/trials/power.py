"""Power of a trial of any size with its looks: many trials drawn from the simulated women, and analysed.

`power_at` runs trials of one size; `size_for` finds, from sizes that were run, the one with a wanted power.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.model.elementary import exp_each
from seedsoil.trials.readout import Analysis, analysis
from seedsoil.trials.replicates import draws
from seedsoil.units import MONTHS_PER_YEAR, Z95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.trials.arms import ArmOutcomes, Conduct
    from seedsoil.trials.batched_survival import Floats
    from seedsoil.trials.spending import Boundaries


@dataclass(frozen=True)
class Plan:
    """What is tested, and how: a curve (pfs or os) of the arm `compared[0]` against `compared[1]`.

    `n`: planned women by arm, in the order of the simulated arms; `conduct` is of that size, its cut the last
    look. `futility_hr`: hazard ratios at or above which an earlier look stops the trial (empty: none).
    """

    trial: str
    curve: str
    compared: tuple[str, str]
    n: Mapping[str, int]
    conduct: Conduct
    boundaries: Boundaries
    futility_hr: tuple[float, ...] = ()


@dataclass(frozen=True)
class Look:
    """One look at many trials, an entry a trial.

    Trials that stopped before are analysed as if they had gone on. `events` planned (None: the cut is a
    date); `month` of the cut since accrual began; `reached`: whether it has so many events at the latest
    cut; `hr` and `log_hr_se` of the arm against the reference; `efficacy`, `futility`: whether the trial
    stops here.
    """

    events: int | None
    month: Floats
    reached: NDArray[np.bool_]
    hr: Floats
    log_hr_se: Floats
    efficacy: NDArray[np.bool_]
    futility: NDArray[np.bool_]


@dataclass(frozen=True)
class Powered:
    """Trials of one size: women by arm, their looks, and the share that stops for efficacy."""

    n: Mapping[str, int]
    looks: tuple[Look, ...]

    @property
    def women(self) -> int:
        """Women of all arms."""
        return sum(self.n.values())

    @property
    def power(self) -> float:
        """Share of the trials that stop for efficacy at some look."""
        return float(sum(look.efficacy.mean() for look in self.looks))

    @property
    def chance(self) -> float:
        """Standard error of the power by the number of trials; that of none or all is of half a trial."""
        p = self.clipped
        return math.sqrt(p * (1.0 - p) / self.looks[0].hr.size)

    @property
    def months(self) -> Floats:
        """When each trial stops, months since accrual began."""
        month = self.looks[-1].month
        for look in reversed(self.looks[:-1]):
            month = np.where(look.efficacy | look.futility, look.month, month)
        return month

    def error(self, log_hr_error: float) -> float:
        """Standard error of the power: by the number of trials, and by that of the women they are drawn from.

        `log_hr_error`: standard error of the model's own ln hazard ratio, which moves the power.
        """
        slope = normal_density(normal_quantile(self.clipped)) / float(
            np.median(self.looks[-1].log_hr_se)
        )
        return math.hypot(self.chance, slope * log_hr_error)

    @property
    def clipped(self) -> float:
        """The power, not nearer to 0 or 1 than half a trial."""
        trials = self.looks[0].hr.size
        return min(max(self.power, 0.5 / trials), 1.0 - 0.5 / trials)


def allocated(planned: Mapping[str, int], women: int) -> dict[str, int]:
    """`women` divided among the arms as planned: by the largest remainders, at least one an arm."""
    total = sum(planned.values())
    exact = {name: women * n / total for name, n in planned.items()}
    n = {name: max(1, math.floor(share)) for name, share in exact.items()}
    for name in sorted(exact, key=lambda k: exact[k] - math.floor(exact[k]), reverse=True):
        if sum(n.values()) < women:
            n[name] += 1
    return n


def power_at(
    arms: Mapping[str, ArmOutcomes], plan: Plan, women: int, *, seed: int, replicates: int
) -> Powered:
    """Run trials of `women` in all, divided among the arms and cut at the share of events as planned."""
    n = plan.n if women == sum(plan.n.values()) else allocated(plan.n, women)
    size = next(iter(arms.values())).women
    scale = women / sum(plan.n.values())
    found: list[list[Analysis]] = [[] for _ in plan.boundaries.at]
    conducts = [_scaled(plan.conduct, n, share * scale) for share in plan.boundaries.at]
    for drawn in draws(n, size, trial=plan.trial, seed=seed, replicates=replicates):
        for analyses, conduct in zip(found, conducts, strict=True):
            analyses.append(analysis(arms, conduct, drawn, plan.curve, plan.compared))
    return Powered(n, _stopped(plan, conducts, found))


def _scaled(conduct: Conduct, n: Mapping[str, int], share: float) -> Conduct:
    """The conduct with a cut at a share of the planned events, in a trial of `n`."""
    if conduct.cut is None:
        return conduct
    events = max(1, round(share * conduct.cut.events))
    return replace(conduct, cut=replace(conduct.cut, events=events, n=n))


def _stopped(
    plan: Plan, conducts: Sequence[Conduct], found: Sequence[list[Analysis]]
) -> tuple[Look, ...]:
    looks: list[Look] = []
    going: NDArray[np.bool_] | None = None
    last = len(found) - 1
    for k, (conduct, parts) in enumerate(zip(conducts, found, strict=True)):
        log_hr = np.concatenate([part.contrast.log_hr for part in parts])
        chi2 = np.concatenate([part.contrast.chi2 for part in parts])
        z = -np.sign(log_hr) * np.sqrt(chi2)
        cut = np.concatenate([part.cut for part in parts])
        reached = np.ones(cut.shape, np.bool_) if conduct.cut is None else cut < conduct.follow_up
        going = np.ones(cut.shape, np.bool_) if going is None else going
        held = going & (reached | (k == last))
        efficacy = held & (z >= plan.boundaries.efficacy[k])  # false where there is no z
        futility = held & (z <= plan.boundaries.futility[k])
        if plan.futility_hr and k < last:
            futility |= held & (log_hr >= math.log(plan.futility_hr[k]))
        futility &= ~efficacy
        going = going & ~efficacy & ~futility
        looks.append(
            Look(
                None if conduct.cut is None else int(conduct.cut.events),
                cut * MONTHS_PER_YEAR,
                reached,
                exp_each(log_hr),
                np.concatenate([part.contrast.se for part in parts]),
                efficacy,
                futility,
            )
        )
    return tuple(looks)


@dataclass(frozen=True)
class Size:
    """Women for a wanted power: NaN with a `reason` where no size that can be simulated has it.

    `low` to `high`: 95 % by the Monte-Carlo error of the powers it is read from.
    """

    women: float
    low: float
    high: float
    reason: str = ""


def size_for(points: Sequence[Powered], power: float, log_hr_error: float, most: int) -> Size:
    """The number of women with a wanted power, from sizes that were run.

    The quantile of the power grows with the square root of n, as it does exactly under proportional hazards;
    the line is fitted to the sizes run, most to those near the wanted power. `most`: women who can be drawn
    from.
    """
    wanted = normal_quantile(power)
    x = np.sqrt([point.women for point in points])
    y = np.array([normal_quantile(point.clipped) for point in points])
    density = np.array([normal_density(value) for value in y])
    chance = np.array([point.chance for point in points]) / density
    near = 0.25 + (y - wanted) ** 2
    weight = 1.0 / (chance**2 + 0.04 * near**2)
    middle = float(np.average(x, weights=weight))
    spread = float(np.sum(weight * (x - middle) ** 2))
    slope = float(np.sum(weight * (x - middle) * y)) / spread if spread > 0.0 else 0.0
    level = float(np.average(y, weights=weight))
    slope_error = math.sqrt(float(np.sum((weight * (x - middle) * chance) ** 2))) / max(
        spread, 1e-12
    )
    if slope <= 2.0 * slope_error:
        return Size(
            math.nan, math.nan, math.nan, "the power does not grow with the number of women"
        )
    root = middle + (wanted - level) / slope
    level_error = math.sqrt(float(np.sum((weight * chance) ** 2))) / float(weight.sum())
    se = float(np.median(points[-1].looks[-1].log_hr_se)) * x[-1]  # of one woman: falls with √n
    pool = log_hr_error * abs(root) / se
    error = math.sqrt(level_error**2 + ((root - middle) * slope_error) ** 2 + pool**2) / slope
    low, high = (max(root + sign * Z95 * error, 0.0) ** 2 for sign in (-1.0, 1.0))
    if root <= 0.0 or root**2 > most:
        return Size(
            math.nan, math.nan, math.nan,
            f"more than the {most:,} eligible women who were simulated; simulate more" if root > 0.0
            else "every size has it",
        )  # fmt: skip
    return Size(root**2, low, high)


def normal_quantile(p: float) -> float:
    """The quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(p))


def normal_density(x: float) -> float:
    """The density of the standard normal distribution."""
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
