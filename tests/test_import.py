"""`import seedsoil` is light, and its names are there."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

import seedsoil as ss

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = (
    "numpy", "numba", "scipy", "pyarrow", "pydantic", "typer", "rich", "vl_convert", "pandas", "jinja2",
)  # fmt: skip


def in_new_process(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.strip()


def test_import_loads_no_heavy_library() -> None:
    loaded = in_new_process("import sys, seedsoil; print(*sys.modules)").split()
    assert [name for name in HEAVY if name in loaded] == []


def test_command_line_starts_without_the_heavy_libraries() -> None:
    program = "import sys, seedsoil.cli; print(*sys.modules)"
    loaded = in_new_process(program).split()
    light = {"typer", "rich", "pydantic"}
    assert [name for name in HEAVY if name in loaded and name not in light] == []


def test_a_command_that_writes_no_page_does_without_templates(tmp_path: Path) -> None:
    program = (
        "import sys; from seedsoil.cli import main; "
        "assert main(['run', '--women', '20', '--no-report', '--json', '--out', sys.argv[1]]) == 0; "
        "print(*sys.modules)"
    )
    loaded = in_new_process(program, str(tmp_path / "run")).split()
    assert "seedsoil.run.simulate" in loaded
    assert [name for name in ("jinja2", "scipy", "vl_convert") if name in loaded] == []


@pytest.mark.alone
def test_import_is_quicker_than_that_of_asyncio() -> None:
    """A third of its time; so that it holds on a slow machine, a package of Python is the measure."""
    # In time of the process, the least of five of each, so that a busy machine does not fail the test.
    program = (
        "import time; start = time.process_time(); import {}; print(time.process_time() - start)"
    )
    ours, theirs = (
        min(float(in_new_process(program.format(name))) for _ in range(5))
        for name in ("seedsoil", "asyncio")
    )
    assert ours < theirs


@pytest.mark.parametrize("name", ss.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(ss, name) is not None
    assert name in dir(ss)


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = ss.simulat


def test_catalog_is_a_function_and_a_subpackage() -> None:
    # In either order of import; Python binds the subpackage over a function of the same name.
    for first in ("import seedsoil.catalog.drugs", "pass"):
        program = (
            f"{first}\nimport seedsoil as ss\nloaded = ss.catalog()\n"
            "import seedsoil.catalog.drugs as drugs\n"
            "print(type(loaded).__name__, drugs.__name__, ss.catalog().hash() == loaded.hash())"
        )
        assert in_new_process(program) == "Catalog seedsoil.catalog.drugs True"
    assert isinstance(ss.catalog, ModuleType)
