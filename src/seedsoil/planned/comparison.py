"""Strategies on the same women, from exact sums: the table of `compare`, for any number of women."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women
from seedsoil.errors import InputError
from seedsoil.planned.paired import SIDES
from seedsoil.planned.summary import drawn_curves
from seedsoil.reductions.days import Curve, day_of_rank, kaplan_meier
from seedsoil.reductions.sums import Sums
from seedsoil.results.burden import division_names
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.results.survival import round_up
from seedsoil.run.simulate import manifest_of
from seedsoil.strategies.comparison import Difference, differences_table, intervals_words
from seedsoil.strategies.measures import MEASURES
from seedsoil.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.planned.merging import Part
    from seedsoil.planned.plan import Plan
    from seedsoil.reductions.tally import Tally

_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, repr=False)
class PairedComparison(Shown):
    """Strategies beside the first of `names`: means, and differences woman by woman, with their errors.

    `tallies`: one a strategy beside the reference. `groups`: those that have women, all of them first.
    """

    title = "Strategies compared"

    names: tuple[str, ...]
    tallies: tuple[Tally, ...]
    groups: tuple[str, ...]
    manifest: dict[str, Any]

    @classmethod
    def of(cls, plan: Plan, parts: Sequence[Part], catalog: Catalog) -> PairedComparison:
        """The comparison of the parts of one draw."""
        tallies = tuple(part.tally for part in parts)
        known = (ALL_WOMEN, *division_names(plan.by))
        if f"difference:{ALL_WOMEN}" not in tallies[0].sums:
            raise InputError(
                f"metastatic disease was found in life in none of {of_women(plan.women, 'simulated')}; "
                "simulate more"
            )
        groups = tuple(g for g in known if f"difference:{g}" in tallies[0].sums)
        reference = plan.strategies[0].strategy(catalog)
        manifest = manifest_of(
            catalog, plan.women, plan.seed, plan.segments[0].first, plan.screening, plan.adjuvant,
            reference,
        )  # fmt: skip
        truncated = [t.cells(f"truncated, {side}").sum() for t in tallies for side in SIDES]
        manifest["truncated_lesions"] = int(max(truncated))
        return cls(tuple(one.name for one in plan.strategies), tallies, groups, manifest)

    @property
    def women(self) -> int:
        """Women whose metastatic disease was found in life."""
        return self.tallies[0].sums[f"difference:{ALL_WOMEN}"].count

    def differences(self) -> list[Difference]:
        """Every measure of every strategy in every group, as `compare` has them."""
        found = []
        for group in self.groups:
            count = self.tallies[0].sums[f"difference:{group}"].count
            none = Sums.of(np.zeros((count, len(MEASURES))))
            columns = [(self.tallies[0].sums[f"reference:{group}"], none)] + [
                (t.sums[f"other:{group}"], t.sums[f"difference:{group}"]) for t in self.tallies
            ]
            means = [(s.mean, s.error, d.mean, d.error) for s, d in columns]
            for k, measure in enumerate(MEASURES):
                for name, (mean, error, apart, apart_error) in zip(self.names, means, strict=True):
                    found.append(
                        Difference(group, measure, name, float(mean[k]), float(error[k]),
                                   float(apart[k]), float(apart_error[k]), count)
                    )  # fmt: skip
        return found

    def survival(self, name: str, group: str = ALL_WOMEN) -> Curve:
        """Survival by day from metastatic disease found in life, under the strategy `name`."""
        place = self.names.index(name)
        side = SIDES[0] if place == 0 else SIDES[1]
        tally = self.tallies[max(place - 1, 0)]
        return kaplan_meier(tally.cells(f"metastatic death, {side}:{group}"), _NOBODY)

    def table(self) -> pa.Table:
        """One row a group, measure and strategy, as `compare(...).table()`."""
        return differences_table(self.differences())

    def curves(self) -> pa.Table:
        """Every step of survival: strategy, group, day, time_years, at_risk, events, survival and limits."""
        import pyarrow as pa

        parts = []
        for name in self.names:
            for group in self.groups:
                curve = self.survival(name, group)
                n = curve.day.size
                parts.append(
                    pa.table(
                        {
                            "strategy": pa.array([name] * n, pa.string()),
                            "group": pa.array([group] * n, pa.string()),
                            "day": pa.array(curve.day, pa.int64()),
                            "time_years": curve.day / DAYS_PER_YEAR,
                            "at_risk": pa.array(curve.at_risk, pa.int64()),
                            "events": pa.array(curve.events, pa.int64()),
                            "survival": curve.value,
                            "lower": curve.lower,
                            "upper": curve.upper,
                        }
                    )
                )
        return pa.concat_tables(parts)

    def tables(self) -> dict[str, pa.Table]:
        """All tables, by name."""
        return {"differences": self.table(), "curves": self.curves()}

    @property
    def sentence(self) -> str:
        """Life years gained beside the reference, and median survival to the day."""
        gained = [
            f"{d.interval_words} under {d.strategy}"
            for d in self.differences()
            if d.group == ALL_WOMEN
            and d.measure.key == "life_years"
            and d.strategy != self.names[0]
        ]
        medians = [f"{self.survival(n).median[0]:.2f} under {n}" for n in self.names]
        return (
            f"In {of_women(self.women)} with metastatic disease found in life, life years beside "
            f"{self.names[0]} (95 % interval of the paired difference): {listed(gained)}. Median survival, "
            f"years: {listed(medians)}. {intervals_words(self.women)}"
        )

    def text_rows(self) -> TextRows:
        """Measures of all women under each strategy, and differences from the first."""
        rows = []
        every = [d for d in self.differences() if d.group == ALL_WOMEN]
        for k, measure in enumerate(MEASURES):
            own = every[k * len(self.names) : (k + 1) * len(self.names)]
            rows.append(
                [measure.label, *(d.mean_words for d in own), *(d.interval_words for d in own[1:])]
            )
        header = ["", *self.names, *(f"{n}, more than {self.names[0]}" for n in self.names[1:])]
        return header, rows

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.sentence}"

    def chart(self) -> dict[str, Any]:
        """Survival from the day metastatic disease was found in life, by strategy."""
        curves = {name: self.survival(name) for name in self.names}
        last = [
            day_of_rank(np.bincount(c.day, c.events).astype(np.int64), 0.95) or 365
            for c in curves.values()
        ]
        return drawn_curves(
            curves,
            horizon=round_up(max(last) / DAYS_PER_YEAR),
            x_title="Years since metastatic disease was found in life",
            y_title="Women alive",
            description=self.sentence,
        )
