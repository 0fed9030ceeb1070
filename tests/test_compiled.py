"""How kernels are compiled changes nothing of what they compute, and cannot leave them uncompiled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numba.core.errors import TypingError

import pin
import seedsoil as ss
from seedsoil import jit
from seedsoil.jit import compiled, decorators, linking
from seedsoil.simulation import warmup

if TYPE_CHECKING:
    from collections.abc import Iterator

TREATED_COHORTS = """
import json, pin
print(json.dumps({seed: pin.cohort("2022", seed) for seed in pin.SEEDS}))
"""


def run(program: str, cache: Path, **environment: str) -> str:
    """Standard output of a process with a cache of its own."""
    search = os.pathsep.join([str(Path(__file__).parent), str(Path(ss.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ
        | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": search, "SEEDSOIL_PLAIN_NUMBA": "0"}
        | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=1500,
    )
    return done.stdout.strip()


def test_try_out() -> None:
    linking.try_out()


@pytest.fixture
def another_numba(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A version of Numba of whose inside nothing is known."""
    monkeypatch.setattr(decorators, "TESTED", "0.0.")
    monkeypatch.delenv("SEEDSOIL_PLAIN_NUMBA", raising=False)
    monkeypatch.setattr(decorators, "cache_directory", lambda: tmp_path)
    decorators.plain.cache_clear()
    yield
    decorators.plain.cache_clear()


@pytest.mark.usefixtures("another_numba")
def test_another_numba_is_tried_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(linking, "try_out", lambda: tried.append("out"))
    assert not decorators.plain()
    decorators.plain.cache_clear()
    assert not decorators.plain()
    assert tried == ["out"]


@pytest.mark.usefixtures("another_numba")
def test_a_numba_that_is_another_inside_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise AttributeError("no such pass")

    monkeypatch.setattr(linking, "try_out", fail)
    assert decorators.plain()
    (record,) = caplog.records
    assert record.name == "seedsoil.jit"
    assert "no such pass" in record.getMessage()


@pytest.mark.slow
@pytest.mark.long
def test_plain_numba_gives_the_same_bits(tmp_path: Path) -> None:
    """Where the inside of Numba is another, all is compiled as Numba does it, with the same results."""
    plain = json.loads(run(TREATED_COHORTS, tmp_path, SEEDSOIL_PLAIN_NUMBA="1"))
    assert list(tmp_path.glob("**/*.nbc"))
    assert not list(tmp_path.glob("**/*.kernel"))
    ours = {str(seed): pin.cohort("2022", seed) for seed in pin.SEEDS}
    assert pin.differences(ours, plain) == []


def test_cache_is_found_without_numba(tmp_path: Path) -> None:
    program = (
        "import sys; from seedsoil import jit; from seedsoil.simulation import warmup; jit.is_cached('x'); "
        "print('numba' in sys.modules, 'numpy' in sys.modules)"
    )
    assert run(program, tmp_path) == "False False"


def test_every_name_of_the_package_is_there() -> None:
    assert [name for name in jit.__all__ if not callable(getattr(jit, name))] == []
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = jit.other


needs_two_cores = pytest.mark.skipif(warmup._cores() < 2, reason="one core compiles alone")
needs_own_way = pytest.mark.skipif(
    jit.plain_wanted(), reason="Numba's own way has no second process"
)


@pytest.mark.slow
@pytest.mark.long
@needs_two_cores
@needs_own_way
def test_second_process_compiles_what_the_first_then_loads(tmp_path: Path) -> None:
    program = (
        "from seedsoil.simulation.warmup import TREATED, share_compilation\n"
        "from seedsoil.jit import is_cached\n"
        "assert not is_cached(TREATED)\n"
        "share_compilation()()\n"
        "assert is_cached(TREATED)\n"
        "print('done')"
    )
    assert run(program, tmp_path) == "done"


@needs_two_cores
@needs_own_way
def test_second_process_is_not_waited_for_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "_compile_writing", lambda: None)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    wait = warmup.share_compilation()
    assert wait is not None
    wait()


@needs_two_cores
@needs_own_way
@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_second_process_ends_with_a_first_that_is_killed(tmp_path: Path, seconds: float) -> None:
    program = (
        "import subprocess, time\n"
        "class Noted(subprocess.Popen):\n"
        "    def __init__(self, *a, **k):\n"
        "        super().__init__(*a, **k)\n"
        "        print(self.pid, flush=True)\n"
        "subprocess.Popen = Noted\n"
        "from seedsoil.simulation.warmup import share_compilation\n"
        "wait = share_compilation()\n"
        "time.sleep(600)"
    )
    search = str(Path(ss.__file__).parents[1])
    first = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
    )
    with first:
        assert first.stdout is not None
        second = first.stdout.readline().strip()
        time.sleep(seconds)
        assert _runs(second)
        first.kill()
    until = time.monotonic() + 60.0
    while _runs(second) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _runs(second)


def _runs(process: str) -> bool:
    """Whether a process is there and has not ended."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False
    ).stdout
    return state.strip()[:1] not in ("", "Z")


def test_one_core_compiles_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "_cores", lambda: 1)
    assert warmup.share_compilation() is None


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
