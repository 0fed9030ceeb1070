"""Files that appear whole or not at all.

What is written lies under a hidden name beside its final one and is renamed when complete, so that a visible
name is always a finished result; a killed process leaves only the hidden directory, which `leftovers` finds.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

MANIFEST = "manifest.json"
_PARTIAL = re.compile(r"\..+\.partial-(\d+)(-\d+)?")


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` to `path` as zstd Parquet."""
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def write_manifest(directory: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest.json` into `directory`."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


def require_free(target: Path) -> None:
    """Raise InputError unless `target` is not there, or an empty directory, and can be written.

    For a command to ask before its work, which may take hours, and not after it.
    """
    try:
        taken = target.is_symlink() or (
            target.exists() and (not target.is_dir() or any(target.iterdir()))
        )
    except OSError as error:
        raise InputError(f"{target}: cannot be looked at ({error.strerror})") from None
    if taken or not target.name:
        raise InputError(f"{target}: is already there and nothing is overwritten; name a new one")
    _require_writable(target.parent)


def _require_writable(parent: Path) -> None:
    """Raise InputError unless `parent`, or the nearest directory above it that is there, can be written."""
    import tempfile

    try:
        there = parent
        while not there.exists():
            there = there.parent
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(f"{parent}: cannot be written ({error.strerror})") from None


@contextmanager
def unfinished(parent: Path, name: str) -> Iterator[Path]:
    """A hidden directory `.name.partial-<process>` in `parent`, to be filled and then published.

    It is removed when the block ends without having published it, whatever the cause.
    Raises InputError if `parent` cannot be made or written.
    """
    partial = _make_partial(parent, name)
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make_partial(parent: Path, name: str) -> Path:
    stem = f".{name}.partial-{os.getpid()}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for candidate in _numbered(stem):
            try:
                (parent / candidate).mkdir()
            except FileExistsError:
                continue
            return parent / candidate
    except OSError as error:
        raise InputError(f"{parent}: cannot be written ({error.strerror})") from None
    raise AssertionError("unreachable: names are numbered without end")


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def publish(partial: Path, target: Path) -> Path:
    """Give the finished file or directory `partial` its name `target`, in one step; return `target`.

    Raises InputError if `target` has been taken meanwhile.
    """
    _flush_to_disk(partial)
    try:
        partial.rename(target)
    except OSError as error:
        raise InputError(f"{target}: cannot be created ({error.strerror})") from None
    return target


def publish_numbered(partial: Path, stem: str) -> Path:
    """Give `partial` the first free name of `stem`, `stem-2`, `stem-3` ... beside it; return it."""
    _flush_to_disk(partial)
    while True:
        target = first_free(partial.parent, stem)
        try:
            return partial.rename(target)
        except OSError:
            if not target.exists():
                raise


def first_free(parent: Path, stem: str) -> Path:
    """The first of `stem`, `stem-2`, `stem-3` ... that `parent` does not have."""
    # An empty directory counts as taken: it may be somebody's, and renaming would replace it.
    return next(parent / name for name in _numbered(stem) if not (parent / name).exists())


def write_whole(target: Path, write: Callable[[Path], object]) -> None:
    """Have `write` make the file `target`, which appears complete or not at all.

    Raises InputError if `target` is taken or cannot be written.
    """
    require_free(target)
    with unfinished(target.parent, target.name) as partial:
        write(partial / target.name)
        publish(partial / target.name, target)


def _flush_to_disk(whole: Path) -> None:
    # So that not even a power cut can show the final name with content that is not whole.
    for path in (*(whole.iterdir() if whole.is_dir() else ()), whole):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def leftovers(parent: Path) -> list[Path]:
    """Hidden directories in `parent` that processes no longer alive left unfinished."""
    found = []
    try:
        entries = sorted(parent.iterdir())
    except OSError:
        return []
    for path in entries:
        match = _PARTIAL.fullmatch(path.name)
        if match and path.is_dir() and not _alive(int(match[1])):
            found.append(path)
    return found


def _alive(process: int) -> bool:
    # A directory that carries this process's own number, found before it makes one, was left by an
    # earlier process with the same number, as happens in containers.
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def how_to_delete(directory: Path) -> str:
    """`rm -r ... deletes it`, quoted for a shell."""
    import shlex

    return f"rm -r {shlex.quote(str(directory))} deletes it"
