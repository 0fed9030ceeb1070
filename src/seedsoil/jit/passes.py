"""Numba's compiler of one function, less what the kernels do not need.

The passes that handle closures, `with` blocks, `literal_unroll` and the like are left out. The type of a call
of `+` or `math.exp` is inferred once, not at each of thousands of calls. What cannot be compiled so is
compiled by all of Numba's passes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from numba.core import typed_passes, types, untyped_passes
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager

_LEFT_OUT = {
    untyped_passes.WithLifting,
    untyped_passes.InlineClosureLikes,
    untyped_passes.RewriteSemanticConstants,
    untyped_passes.DeadBranchPrune,
    untyped_passes.RewriteDynamicRaises,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.InlineInlinables,
    untyped_passes.FindLiterallyCalls,
    untyped_passes.LiteralUnroll,
    untyped_passes.LiteralPropagationSubPipelinePass,
    typed_passes.InlineOverloads,
    typed_passes.NopythonRewrites,
    typed_passes.DumpParforDiagnostics,
}


class _Passes(PassManager):  # type: ignore[misc]
    """All passes but those left out, and if that fails, all."""

    def __init__(self, whole: Any) -> None:
        PassManager.__init__(self, "kernel")
        self.whole = whole
        self.passes = [step for step in whole.passes if step[0] not in _LEFT_OUT]
        self.finalize()

    def run(self, state: Any) -> None:
        """Compile the function whose bytecode `state` has."""
        try:
            PassManager.run(self, state)
        except Exception:
            state.func_ir = state.library = None
            self.whole.run(state)


class _Remembered:
    """Added to a typing context: it remembers the type that a built-in function gives for given types."""

    signatures: dict[Any, Any]

    def resolve_function_type(self, function: Any, arguments: Any, keywords: Any) -> Any:
        """As Numba's, which tries all that is registered for the function at every call of it."""
        typed = all(isinstance(argument, types.Type) for argument in arguments)
        if keywords or not typed or isinstance(function, types.Dispatcher):
            return super().resolve_function_type(function, arguments, keywords)  # type: ignore[misc]
        key = function, arguments
        known = self.signatures.get(key)
        if known is None:
            known = super().resolve_function_type(function, arguments, keywords)  # type: ignore[misc]
            self.signatures[key] = known
        return known


@lru_cache(maxsize=1)
def _remembering(context: Any) -> Any:
    """`context` itself, seen as one that remembers."""
    kind = type("Remembering", (_Remembered, type(context)), {"signatures": {}})
    view: Any = object.__new__(kind)
    view.__dict__ = context.__dict__
    return view


class Compiler(CompilerBase):  # type: ignore[misc]
    """The compiler of kernels; subclasses add passes of their own."""

    added: tuple[tuple[type, type], ...] = ()
    """Passes, each with the one that it comes after."""

    def __init__(self, context: Any, *rest: Any) -> None:
        CompilerBase.__init__(self, context, *rest)
        self.state.typingctx = _remembering(context)

    def define_pipelines(self) -> list[Any]:
        """One, which is Numba's in the end."""
        whole = DefaultPassBuilder.define_nopython_pipeline(self.state)
        for new, before in self.added:
            whole.add_pass_after(new, before)
        whole.finalize()
        return [_Passes(whole)]
