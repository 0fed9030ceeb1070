"""Budget impact: what a payer bears in each year as women take a strategy, from shares that may be changed.

cost(t) = Σ_j women_j · Σ_s share_js · c_s(t - j): women found in year j are in year t - j of their disease in
year t. Where none was asked for, 1,000 women are found a year and all take the second strategy: a scale, no
forecast. With draws the budget of each draw follows, and its interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.economics.budget_impact import Plan
from seedsoil.economics.evaluation import TOTAL
from seedsoil.economics.sheets.frame import (
    FIRST,
    OTHER_GROUP,
    OTHER_PRICES,
    here,
    in_its_column,
    spread,
)
from seedsoil.results.draws import kept_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.evaluation import GroupDraws
    from seedsoil.economics.sheets.facts import Facts, Floats
    from seedsoil.economics.sheets.frame import Book, Sheet

WOMEN = 1_000
_NEW = 1
"""The strategy that women take as delivered."""
_DRAWS = "Budget draws"
_SHARES = "shares_that_cannot_be"
"""The name of the number of years and cells whose shares are not allowed."""
_ALL_SHARES = "1.000001"
"""All women of a year, but for rounding."""
_STAYS = "costs by year of disease are of all women, at the prices as delivered. Evaluate again."


def plan_of(facts: Facts, years: int) -> Plan:
    """The plan that was asked for, or the scale."""
    asked = facts.evaluation.impacts
    found: Plan = asked[0].plan if asked else Plan.of(WOMEN, [1.0] * years)
    return found


def write_budget(book: Book, facts: Facts) -> None:
    """The sheet of the first years, undiscounted: costs by year of disease, women and shares, the budget."""
    e = facts.evaluation
    totals = _yearly(facts)
    if not totals.size:
        return
    plan = plan_of(facts, totals.shape[1])
    totals = totals[:, : plan.years]
    n, count = totals.shape
    told = "as asked for" if e.impacts else "a scale, not a forecast: put those of your country in"
    sheet = book.sheet(
        "Budget impact",
        "Budget impact",
        f"Undiscounted, {e.currency} of {e.price_year}, all women, at the numbers in use. A woman costs "
        "what a "
        "woman costs in that year of her disease; these costs are as delivered and do not follow the price "
        f"sheet. Women and shares are {told}.",
        (46, *(16,) * count),
    )
    years = [f"year {t + 1}" for t in range(count)]
    sheet.head(FIRST, 0, ("cost of a woman in a year of her disease", *years))
    _strategies(sheet, facts, FIRST + 1)
    for s in range(n):
        for t in range(count):
            sheet.number(FIRST + 1 + s, 1 + t, totals[s, t], "money")
    top = FIRST + n + 2
    sheet.head(top, 0, ("newly found in the year, and shares by strategy", *years))
    sheet.text(top + 1, 0, "women")
    _strategies(sheet, facts, top + 2)
    for t in range(count):
        share = float(plan.uptake[t])
        sheet.number(top + 1, 1 + t, plan.women[t], "whole", input=True)
        others = f"{here(top + 3, 1 + t, fixed=False)}:{here(top + 1 + n, 1 + t, fixed=False)}"
        sheet.formula(top + 2, 1 + t, f"1-SUM({others})", 1.0 - share, "share")
        for s in range(1, n):
            value = share if s == _NEW else 0.0
            sheet.number(top + 2 + s, 1 + t, value, "share", input=True)
    last = top + 1 + n
    _as_delivered(book, sheet, top, (n, count), plan)
    _shares_together(book, sheet, top, (n, count), plan)
    own, column = here(top + 3, 1, fixed=False), f"B${top + 4}:B${last + 1}"
    sheet.ws.data_validation(
        top + 3, 1, last, count,
        {"validate": "custom", "value": f"=AND({own}>=0,{own}<=1,SUM({column})<={_ALL_SHARES})",
         "error_title": "Out of range",
         "error_message": "Allowed: a share from 0 to 100 %; those of a year add up to 100 % at most."},
    )  # fmt: skip
    _budget(sheet, totals, top, years, plan, e.strategies)
    _check_budget(book, facts, sheet, top)
    sheet.tell_stays(((OTHER_GROUP, OTHER_PRICES), _STAYS))
    sheet.freeze(FIRST + 1, 1)
    if e.psa is not None:
        _over_draws(book, facts, sheet, top, plan)


def _as_delivered(book: Book, sheet: Sheet, top: int, size: tuple[int, int], plan: Plan) -> None:
    """At the right, women and shares as delivered, so that Check knows when they are not."""
    n, count = size
    at = count + 2
    sheet.head(top, at, [f"as delivered, year {t + 1}" for t in range(count)], texts=())
    for t in range(count):
        sheet.number(top + 1, at + t, plan.women[t], "whole", pale=True)
        for s in range(1, n):
            value = float(plan.uptake[t]) if s == _NEW else 0.0
            sheet.number(top + 2 + s, at + t, value, "share", pale=True)
    for row, rows in ((top + 1, 1), (top + 3, n - 1)):
        book.inputs.append((sheet.block(row, 1, rows, count), sheet.block(row, at, rows, count)))


def _shares_together(book: Book, sheet: Sheet, top: int, size: tuple[int, int], plan: Plan) -> None:
    """What all strategies but the reference have of the women of each year: at most all of them."""
    n, count = size
    row = top + 2 + n
    sheet.text(row, 0, "all but the reference together (at most 100 %)")
    for t in range(count):
        shares = f"{here(top + 3, 1 + t, fixed=False)}:{here(top + 1 + n, 1 + t, fixed=False)}"
        sheet.formula(row, 1 + t, f"SUM({shares})", float(plan.uptake[t]), "share", bold=True)
    together, each = sheet.block(row, 1, 1, count), sheet.block(top + 3, 1, n - 1, count)
    wrong = f"SUMPRODUCT(({together}>{_ALL_SHARES})*1)+SUMPRODUCT(({each}<0)*1)"
    book.change(
        _SHARES, "shares of the budget impact: a year's above 100 % together, or one below 0", wrong,
        "NOT ALLOWED: the budget is of shares that cannot be",
    )  # fmt: skip
    warning = f'IF({_SHARES}>0,"Shares of a year add up to more than 100 %, or one is below 0","")'
    sheet.formula(row + 1, 0, warning, "", "text")


def _check_budget(book: Book, facts: Facts, sheet: Sheet, top: int) -> None:
    """Have the budget compared with that of the evaluation, where one at the numbers in use was asked for."""
    n = facts.strategies
    for impact in facts.evaluation.impacts[:1]:
        for t, one in enumerate(() if impact.draws else impact.yearly):
            cell = sheet.at(top + n + 8, 1 + t)
            book.check(f"budget impact, year {t + 1}, {impact.strategy}", cell, one.value, 1e-3)


def _strategies(sheet: Sheet, facts: Facts, row: int) -> None:
    for s, name in enumerate(facts.evaluation.strategies):
        sheet.text(row + s, 0, name)


def _budget(
    sheet: Sheet, totals: Floats, top: int, years: list[str], plan: Plan, names: Sequence[str]
) -> None:
    n, count = totals.shape
    low = top + n + 5
    sheet.head(low, 0, ("budget of the payer", *years))
    sheet.text(low + 1, 0, "all on the reference")
    sheet.text(low + 2, 0, "with the shares above")
    sheet.text(low + 3, 0, "budget impact", bold=True)
    without = plan.weights(plan.women)[:, :count] @ totals[0]
    more = plan.taking[:-1, :count] @ (totals[_NEW] - totals[0])
    for t in range(count):
        women = [here(top + 1, 1 + j) for j in range(t + 1)]
        plain = [f"{women[j]}*{here(FIRST + 1, 1 + t - j)}" for j in range(t + 1)]
        mixed = [
            f"{women[j]}*SUMPRODUCT({spread(top + 2, 1 + j, n)},{spread(FIRST + 1, 1 + t - j, n)})"
            for j in range(t + 1)
        ]
        before, after = float(without[t]), float(without[t] + more[t])
        one = sheet.formula(low + 1, 1 + t, "+".join(plain), before, "whole")
        two = sheet.formula(low + 2, 1 + t, "+".join(mixed), after, "whole")
        sheet.formula(low + 3, 1 + t, f"{two}-{one}", float(more[t]), "whole", bold=True)
        for s in range(1, n):
            own = [
                f"{women[j]}*{here(top + 2 + s, 1 + j)}*"
                f"({here(FIRST + 1 + s, 1 + t - j)}-{here(FIRST + 1, 1 + t - j)})"
                for j in range(t + 1)
            ]
            value = float(more[t]) if s == _NEW else 0.0
            sheet.formula(low + 3 + s, 1 + t, "+".join(own), value, "whole")
    for s in range(1, n):
        sheet.text(low + 3 + s, 0, f"of it, {names[s]}")


def _over_draws(book: Book, facts: Facts, budget: Sheet, top: int, plan: Plan) -> None:
    """What each draw's women cost more in each year of their disease, and the budget of each draw."""
    e = facts.evaluation
    assert e.psa is not None
    group = e.psa.groups.get(e.groups[0])
    if group is None:
        return
    n, count = facts.strategies, plan.years
    wide = (n - 1) * count
    sheet = book.sheet(
        _DRAWS,
        "Budget impact over draws",
        f"Undiscounted, {e.currency} of {e.price_year}, all women. Left: what a woman costs more than under "
        f"{e.reference} in a year of her disease, by draw, at the prices drawn; written by the "
        "simulation. Right: "
        "the budget impact of each draw, with the women and shares of the sheet Budget impact. The "
        "interval without "
        "chance between the women of a draw follows women and shares, too, by the covariance "
        "at the far right.",
        (46,),
        wide=0,
    )
    taking = plan.taking[:, :count]
    titles = [f"{name}, year {t + 1}" for name in e.strategies[1:] for t in range(count)]
    years = [*(f"impact, year {t + 1}" for t in range(count)), "impact, all years"]
    sheet.head(FIRST, 0, ("women who are in that year of their disease", *titles, *years))
    for t in range(count):
        sheet.text(FIRST + 1 + t, 0, f"in year {t + 1}, on the strategy")
    sheet.text(FIRST + 1 + count, 0, "in all years")
    for s in range(1, n):
        for k in range(count):
            column = 1 + (s - 1) * count + k
            women = taking[:, k] * float(s == _NEW)
            cells = []
            for t in range(count):
                formula, j = "0", t - k
                if j >= 0:
                    formula = f"{budget.at(top + 1, 1 + j)}*{budget.at(top + 2 + s, 1 + j)}"
                sheet.formula(FIRST + 1 + t, column, formula, float(women[t]), "whole")
                cells.append(here(FIRST + 1 + t, column, fixed=False))
            total = f"SUM({cells[0]}:{cells[-1]})"
            sheet.formula(FIRST + 1 + count, column, total, float(women[count]), "whole")
    data = FIRST + 4 + count + len(_STATISTICS)
    _draws_of(sheet, group, taking, data)
    _statistics(sheet, group, taking, data - len(_STATISTICS) - 1, data)
    sheet.tell_stays(((OTHER_GROUP, OTHER_PRICES), _STAYS))
    sheet.freeze(data, 1, repeat=(FIRST, FIRST))
    for impact in e.impacts[:1]:
        for t, one in enumerate((*impact.yearly, impact.total) if impact.draws else ()):
            words = f"year {t + 1}" if t < count else "all years"
            for k, value in ((0, one.value), (1, one.se), (5, one.low), (6, one.high)):
                cell = sheet.at(data - len(_STATISTICS) - 1 + k, 1 + wide + t)
                book.check(f"budget over draws, {words}, {_STATISTICS[k]}", cell, value, 1e-3)


_STATISTICS = (
    "mean", "Monte-Carlo standard error", "SD over draws", "2.5 %", "97.5 %", "2.5 %, without chance "
    "between women",
    "97.5 %, without chance between women",
)  # fmt: skip


def _draws_of(sheet: Sheet, group: GroupDraws, taking: Floats, data: int) -> None:
    """What a woman costs more in each draw, and the budget; `taking` as of `Plan`, of its own years."""
    n, count = group.yearly.shape[1], taking.shape[1]
    wide = (n - 1) * count
    for d, yearly in enumerate(group.yearly):
        sheet.text(data + d, 0, f"draw {d + 1}")
        for s in range(1, n):
            for k in range(count):
                sheet.number(data + d, 1 + (s - 1) * count + k, yearly[s, k], "money")
        own = f"{in_its_column(data + d, 1)}:{in_its_column(data + d, wide)}"
        for t in range(count + 1):
            women = f"{here(FIRST + 1 + t, 1)}:{here(FIRST + 1 + t, wide)}"
            value = float(taking[t] @ yearly[_NEW, :count])
            sheet.formula(data + d, 1 + wide + t, f"SUMPRODUCT({own},{women})", value, "whole")


def _statistics(sheet: Sheet, group: GroupDraws, taking: Floats, first: int, data: int) -> None:
    """Mean, error and interval of the budget over draws, also without chance between the women of a draw."""
    n, count, draws = group.yearly.shape[1], taking.shape[1], len(group.yearly)
    among = _chance(sheet, group, count, first)
    wide = (n - 1) * count
    corner = 1 + wide + count + 1 + 1
    matrix = spread(first, corner + 1, wide, wide)
    for k, words in enumerate(_STATISTICS):
        sheet.text(first + k, 0, words, bold=True)
    sheet.text(
        first + len(_STATISTICS),
        0,
        "by which distances from the mean are shrunk for that",
        pale=True,
    )
    for t, weights in enumerate(taking):
        column = 1 + (n - 1) * count + t
        values = group.yearly[:, _NEW, :count] @ weights
        total = float(values.var(ddof=1))
        kept = kept_spread(total, float(weights @ among @ weights))
        women = f"{here(FIRST + 1 + t, 1)}:{here(FIRST + 1 + t, wide)}"
        chance = f"SUMPRODUCT(MMULT({women},{matrix}),{women})"
        low, high = np.quantile(values, (0.025, 0.975)).tolist()
        mean = float(values.mean())
        share = here(first + len(_STATISTICS), column)
        cells = f"{here(data, column, fixed=False)}:{here(data + draws - 1, column, fixed=False)}"
        own = [here(first + k, column, fixed=False) for k in range(len(_STATISTICS))]
        spread_of = f"{own[2]}^2"
        formula = f"IF({own[2]}=0,0,SQRT(MAX({spread_of}-{chance},0)/({spread_of})))"
        sheet.formula(first + len(_STATISTICS), column, formula, kept, "amount", pale=True)
        formulas = (
            (f"AVERAGE({cells})", mean),
            (f"STDEV({cells})/SQRT(COUNT({cells}))", math.sqrt(total / draws)),
            (f"STDEV({cells})", math.sqrt(total)),
            (f"PERCENTILE({cells},0.025)", low),
            (f"PERCENTILE({cells},0.975)", high),
            (f"{own[0]}+{share}*({own[3]}-{own[0]})", mean + kept * (low - mean)),
            (f"{own[0]}+{share}*({own[4]}-{own[0]})", mean + kept * (high - mean)),
        )
        for k, (formula, value) in enumerate(formulas):
            sheet.formula(first + k, column, formula, value, "whole", bold=True)


def _chance(sheet: Sheet, group: GroupDraws, count: int, first: int) -> Floats:
    """Write the covariance that chance between the women of a draw adds, of strategies and years.

    Returns that of the strategy that takes the uptake as delivered: [years, years].
    """
    n = group.yearly.shape[1]
    wide = (n - 1) * count
    whole = group.yearly_noise[:, 1:, :count, 1:, :count].mean(axis=0).reshape(wide, wide)
    whole = whole * float((1 / group.women).mean())
    corner = 1 + wide + count + 1 + 1
    sheet.text(first - 1, corner, "covariance by chance between women", head=True)
    for k, row in enumerate(whole):
        sheet.text(first + k, corner, f"of column {k + 1} at the left", pale=True)
        for j, value in enumerate(row):
            sheet.number(first + k, corner + 1 + j, value, "amount", pale=True)
    own = (_NEW - 1) * count
    return np.asarray(whole[own : own + count, own : own + count])


def _yearly(facts: Facts) -> Floats:
    """Undiscounted cost of a woman by strategy and year of her disease, all women: [strategies, years]."""
    e = facts.evaluation
    rows = [r for r in e.yearly.to_pylist() if r["group"] == e.groups[0] and r["category"] == TOTAL]
    years = sorted({r["year"] for r in rows})
    totals = np.zeros((facts.strategies, len(years)))
    for r in rows:
        totals[e.strategies.index(r["strategy"]), years.index(r["year"])] = r["cost"]
    return totals
