"""What may be edited: the group, rates, the threshold and utilities; and the price sheet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.economics.evaluation import STATES
from seedsoil.economics.sheets.frame import DRAWS_STAY, FIRST, here

if TYPE_CHECKING:
    from seedsoil.economics.sheets.facts import Facts
    from seedsoil.economics.sheets.frame import Book, Sheet

RATES = ("costs", "effects")
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
    stay = "" if e.psa is None else " Draws do not follow."
    _group(book, sheet, row, e.groups)
    for of in RATES:
        row += 1
        _rate(book, sheet, row, of, facts.rate(of), stay)
    row += 1
    threshold = len(book.inputs)
    _input(
        book, sheet, row, "threshold", "willingness to pay", e.thresholds[0], "money",
        (f"{money} a QALY", "Net benefit, acceptability and the value of information at one threshold."),
    )  # fmt: skip
    _bounds(sheet, row, 0.0, 1e9, "an amount of money for a QALY, 0 or more")
    for state in STATES:
        row += 1
        _input(
            book, sheet, row, f"utility_change_{state}", f"change of utility, {state}", 0.0, "amount",
            ("utility", f"Added to the mean utility in this state, for all strategies.{stay}"),
        )  # fmt: skip
        _bounds(sheet, row, -2.0, 2.0, "a change of utility, -2 to 2")
    held = [pair for k, pair in enumerate(book.inputs) if k != threshold]
    _followed(book, sheet, row + 2, facts, held)
    sheet.freeze(FIRST + 1, 1)


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
    told = "The group of women that the analysis is of. Draws of a probabilistic analysis are of all women."
    sheet.text(row, 4, told, "wrapped")
    book.name("chosen_group", sheet.at(row, 1))
    book.inputs.append((sheet.at(row, 1), sheet.at(row, 2)))


def _rate(book: Book, sheet: Sheet, row: int, of: str, rate: float, stay: str) -> None:
    if rate > 0:
        told = (
            "Exact at 0 and at the rate as delivered, which were simulated. At other rates amounts "
            "are taken as "
            "Q(0)/(1 + c·ln(1 + rate)) with c from these two: about 0.3 % off, a difference "
            f"between strategies up to 1 %.{stay}"
        )
        _input(
            book, sheet, row, f"rate_{of}", f"discount rate of {of}", rate, "rate", ("a year", told)
        )
        sheet.ws.set_row(row, 27)
        _bounds(sheet, row, 0.0, 2.0 * rate, f"a rate a year from 0 to {200 * rate:g} %")
        return
    sheet.text(row, 0, f"discount rate of {of}")
    sheet.number(row, 1, rate, "rate")
    sheet.number(row, 2, rate, "rate", pale=True)
    sheet.text(row, 3, "a year")
    sheet.text(
        row, 4, "Nothing was discounted, so that this workbook knows no other rate.", "wrapped"
    )
    book.name(f"rate_{of}", sheet.at(row, 1))


def _followed(
    book: Book, sheet: Sheet, row: int, facts: Facts, held: list[tuple[str, str]]
) -> None:
    """What follows from the inputs, and the list of the groups; `held`: inputs that draws do not follow."""
    groups = facts.evaluation.groups
    sheet.head(row, 0, ("what follows", "value"))
    first = row + len(RATES) + 4
    names = sheet.block(first, 0, len(groups))
    sheet.text(row + 1, 0, "number of the group")
    numbers = sheet.block(first, 1, len(groups))
    sheet.formula(row + 1, 1, f"SUMPRODUCT(({names}=chosen_group)*{numbers})", 1, "whole")
    book.name("group_number", sheet.at(row + 1, 1))
    if facts.evaluation.psa is not None:
        stay = row + 2 + len(RATES)
        sheet.text(stay, 0, "changed, and not followed by draws")
        changed = "+".join(f"SUMPRODUCT(({now}<>{was})*1)" for now, was in held)
        sheet.formula(stay, 1, changed, 0, "whole")
        book.name(DRAWS_STAY, sheet.at(stay, 1))
    for k, of in enumerate(RATES, start=row + 2):
        sheet.text(k, 0, f"share of the delivered rate, {of}")
        rate = facts.rate(of)
        if rate > 0:
            delivered = here(FIRST + 2 + RATES.index(of), 2)
            sheet.formula(k, 1, f"LN(1+rate_{of})/LN(1+{delivered})", 1.0)
        else:
            sheet.number(k, 1, 0.0)
        book.name(f"discount_{of}", sheet.at(k, 1))
    sheet.head(first - 1, 0, ("groups of women", "number"))
    for k, group in enumerate(groups):
        sheet.text(first + k, 0, group)
        sheet.number(first + k, 1, k + 1, "whole")
    sheet.ws.data_validation(
        FIRST + 1, 1, FIRST + 1, 1,
        {"validate": "list", "source": f"={names}", "error_title": "No such group",
         "error_message": "Choose one of the list."},
    )  # fmt: skip


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
    book.inputs.append((sheet.block(first, 3, count), sheet.block(first, 4, count)))
    sheet.ws.autofilter(FIRST, 0, FIRST + count, len(_TITLES) - 1)
    sheet.freeze(first, 1, repeat=(FIRST, FIRST))


def write_utilities(book: Book, facts: Facts) -> None:
    """What the utilities of the model are and where they come from; changed on the sheet Inputs."""
    sheet = book.sheet(
        "Utilities",
        "Utilities of the model",
        "0 is as bad as death, 1 is full health. Where QALYs come from; a change is tried by state "
        "on the sheet Inputs.",
        (44, 12, 12, 12, 14, 14, 14, 80),
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
    sheet.head(FIRST, 0, [c.replace("_", " ") for c in columns], texts=(0, 5, 6, 7))
    for k, row in enumerate(facts.evaluation.utilities.to_pylist(), start=FIRST + 1):
        for column, name in enumerate(columns):
            value = row[name]
            if value is None or isinstance(value, int | float):
                sheet.number(k, column, math.nan if value is None else value)
            else:
                sheet.text(k, column, value, "wrapped" if name == "sources" else "text")
    sheet.freeze(FIRST + 1, 1, repeat=(FIRST, FIRST))
