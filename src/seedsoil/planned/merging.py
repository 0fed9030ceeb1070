"""What is on the shelf, put together: one tally a part, in any order, and a digest of them all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError
from seedsoil.planned.contents import tally_in
from seedsoil.planned.measured import blocks_of, who
from seedsoil.planned.paired import SIDES, paired
from seedsoil.reductions.tally import Tally
from seedsoil.work.unit import canonical, require_same_arithmetic, require_same_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seedsoil.planned.plan import Plan
    from seedsoil.work.shelf import Shelf
    from seedsoil.work.unit import Receipt, Unit

PAIR = "comparison"
"""What a part holds that was put together of two strategies: the differences of the same women."""


@dataclass(frozen=True)
class Part:
    """One part of a plan, whole: what decides it, and its tally: of a strategy, or of one beside the first.

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
            of = {k: v for k, v in part.made.items() if k not in _NOT_COUNTED}
            women = [self.plan.segments[0].first, self.plan.women]
            made.update(f"{canonical([of, women])}\n{part.digest}\n".encode())
        return made.hexdigest()


_NOT_COUNTED = ("engine", "outputs", "results_hash")
"""Of what decides a part, that which says nothing of what was counted: what else units keep, and with which
code. The numbers that results read are known by what they gave."""


def merge(plan: Plan, shelf: Shelf, *, progress: Callable[[int], object] | None = None) -> Merged:
    """The units of a plan put together: one strategy's tally, or each of several compared with the first.

    Raises InputError where some are missing or damaged, and where workers that calculate differently made
    them. `progress` is called with women added since the last call. One unit under two strategies is in
    memory at a time.
    """
    reading = _Reading(shelf, progress)
    parts: list[Part] = []
    for draw in plan.draws:
        parts += _compared(plan, draw, reading) if plan.paired else [_counted(plan, draw, reading)]
    reading.require_whole(len(plan.units()))
    receipts = reading.receipts
    return Merged(
        plan,
        shelf,
        tuple(parts),
        len(receipts),
        sum(receipt.seconds for receipt in receipts),
        tuple(sorted({receipt.host for receipt in receipts})),
        tuple(sorted({receipt.cpu for receipt in receipts})),
    )


class _Reading:
    """Reads units, counts those that are missing or damaged, and keeps the receipts of the others."""

    def __init__(self, shelf: Shelf, progress: Callable[[int], object] | None) -> None:
        self._shelf, self._progress = shelf, progress
        self._there = shelf.keys()
        self._missing = self._damaged = 0
        self.receipts: list[Receipt] = []

    @property
    def whole(self) -> bool:
        """Whether every unit so far was there and whole."""
        return not (self._missing or self._damaged)

    def content(self, unit: Unit, own: list[Receipt]) -> bytes | None:
        """What a unit holds, its receipt added to `own`; None where it is not there or not whole."""
        if unit.key not in self._there:
            self._missing += 1
            return None
        found = self._shelf.get(unit.key)
        if found is None:
            self._damaged += 1
            return None
        own.append(found[0])
        self.receipts.append(found[0])
        if self._progress is not None:
            self._progress(unit.women)
        return found[1]

    def require_whole(self, units: int) -> None:
        """Raise InputError where any of `units` was not."""
        if self.whole:
            return
        told = [f"{self._missing:,} are missing"] if self._missing else []
        told += [f"{self._damaged:,} are damaged"] if self._damaged else []
        raise InputError(
            f"{self._shelf.place}: {' and '.join(told)} of {units:,} units; `seedsoil shards run` does them, "
            "`seedsoil shards status` says why"
        )


def _counted(plan: Plan, draw: Mapping[str, float], reading: _Reading) -> Part:
    """The one strategy of a plan under a draw."""
    (made,) = plan.made_of(draw)
    tally = Tally()
    own: list[Receipt] = []
    for unit in plan.units_of(made):
        content = reading.content(unit, own)
        if content is not None:
            tally.add(tally_in(content))
    require_same_bits(own)
    return Part.of(made, tally)


def _compared(plan: Plan, draw: Mapping[str, float], reading: _Reading) -> list[Part]:
    """Each strategy of a plan beside the first, under a draw: the same women, unit by unit."""
    each = plan.made_of(draw)
    tallies = [Tally() for _ in each[1:]]
    receipts: list[list[Receipt]] = [[] for _ in each]
    for same in zip(*map(plan.units_of, each), strict=True):
        one = reading.content(same[0], receipts[0])
        for unit, own, tally in zip(same[1:], receipts[1:], tallies, strict=True):
            other = reading.content(unit, own)
            if one is not None and other is not None and reading.whole:
                tally.add(_differences(one, other, plan.by, unit))
    for own in receipts:
        require_same_bits(own)
    require_same_arithmetic([receipt for own in receipts for receipt in own])
    common = {**plan.drawn(draw), "outputs": [PAIR], "by": plan.by}
    return [
        Part.of({**common, "strategies": [each[0]["strategy"], made["strategy"]]}, tally)
        for made, tally in zip(each[1:], tallies, strict=True)
    ]


def _differences(one: bytes, other: bytes, by: str | None, unit: Unit) -> Tally:
    """The tally of a unit's women under two strategies."""
    (beyond, women), (others_beyond, others) = who(one), who(other)
    if women != others:
        last = unit.first + unit.women - 1
        raise InputError(
            f"women {unit.first:,} to {last:,}: are others under one strategy than under another, so that "
            "they were made on machines that calculate differently. Do all units on machines of one kind"
        )
    tally = Tally()
    for mine, theirs in zip(blocks_of(one, by), blocks_of(other, by), strict=True):
        tally.add(paired(mine, theirs, by=by))
    tally.add_counts("simulated", np.array([unit.women]))
    for side, count in zip(SIDES, (beyond, others_beyond), strict=True):
        tally.add_counts(f"truncated, {side}", np.array([count]))
    return tally
