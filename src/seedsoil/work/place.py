"""Where work is kept: a local directory, or any address that pyarrow or fsspec knows, such as s3://bucket/run.

A file appears whole or not at all: it is written under a temporary name, flushed, and renamed. A store
without renaming copies what is whole, which comes to the same.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPORARY = ".part-"


def _local(address: str) -> Path | None:
    """The path that `address` means on this machine; None for a store elsewhere."""
    if address.startswith("file://"):
        return Path(address.removeprefix("file://"))
    return None if "://" in address else Path(address)


@lru_cache(maxsize=8)
def _store(address: str) -> tuple[Any, str]:
    """pyarrow's file system of an address that is not local, and the path on it."""
    from pyarrow import ArrowInvalid, fs

    try:
        found: tuple[Any, str] = fs.FileSystem.from_uri(address)
    except ArrowInvalid:
        return _by_fsspec(address)
    except OSError as error:
        raise InputError(f"{address}: cannot be reached ({_reason(error)})") from None
    return found


def _by_fsspec(address: str) -> tuple[Any, str]:
    from pyarrow import fs

    scheme = address.partition("://")[0]
    try:
        from fsspec import available_protocols
        from fsspec.core import url_to_fs
    except ImportError:
        raise InputError(
            f"{address}: addresses of {scheme}:// take fsspec; pip install 'seedsoil[cluster]'"
        ) from None
    try:
        store, path = url_to_fs(address)
    except ValueError:
        known = available_protocols()
        raise InputError(
            f"{address}: {shown(scheme)} is no kind of storage. {nearest(scheme, known)}".rstrip()
        ) from None
    except ImportError as error:
        raise InputError(f"{address}: {_reason(error)}") from None
    return fs.PyFileSystem(fs.FSSpecHandler(store)), path


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@dataclass(frozen=True)
class Place:
    """A directory of files, by the address at which every worker finds it. It pickles."""

    address: str

    @property
    def local(self) -> Path | None:
        """Its path on this machine; None for a store elsewhere."""
        return _local(self.address)

    def __str__(self) -> str:
        return self.address

    @property
    def anywhere(self) -> Place:
        """The same place for a process whose working directory may be another."""
        return self if self.local is None else Place(str(self.local.absolute()))

    def write(self, name: str, content: bytes) -> None:
        """The file `name`, whole or not at all; one of that name is replaced."""
        if self.local is not None:
            self._write_here(self.local / name, content)
            return
        store, path = _store(self.address)
        final, part = f"{path}/{name}", f"{path}/{name}{_TEMPORARY}{secrets.token_hex(4)}"
        try:
            store.create_dir(final.rpartition("/")[0], recursive=True)
            with store.open_output_stream(part) as stream:
                stream.write(content)
            store.move(part, final)
        except OSError as error:
            raise InputError(f"{self}: cannot be written ({_reason(error)})") from None

    @staticmethod
    def _write_here(path: Path, content: bytes) -> None:
        part = path.with_name(f"{path.name}{_TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def read(self, name: str, most: int | None = None) -> bytes | None:
        """What the file `name` holds, or its first `most` bytes; None if there is no such file."""
        try:
            if self.local is not None:
                with (self.local / name).open("rb") as file:
                    return file.read(-1 if most is None else most)
            store, path = _store(self.address)
            with store.open_input_stream(f"{path}/{name}") as stream:
                return bytes(stream.read() if most is None else stream.read(most))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise InputError(f"{self}: {name} cannot be read ({_reason(error)})") from None

    def files(self, folder: str = "") -> Mapping[str, int]:
        """Names and sizes, in bytes, of the whole files in a folder; none where it is not there."""
        if self.local is not None:
            where = self.local / folder
            if not where.is_dir():
                return {}
            found = {}
            with os.scandir(where) as entries:
                for entry in entries:
                    if _TEMPORARY not in entry.name and entry.is_file():
                        found[entry.name] = entry.stat().st_size
            return found
        from pyarrow import fs

        store, path = _store(self.address)
        chosen = fs.FileSelector(f"{path}/{folder}".rstrip("/"), allow_not_found=True)
        try:
            infos = store.get_file_info(chosen)
        except OSError as error:
            raise InputError(f"{self}: cannot be looked at ({_reason(error)})") from None
        return {
            info.base_name: info.size
            for info in infos
            if info.is_file and _TEMPORARY not in info.base_name
        }

    def delete(self, name: str) -> None:
        """Delete the file `name`, if it is there."""
        if self.local is not None:
            (self.local / name).unlink(missing_ok=True)
            return
        store, path = _store(self.address)
        try:
            store.delete_file(f"{path}/{name}")
        except FileNotFoundError:
            return

    def clear_temporary(self, folder: str, older: float) -> int:
        """Delete what killed processes left half written `older` seconds ago or more; how many it was.

        Of a local directory; a store elsewhere shows nothing that is not whole.
        """
        if self.local is None or not (self.local / folder).is_dir():
            return 0
        import time

        count = 0
        for path in (self.local / folder).iterdir():
            if _TEMPORARY in path.name and time.time() - path.stat().st_mtime >= older:
                path.unlink(missing_ok=True)
                count += 1
        return count
