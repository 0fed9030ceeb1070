"""The fit as a table: every target beside its simulated value, and why a miss is a miss.

`catalog/fitted.csv` is written with `catalog/fitted.toml`; `catalog/misses.toml` gives, for a target or a
group of targets, the reason the authors see for a miss of more than three standard errors.
"""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

from seedsoil.calibration.held_out import NOT_SIMULATED
from seedsoil.catalog.fit_table import LARGE, reason_for, reasons

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from seedsoil.calibration.loss import Comparison

COLUMNS = (
    "target",
    "unit",
    "observed",
    "standard_error",
    "discrepancy",
    "simulated",
    "monte_carlo_error",
    "z",
    "z_with_discrepancy",
    "fitted",
)


def write_csv(rows: Iterable[Comparison], path: Path) -> None:
    """Write the comparisons to `path`, one line a target."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            numbers = [
                f"{x:.6g}" for x in (row.observed, row.se, row.discrepancy, row.simulated, row.mc)
            ]
            writer.writerow(
                [
                    f"{row.group}.{row.cell}",
                    row.unit,
                    *numbers,
                    f"{row.z:.2f}",
                    f"{row.z_stated:.2f}",
                    "yes" if row.fitted else "no",
                ]
            )


def markdown(rows: list[Comparison], made_by: str) -> str:
    """The validation page: the whole table, the misses first, with their reasons."""
    known = reasons()
    missed = [row for row in rows if not abs(row.z) <= LARGE]
    fitted = [row for row in rows if row.fitted]
    inside = sum(1 for row in fitted if abs(row.z_stated) <= LARGE)
    lines = [
        "# Simulated against observed",
        "",
        f"Written by `{made_by}`. z counts standard errors of sampling and Monte-Carlo; z′ has the stated",
        "discrepancy of population or definition in its denominator as well, which is what the fit weighs.",
        "Shares are fractions, hazards per year; odds and rate ratios are natural logarithms.",
        "",
        f"{len(rows)} targets, {len(fitted)} fitted. |z| > 3: {len(missed)}. Of the fitted ones, "
        f"{inside} lie within |z′| ≤ 3; root mean square z′ "
        f"{math.sqrt(sum(min(abs(r.z_stated), 99.0) ** 2 for r in fitted) / len(fitted)):.2f}.",
        "",
        "## Missed by more than three standard errors",
        "",
        "| target | observed | simulated | z | z′ | why, as we see it |",
        "|---|---|---|---|---|---|",
    ]
    for row in missed:
        target = f"{row.group}.{row.cell}"
        lines.append(
            f"| {target} | {row.observed:.4g} | {row.simulated:.4g} | {row.z:+.1f} | "
            f"{row.z_stated:+.1f} | {reason_for(target, known)} |"
        )
    lines += [
        "",
        "## All targets",
        "",
        "| target | unit | observed ± se | simulated ± MC | z | z′ | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.group}.{row.cell} | {row.unit} | {row.observed:.4g} ± {row.se:.2g} | "
            f"{row.simulated:.4g} ± {row.mc:.2g} | {row.z:+.1f} | {row.z_stated:+.1f} | "
            f"{'fitted' if row.fitted else 'compared only'} |"
        )
    lines += ["", "## Targets without a simulated value", ""]
    lines += [f"- {name}: {why}." for name, why in NOT_SIMULATED.items()]
    return "\n".join(lines) + "\n"
