"""What was true of a woman at her death: eradicated, disease-free, or neither.

Eradicated: every lesion is extinct. Disease-free: she died of another cause and no disease was to be seen,
the operational cure.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.errors import InputError, shown
from seedsoil.results.columns import codes, integers, numbers, rows_of
from seedsoil.vocabulary import ORGANS, OUTCOMES

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Flags, Integers, Tables

STATES = ("eradicated", "disease-free", "neither")


def state_of_cure(run: Tables, *, catalog: Catalog | None = None) -> Integers:
    """Place in `STATES` of every woman, one entry a row of the patients table.

    0 eradicated: colonies were founded and every one is extinct. 1 disease-free: died of another
    cause, and either no spread, or never found, or nothing left that imaging would show. 2 neither.
    `catalog`: for the limits of imaging, by default the packaged one.
    """
    outcome = outcome_codes(run)
    cause, names = codes(run.patients, "cause_of_death", ("other",))
    never_seen = np.isin(outcome, [OUTCOMES.index("no spread"), OUTCOMES.index("never manifest")])
    unseen = outcome == OUTCOMES.index("died with")
    if unseen.any():
        unseen &= ~visible_at_death(run, catalog)
    free = (never_seen | unseen) & (cause == names.index("other"))
    return np.where(outcome == OUTCOMES.index("eradicated"), 0, np.where(free, 1, 2))


def outcome_codes(run: Tables) -> Integers:
    """Place in `OUTCOMES` of every woman. Raises InputError for an outcome of another name."""
    outcome, names = codes(run.patients, "outcome", OUTCOMES)
    unknown = names[len(OUTCOMES) :]
    if unknown:
        raise InputError(f"outcome {shown(unknown[0])}: must be one of {', '.join(OUTCOMES)}.")
    return outcome


def tells_states(run: Tables, outcome: Integers) -> bool:
    """Whether the tables say who died without disease to be seen (a narrowed run has no lesions)."""
    died_with = bool((outcome == OUTCOMES.index("died with")).any())
    known = "cause_of_death" in run.patients.column_names
    return known and (not died_with or run.lesions.num_rows > 0)


def visible_at_death(run: Tables, catalog: Catalog | None = None) -> Flags:
    """Women who died with a metastasis that imaging would show, one flag a row of `patients`.

    A lesion shows from the diameter `imaging.limit_mm` of its organ on; nodes of the axilla were
    removed. From the sizes at death of the lesions table. `catalog`: by default the packaged one.
    """
    if catalog is None:
        from seedsoil.catalog import load

        catalog = load()
    organ, names = codes(run.lesions, "organ", ORGANS)
    # A sphere of d mm holds cells_per_cm3·(π/6)·(d/10)³ cells.
    limits = np.full(len(names) + 1, np.inf)
    limits[: len(ORGANS)] = [
        math.log10(catalog.value("growth.cells_per_cm3") * math.pi / 6e3)
        + 3.0 * math.log10(catalog.value("imaging.limit_mm", name))
        for name in ORGANS
    ]
    size = numbers(run.lesions, "log10_cells")  # NaN where extinct
    row = rows_of(run.patients, integers(run.lesions, "patient")[size >= limits[organ]])
    visible = np.zeros(run.patients.num_rows, dtype=np.bool_)
    visible[row[row >= 0]] = True
    return visible
