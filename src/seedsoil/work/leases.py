"""Leases: which worker does which unit, for workers that share a directory and nothing else.

A lease is a file that is made or not (O_EXCL). Its holder touches it while it works; one that has not been
touched for the time-out is anybody's, and at once if its process was of this machine and has ended. Time is
that of the directory's own clock, so that machines need not agree. Two workers at one unit do no harm, for
they write the same bits: leases save work, no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seedsoil.work.place import Place

FOLDER = "leases"
SECONDS = 120.0
"""Time-out: a holder touches its lease four times in it."""


class Lease(NamedTuple):
    """Who holds a unit, how many seconds ago that was last said, and whether the holder counts as alive."""

    host: str
    process: int
    age: float
    alive: bool


@dataclass(frozen=True)
class Leases:
    """The leases of a place, which must be a directory that all workers share."""

    place: Place
    seconds: float = SECONDS

    @property
    def anywhere(self) -> Leases:
        """The same leases for a process whose working directory may be another."""
        return Leases(self.place.anywhere, self.seconds)

    def _folder(self) -> Path:
        if self.place.local is None:
            raise InputError(
                f"{self.place}: leases need a shared directory; of a store elsewhere give each worker its "
                "part with --share 1/8, or use --scheduler"
            )
        folder = self.place.local / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _now(self, folder: Path) -> float:
        """The time of the directory's clock."""
        probe = folder / f".clock-{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}"
        probe.touch()
        try:
            return probe.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)

    def _take(self, key: str) -> Path | None:
        folder = self._folder()
        path = folder / key
        text = json.dumps({"host": socket.gethostname(), "process": os.getpid()})
        for _ in range(2):
            try:
                with path.open("x") as file:
                    file.write(text)
                return path
            except FileExistsError:
                if not self._expire(folder, path):
                    return None
        return None

    def _expire(self, folder: Path, path: Path) -> bool:
        """Whether the lease had run out, and is gone. Of several who see it, one renames it."""
        try:
            lease = self._read(path, self._now(folder))
            if lease is None or lease.alive:
                return False
            gone = folder / f".expired-{secrets.token_hex(8)}"
            path.rename(gone)
        except FileNotFoundError:
            return True
        gone.unlink(missing_ok=True)
        return True

    @contextlib.contextmanager
    def hold(self, key: str) -> Iterator[bool]:
        """Within the block the unit is this worker's, if it gives true; another holds it, if false."""
        path = self._take(key)
        if path is None:
            yield False
            return
        ended = threading.Event()

        def touch() -> None:
            while not ended.wait(self.seconds / 4.0):
                with contextlib.suppress(OSError):
                    os.utime(path)

        thread = threading.Thread(target=touch, daemon=True)
        thread.start()
        try:
            yield True
        finally:
            ended.set()
            thread.join()
            path.unlink(missing_ok=True)

    def held(self) -> dict[str, Lease]:
        """Every lease by its unit's key, run out or not; none of a store elsewhere."""
        if self.place.local is None or not (self.place.local / FOLDER).is_dir():
            return {}
        folder = self._folder()
        now = self._now(folder)
        found = {}
        for path in folder.iterdir():
            if path.name.startswith("."):
                continue
            with contextlib.suppress(FileNotFoundError):
                lease = self._read(path, now)
                if lease is not None:
                    found[path.name] = lease
        return found

    def _read(self, path: Path, now: float) -> Lease | None:
        """What a lease says; None where it is just being written. One without words runs out, too."""
        age = max(0.0, now - path.stat().st_mtime)
        try:
            who = json.loads(path.read_text("utf-8"))
            host, process = str(who["host"]), int(who["process"])
        except (ValueError, KeyError, TypeError):
            return None if age < self.seconds else Lease("unknown", 0, age, alive=False)
        return Lease(host, process, age, age < self.seconds and not _has_died(host, process))


def _has_died(host: str, process: int) -> bool:
    """Whether the process is known to be no more: it was one of this machine."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False
