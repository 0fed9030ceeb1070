"""The first run on a machine: the kernels compiled by two processes at once.

What takes longest are the two loops, `simulate_natural_history` and `simulate_treated`. A second process
compiles the latter and leaves it in the cache; this one does all else, and waits for it when it gets there.
On one core, where nothing can be kept, or if the second process fails, this one compiles all.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.jit import cache_directory, plain_wanted, use_directory

if TYPE_CHECKING:
    from collections.abc import Callable

NATURAL_HISTORY = "loop.simulate_natural_history"
TREATED = "loop.simulate_treated"
"""The loops, as `seedsoil.jit.is_cached` knows them."""

_PROGRAM = "import sys; from seedsoil.simulation.warmup import help_out; help_out(sys.argv[1])"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # those that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_compilation() -> Callable[[], None] | None:
    """Start the second process, if the machine has a second core. Returns what waits for it.

    Nothing heavy is imported before it is under way. It ends with this process at the latest.
    """
    directory = cache_directory()
    if _cores() < 2 or directory is None or plain_wanted():
        return None
    package = str(Path(__file__).parents[2])
    search = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    helper = subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": search},
        text=True,
    )

    def stop() -> None:
        helper.kill()
        helper.communicate()

    atexit.register(stop)

    def wait() -> None:
        _compile_writing()
        assert helper.stdout is not None
        # It says when it is done; however else it ends, there is nothing to read.
        helper.stdout.readline()
        stop()
        atexit.unregister(stop)

    return wait


def help_out(directory: str) -> None:
    """What the second process does: compile the loop of treatment into `directory`."""
    use_directory(Path(directory))
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    _compile_treated()
    print("done", flush=True)


def _end_with_the_first() -> None:
    # The first process writes nothing, so this ends when it has ended, killed or not.
    os.read(0, 1)
    os._exit(1)


def _rows(kind: Any) -> Any:
    import numpy as np

    return np.zeros(1, kind).view(np.recarray)


def _compile_treated() -> None:
    """Compile `simulate_treated` for the arguments that `treat_range` gives it."""
    from seedsoil.jit import compile_for_kernels
    from seedsoil.model.parameters import PARAMETERS
    from seedsoil.model.rows import DRUG_ROW, LINE_ROW, SCAN_ROW
    from seedsoil.model.treatment.loop import simulate_treated
    from seedsoil.model.treatment.plan import CONSTANTS, Plan
    from seedsoil.model.treatment.rules import RULE
    from seedsoil.model.treatment.workspace import treated_workspace

    woman, initial_lesions, s, known, episodes, _, _ = treated_workspace()
    plan = Plan(_rows(CONSTANTS)[0], _rows(RULE), _rows(RULE), _rows(RULE))
    lines, scans, drugs = _rows(LINE_ROW), _rows(SCAN_ROW), _rows(DRUG_ROW)
    compile_for_kernels(
        simulate_treated,
        _rows(PARAMETERS)[0],
        plan,
        woman,
        initial_lesions,
        s,
        known,
        lines,
        episodes,
        scans,
        drugs,
    )


def _compile_writing() -> None:
    """Compile what `treat_range` calls after it."""
    from seedsoil.jit import compile_for_kernels
    from seedsoil.model.natural_history.state import workspace
    from seedsoil.model.parameters import PARAMETERS
    from seedsoil.model.rows import LESION_ROW, SYMPTOM_ROW
    from seedsoil.model.treatment.plan import CONSTANTS
    from seedsoil.model.treatment.workspace import treated_workspace
    from seedsoil.model.treatment.writing import write_treated

    compile_for_kernels(
        write_treated,
        _rows(PARAMETERS)[0],
        _rows(CONSTANTS)[0],
        workspace(),
        treated_workspace(),
        0.0,
        _rows(LESION_ROW),
        _rows(SYMPTOM_ROW),
    )
