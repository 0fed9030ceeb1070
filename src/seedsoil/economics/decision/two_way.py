"""Two parameters at a time: which strategy is best over a grid of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown
from seedsoil.display.words import listed, percent
from seedsoil.economics.decision.charts import map_chart
from seedsoil.economics.decision.gaussian_process import surface_of
from seedsoil.economics.decision.one_way import TAILS
from seedsoil.economics.decision.penalised import fit
from seedsoil.errors import InputError, nearest, shown

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.display.shown import TextRows
    from seedsoil.economics.decision.draws import Draws, Floats
    from seedsoil.economics.decision.words import Units

GRID = 25


@dataclass(frozen=True)
class TwoWay(Shown):
    """The best strategy by two parameters.

    `x`, `y`: values of the parameters `x_name` and `y_name`; `benefit`: `float64[x, y, strategies]`,
    mean net benefit above that of the reference.
    """

    title = "Two parameters at a time"

    k: float
    x_name: str
    y_name: str
    x: Floats
    y: Floats
    benefit: Floats
    names: tuple[str, ...]
    units: Units

    @property
    def best(self) -> list[list[str]]:
        """The best strategy at each x and y."""
        return [[self.names[j] for j in row] for row in self.benefit.argmax(axis=2)]

    def table(self) -> pa.Table:
        """One row a point: both values, the best strategy, and by how much it beats the next."""
        import pyarrow as pa

        ordered = np.sort(self.benefit, axis=2)
        ahead = ordered[:, :, -1] - ordered[:, :, -2]
        return pa.table(
            {
                "x": np.repeat(self.x, self.y.size),
                "y": np.tile(self.y, self.x.size),
                "best": [name for row in self.best for name in row],
                "ahead_by": ahead.ravel(),
            }
        ).rename_columns([self.x_name, self.y_name, "best strategy", "ahead by"])

    def text_rows(self) -> TextRows:
        """How much of the map each strategy has."""
        shares = self._shares()
        return ["strategy", "of the map"], [[name, percent(share, 0)] for name, share in shares]

    def _shares(self) -> list[tuple[str, float]]:
        won = self.benefit.argmax(axis=2).ravel()
        counts = np.bincount(won, minlength=len(self.names)) / won.size
        return sorted(zip(self.names, counts.tolist(), strict=True), key=lambda pair: -pair[1])

    def chart(self) -> dict[str, Any]:
        """The map, each strategy in its shade."""
        return map_chart(
            self.x,
            self.y,
            self.benefit.argmax(axis=2),
            self.names,
            titles=(self.x_name, self.y_name),
            description=self.sentence,
        )

    @property
    def sentence(self) -> str:
        """Which strategies are best, and on how much of the map."""
        told = [
            f"{name} on {percent(share, 0)} of the map"
            for name, share in self._shares()
            if share > 0.0
        ]
        verb = "is" if len(told) == 1 else "are"
        return (
            f"At {self.units.threshold(self.k)}, by {self.x_name} and {self.y_name}, {listed(told)} {verb} "
            "best on average."
        )

    def __repr__(self) -> str:
        from seedsoil.display.shown import text_table

        return f"{text_table(*self.text_rows())}\n\n{self.sentence}"


def two_way_of_draws(draws: Draws, x: str, y: str, *, k: float, units: Units) -> TwoWay:
    """The map of two parameters of the draws, by regression, between their 2.5th and 97.5th percentiles."""
    for name in (x, y):
        if name not in draws.parameters:
            raise InputError(
                f"two-way: there is no parameter {shown(name)} among those of the draws. "
                f"{nearest(name, draws.parameters)}".rstrip()
            )
        if not np.ptp(draws.parameters[name]) > 0.0:
            raise InputError(f"two-way: {shown(name)} is the same in every draw")
    if x == y:
        raise InputError(f"two-way: {shown(x)} twice; name two parameters")
    columns = np.column_stack([draws.parameters[x], draws.parameters[y]])
    response = draws.increments(k)
    others = [j for j in draws.others if response[:, j].any()]
    ends = np.quantile(columns, TAILS, axis=0)
    grids = [np.linspace(ends[0, i], ends[1, i], GRID) for i in range(2)]
    points = np.column_stack([np.repeat(grids[0], GRID), np.tile(grids[1], GRID)])
    benefit = np.zeros((points.shape[0], len(draws.names)))
    if others:
        surface = surface_of(columns, response[:, others])
        found = fit(surface.rows(columns), surface.penalty, response[:, others])
        benefit[:, others] = found.at(surface.rows(points))
    return TwoWay(k, x, y, grids[0], grids[1], benefit.reshape(GRID, GRID, -1), draws.names, units)


def two_way_of_evaluations(
    draws: Draws,
    x: tuple[str, Any],
    y: tuple[str, Any],
    costs: Any,
    effects: Any,
    *,
    k: float,
    units: Units,
) -> TwoWay:
    """The map of evaluations, `float64[x, y, strategies]`; `x` and `y` are a name with values."""
    xs, ys = np.asarray(x[1], np.float64), np.asarray(y[1], np.float64)
    cost, effect = np.asarray(costs, np.float64), np.asarray(effects, np.float64)
    size = (xs.size, ys.size, len(draws.names))
    if cost.shape != size or effect.shape != size or not np.isfinite([cost, effect]).all():
        raise InputError(
            f"two-way: costs and effects must be finite numbers of shape {size}, a strategy last"
        )
    if xs.size < 2 or ys.size < 2 or (np.diff(xs) <= 0).any() or (np.diff(ys) <= 0).any():
        raise InputError("two-way: values of both parameters must ascend, two or more of each")
    r = draws.reference
    benefit = k * (effect - effect[:, :, [r]]) - (cost - cost[:, :, [r]])
    return TwoWay(k, x[0], y[0], xs, ys, benefit, draws.names, units)
