"""What may be edited: the group, rates, the threshold and utilities; and the price sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.display.words import listed
from seedsoil.economics.evaluation import STATES
from seedsoil.economics.rates import MIDDLE
from seedsoil.economics.sheets.frame import (
    FIRST,
    OTHER_GROUP,
    OTHER_PRICES,
    OTHER_RATES,
    OTHER_THRESHOLD,
    OTHER_UTILITIES,
    WRITTEN_UTILITIES,
    here,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.sheets.facts import Facts
    from seedsoil.economics.sheets.frame import Book, Sheet

RATES = ("costs", "effects")
WITHIN = "0.01 %"
"""How far a polynomial through the simulated rates is off at others (see `rates`)."""
_TITLES = (
    "item", "category", "unit", "price", "price as delivered", "low", "high", "standard error",
    "distribution", "currency", "price year", "status", "sources", "moves with",
)  # fmt: skip


def write_inputs(book: Book, facts: Facts) -> None:
    """The sheet of the numbers that hold for the whole workbook, each with a name."""
    e = facts.evaluation
    money = f"{e.currency} {e.price_year}"
    sheet = book.sheet(
        "Inputs",
        "Inputs",
        f"Perspective {e.perspective}, reference case {e.reference_case}; money in {money}, times "
        "in years.",
        (34, 18, 18, 22, 90),
    )
    sheet.head(
        FIRST, 0, ("input", "value", "as delivered", "unit", "what it does"), texts=(0, 3, 4)
    )
    row = FIRST + 1
    _group(book, sheet, row, e.groups)
    book.change(OTHER_GROUP, "another group", _differ(sheet, row))
    book.change(OTHER_RATES, "rates", _differ(sheet, row + 1, len(RATES)))
    for of in RATES:
        row += 1
        _rate(book, sheet, row, of, facts)
    row += 1
    _input(
        book, sheet, row, "threshold", "willingness to pay", e.thresholds[0], "money",
        (f"{money} a QALY", "Net benefit, acceptability and the value of information at one threshold."),
    )  # fmt: skip
    _bounds(sheet, row, 0.0, 1e9, "an amount of money for a QALY, 0 or more")
    book.change(OTHER_THRESHOLD, "threshold", _differ(sheet, row))
    book.change(OTHER_UTILITIES, "utilities", _differ(sheet, row + 1, len(STATES)))
    for state in STATES:
        row += 1
        _input(
            book, sheet, row, f"utility_change_{state}", f"change of utility, {state}", 0.0, "amount",
            ("utility", f"Added to utility.{state} under all strategies and, kept within 0 to 1, in all "
             "draws; toxicity and symptoms are factors on it."),
        )  # fmt: skip
        _bounds(sheet, row, -1.0, 1.0, "a change of utility, -1 to 1")
    _followed(book, sheet, row + 2, facts)
    sheet.freeze(FIRST + 1, 1)


def _differ(sheet: Sheet, row: int, rows: int = 1) -> str:
    """How many inputs of these rows are not as delivered, by formula."""
    return f"SUMPRODUCT(({sheet.block(row, 1, rows)}<>{sheet.block(row, 2, rows)})*1)"


def _input(
    book: Book, sheet: Sheet, row: int, name: str, words: str, value: float, kind: str, told: tuple[str, str]
) -> None:  # fmt: skip
    sheet.text(row, 0, words)
    sheet.number(row, 1, value, kind, input=True)
    sheet.number(row, 2, value, kind, pale=True)
    sheet.text(row, 3, told[0])
    sheet.text(row, 4, told[1], "wrapped")
    book.name(name, sheet.at(row, 1))
    book.inputs.append((sheet.at(row, 1), sheet.at(row, 2)))


def _bounds(sheet: Sheet, row: int, least: float, most: float, allowed: str) -> None:
    sheet.ws.data_validation(
        row, 1, row, 1,
        {"validate": "decimal", "criteria": "between", "minimum": least, "maximum": most,
         "error_title": "Out of range", "error_message": f"Allowed: {allowed}."},
    )  # fmt: skip


def _group(book: Book, sheet: Sheet, row: int, groups: tuple[str, ...]) -> None:
    sheet.text(row, 0, "women")
    sheet.text(row, 1, groups[0], input=True)
    sheet.text(row, 2, groups[0], pale=True)
    sheet.text(row, 3, "group")
    told = (
        "The group of women that the analysis is of. Draws, budget, scenarios and standard "
        "errors stay those of "
        "all women: their sheets and Check say so once another group is chosen."
    )
    sheet.text(row, 4, told, "wrapped")
    book.name("chosen_group", sheet.at(row, 1))
    book.inputs.append((sheet.at(row, 1), sheet.at(row, 2)))


def _rate(book: Book, sheet: Sheet, row: int, of: str, facts: Facts) -> None:
    rates = facts.rates(of)
    known = listed([f"{100 * rate:g} %" for rate in rates])
    told = (
        f"Exact at {known}, at which everything was counted; between them a polynomial through these, "
        f"less than {WITHIN} off in costs and QALYs."
    )
    _input(
        book, sheet, row, f"rate_{of}", f"discount rate of {of}", facts.rate(of), "rate",
        ("a year", told),
    )  # fmt: skip
    sheet.ws.set_row(row, 27)
    _bounds(sheet, row, 0.0, rates[-1], f"a rate a year from 0 to {100 * rates[-1]:g} %")


def _followed(book: Book, sheet: Sheet, row: int, facts: Facts) -> None:
    """What follows from the inputs: the number of the group, and how much each simulated rate counts."""
    groups = facts.evaluation.groups
    sheet.head(row, 0, ("what follows", "value"))
    most = max(len(facts.rates(of)) for of in RATES)
    first = row + most + 6
    names = sheet.block(first, 0, len(groups))
    sheet.text(row + 1, 0, "number of the group")
    numbers = sheet.block(first, 1, len(groups))
    sheet.formula(row + 1, 1, f"SUMPRODUCT(({names}=chosen_group)*{numbers})", 1, "whole")
    book.name("group_number", sheet.at(row + 1, 1))
    top = row + 4
    titles = [
        f"{what}, {of}" for of in RATES for what in ("rate at which it was counted", "weight")
    ]
    sheet.head(top, 0, ("rates", *titles))
    for k, of in enumerate(RATES):
        _weights(book, sheet, (top + 1, 1 + 2 * k), of, facts)
    sheet.head(first - 1, 0, ("groups of women", "number"))
    for k, group in enumerate(groups):
        sheet.text(first + k, 0, group)
        sheet.number(first + k, 1, k + 1, "whole")
    sheet.ws.data_validation(
        FIRST + 1, 1, FIRST + 1, 1,
        {"validate": "list", "source": f"={names}", "error_title": "No such group",
         "error_message": "Choose one of the list."},
    )  # fmt: skip


def _weights(book: Book, sheet: Sheet, corner: tuple[int, int], of: str, facts: Facts) -> None:
    """The weights of `rates.weights`, by formula: 1 at a simulated rate, and 0 at the others."""
    row, column = corner
    rates = facts.rates(of)
    logs = [f"LN(1+{here(row + k, column)})" for k in range(len(rates))]
    for k, rate in enumerate(rates):
        sheet.text(row + k, 0, f"{k + 1}", pale=True)
        sheet.number(row + k, column, rate, "rate", pale=True)
        parts = [
            f"(LN(1+rate_{of})-{other})/({logs[k]}-{other})" for other in logs if other != logs[k]
        ]
        own = here(row + k, column)
        parts.append(f"((1+{own})/(1+rate_{of}))^{MIDDLE:g}")
        sheet.formula(row + k, column + 1, "*".join(parts), float(rate == facts.rate(of)))
    book.name(f"weight_{of}", sheet.block(row, column + 1, len(rates)))


def at_the_rate(columns: Sequence[str], place: str, of: str) -> str:
    """The amount at the rate of the inputs, from columns of it at each simulated rate."""
    return "+".join(
        f"INDEX(weight_{of},{k})*INDEX({column},{place})"
        for k, column in enumerate(columns, start=1)
    )


def parameter_of(facts: Facts) -> tuple[str, ...]:
    """The price that each item moves with in one-way analyses: its own, or its drug's."""
    found = list(facts.evaluation.items)
    for lever in facts.evaluation.levers:
        for place in lever.items:
            found[place] = lever.parameter
    return tuple(found)


def write_prices(book: Book, facts: Facts) -> None:
    """The price sheet: every item's price, which may be edited, with its spread, source and status."""
    e = facts.evaluation
    count = len(e.items)
    sheet = book.sheet(
        "Prices",
        "Prices",
        f"Money a unit, in {e.currency} of {e.price_year}, {e.perspective}. Low and high hold 95 % "
        "of its distribution. "
        "A status of assumption says that no source was found.",
        (38, 20, 16, 14, 14, 12, 12, 12, 12, 10, 10, 14, 60, 34),
        wide=0,
    )
    sheet.head(FIRST, 0, _TITLES, texts=(0, 1, 2, 8, 9, 11, 12, 13))
    moves = parameter_of(facts)
    for k, (item, row) in enumerate(zip(e.items, facts.price, strict=True), start=FIRST + 1):
        sheet.text(k, 0, item)
        sheet.text(k, 1, facts.categories_of[k - FIRST - 1])
        sheet.text(k, 2, row["unit"] or "")
        sheet.number(k, 3, row["value"], "amount", input=True)
        sheet.number(k, 4, row["value"], "amount", pale=True)
        for column, name in enumerate(("low", "high", "standard_error"), start=5):
            sheet.number(k, column, row[name], "amount")
        sheet.text(k, 8, row["distribution"] or "")
        sheet.text(k, 9, row["currency"] or "")
        sheet.number(k, 10, row["price_year"], "year")
        sheet.text(k, 11, row["status"] or "")
        sheet.text(k, 12, row["sources"] or "", "wrapped")
        sheet.text(k, 13, moves[k - FIRST - 1], pale=True)
    first = FIRST + 1
    sheet.ws.data_validation(
        first, 3, first + count - 1, 3,
        {"validate": "decimal", "criteria": ">=", "value": 0, "error_title": "A negative price",
         "error_message": "Allowed: an amount of money, 0 or more."},
    )  # fmt: skip
    for name, column in (("item_price", 3), ("item_price_delivered", 4), ("item_category", 1),
                         ("item_moves_with", 13)):  # fmt: skip
        book.name(name, sheet.block(first, column, count))
    now, delivered = sheet.block(first, 3, count), sheet.block(first, 4, count)
    book.inputs.append((now, delivered))
    book.change(OTHER_PRICES, "prices", f"SUMPRODUCT(({now}<>{delivered})*1)")
    sheet.lock()
    sheet.ws.autofilter(FIRST, 0, FIRST + count, len(_TITLES) - 1)
    sheet.freeze(first, 1, repeat=(FIRST, FIRST))


def write_utilities(book: Book, facts: Facts) -> None:
    """What the utilities of the model are and where they come from; changed on the sheet Inputs."""
    sheet = book.sheet(
        "Utilities",
        "Utilities of the model",
        "0 is as bad as death, 1 is full health. Where QALYs come from: as in the model, locked, and nothing "
        "follows a change here. Those of the three states are changed on the sheet Inputs; "
        "for the factors of "
        "toxicity and symptoms evaluate again, with --set. Should a value differ from that "
        "written, this sheet "
        "and Check say so.",
        (44, 12, 12, 12, 14, 14, 14, 80, 14),
    )
    columns = (
        "parameter",
        "value",
        "low",
        "high",
        "standard_error",
        "distribution",
        "status",
        "sources",
    )
    titles = [c.replace("_", " ") for c in columns]
    sheet.head(FIRST, 0, [*titles, "value as written"], texts=(0, 5, 6, 7))
    rows = facts.evaluation.utilities.to_pylist()
    for k, row in enumerate(rows, start=FIRST + 1):
        sheet.number(k, len(columns), row["value"], pale=True)
        for column, name in enumerate(columns):
            value = row[name]
            if value is None or isinstance(value, int | float):
                sheet.number(k, column, math.nan if value is None else value)
            else:
                sheet.text(k, column, value, "wrapped" if name == "sources" else "text")
    if rows:
        now, written = (sheet.block(FIRST + 1, c, len(rows)) for c in (1, len(columns)))
        book.change(
            WRITTEN_UTILITIES, "a value of the sheet Utilities", f"SUMPRODUCT(({now}<>{written})*1)"
        )
        sheet.tell_stays(((WRITTEN_UTILITIES,), "no result takes it from here."))
    sheet.lock()
    sheet.freeze(FIRST + 1, 1, repeat=(FIRST, FIRST))
