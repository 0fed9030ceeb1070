"""Waterfall of best changes: one bar a woman."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.theme import INK, LABEL_SIZE, PAPER, QUIET, finished, key_columns, short
from seedsoil.vocabulary import CR, PD, PR

if TYPE_CHECKING:
    from numpy.typing import NDArray

BARS = 100
"""Bars of a waterfall: each stands for one in a hundred women."""
TOP_CHANGE = 1.0
"""Growth beyond this share of the baseline is drawn as this much."""
# The shades differ in lightness, so that greyscale print tells them apart.
RESPONSE_SHADES = (("CR or PR", "#0072b2"), ("stable", "#d3e5f3"), ("progression", "#e69f00"))


def waterfall_chart(
    change: NDArray[np.float64], response: NDArray[np.integer[Any]], description: str
) -> dict[str, Any]:
    """Best change of the sum of target diameters, woman by woman, the largest growth on the left.

    `change`: smallest sum over baseline, minus 1; `response`: best confirmed response.
    """
    order = np.argsort(-change)
    count = min(BARS, change.size)
    picked = order[((np.arange(count) + 0.5) * change.size / count).astype(int)]
    names = [name for name, _ in RESPONSE_SHADES]

    def kind(code: int) -> str:
        if code in (PR, CR):
            return names[0]
        return names[2] if code == PD else names[1]

    values = [
        {"from": i / count, "to": (i + 0.86) / count, "change": short(min(float(change[w]), TOP_CHANGE)),
         "g": kind(int(response[w]))}
        for i, w in enumerate(picked)
    ]  # fmt: skip
    x = {
        "field": "from", "type": "quantitative",
        "title": "Women with target lesions, from the largest growth to the largest shrinkage",
        "scale": {"domain": [0, 1], "nice": False}, "axis": {"format": "~%", "grid": False},
    }  # fmt: skip
    y = {
        "field": "change", "type": "quantitative", "title": "Best change of the sum of diameters",
        "scale": {"domain": [-1, TOP_CHANGE], "nice": False},
        "axis": {"values": [-1, -0.5, 0, 0.5, 1],
                 "labelExpr": "datum.value == 1 ? '+100% or more' : "
                              "datum.value == 0 ? '0%' : format(datum.value, '+.0%')"},
    }  # fmt: skip
    scale = {"domain": names, "range": [shade for _, shade in RESPONSE_SHADES]}
    lines = [{"at": 0.2}, {"at": -0.3}]
    # Each label stands where most bars point the other way, with white round its letters where they do not.
    halo = {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}
    words = [("+20 %: progression", 0.2, "right", "width", -4, -7),
             ("−30 %: partial response", -0.3, "left", 0, 4, 9)]  # fmt: skip
    layers = [
        {"data": {"values": values},
         "mark": {"type": "bar", "stroke": QUIET, "strokeWidth": 0.4},
         "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0},
                      "color": {"field": "g", "type": "nominal", "scale": scale,
                                "legend": {"columns": key_columns(names, 50.0)}}}},
        {"data": {"values": lines}, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
         "encoding": {"y": {**y, "field": "at"}}},
        *({"data": {"values": [{"at": at}]},
           "mark": {"type": "text", "text": label, "align": align, "x": place, "dx": dx, "dy": dy,
                    "fontSize": LABEL_SIZE - 1, **round_it},
           "encoding": {"y": {**y, "field": "at"}}}
          for label, at, align, place, dx, dy in words for round_it in (halo, {})),
    ]  # fmt: skip
    return finished({"height": 240, "layer": layers}, description)
