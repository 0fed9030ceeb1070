"""A number that a sensitivity analysis moves, and what moves with it."""

from __future__ import annotations

from typing import NamedTuple

PRICE, UTILITY = "price", "utility"


class Lever(NamedTuple):
    """A number that a sensitivity analysis moves from `low` to `high`, the limits of its 95 % interval.

    `kind` is PRICE or UTILITY. Of a price, `items` are those that move with it, in proportion; of a utility,
    `sets` are the numbers of the QALYs in the books at its low and at its high end.
    """

    parameter: str
    kind: str
    value: float
    low: float
    high: float
    items: tuple[int, ...] = ()
    sets: tuple[int, int] = (0, 0)
