"""Direct standardisation: simulated women weighted to the strata of a registry extract.

    weight of a simulated woman in stratum s = registry women in s / simulated women in s

A stratum is size band × node group × treatment × ER (× HER2, when the extract has it) × age band.
Where registry women meet fewer than `FEWEST_SIMULATED` simulated women, strata are merged: with the
neighbouring age band first, then over HER2, then over ER; every merger is listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.matching.fields import NODE_GROUPS, SIZE_BANDS
from seedsoil.results.columns import codes, numbers
from seedsoil.vocabulary import HER2_POSITIVE, HR_POSITIVE, N_STAGES, SUBTYPES, T_STAGES

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.matching.cohort_file import Cohort
    from seedsoil.matching.names import Endpoint
    from seedsoil.results.columns import Flags, Floats, Integers

AGE_BANDS = ("under 50", "50-69", "70 and over")
AGE_LIMITS = (50.0, 70.0)
TREATMENTS = ("none", "endocrine", "chemo", "chemo+endocrine")
"""Adjuvant systemic therapies of a woman, as two 0/1 columns of an extract can tell them."""
FEWEST_SIMULATED = 25
SIZE, NODES, TREATMENT, ER, HER2, AGE = range(6)
SHAPE = (len(SIZE_BANDS), len(NODE_GROUPS), len(TREATMENTS), 2, 2, len(AGE_BANDS))
"""Levels of the six dimensions of a cell; HER2 has one level in use when the extract lacks it."""


@dataclass(frozen=True)
class Women:
    """Women as the comparison sees them: a cell (six levels), a time in years, an event or not.

    `levels` has one column a dimension, in the order SIZE, NODES, TREATMENT, ER, HER2, AGE.
    """

    levels: Integers
    time: Floats
    event: Flags

    @property
    def cell(self) -> Integers:
        """Flat index of the cell of each woman."""
        flat: Integers = np.ravel_multi_index(tuple(self.levels.T), SHAPE).astype(np.int64)
        return flat

    def where(self, members: Flags) -> Women:
        """Some of the women, one flag a woman."""
        return Women(self.levels[members], self.time[members], self.event[members])

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class Stratum:
    """Cells compared as one: `registry` and `simulated` count its women.

    `sparse` lists the cells in it that were too thin alone: name, registry and simulated women.
    """

    label: str
    registry: int
    simulated: int
    sparse: tuple[tuple[str, int, int], ...]

    @property
    def weight(self) -> float:
        """Registry women for each simulated woman; 0 where no woman was simulated."""
        return self.registry / self.simulated if self.simulated else 0.0


@dataclass(frozen=True)
class Strata:
    """The partition of cells into strata; `of_cell` gives the index of a cell's stratum.

    Only strata that hold registry women are listed; other cells have index -1.
    """

    of_cell: Integers
    strata: tuple[Stratum, ...]

    def of(self, women: Women) -> Integers:
        """The stratum of each woman, -1 where the registry has nobody in it."""
        return self.of_cell[women.cell]


def age_band(age: Floats) -> Integers:
    """Index into `AGE_BANDS` of each age in years."""
    return np.digitize(age, AGE_LIMITS).astype(np.int64)


def registry_women(cohort: Cohort, by_treatment: bool) -> tuple[Women, int]:
    """The women of an extract, and how many ER-negative women's endocrine therapy was disregarded.

    The model gives endocrine therapy to hormone-receptor-positive women only (it does nothing in
    the others), so such women have no treated counterpart and are compared with those who had the
    rest of their treatment. Without `by_treatment` every woman has the first level.
    """
    nothing = np.zeros(cohort.women, dtype=np.bool_)
    endocrine, chemo, disregarded = nothing, nothing, 0
    if by_treatment:
        endocrine = nothing if cohort.endocrine is None else cohort.endocrine
        chemo = nothing if cohort.chemo is None else cohort.chemo
        disregarded = int((endocrine & ~cohort.er).sum())
        endocrine = endocrine & cohort.er
    her2 = nothing if cohort.her2 is None else cohort.her2
    columns = (
        cohort.size_band,
        cohort.node_group,
        endocrine + 2 * chemo.astype(np.int64),
        cohort.er,
        her2,
        age_band(cohort.age),
    )
    levels = np.column_stack([np.asarray(column, dtype=np.int64) for column in columns])
    return Women(levels, cohort.time, cohort.event), disregarded


def simulated_women(
    patients: pa.Table, endpoint: Endpoint, treatment: int | None, use_her2: bool
) -> Women:
    """Simulated women comparable with a registry of operated women: no metastasis at diagnosis.

    `treatment`: index into `TREATMENTS`; only women who were given exactly that are taken, and
    None takes all of them, at the first level. ER positive is HR+ by the model's subtypes. A
    woman's time ends at the event or at her death, whatever its cause.
    """
    presentation, presentations = codes(patients, "presentation")
    taken = presentation != presentations.index("de novo") if "de novo" in presentations else None
    keep = np.ones(patients.num_rows, dtype=np.bool_) if taken is None else taken
    if treatment is not None:
        given, therapies = codes(patients, "adjuvant")
        wanted = set(TREATMENTS[treatment].split("+"))
        same = [set(therapy.split("+")) == wanted for therapy in therapies]
        keep = keep & np.array([*same, False])[given]
    size, _ = codes(patients, "t_stage", T_STAGES)
    nodes, _ = codes(patients, "n_stage", N_STAGES)
    subtype, _ = codes(patients, "subtype", SUBTYPES)
    positive = np.array([*HR_POSITIVE, False])[subtype]
    her2 = np.array([*HER2_POSITIVE, False])[subtype]
    level = np.full(patients.num_rows, treatment or 0, dtype=np.int64)
    columns = (size, nodes, level, positive, her2 & use_her2, age_band(numbers(patients, "age")))
    levels = np.column_stack([np.asarray(column, dtype=np.int64) for column in columns])
    died = numbers(patients, "died_at")
    if endpoint == "death":
        at = died
    else:
        at = numbers(patients, "metastatic_at")
        if endpoint == "any":
            at = np.fmin(at, numbers(patients, "locoregional_at"))
    event = at <= died
    return Women(levels[keep], np.where(event, at, died)[keep], event[keep])


def joined(parts: list[Women]) -> Women:
    """Several groups of women as one."""
    return Women(
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.event for part in parts]),
    )


def stratify(registry: Women, simulated: Women, *, by_treatment: bool, use_her2: bool) -> Strata:
    """Divide the cells that hold registry women into strata with enough simulated women.

    Age bands are merged with their neighbours first, then HER2, then ER. What is too sparse even
    then stays a stratum of its own, with the simulated women there are.
    """
    size = int(np.prod(SHAPE))
    have = np.bincount(registry.cell, minlength=size).reshape(SHAPE)
    offered = np.bincount(simulated.cell, minlength=size).reshape(SHAPE)
    index = np.arange(size).reshape(SHAPE)
    label = _Labels(by_treatment, use_her2)
    of_cell = np.full(size, -1, dtype=np.int64)
    strata: list[Stratum] = []
    for top in product(*(range(levels) for levels in SHAPE[:ER])):
        for block in _blocks(have[top], offered[top]):
            women = have[top].ravel()[block]
            if not women.any():
                continue
            cells, matched = index[top].ravel()[block], offered[top].ravel()[block]
            of_cell[cells] = len(strata)
            thin = np.flatnonzero((women > 0) & (matched < FEWEST_SIMULATED))
            strata.append(
                Stratum(
                    label=label.of(cells),
                    registry=int(women.sum()),
                    simulated=int(matched.sum()),
                    sparse=tuple(
                        (label.of(cells[i : i + 1]), int(women[i]), int(matched[i])) for i in thin
                    ),
                )
            )
    return Strata(of_cell, tuple(strata))


def _blocks(have: Integers, offered: Integers) -> list[Integers]:
    """Groups of flat (ER, HER2, age) indices; `have` and `offered` count women by those three."""
    index = np.arange(have.size).reshape(have.shape)
    blocks = []
    for er in range(2):
        own = [
            index[er, her2][ages]
            for her2 in range(2)
            for ages in _merge_ages(have[er, her2], offered[er, her2])
        ]
        if _sparse(own, have, offered):
            merged = _merge_ages(have[er].sum(axis=0), offered[er].sum(axis=0))
            own = [index[er][:, ages].ravel() for ages in merged]
        blocks.extend(own)
    if _sparse(blocks, have, offered):
        merged = _merge_ages(have.sum(axis=(0, 1)), offered.sum(axis=(0, 1)))
        blocks = [index[:, :, ages].ravel() for ages in merged]
    return blocks


def _sparse(blocks: list[Integers], have: Integers, offered: Integers) -> bool:
    return any(
        have.ravel()[block].any() and offered.ravel()[block].sum() < FEWEST_SIMULATED
        for block in blocks
    )


def _merge_ages(have: Integers, offered: Integers) -> list[list[int]]:
    """Neighbouring age bands merged until none with registry women is sparse, or one is left."""
    groups = [[age] for age in range(len(AGE_BANDS))]
    while len(groups) > 1:
        sums = [int(offered[group].sum()) for group in groups]
        thin = [
            i for i, group in enumerate(groups) if have[group].any() and sums[i] < FEWEST_SIMULATED
        ]
        if not thin:
            break
        here = thin[0]
        beside = [i for i in (here - 1, here + 1) if 0 <= i < len(groups)]
        other = min(beside, key=lambda i: sums[i])
        first, second = min(here, other), max(here, other)
        groups[first : second + 1] = [groups[first] + groups[second]]
    return groups


class _Labels:
    """Names of strata in words."""

    def __init__(self, by_treatment: bool, use_her2: bool) -> None:
        self.by_treatment = by_treatment
        self.use_her2 = use_her2

    def of(self, cells: Integers) -> str:
        levels = np.unravel_index(cells, SHAPE)
        parts = [SIZE_BANDS[levels[SIZE][0]], NODE_GROUPS[levels[NODES][0]]]
        er, her2 = set(levels[ER].tolist()), set(levels[HER2].tolist())
        parts.append("any ER" if len(er) > 1 else "ER+" if er == {1} else "ER-")
        if self.use_her2:
            parts.append("any HER2" if len(her2) > 1 else "HER2+" if her2 == {1} else "HER2-")
        ages = sorted(set(levels[AGE].tolist()))
        if len(ages) == len(AGE_BANDS):
            parts.append("any age")
        else:
            parts.append("age " + " or ".join(AGE_BANDS[age] for age in ages))
        if self.by_treatment:
            parts.append(f"adjuvant {TREATMENTS[levels[TREATMENT][0]]}")
        return ", ".join(parts)
