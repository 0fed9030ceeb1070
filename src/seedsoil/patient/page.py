"""One simulated woman's course, in words and drawn."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.overrides import changes_words
from seedsoil.display.page import NOT_ADVICE, Figure, page_html
from seedsoil.display.words import listed, whole
from seedsoil.patient.charts import treatment_figures
from seedsoil.patient.growth_chart import (
    DRAWN,
    CourseRecord,
    largest_lesions,
    symptom_words,
    timeline_chart,
)
from seedsoil.storage import write_whole
from seedsoil.vocabulary import ORGANS

if TYPE_CHECKING:
    from pathlib import Path

LISTED = 12
"""So many of her largest lesions are listed one by one; the others are summed up."""
PROGRESSED_BY = {
    "target": "growth of the measured lesions",
    "new lesion": "a new lesion",
    "non-target": "growth of a lesion not measured",
    "symptom": "a symptom",
}


def timeline_events(course: CourseRecord, *, lesions: bool = True) -> list[tuple[float, str]]:
    """The course as dated sentences: (years from diagnosis, what happened), in order of time.

    `lesions`: with what becomes of the largest lesions, which nobody sees in life.
    """
    woman = course.patient
    events: list[tuple[float, int, str]] = [
        (-woman["tumour_age"], 0, "The first malignant cell appears in the breast."),
        (0.0, 3, _diagnosis(woman)),
    ]
    if lesions:
        events += _lesion_events(course)
    # The symptom that reveals the disease is named with its finding.
    revealing = woman["first_symptom"] if woman["found_by"] == "symptoms" else None
    for row in course.symptoms:
        again = woman["metastatic_at"] is not None and row["onset_at"] > woman["metastatic_at"]
        if row["symptom"] != revealing or again:
            events.append((row["onset_at"], 4, f"{_capital(symptom_words(row))}."))
        if row.get("resolved_at") is not None:
            events.append((row["resolved_at"], 4, f"{_capital(symptom_words(row))} resolves."))
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
    lines = [f"{when_words(time):>7} y  {words}" for time, words in timeline_events(course)]
    changed = changes_words(course.changed)
    told = [f"Numbers changed: {changed}."] if changed else []
    return "\n".join([head, *lines, "", *told, NOT_ADVICE])


def write_timeline(course: CourseRecord, path: str | Path) -> Path:
    """Write one woman's course as a self-contained HTML page, whole or not at all.

    Raises InputError where the folder of `path` does not exist.
    """
    woman = course.patient
    chart = timeline_chart(course)
    header = [
        "lesion",
        "side by side",
        "organ",
        "founded",
        "woke",
        "visible",
        "eradicated",
        "cells, log10",
    ]
    rows = [
        [str(row["lesion"]), whole(row["multiplicity"]), f"{row['organ']} ({row['route']})",
         when_words(row["founded_at"]),
         *("–" if row[key] is None else when_words(row[key])
           for key in ("woke_at", "visible_at", "eradicated_at")),
         "–" if row["log10_cells"] is None else f"{row['log10_cells']:.1f}"]
        for row in largest_lesions(course, DRAWN)
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
        changed=changes_words(course.changed),
        figures=figures,
        events=[(when_words(time), words) for time, words in timeline_events(course)],
    )
    return write_whole(path, page)


def _lesion_events(course: CourseRecord) -> list[tuple[float, int, str]]:
    """Founding, waking and becoming visible of the largest lesions, and the others in one line."""
    largest = largest_lesions(course, LISTED)
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
        alike = row["multiplicity"]
        colony = f"A colony of {whole(alike)} lesions side by side" if alike > 1 else "A colony"
        events.append((founded, 1, f"{colony} is founded in {name}{state}."))
        if woke is not None and woke > founded:
            words = (
                f"The colony in {_place(row['organ'])} (lesion {number}), founded at "
                f"{when_words(founded)} y, wakes after {woke - founded:.1f} years."
            )
            events.append((woke, 2, words))
        if row["visible_at"] is not None:
            words = f"Lesion {number} in {_place(row['organ'])} is now large enough for a scan."
            events.append((row["visible_at"], 2, words))
        if row["eradicated_at"] is not None:
            words = f"Lesion {number} in {_place(row['organ'])} is extinct."
            events.append((row["eradicated_at"], 2, words))
    shown = {row["lesion"] for row in largest}
    shown.add(0)  # the primary
    rest = [row for row in course.lesions if row["lesion"] not in shown]
    if rest:
        counts = Counter(row["organ"] for row in rest)
        named = listed([f"{whole(n)} in {_place(o)}" for o, n in counts.most_common()])
        first = min(row["founded_at"] for row in rest)
        last = max(row["founded_at"] for row in rest)
        asleep = sum(row["woke_at"] is None for row in rest)
        colonies = "colony is" if len(rest) == 1 else "colonies are"
        words = f"From now to {when_words(last)} y {whole(len(rest))} smaller {colonies} founded: {named}"
        if asleep:
            wake = "does not wake" if asleep == 1 else "do not wake"
            words += f"; {whole(asleep)} of them {wake} before her death"
        words += "."
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
        cause = f"{_capital(symptom_words(first[0]))} → "
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


def _place(organ: str) -> str:
    """An organ as it stands after `in`: `the lung`, `bone`, `another organ`."""
    words = {
        "bone": "bone",
        "other": "another organ",
        "nodes": "lymph nodes beyond the axilla",
        "node": "an axillary node",
    }
    return words.get(organ, f"the {organ}")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def when_words(time: float) -> str:
    """Years from diagnosis with their sign; 0.0 at diagnosis."""
    return "0.0" if abs(time) < 0.05 else f"{time:+.1f}".replace("-", "\u2212")
