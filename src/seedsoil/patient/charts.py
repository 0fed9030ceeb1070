"""One woman under treatment, drawn: her lines of therapy and symptoms (swimmer), her scans (spider)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from seedsoil.display.page import Figure
from seedsoil.display.theme import (
    CONFIG,
    INK,
    LABEL_SIZE,
    PAPER,
    QUIET,
    beside,
    finished,
    key_columns,
    short,
)
from seedsoil.display.words import listed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ROW = 34
SPIDER_HEIGHT = 240
BELOW = 7
"""Pixels by which bars lie below the middle of their row, to make room for the regimen's name."""
# Kinds of regimen in the order of the key. A bar also stands beside the regimen's name, so that nothing
# depends on its colour.
KIND_SHADES = {
    "endocrine": "#0072b2",
    "endocrine + targeted": "#56b4e9",
    "targeted": "#009e73",
    "chemotherapy": "#e69f00",
    "chemotherapy + targeted": "#d55e00",
    "with immunotherapy": "#cc79a7",
    "other": "#9aa5b1",
}
_RESPONSE_MARKS = {"CR or PR": "circle", "SD": "square", "PD": "cross"}
_RESPONSE_SHADES = {"CR or PR": "#0072b2", "SD": "#9ecae9", "PD": "#e69f00"}


class TreatedCourse(Protocol):
    """What these charts need of a woman's course."""

    @property
    def patient(self) -> dict[str, Any]:
        """Her row of the patients table."""

    @property
    def symptoms(self) -> list[dict[str, Any]]:
        """Her rows of the symptoms table."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Her rows of the lines table; none without therapy."""

    @property
    def scans(self) -> list[dict[str, Any]]:
        """Her scans under treatment: line, time in years, sum of target diameters in mm, response."""

    @property
    def regimen_classes(self) -> dict[str, list[str]]:
        """The classes of the drugs of each of her regimens."""


def treatment_figures(course: TreatedCourse) -> list[tuple[str, str, Figure]]:
    """Her swimmer plot and, if any line had target lesions, her spider plot: id, title, figure."""
    kinds = {name: regimen_kind(classes) for name, classes in course.regimen_classes.items()}
    rows = [
        [f"{line['line']}  {line['regimen']}", *(_years(line[k]) for k in ("started_at", "stopped_at")),
         line["stop_reason"], line["best_response"], _years(line["progressed_at"]),
         " in ".join(filter(None, (line["progression_by"], line["progression_organ"]))) or "–"]
        for line in course.lines
    ]  # fmt: skip
    header = [
        "line",
        "from",
        "drugs until",
        "stopped for",
        "best response",
        "progressed",
        "shown by",
    ]
    swimmer = Figure(swimmer_chart(course, kinds), swimmer_sentence(course), header, rows)
    figures = [("therapy", "Lines of therapy and symptoms", swimmer)]
    if measured(course):
        rows = [
            [f"line {scan['line']}", _years(scan["scanned_at"]), f"{scan['sum_mm']:.0f}",
             str(scan["response"])]
            for scan in course.scans if scan["sum_mm"] is not None
        ]  # fmt: skip
        header = ["scan", "years from diagnosis", "sum, mm", "response"]
        spider = Figure(spider_chart(course), spider_sentence(course), header, rows)
        figures.append(("scans", "What the scans measured", spider))
    return figures


def _years(time: float | None) -> str:
    return "–" if time is None else f"{time:.2f}"


def regimen_kind(classes: Collection[str]) -> str:
    """The kind of a regimen (a key of KIND_SHADES) by the classes of its drugs."""
    if "immunotherapy" in classes:
        return "with immunotherapy"
    words = {"hormonal": "endocrine"}
    kind = " + ".join(
        words.get(c, c) for c in ("hormonal", "chemotherapy", "targeted") if c in classes
    )
    return kind if kind in KIND_SHADES else "other"


def swimmer_chart(course: TreatedCourse, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Lines of therapy as bars with response and progression, symptoms as spans below them.

    `kinds`: the kind of each regimen by its name (see `regimen_kind`).
    """
    woman = course.patient
    start, end = float(woman["metastatic_at"]), float(woman["died_at"])
    margin = 0.03 * max(end - start, 0.1)
    bars: list[dict[str, Any]] = []
    waits: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    names: list[str] = []
    labels: list[dict[str, Any]] = []
    for line in course.lines:
        name = f"line {line['line']}"
        names.append(name)
        # A name begins where its bar does, or ends at the right edge where it would not fit.
        right = line["started_at"] > start + 0.4 * (end - start)
        labels.append({"name": name, "t": short(end if right else line["started_at"]),
                       "label": line["regimen"], "right": right})  # fmt: skip
        kind = kinds.get(line["regimen"], "other")
        bars.append({"name": name, "t": short(line["started_at"]), "e": short(line["stopped_at"]),
                     "kind": kind})  # fmt: skip
        ended = line["progressed_at"] if line["progressed_at"] is not None else end
        if ended > line["stopped_at"]:
            waits.append({"name": name, "t": short(line["stopped_at"]), "e": short(ended)})
        if line["responded_at"] is not None:
            marks.append({"name": name, "t": short(line["responded_at"]), "mark": "response"})
        if line["progressed_at"] is not None:
            marks.append({"name": name, "t": short(line["progressed_at"]), "mark": "progression"})
    spans: list[dict[str, Any]] = []
    for row in course.symptoms:
        until = row.get("resolved_at")
        begin, until = max(float(row["onset_at"]), start), end if until is None else float(until)
        if until > start:
            spans.append({"name": f"{row['symptom']} ({row['organ']})", "t": short(begin),
                          "e": short(min(until, end))})  # fmt: skip
    felt = list(dict.fromkeys(span["name"] for span in spans))
    x: dict[str, Any] = {
        "field": "t", "type": "quantitative", "title": "Years from diagnosis",
        "scale": {"domain": [short(start - margin), short(end + margin)], "nice": False},
        "axis": {"grid": True, "tickCount": 6},
    }  # fmt: skip
    y = {
        "field": "name", "type": "nominal", "title": None,
        "scale": {"domain": [*names, *felt]},
        "axis": {"ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    shown = [kind for kind in KIND_SHADES if any(bar["kind"] == kind for bar in bars)]
    colour = {
        "field": "kind", "type": "nominal",
        "scale": {"domain": shown, "range": [KIND_SHADES[kind] for kind in shown]},
        "legend": {"columns": key_columns(shown, beside([*names, *felt])), "symbolType": "square"},
    }  # fmt: skip
    both = [m for m in ("response", "progression") if any(row["mark"] == m for row in marks)]
    shapes = {"response": "triangle-up", "progression": "cross"}
    fills = {"response": PAPER, "progression": INK}
    layers: list[dict[str, Any]] = [
        {"data": {"values": spans},
         "mark": {"type": "bar", "height": 7, "color": QUIET, "opacity": 0.55},
         "encoding": {"x": x, "x2": {"field": "e"}, "y": y}},
        {"data": {"values": waits},
         "mark": {"type": "rule", "color": QUIET, "strokeWidth": 2, "strokeDash": [3, 3],
                  "yOffset": BELOW},
         "encoding": {"x": x, "x2": {"field": "e"}, "y": y}},
        {"data": {"values": bars}, "mark": {"type": "bar", "height": 13, "yOffset": BELOW},
         "encoding": {"x": x, "x2": {"field": "e"}, "y": y, "color": colour}},
        {"data": {"values": marks},
         "mark": {"type": "point", "filled": True, "size": 85, "opacity": 1, "stroke": INK,
                  "strokeWidth": 1.2, "yOffset": BELOW},
         "encoding": {
             "x": x, "y": y,
             "shape": {"field": "mark", "type": "nominal", "legend": {"columns": 2},
                       "scale": {"domain": both, "range": [shapes[m] for m in both]}},
             "fill": {"field": "mark", "type": "nominal", "legend": {"columns": 2},
                      "scale": {"domain": both, "range": [fills[m] for m in both]}}}},
        {"data": {"values": [{"t": short(end)}]},
         "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]}, "encoding": {"x": x}},
        {"data": {"values": [{"t": short(end)}]},
         "mark": {"type": "text", "text": "death", "align": "right", "dx": -4, "y": -6,
                  "fontSize": LABEL_SIZE - 1},
         "encoding": {"x": x}},
    ]  # fmt: skip
    if not marks:
        del layers[3]
    for right in (False, True):
        text = {"type": "text", "align": "right" if right else "left", "dx": -4 if right else 1,
                "dy": -8, "fontSize": LABEL_SIZE - 1}  # fmt: skip
        own = [label for label in labels if label["right"] == right]
        layers.append(
            {
                "data": {"values": own},
                "mark": text,
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            }
        )
    height = ROW * max(1, len(names) + len(felt))
    chart = finished({"height": height, "layer": layers}, swimmer_sentence(course))
    # One key above the other: side by side they are wider than a telephone.
    legend = {**CONFIG["legend"], "layout": {"top": {"direction": "vertical", "anchor": "start"}}}
    return {**chart, "config": {**CONFIG, "legend": legend}}


def swimmer_sentence(course: TreatedCourse) -> str:
    """What the swimmer plot shows, in words."""
    lines = course.lines
    woman = course.patient
    years = float(woman["died_at"]) - float(woman["metastatic_at"])
    if not lines:
        return f"No therapy was given in the {years:.1f} years with metastatic disease."
    counted = f"{len(lines)} line{'s' * (len(lines) != 1)} of therapy"
    best = [f"{line['best_response']} on line {line['line']}" for line in lines]
    return (
        f"{counted} in the {years:.1f} years from the finding of metastatic disease to her death; best "
        f"response{'s' * (len(lines) != 1)}: {listed(best)}. Bars: drugs given; dashed: stopped, "
        "not yet progressed; grey below: symptoms while they lasted."
    )


def spider_chart(course: TreatedCourse) -> dict[str, Any]:
    """Sum of the diameters of the target lesions, scan by scan, a curve a line of therapy."""
    woman = course.patient
    start, end = float(woman["metastatic_at"]), float(woman["died_at"])
    margin = 0.03 * max(end - start, 0.1)
    curves: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    starts: list[dict[str, Any]] = []
    for line in course.lines:
        word = "line " if not starts else ""
        starts.append({"t": short(line["started_at"]), "label": f"{word}{line['line']}"})
    for line in _measured(course):
        own = [s for s in course.scans if s["line"] == line["line"] and s["sum_mm"] is not None]
        first: dict[str, Any] = {"line": line["line"], "t": short(line["started_at"]),
                 "mm": short(line["baseline_mm"])}  # fmt: skip
        curves.append(first)
        for scan in own:
            at = {"line": line["line"], "t": short(scan["scanned_at"]), "mm": short(scan["sum_mm"])}
            curves.append(at)
            kind = "CR or PR" if scan["response"] in ("CR", "PR") else scan["response"]
            if kind in _RESPONSE_MARKS:
                points.append({**at, "kind": kind})
    top = 1.12 * max((row["mm"] for row in curves), default=1.0)
    x = {
        "field": "t", "type": "quantitative", "title": "Years from diagnosis",
        "scale": {"domain": [short(start - margin), short(end + margin)], "nice": False},
        "axis": {"grid": False, "tickCount": 6},
    }  # fmt: skip
    y = {
        "field": "mm", "type": "quantitative", "title": "Sum of target diameters, mm",
        "scale": {"domain": [0, short(max(top, 1.0))], "nice": False}, "axis": {"tickCount": 5},
    }  # fmt: skip
    kinds = [kind for kind in _RESPONSE_MARKS if any(p["kind"] == kind for p in points)]
    shape = {"domain": kinds, "range": [_RESPONSE_MARKS[kind] for kind in kinds]}
    fill = {"domain": kinds, "range": [_RESPONSE_SHADES[kind] for kind in kinds]}
    layers = [
        {"data": {"values": starts},
         "layer": [
             {"mark": {"type": "rule", "color": QUIET, "strokeDash": [2, 3], "strokeWidth": 0.8},
              "encoding": {"x": x}},
             {"mark": {"type": "text", "align": "left", "dx": 3, "y": 5, "color": QUIET,
                       "fontSize": LABEL_SIZE - 1},
              "encoding": {"x": x, "text": {"field": "label"}}}]},
        {"data": {"values": curves},
         "mark": {"type": "line", "color": QUIET, "strokeWidth": 1.6,
                  "point": {"filled": True, "color": QUIET, "size": 16}},
         "encoding": {"x": x, "y": y, "detail": {"field": "line"}}},
        {"data": {"values": points},
         "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "stroke": INK,
                  "strokeWidth": 0.8},
         "encoding": {"x": x, "y": y,
                      "shape": {"field": "kind", "type": "nominal", "scale": shape,
                                "legend": {"columns": 3}},
                      "fill": {"field": "kind", "type": "nominal", "scale": fill,
                               "legend": {"columns": 3}}}},
    ]  # fmt: skip
    return finished({"height": SPIDER_HEIGHT, "layer": layers}, spider_sentence(course))


def spider_sentence(course: TreatedCourse) -> str:
    """What the spider plot shows, in words."""
    changes = []
    for line in _measured(course):
        change = line["best_change"]
        changed = "no scan before it ended" if change is None else f"at best {100 * change:+.0f} %"
        changes.append(f"line {line['line']} from {line['baseline_mm']:.0f} mm ({changed})")
    words = "; ".join(changes).replace("-", "\u2212")
    return (
        f"Sum of the diameters of the target lesions at each scan: {words}. Targets are chosen anew at "
        "the start of each line."
    )


def measured(course: TreatedCourse) -> bool:
    """Whether any of her lines had target lesions, so that there is something to draw."""
    return bool(_measured(course))


def _measured(course: TreatedCourse) -> list[dict[str, Any]]:
    return [line for line in course.lines if line["baseline_mm"] is not None]
