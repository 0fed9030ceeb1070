"""The fully incremental analysis and net benefit by formulas: dominance, the frontier, ICERs, thresholds.

A strategy is dominated where another costs no more and gives no less and is better in one; it is extendedly
dominated where the dearest step down is no dearer than the cheapest step up: the smallest slope to a strategy
of greater effect is no more than the greatest slope from one of less. Only simple functions are used, which
every program for spreadsheets knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.decision.frontier import frontier
from seedsoil.economics.evaluation import DETERMINISTIC, ON, SAME, STRONG, WEAK
from seedsoil.economics.sheets.frame import FIRST, here, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.decision.frontier import Step
    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet

STANDING = {"frontier": ON, "extendedly dominated": WEAK, "dominated": STRONG, "same": SAME}
_TITLES = (
    "order", "strategy", "cost", "QALY", "standing", "place before on the frontier", "against",
    "more cost", "more QALY", "ICER",
)  # fmt: skip
_HELPERS = (
    "number", "strategy", "cost", "QALY", "standing", "order", "the same as another", "dominated",
    "cheapest step up", "dearest step down",
)  # fmt: skip


_ERRORS_OF = {
    "se of NMB": ("nmb_se", "money"),
    "se of INMB": ("inmb_se", "money"),
    "se of INHB": ("inhb_se", "years"),
}
_DELIVERED = {
    "se of cost": ("cost_se", "money"),
    "se of QALY": ("qaly_se", "years"),
    "against": ("against", "text"),
    "se of more cost": ("cost_difference_se", "money"),
    "se of more QALY": ("qaly_difference_se", "years"),
    "more cost, low": ("cost_difference_low", "money"),
    "more cost, high": ("cost_difference_high", "money"),
    "more QALY, low": ("qaly_difference_low", "years"),
    "more QALY, high": ("qaly_difference_high", "years"),
    "ICER, low": ("icer_low", "money"),
    "ICER, high": ("icer_high", "money"),
}
"""Errors and intervals that no formula finds, by title: column of the evaluation's table, and its kind."""


class Source(NamedTuple):
    """Cells of cost and QALY of each strategy, and what Python finds in them."""

    cost_cells: Sequence[str]
    qaly_cells: Sequence[str]
    costs: Floats
    qalys: Floats


class Place(NamedTuple):
    """A place in the fully incremental analysis, as the evaluation gives it."""

    strategy: str
    cost: float
    qaly: float
    standing: str
    icer: float | None
    against: str = ""
    more_cost: float | None = None
    more_qaly: float | None = None


def places(facts: Facts, *, psa: bool) -> list[Place]:
    """The fully incremental analysis of all women in order of cost, or of the means over draws."""
    e = facts.evaluation
    if not psa:
        return [
            Place(r["strategy"], r["cost"], r["qaly"], r["standing"], r["icer"], r["against"] or "",
                  r["cost_difference"], r["qaly_difference"])
            for r in e.rows("incremental", group=e.groups[0], basis=DETERMINISTIC)
        ]  # fmt: skip
    assert e.psa is not None
    steps = frontier(e.psa.costs.mean(axis=0).tolist(), e.psa.effects.mean(axis=0).tolist())
    found = []
    for step in steps:
        other = step.by[0] if step.status == "same" else step.against
        found.append(
            Place(
                e.strategies[step.strategy],
                step.cost,
                step.effect,
                STANDING[step.status],
                step.icer,
                "" if other is None else e.strategies[other],
                step.cost_difference,
                step.effect_difference,
            )
        )
    return found


class Ranked(NamedTuple):
    """Where the sorted table stands: its sheet, and its first row."""

    sheet: Sheet
    first: int


def write_incremental(book: Book, facts: Facts, source: Source, name: str, title: str) -> Ranked:
    """A sheet with the fully incremental analysis of costs and QALYs that stand elsewhere."""
    e = facts.evaluation
    n = facts.strategies
    sheet = book.sheet(
        name,
        title,
        f"Cost of a woman in {e.currency} of {e.price_year} and QALYs, both discounted; ICERs in "
        f"{e.currency} a QALY, of "
        "neighbours on the frontier. Dominated strategies enter no ratio.",
        (10, 26, 15, 12, 21, 12, 22, 15, 13, 16),
        wide=1,
    )
    steps = frontier(source.costs.tolist(), source.qalys.tolist())
    top = FIRST + n + 3
    _ranked(sheet, facts, steps, top)
    _standings(sheet, facts, steps, top, source)
    sheet.freeze(FIRST + 1, 2)
    return Ranked(sheet, FIRST + 1)


def write_errors(sheet: Sheet, facts: Facts, basis: str) -> None:
    """Below the tables, standard errors and intervals at the inputs as delivered, which no formula finds."""
    e = facts.evaluation
    rows = e.rows("incremental", group=e.groups[0], basis=basis)
    if not rows:
        return
    top = FIRST + 2 * facts.strategies + 5
    of = "simulation" if basis == DETERMINISTIC else "the draws"
    sheet.text(
        top - 1, 1,
        f"At the inputs as delivered: Monte-Carlo standard errors (se), and low and high, 95 % of {of}.",
        bold=True,
    )  # fmt: skip
    sheet.head(top, 1, ("strategy", *_DELIVERED), texts=(0, 3))
    for row, found in enumerate(rows, start=top + 1):
        sheet.text(row, 1, found["strategy"])
        for column, (key, kind) in enumerate(_DELIVERED.values(), start=2):
            if kind == "text":
                sheet.text(row, column, found[key] or "")
            else:
                sheet.number(row, column, found[key], kind, pale=True)


def _standings(sheet: Sheet, facts: Facts, steps: list[Step], top: int, source: Source) -> None:
    """Each strategy in the order given: its order by cost, whether it is dominated, and the slopes."""
    n = facts.strategies
    sheet.head(top, 0, _HELPERS, texts=(1, 4, 6, 7))
    first = top + 1
    number, cost, qaly = (spread(first, c, n) for c in (0, 2, 3))
    order = {step.strategy: k for k, step in enumerate(steps, start=1)}
    status = {step.strategy: step.status for step in steps}
    up, down = _slopes(source)
    for block, words in ((0, "slope up to"), (1, "slope down to")):
        titles = [f"{words} {name}" for name in facts.evaluation.strategies]
        sheet.head(top, 10 + block * n, titles, texts=())
    for s in range(n):
        row = first + s
        r = row + 1
        sheet.number(row, 0, s + 1, "whole")
        sheet.text(row, 1, facts.evaluation.strategies[s])
        sheet.formula(row, 2, source.cost_cells[s], source.costs[s], "money")
        sheet.formula(row, 3, source.qaly_cells[s], source.qalys[s], "years")
        mixed = f'IF(I{r}="","{ON}",IF(J{r}="","{ON}",IF(I{r}<=J{r},"{WEAK}","{ON}")))'
        state = f'IF(G{r},"{SAME}",IF(H{r},"{STRONG}",{mixed}))'
        sheet.formula(row, 4, state, STANDING[status[s]], "text")
        equal = f"SUMPRODUCT(({cost}=C{r})*({qaly}=D{r})*({number}<A{r}))"
        place = f"1+SUMPRODUCT(({cost}<C{r})*1)+SUMPRODUCT(({cost}=C{r})*({qaly}>D{r}))+{equal}"
        sheet.formula(row, 5, place, order[s], "whole")
        sheet.formula(row, 6, f"{equal}>0", bool(_equal(source, s)), "text")
        better = f"(({cost}<C{r})+({qaly}>D{r})>0)"
        lost = f"SUMPRODUCT(({cost}<=C{r})*({qaly}>=D{r})*{better})>0"
        sheet.formula(row, 7, lost, bool(_dominated(source, s)), "text")
        for block, (column, reduce, found) in enumerate(((8, "MIN", up), (9, "MAX", down))):
            cells = f"{here(row, 10 + block * n, fixed=False)}:{here(row, 9 + (block + 1) * n, fixed=False)}"
            known = found[s][np.isfinite(found[s])]
            value = (
                "" if known.size == 0 else float(known.min() if reduce == "MIN" else known.max())
            )
            sheet.formula(row, column, f'IF(COUNT({cells})=0,"",{reduce}({cells}))', value, "money")
            sign = ">" if reduce == "MIN" else "<"
            for t in range(n):
                other = first + t + 1
                slope = f'IF(D{other}{sign}D{r},(C{other}-C{r})/(D{other}-D{r}),"")'
                sheet.formula(row, 10 + block * n + t, slope, found[s, t], "money", pale=True)


def _slopes(source: Source) -> tuple[Floats, Floats]:
    """Cost an additional QALY from each strategy to those of greater effect, and of less: NaN elsewhere."""
    cost = source.costs[None, :] - source.costs[:, None]
    qaly = source.qalys[None, :] - source.qalys[:, None]
    slope = np.divide(cost, qaly, out=np.full(cost.shape, np.nan), where=qaly != 0)
    return np.where(qaly > 0, slope, np.nan), np.where(qaly < 0, slope, np.nan)


def _equal(source: Source, s: int) -> bool:
    return any(
        source.costs[t] == source.costs[s] and source.qalys[t] == source.qalys[s] for t in range(s)
    )


def _dominated(source: Source, s: int) -> bool:
    cost, qaly = source.costs, source.qalys
    no_worse = (cost <= cost[s]) & (qaly >= qaly[s])
    return bool((no_worse & ((cost < cost[s]) | (qaly > qaly[s]))).any())


def _ranked(sheet: Sheet, facts: Facts, steps: list[Step], top: int) -> None:
    """The table in order of cost: against whom each strategy stands, and its ICER."""
    n = facts.strategies
    names = facts.evaluation.strategies
    sheet.head(FIRST, 0, _TITLES, texts=(1, 4, 6))
    order = spread(top + 1, 5, n)
    before, against = 0, ""
    for k, step in enumerate(steps):
        row, r = FIRST + 1 + k, FIRST + 2 + k
        name = names[step.strategy]
        standing = STANDING[step.status]
        if k:
            before = k if steps[k - 1].status == "frontier" else before
        if step.status == "same":
            against = names[step.by[0]]
        elif step.against is not None:
            against = names[step.against]
        else:
            against = ""
        sheet.number(row, 0, k + 1, "whole")
        for column, (kind, value) in enumerate(
            (("text", name), ("money", step.cost), ("years", step.effect), ("text", standing)),
            start=1,
        ):
            found = f"INDEX({spread(top + 1, column, n)},MATCH($A{r},{order},0))"
            sheet.formula(row, column, found, value, kind)
        previous = f'IF(E{r - 1}="{ON}",A{r - 1},F{r - 1})' if k else "0"
        sheet.formula(row, 5, previous, before, "whole", pale=True)
        chain = f'IF(E{r - 1}="{SAME}",G{r - 1},B{r - 1})' if k else '""'
        place = spread(FIRST + 1, 1, n)
        on = f'IF(F{r}>0,INDEX({place},F{r}),"")'
        other = f'IF(E{r}="{SAME}",{chain},IF(E{r}="{ON}",{on},""))'
        sheet.formula(row, 6, other, against, "text")
        compared = f'AND(E{r}="{ON}",F{r}>0)'
        for column, letter, value, kind in ((7, "C", step.cost_difference, "money"),
                                            (8, "D", step.effect_difference, "years")):  # fmt: skip
            block = f"{letter}${FIRST + 2}:{letter}${FIRST + 1 + n}"
            formula = f'IF({compared},{letter}{r}-INDEX({block},MAX(F{r},1)),"")'
            sheet.formula(row, column, formula, "" if value is None else value, kind)
        icer = "" if step.icer is None else step.icer
        sheet.formula(row, 9, f'IF({compared},H{r}/I{r},"")', icer, "money")


def check_incremental(book: Book, ranked: Ranked, found: Sequence[Place], label: str = "") -> None:
    """Have the sorted table compared with the places that the evaluation itself gives."""
    for k, place in enumerate(found):
        for column, value, floor in zip(
            (1, 2, 3, 4, 9), place[:5], (0, 1e-6, 1e-9, 0, 1e-6), strict=True
        ):
            cell = ranked.sheet.at(ranked.first + k, column)
            known = "" if value is None else value
            book.check(f"{label}place {k + 1}, {_TITLES[column]}", cell, known, floor)


def write_net_benefit(book: Book, facts: Facts, source: Source) -> list[str]:
    """Net benefit at each threshold against the reference; returns its cells of INMB at `threshold`."""
    e = facts.evaluation
    n = facts.strategies
    sheet = book.sheet(
        "Net benefit",
        "Net benefit",
        f"NMB = threshold × QALY − cost, in {e.currency} of {e.price_year} a woman; INHB = more "
        "QALY − more cost / threshold, in "
        f"QALYs. More is than {e.reference}. The first threshold is that of the sheet Inputs. "
        "Standard errors "
        "(se) are of the simulation, of all women at the inputs as delivered.",
        (34, *(17,) * 8),
    )
    sheet.head(
        FIRST, 0, ("strategy", "cost", "QALY", "more cost", "more QALY", "cost a QALY gained")
    )
    first = FIRST + 1
    for s, name in enumerate(e.strategies):
        row, r = first + s, first + s + 1
        sheet.text(row, 0, name)
        sheet.formula(row, 1, source.cost_cells[s], source.costs[s], "money")
        sheet.formula(row, 2, source.qaly_cells[s], source.qalys[s], "years")
        if s == 0:
            sheet.text(row, 5, "the reference")
            continue
        cost, qaly = source.costs[s] - source.costs[0], source.qalys[s] - source.qalys[0]
        sheet.formula(row, 3, f"B{r}-B${first + 1}", cost, "money")
        sheet.formula(row, 4, f"C{r}-C${first + 1}", qaly, "years")
        words = (
            f'IF(AND(D{r}=0,E{r}=0),"{SAME}",IF(AND(D{r}<=0,E{r}>=0),"dominates the reference",'
            f'IF(AND(D{r}>=0,E{r}<=0),"dominated by the reference",D{r}/E{r})))'
        )
        sheet.formula(row, 5, words, _ratio(cost, qaly), "money")
    top = first + n + 1
    sheet.text(top, 0, "thresholds", head=True)
    shown = (e.thresholds[0], *e.thresholds)
    increments: list[str] = []
    for k, threshold in enumerate(shown):
        at = top + 1 + k * (n + 2)
        cell = sheet.at(at, 1)
        sheet.text(at, 0, f"willingness to pay, {e.currency} a QALY")
        if k == 0:
            sheet.formula(at, 1, "threshold", threshold, "money")
        else:
            sheet.number(at, 1, threshold, "money", input=True)
            sheet.number(at, 2, threshold, "money", pale=True)
            book.inputs.append((cell, sheet.at(at, 2)))
        sheet.head(at, 3, ("NMB", "INMB", "INHB", *_ERRORS_OF), texts=())
        for s, name in enumerate(e.strategies):
            row, base = at + 1 + s, first + s + 1
            sheet.text(row, 0, name)
            t = f"$B${at + 1}"
            nmb = threshold * source.qalys[s] - source.costs[s]
            inmb = threshold * (source.qalys[s] - source.qalys[0]) - (
                source.costs[s] - source.costs[0]
            )
            where = sheet.formula(row, 3, f"{t}*$C${base}-$B${base}", nmb, "money")
            more = f"{t}*($C${base}-$C${first + 1})-($B${base}-$B${first + 1})"
            gain = sheet.formula(row, 4, more, inmb, "money")
            inhb = inmb / threshold if threshold > 0 else "none at 0"
            health = sheet.formula(row, 5, f'IF({t}>0,E{row + 1}/{t},"none at 0")', inhb, "years")
            found = next(
                r for r in e.rows("net_benefit", group=e.groups[0], basis=DETERMINISTIC)
                if r["strategy"] == name and r["threshold"] == threshold
            )  # fmt: skip
            for column, (key, kind) in enumerate(_ERRORS_OF.values(), start=6):
                sheet.number(row, column, found[key], kind, pale=True)
            if k == 0:
                increments.append(gain)
                continue
            book.check(f"NMB at {threshold:,.0f}, {name}", where, found["nmb"], 1e-6)
            book.check(f"INMB at {threshold:,.0f}, {name}", gain, found["inmb"], 1e-6)
            if threshold > 0:
                book.check(f"INHB at {threshold:,.0f}, {name}", health, found["inhb"], 1e-9)
    sheet.freeze(FIRST + 1, 1)
    return increments


def _ratio(cost: float, qaly: float) -> float | str:
    if cost == 0 and qaly == 0:
        return SAME
    if cost <= 0 and qaly >= 0:
        return "dominates the reference"
    if cost >= 0 and qaly <= 0:
        return "dominated by the reference"
    return cost / qaly
