"""The one way a function is compiled: Numba, cached on disk, the interpreter lock released.

The same functions run uncompiled when the environment has ``NUMBA_DISABLE_JIT=1``: that is the
readable reference, and a test asks it for the same bits.

As other kernels call it, a function is compiled apart, without machine code (see `linked`).
"""

from __future__ import annotations

import gc
from functools import lru_cache, update_wrapper
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numba

from seedsoil.jit.cache import SHARED, cache_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

P = ParamSpec("P")
R = TypeVar("R")

# error_model="numpy": a division by zero gives infinity, as in NumPy, instead of a check at every
# division; the kernels give "never" as infinity and guard where zero is legal.
# _nrt=False: the kernels make no arrays, so nothing needs to count references to them, which costs 6 %.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def _cached(function: Callable[..., Any], directory: Path, **options: Any) -> Any:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(directory)
    try:
        return numba.njit(cache=True, **_OPTIONS, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def load_compiler() -> None:
    """Import what Numba imports with its first function."""
    from numba.core.registry import cpu_target

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


_made_elsewhere: dict[str, Callable[[], None]] = {}


def made_elsewhere(name: str, wait: Callable[[], None]) -> None:
    """Another process compiles the shared kernel `name`: `wait` is called before it is needed here."""
    _made_elsewhere[name] = wait


@lru_cache(maxsize=1)
def _quick() -> bool:
    """Whether `linked`, which goes by how Numba works inside, can be used with this version of it."""
    try:
        from seedsoil.jit.linking import TESTED, try_out

        if not numba.__version__.startswith(TESTED):
            try_out()
    except Exception:
        return False
    return True


def _for_kernels(function: Callable[P, R], make: Callable[[], Any]) -> Callable[P, R]:
    """`function`, cached for calls from Python; kernels that call it get what `make` gives."""
    result = _cached(function, cache_directory(), no_cfunc_wrapper=True)
    if not hasattr(result, "get_call_template"):  # NUMBA_DISABLE_JIT
        return cast("Callable[P, R]", result)

    @lru_cache(maxsize=1)
    def called() -> Any:
        if _quick():
            return make()
        return _cached(function, cache_directory() / SHARED)

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
    return cast("Callable[P, R]", result)


def _taken_in(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    """`function`, of which kernels that call it take in the intermediate code."""

    def make() -> Any:
        from seedsoil.jit.linking import linked

        return linked(function, **options, **_OPTIONS)

    return _for_kernels(function, make)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, compiled on first use and cached in `cache_directory()`."""
    return _taken_in(function)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and always written out where kernels call it: for the loop of treatment's every period.

    Left to itself the compiler calls most of these functions, which are large or stand in several places.
    """
    return _taken_in(function, forceinline=True)


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and cached also as other kernels call it: for large ones that several call."""

    def make() -> Any:
        from seedsoil.jit.linking import call_where_it_lies, called_options

        return call_where_it_lies(_cached(function, cache_directory() / SHARED, **called_options()))

    return _for_kernels(function, make)


class _Inner:
    """A kernel to other kernels, and to Python the function as it stands."""

    def __init__(self, function: Callable[..., Any], dispatcher: Any) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self._dispatcher = dispatcher  # its type refers to it but weakly
        self._numba_type_ = dispatcher._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        return self.py_func(*arguments)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, but run uncompiled when Python calls it: for what Python asks for a few numbers."""
    result = compiled(function)
    if result is function:  # NUMBA_DISABLE_JIT
        return result
    return cast("Callable[P, R]", _Inner(function, result))
