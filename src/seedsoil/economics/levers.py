"""The numbers that a one-way analysis moves, each between the limits of its 95 % interval.

A price moves with all of its packages; a utility takes with it those that are drawn as a difference from it,
so that progressed disease is never worth more than stable disease.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.economics.lever import PRICE, UTILITY, Lever
from seedsoil.economics.utilities import utility_spreads
from seedsoil.results.quality_pieces import utilities_of

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.catalog.spreads import NumberSpread
    from seedsoil.economics.prices import Prices
    from seedsoil.results.quality_pieces import Utilities


def price_levers(prices: Prices, items: tuple[str, ...]) -> list[Lever]:
    """The prices of `items` that have a range."""
    low, high = prices.limits(items)
    return [
        Lever(item, PRICE, prices.entries[item].value, float(low[k]), float(high[k]), items=(k,))
        for k, item in enumerate(items)
        if low[k] != high[k]
    ]


def utility_levers(catalog: Catalog) -> tuple[list[Lever], list[Utilities]]:
    """The utilities that have a distribution, and the sets of utilities with each at both ends.

    The first set is that of the base case; `Lever.sets` are places in the list.
    """
    known = utility_spreads(catalog)
    levers: list[Lever] = []
    sets = [utilities_of(catalog)]
    for one in known:
        key, _, item = one.name.partition(":")
        ends = [_value(one, end, catalog) for end in (one.drawn.low, one.drawn.high)]
        ends.sort()
        for value in ends:
            moved = {one.name: value, **_followers(one.name, value, known)}
            sets.append(utilities_of(catalog.with_values(moved)))
        places = (len(sets) - 2, len(sets) - 1)
        base = catalog.value(key, item or None)
        levers.append(Lever(one.name, UTILITY, base, ends[0], ends[1], sets=places))
    return levers, sets


def _value(one: NumberSpread, drawn: float, catalog: Catalog) -> float:
    """The number at a value of what is drawn for it, the one that it is a difference from unchanged."""
    if one.below is not None:
        return catalog.value(one.below) * (1.0 - drawn)
    if one.above is not None:
        of = catalog.value(one.above)
        return of + (1.0 - of) * drawn
    return drawn


def _followers(name: str, value: float, known: list[NumberSpread]) -> dict[str, float]:
    """What the numbers are that are drawn as a difference from `name`, where it is `value`."""
    found = {}
    for one in known:
        if one.below == name:
            found[one.name] = value * (1.0 - one.drawn.mean)
        elif one.above == name:
            found[one.name] = value + (1.0 - value) * one.drawn.mean
    return found
