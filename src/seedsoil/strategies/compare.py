"""`compare()`: strategies on the same women, with the same random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.catalog.lookup import strategy
from seedsoil.errors import InputError
from seedsoil.strategies.comparison import Floats, StrategyComparison, _differences, _values

if TYPE_CHECKING:
    from pathlib import Path
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.run.run import Run


def compare(
    strategies: Sequence[str | Path | Strategy],
    *,
    women: int = 50_000,
    seed: int = 1,
    threads: int | None = None,
    screening: str = "none",
    adjuvant: str = "2013+",
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
) -> StrategyComparison:
    """Simulate the same women under each strategy; the first is the reference of the increments.

    `strategies`: names of the catalog, paths of TOML files, or `Strategy` objects; two or more, with
    different names. Other arguments as in `simulate`. Raises `InputError`.
    """
    from seedsoil.catalog import load
    from seedsoil.run.simulate import simulate

    catalog = catalog or load()
    chosen = [_strategy(one, catalog) for one in strategies]
    if len(chosen) < 2:
        raise InputError("compare: give two strategies or more; the first is the reference")
    names = _distinct([s.name for s in chosen])
    runs: dict[str, Run] = {}
    values: dict[str, Mapping[str, Floats]] = {}
    who: NDArray[np.int64] | None = None
    for name, one in zip(names, chosen, strict=True):
        run = simulate(
            women,
            seed=seed,
            threads=threads,
            screening=screening,
            adjuvant=adjuvant,
            strategy=one,
            catalog=catalog,
            progress=progress,
        )
        numbers_of, values[name] = _values(run, catalog)
        if who is not None and not np.array_equal(who, numbers_of):
            raise AssertionError("strategies were simulated on different women")
        who = numbers_of
        runs[name] = run
    assert who is not None
    return StrategyComparison(
        tuple(names), runs, int(who.size), tuple(_differences(names, runs, values))
    )


def _strategy(one: str | Path | Strategy, catalog: Catalog) -> Strategy:
    found = strategy(one, catalog=catalog)
    if found is None:
        raise InputError(
            "compare: 'untreated' is simulated on other random numbers than strategies are; the "
            "strategy without drugs to compare with is 'none'"
        )
    return found


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number added where two are the same."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result
