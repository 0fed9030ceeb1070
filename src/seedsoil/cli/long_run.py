"""How long a very large cohort would take, and how much disk or memory, before it begins."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from seedsoil.cli import console
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = 10_000_000
"""Women who are not simulated without a word: some ten minutes, and for a run some ten GB."""
WARM_UP = 100
Yes = Annotated[
    bool, typer.Option("--yes", help="Start even if it takes very long, much disk or much memory.")
]


class Sample(NamedTuple):
    """What a sample of women left: `kept` grows in memory with their number, and so do `files`, in bytes."""

    kept: Any = None
    files: int = 0


def ask(
    women: int | None,
    sample: Callable[[int], Sample],
    *,
    threads: int | None,
    yes: bool,
    parent: Path | None = None,
    per: str = "",
) -> None:
    """Say what a very large cohort would take; without `yes` it is not begun, but an InputError.

    Measured on the first women: `sample` simulates so many of them on one thread. `parent`: where files go.
    `per`: what takes so much, if not the whole command. A cohort that this machine's memory cannot hold is
    not begun at all.
    """
    if women is None or women <= LARGE:
        return
    from seedsoil.display.words import of_women
    from seedsoil.simulation.shards import SHARD, check_cohort

    used = check_cohort(women, 0, 0, threads)
    with contextlib.suppress(InputError):  # so few may be too few; more will tell
        sample(WARM_UP)  # loads the kernels
    begun = time.perf_counter()
    found = sample(SHARD)
    seconds = (time.perf_counter() - begun) * women / SHARD / used
    kept = 0 if found.kept is None else len(pickle.dumps(found.kept)) * women // SHARD
    takes = [f"about {time_words(seconds)} on {used} thread{'s' * (used > 1)}"]
    room = []
    if found.files and parent is not None:
        there = parent.absolute()
        while not there.exists():
            there = there.parent
        takes.append(
            f"{size_words(found.files * women / SHARD)} of disk, twice that while it is written"
        )
        room.append(f"{size_words(shutil.disk_usage(there).free)} are free in {there}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if kept:
        takes.append(f"{size_words(kept)} of memory or more")
        room.append(f"this machine has {size_words(memory)}")
    told = f"{of_women(women)} take {' and '.join(takes)}{per}; {'; '.join(room)}".rstrip("; ")
    if kept > memory:
        raise InputError(f"{told}. Simulate fewer women")
    if not yes:
        raise InputError(f"{told}. --yes starts it")
    console.note(told)


def courses(**made: Any) -> Callable[[int], Sample]:
    """A sample of women's courses without their lesions, of which the patients table is kept.

    `made`: policies, strategy, catalog, seed and first of `simulate`.
    """
    from seedsoil.run.simulate import find

    def sample(women: int) -> Sample:
        return Sample(find("age >= 0", women=women, most=women, threads=1, **made).patients)

    return sample


def enrolments(trial: Any, catalog: Any, *, seed: int) -> Callable[[int], Sample]:
    """A sample of women among whom those enrol who can, and are followed in every arm of `trial`."""
    from seedsoil.trials.enrolment import enrol

    # a sample need not fill its arms
    small = trial.model_copy(update={"arms": [a.model_copy(update={"n": 1}) for a in trial.arms]})

    def sample(women: int) -> Sample:
        return Sample(enrol(catalog, small, women=women, seed=seed, threads=1).arms)

    return sample


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
