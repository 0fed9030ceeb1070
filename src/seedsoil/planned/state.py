"""How far a plan is: what is done, what is missing and why, and when it will be done."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.work.leases import SECONDS, Leases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.planned.plan import Plan
    from seedsoil.work.leases import Lease
    from seedsoil.work.shelf import Shelf
    from seedsoil.work.unit import Receipt, Unit

RECENT = 600.0
"""Seconds of receipts from which the pace is told."""


@dataclass(frozen=True)
class State:
    """Units of a plan by what became of them; `receipts` of those done.

    `working`: held by a worker that says it lives; `silent`: held by one that has not said so in time, and
    free for anybody; `damaged`: there and not whole. `now`: seconds since 1970.
    """

    units: tuple[Unit, ...]
    receipts: tuple[Receipt, ...]
    working: tuple[tuple[Unit, Lease], ...]
    silent: tuple[tuple[Unit, Lease], ...]
    waiting: tuple[Unit, ...]
    damaged: tuple[Unit, ...]
    checked: bool
    now: float

    @property
    def women(self) -> int:
        """Women of all units; those under two draws or strategies, twice."""
        return sum(unit.women for unit in self.units)

    @property
    def done(self) -> int:
        """Women of the units that are done."""
        return sum(receipt.women for receipt in self.receipts)

    @property
    def pace(self) -> float | None:
        """Women a second, by all workers together, of late; None where nothing is done or nobody works."""
        late = [r for r in self.receipts if r.finished > self.now - max(RECENT, 5.0 * r.wall)]
        if not late:
            return None
        last = max(late, key=lambda r: r.finished)
        if not self.working and last.finished < self.now - max(60.0, 5.0 * last.wall):
            return None
        begun = min(r.finished - r.wall for r in late)
        return sum(r.women for r in late) / max(self.now - begun, 1e-3)

    @property
    def left(self) -> float | None:
        """Seconds until all is done, at this pace; 0 if it is."""
        if self.done >= self.women:
            return 0.0
        return None if self.pace is None else (self.women - self.done) / self.pace

    @property
    def seconds(self) -> float:
        """Of processor time, that the units done have taken."""
        return sum(receipt.seconds for receipt in self.receipts)

    @property
    def by_host(self) -> dict[str, tuple[int, float]]:
        """By host its units done and seconds of processor time."""
        found: dict[str, tuple[int, float]] = {}
        for receipt in self.receipts:
            units, seconds = found.get(receipt.host, (0, 0.0))
            found[receipt.host] = (units + 1, seconds + receipt.seconds)
        return dict(sorted(found.items()))


def state_of(plan: Plan, shelf: Shelf, *, verify: bool = False, lease: float = SECONDS) -> State:
    """How far a plan is. `verify`: contents are compared with their checksums, too."""
    there, held = shelf.keys(), Leases(shelf.place, lease).held()
    receipts: list[Receipt] = []
    working: list[tuple[Unit, Lease]] = []
    silent: list[tuple[Unit, Lease]] = []
    waiting: list[Unit] = []
    damaged: list[Unit] = []
    units = plan.units()
    for unit in units:
        if unit.key in there:
            found = shelf.get(unit.key) if verify else None
            receipt = found[0] if found else None if verify else shelf.receipt(unit.key)
            if receipt is None:
                damaged.append(unit)
            else:
                receipts.append(receipt)
        elif unit.key in held:
            of = held[unit.key]
            (working if of.alive else silent).append((unit, of))
        else:
            waiting.append(unit)
    return State(
        tuple(units), tuple(receipts), tuple(working), tuple(silent), tuple(waiting),
        tuple(damaged), verify, time.time(),
    )  # fmt: skip


def share_of(units: Sequence[Unit], number: int, of: int) -> list[Unit]:
    """The units of worker `number` of `of`, from 1: every `of`-th, so that all have some of each part."""
    return list(units[number - 1 :: of])
