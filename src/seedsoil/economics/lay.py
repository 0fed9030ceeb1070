"""An evaluation in plain words: what one more good year costs, in whom, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.display.words import listed, percent
from seedsoil.economics.evaluation import TOTAL
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.units import Z95

if TYPE_CHECKING:
    from seedsoil.economics.evaluation import EvaluationData


def lay_sentences(evaluation: EvaluationData) -> list[str]:
    """A few sentences without a term of the trade, for each strategy beside the reference."""
    told = []
    for name in evaluation.strategies[1:]:
        told += [_price(evaluation, name), *_in_whom(evaluation, name)]
    told.append(_how_sure(evaluation))
    return told


def _gain(evaluation: EvaluationData, name: str, group: str) -> tuple[float, float, float, float]:
    """Cost and QALYs more than the reference, and their standard errors."""
    cost = evaluation.row("costs", strategy=name, group=group, category=TOTAL)
    qaly = evaluation.row("effects", strategy=name, group=group, measure="qaly", state="all")
    return (
        cost["difference"],
        qaly["difference"],
        cost["difference_se"] or 0.0,
        qaly["difference_se"] or 0.0,
    )


def _price(evaluation: EvaluationData, name: str) -> str:
    cost, good, cost_se, good_se = _gain(evaluation, name, ALL_WOMEN)
    base = evaluation.reference
    if cost == 0 and good == 0:
        return f"Treatment by {name} and by {base} cost the same and give the same."
    money = evaluation.money
    months = 12.0 * good
    more = f"{abs(months):.1f} good months {'more' if good >= 0 else 'less'} (± {12 * Z95 * good_se:.1f})"
    dear = f"{money(abs(cost))} {'more' if cost >= 0 else 'less'} (± {Z95 * cost_se:,.0f})"
    first = f"On average a woman treated by {name} has {more} than by {base}, and her care costs {dear}."
    if good > 0 and cost > 0:
        return f"{first} So one more good year costs {money(cost / good)}."
    if good > 0:
        return f"{first} So it gives more and costs less."
    if cost > 0:
        return f"{first} So it gives less and costs more."
    return f"{first} So it saves {money(cost / good)} for each good year given up."


def _in_whom(evaluation: EvaluationData, name: str) -> list[str]:
    """Where a good year costs least and most, among groups whose gain is told from chance."""
    found: list[tuple[float, str]] = []
    unsure = []
    for group in evaluation.groups[1:]:
        cost, good, _, good_se = _gain(evaluation, name, group)
        if cost == 0 and good == 0:
            continue
        if good > Z95 * good_se and cost > 0:
            found.append((cost / good, group))
        else:
            unsure.append(group)
    found.sort()
    if not found:
        return []
    told = [f"{evaluation.money(value)} in women with {group}" for value, group in found]
    words = f"By {evaluation.by}, one more good year with {name} costs {listed(told)}."
    if unsure:
        words += f" In {listed(unsure)} the gain is not told from chance, or there is none."
    return [words]


def _how_sure(evaluation: EvaluationData) -> str:
    good = (
        "A good year is a year of full health, or two at half; years to come count less, as "
        f"{evaluation.reference_case} wants it."
    )
    if evaluation.decision is None or evaluation.psa is None:
        return (
            f"{good} How sure all this is has not been asked: the ± are the play of chance in the simulation "
            "and not the doubt about prices, quality of life and the disease."
        )
    means = [_mean_of_draws(evaluation, name) for name in evaluation.strategies[1:]]
    shares: list[Any] = []
    clean = evaluation.decision.clean
    for threshold in evaluation.thresholds:
        won = clean.winners_at(threshold)
        best = int(won.best[0])
        shares.append(
            f"at {evaluation.money(threshold)} a good year {evaluation.strategies[best]} is the best buy, "
            f"and in {percent(float(won.shares[0, best]), 0)} of these sets it is"
        )
    return f"{good} How sure: {'; '.join([*filter(None, means), *shares])}."


def _mean_of_draws(evaluation: EvaluationData, name: str) -> str:
    """What a good year costs on average over the draws, which is the base case where one is asked for."""
    found = evaluation.decision.against(name)
    if found.icer is None or found.effect <= 0:
        return ""
    interval = (
        f" ({evaluation.money(found.icer_low)} to {evaluation.money(found.icer_high)} in 95 of 100)"
        if found.icer_low is not None and found.icer_high is not None
        else " (in some it gains nothing, so that there is no interval)"
    )
    return (
        f"on average over {evaluation.psa.draws if evaluation.psa else 0:,} sets of numbers that could be "
        f"true one more good year with {name} costs {evaluation.money(found.icer)}{interval}"
    )
