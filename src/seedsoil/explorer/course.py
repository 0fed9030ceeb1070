"""One woman's course as the page plays it: lesions with their sizes, symptoms, lines and scans, rounded."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from seedsoil.patient.patient import patient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog, Strategy
    from seedsoil.explorer.eras import Era
    from seedsoil.patient.patient import Course

MOST_LESIONS = 14
"""Listed of a woman: the primary, and the lesions that grow largest."""
MOST_POINTS = 18
"""At which the size of a lesion is told, at the most: more where it bends more."""
NEAR = 0.08
"""By how much, in log10 cells, a straight line between two points may miss those left out."""
_WOMAN = ("subtype", "stage", "adjuvant", "presentation", "found_by", "first_symptom")

Data = dict[str, Any]


def woman(
    number: int,
    strategies: Sequence[Strategy],
    era: str,
    *,
    policies: Era,
    seed: int,
    catalog: Catalog,
    teaches: str = "asked",
) -> Data:
    """A woman's courses under `strategies` (`contract.Woman`)."""
    courses = {}
    row: Data = {}
    for strategy in strategies:
        found = patient(
            number,
            seed=seed,
            screening=policies.screening,
            adjuvant=policies.adjuvant,
            strategy=strategy,
            catalog=catalog,
        )
        row = row or found.patient
        courses[strategy.name] = course(found)
    return {
        "number": number,
        "seed": seed,
        "era": era,
        "teaches": teaches,
        "age": round(row["age"], 1),
        "diameter_mm": round(row["diameter_mm"], 1),
        "positive_nodes": row["positive_nodes"],
        "metastatic_at": _date(row["metastatic_at"]),
        **{name: row[name] for name in _WOMAN},
        "courses": courses,
    }


def course(found: Course) -> Data:
    """A woman's course under one strategy (`contract.CourseShape`)."""
    sizes: dict[int, list[tuple[float, float]]] = {}
    for point in found.growth:
        sizes.setdefault(int(point["lesion"]), []).append(
            (point["time_years"], point["log10_cells"])
        )
    largest = sorted(
        (one for one in found.lesions if sizes.get(one["lesion"])),
        key=lambda one: -max(size for _, size in sizes[one["lesion"]]),
    )[: MOST_LESIONS - 1]
    felt = {symptom["lesion"] for symptom in found.symptoms}
    listed = {one["lesion"] for one in largest} | felt
    lesions = [_primary(found, sizes.get(0, []))] + [
        _lesion(one, sizes.get(one["lesion"], []))
        for one in found.lesions
        if one["lesion"] in listed and one["lesion"] != 0 and one["organ"] != "breast"
    ]
    others = sum(1 for one in found.lesions if one["organ"] != "breast")
    return {
        "died_at": _date(found.patient["died_at"]),
        "cause_of_death": found.patient["cause_of_death"],
        "outcome": found.patient["outcome"],
        "lesions": lesions,
        "symptoms": [
            {
                "organ": one["organ"],
                "symptom": one["symptom"],
                "lesion": one["lesion"],
                "onset_at": _date(one["onset_at"]),
                "resolved_at": _date(one["resolved_at"]),
            }
            for one in found.symptoms
        ],
        "lines": [_line(one, found.regimen_classes) for one in found.lines],
        "scans": [
            {
                "line": one["line"],
                "scanned_at": _date(one["scanned_at"]),
                "sum_mm": None if one["sum_mm"] is None else round(one["sum_mm"], 1),
                "response": one["response"],
            }
            for one in found.scans
        ],
        "left_out": others - (len(lesions) - 1),
    }


def _primary(found: Course, points: list[tuple[float, float]]) -> Data:
    start = _date(-found.patient["tumour_age"])
    return {
        "id": 0,
        "parent": -1,
        "organ": "breast",
        "route": "blood",
        "multiplicity": 1,
        "founded_at": start,
        "woke_at": start,
        "visible_at": None,
        "eradicated_at": None,
        **_sizes(points),
    }


def _lesion(one: Data, points: list[tuple[float, float]]) -> Data:
    return {
        "id": one["lesion"],
        "parent": one["parent"],
        "organ": one["organ"],
        "route": one["route"],
        "multiplicity": one["multiplicity"],
        "founded_at": _date(one["founded_at"]),
        "woke_at": _date(one["woke_at"]),
        "visible_at": _date(one["visible_at"]),
        "eradicated_at": _date(one["eradicated_at"]),
        **_sizes(points),
    }


def _line(one: Data, classes: dict[str, list[str]]) -> Data:
    names = ("line", "regimen", "stop_reason", "progression_by", "progression_organ",
             "best_response", "toxicity", "maintenance")  # fmt: skip
    return {
        **{name: one[name] for name in names},
        "classes": classes.get(one["regimen"], []),
        "started_at": _date(one["started_at"]),
        "stopped_at": _date(one["stopped_at"]),
        "progressed_at": _date(one["progressed_at"]),
    }


def _date(years: float | None) -> float | None:
    return None if years is None else round(years, 3)


def _sizes(points: list[tuple[float, float]]) -> Data:
    kept = thinned(sorted(points), MOST_POINTS, NEAR)
    return {
        "times": [round(t, 3) for t, _ in kept],
        "log10_cells": [round(v, 2) for _, v in kept],
    }


def thinned(points: list[tuple[float, float]], most: int, near: float) -> list[tuple[float, float]]:
    """The points that draw the same line to within `near`, `most` at most (Douglas and Peucker 1973).

    First and last stay; then, again and again, the point that the line so far misses most.
    """
    if len(points) <= 2:
        return points
    kept = [0, len(points) - 1]
    while len(kept) < most:
        worst, place = near, -1
        for a, b in itertools.pairwise(kept):
            (t0, v0), (t1, v1) = points[a], points[b]
            for i in range(a + 1, b):
                t, v = points[i]
                share = (t - t0) / (t1 - t0) if t1 > t0 else 0.0
                miss = abs(v - (v0 + share * (v1 - v0)))
                if miss > worst:
                    worst, place = miss, i
        if place < 0:
            break
        kept = sorted([*kept, place])
    return [points[i] for i in kept]
