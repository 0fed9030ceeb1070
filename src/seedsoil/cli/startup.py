"""Keeps libraries out of a command that would be imported only because they are installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType


class _Absent:
    """An import finder that finds one package missing."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> None:
        if name == self.package:
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)


def keep_out(package: str) -> None:
    """Make `package` seem not installed for the rest of this process."""
    sys.meta_path.insert(0, _Absent(package))


@contextmanager
def without(package: str) -> Iterator[None]:
    """Within the block `package` seems not installed, unless it has been imported already."""
    finder = _Absent(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
