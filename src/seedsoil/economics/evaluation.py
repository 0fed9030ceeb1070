"""What an economic evaluation found: tables of quantities, prices, costs, effects and increments.

A cost is Σ price · quantity over the items that a woman used, from the day her metastatic disease is found
(clock zero) to death or the horizon; its discounted quantity is Σ quantity · D(t), with D of the reference
case. Strategies are simulated on the same women, so that a difference is taken woman by woman and two
identical strategies differ by exactly zero. A research and teaching tool: means of simulated women, never
advice for one person.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women
from seedsoil.economics.decision.words import plain
from seedsoil.errors import InputError, nearest, shown
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.economics.lever import Lever

    Floats = NDArray[np.float64]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "quantities": (
        "strategy", "group", "category", "item", "unit", "mean", "se", "discounted_mean",
        "discounted_se",
    ),
    "prices": (
        "item", "category", "unit", "value", "low", "high", "standard_error", "distribution",
        "currency", "price_year", "sources", "status",
    ),
    "utilities": (
        "parameter", "value", "low", "high", "standard_error", "distribution", "sources", "status",
    ),
    "costs": (
        "strategy", "group", "category", "undiscounted", "mean", "se", "difference",
        "difference_se",
    ),
    "effects": (
        "strategy", "group", "measure", "state", "undiscounted", "mean", "se", "difference",
        "difference_se",
    ),
    "incremental": (
        "group", "strategy", "cost", "cost_se", "qaly", "qaly_se", "standing", "against",
        "cost_difference", "cost_difference_se", "qaly_difference", "qaly_difference_se", "icer",
        "icer_low", "icer_high",
    ),
    "net_benefit": (
        "group", "strategy", "threshold", "nmb", "nmb_se", "inmb", "inmb_se", "inhb", "inhb_se",
    ),
    "yearly": ("strategy", "group", "category", "year", "cost"),
    "severity": (
        "group", "strategy", "expected", "remaining", "absolute", "proportional", "weight",
    ),
    "one_way": (
        "strategy", "parameter", "kind", "low", "high", "inmb_low", "inmb_high", "icer_low",
        "icer_high",
    ),
    "threshold_prices": ("strategy", "item", "threshold", "price", "times_current"),
    "scenarios": (
        "scenario", "strategy", "cost", "qaly", "cost_difference", "cost_difference_se",
        "qaly_difference", "qaly_difference_se", "icer", "inmb", "inmb_se",
    ),
}  # fmt: skip
"""Of each table of an evaluation, its columns.

Money is in the currency and price year of the evaluation; times are years; means are of a woman whose
metastatic disease was found in life. `mean` is discounted, except in `quantities`, where `mean` is not and
`discounted_mean` is. Every `se` is the Monte-Carlo standard error; differences are from the reference and
their errors those of the differences woman by woman. The category `total` of `costs` is the sum. `yearly`
holds undiscounted costs in each year from the finding of metastatic disease. `state`
of `effects` is `all`, or one of STATES, which add up to it; over a state's life years its qaly is the mean
utility in it.
"""
STATES = ("stable", "response", "progressed")
"""Parts of life with metastatic disease: no progression yet and no response, a line in confirmed response,
and after the first progression outside a response."""
TOTAL = "total"
EFFECTS = ("life_years", "qaly")
ON, WEAK, STRONG, SAME = "on the frontier", "extendedly dominated", "dominated", "no difference"
STANDINGS = (ON, WEAK, STRONG, SAME)
"""What a strategy is in the fully incremental analysis: `no difference` from one before it."""
DRAWN = ("posterior", "fit", "priors", "fixed")
"""How the numbers of the model are drawn: see `parameter_draws`."""


@dataclass(frozen=True)
class Psa:
    """Draws of a probabilistic analysis: one set of numbers a draw, each on its own block of women.

    `costs`, `effects` (QALY) and `life_years`: float64 [draws, strategies], means of a woman, discounted;
    `by_category`: float64 [draws, strategies, categories]; `quantities`: float64 [draws, strategies, items],
    discounted; `prices`: float64 [draws, items]. `parameters`: what was drawn beside prices, and the prices
    that vary, by name: float64 [draws]. `women`: int64 [draws], those in the means. `noise`: float64
    [draws, 2·strategies, 2·strategies], the covariance among a draw's women of their costs under every
    strategy and then their QALYs under every strategy. `drawn`: how the model's parameters
    were taken, one of DRAWN.
    """

    costs: Floats
    effects: Floats
    life_years: Floats
    by_category: Floats
    quantities: Floats
    prices: Floats
    parameters: Mapping[str, Floats]
    women: NDArray[np.int64]
    noise: Floats
    drawn: str
    simulated: int
    seconds: float = math.nan

    @property
    def draws(self) -> int:
        """How many sets of numbers were drawn."""
        return int(self.costs.shape[0])


@dataclass(frozen=True)
class EvaluationData(Shown):
    """Costs, quality-adjusted years and decisions of strategies on the same women.

    `strategies`: names; the first is the `reference` of the differences. `women`: simulated from the first
    malignant cell; `found`: of them, those with metastatic disease found in life, whom all means are of.
    `groups`: names, "all women" first; `by`: what they are divided by. `thresholds`: of willingness to pay
    for a QALY, in `currency`; the first is that of the one-way analysis. Tables have the columns of COLUMNS.
    `psa` and `decision` (value of information and the curves of the probabilistic analysis) are None
    where nothing was drawn. `provenance`: seed, women, draws, versions and hashes.
    `levers`: the numbers of the one-way analysis.
    """

    strategies: tuple[str, ...]
    perspective: str
    reference_case: str
    currency: str
    price_year: int
    women: int
    found: int
    groups: tuple[str, ...]
    by: str | None
    categories: tuple[str, ...]
    items: tuple[str, ...]
    thresholds: tuple[float, ...]
    discounting: Mapping[str, float | str]
    quantities: pa.Table
    prices: pa.Table
    utilities: pa.Table
    costs: pa.Table
    effects: pa.Table
    incremental: pa.Table
    net_benefit: pa.Table
    yearly: pa.Table
    severity: pa.Table
    one_way: pa.Table
    threshold_prices: pa.Table
    scenarios: pa.Table
    provenance: Mapping[str, Any]
    psa: Psa | None = None
    decision: Any = None
    notes: tuple[str, ...] = ()
    levers: tuple[Lever, ...] = ()

    title = "Economic evaluation"

    @property
    def reference(self) -> str:
        """The strategy that the others are compared with."""
        return self.strategies[0]

    def tables(self) -> dict[str, pa.Table]:
        """Every table that has rows, by name."""
        return {name: t for name in COLUMNS if (t := getattr(self, name)).num_rows}

    def table(self) -> pa.Table:
        """The fully incremental analysis: one row a group and strategy, cheapest first.

        `standing` is one of STANDINGS; a strategy on the frontier is compared with the one `against`, the
        next cheaper on it; `icer` in currency a QALY with its 95 % Monte-Carlo interval, null where there is
        none.
        """
        return self.incremental

    def row(self, table: str, **where: str) -> dict[str, Any]:
        """The one row of a table with these values: `row("costs", strategy="2022", category="total")`.

        `group` is all women where it is a column and not named. Raises InputError with the names there are.
        """
        tables = {name: getattr(self, name) for name in COLUMNS}
        if table not in tables:
            hint = nearest(table, COLUMNS)
            raise InputError(f"table {shown(table)}: one of {', '.join(COLUMNS)}. {hint}".rstrip())
        rows = tables[table].to_pylist()
        if "group" in COLUMNS[table]:
            where = {"group": ALL_WOMEN, **where}
        for key, value in where.items():
            known = list(dict.fromkeys(str(r.get(key)) for r in rows))
            rows = [r for r in rows if str(r.get(key)) == value]
            if not rows:
                hint = nearest(value, known)
                raise InputError(
                    f"{table}: no {key} {shown(value)}; there are {', '.join(known)}. {hint}".rstrip()
                )
        if len(rows) > 1:
            raise InputError(f"{table}: {len(rows)} rows have {shown(where)}; name more columns")
        return dict(rows[0])

    def money(self, value: float, digits: int = 0) -> str:
        """An amount in words: `GBP 20,300`; a minus sign stays before the number."""
        return money_words(value, self.currency, digits)

    @property
    def sentence(self) -> str:
        """Costs and QALYs of each strategy against the reference, with their errors, in words."""
        told = []
        for name in self.strategies[1:]:
            cost = self.row("costs", strategy=name, category=TOTAL)
            qaly = self.row("effects", strategy=name, measure="qaly", state="all")
            if cost["difference"] == 0 and qaly["difference"] == 0:
                told.append(f"strategy {name} makes no difference")
                continue
            told.append(
                f"strategy {name} costs {_change(cost, self.money)} and gives "
                f"{_change(qaly, lambda v: plain(v, 3), ' QALYs')}"
            )
        return (
            f"Compared with strategy {self.reference}, on average over {of_women(self.found, 'simulated')} "
            f"with metastatic disease, {self.perspective}, {self.reference_case}: {listed(told)}. "
            f"Intervals are 95 %, of simulation alone."
        )

    def text_rows(self) -> TextRows:
        """The incremental analysis of all women as the terminal and the page show it."""
        header = [
            "strategy",
            f"cost, {self.currency}",
            "QALY",
            "more cost",
            "more QALY",
            "ICER",
            "",
        ]
        rows = self.incremental.to_pylist()
        told = zip(rows, self.group_rows(), strict=True)
        return header, [row for r, row in told if r["group"] == ALL_WOMEN]

    def group_rows(self) -> list[list[str]]:
        """The incremental analysis as text, a row for each of its rows, whatever the group."""
        return [
            [
                r["strategy"],
                f"{r['cost']:,.0f} ± {r['cost_se']:,.0f}",
                f"{r['qaly']:.3f} ± {r['qaly_se']:.3f}",
                _cell(r["cost_difference"], 0),
                _cell(r["qaly_difference"], 3),
                icer_words(r["icer"], r["icer_low"], r["icer_high"]),
                r["standing"] + (f", against {r['against']}" if r["against"] else ""),
            ]
            for r in self.incremental.to_pylist()
        ]

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows(), left=(0, 6))}\n{self.sentence}"


def money_words(value: float, currency: str, digits: int = 0) -> str:
    """An amount in words: `GBP 20,300`, `−GBP 1,200`; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    return f"{'−' if value < 0 else ''}{currency} {abs(value):,.{digits}f}"


def icer_words(icer: float | None, low: float | None, high: float | None) -> str:
    """A cost a QALY with its interval: `20,300 (18,000 to 23,500)`; a dash where there is none."""
    if icer is None or not math.isfinite(icer):
        return "–"
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return f"{icer:,.0f} (interval without end)"
    return f"{icer:,.0f} ({low:,.0f} to {high:,.0f})"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _change(row: Mapping[str, Any], words: Callable[[float], str], of: str = "") -> str:
    """`GBP 239,901 more (GBP 216,490 to GBP 263,313)`: a difference and its 95 % interval."""
    value, half = row["difference"], Z95 * (row["difference_se"] or math.nan)
    sign = 1.0 if value >= 0 else -1.0
    told = f"{words(abs(value))} {'more' if value >= 0 else 'less'}{of}"
    if not math.isfinite(half):
        return told
    ends = sorted((sign * (value - half), sign * (value + half)))
    return f"{told} ({words(ends[0])} to {words(ends[1])})"
