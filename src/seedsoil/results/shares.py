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
        """Binomial Monte-Carlo standard error; 0 where the count is 0 or all, so read `interval`."""
        return float(standard_error(self.value, self.women))

    @property
    def words(self) -> str:
        """`47.4 % ± 0.35`; of none `0 % (below 0.03 %)`, of all `100.0 % (above 70.0 %)`."""
        if self.count == 0:
            return f"0\u00a0% (below {percent(self.interval[1])})"
        if self.count == self.women:
            return f"{percent(1.0)} (above {percent(self.interval[0])})"
        return f"{percent(self.value)} ± {100 * self.standard_error:.2f}"

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval: Wilson's; where none or all are counted, to the rule of three (3/n) from there."""
        if self.count == 0:
            return 0.0, rule_of_three(self.women)
        if self.count == self.women:
            return 1.0 - rule_of_three(self.women), 1.0
        low, high = wilson(self.count, self.women)
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.interval
        if self.count == 0:
            return f"0 of {whole(self.women)} (95 % upper bound {percent(high)})"
        if self.count == self.women:
            return f"{whole(self.women)} of {whole(self.women)} (95 % lower bound {percent(low)})"
        return f"{percent(self.value)} (95 % interval {percent_interval(low, high)})"
