"""Every trial of the catalog simulated and set beside what was published: the table of validation.

Calibration trials are what the drugs were fitted to; validation trials are predicted with everything
frozen. Both are listed, agreeing or not, and so are the numbers that the model cannot give.
"""

from __future__ import annotations

import csv
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from seedsoil.catalog import load
from seedsoil.catalog.lookup import find_trial
from seedsoil.catalog.trials import Role
from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.stacked import AMBER, BLUE, PALE, stacked_chart
from seedsoil.display.words import listed
from seedsoil.errors import InputError, nearest, shown, whole_number
from seedsoil.results.draws import check_draws
from seedsoil.simulation.shards import check_cohort
from seedsoil.trials.endpoints import Result
from seedsoil.trials.enrolled import HEADER, Enrolled, enrolled_rows, enrolled_sentence
from seedsoil.trials.judged import judged
from seedsoil.trials.replicates import FEWEST_FOR_INTERVAL
from seedsoil.trials.result import MOST_REPLICATES, result_kinds
from seedsoil.trials.words import endpoint_words, interval_words, published_words, value_words
from seedsoil.work.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.catalog import Catalog, Trial
    from seedsoil.trials.judged import Measure
    from seedsoil.work.place import Place

logger = logging.getLogger(__name__)

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
    "bound",
    "analysis",
    "cut",
    "reason",
    "parameters_hash",
)


ROLES: tuple[str, ...] = get_args(Role)
INSIDE, OUTSIDE, WITHOUT = "inside the interval", "outside", "no simulated value"
SHADES = {INSIDE: BLUE, OUTSIDE: AMBER, WITHOUT: PALE}


@dataclass(frozen=True)
class Row:
    """One published number of one trial beside the model."""

    trial: str
    role: str
    result: Result


@dataclass(frozen=True)
class FactRow:
    """One published fact on the women who enrol in a trial beside the model."""

    trial: str
    role: str
    fact: Enrolled


@dataclass(frozen=True)
class Validation(Shown):
    """Published numbers of many trials beside the model, in the order of the trials: one `Row` each.

    Trials of role calibration are what the drugs were fitted to; those of role validation are predicted
    with everything frozen; those of role own are of a file of one's own. `facts`: what was published of the
    women who enrol, one `FactRow` each. `parameters_hash`: of the catalog that it is of. `measured`: what was
    measured of the trials besides.
    """

    title = "Trials: published against simulated"

    rows: tuple[Row, ...]
    facts: tuple[FactRow, ...] = ()
    parameters_hash: str = ""
    measured: tuple[float, ...] = ()

    def table(self) -> pa.Table:
        """One row a published number: trial, role, and the fields of its `Result`."""
        import pyarrow as pa

        text, number = pa.string(), pa.float64()
        kinds: dict[str, pa.DataType] = dict.fromkeys(("trial", "role"), text)
        kinds |= dict.fromkeys(Result.__dataclass_fields__, number) | result_kinds()
        return pa.Table.from_pylist(self.records(), schema=pa.schema(list(kinds.items())))

    def records(self) -> list[dict[str, Any]]:
        """The rows as dictionaries, for a program."""
        return [
            {"trial": row.trial, "role": row.role, **vars(row.result),
             "sources": list(row.result.sources)}
            for row in self.rows
        ]  # fmt: skip

    def counts(self, role: str) -> tuple[int, int, int]:
        """Published numbers of a role inside the prediction interval, compared, and in all."""
        mine = [row.result for row in self.rows if row.role == role]
        compared = [r for r in mine if r.inside is not None]
        return sum(bool(r.inside) for r in compared), len(compared), len(mine)

    def _by_role(self) -> Iterator[tuple[str, int, int, int]]:
        """Roles with published numbers: those inside the interval, compared, and without simulated value."""
        for role in ROLES:
            inside, compared, whole = self.counts(role)
            if whole:
                yield role, inside, compared, whole - compared

    @property
    def verdicts(self) -> list[str]:
        """How many published numbers of each role lie in the interval, a sentence each."""
        return [
            f"{role}: {inside} of {compared} published numbers lie where 95 % of simulated "
            f"trials of their size do; {without} more have no simulated value"
            for role, inside, compared, without in self._by_role()
        ]

    @property
    def enrolled_sentence(self) -> str:
        """How many published facts on the women who enrol are met; empty where none was published."""
        return enrolled_sentence(row.fact for row in self.facts)

    @property
    def sentence(self) -> str:
        """How many published numbers of each role lie where simulated trials of their size do."""
        told = [
            f"{inside} of {compared} published numbers of {role} trials "
            f"({without} more without a simulated value)"
            for role, inside, compared, without in self._by_role()
        ]
        return f"Where 95 % of simulated trials of their size lie: {listed(told)}."

    @property
    def without(self) -> list[str]:
        """Why numbers have no simulated value, a line each trial and reason."""
        reasons = Counter(
            (row.trial, row.result.reason) for row in self.rows if row.result.inside is None
        )
        return [
            f"{name}, {count} without: " + reason.removeprefix(f"trial '{name}': ")
            for (name, reason), count in reasons.items()
        ]

    def chart(self) -> dict[str, Any]:
        """Of each trial, how many published numbers lie inside the interval, outside, or have no value."""
        found = Counter((f"{row.trial} ({row.role})", _verdict(row.result)) for row in self.rows)
        return stacked_chart(
            [(name, kind, float(count)) for (name, kind), count in found.items()],
            SHADES, x_title="Published numbers", description=self.sentence, whole=False, share=False,
        )  # fmt: skip

    def text_rows(self) -> TextRows:
        """One row a published number: beside the model's mean, the interval, and whether it agrees."""
        cells = []
        for row in self.rows:
            r = row.result
            cells.append(
                [row.trial, row.role, r.arm, ", ".join(filter(None, (r.endpoint, r.analysis))), r.among,
                 published_words(r),
                 "" if r.mean is None else value_words(r.mean, r.unit),
                 "" if r.predicted_low is None else interval_words(r),
                 "" if r.inside is None else ("yes" if r.inside else "NO")]
            )  # fmt: skip
        header = ["trial", "role", "arm", "endpoint", "among", "published", "simulated",
                  "95 % of trials", "agrees"]  # fmt: skip
        return header, cells

    def __repr__(self) -> str:
        told = filter(None, (*self.verdicts, self.enrolled_sentence, *self.without))
        return "\n".join([text_table(*self.text_rows()), "", *told])

    def to_csv(self, path: Path) -> None:
        """Write the table as CSV to `path`, one line a published number."""
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in self.rows:
                r = row.result
                numbers = (r.mean, r.error, r.predicted_low, r.predicted_high)
                writer.writerow(
                    [row.trial, row.role, r.arm, r.endpoint, r.among, r.unit, r.published, r.low,
                     r.high, r.verified, *("" if x is None else f"{x:.5g}" for x in numbers),
                     r.inside, r.bound, r.analysis, f"{r.cut:g}", r.reason, self.parameters_hash]
                )  # fmt: skip

    def to_markdown(self, made_by: str, summary: Sequence[Sequence[str]] = ()) -> str:
        """The table as a page: validation trials first, then calibration, who enrols, and what is missing.

        `made_by`: the command that made it, which the page names. `summary`: rows of a table, its header
        first, that stands at the top.
        """
        return _markdown(self, made_by, summary)


def validate(
    trials: Sequence[str | Path | Trial] = (),
    *,
    role: str | None = None,
    women: int | None = None,
    seed: int = 1,
    replicates: int = 200,
    threads: int | None = None,
    catalog: Catalog | None = None,
    draws: int | None = None,
    progress: Callable[[str], None] | None = None,
    measure: Measure | None = None,
    keep: Place | None = None,
) -> Validation:
    """Simulate trials as they were run and set every published number beside the model.

    `trials`: names of the catalog or files; all of the catalog if empty. `role`: only those of role
    "calibration", "validation" or "own" (of a file of one's own). `replicates`: 40 or more. `draws`: take
    them from so many draws of the posterior, so that the intervals hold what is not known of the parameters.
    `progress` is called with the name of each trial that is done. `measure`, a function of a module, gives
    numbers of each trial's result, which are kept as `measured`. `keep`: where each trial is kept as it is
    done, and taken from if it is there. Other arguments as in `trial`, on which the result depends in the
    same way. A trial that too few simulated women would enter is listed with the reason instead of numbers.
    All trials take some ten minutes, on threads or where `seedsoil.simulation.backend.on` says.

    Raises InputError for an unknown trial, a role that none of them has, and numbers out of range.
    """
    if isinstance(trials, str) or not hasattr(trials, "__iter__"):
        raise InputError(f"trials={shown(trials)}: pass a list of trials, such as ['PALOMA-2']")
    if role is not None and role not in ROLES:
        allowed = listed(list(ROLES))
        raise InputError(
            f"role={shown(role)}: allowed are {allowed}. {nearest(role, ROLES)}".rstrip()
        )
    whole_number("replicates", replicates, least=FEWEST_FOR_INTERVAL, most=MOST_REPLICATES)
    catalog = catalog or load()
    asked = [find_trial(one, catalog=catalog) for one in trials]
    asked = asked or list(catalog.trials.values())
    chosen = [spec for spec in asked if role in (None, spec.role)]
    if not chosen:
        told = ", ".join(f"{spec.name} ({spec.role})" for spec in asked)
        raise InputError(f"validate: no trial of role {role} among {told}.")
    threads = check_cohort(1 if women is None else women, seed, 0, threads)
    if draws is not None:
        check_draws(draws, catalog)

    def tell(spec: Trial) -> None:
        if progress is not None:
            progress(spec.name)

    found = judged(
        chosen, catalog, threads=threads, measure=measure, shelf=None if keep is None else Shelf(keep),
        progress=tell, women=women, seed=seed, replicates=replicates, draws=draws,
    )  # fmt: skip
    pairs = list(zip(chosen, found, strict=True))
    for spec, one in pairs:
        if one.reason:
            logger.warning("%s is listed without numbers: %s", spec.name, one.reason)
    return Validation(
        tuple(Row(spec.name, spec.role, r) for spec, one in pairs for r in one.results),
        tuple(FactRow(spec.name, spec.role, fact) for spec, one in pairs for fact in one.facts),
        catalog.hash(),
        tuple(number for one in found for number in one.measured),
    )


def _verdict(result: Result) -> str:
    if result.inside is None:
        return WITHOUT
    return INSIDE if result.inside else OUTSIDE


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]


def _markdown(found: Validation, made_by: str, summary: Sequence[Sequence[str]]) -> str:
    lines = [
        "# Trials: published against simulated",
        "",
        f"Written by `{made_by}`. *Simulated* is the model's mean among all simulated women who enrol;",
        "the interval holds 95 % of simulated trials of the published size. Months, shares, hazard ratios.",
        "Numbers in italics were not verified at their source. A research and teaching tool.",
        "",
    ]
    if summary:
        lines += ["## In short", "", *_table(summary[0], summary[1:]), ""]
    for role, title in (
        ("validation", "Validation: predicted, nothing was fitted to them"),
        ("calibration", "Calibration: what the drugs were fitted to"),
        ("own", "Of your own: what was fitted to them is not known"),
    ):
        inside, compared, whole = found.counts(role)
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
        for row in found.rows:
            r = row.result
            if row.role != role or r.inside is None:
                continue
            shown = published_words(r)
            what = ", ".join(filter(None, (endpoint_words(r.endpoint), r.analysis, r.among)))
            lines.append(
                f"| {row.trial} | {r.arm} | {what} | {shown if r.verified else f'*{shown}*'} | "
                f"{value_words(r.mean, r.unit)} | {interval_words(r)} | "
                f"{'agrees' if r.inside else 'outside'} |"
            )
        lines.append("")
    if found.facts:
        rows = [
            [f"{row.trial} ({row.role})", *told]
            for row in found.facts
            for told in enrolled_rows([row.fact])
        ]
        lines += ["## Who enrols", "", found.enrolled_sentence, ""]
        lines += [*_table(["trial", *HEADER], rows), ""]
    lines += ["## Without a simulated value", ""]
    for row in found.rows:
        if row.result.inside is None:
            r = row.result
            lines.append(
                f"- {row.trial}, {r.arm}, {endpoint_words(r.endpoint)}: {r.reason or 'too few women'}."
            )
    return "\n".join(lines) + "\n"
