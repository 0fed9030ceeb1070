"""What a comparison keeps of women in shards: sums, and how long each of them lives.

Means, errors and paired differences are sums (`Moments`), which take no room. The exact survival curves
need the years of each woman found with metastatic disease in life: 8 bytes a woman and strategy, and a byte
for her group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.results.attrition import (
    TIMES,
    symptom_times,
    time_on_lines,
    years_with_symptoms,
)
from seedsoil.results.burden import DIVISIONS, divided
from seedsoil.results.columns import ALL_WOMEN, women_found_in_life
from seedsoil.results.moments import Moments
from seedsoil.strategies.comparison import Course, Difference
from seedsoil.strategies.measures import MEASURES, values_of
from seedsoil.vocabulary import ALL_SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Flags, Floats
    from seedsoil.run.run import Run

_NO_TIMES = Moments.of(np.zeros((0, len(TIMES))))
_NO_SYMPTOMS = Moments.of(np.zeros((0, len(ALL_SYMPTOMS))))


class _Kept:
    """What is kept of one strategy's women."""

    def __init__(self) -> None:
        self.means: dict[str, Moments] = {}
        self.differences: dict[str, Moments] = {}
        self.years: list[Floats] = []
        self.times = _NO_TIMES
        self.symptoms = _NO_SYMPTOMS
        self.ever = np.zeros(len(ALL_SYMPTOMS), np.int64)


class Reduction:
    """Takes the same women under each strategy, shard by shard, all strategies on a shard before the next.

    `by`: what the groups are divided by; the catalog is for utilities.
    """

    def __init__(self, strategies: int, by: str | None, catalog: Catalog) -> None:
        self._by, self._catalog = by, catalog
        self._kept = [_Kept() for _ in range(strategies)]
        self._group_of: list[NDArray[np.int8]] = []

    def add(self, which: int, run: Run) -> None:
        """A shard's women under the strategy with the number `which`."""
        who, measured = values_of(run, self._catalog)
        values = np.stack([measured[measure.key] for measure in MEASURES], axis=1)
        if which == 0:
            self._who, self._reference = who, values
            self._groups = self._divided(run)
        elif not np.array_equal(who, self._who):
            raise AssertionError("strategies were simulated on different women")
        kept = self._kept[which]
        for group, members in self._groups.items():
            mine, theirs = values[members], self._reference[members]
            _add(kept.means, group, Moments.of(mine))
            _add(kept.differences, group, Moments.of(mine - theirs))
        kept.years.append(measured["life_years"])
        kept.times += Moments.of(time_on_lines(run).years)
        symptoms = years_with_symptoms(run)
        kept.symptoms += Moments.of(symptoms)
        kept.ever += np.count_nonzero(symptoms, axis=0)

    def _divided(self, run: Run) -> dict[str, Flags]:
        """The groups of a shard's women found in life, all of them first; keeps who is in which."""
        patients = run.patients
        treated = women_found_in_life(patients)
        groups = {ALL_WOMEN: np.ones(int(treated.sum()), np.bool_)}
        group_of = np.full(int(treated.sum()), -1, np.int8)
        if self._by is not None:
            for group in divided(patients, self._by, treated):
                members = group.members[treated]
                groups[group.name] = members
                group_of[members] = DIVISIONS[self._by].index(group.name)
        self._group_of.append(group_of)
        return groups

    @property
    def women(self) -> int:
        """Women found with metastatic disease in life."""
        return self._kept[0].times.count

    def differences(self, names: Sequence[str]) -> list[Difference]:
        """Every measure of every strategy beside the first: in all women, then in groups of them."""
        return [
            Difference(group, measure, name, *_column(kept.means[group], k),
                       *_column(kept.differences[group], k), kept.means[group].count)
            for group in (ALL_WOMEN, *self.groups())
            for k, measure in enumerate(MEASURES)
            for name, kept in zip(names, self._kept, strict=True)
        ]  # fmt: skip

    def groups(self) -> dict[str, int]:
        """How many women are in each group that has any, in the order in which they are shown."""
        names = () if self._by is None else DIVISIONS[self._by]
        means = self._kept[0].means
        return {name: means[name].count for name in names if name in means}

    def group_of(self) -> NDArray[np.int8]:
        """For each woman the number of her group among `groups`."""
        names = () if self._by is None else DIVISIONS[self._by]
        place = [list(self.groups()).index(n) if n in self.groups() else -1 for n in names]
        return np.array([*place, -1], np.int8)[np.concatenate(self._group_of)]

    def courses(self, manifests: Sequence[dict[str, Any]]) -> list[Course]:
        """What women live through under each strategy, with its manifest."""
        return [
            Course(manifest, np.concatenate(kept.years), kept.times,
                   symptom_times(kept.symptoms, kept.ever))
            for manifest, kept in zip(manifests, self._kept, strict=True)
        ]  # fmt: skip


def _add(sums: dict[str, Moments], group: str, more: Moments) -> None:
    sums[group] = sums[group] + more if group in sums else more


def _column(moments: Moments, k: int) -> tuple[float, float]:
    return float(moments.mean[k]), float(moments.error[k])
