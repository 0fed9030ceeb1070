"""Life years and QALYs: the output of the simulation at each rate, times utilities that may be changed.

QALY = Σ over parts of life: utility of the part · years in it times the factors of toxicity and symptoms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.evaluation import DETERMINISTIC, EFFECTS, PARTS, STATES
from seedsoil.economics.sheets.frame import FIRST, here, spread
from seedsoil.economics.sheets.inputs import at_the_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet

_MODEL = "Model years"
_MEASURES = ("life years", "QALYs")
_WEIGHTED = "years times toxicity and symptoms"
_EACH = len(STATES) + len(PARTS)


def write_model_years(book: Book, facts: Facts) -> None:
    """What women live at each rate: years by state, and weighted years by part of life; no formulas."""
    e = facts.evaluation
    rates = facts.rates("effects")
    sheet = book.sheet(
        _MODEL,
        "Output of the simulation: years at each rate",
        f"Mean of a woman, discounted at each rate. Life years by state; and {_WEIGHTED}: the years of a "
        "part of "
        "life, each times the utility factors of what lasts then. Written by the simulation; no formulas.",
        (24, 32, 26),
        wide=2,
    )
    titles = [f"at {100 * rate:g} %, {name}" for rate in rates for name in e.strategies]
    sheet.head(FIRST, 0, ["group", "measure", "state", *titles], texts=range(3))
    row = FIRST
    for g, group in enumerate(e.groups):
        both = ((_MEASURES[0], STATES, facts.at_rates.years),
                (_WEIGHTED, PARTS, facts.at_rates.weighted))  # fmt: skip
        for measure, parts, values in both:
            for t, part in enumerate(parts):
                row += 1
                for column, words in enumerate((group, measure, part)):
                    sheet.text(row, column, words)
                for k in range(len(rates)):
                    for s in range(facts.strategies):
                        column = 3 + k * facts.strategies + s
                        sheet.number(row, column, values[g, s, k, t], "years")
    sheet.freeze(FIRST + 1, 3, repeat=(FIRST, FIRST))


def worth_formulas(states: Sequence[str], worths: Sequence[str]) -> list[str]:
    """The utility of each of PARTS from cells of those of STATES, with the changes of the inputs.

    `worths`: the cells in which the formulas stand. As in the model the last is that of response times that
    of progressed over that of stable disease, and none is left where stable disease has none.
    """
    first, second, third, _ = worths
    kept = [
        f"MIN(1,MAX(0,{cell}+utility_change_{state}))"
        for cell, state in zip(states, STATES, strict=True)
    ]
    return [
        kept[0],
        f"IF({first}=0,0,{kept[1]})",
        f"IF({first}=0,0,{kept[2]})",
        f"IF({first}=0,0,MIN(1,{second}*{third}/{first}))",
    ]


class _Block(NamedTuple):
    """A table of the sheet: its first row, its rows, and what Python finds in it: [rows, strategies]."""

    top: int
    parts: tuple[str, ...]
    found: Floats


def write_effects(book: Book, facts: Facts) -> list[str]:
    """Weighted years × utility → QALYs; returns the cells of the QALYs of each strategy."""
    e = facts.evaluation
    n = facts.strategies
    sheet = book.sheet(
        "QALYs",
        "Life years and QALYs",
        "Mean of a woman from the day her metastatic disease is found. Years of a part of life, times "
        "toxicity "
        "and symptoms in them, × the utility of the part = QALYs. Standard errors are of the simulation, "
        "at the "
        "inputs as delivered.",
        (42,),
    )
    at_rates = facts.at_rates
    place = at_rates.effects.index(facts.rate("effects"))
    lived, weighted = at_rates.years[0, :, place].T, at_rates.weighted[0, :, place].T
    years = _Block(FIRST, STATES, lived)
    parts = _Block(FIRST + len(STATES) + 4, PARTS, weighted)
    worths = parts.top + len(PARTS) + 3
    gained = _Block(worths + len(PARTS) + 3, PARTS, weighted * at_rates.worth[:, None])
    utility = _worths(sheet, facts, worths)
    for block, title, first in (
        (years, "discounted life years", 0),
        (parts, f"discounted {_WEIGHTED}", len(STATES)),
    ):
        _head(sheet, facts, block, title)
        for t in range(len(block.parts)):
            for s in range(n):
                formula = _at_the_rate(facts, first + t, s)
                sheet.formula(block.top + 1 + t, 1 + s, formula, block.found[t, s], "years")
    _head(sheet, facts, gained, "discounted QALYs")
    for t in range(len(PARTS)):
        for s in range(n):
            cell = here(parts.top + 1 + t, 1 + s, fixed=False)
            formula = f"{cell}*{utility[t]}"
            sheet.formula(gained.top + 1 + t, 1 + s, formula, gained.found[t, s], "years")
    cells = []
    for k, block in enumerate((years, gained)):
        cells = _sums(sheet, facts, block)
        for s, name in enumerate(e.strategies):
            whole = e.row(
                "effects", strategy=name, measure=EFFECTS[k], state="all", basis=DETERMINISTIC
            )
            book.check(f"discounted {_MEASURES[k]}, {name}", cells[s], whole["mean"], 1e-9)
    _differences(sheet, facts, parts)
    _errors(sheet, facts, gained.top + len(PARTS) + 3)
    sheet.freeze(FIRST + 1, 1)
    return cells


def _worths(sheet: Sheet, facts: Facts, top: int) -> list[str]:
    """Utilities as in the model and as used, the same under all strategies; returns the latter's cells."""
    worth = facts.at_rates.worth
    sheet.head(top, 0, ("utility without toxicity and symptoms", "used", "in the model"))
    used = [here(top + 1 + k, 1) for k in range(len(PARTS))]
    delivered = [here(top + 1 + k, 2) for k in range(len(STATES))]
    for k, (part, formula) in enumerate(
        zip(PARTS, worth_formulas(delivered, used), strict=True), start=top + 1
    ):
        value = float(worth[k - top - 1])
        sheet.text(k, 0, part)
        sheet.formula(k, 1, formula, value)
        sheet.number(k, 2, value, pale=True)
    return used


def _at_the_rate(facts: Facts, place: int, s: int) -> str:
    """The amount of the group and at the rate of the inputs, from the simulation's output."""
    e = facts.evaluation
    rows = len(e.groups) * _EACH
    columns = [
        f"'{_MODEL}'!{spread(FIRST + 1, 3 + k * facts.strategies + s, rows)}"
        for k in range(len(facts.rates("effects")))
    ]
    return at_the_rate(columns, f"(group_number-1)*{_EACH}+{place + 1}", "effects")


def _head(sheet: Sheet, facts: Facts, block: _Block, title: str) -> None:
    e = facts.evaluation
    more = [f"{name} less {e.reference}" for name in e.strategies[1:]]
    sheet.head(block.top, 0, [title, *e.strategies, *more])
    for t, part in enumerate(block.parts):
        sheet.text(block.top + 1 + t, 0, part)


def _sums(sheet: Sheet, facts: Facts, block: _Block) -> list[str]:
    top, found = block.top, block.found
    row = top + len(block.parts) + 1
    sheet.text(row, 0, "all", bold=True)
    cells = []
    for s in range(facts.strategies):
        column = 1 + s
        formula = f"SUM({here(top + 1, column, fixed=False)}:{here(row - 1, column, fixed=False)})"
        cells.append(sheet.formula(row, column, formula, found[:, s].sum(), "years", bold=True))
    _differences(sheet, facts, block._replace(found=np.vstack([found, found.sum(axis=0)])))
    return cells


def _differences(sheet: Sheet, facts: Facts, block: _Block) -> None:
    n = facts.strategies
    for k, values in enumerate(block.found):
        row = block.top + 1 + k
        bold = {"bold": True} if k == len(block.parts) else {}
        for s in range(1, n):
            formula = f"{here(row, 1 + s, fixed=False)}-{here(row, 1)}"
            sheet.formula(row, n + s, formula, values[s] - values[0], "years", **bold)


def _errors(sheet: Sheet, facts: Facts, top: int) -> None:
    e = facts.evaluation
    sheet.head(
        top,
        0,
        ["standard error", *e.strategies, *(f"of difference, {n}" for n in e.strategies[1:])],
    )
    for k, measure in enumerate(EFFECTS, start=top + 1):
        sheet.text(k, 0, f"discounted {_MEASURES[k - top - 1]}")
        for s, name in enumerate(e.strategies):
            row = e.row("effects", strategy=name, measure=measure, state="all", basis=DETERMINISTIC)
            sheet.number(k, 1 + s, row["se"], "years", pale=True)
            if s:
                sheet.number(k, facts.strategies + s, row["difference_se"], "years", pale=True)
