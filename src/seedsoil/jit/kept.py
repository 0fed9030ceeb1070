"""What Numba asks of a cache, for one function: its machine code in the checked files of `cache`."""

from __future__ import annotations

import hashlib
import logging
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.jit.cache import discard, read_sealed, write_sealed
from seedsoil.jit.sources import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("seedsoil.jit")


class KeptCode:
    """In place of Numba's `FunctionCache`: one file for each list of argument types."""

    def __init__(self, function: Callable[..., Any], directory: Path) -> None:
        self.cache_path = str(directory)
        self._directory = directory
        self._name = f"{function.__module__}.{function.__qualname__}".replace("<locals>", "")
        code = function.__code__
        source = Path(code.co_filename)
        self._made_of: tuple[Any, ...] = (hashlib.sha256(code.co_code).hexdigest(),)
        # What a function has taken from another's variables cannot be told by its file.
        self._can_be_kept = function.__closure__ is None
        if not source.is_relative_to(PACKAGE):
            # Not in the digest that names the directory: a test's, say.
            self._can_be_kept &= source.exists()
            if self._can_be_kept:
                seen = source.stat()
                self._made_of += (str(source), seen.st_mtime_ns, seen.st_size)

    def _file(self, signature: Any, codegen: Any) -> Path:
        # The processor is part of the code generator's tuple; the names of types say all that they are.
        key = repr((self._made_of, str(signature), codegen.magic_tuple()))
        return (
            self._directory / f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.kernel"
        )

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """The compiled function for arguments of these types, or None: then Numba compiles it."""
        if not self._can_be_kept:
            return None
        from numba.core.compiler import CompileResult

        target_context.refresh()
        file = self._file(signature, target_context.codegen())
        contents = read_sealed(file)
        if contents is None:
            return None
        try:
            return CompileResult._rebuild(target_context, *pickle.loads(contents))
        except Exception as error:
            _log.warning(
                "%s is compiled again, since its file cannot be loaded: %s", self._name, error
            )
            discard(file)
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep a compiled function."""
        if not self._can_be_kept or result.lifted or result.library.has_dynamic_globals:
            return
        from numba.core.serialize import dumps

        write_sealed(self._file(signature, result.codegen), dumps(result._reduce()))

    def enable(self) -> None:
        """Numba asks; it is."""

    def disable(self) -> None:
        """Nobody asks."""

    def flush(self) -> None:
        """Nothing waits to be written."""
