"""A cohort in summary: what `seedsoil run` says of it, from counts alone, whatever its size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Further, Shown, TextRows, text_table
from seedsoil.display.words import listed, of_women, percent, span, whole
from seedsoil.planned.counted import CODES, OF_ALL, OF_FOUND
from seedsoil.reductions.days import (
    Curve,
    aalen_johansen,
    day_of_rank,
    kaplan_meier,
    together,
)
from seedsoil.reductions.sums import Sums
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.results.cure import Cure, CureGroup
from seedsoil.results.intervals import standard_error
from seedsoil.results.reference import COMPARED_ERAS, NODES, TARGET, YEARS, RecurrenceReference
from seedsoil.results.shares import Share
from seedsoil.results.survival import DISPLAY_POINTS, round_times, round_up
from seedsoil.run.simulate import manifest_of
from seedsoil.units import DAYS_PER_YEAR
from seedsoil.vocabulary import CAUSES_OF_DEATH, OUTCOMES, PRESENTATIONS, SUBTYPE_KEYS, SUBTYPES

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.planned.merging import Part
    from seedsoil.planned.plan import Plan
    from seedsoil.reductions.tally import Tally

    Integers = NDArray[np.int64]

GROUPS = {ALL_WOMEN: SUBTYPE_KEYS, **{n: (k,) for n, k in zip(SUBTYPES, SUBTYPE_KEYS, strict=True)}}
"""Groups by name, each with the subtypes whose counts it sums."""
SUMMED: dict[str, tuple[str, ...]] = {"all women": OF_ALL, "found in life": OF_FOUND}
FOUND, DIAGNOSED = "metastatic death", "death"
_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, repr=False)
class CohortSummary(Shown):
    """A cohort of any size in counts: shares, curves to the day, means with errors.

    `tally`: what was counted; `manifest`: how the women were made. Groups are all women, or a subtype.
    """

    title = "A cohort in summary"

    tally: Tally
    manifest: dict[str, Any]

    @classmethod
    def of(cls, plan: Plan, part: Part, catalog: Catalog) -> CohortSummary:
        """The summary of one part of a plan; `catalog`: with the part's draw."""
        asked = plan.strategies[0]
        manifest = manifest_of(
            catalog, plan.women, plan.seed, plan.segments[0].first, plan.screening, plan.adjuvant,
            asked.strategy(catalog),
        )  # fmt: skip
        found = cls(part.tally, manifest)
        manifest["truncated_lesions"] = int(found.cells("truncated")[1:].sum())
        return found

    # What is asked of it --------------------------------------------------------------------------------

    def cells(self, quantity: str, group: str = ALL_WOMEN) -> Integers:
        """Counts of a quantity by code or day, in a group."""
        size = len(CODES.get(quantity, ()))
        return together([self.tally.cells(f"{quantity}:{key}", size) for key in GROUPS[group]])

    def women(self, group: str = ALL_WOMEN) -> int:
        """Women of a group."""
        return int(self.cells("women", group).sum())

    def sums(self, quantity: str, group: str = ALL_WOMEN) -> Sums:
        """Exact sums: `all women` of OF_ALL, `found in life` of OF_FOUND."""
        found = Sums.none(len(SUMMED[quantity]), joint=True)
        for key in GROUPS[group]:
            mine = self.tally.sums.get(f"{quantity}:{key}")
            found = found if mine is None else found + mine
        return found

    def survival(self, since: str = FOUND, group: str = ALL_WOMEN, *, net: bool = False) -> Curve:
        """Kaplan-Meier survival by day since metastatic disease was found in life, or since diagnosis.

        `since`: FOUND or DIAGNOSED. `net`: deaths of other causes are censored.
        """
        by_cause = {c: self.cells(f"{since}, {c}", group) for c in CAUSES_OF_DEATH}
        if not net:
            return kaplan_meier(together(list(by_cause.values())), _NOBODY)
        of_cancer = by_cause.pop("breast cancer")
        return kaplan_meier(of_cancer, together(list(by_cause.values())))

    def incidence(self, event: str = "distant", group: str = ALL_WOMEN) -> Curve:
        """Aalen-Johansen incidence of recurrence by day since diagnosis; death competes."""
        return aalen_johansen(
            self.cells(f"{event} recurrence", group), self.cells(f"death before {event}", group)
        )

    def cure(self) -> Cure:
        """Shares of each outcome."""
        groups = tuple(
            CureGroup(
                name,
                self._shares("outcome", name),
                {k: v for k, v in self._shares("outcome_metastatic", name).items()
                 if k in ("eradicated", "died with", "died of")},
            )
            for name in GROUPS
        )  # fmt: skip
        return Cure(groups, groups[0], "subtype")

    def _shares(self, quantity: str, group: str) -> dict[str, Share]:
        counts = self.cells(quantity, group).tolist()
        return {w: Share(n, sum(counts)) for w, n in zip(CODES[quantity], counts, strict=True)}

    def reference(self, catalog: Catalog) -> RecurrenceReference | None:
        """Ten-year distant recurrence beside that of trials; see `results.reference`."""
        if self.manifest.get("adjuvant") not in COMPARED_ERAS:
            return None
        cells = catalog.targets[TARGET].cells
        women, simulated, variance, published = 0, 0.0, 0.0, 0.0
        for er in ("er_pos", "er_neg"):
            for group in NODES:
                events = self.tally.cells(f"reference event:{er}_{group}")
                censored = self.tally.cells(f"reference censored:{er}_{group}")
                n = int(events.sum() + censored.sum())
                if n == 0:
                    continue
                curve = kaplan_meier(events, censored)
                women += n
                simulated += n * (1.0 - curve.at(YEARS))
                variance += (n * curve.error_at(YEARS)) ** 2
                published += n * cells[f"{er}_{group}"].observed
        if not women:
            return None
        return RecurrenceReference(
            women, simulated / women, math.sqrt(variance) / women, published / women
        )

    def summary(self, catalog: Catalog) -> dict[str, Any]:
        """What `seedsoil run --json` says of a run, of all women; times are exact to a day."""
        presentations = self.cells("presentation").tolist()
        cure, reference = self.cure(), self.reference(catalog)
        cured = cure.overall.cured
        return {
            "manifest": self.manifest,
            "presentation": {
                name: n / self.women() for name, n in zip(PRESENTATIONS, presentations, strict=True)
            },
            "outcomes": {
                name: {"share": share.value, "standard_error": share.standard_error}
                for name, share in cure.overall.outcomes.items()
            },
            "metastatic_women": cured.women,
            "treatment": self._treatment(),
            "recurrence": None
            if reference is None
            else {**reference.as_dict(), "sentence": reference.sentence},
            "cure": {
                "answer": cure.answer,
                "cured": cured.count,
                "share": cured.value,
                "interval_95": list(cured.interval),
            },
        }

    def _treatment(self) -> dict[str, Any]:
        lines = self.cells("lines")
        women = int(lines.sum())
        if not women:
            return {"women": 0}
        sums = self.sums("found in life")
        k = OF_FOUND.index("lines")
        median, low, high = self.survival().median
        eradicated = Share(self._eradicated_in_life(), women)
        return {
            "women": women,
            "treated": women - int(lines[:1].sum()),
            "median_survival_years": {"median": median, "interval_95": [low, high]},
            "lines": {"mean": float(sums.mean[k]), "standard_error": float(sums.error[k])},
            "eradicated": {
                "women": eradicated.count,
                "share": eradicated.value,
                "standard_error": eradicated.standard_error,
                "interval_95": list(eradicated.interval),
            },
        }

    def _eradicated_in_life(self) -> int:
        return int(self.cells("outcome_in_life")[OUTCOMES.index("eradicated")])

    # Shown ----------------------------------------------------------------------------------------------

    def table(self) -> pa.Table:
        """Counts by code: group, quantity, value, count, women, share, standard_error and 95 % limits."""
        import pyarrow as pa

        rows = []
        for group in GROUPS:
            for quantity, words in CODES.items():
                counts = self.cells(quantity, group).tolist()
                women = self._women_of(quantity, group)
                for word, n in zip(words, counts, strict=True):
                    low, high = Share(n, women).interval if women else (math.nan, math.nan)
                    share = Share(n, women)
                    error = float(standard_error(share.value, women))
                    rows.append((group, quantity, word, n, women, share.value, error, low, high))
        names = ("group", "quantity", "value", "count", "women", "share", "standard_error", "lower",
                 "upper")  # fmt: skip
        return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def _women_of(self, quantity: str, group: str) -> int:
        if quantity == "organ_involved":  # a woman may have several
            return int(self.cells("outcome_metastatic", group).sum())
        return int(self.cells(quantity, group).sum())

    def means(self) -> pa.Table:
        """Means with Monte-Carlo errors: group, of, quantity, women, mean, standard_error."""
        import pyarrow as pa

        rows = []
        for group in GROUPS:
            for of, quantities in SUMMED.items():
                sums = self.sums(of, group)
                for name, mean, error in zip(quantities, sums.mean, sums.error, strict=True):
                    rows.append((group, of, name, sums.count, float(mean), float(error)))
        names = ("group", "of", "quantity", "women", "mean", "standard_error")
        return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def curves(self) -> pa.Table:
        """Every step of every curve: curve, group, day, time_years, at_risk, events, value, lower, upper."""
        import pyarrow as pa

        parts = []
        for name, make in self._curves().items():
            for group in GROUPS:
                curve = make(group)
                n = curve.day.size
                parts.append(
                    pa.table(
                        {
                            "curve": pa.array([name] * n, pa.string()),
                            "group": pa.array([group] * n, pa.string()),
                            "day": pa.array(curve.day, pa.int64()),
                            "time_years": curve.day / DAYS_PER_YEAR,
                            "at_risk": pa.array(curve.at_risk, pa.int64()),
                            "events": pa.array(curve.events, pa.int64()),
                            "value": curve.value,
                            "standard_error": curve.error,
                            "lower": curve.lower,
                            "upper": curve.upper,
                        }
                    )
                )
        return pa.concat_tables(parts)

    def tables(self) -> dict[str, pa.Table]:
        """All tables, by name."""
        return {"counts": self.table(), "means": self.means(), "curves": self.curves()}

    def _curves(self) -> dict[str, Any]:
        return {
            "survival since metastatic disease was found in life": lambda g: self.survival(
                FOUND, g
            ),
            "survival since diagnosis": lambda g: self.survival(DIAGNOSED, g),
            "net survival since diagnosis": lambda g: self.survival(DIAGNOSED, g, net=True),
            "distant recurrence": lambda g: self.incidence("distant", g),
            "locoregional recurrence": lambda g: self.incidence("locoregional", g),
        }

    @property
    def sentence(self) -> str:
        """Median survival from metastatic disease found in life, by subtype."""
        told = []
        for group in SUBTYPES:
            median, low, high = self.survival(FOUND, group).median
            if math.isfinite(median):
                told.append(f"{span(median)} ({span(low)} to {span(high)}) in {group}")
        if not told:
            return f"Metastatic disease was found in life in none of {of_women(self.women())}."
        found = int(self.cells("lines").sum())
        care = f" under {self.manifest['strategy']}" if "strategy" in self.manifest else ""
        return (
            f"Of {of_women(self.women())}{care}, {whole(found)} had metastatic disease found in life; they "
            "lived from then, in years (median to the day, 95 % interval of simulation alone): "
            f"{listed(told)}."
        )

    def text_rows(self) -> TextRows:
        """By group: women, metastatic disease found in life, median survival, recurrence, cured."""
        rows = []
        for (group, _), cure in zip(GROUPS.items(), self.cure().groups, strict=True):
            median, low, high = self.survival(FOUND, group).median
            found = int(self.cells("lines", group).sum())
            interval = f"{span(median)} ({span(low)} to {span(high)})" if found else "–"
            ten = self.incidence("distant", group).at(10.0)
            rows.append(
                [group, whole(self.women(group)), whole(found), interval, percent(ten),
                 cure.cured.words if cure.cured.women else "–"]
            )  # fmt: skip
        return ["group", "women", "metastatic disease found in life", "median survival, years",
                "distant recurrence within 10 years", "cured, of metastatic"], rows  # fmt: skip

    def __repr__(self) -> str:
        return f"{text_table(*self.text_rows())}\n{self.sentence}"

    def chart(self) -> dict[str, Any]:
        """Survival since metastatic disease was found in life, by subtype, with 95 % bands.

        Where it was found in none of the women, since diagnosis.
        """
        since = FOUND if self.cells("lines").sum() else DIAGNOSED
        days = [
            day_of_rank(together([self.cells(f"{since}, {c}", g) for c in CAUSES_OF_DEATH]), 0.95)
            for g in SUBTYPES
        ]
        horizon = round_up(max((d for d in days if d is not None), default=365) / DAYS_PER_YEAR)
        return drawn_curves(
            {g: self.survival(since, g) for g in SUBTYPES},
            horizon=horizon,
            x_title="Years since metastatic disease was found in life"
            if since == FOUND
            else "Years since diagnosis",
            y_title="Women alive",
            description=self.sentence,
        )

    def further(self) -> list[Further]:
        """Distant recurrence by subtype, and means."""
        if not self.cells("distant recurrence").sum():
            return []
        told = [
            f"{percent(self.incidence('distant', g).at(10.0))} in {g}"
            for g in SUBTYPES
            if self.women(g)
        ]
        sentence = (
            f"Distant recurrence within 10 years of diagnosis, death competing: {listed(told)}."
        )
        chart = drawn_curves(
            {g: self.incidence("distant", g) for g in SUBTYPES},
            horizon=25.0,
            x_title="Years since diagnosis",
            y_title="Women with distant recurrence",
            description=sentence,
        )
        return [Further("Distant recurrence", sentence, chart, self.means())]


def drawn_curves(
    curves: dict[str, Curve], *, horizon: float, x_title: str, y_title: str, description: str
) -> dict[str, Any]:
    """Curves by day as a chart, with bands, and the women at risk under the axis of those that fall."""
    from seedsoil.display.curves import Curve as Drawn
    from seedsoil.display.curves import curves_chart

    ticks = round_times(horizon)
    drawn, rising = [], False
    for name, curve in curves.items():
        if not curve.day.size:
            continue
        rising = not curve.falls
        start = 0.0 if rising else 1.0
        shown = np.flatnonzero(curve.day <= horizon * DAYS_PER_YEAR)
        if shown.size > DISPLAY_POINTS:
            shown = shown[np.linspace(0, shown.size - 1, DISPLAY_POINTS).astype(np.int64)]
        time = np.concatenate([[0.0], curve.day[shown] / DAYS_PER_YEAR, [horizon]])
        value, lower, upper = (
            np.concatenate([[start], v[shown], v[shown][-1:] if shown.size else [start]])
            for v in (curve.value, curve.lower, curve.upper)
        )
        drawn.append(Drawn(name, time, value, lower, upper))
    risk = {
        name: [int(_risk_at(curve, t)) for t in ticks]
        for name, curve in curves.items()
        if curve.day.size
    }
    return curves_chart(
        drawn,
        horizon=horizon,
        ticks=ticks,
        x_title=x_title,
        y_title=y_title,
        at_risk={} if rising else risk,
        description=description,
        rising=rising,
    )


def _risk_at(curve: Curve, years: float) -> int:
    """Women at risk at a time, of a curve without censoring: those at its next step."""
    after = int(np.searchsorted(curve.day, years * DAYS_PER_YEAR, side="left"))
    return int(curve.at_risk[after]) if after < curve.day.size else 0
