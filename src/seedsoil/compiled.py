"""The one way a function is compiled: Numba, cached on disk, the interpreter lock released.

The same functions run uncompiled when the environment has ``NUMBA_DISABLE_JIT=1``: that is the
readable reference, and a test asks it for the same bits.

Numba's own cache notices a change only in the file of the function itself, not in the functions
that it calls. The cache therefore lies in a directory named by a digest of all kernel sources, so
that an upgrade or an edit can never run yesterday's machine code.

As other kernels call it, a function is compiled apart, without machine code (see `linked`).
"""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parent
_SHARED = "shared"  # folder of the functions that are kept as other kernels call them
# error_model="numpy": a division by zero gives infinity, as in NumPy, instead of a check at every
# division; the kernels give "never" as infinity and guard where zero is legal.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


@lru_cache(maxsize=1)
def cache_directory() -> Path:
    """Where the machine code of this version of the kernels is kept."""
    digest = hashlib.sha256(numba.__version__.encode())
    sources = sorted([*(_PACKAGE / "biology").glob("*.py"), *_PACKAGE.glob("*.py")])
    for source in sources:
        digest.update(source.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    directory = root / "seedsoil" / f"kernels-{digest.hexdigest()[:16]}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        directory = Path(tempfile.gettempdir()) / f"seedsoil-{os.getuid()}" / directory.name
        directory.mkdir(parents=True, exist_ok=True)
    (directory / _SHARED).mkdir(exist_ok=True)
    return directory


def is_cached(name: str) -> bool:
    """Whether the kernel `name`, such as `course.simulate_range`, has been compiled here before."""
    return any(cache_directory().rglob(f"{name}-*.nbi"))


def _cached(function: Callable[..., Any], directory: Path, **options: Any) -> Any:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(directory)
    try:
        return numba.njit(cache=True, **_OPTIONS, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


_made_elsewhere: dict[str, Callable[[], object]] = {}


def made_elsewhere(name: str, wait: Callable[[], object]) -> None:
    """Another process compiles the shared kernel `name`: `wait` is called before it is needed here."""
    _made_elsewhere[name] = wait


def _for_kernels(function: Callable[P, R], make: Callable[[], Any]) -> Callable[P, R]:
    """`function`, cached for calls from Python; kernels that call it get what `make` gives."""
    result = _cached(function, cache_directory())
    if not hasattr(result, "get_call_template"):  # NUMBA_DISABLE_JIT
        return cast(Callable[P, R], result)
    called = lru_cache(maxsize=1)(make)

    def compile_uncollected(signature: Any) -> Any:
        # Looking for garbage among all that a compiler keeps takes a fifth of its time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return type(result).compile(result, signature)
        finally:
            if collecting:
                gc.enable()

    def get_call_template(args: Any, kws: Any) -> Any:
        wait = _made_elsewhere.pop(_name(function), None)
        if wait is not None:
            wait()
        # One version for `draw=0` and `draw=n`: Numba makes one for every literal argument.
        return called().get_call_template(tuple(numba.types.unliteral(a) for a in args), kws)

    result.compile = compile_uncollected
    result.get_call_template = get_call_template
    result.get_overload = lambda signature: called().get_overload(signature)
    return cast(Callable[P, R], result)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, compiled on first use and cached in `cache_directory()`."""

    def make() -> Any:
        from seedsoil.linked import linked

        return linked(function, **_OPTIONS)

    return _for_kernels(function, make)


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and cached also as other kernels call it: for large ones that several call."""

    def make() -> Any:
        from seedsoil.linked import call_where_it_lies, called_options

        return call_where_it_lies(
            _cached(function, cache_directory() / _SHARED, **called_options())
        )

    return _for_kernels(function, make)
