"""Direct standardisation: simulated women weighted to the strata of a registry extract.

    weight of a simulated woman in stratum s = registry women in s / simulated women in s

A stratum is size band × node group × care × ER × HER2 × age band. HER2 that is not known is a level of
its own, of which simulated women of both states are. Where registry women meet fewer than
`FEWEST_SIMULATED` simulated women, strata are merged: with the neighbouring age band first, then over
HER2, then over ER; every merger is listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.matching.care import MOST_CARES, Care
from seedsoil.matching.fields import NODE_GROUPS, NODE_LIMITS, SIZE_BANDS, SIZE_LIMITS_MM
from seedsoil.results.columns import codes, numbers
from seedsoil.vocabulary import HER2_POSITIVE, HR_POSITIVE, N_STAGES, SUBTYPES, T_STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from seedsoil.matching.cohort import Cohort
    from seedsoil.matching.names import Endpoint
    from seedsoil.results.columns import Flags, Floats, Integers

AGE_BANDS = ("under 50", "50-69", "70 and over")
AGE_LIMITS = (50.0, 70.0)
FEWEST_SIMULATED = 25
SIZE, NODES, CARE, ER, HER2, AGE = range(6)
HER2_UNKNOWN = 2
OR_DEATH = ("recurrence-or-death",)
"""Endpoints of which death is an event besides a recurrence."""
SHAPE = (len(SIZE_BANDS), len(NODE_GROUPS), MOST_CARES, 2, 3, len(AGE_BANDS))
"""Levels of the six dimensions of a cell; HER2 is negative, positive or not known."""


@dataclass(frozen=True)
class Women:
    """Women as the comparison sees them: a cell (six levels), a time in years, an event or not.

    `levels` has one column a dimension, in the order SIZE, NODES, CARE, ER, HER2, AGE. `number` tells
    simulated women apart, of whom some stand in several cells; None: all are different women.
    """

    levels: Integers
    time: Floats
    event: Flags
    number: Integers | None = None

    @property
    def cell(self) -> Integers:
        """Flat index of the cell of each woman."""
        flat: Integers = np.ravel_multi_index(tuple(self.levels.T), SHAPE).astype(np.int64)
        return flat

    def where(self, members: Flags) -> Women:
        """Some of the women, one flag a woman."""
        number = None if self.number is None else self.number[members]
        return Women(self.levels[members], self.time[members], self.event[members], number)

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

    `offered_by` is the same for simulated women: those of known HER2 do not count twice where their
    cell was merged with that of HER2 not known. Only strata that hold registry women are listed;
    other cells have index -1.
    """

    of_cell: Integers
    offered_by: Integers
    strata: tuple[Stratum, ...]

    def of(self, women: Women) -> Integers:
        """The stratum of each registry woman, -1 where the registry has nobody in it."""
        return self.of_cell[women.cell]

    def of_simulated(self, women: Women) -> Integers:
        """The stratum in which each simulated woman counts, -1 in none."""
        return self.offered_by[women.cell]


def age_band(age: Floats) -> Integers:
    """Index into `AGE_BANDS` of each age in years."""
    return np.digitize(age, AGE_LIMITS).astype(np.int64)


def registry_women(cohort: Cohort, care: Integers) -> Women:
    """The women of an extract; `care` holds the index of the care of each."""
    her2 = np.full(cohort.women, HER2_UNKNOWN)
    if cohort.her2 is not None:
        her2 = np.where(cohort.her2_known, cohort.her2, HER2_UNKNOWN)
    columns = (
        cohort.size_band,
        cohort.node_group,
        care,
        cohort.er,
        her2,
        age_band(cohort.age),
    )
    levels = np.column_stack([np.asarray(column, dtype=np.int64) for column in columns])
    return Women(levels, cohort.time, cohort.event)


def straddling(cohort: Cohort) -> dict[str, int]:
    """How many women have a band of age, size or nodes in the file that reaches over two of ours."""
    age, size, nodes = cohort.age_range, cohort.size_mm, cohort.node_count
    limits = np.array(SIZE_LIMITS_MM)
    over = {
        # A band of ages ends with its last completed year, and one of sizes begins above its limit.
        "age": age_band(age.low) != np.searchsorted(AGE_LIMITS, age.high, side="left"),
        "size": np.searchsorted(limits, size.low, side="right")
        != np.searchsorted(limits, size.high, side="left"),
        "nodes": np.digitize(nodes.low, NODE_LIMITS) != np.digitize(nodes.high, NODE_LIMITS),
    }
    banded = {"age": age, "size": size, "nodes": nodes}
    return {
        name: count
        for name, flags in over.items()
        if (count := int((flags & (banded[name].low < banded[name].high)).sum()))
    }


def simulated_women(
    patients: pa.Table,
    endpoint: Endpoint,
    cares: Mapping[int, Care] | None = None,
    her2: tuple[bool, bool] = (False, True),
) -> Women:
    """Simulated women comparable with a registry of operated women: no metastasis at diagnosis.

    `cares`: of those simulated in this way, by index; women who were not treated so are left out, and
    who fits several stands in each. None takes all of them, at the first level. `her2`: whether the
    registry has women of known and of unknown HER2; for both every woman stands in two cells. ER
    positive is HR+ by the model's subtypes. A woman's time ends at the event or at her death,
    whatever its cause.
    """
    presentation, presentations = codes(patients, "presentation")
    taken = presentation != presentations.index("de novo") if "de novo" in presentations else None
    keep = np.ones(patients.num_rows, dtype=np.bool_) if taken is None else taken
    size, _ = codes(patients, "t_stage", T_STAGES)
    nodes, _ = codes(patients, "n_stage", N_STAGES)
    subtype, _ = codes(patients, "subtype", SUBTYPES)
    positive = np.array([*HR_POSITIVE, False])[subtype]
    of_her2 = np.array([*HER2_POSITIVE, False])[subtype].astype(np.int64)
    age = age_band(numbers(patients, "age"))
    number = numbers(patients, "patient").astype(np.int64)
    died = numbers(patients, "died_at")
    at = _event_time(patients, endpoint, died)
    event = at <= died
    time = np.where(event, at, died)
    given, therapies = codes(patients, "adjuvant")
    parts = []
    chosen: dict[int, Care | None] = {0: None} if cares is None else {**cares}
    for index, care in chosen.items():
        same = keep
        if care is not None:
            fits = [care.takes(therapy.split("+")) for therapy in therapies]
            same = keep & np.array([*fits, False])[given]
        level = np.full(patients.num_rows, index)
        for known in (True, False):
            if not her2[0 if known else 1]:
                continue
            shown = of_her2 if known else np.full(patients.num_rows, HER2_UNKNOWN)
            levels = np.column_stack((size, nodes, level, positive, shown, age)).astype(np.int64)
            parts.append(Women(levels, time, event, number).where(same))
    return joined(parts)


def _event_time(patients: pa.Table, endpoint: Endpoint, died: Floats) -> Floats:
    """Years to the event; NaN where it never happens."""
    if endpoint == "death":
        return died
    at = numbers(patients, "metastatic_at")
    if endpoint != "distant":
        at = np.fmin(at, numbers(patients, "locoregional_at"))
    return np.fmin(at, died) if endpoint in OR_DEATH else at


def joined(parts: list[Women]) -> Women:
    """Several groups of women as one; all or none have numbers."""
    numbered = [part.number for part in parts if part.number is not None]
    return Women(
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.event for part in parts]),
        np.concatenate(numbered) if numbered else None,
    )


def stratify(registry: Women, simulated: Women, cares: tuple[Care, ...] = ()) -> Strata:
    """Divide the cells that hold registry women into strata with enough simulated women.

    Age bands are merged with their neighbours first, then HER2, then ER. What is too sparse even
    then stays a stratum of its own, with the simulated women there are. `cares` name the strata.
    """
    size = int(np.prod(SHAPE))
    have = np.bincount(registry.cell, minlength=size).reshape(SHAPE)
    offered = np.bincount(simulated.cell, minlength=size).reshape(SHAPE)
    index = np.arange(size).reshape(SHAPE)
    label = _Labels(cares, bool((registry.levels[:, HER2] != HER2_UNKNOWN).any()))
    of_cell = np.full(size, -1, dtype=np.int64)
    offered_by = np.full(size, -1, dtype=np.int64)
    strata: list[Stratum] = []
    for top in product(*(range(levels) for levels in SHAPE[:ER])):
        if not have[top].any():
            continue
        for block in _blocks(have[top], offered[top]):
            women = have[top].ravel()[block]
            if not women.any():
                continue
            cells, matched = index[top].ravel()[block], offered[top].ravel()[block]
            of_cell[cells] = len(strata)
            counting = _counting(block, offered[top])
            offered_by[cells[counting]] = len(strata)
            thin = np.flatnonzero((women > 0) & (matched < FEWEST_SIMULATED))
            strata.append(
                Stratum(
                    label=label.of(cells),
                    registry=int(women.sum()),
                    simulated=int(matched[counting].sum()),
                    sparse=tuple(
                        (label.of(cells[i : i + 1]), int(women[i]), int(matched[i])) for i in thin
                    ),
                )
            )
    return Strata(of_cell, offered_by, tuple(strata))


def _blocks(have: Integers, offered: Integers) -> list[Integers]:
    """Groups of flat (ER, HER2, age) indices; `have` and `offered` count women by those three."""
    index = np.arange(have.size).reshape(have.shape)
    blocks = []
    for er in range(2):
        own = [
            index[er, her2][ages]
            for her2 in range(3)
            for ages in _merge_ages(have[er, her2], offered[er, her2])
        ]
        if _sparse(own, have, offered):
            merged = _merge_ages(have[er].sum(axis=0), _once(offered[er]))
            own = [index[er][:, ages].ravel() for ages in merged]
        blocks.extend(own)
    if _sparse(blocks, have, offered):
        merged = _merge_ages(have.sum(axis=(0, 1)), _once(offered[0]) + _once(offered[1]))
        blocks = [index[:, :, ages].ravel() for ages in merged]
    return blocks


def _sparse(blocks: list[Integers], have: Integers, offered: Integers) -> bool:
    return any(
        have.ravel()[block].any()
        and offered.ravel()[block[_counting(block, offered)]].sum() < FEWEST_SIMULATED
        for block in blocks
    )


def _once(offered: Integers) -> Integers:
    """Simulated women by age of all HER2 states (HER2 × age), each counted once."""
    whole: Integers = offered[HER2_UNKNOWN]
    return whole if whole.any() else offered.sum(axis=0)


def _counting(block: Integers, offered: Integers) -> Flags:
    """Of a block's flat (ER, HER2, age) indices those whose simulated women count.

    Those of HER2 not known are all women; where they are in a block, the others would count twice.
    """
    unknown: Flags = np.unravel_index(block, offered.shape)[1] == HER2_UNKNOWN
    return unknown if offered.ravel()[block[unknown]].any() else ~unknown


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

    def __init__(self, cares: tuple[Care, ...], her2_known: bool) -> None:
        self.cares = cares
        self.her2_known = her2_known
        self.several = {
            part: len({getattr(care, part) for care in cares}) > 1
            for part in ("therapy", "adjuvant", "strategy")
        }

    def of(self, cells: Integers) -> str:
        levels = np.unravel_index(cells, SHAPE)
        parts = [SIZE_BANDS[levels[SIZE][0]], NODE_GROUPS[levels[NODES][0]]]
        er, her2 = set(levels[ER].tolist()), set(levels[HER2].tolist())
        parts.append("any ER" if len(er) > 1 else "ER+" if er == {1} else "ER-")
        if self.her2_known:
            names = ("HER2-", "HER2+", "HER2 not known")
            parts.append("any HER2" if len(her2) > 1 else names[her2.pop()])
        ages = sorted(set(levels[AGE].tolist()))
        if len(ages) == len(AGE_BANDS):
            parts.append("any age")
        else:
            parts.append("age " + " or ".join(AGE_BANDS[age] for age in ages))
        if self.cares:
            care = self.cares[levels[CARE][0]]
            if self.several["therapy"]:
                parts.append(f"adjuvant {care.therapy}")
            if self.several["adjuvant"]:
                parts.append(f"policy {care.adjuvant}")
            if self.several["strategy"]:
                parts.append(f"strategy {care.strategy}")
        return ", ".join(parts)
