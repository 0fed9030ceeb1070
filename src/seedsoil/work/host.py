"""The machine that works: its processor, its versions, and whether it calculates as others do.

Machine code for this processor or for any (NUMBA_CPU_NAME=generic) gives the same bits. The C library need
not: on a processor without fused multiply-add its exponentials and logarithms differ in the last bit now and
then. `arithmetic` tells such machines apart, and what they made is not merged.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import platform
import socket
import struct
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

# What is asked of `seedsoil.jit` is imported inside functions: a module that imports it at its top is read as
# one that kernels are made of.
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES = ("seedsoil", "numpy", "numba", "llvmlite", "pyarrow")
_PROBES = 4096
COUNTING = (
    "reductions/*.py", "planned/contents.py", "planned/counted.py", "planned/measured.py",
    "planned/women.py", "planned/cohort_work.py", "strategies/measures.py",
    "results/quality*.py", "results/columns.py", "results/burden.py", "simulation/tables.py",
)  # fmt: skip
"""Files that decide what is counted, beside those that kernels are made of."""


@dataclass(frozen=True)
class Host:
    """A machine, as receipts name it."""

    name: str
    cpu: str
    target: str
    versions: Mapping[str, str]


@lru_cache(maxsize=1)
def this_host() -> Host:
    """The machine of this process."""
    from seedsoil._version import __version__
    from seedsoil.jit import interpreted

    versions = {"python": platform.python_version(), "libc": "-".join(platform.libc_ver())}
    for name in PACKAGES:
        versions[name] = __version__ if name == "seedsoil" else version(name)
    target = os.environ.get("NUMBA_CPU_NAME") or "native"
    return Host(socket.gethostname(), _cpu(), "interpreted" if interpreted() else target, versions)


def _cpu() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@lru_cache(maxsize=1)
def arithmetic() -> str:
    """SHA-256 of what the C library makes of 4,096 arguments of each function that kernels call."""
    made = hashlib.sha256()
    for k in range(_PROBES):
        x = (k + 0.5) * 0.618033988749895 % 1.0  # spread evenly over 0 to 1
        values = (
            math.exp(60.0 * x - 30.0), math.log(x), math.log1p(x), math.expm1(4.0 * x - 2.0),
            math.pow(1.0 + x, 20.0 * x - 10.0), math.sin(6.0 * x), math.cos(6.0 * x), math.tan(x),
            math.erf(3.0 * x), math.erfc(3.0 * x), math.lgamma(20.0 * x), math.log10(x),
        )  # fmt: skip
        made.update(struct.pack(f"<{len(values)}d", *values))
    return made.hexdigest()


@lru_cache(maxsize=8)
def engine(*sources: str) -> str:
    """The version, and the hash of the sources that decide what is simulated and what is counted of it.

    `sources`: further files of the package that decide it, such as `economics/*.py`.
    """
    from seedsoil._version import __version__
    from seedsoil.jit.sources import PACKAGE, digest

    made = hashlib.sha256(digest().encode())
    for pattern in (*COUNTING, *sources):
        for path in sorted(PACKAGE.glob(pattern)):
            made.update(path.relative_to(PACKAGE).as_posix().encode())
            made.update(path.read_bytes())
    return f"{__version__}+{made.hexdigest()[:12]}"


@contextlib.contextmanager
def one_compiles() -> Iterator[None]:
    """Within the block no other process of this machine and user compiles kernels, if they are kept."""
    from seedsoil.jit import cache_directory

    directory = cache_directory()
    if directory is None:
        yield
        return
    import fcntl

    descriptor = os.open(directory / ".compiling", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # flock, and not a file that is made: a process that is killed holds nothing
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
