"""What each draw keeps: cost by item and weighted years by part of life, at every rate; and its utilities.

An amount of a draw is a sum of products of its row with the row of weights above, which follow prices and
rates: the weights hold for every draw (`rates.weights`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.evaluation import PARTS, STATES
from seedsoil.economics.sheets.effects import worth_formulas
from seedsoil.economics.sheets.frame import DRAWS_STAY, FIRST, FIXED_PRICES, here, in_its_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.evaluation import Psa
    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet

MOST_CELLS = 1_000_000
"""Of costs by item, rate and draw; beyond, the smallest items of a draw stand together."""
DATA = FIRST + 4
"""The row of the first draw, under strategy, item or part, rate and weight."""
_MOST_NAMED = 100
"""Items that a formula names one by one."""
_ITEMS, _YEARS = "PSA items", "PSA years"


class Inputs(NamedTuple):
    """Formulas of a draw's cost and QALY under a strategy: called with the strategy and the draw."""

    items: Sequence[tuple[int, int]]
    first_part: int
    rates: int

    def cost(self, s: int, d: int) -> str:
        """Its items at every rate, each times its weight."""
        return _product(_ITEMS, d, *self.items[s])

    def qaly(self, s: int, d: int) -> str:
        """Its weighted years of each part at every rate, times the weights, times the utility of the part."""
        terms = []
        for part in range(len(PARTS)):
            first = self.first_part + (s * len(PARTS) + part) * self.rates
            worth = f"'{_YEARS}'!{in_its_column(DATA + d, 1 + len(STATES) + part)}"
            terms.append(f"{worth}*{_product(_YEARS, d, first, first + self.rates - 1)}")
        return "+".join(terms)


def write_draw_inputs(book: Book, facts: Facts, psa: Psa) -> Inputs:
    """Both sheets of what the draws keep."""
    items = _write_items(book, facts, psa)
    return Inputs(items, _write_years(book, facts, psa), len(psa.at_rates.effects))


def _write_items(book: Book, facts: Facts, psa: Psa) -> list[tuple[int, int]]:
    """Cost of each item in each draw at every rate; returns the first and last column of each strategy."""
    e = facts.evaluation
    rates = psa.at_rates.costs
    room = max(2, MOST_CELLS // max(1, psa.draws * facts.strategies * len(rates)))
    sheet = book.sheet(
        _ITEMS,
        "Draws: cost by item",
        "Cost of a woman in each draw, at the prices drawn and at several discount rates, in "
        f"{e.currency} of {e.price_year}; written by the simulation. The weights above follow the "
        "price sheet and the rate: a price changed there changes every draw in proportion (one of 0 cannot).",
        (28,),
        wide=0,
    )
    _heads(sheet, psa, "item")
    column = 1
    places = []
    fixed: set[int] = set()
    for s, name in enumerate(e.strategies):
        cost = psa.at_rates.quantities[:, s] * psa.prices[:, None, :]
        kept, rest = _kept(cost, room)
        if rest is not None:
            fixed |= {i for i in range(len(e.items)) if i not in kept and cost[:, :, i].any()}
        start = column
        parts = [(e.items[i], _factor(i), cost[:, :, i]) for i in kept]
        if rest is not None:
            parts.append(("all other items", "", rest))
        for words, factor, values in parts:
            for k in range(len(rates)):
                value = float(rates[k] == facts.rate("costs"))
                formula = f"{factor}INDEX(weight_costs,{k + 1})"
                head = (name, words, rates[k], formula, value)
                _column(sheet, column, head, values[:, k], "money")
                column += 1
        places.append((start, column - 1))
    book.change(FIXED_PRICES, "a price that draws cannot follow", _fixed_prices(fixed))
    sheet.tell_stays(DRAWS_STAY)
    sheet.freeze(DATA, 1, repeat=(FIRST, FIRST + 2))
    return places


def _fixed_prices(together: set[int]) -> str:
    """How many changed prices no draw follows: of what was free, and of items that stand `together`."""
    free = "SUMPRODUCT((item_price_delivered=0)*(item_price<>0))"
    if not together:
        return free
    if len(together) > _MOST_NAMED:
        # too many to name one by one: then any changed price is told
        return "SUMPRODUCT((item_price<>item_price_delivered)*1)"
    differ = "+".join(
        f"(INDEX(item_price,{i + 1})<>INDEX(item_price_delivered,{i + 1}))*1"
        for i in sorted(together)
    )
    return f"{free}+{differ}"


def _factor(item: int) -> str:
    """The price now, times that as delivered, of which the drawn prices are in proportion."""
    delivered, now = f"INDEX(item_price_delivered,{item + 1})", f"INDEX(item_price,{item + 1})"
    return f"IF({delivered}=0,1,{now}/{delivered})*"


def _kept(cost: Floats, room: int) -> tuple[list[int], Floats | None]:
    """The items that have columns of their own, and what all others cost; None if there is none."""
    used = [int(i) for i in np.flatnonzero(cost.any(axis=(0, 1)))]
    if len(used) <= room and used:
        return used, None
    largest = sorted(used, key=lambda i: -float(np.abs(cost[:, :, i]).sum()))[: room - 1]
    kept = sorted(largest)
    others = [i for i in range(cost.shape[2]) if i not in kept]
    return kept, np.asarray(cost[:, :, others].sum(axis=2))


def _write_years(book: Book, facts: Facts, psa: Psa) -> int:
    """Utilities and weighted years of each draw; returns the first column of the latter."""
    e = facts.evaluation
    found = psa.at_rates
    rates = found.effects
    sheet = book.sheet(
        _YEARS,
        "Draws: utilities, and years times toxicity and symptoms",
        "Utilities as drawn, and as used: with the changes of the sheet Inputs. Then years of a woman in "
        "each part "
        "of life, times the factors of toxicity and symptoms drawn, at several discount rates; written by "
        "the "
        "simulation. The weights above follow the rate.",
        (28,),
        wide=0,
    )
    _heads(sheet, psa, "part of life")
    first = 1 + len(STATES)
    for k, part in enumerate((*STATES, *PARTS)):
        words = "utility, used" if k >= len(STATES) else "utility, drawn"
        sheet.text(FIRST, 1 + k, words, head=True, right=True)
        sheet.text(FIRST + 1, 1 + k, part, head=True, right=True)
    for d, worth in enumerate(found.worth):
        drawn = [here(DATA + d, 1 + k, fixed=False) for k in range(len(STATES))]
        used = [here(DATA + d, first + k, fixed=False) for k in range(len(PARTS))]
        for k in range(len(STATES)):
            sheet.number(DATA + d, 1 + k, worth[k])
        for k, formula in enumerate(worth_formulas(drawn, used)):
            sheet.formula(DATA + d, first + k, formula, worth[k])
    column = start = first + len(PARTS)
    for s, name in enumerate(e.strategies):
        for p, part in enumerate(PARTS):
            for k, rate in enumerate(rates):
                value = float(rate == facts.rate("effects"))
                head = (name, part, rate, f"INDEX(weight_effects,{k + 1})", value)
                _column(sheet, column, head, found.weighted[:, s, k, p], "years")
                column += 1
    sheet.tell_stays(DRAWS_STAY)
    sheet.freeze(DATA, 1, repeat=(FIRST, FIRST + 2))
    return start


def _heads(sheet: Sheet, psa: Psa, what: str) -> None:
    for k, words in enumerate(("strategy", what, "discount rate", "weight")):
        sheet.text(FIRST + k, 0, words, bold=True)
    for d in range(psa.draws):
        sheet.number(DATA + d, 0, d + 1, "whole")


def _column(
    sheet: Sheet, column: int, head: tuple[str, str, float, str, float], values: Floats, kind: str
) -> None:
    """A column of draws under its head: strategy, item or part, rate, formula and value of its weight."""
    strategy, words, rate, formula, value = head
    sheet.text(FIRST, column, strategy, head=True, right=True)
    sheet.text(FIRST + 1, column, words, head=True, right=True)
    sheet.number(FIRST + 2, column, rate, "rate", pale=True)
    sheet.formula(FIRST + 3, column, formula, value)
    for d, one in enumerate(values):
        sheet.number(DATA + d, column, one, kind)


def _product(name: str, d: int, first: int, last: int) -> str:
    """The sum of products of a draw's row with the weights, over columns of a sheet."""
    row = f"'{name}'!{in_its_column(DATA + d, first)}:{in_its_column(DATA + d, last)}"
    return f"SUMPRODUCT({row},'{name}'!{here(FIRST + 3, first)}:{here(FIRST + 3, last)})"
