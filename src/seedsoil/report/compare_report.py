"""The report of strategies compared: one HTML page that stands alone, offline."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from seedsoil.report import compare_charts as charts
from seedsoil.report.page import (
    Figure,
    Page,
    table_html,
    text,
    write_whole,
)
from seedsoil.results.attrition import symptom_times
from seedsoil.results.columns import groups
from seedsoil.results.shares import Share
from seedsoil.results.treatment import treated_women
from seedsoil.results.words import (
    Z95,
    listed,
    percent,
    percent_interval,
    span,
    whole,
    with_error,
)

if TYPE_CHECKING:
    from seedsoil.strategies import Difference, StrategyComparison

# Measures of the comparison's table, in the groups in which the page tells them.
LIVED = ("life_years", "qaly", "alive_1", "alive_3", "alive_5", "alive_10", "eradicated")
BORNE = ("lines", "years_on_treatment", "years_with_symptoms", "toxic_lines", "toxic_death")
FORESTS = (
    ("life_years", "Life years", "Life years more than under {reference}"),
    ("qaly", "Quality-adjusted life years", "QALYs more than under {reference}"),
)
# A subtype with fewer women has no curves of its own.
FEWEST = 30


def write_comparison(comparison: StrategyComparison, path: str | Path) -> Path:
    """Write the comparison as one self-contained HTML file, whole or not at all; returns its path.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, comparison_html(comparison))


def comparison_html(comparison: StrategyComparison) -> str:
    """The page that `write_comparison` writes."""
    page = _Page(comparison)
    page.head()
    page.survival()
    page.forests()
    page.times()
    page.burdens()
    page.subtypes()
    page.method()
    title = f"seedsoil: {listed(list(comparison.names))}"
    return page.html(title)


class _Page(Page):
    """The sections of the page."""

    def __init__(self, comparison: StrategyComparison) -> None:
        super().__init__()
        self.comparison = comparison
        self.names = comparison.names

    def head(self) -> None:
        made = self.comparison.runs[self.names[0]].manifest
        self.header(
            f"{listed(list(self.names))}: strategies compared",
            f"Of {whole(made['women'])} simulated women the same {whole(self.comparison.women)} have "
            "metastatic disease found in life, under every strategy. "
            f"seedsoil {made.get('seedsoil', '')}, seed {made.get('seed', '')}.",
        )
        self.answer("What does a strategy buy?", self.comparison.sentence)

    def survival(self) -> None:
        self.add("<h2>Survival</h2>")
        self._curves("", None)

    def subtypes(self) -> None:
        patients = self.comparison.runs[self.names[0]].patients
        divided = groups(patients, "subtype", treated_women(patients))
        large = {g.name: n for g in divided if (n := int(g.members.sum())) >= FEWEST}
        if large:
            self.add("<h2>Survival by subtype</h2>")
        for subtype, women in large.items():
            self._curves(f"{subtype}, {whole(women)} women", subtype)

    def _curves(self, title: str, group: str | None) -> None:
        found = charts.survival_by_strategy(self.comparison, group)
        rows = []
        for curve in found.curves:
            median, low, high = curve.median
            row = [curve.group, f"{span(median)} ({span(low)} to {span(high)})"]
            for year in (1.0, 2.0, 5.0, 10.0):
                alive, lower, upper = curve.at(year)
                row.append(f"{percent(alive)} ({percent_interval(lower, upper)})")
            rows.append(row)
        header = ["strategy", "median, years", "alive at 1", "at 2", "at 5", "at 10 years"]
        chart = charts.survival_chart(self.comparison, group)
        self.figure(title, Figure(chart, str(chart["description"]), header, rows))

    def forests(self) -> None:
        reference = self.comparison.reference
        self.add(
            f"<h2>Differences from {text(reference)}</h2><p>Differences are taken woman by woman: the same "
            "women with the same random numbers, so the intervals are narrower than those of two "
            "trials of this size.</p>"
        )
        for measure, title, axis in FORESTS:
            rows = [
                [f"{d.group}, {d.strategy}", with_error(d.mean, d.se), charts.interval(d)]
                for d in charts.increments(self.comparison, measure)
            ]
            chart = charts.increments_chart(
                self.comparison, measure, axis.format(reference=reference)
            )
            header = ["", "mean ± error", "difference (95 % interval)"]
            self.figure(title, Figure(chart, str(chart["description"]), header, rows))
        self.add("<h3>Means and differences, all women</h3>")
        self._measures(LIVED)

    def times(self) -> None:
        self.add("<h2>Where the years go</h2>")
        rows = []
        for name in self.names:
            for kind, years, error in charts.mean_times(self.comparison, name):
                rows.append([f"{name}, {kind}", with_error(years, error)])
        chart = charts.time_chart(self.comparison)
        header = ["", "mean years ± error"]
        self.figure("", Figure(chart, str(chart["description"]), header, rows))

    def burdens(self) -> None:
        self.add(
            "<h2>Treatment, toxicity and symptoms</h2><p>Means of all women with metastatic disease, "
            "with Monte-Carlo standard errors; differences with paired 95 % intervals.</p>"
        )
        self._measures(BORNE)
        found = {
            name: {(t.organ, t.symptom): t for t in symptom_times(self.comparison.runs[name])}
            for name in self.names
        }
        known = list(dict.fromkeys(key for name in self.names for key in found[name]))
        rows = []
        for organ, symptom in known:
            row = [f"{symptom} ({organ})"]
            for name in self.names:
                t = found[name].get((organ, symptom))
                row += (
                    ["0 %", "0"]
                    if t is None
                    else [percent(t.ever.value), with_error(t.years, t.error)]
                )
            rows.append(row)
        header = ["symptom"]
        for name in self.names:
            header += [f"{name}: ever", "mean years"]
        self.add(f"<h3>Symptoms of metastatic disease</h3>{table_html(header, rows)}")

    def _measures(self, keys: tuple[str, ...]) -> None:
        """Means of the measures, and their differences from the reference: beside them if there is room."""
        others = self.names[1:]
        means, differences = [], []
        for key in keys:
            own = [self.comparison.of(key, name) for name in self.names]
            unit = own[0].measure.unit
            share = unit == "share"
            label = own[0].measure.label
            if share or unit not in label:
                label += ", %" if share else f", {unit}"
            means.append([label, *(_mean(d, share, self.comparison.women) for d in own)])
            differences.append([label, *(_difference(d, share) for d in own[1:])])
        if len(others) == 1:
            header = ["", *self.names, f"{others[0]} − {self.names[0]}"]
            both = [[*m, *d[1:]] for m, d in zip(means, differences, strict=True)]
            self.add(table_html(header, both))
        else:
            self.add(table_html(["mean ± error", *self.names], means))
            header = ["difference (95 % interval)", *(f"{n} − {self.names[0]}" for n in others)]
            self.add(table_html(header, differences))

    def method(self) -> None:
        made = self.comparison.runs[self.names[0]].manifest
        points = [
            "The natural history of every woman up to the day her metastatic disease is found, and every "
            "random number that a strategy does not change, are the same under all strategies. Two "
            "identical strategies differ by exactly zero.",
            "Quality-adjusted years count from the day metastatic disease was found, undiscounted, with "
            "the utilities of the catalog (seedsoil sources utility).",
            "Toxicity is of grade 3 or more; died of treatment: as the drugs' own trials report it.",
            "Intervals are Monte-Carlo: the play of chance in a simulation of this size. They do not hold "
            "the uncertainty of the parameters, of the effects of drugs or of the model, which is larger.",
        ]
        self.heading("How this was told")
        self.points(points)
        digest = "parameters, hash"
        facts = [
            ("seed", made.get("seed")),
            ("women simulated", whole(made["women"])),
            ("screening", made.get("screening")),
            ("adjuvant therapy", made.get("adjuvant")),
            (digest, made.get("parameters_hash")),
        ]
        self.made(facts, code=[digest])


def _mean(d: Difference, share: bool, women: int) -> str:
    if not share:
        return with_error(d.mean, d.se)
    if d.mean == 0:  # none of so many women is not none of all: say what the share may be
        return Share(0, women).words
    return f"{percent(d.mean)} ± {_points(d.se)}"


def _difference(d: Difference, share: bool) -> str:
    if not share:
        return charts.interval(d)
    half = Z95 * d.difference_se
    if math.isnan(half):
        return charts.signed(100 * d.difference, 1)
    ends = (charts.signed(100 * (d.difference + sign * half), 1) for sign in (-1, 1))
    return f"{charts.signed(100 * d.difference, 1)} ({' to '.join(ends)})"


def _points(error: float) -> str:
    return "–" if math.isnan(error) else f"{100 * error:.1f}"
