"""Severity: how much of the life that women would have without the disease it takes, by group and strategy.

Absolute shortfall E - Q, proportional (E - Q)/E: Q the mean discounted QALYs from the finding of
metastatic disease to death under a strategy, whatever the horizon of the evaluation, E those of women of the
general population of the same ages (`shortfall.expected_qalys`). The Monte-Carlo standard error of Q is that
of E - Q, too: E is taken for the women who were simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.economics.tables import table

if TYPE_CHECKING:
    import pyarrow as pa

    from seedsoil.economics.cohort import Cohort
    from seedsoil.economics.reference_case import ReferenceCase
    from seedsoil.economics.tables import Frame


def severity_table(cohort: Cohort, frame: Frame, case: ReferenceCase) -> pa.Table:
    """One row a group and strategy; `weight` is what a QALY counts in the reference case.

    `expected` is the mean of the women's own expectations, not the expectation at their mean age.
    """
    rows = []
    for group in frame.groups:
        women, expected = cohort.expected[group]
        if not women:
            continue
        without = expected / women
        for s, strategy in enumerate(frame.strategies):
            left = cohort.books.lifetime_qalys(group, s)
            absolute = without - left
            share = absolute / without
            rows.append(
                {
                    "group": group,
                    "strategy": strategy,
                    "expected": without,
                    "remaining": left,
                    "remaining_se": cohort.books.lifetime_qalys_error(group, s),
                    "absolute": absolute,
                    "proportional": share,
                    "weight": case.weight(absolute, share),
                }
            )
    return table("severity", rows)
