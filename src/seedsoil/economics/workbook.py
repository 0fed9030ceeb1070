"""An evaluation as an Excel workbook that recalculates: prices, rates and the threshold may be changed in it.

Every result is a formula, from quantities and prices to the value of perfect information, and was written
together with the value that Python finds; the sheet Check compares both. Formulas are simple: no dynamic
arrays, and none that only the newest Excel knows.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from seedsoil.economics.evaluation import DETERMINISTIC, PROBABILISTIC
from seedsoil.economics.sheets import (
    budget,
    check,
    curves,
    draws,
    effects,
    further,
    incremental,
    inputs,
    quantities,
)
from seedsoil.economics.sheets.facts import Facts
from seedsoil.economics.sheets.frame import DRAWS_STAY, Book
from seedsoil.errors import InputError
from seedsoil.storage import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.evaluation import EvaluationData

MOST_STRATEGIES = 40
"""Beyond, a formula that compares all of them is longer than a cell of Excel can hold."""


def write_workbook(evaluation: EvaluationData, path: str | Path) -> Path:
    """Write the evaluation as an Excel workbook with live formulas, and return its path.

    Replaces a file that is there. Raises InputError for more than 40 strategies, for a name longer than a
    cell can hold, or a folder that does not exist.
    """
    return write_whole(path, workbook_of(evaluation))


def workbook_of(evaluation: EvaluationData) -> bytes:
    """The workbook; the same bytes for the same evaluation."""
    from xlsxwriter import Workbook

    if len(evaluation.strategies) > MOST_STRATEGIES:
        raise InputError(
            f"the Excel workbook compares at most {MOST_STRATEGIES} strategies, not "
            f"{len(evaluation.strategies)}; the tables as CSV hold any number"
        )
    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(made, options) as book:
        _write(Book(book), Facts.of(evaluation))
    return made.getvalue()


def _write(book: Book, facts: Facts) -> None:
    e = facts.evaluation
    front = book.sheet(
        "Summary",
        "Cost-effectiveness of " + ", ".join(e.strategies),
        "Results follow from the inputs in this workbook; yellow cells may be changed.",
        (40, 22, 18, 24, 30, 18, 16, 18),
    )
    inputs.write_inputs(book, facts)
    inputs.write_prices(book, facts)
    inputs.write_utilities(book, facts)
    columns = quantities.write_quantities(book, facts)
    cost_cells = quantities.write_costs(book, facts, columns)
    qaly_cells = effects.write_effects(book, facts)
    base = incremental.Source(cost_cells, qaly_cells, facts.costs, facts.qalys)
    ranked = incremental.write_incremental(
        book, facts, base, "Incremental", "Full incremental analysis"
    )
    incremental.check_incremental(book, ranked, incremental.places(facts, psa=False))
    incremental.write_errors(ranked.sheet, facts, DETERMINISTIC)
    incremental.write_net_benefit(book, facts, base)
    further.write_threshold_prices(book, facts, columns)
    further.write_one_way(book, facts, columns)
    probabilistic, told = None, {}
    if e.psa is not None:
        found = draws.write_draws(book, facts, e.psa)
        means = incremental.Source(
            found.mean_costs, found.mean_qalys, e.psa.costs.mean(axis=0), e.psa.effects.mean(axis=0)
        )
        probabilistic = incremental.write_incremental(
            book,
            facts,
            means,
            "Incremental, draws",
            "Full incremental analysis of the means over draws",
        )
        incremental.write_errors(probabilistic.sheet, facts, PROBABILISTIC)
        probabilistic.sheet.tell_stays(DRAWS_STAY)
        incremental.check_incremental(
            book, probabilistic, incremental.places(facts, psa=True), "probabilistic, "
        )
        told = curves.write_curves(book, facts, found)
    budget.write_budget(book, facts)
    further.write_severity(book, facts)
    further.write_tables(book, facts)
    quantities.write_model(book, facts)
    effects.write_model_years(book, facts)
    check.write_front(front, facts, check.Front(ranked, probabilistic, told))
    check.write_check(book)
