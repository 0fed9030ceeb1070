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
from seedsoil.planned.contents import packed
from seedsoil.planned.counted import counted
from seedsoil.planned.measured import Keeping
from seedsoil.planned.plan import MEASURES, WOMEN, Plan
from seedsoil.planned.women import Women
from seedsoil.reductions.tally import Tally
from seedsoil.run.simulate import tables_of
from seedsoil.simulation.backend import go_on
from seedsoil.simulation.shards import simulate_rows
from seedsoil.vocabulary import UNTREATED
from seedsoil.work.unit import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.model.treatment.plan import Names
    from seedsoil.model.treatment.plan import Plan as Treatment
    from seedsoil.model.types import Parameters
    from seedsoil.simulation.shards import Shard
    from seedsoil.work.unit import Unit

BLOCK = 20_000
"""Women simulated and counted at a time."""
_PROBED = 50
_REMEMBERED = 8
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
        """The tally of the unit's women, and what else is kept of them, as a file."""
        part = _part(self.text, canonical(unit.made))
        tally, kept = Tally(), _kept(unit.made["outputs"])
        for start in range(0, unit.women, BLOCK):
            go_on()
            shard = part.shard(unit.first + start, min(BLOCK, unit.women - start), kept is not None)
            tally.add(counted(shard.patients))
            if isinstance(kept, Keeping):
                assert part.names is not None
                kept.add(shard, part.names, part.catalog)
            elif kept is not None:
                kept.add(tables_of(shard, part.names))
        return packed(tally, {} if kept is None else kept.done())

    def inputs(self, unit: Unit) -> str:
        """A hash of parameters and plans of treatment as the kernels get them, and of fifty women."""
        part = _part(self.text, canonical(unit.made))
        made = hashlib.sha256(np.array([part.parameters]).tobytes())
        for rows in part.treatment or ():
            made.update(np.asarray(rows).tobytes())
        made.update(np.asarray(part.shard(0, _PROBED, False).patients).tobytes())
        return made.hexdigest()


class _Part(NamedTuple):
    """Women under one strategy, or untreated."""

    catalog: Catalog
    parameters: Parameters
    treatment: Treatment | None
    names: Names | None

    def shard(self, first: int, women: int, details: bool) -> Shard:
        """These women, simulated; with `details` the rows of all tables."""
        return simulate_rows(self.parameters, first, women, details=details, plan=self.treatment)


def _kept(outputs: Sequence[str]) -> Keeping | Women | None:
    """What collects that which a unit keeps beside its tally."""
    if MEASURES in outputs:
        return Keeping()
    return Women() if WOMEN in outputs else None


@lru_cache(maxsize=2)
def _opened(text: str) -> tuple[Plan, Catalog]:
    plan = Plan.of_text(text, "the plan")
    return plan, plan.catalog()


@lru_cache(maxsize=_REMEMBERED)
def _part(text: str, made_text: str) -> _Part:
    """What simulates the women of one part of a plan."""
    plan, catalog = _opened(text)
    made: dict[str, Any] = json.loads(made_text)
    if "draw" in made:
        catalog = catalog.with_values(made["draw"])
    asked = {one.hash or UNTREATED: one for one in plan.strategies}
    strategy = asked[made["strategy"]].strategy(catalog)
    parameters = kernel_parameters(
        catalog, **{key: made[key] for key in ("seed", "screening", "adjuvant")}
    )
    if strategy is None:
        return _Part(catalog, parameters, None, None)
    return _Part(catalog, parameters, *treatment_plan(catalog, parameters, before=strategy))
