"""`compare()`: strategies on the same women, with the same random numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog import Strategy, load, lookup
from seedsoil.errors import InputError, shown
from seedsoil.results.burden import check_division
from seedsoil.run.simulate import (
    ADJUVANT,
    SCREENING,
    STRATEGY,
    check_policies,
    simulate,
    simulate_found_in_life,
)
from seedsoil.strategies.comparison import ComparisonData, Floats, differences_of, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.run.run import Run


class StrategyComparison(ComparisonData):
    """Strategies on the same women.

    `runs` by name, the first is the reference of the increments. `women`: how many with metastatic disease
    found in life. `differences`: every measure, group and strategy; `by`: what the groups are divided by.
    A research and teaching tool: means of simulated women, never advice for one person.
    """

    def chart(self) -> dict[str, Any]:
        """Survival from the day metastatic disease is found, by strategy."""
        from seedsoil.strategies.charts import survival_chart

        return survival_chart(self)

    def report(self, path: str | Path) -> Path:
        """Write the comparison as a self-contained HTML page to `path` and return the path."""
        from seedsoil.strategies.page import write_comparison

        return write_comparison(self, path)


def compare(
    strategies: Sequence[str | Path | Strategy],
    *,
    women: int = 50_000,
    seed: int = 1,
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    by: str | None = "subtype",
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
) -> StrategyComparison:
    """Simulate the same women under each strategy; the first is the reference of the increments.

    `strategies`: names of the catalog, paths of TOML files, or `Strategy` objects; two or more. `screening`
    and `adjuvant`, policies of the catalog, hold for all of them. `by`: results are given for all women
    and for groups of them, divided by subtype, age, stage, presentation, t_stage, n_stage, burden or organs
    (None: no groups). Other arguments as in `simulate`; the result does not depend on `threads`.

    Raises `InputError` on illegal input, and for "untreated", which is simulated on other draws: "none" is
    the strategy without drugs.

    Examples:
        >>> import seedsoil as ss
        >>> found = ss.compare(["none", "2022"], women=1_000, seed=1, by="presentation")
        >>> found.of("life_years", "2022").difference > 0
        True
        >>> sorted({d.group for d in found.differences})
        ['all women', 'de novo', 'recurrent']
    """
    return _compare(
        simulate,
        strategies,
        women,
        screening,
        adjuvant,
        by,
        catalog,
        seed=seed,
        threads=threads,
        progress=progress,
    )


def compare_in_little_memory(
    strategies: Sequence[str | Path | Strategy],
    *,
    women: int,
    screening: str,
    adjuvant: str,
    by: str | None,
    catalog: Catalog | None,
    **settings: Any,
) -> StrategyComparison:
    """As `compare`, with the same results and page, for a caller who wants no tables of the runs.

    Of each shard only the women are kept whose metastatic disease was found in life, without lesions: they
    are all that is compared. `settings`: seed, threads and progress of `compare`.
    """
    return _compare(
        simulate_found_in_life, strategies, women, screening, adjuvant, by, catalog, **settings
    )


def _compare(
    simulate_one: Callable[..., Run],
    strategies: Sequence[str | Path | Strategy],
    women: int,
    screening: str,
    adjuvant: str,
    by: str | None,
    catalog: Catalog | None,
    **settings: Any,
) -> StrategyComparison:
    if isinstance(strategies, str | Path | Strategy) or not isinstance(strategies, Iterable):
        raise InputError(
            f"strategies={shown(strategies)}: pass a list of two strategies or more, such as "
            f"['pre-2013', '{STRATEGY}']"
        )
    check_policies(screening, adjuvant, catalog, settings.get("progress"))
    check_division(by)
    catalog = catalog or load()
    found = [_strategy(one, catalog) for one in strategies]
    if len(found) < 2:
        raise InputError("compare: give two strategies or more; the first is the reference")
    names = distinct([s.name for s in found])
    runs: dict[str, Run] = {}
    values: dict[str, Mapping[str, Floats]] = {}
    who: NDArray[np.int64] | None = None
    for name, one in zip(names, found, strict=True):
        run = simulate_one(
            women, screening=screening, adjuvant=adjuvant, strategy=one, catalog=catalog, **settings
        )
        numbers_of, values[name] = values_of(run, catalog)
        if who is not None and not np.array_equal(who, numbers_of):
            raise AssertionError("strategies were simulated on different women")
        who = numbers_of
        runs[name] = run
    assert who is not None
    differences = tuple(differences_of(names, runs, values, by))
    return StrategyComparison(tuple(names), runs, int(who.size), differences, by)


def _strategy(one: str | Path | Strategy, catalog: Catalog) -> Strategy:
    found = lookup.strategy(one, catalog=catalog)
    if found is None:
        raise InputError(
            "compare: 'untreated' is simulated on other random numbers than strategies are; the "
            "strategy without drugs to compare with is 'none'"
        )
    return found


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number added where two are the same."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result
