"""Cohorts: women in shards, shards on threads, tables in memory or streamed to disk.

A woman's course depends on her number and the seed alone, so how the women are cut into shards and on
how many threads they run changes nothing, to the bit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seedsoil import course, random, rows
from seedsoil.biology.lesions import MAX_LESIONS, METASTATIC_ORGANS, ORGANS
from seedsoil.catalog import Catalog, load
from seedsoil.errors import InputError
from seedsoil.parameters import flow_shares, kernel_parameters
from seedsoil.tables import (
    LESIONS,
    PATIENTS,
    SYMPTOMS_TABLE,
    lesions_table,
    patients_table,
    symptoms_table,
)

if TYPE_CHECKING:
    from seedsoil.run import Run

SHARD = 20_000
_LESION_BUFFER = 400_000
_SYMPTOM_BUFFER = 100_000

Shard = tuple[NDArray[Any], list[NDArray[Any]], list[NDArray[Any]]]
Tables = tuple[pa.Table, pa.Table, pa.Table]
Progress = Callable[[int], None]


def check_cohort(women: int, seed: int, first: int, threads: int | None) -> int:
    """Check the numbers that define a cohort; returns the number of threads to use."""
    for name, number in (("women", women), ("seed", seed), ("first", first)):
        if not isinstance(number, (int, np.integer)):
            raise InputError(f"{name}: {number!r} is not a whole number")
    if women < 1:
        raise InputError(f"women: {women} is not a cohort; allowed: 1 and more")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed: {seed} is out of range; allowed: 0 to 2^64 - 1")
    if first < 0 or first + women - 1 > random.MAX_PATIENT:
        raise InputError(
            f"patient numbers {first} to {first + women - 1} are out of range; "
            f"allowed: 0 to {random.MAX_PATIENT}"
        )
    if threads is None:
        return os.cpu_count() or 1
    if threads < 1:
        raise InputError(f"threads: {threads} is not possible; allowed: 1 and more")
    return threads


def simulate_rows(
    parameters: Any, first: int, count: int, *, details: bool
) -> Shard:
    """Women first … first+count-1: patient rows, and with `details` the lesion and symptom rows."""
    patients = np.zeros(count, rows.PATIENT).view(np.recarray)
    lesion_parts: list[NDArray[Any]] = []
    symptom_parts: list[NDArray[Any]] = []
    size = _LESION_BUFFER if details else 0
    lesions = np.zeros(size, rows.LESION_ROW).view(np.recarray)
    symptoms = np.zeros(_SYMPTOM_BUFFER if details else 0, rows.SYMPTOM_ROW).view(np.recarray)
    scratch = course.workspace()
    done = 0
    while done < count:
        done, used, onsets = course.simulate_range(
            parameters, first, done, patients, lesions, symptoms, *scratch
        )
        if details:
            lesion_parts.append(lesions[:used].copy())
            symptom_parts.append(symptoms[:onsets].copy())
    return patients, lesion_parts, symptom_parts


def shards(
    parameters: Any,
    women: int,
    *,
    first: int,
    threads: int,
    details: bool = True,
    progress: Progress | None = None,
    size: int = SHARD,
) -> Iterator[Shard]:
    """The cohort's shards in order of patient number, at most `threads` + 1 of them in memory."""
    pending: list[Future[Shard]] = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for start in range(0, women, size):
                pending.append(
                    pool.submit(
                        simulate_rows, parameters, first + start, min(size, women - start),
                        details=details,
                    )
                )
                if len(pending) <= threads:
                    continue
                yield _finished(pending, progress)
            while pending:
                yield _finished(pending, progress)
        finally:
            for future in pending:
                future.cancel()


def _finished(pending: list[Future[Shard]], progress: Progress | None) -> Shard:
    shard = pending.pop(0).result()
    if progress is not None:
        progress(shard[0].size)
    return shard


def _manifest(
    catalog: Catalog, women: int, seed: int, first: int, screening: str, adjuvant: str
) -> dict[str, Any]:
    from seedsoil import __version__

    flow = flow_shares(catalog)
    return {
        "seedsoil": __version__,
        "women": women,
        "seed": seed,
        "first_patient": first,
        "screening": screening,
        "adjuvant": adjuvant,
        "parameters_hash": catalog.hash(),
        "flow_share": {ORGANS[i]: float(flow[i]) for i in range(METASTATIC_ORGANS)},
        "storage_cap": MAX_LESIONS,
    }


def simulate(
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = "none",
    adjuvant: str = "none",
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a cohort of women from the first malignant cell to death; metastases go untreated.

    Parameters: `women`, how many; `seed`, 0 to 2^64 - 1; `first`, the number of the first woman;
    `threads`, by default all cores; `screening` and `adjuvant`, policies of the catalog;
    `catalog`, by default the packaged one; `progress`, called with the women done since the last call.

    Returns a `Run` with the patients, lesions and symptoms tables in memory (about 1 GB for a million
    women; `stream` writes them to disk instead). Raises `InputError` on illegal input.
    """
    from seedsoil.run import Run

    tables: tuple[list[pa.Table], list[pa.Table], list[pa.Table]] = ([], [], [])

    def keep(shard: Tables) -> None:
        for parts, table in zip(tables, shard, strict=True):
            parts.append(table)

    manifest = _simulate_into(
        keep, women, seed=seed, first=first, threads=threads, screening=screening,
        adjuvant=adjuvant, catalog=catalog, progress=progress,
    )
    patients, lesions, symptoms = (pa.concat_tables(parts) for parts in tables)
    return Run(patients, lesions, symptoms, manifest)


def _simulate_into(
    take: Callable[[Tables], None],
    women: int,
    *,
    seed: int,
    first: int,
    threads: int | None,
    screening: str,
    adjuvant: str,
    catalog: Catalog | None,
    progress: Progress | None,
) -> dict[str, Any]:
    """Simulate a cohort, hand each shard's tables to `take` in order, and return the manifest."""
    threads = check_cohort(women, seed, first, threads)
    catalog = catalog or load()
    parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    begun = time.perf_counter()
    truncated = 0
    for shard in shards(parameters, women, first=first, threads=threads, progress=progress):
        truncated += int(np.count_nonzero(shard[0]["truncated"]))
        take(_tables(shard))
    manifest = _manifest(catalog, women, seed, first, screening, adjuvant)
    manifest["seconds"] = round(time.perf_counter() - begun, 3)
    manifest["truncated_lesions"] = truncated
    return manifest


def _tables(shard: Shard) -> Tables:
    patients, lesions, symptoms = shard
    return (
        patients_table(patients),
        pa.concat_tables([lesions_table(part) for part in lesions]),
        pa.concat_tables([symptoms_table(part) for part in symptoms]),
    )


def stream(
    directory: Path,
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = "none",
    adjuvant: str = "none",
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Simulate a cohort into `directory`, shard by shard: memory does not grow with the women.

    Writes patients.parquet, lesions.parquet and symptoms.parquet; returns the manifest. Arguments
    as in `simulate`.
    """
    names = ("patients.parquet", "lesions.parquet", "symptoms.parquet")
    writers: list[pq.ParquetWriter] = []

    def write(shard: Tables) -> None:
        if not writers:
            for name, schema in zip(names, (PATIENTS, LESIONS, SYMPTOMS_TABLE), strict=True):
                writers.append(pq.ParquetWriter(directory / name, schema, compression="zstd"))
        for writer, table in zip(writers, shard, strict=True):
            writer.write_table(table)

    try:
        return _simulate_into(
            write, women, seed=seed, first=first, threads=threads, screening=screening,
            adjuvant=adjuvant, catalog=catalog, progress=progress,
        )
    finally:
        for writer in writers:
            writer.close()
