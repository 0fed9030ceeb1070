"""Where the model fits and where not, in a handful of numbers: what `seedsoil validate` prints last."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.calibration.cells import cells_of
from seedsoil.calibration.drug_targets import targets
from seedsoil.trials.coverage import by_chance
from seedsoil.trials.trial import TrialResult, simulated_arms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seedsoil.calibration.loss import Comparison
    from seedsoil.trials.endpoints import Result
    from seedsoil.trials.validation import Validation

HEADER = ["", "found", "aim", "reached"]
LARGE = 3.0
"""Errors beyond which a result or target is missed."""
_DECADES = "overview_distant"
"""The group of targets with recurrence by decade of diagnosis."""


@dataclass(frozen=True)
class Aim:
    """One measure of the fit: what was found, in words, the aim, and whether it is reached."""

    what: str
    found: str
    aim: str
    reached: bool

    def row(self) -> list[str]:
        """The aim as a row of a table under `HEADER`."""
        return [self.what, self.found, self.aim, "yes" if self.reached else "NO"]


def fit_distances(result: TrialResult) -> list[float]:
    """How many errors of the fit of the drugs the results of a calibration trial lie off; else none."""
    if result.trial.role != "calibration":
        return []
    return [cell.z for cell in cells_of(simulated_arms(result.enrolment), targets(result.trial))]


def _share(what: str, met: Iterable[bool], aim: float) -> Aim | None:
    """At least a share `aim` should be met."""
    told = list(met)
    if not told:
        return None
    return Aim(
        what, f"{sum(told)} of {len(told)} ({100.0 * sum(told) / len(told):.0f} %)",
        f"≥ {100.0 * aim:.0f} %", sum(told) >= aim * len(told),
    )  # fmt: skip


def _misses(what: str, z: Iterable[float], most: int) -> Aim | None:
    """At most so many should be missed by more than three errors."""
    told = list(z)
    if not told:
        return None
    missed = sum(not abs(one) <= LARGE for one in told)
    return Aim(what, f"{missed} of {len(told)}", f"≤ {most}", missed <= most)


def slope_and_error(published: Sequence[float], simulated: Sequence[float]) -> tuple[float, float]:
    """Of ln simulated on ln published hazard ratios: the least-squares slope, and the mean absolute error."""
    x, y = np.log(published), np.log(simulated)
    spread = float(np.sum((x - x.mean()) ** 2))
    slope = float(np.sum((x - x.mean()) * (y - y.mean()))) / spread if spread > 0.0 else math.nan
    return slope, float(np.mean(np.abs(y - x)))


def _ratios(found: Validation) -> list[Aim]:
    """How the hazard ratios for progression of the calibration trials follow the published ones."""
    pairs = [
        (r.published, r.mean)
        for r in _results(found, "calibration", _of("pfs_hr"))
        if r.published and r.mean and math.isfinite(r.mean) and not r.bound
    ]
    if len(pairs) < 3:
        return []
    slope, error = slope_and_error(*zip(*pairs, strict=True))
    what = f"of ln simulated on ln published hazard ratio of PFS, {len(pairs)} calibration trials"
    return [
        Aim(f"slope {what}", f"{slope:.3f}", "≥ 0.800", slope >= 0.8),
        Aim(f"mean absolute error {what}", f"{error:.3f}", "≤ 0.13", error <= 0.13),
    ]


def _of(endpoint: str) -> Callable[[Result], bool]:
    """Whether a result is an endpoint of all women of a trial, or of those with measurable disease."""
    rate = endpoint == "orr"
    return lambda r: (
        r.endpoint == endpoint and r.among in (("", "measurable disease") if rate else ("",))
    )


def _results(found: Validation, role: str, keep: Callable[[Result], bool]) -> list[Result]:
    rows = (row.result for row in found.rows if row.role == role)
    return [r for r in rows if r.inside is not None and keep(r)]


def reach(
    found: Validation, distances: Iterable[float] = (), comparisons: Iterable[Comparison] = ()
) -> list[Aim]:
    """Every measure of the fit that these results have women for, with its aim.

    `distances`: of the results of calibration trials in errors of the fit (`fit_distances`); `comparisons`:
    targets of the natural history beside the model (`fit(iterations=0)`). A result is inside where 95 % of
    simulated trials of the trial's size are by chance, with the values in use and without an allowance for
    discrepancy; of 90 % intervals over draws of the posterior there is an aim of its own.
    """
    told = list(comparisons)
    inside = {
        what: [bool(by_chance(r)[1]) for r in _results(found, "validation", _of(endpoint))]
        for what, endpoint in (("PFS medians", "pfs_median"), ("response rates", "orr"),
                               ("hazard ratios of PFS", "pfs_hr"))
    }  # fmt: skip
    made = [
        _share("facts on the women who enrol, within ten points",
               (row.fact.within for row in found.facts if row.fact.within is not None), 0.80),
        _share("calibration trials: numbers inside 95 % of trials",
               (bool(by_chance(r)[1]) for r in _results(found, "calibration", lambda _: True)), 0.70),
        _share("validation trials: numbers inside 90 % of trials, with chance and parameters",
               (bool(r.inside_90) for r in _results(found, "validation", lambda r: not r.bound))
               if found.draws else (), 0.80),
        *(_share(f"validation trials: {what} inside", met, aim)
          for (what, met), aim in zip(inside.items(), (0.65, 0.60, 0.80), strict=True)),
        *_ratios(found),
        _misses("calibration trials: results beyond 3 of the errors used in the fit",
                filter(math.isfinite, distances), 6),
        _share("recurrence by decade of diagnosis, within 3 errors with stated discrepancy",
               (abs(c.z_stated) <= LARGE for c in told if c.group == _DECADES), 10 / 12),
        _misses("targets of the natural history beyond 3 errors", (c.z for c in told), 20),
    ]  # fmt: skip
    return [aim for aim in made if aim is not None]
