"""The one way a function is compiled: Numba, kept on disk, the interpreter lock released.

The same functions run uncompiled when the environment has ``NUMBA_DISABLE_JIT=1``: that is the readable
reference, and a test asks it for the same bits. With a version of Numba whose inside is not known here, or
with ``SEEDSOIL_PLAIN_NUMBA=1``, they are compiled as Numba does it by itself (`plain`): slower, and to the
same bits.

As other kernels call it, a function is compiled apart, without machine code (see `linking`).
"""

from __future__ import annotations

import gc
import logging
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numba

from seedsoil.jit.cache import cache_directory
from seedsoil.jit.kept import KeptCode
from seedsoil.jit.mode import plain_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
R = TypeVar("R")

TESTED = "0.68."
"""How the versions of Numba begin of whose inside this package knows."""

# error_model="numpy": a division by zero gives infinity, as in NumPy, instead of a check at every
# division; the kernels give "never" as infinity and guard where zero is legal.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
# The kernels make no arrays, so nothing needs to count references to them, which costs 6 %.
_OWN_OPTIONS: dict[str, Any] = {**_OPTIONS, "_nrt": False}
_CALLED = "called"
"""Folder of the functions that are kept as other kernels call them."""
_log = logging.getLogger("seedsoil.jit")


@lru_cache(maxsize=1)
def plain() -> bool:
    """Whether kernels are compiled as Numba does it by itself, since this version of it is another inside."""
    if plain_wanted():
        return True
    if numba.__version__.startswith(TESTED):
        return False
    directory = cache_directory()
    passed = None if directory is None else directory / "numba-tried-out"
    if passed is not None and passed.exists():
        return False
    try:
        from seedsoil.jit.linking import try_out

        try_out()
        if passed is not None:
            passed.touch()
    except Exception as error:
        _log.warning(
            "kernels are compiled the way of Numba %s itself, which takes several times as long; "
            "seedsoil knows %sx (%s: %s)",
            numba.__version__,
            TESTED,
            type(error).__name__,
            error,
        )
        return True
    return False


def load_compiler() -> None:
    """Import what Numba imports with its first function."""
    from numba.core.registry import cpu_target

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


_made_elsewhere: dict[str, Callable[[], None]] = {}


def made_elsewhere(name: str, wait: Callable[[], None]) -> None:
    """Another process compiles the shared kernel `name`: `wait` is called before it is needed here."""
    _made_elsewhere[name] = wait


def compile_for_kernels(kernel: Callable[..., Any], *arguments: Any) -> None:
    """Compile `kernel` as other kernels call it, for arguments like these; nothing is run."""
    types = tuple(numba.typeof(argument) for argument in arguments)
    with _no_garbage_collection():
        kernel.get_call_template(types, {})  # type: ignore[attr-defined]


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    # Looking for garbage among all that a compiler keeps takes a fifth of its time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _decorated(function: Callable[P, R], for_kernels: Callable[[], Any]) -> Callable[P, R]:
    """`function`, kept for calls from Python; kernels that call it get what `for_kernels` gives."""
    if numba.config.DISABLE_JIT:
        return function
    if plain():
        from seedsoil.jit.plain import njit_plain

        return cast("Callable[P, R]", njit_plain(function, **_OPTIONS))
    directory = cache_directory()
    dispatcher: Any = numba.njit(no_cfunc_wrapper=True, **_OWN_OPTIONS)(function)
    if directory is not None:
        dispatcher._cache = KeptCode(function, directory)
    callee = lru_cache(maxsize=1)(for_kernels)
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

    def compile_uncollected(signature: Any) -> Any:
        with _no_garbage_collection():
            return type(dispatcher).compile(dispatcher, signature)

    def get_call_template(args: Any, kws: Any) -> Any:
        wait = _made_elsewhere.pop(name, None)
        if wait is not None:
            wait()
        # One version for `draw=0` and `draw=n`: Numba makes one for every literal argument.
        return callee().get_call_template(tuple(numba.types.unliteral(a) for a in args), kws)

    dispatcher.compile = compile_uncollected
    dispatcher.get_call_template = get_call_template
    dispatcher.get_overload = lambda signature: callee().get_overload(signature)
    dispatcher.for_kernels = callee
    return cast("Callable[P, R]", dispatcher)


def _linked(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    def for_kernels() -> Any:
        from seedsoil.jit.linking import linked

        return linked(function, **options, **_OWN_OPTIONS)

    return _decorated(function, for_kernels)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, compiled on first use and kept in `cache_directory()`."""
    return _linked(function)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and always written out where kernels call it: for the loop of treatment's every period.

    Left to itself the compiler calls most of these functions, which are large or stand in several places.
    """
    return _linked(function, forceinline=True)


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and kept also as other kernels call it: for large functions that several call."""

    def for_kernels() -> Any:
        from seedsoil.jit.linking import called

        directory = cache_directory()
        kept = None if directory is None else directory / _CALLED
        return called(function, kept, **_OWN_OPTIONS)

    return _decorated(function, for_kernels)
