"""Strategies compared on the same women: what each buys, and what it buys more than another.

The natural history and every random number that a strategy does not change are shared, so a difference is
taken woman by woman and its standard error is that of the differences: two identical strategies differ
by exactly zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women, percent, signed
from seedsoil.errors import InputError, nearest, shown
from seedsoil.results.burden import divided
from seedsoil.results.columns import ALL_WOMEN, codes, flags, numbers, women_found_in_life
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.run.run import Run

Floats = NDArray[np.float64]

_LINES_SHOWN = 6
_LANDMARKS = (1, 3, 5, 10)


@dataclass(frozen=True)
class Measure:
    """Something a strategy gives a woman: one number a woman with treated metastatic disease.

    `label` names it with its unit. A mean of `unit` share is written in per cent, a difference of two
    such in percentage points.
    """

    key: str
    label: str
    unit: str

    @property
    def difference_label(self) -> str:
        """The label of differences: those of shares are in percentage points."""
        return f"{self.label}, percentage points" if self.unit == "share" else self.label


@dataclass(frozen=True)
class Difference:
    """A mean under a strategy and its difference from the reference, with standard errors.

    `mean`, `se`: under the strategy. `difference`, `difference_se`: of the paired differences.
    """

    group: str
    measure: Measure
    strategy: str
    mean: float
    se: float
    difference: float
    difference_se: float

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
        if math.isnan(self.difference_se):
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
        if self.none or math.isnan(self.difference_se):
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


def _measures(lines_shown: int = _LINES_SHOWN) -> list[Measure]:
    def landmark(y: int) -> str:
        return f"alive at {y} year" + ("s" if y > 1 else "")

    return [
        Measure("life_years", "life years with metastatic disease", "years"),
        Measure("qaly", "quality-adjusted life years", "years"),
        *(Measure(f"alive_{y}", landmark(y), "share") for y in _LANDMARKS),
        Measure("years_on_treatment", "years on treatment", "years"),
        Measure("years_with_symptoms", "years with symptoms", "years"),
        Measure("lines", "lines of therapy", "lines"),
        *(
            Measure(f"line_{k}", f"years from line {k} to the next or death", "years")
            for k in range(1, lines_shown + 1)
        ),
        Measure("toxic_lines", "lines with toxicity of grade 3 or more", "lines"),
        Measure("toxic_death", "died of treatment", "share"),
        Measure("eradicated", "every colony eradicated", "share"),
    ]


def values_of(run: Run, catalog: Catalog) -> tuple[NDArray[np.int64], Mapping[str, Floats]]:
    """Patient numbers of the women treated for metastatic disease, and each measure of them."""
    from seedsoil.results.quality import quality_adjusted_years

    patients, lines = run.patients, run.lines
    found = numbers(patients, "metastatic_at")
    treated = women_found_in_life(patients)
    number = np.asarray(patients.column("patient").to_numpy(), np.int64)
    died = numbers(patients, "died_at")
    years = (died - found)[treated]
    values: dict[str, Floats] = {"life_years": years}
    values["qaly"] = quality_adjusted_years(patients, lines, run.symptoms, catalog)[treated]
    for y in _LANDMARKS:
        values[f"alive_{y}"] = (years > y).astype(np.float64)
    for name in ("years_on_treatment", "years_with_symptoms", "lines"):
        values[name] = np.nan_to_num(numbers(patients, name))[treated]
    place = np.full(int(number.max(initial=0)) - int(number.min(initial=0)) + 1, -1)
    women = number[treated]
    base = int(number.min(initial=0))
    place[women - base] = np.arange(women.size)
    owner = place[np.asarray(lines.column("patient").to_numpy(), np.int64) - base]
    which = np.asarray(lines.column("line").to_numpy(), np.int64)
    start = numbers(lines, "started_at")
    following = np.r_[owner[1:] == owner[:-1], False]
    until = np.where(following, np.r_[start[1:], 0.0], died[treated][owner])
    for k in range(1, _LINES_SHOWN + 1):
        spent = np.zeros(women.size)
        here = which == k
        spent[owner[here]] = (until - start)[here]
        values[f"line_{k}"] = spent
    toxic = np.zeros(women.size)
    np.add.at(toxic, owner, flags(lines, "toxicity").astype(np.float64))
    values["toxic_lines"] = toxic
    cause, causes = codes(patients, "cause_of_death")
    outcome, outcomes = codes(patients, "outcome")
    values["toxic_death"] = (cause == causes.index("treatment"))[treated].astype(np.float64)
    values["eradicated"] = (outcome == outcomes.index("eradicated"))[treated].astype(np.float64)
    return women, values


@dataclass(frozen=True)
class ComparisonData(Shown):
    """Strategies on the same women; `StrategyComparison` draws them.

    `runs` by name, the first is the reference of the increments. `women`: how many with metastatic disease
    found in life. `differences`: every measure, group and strategy; `by`: what the groups are divided by.
    A research and teaching tool: means of simulated women, never advice for one person.
    """

    names: tuple[str, ...]
    runs: Mapping[str, Run]
    women: int
    differences: tuple[Difference, ...]
    by: str | None = "subtype"

    title = "Strategies compared"

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
        difference_standard_error (of the paired differences, woman by woman).
        """
        import pyarrow as pa

        rows = self.differences
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
            }
        )

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
            f"with metastatic disease: {'; '.join(told)}. Intervals are 95 %, of simulation alone."
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


def _gain(d: Difference, what: str) -> str:
    if d.none:
        return f"no difference in {what}"
    limits = f" ({d.limits_words})" if d.limits_words else ""
    return f"{d.value_words} {what}{limits}"


def _mean(values: Floats) -> tuple[float, float]:
    n = values.size
    if n < 2:
        return (float(values.mean()) if n else math.nan), math.nan
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(n))


def differences_of(
    names: Sequence[str],
    runs: Mapping[str, Run],
    values: Mapping[str, Mapping[str, Floats]],
    by: str | None,
) -> list[Difference]:
    """Every measure of every strategy beside the first: in all women, then in groups of them."""
    reference = values[names[0]]
    patients = runs[names[0]].patients
    treated = women_found_in_life(patients)
    groups = [(ALL_WOMEN, np.ones(int(treated.sum()), np.bool_))]
    if by is not None:
        groups += [(g.name, g.members[treated]) for g in divided(patients, by, treated)]
    result = []
    for group, members in groups:
        for measure in _measures():
            for name in names:
                mine = values[name][measure.key][members]
                change = mine - reference[measure.key][members]
                mean, se = _mean(mine)
                difference, difference_se = _mean(change)
                result.append(Difference(group, measure, name, mean, se, difference, difference_se))
    return result
