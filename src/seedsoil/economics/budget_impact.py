"""Budget impact: what a payer bears in each of the coming years, with a strategy and without.

    impact(t) = Σ_(j ≤ t) women_j · uptake_j · d(t - j)

where d(k) is what a woman costs more in the kth year of her disease under the strategy, undiscounted: women
found in year j are in year t - j of their disease in year t. It is linear in d, so that its error and what
chance between the women of a draw adds to its spread follow from their covariance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import percent, whole
from seedsoil.economics.books import YEARS
from seedsoil.economics.charts import budget_chart
from seedsoil.economics.decision.population import MOST_PATIENTS
from seedsoil.economics.decision.words import NOT_TOLD, interval_words
from seedsoil.economics.evaluation import DETERMINISTIC, PROBABILISTIC, money_words
from seedsoil.errors import InputError, real_number, shown
from seedsoil.results.draws import kept_spread
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.economics.books import Books
    from seedsoil.economics.evaluation import GroupDraws

    Floats = NDArray[np.float64]

FEWEST_WOMEN = 2
"""Women of a group in a draw: of one there is no spread between them."""


class Plan(NamedTuple):
    """Women newly found in each year, and the share of them who take the strategy: [years] each."""

    women: Floats
    uptake: Floats

    @classmethod
    def of(cls, women_a_year: float | Sequence[float], uptake: Sequence[float]) -> Plan:
        """As asked, checked: one number of women or one a year. Raises InputError for other numbers."""
        shares = _shares(uptake)
        allowed = f"a number of women above 0, up to {MOST_PATIENTS:,.0f}"
        one = isinstance(women_a_year, int | float) or not hasattr(women_a_year, "__len__")
        given: Sequence[Any] = [women_a_year] * shares.size if one else women_a_year  # type: ignore[assignment]
        if len(given) != shares.size:
            raise InputError(
                f"women_a_year: {len(given)} numbers for {shares.size} years of uptake; give one number, or "
                "one a year"
            )
        women = [real_number("women_a_year", number, allowed=allowed) for number in given]
        for number in women:
            if not 0.0 < number <= MOST_PATIENTS:
                raise InputError(f"women_a_year={shown(number)}: must be {allowed}")
        return cls(np.array(women, dtype=np.float64), shares)

    @property
    def years(self) -> int:
        """How many years the budget is of."""
        return int(self.uptake.size)

    def weights(self, women: Floats) -> Floats:
        """What the kth year of a woman's disease counts in each year of the budget: [years, YEARS]."""
        found = np.zeros((self.years, YEARS))
        for t in range(self.years):
            for j in range(t + 1):
                found[t, t - j] += women[j]
        return found

    @property
    def taking(self) -> Floats:
        """`weights` of the women who take the strategy, and a last row of all years: [years + 1, YEARS]."""
        each = self.weights(self.women * self.uptake)
        return np.vstack([each, each.sum(axis=0)])


def _shares(uptake: Sequence[float]) -> Floats:
    """The share of new women under the strategy in each year, checked; InputError for another number."""
    allowed = f"shares from 0 to 1, one a year, for 1 to {YEARS} years"
    if isinstance(uptake, str | bytes) or not hasattr(uptake, "__len__"):
        raise InputError(f"uptake={shown(uptake)}: give {allowed}")
    if not 1 <= len(uptake) <= YEARS:
        raise InputError(f"uptake: {len(uptake)} shares; give {allowed}")
    shares = [real_number("uptake", share, allowed=allowed) for share in uptake]
    for share in shares:
        if not 0.0 <= share <= 1.0:
            raise InputError(f"uptake: {share:g} is not a share; give {allowed}")
    return np.array(shares)


class Impact(NamedTuple):
    """An amount with its Monte-Carlo standard error, and 95 % of the draws: NaN where nothing was drawn."""

    value: float
    se: float
    low: float
    high: float


@dataclass(frozen=True)
class BudgetImpact(Shown):
    """Cost of each year without and with the uptake of a strategy, undiscounted, in `currency`.

    Counted are women whose metastatic disease is found from the first year on, `plan.women` of them, all of a
    year's at its beginning; those found before are treated as before in both. `yearly`: what each year costs
    more; `total`: all of them. `basis`: `probabilistic`, means over `draws` draws, whose intervals hold 95 %
    of the draws with chance between their women taken out; or `deterministic`, at the numbers in use.
    """

    strategy: str
    reference: str
    group: str
    plan: Plan
    without: Floats
    yearly: tuple[Impact, ...]
    total: Impact
    currency: str
    basis: str = DETERMINISTIC
    draws: int = 0

    title = "Budget impact"

    @property
    def impact(self) -> Floats:
        """What each year costs more."""
        return np.array([year.value for year in self.yearly])

    @property
    def with_strategy(self) -> Floats:
        """What each year costs with the uptake."""
        return self.without + self.impact

    def rows(self) -> list[dict[str, Any]]:
        """One row a year, and one, without a year, of all years."""
        shared = {"strategy": self.strategy, "group": self.group, "basis": self.basis}
        rows = [
            shared | {"year": year, "women": float(women), "uptake": float(share),
                      "without": float(before), "with_strategy": float(before) + one.value, **_columns(one)}
            for year, (women, share, before, one) in enumerate(
                zip(*self.plan, self.without, self.yearly, strict=True), start=1
            )
        ]  # fmt: skip
        before = float(self.without.sum())
        whole_of = {"without": before, "with_strategy": before + self.total.value}
        return [*rows, shared | whole_of | _columns(self.total)]

    def table(self) -> pa.Table:
        """One row a year, and a last one of all years, whose `year`, `women` and `uptake` are null.

        Columns year, women, uptake, without, with_strategy, impact, impact_se (the Monte-Carlo standard
        error), impact_low and impact_high (95 % of the draws; null where nothing was drawn); money
        undiscounted.
        """
        from seedsoil.economics.tables import table

        return table("budgets", self.rows()).drop_columns(["basis", "strategy", "group"])

    def text_rows(self) -> TextRows:
        """The same as text; ± is half of a 95 % interval of simulation."""
        rows = []
        years = [*(str(year) for year in range(1, self.plan.years + 1)), "all"]
        women = [*(whole(n) for n in self.plan.women), whole(float(self.plan.women.sum()))]
        shares = [*(percent(share, 0) for share in self.plan.uptake), ""]
        before = [*self.without, self.without.sum()]
        for year, n, share, cost, one in zip(
            years, women, shares, before, (*self.yearly, self.total), strict=True
        ):
            error = "" if math.isnan(one.se) else f" ± {Z95 * one.se:,.0f}"
            row = [
                year,
                n,
                share,
                f"{cost:,.0f}",
                f"{cost + one.value:,.0f}",
                f"{one.value:,.0f}{error}",
            ]
            if self.draws:
                row.append(interval_words(one.value, one.low, one.high, lambda end: f"{end:,.0f}"))
            rows.append(row)
        header = ["year", "women found", "uptake", f"without, {self.currency}",
                  f"with strategy {self.strategy}", "impact (± 95 %)"]  # fmt: skip
        return [*header, *(["95 % of draws"] if self.draws else [])], rows

    def chart(self) -> dict[str, Any]:
        """Cost of each year without and with the strategy."""
        parts = {
            "without": self.without.tolist(),
            f"with strategy {self.strategy}": self.with_strategy.tolist(),
        }
        years = range(1, self.plan.years + 1)
        return budget_chart(years, parts, self.currency, self.sentence)

    @property
    def sentence(self) -> str:
        """What all years together and the last cost more, and how sure that is."""
        women = sorted(
            {whole(n) for n in self.plan.women}, key=lambda words: float(words.replace(",", ""))
        )
        told = women[0] if len(women) == 1 else f"{women[0]} to {women[-1]}"
        uptake = self.plan.uptake
        return (
            f"If of {told} women a year newly found ({self.group}) the share that takes "
            f"strategy {self.strategy} instead of {self.reference} goes from {percent(uptake[0], 0)} to "
            f"{percent(uptake[-1], 0)}, the budget of {self.plan.years} years bears "
            f"{money_words(self.total.value, self.currency)} more{self._how_sure()}, of which "
            f"{money_words(float(self.impact[-1]), self.currency)} in the last; undiscounted."
        )

    def _how_sure(self) -> str:
        half = money_words(Z95 * self.total.se, self.currency)
        if not self.draws:
            return "" if math.isnan(self.total.se) else f" (± {half}, 95 % of simulation alone)"
        ends = interval_words(
            self.total.value,
            self.total.low,
            self.total.high,
            lambda end: money_words(end, self.currency),
        )
        of = " over" if ends == NOT_TOLD else " in 95 % of"
        of += f" {self.draws:,} draws"
        return f" ({ends}{of}; ± {half} of simulation)"

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.sentence}"


def _columns(one: Impact) -> dict[str, float]:
    return {
        "impact": one.value, "impact_se": one.se, "impact_low": one.low, "impact_high": one.high
    }  # fmt: skip


def expected_budget(
    books: Books, names: Sequence[str], strategy: int, group: str, plan: Plan, currency: str
) -> BudgetImpact:
    """The budget at the numbers in use; its errors are of simulation alone."""
    spending = books.spending[group]
    whole_of = plan.weights(plan.women)

    def impact(weights: Floats) -> Impact:
        placed = np.zeros(spending.mean.size)
        placed[strategy * YEARS : (strategy + 1) * YEARS] = weights if strategy else 0.0
        return Impact(spending.total(placed), spending.error(placed), math.nan, math.nan)

    *yearly_impact, total = map(impact, plan.taking)
    return BudgetImpact(
        names[strategy],
        names[0],
        group,
        plan,
        whole_of @ spending.mean[:YEARS],
        tuple(yearly_impact),
        total,
        currency,
    )


def drawn_budget(
    draws: GroupDraws, names: Sequence[str], strategy: int, group: str, plan: Plan, currency: str
) -> BudgetImpact:
    """The budget over the draws that have two women of the group or more."""
    enough = draws.women >= FEWEST_WOMEN
    yearly, women = draws.yearly[enough], draws.women[enough]
    among = draws.yearly_noise[enough][:, strategy, :, strategy].mean(axis=0) * float(
        (1.0 / women).mean()
    )
    whole_of = plan.weights(plan.women)

    def impact(weights: Floats) -> Impact:
        values = yearly[:, strategy] @ weights if strategy else np.zeros(len(yearly))
        return over_draws(values, float(weights @ among @ weights))

    *yearly_impact, total = map(impact, plan.taking)
    return BudgetImpact(
        names[strategy],
        names[0],
        group,
        plan,
        whole_of @ yearly[:, 0].mean(axis=0),
        tuple(yearly_impact),
        total,
        currency,
        PROBABILISTIC,
        len(yearly),
    )


def over_draws(values: Floats, chance: float) -> Impact:
    """The mean over draws, its Monte-Carlo error, and 95 % of the draws without chance between their women.

    `chance`: the variance that it adds, on average. The draws are shrunk towards their mean by √((total -
    chance) / total), as in `patient_noise`; what chance explains in full has no interval left.
    """
    mean, total = float(values.mean()), float(values.var(ddof=1))
    kept = kept_spread(total, chance)
    low, high = np.quantile(values, (0.025, 0.975)).tolist()
    return Impact(
        mean,
        math.sqrt(total / values.size),
        mean + kept * (low - mean),
        mean + kept * (high - mean),
    )
