"""How tests that measure time have the machine to themselves while others run in several processes.

Many tests may run at once; one that is marked `alone` waits for those under way to end, and meanwhile no
other begins. It is a lock of readers and a writer, in two files that the processes share: `door`, which
everybody passes and a waiting one holds, so that it is not kept waiting for ever, and `room`.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path, kind: int) -> Iterator[Any]:
    with path.open("a") as file:
        fcntl.flock(file, kind)
        yield  # closing the file unlocks it


@contextmanager
def turn(directory: Path, *, alone: bool) -> Iterator[None]:
    """A test's turn among processes that share `directory`."""
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with (directory / "room").open("a") as room:
        with locked(directory / "door", fcntl.LOCK_EX):
            fcntl.flock(room, kind)
        yield
