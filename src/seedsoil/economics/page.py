"""The report of an economic evaluation: what its page says and draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.display.page import Figure, page_html
from seedsoil.display.words import listed, number, of_women, percent, whole
from seedsoil.economics import charts
from seedsoil.economics.decision import page as decided
from seedsoil.economics.decision.words import money, plain, significant
from seedsoil.economics.evaluation import EFFECTS, STATES, TOTAL, with_half
from seedsoil.economics.lay import lay_sentences
from seedsoil.economics.over_draws import increments_over_draws
from seedsoil.results.draws_section import draws_section
from seedsoil.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seedsoil.economics.decision.two_way import TwoWay
    from seedsoil.economics.evaluation import EvaluationData

_MOST_PRICES = 8
_STATE_WORDS = {
    "all": "life with metastatic disease",
    "stable": "of it before progression, no response",
    "response": "of it in confirmed response",
    "progressed": "of it after the first progression",
}


def write_evaluation(
    evaluation: EvaluationData, path: str | Path, maps: Sequence[TwoWay] = ()
) -> Path:
    """Write the evaluation as one self-contained HTML file, whole or not at all; returns its path.

    `maps`: of two numbers at a time.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, evaluation_html(evaluation, maps))


def evaluation_html(evaluation: EvaluationData, maps: Sequence[TwoWay] = ()) -> str:
    """The page that `write_evaluation` writes."""
    made = evaluation.provenance
    return page_html(
        "economics/page.html",
        title=listed(list(evaluation.strategies)),
        evaluation=evaluation,
        version=made["seedsoil"],
        lay=lay_sentences(evaluation),
        sentence=evaluation.sentence,
        facts=_facts(evaluation),
        incremental=evaluation.text_rows(),
        beside=evaluation.beside(),
        costs=_costs(evaluation),
        effects=_effects(evaluation),
        net_benefit=_net_benefit(evaluation),
        groups=_groups(evaluation),
        severity=_severity(evaluation),
        probabilistic=_probabilistic(evaluation),
        draws=draws_section(increments_over_draws(evaluation)),
        tornados=_tornados(evaluation),
        maps=[(one.title, Figure(one.chart(), one.sentence, *one.text_rows())) for one in maps],
        threshold_prices=_threshold_prices(evaluation),
        scenarios=_scenarios(evaluation),
        budgets=[
            (f"Strategy {one.strategy}", Figure(one.chart(), one.sentence, *one.text_rows()))
            for one in evaluation.impacts
        ],
        trials=[
            (name, Figure(found.chart(), found.sentence, *found.text_rows()))
            for name, found in evaluation.trials
        ],
        prices=_prices(evaluation),
        quantities=_quantities(evaluation),
        notes=evaluation.notes,
        made=_made(evaluation),
    )


def _facts(evaluation: EvaluationData) -> list[tuple[str, str]]:
    horizon = float(evaluation.discounting["horizon"])
    facts = [
        ("prices", f"{evaluation.perspective}, {evaluation.currency} of {evaluation.price_year}"),
        ("reference case", evaluation.reference_case),
        ("horizon", "a lifetime" if math.isinf(horizon) else f"{horizon:g} years"),
        ("discount rates", _rates(evaluation)),
        ("women simulated", whole(evaluation.women)),
        ("with metastatic disease found in life", whole(evaluation.found)),
    ]
    if evaluation.psa is not None:
        facts.append(("draws", whole(evaluation.psa.draws)))
    return facts


def _rates(evaluation: EvaluationData) -> str:
    costs, effects = (float(evaluation.discounting[k]) for k in ("costs", "effects"))
    if costs == effects:
        return f"{percent(costs)} a year"
    return f"costs {percent(costs)}, effects {percent(effects)} a year"


def _costs(evaluation: EvaluationData) -> Figure:
    rows = evaluation.rows("costs")
    names = evaluation.strategies
    categories = [*evaluation.categories, TOTAL]
    by = {(r["strategy"], r["category"]): r for r in rows}
    table = []
    for category in categories:
        own = [by[name, category] for name in names]
        if not any(r["mean"] for r in own):
            continue
        more = [
            with_half(r["difference"], r["difference_se"]) if r["difference"] else "0"
            for r in own[1:]
        ]
        table.append([category, *(with_half(r["mean"], r["se"]) for r in own), *more])
    header = [
        evaluation.currency,
        *(f"strategy {name} (± 95 %)" for name in names),
        *(f"{name}: more (± 95 %)" for name in names[1:]),
    ]
    return Figure(charts.costs_chart(evaluation), charts.costs_sentence(evaluation), header, table)


def _effects(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]]:
    by = {(r["strategy"], r["measure"], r["state"]): r for r in evaluation.rows("effects")}
    rows = []
    for measure in EFFECTS:
        words = "life years" if measure == "life_years" else "QALYs"
        for state in ("all", *STATES):
            own = [by[name, measure, state] for name in evaluation.strategies]
            label = f"{words}, {_STATE_WORDS[state]}" if state == "all" else _STATE_WORDS[state]
            cells = [with_half(r["mean"], r["se"], 3) for r in own]
            cells += [
                with_half(r["difference"], r["difference_se"], 3) if r["difference"] else "0"
                for r in own[1:]
            ]
            rows.append([label, *cells])
    names = evaluation.strategies
    header = [
        "discounted, a woman",
        *(f"strategy {name} (± 95 %)" for name in names),
        *(f"{name}: more (± 95 %)" for name in names[1:]),
    ]
    return header, rows


def _net_benefit(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            evaluation.money(r["threshold"]),
            r["strategy"],
            with_half(r["inmb"], r["inmb_se"]) if r["inmb"] else "0",
            "–" if r["inhb"] is None else with_half(r["inhb"], r["inhb_se"], 3),
        ]
        for r in evaluation.rows("net_benefit")
        if r["strategy"] != evaluation.reference
    ]
    against = f"over {evaluation.reference}"
    return [
        "for a QALY",
        "strategy",
        f"net money benefit {against}, {evaluation.currency} (± 95 %)",
        "net health benefit, QALY (± 95 %)",
    ], rows


def _groups(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]] | None:
    if evaluation.by is None:
        return None
    header: list[str] = []
    rows = []
    for group in evaluation.groups:
        header, own = evaluation.incremental_rows(group)
        rows += [[group, *row] for row in own]
    return ["women", *header], rows


def _severity(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            r["group"],
            r["strategy"],
            number(r["expected"], 2),
            with_half(r["remaining"], r["remaining_se"], 2),
            with_half(r["absolute"], r["remaining_se"], 2),
            percent(r["proportional"]),
            f"{r['weight']:g}",
        ]
        for r in evaluation.severity.to_pylist()
    ]
    return [
        "women",
        "treated by strategy",
        "QALYs without the disease",
        "with it (± 95 %)",
        "absolute shortfall (± 95 %)",
        "proportional",
        "weight of a QALY",
    ], rows


def _probabilistic(evaluation: EvaluationData) -> dict[str, Any] | None:
    if evaluation.decision is None or evaluation.psa is None:
        return None
    result, psa = evaluation.decision, evaluation.psa
    figures: list[tuple[str, Figure]] = []
    of = "" if result.corrected is None else ", corrected for chance between women (the result)"
    if not result.same:
        plane = decided.plane_figure(result)
        figures.append(
            (
                "The cost-effectiveness plane",
                Figure(plane, plane["description"], *result.reference_rows()),
            )
        )
    figures += [
        (f"Acceptability{of}", decided.acceptability_figure(result.clean)),
        (f"Expected loss{of}", decided.loss_figure(result.clean)),
        ("What learning everything would be worth (EVPI)", decided.evpi_figure(result)),
    ]
    if result.learns:
        found = result.learning
        figures.append(
            (
                "What learning one number would be worth (EVPPI)",
                Figure(found.chart(), found.sentence, *found.text_rows()),
            )
        )
    noise = [
        [p.strategy, money(p.total), money(p.patient), money(p.parameter), percent(p.share, 0),
         money(p.se), money(p.se_draws), money(p.se_women), p.more]
        for p in result.decomposition()
    ]  # fmt: skip
    return {
        "sentence": result.sentence,
        "incremental": result.text_rows(),
        "thresholds": result.threshold_rows(),
        "figures": figures,
        "women": of_women(psa.simulated),
        "draws": whole(psa.draws),
        "mean_women": whole(float(psa.women.mean())),
        "noise_sentence": result.noise_sentence,
        "noise_header": ["net benefit of", "SD of draws", "of it chance", "parameters",
                         "chance, of variance", "SE of the mean", "with twice the draws",
                         "with twice the women", "more helps of"],
        "noise": noise,
    }  # fmt: skip


def _tornados(evaluation: EvaluationData) -> list[tuple[str, Figure]]:
    figures = []
    units = {
        r["item"]: f" {evaluation.currency} a {r['unit']}" for r in evaluation.prices.to_pylist()
    }
    for name in evaluation.strategies[1:]:
        found = charts.tornado_rows(evaluation, name)
        if not found:
            continue
        rows = [
            [
                r["parameter"],
                f"{significant(r['low'])} to {significant(r['high'])}{units.get(r['parameter'], '')}",
                plain(r["inmb_low"], 0),
                plain(r["inmb_high"], 0),
                _ratio(r["icer_low"]),
                _ratio(r["icer_high"]),
            ]
            for r in found
        ]
        header = ["", "range", "net benefit at its low end", "at its high end", "ICER, low", "high"]
        chart = charts.tornado_chart(evaluation, name)
        figures.append((f"Strategy {name}", Figure(chart, chart["description"], header, rows)))
    return figures


def _ratio(icer: float | None) -> str:
    return "–" if icer is None else plain(icer, 0)


def _threshold_prices(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]]:
    """Of the items on which the strategies differ most, the price at which they are worth the same."""
    wide = {
        r["parameter"]: abs(r["inmb_high"] - r["inmb_low"]) for r in evaluation.one_way.to_pylist()
    }
    found = sorted(evaluation.threshold_prices.to_pylist(), key=lambda r: -wide.get(r["item"], 0.0))
    units = {r["item"]: r["unit"] for r in evaluation.prices.to_pylist()}
    items = list(dict.fromkeys(r["item"] for r in found))[:_MOST_PRICES]
    rows = [
        [
            r["item"],
            r["strategy"],
            evaluation.money(r["threshold"]),
            f"{evaluation.money(r['price'], 2)} a {units[r['item']]}"
            if r["price"] >= 0
            else "none: not even for nothing",
            percent(r["times_current"], 0) if r["price"] >= 0 else "–",
        ]
        for item in items
        for r in found
        if r["item"] == item
    ]
    return ["price of", "strategy", "for a QALY", "is worth the same at", "of the price now"], rows


def _scenarios(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]] | None:
    rows = [
        [
            r["scenario"],
            r["strategy"],
            f"{r['cost']:,.0f}",
            number(r["qaly"], 3),
            with_half(r["cost_difference"], r["cost_difference_se"]),
            with_half(r["qaly_difference"], r["qaly_difference_se"], 3),
            _ratio(r["icer"]),
            with_half(r["inmb"], r["inmb_se"]),
        ]
        for r in evaluation.scenarios.to_pylist()
        if r["strategy"] != evaluation.reference
    ]
    if not rows:
        return None
    at = evaluation.money(evaluation.thresholds[0])
    return [
        "scenario",
        "strategy",
        f"cost, {evaluation.currency}",
        "QALY",
        "more cost (± 95 %)",
        "more QALY (± 95 %)",
        "ICER",
        f"net benefit at {at} (± 95 %)",
    ], rows


def _prices(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]]:
    rows = [
        [r["item"], significant(r["value"]), r["unit"],
         f"{significant(r['low'])} to {significant(r['high'])}", r["distribution"],
         r["sources"] or "–", r["status"]]
        for r in evaluation.prices.to_pylist()
    ]  # fmt: skip
    header = ["price", f"{evaluation.currency} of {evaluation.price_year}", "a", "range", "drawn as",
              "sources", "status"]  # fmt: skip
    return header, rows


def _quantities(evaluation: EvaluationData) -> tuple[list[str], list[list[str]]]:
    rows: dict[str, list[str]] = {}
    used: set[str] = set()
    for r in evaluation.rows("quantities"):
        rows.setdefault(r["item"], [r["item"], r["unit"]]).append(with_half(r["mean"], r["se"], 2))
        if r["mean"]:
            used.add(r["item"])
    names = [f"{name} (± 95 %)" for name in evaluation.strategies]
    return ["undiscounted, a woman", "", *names], [
        row for item, row in rows.items() if item in used
    ]


def _made(evaluation: EvaluationData) -> list[tuple[str, str]]:
    made = evaluation.provenance
    rows = [
        ("seed", str(made["seed"])),
        ("women simulated", whole(made["women"])),
        ("screening", made["screening"]),
        ("adjuvant therapy", made["adjuvant"]),
        ("parameters, hash", made["parameters_hash"]),
        ("prices, hash", made["prices_hash"]),
    ]
    if evaluation.psa is not None:
        rows += [
            ("draws", whole(evaluation.psa.draws)),
            ("parameters of the model drawn", evaluation.psa.drawn),
        ]
    if made.get("changed"):
        from seedsoil.catalog.overrides import changes_words

        rows.append(("numbers changed", changes_words(made["changed"])))
    return rows
