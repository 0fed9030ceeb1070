"""What an economic evaluation found: tables of quantities, prices, costs, effects and increments.

A cost is Σ price · quantity over the items that a woman used, from the day her metastatic disease is found
(clock zero) to death or the horizon; its discounted quantity is Σ quantity · D(t), with D of the reference
case. Strategies are simulated on the same women, so that a difference is taken woman by woman and two
identical strategies differ by exactly zero. A research and teaching tool: means of simulated women, never
advice for one person.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women
from seedsoil.economics.decision.words import interval_words, plain
from seedsoil.errors import InputError, nearest, shown
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog.reference_cases import ReferenceCaseEntry
    from seedsoil.economics.lever import Lever
    from seedsoil.economics.rates import AtRates
    from seedsoil.economics.women import Women

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
        "basis", "strategy", "group", "category", "undiscounted", "mean", "se", "difference",
        "difference_se",
    ),
    "effects": (
        "basis", "strategy", "group", "measure", "state", "undiscounted", "mean", "se", "difference",
        "difference_se",
    ),
    "incremental": (
        "basis", "group", "strategy", "cost", "cost_se", "qaly", "qaly_se", "standing", "against",
        "cost_difference", "cost_difference_se", "cost_difference_low", "cost_difference_high",
        "qaly_difference", "qaly_difference_se", "qaly_difference_low", "qaly_difference_high",
        "icer", "icer_low", "icer_high",
    ),
    "net_benefit": (
        "basis", "group", "strategy", "threshold", "nmb", "nmb_se", "inmb", "inmb_se", "inhb", "inhb_se",
    ),
    "acceptability": (
        "curve", "group", "threshold", "strategy", "probability_best", "probability_best_se",
        "expected_loss", "expected_loss_se", "evpi", "evpi_se",
    ),
    "yearly": ("strategy", "group", "category", "year", "cost"),
    "severity": (
        "group", "strategy", "expected", "remaining", "remaining_se", "absolute", "proportional",
        "weight",
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
    "budgets": (
        "basis", "strategy", "group", "year", "women", "uptake", "without", "with_strategy", "impact",
        "impact_se", "impact_low", "impact_high",
    ),
    "studies": (
        "trial", "threshold", "women", "evsi", "evsi_se", "patients", "enbs", "enbs_se",
    ),
}  # fmt: skip
"""Of each table of an evaluation, its columns.

Money is in the currency and price year of the evaluation; times are years; means are of a woman whose
metastatic disease was found in life. `mean` is discounted, except in `quantities`, where `mean` is not and
`discounted_mean` is. `basis` is one of BASES: `deterministic` of the numbers in use, `probabilistic` the mean
over draws, whose `undiscounted` is null. Every `se` is the Monte-Carlo standard error; differences are from
the reference and their errors those of the differences woman by woman, or draw by draw. What lies from low to
high is 95 %: of simulation in what is deterministic, of draws in what is probabilistic. The category `total`
of `costs` is the sum. `yearly` holds undiscounted costs in each year from the finding of metastatic disease.
`acceptability` has the share of draws in which a strategy is best, one of CURVES: first as corrected for
chance between the women of a draw, which is the result, then as drawn.
`state` of `effects` is `all`, or one of STATES, which add up to it; over a state's life years its qaly is the
mean utility in it. `budgets` has the undiscounted cost of each year without and with the uptake of a
strategy, and of all years in a row whose `year` is null; `studies` what a proposed trial would be worth: both
only where asked for.
"""
STATES = ("stable", "response", "progressed")
"""Parts of life with metastatic disease: no progression yet and no response, a line in confirmed response,
and after the first progression outside a response."""
PARTS = (*STATES, "response after progression")
"""Parts of life that differ in utility but for toxicity and symptoms: the state `response` is two of them."""
PROBABILISTIC, DETERMINISTIC = "probabilistic", "deterministic"
BASES = (PROBABILISTIC, DETERMINISTIC)
"""Of what a row is: the mean over draws, or the numbers in use."""
CORRECTED, AS_DRAWN = "corrected (the result)", "as drawn, not corrected"
ONLY = "as drawn (the result)"
CURVES = (CORRECTED, AS_DRAWN, ONLY)
"""Of what acceptability, expected loss and EVPI are: of draws from which chance between their women is taken
out, of draws as they are; and of these where that chance is not known, so that there is no other result."""
TOTAL = "total"
EFFECTS = ("life_years", "qaly")
ON, WEAK, STRONG, SAME = "on the frontier", "extendedly dominated", "dominated", "no difference"
STANDINGS = (ON, WEAK, STRONG, SAME)
"""What a strategy is in the fully incremental analysis: `no difference` from one before it."""
DRAWN = ("posterior", "fit", "priors", "fixed")
"""How the numbers of the model are drawn: see `parameter_draws`."""


@dataclass(frozen=True)
class GroupDraws:
    """Draws of the women of one group, means of a woman, discounted; `women`: int64 [draws], of each draw.

    `by_category`: float64 [draws, strategies, categories], costs; `by_state`: float64 [draws, strategies,
    len(EFFECTS) · len(STATES)], life years and then QALYs by state; `noise` as in `Psa`. `yearly`: [draws,
    strategies, years], undiscounted cost of each year from clock zero, of the reference, and what it costs
    more under each other strategy; `yearly_noise`: [draws, strategies, years, strategies, years], the
    covariance of these among women. NaN in a draw with none of them, covariances also with one.
    """

    by_category: Floats
    by_state: Floats
    noise: Floats
    women: NDArray[np.int64]
    yearly: Floats
    yearly_noise: Floats

    @property
    def costs(self) -> Floats:
        """Costs: float64 [draws, strategies]."""
        return np.asarray(self.by_category.sum(axis=2))

    @property
    def life_years(self) -> Floats:
        """Life years: float64 [draws, strategies]."""
        return np.asarray(self.by_state[:, :, : len(STATES)].sum(axis=2))

    @property
    def effects(self) -> Floats:
        """QALYs: float64 [draws, strategies]."""
        return np.asarray(self.by_state[:, :, len(STATES) :].sum(axis=2))


@dataclass(frozen=True)
class Psa:
    """Draws of a probabilistic analysis: one set of numbers a draw, each on its own block of women.

    `costs`, `effects` (QALY) and `life_years`: float64 [draws, strategies], means of a woman, discounted;
    `by_category`: float64 [draws, strategies, categories]; `at_rates`: quantities, life years and weighted
    years at several rates; `prices`: float64 [draws, items]. `parameters`: what was drawn beside prices, and
    the prices that vary, by name: float64 [draws]. `women`: int64 [draws], those in the means. `noise`:
    float64 [draws, 2·strategies, 2·strategies], the covariance among a draw's women of their costs under
    every strategy and then their QALYs under every strategy. `drawn`: how the model's parameters
    were taken, one of DRAWN. `groups`: the draws of each group, all women first.
    """

    costs: Floats
    effects: Floats
    life_years: Floats
    by_category: Floats
    at_rates: AtRates
    prices: Floats
    parameters: Mapping[str, Floats]
    women: NDArray[np.int64]
    noise: Floats
    drawn: str
    simulated: int
    seconds: float = math.nan
    groups: Mapping[str, GroupDraws] = field(default_factory=dict)

    @property
    def quantities(self) -> Floats:
        """Discounted quantities at the rate in use: float64 [draws, strategies, items]."""
        return self.at_rates.used

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
    where nothing was drawn; `decisions` are those of each group. `basis`: of what the base case is, one of
    BASES: the means over draws where the reference case wants them and there are draws. `provenance`: seed,
    women, draws, versions and hashes.
    `levers`: the numbers of the one-way analysis. `at_rates`: what the women of each group use and live at
    several rates, in the order of `groups`. `who`: ages and survival of the women; `case`: the reference case
    as written. `impacts` and `trials`: the budget impacts, and proposed
    trials by name with what they would tell, that were asked for; their tables are `budgets` and `studies`.
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
    acceptability: pa.Table
    yearly: pa.Table
    severity: pa.Table
    one_way: pa.Table
    threshold_prices: pa.Table
    scenarios: pa.Table
    budgets: pa.Table
    studies: pa.Table
    provenance: Mapping[str, Any]
    psa: Psa | None = None
    decision: Any = None
    decisions: Mapping[str, Any] = field(default_factory=dict)
    basis: str = DETERMINISTIC
    notes: tuple[str, ...] = ()
    levers: tuple[Lever, ...] = ()
    at_rates: AtRates | None = None
    who: Women | None = None
    case: ReferenceCaseEntry | None = None
    impacts: tuple[Any, ...] = ()
    trials: tuple[tuple[str, Any], ...] = ()

    title = "Economic evaluation"

    @property
    def reference(self) -> str:
        """The strategy that the others are compared with."""
        return self.strategies[0]

    def tables(self) -> dict[str, pa.Table]:
        """Every table that has rows, by name."""
        return {name: t for name in COLUMNS if (t := getattr(self, name)).num_rows}

    def table(self) -> pa.Table:
        """The fully incremental analysis: one row a basis, group and strategy, cheapest first.

        The base case stands first. `standing` is one of STANDINGS; a strategy on the frontier is compared
        with the one `against`, the next cheaper on it; `icer` in currency a QALY with its 95 % interval, null
        where there is none.
        """
        return self.incremental

    def rows(
        self, table: str, *, group: str | None = ALL_WOMEN, basis: str | None = None
    ) -> list[dict[str, Any]]:
        """The rows of a table of one group (None: of all), of the base case or of another `basis`."""
        basis = basis or self.basis
        found: list[dict[str, Any]] = getattr(self, table).to_pylist()
        return [
            r
            for r in found
            if group in (None, r.get("group", group)) and r.get("basis", basis) == basis
        ]

    def row(self, table: str, **where: str) -> dict[str, Any]:
        """The one row of a table with these values: `row("costs", strategy="2022", category="total")`.

        `group` is all women and `basis` the base case's where it is a column and not named. Raises InputError
        with the names there are.
        """
        tables = {name: getattr(self, name) for name in COLUMNS}
        if table not in tables:
            hint = nearest(table, COLUMNS)
            raise InputError(f"table {shown(table)}: one of {', '.join(COLUMNS)}. {hint}".rstrip())
        rows = tables[table].to_pylist()
        if "group" in COLUMNS[table]:
            where = {"group": ALL_WOMEN, **where}
        if "basis" in COLUMNS[table]:
            where = {"basis": self.basis, **where}
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
            for row, ends in zip((cost, qaly), self._ends(name), strict=True):
                row["difference_low"], row["difference_high"] = ends or _simulated(row)
            told.append(
                f"strategy {name} costs {_change(cost, self.money)} and gives "
                f"{_change(qaly, lambda v: plain(v, 3), ' QALYs')}"
            )
        return (
            f"Compared with strategy {self.reference}, on average over {self.over} "
            f"with metastatic disease, {self.perspective}, {self.reference_case}: {listed(told)}. "
            f"Intervals are 95 %, {self.of_what}."
        )

    def _ends(self, strategy: str) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """95 % of the draws of what a strategy costs and gives more than the reference, or nothing."""
        if self.basis == DETERMINISTIC:
            return None, None
        more = self.decision.clean.against(strategy)
        return (more.cost_low, more.cost_high), (more.effect_low, more.effect_high)

    @property
    def over(self) -> str:
        """Of what the base case is the mean, in words: of draws, or of women."""
        if self.basis == PROBABILISTIC and self.psa is not None:
            return (
                f"{self.psa.draws:,} draws of {of_women(float(self.psa.women.mean()), 'simulated')}"
            )
        return of_women(self.found, "simulated")

    @property
    def of_what(self) -> str:
        """What the intervals of the base case are of, in words."""
        if self.basis == PROBABILISTIC:
            return "of the draws of what is not known"
        return "of simulation alone"

    def text_rows(self) -> TextRows:
        """The incremental analysis of all women as the terminal and the page show it: the base case."""
        return self.incremental_rows(ALL_WOMEN)

    def beside(self) -> TextRows | None:
        """The incremental analysis at the numbers in use, where the base case is that of the draws."""
        if self.basis == DETERMINISTIC:
            return None
        return self.incremental_rows(ALL_WOMEN, DETERMINISTIC)

    def incremental_rows(self, group: str, basis: str | None = None) -> TextRows:
        """The incremental analysis of a group as text, of the base case or of another `basis`."""
        basis = basis or self.basis
        of = "draws" if basis == PROBABILISTIC else "simulation"
        header = [
            "strategy", f"cost, {self.currency} (± 95 %)", "QALY (± 95 %)", "more cost", "more QALY",
            f"ICER (95 % of {of})", "",
        ]  # fmt: skip
        return header, [
            [
                r["strategy"],
                with_half(r["cost"], r["cost_se"]),
                with_half(r["qaly"], r["qaly_se"], 3),
                _cell(r["cost_difference"], 0),
                _cell(r["qaly_difference"], 3),
                icer_words(r["icer"], r["icer_low"], r["icer_high"]),
                r["standing"] + (f", against {r['against']}" if r["against"] else ""),
            ]
            for r in self.rows("incremental", group=group, basis=basis)
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
    return f"{icer:,.0f} ({interval_words(icer, low, high, lambda end: f'{end:,.0f}')})"


def with_half(value: float, error: float | None, digits: int = 0) -> str:
    """A number and half of its 95 % interval, 1.96 standard errors: `20,300 ± 1,200`; or alone."""
    told = plain(value, digits)
    if error is None or not error > 0:
        return told
    return f"{told} ± {Z95 * error:,.{digits}f}"


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _change(row: Mapping[str, Any], words: Callable[[float], str], of: str = "") -> str:
    """`GBP 239,901 more (GBP 216,490 to GBP 263,313)`: a difference and its 95 % interval."""
    value = row["difference"]
    sign = 1.0 if value >= 0 else -1.0
    told = f"{words(abs(value))} {'more' if value >= 0 else 'less'}{of}"
    ends = sorted(sign * row[f"difference_{end}"] for end in ("low", "high"))
    if not math.isfinite(ends[0]):
        return told
    return f"{told} ({interval_words(value, ends[0], ends[1], words)})"


def _simulated(row: Mapping[str, Any]) -> tuple[float, float]:
    """95 % of simulation of a difference."""
    half = Z95 * (row["difference_se"] or math.nan)
    return row["difference"] - half, row["difference"] + half
