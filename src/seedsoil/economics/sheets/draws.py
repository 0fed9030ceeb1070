"""The draws of the probabilistic analysis: costs and QALYs from what each keeps, and their increments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.evaluation import CORRECTED
from seedsoil.economics.sheets.draw_inputs import write_draw_inputs
from seedsoil.economics.sheets.frame import (
    DRAWS_STAY,
    FIRST,
    OTHER_PRICES,
    OTHER_RATES,
    OTHER_UTILITIES,
    here,
    spread,
)

if TYPE_CHECKING:
    from seedsoil.economics.evaluation import Psa
    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet, Stay

_STATISTICS = ("mean", "SD over draws", "standard error", "2.5 %", "97.5 %")
DATA = FIRST + 2 + len(_STATISTICS) + 1


class DrawsSheet(NamedTuple):
    """Where the draws stand: cells of the mean cost and QALY of each strategy, and of the increments.

    `moved`: the increments with chance between patients taken out, or None; both [draws, 2·(strategies - 1)],
    costs before QALYs.
    """

    sheet: Sheet
    mean_costs: list[str]
    mean_qalys: list[str]
    mean_increments: list[str]
    increments: Floats
    moved: Floats | None


def increments_of(costs: Floats, effects: Floats) -> Floats:
    """Costs, then QALYs, of each strategy but the first, less the first's: [draws, 2·(strategies - 1)]."""
    return np.hstack([costs[:, 1:] - costs[:, :1], effects[:, 1:] - effects[:, :1]])


def write_draws(book: Book, facts: Facts, psa: Psa) -> DrawsSheet:
    """Costs and QALYs of every draw with their statistics, and the increments against the reference."""
    e = facts.evaluation
    n = facts.strategies
    inputs = write_draw_inputs(book, facts, psa)
    sheet = book.sheet(
        "PSA draws",
        "Draws of the probabilistic analysis",
        f"Means of a woman, discounted, in {e.currency} of {e.price_year} and QALYs; each draw has "
        "women of its own. They follow prices, rates and utilities. " + _noise_words(facts),
        (16, 12),
        wide=1,
    )
    increments = increments_of(psa.costs, psa.effects)
    weights = weights_of(facts, increments)
    moved = None if weights is None else moved_by(increments, weights)
    titles = [f"{kind}, {name}" for kind in ("cost", "QALY") for name in e.strategies]
    others = e.strategies[1:]
    titles += [f"more {kind}, {name}" for kind in ("cost", "QALY") for name in others]
    if moved is not None:
        titles += [
            f"more {kind}, {CORRECTED}, {name}" for kind in ("cost", "QALY") for name in others
        ]
    sheet.head(FIRST, 0, ("draw", "women", *titles))
    columns = [*psa.costs.T, *psa.effects.T, *increments.T, *([] if moved is None else moved.T)]
    kinds = (["money"] * n + ["years"] * n) + (["money"] * (n - 1) + ["years"] * (n - 1)) * 2
    for k, words in enumerate(_STATISTICS):
        sheet.text(FIRST + 1 + k, 0, words, bold=True)
    for column, (values, kind) in enumerate(zip(columns, kinds, strict=False), start=2):
        _statistics(sheet, column, values, kind, psa.draws)
    for d in range(psa.draws):
        row = DATA + d
        sheet.number(row, 0, d + 1, "whole")
        sheet.number(row, 1, psa.women[d], "whole")
        for s in range(n):
            sheet.formula(row, 2 + s, inputs.cost(s, d), psa.costs[d, s], "money")
            sheet.formula(row, 2 + n + s, inputs.qaly(s, d), psa.effects[d, s], "years")
        for s in range(1, n):
            for k, kind in enumerate(("money", "years")):
                own, base = here(row, 2 + k * n + s, fixed=False), here(row, 2 + k * n)
                column = 2 + 2 * n + k * (n - 1) + s - 1
                value = increments[d, k * (n - 1) + s - 1]
                sheet.formula(row, column, f"{own}-{base}", value, kind)
    _names(book, sheet, "more", 2 + 2 * n, n, psa.draws)
    if weights is not None:
        _without_noise(book, sheet, facts, increments, weights)
    sheet.tell_stays(DRAWS_STAY, *noise_stays(moved is not None))
    sheet.freeze(DATA, 2, repeat=(FIRST, FIRST))
    means = [sheet.at(FIRST + 1, 2 + k) for k in range(2 * n + 2 * (n - 1))]
    for s, name in enumerate(e.strategies):
        book.check(
            f"probabilistic mean cost, {name}", means[s], float(psa.costs[:, s].mean()), 1e-6
        )
        book.check(
            f"probabilistic mean QALY, {name}", means[n + s], float(psa.effects[:, s].mean())
        )
    return DrawsSheet(sheet, means[:n], means[n : 2 * n], means[2 * n :], increments, moved)


def _noise_words(facts: Facts) -> str:
    if facts.evaluation.decision is None or facts.evaluation.decision.corrected is None:
        return "The spread holds chance between the women of a draw, too."
    return (
        "The last columns have the spread of the parameters alone: chance between the women of a "
        "draw is taken out by the "
        "weights below the table's right end, which are as delivered."
    )


def weights_of(facts: Facts, increments: Floats) -> Floats | None:
    """What takes chance between patients out of the increments, where the evaluation knows it: a matrix.

    The decision gives the corrected draws; the weights are what leads from one to the other. Where a strategy
    is the reference in every draw, or another one, it stays so to the last bit.
    """
    decision = facts.evaluation.decision
    clean = None if decision is None else decision.corrected
    if clean is None:
        return None
    moved = increments_of(clean.draws.costs, clean.draws.effects)
    mean = increments.mean(axis=0)
    scale = increments.std(axis=0)
    scale[scale == 0] = 1.0
    found = np.linalg.lstsq((increments - mean) / scale, moved - mean, rcond=None)[0]
    weights = np.asarray(found / scale[:, None])
    for j, column in enumerate(increments.T):
        if not column.any():
            weights[:, j] = 0.0
        same = next(i for i in range(j + 1) if (increments[:, i] == column).all())
        weights[:, j] = weights[:, same]
    return weights


def noise_stays(corrected: bool) -> list[Stay]:
    """What the correction for chance between women does not follow, where there is one."""
    if not corrected:
        return []
    words = "the share of chance between women is as delivered, so that what is corrected is near."
    return [((OTHER_PRICES, OTHER_RATES, OTHER_UTILITIES), words)]


def moved_by(increments: Floats, weights: Floats) -> Floats:
    """Increments without patient noise: their means, and the weighted distances from them."""
    mean = increments.mean(axis=0)
    return np.asarray(mean + (increments - mean) @ weights)


def _statistics(sheet: Sheet, column: int, values: Floats, kind: str, draws: int) -> None:
    cells = f"{here(DATA, column, fixed=False)}:{here(DATA + draws - 1, column, fixed=False)}"
    spread_of = values.std(ddof=1)
    low, high = np.quantile(values, (0.025, 0.975))
    for k, (formula, value) in enumerate(
        (
            (f"AVERAGE({cells})", values.mean()),
            (f"STDEV({cells})", spread_of),
            (f"STDEV({cells})/SQRT(COUNT({cells}))", spread_of / math.sqrt(draws)),
            (f"PERCENTILE({cells},0.025)", low),
            (f"PERCENTILE({cells},0.975)", high),
        )
    ):
        sheet.formula(FIRST + 1 + k, column, formula, value, kind, bold=True)


def _names(book: Book, sheet: Sheet, stem: str, column: int, n: int, draws: int) -> None:
    """Names of the columns of increments: `more_cost_2` is of the second strategy."""
    for k, kind in enumerate(("cost", "qaly")):
        for s in range(1, n):
            at = column + k * (n - 1) + s - 1
            book.name(f"{stem}_{kind}_{s + 1}", sheet.block(DATA, at, draws))


def _without_noise(
    book: Book, sheet: Sheet, facts: Facts, increments: Floats, weights: Floats
) -> None:
    """Increments = mean + weights · (increments - mean), with the weights that take out patient noise.

    The weights are found by Python, from the covariance between the women of each draw.
    """
    n, width = facts.strategies, increments.shape[1]
    draws = increments.shape[0]
    first = 2 + 2 * n
    moved = moved_by(increments, weights)
    corner = first + 2 * width + 1
    others = facts.evaluation.strategies[1:]
    titles = [f"{kind}, {name}" for kind in ("more cost", "more QALY") for name in others]
    sheet.head(FIRST, corner, ("weights: of", *titles))
    for k in range(width):
        sheet.text(FIRST + 1 + k, corner, f"for {titles[k]}")
        for j in range(width):
            sheet.number(FIRST + 1 + k, corner + 1 + j, weights[j, k], "amount", pale=True)
    means = spread(FIRST + 1, first, 1, width)
    for d in range(draws):
        row = DATA + d
        own = f"${_bare(first)}{row + 1}:${_bare(first + width - 1)}{row + 1}"
        for k in range(width):
            base = here(FIRST + 1, first + k)
            by = spread(FIRST + 1 + k, corner + 1, 1, width)
            kind = "money" if k < n - 1 else "years"
            formula = f"{base}+SUMPRODUCT({own}-{means},{by})"
            sheet.formula(row, first + width + k, formula, moved[d, k], kind)
    _names(book, sheet, "clean", first + width, n, draws)


def _bare(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
