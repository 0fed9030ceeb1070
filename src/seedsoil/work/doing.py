"""Units done on a backend: those that are there and whole are taken, the others made and vouched for.

A unit is written inside its task, and what comes back is its receipt: nothing waits in a worker's memory.
Interrupted work goes on by doing it again: what is done is there.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from seedsoil.errors import InputError
from seedsoil.work.host import arithmetic, engine, one_compiles, this_host
from seedsoil.work.unit import Receipt, bits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedsoil.simulation.backend import Backend
    from seedsoil.work.leases import Leases
    from seedsoil.work.shelf import Shelf
    from seedsoil.work.unit import Unit

LOOK_EVERY = 2.0
"""Seconds between two looks at what other workers have done."""


class Work(Protocol):
    """What units hold and how it is made. It is sent to every worker once, and so it pickles."""

    def make(self, unit: Unit) -> bytes:
        """The content of a unit: the same bytes for the same unit, on any worker."""
        ...

    def inputs(self, unit: Unit) -> str:
        """A hash of the numbers that this worker would simulate the unit's part with, and of a few women."""
        ...


class Made(NamedTuple):
    """What was done: receipts of this call, and how many units were there before, or done by others."""

    receipts: list[Receipt]
    reused: int
    by_others: int
    damaged: int


@dataclass(frozen=True)
class Doing:
    """One unit on a worker: made and written, unless it is there or another worker holds it (None)."""

    work: Work
    shelf: Shelf
    leases: Leases | None = None

    def __call__(self, unit: Unit) -> Receipt | None:
        """Make the unit, if it is to be made here, and give its receipt."""
        if self.leases is None:
            return self._made(unit)
        with self.leases.hold(unit.key) as mine:
            if not mine or self.shelf.receipt(unit.key) is not None:
                return None
            return self._made(unit)

    def _made(self, unit: Unit) -> Receipt:
        require_engine(unit)
        bits = _warm(self.work, unit)
        begun, used = time.perf_counter(), time.thread_time()
        content = self.work.make(unit)
        host = this_host()
        receipt = Receipt(
            key=unit.key,
            first=unit.first,
            women=unit.women,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            bits=bits,
            engine=unit.made["engine"],
            host=host.name,
            process=os.getpid(),
            cpu=host.cpu,
            target=host.target,
            versions=host.versions,
            seconds=round(time.thread_time() - used, 3),
            wall=round(time.perf_counter() - begun, 3),
            finished=round(time.time(), 3),
        )
        self.shelf.put(receipt, content)
        return receipt


def require_engine(unit: Unit) -> None:
    """Raise InputError where this worker is another version than the unit is planned for."""
    wanted, mine = unit.made.get("engine"), engine(*unit.made.get("sources", ()))
    if wanted != mine:
        raise InputError(
            f"{this_host().name}: has seedsoil {mine}, and the units are planned for {wanted}; install "
            "the same version on every machine, or plan anew"
        )


_bits: dict[str, str] = {}


def _warm(work: Work, unit: Unit) -> str:
    """The name of this worker's bits for the unit's part; the first time kernels are compiled or loaded."""
    if unit.part not in _bits:
        with one_compiles():
            inputs = work.inputs(unit)
        _bits[unit.part] = bits_of(arithmetic(), inputs)
    return _bits[unit.part]


def complete(
    work: Work,
    units: Sequence[Unit],
    shelf: Shelf,
    backend: Backend,
    *,
    leases: Leases | None = None,
    progress: Callable[[Unit], object] | None = None,
) -> Made:
    """Have every one of `units` on the shelf, whole.

    `leases`: other processes do the same units, each at another one. `progress` is called with each unit as
    it is done, by whichever worker. Raises InputError where what a worker wrote is not seen here.
    """
    damaged = shelf.damaged(units)
    for unit in damaged:
        shelf.set_aside(unit.key)
    there = shelf.keys()
    left = {unit.key: unit for unit in units if unit.key not in there}
    reused = len(units) - len(left)
    watch = _Watch(shelf, left, progress)
    receipts: list[Receipt] = []
    doing = Doing(work, shelf.anywhere, None if leases is None else leases.anywhere)
    while left:
        before = len(left)
        for receipt in backend.map(doing, list(left.values())):
            if receipt is not None:
                receipts.append(receipt)
                watch.mine(receipt)
            elif leases is not None:
                watch.look()
        watch.look(now=True)
        _require_seen(receipts, shelf)
        if left and len(left) == before:
            time.sleep(LOOK_EVERY)  # others hold what is left
    return Made(receipts, reused, len(units) - reused - len(receipts), len(damaged))


def _require_seen(receipts: Sequence[Receipt], shelf: Shelf) -> None:
    """Raise InputError where units that workers have written are not on the shelf."""
    there = shelf.keys()
    unseen = sorted({receipt.host for receipt in receipts if receipt.key not in there})
    if unseen:
        raise InputError(
            f"{shelf.place}: what {', '.join(unseen[:4])} wrote there is not seen here; give a directory "
            "that all machines share, under the same path, or the address of a store"
        )


class _Watch:
    """What is left of the units, as this process's receipts and the shelf tell."""

    def __init__(
        self, shelf: Shelf, left: dict[str, Unit], progress: Callable[[Unit], object] | None
    ) -> None:
        self._shelf, self._left, self._progress = shelf, left, progress
        self._looked = time.monotonic()

    def mine(self, receipt: Receipt) -> None:
        """A unit that this process's workers have done."""
        self._done(receipt.key)
        self.look()

    def look(self, *, now: bool = False) -> None:
        """Ask the shelf what others have done, if it was not asked just now."""
        if not now and time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        for key in self._shelf.keys() & set(self._left):
            self._done(key)

    def _done(self, key: str) -> None:
        unit = self._left.pop(key, None)
        if unit is not None and self._progress is not None:
            self._progress(unit)
