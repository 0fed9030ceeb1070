"""Prices of a perspective, in one currency and of one year: as a vector by item, or drawn.

A price stated in another currency or of another year is inflated in its own currency and converted at
purchasing power parity (`money.exchange`), its uncertainty and the prices of its packages with it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from seedsoil.catalog import load
from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.cost_files import load_perspective
from seedsoil.catalog.cost_items import cost_items
from seedsoil.catalog.costs import Priced
from seedsoil.economics.money import exchange
from seedsoil.errors import DataErrors, InputError, as_path, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.catalog.cost_files import CostData
    from seedsoil.catalog.cost_items import CostItem
    from seedsoil.catalog.costs import Perspective, Use
    from seedsoil.catalog.strategies import Strategy


@dataclass(frozen=True)
class Price(Priced):
    """The price of one item in the money of the prices, of one year.

    `value`, `spread` and the prices of `packages` are in that money. By the ratio of a draw of `spread` to
    its mean a drug's packages move together. `stated` is what the source says, in the `currency` and of the
    `price_year` of the source.
    """

    stated: float

    @property
    def standard_error(self) -> float:
        """Standard error of `value`; 0 where it is fixed."""
        return self.spread.standard_error

    @property
    def distribution(self) -> str:
        """`gamma`, `lognormal`, `beta` or `fixed`."""
        return self.spread.kind


@dataclass(frozen=True)
class Prices:
    """All prices of a perspective, in `currency` at the prices of `price_year`.

    `entries` are by item; `items` are those that may be priced at all. A drug's package has an item of its
    own, `drug.trastuzumab.150`, of which the price is that of one package.
    """

    perspective: Perspective
    currency: str
    price_year: int
    entries: Mapping[str, Price]
    items: Mapping[str, CostItem]

    @classmethod
    def load(
        cls,
        perspective: str | Path,
        catalog: Catalog | None = None,
        overlay: str | Path | None = None,
        *,
        price_year: int | None = None,
        drugs: Iterable[str] = (),
    ) -> Prices:
        """The prices of a perspective by name, or of a TOML file.

        `overlay`: a TOML file of prices that go before those of the perspective; `price_year`: the year to
        whose prices all are brought, that of the perspective's file if not given; `drugs`: names of drugs
        that a strategy's file defines, which the files may price too. Raises `InputError` with the nearest
        name, `DataErrors` with a line for each problem of a file.
        """
        catalog = load() if catalog is None else catalog
        costs = catalog.costs._replace(items={**catalog.costs.items, **cost_items(drugs)})
        found = find_perspective(perspective, catalog=catalog, costs=costs)
        if overlay is not None:
            path = as_path("overlay", overlay, what="a TOML file of prices")
            found = load_perspective(path, costs, catalog.sources, base=found)
        year = found.head.price_year if price_year is None else price_year
        return cls(
            perspective=found,
            currency=found.head.currency,
            price_year=year,
            entries=_converted(found, year, catalog),
            items=costs.items,
        )

    def overlaid(self, overlay: str | Path, catalog: Catalog) -> Prices:
        """These prices with those of the TOML file `overlay` before them, brought to the same year.

        Raises `DataErrors` with a line for each problem of the file.
        """
        path = as_path("overlay", overlay, what="a TOML file of prices")
        costs = catalog.costs._replace(items=self.items)
        found = load_perspective(path, costs, catalog.sources, base=self.perspective)
        return dataclasses.replace(
            self, perspective=found, entries=_converted(found, self.price_year, catalog)
        )

    @property
    def uses(self) -> Mapping[str, Use]:
        """How often what is used: `prices.uses["visits_on_treatment"].value`."""
        return self.perspective.uses

    def vector(self, items: Sequence[str]) -> NDArray[np.float64]:
        """Prices of `items` in their order, money a unit: shape (items,).

        Raises `DataErrors` with a line for each item without a price; nothing counts as 0.
        """
        return np.array([price for _, price in self._found(items)])

    def draw(
        self, rng: np.random.Generator, items: Sequence[str], size: int | None = None
    ) -> NDArray[np.float64]:
        """Prices of `items` drawn from their distributions: shape (items,), or (size, items).

        One uniform number an entry of the perspective, in the order of its file, whatever is asked: the
        same generator gives an item the same price beside any others. Raises as `vector`.
        """
        names = {name: column for column, name in enumerate(self.entries)}
        found = self._found(items)
        uniform = rng.random((1 if size is None else size, len(names)))
        drawn = np.empty((len(uniform), len(found)))
        for column, (entry, price) in enumerate(found):
            spread = self.entries[entry].spread
            value = spread.quantile(uniform[:, names[self.entries[entry].moves_with]])
            # the packages of a drug move by the factor by which the price of a mg moves
            drawn[:, column] = value * (price / spread.mean) if spread.mean else price
        return drawn[0] if size is None else drawn

    def limits(self, items: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lower and upper limits of 95 % of the prices of `items`. Raises as `vector`."""
        found = self._found(items)
        low, high = [], []
        for entry, price in found:
            spread = self.entries[entry].spread
            ratio = price / spread.mean if spread.mean else 0.0
            low.append(spread.low * ratio)
            high.append(spread.high * ratio)
        return np.array(low), np.array(high)

    def require(self, strategies: Iterable[Strategy], catalog: Catalog) -> None:
        """Raise `DataErrors` with a line for each drug of `strategies` without a price."""
        self._found(drug_items(strategies, catalog, self))

    def table(self) -> pa.Table:
        """Every price with where it comes from, a row an item."""
        rows = [self.row(item) for item, price in self.entries.items() if not price.made_of]
        return pa.Table.from_pylist(rows)

    def row(self, item: str) -> dict[str, Any]:
        """The price of one item with where it comes from."""
        price = self.entries[item]
        return {
            "item": item,
            "category": price.category,
            "unit": price.unit,
            "value": price.value,
            "low": price.spread.low,
            "high": price.spread.high,
            "standard_error": price.standard_error,
            "distribution": price.distribution,
            "currency": self.currency,
            "price_year": self.price_year,
            "stated": price.stated,
            "stated_currency": price.currency,
            "stated_year": price.price_year,
            "sources": ", ".join(price.sources),
            "status": price.status,
            "note": price.note,
        }

    def _found(self, items: Sequence[str]) -> list[tuple[str, float]]:
        """The entry and the price of each item."""
        problems: list[str] = []
        found: list[tuple[str, float]] = []
        for item in items:
            one = self._price_of(item, problems)
            if one is not None:
                found.append(one)
        if problems:
            raise DataErrors(problems)
        return found

    def _price_of(self, item: str, problems: list[str]) -> tuple[str, float] | None:
        if item in self.entries:
            price = self.entries[item]
            if not price.made_of:
                return item, price.value
            names = ", ".join(f"drug.{name}" for name in price.made_of)
            problems.append(
                f"prices of {self.perspective.name}: {item} is made of other drugs and has no price of "
                f"its own; ask for {names}"
            )
            return None
        for entry in (item.rpartition(".")[0], item.rpartition(".")[0].rpartition(".")[0]):
            if entry in self.entries:  # a package: the size may have a point of its own
                size = item.removeprefix(f"{entry}.")
                packages = {package.name: package.price for package in self.entries[entry].packages}
                if size in packages:
                    return entry, packages[size]
                where = f"prices of {self.perspective.name}: {entry}"
                problems.append(unknown(where, "package", size, packages))
                return None
        problems.append(self._missing(item))
        return None

    def _missing(self, item: str) -> str:
        where = f"prices of {self.perspective.name}"
        if item in self.items or item.startswith("drug."):
            return (
                f"{where}: {item} has no price; give it one under [{item}] in a TOML file with "
                f'extends = "{self.perspective.name}"'
            )
        return unknown(where, "item", item, self.items)


def drug_items(
    strategies: Iterable[Strategy], catalog: Catalog, prices: Prices | None = None
) -> list[str]:
    """The items `drug.NAME` of all drugs that `strategies` may give, in order of first use.

    With `prices`, drugs that are made of others there are replaced by those.
    """
    found: dict[str, None] = {}
    for strategy in strategies:
        for line in strategy.lines:
            for name in (*line.regimen, *line.then):
                regimen = strategy.regimens.get(name) or catalog.regimen(name)
                found |= dict.fromkeys(f"drug.{part.drug}" for part in regimen.drugs)
    if prices is None:
        return list(found)
    parts: dict[str, None] = {}
    for item in found:
        made_of = prices.entries[item].made_of if item in prices.entries else ()
        parts |= dict.fromkeys([f"drug.{name}" for name in made_of] or [item])
    return list(parts)


def find_perspective(
    name: str | Path, *, catalog: Catalog, costs: CostData | None = None
) -> Perspective:
    """The perspective meant by a name of the catalog or the path of a TOML file.

    `costs`: what the file may name, if not what the catalog says. Raises `InputError` with the nearest
    name, `DataErrors` with a line for each problem of a file.
    """
    known = catalog.costs.perspectives
    if not isinstance(name, (str, Path)):
        raise InputError(
            f"perspective={shown(name)}: must be a name of the catalog or the path of a TOML file; "
            f"known: {', '.join(known)}"
        )
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.suffix == ".toml" or path.name != str(name):
        return load_perspective(path, costs or catalog.costs, catalog.sources)
    hint = nearest(str(name), known) or f"known: {', '.join(known)}"
    raise InputError(f"unknown perspective {shown(str(name))}; {hint} (or name a .toml file)")


def _converted(perspective: Perspective, year: int, catalog: Catalog) -> dict[str, Price]:
    """The prices of a perspective in its currency and of `year`; problems are one line each."""
    head = perspective.head
    factors: dict[tuple[str, int], float] = {}
    problems: list[str] = []
    found: dict[str, Price] = {}
    for item, priced in perspective.prices.items():
        money = (priced.currency, priced.price_year)
        if money not in factors:
            index = head.inflation if priced.currency == head.currency else None
            try:
                factors[money] = exchange(
                    money,
                    (head.currency, year),
                    catalog=catalog,
                    index=index,
                    what=f"{perspective.file}: {item}",
                )
            except InputError as error:
                problems.append(str(error))
                factors[money] = 1.0
        factor = factors[money]
        moved = {
            "value": priced.value * factor,
            "spread": priced.spread.scaled(factor),
            "packages": tuple(
                package.model_copy(update={"price": package.price * factor})
                for package in priced.packages
            ),
        }
        found[item] = Price(**(vars(priced) | moved), stated=priced.value)
    if problems:
        raise DataErrors(problems)
    return found
