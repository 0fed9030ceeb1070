"""Cohorts: women in shards, shards on threads, tables in memory or streamed to disk.

A woman's course depends on her number, the seed and the policies alone, so how the women are cut into
shards and on how many threads they run changes nothing, to the bit.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seedsoil import course, random, rows
from seedsoil.biology.lesions import MAX_LESIONS, METASTATIC_ORGANS, ORGANS
from seedsoil.catalog import Catalog, load, load_strategy
from seedsoil.catalog.schema import unknown
from seedsoil.catalog.treatment_schema import Strategy
from seedsoil.errors import InputError
from seedsoil.parameters import flow_shares, kernel_parameters
from seedsoil.plan import Names, Plan, treatment_plan
from seedsoil.run import UNTREATED
from seedsoil.tables import (
    LESIONS,
    LINES,
    PATIENTS,
    SYMPTOMS_TABLE,
    lesions_table,
    lines_table,
    patients_table,
    symptoms_table,
)
from seedsoil.treated_course import treat_range, treated_workspace
from seedsoil.treated_rows import LINE_ROW, MAX_LINES, SCAN_ROW

if TYPE_CHECKING:
    from seedsoil.run import Run

SHARD = 20_000
_LESION_BUFFER = 400_000
_SYMPTOM_BUFFER = 100_000
_LINE_BUFFER = 40_000

STRATEGY = "2022"
ADJUVANT = "2013+"
"""The usual care that is simulated if nothing else is asked for."""

Tables = tuple[pa.Table, pa.Table, pa.Table, pa.Table]
Progress = Callable[[int], None]


class Shard(NamedTuple):
    """Kernel rows of women in a row: `rows.PATIENT`, and the others in as many parts as were filled."""

    patients: NDArray[Any]
    lesions: list[NDArray[Any]]
    symptoms: list[NDArray[Any]]
    lines: list[NDArray[Any]]


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


def find_strategy(strategy: str | Path | Strategy, catalog: Catalog) -> Strategy | None:
    """The strategy meant by a name of the catalog, a TOML file or itself; None if "untreated".

    Text that ends in `.toml` or holds a directory is a file. Raises `InputError` with the nearest name if
    there is none such, `DataErrors` with a line for each problem of a file.
    """
    if isinstance(strategy, Strategy):
        return strategy
    if strategy == UNTREATED:
        return None
    path = Path(strategy)
    if isinstance(strategy, Path) or path.suffix == ".toml" or path.name != strategy:
        return load_strategy(path, catalog)
    if strategy not in catalog.strategies:
        names = [*catalog.strategies, UNTREATED]
        raise InputError(unknown("strategy", "name", strategy, names) + " (or name a .toml file)")
    return catalog.strategies[strategy]


def strategy_hash(strategy: Strategy) -> str:
    """SHA-256 of what of a strategy decides a simulation: its lines, scans, own drugs and regimens."""
    deciding = {"lines", "scan_weeks", "bone_agent", "drugs", "regimens"}
    dumped = strategy.model_dump(mode="json", include=deciding)
    text = json.dumps(dumped, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def simulate_rows(
    parameters: Any, first: int, count: int, *, details: bool, plan: Plan | None = None
) -> Shard:
    """Women first … first+count-1: patient rows, and with `details` the rows of the other tables.

    Metastatic disease is treated by `plan`; without one it takes its natural course.
    """
    shard = Shard(np.zeros(count, rows.PATIENT).view(np.recarray), [], [], [])
    lesions = np.zeros(_LESION_BUFFER if details else 0, rows.LESION_ROW).view(np.recarray)
    symptoms = np.zeros(_SYMPTOM_BUFFER if details else 0, rows.SYMPTOM_ROW).view(np.recarray)
    scratch = course.workspace()
    if plan is not None:
        lines = np.zeros(_LINE_BUFFER if details else MAX_LINES, LINE_ROW).view(np.recarray)
        scans = np.zeros(0, SCAN_ROW).view(np.recarray)
        scratch += treated_workspace()
    done = 0
    while done < count:
        if plan is None:
            done, used, onsets = course.simulate_range(
                parameters, first, done, shard.patients, lesions, symptoms, *scratch
            )
        else:
            done, used, onsets, begun, _ = treat_range(
                parameters, plan, first, done, shard.patients, lesions, symptoms, lines, scans,
                *scratch,
            )
            if details:
                shard.lines.append(lines[:begun].copy())
        if details:
            shard.lesions.append(lesions[:used].copy())
            shard.symptoms.append(symptoms[:onsets].copy())
    return shard


def shards(
    parameters: Any,
    women: int,
    *,
    first: int,
    threads: int,
    details: bool = True,
    plan: Plan | None = None,
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
                        details=details, plan=plan,
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
        progress(shard.patients.size)
    return shard


def _manifest(
    catalog: Catalog,
    women: int,
    seed: int,
    first: int,
    screening: str,
    adjuvant: str,
    strategy: Strategy | None,
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
        "strategy": UNTREATED if strategy is None else strategy.name,
        "strategy_hash": None if strategy is None else strategy_hash(strategy),
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
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a cohort of women from the first malignant cell to death, under usual care.

    Parameters: `women`, how many; `seed`, 0 to 2^64 - 1; `first`, the number of the first woman;
    `threads`, by default all cores; `screening` and `adjuvant`, policies of the catalog; `strategy`, how
    metastatic disease is treated: a strategy of the catalog, the path of a TOML file, or "untreated" for
    its natural course; `catalog`, by default the packaged one; `progress`, called with the women done
    since the last call.

    "untreated" tells the metastatic course in continuous time, as the natural history is fitted. The
    catalog's strategy "none" gives no drug either, but tells it cycle by cycle, as every strategy: it is
    what strategies are compared with, on the same draws.

    Returns a `Run` with its tables in memory (about 1 GB for a million women; `stream` writes them to
    disk instead). Raises `InputError` on illegal input.
    """
    from seedsoil.run import Run

    tables: tuple[list[pa.Table], ...] = ([], [], [], [])

    def keep(shard: Tables) -> None:
        for parts, table in zip(tables, shard, strict=True):
            parts.append(table)

    manifest = _simulate_into(
        keep, women, seed=seed, first=first, threads=threads, screening=screening,
        adjuvant=adjuvant, strategy=strategy, catalog=catalog, progress=progress,
    )
    patients, lesions, symptoms, lines = (pa.concat_tables(parts) for parts in tables)
    return Run(patients, lesions, symptoms, manifest, lines)


def _simulate_into(
    take: Callable[[Tables], None],
    women: int,
    *,
    seed: int,
    first: int,
    threads: int | None,
    screening: str,
    adjuvant: str,
    strategy: str | Path | Strategy,
    catalog: Catalog | None,
    progress: Progress | None,
) -> dict[str, Any]:
    """Simulate a cohort, hand each shard's tables to `take` in order, and return the manifest."""
    threads = check_cohort(women, seed, first, threads)
    catalog = catalog or load()
    parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    chosen = find_strategy(strategy, catalog)
    plan: Plan | None = None
    names: Names | None = None
    if chosen is not None:
        plan, names = treatment_plan(catalog, parameters, before=chosen)
    begun = time.perf_counter()
    truncated = 0
    for shard in shards(
        parameters, women, first=first, threads=threads, plan=plan, progress=progress
    ):
        truncated += int(np.count_nonzero(shard.patients["truncated"]))
        take(_tables(shard, names))
    manifest = _manifest(catalog, women, seed, first, screening, adjuvant, chosen)
    manifest["seconds"] = round(time.perf_counter() - begun, 3)
    manifest["truncated_lesions"] = truncated
    return manifest


def _tables(shard: Shard, names: Names | None) -> Tables:
    lines = LINES.empty_table()
    if names is not None:
        lines = pa.concat_tables([lines_table(part, names.regimens) for part in shard.lines])
    return (
        patients_table(shard.patients),
        pa.concat_tables([lesions_table(part) for part in shard.lesions]),
        pa.concat_tables([symptoms_table(part) for part in shard.symptoms]),
        lines,
    )


def stream(
    directory: Path,
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = "none",
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Simulate a cohort into `directory`, shard by shard: memory does not grow with the women.

    Writes patients.parquet, lesions.parquet, symptoms.parquet and lines.parquet; returns the manifest.
    Arguments as in `simulate`.
    """
    names = ("patients.parquet", "lesions.parquet", "symptoms.parquet", "lines.parquet")
    schemas = (PATIENTS, LESIONS, SYMPTOMS_TABLE, LINES)
    writers: list[pq.ParquetWriter] = []

    def write(shard: Tables) -> None:
        if not writers:
            for name, schema in zip(names, schemas, strict=True):
                writers.append(pq.ParquetWriter(directory / name, schema, compression="zstd"))
        for writer, table in zip(writers, shard, strict=True):
            writer.write_table(table)

    try:
        return _simulate_into(
            write, women, seed=seed, first=first, threads=threads, screening=screening,
            adjuvant=adjuvant, strategy=strategy, catalog=catalog, progress=progress,
        )
    finally:
        for writer in writers:
            writer.close()
