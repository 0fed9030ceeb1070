"""One point of the cloud: every statistic of both fits, from women of its own.

Natural history: the cells of `calibration.groups`, fitted and compared only. Trials: the calibration
trials' results on the scale of the fit of the drugs. Headlines: what a default run and a comparison of
strategies report, so that their sensitivity to the parameters is known, too.

Point k has the women k·stride to (k+1)·stride - 1: the scenarios and headlines the first of them, each
population of trials a stretch of its own behind.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.calibration.drug_targets import endpoints_of, targets
from seedsoil.calibration.drugs import possible
from seedsoil.calibration.loss import simulate_groups
from seedsoil.calibration.posterior.headlines import HEADLINES, headlines
from seedsoil.jit.sources import digest
from seedsoil.simulation.backend import go_on
from seedsoil.simulation.population import population
from seedsoil.trials.baseline import baseline
from seedsoil.trials.division import DividedTrial
from seedsoil.trials.endpoints import Simulated, among_words
from seedsoil.trials.enrolment import wanted_subtypes
from seedsoil.trials.outcomes import courses, outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seedsoil.calibration.drug_targets import Target
    from seedsoil.calibration.posterior.space import Space
    from seedsoil.catalog import Catalog, Trial

TRIALS, HEADLINE = "trials", "headline"
"""The first part of the names of statistics of trials, and of headlines."""
_PILOT = 4_000
"""Women among whom a trial's rate of enrolment is found."""
_LEAST = 500
"""Women simulated for a trial, however easily it enrols."""


@dataclass(frozen=True)
class Sizes:
    """How many women a point has.

    `women` of each scenario of the natural history, `headline` of the default run; until `enrolled` women
    take part in a trial, but at most `most` simulated for it.
    """

    women: int = 8_000
    enrolled: int = 100
    most: int = 8_000
    headline: int = 4_000


class Statistics(NamedTuple):
    """Statistics of a point in the order of `Engine.names`: values, Monte-Carlo variances, women behind.

    `women` is 0 for a statistic of the natural history. NaN: no woman of the kind.
    """

    values: NDArray[np.float64]
    variances: NDArray[np.float64]
    women: NDArray[np.int32]


@dataclass(frozen=True)
class _Prepared:
    trial: Trial
    targets: list[Target]
    wanted: frozenset[str]
    women: int
    divided: DividedTrial


class Engine:
    """What simulates points of the cloud, prepared once for a catalog.

    `trials`: how many women are simulated for each trial, by name; found from its rate of enrolment with
    the catalog's values where not given.
    """

    def __init__(
        self, catalog: Catalog, sizes: Sizes, seed: int, trials: dict[str, int] | None = None
    ) -> None:
        self.catalog, self.sizes, self.seed = catalog, sizes, seed
        chosen = [spec for spec in catalog.trials.values() if spec.role == "calibration"]
        self.simulated: dict[str, int] = {}
        self._groups: dict[tuple[str, tuple[str, ...]], list[_Prepared]] = {}
        for spec in chosen:
            fitted = targets(spec)
            if fitted:
                wanted = endpoints_of(fitted)
                divided, women = _pilot(catalog, spec, sizes, seed)
                self.simulated[spec.name] = (trials or {}).get(spec.name, women)
                ready = _Prepared(spec, fitted, wanted, self.simulated[spec.name], divided)
                self._groups.setdefault((spec.adjuvant, wanted_subtypes(spec)), []).append(ready)
        self._first = max(sizes.women, sizes.headline)
        self.stride = self._first + sum(
            max(one.women for one in group) for group in self._groups.values()
        )
        self._cells = [
            (group, cell)
            for group, cells in simulate_groups(catalog, women=1_000, seed=seed).items()
            for cell in cells
            if cell in catalog.targets[group].cells
        ]
        self.names: tuple[str, ...] = (
            *(f"{group}.{cell}" for group, cell in self._cells),
            *(
                trial_label(one.trial.name, target)
                for group in self._groups.values()
                for one in group
                for target in one.targets
            ),
            *(f"{HEADLINE}.{name}" for name in HEADLINES),
        )

    def statistics(self, values: dict[str, float], point: int) -> Statistics:
        """Every statistic with these values of parameters, on the women of `point`."""
        catalog = self.catalog.with_values(values)
        first = point * self.stride
        groups = simulate_groups(catalog, women=self.sizes.women, seed=self.seed, first=first)
        rows: list[tuple[float, float, int]] = [
            (value, error**2, 0)
            for value, error in (groups[group][cell] for group, cell in self._cells)
        ]
        first += self._first
        for (adjuvant, subtypes), group in self._groups.items():
            women = max(one.women for one in group)
            people = population(
                catalog, women, seed=self.seed, first=first, adjuvant=adjuvant, subtypes=subtypes
            )
            for one in group:
                go_on()
                groups_of_trial = (one.trial.eligible, *one.trial.or_eligible)
                early = people.women["patient"] < first + one.women
                here = np.flatnonzero(early & possible(people.women, groups_of_trial))
                some = dataclasses.replace(
                    people,
                    women=people.women[here],
                    first_lesion_of=people.first_lesion_of[here],
                )
                rows += _trial_statistics(catalog, one, some)
            first += women
        rows += headlines(catalog, self.sizes.headline, seed=self.seed, first=point * self.stride)
        table = np.array(rows, dtype=float)
        known = np.isfinite(table[:, 0]) & np.isfinite(table[:, 1])
        value = np.where(known, table[:, 0], np.nan)
        variance = np.where(known, table[:, 1], np.nan)
        return Statistics(value, variance, table[:, 2].astype(np.int32))

    def identity(self) -> dict[str, Any]:
        """What decides a point's statistics beside its parameters: numbers, kernels, sizes and names."""
        named = hashlib.sha256("\n".join(self.names).encode()).hexdigest()
        trials = hashlib.sha256()
        for group in self._groups.values():
            for one in group:
                trials.update(one.trial.model_dump_json().encode())
        return {
            "parameters_hash": self.catalog.hash(),
            "kernels_hash": digest(),
            "trials_hash": trials.hexdigest(),
            "statistics_hash": named,
            "seed": self.seed,
            "sizes": dataclasses.asdict(self.sizes),
        }


class Points:
    """What is done to a point of the cloud: its number and u, a row of the design, give its statistics.

    To another process it goes as what its engine was made of; the first point there makes the engine again.
    """

    def __init__(self, engine: Engine, space: Space) -> None:
        self._made_of = (engine.catalog, engine.sizes, engine.seed, engine.simulated)
        self._space = space
        self._engine: Engine | None = engine
        self._making = Lock()

    def __call__(self, point: tuple[int, NDArray[np.float64]]) -> Statistics:
        """The statistics of the point."""
        number, u = point
        with self._making:  # one of a process's threads makes the engine, for all of them
            if self._engine is None:
                self._engine = Engine(*self._made_of)
        return self._engine.statistics(self._space.values(u), number)

    def __getstate__(self) -> dict[str, Any]:
        return {"_made_of": self._made_of, "_space": self._space}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._engine, self._making = None, Lock()


def trial_label(trial: str, target: Target) -> str:
    """The name of a trial's result: `trials.PALOMA-2.palbociclib.pfs_median`, with its subgroup."""
    wanted = target.wanted
    subgroup = among_words(wanted.conditions)
    return ".".join(filter(None, (TRIALS, trial, wanted.arm, wanted.endpoint, subgroup)))


def _trial_statistics(
    catalog: Catalog, one: _Prepared, people: Any
) -> list[tuple[float, float, int]]:
    if people.size == 0:
        return [(math.nan, math.nan, 0)] * len(one.targets)
    divided = one.divided.at(catalog, people.parameters)
    women, followed = divided.treat(people)
    if women.size == 0:
        return [(math.nan, math.nan, 0)] * len(one.targets)
    arms = {
        arm.name: outcomes(courses(women, course, plan, one.trial), one.wanted)
        for arm, course, plan in zip(one.trial.arms, followed, divided.plans, strict=True)
    }
    simulated = Simulated(one.trial, baseline(women, followed[0], divided.names), arms)
    return [(m.value, m.variance, m.women) for m in (t.measure(simulated) for t in one.targets)]


def _pilot(catalog: Catalog, trial: Trial, sizes: Sizes, seed: int) -> tuple[DividedTrial, int]:
    """The plans of a trial, and women to simulate so that `sizes.enrolled` take part."""
    people = population(
        catalog, _PILOT, seed=seed, adjuvant=trial.adjuvant, subtypes=wanted_subtypes(trial)
    )
    divided = DividedTrial(catalog, trial, people.parameters)
    women, _ = divided.treat(people)
    wanted = sizes.enrolled * _PILOT / max(women.size, 1)
    return divided, int(min(max(100 * math.ceil(wanted / 100.0), _LEAST), sizes.most))


def label_trial(names: Sequence[str]) -> list[str]:
    """Of which trial each statistic is; "" for one of no trial."""
    return [name.split(".", 2)[1] if name.startswith(f"{TRIALS}.") else "" for name in names]
