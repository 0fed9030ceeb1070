"""What a posterior leaves: draws as a table, chains for ArviZ, the values at the mode, and what was found.

| file | what |
|---|---|
| `posterior.parquet` | equally weighted draws in random order, a column a parameter, float32 |
| `chains.npz` | all samples by parameter, shape (chain, draw), as `arviz.from_dict` reads them |
| `fitted.toml`, `fitted_drugs.toml` | the mode, and posterior standard deviations, as files of a catalog |
| `posterior.json` | diagnostics, scales of discrepancy, verification, sensitivity |
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedsoil._version import __version__
from seedsoil.storage import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.calibration.posterior.sampler import Chains
    from seedsoil.calibration.posterior.space import Space
    from seedsoil.catalog import Catalog

Floats = NDArray[np.float64]

DRAWS = 1_000


def chosen_draws(chains: Chains, parameters: int, draws: int, seed: int) -> Floats:
    """`draws` of the samples, evenly from all chains and in random order: any first part is a sample."""
    flat = chains.flat[:, :parameters]
    even = np.linspace(0, flat.shape[0] - 1, min(draws, flat.shape[0])).round().astype(int)
    return np.asarray(flat[np.random.default_rng(seed).permutation(even)])


def draws_table(space: Space, u: Floats, metadata: dict[str, Any]) -> pa.Table:
    """The draws as a table of float32; `metadata` goes with it as JSON."""
    import pyarrow as pa

    theta = legal_float32(space, space.theta(u))
    columns = {name: theta[:, k] for k, name in enumerate(space.names)}
    told = {"seedsoil": json.dumps(metadata, ensure_ascii=False)}
    return pa.table(columns).replace_schema_metadata(told)


def legal_float32(space: Space, theta: Floats) -> NDArray[np.float32]:
    """The numbers in 32 bits; one that would round over a bound takes the neighbour inside."""
    rounded = theta.astype(np.float32)
    low, high = space.low, space.high
    up = np.nextafter(rounded, np.float32(np.inf))
    down = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded < low, up, np.where(rounded > high, down, rounded))


def write_draws(table: pa.Table, path: Path) -> None:
    """Write the draws so that they take little room."""
    import io

    import pyarrow.parquet as pq

    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd", use_dictionary=False,
                   column_encoding="BYTE_STREAM_SPLIT", write_statistics=False)  # fmt: skip
    write_whole(path, content.getvalue())


def write_chains(chains: Chains, space: Space, groups: tuple[str, ...], path: Path) -> None:
    """Write all samples by name: parameters, and `scale: GROUP` of each scale of discrepancy."""
    import io

    parameters = space.size
    theta = space.theta(chains.x[:, :, :parameters]).astype(np.float32)
    named = {name: theta[:, :, k] for k, name in enumerate(space.names)}
    scales = chains.x[:, :, parameters:].astype(np.float32)
    named |= {f"scale: {name}": scales[:, :, k] for k, name in enumerate(groups)}
    content = io.BytesIO()
    np.savez_compressed(content, **named)  # type: ignore[arg-type]
    write_whole(path, content.getvalue())


def write_values(
    catalog: Catalog,
    values: dict[str, float],
    errors: dict[str, float],
    folder: Path,
    made: dict[str, Any],
) -> Catalog:
    """Write these values as catalog files to `folder`; return the catalog with them."""
    from seedsoil.catalog import write_fitted

    record: dict[str, str | int] = {
        "command": made["command"],
        "seed": made["seed"],
        "women": made["sizes"]["women"],
        "date": datetime.now(UTC).date().isoformat(),
        "version": __version__,
        "note": "The mode of the joint posterior; standard errors are its standard deviations.",
    }
    drugs = catalog.fitted_names("drugs")
    for file, names in (("fitted.toml", catalog.fitted_names()), ("fitted_drugs.toml", drugs)):
        write_fitted(
            folder / file,
            {name: values[name] for name in names},
            {name: errors[name] for name in names},
            record,
        )
    return catalog.with_values(values)


def write_record(record: dict[str, Any], path: Path) -> None:
    """Write what was found as JSON."""
    write_whole(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
