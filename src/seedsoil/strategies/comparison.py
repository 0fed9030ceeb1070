"""Strategies compared on the same women: what each buys, and what it buys more than another.

The natural history and every random number that a strategy does not change are shared, so a difference is
taken woman by woman and its standard error is that of the differences: two identical strategies differ
by exactly zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women, percent, signed
from seedsoil.errors import InputError, nearest, shown
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.results.attrition import SymptomTime
    from seedsoil.results.columns import Floats
    from seedsoil.results.moments import Moments
    from seedsoil.run.run import Run
    from seedsoil.strategies.measures import Measure


FEWEST = 30
"""A group with fewer women has no intervals: those of a normal distribution do not hold for so few."""


@dataclass(frozen=True)
class Difference:
    """A mean under a strategy and its difference from the reference, with standard errors.

    `mean`, `se`: under the strategy. `difference`, `difference_se`: of the paired differences. `women`: of
    the group.
    """

    group: str
    measure: Measure
    strategy: str
    mean: float
    se: float
    difference: float
    difference_se: float
    women: int

    @property
    def has_interval(self) -> bool:
        """Whether the women are enough for a 95 % interval of the difference."""
        return self.women >= FEWEST and not math.isnan(self.difference_se)

    @property
    def none(self) -> bool:
        """Whether no woman of the group differs."""
        return self.difference == 0 and not self.difference_se > 0

    @property
    def mean_words(self) -> str:
        """The mean: `42.5 %`, `1.26`."""
        if self.measure.unit == "share":
            return percent(self.mean)
        return f"{self.mean:.2f}" if self.mean else "0"

    @property
    def difference_words(self) -> str:
        """The difference and half of its 95 % interval, `+29.5 ± 3.2`, or `no difference`."""
        if self.none:
            return "no difference"
        if not self.has_interval:
            return self._signed(0.0)
        return f"{self._signed(0.0)} ± {self._scale * self._half:.{self._digits}f}"

    @property
    def interval_words(self) -> str:
        """The difference with its 95 % interval, `+29.5 (+26.4 to +32.7)`, or `no difference`."""
        limits = self.limits_words
        return f"{self._signed(0.0)} ({limits})" if limits else self.difference_words

    @property
    def limits_words(self) -> str:
        """The 95 % interval of the difference; empty where it has none."""
        if self.none or not self.has_interval:
            return ""
        return f"{self._signed(-self._half)} to {self._signed(self._half)}"

    @property
    def value_words(self) -> str:
        """The difference alone, or `no difference`."""
        return "no difference" if self.none else self._signed(0.0)

    @property
    def _scale(self) -> float:
        return 100.0 if self.measure.unit == "share" else 1.0

    @property
    def _half(self) -> float:
        return Z95 * self.difference_se

    @property
    def _digits(self) -> int:
        """Two digits of the error of a share, one of other errors, and at least 0.1 points, 0.01 years."""
        half = self._scale * self._half
        share = self.measure.unit == "share"
        least = 1 if share else 2
        if not half > 0:
            return least
        return min(4, max(least, int(share) - math.floor(math.log10(half))))

    def _signed(self, moved: float) -> str:
        return signed(self._scale * (self.difference + moved), self._digits)


@dataclass(frozen=True)
class Course:
    """What women live through under one strategy, from the day metastatic disease is found in life to death.

    `years`: those that each woman lives; `times`: moments of the years by line of therapy
    (`attrition.TIMES`); `symptoms`: those that last longest first.
    """

    manifest: dict[str, Any]
    years: Floats
    times: Moments
    symptoms: Sequence[SymptomTime]


@dataclass(frozen=True)
class ComparisonData(Shown):
    """Strategies on the same women; `StrategyComparison` draws them.

    `names`: the first is the reference of the increments. `women`: how many with metastatic disease
    found in life; `groups`: how many of them are in each group of `by`, and `group_of`: the number of each
    one's group. `differences`: every measure, group and strategy. `courses`: what the women live through
    under each strategy. `runs` by name, where their tables are kept.
    A research and teaching tool: means of simulated women, never advice for one person.
    """

    names: tuple[str, ...]
    women: int
    differences: tuple[Difference, ...]
    courses: Mapping[str, Course]
    groups: Mapping[str, int]
    group_of: NDArray[np.int8]
    runs: Mapping[str, Run]
    by: str | None = "subtype"

    title = "Strategies compared"

    @property
    def manifest(self) -> dict[str, Any]:
        """How the women were made, under the reference."""
        return self.courses[self.reference].manifest

    def years(self, name: str, group: str = ALL_WOMEN) -> Floats:
        """Years that each woman of `group` lives with metastatic disease under the strategy `name`."""
        years = self.courses[name].years
        if group == ALL_WOMEN:
            return years
        mine: Floats = years[self.group_of == list(self.groups).index(group)]
        return mine

    @property
    def reference(self) -> str:
        """The strategy that the others are compared with."""
        return self.names[0]

    def increments(self) -> pa.Table:
        """The differences from the reference, without the reference itself."""
        import pyarrow.compute as pc

        table = self.table()
        return table.filter(pc.not_equal(table.column("strategy"), self.reference))

    def table(self) -> pa.Table:
        """One row a group, measure and strategy.

        Columns group, measure, unit, strategy, mean, standard_error, difference (from the reference),
        difference_standard_error (of the paired differences, woman by woman), women (of the group).
        """
        return differences_table(self.differences)

    def of(self, measure: str, strategy: str | None = None, group: str = "all women") -> Difference:
        """One entry of the table, such as `of("life_years", "2022", "TNBC")`.

        `strategy` may be left out where only one is compared with the reference. Raises InputError with the
        names that there are for a measure, strategy or group that there is none of.
        """
        if strategy is None and len(self.names) == 2:
            strategy = self.names[1]
        for d in self.differences:
            if (d.measure.key, d.strategy, d.group) == (measure, strategy, group):
                return d
        for what, asked, names in (
            ("measure", measure, [d.measure.key for d in self.differences]),
            ("strategy", strategy, list(self.names)),
            ("group", group, [d.group for d in self.differences]),
        ):
            known = list(dict.fromkeys(names))
            if asked not in known:
                hint = nearest(asked, known)
                raise InputError(
                    f"no {what} {shown(asked)} here; there are {', '.join(known)}. {hint}".rstrip()
                )
        raise AssertionError("unreachable: every measure has every strategy and group")

    @property
    def sentence(self) -> str:
        """What the strategies buy, in words."""
        told = []
        for name in self.names[1:]:
            gains = [
                _gain(self.of("life_years", name), "years of life"),
                _gain(self.of("qaly", name), "quality-adjusted years"),
            ]
            told.append(f"strategy {name} gives {listed(gains)}")
        return (
            f"Compared with strategy {self.reference}, on average over "
            f"{of_women(self.women, 'simulated')} "
            f"with metastatic disease: {'; '.join(told)}. {intervals_words(self.women)}"
        )

    def text_tables(self) -> list[TextRows]:
        """Means of all women, and their differences from the reference, as headers and rows of text."""
        shown = [d.measure for d in self.differences if d.group == "all women"]
        measures = list(dict.fromkeys(shown))
        means = [
            [m.label, *(self.of(m.key, name).mean_words for name in self.names)] for m in measures
        ]
        others = self.names[1:]
        changes = [
            [m.difference_label, *(self.of(m.key, name).difference_words for name in others)]
            for m in measures
        ]
        against = f"difference from strategy {self.reference} (± 95 %)"
        return [
            (["mean under strategy", *self.names], means),
            ([against, *others], changes),
        ]

    def __repr__(self) -> str:
        return "\n\n".join(text_table(*table) for table in self.text_tables())


def intervals_words(women: int) -> str:
    """What the intervals of a comparison of so many women hold, or why there are none."""
    if women >= FEWEST:
        return "Intervals are 95 %, of simulation alone."
    return f"Fewer than {FEWEST} women tell next to nothing and have no intervals: simulate more women."


def _gain(d: Difference, what: str) -> str:
    if d.none:
        return f"no difference in {what}"
    limits = f" ({d.limits_words})" if d.limits_words else ""
    return f"{d.value_words} {what}{limits}"


def differences_table(rows: Sequence[Difference]) -> pa.Table:
    """Differences as a table, a row each; see `ComparisonData.table` for its columns."""
    import pyarrow as pa

    return pa.table(
        {
            "group": [d.group for d in rows],
            "measure": [d.measure.key for d in rows],
            "unit": [d.measure.unit for d in rows],
            "strategy": [d.strategy for d in rows],
            "mean": [d.mean for d in rows],
            "standard_error": [d.se for d in rows],
            "difference": [d.difference for d in rows],
            "difference_standard_error": [d.difference_se for d in rows],
            "women": [d.women for d in rows],
        }
    )
