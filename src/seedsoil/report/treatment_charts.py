"""Charts of treated women: progression-free survival, response, and stacked bars of what became of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.biology.response import CR, NE, PD, PR, SD
from seedsoil.report.charts import BAR
from seedsoil.report.curves import Curve, curves_chart
from seedsoil.report.theme import INK, LABEL_SIZE, finished, short
from seedsoil.report.trial_charts import waterfall_chart
from seedsoil.results.attrition import COUNTS, LEFT, STOPPED
from seedsoil.results.survival import round_times, round_up
from seedsoil.results.treatment import RESPONSES
from seedsoil.results.words import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.results.attrition import Attrition
    from seedsoil.results.treatment import ProgressionFree, ProgressionSites, Responses

# Shades that differ in lightness as well as in hue, so that greyscale print tells them apart; the
# colour-blind see dark, blue, amber and pale as four.
DARK, BLUE, AMBER, PALE, GREEN = "#1f2933", "#0072b2", "#e69f00", "#c6dbef", "#009e73"
BLUES = ("#eff5fa", "#c6dbef", "#9ecae1", "#6baed6", "#3787c0", "#105ba4", "#08306b")
"""From few to many, light to dark."""
_DARK_SHADES = {DARK, BLUE, "#3787c0", "#105ba4", "#08306b"}
LEFT_SHADES = dict(zip(LEFT, (BLUE, AMBER, DARK), strict=True))
STOP_SHADES = dict(zip(STOPPED, (BLUE, DARK, AMBER, PALE), strict=True))
KIND_SHADES = {"target": BLUE, "new lesion": AMBER, "non-target": PALE, "symptom": DARK}
COUNT_SHADES = dict(zip(COUNTS, BLUES, strict=True))
# A number is written into a part of a bar that takes up at least this share of the axis.
_ROOM = 0.075
# The horizon of a chart of months is this many years at the least.
_MONTHS = 12.0


def progression_free_chart(found: ProgressionFree) -> dict[str, Any]:
    """Curves of progression-free survival in months, with women at risk under the axis."""
    largest = max(c.women for c in found.curves)
    ends = [np.quantile(c.followed, 0.95) for c in found.curves if c.women >= 0.01 * largest]
    horizon = _MONTHS * round_up(float(max(ends)) / _MONTHS)
    ticks = round_times(horizon)
    start = "Months since the start of the line"
    if found.by != "line":
        start = f"Months since the start of line {found.line}"
    return curves_chart(
        [
            Curve(c.group, c.time, c.survival, c.lower, c.upper)
            for c in (curve.thinned(horizon) for curve in found.curves)
        ],
        horizon=horizon,
        ticks=ticks,
        x_title=start,
        y_title="Women alive without progression",
        at_risk={c.group: c.at_risk(np.array(ticks)) for c in found.curves},
        description=found.sentence,
    )


def response_waterfall(found: Responses) -> dict[str, Any]:
    """Best change of the sum of target diameters, woman by woman, coloured by best response."""
    code = np.array([{"CR": CR, "PR": PR, "SD": SD, "PD": PD, "NE": NE}[r] for r in RESPONSES])
    best: NDArray[np.int64] = code[found.best]
    return waterfall_chart(found.change, best, found.sentence)


def attrition_chart(found: Attrition) -> dict[str, Any]:
    """How each line was left."""
    return stacked_chart(
        [
            (f"line {c.line}", how, n / c.women)
            for c in shown_lines(found)
            for how, n in c.left.items()
        ],
        LEFT_SHADES,
        x_title="Share of the women who started the line",
        description=found.sentence,
    )


def stops_chart(found: Attrition) -> dict[str, Any]:
    """Why the drugs of each line were stopped."""
    return stacked_chart(
        [(f"line {c.line}", why, n / c.women)
         for c in shown_lines(found) for why, n in c.stopped.items()],
        STOP_SHADES,
        x_title="Share of the women who started the line",
        description=found.stops_sentence,
    )  # fmt: skip


def line_numbers_chart(found: Attrition) -> dict[str, Any]:
    """How many lines women had, by group."""
    rows = [
        (group, name, n / sum(counts.values()))
        for group, counts in found.per_woman
        for name, n in counts.items()
    ]
    return stacked_chart(
        rows,
        COUNT_SHADES,
        x_title="Share of women, by number of lines",
        description=found.numbers_sentence,
    )


def shown_lines(found: Attrition) -> list[Any]:
    """Lines with enough women for a bar: those that at least one in a hundred of the treated reached."""
    return [c for c in found.lines if c.women >= 0.01 * found.lines[0].women]


def sites_chart(found: ProgressionSites) -> dict[str, Any]:
    """Progressions by organ, each bar stacked by what showed them."""
    total = found.progressions
    shades = {kind: KIND_SHADES.get(kind, GREEN) for kind in found.kinds}
    return stacked_chart(
        [(organ, kind, found.counts[organ, kind] / total)
         for organ in found.organs for kind in found.kinds],
        shades,
        x_title="Share of progressions",
        description=found.sentence,
        whole=False,
    )  # fmt: skip


def stacked_chart(
    rows: Sequence[tuple[str, str, float]],
    shades: Mapping[str, str],
    *,
    x_title: str,
    description: str,
    whole: bool = True,
    share: bool = True,
) -> dict[str, Any]:
    """Horizontal bars in parts. `rows`: bar, part, value; `shades`: the parts in order, with colours.

    `whole`: the axis ends at 100 %. `share`: values are shares; otherwise years. A part is numbered
    where there is room.
    """
    order = list(dict.fromkeys(name for name, _, _ in rows))
    value = {(name, part): v for name, part, v in rows}
    parts = [part for part in shades if any(value.get((name, part), 0.0) > 0 for name in order)]
    ends = {name: sum(value.get((name, part), 0.0) for part in parts) for name in order}
    top = 1.0 if whole else 1.03 * max([*ends.values(), 1e-9])
    drawn: list[dict[str, Any]] = []
    for name in order:
        at = 0.0
        for part in parts:
            v = value.get((name, part), 0.0)
            if v > 0:
                text = (percent(v, 0) if share else f"{v:.2f}") if v >= _ROOM * top else ""
                drawn.append(
                    {"name": name, "part": part, "from": short(at), "to": short(at + v),
                     "middle": short(at + v / 2), "label": text,
                     "ink": "#ffffff" if shades[part] in _DARK_SHADES else INK}
                )  # fmt: skip
            at += v
    y = {
        "field": "name", "type": "nominal", "sort": order, "title": None,
        "axis": {"ticks": False, "domain": False, "labelPadding": 8, "labelLimit": 240},
    }  # fmt: skip
    x: dict[str, Any] = {
        "field": "from", "type": "quantitative", "title": x_title,
        "scale": {"domain": [0, short(top)], "nice": False},
        "axis": {"tickCount": 5, "format": "~%" if share else "~f"},
    }  # fmt: skip
    # A key of long names breaks into rows that a telephone can show.
    letters = sum(map(len, parts))
    columns = 7 if letters <= 20 else 4 if letters <= 40 else 3
    colour = {
        "field": "part", "type": "nominal",
        "scale": {"domain": parts, "range": [shades[part] for part in parts]},
        "legend": {"columns": columns, "symbolType": "square", "symbolStrokeColor": INK,
                   "symbolStrokeWidth": 0.5},
    }  # fmt: skip
    layers = [
        {"mark": {"type": "bar", "height": {"band": 0.78}, "stroke": "#ffffff", "strokeWidth": 1},
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
