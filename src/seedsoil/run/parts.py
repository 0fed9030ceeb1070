"""A long run in parts, so that one that is interrupted goes on where it stopped.

The parts lie in a hidden directory beside the run's own, each of them whole; at the end they are joined into
the run's tables, which are those of a run in one piece. What the run is, is written beside its first part:
a command that asks for another run there is refused.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from seedsoil.run.run import TABLES
from seedsoil.run.simulate import identity, nobody_kept, stream
from seedsoil.storage import (
    MANIFEST,
    discard,
    goes_on,
    is_owned,
    owned,
    publish,
    unfinished,
    write_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seedsoil.simulation.shards import Progress

PART = 1_000_000
"""Women of a part: a minute's work, and less than that is lost."""
_SUMMED = ("women", "simulated", "seconds", "truncated_lesions")


def place_of_parts(parent: Path, name: str) -> Path:
    """Where the parts of the run `name` in `parent` lie."""
    return parent / f".{name}.parts"


def left_in(parent: Path) -> list[Path]:
    """Where in `parent` an interrupted run lies that no process works on."""
    try:
        places = sorted(path for path in parent.glob(".*.parts") if (path / MANIFEST).is_file())
    except OSError:
        return []
    return [place for place in places if not is_owned(place)]


def women_done(place: Path, women: int) -> int:
    """How many of `women` an interrupted run has left in `place`."""
    done = [k for k in range(-(-women // PART)) if _part(place, k).is_dir()]
    return sum(min(PART, women - k * PART) for k in done)


@contextlib.contextmanager
def keeping(place: Path, women: int, **made: Any) -> Iterator[int]:
    """Within the block `place` holds the parts of this run, for this process alone: those done, and new ones.

    Gives how many women are done. If the block fails, or is interrupted, they are kept, and `storage.kept`
    says so; else `place` goes. `made`: the other arguments of `stream`. Raises InputError where `place`
    holds another run, or another process works.
    """
    with owned(place, {**identity(women, **made), "part": PART}):
        with goes_on(place, lambda: women_done(place, women), women, "women"):
            yield women_done(place, women)
        discard(place)


def stream_in_parts(
    directory: Path,
    place: Path,
    women: int,
    *,
    first: int = 0,
    progress: Progress | None = None,
    **made: Any,
) -> dict[str, Any]:
    """`stream`, but by parts in `place`: those that are there already are taken, not simulated again.

    `made`: the other arguments of `stream`. To be called within `keeping` of the same run.
    """
    manifests = []
    for k in range(-(-women // PART)):
        count = min(PART, women - k * PART)
        if _part(place, k).is_dir():
            if progress is not None:
                progress(count)
        else:
            _make(place, k, count, first=first + k * PART, progress=progress, **made)
        manifests.append(json.loads((_part(place, k) / MANIFEST).read_text("utf-8")))
    for name in TABLES:
        _join([_part(place, k) / f"{name}.parquet" for k in range(len(manifests))], directory)
    whole = {**manifests[0], "first_patient": first}
    whole |= {key: sum(m[key] for m in manifests) for key in _SUMMED if key in whole}
    whole["seconds"] = round(whole["seconds"], 3)
    if whole["women"] == 0:
        raise nobody_kept(women, whole["only"])
    return whole


def _part(place: Path, k: int) -> Path:
    return place / f"part-{k:06d}"


def _make(place: Path, k: int, women: int, **made: Any) -> None:
    with unfinished(place, f"part-{k:06d}") as partial:
        write_manifest(partial, stream(partial, women, anyone=False, **made))
        publish(partial, _part(place, k), told=False)


def _join(parts: list[Path], directory: Path) -> None:
    """One table of all parts, group of rows by group of rows, so that memory stays flat."""
    with pq.ParquetWriter(
        directory / parts[0].name, pq.read_schema(parts[0]), compression="zstd"
    ) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group))
