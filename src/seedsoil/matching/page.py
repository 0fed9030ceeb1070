"""The report of a comparison with a registry extract: one HTML page, without patient-level data.

Counts of fewer than `FEWEST_SHOWN` women or events are not printed, so that the page can be passed
on; curves are drawn by month and only while ten or more women are at risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.display.page import Figure, Page, table_html, text, write_whole
from seedsoil.display.theme import STYLES
from seedsoil.display.words import listed, percent, percent_interval, whole
from seedsoil.matching import charts

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.matching.result import MatchData

FEWEST_SHOWN = 5
EVENT_FREE = {
    "any": "free of recurrence",
    "distant": "free of distant recurrence",
    "death": "alive",
}
EVENTS = {"any": "recurrences", "distant": "distant recurrences", "death": "deaths"}
GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax({},1fr));gap:.9rem 1.2rem"
NARROW, WIDE = "9.3rem", "16rem"
"""Width of a panel: four or two of them beside each other on a page."""
PANEL_YEARS = (10.0, 5.0, 2.0)
"""A panel's text gives both curves at the first of these years that the registry reaches."""


def overall_chart(result: MatchData) -> dict[str, Any]:
    """Observed and simulated curves of all women, as a Vega-Lite specification."""
    words = EVENT_FREE[result.summary["endpoint"]]
    description = f"Women {words}, registry and simulated. {result.sentence}"
    return charts.overall_chart(_rows(result, "all women"), f"women {words}", description)


def write_match_report(result: MatchData, path: str | Path) -> Path:
    """Write the report of a comparison as one self-contained HTML file, whole or not at all.

    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, match_report_html(result))


def match_report_html(result: MatchData) -> str:
    """The page that `write_match_report` writes."""
    page = _Page(result)
    page.head()
    page.overall()
    page.calibration()
    page.panels(
        "size and nodes",
        "By size and nodes",
        "By the largest diameter, then by the number of positive nodes.",
        NARROW,
    )
    page.panels("ER", "By oestrogen receptor", "", WIDE)
    page.ratios()
    page.method()
    page.limits()
    return page.html("seedsoil: registry against model")


def _rows(result: MatchData, group: str, by: str | None = None) -> pa.Table:
    import pyarrow.compute as pc

    wanted = pc.equal(result.curves["group"], group)
    if by is not None:
        wanted = pc.and_(wanted, pc.equal(result.curves["by"], by))
    return result.curves.filter(wanted)


def _count(value: int) -> str:
    return whole(value) if value == 0 or value >= FEWEST_SHOWN else f"<{FEWEST_SHOWN}"


def _ratio(row: dict[str, Any]) -> str:
    if row["ratio"] is None or row["observed"] < FEWEST_SHOWN:
        return "–"
    return f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


_KEYS = "".join(
    f'<span style="display:inline-block;width:2.2em;border-top:3px {line} {style.colour};'
    f'vertical-align:middle;margin:0 .4em 0 {margin}"></span>{name}'
    for name, line, style, margin in (
        (charts.REGISTRY, "solid", STYLES[0], "0"),
        (charts.SIMULATED, "dashed", STYLES[1], "1.2em"),
    )
)


class _Page(Page):
    """The sections of the page."""

    def __init__(self, result: MatchData) -> None:
        super().__init__()
        self.result = result
        self.summary = result.summary
        self.free = EVENT_FREE[self.summary["endpoint"]]
        self.events = EVENTS[self.summary["endpoint"]]

    def head(self) -> None:
        from seedsoil._version import __version__

        s, overall = self.summary, self.summary["calibration"]["overall"]
        self.header(
            "Registry and model compared",
            f"{s['file']}: {whole(s['women'])} women, followed to {self._event()}. "
            f"seedsoil {__version__}, seed {s['simulated']['seed']}.",
        )
        self.answer("Do registry and model agree?", self._verdict(), self._verdict_reason())
        facts = [
            ("women in the registry", whole(s["women"])),
            (f"{self.events}", _count(overall["observed"])),
            ("woman-years", whole(overall["person_years"])),
            ("median time observed", f"{s['median_time_years']:.1f} years"),
            ("simulated women compared", whole(s["simulated"]["women_compared"])),
            ("strata", whole(s["strata"]["count"])),
        ]
        self.facts(facts)

    def _event(self) -> str:
        return {
            "any": "the first recurrence, locoregional or distant",
            "distant": "distant recurrence",
            "death": "death from any cause",
        }[str(self.summary["endpoint"])]

    def _verdict(self) -> str:
        overall = self.summary["calibration"]["overall"]
        change = 100 * (overall["ratio"] - 1)
        if overall["p"] >= 0.05:
            return f"The number of {self.events} is what the model expects, within chance."
        return (
            f"The registry had {abs(change):.0f} % {'more' if change > 0 else 'fewer'} "
            f"{self.events} than the model expects."
        )

    def _verdict_reason(self) -> str:
        overall = self.summary["calibration"]["overall"]
        risk = self.summary["risk_groups"]
        across = (
            "and groups of women of different predicted risk depart from it by more than chance "
            f"would do (p {_p(risk['p'])})"
            if risk["p"] < 0.05
            else f"and across groups of predicted risk nothing more than chance is seen "
            f"(p {_p(risk['p'])})"
        )
        return (
            f"Observed {_count(overall['observed'])}, expected {overall['expected']:.1f} "
            f"(Monte-Carlo error {overall['expected_se']:.1f}): observed/expected {_ratio(overall)}, "
            f"z = {overall['z']:+.1f}; {across}. Intervals are 95 %."
        )

    def overall(self) -> None:
        gap = self.summary["differences"]
        self.add(f"<h2>Women {text(self.free)}</h2>")
        if gap is None:
            rows, sentence = [], "Too few women are at risk at 2 years to compare the curves there."
        else:
            rows = [
                [f"{year:g}", _count(gap["at_risk"][i]), percent(gap["observed"][i]),
                 percent_interval(_nan(gap["observed_low"][i]), _nan(gap["observed_high"][i])),
                 percent(gap["simulated"][i]),
                 percent_interval(gap["simulated_low"][i], gap["simulated_high"][i]),
                 f"{100 * (gap['observed'][i] - gap['simulated'][i]):+.1f} "
                 f"({100 * gap['difference_low'][i]:+.1f} to "
                 f"{100 * gap['difference_high'][i]:+.1f})"]
                for i, year in enumerate(gap["years"])
            ]  # fmt: skip
            at = [
                f"{percent(gap['observed'][i])} against {percent(gap['simulated'][i])} at {y:g} years"
                for i, y in enumerate(gap["years"])
            ]
            sentence = (
                f"Registry against simulated: {listed(at)} {self.free}; on average the curves are "
                f"{100 * gap['mean_absolute']:.1f} points apart (95 % {100 * gap['low']:.1f} to "
                f"{100 * gap['high']:.1f}), where chance alone would keep them within "
                f"{100 * gap['chance']:.1f} points 95 times in 100."
            )
        header = ["years", "at risk", "registry", "95 % interval", "simulated",
                  "Monte-Carlo", "difference, points"]  # fmt: skip
        self.figure("", Figure(overall_chart(self.result), sentence, header, rows))

    def calibration(self) -> None:
        risk = self.summary["risk_groups"]
        groups = risk["groups"]
        self.add("<h2>By predicted risk</h2>")
        rows = [
            [f"{g['group']}", _count(g["women"]), percent(g["predicted_risk"]),
             percent(g["observed_risk"]),
             percent_interval(_nan(g["observed_risk_low"]), _nan(g["observed_risk_high"])),
             _count(g["observed"]), f"{g['expected']:.1f}", _ratio(g)]
            for g in groups
        ]  # fmt: skip
        first, last = groups[0], groups[-1]
        sentence = (
            f"Women in fifths by the model's risk within {risk['horizon_years']:.3g} years: in the "
            f"lowest {percent(first['predicted_risk'])} was predicted and "
            f"{percent(first['observed_risk'])} observed, in the highest "
            f"{percent(last['predicted_risk'])} and {percent(last['observed_risk'])}; "
            f"chi-square {risk['statistic']:.1f} with {risk['degrees_of_freedom']} degrees of "
            f"freedom, p {_p(risk['p'])}."
        )
        header = ["fifth", "women", "predicted", "observed", "95 % interval", "events",
                  "expected", "observed/expected"]  # fmt: skip
        chart = charts.calibration_chart(groups, risk["horizon_years"], sentence)
        self.figure("", Figure(chart, sentence, header, rows))

    def panels(self, by: str, title: str, words: str, width: str) -> None:
        groups = [g for g in self.summary["calibration"]["groups"] if g["by"] == by]
        rows = {g["group"]: _rows(self.result, g["group"], by) for g in groups}
        drawn = [g for g in groups if rows[g["group"]].num_rows > 1]
        if not drawn:
            return
        horizon = max(float(rows[g["group"]]["time"].to_numpy()[-1]) for g in drawn)
        panels = [self._panel(group, rows[group["group"]], horizon) for group in groups]
        self.add(
            f"<h2>{text(title)}</h2>"
            + (f"<p>{text(words)}</p>" if words else "")
            + f'<figure><p>{_KEYS}</p><div style="{GRID.format(width)}">{"".join(panels)}</div>'
            f"<figcaption>{text(self._panel_sentence(drawn, rows))}</figcaption></figure>"
        )

    def _panel(self, group: dict[str, Any], rows: pa.Table, horizon: float) -> str:
        name = charts.shown(group["group"])
        head = f'<div style="min-width:0"><strong style="font-size:.86rem">{text(name)}</strong>'
        if rows.num_rows < 2:
            return f"{head}<br><small>Too few women for a curve.</small></div>"
        chart = f"panel-{len(self.charts) + 1}"
        description = f"{name}: registry and simulated women {self.free}"
        self.charts[chart] = charts.panel_chart(rows, horizon, description)
        ticks = charts.ticks_to(horizon)
        counts = zip(charts.at_risk(rows, ticks), ticks, strict=True)
        at_risk = ", ".join(f"{n:,} at {t:g}" for n, t in counts if n)
        return (
            f'{head}<div class="chart" id="{chart}-chart"></div><div style="font-size:.84rem;'
            f'line-height:1.4">At risk: {at_risk} y. Events observed/expected {_ratio(group)}.'
            "</div></div>"
        )

    def _panel_sentence(self, drawn: list[dict[str, Any]], rows: dict[str, pa.Table]) -> str:
        outside = [g for g in drawn if g["low"] is None or not g["low"] <= 1 <= g["high"]]
        agree = len(drawn) - len(outside)
        sentence = (
            f"Women {self.free}, in years from diagnosis: in {agree} of {len(drawn)} groups the "
            "95 % interval of observed/expected holds 1."
        )
        far = sorted(outside or drawn, key=lambda g: -abs(g["z"] or 0.0))[:3]
        told = [self._at_year(g["group"], rows[g["group"]]) for g in far]
        return f"{sentence} Farthest from it: {'; '.join(told)}."

    def _at_year(self, group: str, rows: pa.Table) -> str:
        time = rows["time"].to_numpy()
        year = next((year for year in PANEL_YEARS if year <= time[-1]), float(time[-1]))
        row = rows.slice(int(time.searchsorted(year - 1e-9)), 1).to_pylist()[0]
        return (
            f"{charts.shown(group)}, {percent(row['observed'])} {self.free} at {year:.3g} years "
            f"against {percent(row['simulated'])} simulated"
        )

    def ratios(self) -> None:
        groups = self.summary["calibration"]["groups"]
        shown = [g for g in groups if g["ratio"] is not None and g["observed"] >= FEWEST_SHOWN]
        if not shown:
            return
        self.add("<h2>Observed over expected, group by group</h2>")
        rows = [
            [charts.shown(g["group"]), _count(g["women"]), _count(g["observed"]),
             f"{g['expected']:.1f}", _ratio(g), f"{g['z']:+.1f}"]
            for g in shown
        ]  # fmt: skip
        overall = self.summary["calibration"]["overall"]
        high, low = max(shown, key=lambda g: g["ratio"]), min(shown, key=lambda g: g["ratio"])
        sentence = (
            f"Overall observed/expected is {_ratio(overall)}; among the groups it runs from "
            f"{low['ratio']:.2f} ({charts.shown(low['group'])}) to {high['ratio']:.2f} "
            f"({charts.shown(high['group'])})."
        )
        if len(shown) < len(groups):
            sentence += f" Groups with fewer than {FEWEST_SHOWN} events are not shown."
        header = ["group", "women", "events", "expected", "observed/expected", "z"]
        self.figure("", Figure(charts.ratios_chart(shown, sentence), sentence, header, rows))

    def method(self) -> None:
        s = self.summary
        self.heading("How the extract was read, and how it was compared")
        self.points([*s["notes"], *METHOD])
        if s["strata"]["merged"]:
            rows = [
                [charts.shown(m["stratum"]), _count(m["registry_women"]),
                 whole(m["simulated_women"]), charts.shown(m["merged_into"])]
                for m in s["strata"]["merged"]
            ]  # fmt: skip
            header = ["stratum", "registry women", "simulated women", "merged into"]
            self.add(
                f"<details><summary>Strata merged with neighbours ({len(rows)})</summary>"
                f"{table_html(header, rows)}</details>"
            )

    def limits(self) -> None:
        self.heading("What this comparison cannot show")
        self.points(LIMITS)


METHOD = (
    "Registry curves are Kaplan-Meier estimates with 95 % log-log bands. Simulated women are weighted "
    "so that each stratum counts as in the registry, and are censored over time as the registry's "
    "women were, by age and nodes; their band is Monte-Carlo error only (200 draws in which the "
    "simulated events of each stratum and month are Poisson).",
    "Expected events: for each registry woman the simulated cumulative hazard of her stratum up to "
    "the end of her own follow-up, added up. The interval of observed/expected is the exact Poisson "
    "interval of the observed number, the expected one taken as known.",
)
LIMITS = (
    "Agreement does not prove the mechanism: other models could give the same curves. If this "
    "extract, or a publication of it, is among the targets to which the model was fitted (seedsoil "
    "sources lists them), agreement is no validation at all.",
    "Women are alike only in what the strata hold. Grade, histology, the way the tumour was found, "
    "surgery, radiotherapy, margins, other illness and the exact size within a band are not matched.",
    "What a registry calls a recurrence (a second primary, the other breast, ductal carcinoma in "
    "situ) and how hard it looks for one differ from place to place; the model has locoregional and "
    "distant recurrence only.",
    "Curves net of other deaths assume that women who died of something else would have had the "
    "same risk. They are not the share of women who will see a recurrence.",
    "Bands and intervals hold chance, not the uncertainty of the model's parameters, and adjuvant "
    "therapy is compared by kind, not by drug, dose or duration.",
    "With many groups some intervals miss 1 by chance: about one in twenty.",
    "Nothing here is a prognosis for a woman of the registry or for anyone else.",
)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
