"""Entries by name that are read when something is first asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


class Lazy(Mapping[str, V]):
    """Entries by name that `read` gives, which is called when something is first asked of them."""

    def __init__(self, read: Callable[[], Mapping[str, V]]) -> None:
        self._read = read
        self._entries: Mapping[str, V] | None = None

    def _known(self) -> Mapping[str, V]:
        if self._entries is None:
            self._entries = self._read()
        return self._entries

    def __reduce__(self) -> tuple[type, tuple[dict[str, V]]]:
        # Sent to another process it is what was read: the files are not known to be there.
        return dict, (dict(self._known()),)

    def __getitem__(self, name: str) -> V:
        return self._known()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())
