"""Charts of a design: power by the number of women, and what the looks see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.display.theme import INK, QUIET, SINGLE, finished, short
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.trials.planned import DesignData

_ROW = 34


def power_chart(result: DesignData, description: str) -> dict[str, Any]:
    """Power against the number of women with its 95 % band; the wanted power is a line, the plan a square."""
    values: list[dict[str, Any]] = []
    for point in result.powers:
        error = Z95 * result.error_of(point)
        planned = point.women == result.planned.women
        values.append(
            {"n": point.women, "power": short(point.power),
             "low": short(max(point.power - error, 0.0)), "high": short(min(point.power + error, 1.0)),
             "size": "as planned" if planned else "another size"}
        )  # fmt: skip
    x = {
        "field": "n", "type": "quantitative", "title": "Women, all arms together",
        "scale": {"zero": False, "nice": True},
    }  # fmt: skip
    y = {
        "field": "power", "type": "quantitative", "title": "Power",
        "scale": {"domain": [0, 1], "nice": False}, "axis": {"format": "~%", "tickCount": 5},
    }  # fmt: skip
    shapes = {"domain": ["as planned", "another size"], "range": ["square", "circle"]}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "area", "color": SINGLE.colour, "opacity": 0.18},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "color": SINGLE.colour, "strokeWidth": 2.5},
         "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": SINGLE.ink,
                  "tooltip": True},
         "encoding": {"x": x, "y": y,
                      "shape": {"field": "size", "type": "nominal", "scale": shapes}}},
        {"data": {"values": [{"power": short(result.wanted)}]},
         "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]}, "encoding": {"y": y}},
    ]  # fmt: skip
    return finished({"height": 280, "data": {"values": values}, "layer": layers}, description)


def ratio_chart(result: DesignData, description: str) -> dict[str, Any]:
    """The hazard ratio seen at each look, 95 % of trials, with the ratios at which the trial stops."""
    rows = [(_name(row.look, row.events), row.hr, row.hr_low, row.hr_high) for row in result.looks]
    marks: list[dict[str, Any]] = [
        {"name": _name(row.look, row.events), "v": short(value), "kind": kind}
        for row in result.looks
        for kind, value in (("efficacy", row.hr_efficacy), ("futility", row.hr_futility))
        if value is not None
    ]
    ends = (
        [value for row in rows for value in row[1:] if not math.isnan(value)]
        + [mark["v"] for mark in marks]
        + [1.0]
    )
    bottom, top = max(min(ends) / 1.1, 0.05), min(max(ends) * 1.1, 20.0)
    x = {
        "type": "quantitative", "title": "Hazard ratio, logarithmic scale",
        "scale": {"type": "log", "domain": [short(bottom), short(top)], "nice": False, "clamp": True},
        "axis": {"values": [m for m in (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10) if bottom <= m <= top],
                 "format": "~g"},
    }  # fmt: skip
    chart = _intervals(rows, x, description)
    shapes = {"domain": ["efficacy", "futility"], "range": ["triangle-left", "triangle-right"]}
    shades = {"domain": ["efficacy", "futility"], "range": ["#00704f", "#a84700"]}
    chart["layer"] += [
        {"data": {"values": [{"v": 1}]},
         "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]},
         "encoding": {"x": {**x, "field": "v"}}},
        {"data": {"values": marks},
         "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
         "encoding": {"x": {**x, "field": "v"}, "y": {"field": "name", "type": "nominal"},
                      "shape": {"field": "kind", "type": "nominal", "scale": shapes},
                      "color": {"field": "kind", "type": "nominal", "scale": shades}}},
    ]  # fmt: skip
    return chart


def month_chart(result: DesignData, description: str) -> dict[str, Any]:
    """The month of each look: median and 95 % of trials."""
    rows = [
        (_name(row.look, row.events), row.month, row.month_low, row.month_high)
        for row in result.looks
    ]
    top = 1.05 * max(row[3] for row in rows if not math.isnan(row[3]))
    x = {
        "type": "quantitative", "title": "Months since accrual began",
        "scale": {"domain": [0, short(top)], "nice": False},
    }  # fmt: skip
    return _intervals(rows, x, description)


def _name(look: int, events: int | None) -> str:
    return f"look {look}" if events is None else f"look {look}, {events:,} events"


def _intervals(
    rows: Sequence[tuple[str, float, float, float]], x: dict[str, Any], description: str
) -> dict[str, Any]:
    values = [
        {"name": name, "v": short(middle), "low": short(low), "high": short(high)}
        for name, middle, low, high in rows
        if not math.isnan(middle)
    ]
    y = {
        "field": "name", "type": "nominal", "sort": [row[0] for row in rows], "title": None,
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "labelLimit": 240},
    }  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "rule", "strokeWidth": 2, "color": SINGLE.colour},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}},
        {"mark": {"type": "point", "filled": True, "size": 75, "opacity": 1, "color": SINGLE.ink,
                  "tooltip": True},
         "encoding": {"x": {**x, "field": "v"}, "y": y}},
    ]  # fmt: skip
    return finished(
        {"height": _ROW * max(2, len(rows)), "data": {"values": values}, "layer": layers},
        description,
    )
