"""Charts of a simulated trial beside its published results."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.curves import Curve, curves_chart
from seedsoil.display.theme import INK, LABEL_SIZE, PAPER, QUIET, STYLES, finished, short, style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.trials.endpoints import Result
    from seedsoil.trials.result import TrialData

Y_TITLES = {"pfs": "Women alive without progression", "os": "Women alive"}
BAND = (0.025, 0.975)
ROW = 30
_STEPS = (1.0, 3.0, 6.0, 12.0, 24.0, 36.0)
_MOST_TICKS = 9
_LINE = 30  # characters of a name beside an axis
_BREAK = "|"
_SMALLEST_SHARE = 0.01  # of the women: when so few are left at risk, a curve is not drawn on


def arm_names(result: TrialData) -> list[str]:
    """The arms in the order of the file, which is the order of their colours."""
    return [arm.name for arm in result.trial.arms]


def horizon_of(result: TrialData, curve: str) -> tuple[float, list[float]]:
    """The end of the axis in months, and round ticks."""
    months = np.array(result.months)
    last = 0.0
    for arm in result.mean.arms.values():
        share = arm.curves[curve].at_risk[0] / arm.women[0]
        last = max(last, float(months[share > _SMALLEST_SHARE].max(initial=_STEPS[0])))
    step = next((s for s in _STEPS if last / s <= _MOST_TICKS), _STEPS[-1])
    ticks = np.arange(0.0, last + step, step)
    if ticks[-1] > last + 1e-9:
        ticks = ticks[:-1]
    return last, [float(tick) for tick in ticks]


def survival_chart(result: TrialData, curve: str, description: str) -> dict[str, Any]:
    """Curves of the arms at large n, the band of 95 % of trials of this size, and what was published.

    Hollow marks: published medians and shares. Under the axis the women at risk in a trial of this
    size, the mean of the replicates.
    """
    names = arm_names(result)
    horizon, ticks = horizon_of(result, curve)
    months = np.array(result.months)
    shown = months <= horizon
    lines = []
    for name in names:
        mean = result.mean.arms[name].curves[curve].at[0][shown]
        drawn = result.replicates.arms[name].curves[curve].at[:, shown]
        known = np.isfinite(mean) & (np.isfinite(drawn).mean(axis=0) > 0.5)
        low = high = mean[known]
        if result.replicates.give_intervals:
            low, high = np.nanquantile(drawn[:, known], BAND, axis=0)
        lines.append(Curve(name, months[shown][known], mean[known], low, high))
    places = np.searchsorted(months, ticks)
    at_risk = {
        name: [
            round(float(n))
            for n in result.replicates.arms[name].curves[curve].at_risk[:, places].mean(axis=0)
        ]
        for name in names
    }
    marks = published_marks(result, curve, horizon)
    chart = curves_chart(
        lines,
        horizon=horizon,
        ticks=ticks,
        x_title="Months since enrolment",
        y_title=Y_TITLES[curve],
        at_risk=at_risk,
        description=description,
        avoid=[(month, share) for _, month, share in marks],
    )
    if marks:
        chart["layer"].append(_marks_layer(marks, names))
    return chart


def published_marks(
    result: TrialData, curve: str, horizon: float
) -> list[tuple[str, float, float]]:
    """Published points of a curve of all women: arm, months, share."""
    marks = []
    for r in result.results:
        if r.among or r.published is None or r.bound or not r.endpoint.startswith(f"{curve}_"):
            continue
        kind = r.endpoint.removeprefix(f"{curve}_")
        if kind == "median":
            month, share = r.published, 0.5
        elif kind.startswith("at_"):
            month, share = float(kind.removeprefix("at_")), r.published
        else:
            continue
        if month <= horizon:
            marks.append((r.arm, month, share))
    return marks


def _marks_layer(marks: Sequence[tuple[str, float, float]], names: list[str]) -> dict[str, Any]:
    values = [{"g": arm, "t": short(month), "v": short(share)} for arm, month, share in marks]
    styles = [style_of(name, names) for name in names]
    scale = {"domain": names, "range": [style.shape for style in styles]}
    shades = {"domain": names, "range": [style.ink for style in styles]}
    return {
        "data": {"values": values},
        "mark": {"type": "point", "filled": True, "fill": PAPER, "size": 90, "strokeWidth": 2.5,
                 "opacity": 1, "tooltip": True},
        "encoding": {
            "x": {"field": "t", "type": "quantitative"},
            "y": {"field": "v", "type": "quantitative"},
            "shape": {"field": "g", "type": "nominal", "scale": scale, "legend": None},
            "stroke": {"field": "g", "type": "nominal", "scale": shades, "legend": None},
        },
    }  # fmt: skip


def forest_chart(rows: Sequence[tuple[str, Result]], description: str) -> dict[str, Any]:
    """Hazard ratios, published above simulated, each with its 95 % interval, on a logarithmic axis."""
    kinds = ("published", "simulated")
    values: list[dict[str, Any]] = []
    for name, r in rows:
        assert r.mean is not None
        if r.published is not None:
            low, high = (r.published if v is None else v for v in (r.low, r.high))
            values.append(_ratio(name, kinds[0], r.published, low, high))
        ends = [r.mean if end is None else end for end in (r.predicted_low, r.predicted_high)]
        values.append(_ratio(name, kinds[1], r.mean, *ends))
    bottom = min(0.5, min(v["low"] for v in values) / 1.15)
    top = max(1.5, max(v["high"] for v in values) * 1.7)
    marks = [m for m in (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10) if bottom <= m <= top]
    x = {
        "field": "ratio", "type": "quantitative",
        "title": "Hazard ratio, logarithmic scale: below 1 the first arm does better",
        "scale": {"type": "log", "domain": [short(bottom), short(top)], "nice": False},
        "axis": {"values": marks, "format": "~g"},
    }  # fmt: skip
    y = {
        "field": "name", "type": "nominal", "sort": [_broken(name) for name, _ in rows],
        "title": None,
        "axis": {"labelLimit": 260, "ticks": False, "domain": False, "labelPadding": 8,
                 "labelExpr": f"split(datum.label, '{_BREAK}')"},
    }  # fmt: skip
    offset = {"field": "kind", "sort": list(kinds)}
    shades = {"domain": list(kinds), "range": [INK, STYLES[0].colour]}
    colour = {"field": "kind", "type": "nominal", "scale": shades}
    shape = {"field": "kind", "type": "nominal",
             "scale": {"domain": list(kinds), "range": ["square", "circle"]}}  # fmt: skip
    layers = [
        {"data": {"values": [{"ratio": 1}]},
         "mark": {"type": "rule", "color": QUIET, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y,
                      "yOffset": offset, "color": colour}},
        {"mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
         "encoding": {"x": x, "y": y, "yOffset": offset, "color": colour, "shape": shape}},
        {"mark": {"type": "text", "align": "left", "dx": 7, "color": INK,
                  "fontSize": LABEL_SIZE - 1},
         "encoding": {"x": {**x, "field": "high"}, "y": y, "yOffset": offset,
                      "text": {"field": "label"}}},
    ]  # fmt: skip
    return finished(
        {"height": {"step": 1.5 * ROW, "for": "position"}, "data": {"values": values},
         "layer": layers},
        description,
    )  # fmt: skip


def _ratio(name: str, kind: str, value: float, low: float, high: float) -> dict[str, Any]:
    # an interval without an end (no event in one arm) is drawn to the edge of what is shown
    low, high = max(low, 0.05), min(high, 20.0)
    return {"name": _broken(name), "kind": kind, "ratio": short(value), "low": short(low),
            "high": short(high), "label": f"{value:.2f}"}  # fmt: skip


def _broken(name: str) -> str:
    """A name with marks where its lines break."""
    return _BREAK.join(textwrap.wrap(name, _LINE))
