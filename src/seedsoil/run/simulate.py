"""`simulate()` and `stream()`: a cohort under usual care, in memory or straight to disk."""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seedsoil.catalog import Catalog, load, lookup
from seedsoil.errors import InputError, shown, text, whole_number
from seedsoil.model.natural_history.lesions import MAX_LESIONS
from seedsoil.model.parameters import flow_shares, kernel_parameters
from seedsoil.model.rows import PATIENT
from seedsoil.model.treatment.plan import Names, Plan, treatment_plan
from seedsoil.results.columns import rows_of_women
from seedsoil.results.where import matching
from seedsoil.simulation.shards import (
    Progress,
    Shard,
    check_cohort,
    require_memory,
    shards,
    shards_under,
)
from seedsoil.simulation.tables import (
    DRUGS,
    LESIONS,
    LINES,
    PATIENTS,
    SYMPTOMS_TABLE,
    drugs_table,
    lesions_table,
    lines_table,
    patients_table,
    symptoms_table,
)
from seedsoil.vocabulary import METASTATIC_ORGANS, SITES, UNTREATED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seedsoil.catalog import Strategy
    from seedsoil.run.run import Run

logger = logging.getLogger(__name__)

STRATEGY = "2022"
ADJUVANT = "2013+"
"""The usual care that is simulated if nothing else is asked for."""
SCREENING = "2000s"
"""The screening programme if nothing else is asked for: mammography as practised."""
BYTES = 700
"""Of a woman's rows in memory, at the least."""


class Tables(NamedTuple):
    """The tables of one shard, in the order in which a run has them."""

    patients: pa.Table
    lesions: pa.Table
    symptoms: pa.Table
    lines: pa.Table
    drugs: pa.Table


def strategy_hash(strategy: Strategy) -> str:
    """SHA-256 of what of a strategy decides a simulation: its lines, scans, own drugs and regimens."""
    deciding = {"lines", "scan_weeks", "bone_agent", "drugs", "regimens"}
    not_deciding = {"lines": {"__all__": {"sources"}}}
    dumped = strategy.model_dump(mode="json", include=deciding, exclude=not_deciding)
    for line in dumped["lines"]:
        # what came later: rules that do not ask for it have the hash that they had before
        for part, name in ((line, "switch"), (line["when"], "pik3ca")):
            if part[name] is None:
                del part[name]
    canonical = json.dumps(dumped, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def manifest_of(
    catalog: Catalog,
    women: int,
    seed: int,
    first: int,
    screening: str,
    adjuvant: str,
    strategy: Strategy | None,
) -> dict[str, Any]:
    """How a cohort of so many women from `first` on is made."""
    from seedsoil._version import __version__

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
        **catalog.manifest(),
        "flow_share": {SITES[i]: float(flow[i]) for i in range(METASTATIC_ORGANS)},
        "storage_cap": MAX_LESIONS,
    }


def identity(
    women: int,
    *,
    seed: int,
    first: int,
    threads: int | None = None,
    screening: str,
    adjuvant: str,
    strategy: str | Path | Strategy,
    catalog: Catalog | None = None,
    only: str | None = None,
) -> dict[str, Any]:
    """What of a run's manifest decides its tables. Arguments as of `stream`, and checked as it does."""
    check_policies(screening, adjuvant, catalog)
    check_cohort(women, seed, first, threads)
    catalog = catalog or load()
    kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    chosen = lookup.strategy(strategy, catalog=catalog)
    made = manifest_of(catalog, women, seed, first, screening, adjuvant, chosen)
    return {key: value for key, value in made.items() if key != "flow_share"} | {"only": only}


def nobody_kept(women: int, only: str) -> InputError:
    """What is said where the condition `only` keeps none of the women."""
    return InputError(f"none of the {women:,} women simulated is kept by {only}; simulate more")


def check_policies(
    screening: object, adjuvant: object, catalog: object, progress: object = None
) -> None:
    """Raise InputError unless policies, catalog and progress are of the kinds that `simulate` takes.

    Whether the names exist is for the catalog to say, with the nearest ones.
    """
    text("screening", screening, example=SCREENING)
    text("adjuvant", adjuvant, example=ADJUVANT)
    if catalog is not None and not isinstance(catalog, Catalog):
        raise InputError(
            f"catalog={shown(catalog)}: must be a catalog, such as seedsoil.load_catalog(directory) gives"
        )
    if progress is not None and not callable(progress):
        raise InputError(
            f"progress={shown(progress)}: must be a function of the women done since the last call"
        )


def simulate(
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
    draw: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a cohort of women from the first malignant cell to death, under usual care.

    Parameters: `women`, how many; `seed`, 0 to 2^64 - 1; `first`, the number of the first woman;
    `threads`, by default all cores; `screening` and `adjuvant`, policies of the catalog; `strategy`, how
    metastatic disease is treated: a strategy of the catalog, the path of a TOML file, a `Strategy`, or
    "untreated" for its natural course; `catalog`, by default the packaged one; `draw`, the number of
    a draw of the posterior of all fitted numbers (`Catalog.draw`), by default the values in use; `progress`,
    called with the women done since the last call.

    "untreated" follows metastatic disease in continuous time, as the natural history is fitted. The
    catalog's strategy "none" gives no drug either, but follows it period by period, as every strategy
    does (a period ends at the next scan or change of drugs), on the draws that all strategies share: it
    is what strategies are compared with.

    Returns a `Run` with its tables in memory (about 1 GB for a million women; `seedsoil run` writes them
    to disk instead). The result depends on the numbers and policies, not on `threads`. Raises
    `InputError` on illegal input.

    Examples:
        >>> import seedsoil as ss
        >>> run = ss.simulate(500, seed=1, strategy="2022")
        >>> run.patients.num_rows
        500
    """
    check_cohort(women, seed, first, threads)
    check_policies(screening, adjuvant, catalog, progress)
    if draw is not None:
        catalog = (catalog or load()).draw(draw)
    require_memory(women, BYTES, "seedsoil run writes them to disk instead")
    kept: list[Tables] = []
    manifest = _simulate_into(
        kept.append,
        women,
        seed=seed,
        first=first,
        threads=threads,
        screening=screening,
        adjuvant=adjuvant,
        strategy=strategy,
        catalog=catalog,
        progress=progress,
    )
    return _joined(kept, manifest)


def simulate_each(
    take: Callable[[int, Run], None],
    women: int,
    strategies: Sequence[Strategy],
    *,
    seed: int,
    threads: int | None,
    screening: str,
    adjuvant: str,
    catalog: Catalog,
    progress: Progress | None,
) -> list[dict[str, Any]]:
    """Simulate the same women under each strategy, shard by shard; return the manifests.

    `take` gets the number of a strategy and what it makes of a shard, all strategies on one shard before the
    next, as a run of these women. Whatever `take` does not keep is gone: memory does not grow with the women.
    """
    check_policies(screening, adjuvant, catalog, progress)
    threads = check_cohort(women, seed, 0, threads)
    parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    plans = [treatment_plan(catalog, parameters, before=strategy) for strategy in strategies]
    manifests = [
        manifest_of(catalog, women, seed, 0, screening, adjuvant, one) | {"truncated_lesions": 0}
        for one in strategies
    ]
    begun = time.perf_counter()
    each = shards_under(
        parameters,
        women,
        [plan for plan, _ in plans],
        first=0,
        threads=threads,
        progress=progress,
    )
    for shard, which in zip(each, itertools.cycle(range(len(plans)))):
        manifests[which]["truncated_lesions"] += int(shard.patients["truncated"].sum())
        take(which, _joined([tables_of(shard, plans[which][1])], manifests[which]))
    for manifest in manifests:
        manifest["seconds"] = round(time.perf_counter() - begun, 3)
        _tell_truncated(manifest["truncated_lesions"], women)
    return manifests


def _tell_truncated(truncated: int, women: int) -> None:
    if truncated:
        logger.info(
            "%d of %d women had more colonies than are kept; what they founded later is left out",
            truncated,
            women,
        )


def _joined(shards: Sequence[tuple[pa.Table, ...]], manifest: dict[str, Any]) -> Run:
    from seedsoil.run.run import Run

    whole = Tables(*(pa.concat_tables(parts) for parts in zip(*shards, strict=True)))
    return Run(whole.patients, whole.lesions, whole.symptoms, manifest, whole.lines, whole.drugs)


def joined(parts: Sequence[Run], manifest: dict[str, Any]) -> Run:
    """Runs of women one after the other as one, such as the parts that `simulate_each` gives."""
    from seedsoil.run.run import TABLES

    return _joined([tuple(getattr(run, name) for name in TABLES) for run in parts], manifest)


def _simulate_into(
    take: Callable[[Tables], None],
    women: int,
    *,
    only: str | None = None,
    anyone: bool = True,
    details: bool = True,
    seed: int,
    first: int,
    threads: int | None,
    screening: str,
    adjuvant: str,
    strategy: str | Path | Strategy,
    catalog: Catalog | None,
    progress: Progress | None,
) -> dict[str, Any]:
    """Simulate a cohort, hand each shard's tables to `take` in order, and return the manifest.

    `only`: hand over the women for whom this condition holds; the manifest counts them. `anyone`: that there
    is none is an error. `details`: the tables beside patients, too; they are empty without.
    """
    check_policies(screening, adjuvant, catalog, progress)
    threads = check_cohort(women, seed, first, threads)
    catalog = catalog or load()
    parameters = kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant)
    chosen = lookup.strategy(strategy, catalog=catalog)
    plan: Plan | None = None
    names: Names | None = None
    if chosen is not None:
        plan, names = treatment_plan(catalog, parameters, before=chosen)
    if only is not None:  # refused before the work, if it must be
        matching(patients_table(np.zeros(0, PATIENT)), only)
    begun = time.perf_counter()
    truncated = kept = 0
    for shard in shards(
        parameters,
        women,
        first=first,
        threads=threads,
        details=details,
        plan=plan,
        progress=progress,
    ):
        tables = tables_of(shard, names)
        beyond = shard.patients["patient"][shard.patients["truncated"]]
        if only is not None:
            patients, *others = tables
            patients = matching(patients, only)
            tables = Tables(patients, *(rows_of_women(table, patients) for table in others))
            beyond = beyond[np.isin(beyond, patients["patient"].to_numpy())]
        kept += tables[0].num_rows
        truncated += beyond.size
        take(tables)
    if kept == 0 and anyone:
        raise nobody_kept(women, str(only))
    manifest = manifest_of(catalog, kept, seed, first, screening, adjuvant, chosen)
    if only is not None:
        manifest |= {"only": only, "simulated": women}
    manifest["seconds"] = round(time.perf_counter() - begun, 3)
    manifest["truncated_lesions"] = truncated
    _tell_truncated(truncated, women)
    return manifest


class Found(NamedTuple):
    """The first women who were looked for, how many there are, and how many were simulated."""

    patients: pa.Table
    women: int
    simulated: int


def find(
    condition: str,
    *,
    women: int = 20_000,
    most: int = 20,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
) -> Found:
    """The women for whom `condition` holds (see `Run.where`), the first `most` of them with their rows.

    Other arguments as in `simulate`. Raises InputError for a condition that cannot be read.
    """
    whole_number("most", most)
    found: list[pa.Table] = []
    count = 0

    def keep(tables: Tables) -> None:
        nonlocal count
        if count < most:
            found.append(tables[0].slice(0, most - count))
        count += tables[0].num_rows

    _simulate_into(
        keep,
        women,
        only=condition,
        anyone=False,
        details=False,
        seed=seed,
        first=first,
        threads=threads,
        screening=screening,
        adjuvant=adjuvant,
        strategy=strategy,
        catalog=catalog,
        progress=progress,
    )
    return Found(pa.concat_tables(found), count, women)


def tables_of(shard: Shard, names: Names | None) -> Tables:
    """The kernel's rows as tables; `names`: those of the plan's drugs and regimens."""
    lines, drugs = LINES.empty_table(), DRUGS.empty_table()
    if names is not None and shard.lines:
        lines = pa.concat_tables([lines_table(part, names.regimens) for part in shard.lines])
        drugs = pa.concat_tables(
            [drugs_table(part, names.regimens, names.drugs) for part in shard.drugs]
        )
    return Tables(
        patients_table(shard.patients),
        pa.concat_tables([LESIONS.empty_table(), *map(lesions_table, shard.lesions)]),
        pa.concat_tables([SYMPTOMS_TABLE.empty_table(), *map(symptoms_table, shard.symptoms)]),
        lines,
        drugs,
    )


def stream(
    directory: Path,
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    threads: int | None = None,
    screening: str = SCREENING,
    adjuvant: str = ADJUVANT,
    strategy: str | Path | Strategy = STRATEGY,
    catalog: Catalog | None = None,
    progress: Progress | None = None,
    only: str | None = None,
    anyone: bool = True,
) -> dict[str, Any]:
    """Simulate a cohort into `directory`, shard by shard: memory does not grow with the women.

    Writes a file of each table, patients.parquet to drugs.parquet; returns the manifest.
    Arguments as in `simulate`; `only`: keep the women for whom this condition holds, as `Run.where` does;
    `anyone`: that there is none is an error.
    """
    schemas = Tables(PATIENTS, LESIONS, SYMPTOMS_TABLE, LINES, DRUGS)
    writers: list[pq.ParquetWriter] = []

    def write(shard: Tables) -> None:
        if not writers:
            for name, schema in schemas._asdict().items():
                path = directory / f"{name}.parquet"
                writers.append(pq.ParquetWriter(path, schema, compression="zstd"))
        for writer, table in zip(writers, shard, strict=True):
            writer.write_table(table)

    try:
        return _simulate_into(
            write,
            women,
            only=only,
            anyone=anyone,
            seed=seed,
            first=first,
            threads=threads,
            screening=screening,
            adjuvant=adjuvant,
            strategy=strategy,
            catalog=catalog,
            progress=progress,
        )
    finally:
        with ExitStack() as each:  # is closed, even after one that cannot be
            for writer in writers:
                each.callback(_close, writer)


def _close(writer: pq.ParquetWriter) -> None:
    try:
        writer.close()
    finally:
        # When the object goes it would try once more, and print a traceback if the disk is still full.
        writer.is_open = False
