"""Charts of an economic evaluation: costs in parts, what moves the answer, and what a budget would bear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.display.stacked import AMBER, BLUE, BLUES, GREEN, stacked_chart
from seedsoil.display.theme import DARK, INK, LABEL_SIZE, finished, short
from seedsoil.display.words import listed, whole
from seedsoil.economics.decision import charts as decision
from seedsoil.economics.evaluation import DETERMINISTIC, TOTAL, with_half

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seedsoil.economics.evaluation import EvaluationData

_PARTS = (DARK, BLUE, "#6baed6", AMBER, BLUES[1], GREEN, "#f4e3c1")
"""Of the largest categories in order; neighbours differ in lightness, so that greyscale tells them apart."""
OTHER = "all other"
MOST_BARS = 15
"""Numbers of a one-way analysis that are drawn; the table has them all."""


def cost_parts(evaluation: EvaluationData) -> list[tuple[str, str, float]]:
    """Strategy, category and discounted cost of all women: the largest categories, and the rest in one."""
    rows = evaluation.rows("costs")
    of: dict[str, float] = {}
    for r in rows:
        if r["category"] != TOTAL:
            of[r["category"]] = max(of.get(r["category"], 0.0), r["mean"])
    largest = sorted((c for c in of if of[c] > 0), key=lambda c: -of[c])
    named = largest if len(largest) <= len(_PARTS) else largest[: len(_PARTS) - 1]
    parts = []
    for name in evaluation.strategies:
        own = {r["category"]: r["mean"] for r in rows if r["strategy"] == name}
        parts += [(name, category, own[category]) for category in named]
        rest = sum(v for c, v in own.items() if c not in named and c != TOTAL)
        if len(named) < len(largest):
            parts.append((name, OTHER, rest))
    return parts


def costs_chart(evaluation: EvaluationData) -> dict[str, Any]:
    """Mean discounted cost of a woman by category, a bar a strategy."""
    rows = cost_parts(evaluation)
    names = list(dict.fromkeys(part for _, part, _ in rows))
    return stacked_chart(
        rows,
        dict(zip(names, _PARTS, strict=False)),
        x_title=f"Discounted cost a woman, {evaluation.currency}, prices of {evaluation.price_year}",
        description=costs_sentence(evaluation),
        whole=False,
        share=False,
        words=thousands,
    )


def costs_sentence(evaluation: EvaluationData) -> str:
    """The total of each strategy and its largest part, in words."""
    told = []
    for name in evaluation.strategies:
        own = [r for r in evaluation.rows("costs") if r["strategy"] == name]
        total = next(r for r in own if r["category"] == TOTAL)
        largest = max((r for r in own if r["category"] != TOTAL), key=lambda r: r["mean"])
        told.append(
            f"strategy {name} {evaluation.currency} {with_half(total['mean'], total['se'])}, of which "
            f"{evaluation.money(largest['mean'])} for {largest['category']}"
        )
    return (
        f"Mean discounted cost over {evaluation.over} with metastatic disease found in life "
        f"(± 95 % of simulation): {'; '.join(told)}."
    )


def tornado_chart(evaluation: EvaluationData, strategy: str) -> dict[str, Any]:
    """Incremental net benefit of a strategy with each number at both ends of its 95 % interval."""
    rows = tornado_rows(evaluation, strategy)[:MOST_BARS]
    return decision.tornado_chart(
        [(r["parameter"], r["inmb_low"], r["inmb_high"]) for r in rows],
        base=net_benefit_of(evaluation, strategy),
        x_title=f"Net benefit, {evaluation.currency} a woman",
        description=tornado_sentence(evaluation, strategy),
    )


def tornado_rows(evaluation: EvaluationData, strategy: str) -> list[dict[str, Any]]:
    """The one-way analysis of a strategy, the widest first."""
    return [r for r in evaluation.one_way.to_pylist() if r["strategy"] == strategy]


def net_benefit_of(evaluation: EvaluationData, strategy: str) -> float:
    """Its incremental net benefit at the first threshold, in all women, at the numbers in use."""
    return next(
        float(r["inmb"])
        for r in evaluation.rows("net_benefit", basis=DETERMINISTIC)
        if r["strategy"] == strategy and r["threshold"] == evaluation.thresholds[0]
    )


def tornado_sentence(evaluation: EvaluationData, strategy: str) -> str:
    """Which numbers move the answer most, and whether one of them turns it round."""
    rows, base = tornado_rows(evaluation, strategy), net_benefit_of(evaluation, strategy)
    at = f"{evaluation.money(evaluation.thresholds[0])} a QALY"
    if not rows:
        return f"No price and no utility moves the net benefit of strategy {strategy}."
    turned = [r["parameter"] for r in rows if (r["inmb_low"] < 0) != (r["inmb_high"] < 0)]
    first = [
        f"{r['parameter']} ({evaluation.money(r['inmb_low'])} to {evaluation.money(r['inmb_high'])})"
        for r in rows[:3]
    ]
    verdict = (
        f"{listed(turned[:5])}{' and others' if len(turned) > 5 else ''} alone can turn its sign"
        if turned
        else "none of them alone turns its sign"
    )
    return (
        f"Net benefit of strategy {strategy} over {evaluation.reference} at {at}: "
        f"{evaluation.money(base)} a woman. With one number at the ends of its 95 % interval, the others "
        f"unchanged, it moves most with {listed(first)}; {verdict}."
    )


def thousands(value: float) -> str:
    """An amount as it is written into a bar: `12k`, `310k`, `850`."""
    return f"{value / 1000:,.0f}k" if abs(value) >= 10_000 else whole(value)


def budget_chart(
    years: Sequence[int], parts: Mapping[str, Sequence[float]], currency: str, description: str
) -> dict[str, Any]:
    """Cost of each year, one line of bars for each name in `parts`, in millions."""
    names = list(parts)
    values: list[dict[str, Any]] = [
        {
            "year": f"year {year}",
            "what": name,
            "v": short(cost / 1e6),
            "label": f"{cost / 1e6:,.1f}",
        }
        for name in names
        for year, cost in zip(years, parts[name], strict=True)
    ]
    top = max((abs(v["v"]) for v in values), default=1.0)
    x = {
        "field": "v", "type": "quantitative", "title": f"Undiscounted cost, million {currency}",
        "scale": {"domain": [min(0.0, *(v["v"] for v in values)), short(1.15 * top)], "nice": False},
        "axis": {"tickCount": 5, "format": ",~f"},
    }  # fmt: skip
    y = {
        "field": "year", "type": "nominal", "title": None,
        "sort": [f"year {year}" for year in years],
        "axis": {"ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    offset = {"field": "what", "sort": names}
    colour = {
        "field": "what", "type": "nominal",
        "scale": {"domain": names, "range": ["#9ecae1", "#08306b"][: len(names)]},
        "legend": {"columns": 1, "symbolType": "square", "symbolStrokeColor": INK,
                   "symbolStrokeWidth": 0.5},
    }  # fmt: skip
    layers = [
        {"mark": {"type": "bar"},
         "encoding": {"x": x, "y": y, "yOffset": offset, "color": colour}},
        {"mark": {"type": "text", "align": "left", "dx": 4, "color": INK, "fontSize": LABEL_SIZE - 1},
         "encoding": {"x": x, "y": y, "yOffset": offset, "text": {"field": "label"}}},
    ]  # fmt: skip
    return finished(
        {
            "height": {"step": 18 * len(names) + 10, "for": "position"},
            "data": {"values": values},
            "layer": layers,
        },
        description,
    )
