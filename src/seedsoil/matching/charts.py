"""Charts of a registry extract against simulated women."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.curves import Curve, curves_chart
from seedsoil.display.theme import INK, LABEL_SIZE, QUIET, STYLES, finished, short

if TYPE_CHECKING:
    import pyarrow as pa

REGISTRY, SIMULATED = "registry", "simulated"
PANEL_HEIGHT = 150
ROW_HEIGHT = 22


def shown(group: str) -> str:
    """The name of a group as printed."""
    return group.replace("<=", "≤")


def ticks_to(horizon: float) -> list[float]:
    """Round years from 0 to the horizon, six or fewer."""
    step = next(s for s in (1.0, 2.0, 5.0, 10.0) if horizon / s <= 6 or s == 10.0)
    return [step * i for i in range(int(horizon / step) + 1)]


def at_risk(rows: pa.Table, ticks: list[float]) -> list[int]:
    """Registry women at risk at each tick of one group's curve; 0 after the end of the curve."""
    time, count = rows["time"].to_numpy(), rows["at_risk"].to_numpy()
    place = np.searchsorted(time, np.array(ticks) - 1e-9)
    return [int(count[i]) if i < len(count) else 0 for i in place]


def overall_chart(rows: pa.Table, y_title: str, description: str) -> dict[str, Any]:
    """Observed and simulated curves of one group, named where they run, with women at risk."""
    horizon = float(rows["time"].to_numpy()[-1])
    ticks = ticks_to(horizon)
    return curves_chart(
        [_curve(rows, REGISTRY, "observed"), _curve(rows, SIMULATED, "simulated")],
        horizon=horizon,
        ticks=ticks,
        x_title="years from diagnosis",
        y_title=y_title,
        at_risk={REGISTRY: at_risk(rows, ticks)},
        description=description,
    )


def _curve(rows: pa.Table, name: str, column: str) -> Curve:
    value = rows[column].to_numpy()
    low, high = (
        # Without an event yet there is no band; draw none rather than a gap.
        np.where(np.isnan(side), value, side)
        for side in (
            rows[f"{column}_low"].to_numpy(zero_copy_only=False),
            rows[f"{column}_high"].to_numpy(zero_copy_only=False),
        )
    )
    return Curve(name, rows["time"].to_numpy(), value, low, high)


def panel_chart(rows: pa.Table, horizon: float, description: str) -> dict[str, Any]:
    """A small chart of one group: both curves with bands, on axes common to all panels."""
    layers: list[dict[str, Any]] = []
    for name, column, style in (
        (REGISTRY, "observed", STYLES[0]),
        (SIMULATED, "simulated", STYLES[1]),
    ):
        curve = _curve(rows, name, column)
        values = [
            {"t": short(t), "v": short(v), "l": short(low), "u": short(high)}
            for t, v, low, high in zip(
                curve.time.tolist(), curve.value.tolist(), curve.lower.tolist(),
                curve.upper.tolist(), strict=True,
            )
        ]  # fmt: skip
        x = {
            "field": "t", "type": "quantitative", "title": None,
            "scale": {"domain": [0, horizon], "nice": False},
            "axis": {"values": ticks_to(horizon), "grid": False},
        }  # fmt: skip
        y = {
            "field": "v", "type": "quantitative", "title": None,
            "scale": {"domain": [0, 1], "nice": False},
            "axis": {"format": "~%", "tickCount": 3},
        }  # fmt: skip
        band = {"type": "area", "interpolate": "step-after", "opacity": 0.18, "color": style.colour}
        line = {"type": "line", "interpolate": "step-after", "strokeWidth": 2,
                "color": style.colour, "strokeDash": list(style.dash)}  # fmt: skip
        layers.append(
            {"data": {"values": values}, "layer": [
                {"mark": band,
                 "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "u"}}},
                {"mark": line, "encoding": {"x": x, "y": y}},
            ]}
        )  # fmt: skip
    return finished({"height": PANEL_HEIGHT, "layer": layers}, description)


def calibration_chart(
    groups: list[dict[str, Any]], horizon: float, description: str
) -> dict[str, Any]:
    """Predicted against observed risk of fifths of the women, with the line of agreement."""
    values = [
        {"x": short(g["predicted_risk"]), "y": short(g["observed_risk"]),
         "low": short(_or(g["observed_risk_low"], g["observed_risk"])),
         "high": short(_or(g["observed_risk_high"], g["observed_risk"]))}
        for g in groups
    ]  # fmt: skip
    top = min(1.0, math.ceil(10 * max(max(v["x"], v["high"]) for v in values) + 0.2) / 10)
    scale = {"domain": [0, top], "nice": False}
    axis = {"format": "~%", "tickCount": 5}
    x = {"field": "x", "type": "quantitative", "scale": scale, "axis": axis,
         "title": f"predicted by the model: event within {horizon:.3g} years"}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": axis,
         "title": "observed in the registry"}  # fmt: skip
    colour = STYLES[0].colour
    layers = [
        {"data": {"values": [{"x": 0, "y": 0}, {"x": top, "y": top}]},
         "mark": {"type": "line", "color": QUIET, "strokeDash": [4, 3]},
         "encoding": {"x": x, "y": y}},
        {"data": {"values": [{"x": 0.06 * top, "y": 0.06 * top, "words": "exact agreement"}]},
         "mark": {"type": "text", "align": "left", "dx": 14, "color": QUIET},
         "encoding": {"x": x, "y": y, "text": {"field": "words"}}},
        {"data": {"values": values}, "mark": {"type": "rule", "color": colour, "strokeWidth": 2},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"data": {"values": values},
         "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "color": colour},
         "encoding": {"x": x, "y": y}},
    ]  # fmt: skip
    return finished({"height": 340, "layer": layers}, description)


def ratios_chart(rows: list[dict[str, Any]], description: str) -> dict[str, Any]:
    """Observed over expected events by group, with 95 % intervals, on a logarithmic axis."""
    values: list[dict[str, Any]] = [
        {"name": shown(row["group"]), "ratio": short(row["ratio"]), "low": short(max(row["low"], 0.05)),
         "high": short(row["high"]), "label": f"{row['ratio']:.2f}"}
        for row in rows
    ]  # fmt: skip
    bottom = min(0.5, min(v["low"] for v in values) / 1.1)
    top = max(2.0, max(v["high"] for v in values) * 1.35)
    marks = [m for m in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if bottom <= m <= top]
    x = {
        "field": "ratio", "type": "quantitative",
        "title": "observed / expected events, logarithmic scale",
        "scale": {"type": "log", "domain": [short(bottom), short(top)], "nice": False},
        "axis": {"values": marks, "format": "~g"},
    }  # fmt: skip
    y = {
        "field": "name", "type": "nominal", "sort": [v["name"] for v in values], "title": None,
        "axis": {"labelLimit": 260, "ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    colour = STYLES[0].colour
    layers = [
        {"data": {"values": [{"ratio": 1}]},
         "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {"mark": {"type": "rule", "color": colour, "strokeWidth": 2},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y}},
        {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1, "color": colour},
         "encoding": {"x": x, "y": y}},
        {"mark": {"type": "text", "align": "left", "dx": 6, "color": INK,
                  "fontSize": LABEL_SIZE - 1},
         "encoding": {"x": {**x, "field": "high"}, "y": y, "text": {"field": "label"}}},
    ]  # fmt: skip
    return finished(
        {"height": ROW_HEIGHT * len(values), "data": {"values": values}, "layer": layers},
        description,
    )


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
