"""One woman, replayed alone: the same woman as in any cohort with the same seed and policies."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.catalog import lookup
from seedsoil.display.shown import Shown
from seedsoil.errors import whole_number
from seedsoil.model.natural_history.state import workspace
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.rows import (
    DRUG_ROW,
    LESION_ROW,
    LINE_ROW,
    PATIENT,
    SCAN_ROW,
    SYMPTOM_ROW,
    Buffers,
)
from seedsoil.model.treatment.lesions import TRACED, trace
from seedsoil.model.treatment.plan import Plan, treatment_plan
from seedsoil.model.treatment.state import MAX_DRUG_ROWS, MAX_EPISODES, MAX_LINES, MAX_SCANS
from seedsoil.model.treatment.whole_course import treat_range
from seedsoil.model.treatment.workspace import treated_workspace
from seedsoil.model.treatment.writing import MOST_LESIONS
from seedsoil.run.simulate import ADJUVANT, SCREENING, STRATEGY, check_policies
from seedsoil.simulation.shards import check_cohort, simulate_rows
from seedsoil.simulation.tables import (
    drugs_table,
    lesions_table,
    lines_table,
    patients_table,
    scans_table,
    symptoms_table,
)
from seedsoil.vocabulary import BREAST, CLASSES, NODE, UNTREATED

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog, Strategy

_POINTS = 60
_DRAWN_LESIONS = 40

Points = list[dict[str, float]]


@dataclass(frozen=True)
class Course(Shown):
    """One simulated woman's course; times in years from diagnosis. She is a draw, not a prognosis.

    `patient`: her row of the patients table. `lesions`, `symptoms`, `lines`, `drugs`: her rows of the other
    tables. `scans`: one a scan of a line of therapy: patient, line, scanned_at, sum_mm, response.
    `growth`: points {lesion, time_years, log10_cells} of the primary (lesion 0) and of her largest
    lesions, under treatment at the end of each period. `strategy`: how metastatic disease was treated,
    by name, or "untreated". `regimen_classes`: the classes of the drugs of each regimen she was given.
    `changed`: the numbers of the catalog that were replaced, as in `Catalog.changed`.
    """

    title = "A simulated woman's course"

    number: int
    seed: int
    patient: dict[str, Any]
    lesions: list[dict[str, Any]]
    symptoms: list[dict[str, Any]]
    growth: Points
    lines: list[dict[str, Any]] = field(default_factory=list)
    scans: list[dict[str, Any]] = field(default_factory=list)
    drugs: list[dict[str, Any]] = field(default_factory=list)
    strategy: str = UNTREATED
    regimen_classes: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, dict[str, float | str]] = field(default_factory=dict)

    def timeline(self) -> str:
        """Her course as dated lines of text."""
        from seedsoil.patient.page import timeline_text

        return timeline_text(self)

    def chart(self) -> dict[str, Any]:
        """Her course drawn, as a Vega-Lite specification."""
        from seedsoil.patient.growth_chart import timeline_chart

        return timeline_chart(self)

    def pictures(self) -> list[tuple[str, dict[str, Any]]]:
        """What a notebook shows: her course, then her lines of therapy and her scans."""
        from seedsoil.patient.charts import treatment_figures

        figures = treatment_figures(self) if self.lines else []
        return [*super().pictures(), *((f.sentence, f.chart) for _, _, f in figures)]

    def table(self) -> pa.Table:
        """Her course as dated events: time_years (from diagnosis, earlier is negative) and event."""
        import pyarrow as pa

        from seedsoil.patient.page import timeline_events

        events = timeline_events(self)
        return pa.table(
            {
                "time_years": pa.array([time for time, _ in events], pa.float64()),
                "event": pa.array([words for _, words in events], pa.string()),
            }
        )

    @property
    def sentence(self) -> str:
        """Her age, subtype, whether and when metastases were found, and her death."""
        woman = self.patient
        found, lines = "no metastatic disease was found", ""
        if woman["metastatic_at"] is not None:
            after = f"{woman['metastatic_at']:.1f} years after it"
            when = "then" if woman["presentation"] == "de novo" else after
            found = f"metastatic disease was found {when}"
            if self.lines:
                lines = f", {len(self.lines)} line{'s' * (len(self.lines) != 1)} of therapy"
        cause = {"other": "another cause", "treatment": "the toxicity of treatment"}.get(
            woman["cause_of_death"], woman["cause_of_death"]
        )
        return (
            f"Woman {self.number}, {woman['age']:.0f} years old at diagnosis, {woman['subtype']}: {found}"
            f"{lines}; death of {cause} {woman['died_at']:.1f} years after diagnosis."
        )

    def report(self, path: str | Path) -> Path:
        """Write her course as a self-contained HTML page to `path` and return the path."""
        from seedsoil.patient.page import write_timeline

        return write_timeline(self, path)

    def write(self, path: str | Path) -> None:
        """Deprecated: `report`."""
        warnings.warn("Course.write is now Course.report", DeprecationWarning, stacklevel=2)
        self.report(path)

    def __repr__(self) -> str:
        return f"<Course of woman {self.number}, seed {self.seed}>\n{self.timeline()}"


class _Rows(NamedTuple):
    """Her kernel rows, and by lesion number the points of its growth under treatment."""

    patient: NDArray[Any]
    lesions: NDArray[Any]
    symptoms: NDArray[Any]
    lines: NDArray[Any]
    scans: NDArray[Any]
    drugs: NDArray[Any]
    treated: dict[int, Points]


def _trajectory(
    lesion: int, start: float, end: float, rate: float, ln_y: float, log_capacity: float
) -> Points:
    if not start < end:
        return []
    times = np.linspace(start, end, _POINTS)
    cells = (log_capacity - np.exp(ln_y - rate * (times - start))) / math.log(10.0)
    return [
        {"lesion": lesion, "time_years": float(t), "log10_cells": float(n)}
        for t, n in zip(times, cells, strict=True)
    ]


def _untreated(parameters: Any, number: int) -> _Rows:
    shard = simulate_rows(parameters, number, 1, details=True)
    lesions, symptoms = np.concatenate(shard.lesions), np.concatenate(shard.symptoms)
    empty = np.zeros(0, LINE_ROW), np.zeros(0, SCAN_ROW), np.zeros(0, DRUG_ROW)
    return _Rows(shard.patients, lesions, symptoms, *empty, {})


def _treated(parameters: Any, plan: Plan, number: int) -> _Rows:
    patient = np.zeros(1, PATIENT).view(np.recarray)
    lesions = np.zeros(MOST_LESIONS, LESION_ROW).view(np.recarray)
    symptoms = np.zeros(MAX_EPISODES, SYMPTOM_ROW).view(np.recarray)
    lines = np.zeros(MAX_LINES, LINE_ROW).view(np.recarray)
    scans = np.zeros(MAX_SCANS, SCAN_ROW).view(np.recarray)
    drugs = np.zeros(MAX_DRUG_ROWS, DRUG_ROW).view(np.recarray)
    history, course = workspace(), treated_workspace()
    buffers = Buffers(patient, lesions, symptoms)
    treat_range(parameters, plan, number, 0, history, course, buffers, lines, scans, drugs)
    woman, s, numbers = course.woman, course.state, course.numbers
    treated: dict[int, Points] = {}
    if woman.lesions > 0:
        times, cells = np.zeros(TRACED), np.zeros(TRACED)
        died = float(patient[0].died_at)
        named = np.flatnonzero(numbers[: s.count]).tolist()
        if s.local_kept == 1:
            named.append(woman.lesions - woman.local)  # the primary, number 0
        for j in named:
            n = trace(parameters, plan.constants, woman, course.initial_lesions, s, j, times, cells)
            at = np.minimum(woman.since_diagnosis + times[:n], died)
            treated[int(numbers[j])] = [
                {
                    "lesion": int(numbers[j]),
                    "time_years": float(t),
                    "log10_cells": float(max(c, 0.0)),
                }
                for t, c in zip(at, cells[:n] / math.log(10.0), strict=True)
            ]
    return _Rows(
        patient,
        lesions[: history.lesion_rows],
        symptoms[: history.symptom_rows],
        lines[: s.lines_used],
        scans[: s.scans_used],
        drugs[: s.drugs_used],
        treated,
    )


def _growth(parameters: Any, rows: _Rows) -> Points:
    """Sizes of the primary and of the largest lesions: untreated by Gompertz's law, then as treated."""
    row = rows.patient[0]
    log_capacity, ln_y0 = float(parameters.log_capacity), float(parameters.log_y0)
    growth = _trajectory(
        0, -float(row.tumour_age), 0.0, float(row.growth_rate), ln_y0, log_capacity
    )
    treated_from = float(row.metastatic_at) if rows.treated else math.inf
    most = {
        number: max((point["log10_cells"] for point in points), default=-1.0)
        for number, points in rows.treated.items()
    }
    size = np.array([max(most.get(int(r["lesion"]), -1.0), r["log10_cells"]) for r in rows.lesions])
    for i in np.sort(np.argsort(-size, kind="stable")[:_DRAWN_LESIONS]):
        lesion = rows.lesions[i]
        number = int(lesion["lesion"])
        end = 0.0 if lesion["organ"] == NODE else min(float(row.died_at), treated_from)
        if lesion["organ"] != BREAST:  # the primary, from its first cell, is there already
            growth += _trajectory(
                number,
                float(lesion["grows_from"]),
                end,
                float(lesion["growth_rate"]),
                float(lesion["ln_y"]),
                log_capacity,
            )
        growth += rows.treated.get(number, [])
    return growth


def patient(
    number: int,
    *,
    seed: int = 1,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
) -> Course:
    """Replay woman `number` (from 0) of the cohorts with this seed: every event of her course.

    She is the woman of that number in every cohort with the same seed, policies and catalog. Arguments as
    in `simulate`; raises `InputError` for a number, policy or strategy that does not exist.

    Examples:
        >>> import seedsoil as ss
        >>> course = ss.patient(8830, seed=1)
        >>> course.table().column_names
        ['time_years', 'event']
    """
    from seedsoil.catalog import load

    whole_number("number", number, least=0)
    check_cohort(1, seed, number, 1)
    check_policies(screening, adjuvant, catalog)
    catalog = catalog or load()
    parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    chosen = lookup.strategy(strategy, catalog=catalog)
    lines: list[dict[str, Any]] = []
    drugs: list[dict[str, Any]] = []
    classes: dict[str, list[str]] = {}
    if chosen is None:
        rows = _untreated(parameters, number)
    else:
        plan, names = treatment_plan(catalog, parameters, before=chosen)
        rows = _treated(parameters, plan, number)
        lines = lines_table(rows.lines, names.regimens).to_pylist()
        drugs = drugs_table(rows.drugs, names.regimens, names.drugs).to_pylist()
        for name in (line["regimen"] for line in lines):
            bits = int(plan.constants.regimen_classes[names.regimens.index(name)])
            classes[name] = [known for k, known in enumerate(CLASSES) if bits >> k & 1]
    return Course(
        number=number,
        seed=seed,
        patient=patients_table(rows.patient).to_pylist()[0],
        lesions=lesions_table(rows.lesions).to_pylist(),
        symptoms=symptoms_table(rows.symptoms).to_pylist(),
        growth=_growth(parameters, rows),
        lines=lines,
        scans=scans_table(rows.scans).to_pylist(),
        drugs=drugs,
        strategy=UNTREATED if chosen is None else chosen.name,
        regimen_classes=classes,
        changed=dict(catalog.changed),
    )
