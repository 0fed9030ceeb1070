"""What strategies are compared in: one number a woman with treated metastatic disease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from seedsoil.results.columns import codes, flags, numbers, women_found_in_life
from seedsoil.vocabulary import CAUSES_OF_DEATH, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Floats

_LINES_SHOWN = 6
_LANDMARKS = (1, 3, 5, 10)


@dataclass(frozen=True)
class Measure:
    """Something a strategy gives a woman: one number a woman with treated metastatic disease.

    `label` names it with its unit. A mean of `unit` share is written in per cent, a difference of two
    such in percentage points.
    """

    key: str
    label: str
    unit: str

    @property
    def difference_label(self) -> str:
        """The label of differences: those of shares are in percentage points."""
        return f"{self.label}, percentage points" if self.unit == "share" else self.label


def _landmark(years: int) -> Measure:
    return Measure(f"alive_{years}", f"alive at {years} year{'s' * (years > 1)}", "share")


OF_LINES = tuple(f"line_{k}" for k in range(1, _LINES_SHOWN + 1))
"""The measures of single lines."""
MEASURES = (
    Measure("life_years", "life years with metastatic disease", "years"),
    Measure("qaly", "quality-adjusted life years", "years"),
    *map(_landmark, _LANDMARKS),
    Measure("years_on_treatment", "years on treatment", "years"),
    Measure("years_with_symptoms", "years with symptoms", "years"),
    Measure("lines", "lines of therapy", "lines"),
    *(
        Measure(key, f"years from line {k} to the next or death", "years")
        for k, key in enumerate(OF_LINES, 1)
    ),
    Measure("toxic_lines", "lines with toxicity of grade 3 or more", "lines"),
    Measure("toxic_death", "died of treatment", "share"),
    Measure("eradicated", "every colony eradicated", "share"),
)
"""What strategies are compared in, in the order in which it is shown."""


class Treated(Protocol):
    """The tables of a run that measures are taken from."""

    @property
    def patients(self) -> pa.Table:
        """One row a woman."""

    @property
    def symptoms(self) -> pa.Table:
        """One row each time a symptom sets in."""

    @property
    def lines(self) -> pa.Table:
        """One row a line of therapy."""


def values_of(run: Treated, catalog: Catalog) -> tuple[NDArray[np.int64], Mapping[str, Floats]]:
    """Numbers of the women treated for metastatic disease, and each measure (MEASURES) of each by key."""
    from seedsoil.results.quality import quality_adjusted_years

    patients, lines = run.patients, run.lines
    found = numbers(patients, "metastatic_at")
    treated = women_found_in_life(patients)
    number = np.asarray(patients.column("patient").to_numpy(), np.int64)
    died = numbers(patients, "died_at")
    years = (died - found)[treated]
    values: dict[str, Floats] = {"life_years": years}
    values["qaly"] = quality_adjusted_years(patients, lines, run.symptoms, catalog)[treated]
    for y in _LANDMARKS:
        values[f"alive_{y}"] = (years > y).astype(np.float64)
    for name in ("years_on_treatment", "years_with_symptoms", "lines"):
        values[name] = np.nan_to_num(numbers(patients, name))[treated]
    place = np.full(int(number.max(initial=0)) - int(number.min(initial=0)) + 1, -1)
    women = number[treated]
    base = int(number.min(initial=0))
    place[women - base] = np.arange(women.size)
    owner = place[np.asarray(lines.column("patient").to_numpy(), np.int64) - base]
    which = np.asarray(lines.column("line").to_numpy(), np.int64)
    start = numbers(lines, "started_at")
    following = np.r_[owner[1:] == owner[:-1], False]
    until = np.where(following, np.r_[start[1:], 0.0], died[treated][owner])
    for k in range(1, _LINES_SHOWN + 1):
        spent = np.zeros(women.size)
        here = which == k
        spent[owner[here]] = (until - start)[here]
        values[f"line_{k}"] = spent
    toxic = np.zeros(women.size)
    np.add.at(toxic, owner, flags(lines, "toxicity").astype(np.float64))
    values["toxic_lines"] = toxic
    cause, causes = codes(patients, "cause_of_death", CAUSES_OF_DEATH)
    outcome, outcomes = codes(patients, "outcome", OUTCOMES)
    values["toxic_death"] = (cause == causes.index("treatment"))[treated].astype(np.float64)
    values["eradicated"] = (outcome == outcomes.index("eradicated"))[treated].astype(np.float64)
    return women, values
