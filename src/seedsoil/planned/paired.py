"""What is counted of the same women under two strategies: the measures of `compare`, and their differences.

The sums are exact, so that a difference woman by woman, its error, and a difference of nothing are the same
however the women are divided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.reductions.days import by_day
from seedsoil.reductions.sums import Sums
from seedsoil.reductions.tally import Tally
from seedsoil.results.burden import divided
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.strategies.measures import MEASURES, values_of

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.run.run import Run

SIDES = ("reference", "other")


def paired(runs: tuple[Run, Run], *, by: str | None, catalog: Catalog) -> Tally:
    """The tally of women found with metastatic disease in life, under the reference and the other."""
    found = [values_of(run, catalog) for run in runs]
    if not np.array_equal(found[0][0], found[1][0]):
        raise AssertionError("strategies were simulated on different women")
    values = [np.stack([m[measure.key] for measure in MEASURES], axis=1) for _, m in found]
    patients = runs[0].patients
    groups = {ALL_WOMEN: np.ones(patients.num_rows, np.bool_)}
    if by is not None and patients.num_rows:
        groups |= {group.name: group.members for group in divided(patients, by)}
    tally = Tally()
    for name, members in groups.items():
        mine, theirs = values[0][members], values[1][members]
        for side, of in zip(SIDES, (mine, theirs), strict=True):
            tally.add_sums(f"{side}:{name}", Sums.of(of))
            years = of[:, [m.key for m in MEASURES].index("life_years")]
            tally.add_counts(f"metastatic death, {side}:{name}", by_day(years))
        tally.add_sums(f"difference:{name}", Sums.of(theirs - mine))
    for side, run in zip(SIDES, runs, strict=True):
        tally.count(f"truncated, {side}", np.zeros(run.manifest["truncated_lesions"], np.int64))
    return tally
