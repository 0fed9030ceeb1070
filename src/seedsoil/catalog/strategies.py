"""Strategies: the rules that say which regimen each line of therapy for metastatic disease is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, field_serializer, model_validator

from seedsoil.catalog.complaints import check_entry, unknown_agent
from seedsoil.catalog.conditions import Conditions, check_conditions, contradictions
from seedsoil.catalog.drugs import Drug, Regimen
from seedsoil.catalog.entry import (
    SHARE_TOLERANCE,
    Confidence,
    Duration,
    Entry,
    ScanWeeks,
    Status,
    Text,
    Year,
)
from seedsoil.catalog.known import Known, with_own
from seedsoil.catalog.places import Tables, entry_name
from seedsoil.catalog.sources import check_provenance, check_sources
from seedsoil.errors import shown
from seedsoil.vocabulary import LocalEra

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.catalog.places import Starts


def _shares(value: Any) -> Any:
    """`"name"` as {name: 1.0}; a table of shares with their sum made exactly 1."""
    if isinstance(value, str):
        return {value: 1.0}
    if not isinstance(value, dict):
        raise ValueError(
            "must be a regimen's name or a table of shares, { name = 0.7, other = 0.3 }"
        )
    for name, share in value.items():
        if isinstance(share, bool) or not isinstance(share, (int, float)):
            raise ValueError(f"the share of '{name}' is {shown(share)}; it must be a number")
        if not 0.0 < share <= 1.0:
            raise ValueError(f"the share of '{name}' is {share}; it must be above 0 and at most 1")
    total = math.fsum(value.values())
    if abs(total - 1.0) > SHARE_TOLERANCE:
        raise ValueError(f"the shares sum to {total:.4g}; they must sum to 1")
    return {name: share / total for name, share in value.items()}


Shares = Annotated[dict[str, float], BeforeValidator(_shares)]


class Until(Entry):
    """Planned end of a line's drugs."""

    months: Duration


def _table(value: Any, example: str) -> Any:
    """What is written, if it can be an entry: a table, or what was read from one."""
    if isinstance(value, dict | Entry):
        return value
    raise ValueError(f"must be a table, {example}")


def _mutated(value: bool) -> bool:
    if not value:
        raise ValueError("it must be true: plasma is read until it shows the mutation")
    return value


class InPlasma(Entry):
    """What plasma must show: an ESR1 mutation, as the condition `esr1` reads it when a line starts."""

    esr1: Annotated[bool, AfterValidator(_mutated)]

    @model_validator(mode="before")
    @classmethod
    def _is_table(cls, data: Any) -> Any:
        return _table(data, "{ esr1 = true }")


class Switch(Entry):
    """Where plasma shows it at a scan without progression, the line goes on with one of `regimen`."""

    when: InPlasma
    regimen: Shares

    @model_validator(mode="before")
    @classmethod
    def _is_table(cls, data: Any) -> Any:
        return _table(data, '{ when = { esr1 = true }, regimen = "name" }')


class Given(Entry):
    """What is given: regimens by share, for how long, and by share what follows in the same line.

    `then` follows at the planned end, `switch` at a mutation in plasma; what was planned is then given up.
    """

    regimen: Shares
    until: Until | None = None
    then: Shares = Field(default_factory=dict)
    switch: Switch | None = None

    @property
    def until_months(self) -> float | None:
        """Months until the planned end, or None: until progression."""
        return None if self.until is None else self.until.months

    @field_serializer("then")
    def _then_as_written(self, then: dict[str, float]) -> str | dict[str, float] | None:
        """One regimen by its name."""
        return then if len(then) > 1 else next(iter(then), None)


class Line(Given):
    """One rule of a strategy: a woman who meets `when` is given one of `regimen` (name: share).

    `sources` are what the rule rests on; what was verified of it they say themselves.
    """

    when: Conditions = Conditions()
    sources: list[str] = Field(default_factory=list)


class StrategyEntry(Entry):
    """A strategy as written; the first of its lines whose conditions hold is taken.

    `since` is the first year in which it was usual care, None if it never was.
    """

    name: Text
    description: str
    scan_weeks: ScanWeeks
    bone_agent: bool
    since: Year | None = None
    local_era: LocalEra = "from_2013"
    lines: list[Line] = Field(alias="line", default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


class Strategy(StrategyEntry):
    """A checked strategy: which regimen each line of therapy for metastatic disease is.

    Where no line's conditions hold, systemic therapy ends. `drugs` and `regimens` are those that its own
    file defines; they go before the catalog's of the same name.
    """

    drugs: dict[str, Drug] = Field(default_factory=dict)
    regimens: dict[str, Regimen] = Field(default_factory=dict)


def build_strategy(where: str, table: Tables, known: Known, problems: list[str]) -> Strategy | None:
    """The strategy of a file's tables, with a line for each problem; None if it is not sound."""
    table = table.over({})
    drugs, regimens, known = with_own(where, table, known, problems)
    entry = check_entry(StrategyEntry, table, where, problems, table.starts)
    if entry is None:
        _check_sound_lines(where, table, known, problems)
        return None
    _check_strategy(where, entry, table.starts, known, problems)
    # its fields are sound already
    return Strategy.model_construct(**dict(entry), drugs=drugs, regimens=regimens)


def _check_strategy(
    where: str, strategy: StrategyEntry, starts: Starts, known: Known, problems: list[str]
) -> None:
    """Add a line for each thing wrong with `strategy`, whose own fields are sound."""
    refusal = "source {key} has role {role}; a strategy may not rest on it"
    for number, line in enumerate(strategy.lines, start=1):
        here = f"{where}: {entry_name('line', number, starts)}"
        _check_line(here, line, known, problems)
        check_sources(here, line.sources, known.sources, refusal, problems)
    check_provenance(where, strategy.sources, strategy.status, known.sources, refusal, problems)


def _check_line(where: str, line: Line, known: Known, problems: list[str]) -> None:
    """Add a line for each thing wrong with one rule of a strategy, whose own fields are sound."""
    check_given(where, line, known, problems)
    check_conditions(f"{where}: when", line.when, known.drugs, problems)
    if line.switch is not None:
        check_switch(where, line.when, problems)


def check_given(where: str, given: Given, known: Known, problems: list[str]) -> None:
    """Add a line for each regimen that does not exist, and for `then` without `until`."""
    check_regimens(where, (*given.regimen, *given.then), known, problems)
    if given.switch is not None:
        check_regimens(f"{where}: switch", given.switch.regimen, known, problems)
    if given.then and given.until is None:
        problems.append(
            f"{where}: then is given without until; say when '{' or '.join(given.then)}' follows, "
            "until = { months = 6 }"
        )


def check_switch(where: str, women: Conditions, problems: list[str]) -> None:
    """Add a line if none of the `women` given a regimen can have what its switch waits for."""
    problems.extend(
        f"{where}: switch: {why}"
        for why in contradictions(women.model_copy(update={"esr1": True}))
        if why.startswith("esr1 ")
    )


def check_regimens(where: str, names: Iterable[str], known: Known, problems: list[str]) -> None:
    """Add a line for each of `names` that is no regimen."""
    problems.extend(
        unknown_agent(where, "regimen", name, known.regimens, "regimen")
        for name in names
        if name not in known.regimens
    )


def _check_sound_lines(where: str, tables: Tables, known: Known, problems: list[str]) -> None:
    """Check the rules that are sound in a strategy that is not, so that all is reported at once."""
    lines = tables.get("line")
    for number, table in enumerate(lines if isinstance(lines, list) else [], start=1):
        line = check_entry(Line, table, where, [])
        if line is not None:
            here = f"{where}: {entry_name('line', number, tables.starts)}"
            _check_line(here, line, known, problems)
