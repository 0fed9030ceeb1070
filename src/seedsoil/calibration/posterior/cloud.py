"""The cloud: simulations at points around the values in use, kept in a directory and gone on with.

    u_k = m + s Φ⁻¹(q_k),   q a scrambled Sobol sequence

Every `MIDDLE`th point lies in the middle, m, on its own women: their spread is the Monte-Carlo error itself.
A batch of points is a file that appears whole. Since the sequence is one, a longer cloud holds a shorter.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.posterior.clock import Clock
from seedsoil.calibration.posterior.engine import Engine, Points, Sizes, Statistics
from seedsoil.calibration.posterior.space import Space, middle_and_spread, space_of
from seedsoil.errors import InputError, whole_number
from seedsoil.jit.sources import digest
from seedsoil.simulation.backend import spread
from seedsoil.storage import MANIFEST, goes_on, owned, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog

MIDDLE = 75
"""One of so many points lies in the middle of the cloud."""
BATCH = 10
"""Points a file: what a kill can cost is these, on every thread."""
_EVERY = 60.0
"""Seconds between two words on how far it is."""
MOST_POINTS = 1 << 17
FEWEST_POINTS = 2


@dataclass(frozen=True)
class Cloud:
    """Points and their statistics.

    `index` of each point; `u` of shape (points, parameters); `values`, `variances` (of Monte-Carlo) and
    `women` of shape (points, statistics), named by `names`. `middle` and `spread`, of the points in u.
    """

    space: Space
    names: tuple[str, ...]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    index: NDArray[np.int64]
    u: NDArray[np.float64]
    values: NDArray[np.float64]
    variances: NDArray[np.float64]
    women: NDArray[np.int32]
    made: dict[str, Any]

    @property
    def points(self) -> int:
        """How many points there are."""
        return int(self.index.size)


def design(
    middle: NDArray[np.float64], spread: NDArray[np.float64], points: int, seed: int
) -> NDArray[np.float64]:
    """The first `points` of the cloud, shape (points, parameters); every `MIDDLE`th is its middle."""
    from scipy import special
    from scipy.stats import qmc

    sequence = qmc.Sobol(middle.size, scramble=True, rng=seed)
    around = np.flatnonzero(np.arange(points) % MIDDLE)
    q = sequence.random_base2(int(np.ceil(np.log2(max(around.size, 1)))))[: around.size]
    # a number of the sequence stands for its cell: 0 is none that Φ⁻¹ knows
    z = np.zeros((points, middle.size))
    z[around] = special.ndtri(np.clip(q, 2.0**-31, 1.0 - 2.0**-31))
    return np.asarray(middle + spread * z)


def make_cloud(
    directory: Path,
    *,
    points: int,
    catalog: Catalog,
    threads: int,
    seed: int = 1,
    sizes: Sizes | None = None,
    command: str = "",
    progress: Callable[[str], None] | None = None,
) -> Cloud:
    """Simulate the points that `directory` does not hold yet, up to whole batches, and return all of them.

    On `threads`, or where `backend.on` says; the points are the same. `seed` of the women and of the
    sequence. Raises InputError where the directory holds points of other numbers, of another engine or sizes,
    or another process works in it.
    """
    whole_number("points", points, least=FEWEST_POINTS, most=MOST_POINTS, problem="is no cloud")
    points = BATCH * -(-points // BATCH)
    say = progress or (lambda _: None)
    whole = _complete(directory, catalog, points)
    if whole is not None:
        if whole.made["kernels_hash"] != digest():
            say(f"{directory}: the kernels have changed since its points were simulated")
        return whole
    before = _trials_there(directory)
    engine = Engine(catalog, sizes or Sizes(), seed, before)
    space = space_of(catalog)
    middle, spread = middle_and_spread(space, catalog)
    asked = {
        **engine.identity(),
        "parameters": list(space.names),
        "statistics": list(engine.names),
        "middle": middle.tolist(),
        "spread": spread.tolist(),
        "trials": engine.simulated,
        "command": command,
    }
    u = design(middle, spread, points, seed)
    with _keeping(directory, _kept_command(directory, asked), points):
        there = set(_there(directory))
        todo = [start for start in range(0, points, BATCH) if start not in there]
        missing = [k for start in todo for k in range(start, min(start + BATCH, points))]
        say(
            f"cloud: {space.size} parameters, {len(engine.names)} statistics, "
            f"{engine.stride:,} women a point; {points - len(missing):,} of {points:,} points are there"
        )
        clock = _clock(points, len(missing), say)
        for start, batch in _simulated(engine, space, u, missing, threads, clock):
            _write(directory, start, u[start : start + len(batch)], batch)
    return read_cloud(directory, catalog, points=points)


def _complete(directory: Path, catalog: Catalog, points: int) -> Cloud | None:
    """The cloud of a directory that holds all its points; None where some are to be simulated."""
    if not set(range(0, points, BATCH)) <= set(_there(directory)):
        return None
    return read_cloud(directory, catalog, points=points)


def make_points(
    directory: Path,
    engine: Engine,
    cloud: Cloud,
    u: NDArray[np.float64],
    *,
    first: int,
    threads: int,
    say: Callable[[str], None],
) -> Cloud:
    """Simulate the points `u` as those of `cloud`, on women of points from `first` on; kept as they come."""
    asked = {
        **engine.identity(),
        "first": first,
        "points_hash": hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest(),
    }
    points = u.shape[0]
    with _keeping(directory, asked, points):
        there = set(_there(directory))
        missing = [k for k in range(points) if k // BATCH * BATCH not in there]
        say(f"{points - len(missing):,} of {points:,} points are there")
        clock = _clock(points, len(missing), say)
        for start, batch in _simulated(engine, cloud.space, u, missing, threads, clock, first):
            _write(directory, start, u[start : start + len(batch)], batch)
        whole = _read(directory)
    return replace(cloud, **whole)


def read_cloud(directory: Path, catalog: Catalog, *, points: int | None = None) -> Cloud:
    """The points that a directory holds, in order; InputError if it is no cloud of this catalog's numbers."""
    try:
        made = json.loads((directory / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{directory}: holds no cloud; seedsoil posterior makes one") from None
    space = space_of(catalog)
    if made.get("parameters_hash") != catalog.hash() or made["parameters"] != list(space.names):
        raise InputError(
            f"{directory}: its points lie around other numbers than those of the catalog; name another --out"
        )
    whole = _read(directory)
    if not whole:
        raise InputError(f"{directory}: holds no point yet; seedsoil posterior goes on with it")
    keep = slice(None) if points is None else np.flatnonzero(whole["index"] < points)
    return Cloud(
        space,
        tuple(made["statistics"]),
        np.array(made["middle"]),
        np.array(made["spread"]),
        index=whole["index"][keep],
        u=whole["u"][keep],
        values=whole["values"][keep],
        variances=whole["variances"][keep],
        women=whole["women"][keep],
        made=made,
    )


def _read(directory: Path) -> dict[str, Any]:
    """The columns of all whole batches of a directory; none where there is none."""
    parts = [np.load(_file(directory, start)) for start in sorted(_there(directory))]
    names = parts[0].files if parts else []
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _simulated(
    engine: Engine,
    space: Space,
    u: NDArray[np.float64],
    missing: list[int],
    threads: int,
    clock: Clock,
    first: int = 0,
) -> Iterator[tuple[int, list[Statistics]]]:
    """Batches of points in order: the number of the first, and their statistics."""
    workers = spread(threads)
    found = workers.map(
        Points(engine, space),
        [(first + k, u[k]) for k in missing],
        look_ahead=workers.workers,
        progress=lambda _: clock.tick(),
    )
    numbered = zip(missing, found, strict=True)
    for start, batch in itertools.groupby(numbered, key=lambda pair: pair[0] // BATCH * BATCH):
        yield start, [statistics for _, statistics in batch]


def _clock(points: int, missing: int, say: Callable[[str], None]) -> Clock:
    def tell(done: int, each: float, end: str) -> None:
        say(
            f"{points - missing + done:,} of {points:,} points, {each:.2f} s a point; "
            f"the end is expected at {end}"
        )

    return Clock(missing, tell, every=_EVERY, early=2 * BATCH)


def _file(directory: Path, start: int) -> Path:
    return directory / f"part-{start:06d}.npz"


def points_there(directory: Path) -> int:
    """How many points of a cloud a directory holds, 0 if it is not there."""
    return BATCH * len(_there(directory))


def _there(directory: Path) -> list[int]:
    """Numbers of the first points of the whole batches of a directory."""
    return [int(path.stem.removeprefix("part-")) for path in directory.glob("part-*.npz")]


@contextlib.contextmanager
def _keeping(directory: Path, asked: dict[str, Any], points: int) -> Iterator[None]:
    """`owned`, and whoever ends this process within the block says that the points so far stay."""

    def done() -> int:
        return min(points, points_there(directory))

    with owned(directory, asked), goes_on(directory, done, points, "points", delete=False):
        yield


def _write(directory: Path, start: int, u: NDArray[np.float64], batch: list[Statistics]) -> None:
    content = io.BytesIO()
    np.savez_compressed(
        content,
        index=np.arange(start, start + len(batch)),
        u=u,
        values=np.stack([one.values for one in batch]),
        variances=np.stack([one.variances for one in batch]),
        women=np.stack([one.women for one in batch]),
    )
    write_whole(_file(directory, start), content.getvalue())


def _manifest(directory: Path) -> dict[str, Any]:
    try:
        found = json.loads((directory / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _trials_there(directory: Path) -> dict[str, int] | None:
    """Women simulated for each trial in a cloud that is gone on with."""
    return _manifest(directory).get("trials")


def _kept_command(directory: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """`asked` with the command that began the cloud, which may have asked for fewer points."""
    return asked | {"command": _manifest(directory).get("command", asked["command"])}
