"""Who the women of an evaluation are, and how many are alive after so many years: for its checklist."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AFTER = (5.0, 10.0, 20.0, 30.0)
"""Years from the finding of metastatic disease after which the living are counted."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Women:
    """Counts of women with metastatic disease found in life, at the numbers in use.

    `groups`: women by group, all women first; `ages` and `squares`: sums of their ages in years when it is
    found, and of their squares; `alive`: int64 [strategies, len(AFTER) + 1], those alive after each of AFTER
    and, last, at the end of the `horizon`: where that is a lifetime, those whose death was not reached.
    """

    groups: Mapping[str, int]
    ages: float
    squares: float
    alive: NDArray[np.int64]
    horizon: float

    @classmethod
    def of(
        cls, groups: Mapping[str, int], ages: Floats, lived: Sequence[Floats], horizon: float
    ) -> Women:
        """From their ages and, by strategy, the years that each lives within the horizon."""
        counts = []
        for years in lived:
            known = np.isfinite(years)
            end = ~known if math.isinf(horizon) else years >= horizon - _ROUNDING
            within = [(~known | (years >= t - _ROUNDING)).sum() for t in AFTER]
            counts.append([*within, end.sum()])
        alive = np.array(counts, dtype=np.int64)
        return cls(dict(groups), float(ages.sum()), float((ages**2).sum()), alive, horizon)

    def __add__(self, other: Women) -> Women:
        names = {**self.groups, **other.groups}
        return Women(
            {name: self.groups.get(name, 0) + other.groups.get(name, 0) for name in names},
            self.ages + other.ages,
            self.squares + other.squares,
            self.alive + other.alive,
            self.horizon,
        )

    @property
    def count(self) -> int:
        """All women."""
        return max(self.groups.values(), default=0)

    @property
    def age(self) -> tuple[float, float]:
        """Mean and standard deviation of their ages in years; NaN for nobody."""
        n = self.count
        if not n:
            return math.nan, math.nan
        mean = self.ages / n
        return mean, math.sqrt(max(self.squares / n - mean * mean, 0.0))

    def at_the_end(self, strategy: int) -> float:
        """The share of women alive at the end of the horizon."""
        return float(self.alive[strategy, -1]) / (self.count or math.nan)

    def after(self, strategy: int) -> dict[float, float]:
        """The share of women alive after each of AFTER that lies within the horizon, by years."""
        shares = self.alive[strategy, :-1] / (self.count or math.nan)
        return {t: float(x) for t, x in zip(AFTER, shares, strict=True) if t < self.horizon}
