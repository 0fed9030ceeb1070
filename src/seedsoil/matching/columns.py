"""Which column of a registry extract holds what.

A *role* is what a column means to the comparison (age, size, nodes, er, her2, endocrine, chemo,
time, event, id); a *column* is a name in the header. Roles are found by the names in `SYNONYMS`, or
by what the user says.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, cast, get_args

from seedsoil.errors import DataErrors, InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

Endpoint = Literal["any", "distant", "recurrence-or-death", "death"]
TimeUnit = Literal["days", "months", "years"]

STAGE_NAMES = ("t_stage", "pt", "pt_stage", "ct", "t", "tnm_t", "tumour_stage")
"""Names under which a bare 1, 2 or 3 is read as T1, T2, T3 rather than as millimetres."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "age": ("age", "age_at_diagnosis", "agediag", "age_diagnosis", "age_years"),
    "size": (
        "diameter_mm",
        "size_mm",
        "tumor_size_mm",
        "tumour_size_mm",
        "diameter",
        "size",
        "tumor_size",
        "tumour_size",
        "size_band",
        *STAGE_NAMES,
    ),
    "nodes": (
        "nodes",
        "positive_nodes",
        "nodes_positive",
        "npos",
        "pos_nodes",
        "n_positive_nodes",
        "node_group",
        "n_stage",
        "pn",
    ),
    "er": ("er", "er_status", "estrogen_receptor", "oestrogen_receptor", "er_fmol", "estrec"),
    "her2": ("her2", "her2_status", "erbb2", "her2neu"),
    "endocrine": (
        "hormon",
        "endocrine",
        "endocrine_therapy",
        "hormone",
        "hormonal",
        "hormone_therapy",
        "hormonal_therapy",
        "horth",
        "tamoxifen",
    ),
    "chemo": ("chemo", "chemotherapy", "adjuvant_chemo", "adjuvant_chemotherapy"),
    "id": ("pid", "id", "patient_id", "patient", "case_id", "subject", "record_id"),
}
"""Column names of each role, in order of preference; see `plain` for how names are compared."""

OUTCOME_SYNONYMS: dict[Endpoint, dict[str, tuple[str, ...]]] = {
    "any": {
        "time": (
            "time",
            "rtime",
            "time_to_relapse",
            "time_to_recurrence",
            "relapse_time",
            "recurrence_time",
            "rfs_time",
            "rfstime",
            "follow_up",
        ),
        "event": ("event", "recur", "relapse", "recurrence", "recurred", "relapsed", "rfs_event"),
    },
    "distant": {
        "time": (
            "time",
            "distant_time",
            "time_to_distant_recurrence",
            "time_to_metastasis",
            "dmfs_time",
            "metastasis_time",
            "follow_up",
        ),
        "event": (
            "event",
            "distant",
            "distant_recurrence",
            "metastasis",
            "metastatic",
            "dmfs_event",
        ),
    },
    "recurrence-or-death": {
        "time": ("time", "dfs_time", "rfs_time", "rfstime", "efs_time", "follow_up"),
        "event": ("event", "dfs", "dfs_event", "rfs", "rfs_event", "efs_event"),
    },
    "death": {
        "time": ("time", "dtime", "time_to_death", "death_time", "os_time", "survival_time"),
        "event": ("event", "death", "died", "dead", "os_event"),
    },
}
"""Column names of time and event, by endpoint."""

REQUIRED = ("age", "size", "nodes", "er", "time", "event")
NOT_USED = ("", "none")
"""A mapping to one of these leaves an optional column out."""


@dataclass(frozen=True)
class Columns:
    """Where each role is found: `position`, its index in the header; `name`, the header's name."""

    position: dict[str, int]
    name: dict[str, str]
    ignored: tuple[str, ...]
    width: int


def plain(name: str) -> str:
    """A header name as compared: lower case, with spaces, dots and hyphens as underscores."""
    return name.strip().lower().replace(" ", "_").replace(".", "_").replace("-", "_")


def printable(value: str) -> str:
    """What a file holds, cut short and without characters that would disturb a terminal."""
    return "".join(c if c.isprintable() else "?" for c in value[:40])


def parse_mapping(text: str) -> dict[str, str]:
    """`time=rtime,event=recur` as a mapping of role to column name.

    Raises InputError for a part that is not `role=column`.
    """
    mapping: dict[str, str] = {}
    for part in text.split(","):
        role, equals, column = part.partition("=")
        if not equals or not role.strip():
            raise InputError(
                f"column mapping '{text}': '{part.strip()}' is not role=column; "
                "write for example time=rtime,event=recur"
            )
        mapping[role.strip()] = column.strip()
    return mapping


def check_endpoint(endpoint: str) -> Endpoint:
    """The endpoint, if it is one; raises InputError otherwise."""
    if endpoint in get_args(Endpoint):
        return cast("Endpoint", endpoint)
    raise InputError(
        f"endpoint '{endpoint}': allowed are {', '.join(get_args(Endpoint))}. "
        f"{nearest(endpoint, get_args(Endpoint))}".rstrip()
    )


def check_time_unit(unit: str | None) -> TimeUnit | None:
    """The time unit, if it is one or None; raises InputError otherwise."""
    if unit is None or unit in get_args(TimeUnit):
        return cast("TimeUnit | None", unit)
    raise InputError(
        f"time unit '{unit}': allowed are {', '.join(get_args(TimeUnit))}. "
        f"{nearest(unit, get_args(TimeUnit))}".rstrip()
    )


def find_columns(
    header: list[str], where: str, endpoint: Endpoint, stated: Mapping[str, str]
) -> Columns:
    """Assign the header's names to roles.

    `where` names the file in messages; `stated` maps roles to column names as the user gave them
    and wins over the synonyms. Raises DataErrors listing every role that has no column.
    """
    known = {**SYNONYMS, **OUTCOME_SYNONYMS[endpoint]}
    problems = _duplicates(header, where)
    names = {plain(name): index for index, name in reversed(list(enumerate(header)))}
    position: dict[str, int] = {}
    left_out: set[str] = set()
    for role, column in stated.items():
        if role not in known:
            problems.append(
                f"column mapping: no role '{role}'; roles are {', '.join(known)}. "
                f"{nearest(role, known)}".rstrip()
            )
        elif column.lower() in NOT_USED and role not in REQUIRED:
            left_out.add(role)
        elif plain(column) not in names:
            problems.append(
                f"{where}: the column '{column}' mapped to {role} is not in the header; the header "
                f"has {_listed(header)}. {nearest(column, header)}".rstrip()
            )
            left_out.add(role)
        else:
            position[role] = names[plain(column)]
    taken = set(position.values())
    for role, synonyms in known.items():
        if role in position or role in left_out:
            continue
        for synonym in synonyms:
            if synonym in names and names[synonym] not in taken:
                position[role] = names[synonym]
                taken.add(names[synonym])
                break
    missing = [role for role in REQUIRED if role not in position and role not in left_out]
    if missing == list(REQUIRED):
        problems.append(
            f"{where}: the header has none of the columns needed ({', '.join(REQUIRED)}); it has "
            f"{_listed(header)}. Is the first line the header?"
        )
    else:
        problems.extend(_missing(role, header, where, endpoint, known[role]) for role in missing)
    if problems:
        raise DataErrors(problems)
    return Columns(
        position=position,
        name={role: header[index] for role, index in position.items()},
        ignored=tuple(name for index, name in enumerate(header) if index not in taken),
        width=len(header),
    )


def _duplicates(header: list[str], where: str) -> list[str]:
    seen: dict[str, int] = {}
    problems = []
    for index, name in enumerate(header):
        if name and plain(name) in seen:
            problems.append(
                f"{where}: the header names '{name}' twice (columns {seen[plain(name)] + 1} and "
                f"{index + 1})"
            )
        seen.setdefault(plain(name), index)
    return problems


def _missing(
    role: str, header: list[str], where: str, endpoint: Endpoint, synonyms: tuple[str, ...]
) -> str:
    label = f"{role} of the endpoint '{endpoint}'" if role in ("time", "event") else role
    message = (
        f"{where}: no column for {label} in the header; it may be called {', '.join(synonyms)}, or "
        f"be mapped as {role}=COLUMN; the header has {_listed(header)}"
    )
    # nearer than for other names: a header has columns of every kind
    close = [name for name in header if get_close_matches(plain(name), synonyms, n=1, cutoff=0.7)]
    if close:
        message += f". Did you mean '{close[0]}'?"
    others = [
        other
        for other, outcome in OUTCOME_SYNONYMS.items()
        if other != endpoint and role in outcome and {plain(n) for n in header} & set(outcome[role])
    ]
    if others:
        message += f". The header has the columns of the endpoint '{others[0]}'"
    return message


def _listed(header: list[str]) -> str:
    shown = [printable(name) for name in header[:20]]
    more = f" and {len(header) - 20} more" if len(header) > 20 else ""
    return ", ".join(shown) + more
