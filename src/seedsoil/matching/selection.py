"""Whether the rows set apart are women like those kept: what both have is compared.

Rows that cannot be used are seldom left out by chance (those of node-positive women are coded in more
ways), and a comparison of the rest is then one of other women than the registry's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.matching.cohort import NOT_COMPARED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.matching.cohort import Cohort, Range
    from seedsoil.results.columns import Floats

FEWEST_DROPPED = 5
"""Rows set apart of which a thing must be known to be compared."""
LEVEL = 0.05


@dataclass(frozen=True)
class Kept:
    """One thing compared between women kept and rows set apart.

    `kept` and `dropped` are means (of a yes or no: shares) among `kept_women` and `dropped_rows` of
    whom it is known. `p`: two-sided, by Fisher's exact test or Wilcoxon's rank-sum test, times the
    number of things compared and at most 1 (Bonferroni).
    """

    name: str
    unit: str
    kept: float
    dropped: float
    kept_women: int
    dropped_rows: int
    p: float

    @property
    def differs(self) -> bool:
        """Whether kept and dropped differ by more than chance, at 5 %."""
        return self.p < LEVEL


def kept_and_dropped(cohort: Cohort) -> list[Kept]:
    """What both the women kept and the rows set apart have, compared; empty if too little is known.

    Rows of patients whom the model does not simulate are left out: they ought to differ.
    """
    out = cohort.dropped
    apart = np.array([kind != NOT_COMPARED for kind in out.kind], dtype=np.bool_)
    sides: list[tuple[str, str, Floats, Floats]] = [
        ("age", "years", _middle(cohort.age_range, cohort.age), _middle(out.age)),
        ("size", "mm", _middle(cohort.size_mm), _middle(out.size_mm)),
        ("node-positive", "share", _positive(cohort.node_count), _positive(out.nodes)),
        ("ER+", "share", cohort.er.astype(float), out.er),
        ("HER2+", "share", _flag(cohort.her2, cohort.her2_known), out.her2),
        (
            "endocrine therapy",
            "share",
            _flag(cohort.endocrine, cohort.endocrine_known),
            out.endocrine,
        ),
        ("chemotherapy", "share", _flag(cohort.chemo, cohort.chemo_known), out.chemo),
        ("time", "years", cohort.time, out.time),
        ("event", "share", cohort.event.astype(float), out.event),
    ]
    pairs = []
    for name, unit, kept, dropped in sides:
        known_kept, known_dropped = kept[~np.isnan(kept)], dropped[apart & ~np.isnan(dropped)]
        if len(known_dropped) >= FEWEST_DROPPED and len(known_kept):
            pairs.append((name, unit, known_kept, known_dropped))
    return [
        Kept(
            name=name,
            unit=unit,
            kept=float(kept.mean()),
            dropped=float(dropped.mean()),
            kept_women=len(kept),
            dropped_rows=len(dropped),
            p=min(1.0, len(pairs) * _p(kept, dropped)),
        )
        for name, unit, kept, dropped in pairs
    ]


def _p(kept: Floats, dropped: Floats) -> float:
    """Fisher's exact test of a yes or no, Wilcoxon's rank-sum test of a number; two-sided."""
    from scipy.stats import fisher_exact, mannwhitneyu

    if np.isin(kept, (0.0, 1.0)).all() and np.isin(dropped, (0.0, 1.0)).all():
        table = [[int(side.sum()), int(len(side) - side.sum())] for side in (kept, dropped)]
        return float(fisher_exact(table).pvalue)
    if np.unique(np.concatenate([kept, dropped])).size == 1:
        return 1.0
    return float(mannwhitneyu(kept, dropped, method="asymptotic").pvalue)


def _middle(known: Range, otherwise: Floats | None = None) -> Floats:
    middle: Floats = (known.low + known.high) / 2
    return middle if otherwise is None else np.where(np.isnan(middle), otherwise, middle)


def _positive(nodes: Range) -> Floats:
    """1 for positive nodes, 0 for none, NaN where the range holds both."""
    found = np.where(nodes.low >= 1, 1.0, np.where(nodes.high < 1, 0.0, np.nan))
    return np.asarray(found)


def _flag(value: NDArray[np.bool_] | None, known: NDArray[np.bool_]) -> Floats:
    if value is None:
        return np.full(len(known), np.nan)
    return np.where(known, value.astype(float), np.nan)
