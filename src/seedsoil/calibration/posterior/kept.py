"""Long checks in numbered parts, each a file that appears whole: what a kill costs is one part a worker."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.calibration.posterior.clock import Clock
from seedsoil.simulation.backend import Threads
from seedsoil.storage import goes_on, owned, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Part = dict[str, NDArray[Any]]

_EVERY = 30.0
"""Seconds between two words on how far it is."""


def kept_parts(
    place: Path | None,
    asked: dict[str, Any],
    parts: int,
    make: Callable[[int], Part],
    *,
    threads: int,
    what: str,
    say: Callable[[str], None],
) -> list[Part]:
    """`make(number)` of every part, those that `place` does not hold yet; None: nothing is kept.

    `asked` says which work it is, `what` the parts are called. Raises InputError where `place` holds other
    work, or another process works in it.
    """
    workers = Threads(threads)
    if place is None:
        clock = _clock(what, parts, say)
        return list(workers.map(make, range(parts), progress=lambda _: clock.tick()))

    def done() -> int:
        return len(list(place.glob("part-*")))

    def keep(number: int) -> None:
        content = io.BytesIO()
        np.savez_compressed(content, **make(number))  # type: ignore[arg-type]
        write_whole(_file(place, number), content.getvalue())

    with owned(place, asked), goes_on(place, done, parts, what, delete=False):
        missing = [number for number in range(parts) if not _file(place, number).exists()]
        say(f"{what}: {parts - len(missing):,} of {parts:,} are there")
        clock = _clock(what, len(missing), say)
        for _ in workers.map(keep, missing, progress=lambda _: clock.tick()):
            pass
        found = []
        for number in range(parts):
            with np.load(_file(place, number)) as held:
                found.append({name: held[name] for name in held.files})
    return found


def _file(place: Path, number: int) -> Path:
    return place / f"part-{number:06d}.npz"


def _clock(what: str, todo: int, say: Callable[[str], None]) -> Clock:
    def tell(done: int, _: float, end: str) -> None:
        say(f"{what}: {done:,} of {todo:,} done; the end is expected at {end}")

    return Clock(todo, tell, every=_EVERY, early=1)
