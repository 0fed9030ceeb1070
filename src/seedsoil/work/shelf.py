"""The finished units of a place, each a file of its own: a receipt and the content that it vouches for.

A unit is done if its file is there and whole: its content has the length and the SHA-256 that the receipt
says. One that is not is set aside, and so is done again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.errors import InputError
from seedsoil.work.unit import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.work.place import Place
    from seedsoil.work.unit import Unit

FOLDER = "units"
_LINE = 4096
"""Bytes that hold a receipt."""


@dataclass(frozen=True)
class Shelf:
    """Finished units, by key."""

    place: Place

    @property
    def anywhere(self) -> Shelf:
        """The same shelf for a process whose working directory may be another."""
        return Shelf(self.place.anywhere)

    def path(self, key: str) -> str:
        """The name of a unit's file, seen from the place."""
        return f"{FOLDER}/{key}.unit"

    def keys(self) -> set[str]:
        """Keys of the files that are there, not looked into."""
        names = self.place.files(FOLDER)
        return {name.removesuffix(".unit") for name in names if name.endswith(".unit")}

    def count(self, units: Iterable[Unit]) -> int:
        """How many of `units` have a file, not looked into; what else lies there is not counted."""
        return len({unit.key for unit in units} & self.keys())

    def put(self, receipt: Receipt, content: bytes) -> None:
        """Write a finished unit."""
        self.place.write(self.path(receipt.key), receipt.line() + content)

    def receipt(self, key: str) -> Receipt | None:
        """What a unit's receipt says, its content unread; None where there is none that can be read."""
        head = self.place.read(self.path(key), _LINE)
        return None if head is None else _receipt(key, head)

    def get(self, key: str) -> tuple[Receipt, bytes] | None:
        """A unit's receipt and content; None where it is missing or not whole."""
        found = self.place.read(self.path(key))
        if found is None:
            return None
        line, _, content = found.partition(b"\n")
        receipt = _receipt(key, line + b"\n")
        if receipt is None or len(content) != receipt.size:
            return None
        if hashlib.sha256(content).hexdigest() != receipt.sha256:
            return None
        return receipt, content

    def whole(self, unit: Unit) -> tuple[Receipt, bytes]:
        """Receipt and content of a unit that is done; InputError where it is not there or not whole."""
        found = self.get(unit.key)
        if found is None:
            path = self.path(unit.key)
            raise InputError(
                f"{self.place}: {path} is not there or not whole; the same command makes it again"
            )
        return found

    def set_aside(self, key: str) -> None:
        """Take away a unit that is not whole, so that it is done again."""
        self.place.delete(self.path(key))

    def damaged(self, units: Iterable[Unit]) -> list[Unit]:
        """Those of `units` whose files are there and not whole."""
        there = self.keys()
        return [unit for unit in units if unit.key in there and self.get(unit.key) is None]


def _receipt(key: str, head: bytes) -> Receipt | None:
    line, end, _ = head.partition(b"\n")
    receipt = Receipt.read(line) if end else None
    return receipt if receipt is not None and receipt.key == key else None
