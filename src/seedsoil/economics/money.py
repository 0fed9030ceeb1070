"""Amounts of money, which have a currency and a price year, and the way from one to another.

    a' = a · I(year') / I(year) · P'(year') / P(year')

I is the index of inflation of the amount's own currency, P and P' are the purchasing power parities of its
currency and of the other: it is inflated first and converted then. Amounts of unlike money are never added.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.catalog import load
from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.indices import BASE_CURRENCY
from seedsoil.errors import InputError, integer, real_number, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog import Catalog
    from seedsoil.catalog.indices import PriceIndex

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Money:
    """An amount in a currency, at the prices of a year: `Money(100.0, "GBP", 2024)`.

    Like amounts are added, subtracted, compared and divided by each other; any is multiplied or divided by
    a number. Raises `InputError` where two amounts differ in currency or year.
    """

    amount: float
    currency: str
    year: int

    def __post_init__(self) -> None:
        if not math.isfinite(real_number("amount", self.amount)):
            raise InputError(f"amount={shown(self.amount)}: must be a finite number")
        integer("year", self.year)
        if not isinstance(self.currency, str):
            raise InputError(f"currency={shown(self.currency)}: must be text, such as 'GBP'")

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency} of {self.year}"

    def _like(self, other: Money, what: str) -> None:
        if (self.currency, self.year) != (other.currency, other.year):
            raise InputError(
                f"{self} and {other} cannot be {what}: they are unlike money; "
                f'make them alike first, with .to("{self.currency}", {self.year})'
            )

    def __add__(self, other: Money) -> Money:
        self._like(other, "added")
        return Money(self.amount + other.amount, self.currency, self.year)

    def __sub__(self, other: Money) -> Money:
        self._like(other, "subtracted")
        return Money(self.amount - other.amount, self.currency, self.year)

    def __mul__(self, factor: float) -> Money:
        return Money(self.amount * real_number("factor", factor), self.currency, self.year)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        self._like(other, "compared")
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._like(other, "compared")
        return self.amount <= other.amount

    def over(self, other: Money) -> float:
        """How many times `other` this is."""
        self._like(other, "divided")
        return self.amount / other.amount

    def inflate(
        self, year: int, *, index: str | None = None, catalog: Catalog | None = None
    ) -> Money:
        """The same at prices of `year`: times I(year) / I(own year).

        `index`: name of an index of inflation; without it the usual one of the currency. Raises
        `InputError` where there is none for the currency or the years.
        """
        return self.to(self.currency, year, index=index, catalog=catalog)

    def convert(self, currency: str, *, catalog: Catalog | None = None) -> Money:
        """The same in another currency of the same year, at purchasing power parity.

        Raises `InputError` where a parity is missing.
        """
        return self.to(currency, self.year, catalog=catalog)

    def to(
        self,
        currency: str,
        year: int,
        *,
        index: str | None = None,
        catalog: Catalog | None = None,
    ) -> Money:
        """Inflated in its own currency to `year`, then converted to `currency` at the parity of that year."""
        factor = exchange(
            (self.currency, self.year),
            (currency, year),
            catalog=load() if catalog is None else catalog,
            index=index,
        )
        return Money(self.amount * factor, currency, year)


def exchange(
    before: tuple[str, int],
    after: tuple[str, int],
    *,
    catalog: Catalog,
    index: str | None = None,
    what: str = "money",
) -> float:
    """What an amount of the currency and year `before` is multiplied by to be one of `after`.

    `what` begins the complaint of an `InputError`, where an index or parity, or a year of it, is missing.
    """
    (currency, year), (other, other_year) = before, after
    factor = 1.0
    if year != other_year:
        inflation = _index(currency, index, catalog, what)
        factor = _at(inflation, other_year, what) / _at(inflation, year, what)
    if currency != other:
        factor *= _parity(other, other_year, catalog, what) / _parity(
            currency, other_year, catalog, what
        )
    return factor


def _index(currency: str, name: str | None, catalog: Catalog, what: str) -> PriceIndex:
    """The index of inflation named, or the usual one of a currency."""
    indices = catalog.costs.inflation
    if name is not None:
        if name not in indices:
            raise InputError(unknown(what, "inflation index", name, indices))
        found = indices[name]
        if found.entry.currency != currency:
            raise InputError(
                f"{what}: inflation index '{name}' is one of {found.entry.currency}, "
                f"and the amount is in {currency}; of it: {_those_of(currency, indices)}"
            )
        return found
    for found in indices.values():
        if found.entry.currency == currency and found.entry.usual:
            return found
    known = ", ".join(sorted({index.entry.currency for index in indices.values()}))
    raise InputError(
        f"{what}: there is no index of inflation for the currency {shown(currency)}; known: {known}"
    )


def _those_of(currency: str, indices: Mapping[str, PriceIndex]) -> str:
    names = [name for name, index in indices.items() if index.entry.currency == currency]
    return ", ".join(names) or "none"


def _parity(currency: str, year: int, catalog: Catalog, what: str) -> float:
    """National currency for one dollar of the United States, in purchasing power."""
    if currency == BASE_CURRENCY:
        return 1.0
    parities = catalog.costs.ppp
    if currency not in parities:
        hint = unknown(what, "currency", currency, [BASE_CURRENCY, *parities])
        raise InputError(f"{hint} (it has no purchasing power parity)")
    return _at(parities[currency], year, what)


def _at(index: PriceIndex, year: int, what: str) -> float:
    if year not in index.values:
        raise InputError(f"{what}: '{index.name}' has no year {year}; it has {_years(index)}")
    if year in index.entry.assumed:
        logger.warning(
            "%s: the value of '%s' in %d is assumed: its source does not reach that year",
            what, index.name, year,
        )  # fmt: skip
    return index.values[year]


def _years(index: PriceIndex) -> str:
    """The years that there are: `2000 to 2024`, with the gaps."""
    years = list(index.values)
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs)
