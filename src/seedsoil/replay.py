"""One woman, replayed alone: the same woman as in any cohort with the same seed."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.cohort import check_cohort, simulate_rows
from seedsoil.parameters import kernel_parameters
from seedsoil.tables import lesions_table, patients_table, symptoms_table

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

_POINTS = 60
_DRAWN_LESIONS = 40


@dataclass(frozen=True)
class Course:
    """One simulated woman's course; times in years from diagnosis. She is a draw, not a prognosis.

    `patient`: her row of the patients table. `lesions`, `symptoms`: her rows of the other tables.
    `growth`: points {lesion, time_years, log10_cells} of the primary (lesion 0) and of her largest
    lesions.
    """

    number: int
    seed: int
    patient: dict[str, Any]
    lesions: list[dict[str, Any]]
    symptoms: list[dict[str, Any]]
    growth: list[dict[str, float]]

    def timeline(self) -> str:
        """Her course as dated lines of text."""
        from seedsoil.report.timeline import timeline_text

        return timeline_text(self)

    def chart(self) -> dict[str, Any]:
        """Her course drawn, as a Vega-Lite specification."""
        from seedsoil.report.timeline import timeline_chart

        return timeline_chart(self)

    def write(self, path: Path) -> None:
        """Write her course as a self-contained HTML page."""
        from seedsoil.report.timeline import write_timeline

        write_timeline(self, path)

    def __repr__(self) -> str:
        return f"<Course of woman {self.number}, seed {self.seed}>\n{self.timeline()}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        text = self.timeline()
        return {
            "application/vnd.vegalite.v5+json": self.chart(),
            "text/html": f"<pre>{html.escape(text)}</pre>",
            "text/plain": text,
        }


def _trajectory(
    lesion: int, start: float, end: float, rate: float, ln_y: float, log_capacity: float
) -> list[dict[str, float]]:
    if not start < end:
        return []
    times = np.linspace(start, end, _POINTS)
    cells = (log_capacity - np.exp(ln_y - rate * (times - start))) / math.log(10.0)
    return [
        {"lesion": lesion, "time_years": float(t), "log10_cells": float(n)}
        for t, n in zip(times, cells, strict=True)
    ]


def patient(
    number: int,
    *,
    seed: int = 1,
    screening: str = "none",
    adjuvant: str = "none",
    catalog: Catalog | None = None,
) -> Course:
    """Replay woman `number` of the cohorts with this seed: every event of her course.

    Arguments as in `simulate`; raises `InputError` for a number or policy that does not exist.
    """
    from seedsoil.catalog import load

    check_cohort(1, seed, number, 1)
    parameters = kernel_parameters(
        catalog or load(), seed=seed, screening=screening, adjuvant=adjuvant
    )
    rows, lesion_parts, symptom_parts = simulate_rows(parameters, number, 1, details=True)
    lesion_rows = np.concatenate(lesion_parts)
    row = rows[0]
    log_capacity, ln_y0 = float(parameters.log_capacity), float(parameters.log_y0)
    growth = _trajectory(
        0, -float(row.tumour_age), 0.0, float(row.growth_rate), ln_y0, log_capacity
    )
    largest = np.argsort(-lesion_rows["log10_cells"], kind="stable")[:_DRAWN_LESIONS]
    for i in np.sort(largest):
        lesion = lesion_rows[i]
        end = 0.0 if lesion["organ"] == len(parameters.metastasis_shedding) else float(row.died_at)
        growth += _trajectory(
            int(lesion["lesion"]), float(lesion["grows_from"]), end,
            float(lesion["growth_rate"]), float(lesion["ln_y"]), log_capacity,
        )
    return Course(
        number=number,
        seed=seed,
        patient=patients_table(rows).to_pylist()[0],
        lesions=lesions_table(lesion_rows).to_pylist(),
        symptoms=symptoms_table(np.concatenate(symptom_parts)).to_pylist(),
        growth=growth,
    )
