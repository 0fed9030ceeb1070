"""The women of a trial: simulated until enough have enrolled, and followed in every arm to their death."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.words import of_women, whole
from seedsoil.errors import InputError
from seedsoil.simulation.follow import Followed, follow, joined
from seedsoil.simulation.population import population
from seedsoil.trials.baseline import Baseline, baseline, enrolled
from seedsoil.trials.division import DividedTrial, eligible_by_interval, plans
from seedsoil.trials.outcomes import Courses, courses
from seedsoil.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.catalog import Catalog, Trial

ENOUGH = 3_500
"""Women who are to enrol, unless the trial itself is larger."""
MOST_WOMEN = 2_000_000
"""Women who are simulated at most to find them; some 20 seconds a core."""
_BATCH = 16_384
_SMALL_BATCH = 2_048  # where the caller says how many are enough
_LARGEST_BATCH = 131_072
_GROWTH = 8  # a batch is at most so many times what was simulated before
_SPARE = 1.05  # beyond what the rate so far promises, so that one more batch is rarely needed
_DIAGNOSED = 3_000  # women with metastatic disease among whom an empty eligibility is explained


class TooFewEnrolError(InputError):
    """Fewer simulated women enrol in a trial than it has."""


@dataclass(frozen=True)
class Enrolment:
    """The women who enrolled, what was known of them then, and their courses by arm.

    `simulated` women have had breast cancer, `metastatic` of them had metastatic disease found in life.
    """

    trial: Trial
    baseline: Baseline
    arms: dict[str, Courses]
    simulated: int
    metastatic: int

    @property
    def women(self) -> int:
        """Number of women who enrolled; each takes part in every arm."""
        return self.baseline.women

    def manifest(self, *, seed: int, replicates: int, catalog: Catalog) -> dict[str, Any]:
        """What a result says of how it was made, whatever was asked of these women."""
        from seedsoil._version import __version__

        return {
            "seedsoil": __version__,
            "trial": self.trial.name,
            "seed": seed,
            "replicates": replicates,
            "women": {
                "simulated": self.simulated,
                "metastatic": self.metastatic,
                "enrolled": self.women,
            },
            "size": {arm.name: arm.n for arm in self.trial.arms},
            **catalog.manifest(),
        }


def wanted_subtypes(trial: Trial) -> tuple[str, ...]:
    """The subtypes that a trial recruits."""
    groups = (trial.eligible, *trial.or_eligible)
    recruited = {name for group in groups for name in group.subtype or SUBTYPES}
    return tuple(name for name in SUBTYPES if name in recruited)


def enough_for(trial: Trial) -> int:
    """How many women are to enrol when the caller does not say how many to simulate."""
    return max(ENOUGH, sum(arm.n for arm in trial.arms))


def enrol(
    catalog: Catalog,
    trial: Trial,
    *,
    women: int | None = None,
    seed: int = 1,
    first: int = 0,
    threads: int = 1,
    enough: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Enrolment:
    """Simulate women until enough have enrolled in `trial`, and follow them in every arm to death.

    `women`: how many to simulate, with or without metastatic disease, from the woman `first` on; None: until
    `enough`, by default
    `enough_for(trial)`, have enrolled, at most `MOST_WOMEN`. `progress` is told of women as they are
    simulated or, with None, as they enrol. Raises TooFewEnrolError if fewer enrol than the trial has.
    """
    begin = _BATCH if enough is None else _SMALL_BATCH
    if women is None:
        most, enough = MOST_WOMEN, enough_for(trial) if enough is None else enough
    else:
        most, enough = women, None
    divided: DividedTrial | None = None
    found: list[Any] = []
    parts: list[list[Followed]] = [[] for _ in trial.arms]
    simulated = metastatic = count = 0
    while simulated < most and (enough is None or count < enough):
        size = _next_batch(simulated, count, most, enough, begin)
        women_found = population(
            catalog, size, seed=seed, first=first + simulated, adjuvant=trial.adjuvant,
            subtypes=wanted_subtypes(trial), threads=threads,
        )  # fmt: skip
        if divided is None:
            divided = DividedTrial(catalog, trial, women_found.parameters)
        simulated += size
        metastatic += women_found.size
        enrolling = 0
        if women_found.size:
            here, followed = divided.treat(women_found, threads)
            enrolling = here.size
            found.append(here)
            for store, course in zip(parts, followed, strict=True):
                store.append(course)
        if progress is not None:
            progress(size if enough is None else min(enrolling, max(enough - count, 0)))
        count += enrolling
    needed = sum(arm.n for arm in trial.arms)
    if count < needed:
        raise TooFewEnrolError(
            _too_few(catalog, trial, simulated, metastatic, count, needed, seed, women)
        )
    assert divided is not None
    everyone = np.concatenate(found).view(np.recarray)
    arms = {
        arm.name: courses(everyone, joined(part), plan, trial)
        for arm, part, plan in zip(trial.arms, parts, divided.plans, strict=True)
    }
    followed_first = next(iter(arms.values())).followed
    return Enrolment(
        trial, baseline(everyone, followed_first, divided.names), arms, simulated, metastatic
    )


def _next_batch(simulated: int, count: int, most: int, enough: int | None, begin: int) -> int:
    """How many women to simulate next: what the rate of enrolment so far asks for."""
    left = most - simulated
    if enough is None:
        return min(_LARGEST_BATCH, left)
    if simulated == 0:
        return min(begin, left)
    missing = _SPARE * (enough - count) * simulated / max(count, 1)
    size = min(missing, _GROWTH * simulated, _LARGEST_BATCH)
    return min(begin // 4 * (1 + int(size) // (begin // 4)), left)


def _too_few(
    catalog: Catalog, trial: Trial, simulated: int, metastatic: int, count: int, needed: int,
    seed: int, asked: int | None,
) -> str:  # fmt: skip
    """Why a trial could not be filled, in one line."""
    if count:
        rate = simulated / count
        more = (
            f"simulate about {of_women(1.2 * needed * rate)}, or more for a narrower error"
            if asked is not None
            else f"it recruits one simulated woman in {whole(rate)}; give the number of women "
            f"({whole(1.2 * needed * rate)} or more), or make its arms smaller"
        )
        return (
            f"trial '{trial.name}': needs {of_women(needed)}, and {whole(count)} of the "
            f"{whole(simulated)} simulated enrol; {more}."
        )
    if not metastatic:
        return (
            f"trial '{trial.name}': none of the {whole(simulated)} simulated women has metastatic "
            "disease found in life; simulate more."
        )
    shares = _met_alone(catalog, trial, seed, simulated)
    return (
        f"trial '{trial.name}': none of the {of_women(metastatic)} with metastatic disease (of "
        f"{whole(simulated)} simulated) is ever eligible. Share who meet each condition, taken "
        f"alone, at the start of some line: {shares}."
    )


def _met_alone(catalog: Catalog, trial: Trial, seed: int, simulated: int) -> str:
    """Each condition of eligibility with the share of women who ever meet it."""
    from seedsoil.catalog.conditions import Eligible

    women = min(simulated, 8 * _DIAGNOSED)
    part = population(
        catalog, women, seed=seed, adjuvant=trial.adjuvant, subtypes=wanted_subtypes(trial)
    )
    kept = min(_DIAGNOSED, part.size)
    part = dataclasses.replace(
        part, women=part.women[:kept], first_lesion_of=part.first_lesion_of[:kept]
    )
    told: list[str] = []
    groups = (trial.eligible, *trial.or_eligible)
    for number, group in enumerate(groups, start=1):
        alone = []
        asked = group.asked()
        if trial.ecog is not None:
            asked.setdefault("ecog", trial.ecog)
        for name, value in asked.items():
            if name == "disease_free_months":
                met = eligible_by_interval([group], part.women)
                alone.append(f"{name} {100.0 * met.mean():.0f} %")
                continue
            one = trial.model_copy(
                update={
                    "eligible": Eligible().model_copy(update={name: value}),
                    "ecog": None,
                    "or_eligible": [],
                }
            )
            plan = plans(catalog, one, part.parameters)[0][0]
            plan.constants.enrolment_share = 1.0  # not only those whom chance lets enrol
            plan.constants.volunteers = 0  # nor those of an age at which women take part
            share = enrolled(follow(part, plan)).size / max(kept, 1)
            alone.append(f"{name} {100.0 * share:.0f} %")
        prefix = f"group {number}: " if len(groups) > 1 else ""
        told.append(prefix + ", ".join(alone))
    return "; ".join(told)
