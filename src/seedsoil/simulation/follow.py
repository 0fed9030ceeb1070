"""Follow a population under a plan: the kernel on threads, the women in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.rows import DRUG_ROW, END, EPISODE_ROW, LINE_ROW, SCAN_ROW
from seedsoil.model.treatment.loop import simulate_treated_range
from seedsoil.model.treatment.state import MAX_LINES, CourseRows, scratch
from seedsoil.simulation.backend import PerWorker, backend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seedsoil.model.treatment.plan import Plan
    from seedsoil.model.types import Rows
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


def _one_after_another(parts: Sequence[Rows]) -> Rows:
    """Rows of one layout in one array; copied as bytes, since NumPy would copy them field by field."""
    if len(parts) == 1:
        return parts[0].view(np.recarray)
    kind = parts[0].dtype
    bytes_of = [np.ascontiguousarray(part).view(f"V{kind.itemsize}") for part in parts]
    return np.concatenate(bytes_of).view(kind).view(np.recarray)


def joined(parts: Sequence[Followed]) -> Followed:
    """Several groups of women as one, in the order given."""
    ends: Any = _one_after_another([part.ends for part in parts]).copy()
    lines = [part.lines.size for part in parts]
    ends.first_line += np.repeat(np.cumsum([0, *lines[:-1]]), [part.ends.size for part in parts])
    return Followed(_one_after_another([part.lines for part in parts]), ends)


def _block(
    population: Population, plan: Plan, begin: int, end: int, space: tuple[Any, Any]
) -> Followed:
    women = population.women[begin:end]
    first_lesion_of = population.first_lesion_of[begin:end]
    ends = np.zeros(women.size, END).view(np.recarray)
    s, known = space
    episodes = np.zeros(0, EPISODE_ROW).view(np.recarray)
    scans = np.zeros(0, SCAN_ROW).view(np.recarray)
    drugs = np.zeros(0, DRUG_ROW).view(np.recarray)
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
            CourseRows(lines, episodes, scans, drugs, ends),
        )
        ends.first_line[start:done] += used
        used += n
        parts.append(lines[:n])
    return Followed(_one_after_another(parts), ends)


def follow(population: Population, plan: Plan, *, threads: int = 1) -> Followed:
    """Follow every woman of the population under the plan, to her death."""
    women = _MOST
    if threads > 1:
        women = min(_MOST, max(_LEAST, population.size // (_BLOCKS_A_THREAD * threads)))
    starts = range(0, population.size, women)
    space = PerWorker(scratch)

    def block(start: int) -> Followed:
        return _block(population, plan, start, min(start + women, population.size), space())

    return joined(list(backend(threads).map(block, starts)))
