"""Women of a group under a strategy as counts, percentiles and means; and two strategies woman by woman.

Every number is a count of simulated women or a mean with its Monte-Carlo standard error s/√n. A percentile q
of n survival times is the ⌈nq⌉th of them; its 95 % interval runs between the times whose ranks are
nq ± z·√(nq(1-q)), as many of n women lie below it (binomial).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.explorer.women import COMPARED, COSTS, TIMES
from seedsoil.results.moments import Moments
from seedsoil.units import Z95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.explorer.women import Lived
    from seedsoil.results.columns import Flags, Floats

YEARS = (1, 3, 5, 10)
HORIZON = 20
"""Years beyond which a survival time is told as longer: the model's tail was fitted to nothing."""
PERCENTILES = {"p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90}
DIGITS = {"mean": 6, "error": 3, "time": 4}
"""Significant digits of what is told."""


def measure_keys(*, costs: bool) -> tuple[str, ...]:
    """What means are of, in the order of `Lived.values`."""
    return tuple(measure.key for measure in COMPARED) + (COSTS if costs else ())


def told(number: float, digits: int) -> float | None:
    """`number` with so many significant digits; None where there is none."""
    return float(f"{number:.{digits}g}") if math.isfinite(number) else None


def cell(lived: Lived, mine: Flags, *, costs: bool) -> dict[str, Any]:
    """The answer for the women `mine` under a strategy (`contract.Cell`)."""
    years = lived.years[mine]
    times = np.array(TIMES)
    alive = years[:, None] > times
    free = alive & ~lived.symptoms[mine]
    cured = alive & lived.eradicated[mine][:, None]
    lost = ~alive & lived.of_cancer[mine][:, None]
    at = [TIMES.index(float(year)) for year in YEARS]
    moments = Moments.of(lived.values[mine])
    return {
        "n": int(years.size),
        "alive": _counts(alive, at),
        "free": _counts(free, at),
        "cured": _counts(cured, at),
        "free_cured": _counts(free & cured, at),
        "dead_cancer": _counts(lost, at),
        "scenario": {name: percentile(np.sort(years), q) for name, q in PERCENTILES.items()},
        "mean": {
            key: [told(mean, DIGITS["mean"]), told(error, DIGITS["error"])]
            for key, mean, error in zip(
                measure_keys(costs=costs), moments.mean, moments.error, strict=True
            )
        },
        "curve": {
            "alive": _counts(alive),
            "free": _counts(free),
            "on_treatment": _counts(alive & lived.treated[mine]),
            "cured": _counts(cured),
        },
    }


def pair(one: Lived, other: Lived, mine: Flags) -> list[float | None]:
    """How much more `other` gives the women `mine` than `one`: mean and paired error of each measure."""
    moments = Moments.of(other.values[mine] - one.values[mine])
    return [
        number
        for mean, error in zip(moments.mean, moments.error, strict=True)
        for number in (told(mean, DIGITS["mean"]), told(error, DIGITS["error"]))
    ]


def percentile(years: Floats, q: float) -> list[float | None]:
    """The percentile of sorted survival times with its 95 % interval; None beyond the horizon."""
    n = years.size
    half = Z95 * math.sqrt(n * q * (1.0 - q))
    # the smallest rank whose share is q; 1e-9 for products such as 0.1 · 30, which rounding lifts
    rank = max(math.ceil(n * q - 1e-9), 1)
    low, high = math.floor(n * q - half), math.ceil(n * q + half) + 1
    return [
        _within(years[rank - 1]),
        0.0 if low < 1 else _within(years[low - 1]),
        None if high > n else _within(years[high - 1]),
    ]


def _within(years: float) -> float | None:
    return None if years > HORIZON else told(float(years), DIGITS["time"])


def _counts(flags: NDArray[np.bool_], at: list[int] | None = None) -> list[int]:
    counts: list[int] = np.count_nonzero(flags if at is None else flags[:, at], axis=0).tolist()
    return counts
