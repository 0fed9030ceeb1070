"""Memory that is not enough: found before the work where a limit says so, and told in one line."""

from __future__ import annotations

import contextlib
import errno
import os

from seedsoil.cli import startup

LEAST_MB = 1_000
"""Address space with which every command simulates a small cohort with kernels that are kept, on a few cores,
where libraries are told to reserve little. At 850 MB some end in words of their libraries, and at 750 some
never end."""
FIRST_MB = 1_300
"""The same while kernels are compiled: at 1,024 MB the first run ends for want of memory."""
_ARENA_MAX = -8  # M_ARENA_MAX of mallopt(3)
_SIGNS = (
    "failed to map segment",
    "cannot allocate memory",
    "can't start new thread",
    "failed to launch worker thread",
    "could not find/load shared object",
    "insufficient memory",
)
"""What libraries say where the memory for them is not enough."""


def limit_mb() -> int | None:
    """The address space that this process may use (`ulimit -v`), in MB; None if there is no limit."""
    try:
        import resource
    except ImportError:  # not a Unix
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft // 1_000_000


def _missed(limit: int) -> tuple[int, str] | None:
    """The address space in MB that this run takes at least, and of what, if the limit leaves less."""
    if limit >= FIRST_MB:
        return None
    least = (LEAST_MB, "the smallest cohort") if limit < LEAST_MB else _least()
    return least if limit < least[0] else None


def _least() -> tuple[int, str]:
    """The address space in MB that this run takes at least, and of what."""
    from seedsoil.jit import interpreted, is_cached
    from seedsoil.simulation.warmup import TREATED

    if interpreted() or is_cached(TREATED):
        return LEAST_MB, "the smallest cohort"
    return FIRST_MB, "the first run, which compiles the kernels,"


def require() -> None:
    """Raise MemoryError where a limit leaves less than simulating takes."""
    limit = limit_mb()
    if limit is not None and _missed(limit):
        raise MemoryError


def reserve_little() -> None:
    """Under a limit, tell the libraries, which are not imported yet, to reserve little address space.

    Matrices use one thread, and all threads allocate from one heap, where glibc would reserve 64 MB for each.
    Processes that this one starts do likewise.
    """
    if limit_mb() is None:
        return
    startup.one_thread_of_algebra()
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, int(os.environ["MALLOC_ARENA_MAX"]))


def ran_out(error: BaseException | None) -> bool:
    """Whether memory that was not enough is behind `error`."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        told = str(error).lower()
        if not isinstance(error, ValueError) and any(sign in told for sign in _SIGNS):
            return True
        error = error.__cause__ or error.__context__
    return False


def shortage() -> str:
    """One line on memory that was not enough, with the limit if there is one."""
    limit = limit_mb()
    if limit is None:
        return "not enough memory; simulate fewer women or use fewer --threads"
    missed = _missed(limit)
    told = f", and {missed[1]} needs {missed[0]:,}" if missed else ""
    return f"not enough memory: the limit of this process (ulimit -v) is {limit:,} MB{told}"
