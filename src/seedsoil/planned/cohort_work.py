"""The work of a plan's units: women simulated in blocks, and of each block a tally; memory stays flat."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.planned.counted import counted
from seedsoil.planned.paired import paired
from seedsoil.planned.plan import PAIR, WOMEN, Plan
from seedsoil.planned.women import with_tables
from seedsoil.reductions.tally import Tally
from seedsoil.run.blocks import course_under
from seedsoil.run.simulate import tables_of
from seedsoil.simulation.backend import go_on
from seedsoil.simulation.shards import simulate_rows
from seedsoil.vocabulary import UNTREATED
from seedsoil.work.unit import canonical

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.model.treatment.plan import Names
    from seedsoil.model.treatment.plan import Plan as Treatment
    from seedsoil.model.types import Parameters
    from seedsoil.run.blocks import Course
    from seedsoil.run.simulate import Tables
    from seedsoil.work.unit import Unit

BLOCK = 20_000
"""Women simulated and counted at a time."""
_PROBED = 50
_KEPT = 8
"""Parts that a worker remembers: it does the units of one after the other."""


@dataclass(frozen=True)
class CohortWork:
    """Makes the units of the plan that `text` is. It is as large as the plan's file, and knows no place."""

    text: str

    @classmethod
    def of(cls, plan: Plan) -> CohortWork:
        """The work of a plan."""
        return cls(plan.text())

    def make(self, unit: Unit) -> bytes:
        """The tally of the unit's women, as a file."""
        part = _part(self.text, canonical(unit.made))
        blocks = (
            (unit.first + start, min(BLOCK, unit.women - start))
            for start in range(0, unit.women, BLOCK)
        )
        if WOMEN in unit.made["outputs"]:
            assert isinstance(part, _Alone)
            return with_tables(part.tables(*block) for block in blocks)
        tally = Tally()
        for block in blocks:
            go_on()
            tally.add(part.tally(*block))
        return tally.to_bytes()

    def inputs(self, unit: Unit) -> str:
        """A hash of parameters and plans of treatment as the kernels get them, and of fifty women."""
        part = _part(self.text, canonical(unit.made))
        made = hashlib.sha256()
        for parameters, treatment in part.simulated():
            made.update(np.array([parameters]).tobytes())
            for rows in treatment or ():
                made.update(np.asarray(rows).tobytes())
            shard = simulate_rows(parameters, 0, _PROBED, details=False, plan=treatment)
            made.update(np.asarray(shard.patients).tobytes())
        return made.hexdigest()


class _Alone(NamedTuple):
    """Women under one strategy."""

    parameters: Parameters
    treatment: Treatment | None
    names: Names | None

    def simulated(self) -> list[tuple[Parameters, Treatment | None]]:
        """What is simulated with."""
        return [(self.parameters, self.treatment)]

    def tally(self, first: int, women: int) -> Tally:
        """What is counted of these women."""
        shard = simulate_rows(self.parameters, first, women, details=False, plan=self.treatment)
        return counted(shard.patients)

    def tables(self, first: int, women: int) -> tuple[Tally, Tables]:
        """What is counted of these women, and their tables."""
        go_on()
        shard = simulate_rows(self.parameters, first, women, details=True, plan=self.treatment)
        return counted(shard.patients), tables_of(shard, self.names)


class _Pair(NamedTuple):
    """The same women under two strategies."""

    catalog: Catalog
    courses: tuple[Course, Course]
    by: str | None

    def simulated(self) -> list[tuple[Parameters, Treatment | None]]:
        """What is simulated with."""
        return [(course.parameters, course.plan) for course in self.courses]

    def tally(self, first: int, women: int) -> Tally:
        """What is counted of these women."""
        one, other = (course.found_in_life(first, women) for course in self.courses)
        tally = paired((one, other), by=self.by, catalog=self.catalog)
        tally.count("simulated", np.zeros(women, np.int64))
        return tally


@lru_cache(maxsize=2)
def _opened(text: str) -> tuple[Plan, Catalog]:
    plan = Plan.of_text(text, "the plan")
    return plan, plan.catalog()


@lru_cache(maxsize=_KEPT)
def _part(text: str, made_text: str) -> _Alone | _Pair:
    """What simulates and counts the women of one part of a plan."""
    plan, catalog = _opened(text)
    made: dict[str, Any] = json.loads(made_text)
    if "draw" in made:
        catalog = catalog.with_values(made["draw"])
    asked = {one.hash or UNTREATED: one for one in plan.strategies}
    strategies = [asked[name].strategy(catalog) for name in made["strategies"]]
    settings = {key: made[key] for key in ("seed", "screening", "adjuvant")}
    if made["outputs"] == [PAIR]:
        one, other = (course_under(s, catalog=catalog, **settings) for s in strategies if s)
        return _Pair(catalog, (one, other), made["by"])
    parameters = kernel_parameters(catalog, **settings)
    treatment: Treatment | None = None
    names: Names | None = None
    if strategies[0] is not None:
        treatment, names = treatment_plan(catalog, parameters, before=strategies[0])
    return _Alone(parameters, treatment, names)
