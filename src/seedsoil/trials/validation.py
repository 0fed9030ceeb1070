"""Every trial of the catalog simulated and set beside what was published: the table of validation.

Calibration trials are what the drugs were fitted to; validation trials are predicted with everything
frozen. Both are listed, agreeing or not, and so are the numbers that the model cannot give.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.trials.endpoints import Result, Wanted
from seedsoil.trials.words import endpoint_words, interval_words, value_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from seedsoil.catalog import Catalog

COLUMNS = (
    "trial",
    "role",
    "arm",
    "endpoint",
    "among",
    "unit",
    "published",
    "low",
    "high",
    "verified",
    "simulated",
    "monte_carlo_error",
    "predicted_low",
    "predicted_high",
    "inside",
    "reason",
)


@dataclass(frozen=True)
class Row:
    """One published number of one trial beside the model."""

    trial: str
    role: str
    result: Result


def validate(
    catalog: Catalog,
    *,
    names: Sequence[str] = (),
    role: str | None = None,
    women: int | None = None,
    seed: int = 1,
    replicates: int = 200,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Row]:
    """Simulate the trials `names` (all if empty) of a `role` (both if None); their published numbers.

    Other arguments as in `trial`. A trial that too few simulated women would enter is listed with the
    reason instead of numbers. Raises InputError for an unknown trial, a role that none of them has, and
    numbers out of range.
    """
    from seedsoil.errors import InputError
    from seedsoil.trials.endpoints import published
    from seedsoil.trials.enrolment import TooFewEnrolError
    from seedsoil.trials.trial import trial as simulate

    asked = [catalog.trial(name) for name in names] or list(catalog.trials.values())
    chosen = [spec for spec in asked if role in (None, spec.role)]
    if not chosen:
        told = ", ".join(f"{spec.name} ({spec.role})" for spec in asked)
        raise InputError(f"validate: no trial of role {role} among {told}.")
    rows: list[Row] = []
    for spec in chosen:
        if progress is not None:
            progress(spec.name)
        try:
            result = simulate(
                spec,
                women=women,
                seed=seed,
                replicates=replicates,
                threads=threads,
                catalog=catalog,
            )
        except TooFewEnrolError as error:
            rows += [
                Row(spec.name, spec.role, _missing(one, str(error))) for one in published(spec)
            ]
            continue
        rows += [Row(spec.name, spec.role, r) for r in result.results if r.published is not None]
    return rows


def _missing(wanted: Wanted, reason: str) -> Result:
    """A published number of a trial that could not be simulated."""
    entry = wanted.entry
    assert entry is not None
    return Result(
        arm=wanted.arm,
        endpoint=wanted.endpoint,
        among=wanted.group,
        unit=entry.unit,
        published=entry.value,
        low=entry.low,
        high=entry.high,
        verified=entry.verified,
        mean=None,
        error=None,
        predicted_low=None,
        predicted_high=None,
        inside=None,
        reason=reason,
        sources=tuple(entry.sources),
        note=entry.note,
    )


def counts(rows: Sequence[Row], role: str) -> tuple[int, int, int]:
    """Published numbers of a role inside the prediction interval, compared, and in all."""
    mine = [row.result for row in rows if row.role == role]
    compared = [r for r in mine if r.inside is not None]
    return sum(bool(r.inside) for r in compared), len(compared), len(mine)


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """The table as CSV, one line a published number."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            r = row.result
            numbers = (r.mean, r.error, r.predicted_low, r.predicted_high)
            writer.writerow(
                [
                    row.trial,
                    row.role,
                    r.arm,
                    r.endpoint,
                    r.among,
                    r.unit,
                    r.published,
                    r.low,
                    r.high,
                    r.verified,
                    *("" if x is None else f"{x:.5g}" for x in numbers),
                    r.inside,
                    r.reason,
                ]
            )


def markdown(rows: Sequence[Row], made_by: str) -> str:
    """The table as a page: validation trials first, then calibration, then what cannot be given."""
    lines = [
        "# Trials: published against simulated",
        "",
        f"Written by `{made_by}`. *Simulated* is the model's mean among all simulated women who enrol;",
        "the interval holds 95 % of simulated trials of the published size. Months, shares, hazard ratios.",
        "Numbers in italics were not verified at their source. A research and teaching tool.",
        "",
    ]
    for role, title in (
        ("validation", "Validation: predicted, nothing was fitted to them"),
        ("calibration", "Calibration: what the drugs were fitted to"),
    ):
        inside, compared, whole = counts(rows, role)
        if whole == 0:
            continue
        lines += [
            f"## {title}",
            "",
            f"{inside} of {compared} published numbers lie inside the interval; "
            f"{whole - compared} of {whole} have no simulated value (below).",
            "",
            "| trial | arm | result | published | simulated | 95 % of trials | |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in rows:
            r = row.result
            if row.role != role or r.inside is None:
                continue
            shown = value_words(r.published, r.unit)
            what = endpoint_words(r.endpoint) + (f", {r.among}" if r.among else "")
            lines.append(
                f"| {row.trial} | {r.arm} | {what} | {shown if r.verified else f'*{shown}*'} | "
                f"{value_words(r.mean, r.unit)} | {interval_words(r)} | "
                f"{'agrees' if r.inside else 'outside'} |"
            )
        lines.append("")
    lines += ["## Without a simulated value", ""]
    for row in rows:
        if row.result.inside is None:
            r = row.result
            lines.append(
                f"- {row.trial}, {r.arm}, {endpoint_words(r.endpoint)}: {r.reason or 'too few women'}."
            )
    return "\n".join(lines) + "\n"
