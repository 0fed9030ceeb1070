"""A counted share of women with its Monte-Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

from seedsoil.display.words import percent, percent_interval, whole
from seedsoil.results.intervals import rule_of_three, standard_error, wilson


@dataclass(frozen=True)
class Share:
    """A counted share: `count` of `women`."""

    count: int
    women: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; NaN of no women."""
        return self.count / self.women if self.women else float("nan")

    @property
    def standard_error(self) -> float:
        """Binomial Monte-Carlo standard error; 0 where the count is 0, so read `interval`."""
        return float(standard_error(self.value, self.women))

    @property
    def words(self) -> str:
        """The share with its error: `47.4 % ± 0.35`, or `0 % (below 0.03 %)` where none was seen."""
        if self.count == 0:
            return f"0\u00a0% (below {percent(self.interval[1])})"
        return f"{percent(self.value)} ± {100 * self.standard_error:.2f}"

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval: Wilson's, or 0 to the rule of three (3/n) where the count is 0."""
        if self.count == 0:
            return 0.0, rule_of_three(self.women)
        low, high = wilson(self.count, self.women)
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.interval
        if self.count == 0:
            return f"0 of {whole(self.women)} (95 % upper bound {percent(high)})"
        return f"{percent(self.value)} (95 % interval {percent_interval(low, high)})"
