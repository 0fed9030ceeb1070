"""Charts of shares: bars, dots, histogram, soil against flow."""

from __future__ import annotations

import math
from typing import Any

from seedsoil.display.theme import (
    INK,
    ON_LIGHT,
    PAPER,
    QUIET,
    STYLES,
    beside,
    finished,
    key_columns,
    short,
    style_of,
)
from seedsoil.display.words import percent
from seedsoil.units import Z95

BAR = 24
SHARE_AXIS = {"format": "~%", "tickCount": 5}
# A label begins beside its mark up to this part of the axis; beyond, there is no room to the right.
_ROOM = 0.77
Interval = tuple[str, float, float, float]


def bars_chart(rows: list[Interval], *, x_title: str, description: str) -> dict[str, Any]:
    """Horizontal bars with 95 % intervals and their values. `rows`: name, share, lower, upper."""
    values = [
        {"name": name, "share": short(share), "low": short(low), "high": short(high),
         "label": percent(share)}
        for name, share, low, high in rows
    ]  # fmt: skip
    top = _axis_end(1.3 * max((row[3] for row in rows), default=0.0))
    y = _names([row[0] for row in rows])
    x = _share_x("share", x_title, top)
    ends = f"datum.high > {short(_ROOM * top)}"
    layers = [
        {"mark": {"type": "bar", "color": STYLES[5].colour, "height": {"band": 0.7}},
         "encoding": {"x": x, "y": y}},
        {"mark": {"type": "rule", "color": INK, "strokeWidth": 1.5},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}},
        {"transform": [{"filter": f"!({ends})"}], "mark": {"type": "text", "align": "left", "dx": 6},
         "encoding": {"x": {**x, "field": "high"}, "y": y, "text": {"field": "label"}}},
        {"transform": [{"filter": ends}],
         "mark": {"type": "text", "align": "right", "dx": -6, "color": ON_LIGHT},
         "encoding": {"x": {**x, "field": "low"}, "y": y, "text": {"field": "label"}}},
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
    if groups:
        key = {"legend": {"columns": key_columns(groups, beside(order))}}
        colour, shape = colour | key, shape | key
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
    top = _axis_end((1.0 + 0.06 * len(marks)) * max(row[2] for row in rows))
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
        "scale": {"domain": [0, top], "nice": False},
        "axis": SHARE_AXIS,
    }
    layers: list[dict[str, Any]] = [
        {"data": {"values": values},
         "mark": {"type": "bar", "color": STYLES[5].colour, "stroke": PAPER},
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
    top = _axis_end(1.45 * max((row["end"] for row in values), default=0.0))
    y = _names(order)
    x = _share_x("share", "Share of colonies", top)
    both = ["founded in the simulation", "blood flow alone"]
    # The key's marks are those of the chart: one filled, one hollow.
    key = {"legend": {"columns": key_columns(both, beside(order)), "symbolStrokeWidth": 2}}
    scales = {
        "shape": ["circle", "square"],
        "fill": [STYLES[3].colour, PAPER],
        "stroke": [STYLES[3].colour, INK],
    }
    channels = {
        name: {"type": "nominal", "scale": {"domain": both, "range": shown}, **key}
        for name, shown in scales.items()
    }
    ends = f"datum.end > {short(0.65 * top)}"
    layers = [
        {"mark": {"type": "rule", "color": QUIET, "strokeDash": [2, 2]},
         "encoding": {"x": {**x, "field": "flow"}, "x2": {"field": "share"}, "y": y}},
        {"mark": {"type": "rule", "color": STYLES[3].colour, "strokeWidth": 5, "opacity": 0.4},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}},
        *({"mark": {"type": "point", "size": 90, "opacity": 1, "strokeWidth": 2},
           "encoding": {"x": {**x, "field": field}, "y": y,
                        **{name: {**channel, "datum": which} for name, channel in channels.items()}}}
          for field, which in zip(("share", "flow"), both, strict=True)),
        # Beside the farther mark, or above the line where the axis ends soon after it.
        {"transform": [{"filter": f"!({ends})"}], "mark": {"type": "text", "align": "left", "dx": 10},
         "encoding": {"x": {**x, "field": "end"}, "y": y, "text": {"field": "label"}}},
        {"transform": [{"filter": ends}],
         "mark": {"type": "text", "align": "right", "dx": -10, "dy": -9},
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
    """A little more than the highest value, never an empty axis, and no more than all."""
    return min(max(1.02 * highest, 1e-4), 1.0)
