"""How a function is compiled that kernels call, so that a first run does not take minutes.

For every function Numba makes machine code and wrappers for Python, and optimises it: once for itself and
again within each function that calls it. A kernel of a hundred functions so pays many times over. Here a
function is optimised once, in one of two ways. Small ones (`linked`) are left as LLVM's intermediate code;
the kernel that Python calls takes all of it in, and optimises and makes machine code of the whole. Large
ones (`called`) have machine code, but no intermediate code that others could take in: they are called where
they lie. The results have the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import llvmlite.binding
import llvmlite.ir
import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CR_FIELDS
from numba.core.compiler_machinery import FunctionPass, LoweringPass, register_pass
from numba.core.typed_passes import NativeLowering
from numba.core.untyped_passes import IRProcessing

from seedsoil.jit.passes import Compiler

if TYPE_CHECKING:
    from collections.abc import Callable

TESTED = "0.68."
"""How the versions of Numba begin of whose inside all this is known."""


class _NoEnvironment:
    """In place of the code generator, where Numba would write a Python object into machine code."""

    @staticmethod
    def set_env(_name: str, _environment: object) -> None:
        """There is no machine code to write into."""


class _Linked(JITCodeLibrary):  # type: ignore[misc]
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
class _IntoLinked(FunctionPass):  # type: ignore[misc]
    _name = "seedsoil_into_linked"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Have the function lowered into a library of this kind."""
        state.library = _Linked(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class _LinkedCompiler(Compiler):
    added = ((_IntoLinked, IRProcessing),)


def linked(function: Callable[..., Any], **options: Any) -> Any:
    """A dispatcher of `function` that only other kernels may call."""
    return numba.njit(
        pipeline_class=_LinkedCompiler, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options
    )(function)


@register_pass(mutates_CFG=False, analysis_only=False)
class _NameForAll(FunctionPass):  # type: ignore[misc]
    _name = "seedsoil_name_for_all"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Give the symbol a name that every process gives it, not one with a number of this process."""
        state.func_id.unique_id = "called"
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
    added = ((_NameForAll, IRProcessing), (_OnlyDeclared, NativeLowering))


@dataclass(frozen=True)
class _Loaded:
    """Loads machine code: run by Numba before it loads from its cache what calls that code."""

    module: str
    name: str
    arguments: tuple[Any, ...]

    def __call__(self) -> None:
        """From the cache, or, if it is not there, compile it again."""
        getattr(import_module(self.module), self.name).get_call_template(self.arguments, {})


def called_options() -> dict[str, Any]:
    """What `njit` needs to make code that is called where it lies; see `call_where_it_lies`."""
    return {"pipeline_class": _CalledCompiler, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def call_where_it_lies(dispatcher: Any) -> Any:
    """`dispatcher`, made with `called_options`, so that what calls it is never loaded without it."""
    function = dispatcher.py_func

    def compile_and_remember(signature: Any) -> Any:
        entry = type(dispatcher).compile(dispatcher, signature)
        for arguments, made in dispatcher.overloads.items():
            load = _Loaded(function.__module__, function.__name__, arguments)
            made.library._reload_init.add(load)
        return entry

    dispatcher.compile = compile_and_remember
    return dispatcher


def _twice(x: float) -> float:
    return 2.0 * x


def try_out() -> None:
    """Compile, with this version of Numba, a kernel that calls functions both ways; raises if it cannot."""
    if "reload_init" not in CR_FIELDS:
        raise RuntimeError("kernels in the cache would not load what they call")
    small: Any = linked(_twice, forceinline=True)
    large: Any = call_where_it_lies(numba.njit(**called_options())(_twice))

    def both(x: float) -> float:
        return float(small(x) - 3.0 * large(x))

    if numba.njit(both)(1.0) != -4.0:
        raise RuntimeError("kernels call their functions wrongly")
