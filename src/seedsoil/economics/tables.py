"""The tables of an evaluation, from its books at given prices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seedsoil.catalog.parameters import full_name
from seedsoil.economics.decision.frontier import frontier
from seedsoil.economics.effects import worth_of
from seedsoil.economics.evaluation import (
    COLUMNS,
    DETERMINISTIC,
    EFFECTS,
    ON,
    SAME,
    STATES,
    STRONG,
    TOTAL,
    WEAK,
)
from seedsoil.economics.rates import AtRates, rates_with
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.economics.asked import Asked
    from seedsoil.economics.books import Books
    from seedsoil.economics.lever import Lever
    from seedsoil.economics.prices import Prices

    Floats = NDArray[np.float64]

_TEXT = (
    "basis", "strategy", "group", "category", "item", "unit", "measure", "state", "standing", "against",
    "parameter", "kind", "scenario", "distribution", "currency", "sources", "status", "trial", "curve",
)  # fmt: skip
_WHOLE = ("price_year", "year")
STANDING_OF = {
    "frontier": ON,
    "extendedly dominated": WEAK,
    "dominated": STRONG,
    "same": SAME,
}
"""What the fully incremental analysis calls a strategy, in the words of an evaluation."""


@dataclass(frozen=True)
class Frame:
    """What the tables of an evaluation are divided by, and the prices at which they stand.

    `items` with their `units`, `categories_of` and `prices` go together; `thresholds` are money a QALY.
    """

    strategies: tuple[str, ...]
    groups: tuple[str, ...]
    items: tuple[str, ...]
    units: tuple[str, ...]
    categories_of: tuple[str, ...]
    prices: Floats
    thresholds: tuple[float, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of cost, in the order of the items."""
        return tuple(dict.fromkeys(self.categories_of))

    def of_category(self, category: str) -> Floats:
        """The prices of one category's items, and 0 elsewhere; of all for the total."""
        if category == TOTAL:
            return self.prices
        return np.where(np.array(self.categories_of) == category, self.prices, 0.0)


def table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as the table `name` of an evaluation: its columns, and null for what is not finite."""
    kinds = {
        c: pa.string() if c in _TEXT else pa.int64() if c in _WHOLE else pa.float64()
        for c in COLUMNS[name]
    }
    schema = pa.schema(list(kinds.items()))
    known = [{c: _known(row.get(c)) for c in COLUMNS[name]} for row in rows]
    return pa.Table.from_pylist(known, schema=schema)


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def quantities_table(books: Books, frame: Frame) -> pa.Table:
    """Mean quantities a woman, undiscounted and discounted, of the items that any strategy uses."""
    rows = []
    for group in frame.groups:
        for s, strategy in enumerate(frame.strategies):
            plain, errors = books.undiscounted_items(group, s)
            level = books.levels[group, s]
            for i, item in enumerate(frame.items):
                weights = _one(i, level.mean.size)
                rows.append(
                    {
                        "strategy": strategy,
                        "group": group,
                        "category": frame.categories_of[i],
                        "item": item,
                        "unit": frame.units[i],
                        "mean": float(plain[i]),
                        "se": float(errors[i]),
                        "discounted_mean": float(level.mean[i]),
                        "discounted_se": level.error(weights),
                    }
                )
    return table("quantities", rows)


def costs_rows(books: Books, frame: Frame) -> list[dict[str, Any]]:
    """Costs by category at the numbers in use, with differences from the first strategy."""
    rows = []
    for group in frame.groups:
        for s, strategy in enumerate(frame.strategies):
            plain, _ = books.undiscounted_items(group, s)
            level = books.levels[group, s]
            for category in (*frame.categories, TOTAL):
                prices = frame.of_category(category)
                weights = books.of_items(prices)
                change = books.difference(group, 0, s, prices)
                rows.append(
                    {
                        "basis": DETERMINISTIC,
                        "strategy": strategy,
                        "group": group,
                        "category": category,
                        "undiscounted": float(prices @ plain),
                        "mean": level.total(weights),
                        "se": level.error(weights),
                        "difference": change.cost,
                        "difference_se": math.sqrt(max(change.cost_variance, 0.0)),
                    }
                )
    return rows


def effects_rows(books: Books, frame: Frame) -> list[dict[str, Any]]:
    """Life years and QALYs by state at the numbers in use, with differences from the first strategy."""
    rows = []
    for group in frame.groups:
        for s, strategy in enumerate(frame.strategies):
            plain = books.undiscounted_effects(group, s)
            level = books.levels[group, s]
            change = books.difference(group, 0, s, frame.prices)
            whole = {
                "life_years": (change.life_years, change.life_years_variance),
                "qaly": (change.qaly, change.qaly_variance),
            }
            for k, measure in enumerate(EFFECTS):
                for state in (None, *range(len(STATES))):
                    weights = books.of_effect(k, state)
                    base = books.levels[group, 0].total(weights)
                    row = {
                        "basis": DETERMINISTIC,
                        "strategy": strategy,
                        "group": group,
                        "measure": measure,
                        "state": "all" if state is None else STATES[state],
                        "undiscounted": float(plain[k].sum() if state is None else plain[k, state]),
                        "mean": level.total(weights),
                        "se": level.error(weights),
                        "difference": level.total(weights) - base,
                        "difference_se": math.nan,
                    }
                    if state is None:
                        row["difference"] = whole[measure][0]
                        row["difference_se"] = math.sqrt(max(whole[measure][1], 0.0))
                    rows.append(row)
    return rows


def incremental_rows(books: Books, frame: Frame) -> list[dict[str, Any]]:
    """The fully incremental analysis of every group: dominated strategies are named and enter no ratio."""
    return [row for group in frame.groups for row in _incremental_of(books, frame, group)]


def _incremental_of(books: Books, frame: Frame, group: str) -> list[dict[str, Any]]:
    """Of one group, a row a strategy, cheapest first."""
    names = range(len(frame.strategies))
    levels = [books.levels[group, s] for s in names]
    costs = [level.total(books.of_items(frame.prices)) for level in levels]
    qalys = [level.total(books.of_effect(1, None)) for level in levels]
    rows = []
    for step in frontier(costs, qalys):
        s = step.strategy
        row: dict[str, Any] = {
            "basis": DETERMINISTIC,
            "group": group,
            "strategy": frame.strategies[s],
            "cost": costs[s],
            "cost_se": levels[s].error(books.of_items(frame.prices)),
            "qaly": qalys[s],
            "qaly_se": levels[s].error(books.of_effect(1, None)),
            "standing": STANDING_OF[step.status],
        }
        if step.status == "same" and step.by:
            row["against"] = frame.strategies[step.by[0]]
        if step.against is not None:
            change = books.difference(group, step.against, s, frame.prices)
            icer, low, high = change.icer()
            cost_se, qaly_se = (
                math.sqrt(max(v, 0.0)) for v in (change.cost_variance, change.qaly_variance)
            )
            row |= {
                "against": frame.strategies[step.against],
                "cost_difference": change.cost,
                "cost_difference_se": cost_se,
                "cost_difference_low": change.cost - Z95 * cost_se,
                "cost_difference_high": change.cost + Z95 * cost_se,
                "qaly_difference": change.qaly,
                "qaly_difference_se": qaly_se,
                "qaly_difference_low": change.qaly - Z95 * qaly_se,
                "qaly_difference_high": change.qaly + Z95 * qaly_se,
                "icer": icer,
                "icer_low": low,
                "icer_high": high,
            }
        rows.append(row)
    return rows


def net_benefit_rows(books: Books, frame: Frame) -> list[dict[str, Any]]:
    """Net monetary benefit at every threshold, and its increments from the first strategy."""
    rows = []
    for group in frame.groups:
        for s, strategy in enumerate(frame.strategies):
            level = books.levels[group, s]
            change = books.difference(group, 0, s, frame.prices)
            for threshold in frame.thresholds:
                weights = threshold * books.of_effect(1, None) - books.of_items(frame.prices)
                inmb, error = change.net_benefit(threshold)
                health = 1.0 / threshold if threshold > 0 else math.nan
                rows.append(
                    {
                        "basis": DETERMINISTIC,
                        "group": group,
                        "strategy": strategy,
                        "threshold": threshold,
                        "nmb": level.total(weights),
                        "nmb_se": level.error(weights),
                        "inmb": inmb,
                        "inmb_se": error,
                        "inhb": inmb * health,
                        "inhb_se": error * health,
                    }
                )
    return rows


def yearly_table(books: Books, frame: Frame, groups: Sequence[str]) -> pa.Table:
    """Undiscounted cost of a woman in each of the first years, by category and in total."""
    rows = []
    for group in groups:
        for s, strategy in enumerate(frame.strategies):
            for year, used in enumerate(books.yearly(group, s), start=1):
                for category in (*frame.categories, TOTAL):
                    cost = float(frame.of_category(category) @ used)
                    rows.append(
                        {"strategy": strategy, "group": group, "category": category,
                         "year": year, "cost": cost}
                    )  # fmt: skip
    return table("yearly", rows)


def at_rates_of(books: Books, frame: Frame, asked: Asked) -> AtRates:
    """What the women of each group use and live at every rate."""
    costs, effects = rates_with(asked.costs.rate), rates_with(asked.effects.rate)
    strategies = range(len(frame.strategies))
    found = [[books.at_rates(group, s, len(costs)) for s in strategies] for group in frame.groups]
    gained = np.array([[lived for _, lived in group] for group in found])
    return AtRates(
        costs=costs,
        effects=effects,
        rate_costs=asked.costs.rate,
        rate_effects=asked.effects.rate,
        quantities=np.array([[used for used, _ in group] for group in found]),
        years=gained[..., : len(STATES)],
        weighted=gained[..., len(STATES) :],
        worth=worth_of(asked.catalog),
    )


def prices_table(prices: Prices, frame: Frame) -> pa.Table:
    """The prices of the items, with where they come from."""
    rows = [
        prices.row(item) | {"category": category}
        for item, category in zip(frame.items, frame.categories_of, strict=True)
    ]
    return table("prices", rows)


def utilities_table(catalog: Catalog, levers: Sequence[Lever]) -> pa.Table:
    """Every utility that a QALY is made of; limits where it has a distribution."""
    moved = {lever.parameter: lever for lever in levers}
    rows = []
    for key, p in catalog.parameters.items():
        if not key.startswith(UTILITY_KEYS) or key.startswith(NOT_OF_QALYS):
            continue
        for item, value in p.values.items():
            name = full_name(key, item)
            lever = moved.get(name)
            errors = p.spread.standard_errors if p.spread else {}
            rows.append(
                {
                    "parameter": name,
                    "value": value,
                    "low": lever.low if lever else value,
                    "high": lever.high if lever else value,
                    "standard_error": errors.get(item, 0.0),
                    "distribution": p.spread.kind if p.spread and item in errors else "fixed",
                    "sources": ", ".join(p.sources),
                    "status": p.status,
                }
            )
    return table("utilities", rows)


UTILITY_KEYS, NOT_OF_QALYS = "utility.", ("utility.lloyd_", "utility.before_metastasis")


def scenario_rows(name: str, books: Books, frame: Frame) -> list[dict[str, Any]]:
    """Each strategy under one scenario, against the reference, in all women."""
    rows = []
    for s, strategy in enumerate(frame.strategies):
        level = books.levels[ALL_WOMEN, s]
        change = books.difference(ALL_WOMEN, 0, s, frame.prices)
        inmb, error = change.net_benefit(frame.thresholds[0])
        rows.append(
            {
                "scenario": name,
                "strategy": strategy,
                "cost": level.total(books.of_items(frame.prices)),
                "qaly": level.total(books.of_effect(1, None)),
                "cost_difference": change.cost,
                "cost_difference_se": math.sqrt(max(change.cost_variance, 0.0)),
                "qaly_difference": change.qaly,
                "qaly_difference_se": math.sqrt(max(change.qaly_variance, 0.0)),
                "icer": change.icer()[0],
                "inmb": inmb,
                "inmb_se": error,
            }
        )
    return rows


def _one(place: int, size: int) -> Floats:
    weights = np.zeros(size)
    weights[place] = 1.0
    return weights
