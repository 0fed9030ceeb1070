"""Kernels compiled as Numba does it by itself, through its public functions alone.

It is the way for versions of Numba whose inside is not known here, and when SEEDSOIL_PLAIN_NUMBA asks for it.
It takes several times as long, and gives the same bits. Numba's own files carry no checksum, so each gets
one beside it when the process ends, and a file without or with another is deleted before it is loaded.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numba

from seedsoil.jit.cache import cache_directory, discard, read_sealed, write_sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_log = logging.getLogger("seedsoil.jit")


def njit_plain(function: Callable[..., Any], **options: Any) -> Any:
    """`function` as `numba.njit` gives it, kept on disk where that is possible."""
    directory = cache_directory()
    if directory is None or not _ready(directory):
        return numba.njit(**options)(function)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(directory)
    try:
        return numba.njit(cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


@lru_cache(maxsize=1)
def _ready(directory: Path) -> bool:
    """Whether Numba can write here; it would stop the program where the disk is full."""
    probe = directory / "probe"
    try:
        probe.write_bytes(bytes(_ROOM))
    except OSError as error:
        _log.warning("compiled kernels are not kept: %s", error)
        return False
    finally:
        discard(probe)
    for file in _files(directory):
        if read_sealed(_seal(file)) != _digest(file):
            _log.warning(
                "a kernel is compiled again, since its file is not as it was left: %s", file
            )
            discard(file)
            discard(_seal(file))
    atexit.register(_seal_all, directory)
    return True


_ROOM = 32 * 2**20
"""More than all kernels take, in bytes."""


def _files(directory: Path) -> list[Path]:
    return [*directory.rglob("*.nbi"), *directory.rglob("*.nbc")]


def _seal(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _digest(file: Path) -> bytes | None:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return None


def _seal_all(directory: Path) -> None:
    for file in _files(directory):
        digest = _digest(file)
        if digest is not None:
            write_sealed(_seal(file), digest)
