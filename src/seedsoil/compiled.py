"""The one way a function is compiled: Numba, cached on disk, the interpreter lock released.

The same functions run uncompiled when the environment has ``NUMBA_DISABLE_JIT=1``: that is the
readable reference, and a test asks it for the same bits.

Numba's own cache notices a change only in the file of the function itself, not in the functions
that it calls. The cache therefore lies in a directory named by a digest of all kernel sources, so
that an upgrade or an edit can never run yesterday's machine code.
"""

from __future__ import annotations

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
    return directory


def is_cached() -> bool:
    """True when the kernels of this version have been compiled on this machine before."""
    return any(cache_directory().rglob("course.*.nbi"))


def _ignore_literals(dispatcher: Any) -> None:
    """Compile one version for `draw=0` and `draw=n`: Numba makes one for every literal argument."""
    if not hasattr(dispatcher, "get_call_template"):  # NUMBA_DISABLE_JIT
        return
    original = dispatcher.get_call_template

    def get_call_template(args: Any, kws: Any) -> Any:
        return original(tuple(numba.types.unliteral(a) for a in args), kws)

    dispatcher.get_call_template = get_call_template


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, compiled on first use and cached in `cache_directory()`."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_directory())
    try:
        # error_model="numpy": a division by zero gives infinity, as in NumPy, instead of a check at
        # every division; the kernels give "never" as infinity and guard where zero is legal.
        result = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before
    _ignore_literals(result)
    return cast(Callable[P, R], result)
