"""Long checks in numbered parts, each a file that appears whole: what a kill costs is one part a worker."""

from __future__ import annotations

import io
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

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
    clock = _Clock(what, say)
    workers = Threads(threads)
    if place is None:
        return list(workers.map(make, range(parts), progress=lambda _: clock.tick(parts)))

    def done() -> int:
        return len(list(place.glob("part-*")))

    def keep(number: int) -> None:
        content = io.BytesIO()
        np.savez_compressed(content, **make(number))  # type: ignore[arg-type]
        write_whole(_file(place, number), content.getvalue())

    with owned(place, asked), goes_on(place, done, parts, what, delete=False):
        missing = [number for number in range(parts) if not _file(place, number).exists()]
        say(f"{what}: {parts - len(missing):,} of {parts:,} are there")
        todo = len(missing)
        for _ in workers.map(keep, missing, progress=lambda _: clock.tick(todo)):
            pass
        found = []
        for number in range(parts):
            with np.load(_file(place, number)) as held:
                found.append({name: held[name] for name in held.files})
    return found


def _file(place: Path, number: int) -> Path:
    return place / f"part-{number:06d}.npz"


class _Clock:
    """Says how far the parts are and when the last should end, now and then."""

    def __init__(self, what: str, say: Callable[[str], None]) -> None:
        self.what, self.say = what, say
        self.begun = self.told = time.monotonic()
        self.done = 0

    def tick(self, todo: int) -> None:
        """One of `todo` parts more is there."""
        self.done += 1
        now = time.monotonic()
        if now - self.told < _EVERY and self.done not in (1, todo):
            return
        self.told = now
        left = timedelta(seconds=(now - self.begun) / self.done * (todo - self.done))
        end = (datetime.now().astimezone() + left).strftime("%H:%M")
        self.say(f"{self.what}: {self.done:,} of {todo:,} done; the end is expected at {end}")
