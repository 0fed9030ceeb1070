"""Acceptability, expected loss and the value of perfect information by formulas, with charts.

In one draw the net benefit of strategy s over the reference is k·more_qaly_s - more_cost_s. Strategies
that are equally good in a draw share it. Columns are compared, so that no formula needs an array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.economics.decision.frontier import icers_of
from seedsoil.economics.decision.thresholds import end_of_curves
from seedsoil.economics.evaluation import AS_DRAWN, CORRECTED, ONLY
from seedsoil.economics.sheets.draws import DATA, increments_of, moved_by, noise_stays, weights_of
from seedsoil.economics.sheets.frame import DRAWS_STAY, FIRST, INK, RULE, here, spread

if TYPE_CHECKING:
    from seedsoil.economics.sheets.draws import DrawsSheet
    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet

STEPS = 50
CURVE = {"clean": CORRECTED, "more": AS_DRAWN}
"""What each curve is called, by the stem of the names of its increments; the result is the first."""
_SHADES = ("#1f2a37", "#2b6cb0", "#b7791f", "#7b8794", "#9b2c2c", "#2f855a")
_DASHES = ("solid", "dash", "square_dot", "long_dash", "dash_dot", "long_dash_dot")
_MARKS = ("circle", "diamond", "triangle", "square", "x", "plus")


class _Reckoned(NamedTuple):
    """At one threshold: how often each strategy is best, what each gains there, mean benefit, EVPI."""

    shares: Floats
    gains: Floats
    means: Floats
    evpi: float
    best: int


def _reckon(increments: Floats, k: float) -> _Reckoned:
    draws, width = increments.shape
    others = width // 2
    benefit = np.hstack([np.zeros((draws, 1)), k * increments[:, others:] - increments[:, :others]])
    equal = benefit == benefit.max(axis=1, keepdims=True)
    won = equal / equal.sum(axis=1, keepdims=True)
    average = increments.mean(axis=0)
    means = np.concatenate([[0.0], k * average[others:] - average[:others]])
    gains = (won * benefit).sum(axis=0) / draws
    evpi = max(0.0, float(gains[1:].sum() - means.max()))
    return _Reckoned(won.mean(axis=0), gains, means, evpi, int(means.argmax()))


def at_threshold(facts: Facts, stem: str) -> list[float]:
    """Shares in which each strategy is best, and EVPI, at the first threshold: what the summary shows."""
    e = facts.evaluation
    assert e.psa is not None
    increments = increments_of(e.psa.costs, e.psa.effects)
    weights = None if stem == "more" else weights_of(facts, increments)
    if weights is not None:
        increments = moved_by(increments, weights)
    found = _reckon(increments, e.thresholds[0])
    return [*found.shares.tolist(), found.evpi]


def _benefit(stem: str, s: int, k: str) -> str:
    """The net benefit of strategy `s` over the reference in every draw; 0 of the reference itself."""
    return "0" if s == 0 else f"({k}*{stem}_qaly_{s + 1}-{stem}_cost_{s + 1})"


def _won(stem: str, s: int, n: int, k: str) -> str:
    """Of every draw the part that strategy `s` has: 1 where it is best alone, 1/m among m equals."""
    own = _benefit(stem, s, k)
    others = [_benefit(stem, t, k) for t in range(n) if t != s]
    best = "*".join(f"({own}>={other})" for other in others)
    ties = "+".join(f"({own}={other})" for other in others)
    return f"{best}/(1+{ties})"


def step_of(facts: Facts) -> float:
    """What lies between two thresholds, so that so many STEPS end where the curves of the report do."""
    e = facts.evaluation
    icers = [] if e.decision is None else icers_of(e.decision.frontier)
    return end_of_curves(e.thresholds, icers) / STEPS


def write_curves(book: Book, facts: Facts, draws: DrawsSheet) -> dict[str, list[str]]:
    """The table of curves over thresholds, and their charts; returns headline cells at `threshold`."""
    e = facts.evaluation
    n = facts.strategies
    sheet = book.sheet(
        "Acceptability and EVPI",
        "Acceptability, expected loss and the value of perfect information",
        (
            ""
            if draws.moved is None
            else "Corrected: chance between the women of a draw is taken out of "
            "the spread; this is the result. As drawn stands beside it. "
        )
        + f"Thresholds in {e.currency} of {e.price_year} a QALY; probability best is the share of "
        "draws in which a strategy has the "
        f"highest net benefit; EVPI and expected loss in {e.currency} a woman. The first rows are "
        "at the thresholds, the others at "
        "steps that may be changed.",
        (18,),
        wide=0,
    )
    kinds = [("more", draws.increments, "")]
    if draws.moved is not None:
        # the result first, and what the draws say as they are beside it
        kinds = [(stem, values, f", {CURVE[stem]}")
                 for stem, values in (("clean", draws.moved), ("more", draws.increments))]  # fmt: skip
    each = 4 * n + 2
    titles = ["threshold"]
    for _, _, note in kinds:
        titles += [f"probability best{note}, {name}" for name in e.strategies]
        titles += [f"best on average{note}", f"EVPI{note}"]
        titles += [f"expected loss{note}, {name}" for name in e.strategies]
        titles += [f"gained where best{note}, {name}" for name in e.strategies]
        titles += [f"mean net benefit{note}, {name}" for name in e.strategies]
    sheet.head(
        FIRST, 0, titles, texts=[k for k, title in enumerate(titles) if title.startswith("best on")]
    )
    at = [e.thresholds[0], *e.thresholds]
    step = step_of(facts)
    row = FIRST
    told: dict[str, list[str]] = {}
    for j, k in enumerate(at):
        row += 1
        if j == 0:
            sheet.formula(row, 0, "threshold", k, "money", bold=True)
        else:
            sheet.number(row, 0, k, "money", input=True)
            sheet.number(row, len(titles) + 1, k, "money", pale=True)
            book.inputs.append((sheet.at(row, 0), sheet.at(row, len(titles) + 1)))
        for b, (stem, increments, note) in enumerate(kinds):
            cells = _row(
                sheet, facts, row, 1 + b * each, (stem, draws.mean_increments), (increments, k)
            )
            if j == 0:
                told[stem] = cells
            else:
                _check(book, facts, cells, k, (stem, note))
    row += 2
    sheet.text(row, 0, "step")
    sheet.number(row, 1, step, "money", input=True)
    sheet.number(row, 2, step, "money", pale=True)
    book.inputs.append((sheet.at(row, 1), sheet.at(row, 2)))
    stride = here(row, 1)
    first = row + 1
    for j in range(STEPS + 1):
        row = first + j
        above = here(row - 1, 0, fixed=False)
        sheet.formula(row, 0, f"{above}+{stride}" if j else "0", j * step, "money")
        for b, (stem, increments, _) in enumerate(kinds):
            _row(
                sheet,
                facts,
                row,
                1 + b * each,
                (stem, draws.mean_increments),
                (increments, j * step),
            )
    sheet.tell_stays(DRAWS_STAY, *noise_stays(draws.moved is not None))
    sheet.freeze(FIRST + 1, 1, repeat=(FIRST, FIRST))
    shift = each if len(kinds) > 1 else 0
    _charts(book, facts, sheet, (first, shift))
    return told


def _row(
    sheet: Sheet, facts: Facts, row: int, column: int,
    source: tuple[str, list[str]], found: tuple[Floats, float],
) -> list[str]:  # fmt: skip
    """The curves at one threshold; returns the cells of the shares, then that of EVPI."""
    n = facts.strategies
    stem, averages = source
    reckoned = _reckon(*found)
    k = f"$A{row + 1}"
    draws = f"COUNT({stem}_cost_2)"
    cells = []
    gain = column + 2 * n + 2
    for s in range(n):
        won = _won(stem, s, n, k)
        share = f"SUMPRODUCT({won}*1)/{draws}"
        cells.append(sheet.formula(row, column + s, share, reckoned.shares[s], "share"))
        gained = f"SUMPRODUCT({won}*{_benefit(stem, s, k)})/{draws}" if s else "0"
        sheet.formula(row, gain + s, gained, reckoned.gains[s], "money", pale=True)
        # taking out patient noise moves no mean
        mean = f"{k}*{averages[n - 2 + s]}-{averages[s - 1]}" if s else "0"
        sheet.formula(row, gain + n + s, mean, reckoned.means[s], "money", pale=True)
    means = f"{here(row, gain + n, fixed=False)}:{here(row, gain + 2 * n - 1, fixed=False)}"
    names = f"'Net benefit'!{spread(FIRST + 1, 0, n)}"
    chosen = f"INDEX({names},MATCH(MAX({means}),{means},0))"
    sheet.formula(row, column + n, chosen, facts.evaluation.strategies[reckoned.best], "text")
    gains = f"{here(row, gain, fixed=False)}:{here(row, gain + n - 1, fixed=False)}"
    cells.append(
        sheet.formula(
            row, column + n + 1, f"MAX(0,SUM({gains})-MAX({means}))", reckoned.evpi, "money"
        )
    )
    evpi = here(row, column + n + 1, fixed=False)
    for s in range(n):
        lost = reckoned.evpi + reckoned.means.max() - reckoned.means[s]
        own = here(row, gain + n + s, fixed=False)
        sheet.formula(row, column + n + 2 + s, f"{evpi}+MAX({means})-{own}", lost, "money")
    return cells


def _check(book: Book, facts: Facts, cells: list[str], k: float, curve: tuple[str, str]) -> None:
    stem, note = curve
    decision = facts.evaluation.decision
    if decision is None:
        return
    chosen = decision.corrected if stem == "clean" else decision
    found = chosen.winners_at(k)
    for s, name in enumerate(facts.evaluation.strategies):
        book.check(
            f"probability best at {k:,.0f}{note}, {name}", cells[s], float(found.shares[0, s]), 1e-9
        )
    book.check(f"EVPI at {k:,.0f}{note}", cells[-1], float(found.loss[0]), 1e-6)


def _charts(book: Book, facts: Facts, sheet: Sheet, place: tuple[int, int]) -> None:
    """Acceptability and EVPI as lines over the threshold, on a sheet of their own."""
    e = facts.evaluation
    n = facts.strategies
    first, shift = place
    page = book.sheet(
        "Charts",
        "Charts",
        f"{e.perspective}, {e.reference_case}; {e.currency} of {e.price_year}.",
        (12,),
        rest=8.4,
    )
    page.tell_stays(DRAWS_STAY, *noise_stays(shift > 0))
    title = f"threshold, {e.currency} a QALY"
    of = f", {CURVE['clean']}" if shift else ""
    ceac = _chart(
        book, f"Probability that a strategy is the best choice{of}", title, "share of draws"
    )
    ceac.set_y_axis({**_axis("share of draws"), "min": 0, "max": 1, "num_format": "0%"})
    for s in range(n):
        _line(ceac, sheet, (first, 1 + s), ("Net benefit", FIRST + 1 + s, 0), s)
    page.ws.insert_chart(FIRST + 1, 0, ceac)
    page.text(
        FIRST,
        0,
        "Which strategy is most likely the best choice, by what a QALY is held to be worth.",
    )
    evpi = _chart(book, "Value of perfect information", title, f"EVPI, {e.currency} a woman")
    evpi.set_legend({"position": "bottom"})
    for b, name in enumerate((CURVE["clean"], CURVE["more"]) if shift else (ONLY,)):
        _line(evpi, sheet, (first, b * shift + n + 2), name, b)
    page.text(
        FIRST + 24,
        0,
        "What it would be worth, a woman, to know every drawn number before choosing.",
    )
    page.ws.insert_chart(FIRST + 25, 0, evpi)
    plane = book.book.add_chart({"type": "scatter"})
    _plane(book, facts, plane)
    page.text(
        FIRST,
        12,
        "Draws against the reference: right is more health, up is more cost; the line is the "
        "threshold.",
    )
    page.ws.insert_chart(FIRST + 1, 12, plane)


def _axis(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "name_font": {"size": 10, "bold": False, "color": INK},
        "num_font": {"size": 9, "color": INK},
        "num_format": "#,##0",
        "major_gridlines": {"visible": True, "line": {"color": "#e3e7eb", "width": 0.5}},
        "line": {"color": RULE},
        "label_position": "low",
    }


def _chart(book: Book, title: str, x: str, y: str) -> Any:
    chart = book.book.add_chart({"type": "scatter", "subtype": "straight"})
    chart.set_title({"name": title, "name_font": {"size": 12, "color": INK}})
    chart.set_x_axis(_axis(x) | {"min": 0})
    chart.set_y_axis(_axis(y) | {"min": 0})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 430})
    return chart


def _line(chart: Any, sheet: Sheet, corner: tuple[int, int], name: Any, number: int) -> None:
    row, column = corner
    chart.add_series(
        {
            "name": list(name) if isinstance(name, tuple) else name,
            "categories": [sheet.name, row, 0, row + STEPS, 0],
            "values": [sheet.name, row, column, row + STEPS, column],
            "line": {"color": _SHADES[number % 6], "dash_type": _DASHES[number % 6], "width": 2},
            "marker": {"type": "none"},
        }
    )


def _plane(book: Book, facts: Facts, chart: Any) -> None:
    """The cost-effectiveness plane: a point a draw, and the line of the threshold."""
    e = facts.evaluation
    n = facts.strategies
    psa = e.psa
    assert psa is not None
    sheet = book.sheet(
        "CE plane",
        "The threshold on the cost-effectiveness plane",
        f"The line more cost = threshold × more QALY, in {e.currency} of {e.price_year} and QALYs; "
        "draws below it are worth their cost.",
        (24, 16, 16),
    )
    sheet.head(FIRST, 0, ("end of the line", "more QALY", "more cost"))
    qalys = psa.effects[:, 1:] - psa.effects[:, :1]
    blocks = ",".join(f"more_qaly_{s + 1}" for s in range(1, n))
    for k, (reduce, value) in enumerate(
        (("MIN", min(0.0, qalys.min())), ("MAX", max(0.0, qalys.max())))
    ):
        row = FIRST + 1 + k
        sheet.text(row, 0, "left" if k == 0 else "right")
        sheet.formula(row, 1, f"{reduce}(0,{blocks})", value, "years")
        sheet.formula(row, 2, f"threshold*{here(row, 1)}", value * e.thresholds[0], "money")
    sheet.head(FIRST + 4, 0, ("share of draws", *e.strategies[1:]))
    costs = psa.costs[:, 1:] - psa.costs[:, :1]
    for k, (words, more, better) in enumerate(
        (("more cost, more QALY", ">", ">"), ("less cost, more QALY", "<", ">"),
         ("less cost, fewer QALY", "<", "<"), ("more cost, fewer QALY", ">", "<"))
    ):  # fmt: skip
        sheet.text(FIRST + 5 + k, 0, words)
        for s in range(1, n):
            cost, qaly = f"more_cost_{s + 1}", f"more_qaly_{s + 1}"
            formula = f"SUMPRODUCT(({cost}{more}0)*({qaly}{better}0))/COUNT({cost})"
            c, q = costs[:, s - 1], qalys[:, s - 1]
            held = (c > 0 if more == ">" else c < 0) & (q > 0 if better == ">" else q < 0)
            sheet.formula(FIRST + 5 + k, s, formula, held.mean(), "share")
    sheet.tell_stays(DRAWS_STAY)
    sheet.freeze(FIRST + 1, 1)
    for s in range(1, n):
        x, y = 2 + 2 * n + (n - 1) + s - 1, 2 + 2 * n + s - 1
        shade = _SHADES[s % 6]
        chart.add_series(
            {
                "name": ["Net benefit", FIRST + 1 + s, 0],
                "categories": ["PSA draws", DATA, x, DATA + psa.draws - 1, x],
                "values": ["PSA draws", DATA, y, DATA + psa.draws - 1, y],
                "marker": {"type": _MARKS[s % 6], "size": 4, "border": {"color": shade},
                           "fill": {"color": shade, "transparency": 60}},
            }
        )  # fmt: skip
    chart.add_series(
        {
            "name": "threshold",
            "categories": [sheet.name, FIRST + 1, 1, FIRST + 2, 1],
            "values": [sheet.name, FIRST + 1, 2, FIRST + 2, 2],
            "line": {"color": RULE, "dash_type": "dash", "width": 1.5},
            "marker": {"type": "none"},
        }
    )
    chart.set_title({"name": "Cost-effectiveness plane", "name_font": {"size": 12, "color": INK}})
    chart.set_x_axis(_axis("more QALY than the reference") | {"num_format": "0.00"})
    chart.set_y_axis(_axis(f"more cost than the reference, {e.currency}"))
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 430})
