"""What an evaluation is asked: strategies, whose costs, which rules, how many women; checked once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seedsoil.catalog import Strategy, lookup
from seedsoil.economics.decision.thresholds import check_threshold
from seedsoil.errors import InputError, real_number, shown
from seedsoil.strategies.compare import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.economics.prices import Prices
    from seedsoil.economics.reference_case import ReferenceCase
    from seedsoil.results.discounting import Discounting

StrategyName = str | Path | Strategy
LEAST_HORIZON, MOST_HORIZON = 0.003, 150.0
"""Years: within less than a day nothing can be counted, and beyond a lifetime nothing is left to count."""


@dataclass(frozen=True)
class Asked:
    """One question, checked: everything that decides the answer but the draws.

    `names` of `strategies`, the first the reference; `costs` and `effects` discount; `thresholds` are money a
    QALY in the currency of `prices`. `by` divides the women.
    """

    names: tuple[str, ...]
    strategies: tuple[Strategy, ...]
    catalog: Catalog
    prices: Prices
    case: ReferenceCase
    costs: Discounting
    effects: Discounting
    thresholds: tuple[float, ...]
    women: int
    seed: int
    threads: int
    screening: str
    adjuvant: str
    by: str | None

    @property
    def horizon(self) -> float:
        """Years from the finding of metastatic disease that count."""
        return self.costs.horizon

    def under(self, catalog: Catalog) -> Asked:
        """The same question of another catalog: its numbers of the model and its utilities."""
        return dataclasses.replace(self, catalog=catalog)


def two_or_more(
    strategies: object, catalog: Catalog
) -> tuple[tuple[str, ...], tuple[Strategy, ...]]:
    """The strategies that are meant, with their names; InputError unless there are two or more."""
    if isinstance(strategies, str | Path | Strategy) or not isinstance(strategies, Iterable):
        raise InputError(
            f"strategies={shown(strategies)}: pass a list of two strategies or more, such as "
            "['pre-2013', '2022']"
        )
    found = []
    for one in strategies:
        strategy = lookup.strategy(one, catalog=catalog)
        if strategy is None:
            raise InputError(
                "evaluate: 'untreated' is simulated on other random numbers than strategies are, and what "
                "nobody sees costs nothing; the strategy without drugs is 'none'"
            )
        found.append(strategy)
    if len(found) < 2:
        raise InputError("evaluate: give two strategies or more; the first is the reference")
    return tuple(distinct([s.name for s in found])), tuple(found)


def thresholds_of(
    given: Sequence[float] | float | None, case: ReferenceCase, prices: Prices, catalog: Catalog
) -> tuple[float, ...]:
    """Willingness to pay for a QALY: what is given, or those of the reference case in its own currency."""
    if given is None:
        if case.currency != prices.currency:
            cases = catalog.costs.reference_cases
            fit = [name for name, one in cases.items() if one.currency == prices.currency]
            other = f", or a reference case in it: {', '.join(fit)}" if fit else ""
            raise InputError(
                f"reference case {case.name} has thresholds in {case.currency}, the prices are in "
                f"{prices.currency}: give thresholds in {prices.currency}{other}"
            )
        return tuple(case.thresholds)
    values = [given] if isinstance(given, int | float) else list(given)
    if not values:
        raise InputError("thresholds: give one or more, such as 20000, 30000")
    return tuple(dict.fromkeys(check_threshold("threshold", value) for value in values))


def check_horizon(horizon: object) -> float:
    """Years of at least a day and at most 150, or infinity."""
    allowed = (
        f"years from the finding of metastatic disease, {LEAST_HORIZON:g} to {MOST_HORIZON:g}, or infinity "
        "(left out: as the reference case says)"
    )
    years = real_number("horizon", horizon, allowed=allowed)
    if not (LEAST_HORIZON <= years <= MOST_HORIZON or years == math.inf):
        raise InputError(f"horizon={shown(horizon)}: must be {allowed}")
    return years
