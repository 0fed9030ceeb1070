"""What is on the shelf, put together: one tally a part, in any order, and a digest of them all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError
from seedsoil.planned.plan import WOMEN
from seedsoil.planned.women import tally_in
from seedsoil.reductions.tally import Tally
from seedsoil.work.unit import canonical, require_same_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seedsoil.planned.plan import Plan
    from seedsoil.work.shelf import Shelf


@dataclass(frozen=True)
class Part:
    """One part of a plan, whole: what its units have in common, and their tally.

    The tally is kept as the bytes of its file, so that a thousand draws are in memory at once.
    """

    made: Mapping[str, Any]
    content: bytes
    digest: str

    @classmethod
    def of(cls, made: Mapping[str, Any], tally: Tally) -> Part:
        """The part with that tally."""
        return cls(made, tally.to_bytes(), tally.digest())

    @property
    def tally(self) -> Tally:
        """What was counted and summed."""
        return Tally.from_bytes(self.content)

    @property
    def draw(self) -> dict[str, float]:
        """The numbers that were drawn for it; empty if none were."""
        return dict(self.made.get("draw", {}))


@dataclass(frozen=True)
class Merged:
    """A plan done and put together.

    `digest`: SHA-256 of what was counted and of what decides it, the same however it was divided and
    wherever it ran. `seconds` of processor time; `hosts` and `cpus` that did the units.
    """

    plan: Plan
    shelf: Shelf
    parts: tuple[Part, ...]
    units: int
    seconds: float
    hosts: tuple[str, ...]
    cpus: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the tallies and of what they are of."""
        made = hashlib.sha256()
        for part in sorted(self.parts, key=lambda part: canonical(part.made)):
            of = {k: v for k, v in part.made.items() if k not in ("engine", "outputs")}
            women = [self.plan.segments[0].first, self.plan.women]
            made.update(f"{canonical([of, women])}\n{part.digest}\n".encode())
        return made.hexdigest()


def merge(plan: Plan, shelf: Shelf, *, progress: Callable[[int], object] | None = None) -> Merged:
    """The units of a plan put together.

    Raises InputError where some are missing or damaged, and where workers that calculate differently made
    units of one part. `progress` is called with women added since the last call.
    """
    parts, receipts = [], []
    missing, damaged = 0, []
    there = shelf.keys()
    for made in plan.made():
        tally, own = Tally(), []
        for unit in plan.units_of(made):
            if unit.key not in there:
                missing += 1
                continue
            found = shelf.get(unit.key)
            if found is None:
                damaged.append(unit.key)
                continue
            own.append(found[0])
            tally.add(_tally(found[1], made))
            if progress is not None:
                progress(unit.women)
        require_same_bits(own)
        receipts += own
        parts.append(Part.of(made, tally))
    if missing or damaged:
        raise InputError(
            f"{shelf.place}: {_counted(missing, damaged)} of {len(plan.units()):,} units; "
            "`seedsoil shards run` does them, `seedsoil shards status` says why"
        )
    return Merged(
        plan,
        shelf,
        tuple(parts),
        len(receipts),
        sum(receipt.seconds for receipt in receipts),
        tuple(sorted({receipt.host for receipt in receipts})),
        tuple(sorted({receipt.cpu for receipt in receipts})),
    )


def _tally(content: bytes, made: Mapping[str, Any]) -> Tally:
    return tally_in(content) if WOMEN in made["outputs"] else Tally.from_bytes(content)


def _counted(missing: int, damaged: Sequence[str]) -> str:
    told = [f"{missing:,} are missing"] if missing else []
    return " and ".join([*told, *([f"{len(damaged):,} are damaged"] if damaged else [])])
