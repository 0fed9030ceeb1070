"""Charts of shares: bars, dots, histogram, routes, soil against flow."""

from __future__ import annotations

import math
from typing import Any

from seedsoil.display.theme import INK, QUIET, STYLES, finished, short, style_of
from seedsoil.display.words import percent
from seedsoil.units import Z95
from seedsoil.vocabulary import ROUTES

BAR = 24
# An axis may be longer than 100 % to make room for a label; it is not numbered there.
SHARE_AXIS = {
    "format": "~%",
    "tickCount": 5,
    "labelExpr": "datum.value > 1.0001 ? '' : datum.label",
}
Interval = tuple[str, float, float, float]


def bars_chart(rows: list[Interval], *, x_title: str, description: str) -> dict[str, Any]:
    """Horizontal bars with 95 % intervals and their values. `rows`: name, share, lower, upper."""
    values = [
        {"name": name, "share": short(share), "low": short(low), "high": short(high),
         "label": percent(share)}
        for name, share, low, high in rows
    ]  # fmt: skip
    top = _axis_end(max((row[3] for row in rows), default=0.0))
    y = _names([row[0] for row in rows])
    x = _share_x("share", x_title, top * 1.3)
    layers = [
        {"mark": {"type": "bar", "color": STYLES[5].colour, "height": {"band": 0.7}},
         "encoding": {"x": x, "y": y}},
        {"mark": {"type": "rule", "color": INK, "strokeWidth": 1.5},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}},
        {"mark": {"type": "text", "align": "left", "dx": 6},
         "encoding": {"x": {**x, "field": "high"}, "y": y, "text": {"field": "label"}}},
    ]  # fmt: skip
    return finished(
        {"height": BAR * max(1, len(rows)), "data": {"values": values}, "layer": layers},
        description,
    )


def dots_chart(
    rows: list[tuple[str, str, float, float, float]],
    *,
    order: list[str],
    x_title: str,
    description: str,
) -> dict[str, Any]:
    """Points with 95 % intervals, a line a group. `rows`: name, group, share, lower, upper."""
    groups = list(dict.fromkeys(row[1] for row in rows))
    styles = [style_of(group, groups) for group in groups]
    values: list[dict[str, Any]] = [
        {"name": name, "g": group, "share": short(share), "low": short(max(low, 0.0)),
         "high": short(min(high, 1.0)), "label": percent(share)}
        for name, group, share, low, high in rows
        if not math.isnan(share)
    ]  # fmt: skip
    top = _axis_end(max((row["high"] for row in values), default=0.0))
    y = _names(order)
    offset = {"field": "g", "sort": groups}
    x = _share_x("share", x_title, top)
    colour = {
        "field": "g",
        "type": "nominal",
        "scale": {"domain": groups, "range": [style.colour for style in styles]},
    }
    shape = {
        "field": "g",
        "type": "nominal",
        "scale": {"domain": groups, "range": [style.shape for style in styles]},
    }
    layers = [
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y,
                      "yOffset": offset, "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1, "tooltip": True},
         "encoding": {"x": x, "y": y, "yOffset": offset, "color": colour, "shape": shape}},
    ]  # fmt: skip
    height = 15 * len(groups) + 14
    return finished(
        {"height": {"step": height, "for": "position"}, "data": {"values": values},
         "layer": layers},
        description,
    )  # fmt: skip


def histogram_chart(
    rows: list[tuple[float, float, float]],
    *,
    marks: list[tuple[float, str]],
    x_title: str,
    y_title: str,
    description: str,
) -> dict[str, Any]:
    """Histogram. `rows`: from, to (infinite: all larger), share; `marks`: values to point out."""
    width = rows[0][1] - rows[0][0]
    last = rows[-1][0]
    values = [
        {"from": low, "to": min(high, last + width), "share": short(share)}
        for low, high, share in rows
    ]
    top = _axis_end(max(row[2] for row in rows))
    x = {
        "field": "from",
        "type": "quantitative",
        "title": x_title,
        "scale": {"domain": [0, last + width], "nice": False},
        "axis": {"grid": False},
    }
    y = {
        "field": "share",
        "type": "quantitative",
        "title": y_title,
        "scale": {"domain": [0, top * (1.0 + 0.06 * len(marks))], "nice": False},
        "axis": SHARE_AXIS,
    }
    layers: list[dict[str, Any]] = [
        {"data": {"values": values},
         "mark": {"type": "bar", "color": STYLES[5].colour, "stroke": "#ffffff"},
         "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0}}},
        {"data": {"values": [values[-1]]},
         "mark": {"type": "text", "align": "right", "baseline": "bottom", "dy": -4, "color": INK,
                  "text": f"{last:g} and larger"},
         "encoding": {"x": {"field": "to", "type": "quantitative"}, "y": y}},
    ]  # fmt: skip
    for level, (value, label) in enumerate(marks):
        right = value > 0.7 * last
        layers.append(
            {"data": {"values": [{"from": short(value), "label": label}]},
             "layer": [
                 # A line begins below the labels of the lines before it.
                 {"mark": {"type": "rule", "color": INK, "strokeDash": [4, 3],
                           "y": 17 * level, "y2": "height"},
                  "encoding": {"x": {"field": "from", "type": "quantitative"}}},
                 {"mark": {"type": "text", "align": "right" if right else "left",
                           "dx": -5 if right else 5, "y": 8 + 17 * level,
                           "color": INK},
                  "encoding": {"x": {"field": "from", "type": "quantitative"},
                               "text": {"field": "label"}}}]}
        )  # fmt: skip
    return finished({"height": 240, "layer": layers}, description)


def routes_chart(
    rows: list[tuple[str, str, float, float]], *, order: list[str], description: str
) -> dict[str, Any]:
    """Stacked bars to 100 %. `rows`: organ, which lesions, share by blood, share by lymph."""
    values: list[dict[str, Any]] = []
    for organ, lesions, blood, lymph in rows:
        name = f"{organ}, {lesions}"
        values.append({"name": name, "route": "blood", "from": 0.0, "to": short(blood),
                       "label": f"lymph {percent(lymph)}"})  # fmt: skip
        values.append({"name": name, "route": "lymph", "from": short(blood), "to": 1.0})
    names = [f"{organ}, {kind}" for organ in order for o, kind, _, _ in rows if o == organ]
    y = _names(names)
    x = {
        "field": "from",
        "type": "quantitative",
        "title": "Share of lesions",
        "scale": {"domain": [0, 1]},
        "axis": SHARE_AXIS,
    }
    colour = {
        "field": "route",
        "type": "nominal",
        "scale": {"domain": list(ROUTES), "range": ["#fbd9c2", STYLES[0].colour]},
    }
    layers = [
        {"mark": {"type": "bar", "height": {"band": 0.78}},
         "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": colour}},
        # The label stands in whichever part has room for it.
        {"transform": [{"filter": "datum.route === 'blood' && datum.to > 0.35"}],
         "mark": {"type": "text", "align": "right", "dx": -6, "color": INK},
         "encoding": {"x": {**x, "field": "to"}, "y": y, "text": {"field": "label"}}},
        {"transform": [{"filter": "datum.route === 'blood' && datum.to <= 0.35"}],
         "mark": {"type": "text", "align": "left", "dx": 6, "color": "#ffffff"},
         "encoding": {"x": {**x, "field": "to"}, "y": y, "text": {"field": "label"}}},
    ]  # fmt: skip
    return finished(
        {"height": BAR * max(1, len(names)), "data": {"values": values}, "layer": layers},
        description,
    )


def soil_chart(
    shares: tuple[tuple[str, float, float, float], ...], *, order: list[str], description: str
) -> dict[str, Any]:
    """Share of colonies founded (filled, with its 95 % interval) against flow alone (hollow)."""
    values: list[dict[str, Any]] = [
        {"name": organ, "share": short(share), "flow": short(flow),
         "low": short(max(0.0, share - Z95 * error)), "high": short(share + Z95 * error),
         "end": short(max(share, flow)),
         "label": f"{share / flow:.2g} × flow" if flow > 0 else ""}
        for organ, share, error, flow in shares
    ]  # fmt: skip
    top = _axis_end(max((row["end"] for row in values), default=0.0)) * 1.45
    y = _names(order)
    x = _share_x("share", "Share of colonies", top)
    both = ["founded in the simulation", "blood flow alone"]
    kind = {
        "type": "nominal",
        "scale": {"domain": both, "range": ["circle", "square"]},
    }
    colour = {"type": "nominal", "scale": {"domain": both, "range": [STYLES[3].colour, INK]}}
    layers = [
        {"mark": {"type": "rule", "color": QUIET, "strokeDash": [2, 2]},
         "encoding": {"x": {**x, "field": "flow"}, "x2": {"field": "share"}, "y": y}},
        {"mark": {"type": "rule", "color": STYLES[3].colour, "strokeWidth": 5, "opacity": 0.4},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}},
        {"mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
         "encoding": {"x": x, "y": y, "shape": {**kind, "datum": both[0]},
                      "color": {**colour, "datum": both[0]}}},
        {"mark": {"type": "point", "filled": False, "size": 90, "strokeWidth": 2},
         "encoding": {"x": {**x, "field": "flow"}, "y": y, "shape": {**kind, "datum": both[1]},
                      "color": {**colour, "datum": both[1]}}},
        {"mark": {"type": "text", "align": "left", "dx": 10},
         "encoding": {"x": {**x, "field": "end"}, "y": y, "text": {"field": "label"}}},
    ]  # fmt: skip
    return finished(
        {"height": 34 * max(1, len(order)), "data": {"values": values}, "layer": layers},
        description,
    )


def _names(order: list[str]) -> dict[str, Any]:
    """Vertical axis of names in their order, without lines."""
    return {
        "field": "name",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "labelLimit": 240},
    }


def _share_x(field: str, title: str, top: float) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [0, short(top)], "nice": False},
        "axis": SHARE_AXIS,
    }


def _axis_end(highest: float) -> float:
    """A little more than the highest value, and never an empty axis."""
    return max(1.02 * highest, 1e-4)
