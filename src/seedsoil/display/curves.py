"""Charts of curves over time: survival, cumulative incidence, hazards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.theme import (
    INK,
    LABEL_SIZE,
    LETTER,
    PAPER,
    QUIET,
    broken,
    finished,
    short,
    style_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HEIGHT = 300
ROW = 17
# Labels are placed for the narrowest screen; on a wider one they only get more room.
NARROW = 300.0
CHARACTER = 7.0
# Pixels between the middle of a name and anything else, below which it would be misread.
ROOM = 13.0


@dataclass(frozen=True)
class Curve:
    """A step function and its band: each value holds from its time (years) to the next."""

    group: str
    time: Floats
    value: Floats
    lower: Floats
    upper: Floats


def curves_chart(
    curves: list[Curve],
    *,
    horizon: float,
    ticks: list[float],
    x_title: str,
    y_title: str,
    at_risk: dict[str, list[int]],
    description: str,
    rising: bool = False,
    avoid: Sequence[tuple[float, float]] = (),
) -> dict[str, Any]:
    """Step curves with bands, each named where it runs, women at risk at `ticks` below the axis.

    `rising`: the vertical axis ends above the highest value instead of at 100 %. `avoid`: points (time,
    value) that no name may cover.
    """
    names = [curve.group for curve in curves]
    styles = [style_of(name, names) for name in names]
    top = _round_share(max(_peak(curve) for curve in curves)) if rising else 1.0
    x = {
        "field": "t",
        "type": "quantitative",
        "title": x_title,
        "scale": {"domain": [0, horizon], "nice": False},
        "axis": {"values": ticks, "grid": False, "format": "~f"},
    }
    y = {
        "field": "v",
        "type": "quantitative",
        "title": y_title,
        "scale": {"domain": [0, top], "nice": False},
        "axis": {"format": "~%", "tickCount": 5},
    }
    shades = [style.colour for style in styles]
    colour: dict[str, Any] = {
        "field": "g",
        "type": "nominal",
        "scale": {"domain": names, "range": shades},
    }
    dashes = [list(style.dash) for style in styles]
    dash: dict[str, Any] = {
        "field": "g",
        "type": "nominal",
        "scale": {"domain": names, "range": dashes},
    }
    named = len(curves) == 1
    placed, room = ({}, 0.0) if named else place_labels(curves, horizon, top, avoid)
    direct = room >= ROOM
    # Curves too close to be named where they run get a key with their dashes.
    key = None if named or direct else _key(_free_corner(curves, horizon, top))
    colour |= {"legend": key}
    dash |= {"legend": key}
    band = {
        "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.18},
        "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "u"},
                     "color": colour},
    }  # fmt: skip
    line = {
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "clip": True},
        "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
    }  # fmt: skip
    layers: list[dict[str, Any]] = [{"data": {"values": _points(curves, top)},
                                     "layer": [band, line]}]  # fmt: skip
    if direct:
        layers += _labels(placed, names)
    layers += _at_risk(at_risk, ticks, names, x_title) if at_risk else []
    return finished({"height": HEIGHT, "layer": layers}, description)


def _points(curves: list[Curve], top: float) -> list[dict[str, Any]]:
    return [
        {"g": curve.group, "t": short(t), "v": short(v), "l": short(low),
         "u": short(min(high, top))}
        for curve in curves
        for t, v, low, high in zip(
            curve.time.tolist(), curve.value.tolist(), curve.lower.tolist(), curve.upper.tolist(),
            strict=True,
        )
    ]  # fmt: skip


def _peak(curve: Curve) -> float:
    """Highest value, with its band unless that is so wide that it would flatten the curves."""
    highest = float(curve.value.max(initial=0.0))
    return min(float(curve.upper.max(initial=0.0)), 1.15 * highest)


def _round_share(value: float) -> float:
    """The next round share above `value`, for the end of an axis."""
    for top in (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15,
                0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0):  # fmt: skip
        if value <= top:
            return top
    return float(np.ceil(value))


def _free_corner(curves: list[Curve], horizon: float, top: float) -> str:
    """The corner where a key of the curves covers none of them; `top` (above the chart) without one."""
    width = (66.0 + LETTER * max(len(curve.group) for curve in curves)) * horizon / NARROW
    height = (12.0 + 22.0 * len(curves)) * top / HEIGHT
    for corner in ("top-right", "bottom-right", "top-left"):
        start = 0.0 if corner.endswith("left") else horizon - width
        within = np.linspace(start, start + width, 50)
        bounds = [
            values[np.searchsorted(c.time, within, side="right").clip(1) - 1]
            for c in curves
            for values in ((c.lower, c.upper) if corner.startswith("top") else (c.lower, c.value))
        ]
        if corner.startswith("top") and max(float(b.max()) for b in bounds) < top - height:
            return corner
        if corner.startswith("bottom") and min(float(b.min()) for b in bounds) > height:
            return corner
    return "top"


def _key(corner: str) -> dict[str, Any]:
    if corner == "top":
        return {"orient": corner, "symbolType": "stroke", "symbolSize": 700, "symbolStrokeWidth": 2.5,
                "symbolFillColor": "transparent", "symbolOpacity": 1}  # fmt: skip
    return {"orient": corner, "columns": 1, "symbolType": "stroke", "symbolSize": 1200,
            "symbolStrokeWidth": 2.5, "symbolFillColor": "transparent", "symbolOpacity": 1,
            "fillColor": PAPER, "padding": 4}  # fmt: skip


def _labels(placed: dict[str, tuple[float, float]], names: list[str]) -> list[Any]:
    """Names beside the curves, each in the widest gap that its curve offers."""
    layers: list[dict[str, Any]] = []
    for halo in (True, False):
        for name, (t, v) in placed.items():
            text: dict[str, Any] = {"type": "text", "align": "center", "baseline": "middle",
                                    "fontSize": LABEL_SIZE, "fontWeight": "bold"}  # fmt: skip
            ink = style_of(name, names).ink
            text |= {"color": ink}
            if halo:  # white round the letters, so that a line behind them does not cross them
                text |= {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}
            layers.append(
                {
                    "data": {"values": [{"t": short(t), "v": short(v), "g": name}]},
                    "mark": text,
                    "encoding": {
                        "x": {"field": "t", "type": "quantitative"},
                        "y": {"field": "v", "type": "quantitative"},
                        "text": {"field": "g"},
                    },
                }
            )
    return layers


def place_labels(
    curves: list[Curve],
    horizon: float,
    top: float,
    avoid: Sequence[tuple[float, float]] = (),
) -> tuple[dict[str, tuple[float, float]], float]:
    """Where to write each curve's name, and how much room the worst placed name has.

    A name's place is the centre of its text, in the units of the axes. Of the places just above or below
    its own curve it takes the one that lies farthest from the other curves, from the points to `avoid` and
    from the names already placed. The room is the distance of a name from what is not its curve, in pixels
    of a narrow screen.
    """
    x_scale, y_scale = NARROW / horizon, HEIGHT / top
    grid = np.linspace(0.0, horizon, 301)
    heights = [
        c.value[np.searchsorted(c.time, grid, side="right").clip(1) - 1] * y_scale for c in curves
    ]
    placed: dict[str, tuple[float, float]] = {}
    boxes = [(t * x_scale, v * y_scale, 0.5 * CHARACTER) for t, v in avoid]
    room = np.inf
    for index, curve in enumerate(curves):
        half = 0.5 * CHARACTER * len(curve.group)
        best, best_score, best_gap = (0.5 * horizon, 0.5 * top), -np.inf, 0.0
        for centre in np.linspace(half + 6.0, NARROW - half - 2.0, 60):
            span = np.abs(grid * x_scale - centre) <= half + 2.0
            own = heights[index][span]
            if centre > curve.time[-1] * x_scale:  # the curve has ended
                continue
            for middle in (float(own.max()) + 11.0, float(own.min()) - 11.0):
                if not 9.0 <= middle <= HEIGHT - 7.0:
                    continue
                gaps = [
                    float(np.min(np.abs(other[span] - middle)))
                    for number, other in enumerate(heights)
                    if number != index
                ]
                for x, y, width in boxes:
                    apart = max(abs(x - centre) - (width + half), abs(y - middle) - 4.0)
                    gaps.append(apart + 11.0 if apart > 0 else -30.0 + apart)
                # A gap of 40 pixels is enough; beyond that, prefer to hug the curve closely,
                # which it does where it is flat.
                slack = float(own.max() - own.min())
                gap = min([*gaps, 40.0])
                score = gap - 0.5 * slack
                if score > best_score:
                    best_score, best_gap = score, gap
                    best = (centre / x_scale, middle / y_scale)
        boxes.append((best[0] * x_scale, best[1] * y_scale, half))
        placed[curve.group] = best
        room = min(room, best_gap)
    return placed, room


def _at_risk(
    at_risk: dict[str, list[int]], ticks: list[float], names: list[str], x_title: str
) -> list[Any]:
    """Women at risk under the axis and its title, a row a group."""
    title = broken(x_title)
    start = HEIGHT + 56 + (0 if isinstance(title, str) else 13 * (len(title) - 1))
    quiet = {"type": "text", "fontSize": LABEL_SIZE - 1, "color": QUIET, "align": "left"}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{}]},
            "mark": {**quiet, "text": "Women at risk", "x": 0, "y": start},
        }
    ]
    for row, (name, counts) in enumerate(at_risk.items()):
        style = style_of(name, names)
        y = start + ROW * (row + 1)
        layers.append(
            {
                "data": {
                    "values": [
                        {"t": t, "n": _counted(n)} for t, n in zip(ticks, counts, strict=True)
                    ]
                },
                "mark": {
                    "type": "text",
                    "fontSize": LABEL_SIZE - 1,
                    "color": INK,
                    "y": y,
                },
                "encoding": {
                    "x": {"field": "t", "type": "quantitative"},
                    "text": {"field": "n"},
                },
            }
        )
        layers.append(
            {
                "data": {"values": [{}]},
                "mark": {"type": "text", "text": name, "align": "right", "x": -25, "y": y,
                         "fontSize": LABEL_SIZE - 1, "color": style.ink, "fontWeight": "bold"},
            }
        )  # fmt: skip
    return layers


def _counted(women: int) -> str:
    """A count short enough to stand six abreast on a telephone: `9,562`, `742k`, `10.0M`."""
    if women < 100_000:
        return f"{women:,}"
    return f"{women / 1e3:.0f}k" if women < 1_000_000 else f"{women / 1e6:.1f}M"
