"""Budget impact: what a payer bears in each of the coming years, with a strategy and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import percent, whole
from seedsoil.economics.charts import budget_chart
from seedsoil.economics.evaluation import money_words
from seedsoil.economics.sensitivity import budget

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.economics.books import Books
    from seedsoil.economics.sensitivity import Floats
    from seedsoil.economics.tables import Frame


@dataclass(frozen=True)
class BudgetImpact(Shown):
    """Cost of each year without and with the uptake of a strategy, undiscounted, in `currency`.

    Counted are women whose metastatic disease is found from the first year on, `women_a_year` of them, all
    of a year's at its beginning; those found before are treated as before in both. `uptake`: the share who
    take the strategy, by year.
    """

    strategy: str
    reference: str
    group: str
    women_a_year: float
    uptake: Floats
    without: Floats
    with_strategy: Floats
    currency: str

    title = "Budget impact"

    @classmethod
    def of(
        cls,
        books: Books,
        frame: Frame,
        strategy: int,
        group: str,
        women: float,
        uptake: Floats,
        currency: str,
    ) -> BudgetImpact:
        """From the yearly quantities of an evaluation at its prices."""
        mine, base = (books.yearly(group, s) @ frame.prices for s in (strategy, 0))
        without, with_ = budget(mine, base, women, uptake)
        names = frame.strategies
        return cls(names[strategy], names[0], group, women, uptake, without, with_, currency)

    @property
    def impact(self) -> Floats:
        """What each year costs more."""
        return self.with_strategy - self.without

    def table(self) -> pa.Table:
        """One row a year: year, uptake, without, with_strategy, impact; money undiscounted."""
        import pyarrow as pa

        return pa.table(
            {
                "year": list(range(1, self.uptake.size + 1)),
                "uptake": self.uptake,
                "without": self.without,
                "with_strategy": self.with_strategy,
                "impact": self.impact,
            }
        )

    def text_rows(self) -> TextRows:
        """The same as text."""
        rows = [
            [str(year), percent(share, 0), f"{a:,.0f}", f"{b:,.0f}", f"{b - a:,.0f}"]
            for year, (share, a, b) in enumerate(
                zip(self.uptake, self.without, self.with_strategy, strict=True), start=1
            )
        ]
        return ["year", "uptake", "without", f"with strategy {self.strategy}", "impact"], rows

    def chart(self) -> dict[str, Any]:
        """Cost of each year without and with the strategy."""
        parts = {
            "without": self.without.tolist(),
            f"with strategy {self.strategy}": self.with_strategy.tolist(),
        }
        years = range(1, self.uptake.size + 1)
        return budget_chart(years, parts, self.currency, self.sentence)

    @property
    def sentence(self) -> str:
        """What the last year and all years together cost more."""
        total = float(self.impact.sum())
        return (
            f"If of {whole(self.women_a_year)} women a year newly found ({self.group}) the share that takes "
            f"strategy {self.strategy} instead of {self.reference} goes from {percent(self.uptake[0], 0)} to "
            f"{percent(self.uptake[-1], 0)}, the budget of {self.uptake.size} years bears "
            f"{money_words(total, self.currency)} more, of which "
            f"{money_words(float(self.impact[-1]), self.currency)} in the last; undiscounted."
        )

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.sentence}"
