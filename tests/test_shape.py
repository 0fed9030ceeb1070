"""The shape of the code: no module, function or list of parameters grows beyond what one can take in."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seedsoil

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(seedsoil.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
KERNELS = ("model", "jit")
"""Folders whose functions are, or make, kernels: there keyword-only parameters count, too."""
MOST_LINES, MOST_LINES_OF_KERNEL, MOST_PARAMETERS = 500, 80, 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def is_kernel(module: Path) -> bool:
    return module.relative_to(PACKAGE).parts[0] in KERNELS


def parameters(function: Function, *, keywords: bool) -> int:
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args) if a.arg not in ("self", "cls")]
    return len(names) + (len(given.kwonlyargs) if keywords else 0)


def test_what_is_counted() -> None:
    made = ast.parse("def f(self, a, /, b, *c, d=1, **e):\n    pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    assert parameters(made, keywords=False) == 2
    assert parameters(made, keywords=True) == 3


# The parameters of a command are its options, as many as it has.
@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if module.relative_to(PACKAGE).parts[0] != "cli"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_function_takes_more_than_ten_arguments(module: Path) -> None:
    over = [
        f"{function.name}: {count}"
        for function in functions(module)
        if (count := parameters(function, keywords=is_kernel(module))) > MOST_PARAMETERS
    ]
    assert not over


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_longer_than_500_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if is_kernel(module)],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_kernel_is_longer_than_80_lines(module: Path) -> None:
    over = [
        f"{function.name}: {lines}"
        for function in functions(module)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MOST_LINES_OF_KERNEL
    ]
    assert not over
