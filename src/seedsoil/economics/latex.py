"""The tables of an evaluation as LaTeX: those that the evaluation holds, with units in their captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.display.latex import latex_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from seedsoil.economics.evaluation import EvaluationData

_MONEY = (
    "undiscounted", "mean", "se", "difference", "difference_se", "cost", "cost_se", "cost_difference",
    "cost_difference_se", "icer", "icer_low", "icer_high", "threshold", "nmb", "nmb_se", "inmb", "inmb_se",
    "inmb_low", "inmb_high",
)  # fmt: skip
_DIGITS = {
    **dict.fromkeys(_MONEY, 0),
    "weight": 1,
    "price": 2,
    "proportional": 3,
    "times_current": 2,
}
_OF_YEARS = dict.fromkeys(("undiscounted", "mean", "se", "difference", "difference_se"), 3)
_OWN_DIGITS: Mapping[str, Mapping[str, int]] = {"effects": _OF_YEARS, "quantities": _OF_YEARS}
_TITLES = {
    "qaly": "QALY",
    "qaly_se": "QALY SE",
    "qaly_difference": "more QALY",
    "qaly_difference_se": "more QALY SE",
    "cost_se": "cost SE",
    "cost_difference": "more cost",
    "cost_difference_se": "more cost SE",
    "icer": "ICER",
    "icer_low": "ICER, low",
    "icer_high": "ICER, high",
    "se": "SE",
    "difference_se": "difference SE",
    "discounted_se": "discounted SE",
    "nmb": "NMB",
    "nmb_se": "NMB SE",
    "inmb": "INMB",
    "inmb_se": "INMB SE",
    "inhb": "INHB",
    "inhb_se": "INHB SE",
    "inmb_low": "INMB at low",
    "inmb_high": "INMB at high",
}
_CAPTIONS = {
    "quantities": "Quantities of a woman, undiscounted and discounted, with Monte-Carlo standard errors (SE)",
    "prices": "Prices of a unit, with their 95 % range, source and status",
    "utilities": "Utilities, with their 95 % range, source and status",
    "costs": "Cost of a woman by category; difference from {reference}",
    "effects": "Life years and QALYs of a woman by state; difference from {reference}",
    "incremental": "Fully incremental analysis; dominated strategies enter no ratio",
    "net_benefit": "Net monetary benefit (NMB), incremental (INMB) and incremental net health benefit "
    "(INHB, QALY) against {reference}",
    "yearly": "Undiscounted cost of a woman in each year of her disease",
    "severity": "QALY shortfall, absolute and proportional",
    "one_way": "Incremental net monetary benefit (INMB) with one number at a time at its low and high end",
    "threshold_prices": "Price at which a strategy and {reference} are worth the same",
    "scenarios": "Scenarios",
}


def latex_tables(evaluation: EvaluationData) -> dict[str, str]:
    """Every table of the evaluation that has rows, as LaTeX by name: `incremental`, `costs` and so on.

    The numbers are those of `evaluation.tables()`, rounded: money to whole units, years and QALYs to three
    decimals, prices of a unit to four. The label is `tab:` and the name with hyphens.
    """
    return {name: _latex(evaluation, name, table) for name, table in evaluation.tables().items()}


def _latex(evaluation: EvaluationData, name: str, table: pa.Table) -> str:
    money = f"{evaluation.currency} of {evaluation.price_year}"
    caption = _CAPTIONS.get(name, name.replace("_", " ")).format(reference=evaluation.reference)
    digits = {**_DIGITS, **_OWN_DIGITS.get(name, {})}
    if name in ("prices", "utilities", "one_way"):
        digits |= dict.fromkeys(("value", "low", "high", "standard_error"), 4)
    return latex_table(
        table,
        caption=f"{caption}. {evaluation.perspective}, {evaluation.reference_case}; money in {money}; "
        f"{evaluation.found:,} simulated women with metastatic disease.",
        label=f"tab:{name.replace('_', '-')}",
        digits=digits,
        titles=_TITLES,
    )
