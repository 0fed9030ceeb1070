"""What is measured: each function takes a few seconds to a minute and returns lines of the table."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Line:
    """One measured number; `reach` is what the project asks of it, in words."""

    name: str
    value: float
    unit: str
    reach: str = ""


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _best(repeats: int, work: Callable[[], object]) -> float:
    """The quickest of several: the machine's other work can only make a run slower."""
    return min(_seconds(work) for _ in range(repeats))


def _child(arguments: list[str], **environment: str) -> str:
    """Standard output of a Python process that sees this checkout's package."""
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": path} | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _parameters() -> Any:
    from seedsoil.catalog import load
    from seedsoil.model.parameters import kernel_parameters

    return kernel_parameters(load(), seed=1)


def kernel(*, women: int, repeats: int) -> list[Line]:
    """Women per second on one core: the kernel alone, without and with lesion and symptom rows."""
    from seedsoil.simulation.shards import simulate_rows

    p = _parameters()
    simulate_rows(p, 0, 100, details=True)  # loads the machine code
    lines = []
    for details, name, reach in (
        (False, "kernel, patients only", "≥ 150,000"),
        (True, "kernel, with lesions and symptoms", ""),
    ):
        seconds = _best(repeats, partial(simulate_rows, p, 0, women, details=details))
        lines.append(Line(name, women / seconds, "women/s/core", reach))
    return lines


def threads(*, women: int, repeats: int) -> list[Line]:
    """How much quicker two threads are than one, patients only, in the usual shards."""
    from seedsoil.simulation.shards import shards

    p = _parameters()

    def run(count: int) -> None:
        for _ in shards(p, women, first=0, threads=count, details=False):
            pass

    run(1)
    one = _best(repeats, partial(run, 1))
    two = _best(repeats, partial(run, 2))
    return [Line("two threads against one", one / two, "times", "≥ 1.8")]


def numbers(*, calls: int, repeats: int) -> list[Line]:
    """Nanoseconds for one block of random numbers, and for one event time."""
    import numba

    from seedsoil.model import random
    from seedsoil.model.natural_history.hazard import event

    def blocks(n: int) -> int:
        total = 0
        for i in range(n):
            a, b, c, d = random.philox(i, 1, 2, 3, 4, 5)
            total ^= a ^ b ^ c ^ d
        return total

    def events(n: int) -> float:
        total = 0.0
        for i in range(n):
            total += event(0.001 + 3.0 * i / n, 2.0, -0.5, 3.3, 0.2)
        return total

    lines = []
    for name, function in (
        ("Philox block (4 x 32 bits)", blocks),
        ("event time (E1 and its inverse)", events),
    ):
        loop = numba.njit(function)
        loop(10)  # compiles
        seconds = _best(repeats, partial(loop, calls))
        lines.append(Line(name, 1e9 * seconds / calls, "ns"))
    return lines


def importing(*, repeats: int) -> list[Line]:
    """`import seedsoil` in a fresh process."""
    program = (
        "import time; begun = time.perf_counter(); import seedsoil; "
        "print(time.perf_counter() - begun)"
    )
    quickest = min(float(_child(["-c", program])) for _ in range(repeats))
    return [Line("import seedsoil", quickest, "s", "< 0.3")]


def _command(directory: Path, **environment: str) -> float:
    # With bytecode, which an installed package has: without it the modules are compiled, too, each time.
    environment["PYTHONDONTWRITEBYTECODE"] = ""
    arguments = ["-m", "seedsoil", "run", "--women", "1000", "--out", str(directory)]
    return _seconds(lambda: _child(arguments, **environment))


def warm_start(*, repeats: int) -> list[Line]:
    """`seedsoil run --women 1000`, report and all, when the kernels have been compiled before."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        _command(directory / "first")
        quickest = min(_command(directory / str(i)) for i in range(repeats))
    return [Line("seedsoil run --women 1000, warm", quickest, "s", "< 2")]


def cold_start() -> list[Line]:
    """The same with an empty cache: every kernel is compiled."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        seconds = _command(directory / "run", XDG_CACHE_HOME=str(directory / "cache"))
    return [Line("seedsoil run --women 1000, cold", seconds, "s", "< 20")]


# VmHWM is the peak of this process alone; ru_maxrss would start from that of the parent (Linux).
STREAM = """
import resource, sys
from pathlib import Path
from seedsoil.run.simulate import stream
seconds = stream(Path(sys.argv[2]), int(sys.argv[1]), seed=1)["seconds"]
status = Path("/proc/self/status")
if status.exists():
    peak = next(int(line.split()[1]) for line in status.open() if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak, seconds)
"""


def streaming(*, women: int) -> list[Line]:
    """Peak memory, time and size on disk of a cohort streamed to a temporary directory."""
    with tempfile.TemporaryDirectory() as name:
        peak, seconds = (float(word) for word in _child(["-c", STREAM, str(women), name]).split())
        disk = sum(path.stat().st_size for path in Path(name).iterdir())
    label = f"{women:,} women to disk"
    return [
        Line(f"{label}: peak memory", peak / 1024.0, "MiB", "flat"),
        Line(f"{label}: time", seconds, "s"),
        Line(f"{label}: files", disk / 2.0**20, "MiB"),
    ]
