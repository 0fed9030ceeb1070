"""The parts of a pack that tell of women one by one, and of how it spreads: from one sample of women."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.explorer.course import woman
from seedsoil.explorer.eras import DEFAULT_ERA, ERAS
from seedsoil.explorer.story import story
from seedsoil.explorer.teaching import TWINS, taught
from seedsoil.run.simulate import simulate

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.run.run import Run

Data = dict[str, Any]


def sample(catalog: Catalog, women: int, seed: int, threads: int | None) -> dict[str, Run]:
    """The same women under each of `TWINS`, in the era that is shown first."""
    era = ERAS[DEFAULT_ERA]
    return {
        name: simulate(
            women,
            seed=seed,
            threads=threads,
            screening=era.screening,
            adjuvant=era.adjuvant,
            strategy=name,
            catalog=catalog,
        )
        for name in TWINS
    }


def course_part(runs: dict[str, Run], catalog: Catalog, most: int, seed: int) -> Data:
    """Courses of women who teach something (`contract.Courses`, its women)."""
    strategies = [catalog.strategies[name] for name in TWINS]
    told = [
        woman(
            one.number,
            strategies if one.metastatic else strategies[:1],
            DEFAULT_ERA,
            policies=ERAS[DEFAULT_ERA],
            seed=seed,
            catalog=catalog,
            teaches=one.teaches,
        )
        for one in taught(runs, most)
    ]
    return {"women": told}


def spread_part(runs: dict[str, Run], catalog: Catalog) -> Data:
    """How it spreads, in numbers (`contract.Spread`)."""
    numbers, by_organ = story(runs[TWINS[0]], catalog)
    return {"numbers": numbers, "by_organ": by_organ}
