"""The items that strategies can use, each of which must have a price before anything is simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.catalog.cost_items import cost_items
from seedsoil.economics.quantities import SOCIETY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog, Strategy


def drugs_of(strategy: Strategy, catalog: Catalog) -> set[str]:
    """The names of the drugs that a strategy may give, as they are priced.

    A drug that stands for several counts as those, and what a regimen adds to those of the model counts too.
    Raises InputError for a drug that has no posology.
    """
    regimens = {**catalog.regimens, **strategy.regimens}
    named: list[str] = []
    for line in strategy.lines:
        named += [*line.regimen, *line.then]
    found: set[str] = set()
    for name in named:
        for part in regimens[name].drugs:
            found |= set(catalog.dosing.given(name, part.drug))
            found |= set(catalog.dosing.added(name, part.drug))
    return found


def items_of(
    strategies: Sequence[Strategy], catalog: Catalog, *, societal: bool
) -> tuple[str, ...]:
    """The items that women can use under any of the strategies, in the order of the catalog of items."""
    own = {name for strategy in strategies for name in strategy.drugs}
    known = cost_items([*catalog.drugs, *(name for name in own if name not in catalog.drugs)])
    used = {f"drug.{name}" for strategy in strategies for name in drugs_of(strategy, catalog)}
    return tuple(
        item
        for item, what in known.items()
        if (item in used if item.startswith("drug.") else societal or what.category != SOCIETY)
    )
