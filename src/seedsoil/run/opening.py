"""`open_run()`: a finished run directory as a `Run`; what is none is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError, as_path
from seedsoil.run.run import MADE_BY, TABLES, Run
from seedsoil.storage import MANIFEST, how_to_delete, is_unfinished

if TYPE_CHECKING:
    from pathlib import Path


def open_run(path: str | Path) -> Run:
    """The finished run in the directory `path`.

    Raises InputError if it is not a directory, is unfinished, or lacks one of its files.
    """
    directory = as_path("path", path, what="a run directory")
    if not directory.is_dir():
        raise InputError(f"{directory}: no such run directory")
    if is_unfinished(directory.resolve()):
        raise InputError(f"{directory}: an unfinished run; {how_to_delete(directory)}")
    missing = [
        name
        for name in (MANIFEST, *(f"{table}.parquet" for table in TABLES))
        if not (directory / name).is_file()
    ]
    if missing and set(missing) <= {"lines.parquet", "drugs.parquet"}:
        raise InputError(
            f"{directory}: a run of an earlier version, it lacks {' and '.join(missing)}; "
            "simulate it again"
        )
    if missing:
        raise InputError(f"{directory}: not a run directory, it lacks {', '.join(missing)}")
    manifest = _manifest_of(directory)
    lacking = [key for key in MADE_BY if key not in manifest]
    if lacking:
        raise InputError(f"{directory / MANIFEST}: lacks {', '.join(lacking)}")
    return Run.from_directory(directory, manifest)


def _manifest_of(directory: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{directory / MANIFEST}: not JSON ({error})") from None
    return manifest if isinstance(manifest, dict) else {}
