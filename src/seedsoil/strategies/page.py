"""The report of strategies compared: one HTML page that stands alone, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.display.page import Figure, Page, table_html, text, write_whole
from seedsoil.display.words import listed, percent, percent_interval, span, whole, with_error
from seedsoil.results.attrition import symptom_times
from seedsoil.results.burden import divided
from seedsoil.results.columns import women_found_in_life
from seedsoil.results.shares import Share
from seedsoil.strategies import charts

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.strategies.comparison import ComparisonData, Difference

# Measures of the comparison's table, in the groups in which the page tells them.
LIVED = ("life_years", "qaly", "alive_1", "alive_3", "alive_5", "alive_10", "eradicated")
BORNE = ("lines", "years_on_treatment", "years_with_symptoms", "toxic_lines", "toxic_death")
FORESTS = (
    ("life_years", "Life years", "Life years more than under {reference}"),
    (
        "qaly",
        "Quality-adjusted life years",
        "Quality-adjusted life years more than under {reference}",
    ),
)
# A group with fewer women has no curves of its own.
FEWEST = 30


def write_comparison(comparison: ComparisonData, path: str | Path) -> Path:
    """Write the comparison as one self-contained HTML file, whole or not at all; returns its path.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, comparison_html(comparison))


def comparison_html(comparison: ComparisonData) -> str:
    """The page that `write_comparison` writes."""
    page = _Page(comparison)
    page.head()
    page.survival()
    page.forests()
    page.times()
    page.burdens()
    page.groups()
    page.method()
    title = f"seedsoil: strategies {listed(list(comparison.names))}"
    return page.html(title)


class _Page(Page):
    """The sections of the page."""

    def __init__(self, comparison: ComparisonData) -> None:
        super().__init__()
        self.comparison = comparison
        self.names = comparison.names

    def head(self) -> None:
        made = self.comparison.runs[self.names[0]].manifest
        self.header(
            f"Strategies compared: {listed(list(self.names))}",
            f"Of {whole(made['women'])} simulated women the same {whole(self.comparison.women)} have "
            "metastatic disease found in life, under every strategy. "
            f"seedsoil {made.get('seedsoil', '')}, seed {made.get('seed', '')}.",
        )
        self.answer("What does a strategy buy?", self.comparison.sentence)

    def survival(self) -> None:
        self.add("<h2>Survival</h2>")
        self._curves("", None)

    def groups(self) -> None:
        by = self.comparison.by
        if by is None:
            return
        patients = self.comparison.runs[self.names[0]].patients
        found = divided(patients, by, women_found_in_life(patients))
        large = {g.name: n for g in found if (n := int(g.members.sum())) >= FEWEST}
        if large:
            self.add(f"<h2>Survival by {text(by)}</h2>")
        for group, women in large.items():
            self._curves(f"{group}, {whole(women)} women", group)

    def _curves(self, title: str, group: str | None) -> None:
        found = charts.survival_by_strategy(self.comparison, group)
        rows = []
        for curve in found.curves:
            median, low, high = curve.median
            row = [curve.group, f"{span(median)} ({span(low)} to {span(high)})"]
            for year in (1.0, 2.0, 5.0, 10.0):
                alive, lower, upper = curve.at(year)
                # the curve's interval has no width where nobody is alive: say what the share may be
                known = f"{percent(alive)} ({percent_interval(lower, upper)})"
                row.append(known if alive > 0 else Share(0, curve.women).words)
            rows.append(row)
        header = ["strategy", "median, years", "alive at 1", "at 2", "at 5", "at 10 years"]
        chart = charts.survival_chart(self.comparison, group)
        self.figure(title, Figure(chart, str(chart["description"]), header, rows))

    def forests(self) -> None:
        reference = self.comparison.reference
        self.add(
            f"<h2>Differences from strategy {text(reference)}</h2><p>Differences are taken woman by woman: "
            "the same women with the same random numbers, so the intervals are narrower than those of "
            "two trials of this size.</p>"
        )
        for measure, title, axis in FORESTS:
            rows = [
                [f"{d.group}, strategy {d.strategy}", _mean(d), d.interval_words]
                for d in charts.increments(self.comparison, measure)
            ]
            chart = charts.increments_chart(
                self.comparison, measure, axis.format(reference=f"strategy {reference}")
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
                told = (
                    f"{years:.2f} ± {error:.2f}" if error > 0 else f"{years:.2f}" if years else "0"
                )
                rows.append([f"strategy {name}, {kind}", told])
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
        ever, years = [], []
        for organ, symptom in known:
            times = [found[name].get((organ, symptom)) for name in self.names]
            label = f"{symptom} ({organ})"
            ever.append([label, *("0 %" if t is None else percent(t.ever.value) for t in times)])
            years.append(
                [label, *("0" if t is None else with_error(t.years, t.error) for t in times)]
            )
        self.add(
            "<h3>Symptoms of metastatic disease</h3>"
            + table_html(["women who ever have it", *self.names], ever)
            + table_html(["mean years with it ± error", *self.names], years)
        )

    def _measures(self, keys: tuple[str, ...]) -> None:
        """Means of the measures, and their differences from the reference: beside them if there is room."""
        others = self.names[1:]
        means, differences = [], []
        for key in keys:
            own = [self.comparison.of(key, name) for name in self.names]
            measure = own[0].measure
            means.append([measure.label, *(_mean(d, self.comparison.women) for d in own)])
            differences.append([measure.difference_label, *(d.interval_words for d in own[1:])])
        self.add(table_html(["mean ± error under strategy", *self.names], means))
        reference = self.comparison.reference
        header = [f"difference from strategy {reference} (95 % interval)", *others]
        self.add(table_html(header, differences))

    def method(self) -> None:
        made = self.comparison.runs[self.names[0]].manifest
        points = [
            "The natural history of every woman up to the day her metastatic disease is found, and every "
            "random number that a strategy does not change, are the same under all strategies. Two "
            "identical strategies differ by exactly zero.",
            "Quality-adjusted years count from the day metastatic disease was found, undiscounted, with "
            "the utilities of the catalog (seedsoil sources utility), which the hash below does not hold.",
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


def _mean(d: Difference, women: int = 0) -> str:
    """A mean with its standard error; of `women` where a share may be nothing."""
    if d.measure.unit != "share":
        return f"{d.mean_words} ± {d.se:.2f}" if d.se > 0 else d.mean_words
    if d.mean == 0:  # none of so many women is not none of all: say what the share may be
        return Share(0, women).words
    digits = 1 if d.mean >= 0.01 else 2
    return f"{percent(d.mean)} ± {100 * d.se:.{digits}f}" if d.se > 0 else percent(d.mean)
