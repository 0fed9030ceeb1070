"""The women whose care is counted, and the account of what each used, item by item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.economics.body import bodies
from seedsoil.errors import InputError
from seedsoil.results.columns import codes, integers, numbers, rows_of, women_found_in_life
from seedsoil.vocabulary import CAUSES_OF_DEATH, SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from seedsoil.catalog.dosing import Body
    from seedsoil.economics.body import Bodies
    from seedsoil.results.columns import Floats, Integers
    from seedsoil.results.discounting import Discounting


@dataclass(frozen=True)
class Women:
    """Women whose metastatic disease was found in life: one entry each, in the order of the run.

    `zero`: clock zero, the day it was found, years from the diagnosis of the primary; `died`: years from
    clock zero; `age`: at clock zero; `subtype` and `cause` of death as codes.
    """

    patients: pa.Table
    zero: Floats
    died: Floats
    age: Floats
    subtype: Integers
    cause: Integers
    bodies: Bodies

    @classmethod
    def of(cls, patients: pa.Table, seed: int, body: Body) -> Women:
        """The women of a run's patients table. Raises InputError if there is none."""
        import pyarrow as pa

        found = patients.filter(pa.array(women_found_in_life(patients)))
        if found.num_rows == 0:
            raise InputError("quantities: no woman of the run had metastatic disease found in life")
        zero = numbers(found, "metastatic_at")
        return cls(
            patients=found,
            zero=zero,
            died=numbers(found, "died_at") - zero,
            age=numbers(found, "age") + zero,
            subtype=codes(found, "subtype", SUBTYPES)[0],
            cause=codes(found, "cause_of_death", CAUSES_OF_DEATH)[0],
            bodies=bodies(integers(found, "patient"), seed, body),
        )

    @property
    def number(self) -> int:
        """How many they are."""
        return int(self.zero.size)

    @property
    def everyone(self) -> Integers:
        """The row of each."""
        return np.arange(self.number)

    def rows(self, table: pa.Table) -> Integers:
        """The woman of each row of another table; -1 if it is none of these."""
        return rows_of(self.patients, integers(table, "patient"))

    def since(self, table: pa.Table, name: str, row: Integers) -> Floats:
        """A column of times as years from clock zero."""
        return numbers(table, name) - self.zero[row]


class Ledger:
    """What each woman used of each item, undiscounted and discounted: float64 [women, items].

    `rates`: further discountings, which share the horizon of `discounting`; `yearly`: float64 [women, years,
    items], undiscounted in each of the first `years` years.
    """

    def __init__(
        self,
        women: int,
        items: Sequence[str],
        discounting: Discounting,
        *,
        rates: Sequence[Discounting] = (),
        years: int = 0,
    ) -> None:
        self.women = women
        self.discounting = discounting
        self.rates, self.years = tuple(rates), years
        self._place = {item: k for k, item in enumerate(items)}
        self.plain = np.zeros((women, len(items)))
        self.discounted = np.zeros((women, len(items)))
        self._at = [self._table_of(one) for one in self.rates]
        known = (self.plain, self.discounted)
        self._others = [
            (table, one)
            for table, one in zip(self._at, self.rates, strict=True)
            if not any(table is one_of for one_of in known)
        ]
        self.yearly = np.zeros((women, years, len(items)))

    def events(self, item: str, row: Integers, at: ArrayLike, amount: Floats | float = 1.0) -> None:
        """Count `amount` of `item` for the women `row` at times `at`, years from clock zero."""
        if item not in self._place or row.size == 0:
            return
        times = np.broadcast_to(np.asarray(at, dtype=np.float64), row.shape)
        plain = self.discounting.undiscounted.event(times) * amount
        self._add(item, row, plain, self.discounting.event(times) * amount)
        for table, one in self._others:
            self._sum(table, item, row, one.event(times) * amount)
        if self.years:
            early = np.flatnonzero((plain != 0.0) & (times < self.years))
            place = row[early] * self.years + np.maximum(times[early], 0.0).astype(np.int64)
            self._sum(self._by_year, item, place, plain[early])

    def flow(
        self,
        item: str,
        row: Integers,
        start: ArrayLike,
        end: ArrayLike,
        a_year: Floats | float = 1.0,
    ) -> None:
        """Count `a_year` of `item` a year for the women `row` from `start` to `end`."""
        if item not in self._place or row.size == 0:
            return
        undiscounted = self.discounting.undiscounted
        plain = undiscounted.flow(start, end) * a_year
        self._add(item, row, plain, self.discounting.flow(start, end) * a_year)
        for table, one in self._others:
            self._sum(table, item, row, one.flow(start, end) * a_year)
        for year in range(self.years):
            within = undiscounted.flow(np.maximum(start, year), np.minimum(end, year + 1.0))
            self._sum(self.yearly[:, year], item, row, within * a_year)

    @property
    def at_rates(self) -> Floats:
        """What is counted at each of `rates`: float64 [rates, women, items]."""
        shape = (len(self.rates), self.women, self.plain.shape[1])
        return np.array(self._at).reshape(shape)

    def _table_of(self, one: Discounting) -> Floats:
        """Where what is counted at a rate is gathered: two of them are counted in any case."""
        if one.rate == 0.0:
            return self.plain
        return self.discounted if one == self.discounting else np.zeros(self.plain.shape)

    @property
    def _by_year(self) -> Floats:
        """The same numbers as `yearly`, a row a woman and year."""
        return self.yearly.reshape(self.women * self.years, -1)

    def _add(
        self, item: str, row: Integers, plain: NDArray[np.float64], discounted: NDArray[np.float64]
    ) -> None:
        self._sum(self.plain, item, row, plain)
        self._sum(self.discounted, item, row, discounted)

    def _sum(self, table: Floats, item: str, row: Integers, amount: NDArray[np.float64]) -> None:
        """Add the amounts of an item to the rows of a table; those of a row in their order."""
        table[:, self._place[item]] += np.bincount(row, amount, table.shape[0])
