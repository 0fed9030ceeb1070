"""Costs: quantities times prices.

    C_w,c = Σ over items i of category c: Q_w,i · p_i         of woman w, in the money of the prices

Linear in prices, so that a price's effect needs no simulation: a price doubled doubles what it pays for,
to the bit, and a price of 0 costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from seedsoil.economics.quantities import Quantities
    from seedsoil.results.columns import Floats


@dataclass(frozen=True)
class Costs:
    """Costs of each woman: `by_category` float64 [women, categories]; `total` is the sum over categories."""

    categories: tuple[str, ...]
    by_category: Floats
    total: Floats

    def mean(self) -> tuple[float, float]:
        """The mean total and its Monte-Carlo standard error; NaN for the error of one woman."""
        n = self.total.size
        error = float(self.total.std(ddof=1)) / n**0.5 if n > 1 else float("nan")
        return float(self.total.mean()), error


def cost(quantities: Quantities, prices: ArrayLike, *, discounted: bool = True) -> Costs:
    """What the quantities cost at `prices`, one for each of their items, in their order.

    `discounted`: of the discounted quantities. Raises InputError for another number of prices, and for
    one that is negative or no number.

    Examples:
        >>> import seedsoil as ss
        >>> from seedsoil.economics.costing import cost
        >>> from seedsoil.economics.prices import Prices
        >>> from seedsoil.economics.quantities import quantities_of
        >>> run = ss.simulate(500, seed=1, strategy="2022")
        >>> used = quantities_of(run, perspective="uk-nhs")
        >>> found = cost(used, Prices.load("uk-nhs").vector(used.items))
        >>> bool(abs(found.total.sum() - found.by_category.sum()) < 1e-6 * found.total.sum())
        True
    """
    vector = np.asarray(prices, dtype=np.float64)
    if vector.shape != (len(quantities.items),):
        raise InputError(
            f"prices: {vector.shape} numbers for {len(quantities.items)} items; give one for each item"
        )
    wrong = np.flatnonzero(~(np.isfinite(vector) & (vector >= 0.0)))
    if wrong.size:
        item = quantities.items[int(wrong[0])]
        raise InputError(f"prices: that of {item} is {vector[wrong[0]]:g}; it must be 0 or more")
    used = quantities.discounted if discounted else quantities.per_woman
    spent = used * vector
    categories = quantities.categories
    by_category = np.empty((spent.shape[0], len(categories)))
    for k, category in enumerate(categories):
        of_it = [i for i, name in enumerate(quantities.item_categories) if name == category]
        # row by row, so that a woman's sum does not depend on who else is in the table
        by_category[:, k] = np.ascontiguousarray(spent[:, of_it]).sum(axis=1)
    return Costs(categories, by_category, by_category.sum(axis=1))
