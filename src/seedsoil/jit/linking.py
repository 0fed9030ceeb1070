"""How a function is compiled that kernels call, so that a first run does not take minutes.

For every function Numba makes machine code and wrappers for Python, and optimises it: once for itself and
again within each function that calls it. A kernel of a hundred functions so pays many times over. Here a
function is optimised once, in one of two ways. Small ones (`linked`) are left as LLVM's intermediate code;
the kernel that Python calls takes all of it in, and optimises and makes machine code of the whole. Large
ones (`called`) have machine code of their own, and their callers only its address. The results have the same
bits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import llvmlite.binding
import llvmlite.ir
import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CR_FIELDS
from numba.core.compiler_machinery import FunctionPass, LoweringPass, register_pass
from numba.core.typed_passes import NativeLowering
from numba.core.untyped_passes import IRProcessing

from seedsoil.jit.kept import KeptCode
from seedsoil.jit.passes import Compiler

if TYPE_CHECKING:
    from collections.abc import Callable


class _NoEnvironment:
    """In place of the code generator, where Numba would write a Python object into machine code."""

    @staticmethod
    def set_env(_name: str, _environment: object) -> None:
        """There is no machine code to write into."""


class _IntermediateCode(JITCodeLibrary):  # type: ignore[misc]
    """Intermediate code for other functions to link."""

    codegen = _NoEnvironment

    def _optimize_final_module(self) -> None:
        """Left to the kernel that takes the code in."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, _name: str) -> int:
        """None: the address 0."""
        self._ensure_finalized()
        return 0


@register_pass(mutates_CFG=False, analysis_only=False)
class _IntoIntermediateCode(FunctionPass):  # type: ignore[misc]
    _name = "seedsoil_into_intermediate_code"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Have the function lowered into a library of this kind."""
        state.library = _IntermediateCode(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class _LinkedCompiler(Compiler):
    added = ((_IntoIntermediateCode, IRProcessing),)


_NO_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def linked(function: Callable[..., Any], **options: Any) -> Any:
    """A dispatcher of `function` whose intermediate code its callers take in; only kernels may call it."""
    return numba.njit(pipeline_class=_LinkedCompiler, **_NO_WRAPPERS, **options)(function)


@register_pass(mutates_CFG=False, analysis_only=False)
class _NamedByTypes(FunctionPass):  # type: ignore[misc]
    _name = "seedsoil_named_by_types"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Name the symbol by the types of its arguments, not by a number of this process."""
        types = hashlib.sha256(str(state.args).encode()).hexdigest()
        state.func_id.unique_id = f"called{types[:16]}"
        return False


@register_pass(mutates_CFG=False, analysis_only=False)
class _OnlyDeclared(LoweringPass):  # type: ignore[misc]
    _name = "seedsoil_only_declared"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Let other functions take in the declaration, in place of the whole intermediate code."""
        module = llvmlite.ir.Module()
        state.targetctx.declare_function(module, state.cr.fndesc)
        state.library._shared_module = llvmlite.binding.parse_assembly(str(module))
        return False


class _CalledCompiler(Compiler):
    added = ((_NamedByTypes, IRProcessing), (_OnlyDeclared, NativeLowering))


@dataclass(frozen=True)
class _Loaded:
    """Loads machine code: run by Numba before it loads from the cache what calls that code."""

    module: str
    name: str
    arguments: tuple[Any, ...]
    symbol: str

    def __call__(self) -> None:
        """From the cache, or, if it is not there, compile it again.

        Raises if it now has another name than its caller calls it by: Numba numbers record types as they come
        up in a process, and the numbers are part of the name. The caller then is compiled again, too.
        """
        function = getattr(import_module(self.module), self.name)
        function.get_call_template(self.arguments, {})
        made = function.for_kernels().overloads[self.arguments]
        if made.fndesc.llvm_func_name != self.symbol:
            raise RuntimeError(f"it calls {self.name}, which has been compiled again")


def called(function: Callable[..., Any], directory: Path | None, **options: Any) -> Any:
    """A dispatcher of `function` that kernels call at its address; what calls it is never loaded without it.

    LLVM would end the process where a symbol is missing.
    """
    dispatcher = numba.njit(pipeline_class=_CalledCompiler, **_NO_WRAPPERS, **options)(function)
    if directory is not None:
        dispatcher._cache = KeptCode(function, directory)

    def compile_and_remember(signature: Any) -> Any:
        entry = type(dispatcher).compile(dispatcher, signature)
        for arguments, made in dispatcher.overloads.items():
            symbol = made.fndesc.llvm_func_name
            load = _Loaded(function.__module__, function.__name__, arguments, symbol)
            made.library._reload_init.add(load)
        return entry

    dispatcher.compile = compile_and_remember
    return dispatcher


def _twice(x: float) -> float:
    return 2.0 * x


def try_out() -> None:
    """Compile a kernel that calls functions both ways, keep it and load it; raises if this Numba cannot."""
    if "reload_init" not in CR_FIELDS:
        raise RuntimeError("kernels in the cache would not load what they call")
    small: Any = linked(_twice, forceinline=True)
    large: Any = called(_twice, None)

    def both(x: float) -> float:
        return float(small(x) - 3.0 * large(x))

    if numba.njit(both)(1.0) != -4.0:
        raise RuntimeError("kernels call their functions wrongly")
    with TemporaryDirectory() as directory:
        for _ in range(2):
            kernel = numba.njit(_twice)
            kernel._cache = KeptCode(_twice, Path(directory))
            if kernel(1.0) != 2.0:
                raise RuntimeError("kernels in the cache are wrong")
        if not sum(kernel.stats.cache_hits.values()):
            raise RuntimeError("kernels are not found in the cache")
