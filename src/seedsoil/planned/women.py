"""The women's tables of a unit, where they are asked for, and the run that they make together.

A unit then holds the five tables of a run as Parquet beside its tally. Put together, table by table and unit
by unit, they are the run that `seedsoil run` would have written, with the same bits.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from seedsoil.planned.contents import held_in
from seedsoil.run.run import TABLES
from seedsoil.simulation.tables import DRUGS, LESIONS, LINES, PATIENTS, SYMPTOMS_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.run.simulate import Tables

SCHEMAS = dict(zip(TABLES, (PATIENTS, LESIONS, SYMPTOMS_TABLE, LINES, DRUGS), strict=True))


class Women:
    """Collects the tables of a unit's women, block by block."""

    def __init__(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._sinks = {name: pa.BufferOutputStream() for name in TABLES}
        self._writers = [
            pq.ParquetWriter(self._sinks[name], schema, compression="zstd")
            for name, schema in SCHEMAS.items()
        ]

    def add(self, tables: Tables) -> None:
        """The tables of a block of women."""
        for writer, table in zip(self._writers, tables, strict=True):
            writer.write_table(table)

    def done(self) -> dict[str, bytes | pa.Buffer]:
        """The tables as files, by the names that they have in the unit's file."""
        for writer in self._writers:
            writer.close()
        return {f"{name}.parquet": sink.getvalue() for name, sink in self._sinks.items()}


def write_tables(directory: Path, contents: Iterable[Callable[[], bytes]]) -> None:
    """The tables of all units as those of one run, into `directory`; one unit is in memory at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with ExitStack() as open_files:
        writers = {
            name: open_files.enter_context(
                pq.ParquetWriter(directory / f"{name}.parquet", schema, compression="zstd")
            )
            for name, schema in SCHEMAS.items()
        }
        for content in contents:
            unit = content()
            for name, writer in writers.items():
                source = pa.BufferReader(held_in(unit, f"{name}.parquet"))
                with pq.ParquetFile(source) as file:
                    for group in range(file.num_row_groups):
                        writer.write_table(file.read_row_group(group))
