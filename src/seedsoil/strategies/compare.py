"""`compare()`: strategies on the same women, with the same random numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.catalog import Strategy, load, lookup
from seedsoil.display.words import of_women
from seedsoil.errors import InputError, shown
from seedsoil.results.burden import check_division
from seedsoil.run.simulate import (
    ADJUVANT,
    BYTES,
    SCREENING,
    STRATEGY,
    check_policies,
    joined,
    simulate_each,
)
from seedsoil.simulation.shards import check_cohort, require_memory
from seedsoil.strategies.comparison import ComparisonData
from seedsoil.strategies.reduction import Reduction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.results.draws_section import Told
    from seedsoil.run.run import Run


class StrategyComparison(ComparisonData):
    """Strategies on the same women.

    `names`: the first is the reference of the increments; `runs` by name. `women`: how many with metastatic
    disease found in life. `differences`: every measure, group and strategy; `by`: what divides the groups.
    A research and teaching tool: means of simulated women, never advice for one person.
    """

    def chart(self) -> dict[str, Any]:
        """Survival from the day metastatic disease is found, by strategy."""
        from seedsoil.strategies.charts import survival_chart

        return survival_chart(self)

    def report(
        self, path: str | Path, *, catalog: Catalog | None = None, draws: Told | None = None
    ) -> Path:
        """Write the comparison as a self-contained HTML page to `path` and return the path.

        `catalog`: the one that was compared with, if not the packaged one. `draws`: the same strategies over
        draws of the posterior (`compare_over_draws(…).told()`), which get a section.
        """
        from seedsoil.strategies.page import write_comparison

        return write_comparison(self, path, draws, catalog)


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
        strategies,
        women,
        screening,
        adjuvant,
        by,
        catalog,
        tables=True,
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
    """As `compare`, with the same results and page, for a caller who wants no tables: `runs` is empty.

    Memory grows by 8 bytes a strategy and woman found with metastatic disease in life, for the exact survival
    curves, and a byte for her group. `settings`: seed, threads and progress of `compare`.
    """
    return _compare(strategies, women, screening, adjuvant, by, catalog, tables=False, **settings)


def _compare(
    strategies: Sequence[str | Path | Strategy],
    women: int,
    screening: str,
    adjuvant: str,
    by: str | None,
    catalog: Catalog | None,
    *,
    tables: bool,
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
    check_cohort(women, settings["seed"], 0, settings["threads"])
    if tables:
        require_memory(
            women,
            BYTES * len(found),
            "seedsoil compare keeps no tables, and so takes less",
        )
    else:
        require_memory(women, len(found), "a million women are enough to compare strategies")
    reduction = Reduction(len(found), by, catalog)
    kept: list[list[Run]] = [[] for _ in found]

    def take(which: int, run: Run) -> None:
        reduction.add(which, run)
        if tables:
            kept[which].append(run)

    manifests = simulate_each(
        take, women, found, screening=screening, adjuvant=adjuvant, catalog=catalog, **settings
    )
    if not reduction.women:
        raise InputError(
            f"compare: metastatic disease is found in life in none of {of_women(women, 'simulated')}; "
            "simulate more"
        )
    courses = reduction.courses(manifests)
    runs = [joined(*one) for one in zip(kept, manifests, strict=True)] if tables else []
    return StrategyComparison(
        names=tuple(names),
        women=reduction.women,
        differences=tuple(reduction.differences(names)),
        courses=dict(zip(names, courses, strict=True)),
        groups=reduction.groups(),
        group_of=reduction.group_of(),
        runs=dict(zip(names, runs, strict=False)),
        by=by,
    )


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
