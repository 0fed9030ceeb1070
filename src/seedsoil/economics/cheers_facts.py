"""What an evaluation measured or was asked, in the words of single items of CHEERS 2022."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.display.words import listed, percent, whole
from seedsoil.economics.decision.words import more_or_less, plain

if TYPE_CHECKING:
    from seedsoil.economics.evaluation import EvaluationData


def rate(e: EvaluationData, of: str) -> str:
    """The yearly rate at which `costs` or `effects` are discounted."""
    return percent(float(e.discounting[of]))


def lasts(e: EvaluationData) -> str:
    """How long costs and effects count."""
    horizon = float(e.discounting["horizon"])
    return "a lifetime" if math.isinf(horizon) else f"{horizon:g} years"


def who(e: EvaluationData) -> str:
    """Ages of the women, and how many of each group there are."""
    told = []
    if e.who is not None and e.who.count:
        mean, spread = e.who.age
        told.append(
            f"Mean age when metastatic disease is found {mean:.1f} years (standard deviation {spread:.1f})."
        )
    if e.by:
        women = {} if e.who is None else e.who.groups
        groups = [f"{g} ({whole(women[g])})" if g in women else g for g in e.groups[1:]]
        told.append(f"Groups by {e.by}: {listed(groups)}.")
    if e.psa is not None:
        each = float(e.psa.women.mean())
        told.append(
            f"Each of {whole(e.psa.draws)} draws has women of its own, {whole(each)} on average."
        )
    return "".join(f" {words}" for words in told)


def setting(e: EvaluationData) -> str:
    """Which policies of screening and adjuvant therapy the women lived under before."""
    known = {"screening": "screening {}", "adjuvant": "adjuvant therapy of the era {}"}
    told = [words.format(e.provenance[key]) for key, words in known.items() if key in e.provenance]
    return f" Before metastatic disease: {listed(told)}." if told else ""


def view(e: EvaluationData) -> str:
    """Whose costs the reference case asks for, where it is known."""
    if e.case is None:
        return ""
    views = {"health": "the health system", "societal": "society"}
    return f" ({e.case.agency}), which asks for costs of {listed([views[v] for v in e.case.views])}"


def horizon_row(e: EvaluationData) -> tuple[str, bool]:
    """The time horizon, its reason and the share of women alive at its end; whether the reason is known."""
    horizon = float(e.discounting["horizon"])
    begins = e.discounting.get("clock_zero", "the day metastatic disease is found")
    told = f"{lasts(e).capitalize()}, from {begins}"
    asked = None if e.case is None else e.case.horizon
    lifelong = math.isinf(horizon)
    by_case = asked is not None and (asked == "lifetime" if lifelong else asked == horizon)
    if by_case:
        told += f", as reference case {e.reference_case} asks"
    if lifelong:
        told += (
            ". Costs and survival differ between strategies until death, so that a shorter "
            "horizon would leave "
            "out part of the difference."
        )
    elif by_case:
        told += "."
    else:
        rule = (
            f", which asks for {asked if asked == 'lifetime' else f'{asked:g} years'}"
            if asked
            else ""
        )
        told += f"; this is not of reference case {e.reference_case}{rule}. Why so long: to be completed."
    return f"{told}{_alive(e)}", lifelong or by_case


def _alive(e: EvaluationData) -> str:
    """The share of women alive at the end of the horizon and before, by strategy, as simulated."""
    if e.who is None or not e.who.count:
        return ""
    ends = [f"{percent(e.who.at_the_end(s))} under {name}" for s, name in enumerate(e.strategies)]
    before = []
    for s, name in enumerate(e.strategies):
        shares = e.who.after(s)
        if shares:
            years = listed([f"{t:g}" for t in shares])
            before.append(
                f"{listed([percent(x) for x in shares.values()])} after {years} years under {name}"
            )
    told = f" Of {whole(e.who.count)} women, at the numbers in use, there are alive at its end {listed(ends)}"
    if math.isinf(e.who.horizon):
        told += ": each is followed to her death"
    elif any(e.who.at_the_end(s) > 0 for s in range(len(e.strategies))):
        told += ", whose later costs and QALYs do not count"
    return told + (f"; {'; '.join(before)}." if before else ".")


def severity(e: EvaluationData) -> str:
    """How severity is shown, and which weights the reference case gives it."""
    rows = e.severity.to_pylist()
    weights = sorted({float(r["weight"]) for r in rows})
    if e.case is not None and not e.case.severity:
        of = f"reference case {e.reference_case} gives it no weights"
    else:
        shown = listed([f"{w:g}" for w in weights])
        of = f"by reference case {e.reference_case} a QALY of these women counts {shown}"
    return (
        f"Severity is reported as absolute and proportional QALY shortfall; {of}. No weight "
        "enters costs, QALYs, "
        "ratios or net benefit here."
    )


def other_rates(e: EvaluationData) -> list[str]:
    """What the strategies cost and give more than the reference at other discount rates, as counted there."""
    at = e.at_rates
    if at is None:
        return []
    values = {r["item"]: r["value"] for r in e.prices.to_pylist()}
    prices = np.array([values[item] for item in e.items])
    told = []
    kept = _shown_rates(e, [r for r in at.costs if r in at.effects])
    for of in kept:
        costs = at.quantities[0, :, at.costs.index(of)] @ prices
        qalys = at.weighted[0, :, at.effects.index(of)] @ at.worth
        each = []
        for s, name in enumerate(e.strategies[1:], start=1):
            cost, qaly = float(costs[s] - costs[0]), float(qalys[s] - qalys[0])
            words = f"{name} costs {more_or_less(cost, e.money(abs(cost)))} and gives "
            words += more_or_less(qaly, f"{plain(abs(qaly), 3)} QALYs")
            # of more strategies a ratio against the first is not of the incremental analysis
            if len(e.strategies) == 2 and cost > 0 and qaly > 0:
                words += f" ({e.money(cost / qaly)} a QALY)"
            each.append(words)
        told.append(f"at {100 * of:g}\u00a0% {listed(each)}")
    if not told:
        return []
    return [
        f"With costs and effects at other rates a year, at the numbers in use, against {e.reference}: "
        f"{'; '.join(told)}."
    ]


def _shown_rates(e: EvaluationData, counted: list[float]) -> list[float]:
    """Of the rates at which everything was counted: none, the highest, and those the reference case names."""
    asked = [] if e.case is None else e.case.alternative_rates
    ends = (min(counted, default=0.0), max(counted, default=0.0))
    used = {float(e.discounting[of]) for of in ("costs", "effects")}
    return [r for r in counted if (r in ends or r in asked) and {r} != used]


def limits(e: EvaluationData) -> str:
    """What every evaluation with this model leaves out or leaves to be judged."""
    told = (
        "Of the model itself: how many women live very long weighs on costs and QALYs of "
        "every strategy, and is "
        "to be held against a registry"
    )
    if e.who is not None and e.who.count and e.who.horizon > 20.0:
        shares = [f"{percent(e.who.after(s)[20.0])} under {n}" for s, n in enumerate(e.strategies)]
        told += f" (alive after 20 years: {listed(shares)})"
    return (
        f"{told}; drug prices are list prices or published payment limits, without "
        "confidential discounts; costs "
        "before metastatic disease are not counted."
    )
