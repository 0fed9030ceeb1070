"""The table of validation as a page in Markdown: what intervals cover, every number, and who enrols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.display.markdown import markdown_table
from seedsoil.trials.coverage import counted, coverage_rows
from seedsoil.trials.enrolled import HEADER, enrolled_rows
from seedsoil.trials.words import (
    chance_interval_words,
    endpoint_words,
    interval_words,
    published_words,
    value_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.trials.validated import ValidationData

_ROLES = (
    ("validation", "Validation: predicted, nothing was fitted to them"),
    ("calibration", "Calibration: what the drugs were fitted to"),
    ("own", "Of your own: what was fitted to them is not known"),
)


def markdown(found: ValidationData, made_by: str, summary: Sequence[Sequence[str]] = ()) -> str:
    """The page; `made_by`: the command that made it. `summary`: a table at the top, its header first."""
    lines = [
        "# Trials: published against simulated",
        "",
        f"Written by `{made_by}`. *Simulated* is the model's mean among all simulated women who enrol;",
        f"{_interval_told(found)} Months, shares, hazard ratios.",
        "Numbers in italics were not verified at their source. A research and teaching tool.",
        "",
    ]
    if summary:
        lines += ["## In short", "", *markdown_table(summary[0], summary[1:]), ""]
    lines += _coverage(found)
    for role, title in _ROLES:
        inside, compared, whole = found.counts(role)
        if whole:
            lines += [
                f"## {title}",
                "",
                f"{inside} of {compared} published numbers lie inside the interval; "
                f"{whole - compared} of {whole} have no simulated value (below).",
                "",
                *_numbers(found, role),
                "",
            ]
    if found.facts:
        rows = [
            [f"{row.trial} ({row.role})", *told]
            for row in found.facts
            for told in enrolled_rows([row.fact])
        ]
        lines += ["## Who enrols", "", found.enrolled_sentence, ""]
        lines += [*markdown_table(["trial", *HEADER], rows), ""]
    lines += ["## Without a simulated value", ""]
    for row in found.rows:
        if row.result.inside is None:
            r = row.result
            lines.append(
                f"- {row.trial}, {r.arm}, {endpoint_words(r.endpoint)}: {r.reason or 'too few women'}."
            )
    return "\n".join(lines) + "\n"


def _interval_told(found: ValidationData) -> str:
    if not found.draws:
        return "the interval holds 95 % of simulated trials of the published size."
    return (
        "*by chance* holds 95 % of simulated trials of the published size with the values in use, *with "
        f"parameters* those of {found.draws:,} draws of the posterior; *agrees* is of the latter."
    )


def _coverage(found: ValidationData) -> list[str]:
    told = found.coverage
    if not told:
        return []
    bound = sum(row.result.inside is not None and not counted(row.result) for row in found.rows)
    lines = [
        "## What the intervals cover",
        "",
        f"{found.coverage_sentence} An interval that is right covers its level. In brackets: 95 % by the "
        "number of results, as if they were independent; those of a trial are not, so that it is rather too "
        "narrow. "
        "None of these intervals has an allowance for what the model misses otherwise.",
    ]
    if not found.draws:
        lines[-1] += " With `--draws` they hold what is not known of the parameters, too."
    if bound:
        many = f"{bound} numbers that are" if bound > 1 else "One number that is"
        left = "are left out" if bound > 1 else "is left out"
        lines[-1] += f" {many} only bounded (such as a median not reached) {left}."
    return [*lines, "", *markdown_table(*coverage_rows(told)), "", *_allowed(found)]


def _allowed(found: ValidationData) -> list[str]:
    told = found.allowed_coverage
    if not told:
        return []
    return [
        "### With the posterior's own discrepancy",
        "",
        "Apart from these: the posterior inferred by how much the model misses results of a kind in the "
        "calibration trials. The last two columns allow for as much in any trial (medians by the share "
        "without the event at the published median, shares in log-odds, hazard ratios in logarithms; half as "
        "much again where a number was not verified). Only results of kinds that the posterior was made of "
        "have it; the columns before are of these alone. It says how far off such predictions are to be "
        "expected, and not that the model is right where they cover.",
        "",
        *markdown_table(*coverage_rows(told)),
        "",
    ]


def _numbers(found: ValidationData, role: str) -> list[str]:
    """Every published number of a role beside the model."""
    intervals = ["95 % by chance", "95 % with parameters"] if found.draws else ["95 % of trials"]
    rows = []
    for row in found.rows:
        r = row.result
        if row.role != role or r.inside is None:
            continue
        shown = published_words(r)
        what = ", ".join(filter(None, (endpoint_words(r.endpoint), r.analysis, r.among)))
        told = [chance_interval_words(r), interval_words(r)] if found.draws else [interval_words(r)]
        rows.append(
            [row.trial, r.arm, what, shown if r.verified else f"*{shown}*", value_words(r.mean, r.unit),
             *told, "agrees" if r.inside else "outside"]
        )  # fmt: skip
    return markdown_table(
        ["trial", "arm", "result", "published", "simulated", *intervals, ""], rows
    )
