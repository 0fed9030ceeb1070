"""An evaluation in plain words: what one more good year costs, in whom, and how sure that is.

As in the fully incremental analysis each strategy is set beside the next cheaper one that is worth looking
at, and one that others outdo enters no ratio.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.display.words import listed, percent
from seedsoil.economics.decision.told import same_words
from seedsoil.economics.evaluation import ON, PROBABILISTIC, SAME
from seedsoil.results.columns import ALL_WOMEN

if TYPE_CHECKING:
    from seedsoil.economics.evaluation import EvaluationData

Row = dict[str, Any]


def lay_sentences(evaluation: EvaluationData) -> list[str]:
    """A few sentences without a term of the trade, for each strategy but the cheapest."""
    told = []
    rows = evaluation.rows("incremental", group=None)
    for row in rows:
        if row["group"] == ALL_WOMEN and not (row["standing"] == ON and row["against"] is None):
            told += [_price(evaluation, row), *_in_whom(evaluation, row, rows)]
    told.append(_how_sure(evaluation))
    return told


def _price(evaluation: EvaluationData, row: Row) -> str:
    name, other = row["strategy"], row["against"]
    if row["standing"] == SAME:
        return f"Treatment by {name} and by {other} cost the same and give the same."
    if row["standing"] != ON:
        return (
            f"Treatment by {name} costs more for what it gives than others here: whoever would pay for it "
            "gets more for the money from one of them, or from two of them for some women each."
        )
    money = evaluation.money
    cost, good = row["cost_difference"], row["qaly_difference"]
    months = [12.0 * row[f"qaly_difference_{end}"] for end in ("low", "high")]
    costs = [row[f"cost_difference_{end}"] for end in ("low", "high")]
    return (
        f"On average a woman treated by {name} has {12 * good:.1f} good months more "
        f"({months[0]:.1f} to {months[1]:.1f}) than by {other}, and her care costs "
        f"{money(cost)} more ({money(costs[0])} to {money(costs[1])}). So one more good year costs "
        f"{money(cost / good)}."
    )


def _in_whom(evaluation: EvaluationData, row: Row, rows: list[Row]) -> list[str]:
    """What a good year costs in each group whose gain is told from chance, the least first."""
    if row["standing"] != ON:
        return []
    found: list[tuple[float, str]] = []
    unsure, other = [], []
    for r in rows:
        if r["group"] == ALL_WOMEN or r["strategy"] != row["strategy"]:
            continue
        if r["standing"] != ON or r["against"] != row["against"]:
            other.append(r["group"])
        elif r["icer_low"] is None or not math.isfinite(r["icer_low"]):
            unsure.append(r["group"])
        else:
            found.append((r["icer"], r["group"]))
    told = []
    if found:
        parts = [f"{evaluation.money(value)} in {group}" for value, group in sorted(found)]
        told.append(
            f"By {evaluation.by}, one more good year with {row['strategy']} instead of {row['against']} "
            f"costs {listed(parts)}."
        )
    if unsure:
        told.append(f"In {listed(unsure)} the gain is not told from chance.")
    if other:
        told.append(f"In {listed(other)} the two are not next to each other: see the table.")
    return [" ".join(told)] if told else []


def _how_sure(evaluation: EvaluationData) -> str:
    good = (
        "A good year is a year of full health, or two at half; years to come count less, as "
        f"reference case {evaluation.reference_case} asks."
    )
    if evaluation.decision is None or evaluation.psa is None:
        return (
            f"{good} How sure all this is has not been asked: what stands in brackets is the play of chance "
            "in the simulation (95 %) and not the doubt about prices, quality of life and the disease."
        )
    decision, money = evaluation.decision, evaluation.money
    if decision.same:
        return (
            f"{good} How sure? In each of {evaluation.psa.draws:,} sets of numbers that could be true all "
            "cost the same and give the same: there is no difference, and nothing to choose between."
        )
    told = []
    for step in decision.frontier:
        found = decision.step_ratio(step)
        if found is None or found.icer is None:
            continue
        name, other = (evaluation.strategies[k] for k in (step.strategy, step.against))
        interval = "so unsure that no interval can be given"
        if found.icer_low is not None and found.icer_high is not None:
            interval = f"{money(found.icer_low)} to {money(found.icer_high)} in 95 of 100 of them"
        told.append(f"{name} instead of {other} {money(found.icer)} ({interval})")
    brackets = (
        "What stands in brackets holds 95 of 100 of them. "
        if evaluation.basis == PROBABILISTIC
        else "The brackets above are the play of chance in the simulation (95 %). "
    )
    sure = (
        f"How sure? Over {evaluation.psa.draws:,} sets of numbers that could be true one more good year "
        f"costs on average: {'; '.join(told)}. "
        if told
        else f"How sure? {evaluation.psa.draws:,} sets of numbers that could be true were tried. "
    ) + brackets
    shares = []
    for threshold in evaluation.thresholds:
        names, share = decision.clean.share_of_best(threshold)
        shares.append(
            f"at {money(threshold)} a good year {same_words(names)} the best buy, in "
            f"{percent(share, 0)} of the sets"
        )
    warned = (
        " But too few women were simulated to tell this doubt from chance, so that all this may sound far "
        "too sure."
        if decision.blurred
        else ""
    )
    return f"{good} {sure}If a good year may cost so much: {'; '.join(shares)}.{warned}"
