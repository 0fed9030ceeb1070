"""What a run's report says of treatment: survival, progression, response, lines, cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.page import Figure
from seedsoil.display.words import of_women, percent, span, whole
from seedsoil.results.attrition import COUNTS, LEFT, Attrition, attrition, shown_lines
from seedsoil.results.columns import flags, women_found_in_life, women_with_metastases
from seedsoil.results.cure import Cure, cure
from seedsoil.results.cure_state import outcome_codes, tells_states
from seedsoil.results.shares import Share
from seedsoil.results.survival import Survival, survival
from seedsoil.results.treatment import (
    BEST_FIRST,
    ProgressionFree,
    ProgressionSites,
    line_rows,
    lines_of,
    progression_free,
    progression_sites,
    responses,
)
from seedsoil.vocabulary import STOP_REASONS, UNTREATED

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Tables
    from seedsoil.results.survival import SurvivalCurve

NOTHING = "none"
"""The catalog's strategy that gives no drug."""


def is_treated(run: Tables) -> bool:
    """Whether the run was simulated with a strategy, so that metastatic disease was treated by its rules."""
    return lines_of(run) is not None


def therapy_words(manifest: dict[str, Any]) -> str:
    """How metastatic disease and the primary were treated in this cohort, in words."""
    adjuvant = str(manifest.get("adjuvant", "none"))
    given = "no adjuvant therapy" if adjuvant == "none" else f"adjuvant therapy: {adjuvant}"
    strategy = manifest.get("strategy")
    if strategy in (None, UNTREATED, NOTHING):
        return (
            "Metastatic disease is left untreated in this cohort, which is a scenario of its own: once "
            "it is found, nothing here could cure it. The primary was removed by surgery, with "
            f"{given}; cure before metastases show is the work of adjuvant therapy."
        )
    return (
        f"Metastatic disease is treated by the strategy {strategy}, line after line, until progression, "
        "toxicity or death. Cured means that no living colony was left at death. The primary was "
        f"removed by surgery, with {given}."
    )


def found_at_death(run: Tables) -> str:
    """How many women the survival since metastatic disease was found in life leaves out."""
    women = women_with_metastases(run.patients)
    late = int((women & ~women_found_in_life(run.patients)).sum())
    return (
        f"Left out: {whole(late)} of {of_women(int(women.sum()))} with metastatic disease, in whom it was "
        "found only at death."
    )


def treatment_figures(run: Tables) -> dict[str, Figure | None]:
    """Figures of a run with a strategy, by their names in its template; None where nobody could be drawn."""
    figures: dict[str, Figure | None] = dict.fromkeys(
        (
            "survival",
            "by_line",
            "by_subtype",
            "responses",
            "followed",
            "stopped",
            "lines_a_woman",
            "sites",
        )
    )
    if not women_found_in_life(run.patients).any():
        return figures
    figures["survival"] = survival_figure(survival(run, "subtype", "found in life"))
    lines = line_rows(run)
    if lines.row.size == 0:
        return figures
    course = attrition(run)
    return figures | {
        "by_line": _progression_figure(progression_free(run)),
        "by_subtype": _progression_figure(progression_free(run, "subtype")),
        "responses": _response_figure(run),
        "followed": _followed_figure(course),
        "stopped": _stopped_figure(course),
        "lines_a_woman": _numbers_figure(course),
        "sites": _sites_figure(progression_sites(run)) if lines.progressed.any() else None,
    }


def state_figures(run: Tables, catalog: Catalog | None) -> list[tuple[str, Figure]]:
    """Who of the women with metastatic disease is cured, by presentation and by burden: title, figure.

    `catalog`: for the limits of imaging, by default the packaged one.
    """
    if not tells_states(run, outcome_codes(run)):
        return []
    divisions = (
        ("presentation", "At death, by presentation"),
        ("burden", "At death, by the lesions seen when metastatic disease was found"),
    )
    found = [
        (title, cure(run, by=by, among="metastatic", catalog=catalog)) for by, title in divisions
    ]
    return [(title, _cure_figure(states)) for title, states in found if states.groups]


def _curve_row(curve: SurvivalCurve, times: tuple[float, ...]) -> list[str]:
    """A row of a table under curves: group, women, the median and the shares at `times` with intervals."""
    median = f"{span(curve.median[0])} ({curve.median_interval_words})"
    return [curve.group, whole(curve.women), median, *map(curve.share_words, times)]


def survival_figure(found: Survival) -> Figure:
    """Survival curves with medians and the share alive at some years."""
    rows = [_curve_row(curve, (1.0, 2.0, 5.0, 10.0)) for curve in found.curves]
    header = ["group", "women", "median, years", "alive at 1", "at 2", "at 5", "at 10 years"]
    return Figure(found.chart(), found.sentence, header, rows)


def _progression_figure(found: ProgressionFree) -> Figure:
    rows = [_curve_row(curve, (6.0, 12.0, 24.0)) for curve in found.curves]
    header = ["", "women", "median, months", "at 6", "at 12", "at 24 months"]
    words = f"{found.sentence} Steps are scans."
    return Figure({**found.chart(), "description": words}, words, header, rows)


def _response_figure(run: Tables) -> Figure | None:
    lines = line_rows(run)
    if not (flags(lines.table, "measurable") & (lines.line == 1)).any():
        return None
    found, by_subtype = responses(run), responses(run, "subtype")
    if not found.change.size:
        return None
    rows = [
        [g.group, whole(g.women), *(percent(n / g.women) for n in g.counts.values()), g.rate.words]
        for g in (*found.groups, *by_subtype.groups)
    ]
    scanned = Share(int(np.size(found.change)), found.groups[0].women)
    words = (
        f"{by_subtype.sentence} Drawn: {percent(scanned.value, 0)} of these women; the others died or "
        "progressed before their first scan. Each bar stands for an equal share of them."
    )
    chart = {**found.chart(), "description": words}
    return Figure(chart, words, ["", "women", *BEST_FIRST, "CR or PR"], rows)


def _followed_figure(found: Attrition) -> Figure:
    rows = [
        [f"line {c.line}", whole(c.women), *(Share(c.left[how], c.women).words for how in LEFT)]
        for c in shown_lines(found)
    ]
    return Figure(found.chart(), found.sentence, ["", "women", *LEFT], rows)


def _stopped_figure(found: Attrition) -> Figure:
    rows = [
        [f"line {c.line}", whole(c.women), *(Share(c.stopped[why], c.women).words for why in STOP_REASONS),
         Share(c.toxic, c.women).words]
        for c in shown_lines(found)
    ]  # fmt: skip
    header = ["", "women", *STOP_REASONS, "toxicity of grade 3 or more"]
    return Figure(found.stops_chart(), found.stops_sentence, header, rows)


def _numbers_figure(found: Attrition) -> Figure:
    rows = [
        [group, whole(sum(counts.values())),
         *(percent(n / sum(counts.values())) for n in counts.values())]
        for group, counts in found.per_woman
    ]  # fmt: skip
    return Figure(found.numbers_chart(), found.numbers_sentence, ["lines", "women", *COUNTS], rows)


def _sites_figure(found: ProgressionSites) -> Figure:
    rows = [
        [organ, *(found.share(organ, kind).words for kind in found.kinds), found.share(organ).words]
        for organ in found.organs
    ]
    return Figure(found.chart(), found.sentence, ["", *found.kinds, "all"], rows)


def _cure_figure(found: Cure) -> Figure:
    rows = []
    for group in (*found.groups, found.overall):
        states = group.states or {}
        women = next(iter(states.values())).women
        rows.append([group.group, whole(women), *(share.words for share in states.values())])
    header = ["", "women", *(found.overall.states or {})]
    return Figure(found.chart(), found.sentence, header, rows)
