"""Files and directories that appear whole or not at all.

What is written has a hidden name beside its final one and is renamed when it is complete, so that a
visible name is always a finished result. A killed process leaves only hidden names; `leftovers` finds
its directories.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import re
import secrets
import shlex
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError, as_path, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

MANIFEST = "manifest.json"
_LOCK = "lock"
kept: list[str] = []
"""What this process leaves if it fails from here on, in words: what it has given its final name."""
_PARTIAL = re.compile(r"\..+\.partial-(\d+)(-\d+)?")
"""Name of an unfinished directory; the first number is that of its process."""


# What a directory of results holds ------------------------------------------------------------------


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` to `path` as zstd Parquet."""
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def write_manifest(directory: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest.json` into `directory`."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


# Files that may replace older ones ------------------------------------------------------------------


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """Write the file `path`, or replace it, in one step; return its path. Text is written as UTF-8.

    Raises InputError if its folder does not exist, or if `path` is a folder. OSError (no permission,
    disk full) passes through after the partial file is removed.
    """
    path = as_path("path", path, what="the path of a file, such as 'result.html'")
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file.")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


# Results, which never replace anything --------------------------------------------------------------


def new_directory(path: str | Path) -> Path:
    """`path` as that of a new directory of results, which `require_free` allows.

    Raises InputError for anything that is no path, too, and for a name that ends as that of a file.
    """
    target = as_path("path", path, what="the path of a new directory")
    if target.suffix.lower() in _FILES and not target.is_dir():
        raise InputError(
            f"{target}: is to be a directory, which holds report.html and the tables; give a name without "
            f"'{target.suffix}'"
        )
    require_free(target)
    return target


_FILES = (
    ".html",
    ".htm",
    ".pdf",
    ".csv",
    ".tsv",
    ".xls",
    ".xlsx",
    ".parquet",
    ".svg",
    ".png",
    ".json",
    ".toml",
)
"""Endings of files: whoever asks for such a directory means one."""


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
    try:
        there = parent
        while not there.exists():
            there = there.parent
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(f"{parent}: cannot be written ({error.strerror})") from None


@contextlib.contextmanager
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


def discard(place: Path) -> None:
    """Delete a directory, all at once under its name: a kill on the way leaves a hidden one, and no half."""
    with (
        contextlib.suppress(OSError, InputError),
        unfinished(place.parent, place.name.lstrip(".")) as doomed,
    ):
        place.rename(doomed / "done")


def _make_partial(parent: Path, name: str) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for candidate in _numbered(f".{name}.partial-{os.getpid()}"):
            with contextlib.suppress(FileExistsError):
                (parent / candidate).mkdir()
                return parent / candidate
    except OSError as error:
        raise InputError(f"{parent}: cannot be written ({error.strerror})") from None
    raise AssertionError("unreachable: names are numbered without end")


def tell_kept(words: str) -> None:
    """Let whoever ends this process say that it leaves something: `mine is complete`."""
    kept.append(words)


def publish(partial: Path, target: Path, *, told: bool = True) -> Path:
    """Give the finished file or directory `partial` its name `target`, in one step; return `target`.

    `told`: it is a result, which is named if the process fails later.

    Raises InputError if `target` has been taken meanwhile.
    """
    _flush_to_disk(partial)
    try:
        partial.rename(target)
    except OSError as error:
        raise InputError(f"{target}: cannot be created ({error.strerror})") from None
    if told:
        tell_kept(f"{target} is complete")
    return target


def publish_numbered(partial: Path, stem: str) -> Path:
    """Give `partial` the first free name of `stem`, `stem-2`, `stem-3` ... beside it; return it."""
    _flush_to_disk(partial)
    while True:
        target = first_free(partial.parent, stem)
        try:
            partial.rename(target)
        except OSError:
            if not target.exists():
                raise
        else:
            tell_kept(f"{target} is complete")
            return target


def first_free(parent: Path, stem: str) -> Path:
    """The first of `stem`, `stem-2`, `stem-3` ... that `parent` does not have."""
    # An empty directory counts as taken: it may be somebody's, and renaming would replace it.
    return next(parent / name for name in _numbered(stem) if not (parent / name).exists())


def _numbered(stem: str) -> Iterator[str]:
    """`stem`, `stem-2`, `stem-3` ... without end."""
    yield stem
    yield from (f"{stem}-{number}" for number in itertools.count(2))


def write_new(target: Path, write: Callable[[Path], object]) -> None:
    """Have `write` make the file `target`, which appears complete or not at all.

    Raises InputError if `target` is taken or cannot be written.
    """
    require_free(target)
    with unfinished(target.parent, target.name) as partial:
        write(partial / target.name)
        publish(partial / target.name, target)


def _flush_to_disk(whole: Path) -> None:
    # So that not even a power cut can show the final name with content that is not whole.
    for path in (*whole.rglob("*"), whole):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# Work in parts, which goes on where it was interrupted ----------------------------------------------


@contextlib.contextmanager
def owned(place: Path, asked: dict[str, Any]) -> Iterator[None]:
    """Within the block `place`, made or checked, is this process's alone; it goes again if it has no part.

    What a long work leaves as it goes on lies in it, each part whole and named `part-…`. `asked` says which
    work it is. Raises InputError where `place` holds another one, or another process works there.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        lock = (place / _LOCK).open("w")
    except OSError as error:
        raise InputError(f"{place}: cannot be written ({error.strerror})") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"{place}: another process works on this run; name another --out"
            ) from None
        _require_same(place, asked)
        for left in [path for path in place.iterdir() if is_unfinished(path)]:
            shutil.rmtree(
                left, ignore_errors=True
            )  # of a process that was killed: this one has the lock
        try:
            yield
        finally:
            if not list(place.glob("part-*")):
                discard(place)


def _require_same(place: Path, asked: dict[str, Any]) -> None:
    """Refuse `place` if it holds another run than the one `asked` for; say in it which it is."""
    try:
        there = json.loads((place / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        write_manifest(place, asked)
        return
    except (OSError, ValueError):
        raise InputError(f"{place / MANIFEST}: cannot be read; {how_to_delete(place)}") from None
    other = [key for key in asked if there.get(key) != asked[key]]
    if other:
        key = next((k for k in other if not k.endswith("hash")), other[0])
        raise InputError(
            f"{place}: holds an interrupted run with {key} {shown(there.get(key))}, and {shown(asked[key])} "
            f"is asked for; name another --out, or {how_to_delete(place)}"
        )


def is_owned(place: Path) -> bool:
    """Whether a process works in `place`, or it is no place of work at all."""
    try:
        with (place / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


@contextlib.contextmanager
def goes_on(
    place: object, done: Callable[[], int], of: int, what: str, *, delete: bool = True
) -> Iterator[None]:
    """If the block fails, or is interrupted, `kept` says how much `place` holds, so that it can go on.

    `done`: how many of the `of` parts are there then, `what` they are called. `delete`: how to delete them is
    said, too.
    """
    try:
        yield
    except BaseException:
        count = 0
        with contextlib.suppress(Exception):  # of a place that is out of reach nothing is said
            count = done()
        if count:
            last = f", {how_to_delete(place)}" if delete else ""
            tell_kept(
                f"{count:,} of {of:,} {what} are kept in {place}: the same command goes on from there{last}"
            )
        raise


# What killed processes left -------------------------------------------------------------------------


def is_unfinished(directory: Path) -> bool:
    """Whether the name of `directory` is that of one not yet published."""
    return _PARTIAL.fullmatch(directory.name) is not None


def leftovers(parent: Path) -> list[Path]:
    """Hidden directories in `parent` that processes no longer alive left unfinished."""
    try:
        entries = sorted(parent.iterdir())
    except OSError:
        return []
    return [
        path
        for path in entries
        if (match := _PARTIAL.fullmatch(path.name)) and path.is_dir() and not _alive(int(match[1]))
    ]


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
        pass  # somebody else's; or no process that can be asked for, and nothing is said of its directory
    return True


def how_to_delete(directory: object) -> str:
    """`rm -r ... deletes it`, quoted for a shell."""
    return f"rm -r {shlex.quote(str(directory))} deletes it"
