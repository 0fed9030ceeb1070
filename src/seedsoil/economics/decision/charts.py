"""Charts of a decision: the plane, curves over thresholds, bars and maps, as Vega-Lite specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.theme import (
    GRID,
    INK,
    LABEL_SIZE,
    LETTER,
    NARROWEST,
    PAPER,
    QUIET,
    SINGLE,
    beside,
    finished,
    key_columns,
    short,
    style_of,
)
from seedsoil.units import Z95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.decision.draws import Floats

HEIGHT = 300
ROW = 26
MOST_POINTS = 400
"""Draws of a strategy that are drawn, evenly taken from all; more make a page heavy and show no more."""
MOST_STEPS = 251
"""Thresholds of a curve that are drawn."""
_AXIS = 50.0  # pixels that an axis of numbers takes
MAP_SHADES = (
    "#d3e5f3",
    "#e69f00",
    "#0072b2",
    "#f2d7b0",
    "#009e73",
    "#cc79a7",
    "#1f2a34",
    "#ffffff",
)
"""Shades of a map; neighbours differ in lightness."""


_NOTHING = 1.0
"""Where the axis of a chart ends on which everything is 0; Vega would write a dozen digits of nothing."""


def _colours(
    names: Sequence[str], used: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Encodings of colour, dash and shape of the `used` among `names`, with one key."""
    styles = [style_of(name, list(names)) for name in used]
    key: dict[str, Any] | None = None
    if len(used) > 1:
        # the samples of dashes are three letters wider than points
        wide = key_columns([f"{name}   " for name in used], _AXIS)
        key = {"columns": wide, "symbolType": "stroke", "symbolSize": 700,
               "symbolStrokeWidth": 2.5, "symbolFillColor": "transparent", "symbolOpacity": 1}  # fmt: skip
    field = {"field": "g", "type": "nominal"}
    colour = {
        **field,
        "scale": {"domain": list(used), "range": [s.colour for s in styles]},
        "legend": key,
    }
    dash = {
        **field,
        "scale": {"domain": list(used), "range": [list(s.dash) for s in styles]},
        "legend": key,
    }
    shape = {**field, "scale": {"domain": list(used), "range": [s.shape for s in styles]}}
    return colour, dash, shape


def plane_chart(
    clouds: Sequence[tuple[str, Floats, Floats, Floats]],
    names: Sequence[str],
    *,
    k: float,
    x_title: str,
    y_title: str,
    line: str,
    description: str,
) -> dict[str, Any]:
    """The cost-effectiveness plane. `clouds`: name, incremental effects, incremental costs, the 95 % ellipse.

    The dashed line is the threshold: below it a strategy is worth its cost.
    """
    points: list[dict[str, Any]] = []
    rings: list[dict[str, Any]] = []
    means: list[dict[str, Any]] = []
    for name, effect, cost, ring in clouds:
        taken = np.unique(np.linspace(0, effect.size - 1, MOST_POINTS).round().astype(int))
        points += [{"g": name, "x": short(effect[i]), "y": short(cost[i])} for i in taken]
        rings += [
            {"g": name, "i": i, "x": short(x), "y": short(y)} for i, (x, y) in enumerate(ring)
        ]
        means.append({"g": name, "x": short(effect.mean()), "y": short(cost.mean())})
    spread = np.array([[p["x"], p["y"]] for p in points + rings] + [[0.0, 0.0]])
    low, high = spread.min(axis=0), spread.max(axis=0)
    room = 0.05 * np.where(high > low, high - low, 1.0)
    (x_low, y_low), (x_high, y_high) = low - room, high + room
    x: dict[str, Any] = {
        "field": "x", "type": "quantitative", "title": x_title,
        "scale": {"domain": [short(x_low), short(x_high)], "nice": False},
        "axis": {"tickCount": 5, "format": "~g"},
    }  # fmt: skip
    y: dict[str, Any] = {
        "field": "y", "type": "quantitative", "title": y_title,
        "scale": {"domain": [short(y_low), short(y_high)], "nice": False},
        "axis": {"tickCount": 5, "format": ",~r"},
    }  # fmt: skip
    colour, _, shape = _colours(names, [name for name, *_ in clouds])
    key = None if len(clouds) == 1 else {"columns": key_columns([c[0] for c in clouds], _AXIS)}
    colour, shape = {**colour, "legend": key}, {**shape, "legend": key}
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"x": 0}]}, "mark": {"type": "rule", "color": QUIET}, "encoding": {"x": x}},
        {"data": {"values": [{"y": 0}]}, "mark": {"type": "rule", "color": QUIET}, "encoding": {"y": y}},
        {"data": {"values": points},
         "mark": {"type": "point", "filled": True, "size": 14, "opacity": 0.35, "clip": True},
         "encoding": {"x": x, "y": y, "color": colour, "shape": shape}},
        {"data": {"values": rings},
         "mark": {"type": "line", "strokeWidth": 1.8, "clip": True},
         "encoding": {"x": x, "y": y, "color": {**colour, "legend": None}, "order": {"field": "i"}}},
        {"data": {"values": means},
         "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1, "stroke": INK,
                  "strokeWidth": 1.5, "tooltip": True},
         "encoding": {"x": x, "y": y, "color": colour, "shape": shape}},
    ]  # fmt: skip
    ends = _threshold_line(k, x_low, x_high, y_low, y_high)
    if ends:
        layers.append(
            {"data": {"values": ends},
             "mark": {"type": "line", "color": INK, "strokeDash": [5, 4], "strokeWidth": 1.2, "clip": True},
             "encoding": {"x": x, "y": y}}
        )  # fmt: skip
        layers += _named_once(line, ends[-1], x, y, x_high)
    return finished({"height": HEIGHT + 20, "layer": layers}, description)


def _threshold_line(
    k: float, x_low: float, x_high: float, y_low: float, y_high: float
) -> list[dict[str, Any]]:
    """The part of the line cost = k·effect that lies within the chart."""
    if k == 0.0:
        return [{"x": short(x_low), "y": 0.0}, {"x": short(x_high), "y": 0.0}]
    start, end = max(x_low, y_low / k), min(x_high, y_high / k)
    return [{"x": short(v), "y": short(k * v)} for v in (start, end)]


def _named_once(
    words: str, at: dict[str, Any], x: dict[str, Any], y: dict[str, Any], x_high: float
) -> list[dict[str, Any]]:
    """Words at the end of a line, with paper round the letters."""
    below = {"dy": 12} if at["x"] >= 0.98 * x_high else {"dy": -8}
    text = {
        "type": "text",
        "text": words,
        "align": "right",
        "dx": -4,
        "fontSize": LABEL_SIZE - 1,
        **below,
    }
    halo = {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}
    return [
        {"data": {"values": [at]}, "mark": {**text, **extra}, "encoding": {"x": x, "y": y}}
        for extra in (halo, {})
    ]


def _thinned(thresholds: Floats) -> Any:
    return np.unique(np.linspace(0, thresholds.size - 1, MOST_STEPS).round().astype(int))


def threshold_chart(
    thresholds: Floats,
    curves: Sequence[tuple[str, Floats]],
    names: Sequence[str],
    *,
    at: Sequence[float],
    x_title: str,
    y_title: str,
    share: bool,
    description: str,
    band: tuple[Floats, Floats] | None = None,
    frontier: Floats | None = None,
) -> dict[str, Any]:
    """Curves over the threshold, one a strategy; thin lines stand at the thresholds `at`.

    `band`: low and high of the one curve. `frontier`: a curve drawn as a broad grey line beneath the
    others.
    """
    taken = _thinned(thresholds)
    values = [
        {"g": name, "x": short(thresholds[i]), "y": short(curve[i])}
        for name, curve in curves
        for i in taken
    ]
    x: dict[str, Any] = {
        "field": "x", "type": "quantitative", "title": x_title,
        "scale": {"domain": [short(thresholds[0]), short(thresholds[-1])], "nice": False},
        "axis": {"grid": False, "tickCount": 5, "format": ",~r"},
    }  # fmt: skip
    y: dict[str, Any] = {"field": "y", "type": "quantitative", "title": y_title}
    if share:
        y |= {"scale": {"domain": [0, 1], "nice": False}, "axis": {"format": "~%", "tickCount": 5}}
    else:
        y |= {"scale": {"domainMin": 0}, "axis": {"format": ",~r", "tickCount": 5}}
        if not any(value["y"] for value in values) and band is None:
            y["scale"] |= {"domainMax": _NOTHING}
    colour, dash, _ = _colours(names, [name for name, _ in curves])
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"x": short(k)} for k in at]},
         "mark": {"type": "rule", "color": QUIET, "strokeDash": [3, 3], "strokeWidth": 1},
         "encoding": {"x": x}}
    ]  # fmt: skip
    if band is not None:
        edges = [
            {"x": short(thresholds[i]), "l": short(max(band[0][i], 0.0)), "u": short(band[1][i])}
            for i in taken
        ]
        layers.append(
            {"data": {"values": edges}, "mark": {"type": "area", "color": SINGLE.colour, "opacity": 0.18},
             "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "u"}}}
        )  # fmt: skip
    if frontier is not None:
        wide = [{"x": short(thresholds[i]), "y": short(frontier[i])} for i in taken]
        layers.append(
            {"data": {"values": wide},
             # round, as where the choice changes the share jumps, and a corner would stand out as a spike
             "mark": {"type": "line", "color": "#b8c4ce", "strokeWidth": 8, "strokeJoin": "round"},
             "encoding": {"x": x, "y": y}}
        )  # fmt: skip
    layers.append(
        {"data": {"values": values}, "mark": {"type": "line", "strokeWidth": 2.2, "clip": True},
         "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}}
    )  # fmt: skip
    return finished({"height": HEIGHT - 20, "layer": layers}, description)


def frontier_chart(
    points: Sequence[tuple[str, float, float, bool]],
    *,
    x_title: str,
    y_title: str,
    description: str,
) -> dict[str, Any]:
    """Mean cost over mean effect. `points`: name, effect, cost, whether on the frontier (a line)."""
    values = [
        {"name": name, "x": effect, "y": cost, "kind": _KINDS[0] if on else _KINDS[1]}
        for name, effect, cost, on in points
    ]
    ends = np.array([[v["x"], v["y"]] for v in values])
    low, high = ends.min(axis=0), ends.max(axis=0)
    room = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
    domain = [[low[i] - 0.16 * room[i], high[i] + 0.16 * room[i]] for i in (0, 1)]
    x: dict[str, Any] = {
        "field": "x", "type": "quantitative", "title": x_title,
        "scale": {"domain": domain[0], "nice": False}, "axis": {"tickCount": 5, "format": "~r"},
    }  # fmt: skip
    y: dict[str, Any] = {
        "field": "y", "type": "quantitative", "title": y_title,
        "scale": {"domain": domain[1], "nice": False}, "axis": {"tickCount": 5, "format": ",~r"},
    }  # fmt: skip
    both = len({v["kind"] for v in values}) > 1
    kinds = {
        "field": "kind", "type": "nominal", "scale": {"domain": _KINDS, "range": ["circle", "cross"]},
        "legend": {"columns": 2, "symbolFillColor": SINGLE.ink} if both else None,
    }  # fmt: skip
    middle = 0.5 * (domain[0][0] + domain[0][1])
    named = _with_room(values, domain)
    layers: list[dict[str, Any]] = [
        {"data": {"values": [v for v in values if v["kind"] == _KINDS[0]]},
         "mark": {"type": "line", "color": SINGLE.colour, "strokeWidth": 2},
         "encoding": {"x": x, "y": y, "order": {"field": "x"}}},
        {"data": {"values": values},
         "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "color": SINGLE.ink,
                  "tooltip": True},
         "encoding": {"x": x, "y": y, "shape": kinds}},
    ]  # fmt: skip
    halo = {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}
    for extra in (halo, {}):
        for right in (True, False):
            mine = [v for v in named if (v["x"] > middle) == right]
            if mine:
                align = {"align": "right", "dx": -9} if right else {"align": "left", "dx": 9}
                layers.append(
                    {"data": {"values": mine},
                     "mark": {"type": "text", "dy": 0, "fontSize": LABEL_SIZE - 1, **align, **extra},
                     "encoding": {"x": x, "y": y, "text": {"field": "name"}}}
                )  # fmt: skip
    return finished({"height": HEIGHT - 20, "layer": layers}, description)


_KINDS = ["on the frontier", "dominated"]


def _with_room(values: list[dict[str, Any]], domain: list[list[float]]) -> list[dict[str, Any]]:
    """The points whose names cover no other name on a telephone; those of the frontier come first."""
    width, height = (domain[i][1] - domain[i][0] for i in (0, 1))
    placed: list[tuple[float, float, float]] = []
    named = []
    for value in sorted(values, key=lambda v: _KINDS.index(v["kind"])):
        x = (value["x"] - domain[0][0]) / width * (NARROWEST - _AXIS)
        y = (value["y"] - domain[1][0]) / height * HEIGHT
        size = LETTER * len(value["name"])
        left = x - 9.0 - size if 2.0 * x > NARROWEST - _AXIS else x + 9.0
        if all(abs(y - b) > LABEL_SIZE or left > c or left + size < a for a, c, b in placed):
            placed.append((left, left + size, y))
            named.append(value)
    return named


def _named_rows(names: Sequence[str]) -> dict[str, Any]:
    return {
        "field": "name", "type": "nominal", "sort": list(names), "title": None,
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "labelLimit": 220},
    }  # fmt: skip


MOST_BARS = 25


def _ticks(names: Sequence[str]) -> int:
    """How many ticks an axis of money takes beside these names on a telephone."""
    return max(2, int((NARROWEST - beside([name[:34] for name in names])) / 62))


def bars_chart(
    rows: Sequence[tuple[str, float, float]],
    *,
    x_title: str,
    line: tuple[str, float],
    description: str,
) -> dict[str, Any]:
    """Bars from 0 with 95 % intervals. `rows`: name, value, standard error; `line`: words, value."""
    rows = rows[:MOST_BARS]
    values = [
        {"name": n, "v": short(v), "l": short(max(v - Z95 * se, 0.0)), "u": short(v + Z95 * se)}
        for n, v, se in rows
    ]
    top = 1.08 * max([v + Z95 * se for _, v, se in rows] + [line[1]]) or _NOTHING
    y = _named_rows([n for n, *_ in rows])
    x: dict[str, Any] = {
        "field": "v", "type": "quantitative", "title": x_title,
        "scale": {"domain": [0, short(top)], "nice": False},
        "axis": {"tickCount": _ticks([n for n, *_ in rows]), "format": ",~r"},
    }  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"data": {"values": values},
         "mark": {"type": "bar", "color": SINGLE.colour, "height": {"band": 0.66}},
         "encoding": {"x": x, "y": y}},
        {"data": {"values": values}, "mark": {"type": "rule", "color": INK, "strokeWidth": 1.5},
         "encoding": {"x": {**x, "field": "l"}, "x2": {"field": "u"}, "y": y}},
        {"data": {"values": [{"v": short(line[1]), "words": line[0]}]},
         "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {"data": {"values": [{"v": short(line[1]), "words": line[0]}]},
         "mark": {"type": "text", "y": -7, "align": "right", "fontSize": LABEL_SIZE - 1},
         "encoding": {"x": x, "text": {"field": "words"}}},
    ]  # fmt: skip
    return finished({"height": ROW * max(2, len(rows)), "layer": layers}, description)


def tornado_chart(
    rows: Sequence[tuple[str, float, float]], *, base: float, x_title: str, description: str
) -> dict[str, Any]:
    """Bars from the value at a parameter's low end to that at its high end, round the base case."""
    rows = rows[:MOST_BARS]
    parts = [
        {"name": name, "from": short(base), "to": short(value), "end": end}
        for name, low, high in rows
        for end, value in (("low value", low), ("high value", high))
    ]
    ends = [end for _, low, high in rows for end in (low, high)] + [base, 0.0]
    room = 0.04 * ((max(ends) - min(ends)) or 1.0)
    y = _named_rows([n for n, *_ in rows])
    x: dict[str, Any] = {
        "field": "from", "type": "quantitative", "title": x_title,
        "scale": {"domain": [short(min(ends) - room), short(max(ends) + room)], "nice": False},
        "axis": {"tickCount": _ticks([n for n, *_ in rows]), "format": ",~r"},
    }  # fmt: skip
    kinds = ["low value", "high value"]
    colour = {
        "field": "end", "type": "nominal", "scale": {"domain": kinds, "range": ["#c6dbef", "#0072b2"]},
        "legend": {"columns": key_columns(kinds, beside([n[:34] for n, *_ in rows])),
                   "symbolType": "square", "symbolStrokeColor": INK, "symbolStrokeWidth": 0.5},
    }  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"data": {"values": parts},
         "mark": {"type": "bar", "height": {"band": 0.66}, "stroke": QUIET, "strokeWidth": 0.5,
                  "tooltip": True},
         "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": colour}},
        {"data": {"values": [{"from": short(base)}]},
         "mark": {"type": "rule", "color": INK, "strokeWidth": 1.5},
         "encoding": {"x": x}},
        {"data": {"values": [{"from": 0.0}]}, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
         "encoding": {"x": x}},
    ]  # fmt: skip
    return finished({"height": ROW * max(2, len(rows)), "layer": layers}, description)


def points_chart(
    rows: Sequence[tuple[float, float, float]],
    *,
    x_title: str,
    y_title: str,
    line: tuple[str, float],
    description: str,
) -> dict[str, Any]:
    """Values with 95 % intervals by a number. `rows`: number, value, SE; `line`: words, value."""
    values = [
        {"n": n, "v": short(v), "l": short(v - Z95 * se), "u": short(v + Z95 * se)}
        for n, v, se in sorted(rows)
    ]
    x: dict[str, Any] = {
        "field": "n", "type": "quantitative", "title": x_title, "scale": {"domainMin": 0},
        "axis": {"tickCount": 5, "format": ",~r"},
    }  # fmt: skip
    y: dict[str, Any] = {
        "field": "v", "type": "quantitative", "title": y_title, "axis": {"tickCount": 5, "format": ",~r"},
    }  # fmt: skip
    limit = [{"v": short(line[1])}]
    layers: list[dict[str, Any]] = [
        {"data": {"values": limit}, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
         "encoding": {"y": y}},
        {"data": {"values": limit},
         "mark": {"type": "text", "text": line[0], "x": 6, "dy": -7, "align": "left",
                  "fontSize": LABEL_SIZE - 1},
         "encoding": {"y": y}},
        {"data": {"values": values}, "mark": {"type": "line", "color": SINGLE.colour, "strokeWidth": 2},
         "encoding": {"x": x, "y": y}},
        {"data": {"values": values}, "mark": {"type": "rule", "color": SINGLE.colour, "strokeWidth": 2},
         "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "u"}}},
        {"data": {"values": values},
         "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1, "color": SINGLE.ink,
                  "tooltip": True},
         "encoding": {"x": x, "y": y}},
    ]  # fmt: skip
    return finished({"height": HEIGHT - 30, "layer": layers}, description)


def map_chart(
    xs: Floats,
    ys: Floats,
    best: Any,
    names: Sequence[str],
    *,
    titles: tuple[str, str],
    description: str,
) -> dict[str, Any]:
    """A map of cells, each in the shade of the strategy `best[x, y]`."""
    used = [j for j in range(len(names)) if (best == j).any()]
    edges = [np.concatenate([[v[0]], 0.5 * (v[1:] + v[:-1]), [v[-1]]]) for v in (xs, ys)]
    # Cells of one strategy beside each other in a column are one.
    cells: list[dict[str, Any]] = []
    for i in range(xs.size):
        j = 0
        while j < ys.size:
            end = j
            while end + 1 < ys.size and best[i, end + 1] == best[i, j]:
                end += 1
            cells.append(
                {"g": names[best[i, j]], "x": short(edges[0][i]), "x2": short(edges[0][i + 1]),
                 "y": short(edges[1][j]), "y2": short(edges[1][end + 1])}
            )  # fmt: skip
            j = end + 1

    def axis(field: str, title: str, ends: Floats) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": title,
                "scale": {"domain": [short(ends[0]), short(ends[-1])], "nice": False},
                "axis": {"tickCount": 5, "format": "~g", "gridColor": GRID}}  # fmt: skip

    used_names = [names[j] for j in used]
    colour = {
        "field": "g", "type": "nominal",
        "scale": {"domain": used_names, "range": [MAP_SHADES[j % len(MAP_SHADES)] for j in used]},
        "legend": {"columns": key_columns(used_names), "symbolType": "square", "symbolStrokeColor": INK,
                   "symbolStrokeWidth": 0.5},
    }  # fmt: skip
    chart = {
        "height": HEIGHT, "data": {"values": cells}, "mark": {"type": "rect", "strokeWidth": 0.8},
        "encoding": {"x": axis("x", titles[0], edges[0]), "x2": {"field": "x2"},
                     "y": axis("y", titles[1], edges[1]), "y2": {"field": "y2"}, "color": colour,
                     # of the same shade, so that no line shows between two cells
                     "stroke": {**colour, "legend": None}},
    }  # fmt: skip
    return finished(chart, description)
