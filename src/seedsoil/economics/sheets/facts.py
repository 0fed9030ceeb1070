"""The numbers of an evaluation as arrays, in the order in which the workbook shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.economics.evaluation import DETERMINISTIC, EFFECTS, STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.economics.evaluation import EvaluationData
    from seedsoil.economics.rates import AtRates

    Floats = NDArray[np.float64]

_QUANTITIES = ("mean", "se", "discounted_mean", "discounted_se")
_EFFECTS = ("undiscounted", "mean", "se")


@dataclass(frozen=True)
class Facts:
    """What the simulation found, as arrays; the first group is of all women.

    `quantities`: [groups, items, strategies, 4], the mean of a woman, its standard error, and both
    discounted. `effects`: [groups, measures, states, strategies, 3], the mean undiscounted, discounted and
    the standard error of the latter. `price`: a row of the table of prices for each item.
    """

    evaluation: EvaluationData
    units: tuple[str, ...]
    categories_of: tuple[str, ...]
    quantities: Floats
    effects: Floats
    price: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, evaluation: EvaluationData) -> Facts:
        """From the tables of an evaluation, of which the order of rows does not matter."""
        e = evaluation
        quantities = _array(
            e.quantities.to_pylist(),
            {"group": e.groups, "item": e.items, "strategy": e.strategies},
            _QUANTITIES,
        )
        axes = {"group": e.groups, "measure": EFFECTS, "state": STATES, "strategy": e.strategies}
        effects = _array(e.rows("effects", group=None, basis=DETERMINISTIC), axes, _EFFECTS)
        units = {row["item"]: (row["unit"], row["category"]) for row in e.quantities.to_pylist()}
        prices = {row["item"]: row for row in e.prices.to_pylist()}
        return cls(
            e,
            tuple(units[item][0] for item in e.items),
            tuple(units[item][1] for item in e.items),
            quantities,
            effects,
            tuple(prices[item] for item in e.items),
        )

    @property
    def strategies(self) -> int:
        """How many strategies there are."""
        return len(self.evaluation.strategies)

    @property
    def prices(self) -> Floats:
        """Prices of the items."""
        return np.array([row["value"] for row in self.price], dtype=np.float64)

    @property
    def used(self) -> Floats:
        """Discounted quantities of all women: [items, strategies]."""
        return self.quantities[0, :, :, 2]

    @property
    def spent(self) -> Floats:
        """Discounted cost of each item, of all women: [items, strategies]."""
        return np.asarray(self.used * self.prices[:, None])

    @property
    def costs(self) -> Floats:
        """Discounted cost of each strategy, of all women."""
        return np.asarray(self.spent.sum(axis=0))

    @property
    def qalys(self) -> Floats:
        """Discounted QALYs of each strategy, of all women."""
        return np.asarray(self.effects[0, EFFECTS.index("qaly"), :, :, 1].sum(axis=0))

    def of_category(self, category: str) -> NDArray[np.bool_]:
        """Which items belong to a category."""
        return np.array([c == category for c in self.categories_of], dtype=np.bool_)

    def rate(self, of: str) -> float:
        """The yearly rate at which `costs` or `effects` are discounted."""
        return float(self.evaluation.discounting[of])

    def rates(self, of: str) -> tuple[float, ...]:
        """The rates at which `costs` or `effects` were counted."""
        at_rates = self.at_rates
        return at_rates.costs if of == "costs" else at_rates.effects

    @property
    def at_rates(self) -> AtRates:
        """What the women of each group use and live at every rate."""
        found = self.evaluation.at_rates
        assert found is not None
        return found


def _array(
    rows: Sequence[Mapping[str, Any]], axes: dict[str, tuple[str, ...]], columns: tuple[str, ...]
) -> Floats:
    """The columns of rows by what they are of; a row that is not named in `axes` is passed over."""
    places = [{name: k for k, name in enumerate(names)} for names in axes.values()]
    found = np.full((*(len(names) for names in axes.values()), len(columns)), np.nan)
    for row in rows:
        place = tuple(known.get(row[axis]) for axis, known in zip(axes, places, strict=True))
        if None not in place:
            found[place] = [np.nan if row[c] is None else row[c] for c in columns]
    return found
