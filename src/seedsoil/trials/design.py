"""`design()`: power, sample size and looks of a trial, by running it many times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.lookup import find_trial
from seedsoil.display.shown import Further
from seedsoil.errors import InputError, nearest, real_number, whole_number
from seedsoil.trials.endpoints import conduct
from seedsoil.trials.enrolment import enrol
from seedsoil.trials.planned import DesignData, look_results
from seedsoil.trials.power import Plan, Powered, Size, power_at, size_for
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import expected_groups
from seedsoil.trials.result import MOST_REPLICATES, RESAMPLES
from seedsoil.trials.spending import boundaries
from seedsoil.trials.trial import simulated_arms
from seedsoil.trials.words import EVENT_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.catalog.trials import Looks
    from seedsoil.trials.arms import ArmOutcomes
    from seedsoil.trials.enrolment import Enrolment

FEWEST_REPLICATES = 100
"""Fewer trials say nothing of a power."""
_SIZES = (0.5, 0.75, 1.0, 1.5, 2.0)  # times the planned size, where none are asked for
_ROUNDS = 3  # of running the size that the sizes so far point to
_NEAR = 0.02  # a size this near to one that was run is not run again
_FEWEST_WOMEN = 10
_ALL = "all"


class Design(DesignData):
    """The operating characteristics of a trial, with their Monte-Carlo errors.

    `table()`: a row a look at the planned size (boundaries, date, hazard ratio, probability to stop);
    `power_table()`: a row a number of women; `power`, `power_error`; `size` for the wanted power. `chart()`
    draws power against women, `report(path)` writes the page, `save(path)` a directory. Times in months
    since accrual began.
    """

    def chart(self) -> dict[str, Any]:
        """Power against the number of women, with its 95 % band."""
        from seedsoil.trials.design_charts import power_chart

        return power_chart(self, self.sentence)

    def further(self) -> list[Further]:
        """The hazard ratio and the date at each look, and the numbers of the looks."""
        from seedsoil.trials.design_charts import month_chart, ratio_chart

        ratios = (
            "Lines: 95 % of simulated trials, whether or not they stopped before; points: their median. "
            "Triangles: the hazard ratio at which the trial stops, for a trial of this size."
        )
        last = self.looks[-1]
        months = (
            f"The last look is in month {last.month:.1f}; in 95 % of trials from {last.month_low:.1f} to "
            f"{last.month_high:.1f}."
        )
        return [
            Further("Hazard ratio at each look", ratios, ratio_chart(self, ratios), self.table()),
            Further("Date of each look", months, month_chart(self, months), self.table()),
        ]

    def save(
        self, path: str | Path, *, command: str | None = None, formats: Collection[str] = ()
    ) -> Path:
        """Write report.html, looks.parquet, power.parquet, manifest.json to the directory `path`; return it.

        `formats`: csv or xlsx for the tables, svg or png for the charts of the report, too. It appears
        complete or not at all. Raises InputError if `path` is taken or cannot be written, or for another
        format.
        """
        from seedsoil.display.export import save_results

        made = command or f"seedsoil.design({self.trial.name!r}, seed={self.manifest['seed']})"
        return save_results(
            path,
            {"looks": self.table(), "power": self.power_table()},
            self.report,
            {"command": made, **self.manifest},
            formats,
        )


def design(
    name: str | Path | Trial,
    *,
    women: int | None = None,
    seed: int = 1,
    replicates: int = 2000,
    n: Sequence[int] | None = None,
    power: float = 0.9,
    endpoint: str | None = None,
    arm: str | None = None,
    threads: int | None = None,
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
) -> Design:
    """Power and sample size of a trial: it is simulated `replicates` times at each of several sizes.

    `name`: the path of a trial's TOML file, a trial, or the name of one of the catalog. `n`: women of all
    arms together, divided as planned, besides the planned number; by default 0.5 to 2 times that. A cut at
    events keeps its share of the women, accrual its months. `power`: the one to find the number of women
    for. `endpoint`: "pfs" or "os"; that of the cut, else pfs. `arm`: the one
    tested against `hr_reference`; the first other one.
    `women`, `seed`, `threads`, `progress` as in `trial`. The test is the log-rank test, one-sided, at the
    looks and boundaries of the file's `looks` (without: once, at 0.025). A population's chances: no advice
    for one person.

    Raises InputError for an unknown name, a file with problems (all are listed), and numbers out of range.
    """
    from seedsoil.catalog import load
    from seedsoil.simulation.shards import check_cohort

    threads = check_cohort(1 if women is None else women, seed, 0, threads)
    whole_number("replicates", replicates, least=FEWEST_REPLICATES, most=MOST_REPLICATES)
    if not 0.0 < real_number("power", power, allowed="a number above 0 and below 1") < 1.0:
        raise InputError(f"power: {power:g} is out of range; allowed: above 0 and below 1")
    catalog = catalog or load()
    spec = find_trial(name, catalog=catalog)
    check_design(spec, endpoint=endpoint, arm=arm, n=n)
    found = enrol(catalog, spec, women=women, seed=seed, threads=threads, progress=progress)
    return designed(
        found, seed=seed, replicates=replicates, n=n, power=power, endpoint=endpoint, arm=arm,
        catalog=catalog,
    )  # fmt: skip


def check_design(
    spec: Trial, *, endpoint: str | None, arm: str | None, n: Sequence[int] | None
) -> None:
    """Raise InputError for what cannot be asked of a trial, before it is simulated."""
    others = [one.name for one in spec.arms if one.name != spec.hr_reference]
    if not others:
        raise InputError(f"trial '{spec.name}': a design compares two arms; there is one")
    if arm is not None and arm not in others:
        raise InputError(
            f"arm '{arm}' of trial '{spec.name}': allowed are {', '.join(others)}. "
            f"{nearest(arm, others)}".strip()
        )
    if endpoint is not None and endpoint not in EVENT_WORDS:
        raise InputError(
            f"endpoint '{endpoint}': allowed are pfs and os. {nearest(endpoint, EVENT_WORDS)}".strip()
        )
    if spec.cut is not None and endpoint not in (None, spec.cut.endpoint):
        raise InputError(
            f"endpoint '{endpoint}': trial '{spec.name}' is cut at events of {spec.cut.endpoint}; "
            "change its cut"
        )
    for size in n or ():
        whole_number("n", size, least=_FEWEST_WOMEN)


def designed(
    found: Enrolment,
    *,
    seed: int,
    replicates: int,
    n: Sequence[int] | None,
    power: float,
    endpoint: str | None,
    arm: str | None,
    catalog: Catalog,
) -> Design:
    """The design of the trial of these women."""
    spec = found.trial
    check_design(spec, endpoint=endpoint, arm=arm, n=n)
    arms = simulated_arms(found).arms
    plan = plan_of(spec, list(arms), endpoint, arm)
    most = found.women
    total = sum(plan.n.values())
    asked = [round(total * times) for times in _SIZES] if n is None else [*n, total]
    if n is not None and max(n) > most:
        raise InputError(
            f"n: {max(n):,} women are more than the {most:,} eligible ones who were simulated; simulate more "
            "(women)"
        )
    sizes = sorted({size for size in asked if _FEWEST_WOMEN <= size <= most} | {total})
    hr, log_hr_error = model_ratio(arms, plan, seed)

    def run(size: int) -> Powered:
        return power_at(arms, plan, size, seed=seed, replicates=replicates)

    points, size = sized(run, sizes, power, log_hr_error, most)
    planned = next(point for point in points if point.women == total)
    return Design(
        trial=spec,
        plan=plan,
        planned=planned,
        looks=look_results(plan, planned),
        powers=tuple(points),
        hr=hr,
        log_hr_error=log_hr_error,
        wanted=power,
        size=size,
        alpha=_looks(spec).alpha,
        manifest=found.manifest(seed=seed, replicates=replicates, catalog=catalog),
    )


def sized(
    run: Callable[[int], Powered],
    sizes: Sequence[int],
    power: float,
    log_hr_error: float,
    most: int,
) -> tuple[list[Powered], Size]:
    """The sizes run, ascending, with those that they point to for the wanted power; and that size."""
    points = [run(size) for size in sizes]
    for _ in range(_ROUNDS):
        size = size_for(points, power, log_hr_error, most)
        if math.isnan(size.women):
            break
        women = max(_FEWEST_WOMEN, math.ceil(size.women))
        if any(abs(point.women - women) <= _NEAR * women for point in points) or women > most:
            break
        points = sorted([*points, run(women)], key=lambda point: point.women)
    return points, size_for(points, power, log_hr_error, most)


def plan_of(spec: Trial, names: Sequence[str], endpoint: str | None, arm: str | None) -> Plan:
    """What is tested, with its boundaries. `names`: the arms in the order of their outcomes."""
    looks = _looks(spec)
    sizes = {one.name: one.n for one in spec.arms}
    arm = arm or next(one.name for one in spec.arms if one.name != spec.hr_reference)
    return Plan(
        trial=spec.name,
        curve=endpoint or (spec.cut.endpoint if spec.cut else "pfs"),
        compared=(arm, spec.hr_reference),
        n={name: sizes[name] for name in names},
        conduct=conduct(spec),
        boundaries=boundaries(
            [*looks.at, 1.0], looks.alpha, looks.efficacy, looks.futility, looks.beta
        ),
        futility_hr=tuple(looks.futility_hr),
    )


def _looks(spec: Trial) -> Looks:
    from seedsoil.catalog.trials import Looks

    return spec.looks or Looks()


def model_ratio(arms: Mapping[str, ArmOutcomes], plan: Plan, seed: int) -> tuple[float, float]:
    """The model's hazard ratio at the last look, at large n, and the Monte-Carlo error of its logarithm."""
    curves = frozenset({plan.curve})
    group = {_ALL: Group(None, frozenset(), curves, frozenset())}
    means = expected_groups(
        arms, plan.conduct, group, trial=plan.trial, seed=seed, resamples=RESAMPLES,
        reference=plan.compared[1],
    )[_ALL]  # fmt: skip
    log_hr = means.arms[plan.compared[0]].contrasts[plan.curve].log_hr
    again = log_hr[1:][np.isfinite(log_hr[1:])]
    error = float(again.std(ddof=1)) if again.size > 1 else math.nan
    if not math.isfinite(error):
        raise InputError(
            f"trial '{plan.trial}': too few events of {plan.curve} before the data cut for a hazard ratio; "
            "follow longer"
        )
    return math.exp(log_hr[0]), error
