"""Cohorts: women in shards, shards on threads, tables in memory or streamed to disk.

A woman's course depends on her number, the seed and the policies alone, so how the women are cut into
shards and on how many threads they run changes nothing, to the bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.errors import InputError, integer, shown, whole_number
from seedsoil.model import random
from seedsoil.model.natural_history.loop import MOST_LESION_ROWS, simulate_range
from seedsoil.model.natural_history.state import workspace
from seedsoil.model.natural_history.writing import MOST_SYMPTOM_ROWS
from seedsoil.model.rows import (
    DRUG_ROW,
    LESION_ROW,
    LINE_ROW,
    PATIENT,
    SCAN_ROW,
    SYMPTOM_ROW,
    Buffers,
)
from seedsoil.model.treatment.state import MAX_LINES
from seedsoil.model.treatment.whole_course import treat_range
from seedsoil.model.treatment.workspace import treated_workspace
from seedsoil.simulation.backend import backend, go_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.model.treatment.plan import Plan
    from seedsoil.model.types import Parameters


SHARD = 20_000
_BLOCK = 1_000
"""Women between two looks at whether anybody still waits: well under a second."""
_LESION_BUFFER = 400_000
_SYMPTOM_BUFFER = 100_000
_LINE_BUFFER = 40_000
_DRUG_BUFFER = 100_000


Progress = Callable[[int], None]


class Shard(NamedTuple):
    """Kernel rows of women in a row: `PATIENT`, and the others in as many parts as were filled."""

    patients: NDArray[Any]
    lesions: list[NDArray[Any]]
    symptoms: list[NDArray[Any]]
    lines: list[NDArray[Any]]
    drugs: list[NDArray[Any]]


def check_cohort(women: int, seed: int, first: int, threads: int | None) -> int:
    """Check the numbers that define a cohort; returns the number of threads to use."""
    for name, number in (("women", women), ("seed", seed), ("first", first)):
        integer(name, number)
    if women < 1:
        raise InputError(f"women: {shown(women)} is not a cohort; allowed: 1 and more")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed: {shown(seed)} is out of range; allowed: 0 to 2^64 - 1")
    if first < 0 or first + women - 1 > random.MAX_PATIENT:
        raise InputError(
            f"patient numbers {shown(first)} to {shown(first + women - 1)} are out of range; "
            f"allowed: 0 to {random.MAX_PATIENT}"
        )
    if threads is None:
        return os.cpu_count() or 1
    return whole_number("threads", threads, problem="is not possible")


def require_memory(women: int, bytes_each: int, instead: str) -> None:
    """Raise InputError where so many women, at `bytes_each` or more, cannot be in memory.

    `instead`: what can be done.
    """
    need, there = women * bytes_each, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if need > there:
        raise InputError(
            f"women: {women:,} take {need / 1e9:,.0f} GB of memory or more, and this machine has "
            f"{there / 1e9:,.0f}; {instead}"
        )


def simulate_rows(
    parameters: Parameters, first: int, count: int, *, details: bool, plan: Plan | None = None
) -> Shard:
    """Women first … first+count-1: patient rows, and with `details` the rows of the other tables.

    Metastatic disease is treated by `plan`; without one it takes its natural course.
    """
    shard = Shard(np.zeros(count, PATIENT).view(np.recarray), [], [], [], [])
    lesions = np.zeros(_LESION_BUFFER if details else 0, LESION_ROW).view(np.recarray)
    symptoms = np.zeros(_SYMPTOM_BUFFER if details else 0, SYMPTOM_ROW).view(np.recarray)
    woman = workspace()
    if plan is not None:
        lines = np.zeros(_LINE_BUFFER if details else MAX_LINES, LINE_ROW).view(np.recarray)
        scans = np.zeros(0, SCAN_ROW).view(np.recarray)
        drugs = np.zeros(_DRUG_BUFFER if details else 0, DRUG_ROW).view(np.recarray)
        course = treated_workspace()
    done = 0
    while done < count:
        go_on()
        block = min(count, (done // _BLOCK + 1) * _BLOCK)
        buffers = Buffers(shard.patients[:block], lesions, symptoms)
        woman.lesion_rows = woman.symptom_rows = 0
        if plan is None:
            done = simulate_range(
                parameters,
                woman,
                first,
                done,
                False,
                buffers,
                MOST_LESION_ROWS,
                MOST_SYMPTOM_ROWS,
            )
        else:
            done = treat_range(
                parameters, plan, first, done, woman, course, buffers, lines, scans, drugs
            )
            if details:
                shard.lines.append(lines[: course.state.lines_used].copy())
                shard.drugs.append(drugs[: course.state.drugs_used].copy())
        if details:
            shard.lesions.append(lesions[: woman.lesion_rows].copy())
            shard.symptoms.append(symptoms[: woman.symptom_rows].copy())
    return shard


def shards(
    parameters: Parameters,
    women: int,
    *,
    first: int,
    threads: int,
    details: bool = True,
    plan: Plan | None = None,
    progress: Progress | None = None,
    size: int = SHARD,
) -> Iterator[Shard]:
    """The cohort's shards in order of patient number, at most `threads` + 1 of them in memory."""

    def simulate(start: int) -> Shard:
        count = min(size, women - start)
        return simulate_rows(parameters, first + start, count, details=details, plan=plan)

    def show(shard: Shard) -> None:
        if progress is not None:
            progress(shard.patients.size)

    return backend(threads).map(simulate, range(0, women, size), look_ahead=1, progress=show)
