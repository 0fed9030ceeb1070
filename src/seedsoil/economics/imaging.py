"""When a line of therapy was scanned: the dates of the simulation, from its schedule and its random numbers.

    t_n = start + n · interval + m (2u - 1),  n = 1, 2, …      u: the draw of the scan of that line and number

as `model/treatment/scans.py` plans them. A line is scanned until the scan that shows progression, or death; a
symptom that is progression is confirmed by a scan of its own. What staged the disease when it was found is
no scan here, and the scan that shows progression is the baseline of the next line. A scan for a symptom that
turned out to be no progression is in no table and not counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.economics.dosing import spread
from seedsoil.model import random
from seedsoil.model.treatment import recist
from seedsoil.model.treatment.scans import MOST_JITTER
from seedsoil.results.columns import codes, flags, integers
from seedsoil.units import WEEKS_PER_YEAR
from seedsoil.vocabulary import PROGRESSED_BY

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.economics.ledger import Women
    from seedsoil.results.columns import Flags, Floats, Integers

_INSTANT = 1e-7
"""Years: what is closer is on the same day, as dates are differences of large numbers."""


class Scans(NamedTuple):
    """One entry a scan: the woman, years from clock zero, and whether brain metastases were known."""

    row: Integers
    at: Floats
    brain: Flags


def scans_of(
    lines: pa.Table, women: Women, *, scan_weeks: float, jitter_weeks: float, seed: int
) -> Scans:
    """The scans of every line of the women, in no order that means anything."""
    row = women.rows(lines)
    start = women.since(lines, "started_at", row)
    progressed = women.since(lines, "progressed_at", row)
    by_symptom = codes(lines, "progression_by", PROGRESSED_BY)[0] == PROGRESSED_BY.index("symptom")
    has_progressed = np.isfinite(progressed)
    end = np.where(has_progressed, progressed, women.died[row])
    last = np.where(has_progressed & ~by_symptom, end + _INSTANT, end - _INSTANT)
    interval = scan_weeks / WEEKS_PER_YEAR
    most = min(jitter_weeks / WEEKS_PER_YEAR, MOST_JITTER * interval)
    counts = np.floor(np.maximum(last - start + most, 0.0) / interval).astype(np.int64)
    counts[row < 0] = 0
    which, number = spread(counts)
    number += 1
    at = start[which] + number * interval
    if most > 0.0:
        patient, line = integers(lines, "patient")[which], integers(lines, "line")[which]
        drawn = np.empty((4, which.size))
        random.uniforms_of_patients(
            seed & 0xFFFFFFFF, seed >> 32, patient, random.SCAN,
            line * recist.SCANS_OF_A_LINE + number, recist.DATE, drawn,
        )  # fmt: skip
        at = at + most * (2.0 * drawn[0] - 1.0)
    done = at <= last[which]
    symptom = np.flatnonzero(has_progressed & by_symptom & (row >= 0))
    brain = flags(lines, "brain")
    return Scans(
        np.concatenate([row[which][done], row[symptom]]),
        np.concatenate([at[done], progressed[symptom]]),
        np.concatenate([brain[which][done], brain[symptom]]),
    )
