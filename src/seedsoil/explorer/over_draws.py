"""What is not known of the parameters, in the numbers of a pack: every cell over draws of the posterior.

Draw k has women of its own, behind those of the pack, so that chance is told from the parameters
(`results.draws`): the interval is between which 95 % of draws lie once chance in their women is taken out. A
cell that a draw has too few women of, a number that a draw has not, and one in which the parameters are not
told from chance have no interval.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError
from seedsoil.explorer.cells import YEARS, cell, measure_keys, told
from seedsoil.explorer.who import members
from seedsoil.explorer.women import Asking, women_under
from seedsoil.results.draws import check_draws, over_draws
from seedsoil.simulation.backend import backend
from seedsoil.simulation.shards import check_cohort
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.explorer.eras import Era

Value = tuple[float, float]
DRAWS, DRAW_WOMEN = 80, 2_500
"""Of a pack: draws, and women of its own that each has in every era."""
FEWEST = 30
"""Women of a cell in a draw; of fewer chance is not told well enough."""
DIGITS = 3
"""Significant digits of the ends of an interval."""
_SHARES = ("alive", "free", "cured")
Cells = dict[str, dict[str, Value]]
"""By cell: its numbers in one draw with their Monte-Carlo errors, by the page's name of the number."""


def intervals(
    asking: Asking,
    eras: Mapping[str, Era],
    names: Sequence[str],
    key: Callable[..., str],
    *,
    draws: int = DRAWS,
    women: int = DRAW_WOMEN,
    progress: Callable[[int], None] | None = None,
) -> dict[str, dict[str, tuple[float, float]]]:
    """The intervals of each cell (`contract.Cell.parameter_interval`) that has some, by its key.

    `asking`: the pack's question, of which strategies, seed, catalog and threads are taken; `key` makes the
    name of a cell of era, strategy and group. `progress` is called with draws that are done. Raises
    InputError where the catalog has not so many draws.
    """
    check_draws(draws, asking.catalog)
    threads = check_cohort(asking.women + draws * women, asking.seed, 0, asking.threads)

    def one(k: int) -> Cells:
        catalog = asking.catalog.draw(k)
        first = asking.women + k * women
        found: Cells = {}
        for name, era in eras.items():
            lived = women_under(
                replace(asking, era=era, catalog=catalog, women=women, first=first, threads=1)
            )
            for group, mine in members(lived.groups):
                if mine.sum() < FEWEST:
                    continue
                for strategy, under in zip(names, lived.lived, strict=True):
                    found[key(name, strategy, *group)] = numbers_of(
                        cell(under, mine, costs=asking.costs), costs=asking.costs
                    )
        return found

    def show(_: Cells) -> None:
        if progress is not None:
            progress(1)

    each = list(backend(threads).map(one, range(draws), progress=show))
    return joined(each)


def numbers_of(of: Mapping[str, Any], *, costs: bool) -> dict[str, Value]:
    """The numbers of a cell that a page shows, each with its Monte-Carlo error, as far as it has them.

    Half a woman keeps the error of a share of none above 0.
    """
    n = of["n"]
    found: dict[str, Value] = {}
    for i, year in enumerate(YEARS):
        counts = {name: of[name][i] for name in _SHARES} | {"dead": n - of["alive"][i]}
        for name, count in counts.items():
            share = (count + 0.5) / (n + 1.0)
            found[f"{name}.{year}"] = count / n, math.sqrt(share * (1.0 - share) / n)
    for name, (value, low, high) in of["scenario"].items():
        if value is not None and low is not None and high is not None:
            found[f"scenario.{name}"] = value, (high - low) / (2.0 * Z95)
    for name in measure_keys(costs=costs):
        mean, error = of["mean"][name]
        if mean is not None and error is not None:
            found[f"mean.{name}"] = mean, error
    return found


def joined(each: Sequence[Cells]) -> dict[str, dict[str, tuple[float, float]]]:
    """The intervals from the cells of each draw: of cells and numbers that every draw has."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for key in each[0]:
        if not all(key in one for one in each):
            continue
        mine = {}
        for name in each[0][key]:
            values = [one[key][name] for one in each if name in one[key]]
            if len(values) < len(each):
                continue
            over = over_draws(name, [value for value, _ in values], [error for _, error in values])
            low, high = told(over.low, DIGITS), told(over.high, DIGITS)
            if over.parameters > 0.0 and low is not None and high is not None:
                mine[name] = low, high
        if mine:
            found[key] = mine
    return found


def usual_draws(catalog: Catalog) -> int:
    """How many draws a pack takes if it is not told: `DRAWS`, or all there are; 0 without a posterior."""
    try:
        return min(DRAWS, catalog.posterior.draws)
    except InputError:
        return 0
