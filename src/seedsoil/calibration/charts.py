"""The chart of a fit: how far simulated and observed lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.display.theme import QUIET, STYLES, finished, short

if TYPE_CHECKING:
    from collections.abc import Iterable

ROW = 18
WIDEST = 6.0
"""Standard errors at which the axis ends; what lies farther is drawn at its end."""
LARGE = 3.0


def distances_chart(rows: Iterable[tuple[str, str, float]], description: str) -> dict[str, Any]:
    """Each number's distance from what was observed, in standard errors, a row a group.

    `rows`: group, name, z = (simulated - observed)/standard error. Dashed lines at 0 and ±3.
    """
    values = [
        {"group": group, "name": name, "z": short(z), "at": short(max(-WIDEST, min(WIDEST, z)))}
        for group, name, z in rows
        if z == z  # not NaN: too few women for a value
    ]
    groups = list(dict.fromkeys(value["group"] for value in values))
    x = {
        "field": "at", "type": "quantitative", "title": "(simulated - observed) / standard error",
        "scale": {"domain": [-1.05 * WIDEST, 1.05 * WIDEST], "nice": False},
    }  # fmt: skip
    y = {
        "field": "group", "type": "nominal", "sort": groups, "title": None,
        "axis": {"labelLimit": 260, "ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    tooltip = [{"field": "name", "type": "nominal"}, {"field": "z", "type": "quantitative"}]
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"at": -LARGE}, {"at": 0.0}, {"at": LARGE}]},
         "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {"mark": {"type": "point", "filled": True, "size": 45, "opacity": 0.7,
                  "color": STYLES[0].colour},
         "encoding": {"x": x, "y": y, "tooltip": tooltip}},
    ]  # fmt: skip
    return finished(
        {"height": ROW * max(1, len(groups)), "data": {"values": values}, "layer": layers},
        description,
    )
