"""Strategies compared on the same women: what each buys, and what it buys more than another.

The natural history and every random number that a strategy does not change are shared, so a difference is
taken woman by woman and its standard error is that of the differences: two identical strategies differ
by exactly zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil.errors import InputError
from seedsoil.results.columns import SUBTYPES, codes, flags, numbers
from seedsoil.results.shown import Shown, text_table

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.run import Run

Floats = NDArray[np.float64]

_Z95 = 1.959964
_LINES_SHOWN = 6
_LANDMARKS = (1, 3, 5, 10)


def strategy(name: str | Path, *, catalog: Catalog | None = None) -> Strategy:
    """A strategy of the catalog by its name, or of a TOML file by its path.

    Raises `InputError` for an unknown name (with the nearest one) and for a file with mistakes (all of
    them at once).
    """
    from seedsoil.catalog import load, load_strategy

    catalog = catalog or load()
    path = Path(name)
    if path.suffix == ".toml" or (isinstance(name, Path) and path.exists()):
        return load_strategy(path, catalog)
    return catalog.strategy(str(name))


@dataclass(frozen=True)
class Measure:
    """Something a strategy gives a woman: one number a woman with treated metastatic disease."""

    key: str
    label: str
    unit: str


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


def _measures(lines_shown: int = _LINES_SHOWN) -> list[Measure]:
    return [
        Measure("life_years", "life years with metastatic disease", "years"),
        Measure("qaly", "quality-adjusted life years", "years"),
        *(Measure(f"alive_{y}", f"alive at {y} years", "share") for y in _LANDMARKS),
        Measure("years_on_treatment", "on treatment", "years"),
        Measure("years_with_symptoms", "with symptoms", "years"),
        Measure("lines", "lines of therapy", "lines"),
        *(Measure(f"line_{k}", f"from line {k} to the next", "years")
          for k in range(1, lines_shown + 1)),
        Measure("toxic_lines", "lines with toxicity of grade 3 or more", "lines"),
        Measure("toxic_death", "died of treatment", "share"),
        Measure("eradicated", "every colony eradicated", "share"),
    ]


def _values(run: Run, catalog: Catalog) -> tuple[NDArray[np.int64], Mapping[str, Floats]]:
    """Patient numbers of the women treated for metastatic disease, and each measure of them."""
    from seedsoil.results.quality import quality_adjusted_years

    patients, lines = run.patients, run.lines
    found = numbers(patients, "metastatic_at")
    by, names = codes(patients, "found_by")
    treated = np.isfinite(found) & (by != names.index("death"))
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
class StrategyComparison(Shown):
    """Strategies on the same women. `runs` by name, the first is the reference of the increments.

    `women`: how many with metastatic disease found in life. `differences`: every measure, group and
    strategy. A research and teaching tool: means of simulated women, never advice for one person.
    """

    names: tuple[str, ...]
    runs: Mapping[str, Run]
    women: int
    differences: tuple[Difference, ...]

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
        """Group, measure, unit, strategy, mean and its error, difference and its paired error."""
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

    def of(self, measure: str, strategy: str, group: str = "all women") -> Difference:
        """One entry of the table."""
        for d in self.differences:
            if (d.measure.key, d.strategy, d.group) == (measure, strategy, group):
                return d
        raise InputError(f"no measure '{measure}' of strategy '{strategy}' in group '{group}'")

    @property
    def sentence(self) -> str:
        """What the strategies buy, in words."""
        words = []
        for name in self.names[1:]:
            life, quality = self.of("life_years", name), self.of("qaly", name)
            words.append(
                f"{name} gives {_signed(life.difference)} years of life "
                f"({_interval(life)}) and {_signed(quality.difference)} quality-adjusted years "
                f"({_interval(quality)}) beside {self.reference}, on average over "
                f"{self.women:,} simulated women with metastatic disease"
            )
        return ". ".join(words) + ". Intervals are 95 %, of simulation alone."

    def chart(self) -> dict[str, Any]:
        """Survival from the day metastatic disease is found, by strategy."""
        from seedsoil.report.compare_charts import survival_chart

        return survival_chart(self)

    def report(self, path: Path) -> None:
        """Write the comparison as a self-contained page."""
        from seedsoil.report.compare_report import write_comparison

        write_comparison(self, path)

    def __repr__(self) -> str:
        rows = []
        for d in self.differences:
            if d.group != "all women":
                continue
            change = ""
            if d.strategy != self.reference:
                change = f"{_signed(d.difference)} ± {_Z95 * d.difference_se:.2g}"
            rows.append(
                [d.measure.label, d.measure.unit, d.strategy, f"{d.mean:.3g}", change]
            )
        head = ["", "unit", "strategy", "mean", f"against {self.reference}"]
        return text_table(head, rows)


def _signed(x: float) -> str:
    return f"{x:+.2f}".replace("-", "−") if x else "0"


def _interval(d: Difference) -> str:
    half = _Z95 * d.difference_se
    return f"{_signed(d.difference - half)} to {_signed(d.difference + half)}"


def _mean(values: Floats) -> tuple[float, float]:
    n = values.size
    if n < 2:
        return (float(values.mean()) if n else math.nan), math.nan
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(n))


def compare(
    strategies: Sequence[str | Path | Strategy],
    *,
    women: int = 50_000,
    seed: int = 1,
    threads: int | None = None,
    screening: str = "none",
    adjuvant: str = "2013+",
    catalog: Catalog | None = None,
    progress: Callable[[int], None] | None = None,
) -> StrategyComparison:
    """Simulate the same women under each strategy; the first is the reference of the increments.

    `strategies`: names of the catalog, paths of TOML files, or `Strategy` objects; two or more, with
    different names. Other arguments as in `simulate`. Raises `InputError`.
    """
    from seedsoil.catalog import load
    from seedsoil.cohort import simulate

    catalog = catalog or load()
    chosen = [
        strategy(s, catalog=catalog) if isinstance(s, (str, Path)) else s for s in strategies
    ]
    if len(chosen) < 2:
        raise InputError("compare: give two strategies or more; the first is the reference")
    names = _distinct([s.name for s in chosen])
    runs: dict[str, Run] = {}
    values: dict[str, Mapping[str, Floats]] = {}
    who: NDArray[np.int64] | None = None
    for name, one in zip(names, chosen, strict=True):
        run = simulate(
            women, seed=seed, threads=threads, screening=screening, adjuvant=adjuvant,
            strategy=one, catalog=catalog, progress=progress,
        )
        numbers_of, values[name] = _values(run, catalog)
        if who is not None and not np.array_equal(who, numbers_of):
            raise AssertionError("strategies were simulated on different women")
        who = numbers_of
        runs[name] = run
    assert who is not None
    return StrategyComparison(
        tuple(names), runs, int(who.size), tuple(_differences(names, runs, values))
    )


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number added where two are the same."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def _differences(
    names: Sequence[str], runs: Mapping[str, Run], values: Mapping[str, Mapping[str, Floats]]
) -> list[Difference]:
    reference = values[names[0]]
    patients = runs[names[0]].patients
    found = numbers(patients, "metastatic_at")
    by, found_names = codes(patients, "found_by")
    treated = np.isfinite(found) & (by != found_names.index("death"))
    subtype, _ = codes(patients, "subtype", SUBTYPES)
    groups = [("all women", np.ones(int(treated.sum()), np.bool_))]
    groups += [
        (name, subtype[treated] == code)
        for code, name in enumerate(SUBTYPES)
        if (subtype[treated] == code).any()
    ]
    result = []
    for group, members in groups:
        for measure in _measures():
            for name in names:
                mine = values[name][measure.key][members]
                change = mine - reference[measure.key][members]
                mean, se = _mean(mine)
                difference, difference_se = _mean(change)
                result.append(
                    Difference(group, measure, name, mean, se, difference, difference_se)
                )
    return result
