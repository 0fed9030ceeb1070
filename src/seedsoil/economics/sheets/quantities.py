"""What the simulation found, and the quantities and costs that follow from it and from the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.economics.evaluation import DETERMINISTIC, EFFECTS, STATES, TOTAL
from seedsoil.economics.sheets.frame import FIRST, here, spread
from seedsoil.economics.sheets.inputs import at_the_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.sheets.facts import Facts
    from seedsoil.economics.sheets.frame import Book, Sheet

_MODEL = "Model quantities"
_KINDS = ("mean", "se", "discounted", "discounted se")


def write_model(book: Book, facts: Facts) -> None:
    """The output of the simulation, which nothing in the workbook changes: quantities and effects."""
    e = facts.evaluation
    n, rates = facts.strategies, facts.rates("costs")
    about = (
        f"Mean of a woman of {e.found:,} with metastatic disease found in life, from {e.women:,} "
        "simulated; se is the Monte-Carlo standard error; at a rate: as discounted at that rate a year. "
        "Written "
        "by the simulation; no formulas."
    )
    sheet = book.sheet(
        _MODEL, "Output of the simulation: quantities", about, (24, 38, 20, 14), wide=1
    )
    titles = ["group", "item", "category", "unit"]
    for kind in (*_KINDS, *(f"at {100 * rate:g} %" for rate in rates)):
        titles += [f"{kind}, {name}" for name in e.strategies]
    sheet.head(FIRST, 0, titles, texts=range(4))
    row = FIRST
    for g, group in enumerate(e.groups):
        for i, item in enumerate(e.items):
            row += 1
            for column, words in enumerate((group, item, facts.categories_of[i], facts.units[i])):
                sheet.text(row, column, words)
            for s in range(n):
                values = [*facts.quantities[g, i, s], *facts.at_rates.quantities[g, s, :, i]]
                for k, value in enumerate(values):
                    sheet.number(row, 4 + k * n + s, value, "amount")
    sheet.freeze(FIRST + 1, 2, repeat=(FIRST, FIRST))
    _model_effects(book, facts, about)


def _model_effects(book: Book, facts: Facts, about: str) -> None:
    e = facts.evaluation
    sheet = book.sheet(
        "Model effects", "Output of the simulation: effects", about, (24, 16, 16), wide=2
    )
    titles = ["group", "measure", "state"]
    for kind in ("undiscounted", "discounted", "discounted se"):
        titles += [f"{kind}, {name}" for name in e.strategies]
    sheet.head(FIRST, 0, titles, texts=range(3))
    row = FIRST
    for g, group in enumerate(e.groups):
        for m, measure in enumerate(EFFECTS):
            for t, state in enumerate(STATES):
                row += 1
                for column, words in enumerate((group, measure, state)):
                    sheet.text(row, column, words)
                for k in range(3):
                    for s in range(facts.strategies):
                        value = facts.effects[g, m, t, s, k]
                        sheet.number(row, 3 + k * facts.strategies + s, value, "years")
    sheet.freeze(FIRST + 1, 3, repeat=(FIRST, FIRST))


class Columns(NamedTuple):
    """Addresses of columns, one a strategy."""

    plain: list[str]
    used: list[str]
    spent: list[str]


def write_quantities(book: Book, facts: Facts) -> Columns:
    """Quantities of the group at the rate, and times the price of each item what they cost."""
    e = facts.evaluation
    n, count = facts.strategies, len(e.items)
    sheet = book.sheet(
        "Quantities",
        "Quantities and what they cost",
        "Mean of a woman from the day her metastatic disease is found. Discounted quantity × price "
        "= discounted cost, in "
        f"{e.currency} of {e.price_year}.",
        (38, 20, 14, 12),
        wide=0,
    )
    titles = ["item", "category", "unit", "price"]
    for kind in ("undiscounted", "discounted", "cost"):
        titles += [f"{kind}, {name}" for name in e.strategies]
    sheet.head(FIRST, 0, titles, texts=range(3))
    first, rows = FIRST + 1, len(e.groups) * count

    def source(kind: int, s: int) -> str:
        return f"'{_MODEL}'!{spread(first, 4 + kind * n + s, rows)}"

    for i, item in enumerate(e.items):
        row = first + i
        for column, words in enumerate((item, facts.categories_of[i], facts.units[i])):
            sheet.text(row, column, words)
        sheet.formula(row, 3, f"INDEX(item_price,{i + 1})", facts.prices[i])
        for s in range(n):
            place = f"(group_number-1)*{count}+{i + 1}"
            sheet.formula(
                row, 4 + s, f"INDEX({source(0, s)},{place})", facts.quantities[0, i, s, 0]
            )
            at_rates = [source(len(_KINDS) + k, s) for k in range(len(facts.rates("costs")))]
            discounted = at_the_rate(at_rates, place, "costs")
            sheet.formula(row, 4 + n + s, discounted, facts.used[i, s])
            price, used = here(row, 3, fixed=False), here(row, 4 + n + s, fixed=False)
            sheet.formula(row, 4 + 2 * n + s, f"{price}*{used}", facts.spent[i, s], "money")
    sheet.freeze(first, 1, repeat=(FIRST, FIRST))
    return Columns(
        *([sheet.block(first, 4 + k * n + s, count) for s in range(n)] for k in range(3))
    )


def write_costs(book: Book, facts: Facts, columns: Columns) -> list[str]:
    """Costs by category and strategy, discounted and not; returns the cells of the totals."""
    e = facts.evaluation
    sheet = book.sheet(
        "Costs",
        "Costs by category",
        f"Mean of a woman, in {e.currency} of {e.price_year}. Standard errors are of the "
        "simulation, at the inputs as delivered.",
        (34,),
        wide=None if facts.strategies < 4 else 0,
    )
    plain = [
        np.asarray(facts.quantities[0, :, s, 0] * facts.prices) for s in range(facts.strategies)
    ]
    found = {
        category: [
            float(facts.spent[facts.of_category(category), s].sum())
            for s in range(facts.strategies)
        ]
        for category in e.categories
    }
    simple = {
        category: [float(part[facts.of_category(category)].sum()) for part in plain]
        for category in e.categories
    }
    totals = _by_category(sheet, facts, FIRST, "discounted cost", columns.spent, found)
    valued = [f"item_price*{c}" for c in columns.plain]
    _by_category(sheet, facts, FIRST + len(e.categories) + 4, "undiscounted cost", valued, simple)
    _errors(sheet, facts)
    for category, cells in totals.items():
        for s, name in enumerate(e.strategies):
            row = e.row("costs", strategy=name, category=category, basis=DETERMINISTIC)
            book.check(f"discounted cost, {category}, {name}", cells[s], row["mean"], 1e-6)
    sheet.freeze(FIRST + 1, 1)
    return totals[TOTAL]


def _by_category(
    sheet: Sheet, facts: Facts, top: int, kind: str, parts: Sequence[str], found: dict[str, list[float]]
) -> dict[str, list[str]]:  # fmt: skip
    """One table of costs: categories, their total, and differences from the reference."""
    e = facts.evaluation
    n = facts.strategies
    titles = [kind, *e.strategies, *(f"{name} less {e.reference}" for name in e.strategies[1:])]
    sheet.head(top, 0, titles)
    first, last = top + 1, top + len(e.categories)
    cells: dict[str, list[str]] = {}
    for k, category in enumerate((*e.categories, TOTAL)):
        row = first + k
        whole = category == TOTAL
        bold: dict[str, Any] = {"bold": True} if whole else {}
        sheet.text(row, 0, category, **bold)
        values = [sum(v[s] for v in found.values()) for s in range(n)] if whole else found[category]
        cells[category] = []
        for s in range(n):
            if whole:
                formula = f"SUM({here(first, 1 + s, fixed=False)}:{here(last, 1 + s, fixed=False)})"
            else:
                formula = f"SUMPRODUCT((item_category=$A{row + 1})*{parts[s]})"
            cells[category].append(sheet.formula(row, 1 + s, formula, values[s], "money", **bold))
        for s in range(1, n):
            formula = f"{here(row, 1 + s, fixed=False)}-{here(row, 1)}"
            sheet.formula(row, n + s, formula, values[s] - values[0], "money", **bold)
    return cells


def _errors(sheet: Sheet, facts: Facts) -> None:
    """Monte-Carlo standard errors beside the discounted costs, for all women at the inputs as delivered."""
    e = facts.evaluation
    at = 2 * facts.strategies
    sheet.head(FIRST, at, [f"se, {name}" for name in e.strategies], texts=())
    sheet.head(
        FIRST,
        at + facts.strategies,
        [f"se of difference, {name}" for name in e.strategies[1:]],
        texts=(),
    )
    for k, category in enumerate((*e.categories, TOTAL), start=FIRST + 1):
        for s, name in enumerate(e.strategies):
            row = e.row("costs", strategy=name, category=category, basis=DETERMINISTIC)
            sheet.number(k, at + s, row["se"], "money", pale=True)
            if s:
                sheet.number(
                    k, at + facts.strategies + s - 1, row["difference_se"], "money", pale=True
                )
