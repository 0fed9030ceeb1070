"""The women among whom trials recruit: all whose metastatic disease is found, on that day.

They come from the natural history alone, so they are the same for every arm, drug and strategy: a
trial, and the fit of the drugs, simulate them once.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.natural_history.state import workspace
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.rows import PATIENT
from seedsoil.model.treatment.handover import collect
from seedsoil.model.treatment.state import INITIAL_LESION, TREATED_WOMAN
from seedsoil.simulation.backend import backend
from seedsoil.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Catalog

_BLOCK = 4096  # women simulated by one task
_SEEDS_A_WOMAN = 40  # room for lesions; more is taken when a block needs it


@dataclass(frozen=True)
class Population:
    """Women on the day their metastatic disease is found, and their lesions.

    `women` (dtype TREATED_WOMAN) and, woman after woman, `initial_lesions` (dtype INITIAL_LESION); those of
    woman i begin at `first_lesion_of[i]`. `simulated`: how many women, with or without metastases, they
    come from.
    """

    parameters: Any
    women: Any
    initial_lesions: Any
    first_lesion_of: NDArray[np.int64]
    simulated: int

    @property
    def size(self) -> int:
        """Number of women."""
        return int(self.women.size)

    def dying_as(self, catalog: Catalog) -> Population:
        """The same women with the death from metastases of another catalog."""
        record = np.array([self.parameters], dtype=self.parameters.dtype).view(np.recarray)
        other = kernel_parameters(catalog, seed=1, screening="none", adjuvant="none")
        for name in record.dtype.names:
            if name.startswith("death_"):
                record[0][name] = other[name]
        return dataclasses.replace(self, parameters=record[0])

    def only(self, which: NDArray[np.integer[Any]]) -> Population:
        """The women at the indices `which`."""
        women = self.women[which].view(np.recarray)
        parts = [
            self.initial_lesions[
                self.first_lesion_of[i] : self.first_lesion_of[i] + self.women.lesions[i]
            ]
            for i in which
        ]
        initial_lesions = np.concatenate(parts) if parts else self.initial_lesions[:0]
        return Population(
            self.parameters,
            women,
            initial_lesions.view(np.recarray),
            _first_seed(women),
            self.simulated,
        )


def _first_seed(women: Any) -> NDArray[np.int64]:
    count = np.asarray(women.lesions, np.int64)
    return np.cumsum(count) - count


def restrict(parameters: Any, subtypes: Sequence[str]) -> Any:
    """A copy of the kernel's record in which women have one of `subtypes`, in their old proportions."""
    record = np.array([parameters], dtype=parameters.dtype).view(np.recarray)
    share = np.diff(record[0].subtype_cumulative, prepend=0.0)
    share[[name not in subtypes for name in SUBTYPES]] = 0.0
    cumulative = np.cumsum(share) / share.sum()
    cumulative[np.flatnonzero(share)[-1] :] = 1.0
    record[0].subtype_cumulative[:] = cumulative
    return record[0]


def _block(parameters: Any, first: int, women: int) -> tuple[NDArray[Any], NDArray[Any]]:
    history = workspace()
    row = np.zeros(1, PATIENT).view(np.recarray)[0]
    parts: list[tuple[NDArray[Any], NDArray[Any]]] = []
    begin = 0
    while begin < women:
        found = np.zeros(women - begin, TREATED_WOMAN).view(np.recarray)
        initial_lesions = np.zeros(_SEEDS_A_WOMAN * (women - begin) + 4096, INITIAL_LESION).view(
            np.recarray
        )
        begin, n, used = collect(
            parameters, first, begin, women, found, initial_lesions, row, history
        )
        parts.append((found[:n], initial_lesions[:used].copy()))
    return np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts])


def population(
    catalog: Catalog,
    women: int,
    *,
    seed: int = 1,
    first: int = 0,
    adjuvant: str = "none",
    screening: str = "none",
    subtypes: Sequence[str] = SUBTYPES,
    threads: int = 1,
) -> Population:
    """Simulate `women` women and keep those whose metastatic disease is found in life."""
    parameters = restrict(
        kernel_parameters(catalog, seed=seed, screening=screening, adjuvant=adjuvant), subtypes
    )

    def block(start: int) -> tuple[NDArray[Any], NDArray[Any]]:
        return _block(parameters, first + start, min(_BLOCK, women - start))

    parts = list(backend(threads).map(block, range(0, women, _BLOCK)))
    found = np.concatenate([a for a, _ in parts]).view(np.recarray)
    initial_lesions = np.concatenate([b for _, b in parts]).view(np.recarray)
    return Population(parameters, found, initial_lesions, _first_seed(found), women)
