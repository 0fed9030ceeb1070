"""The women's tables of a unit, where they are asked for, and the run that they make together.

A unit then holds a zip file: its tally, and the five tables of a run as Parquet. Put together, table by table
and unit by unit, they are the run that `seedsoil run` would have written, with the same bits.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import ExitStack
from typing import TYPE_CHECKING

from seedsoil.reductions.tally import Tally
from seedsoil.run.run import TABLES
from seedsoil.simulation.tables import DRUGS, LESIONS, LINES, PATIENTS, SYMPTOMS_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from seedsoil.run.simulate import Tables

SCHEMAS = dict(zip(TABLES, (PATIENTS, LESIONS, SYMPTOMS_TABLE, LINES, DRUGS), strict=True))
TALLY = "tally.parquet"
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip, so that the same content has the same bytes."""


def with_tables(blocks: Iterable[tuple[Tally, Tables]]) -> bytes:
    """The content of a unit whose blocks of women are these, one after the other."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tally = Tally()
    sinks = {name: pa.BufferOutputStream() for name in TABLES}
    with ExitStack() as open_files:
        writers = [
            open_files.enter_context(pq.ParquetWriter(sinks[n], schema, compression="zstd"))
            for n, schema in SCHEMAS.items()
        ]
        for counts, tables in blocks:
            tally.add(counts)
            for writer, table in zip(writers, tables, strict=True):
                writer.write_table(table)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo(TALLY, _DATE), tally.to_bytes())
        for name, sink in sinks.items():
            file.writestr(
                zipfile.ZipInfo(f"{name}.parquet", _DATE), memoryview(sink.getvalue()).tobytes()
            )
    return content.getvalue()


def tally_in(content: bytes) -> Tally:
    """The tally of a unit that holds tables, too."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return Tally.from_bytes(file.read(TALLY))


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
            with zipfile.ZipFile(io.BytesIO(content())) as unit:
                for name, writer in writers.items():
                    source = pa.BufferReader(unit.read(f"{name}.parquet"))
                    with pq.ParquetFile(source) as file:
                        for group in range(file.num_row_groups):
                            writer.write_table(file.read_row_group(group))
