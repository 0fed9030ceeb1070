"""Functions that kernels call, compiled without machine code of their own: most of a first run's time.

For every function Numba makes machine code and wrappers for Python, and optimises it: once for itself and
again within each function that calls it. A kernel of a hundred functions so pays many times over. Here a
function is left as LLVM's intermediate code; the kernel that Python calls takes all of it in, optimises it
and makes machine code once. The results have the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import IRProcessing


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


class _Compiler(CompilerBase):  # type: ignore[misc]
    def define_pipelines(self) -> list[Any]:
        """Numba's own, into a `_Linked` library."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_IntoLinked, IRProcessing)
        passes.finalize()
        return [passes]


def linked(function: Callable[..., Any], **options: Any) -> Any:
    """A dispatcher of `function` that only other kernels may call."""
    return numba.njit(
        pipeline_class=_Compiler, no_cpython_wrapper=True, no_cfunc_wrapper=True, **options
    )(function)
