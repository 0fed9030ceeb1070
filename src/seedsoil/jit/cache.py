"""The directory where machine code is kept, and its files; without importing Numba.

Loading a kernel unpickles its file and runs machine code, so the directory must be one that nobody else can
write. Where there is none, a directory of this process alone serves, or nothing is kept. A file begins with
the SHA-256 of the rest: one that was cut off or damaged is compiled again, and never loaded.

Numba's own cache notices a change only in the file of the function itself, not in the functions that it
calls. The directory is therefore named by a digest of all that kernels are made of.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import logging
import os
import stat
import sys
import time
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seedsoil.jit.mode import plain_wanted
from seedsoil.jit.sources import digest

_DAYS_KEPT = 30
"""Directories of other versions go when they have not been used for so long."""
_DIGEST_BYTES = hashlib.sha256().digest_size
_log = logging.getLogger("seedsoil.jit")
_given: list[Path] = []


class _NotSafe(Exception):
    """A directory that other users could write, or that cannot be made."""


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # there, but not installed as packages are
        return str(getattr(__import__(distribution), "__version__", "unknown"))


def use_directory(directory: Path) -> None:
    """Keep machine code in `directory`, which the process that started this one has chosen."""
    _given[:] = [directory]
    cache_directory.cache_clear()


@lru_cache(maxsize=1)
def cache_directory() -> Path | None:
    """Where the machine code of this version of the kernels is kept; None if it cannot be kept.

    `seedsoil/kernels-<digest>` in the user's cache directory (platformdirs: `XDG_CACHE_HOME` or `~/.cache`).
    """
    if _given:
        return _given[0]
    # The machine code is for this interpreter and by this compiler, and the two ways make different files.
    versions = [sys.version, _version("numba"), _version("llvmlite"), f"plain {plain_wanted()}"]
    name = f"kernels-{digest(*versions)[:16]}"
    relative = os.environ.get("XDG_CACHE_HOME", "")
    if relative and not Path(relative).is_absolute():
        _log.warning("XDG_CACHE_HOME is no absolute path and is not used: %s", relative)
    try:
        return _kept_directory(_users_cache(), name)
    except (OSError, _NotSafe) as problem:
        return _directory_of_this_process(str(problem))


def _users_cache() -> Path:
    import platformdirs

    try:
        cache = Path(platformdirs.user_cache_path("seedsoil", appauthor=False))
    except (KeyError, RuntimeError) as error:
        raise _NotSafe(f"no home directory is known ({error})") from error
    if not cache.is_absolute():
        raise _NotSafe("no home directory is known")
    return cache


def _kept_directory(base: Path, name: str) -> Path:
    """`base`/`name`, made if it is missing, that only this user can write or read."""
    _refuse_anothers_home(base)
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_own(base)
    if stat.S_IMODE(base.stat().st_mode) & 0o022:
        base.chmod(0o700)
    for parent in base.resolve().parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise _NotSafe(f"any user can write {parent}")
    directory = base / name
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        _require_own(directory)
        if stat.S_IMODE(directory.stat().st_mode) & 0o077:
            raise _NotSafe(f"{directory} is open to other users; delete it") from None
        with contextlib.suppress(OSError):  # a cache on a disk that is read only
            os.utime(directory)
    else:
        _delete_unused(base)
    return directory


def _require_own(directory: Path) -> None:
    seen = directory.lstat()
    if stat.S_ISLNK(seen.st_mode):
        raise _NotSafe(f"{directory} is a symbolic link")
    if not stat.S_ISDIR(seen.st_mode):
        raise _NotSafe(f"{directory} is no directory")
    if seen.st_uid != os.geteuid():
        raise _NotSafe(f"{directory} belongs to another user")


def _refuse_anothers_home(base: Path) -> None:
    # As root in the home of somebody else (`sudo` keeps HOME), what is made there would bar its owner.
    if os.geteuid() != 0:
        return
    for place in (base, *base.parents):
        if place.exists():
            if place.stat().st_uid != 0:
                raise _NotSafe(f"{place} belongs to another user")
            return


def _delete_unused(base: Path) -> None:
    """Delete what other versions keep in `base` and did not use for `_DAYS_KEPT` days."""
    import shutil

    oldest = time.time() - 86_400.0 * _DAYS_KEPT
    for other in base.glob("kernels-*"):
        with contextlib.suppress(OSError):
            if other.lstat().st_mtime < oldest:
                shutil.rmtree(other, ignore_errors=True)


def _directory_of_this_process(problem: str) -> Path | None:
    import shutil
    import tempfile

    try:
        directory = Path(tempfile.mkdtemp(prefix="seedsoil-kernels-"))
    except OSError as error:
        _log.warning(
            "compiled kernels are not kept, every process compiles them anew: %s; %s",
            problem,
            error,
        )
        return None
    _log.warning(
        "compiled kernels are kept for this process alone, the next compiles them anew: %s", problem
    )
    maker = os.getpid()

    def delete() -> None:
        if os.getpid() == maker:  # not a fork of it
            shutil.rmtree(directory, ignore_errors=True)

    atexit.register(delete)
    return directory


def is_cached(name: str) -> bool:
    """Whether the kernel `name`, such as `loop.simulate_treated`, has been compiled here before."""
    directory = cache_directory()
    if directory is None:
        return False
    return any(any(directory.rglob(f"*{name}-*{kind}")) for kind in (".kernel", ".nbi"))


def read_sealed(path: Path) -> bytes | None:
    """What `write_sealed` wrote; None if there is no such file or, with a warning, if it is damaged."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("a kernel is compiled again, since its file cannot be read: %s", error)
        return None
    contents = found[_DIGEST_BYTES:]
    if hashlib.sha256(contents).digest() == found[:_DIGEST_BYTES]:
        return contents
    _log.warning("a kernel is compiled again, since its file is damaged: %s", path)
    discard(path)
    return None


def write_sealed(path: Path, contents: bytes) -> None:
    """Write a file whole or not at all; a warning, the first time, if it cannot be written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        partial.write_bytes(hashlib.sha256(contents).digest() + contents)
        partial.replace(path)
    except OSError as error:
        discard(partial)
        _cannot_keep(str(error))


@lru_cache(maxsize=1)
def _cannot_keep(problem: str) -> None:
    _log.warning("compiled kernels are not kept, the next process compiles them anew: %s", problem)


def discard(path: Path) -> None:
    """Delete a file, if that is possible."""
    with contextlib.suppress(OSError):
        path.unlink()
