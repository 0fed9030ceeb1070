"""The sheet that compares the workbook's results with Python's, and the summary in front."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.display.words import percent
from seedsoil.economics.evaluation import ONLY, PROBABILISTIC
from seedsoil.economics.sheets.curves import CURVE, at_threshold
from seedsoil.economics.sheets.frame import DRAWS_STAY, FIRST, spread
from seedsoil.economics.sheets.incremental import Ranked, places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.economics.evaluation import EvaluationData
    from seedsoil.economics.sheets.facts import Facts
    from seedsoil.economics.sheets.frame import Book, Change, Sheet

WITHIN = 1e-6
_PROVENANCE = (
    "seedsoil", "seed", "strategy_hashes", "parameters_hash", "prices_hash", "changed", "screening",
    "adjuvant",
)  # fmt: skip
OK, CHANGED, APART = "OK", "inputs changed", "DIFFERENT"
WARNED = "WARNING: see the list on the sheet Check"
"""What is overall once something was changed that not every sheet follows, or that is not allowed."""
_WARNING = {"bg_color": "#f4c7c3", "bold": True}


def write_check(book: Book) -> None:
    """Every headline: Python's value, the cell, the difference and what is allowed; and one word for all."""
    sheet = book.sheet(
        "Check",
        "Check: workbook against Python",
        f"At the inputs as delivered every headline agrees within {WITHIN:g} of its value. Once an "
        "input is changed, they are "
        "meant to differ; what some sheet does not follow then stands in the list as a warning.",
        (70, 22, 22, 18, 14, 12),
    )
    changes = {name: one for name, one in book.changes.items() if one.sheets or one.state}
    top = FIRST + 5
    first = top + len(changes) + 3
    count = len(book.checks)
    sheet.text(FIRST, 0, "inputs that differ from those delivered")
    changed = "+".join(f"SUMPRODUCT(({now}<>{was})*1)" for now, was in book.inputs)
    sheet.formula(FIRST, 1, changed, 0, "whole")
    sheet.text(FIRST + 1, 0, "headlines that differ")
    sheet.formula(FIRST + 1, 1, f"{count}-SUM(F{first + 2}:F{first + count + 1})", 0, "whole")
    sheet.text(FIRST + 2, 0, "overall", bold=True)
    told = f'IF(B{FIRST + 2}=0,"{OK}",IF(B{FIRST + 1}>0,"{CHANGED}","{APART}"))'
    words = f'IF(B{FIRST + 4}>0,"{WARNED}",{told})'
    sheet.formula(FIRST + 2, 1, words, OK, "text", bold=True)
    book.name("overall_check", sheet.at(FIRST + 2, 1))
    sheet.text(FIRST + 3, 0, "of this list, changed and not followed everywhere, or not allowed")
    marks = spread(top + 1, 1, len(changes))
    sheet.formula(FIRST + 3, 1, f"SUMPRODUCT(({marks}>0)*1)", 0, "whole")
    _write_changes(book, sheet, top, changes)
    sheet.head(first, 0, ("headline", "Python", "workbook", "difference", "allowed", "agrees"))
    for k, check in enumerate(book.checks, start=first + 1):
        r = k + 1
        sheet.text(k, 0, check.what)
        if isinstance(check.value, str):
            sheet.text(k, 1, check.value)
            sheet.formula(k, 2, check.cell, check.value, "text")
            sheet.formula(k, 5, f"IF(C{r}=B{r},1,0)", 1, "whole")
            continue
        sheet.number(k, 1, check.value, "amount")
        sheet.formula(k, 2, check.cell, check.value, "amount")
        sheet.formula(k, 3, f"C{r}-B{r}", 0.0, "small")
        sheet.formula(
            k,
            4,
            f"{WITHIN:g}*ABS(B{r})+{check.floor:g}",
            WITHIN * abs(check.value) + check.floor,
            "small",
        )
        sheet.formula(k, 5, f"IF(ISNUMBER(C{r}),IF(ABS(D{r})<=E{r},1,0),0)", 1, "whole")
    for of in ((FIRST + 3, 1, FIRST + 3, 1), (top + 1, 1, top + len(changes), 1)):
        sheet.ws.conditional_format(
            *of,
            {"type": "cell", "criteria": ">", "value": 0, "format": book.book.add_format(_WARNING)},
        )
    sheet.ws.conditional_format(
        first + 1, 5, first + count, 5,
        {"type": "cell", "criteria": "==", "value": 0,
         "format": book.book.add_format(_WARNING)},
    )  # fmt: skip
    sheet.freeze(FIRST + 4, 1, repeat=(first, first))


def _write_changes(book: Book, sheet: Sheet, top: int, changes: Mapping[str, Change]) -> None:
    """What may be changed and is not followed everywhere: how many cells differ, and which sheets do not."""
    sheet.head(top, 0, ("what may be changed", "cells changed", "state"), texts=(0, 2))
    for row, (name, one) in enumerate(changes.items(), start=top + 1):
        sheets = ", ".join(dict.fromkeys(one.sheets))
        state = one.state or f"NOT FOLLOWED on: {sheets}"
        # a text in a formula may have 255 letters
        pieces = "&".join(f'"{state[k : k + 240]}"' for k in range(0, len(state), 240))
        sheet.text(row, 0, one.what)
        sheet.formula(row, 1, one.differing, 0, "whole")
        # long, and with nothing at its right to cut it off
        sheet.formula(row, 2, f'IF(B{row + 1}>0,{pieces},"as written")', "as written", "text")
        book.name(name, sheet.at(row, 1))


class Front(NamedTuple):
    """What the summary shows: the incremental analyses, and shares and EVPI at the threshold."""

    ranked: Ranked
    probabilistic: Ranked | None
    curves: dict[str, list[str]]


def write_front(sheet: Sheet, facts: Facts, front: Front) -> None:
    """The summary: the results, whether they are right, and how they were made."""
    e = facts.evaluation
    row = FIRST
    sheet.text(row, 0, "check against Python", bold=True)
    sheet.formula(row, 1, "overall_check", OK, "text", bold=True)
    row += 2
    base = "Base case: " if e.basis == PROBABILISTIC else ""
    if front.probabilistic is not None:
        sheet.tell_stays(DRAWS_STAY)
        title = f"{base}mean over draws" if base else "Mean over draws"
        row = _results(sheet, facts, front.probabilistic, row, title, psa=True)
    title = "Deterministic: at the numbers in use" if base else "Base case: at the numbers in use"
    row = _results(sheet, facts, front.ranked, row, title, psa=False)
    if front.curves:
        row = _draws(sheet, facts, front, row)
    sheet.head(row, 0, ("How this was made", ""), texts=(0, 1))
    for key, words in _made(e):
        row += 1
        sheet.text(row, 0, key)
        sheet.text(row, 1, words)
    for note in e.notes:
        row += 1
        sheet.text(row, 0, note)
    sheet.freeze(FIRST, 0)


def _made(e: EvaluationData) -> list[tuple[str, str]]:
    """What was asked and simulated, and from what, in words."""
    horizon = float(e.discounting["horizon"])
    rates = (f"{of} at {percent(float(e.discounting[of]))} a year" for of in ("costs", "effects"))
    return [
        ("perspective", e.perspective),
        ("reference case", e.reference_case),
        ("money", f"{e.currency} of {e.price_year}"),
        ("discounting", f"{', '.join(rates)}, {e.discounting['form']}"),
        ("horizon", "a lifetime" if math.isinf(horizon) else f"{horizon:g} years"),
        ("women", f"{e.found:,} with metastatic disease found in life, of {e.women:,} simulated"),
        (
            "draws",
            "none" if e.psa is None else f"{e.psa.draws:,}, numbers of the model: {e.psa.drawn}",
        ),
        *(
            (key.replace("_", " "), ", ".join(map(str, v)) if isinstance(v, list) else str(v))
            for key, v in e.provenance.items()
            if key in _PROVENANCE
        ),
    ]


def _results(sheet: Sheet, facts: Facts, ranked: Ranked, row: int, title: str, *, psa: bool) -> int:
    sheet.head(
        row,
        0,
        (title, "cost", "QALY", "standing", "against", "more cost", "more QALY", "ICER"),
        texts=(0, 3, 4),
    )
    found = places(facts, psa=psa)
    for k, place in enumerate(found):
        row += 1
        values = (place.strategy, place.cost, place.qaly, place.standing, place.against, place.more_cost,
                  place.more_qaly, place.icer)  # fmt: skip
        kinds = ("text", "money", "years", "text", "text", "money", "years", "money")
        for column, (source, value, kind) in enumerate(
            zip((1, 2, 3, 4, 6, 7, 8, 9), values, kinds, strict=True)
        ):
            cell = ranked.sheet.at(ranked.first + k, source)
            sheet.formula(row, column, cell, "" if value is None else value, kind)
    return row + 2


def _draws(sheet: Sheet, facts: Facts, front: Front, row: int) -> int:
    names = facts.evaluation.strategies
    sheet.head(
        row,
        0,
        ("At the threshold of the inputs", *(f"probability best, {n}" for n in names), "EVPI"),
    )
    for stem, cells in front.curves.items():
        row += 1
        sheet.text(row, 0, CURVE[stem] if len(front.curves) > 1 else ONLY)
        for column, (cell, value) in enumerate(
            zip(cells, at_threshold(facts, stem), strict=True), start=1
        ):
            sheet.formula(row, column, cell, value, "money" if column > len(names) else "share")
    return row + 2
