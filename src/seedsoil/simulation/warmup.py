"""The first run on a machine: the kernels compiled by two processes at once.

What takes longest are the two loops, `natural_history.loop.simulate_natural_history` and `treatment.loop.simulate_treated`. A second process compiles the
latter and leaves it in the cache; this one does all else, and waits for it when it gets there. On one core,
or if the second process fails, this one compiles all.
"""

from __future__ import annotations

import atexit
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FOLLOW = "loop.simulate_treated"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # those that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_compilation(meanwhile: Callable[[], object] | None = None) -> Callable[[], None] | None:
    """Start the second process, if the machine has a second core. It ends with this one at the latest.

    Nothing heavy is imported before it is under way. Returns what waits for it; `meanwhile` is done first,
    since the second process takes longer than what is compiled here.
    """
    if _cores() < 2:
        return None
    package = str(Path(__file__).parents[2])
    search = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    helper = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            "from seedsoil.simulation.warmup import compile_follow; compile_follow()",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": search},
        text=True,
    )
    atexit.register(helper.kill)
    done = helper.stdout
    assert done is not None

    def wait() -> None:
        _compile_writing()
        if meanwhile is not None:
            meanwhile()
        # It says when it is done; however else it ends, there is nothing to read.
        done.readline()

    return wait


def _rows(kind: Any) -> Any:
    import numpy as np

    return np.zeros(1, kind).view(np.recarray)


def _compile(kernel: Any, *arguments: Any) -> None:
    """Compile `kernel` as other kernels call it, for arguments like these; nothing is run."""
    import numba

    kernel.get_call_template(tuple(numba.typeof(a) for a in arguments), {})


def compile_follow() -> None:
    """Compile `simulate_treated` for the arguments that `treat_range` gives it."""
    gc.disable()  # as in `compiled`
    sys.modules["scipy"] = None  # type: ignore[assignment] # not there: Numba's import of it is slow

    from seedsoil.model.parameters import PARAMETERS
    from seedsoil.model.rows import LINE_ROW, SCAN_ROW
    from seedsoil.model.treatment.loop import simulate_treated
    from seedsoil.model.treatment.plan import CONSTANTS, Plan
    from seedsoil.model.treatment.rules import RULE
    from seedsoil.model.treatment.workspace import treated_workspace

    woman, initial_lesions, s, known, episodes, _, _ = treated_workspace()
    plan = Plan(_rows(CONSTANTS)[0], _rows(RULE), _rows(RULE), _rows(RULE))
    lines, scans = _rows(LINE_ROW), _rows(SCAN_ROW)
    _compile(
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
    )
    print("done", flush=True)


def _compile_writing() -> None:
    """Compile what `treat_range` calls after it."""
    from seedsoil.model.natural_history.state import workspace
    from seedsoil.model.parameters import PARAMETERS
    from seedsoil.model.rows import LESION_ROW, SYMPTOM_ROW
    from seedsoil.model.treatment.plan import CONSTANTS
    from seedsoil.model.treatment.workspace import treated_workspace
    from seedsoil.model.treatment.writing import write_treated

    _compile(
        write_treated,
        _rows(PARAMETERS)[0],
        _rows(CONSTANTS)[0],
        workspace(),
        treated_workspace(),
        0.0,
        _rows(LESION_ROW),
        _rows(SYMPTOM_ROW),
    )
