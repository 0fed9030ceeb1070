"""A tally: counts and exact sums by name, of any part of a cohort; tallies add up in any order.

It is what leaves a work unit. On disk it is a Parquet table of the counts that are not zero, with the sums in
its metadata, so that other programs can read it; `digest` names what it holds, whatever file holds it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.reductions.days import added
from seedsoil.reductions.sums import Sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_SUMS = b"seedsoil.sums"


@dataclass(eq=False)
class Tally:
    """`counts`: by name how often each cell (a code, or a day) was seen; `sums`: by name exact sums."""

    counts: dict[str, Integers] = field(default_factory=dict)
    sums: dict[str, Sums] = field(default_factory=dict)

    def count(self, name: str, cells: Integers, size: int = 0) -> None:
        """Count whole numbers from 0 on under `name`; at least `size` cells are there to be counted."""
        self.add_counts(name, np.bincount(cells, minlength=size).astype(np.int64, copy=False))

    def add_counts(self, name: str, counts: Integers) -> None:
        """Add counts by cell to those of `name`."""
        mine = self.counts.get(name)
        self.counts[name] = counts if mine is None else added(mine, counts)

    def add_sums(self, name: str, sums: Sums) -> None:
        """Add sums to those of `name`."""
        mine = self.sums.get(name)
        self.sums[name] = sums if mine is None else mine + sums

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for name, counts in other.counts.items():
            self.add_counts(name, counts)
        for name, sums in other.sums.items():
            self.add_sums(name, sums)

    def cells(self, name: str, size: int = 0) -> Integers:
        """The counts of `name`, at least `size` of them; zeros where nothing was counted."""
        found = self.counts.get(name, np.zeros(0, np.int64))
        return np.pad(found, (0, max(0, size - found.size)))

    def digest(self) -> str:
        """SHA-256 of all that was counted and summed; what is 0 does not matter."""
        made = hashlib.sha256()
        for name in sorted(self.counts):
            cells = np.flatnonzero(self.counts[name])
            if cells.size:
                made.update(f"{name}\n{cells.size}\n".encode())
                made.update(cells.astype("<i8").tobytes())
                made.update(self.counts[name][cells].astype("<i8").tobytes())
        made.update(self._sums_text().encode())
        return made.hexdigest()

    def _sums_text(self) -> str:
        stated = {name: sums.stated() for name, sums in self.sums.items() if sums.count}
        return json.dumps(stated, sort_keys=True, separators=(",", ":"))

    def to_bytes(self) -> bytes:
        """The tally as a Parquet file: columns name, cell, count."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = sorted(self.counts)
        cells = [np.flatnonzero(self.counts[name]) for name in names]
        sizes = [part.size for part in cells]
        places = np.repeat(np.arange(len(names), dtype=np.int32), sizes)
        columns = {
            "name": pa.DictionaryArray.from_arrays(pa.array(places), pa.array(names, pa.string())),
            "cell": pa.array(np.concatenate([*cells, np.zeros(0, np.int64)]).astype(np.int32)),
            "count": pa.array(
                np.concatenate(
                    [*(self.counts[n][c] for n, c in zip(names, cells, strict=True)),
                     np.zeros(0, np.int64)]
                )
            ),
        }  # fmt: skip
        table = pa.table(columns).replace_schema_metadata({_SUMS: self._sums_text().encode()})
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", use_dictionary=["name"])
        return bytes(sink.getvalue())

    @classmethod
    def from_bytes(cls, content: bytes) -> Tally:
        """What `to_bytes` gave."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pq.ParquetFile(pa.BufferReader(content)).read()
        stated = json.loads(table.schema.metadata[_SUMS])
        found = cls(sums={name: Sums.read(one) for name, one in stated.items()})
        if not table.num_rows:
            return found
        column = table.column("name").unify_dictionaries().combine_chunks()
        places, names = column.indices.to_numpy(), column.dictionary.to_pylist()
        cells = table.column("cell").to_numpy().astype(np.int64)
        values = table.column("count").to_numpy()
        # the rows of a name follow one another, their cells ascending
        starts = np.flatnonzero(np.r_[True, places[1:] != places[:-1]])
        for start, end in zip(starts, [*starts[1:], places.size], strict=True):
            counts = np.zeros(int(cells[end - 1]) + 1, np.int64)
            counts[cells[start:end]] = values[start:end]
            found.counts[names[places[start]]] = counts
        return found


def merged(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies, one after the other; their order does not matter."""
    whole = Tally()
    for one in tallies:
        whole.add(one)
    return whole
