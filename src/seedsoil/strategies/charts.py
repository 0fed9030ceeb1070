"""Charts of strategies compared on the same women."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.curves import Curve, curves_chart
from seedsoil.display.stacked import BLUES, stacked_chart
from seedsoil.display.theme import INK, LABEL_SIZE, PAPER, QUIET, finished, short, style_of
from seedsoil.display.words import listed, of_women, percent, signed
from seedsoil.results.attrition import TIMES
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.results.survival import SINCE, Survival, complete_curve, round_times
from seedsoil.units import Z95

if TYPE_CHECKING:
    from seedsoil.strategies.comparison import ComparisonData, Difference

_GROUP = 20
# Lines dark to light, and what is left of life without one paler still.
_TIME_SHADES = dict(zip(TIMES, (*reversed(BLUES[1:]), "#f4e3c1"), strict=True))


def survival_by_strategy(comparison: ComparisonData, group: str | None = None) -> Survival:
    """Survival curves since metastatic disease was found, one a strategy.

    `group`: one of those that the comparison is divided into, or None for all women.
    """
    curves = [
        complete_curve(name, comparison.years(name, group or ALL_WOMEN))
        for name in comparison.names
    ]
    return Survival(tuple(curves), "strategy", "found in life", "any")


def survival_sentence(found: Survival) -> str:
    """Median survival and the share alive at five years, strategy by strategy."""
    strategies = [
        f"Strategy {c.group}: {c.median_words}, {percent(c.at(5.0)[0])}." for c in found.curves
    ]
    return (
        f"Median survival since {SINCE[found.since]}, in years (95 % Monte-Carlo interval), and "
        f"share alive after 5 years, of the same {of_women(found.curves[0].women)}. {' '.join(strategies)}"
    )


def survival_chart(comparison: ComparisonData, group: str | None = None) -> dict[str, Any]:
    """Survival since metastatic disease was found, by strategy, with bands and women at risk."""
    found = survival_by_strategy(comparison, group)
    horizon = found.horizon
    ticks = round_times(horizon)
    return curves_chart(
        [
            Curve(c.group, c.time, c.survival, c.lower, c.upper)
            for c in (curve.thinned(horizon) for curve in found.curves)
        ],
        horizon=horizon,
        ticks=ticks,
        x_title=f"Years since {SINCE[found.since]}",
        y_title="Women alive",
        at_risk={c.group: c.at_risk(np.array(ticks)) for c in found.curves},
        description=survival_sentence(found),
    )


def increments_chart(comparison: ComparisonData, measure: str, x_title: str) -> dict[str, Any]:
    """Differences from the reference in one measure, by group and strategy, with paired 95 % intervals."""
    rows = increments(comparison, measure)
    others = list(comparison.names[1:])
    values: list[dict[str, Any]] = []
    for d in rows:
        half = Z95 * d.difference_se if d.has_interval else 0.0
        values.append(
            {"name": d.group, "g": d.strategy, "v": short(d.difference),
             "low": short(d.difference - half), "high": short(d.difference + half),
             "label": signed(d.difference, 2)}
        )  # fmt: skip
    low = min([0.0, *(v["low"] for v in values)])
    high = max([0.0, *(v["high"] for v in values)])
    width = max(high - low, 0.1)
    x = {
        "field": "v", "type": "quantitative", "title": x_title,
        "scale": {"domain": [short(low - 0.08 * width), short(high + 0.22 * width)], "nice": False},
        "axis": {"tickCount": 6, "format": "+~f",
                 "labelExpr": "datum.value == 0 ? '0' : datum.label"},
    }  # fmt: skip
    y = {
        "field": "name", "type": "nominal", "sort": list(dict.fromkeys(d.group for d in rows)),
        "title": None, "axis": {"ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    offset = {"field": "g", "sort": others}
    # The colours and shapes that the strategies have among the survival curves.
    styles = [style_of(name, list(comparison.names)) for name in others]
    key = {"field": "g", "type": "nominal"} | ({"legend": None} if len(others) == 1 else {})
    colour = {**key, "scale": {"domain": others, "range": [style.colour for style in styles]}}
    shape = {**key, "scale": {"domain": others, "range": [style.shape for style in styles]}}
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"v": 0}]},
         "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "yOffset": offset,
                      "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
         "encoding": {"x": x, "y": y, "yOffset": offset, "color": colour, "shape": shape}},
        # white round the letters first, so that the line at nothing does not cross them
        *({"mark": {"type": "text", "align": "left", "dx": 7, "color": INK,
                    "fontSize": LABEL_SIZE - 1, **halo},
           "encoding": {"x": {**x, "field": "high"}, "y": y, "yOffset": offset,
                        "text": {"field": "label"}}}
          for halo in ({"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}, {})),
    ]  # fmt: skip
    return finished(
        {"height": {"step": _GROUP * len(others) + 10, "for": "position"},
         "data": {"values": values}, "layer": layers},
        increments_sentence(comparison, measure),
    )  # fmt: skip


def increments(comparison: ComparisonData, measure: str) -> list[Difference]:
    """The differences from the reference in a measure: all women first, then group by group."""
    return [
        d
        for d in comparison.differences
        if d.measure.key == measure and d.strategy != comparison.reference
    ]


def increments_sentence(comparison: ComparisonData, measure: str) -> str:
    """The differences in all women and where they are largest, in words."""
    rows = increments(comparison, measure)
    clauses = []
    for name in comparison.names[1:]:
        own = [d for d in rows if d.strategy == name]
        clauses.append(f"strategy {name} {own[0].interval_words} in {own[0].group}")
        if len(own) > 1:
            parts = [f"{d.value_words} in {d.group}" for d in own[1:]]
            clauses[-1] += f" ({listed(parts)})"
    return (
        f"Mean difference from strategy {comparison.reference} in {rows[0].measure.label} "
        f"(95 % interval, from the differences woman by woman): {'; '.join(clauses)}."
    )


def time_chart(comparison: ComparisonData) -> dict[str, Any]:
    """Mean years with metastatic disease by the line of therapy in which they were spent."""
    rows = [
        (name, kind, years)
        for name in comparison.names
        for kind, years, _ in mean_times(comparison, name)
    ]
    return stacked_chart(
        rows,
        _TIME_SHADES,
        x_title="Mean years with metastatic disease",
        description=time_sentence(comparison),
        whole=False,
        share=False,
    )


def mean_times(comparison: ComparisonData, name: str) -> list[tuple[str, float, float]]:
    """Kind of time (TIMES), mean years a woman, and its standard error, under one strategy."""
    times = comparison.courses[name].times
    return list(zip(TIMES, times.mean.tolist(), times.error.tolist(), strict=True))


def time_sentence(comparison: ComparisonData) -> str:
    """Mean time on line 1, on later lines and without one, in words."""
    clauses = []
    for name in comparison.names:
        times = mean_times(comparison, name)
        first, later, rest = times[0][1], sum(y for _, y, _ in times[1:-1]), times[-1][1]
        lines = f"{first:.2f} on line 1, {later:.2f} on later lines, " if first else "no line, "
        clauses.append(f"Strategy {name}: {lines}{rest:.2f} with no further line.")
    error = max(error for name in comparison.names for _, _, error in mean_times(comparison, name))
    return (
        f"Mean years a woman, of {of_women(comparison.women)}. {' '.join(clauses)} A line counts until "
        f"its progression; Monte-Carlo standard errors are {error:.2f} or less."
    )
