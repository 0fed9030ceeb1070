"""The files that kernels are made of, and their digest; found without importing them.

A kernel is made of the module that defines it and of what that module imports: functions that it calls,
constants and record types. So: every module that imports a decorator from `seedsoil.jit`, and what these
import at the top of the file, and so on. Imports for types alone and inside functions make no kernel; they
are indented, which is how they are told apart. A test compares with what Python really loads. Of packages
without kernels of their own (`WITHOUT_KERNELS`) only what kernels import is read.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

WITHOUT_KERNELS = frozenset(
    f"seedsoil.{name}"
    for name in (
        "calibration",
        "catalog",
        "cli",
        "display",
        "economics",
        "explorer",
        "matching",
        "patient",
        "planned",
        "reductions",
        "results",
        "run",
        "strategies",
        "work",
    )
)
"""Packages in which no module defines a kernel: not searched for one, which halves the time of a digest.

A package that is not named here is searched: a new one is not forgotten.
"""
_USES_DECORATORS = b"\nfrom seedsoil.jit import "
_FROM = re.compile(rb"\nfrom (seedsoil[\w.]*) import (\([^)]*\)|.*)")
_IMPORT = re.compile(rb"\nimport (seedsoil[\w.]*)")
_NAME = re.compile(rb"\w+")


def _text(path: str) -> bytes:
    """What a file holds, after an empty line; half the time of `Path.read_bytes`."""
    file = os.open(path, os.O_RDONLY)
    try:
        return b"\n" + os.read(file, os.fstat(file).st_size)
    finally:
        os.close(file)


def _texts(folder: str, name: str, found: dict[str, bytes]) -> dict[str, bytes]:
    """The text of every module below `folder`, by its full name, but for packages without kernels."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                stem = entry.name[:-3]
                found[name if stem == "__init__" else f"{name}.{stem}"] = _text(entry.path)
            elif entry.is_dir() and entry.name != "__pycache__":
                below = f"{name}.{entry.name}"
                if below not in WITHOUT_KERNELS:
                    _texts(entry.path, below, found)
    return found


def _text_of(name: str, package: Path) -> bytes | None:
    """The text of a module by its full name; None if there is no such module."""
    path = "/".join([str(package), *name.split(".")[1:]])
    for file in (f"{path}.py", f"{path}/__init__.py"):
        try:
            return _text(file)
        except (FileNotFoundError, NotADirectoryError):
            continue
    return None


def _imported(text: bytes) -> list[str]:
    """Modules that `text` imports at its top level, and names in them that may be modules."""
    names = [module.decode() for module in _IMPORT.findall(text)]
    for module, parts in _FROM.findall(text):
        name = module.decode()
        names.append(name)
        names += [f"{name}.{part.decode()}" for part in _NAME.findall(parts)]
    return names


def kernel_sources(package: Path = PACKAGE) -> dict[str, bytes]:
    """Text of every module that kernels are made of, by its full name, in order of names.

    All of `seedsoil.jit` belongs to them: it is how they are made.
    """
    texts = _texts(str(package), "seedsoil", {})
    wanted = [
        name
        for name, text in texts.items()
        if _USES_DECORATORS in text or name.startswith("seedsoil.jit.")
    ]
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        text = texts.get(name)
        if text is None and ".".join(name.split(".", 2)[:2]) in WITHOUT_KERNELS:
            text = _text_of(name, package)
        if text is not None:
            found[name] = text
            wanted += _imported(text)
    return dict(sorted(found.items()))


def digest(*versions: str, package: Path = PACKAGE) -> str:
    """SHA-256 of all that kernels are made of, and of `versions`: those of the compilers."""
    made = hashlib.sha256("\n".join(versions).encode())
    for name, text in kernel_sources(package).items():
        made.update(f"\n{name} {len(text)}\n".encode())
        made.update(text)
    return made.hexdigest()
