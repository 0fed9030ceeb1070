"""What is counted of simulated women: all in whole numbers, so that the order of women does not matter.

All is kept by subtype; those of all women are the sums. Names are `quantity:subtype`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.reductions.days import by_day
from seedsoil.reductions.sums import Sums
from seedsoil.reductions.tally import Tally
from seedsoil.results.reference import AGE, DIAMETER_MM, NODES
from seedsoil.vocabulary import (
    CAUSES_OF_DEATH,
    DETECTED_BY,
    FOUND_BY,
    HR_POSITIVE,
    N_STAGES,
    ORGANS,
    OUTCOMES,
    PRESENTATIONS,
    STAGES,
    SUBTYPE_KEYS,
    T_STAGES,
    THERAPY_SETS,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

CODES = {
    "presentation": PRESENTATIONS,
    "stage": STAGES,
    "t_stage": T_STAGES,
    "n_stage": N_STAGES,
    "detected_by": DETECTED_BY,
    "adjuvant": THERAPY_SETS,
    "cause_of_death": CAUSES_OF_DEATH,
    "outcome": OUTCOMES,
    "outcome_metastatic": OUTCOMES,
    "outcome_in_life": OUTCOMES,
    "found_by": FOUND_BY,
    "organ_involved": ORGANS,
}
"""Counts by code, each with the words of its codes. The last four are of women with metastatic disease."""
OF_ALL = ("age", "diameter_mm", "life_years")
"""Sums over all women: years, mm, years from the diagnosis of the primary to death."""
OF_FOUND = ("age", "life_years", "lines", "years_on_treatment", "years_with_symptoms")
"""Sums over women whose metastatic disease is found in life: age then, years to death, and so on."""
EVENTS = ("distant", "locoregional", "any")
DE_NOVO, RECURRENT = PRESENTATIONS.index("de novo"), PRESENTATIONS.index("recurrent")
AT_DEATH = FOUND_BY.index("death")


def counted(rows: NDArray[Any]) -> Tally:
    """The tally of women, from their rows of the patients table (`rows.PATIENT`)."""
    tally = Tally()
    women = _Women(rows)
    for code, key in enumerate(SUBTYPE_KEYS):
        _count(tally, key, women, women.subtype == code)
    _count_reference(tally, women)
    return tally


class _Women:
    """Columns of the rows that are asked for, with the codes of the tables."""

    def __init__(self, rows: NDArray[Any]) -> None:
        def column(name: str) -> Any:
            return np.ascontiguousarray(rows[name])

        self.subtype = column("subtype").astype(np.int64)
        self.codes: dict[str, Integers] = {
            name: column(name).astype(np.int64)
            for name in ("presentation", "stage", "n_stage", "detected_by", "adjuvant", "outcome")
        }
        self.codes["t_stage"] = column("t_stage").astype(np.int64) - 1
        self.codes["cause_of_death"] = column("of_cancer").astype(np.int64) + 2 * column(
            "of_treatment"
        )
        self.found_by = column("found_by").astype(np.int64) - 1
        self.involved = column("involved").astype(np.int64)
        self.truncated = column("truncated").astype(np.int64)
        self.lines = column("lines").astype(np.int64)
        self.age, self.diameter = column("age"), column("diameter_mm")
        self.died_at, self.metastatic_at = column("died_at"), column("metastatic_at")
        self.locoregional_at = column("locoregional_at")
        self.on_treatment = np.nan_to_num(column("years_on_treatment"))
        self.with_symptoms = np.nan_to_num(column("years_with_symptoms"))
        self.nodes = column("positive_nodes").astype(np.int64)

    @property
    def in_life(self) -> Flags:
        """Women whose metastatic disease was found while they lived."""
        return np.asarray(np.isfinite(self.metastatic_at) & (self.found_by != AT_DEATH))


def _count(tally: Tally, key: str, women: _Women, mine: Flags) -> None:
    def codes(name: str, values: Integers, which: Flags, size: int) -> None:
        seen = values[which]
        tally.count(f"{name}:{key}", seen[seen >= 0], size)

    tally.count(f"women:{key}", np.zeros(int(mine.sum()), np.int64), 1)
    for name, values in women.codes.items():
        codes(name, values, mine, len(CODES[name]))
    metastatic = mine & (women.codes["presentation"] > 0)
    codes("outcome_metastatic", women.codes["outcome"], metastatic, len(OUTCOMES))
    codes("found_by", women.found_by, metastatic, len(FOUND_BY))
    for organ in range(len(ORGANS)):
        has = int(((women.involved[metastatic] >> organ) & 1).sum())
        tally.count(f"organ_involved:{key}", np.full(has, organ), len(ORGANS))
    codes("truncated", women.truncated, mine, 2)
    codes("age", np.floor(women.age).astype(np.int64), mine, 0)
    codes("diameter_mm", np.floor(women.diameter).astype(np.int64), mine, 0)
    found = mine & women.in_life
    codes("lines", women.lines, found, 0)
    codes("outcome_in_life", women.codes["outcome"], found, len(OUTCOMES))
    cause = women.codes["cause_of_death"]
    lived = women.died_at - women.metastatic_at
    for code, name in enumerate(CAUSES_OF_DEATH):
        died = cause == code
        tally.add_counts(f"death, {name}:{key}", by_day(women.died_at[mine & died]))
        tally.add_counts(f"metastatic death, {name}:{key}", by_day(lived[found & died]))
    _count_recurrence(tally, key, women, mine)
    tally.add_sums(
        f"all women:{key}",
        Sums.of(np.stack([women.age, women.diameter, women.died_at], axis=1)[mine], joint=True),
    )
    tally.add_sums(
        f"found in life:{key}",
        Sums.of(
            np.stack(
                [(women.age + women.metastatic_at)[found], lived[found], women.lines[found],
                 women.on_treatment[found], women.with_symptoms[found]],
                axis=1,
            ),
            joint=True,
        ),
    )  # fmt: skip


def _count_recurrence(tally: Tally, key: str, women: _Women, mine: Flags) -> None:
    """By day since diagnosis: events among women not metastatic then, and deaths without one."""
    kind = women.codes["presentation"]
    mine = mine & (kind != DE_NOVO)
    distant = np.where(kind == RECURRENT, women.metastatic_at, np.inf)
    local = np.where(np.isfinite(women.locoregional_at), women.locoregional_at, np.inf)
    for name, time in zip(EVENTS, (distant, local, np.minimum(distant, local)), strict=True):
        had = mine & np.isfinite(time)
        tally.add_counts(f"{name} recurrence:{key}", by_day(time[had]))
        tally.add_counts(f"death before {name}:{key}", by_day(women.died_at[mine & ~had]))


def _count_reference(tally: Tally, women: _Women) -> None:
    """By day since diagnosis: distant recurrence of women as those of the trials that it is compared with."""
    kind = women.codes["presentation"]
    chosen = (kind != DE_NOVO) & (women.age < AGE) & (women.diameter <= DIAMETER_MM)
    positive = np.asarray(HR_POSITIVE)[women.subtype]
    happened = women.metastatic_at <= women.died_at  # NaN compares false: no event
    for er, of_kind in (("er_pos", positive), ("er_neg", ~positive)):
        for group, (low, high) in NODES.items():
            mine = chosen & of_kind & (women.nodes >= low) & (women.nodes <= high)
            events = by_day(women.metastatic_at[mine & happened])
            tally.add_counts(f"reference event:{er}_{group}", events)
            censored = by_day(women.died_at[mine & ~happened])
            tally.add_counts(f"reference censored:{er}_{group}", censored)
