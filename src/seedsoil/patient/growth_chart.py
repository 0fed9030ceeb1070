"""One woman's course, drawn: how her lesions grow, and when they were found and felt."""

from __future__ import annotations

from typing import Any, Protocol

from seedsoil.display.theme import INK, LABEL_SIZE, PAPER, QUIET, STYLES, finished, short, style_of
from seedsoil.display.words import whole
from seedsoil.patient.charts import TreatedCourse
from seedsoil.vocabulary import ORGANS

DRAWN = 40
"""So many of her largest lesions are drawn."""
POINTS = 60
"""About so many points draw the growth of a lesion."""
HEIGHT = 320


class CourseRecord(TreatedCourse, Protocol):
    """What a timeline needs of a woman's course."""

    @property
    def lesions(self) -> list[dict[str, Any]]:
        """Her rows of the lesions table."""

    @property
    def growth(self) -> list[dict[str, Any]]:
        """Sampled sizes: rows of lesion (0: the primary), time_years and log10_cells."""

    @property
    def strategy(self) -> str:
        """How her metastatic disease was treated: a strategy's name, or "untreated"."""

    @property
    def changed(self) -> dict[str, dict[str, float | str]]:
        """The numbers of the catalog that were replaced, as in `Catalog.changed`."""


def timeline_chart(course: CourseRecord) -> dict[str, Any]:
    """Growth of the primary and of her largest lesions over time, with what was found and felt."""
    woman = course.patient
    shown = largest_lesions(course, DRAWN)
    place = {row["lesion"]: row["organ"] for row in shown}
    curves: list[dict[str, Any]] = []
    for number, organ in {0: "breast", **place}.items():
        points = sorted(
            (row["time_years"], row["log10_cells"])
            for row in course.growth
            if row["lesion"] == number
        )
        step = max(1, len(points) // POINTS)
        kept = points[::step] + (points[-1:] if points and (len(points) - 1) % step else [])
        curves += [
            {"lesion": number, "organ": organ, "t": short(t), "v": short(v)} for t, v in kept
        ]
    organs = [o for o in ("breast", *ORGANS, "node") if o == "breast" or o in place.values()]
    shades = [INK if o == "breast" else style_of(o, organs).colour for o in organs]
    dashes = [[1, 0] if o == "breast" else list(style_of(o, organs).dash) for o in organs]
    start, end = -float(woman["tumour_age"]), float(woman["died_at"])
    margin = 0.03 * (end - start)
    key = {"orient": "top", "columns": 3, "symbolType": "stroke", "symbolSize": 700}
    x = {
        "field": "t",
        "type": "quantitative",
        "title": "Years from diagnosis",
        "scale": {"domain": [short(start - margin), short(end + margin)], "nice": False},
        "axis": {"grid": False, "labelExpr": "(datum.value > 0 ? '+' : '') + datum.label"},
    }
    y = {
        "field": "v",
        "type": "quantitative",
        "title": "Cells",
        # Above a trillion cells, the room in which events are named.
        "scale": {"domain": [0, 14.6], "nice": False},
        "axis": {
            "values": [0, 3, 6, 9, 12],
            # Size in words a reader can picture: 1e9 cells are one cubic centimetre (docs/model.md).
            "labelExpr": "['1 cell', '', '', 'thousand', '', '', 'million', '', '', "
            "'billion', '', '', 'trillion'][datum.value]",
        },
    }
    scale = {"domain": organs}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": curves},
            "mark": {"type": "line", "strokeWidth": 1.8, "opacity": 0.8, "clip": True},
            "encoding": {
                "x": x,
                "y": y,
                "detail": {"field": "lesion"},
                "color": {
                    "field": "organ",
                    "type": "nominal",
                    "legend": key,
                    "scale": {**scale, "range": shades},
                },
                "strokeDash": {
                    "field": "organ",
                    "type": "nominal",
                    "legend": key,
                    "scale": {**scale, "range": dashes},
                },
            },
        },
        *_marks(course, start, end),
    ]
    words = (
        f"Growth of the primary and of {len(shown)} of {whole(len(course.lesions))} other colonies "
        f"of one simulated woman, from the first cell {abs(start):.1f} years before diagnosis to "
        f"her death {end:.1f} years after it."
    )
    return finished({"height": HEIGHT, "layer": layers}, words)


def _marks(course: CourseRecord, start: float, end: float) -> list[dict[str, Any]]:
    """Upright lines at diagnosis, finding and death, named above; points where symptoms began."""
    woman = course.patient
    dates = [(0.0, "diagnosis")]
    if woman["presentation"] == "recurrent":
        dates.append((woman["metastatic_at"], "recurrence"))
    dates.append((end, "death"))
    layers: list[dict[str, Any]] = []
    for level, (time, name) in enumerate(dates):
        right = time > start + 0.6 * (end - start)
        layers.append(
            {
                "data": {"values": [{"t": short(time), "name": name}]},
                "layer": [
                    {"mark": {"type": "rule", "color": QUIET, "strokeDash": [3, 3],
                              "y": 15 * level, "y2": "height"},
                     "encoding": {"x": {"field": "t", "type": "quantitative"}}},
                    {"mark": {"type": "text", "align": "right" if right else "left",
                              "dx": -4 if right else 4, "y": 7 + 15 * level, "color": INK,
                              "fontSize": LABEL_SIZE},
                     "encoding": {"x": {"field": "t", "type": "quantitative"},
                                  "text": {"field": "name"}}},
                ],
            }
        )  # fmt: skip
    return [*layers, *_felt(course, start, end)]


def _felt(course: CourseRecord, start: float, end: float) -> list[dict[str, Any]]:
    """When symptoms began: a point on the lesion behind each, and a row with its name under the axis.

    Below the axis names cannot run into each other.
    """
    onsets = sorted(course.symptoms, key=lambda row: row["onset_at"])
    if not onsets:
        return []
    at = {"x": {"field": "t", "type": "quantitative"}}
    point = {"type": "point", "filled": True, "size": 90, "shape": "diamond", "opacity": 1,
             "color": STYLES[3].colour, "stroke": PAPER}  # fmt: skip
    sizes = [{"t": short(row["onset_at"]), "v": short(_size_at(course, row))} for row in onsets]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": sizes},
            "mark": point,
            "encoding": {**at, "y": {"field": "v", "type": "quantitative"}},
        }
    ]
    # A symptom that comes back keeps its row, and is named where it first came.
    named: dict[str, int] = {}
    for symptom in onsets:
        first = symptom_words(symptom) not in named
        row = named.setdefault(symptom_words(symptom), len(named))
        time, y = float(symptom["onset_at"]), HEIGHT + 58 + 17 * row
        right = time > start + 0.5 * (end - start)
        name = {
            "type": "text",
            "align": "right" if right else "left",
            "dx": -9 if right else 9,
            "y": y,
            "text": symptom_words(symptom),
            "fontSize": LABEL_SIZE,
            "color": INK,
        }
        values = {"data": {"values": [{"t": short(time)}]}, "encoding": at}
        layers.append({**values, "mark": {**point, "y": y}})
        if first:
            layers.append({**values, "mark": name})
    return layers  # fmt: skip


def _size_at(course: CourseRecord, symptom: dict[str, Any]) -> float:
    """log10 of the cells of the lesion behind a symptom when it began, from the sampled growth."""
    samples = [row for row in course.growth if row["lesion"] == symptom["lesion"]]
    if not samples:
        return 0.0
    nearest = min(samples, key=lambda row: abs(row["time_years"] - symptom["onset_at"]))
    return float(nearest["log10_cells"])


def largest_lesions(course: CourseRecord, count: int) -> list[dict[str, Any]]:
    """Her lesions but the primary: first those with a symptom, then those seen, by size; by birth."""
    felt = {row["lesion"] for row in course.symptoms}
    ranked = sorted(
        (row for row in course.lesions if row["lesion"] > 0),
        key=lambda row: (
            row["lesion"] not in felt,
            row["visible_at"] is None,
            -(row["log10_cells"] or 0.0),  # null: eradicated
            row["lesion"],
        ),
    )
    return sorted(ranked[:count], key=lambda row: (row["founded_at"], row["lesion"]))


def symptom_words(row: dict[str, Any]) -> str:
    """A symptom with its organ: `bone pain`, `seizure (brain)`."""
    symptom, organ = str(row["symptom"]), str(row["organ"])
    return f"bone {symptom}" if organ == "bone" and symptom == "pain" else f"{symptom} ({organ})"
