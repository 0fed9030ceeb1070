"""Budget impact: what a payer bears in each year as women take a strategy, from shares that may be changed.

cost(t) = Σ_j women_j · Σ_s share_js · c_s(t - j): women found in year j are in year t - j of their disease in
year t. As delivered 1,000 women are found a year and all take the second strategy: a scale, no forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.economics.evaluation import TOTAL
from seedsoil.economics.sheets.frame import FIRST, here

if TYPE_CHECKING:
    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet

WOMEN = 1_000
_NEW = 1
"""The strategy that all take as delivered."""


def write_budget(book: Book, facts: Facts) -> None:
    """The sheet of the first years, undiscounted: costs by year of disease, women and shares, the budget."""
    e = facts.evaluation
    totals = _yearly(facts)
    n, count = totals.shape
    if not count:
        return
    sheet = book.sheet(
        "Budget impact",
        "Budget impact",
        f"Undiscounted, {e.currency} of {e.price_year}, all women. A woman costs what a woman costs in "
        "that year of her disease; these costs are as delivered and do not follow the price "
        "sheet. Women and shares are a scale, not a forecast: put those of your country in.",
        (46, *(16,) * count),
    )
    years = [f"year {t + 1}" for t in range(count)]
    sheet.head(FIRST, 0, ("cost of a woman in a year of her disease", *years))
    _strategies(sheet, facts, FIRST + 1)
    for s in range(n):
        for t in range(count):
            sheet.number(FIRST + 1 + s, 1 + t, totals[s, t], "money")
    top = FIRST + n + 2
    sheet.head(top, 0, ("newly found in the year, and shares by strategy", *years))
    sheet.text(top + 1, 0, "women")
    _strategies(sheet, facts, top + 2)
    for t in range(count):
        sheet.number(top + 1, 1 + t, WOMEN, "whole", input=True)
        others = f"{here(top + 3, 1 + t, fixed=False)}:{here(top + 1 + n, 1 + t, fixed=False)}"
        sheet.formula(top + 2, 1 + t, f"1-SUM({others})", 0.0, "share")
        for s in range(1, n):
            sheet.number(top + 2 + s, 1 + t, float(s == _NEW), "share", input=True)
    last = top + 1 + n
    sheet.ws.data_validation(
        top + 3, 1, last, count,
        {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
         "error_title": "Out of range", "error_message": "Allowed: a share from 0 to 100 %."},
    )  # fmt: skip
    _budget(sheet, totals, top, years)
    sheet.freeze(FIRST + 1, 1)


def _strategies(sheet: Sheet, facts: Facts, row: int) -> None:
    for s, name in enumerate(facts.evaluation.strategies):
        sheet.text(row + s, 0, name)


def _budget(sheet: Sheet, totals: Floats, top: int, years: list[str]) -> None:
    n, count = totals.shape
    low = top + n + 4
    sheet.head(low, 0, ("budget of the payer", *years))
    sheet.text(low + 1, 0, "all on the reference")
    sheet.text(low + 2, 0, "with the shares above")
    sheet.text(low + 3, 0, "budget impact", bold=True)
    for t in range(count):
        women = [here(top + 1, 1 + j) for j in range(t + 1)]
        plain = [f"{women[j]}*{here(FIRST + 1, 1 + t - j)}" for j in range(t + 1)]
        mixed = [
            f"{women[j]}*SUMPRODUCT({_column(top + 2, 1 + j, n)},{_column(FIRST + 1, 1 + t - j, n)})"
            for j in range(t + 1)
        ]
        before, after = (WOMEN * float(totals[s, : t + 1].sum()) for s in (0, _NEW))
        one = sheet.formula(low + 1, 1 + t, "+".join(plain), before, "whole")
        two = sheet.formula(low + 2, 1 + t, "+".join(mixed), after, "whole")
        sheet.formula(low + 3, 1 + t, f"{two}-{one}", after - before, "whole", bold=True)


def _column(row: int, column: int, rows: int) -> str:
    return f"{here(row, column)}:{here(row + rows - 1, column)}"


def _yearly(facts: Facts) -> Floats:
    """Undiscounted cost of a woman by strategy and year of her disease, all women: [strategies, years]."""
    e = facts.evaluation
    rows = [r for r in e.yearly.to_pylist() if r["group"] == e.groups[0] and r["category"] == TOTAL]
    years = sorted({r["year"] for r in rows})
    totals = np.zeros((facts.strategies, len(years)))
    for r in rows:
        totals[e.strategies.index(r["strategy"]), years.index(r["year"])] = r["cost"]
    return totals
