"""A chart that keeps two uncertainties apart: what the parameters leave open, and what chance does."""

from __future__ import annotations

import textwrap
from typing import Any, NamedTuple

from seedsoil.display.theme import INK, LABEL_SIZE, PAPER, QUIET, STYLES, finished, short

PARAMETERS, CHANCE = "parameters", "chance"
"""What the wide bar and the thin line of each row are."""
_WIDE = 26
"""Letters of a row's name that stand on a line of it."""


class Apart(NamedTuple):
    """A number with two intervals: `low` to `high` over the parameters; `chance` to either side of `mean`."""

    name: str
    mean: float
    low: float
    high: float
    chance: float


def apart_chart(rows: list[Apart], *, x_title: str, description: str) -> dict[str, Any]:
    """A row a number: a pale bar for the parameters, a dark line with ends for chance, a mark at the mean.

    A line stands at 0, which the axis has in it: the numbers are differences. The two intervals differ in
    width and darkness, so that print in grey keeps them apart.
    """
    values: list[dict[str, Any]] = [
        {"name": "\n".join(textwrap.wrap(row.name, _WIDE)), "v": short(row.mean),
         "low": short(row.low), "high": short(row.high),
         "from": short(row.mean - row.chance), "to": short(row.mean + row.chance)}
        for row in rows
    ]  # fmt: skip
    ends = [0.0, *(v[key] for v in values for key in ("low", "high", "from", "to"))]
    lowest, highest = min(ends), max(ends)
    room = 0.05 * max(highest - lowest, 1e-6)
    x: dict[str, Any] = {
        "field": "v", "type": "quantitative", "title": x_title,
        "axis": {"tickCount": 5, "titleAnchor": "end"},
        "scale": {"domain": [short(lowest - room), short(highest + room)], "nice": False},
    }  # fmt: skip
    y: dict[str, Any] = {
        "field": "name", "type": "nominal", "title": None,
        "sort": list(dict.fromkeys(v["name"] for v in values)),
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "labelLimit": 200,
                 "labelExpr": "split(datum.label, '\\n')"},
    }  # fmt: skip

    def span(start: str, end: str) -> dict[str, Any]:
        return {"x": {**x, "field": start}, "x2": {"field": end}, "y": y}

    wide, thin = STYLES[5].colour, INK
    bar_key = {"datum": PARAMETERS, "scale": {"domain": [PARAMETERS], "range": [wide]}}
    line_key = {
        "datum": CHANCE, "scale": {"domain": [CHANCE], "range": [thin]},
        "legend": {"symbolType": "stroke", "symbolStrokeWidth": 3},
    }  # fmt: skip
    tick = {"mark": {"type": "tick", "thickness": 2, "size": 12, "color": thin}}
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"v": 0}]}, "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]},
         "encoding": {"x": x}},
        {"mark": {"type": "bar", "height": 18}, "encoding": {**span("low", "high"), "fill": bar_key}},
        {"mark": {"type": "rule", "strokeWidth": 3}, "encoding": {**span("from", "to"), "stroke": line_key}},
        *({**tick, "encoding": {"x": {**x, "field": end}, "y": y}} for end in ("from", "to")),
        {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1, "fill": PAPER, "stroke": thin,
                  "strokeWidth": 2, "tooltip": True},
         "encoding": {"x": x, "y": y}},
    ]  # fmt: skip
    height = (LABEL_SIZE + 3) * max((v["name"].count("\n") + 1 for v in values), default=1) + 16
    return finished(
        {"height": {"step": height}, "data": {"values": values}, "layer": layers}, description
    )
