"""Where the machine code of this version of the kernels is kept; found without importing Numba.

Numba's own cache notices a change only in the file of the function itself, not in the functions
that it calls. The cache therefore lies in a directory named by a digest of all kernel sources, so
that an upgrade or an edit can never run yesterday's machine code.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SHARED = "shared"
"""Its folder of the functions that are kept as other kernels call them."""
_PACKAGE = Path(__file__).parents[1]


def _numba_version() -> str:
    try:
        return version("numba")
    except PackageNotFoundError:  # there, but not installed as packages are
        import numba

        return str(numba.__version__)


@lru_cache(maxsize=1)
def cache_directory() -> Path:
    """Where the machine code of this version of the kernels is kept."""
    digest = hashlib.sha256(_numba_version().encode())
    sources = sorted(_PACKAGE.rglob("*.py"))
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
    (directory / SHARED).mkdir(exist_ok=True)
    return directory


def is_cached(name: str) -> bool:
    """Whether the kernel `name`, such as `course.simulate_range`, has been compiled here before."""
    return any(cache_directory().rglob(f"{name}-*.nbi"))
