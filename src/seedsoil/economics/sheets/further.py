"""Threshold prices, one-way analysis, severity and scenarios: by formulas where prices decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.economics.sheets.frame import (
    FIRST,
    OTHER_GROUP,
    OTHER_PRICES,
    OTHER_RATES,
    OTHER_THRESHOLD,
    OTHER_UTILITIES,
    here,
)
from seedsoil.economics.sheets.inputs import parameter_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.sheets.facts import Facts
    from seedsoil.economics.sheets.frame import Book, Stay
    from seedsoil.economics.sheets.quantities import Columns


def _spent(facts: Facts, parameter: str, s: int) -> float:
    """What a strategy spends more than the reference on the items that move with a price."""
    own = np.array([moves == parameter for moves in parameter_of(facts)])
    return float((facts.spent[own, s] - facts.spent[own, 0]).sum())


def _spent_formula(columns: Columns, parameter: str, s: int) -> str:
    return f"SUMPRODUCT((item_moves_with={parameter})*({columns.spent[s]}-{columns.spent[0]}))"


def write_threshold_prices(book: Book, facts: Facts, columns: Columns) -> None:
    """The price at which a strategy and the reference are worth the same, by formula."""
    e = facts.evaluation
    rows = e.threshold_prices.to_pylist()
    if not rows:
        return
    sheet = book.sheet(
        "Threshold prices",
        "Threshold prices",
        f"The price at which a strategy is worth exactly its cost against {e.reference}: "
        "(threshold × more QALY − more cost of all "
        "other items) / spent on the item at its price. Below 0, even for nothing it would not be.",
        (34, 38, 18, 18, 18, 18, 20),
    )
    titles = (
        "strategy", "price", f"threshold, {e.currency} a QALY", "times the price now", "times, in Python",
        "price as delivered", "threshold price",
    )  # fmt: skip
    sheet.head(FIRST, 0, titles, texts=(0, 1))
    value = {lever.parameter: lever.value for lever in e.levers}
    for k, row in enumerate(rows, start=FIRST + 1):
        s = e.strategies.index(row["strategy"])
        sheet.text(k, 0, row["strategy"])
        sheet.text(k, 1, row["item"])
        sheet.number(k, 2, row["threshold"], "money")
        base = FIRST + 2
        inmb = f"($C{k + 1}*'Net benefit'!$E${base + s}-'Net benefit'!$D${base + s})"
        spent = _spent_formula(columns, f"$B{k + 1}", s)
        formula = f'IF({spent}=0,"no difference",1+{inmb}/{spent})'
        cell = sheet.formula(k, 3, formula, row["times_current"])
        times = row["times_current"]
        sheet.number(k, 4, times, "amount", pale=True)
        sheet.number(k, 5, value[row["item"]], "money", pale=True)
        words = f'IF(D{k + 1}="no difference","",D{k + 1}*F{k + 1}*{_now(k + 1)})'
        sheet.formula(k, 6, words, row["price"], "money")
        book.check(
            f"times the price, {row['item']} at {row['threshold']:,.0f}, {row['strategy']}",
            cell,
            times,
            1e-9,
        )
    sheet.freeze(FIRST + 1, 2, repeat=(FIRST, FIRST))


def _now(r: int) -> str:
    """What the price is now, times that as delivered: all items that move with it, by their prices."""
    own = f"(item_moves_with=$B{r})"
    return f"(SUMPRODUCT({own}*item_price)/SUMPRODUCT({own}*item_price_delivered))"


def write_one_way(book: Book, facts: Facts, columns: Columns) -> None:
    """The one-way analysis: prices by formula, utilities as simulated; and its tornado."""
    e = facts.evaluation
    rows = e.one_way.to_pylist()
    if not rows:
        return
    sheet = book.sheet(
        "One-way",
        "One number at a time",
        f"Incremental net benefit against {e.reference}, {e.currency} of {e.price_year} a woman, "
        f"at {e.thresholds[0]:,.0f} a QALY as "
        "delivered, with one number at the low and the high end of its 95 % interval. Prices by "
        "formula; utilities were simulated.",
        (34, 44, 12, 14, 14, 14, 18, 18, 18, 14),
    )
    sheet.head(
        FIRST, 0,
        ("strategy", "number", "kind", "value", "low", "high", "net benefit at low", "net benefit at high",
         "range", "ICER at low", "ICER at high"),
        texts=(0, 1, 2),
    )  # fmt: skip
    value = {lever.parameter: lever.value for lever in e.levers if lever.items}
    for k, row in enumerate(rows, start=FIRST + 1):
        s = e.strategies.index(row["strategy"])
        sheet.text(k, 0, row["strategy"])
        sheet.text(k, 1, row["parameter"])
        sheet.text(k, 2, row["kind"])
        now = value.get(row["parameter"])
        sheet.number(k, 3, now, "amount")
        r, base = k + 1, FIRST + 2 + s
        for column, end in ((4, "low"), (5, "high")):
            sheet.number(k, column, row[end], "amount")
            found = row[f"inmb_{end}"]
            if now:
                inmb = f"($C${FIRST}*'Net benefit'!$E${base}-'Net benefit'!$D${base})"
                spent = _spent_formula(columns, f"$B{r}", s)
                times = f"{here(k, column, fixed=False)}/$D{r}/{_now(r)}"
                cell = sheet.formula(k, column + 2, f"{inmb}-{spent}*({times}-1)", found, "money")
                book.check(
                    f"net benefit at {end} {row['parameter']}, {row['strategy']}", cell, found, 1e-6
                )
            else:
                sheet.number(k, column + 2, found, "money")
            sheet.number(k, column + 5, row[f"icer_{end}"], "money", pale=True)
        sheet.formula(k, 8, f"ABS(H{r}-G{r})", abs(row["inmb_high"] - row["inmb_low"]), "money")
    sheet.text(FIRST - 1, 0, "threshold of this analysis", pale=True)
    sheet.number(FIRST - 1, 2, e.thresholds[0], "money", pale=True)
    sheet.tell_stays(
        (
            _ALL_BUT_THRESHOLD,
            "net benefit at utilities and all ICERs were simulated at the inputs as delivered.",
        ),
        column=4,
    )
    sheet.freeze(FIRST + 1, 2, repeat=(FIRST, FIRST))


_ALL_BUT_THRESHOLD = (OTHER_GROUP, OTHER_PRICES, OTHER_RATES, OTHER_UTILITIES)
_ALL = (*_ALL_BUT_THRESHOLD, OTHER_THRESHOLD)
_AS_DELIVERED = "these are of the inputs as delivered; evaluate again."


def write_tables(book: Book, facts: Facts) -> None:
    """What was simulated or found for the inputs as delivered, with its errors, as it is."""
    e = facts.evaluation
    stays = (_ALL, _AS_DELIVERED)
    errors = "Columns that end in se are Monte-Carlo standard errors. Found by Python; no formulas."
    write_table(
        book, "Acceptability errors", "Acceptability, expected loss and EVPI with their errors",
        "By threshold and group of women; corrected for chance between the women of a draw, which is the "
        f"result, and as drawn. {errors}", e.acceptability.to_pylist(), stays,
    )  # fmt: skip
    write_table(
        book, "Budgets asked for", "Budget impact of each strategy alone",
        f"As asked for: each strategy alone has the uptake. {errors} The sheet Budget impact follows other "
        "women and shares.", e.budgets.to_pylist(), ((OTHER_GROUP, OTHER_PRICES), _AS_DELIVERED),
    )  # fmt: skip
    write_table(
        book, "Proposed trials", "What a proposed trial would be worth",
        f"EVSI of a woman, and ENBS of all women of the decision less the cost of the trial. {errors}",
        e.studies.to_pylist(), stays,
    )  # fmt: skip
    write_table(
        book, "Scenarios", "Scenarios",
        f"Each simulated anew, at the prices and rates as delivered. {errors}",
        e.scenarios.to_pylist(), stays,
    )  # fmt: skip


def write_table(
    book: Book, name: str, title: str, about: str, rows: Sequence[dict[str, Any]], stays: Stay
) -> None:
    """A table of the simulation as it is, on a sheet of its own, which says what it does not follow."""
    if not rows:
        return
    words = {key: [len(row[key]) for row in rows if isinstance(row[key], str)] for key in rows[0]}
    widths = [min(40, max([14, *(w + 2 for w in lengths)])) for lengths in words.values()]
    sheet = book.sheet(name, title, about, widths)
    titles = [key.replace("_", " ") for key in rows[0]]
    sheet.head(FIRST, 0, titles, texts=[k for k, key in enumerate(rows[0]) if words[key]])
    for column, key in enumerate(rows[0]):
        for k, row in enumerate(rows, start=FIRST + 1):
            if isinstance(row[key], str):
                sheet.text(k, column, row[key])
            else:
                sheet.number(k, column, row[key], "year" if key == "year" else "amount")
    sheet.tell_stays(stays)
    sheet.freeze(FIRST + 1, 1, repeat=(FIRST, FIRST))


def write_severity(book: Book, facts: Facts) -> None:
    """QALY shortfall: absolute and proportional by formula."""
    rows = facts.evaluation.severity.to_pylist()
    if not rows:
        return
    sheet = book.sheet(
        "Severity",
        "QALY shortfall",
        "Expected: QALYs of women of that age without the disease; remaining: with it, under the "
        "strategy, with its Monte-Carlo standard error (se). Absolute shortfall = "
        "expected − remaining; proportional = absolute / expected. Weights as the reference case "
        "has them.",
        (24, 34, 16, 16, 18, 18, 20, 12),
    )
    sheet.head(
        FIRST,
        0,
        (
            "group",
            "strategy",
            "expected",
            "remaining",
            "se of remaining and absolute",
            "absolute",
            "proportional",
            "weight",
        ),
        texts=(0, 1),
    )
    for k, row in enumerate(rows, start=FIRST + 1):
        sheet.text(k, 0, row["group"])
        sheet.text(k, 1, row["strategy"])
        sheet.number(k, 2, row["expected"], "years")
        sheet.number(k, 3, row["remaining"], "years")
        sheet.number(k, 4, row["remaining_se"], "years", pale=True)
        if row["expected"] is not None and row["remaining"] is not None:
            r = k + 1
            absolute = row["expected"] - row["remaining"]
            cell = sheet.formula(k, 5, f"C{r}-D{r}", absolute, "years")
            book.check(
                f"absolute shortfall, {row['strategy']}, {row['group']}", cell, row["absolute"]
            )
            share = absolute / row["expected"] if row["expected"] else ""
            sheet.formula(k, 6, f'IF(C{r}=0,"",F{r}/C{r})', share, "share")
        sheet.number(k, 7, row["weight"], "amount")
    sheet.tell_stays(((OTHER_RATES, OTHER_UTILITIES), _AS_DELIVERED))
    sheet.freeze(FIRST + 1, 2, repeat=(FIRST, FIRST))
