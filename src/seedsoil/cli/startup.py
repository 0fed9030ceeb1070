"""What is settled before a command imports its libraries: which are kept out, and their threads."""

from __future__ import annotations

import os
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


def one_thread_of_algebra() -> None:
    """Let NumPy and SciPy, which are not imported yet, use one thread for matrices, unless told otherwise.

    Matrices of some hundred rows gain nothing from a second thread, and on a machine that does other work
    the threads wait for each other many times as long as the work takes.
    """
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
