"""What is kept of single women under one strategy, so that any other can be compared with it later.

Of each woman whose metastatic disease is found in life: her number, her group in every division, the day of
her death, and each measure of `compare`. Years are whole numbers of 2^-20 of a year, as exact sums have them,
so that a difference woman by woman is one of whole numbers, however late it is taken.

On disk it is a Parquet table, a group of rows for each block of women, some 30 bytes a woman found in life.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seedsoil.planned.contents import held_in
from seedsoil.planned.counted import AT_DEATH
from seedsoil.reductions.days import days_of
from seedsoil.reductions.sums import BITS, fixed
from seedsoil.results.burden import DIVISIONS, divided
from seedsoil.simulation.tables import lines_table, patients_table, symptoms_table
from seedsoil.strategies.measures import MEASURES, values_of
from seedsoil.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.model.treatment.plan import Names
    from seedsoil.simulation.shards import Shard

    Integers = NDArray[np.int64]

MEASURED, WHO = "measures.parquet", "women.json"
"""Names, in a unit's file, of the measures, and of what is said of all its women."""
YEARS, SHARE = "years", "share"
_STORED = {YEARS: pa.int32(), SHARE: pa.bool_(), "lines": pa.int16()}
"""By the unit of a measure. 32 bits hold 2,000 years."""
_DAY = "day"
SCHEMA = pa.schema(
    [("patient", pa.int64()), *((by, pa.int8()) for by in DIVISIONS), (_DAY, pa.int8()),
     *((m.key, _STORED[m.unit]) for m in MEASURES)]
)  # fmt: skip
_YEARS = [m.key for m in MEASURES if m.unit == YEARS]
_CODED = [*DIVISIONS, _DAY, *(m.key for m in MEASURES if m.unit == "lines")]
_QUARTERS = round(4 * DAYS_PER_YEAR)
"""A year is 365.25 days: four are a whole number of them."""
UNTOUCHED = (
    "patient", "age", "growth_rate", "log_shedding", "other_death_at", "diameter_mm", "positive_nodes",
    "metastatic_at", "found_by", "visible_lesions", "involved", "colonies_at_diagnosis",
)  # fmt: skip
"""Columns of the patients' rows that no strategy changes: by them women are known to be the same."""


class Measured(NamedTuple):
    """Women found with metastatic disease in life, one a row, under one strategy.

    `patient`: their numbers; `group`: the code of each one's group, -1 without one; `day`: days that she
    lives; `values` [women, measures]: each measure (MEASURES) in 2^-BITS of its unit.
    """

    patient: Integers
    group: Integers
    day: Integers
    values: Integers


class Keeping:
    """Collects what is kept of the women of a unit, block by block."""

    def __init__(self) -> None:
        self._sink = pa.BufferOutputStream()
        self._writer = pq.ParquetWriter(
            self._sink,
            SCHEMA,
            compression="zstd",
            write_statistics=False,
            use_dictionary=_CODED,
            column_encoding={
                **dict.fromkeys(_YEARS, "BYTE_STREAM_SPLIT"),
                "patient": "DELTA_BINARY_PACKED",
            },
        )
        self._same = hashlib.sha256()
        self._truncated = 0

    def add(self, shard: Shard, names: Names, catalog: Catalog) -> None:
        """The women of a shard with details. `names`: of the plan's regimens; `catalog`: for utilities."""
        for name in UNTOUCHED:
            self._same.update(np.ascontiguousarray(shard.patients[name]).tobytes())
        self._truncated += int(shard.patients["truncated"].sum())
        self._writer.write_table(measured(shard, names, catalog))

    def done(self) -> dict[str, bytes | pa.Buffer]:
        """What was kept, by the names that it has in the unit's file."""
        self._writer.close()
        who = {"truncated": self._truncated, "same": self._same.hexdigest()}
        return {MEASURED: self._sink.getvalue(), WHO: json.dumps(who).encode()}


class _Treated(NamedTuple):
    """Tables of women found in life."""

    patients: pa.Table
    symptoms: pa.Table
    lines: pa.Table


def measured(shard: Shard, names: Names, catalog: Catalog) -> pa.Table:
    """What is kept of a shard's women; see SCHEMA."""
    rows = shard.patients
    known = np.isfinite(rows["metastatic_at"]) & (rows["found_by"] - 1 != AT_DEATH)
    patients = patients_table(rows[known])
    treated = _Treated(
        patients,
        pa.concat_tables(map(symptoms_table, shard.symptoms)),
        pa.concat_tables([lines_table(part, names.regimens) for part in shard.lines]),
    )
    women, values = values_of(treated, catalog)
    columns: dict[str, Any] = {"patient": women}
    for by, groups in DIVISIONS.items():
        codes = np.full(women.size, -1, np.int8)
        for group in divided(patients, by):
            codes[group.members] = groups.index(group.name)
        columns[by] = codes
    for measure in MEASURES:
        of = values[measure.key]
        if measure.unit == YEARS:
            columns[measure.key] = fixed(of).astype(np.int32)
        else:
            columns[measure.key] = of.astype(np.bool_ if measure.unit == SHARE else np.int16)
    years = columns["life_years"].astype(np.int64)
    columns[_DAY] = (days_of(values["life_years"]) - _day_of(years)).astype(np.int8)
    return pa.table([pa.array(columns[name]) for name in SCHEMA.names], schema=SCHEMA)


def _day_of(years: Integers) -> Integers:
    """⌊365.25 t⌋ of whole numbers of 2^-BITS of a year: the day, or that beside it where t was rounded."""
    return years * _QUARTERS >> (BITS + 2)


def who(content: bytes) -> tuple[int, str]:
    """Of a unit: women with more colonies than are kept; and a hash of what no strategy changes in any."""
    read = json.loads(held_in(content, WHO))
    return int(read["truncated"]), str(read["same"])


def blocks_of(content: bytes, by: str | None) -> Iterator[Measured]:
    """What a unit keeps of its women, block by block; `by`: what divides them into groups."""
    with pq.ParquetFile(pa.BufferReader(held_in(content, MEASURED))) as file:
        names = ["patient", _DAY, *(m.key for m in MEASURES), *([by] if by else [])]
        for number in range(file.num_row_groups):
            yield _read(file.read_row_group(number, columns=names), by)


def _read(table: pa.Table, by: str | None) -> Measured:
    def column(name: str) -> Integers:
        return np.asarray(table.column(name).to_numpy(), np.int64)

    values = np.empty((table.num_rows, len(MEASURES)), np.int64)
    for k, measure in enumerate(MEASURES):
        values[:, k] = column(measure.key) << (0 if measure.unit == YEARS else BITS)
    years = values[:, [m.key for m in MEASURES].index("life_years")]
    none = np.full(table.num_rows, -1, np.int64)
    group = none if by is None else column(by)
    return Measured(column("patient"), group, _day_of(years) + column(_DAY), values)
