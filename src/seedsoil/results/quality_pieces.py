"""A woman's course cut into pieces in which nothing changes that her quality of life depends on.

A piece has a woman, a start and a length, and what lasts through it: whether metastatic disease has been
found, a first progression has happened, a line is in confirmed response, toxicity and each symptom. The
utility of a piece depends on what lasts alone, so other utilities are put to the same pieces at the cost of
one multiplication a piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.results.columns import chosen, codes, flags, integers, numbers, rows_of
from seedsoil.units import WEEKS_PER_YEAR
from seedsoil.vocabulary import SYMPTOM_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Floats, Integers

ORIGINS = ("metastatic", "diagnosis")
COMBINE = ("multiplicative", "additive")
# Women are worked through in blocks: their events stay in the processor's cache, and their numbers fit the
# 16 bits that NumPy sorts without comparing.
BLOCK = 1 << 12

# What may last for an interval; symptom i has the code SYMPTOM + i.
METASTATIC, PROGRESSED, RESPONSE, TOXICITY, SYMPTOM = range(5)


class Intervals(NamedTuple):
    """Spans of time, of one woman (`row` of the patients table) and one thing (`code`) each; years."""

    row: Integers
    code: NDArray[np.int8]
    start: Floats
    end: Floats


class Utilities(NamedTuple):
    """Utility before and with stable metastatic disease, and the factor of every code."""

    before: float
    stable: float
    factors: Floats


class Pieces(NamedTuple):
    """Pieces of the courses of women in a block, which begins at row `first` of the patients table.

    `row`: of the woman, counted from `first`; `since`: years from the origin to its start; `length`: years;
    `kind`: which of `lasting`, in each of which bit c is set where what has the code c lasts.
    """

    first: int
    women: int
    row: NDArray[np.uint16]
    since: Floats
    length: Floats
    kind: Integers
    lasting: Integers

    def sums(self, values: Floats) -> Floats:
        """Of a value a piece, the sum of each woman."""
        return np.asarray(np.bincount(self.row, values, self.women), dtype=np.float64)

    def worth(self, utilities: Utilities, combine: str = "multiplicative") -> Floats:
        """Utility of each of `lasting`, within 0 to 1."""
        lasting = self.lasting
        base = np.where(lasting & (1 << METASTATIC), utilities.stable, utilities.before)
        worth = base.astype(np.float64)
        for code, factor in enumerate(utilities.factors.tolist()):
            here = (lasting & (1 << code)) != 0
            if combine == "multiplicative":
                worth[here] *= factor
            else:
                worth[here] += (factor - 1.0) * utilities.stable
        return np.clip(worth, 0.0, 1.0)

    def burden(self, utilities: Utilities) -> Floats:
        """Of each of `lasting` the product of the factors of toxicity and symptoms: 1 without any."""
        product = np.ones(self.lasting.size)
        for code in range(TOXICITY, utilities.factors.size):
            product[(self.lasting & (1 << code)) != 0] *= utilities.factors[code]
        return product


def utilities_of(catalog: Catalog) -> Utilities:
    """The utilities of the catalog, `utility.*`, as factors on that of stable metastatic disease."""
    stable = catalog.value("utility.stable")
    # A base of 0 stays 0 whatever the factor.
    scale = 1.0 / stable if stable > 0 else 0.0
    factors = [
        1.0,
        catalog.value("utility.progressed") * scale,
        catalog.value("utility.response") * scale,
        catalog.value("utility.grade3"),
        *catalog.vector("utility.symptom").tolist(),
    ]
    return Utilities(catalog.value("utility.before_metastasis"), stable, np.array(factors))


def pieces_of(
    patients: pa.Table,
    lines: pa.Table | None,
    symptoms: pa.Table,
    *,
    toxic_weeks: float,
    origin: str = "metastatic",
) -> Iterator[Pieces]:
    """The courses of the women of `patients` in pieces, from the origin to death, block by block.

    `lines`: lines of therapy, or None where metastatic disease was not treated; it then neither progresses
    nor responds. `symptoms`: rows (woman, symptom) with `onset_at` and, if there, `resolved_at`;
    a symptom that never resolved lasts to death. `toxic_weeks`: how long toxicity lasts from the start of
    its line. `origin`: one of ORIGINS; without metastatic disease there is no time since "metastatic".
    Raises InputError for an unknown symptom or origin.
    """
    chosen("origin", origin, ORIGINS)
    died = numbers(patients, "died_at")
    found = numbers(patients, "metastatic_at")
    begin = np.zeros(died.size)
    if origin == "metastatic":
        begin = np.where(np.isfinite(found), found, died)
    parts = [_spans(np.arange(died.size), METASTATIC, np.maximum(found, begin), died)]
    if lines is not None:
        parts.extend(_of_lines(patients, lines, toxic_weeks / WEEKS_PER_YEAR))
    parts.append(_of_symptoms(patients, symptoms))
    for first, block in _blocks(_within(parts, begin, died), died.size):
        last = min(first + BLOCK, died.size)
        yield _pieces(first, block, begin[first:last], died[first:last])


def _spans(row: Integers, code: int, start: Floats, end: Floats) -> Intervals:
    return Intervals(row, np.full(row.size, code, dtype=np.int8), start, end)


def _of_lines(patients: pa.Table, lines: pa.Table, toxic_years: float) -> list[Intervals]:
    """Times after first progression, in response and with toxicity."""
    row = rows_of(patients, integers(lines, "patient"))
    order = np.lexsort((integers(lines, "line"), row))
    row = row[order]
    started, progressed, responded = (
        numbers(lines, name)[order] for name in ("started_at", "progressed_at", "responded_at")
    )
    same = row[1:] == row[:-1]
    following = np.append(np.where(same, started[1:], np.inf), np.inf)[: row.size]
    ever = np.full(patients.num_rows, np.inf)
    here = (row >= 0) & np.isfinite(progressed)
    np.minimum.at(ever, row[here], progressed[here])
    late = np.flatnonzero(np.isfinite(ever))
    toxic = flags(lines, "toxicity")[order]
    return [
        _spans(late, PROGRESSED, ever[late], np.full(late.size, np.inf)),
        _spans(row, RESPONSE, responded, np.fmin(progressed, following)),
        _spans(row[toxic], TOXICITY, started[toxic], started[toxic] + toxic_years),
    ]


def _of_symptoms(patients: pa.Table, symptoms: pa.Table) -> Intervals:
    """Times with each symptom, from onset until it resolves."""
    known = tuple(name.partition(".")[2].replace("_", " ") for name in SYMPTOM_KEYS)
    code, names = codes(symptoms, "symptom", known)
    for name in names[len(known) :]:
        chosen("symptom", name, known)
    row = rows_of(patients, integers(symptoms, "patient"))
    resolved = np.full(row.size, np.inf)
    if "resolved_at" in symptoms.column_names:
        at = numbers(symptoms, "resolved_at")
        resolved = np.where(np.isfinite(at), at, np.inf)
    start = np.where(code >= 0, numbers(symptoms, "onset_at"), np.nan)
    return Intervals(row, (SYMPTOM + code).astype(np.int8), start, resolved)


def _within(parts: list[Intervals], begin: Floats, died: Floats) -> Intervals:
    """The intervals cut to the years that count; empty ones and those of other women are left out."""
    row, code, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    start, end = np.maximum(start, begin[row]), np.minimum(end, died[row])
    kept = (row >= 0) & (end > start)  # false where a start is NaN: it never happened
    return Intervals(row[kept], code[kept], start[kept], end[kept])


def _blocks(intervals: Intervals, women: int) -> Iterator[tuple[int, Intervals]]:
    """The first row of each block of women, and its intervals with rows counted from there."""
    block = (intervals.row // BLOCK).astype(np.uint16)
    order = np.argsort(block, kind="stable")
    edges = np.searchsorted(block[order], np.arange(-(-women // BLOCK) + 1))
    for number in range(edges.size - 1):
        own = order[edges[number] : edges[number + 1]]
        first = number * BLOCK
        yield (
            first,
            Intervals(
                intervals.row[own] - first,
                intervals.code[own],
                intervals.start[own],
                intervals.end[own],
            ),
        )


def _pieces(first: int, intervals: Intervals, begin: Floats, died: Floats) -> Pieces:
    """All events of the women of a block in order, and between two of them one piece."""
    women, n = begin.size, intervals.row.size
    everyone, none = np.arange(women), np.full(women, -1, dtype=np.int8)
    row = np.concatenate([everyone, everyone, intervals.row, intervals.row]).astype(np.uint16)
    time = np.concatenate([begin, died, intervals.start, intervals.end])
    code = np.concatenate([none, none, intervals.code, intervals.code])
    sign = np.ones(row.size, dtype=np.int8)
    sign[row.size - n :] = -1
    order = np.argsort(time)
    order = order[np.argsort(row[order], kind="stable")]
    row, time, code, sign = row[order], time[order], code[order], sign[order]
    # Every interval ends by its woman's death, so that what lasts can be counted through all
    # women at once; between her last event and the next woman's first there is no time.
    length = np.where(row[1:] == row[:-1], np.diff(time), 0.0)
    row, code, sign = row[:-1], code[:-1], sign[:-1]
    lasting = np.zeros(row.size, dtype=np.int64)
    for what in np.unique(intervals.code).tolist():
        lasts = np.cumsum(sign * (code == what), dtype=np.int32) > 0
        lasting |= lasts.astype(np.int64) << what
    kinds, kind = np.unique(lasting, return_inverse=True)
    return Pieces(first, women, row, time[:-1] - begin[row], length, kind, kinds)
