"""Treat a population by a plan: the kernel on threads, woman after woman in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.rows import END, EPISODE_ROW, LINE_ROW, SCAN_ROW
from seedsoil.model.treatment.loop import simulate_treated_range
from seedsoil.model.treatment.state import MAX_LINES, scratch
from seedsoil.simulation.backend import PerWorker, backend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.model.treatment.plan import Plan
    from seedsoil.simulation.population import Population

# Women of one call of the kernel: at most, for its memory; at least, since Numba takes a millisecond to see
# what it is given; in between so that every thread has some.
_MOST, _LEAST, _BLOCKS_A_THREAD = 8192, 1024, 4
_LINES_A_WOMAN = 5


@dataclass(frozen=True)
class Followed:
    """Lines of therapy (dtype LINE_ROW) and how each woman of the population ended (dtype END).

    The lines of woman i are `lines[ends[i].first_line :][: ends[i].lines]`.
    """

    lines: Any
    ends: Any


def _block(
    population: Population, plan: Plan, begin: int, end: int, space: tuple[Any, Any]
) -> Followed:
    women = population.women[begin:end]
    first_lesion_of = population.first_lesion_of[begin:end]
    ends = np.zeros(women.size, END).view(np.recarray)
    s, known = space
    episodes = np.zeros(0, EPISODE_ROW).view(np.recarray)
    scans = np.zeros(0, SCAN_ROW).view(np.recarray)
    parts: list[NDArray[Any]] = []
    done, used = 0, 0
    while done < women.size:
        lines = np.zeros(_LINES_A_WOMAN * (women.size - done) + MAX_LINES, LINE_ROW)
        lines = lines.view(np.recarray)
        start = done
        done, n = simulate_treated_range(
            population.parameters,
            plan,
            women,
            first_lesion_of,
            population.initial_lesions,
            start,
            s,
            known,
            lines,
            episodes,
            scans,
            ends,
        )
        ends.first_line[start:done] += used
        used += n
        parts.append(lines[:n])
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return Followed(joined.view(np.recarray), ends)


def follow(population: Population, plan: Plan, *, threads: int = 1) -> Followed:
    """Follow every woman of the population under the plan, to her death."""
    women = _MOST
    if threads > 1:
        women = min(_MOST, max(_LEAST, population.size // (_BLOCKS_A_THREAD * threads)))
    starts = range(0, population.size, women)
    space = PerWorker(scratch)

    def block(start: int) -> Followed:
        return _block(population, plan, start, min(start + women, population.size), space())

    parts = list(backend(threads).map(block, starts))
    offset = 0
    for part in parts:
        part.ends.first_line[:] += offset
        offset += part.lines.size
    return Followed(
        np.concatenate([part.lines for part in parts]).view(np.recarray),
        np.concatenate([part.ends for part in parts]).view(np.recarray),
    )
