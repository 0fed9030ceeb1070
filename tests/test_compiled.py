"""How kernels are compiled changes nothing of what they compute, and cannot leave them uncompiled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.errors import TypingError

import seedsoil as ss
from seedsoil.jit import cache as kernel_cache
from seedsoil.jit import linking as linked
from seedsoil.jit.compiled import compiled
from seedsoil.simulation import warmup as compiling

NUMBERS = """
import json, sys
from seedsoil.jit import compiled
if sys.argv[1] == "plain":
    compiled._quick = lambda: False
from seedsoil.model.natural_history.loop import simulate_natural_history
from kernels import parameters, women
patients, lesions, _ = women(parameters(seed=3), 300)
print(json.dumps([float(patients["age"].sum()), int(patients["colonies"].sum()), lesions.size]))
"""


def run(program: str, cache: Path, *arguments: str, **environment: str) -> str:
    """Standard output of a process with a cache of its own."""
    search = os.pathsep.join([str(Path(__file__).parent), str(Path(ss.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ
        | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": search, "SEEDSOIL_TRACEBACK": "1"}
        | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.strip()


def test_try_out() -> None:
    linked.try_out()


@pytest.mark.slow
def test_another_numba_compiles_the_kernels_its_own_way(tmp_path: Path) -> None:
    """Where the inside of Numba is another, all is compiled as Numba does it, with the same results."""
    ours = run(NUMBERS, tmp_path / "ours", "ours")
    again = run(NUMBERS, tmp_path / "ours", "ours")
    plain = run(NUMBERS, tmp_path / "plain", "plain")
    assert json.loads(ours) == json.loads(again) == json.loads(plain)


def test_what_is_called_is_compiled_again_if_it_is_lost(tmp_path: Path) -> None:
    """A kernel in the cache finds what it calls, even if somebody has deleted that."""
    before = run(NUMBERS, tmp_path, "ours")
    lost = list(tmp_path.rglob("loop.simulate_natural_history-*.nb?"))
    assert lost
    for file in lost:
        file.unlink()
    assert run(NUMBERS, tmp_path, "ours") == before
    assert list(tmp_path.rglob("loop.simulate_natural_history-*.nbi"))


def test_cache_is_found_without_numba(tmp_path: Path) -> None:
    program = (
        "import sys; from seedsoil.simulation import warmup; from seedsoil.jit import cache; cache.is_cached('x'); "
        "print('numba' in sys.modules, 'numpy' in sys.modules)"
    )
    assert run(program, tmp_path) == "False False"


def test_digest_has_numbas_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    here = kernel_cache.cache_directory.__wrapped__()
    monkeypatch.setattr(kernel_cache, "version", lambda _: "1.2.3")
    assert kernel_cache.cache_directory.__wrapped__() != here


def test_second_process_compiles_what_the_first_then_loads(tmp_path: Path) -> None:
    program = (
        "from seedsoil.simulation.warmup import FOLLOW, share_compilation\n"
        "from seedsoil.jit.cache import is_cached\n"
        "assert not is_cached(FOLLOW)\n"
        "wait = share_compilation()\n"
        "if wait is not None:\n"
        "    wait()\n"
        "    assert is_cached(FOLLOW)\n"
        "print('done')"
    )
    assert run(program, tmp_path) == "done"


def test_second_process_is_not_waited_for_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_compile_writing", lambda: None)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done: list[str] = []
    wait = compiling.share_compilation(lambda: done.append("meanwhile"))
    assert not done
    if wait is not None:
        wait()
        assert done == ["meanwhile"]


def test_one_core_compiles_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_cores", lambda: 1)
    assert compiling.share_compilation() is None


@compiled
def _with_a_slice(values: Any) -> None:
    values[:] = 1.0


@compiled
def _with_a_closure(x: float) -> float:
    def twice(y: float) -> float:
        return 2.0 * y

    return twice(x)


@compiled
def _calls(values: Any, x: float) -> Any:
    _with_a_slice(values)
    return _with_a_closure(x) + values[0]


@compiled
def _wrong(x: float) -> Any:
    return x.nothing  # type: ignore[attr-defined]


@compiled
def _calls_wrong(x: float) -> Any:
    return _wrong(x)


def test_what_the_short_way_cannot_compile_is_compiled_all_the_same() -> None:
    assert _calls(np.zeros(3), 2.0) == 5.0


def test_what_cannot_be_compiled_says_why() -> None:
    with pytest.raises(TypingError, match="nothing"):
        _calls_wrong(1.0)


def test_inner_function_runs_as_it_stands_from_python() -> None:
    from seedsoil.model.natural_history.growth import ln_y_of

    assert ln_y_of.__name__ == "ln_y_of"
    assert ln_y_of(28.0, 20.0) == ln_y_of.py_func(28.0, 20.0)  # type: ignore[attr-defined]
