"""What a validation found: published numbers of many trials beside the model, as numbers and tables."""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from seedsoil.catalog.trials import Role
from seedsoil.display.shown import Shown, TextRows, text_table
from seedsoil.display.stacked import AMBER, BLUE, PALE, stacked_chart
from seedsoil.display.words import listed
from seedsoil.trials.coverage import (
    CHANCE,
    EVERYTHING,
    LEVELS,
    PARAMETERS,
    allowed_coverage,
    coverage,
)
from seedsoil.trials.endpoints import Result
from seedsoil.trials.enrolled import Enrolled, enrolled_sentence
from seedsoil.trials.result import result_kinds
from seedsoil.trials.words import interval_words, published_words, value_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from seedsoil.trials.coverage import Covered

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
    "inside_90",
    "chance_low",
    "chance_high",
    "chance_inside",
    "chance_inside_90",
    "allowed_inside",
    "allowed_inside_90",
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
class ValidationData(Shown):
    """Published numbers of many trials beside the model, in their order: one `Row` each; see `Validation`.

    Trials of role calibration are what the drugs were fitted to; those of role validation are predicted
    with everything frozen; those of role own are of a file of one's own. `facts`: what was published of the
    women who enrol, one `FactRow` each. `parameters_hash`: of the catalog that it is of. `measured`: what was
    measured of the trials besides. `draws`: of the posterior, from which the intervals are; 0: none.
    """

    title = "Trials: published against simulated"

    rows: tuple[Row, ...]
    facts: tuple[FactRow, ...] = ()
    parameters_hash: str = ""
    measured: tuple[float, ...] = ()
    draws: int = 0

    @abstractmethod
    def to_markdown(self, made_by: str, summary: Sequence[Sequence[str]] = ()) -> str:
        """The tables as a page in Markdown."""

    @property
    def coverage(self) -> list[Covered]:
        """What the prediction intervals cover, by role and kind of result."""
        return coverage(((row.role, row.result) for row in self.rows), draws=self.draws > 0)

    @property
    def allowed_coverage(self) -> list[Covered]:
        """What they cover with the posterior's own discrepancy, of the results for which it tells one."""
        return allowed_coverage((row.role, row.result) for row in self.rows)

    @property
    def coverage_sentence(self) -> str:
        """What intervals of 90 % cover of each role; empty where nothing is compared."""
        told = [one for one in self.coverage if one.kind == EVERYTHING and one.level == LEVELS[0]]
        roles = dict.fromkeys(one.role for one in told)
        parts = [
            f"of {role} trials "
            + " and ".join(f"{one.words()} {_HELD[one.holds]}" for one in told if one.role == role)
            for role in roles
        ]
        return f"Intervals of 90 % hold published numbers: {'; '.join(parts)}." if parts else ""

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
                alone = (r.chance_low, r.chance_high)
                writer.writerow(
                    [row.trial, row.role, r.arm, r.endpoint, r.among, r.unit, r.published, r.low,
                     r.high, r.verified, *map(_digits, numbers), r.inside, r.inside_90,
                     *map(_digits, alone), r.chance_inside, r.chance_inside_90, r.allowed_inside,
                     r.allowed_inside_90, r.bound, r.analysis,
                     f"{r.cut:g}", r.reason, self.parameters_hash]
                )  # fmt: skip


_HELD = {CHANCE: "by chance in who enrols", PARAMETERS: "with what is not known of the parameters"}


def _digits(number: float | None) -> str:
    return "" if number is None else f"{number:.5g}"


def _verdict(result: Result) -> str:
    if result.inside is None:
        return WITHOUT
    return INSIDE if result.inside else OUTSIDE
