"""Women of one trial under plans of their own: rules of maintenance, shares and rules of crossover, and more.

The kernel follows a woman under one plan, with one choice of maintenance, one regimen to cross over to and
no disease-free interval. So the women are divided: each is followed under the plan that holds what was drawn
for her, by her number and the seed, the same in every arm.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.catalog.strategies import Line
from seedsoil.model import random
from seedsoil.model.treatment.plan import Names, Plan, treatment_plan, with_catalog
from seedsoil.simulation.follow import Followed, follow, joined
from seedsoil.trials.baseline import Baseline, baseline, disease_free, enrolled, trial_lines
from seedsoil.trials.outcomes import subset
from seedsoil.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Conditions, Strategy, Trial
    from seedsoil.catalog.arms import Arm
    from seedsoil.catalog.conditions import Eligible
    from seedsoil.simulation.population import Population
    from seedsoil.trials.arms import Bools

_DIVIDING = 64
"""The stream of random numbers of the division, beyond those of the model (`model.random`)."""


class Drawn(NamedTuple):
    """What a woman is given of an arm's alternatives.

    Its maintenance, and by rule of crossover the regimen that she would cross over to, after this `line`.
    """

    line: int
    then: str | None
    crossover: tuple[str | None, ...]


def care(catalog: Catalog, trial: Trial) -> tuple[Strategy, Strategy]:
    """The strategies of the lines before and after a trial."""
    before, after = (
        trial.strategies.get(name) or catalog.strategy(name) for name in (trial.before, trial.after)
    )
    return before, after


def plans(catalog: Catalog, trial: Trial, parameters: Any) -> tuple[list[Plan], Names]:
    """The plan of every arm, and the names of the drugs and regimens.

    Of an arm that divides its women it is the plan of those who are given none of the alternatives.
    """
    before, after = care(catalog, trial)
    own = _with_own(catalog, trial)
    made = [
        treatment_plan(own, parameters, before=before, after=after, trial=trial, arm=k)
        for k in range(len(trial.arms))
    ]
    return [plan for plan, _ in made], made[0][1]


def _with_own(catalog: Catalog, trial: Trial) -> Catalog:
    return dataclasses.replace(
        catalog,
        drugs={**catalog.drugs, **trial.drugs},
        regimens={**catalog.regimens, **trial.regimens},
    )


def treat(part: Population, arms: Sequence[Plan], threads: int = 1) -> tuple[Any, list[Followed]]:
    """Those of a population who enrol (dtype WOMAN), and their courses under each of `arms`.

    Until a woman enrols her course is the same in all arms, so those who do are found in the first.
    """
    everybody = follow(part, arms[0], threads=threads)
    who = enrolled(everybody)
    first = subset(everybody, who)
    women = part.women[who]
    if who.size == 0:
        return women, [first] * len(arms)
    chosen = _only(part, who)
    others = [follow(chosen, plan, threads=threads) for plan in arms[1:]]
    for other in others:
        _require_same(first, other)
    return women, [first, *others]


def _only(part: Population, which: NDArray[Any]) -> Population:
    return dataclasses.replace(
        part, women=part.women[which], first_lesion_of=part.first_lesion_of[which]
    )


def _those(part: Population, women: Any) -> Population:
    """The `women` of a population, in its order."""
    return _only(part, np.flatnonzero(np.isin(part.women["patient"], women["patient"])))


def _require_same(one: Followed, other: Followed) -> None:
    """Raise RuntimeError unless the same women enrol at the same time under two plans."""
    begun, at = one.lines[trial_lines(one)], trial_lines(other)
    row = other.lines[at]
    if not (
        at.size == begun.size
        and np.array_equal(enrolled(other), np.arange(begun.size))
        and np.array_equal(row.started_at, begun.started_at)
        and np.array_equal(row.line, begun.line)
    ):
        raise RuntimeError("the arms of a trial enrol different women: a defect of the model")


def eligible_by_interval(groups: Sequence[Eligible], women: Any) -> Bools:
    """Whether women (dtype TREATED_WOMAN) had the disease-free interval asked for: by group and woman."""
    met = np.ones((len(groups), women.size), np.bool_)
    for mask, group in zip(met, groups, strict=True):
        if group.disease_free_months is not None:
            mask[:] = disease_free(
                women["since_diagnosis"], women["presentation"], group.disease_free_months
            )
    return met


class DividedTrial:
    """The plans of a trial's arms, made once for all batches of women; `treat` follows a batch."""

    def __init__(self, catalog: Catalog, trial: Trial, parameters: Any) -> None:
        self.catalog, self.trial, self.parameters = catalog, trial, parameters
        self.plans, self.names = plans(catalog, trial, parameters)
        self._by_groups: dict[int, tuple[Trial, list[Plan]]] = {}
        self._made: dict[tuple[int, int, Drawn], Plan] = {}

    def at(self, catalog: Catalog, parameters: Any) -> DividedTrial:
        """The same trial with the numbers of another catalog that has the same drugs, regimens and rules."""

        def moved(plan: Plan) -> Plan:
            return with_catalog(plan, parameters, catalog, self.trial.drugs)

        other = copy.copy(self)
        other.catalog, other.parameters = catalog, parameters
        other.plans = [moved(plan) for plan in self.plans]
        other._by_groups = {
            code: (trial, [moved(plan) for plan in made])
            for code, (trial, made) in self._by_groups.items()
        }
        other._made = {key: moved(plan) for key, plan in self._made.items()}
        return other

    def treat(self, part: Population, threads: int = 1) -> tuple[Any, list[Followed]]:
        """Those of a population who enrol, and their courses under each arm, in the order of the women."""
        groups = (self.trial.eligible, *self.trial.or_eligible)
        met = eligible_by_interval(groups, part.women)
        codes = (1 << np.arange(len(groups))) @ met.astype(np.int64)
        found: list[tuple[Any, list[Followed]]] = []
        for code in np.unique(codes[codes > 0]).tolist():
            here = part if (codes == code).all() else _only(part, np.flatnonzero(codes == code))
            found.append(self._treat_group(here, code, threads))
        if not found:
            nobody = np.zeros(0, np.intp)
            one = follow(_only(part, np.array([0])), self.plans[0])
            return part.women[nobody], [subset(one, nobody)] * len(self.plans)
        if len(found) == 1:
            return found[0]
        women = np.concatenate([women for women, _ in found]).view(np.recarray)
        order = np.argsort(women["patient"], kind="stable")
        arms = zip(*(followed for _, followed in found), strict=True)
        return women[order], [subset(joined(parts), order) for parts in arms]

    def _treat_group(self, part: Population, code: int, threads: int) -> tuple[Any, list[Followed]]:
        """`treat` of women who may enrol by the same groups of eligibility, the bits of `code`."""
        women, followed = self._started(part, code, threads)
        months = self.trial.induction_months
        if self.trial.randomised_at is not None:
            return _randomised_at_esr1(women, followed)
        if months is None or women.size == 0:
            return women, followed
        trial, own_plans = self._of_groups(code)
        nothing: dict[str, Any] = {
            "then": {},
            "then_rules": [],
            "crossover": None,
            "crossover_rules": [],
        }
        first = trial.arms[0].model_copy(update=nothing)
        made, _ = plans(self.catalog, trial.model_copy(update={"arms": [first]}), self.parameters)
        made[0].constants.enrolment_share = own_plans[0].constants.enrolment_share
        alone = follow(_those(part, women), made[0], threads=threads)
        _require_same(followed[0], alone)
        kept = np.flatnonzero(randomised(alone, women, months))
        return women[kept], [subset(one, kept) for one in followed]

    def _started(self, part: Population, code: int, threads: int) -> tuple[Any, list[Followed]]:
        """Those who start the trial's line, and their courses under each arm."""
        trial, own_plans = self._of_groups(code)
        whole = [k for k, arm in enumerate(trial.arms) if not arm.divided]
        plain = whole or [0]
        women, followed = treat(part, [own_plans[k] for k in plain], threads)
        if len(whole) == len(trial.arms):
            return women, followed
        if women.size == 0:
            return women, followed[:1] * len(trial.arms)
        known = baseline(women, followed[0], self.names)
        chosen = _those(part, women)
        arms = dict(zip(plain, followed, strict=True))
        for k, arm in enumerate(trial.arms):
            if arm.divided:
                arms[k] = self._divided(
                    chosen, code, k, draws(arm, known, self.parameters), threads
                )
                _require_same(followed[0], arms[k])
        return women, [arms[k] for k in range(len(trial.arms))]

    def _of_groups(self, code: int) -> tuple[Trial, list[Plan]]:
        """The trial with the groups of eligibility in `code` alone, and its plans."""
        if code not in self._by_groups:
            groups = [self.trial.eligible, *self.trial.or_eligible]
            first, *others = [group for k, group in enumerate(groups) if code >> k & 1]
            trial = self.trial.model_copy(update={"eligible": first, "or_eligible": others})
            made, _ = plans(self.catalog, trial, self.parameters)
            for plan in made:
                # the chance to enrol at a line is that of the whole trial
                plan.constants.enrolment_share = self.plans[0].constants.enrolment_share
            self._by_groups[code] = trial, made
        return self._by_groups[code]

    def _divided(
        self, women: Population, code: int, arm: int, drawn: Sequence[Drawn], threads: int
    ) -> Followed:
        """The courses of women who enrolled, each under the plan of what was drawn for her."""
        by_plan: dict[Drawn, list[int]] = {}
        for i, one in enumerate(drawn):
            by_plan.setdefault(one, []).append(i)
        parts = []
        for one, which in by_plan.items():
            plan = self._plan(code, arm, one)
            parts.append(follow(_only(women, np.array(which)), plan, threads=threads))
        order = np.argsort(np.concatenate([np.array(which) for which in by_plan.values()]))
        return subset(joined(parts), order)

    def _plan(self, code: int, k: int, drawn: Drawn) -> Plan:
        """The plan of an arm's women for whom the same was drawn."""
        key = (code, k, drawn)
        if key not in self._made:
            trial, own_plans = self._of_groups(code)
            arm = trial.arms[k]
            before, after = care(self.catalog, trial)
            crossing = [
                Line.model_construct(
                    when=when, regimen={name: 1.0}, until=None, then={}, switch=None, sources=[]
                )
                for rule, name in zip(arm.crossover_rules, drawn.crossover, strict=True)
                if name is not None and (when := at_line(rule.when, drawn.line + 1)) is not None
            ]
            then = arm.then if drawn.then is None else {drawn.then: 1.0}
            plan, _ = treatment_plan(
                _with_own(self.catalog, trial),
                self.parameters,
                before=before,
                after=after.model_copy(update={"lines": [*crossing, *after.lines]}),
                trial=trial.model_copy(update={"arms": [arm.model_copy(update={"then": then})]}),
            )
            plan.constants.enrolment_share = own_plans[k].constants.enrolment_share
            self._made[key] = plan
        return self._made[key]


def _randomised_at_esr1(women: Any, followed: list[Followed]) -> tuple[Any, list[Followed]]:
    """Those in whom plasma showed an ESR1 mutation in the trial's line, which is in all arms the same day."""
    days = [one.lines.esr1_at[trial_lines(one)] for one in followed]
    if not all(np.array_equal(day, days[0], equal_nan=True) for day in days):
        raise RuntimeError("plasma shows ESR1 on different days in the arms: a defect of the model")
    kept = np.flatnonzero(np.isfinite(days[0]))
    return women[kept], [subset(one, kept) for one in followed]


def randomised(alone: Followed, women: Any, months: float) -> Bools:
    """Which women are randomised so long after their line began, by their courses under the induction alone.

    Those alive, without progression, and given all its drugs so long.
    """
    rows = alone.lines[trial_lines(alone)]
    at = rows.started_at + months / MONTHS_PER_YEAR
    died_at = women["since_diagnosis"] + alone.ends.died_at
    return np.asarray(~(rows.progressed_at <= at) & (died_at > at) & ~rows.discontinued)


def at_line(when: Conditions, line: int) -> Conditions | None:
    """The conditions as they hold at this line alone; None where they ask for another."""
    first, last = when.line or (line, line)
    return when.model_copy(update={"line": (line, line)}) if first <= line <= last else None


def draws(arm: Arm, known: Baseline, parameters: Any) -> list[Drawn]:
    """What each woman of a trial is given of an arm's alternatives. `known`: what was at enrolment.

    The same woman draws the same in every arm.
    """
    uniforms = [
        random.uniforms(parameters.key_low, parameters.key_high, int(patient), _DIVIDING, 0, 0)
        for patient in known.patient
    ]
    first, second, third, _ = np.array(uniforms).reshape(-1, 4).T
    then = np.full(known.women, None, dtype=object)
    left = np.ones(known.women, np.bool_)
    for maintenance in arm.then_rules:
        here = left & known.meet(maintenance.when)
        then[here] = _chosen(maintenance.regimen, first[here])
        left &= ~here
    crossover = [
        [
            name if u < rule.share else None
            for u, name in zip(second.tolist(), _chosen(rule.regimen, third), strict=True)
        ]
        for rule in arm.crossover_rules
    ]
    lines = known.known.line.tolist()
    return [
        Drawn(line, then[i], tuple(choice[i] for choice in crossover))
        for i, line in enumerate(lines)
    ]


def _chosen(shares: Mapping[str, float], uniform: NDArray[np.float64]) -> NDArray[Any]:
    """The name for each number uniform from 0 to 1, by the shares, which sum to 1."""
    names = np.array(list(shares), dtype=object)
    index = np.searchsorted(np.cumsum(list(shares.values())), uniform, side="right")
    return np.asarray(names[np.minimum(index, names.size - 1)])
