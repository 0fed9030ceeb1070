"""Which vials make up a dose: the cheapest combination, exactly.

Sizes are whole multiples of their greatest common divisor g. The least that contains d mg, by what it costs,

    f(u) = min over sizes s of [cost_s + f(max(0, u - s/g))],   f(0) = 0,   u = ⌈d/g⌉,

is worked out once for all doses up to the largest. One of several in a pack costs its share. Of two
combinations that cost the same the one with less in it is taken, then the one of fewer vials; without prices,
cost is the mg in them. Of tablets, which are not broken, it is the combination nearest to the dose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.catalog.dosing import MOST_PARTS_OF_MG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_SAME = 1e-9
"""Share of a dose by which it may exceed whole vials and be drawn from them all the same."""


class Pack(NamedTuple):
    """A vial, syringe or pack: `units` of `mg` each, for `price`; NaN where prices are not known."""

    mg: float
    units: int = 1
    price: float = math.nan

    @property
    def total(self) -> float:
        """What is in it, mg."""
        return self.mg * self.units

    @property
    def name(self) -> str:
        """What tells it from the drug's others: `150`, or `125x21` for 21 tablets of 125 mg."""
        return f"{self.mg:g}" if self.units == 1 else f"{self.mg:g}x{self.units}"


def per_mg(packs: Sequence[Pack]) -> float:
    """The price of a mg from the pack that is cheapest by the mg; NaN where prices are not known."""
    return min(pack.price / pack.total for pack in packs)


def worth(pack: Pack, reference: float) -> float:
    """The mg that a pack stands for, priced by the mg at `reference`: more than are in it if it is dearer."""
    if math.isnan(pack.price) or not reference > 0.0:
        return pack.total
    return pack.price / reference


@dataclass(frozen=True)
class Combinations:
    """The best combination for each range of doses: entry i is of doses above `upper`[i - 1], to `upper`[i].

    `upper`: mg, rising; `mg`: what is in the combination; `worth`: what it costs, in mg at the cheapest
    price; `counts` [entries, sizes].
    """

    upper: Floats
    mg: Floats
    worth: Floats
    counts: Integers

    def of(self, dose: Floats) -> Integers:
        """Where in the tables the combination for each dose stands; doses are in mg."""
        return np.searchsorted(self.upper, dose * (1.0 - _SAME))


def cheapest(packs: Sequence[Pack], most: float) -> Combinations:
    """The cheapest combinations of vials for doses up to `most` mg; `counts` are of single vials."""
    parts = [round(pack.mg * MOST_PARTS_OF_MG) for pack in packs]
    grain = math.gcd(*parts)
    reference = per_mg(packs)
    worths = [worth(pack, reference) / pack.units for pack in packs]
    count = math.ceil(most * MOST_PARTS_OF_MG / grain) + 1
    best: list[tuple[float, float, int]] = [(0.0, 0.0, 0)]
    counts = np.zeros((count + 1, len(packs)), dtype=np.int64)
    for units in range(1, count + 1):
        options = []
        for k, pack in enumerate(packs):
            before = max(0, units - parts[k] // grain)
            cost, mg, number = best[before]
            options.append((cost + worths[k], mg + pack.mg, number + 1, k, before))
        cost, mg, number, k, before = min(options)
        best.append((cost, mg, number))
        counts[units] = counts[before]
        counts[units, k] += 1
    table = np.array(best)
    upper = np.arange(count + 1, dtype=np.float64) * (grain / MOST_PARTS_OF_MG)
    return Combinations(upper, table[:, 1], table[:, 0], counts)


def nearest_tablets(packs: Sequence[Pack], most: float) -> Combinations:
    """The combinations of tablets nearest to doses up to `most` mg.

    A tablet costs its share of its pack; `counts` are of tablets.
    """
    parts = [round(pack.mg * MOST_PARTS_OF_MG) for pack in packs]
    grain = math.gcd(*parts)
    reference = per_mg(packs)
    tablets = [worth(pack, reference) / pack.units for pack in packs]
    count = math.ceil((most * MOST_PARTS_OF_MG + max(parts)) / grain) + 1
    exact: list[tuple[float, int, tuple[int, ...]] | None] = [(0.0, 0, (0,) * len(packs))]
    for units in range(1, count + 1):
        options = []
        for k, part in enumerate(parts):
            before = exact[units - part // grain] if units >= part // grain else None
            if before is not None:
                numbers = tuple(n + (i == k) for i, n in enumerate(before[2]))
                options.append((before[0] + tablets[k], before[1] + 1, numbers))
        exact.append(min(options) if options else None)
    reachable = [(units, found) for units, found in enumerate(exact) if found is not None]
    mg = np.array([units for units, _ in reachable]) * (grain / MOST_PARTS_OF_MG)
    upper = np.append((mg[1:] + mg[:-1]) / 2.0, np.inf)
    return Combinations(
        upper,
        mg,
        np.array([found[0] for _, found in reachable]),
        np.array([found[2] for _, found in reachable], dtype=np.int64),
    )
