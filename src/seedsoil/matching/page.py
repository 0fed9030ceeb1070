"""The report of a comparison with a registry extract: one HTML page, without patient-level data.

Counts of fewer than `FEWEST_SHOWN` women or events are not printed, so that the page can be passed
on; curves are drawn by month and only while ten or more women are at risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.display.page import Figure, page_html
from seedsoil.display.theme import STYLES
from seedsoil.display.words import listed, percent, percent_interval, whole
from seedsoil.matching import charts
from seedsoil.matching.result import EVENTS, curve_words, expected_words
from seedsoil.results.draws_section import draws_section
from seedsoil.storage import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.matching.result import MatchData
    from seedsoil.results.draws_section import Told

FEWEST_SHOWN = 5
LEVEL = 0.05
EVENT_FREE = {
    "any": "free of recurrence",
    "distant": "free of distant recurrence",
    "recurrence-or-death": "alive and free of recurrence",
    "death": "alive",
}
FOLLOWED_TO = {
    "any": "the first recurrence, locoregional or distant",
    "distant": "distant recurrence",
    "recurrence-or-death": "the first recurrence, locoregional or distant, or death",
    "death": "death from any cause",
}
KEYS = ((charts.REGISTRY, STYLES[0], "solid"), (charts.SIMULATED, STYLES[1], "dashed"))
"""The curves of a panel: name, style, line."""
PANEL_YEARS = (10.0, 5.0, 2.0)
"""A panel's text gives both curves at the first of these years that the registry reaches."""


def overall_chart(result: MatchData) -> dict[str, Any]:
    """Observed and simulated curves of all women, as a Vega-Lite specification."""
    words = EVENT_FREE[result.summary["endpoint"]]
    description = f"Women {words}, registry and simulated. {result.sentence}"
    return charts.overall_chart(_rows(result, "all women"), f"women {words}", description)


def write_match_report(result: MatchData, path: str | Path, draws: Told | None = None) -> Path:
    """Write the report of a comparison as one self-contained HTML file, whole or not at all.

    `draws`: expected events, and observed over them, over draws of the posterior, which get a section.
    Raises InputError where the folder of `path` does not exist.
    """
    return write_whole(path, match_report_html(result, draws))


def match_report_html(result: MatchData, draws: Told | None = None) -> str:
    """The page that `write_match_report` writes."""
    summary = result.summary
    endpoint = summary["endpoint"]
    return page_html(
        "matching/page.html",
        summary=summary,
        version=__version__,
        women=whole(summary["women"]),
        event=FOLLOWED_TO[endpoint],
        free=EVENT_FREE[endpoint],
        verdict=_verdict(summary),
        reason=_reason(summary),
        facts=_facts(summary),
        overall=_overall(result),
        draws=draws_section(draws),
        by_risk=_by_risk(summary),
        keys=KEYS,
        by_size=_panels(result, "size and nodes"),
        by_er=_panels(result, "ER"),
        ratios=_ratios(summary),
        dropped=_dropped(summary),
        apart=whole(summary["rejected"]),
        merged=[
            [charts.shown(m["stratum"]), _count(m["registry_women"]), whole(m["simulated_women"]),
             charts.shown(m["merged_into"])]
            for m in summary["strata"]["merged"]
        ],
    )  # fmt: skip


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


def _verdict(summary: dict[str, Any]) -> str:
    overall, test = summary["calibration"]["overall"], summary["curve_test"]
    events = EVENTS[summary["endpoint"]]
    change = 100 * (overall["ratio"] - 1)
    if overall["p"] >= LEVEL:
        number = f"The number of {events} is what the model expects, within chance"
    else:
        number = (
            f"The registry had {abs(change):.0f} % {'more' if change > 0 else 'fewer'} {events} than "
            "the model expects"
        )
    if not test["differ"]:
        return f"{number}; the curves differ by no more than chance allows."
    joint = "but" if overall["p"] >= LEVEL else "and"
    return (
        f"{number}, {joint} the curves differ by more than chance allows: by {test['year']:.1f} years "
        f"{_count(test['observed'])} {events} where {test['expected']:.1f} were expected."
    )


def _reason(summary: dict[str, Any]) -> str:
    overall, risk = summary["calibration"]["overall"], summary["risk_groups"]
    across = (
        "Groups of women of different predicted risk depart from the model by more than chance would do"
        if risk["p"] < LEVEL
        else "Across groups of predicted risk nothing more than chance is seen"
    )
    return (
        f"Observed {_count(overall['observed'])}, expected {expected_words(overall)} (Monte-Carlo "
        f"error): observed/expected {_ratio(overall)}, z = {overall['z']:+.1f}. "
        f"{curve_words(summary['curve_test'])}. {across} (p {_p(risk['p'])}). Intervals are 95 % and "
        f"hold the Monte-Carlo error. Simulated women: {summary['simulated']['words']}."
    )


def _facts(summary: dict[str, Any]) -> list[tuple[str, str]]:
    overall = summary["calibration"]["overall"]
    return [
        ("women in the registry", whole(summary["women"])),
        (EVENTS[summary["endpoint"]], _count(overall["observed"])),
        ("woman-years", whole(overall["person_years"])),
        ("median follow-up (quartiles), reverse Kaplan-Meier", _follow_up(summary)),
        ("simulated women compared", whole(summary["simulated"]["women_compared"])),
        ("strata", whole(summary["strata"]["count"])),
    ]


def _follow_up(summary: dict[str, Any]) -> str:
    names = ("median", "lower_quartile", "upper_quartile")
    median, low, high = (
        "–" if summary["follow_up_years"][n] is None else f"{summary['follow_up_years'][n]:.1f}"
        for n in names
    )
    return f"{median} ({low} to {high}) years"


def _dropped(summary: dict[str, Any]) -> list[list[str]]:
    """Rows of the table of what women kept and rows set apart have in common."""

    def amount(one: dict[str, Any], value: float) -> str:
        return percent(value) if one["unit"] == "share" else f"{value:.1f} {one['unit']}"

    return [
        [one["name"], _count(one["kept_women"]), amount(one, one["kept"]),
         _count(one["dropped_rows"]), amount(one, one["dropped"]), _p(one["p"]).removeprefix("= ")]
        for one in summary["kept_and_dropped"]
    ]  # fmt: skip


def _overall(result: MatchData) -> Figure:
    gap, free = result.summary["differences"], EVENT_FREE[result.summary["endpoint"]]
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
            f"Registry against simulated: {listed(at)} {free}; on average the curves are "
            f"{100 * gap['mean_absolute']:.1f} points apart (95 % {100 * gap['low']:.1f} to "
            f"{100 * gap['high']:.1f}). {curve_words(result.summary['curve_test'])}."
        )
    header = ["years", "at risk", "registry", "95 % interval", "simulated",
              "Monte-Carlo", "difference, points"]  # fmt: skip
    return Figure(overall_chart(result), sentence, header, rows)


def _by_risk(summary: dict[str, Any]) -> Figure:
    risk = summary["risk_groups"]
    groups = risk["groups"]
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
    return Figure(chart, sentence, header, rows)


def _panels(result: MatchData, by: str) -> dict[str, Any] | None:
    """A small chart of each group of a division; None where no group has women enough for one."""
    groups = [g for g in result.summary["calibration"]["groups"] if g["by"] == by]
    rows = {g["group"]: _rows(result, g["group"], by) for g in groups}
    drawn = [g for g in groups if rows[g["group"]].num_rows > 1]
    if not drawn:
        return None
    free = EVENT_FREE[result.summary["endpoint"]]
    horizon = max(float(rows[g["group"]]["time"].to_numpy()[-1]) for g in drawn)
    return {
        "panels": [_panel(g, rows[g["group"]], horizon, free) for g in groups],
        "sentence": _panel_sentence(drawn, rows, free),
    }


def _panel(group: dict[str, Any], rows: pa.Table, horizon: float, free: str) -> dict[str, Any]:
    name = charts.shown(group["group"])
    if rows.num_rows < 2:
        return {"name": name, "chart": None}
    ticks = charts.ticks_to(horizon)
    counts = zip(charts.at_risk(rows, ticks), ticks, strict=True)
    return {
        "name": name,
        "chart": charts.panel_chart(rows, horizon, f"{name}: registry and simulated women {free}"),
        "at_risk": ", ".join(f"{n:,} at {t:g}" for n, t in counts if n),
        "ratio": _ratio(group),
    }


def _panel_sentence(drawn: list[dict[str, Any]], rows: dict[str, pa.Table], free: str) -> str:
    outside = [g for g in drawn if g["low"] is None or not g["low"] <= 1 <= g["high"]]
    agree = len(drawn) - len(outside)
    far = sorted(outside or drawn, key=lambda g: -abs(g["z"] or 0.0))[:3]
    return (
        f"Women {free}, in years from diagnosis: in {agree} of {len(drawn)} groups the "
        "95 % interval of observed/expected holds 1. "
        f"Farthest from it: {'; '.join(_at_year(g['group'], rows[g['group']], free) for g in far)}."
    )


def _at_year(group: str, rows: pa.Table, free: str) -> str:
    time = rows["time"].to_numpy()
    year = next((year for year in PANEL_YEARS if year <= time[-1]), float(time[-1]))
    row = rows.slice(int(time.searchsorted(year - 1e-9)), 1).to_pylist()[0]
    return (
        f"{charts.shown(group)}, {percent(row['observed'])} {free} at {year:.3g} years "
        f"against {percent(row['simulated'])} simulated"
    )


def _ratios(summary: dict[str, Any]) -> Figure | None:
    """Observed over expected of the groups with events enough; None where there are none."""
    groups = summary["calibration"]["groups"]
    shown = [g for g in groups if g["ratio"] is not None and g["observed"] >= FEWEST_SHOWN]
    if not shown:
        return None
    rows = [
        [charts.shown(g["group"]), _count(g["women"]), _count(g["observed"]),
         f"{g['expected']:.1f}", _ratio(g), f"{g['z']:+.1f}"]
        for g in shown
    ]  # fmt: skip
    overall = summary["calibration"]["overall"]
    high, low = max(shown, key=lambda g: g["ratio"]), min(shown, key=lambda g: g["ratio"])
    sentence = (
        f"Overall observed/expected is {_ratio(overall)}; among the groups it runs from "
        f"{low['ratio']:.2f} ({charts.shown(low['group'])}) to {high['ratio']:.2f} "
        f"({charts.shown(high['group'])})."
    )
    if len(shown) < len(groups):
        sentence += f" Groups with fewer than {FEWEST_SHOWN} events are not shown."
    header = ["group", "women", "events", "expected", "observed/expected", "z"]
    return Figure(charts.ratios_chart(shown, sentence), sentence, header, rows)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
