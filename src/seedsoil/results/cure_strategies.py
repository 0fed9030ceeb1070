"""Is there a cure, and with which strategy? The same women under several treatments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.words import listed, signed, whole
from seedsoil.errors import InputError
from seedsoil.results.burden import divided
from seedsoil.results.columns import ALL_WOMEN, chosen, integers, women_with_metastases
from seedsoil.results.cure import AMONG, METASTATIC
from seedsoil.results.cure_state import STATES, state_of_cure
from seedsoil.results.shares import Share

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from seedsoil.catalog import Catalog
    from seedsoil.results.columns import Flags, Integers, Tables


@dataclass(frozen=True)
class StrategyShare:
    """Share of the women of a group who are in a state of cure under a strategy.

    `difference`: this share minus that of the first strategy, and `difference_error` its Monte-Carlo standard
    error; 0 for the first strategy itself.
    """

    strategy: str
    group: str
    state: str
    share: Share
    difference: float
    difference_error: float


@dataclass(frozen=True)
class CureByStrategy(Shown):
    """States of cure by strategy: `shares`, one a strategy, group and state, in that order.

    `paired`: whether the runs hold the same women, so that differences are between a woman and herself.
    """

    title = "Cure by strategy"

    shares: tuple[StrategyShare, ...]
    by: str | None
    among: str
    paired: bool

    def table(self) -> pa.Table:
        """One row a strategy, group and state.

        Columns strategy, group, state, count, women, share, standard_error, lower, upper (95 %),
        difference (from the first strategy), difference_standard_error.
        """
        import pyarrow as pa

        rows = self.shares
        return pa.table(
            {
                "strategy": [r.strategy for r in rows],
                "group": [r.group for r in rows],
                "state": [r.state for r in rows],
                "count": [r.share.count for r in rows],
                "women": [r.share.women for r in rows],
                "share": [r.share.value for r in rows],
                "standard_error": [r.share.standard_error for r in rows],
                "lower": [r.share.interval[0] for r in rows],
                "upper": [r.share.interval[1] for r in rows],
                "difference": [r.difference for r in rows],
                "difference_standard_error": [r.difference_error for r in rows],
            }
        )

    @property
    def sentence(self) -> str:
        """The share in whom every lesion was extinct at death, strategy by strategy."""
        who = "women with metastatic disease" if self.among == "metastatic" else "women"
        parts = []
        for row in self.shares:
            if row.state == "eradicated":
                group = f", {row.group}" if self.by else ""
                parts.append(f"{row.share.words} with {row.strategy}{group}")
        return f"Every lesion extinct at death, of {who} (± Monte-Carlo error): {listed(parts)}."

    def chart(self) -> dict[str, Any]:
        """Share eradicated and share disease-free by strategy (and group), with 95 % intervals."""
        from seedsoil.display.shares import dots_chart

        rows = []
        for row in self.shares:
            if row.state != "neither":
                name = f"{row.strategy}, {row.group}" if self.by else row.strategy
                rows.append((name, row.state, row.share.value, *row.share.interval))
        return dots_chart(
            rows,
            order=list(dict.fromkeys(row[0] for row in rows)),
            x_title="Share of women",
            description=self.sentence,
        )

    def text_rows(self) -> TextRows:
        """Share and change from the first strategy, in percentage points."""
        rows = []
        for row in self.shares:
            change = "–"  # the first strategy, or a group that the first one does not have
            if row.strategy != self.shares[0].strategy and not math.isnan(row.difference):
                change = f"{signed(100 * row.difference, 2)} ± {100 * row.difference_error:.2f}"
                if row.difference == row.difference_error == 0:
                    change = "no difference"
            rows.append(
                [
                    row.strategy,
                    row.group,
                    row.state,
                    whole(row.share.women),
                    row.share.words,
                    change,
                ]
            )
        header = ["strategy", "group", "at death", "women", "share", "change, points"]
        return header, rows

    def __repr__(self) -> str:
        return text_table(*self.text_rows())


def cure_by_strategy(
    runs: Mapping[str, Tables],
    by: str | None = None,
    *,
    among: str = "metastatic",
    catalog: Catalog | None = None,
) -> CureByStrategy:
    """States of cure under several strategies, and their change from the first.

    `runs`: the run of each strategy by name. If they hold the same women (the same numbers, and the same of
    them with metastatic disease), a change d̄ is the mean over women of d_i, -1, 0 or 1, with standard error
    sd(d)/√n; else the difference of two independent shares. `by`, `among`, `catalog`: as in `cure`; groups
    are those of each run. Raises InputError for fewer than one run and for wrong arguments.
    """
    chosen("among", among, AMONG)
    if not runs:
        raise InputError("cure by strategy: needs at least one run.")
    told = {name: _Told(run, by, among, catalog) for name, run in runs.items()}
    first = next(iter(told.values()))
    paired = all(first.same_women(other) for other in told.values())
    shares = []
    for name, own in told.items():
        for group, members in own.groups.items():
            for code, state in enumerate(STATES):
                mine = (own.state == code)[members]
                share = Share(int(mine.sum()), mine.size)
                difference = error = 0.0
                if own is not first and group in first.groups:
                    theirs = (first.state == code)[first.groups[group]]
                    if paired and np.array_equal(members, first.groups[group]):
                        change = mine.astype(np.float64) - theirs
                        difference = float(change.mean())
                        error = float(change.std() / np.sqrt(change.size))
                    else:
                        before = Share(int(theirs.sum()), theirs.size)
                        difference = share.value - before.value
                        error = float(np.hypot(share.standard_error, before.standard_error))
                elif own is not first:
                    difference = error = float("nan")
                shares.append(StrategyShare(name, group, state, share, difference, error))
    return CureByStrategy(tuple(shares), by, among, paired)


class _Told:
    """What one run says: the state of each of its women, and who belongs to which group."""

    def __init__(self, run: Tables, by: str | None, among: str, catalog: Catalog | None) -> None:
        self.state: Integers = state_of_cure(run, catalog=catalog)
        self.patient: Integers = integers(run.patients, "patient")
        self.metastatic: Flags = women_with_metastases(run.patients)
        asked = self.metastatic if among == "metastatic" else np.ones(self.patient.size, np.bool_)
        everyone = ALL_WOMEN if among == "all" else METASTATIC
        self.groups: dict[str, Flags] = {
            everyone if by is None else group.name: group.members
            for group in divided(run.patients, by, asked)
        }

    def same_women(self, other: _Told) -> bool:
        return np.array_equal(self.patient, other.patient) and np.array_equal(
            self.metastatic, other.metastatic
        )
