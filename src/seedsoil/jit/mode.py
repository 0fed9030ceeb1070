"""Which way kernels run; asked of the environment, without importing Numba."""

from __future__ import annotations

import os

PLAIN = "SEEDSOIL_PLAIN_NUMBA"
"""Set to 1, kernels are compiled as Numba does it by itself: the way for versions of Numba not known here."""


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


def interpreted() -> bool:
    """Whether nothing is compiled: NUMBA_DISABLE_JIT, the readable reference."""
    return _is_set("NUMBA_DISABLE_JIT")


def plain_wanted() -> bool:
    """Whether kernels shall be compiled by Numba's public functions alone: SEEDSOIL_PLAIN_NUMBA."""
    return _is_set(PLAIN)
