"""Charts of treated women: progression-free survival, response, and stacked bars of what became of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.display.shares import BAR
from seedsoil.display.theme import (
    DARK,
    INK,
    LABEL_SIZE,
    NARROWEST,
    ON_DARK,
    ON_LIGHT,
    PAPER,
    beside,
    finished,
    key_columns,
    short,
)
from seedsoil.display.words import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Shades differ in lightness as well as in hue, so that greyscale print tells them apart. The colour-blind
# tell dark, blue, amber and pale apart.
BLUE, AMBER, PALE, GREEN = "#0072b2", "#e69f00", "#c6dbef", "#009e73"
BLUES = ("#eff5fa", "#c6dbef", "#9ecae1", "#6baed6", "#3787c0", "#105ba4", "#08306b")
"""From few to many, light to dark."""
_DARK_SHADES = {DARK, BLUE, "#3787c0", "#105ba4", "#08306b"}
# A number is written into a part of a bar that takes up at least this share of the axis, or more where
# names take the room of a telephone.
_ROOM = 0.075


def stacked_chart(
    rows: Sequence[tuple[str, str, float]],
    shades: Mapping[str, str],
    *,
    x_title: str,
    description: str,
    whole: bool = True,
    share: bool = True,
    words: Callable[[float], str] = "{:.2f}".format,
) -> dict[str, Any]:
    """Horizontal bars in parts. `rows`: bar, part, value; `shades`: the parts in order, with colours.

    `whole`: the axis ends at 100 %. `share`: values are shares; otherwise a part's number is written by
    `words`. A part is numbered where there is room.
    """
    order = list(dict.fromkeys(name for name, _, _ in rows))
    value = {(name, part): v for name, part, v in rows}
    parts = [part for part in shades if any(value.get((name, part), 0.0) > 0 for name in order)]
    ends = {name: sum(value.get((name, part), 0.0) for part in parts) for name in order}
    top = 1.0 if whole else 1.03 * max([*ends.values(), 1e-9])
    top = min(top, 1.0) if share else top
    room = max(_ROOM, 30.0 / (NARROWEST - beside(order)))
    drawn: list[dict[str, Any]] = []
    for name in order:
        at = 0.0
        for part in parts:
            v = value.get((name, part), 0.0)
            if v > 0:
                text = (percent(v, 0) if share else words(v)) if v >= room * top else ""
                drawn.append(
                    {"name": name, "part": part, "from": short(at), "to": short(at + v),
                     "middle": short(at + v / 2), "label": text,
                     "ink": ON_DARK if shades[part] in _DARK_SHADES else ON_LIGHT}
                )  # fmt: skip
            at += v
    y = {
        "field": "name", "type": "nominal", "sort": order, "title": None,
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "labelLimit": 240},
    }  # fmt: skip
    x: dict[str, Any] = {
        "field": "from", "type": "quantitative", "title": x_title,
        "scale": {"domain": [0, short(top)], "nice": False},
        "axis": {"tickCount": 5, "format": "~%" if share else ",~f"},
    }  # fmt: skip
    colour = {
        "field": "part", "type": "nominal",
        "scale": {"domain": parts, "range": [shades[part] for part in parts]},
        "legend": {"columns": key_columns(parts, beside(order)), "symbolType": "square",
                   "symbolStrokeColor": INK, "symbolStrokeWidth": 0.5},
    }  # fmt: skip
    layers = [
        {"mark": {"type": "bar", "height": {"band": 0.78}, "stroke": PAPER, "strokeWidth": 1},
         "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": colour}},
        {"mark": {"type": "text", "fontSize": LABEL_SIZE - 1},
         "encoding": {"x": {**x, "field": "middle"}, "y": y, "text": {"field": "label"},
                      "color": {"field": "ink", "type": "nominal", "scale": None}}},
    ]  # fmt: skip
    return finished(
        {"height": (BAR + 4) * max(1, len(order)), "data": {"values": drawn}, "layer": layers,
         "resolve": {"scale": {"color": "independent"}}},
        description,
    )  # fmt: skip
