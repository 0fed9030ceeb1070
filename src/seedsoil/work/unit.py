"""A unit of work and its receipt: named by what decides its content, and by what it holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def canonical(what: Any) -> str:
    """JSON that is the same for the same things."""
    return json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def named(what: Any) -> str:
    """The first 32 digits of SHA-256 of what is named: 128 bits, so that no two things share a name."""
    return hashlib.sha256(canonical(what).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Unit:
    """Women `first` … under what `made` says. The same unit has the same `key`, wherever it is planned.

    `made`: engine, hash of the parameters or draw, strategies with their hashes, policies, seed, outputs:
    all that decides the content, beside the women.
    """

    made: Mapping[str, Any]
    first: int
    women: int

    @cached_property
    def part(self) -> str:
        """The name of what all units of other women share."""
        return named(self.made)

    @cached_property
    def key(self) -> str:
        """The unit's name: the hash of all that decides its content."""
        return named({"made": self.made, "first": self.first, "women": self.women})


@dataclass(frozen=True)
class Receipt:
    """What a worker says of a unit that it has written: by whom, on what, how long, and the content's hash.

    `bits`: names the arithmetic of the worker and what it simulates with (`bits_of`): units of different bits
    are not merged.
    `seconds` of processor time, `wall` of the clock; `finished` is seconds since 1970.
    """

    key: str
    first: int
    women: int
    sha256: str
    size: int
    bits: str
    engine: str
    host: str
    process: int
    cpu: str
    target: str
    versions: Mapping[str, str]
    seconds: float
    wall: float
    finished: float

    def line(self) -> bytes:
        """The receipt as one line of JSON."""
        return canonical(asdict(self)).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Receipt | None:
        """The receipt of a line; None if it is none."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError):
            return None


def units_words(count: int) -> str:
    """`1 unit`, `2,000 units`."""
    return f"{count:,} unit{'s' * (count != 1)}"


def bits_of(arithmetic: str, inputs: str) -> str:
    """The name of a worker's bits, for a receipt: its arithmetic, and what it simulates a part with."""
    return f"{arithmetic[:12]}-{named([arithmetic, inputs])[:12]}"


def require_same_bits(receipts: Sequence[Receipt]) -> None:
    """Raise InputError for units of one part from workers whose bits differ; it says which hosts they are."""
    _require_same({receipt.key: receipt.bits for receipt in receipts}, receipts)


def require_same_arithmetic(receipts: Sequence[Receipt]) -> None:
    """Raise InputError for units of any parts from workers whose arithmetic differs."""
    _require_same({r.key: r.bits.partition("-")[0] for r in receipts}, receipts)


def _require_same(bits_by_key: Mapping[str, str], receipts: Sequence[Receipt]) -> None:
    by_bits: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        by_bits.setdefault(bits_by_key[receipt.key], []).append(receipt)
    if len(by_bits) < 2:
        return
    told = []
    for bits, own in sorted(by_bits.items(), key=lambda one: -len(one[1])):
        hosts = sorted({f"{r.host} ({r.cpu}, {r.versions.get('libc', '')})" for r in own})
        told.append(f"{bits}: {len(own):,} units by {', '.join(hosts[:4])}")
    raise InputError(
        "the machines calculate differently in the last bit, and their units are not merged: "
        f"{'; '.join(told)}. "
        "Do all units on machines of one kind"
    )
