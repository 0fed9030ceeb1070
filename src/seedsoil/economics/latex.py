"""The tables of an evaluation as LaTeX: those that the evaluation holds, with units in their captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from seedsoil.display.latex import latex_table
from seedsoil.display.words import of_women
from seedsoil.economics.decision.words import interval_words
from seedsoil.economics.evaluation import PROBABILISTIC
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from seedsoil.economics.evaluation import EvaluationData

_MONEY = (
    "undiscounted", "mean", "difference", "cost", "cost_difference", "icer", "threshold", "nmb", "inmb",
    "inmb_low", "inmb_high", "icer_low", "icer_high", "without", "with_strategy", "impact", "impact_low",
    "impact_high", "women", "evsi", "enbs", "patients", "expected_loss", "evpi",
)  # fmt: skip
_DIGITS = {
    **dict.fromkeys(_MONEY, 0),
    "weight": 1,
    "price": 2,
    "proportional": 3,
    "times_current": 2,
}
_OF_YEARS = dict.fromkeys(("undiscounted", "mean", "difference"), 3)
_OF_UNITS = dict.fromkeys(("value", "low", "high", "standard_error"), 4)
_OWN_DIGITS: Mapping[str, Mapping[str, int]] = {
    "effects": _OF_YEARS,
    "quantities": _OF_YEARS,
    "prices": _OF_UNITS,
    "utilities": _OF_UNITS,
    "one_way": _OF_UNITS,
}
_ERRORS = {
    "mean": "se",
    "discounted_mean": "discounted_se",
    "difference": "difference_se",
    "cost": "cost_se",
    "qaly": "qaly_se",
    "cost_difference": "cost_difference_se",
    "qaly_difference": "qaly_difference_se",
    "nmb": "nmb_se",
    "inmb": "inmb_se",
    "inhb": "inhb_se",
    "remaining": "remaining_se",
    "absolute": "remaining_se",
    "probability_best": "probability_best_se",
    "expected_loss": "expected_loss_se",
    "evpi": "evpi_se",
    "impact": "impact_se",
    "evsi": "evsi_se",
    "enbs": "enbs_se",
}
_RANGE = {"value": ("low", "high")}
_INTERVALS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "incremental": {
        "icer": ("icer_low", "icer_high"),
        "cost_difference": ("cost_difference_low", "cost_difference_high"),
        "qaly_difference": ("qaly_difference_low", "qaly_difference_high"),
    },
    "prices": _RANGE,
    "utilities": _RANGE,
    "budgets": {"impact": ("impact_low", "impact_high")},
}
_MARKED = ("incremental", "budgets")
"""Tables whose intervals may be missing, or not told from chance: the cell then says so."""
_TITLES = {
    "qaly": "QALY",
    "qaly_difference": "more QALY",
    "cost_difference": "more cost",
    "icer": "ICER",
    "nmb": "NMB",
    "inmb": "INMB",
    "inhb": "INHB",
    "inmb_low": "INMB at low",
    "inmb_high": "INMB at high",
    "icer_low": "ICER at low",
    "icer_high": "ICER at high",
    "evpi": "EVPI",
    "evsi": "EVSI",
    "enbs": "ENBS",
}
_CAPTIONS = {
    "quantities": "Quantities of a woman, undiscounted and discounted",
    "prices": "Prices of a unit, with their 95 % range, source and status",
    "utilities": "Utilities, with their 95 % range, source and status",
    "costs": "Cost of a woman by category; difference from {reference}",
    "effects": "Life years and QALYs of a woman by state; difference from {reference}",
    "incremental": "Fully incremental analysis; dominated strategies enter no ratio",
    "net_benefit": "Net monetary benefit (NMB), incremental (INMB) and incremental net health benefit "
    "(INHB, QALY) against {reference}",
    "acceptability": "Share of draws in which a strategy is best, expected loss and EVPI, by threshold; "
    "corrected for chance between the women of a draw, which is the result, and as drawn",
    "yearly": "Undiscounted cost of a woman in each year of her disease",
    "severity": "QALY shortfall, absolute and proportional",
    "one_way": "Incremental net monetary benefit (INMB) with one number at a time at its low and high end",
    "threshold_prices": "Price at which a strategy and {reference} are worth the same",
    "scenarios": "Scenarios",
    "budgets": "Budget impact, undiscounted; the last row of a strategy is of all years",
    "studies": "What a proposed trial would be worth (EVSI a woman; ENBS less its cost)",
}


def latex_tables(evaluation: EvaluationData) -> dict[str, str]:
    """Every table of the evaluation that has rows, as LaTeX by name: `incremental`, `costs` and so on.

    The numbers are those of `evaluation.tables()` with half of their 95 % interval of simulation behind ±,
    rounded: money to whole units, years and QALYs to three decimals, prices of a unit to four. The label is
    `tab:` and the name with hyphens.
    """
    return {name: _latex(evaluation, name, table) for name, table in evaluation.tables().items()}


def _latex(evaluation: EvaluationData, name: str, table: pa.Table) -> str:
    money = f"{evaluation.currency} of {evaluation.price_year}"
    women = of_women(evaluation.found, "simulated")
    if "basis" in table.column_names and evaluation.basis == PROBABILISTIC:
        women = f"probabilistic: mean over {evaluation.over}; deterministic: {women}"
    caption = _CAPTIONS.get(name, name.replace("_", " ")).format(reference=evaluation.reference)
    if len(evaluation.groups) == 1 and "group" in table.column_names:
        table = table.drop_columns("group")
    if "basis" in table.column_names and len(table.column("basis").unique()) == 1:
        table = table.drop_columns("basis")
    # of one currency and year, which the caption says
    table = table.drop_columns([c for c in ("currency", "price_year") if c in table.column_names])
    intervals = _INTERVALS.get(name, {})
    if name == "budgets" and table.column("impact_low").null_count == len(table):
        intervals = {}
    errors = {of: error for of, error in _ERRORS.items() if {of, error} <= set(table.column_names)}
    if name == "incremental" and "basis" not in table.column_names:
        # of simulation alone, so that the interval says what ± would
        errors = {of: error for of, error in errors.items() if of not in intervals}
        table = table.drop_columns([f"{of}_se" for of in intervals if of != "icer"])
    if errors:
        caption += ". Behind ± is half of the 95 % interval of simulation, 1.96 standard errors"
    if name in _MARKED and intervals:
        caption += f"; in brackets {_bracketed(evaluation, name)}"
    for error in set(errors.values()):
        half = pc.multiply(table.column(error), Z95)
        table = table.set_column(table.column_names.index(error), error, half)
    titles = {}
    for column in table.column_names:
        told = _TITLES.get(column, column.replace("_", " "))
        of = ["± 95 %"] if column in errors else []
        of += ["95 %"] if column in intervals else []
        titles[column] = f"{told} ({'; '.join(of)})" if of else told
    return latex_table(
        table,
        caption=f"{caption}. {evaluation.perspective}, {evaluation.reference_case}; money in {money}; "
        f"{women} with metastatic disease.",
        label=f"tab:{name.replace('_', '-')}",
        digits={**_DIGITS, **_OWN_DIGITS.get(name, {})},
        titles=titles,
        errors=errors,
        intervals=intervals,
        between=interval_words if name in _MARKED else None,
    )


def _bracketed(evaluation: EvaluationData, name: str) -> str:
    """Of what the intervals in brackets are."""
    if name == "incremental" and evaluation.psa is None:
        return "its 95 % interval of simulation"
    of_draws = "95 % of the draws, without chance between their women"
    if name == "budgets":
        return of_draws
    return f"of what is probabilistic {of_draws}, of what is deterministic 95 % of simulation"
