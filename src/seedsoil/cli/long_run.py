"""How long a very large run would take, and how much disk, before it begins."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from seedsoil.cli import console
from seedsoil.errors import InputError

LARGE = 10_000_000
"""Women of a run that is not begun without a word: some ten minutes, and some ten GB."""
WARM_UP = 100


def ask(women: int, parent: Path, *, yes: bool, **made: Any) -> None:
    """Say what a very large run into `parent` would take; without `yes` it is not begun, but an InputError.

    Measured on the first women of the run, whose other arguments are `made`.
    """
    if women <= LARGE:
        return
    from seedsoil.display.words import of_women
    from seedsoil.run.simulate import stream
    from seedsoil.simulation.shards import SHARD, check_cohort

    threads = check_cohort(women, made["seed"], made["first"], made["threads"])
    alone = {**made, "threads": 1, "anyone": False}
    with tempfile.TemporaryDirectory() as place:
        stream(Path(place), WARM_UP, **alone)  # loads the kernels
        seconds = stream(Path(place), SHARD, **alone)["seconds"] * women / SHARD / threads
        size = sum(path.stat().st_size for path in Path(place).iterdir()) * women / SHARD
    there = parent
    while not there.exists():
        there = there.parent
    told = (
        f"{of_women(women)} take about {time_words(seconds)} on {threads} thread{'s' * (threads > 1)} and "
        f"{size_words(size)} of disk, twice that while it is written; "
        f"{size_words(shutil.disk_usage(there).free)} are free in {there}"
    )
    if not yes:
        raise InputError(f"{told}. --yes starts it")
    console.note(told)


def time_words(seconds: float) -> str:
    """A long time in the unit in which one pictures it: `3 hours`, `15 years`."""
    for unit, length in (("years", 365.25 * 86400), ("days", 86400.0), ("hours", 3600.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{max(2.0, seconds / 60):.0f} minutes"


def size_words(size: float) -> str:
    """Bytes in the unit in which one pictures them: `4.2 GB`."""
    for unit, length in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if size >= length:
            return f"{size / length:,.1f} {unit}"
    return f"{size / 1e6:.0f} MB"
