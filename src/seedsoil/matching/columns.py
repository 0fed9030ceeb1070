"""Which column of a registry extract holds what.

A *role* is what a column means to the comparison (age, size, nodes, er, time, event, ...); a *column*
is a name in the header. Roles are found by the names in `names.SYNONYMS`, or by what the user says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, cast, get_args

from seedsoil.errors import InputError, nearest
from seedsoil.matching.names import (
    OUTCOME_SYNONYMS,
    SYNONYMS,
    Endpoint,
    is_named,
    keys_of,
    may_count_deaths,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TimeUnit = Literal["days", "months", "years"]
SizeUnit = Literal["mm", "cm"]

COVARIATES = ("age", "size", "nodes", "er")
REQUIRED = (*COVARIATES, "time", "event")
CONSTANTS = ("size", "nodes", "er", "her2", "endocrine", "chemo")
"""Roles that may be stated for all women, where the file has no column."""
NOT_USED = ("", "none")
"""A mapping to one of these leaves an optional column out."""
TIMES = (("diagnosis_date", "end_date"), ("diagnosis_date", "last_date"), ("last_time",))
"""Columns from which the time is made where the file has no column of it."""
MOST_MAPPED = 100
_ALSO_DEATH: Endpoint = "recurrence-or-death"


@dataclass(frozen=True)
class Columns:
    """Where each role is found: `position`, its index in the header; `name`, the header's name.

    `problems` lists what is wrong with the header, `notes` what was chosen by name.
    """

    endpoint: Endpoint
    stated_endpoint: bool
    position: dict[str, int]
    name: dict[str, str]
    ignored: tuple[str, ...]
    width: int
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def printable(value: str, most: int = 40) -> str:
    """What a file holds, cut short and without characters that would disturb a terminal."""
    return "".join(c if c.isprintable() else "?" for c in value[:most])


def parse_mapping(text: str | Iterable[str], option: str = "--map") -> dict[str, str]:
    """`time=rtime,event=recur` as a mapping of role to column name.

    A comma belongs to the name unless a further `role=` follows; a name may be in double quotes.
    Raises InputError for a text that does not begin with `role=`.
    """
    mapping: dict[str, str] = {}
    for given in (text,) if isinstance(text, str) else text:
        for part in re.split(r",(?=\s*\w+\s*=)", given):
            role, equals, column = part.partition("=")
            if not equals or not role.strip():
                raise InputError(
                    f"{option} '{printable(given)}': '{printable(part.strip())}' is not role=column; "
                    "write for example time=rtime,event=recur"
                )
            column = column.strip()
            if len(column) > 1 and column[0] == column[-1] == '"':
                column = column[1:-1]
            mapping[role.strip()] = column
    if len(mapping) > MOST_MAPPED:
        raise InputError(f"{option}: {len(mapping)} roles; there are no more than {MOST_MAPPED}")
    return mapping


def check_endpoint(endpoint: str | None) -> Endpoint | None:
    """The endpoint, if it is one or None; raises InputError otherwise."""
    if endpoint is None or endpoint in get_args(Endpoint):
        return cast("Endpoint | None", endpoint)
    raise InputError(_not_one_of("endpoint", endpoint, get_args(Endpoint)))


def check_time_unit(unit: str | None) -> TimeUnit | None:
    """The time unit, if it is one or None; raises InputError otherwise."""
    if unit is None or unit in get_args(TimeUnit):
        return cast("TimeUnit | None", unit)
    raise InputError(_not_one_of("time unit", unit, get_args(TimeUnit)))


def check_size_unit(unit: str | None) -> SizeUnit | None:
    """The unit of diameters, if it is one or None; raises InputError otherwise."""
    if unit is None or unit in get_args(SizeUnit):
        return cast("SizeUnit | None", unit)
    raise InputError(_not_one_of("size unit", unit, get_args(SizeUnit)))


def _not_one_of(what: str, given: object, allowed: tuple[str, ...]) -> str:
    shown = printable(str(given))
    return f"{what} '{shown}': allowed are {', '.join(allowed)}. {nearest(given, allowed)}".rstrip()


def find_columns(
    header: list[str],
    where: str,
    endpoint: Endpoint | None,
    stated: Mapping[str, str],
    constants: Mapping[str, str],
) -> Columns:
    """Assign the header's names to roles.

    `where` names the file in messages; `stated` maps roles to column names as the user gave them
    and wins over the synonyms; `constants` are the roles that need no column. Without an `endpoint`
    it is `any` unless the header has only the columns of death, and where its names may count deaths
    as recurrences, that is asked.
    """
    finder = _Finder(header, where, stated, constants)
    used, notes = _endpoint(finder, endpoint)
    names: Endpoint = used
    if endpoint == "any" and not finder.has_outcome("any") and finder.has_outcome(_ALSO_DEATH):
        names = _ALSO_DEATH  # the user has said that these columns tell recurrence alone
    position = finder.positions(names)
    finder.check_missing(position, used)
    finder.check_duplicates(position)
    if endpoint is None and used != "death":
        finder.ask_about_deaths(position)
    name = {role: printable(header[index], 80) for role, index in position.items()}
    if endpoint in ("any", "distant"):
        doubtful = [name[r] for r in ("time", "event") if r in name and may_count_deaths(name[r])]
        if doubtful:
            notes.append(
                f"Warning: in columns called {doubtful[0]} a death is often an event; it was read as "
                f"the endpoint '{endpoint}' alone, as stated."
            )
    taken = set(position.values())
    others = finder.other_outcomes(taken)
    return Columns(
        endpoint=used,
        stated_endpoint=endpoint is not None,
        position={**position, **others},
        name={**name, **{role: printable(header[i], 80) for role, i in others.items()}},
        ignored=tuple(printable(n, 80) for i, n in enumerate(header) if i not in taken and n),
        width=len(header),
        problems=finder.problems,
        notes=notes,
    )


def _endpoint(finder: _Finder, endpoint: Endpoint | None) -> tuple[Endpoint, list[str]]:
    """The endpoint to use, and what is to be said of it."""
    if endpoint is not None:
        return endpoint, []
    if finder.has_outcome("any"):
        return "any", []
    if finder.has_outcome("recurrence-or-death"):
        return "recurrence-or-death", []  # asked about by its name
    if finder.has_outcome("death"):
        return "death", [
            "The endpoint is death, the only one of which the file has columns; "
            "state it with --endpoint."
        ]
    return "any", []


class _Finder:
    """Finds columns in one header, and collects what is wrong with it."""

    def __init__(
        self,
        header: list[str],
        where: str,
        stated: Mapping[str, str],
        constants: Mapping[str, str],
    ) -> None:
        self.header = header
        self.where = where
        self.problems: list[str] = []
        self.constants = constants
        self.full: dict[str, int] = {}
        self.bare: dict[str, int] = {}
        for index, name in enumerate(header):
            full, bare = keys_of(name)
            self.full.setdefault(full, index)
            self.bare.setdefault(bare, index)
        self.stated: dict[str, int] = {}
        self.left_out = set(constants)
        self._place(stated)

    def _place(self, stated: Mapping[str, str]) -> None:
        roles = tuple(
            dict.fromkeys((*SYNONYMS, *(r for e in OUTCOME_SYNONYMS.values() for r in e)))
        )
        exact = {name: index for index, name in reversed(list(enumerate(self.header)))}
        for role, column in stated.items():
            index = exact.get(column, self.full.get(keys_of(column)[0]))
            if role not in roles:
                self.problems.append(
                    f"column mapping: no role '{printable(role)}'; roles are {', '.join(roles)}. "
                    f"{nearest(role, roles)}".rstrip()
                )
            elif column.lower() in NOT_USED and role not in REQUIRED:
                self.left_out.add(role)
            elif index is None or not column:
                self.problems.append(
                    f"{self.where}: the column '{printable(column)}' mapped to {role} is not in the "
                    f"header; the header has {_listed(self.header)}. "
                    f"{nearest(column, self.header)}".rstrip()
                )
                self.left_out.add(role)
            else:
                self.stated[role] = index

    def positions(self, endpoint: Endpoint) -> dict[str, int]:
        """The column of each role under that endpoint."""
        position = dict(self.stated)
        taken = set(position.values())
        for role, synonyms in {**OUTCOME_SYNONYMS[endpoint], **SYNONYMS}.items():
            if role in position or role in self.left_out:
                continue
            keys = [synonym.replace("_", "") for synonym in synonyms]
            found = next(
                (
                    names[key]
                    for key in keys
                    for names in (self.full, self.bare)
                    if key in names and names[key] not in taken
                ),
                None,
            )
            if found is not None:
                position[role] = found
                taken.add(found)
        if "time" in position:
            for role in ("end_date", "last_date", "event_date", "last_time", "event_time"):
                if role not in self.stated:
                    position.pop(role, None)
        return position

    def has_outcome(self, endpoint: Endpoint) -> bool:
        """Whether the header has the time and the event of that endpoint."""
        position = self.positions(endpoint)
        return _has_time(position, self.left_out) and _has_event(position, self.left_out)

    def other_outcomes(self, taken: set[int]) -> dict[str, int]:
        """Columns not used that tell of a death, or of a recurrence."""
        of_death = tuple(
            name
            for name in OUTCOME_SYNONYMS["death"]["event"]
            if name not in OUTCOME_SYNONYMS["any"]["event"]
        )
        found: dict[str, int] = {}
        for index, name in enumerate(self.header):
            if index in taken:
                continue
            if is_named(name, of_death):
                found.setdefault("other_death", index)
            elif any(word.startswith(("recur", "relaps")) for word in words_of(name)):
                found.setdefault("other_recurrence", index)
        return found

    def check_missing(self, position: Mapping[str, int], endpoint: Endpoint) -> None:
        known = {**SYNONYMS, **OUTCOME_SYNONYMS[endpoint]}
        missing = [
            role for role in COVARIATES if role not in position and role not in self.left_out
        ]
        if not _has_time(position, self.left_out):
            missing.append("time")
        if not _has_event(position, self.left_out):
            missing.append("event")
        if missing == list(REQUIRED):
            self.problems.append(
                f"{self.where}: the header has none of the columns needed ({', '.join(REQUIRED)}); "
                f"it has {_listed(self.header)}. Is the first line the header?"
            )
            return
        for role in missing:
            self.problems.append(
                _missing(role, self.header, self.where, endpoint, known[role], self.has_outcome)
            )

    def check_duplicates(self, position: Mapping[str, int]) -> None:
        """Two columns of one name are wrong where one of them is used."""
        for index in position.values():
            name = self.header[index]
            again = [
                i
                for i, other in enumerate(self.header)
                if i != index and words_of(other) == words_of(name)
            ]
            if again:
                self.problems.append(
                    f"{self.where}: the header names '{printable(self.header[again[0]])}' twice "
                    f"(columns {index + 1} and {again[0] + 1})"
                )

    def ask_about_deaths(self, position: Mapping[str, int]) -> None:
        for role in ("time", "event"):
            if role in position and may_count_deaths(self.header[position[role]]):
                name = printable(self.header[position[role]])
                death = " (--endpoint death has its own columns, too)"
                also = death if self.has_outcome("death") and "os" in "".join(self.full) else ""
                self.problems.append(
                    f"{self.where}: in columns called {name} a death is usually an event: say "
                    "--endpoint recurrence-or-death if it is one here, or --endpoint any if women who "
                    f"died without recurrence are censored{also}"
                )
                return


def _has_time(position: Mapping[str, int], left_out: Iterable[str]) -> bool:
    if "time" in position or "time" in left_out:
        return True
    return any(all(role in position for role in roles) for roles in TIMES)


def _has_event(position: Mapping[str, int], left_out: Iterable[str]) -> bool:
    return any(role in position or role in left_out for role in ("event", "event_date"))


def _missing(
    role: str,
    header: list[str],
    where: str,
    endpoint: Endpoint,
    synonyms: tuple[str, ...],
    has_outcome: Callable[[Endpoint], bool],
) -> str:
    label = f"{role} of the endpoint '{endpoint}'" if role in ("time", "event") else role
    shown = ", ".join(synonyms[:8]) + (", ..." if len(synonyms) > 8 else "")
    message = (
        f"{where}: no column for {label} in the header; it may be called {shown}, or "
        f"be mapped as {role}=COLUMN; the header has {_listed(header)}"
    )
    # nearer than for other names: a header has columns of every kind
    close = [
        name
        for name in header
        if get_close_matches("_".join(words_of(name)), synonyms, n=1, cutoff=0.7)
    ]
    if close:
        message += f". Did you mean '{printable(close[0])}'?"
    if role in CONSTANTS:
        message += f". If all women have the same, say for example --set {role}={_EXAMPLES[role]}"
    if role == "time":
        message += ". Dates are read, too: diagnosis_date and end_date"
    if role in ("time", "event"):
        others = [other for other in OUTCOME_SYNONYMS if other != endpoint and has_outcome(other)]
        if others:
            message += f". The header has the columns of the endpoint '{others[0]}'"
    return message


_EXAMPLES = {"size": "T1", "nodes": "0", "er": "positive"}


def _listed(header: list[str]) -> str:
    shown = [printable(name) for name in header[:20]]
    more = f" and {len(header) - 20} more" if len(header) > 20 else ""
    return ", ".join(shown) + more
