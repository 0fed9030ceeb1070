"""Memory that is not enough: found before the work where a limit says so, and told in one line."""

from __future__ import annotations

import errno

LEAST_MB = 1_300
"""Address space with which every command simulates a small cohort, kernels kept or not, on a few cores. With
less, some end in words of their libraries, and at 450 to 900 MB some never end."""
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


def require() -> None:
    """Raise MemoryError where a limit leaves less than simulating takes."""
    limit = limit_mb()
    if limit is not None and limit < LEAST_MB:
        raise MemoryError


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
    least = f", and the smallest cohort needs {LEAST_MB:,}" if limit < LEAST_MB else ""
    return f"not enough memory: the limit of this process (ulimit -v) is {limit:,} MB{least}"
