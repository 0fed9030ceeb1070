"""One simulated woman's course, in words and drawn."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from seedsoil.display.page import NOT_ADVICE, Figure, page_html
from seedsoil.display.theme import INK, LABEL_SIZE, QUIET, STYLES, finished, short, style_of
from seedsoil.display.words import listed, whole
from seedsoil.patient.charts import TreatedCourse, treatment_figures
from seedsoil.storage import write_whole
from seedsoil.vocabulary import ORGANS

if TYPE_CHECKING:
    from pathlib import Path

# So many of her largest lesions are listed one by one, and so many drawn; the others are summed up.
LISTED = 12
DRAWN = 40
HEIGHT = 320
POINTS = 60
PROGRESSED_BY = {
    "target": "growth of the measured lesions",
    "new lesion": "a new lesion",
    "non-target": "growth of a lesion not measured",
    "symptom": "a symptom",
}


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


def timeline_events(course: CourseRecord) -> list[tuple[float, str]]:
    """The course as dated sentences: (years from diagnosis, what happened), in order of time."""
    woman = course.patient
    events: list[tuple[float, int, str]] = [
        (-woman["tumour_age"], 0, "The first malignant cell appears in the breast."),
        (0.0, 3, _diagnosis(woman)),
    ]
    events += _lesion_events(course)
    # The symptom that reveals the disease is named with its finding.
    revealing = woman["first_symptom"] if woman["found_by"] == "symptoms" else None
    for row in course.symptoms:
        again = woman["metastatic_at"] is not None and row["onset_at"] > woman["metastatic_at"]
        if row["symptom"] != revealing or again:
            events.append((row["onset_at"], 4, f"{_capital(_symptom(row))}."))
        if row.get("resolved_at") is not None:
            events.append((row["resolved_at"], 4, f"{_capital(_symptom(row))} resolves."))
    if woman["locoregional_at"] is not None:
        events.append((woman["locoregional_at"], 4, "Locoregional recurrence is found."))
    if woman["presentation"] != "none":
        events.append((woman["metastatic_at"], 5, _finding(course)))
    events += _therapy_events(course)
    events.append((woman["died_at"], 9, _death(woman)))
    return [(time, words) for time, _, words in sorted(events, key=lambda event: event[:2])]


def timeline_text(course: CourseRecord) -> str:
    """The course as readable lines, each with its time in years from diagnosis."""
    woman = course.patient
    head = (
        f"Woman {woman['patient']}: {woman['age']:.0f} years old at diagnosis, {woman['subtype']}, "
        f"{'post' if woman['postmenopausal'] else 'pre'}menopausal. Years count from diagnosis."
    )
    lines = [f"{_when(time):>7} y  {words}" for time, words in timeline_events(course)]
    return "\n".join([head, *lines, "", NOT_ADVICE])


def timeline_chart(course: CourseRecord) -> dict[str, Any]:
    """Growth of the primary and of her largest lesions over time, with what was found and felt."""
    woman = course.patient
    shown = _largest(course, DRAWN)
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
        f"Growth of the primary and of {len(shown)} of {whole(len(course.lesions))} other lesions "
        f"of one simulated woman, from the first cell {abs(start):.1f} years before diagnosis to "
        f"her death {end:.1f} years after it."
    )
    return finished({"height": HEIGHT, "layer": layers}, words)


def write_timeline(course: CourseRecord, path: str | Path) -> Path:
    """Write one woman's course as a self-contained HTML page, whole or not at all.

    Raises InputError where the folder of `path` does not exist.
    """
    woman = course.patient
    chart = timeline_chart(course)
    header = ["lesion", "organ", "founded", "woke", "visible", "eradicated", "cells, log10"]
    rows = [
        [str(row["lesion"]), f"{row['organ']} ({row['route']})", _when(row["founded_at"]),
         *("–" if row[key] is None else _when(row[key])
           for key in ("woke_at", "visible_at", "eradicated_at")),
         "–" if row["log10_cells"] is None else f"{row['log10_cells']:.1f}"]
        for row in _largest(course, DRAWN)
    ]  # fmt: skip
    figures = [("course", "", Figure(chart, str(chart["description"]), header, rows))]
    if course.lines:
        figures += treatment_figures(course)
    page = page_html(
        "patient/page.html",
        woman=woman,
        age=f"{woman['age']:.0f}",
        treated=bool(course.lines),
        strategy=course.strategy,
        figures=figures,
        events=[(_when(time), words) for time, words in timeline_events(course)],
    )
    return write_whole(path, page)


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
             "color": STYLES[3].colour, "stroke": "#ffffff"}  # fmt: skip
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
        first = _symptom(symptom) not in named
        row = named.setdefault(_symptom(symptom), len(named))
        time, y = float(symptom["onset_at"]), HEIGHT + 58 + 17 * row
        right = time > start + 0.5 * (end - start)
        name = {
            "type": "text",
            "align": "right" if right else "left",
            "dx": -9 if right else 9,
            "y": y,
            "text": _symptom(symptom),
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


def _lesion_events(course: CourseRecord) -> list[tuple[float, int, str]]:
    """Founding, waking and becoming visible of the largest lesions, and the others in one line."""
    largest = _largest(course, LISTED)
    events: list[tuple[float, int, str]] = []
    for row in largest:
        number, parent, founded, woke = (
            row["lesion"], row["parent"], row["founded_at"], row["woke_at"]
        )  # fmt: skip
        source = "the primary" if parent == 0 else f"lesion {parent}"
        name = f"{_place(row['organ'])} (lesion {number}, by {row['route']} from {source})"
        if woke is None and row["eradicated_at"] is None:
            state = ", asleep until her death"
        else:
            state = ", asleep" if woke is None or woke > founded else ""
        events.append((founded, 1, f"A colony is founded in {name}{state}."))
        if woke is not None and woke > founded:
            words = (
                f"The colony in {_place(row['organ'])} (lesion {number}), founded at "
                f"{_when(founded)} y, wakes after {woke - founded:.1f} years."
            )
            events.append((woke, 2, words))
        if row["visible_at"] is not None:
            words = f"Lesion {number} in {_place(row['organ'])} is now large enough for a scan."
            events.append((row["visible_at"], 2, words))
        if row["eradicated_at"] is not None:
            words = f"Lesion {number} in {_place(row['organ'])} is extinct."
            events.append((row["eradicated_at"], 2, words))
    shown = {row["lesion"] for row in largest}
    rest = [row for row in course.lesions if row["lesion"] not in shown]
    if rest:
        counts = Counter(row["organ"] for row in rest)
        named = listed([f"{whole(n)} in {_place(o)}" for o, n in counts.most_common()])
        first = min(row["founded_at"] for row in rest)
        last = max(row["founded_at"] for row in rest)
        asleep = sum(row["woke_at"] is None for row in rest)
        words = (
            f"From now to {_when(last)} y {whole(len(rest))} smaller colonies are founded: {named}; "
            f"{whole(asleep)} of them do not wake before her death."
        )
        events.append((first, 1, words))
    return events


def _therapy_events(course: CourseRecord) -> list[tuple[float, int, str]]:
    """Start, response, early stop and progression of each line of therapy."""
    events: list[tuple[float, int, str]] = []
    for row in course.lines:
        line = row["line"]
        # A progression comes before the start of the line that follows on the same day.
        events.append((row["started_at"], 7, f"Line {line} of therapy begins: {row['regimen']}."))
        if row["responded_at"] is not None:
            kind = "complete" if row["best_response"] == "CR" else "partial"
            words = f"A scan shows response on line {line} (at best {kind}, confirmed)."
            events.append((row["responded_at"], 6, words))
        if row["stop_reason"] in ("toxicity", "planned"):
            why = "for toxicity" if row["stop_reason"] == "toxicity" else "as planned"
            events.append((row["stopped_at"], 6, f"The drugs of line {line} are stopped {why}."))
        if row["progressed_at"] is not None:
            by, organ = PROGRESSED_BY[row["progression_by"]], row["progression_organ"]
            where = "" if organ is None else f" in {_place(organ)}"
            events.append(
                (row["progressed_at"], 6, f"The disease progresses on line {line}: {by}{where}.")
            )
    return events


def _largest(course: CourseRecord, count: int) -> list[dict[str, Any]]:
    """Her lesions, those with a symptom first, then those seen, then by size; in order of birth."""
    felt = {row["lesion"] for row in course.symptoms}
    ranked = sorted(
        course.lesions,
        key=lambda row: (
            row["lesion"] not in felt,
            row["visible_at"] is None,
            -(row["log10_cells"] or 0.0),  # null: eradicated
            row["lesion"],
        ),
    )
    return sorted(ranked[:count], key=lambda row: (row["founded_at"], row["lesion"]))


def _diagnosis(woman: dict[str, Any]) -> str:
    nodes = int(woman["positive_nodes"])
    positive = "no positive node" if nodes == 0 else f"{nodes} positive node{'s' * (nodes > 1)}"
    way = {"symptoms": "a symptom", "screening": "screening", "metastasis": "its metastasis"}
    therapy = "" if woman["adjuvant"] == "none" else f"; adjuvant {woman['adjuvant']}"
    return (
        f"Diagnosis, through {way.get(woman['detected_by'], woman['detected_by'])}: "
        f"{woman['diameter_mm']:.0f} mm, {positive}, stage {woman['stage']}{therapy}."
    )


def _finding(course: CourseRecord) -> str:
    woman = course.patient
    seen = [organ for organ in ORGANS if woman[organ]]
    where = f" in {listed([_place(o) for o in seen])}" if seen else ""
    kind = "de novo" if woman["presentation"] == "de novo" else "recurrent"
    lesions = int(woman["visible_lesions"])
    seen_words = f"({kind}; {whole(lesions)} lesion{'s' * (lesions != 1)} seen)"
    if woman["found_by"] == "death":
        return f"Only her death shows metastatic disease{where} {seen_words}."
    first = [row for row in course.symptoms if row["symptom"] == woman["first_symptom"]]
    if woman["found_by"] == "symptoms" and first:
        cause = f"{_capital(_symptom(first[0]))} → "
    else:
        by = {"staging": "Staging", "image": "A chance image"}
        cause = f"{by.get(woman['found_by'], 'Examination')} → "
    return f"{cause}metastatic disease found{where} {seen_words}."


def _death(woman: dict[str, Any]) -> str:
    """Cause of death and what became of the disease."""
    if woman["cause_of_death"] == "breast cancer":
        return "She dies of breast cancer."
    if woman["cause_of_death"] == "treatment":
        return "She dies of the toxicity of her treatment."
    disease = {
        "no spread": "it never spread",
        "eradicated": "every colony is extinct",
        "never manifest": "living colonies were never found (an operational cure)",
        "died with": "with metastatic disease",
    }
    return f"She dies of another cause: {disease.get(woman['outcome'], woman['outcome'])}."


def _symptom(row: dict[str, Any]) -> str:
    symptom, organ = str(row["symptom"]), str(row["organ"])
    return f"bone {symptom}" if organ == "bone" and symptom == "pain" else f"{symptom} ({organ})"


def _place(organ: str) -> str:
    """An organ as it stands after `in`: `the lung`, `bone`, `another organ`."""
    return {"bone": "bone", "other": "another organ", "node": "an axillary node"}.get(
        organ, f"the {organ}"
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _when(time: float) -> str:
    """Years from diagnosis with their sign; 0.0 at diagnosis."""
    return "0.0" if abs(time) < 0.05 else f"{time:+.1f}".replace("-", "\u2212")
