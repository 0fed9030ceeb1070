"""How kernels are compiled and where machine code is kept: all knowledge of Numba's inside.

The names below are all that other packages use. Nothing else in the program imports Numba or llvmlite, and
this package imports them only with the first kernel.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedsoil.jit.cache import cache_directory, is_cached, use_directory
    from seedsoil.jit.decorators import (
        compile_for_kernels,
        compiled,
        inlined,
        load_compiler,
        made_elsewhere,
        shared,
    )
    from seedsoil.jit.mode import interpreted, plain_wanted

_HOMES = {
    "cache": ("cache_directory", "is_cached", "use_directory"),
    "decorators": (
        "compile_for_kernels",
        "compiled",
        "inlined",
        "load_compiler",
        "made_elsewhere",
        "shared",
    ),
    "mode": ("interpreted", "plain_wanted"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "cache_directory",
    "compile_for_kernels",
    "compiled",
    "inlined",
    "interpreted",
    "is_cached",
    "load_compiler",
    "made_elsewhere",
    "plain_wanted",
    "shared",
    "use_directory",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
