"""What a user states of a file beside its columns: constants, the meaning of codes, the cut of ER."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedsoil.errors import InputError, nearest, real_number
from seedsoil.matching.columns import CONSTANTS, SizeUnit, TimeUnit, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seedsoil.matching.names import Endpoint

LARGEST_ER_CUT = 10_000.0
CODED = ("event", "sex", "m_stage", "stage", "age", *CONSTANTS)
"""Roles whose codes may be given a meaning."""


@dataclass(frozen=True)
class Settings:
    """How a file is to be read, as the user states it."""

    endpoint: Endpoint | None
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    time_unit: TimeUnit | None
    size_unit: SizeUnit | None
    date_format: str | None
    er_cut: float | None
    allow_bad_rows: bool


def check_er_cut(cut: float | None) -> float | None:
    """The cut, if it is a positive amount or None; raises InputError otherwise."""
    if cut is None:
        return None
    value = real_number("er_cut", cut, allowed="an amount over 0, such as 10 (fmol/mg)")
    if not math.isfinite(value) or not 0 < value <= LARGEST_ER_CUT:
        raise InputError(
            f"er_cut: {value:g} is no cut; allowed over 0 to {LARGEST_ER_CUT:g}, such as 10 for assays "
            "in fmol/mg or 1 for per cent of cells"
        )
    return value


def check_constants(constants: Mapping[str, object]) -> dict[str, str]:
    """The constants as text a role; raises InputError for a role that cannot have one."""
    for role in constants:
        if role not in CONSTANTS:
            raise InputError(
                f"set {printable(str(role))}: allowed are {', '.join(CONSTANTS)}. "
                f"{nearest(role, CONSTANTS)}".rstrip()
            )
    return {role: str(value).strip() for role, value in constants.items()}


def parse_codes(text: str | Iterable[str]) -> dict[str, dict[str, str]]:
    """`event:2=event,event:1=censored` as a mapping of role to the meaning of its codes.

    Raises InputError for a part that is not `role:code=meaning`.
    """
    codes: dict[str, dict[str, str]] = {}
    for given in (text,) if isinstance(text, str) else text:
        for part in re.split(r",(?=\s*\w+\s*:)", given):
            role, colon, rest = part.partition(":")
            code, equals, meaning = rest.rpartition("=")
            if not colon or not equals or not meaning.strip():
                raise InputError(
                    f"--code '{printable(given)}': '{printable(part.strip())}' is not "
                    "role:code=meaning; write for example event:2=event,event:1=censored"
                )
            codes.setdefault(role.strip(), {})[code.strip()] = meaning.strip()
    return codes


def check_codes(codes: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The codes, lower case; raises InputError for a role that has none."""
    for role in codes:
        if role not in CODED:
            raise InputError(
                f"code {printable(str(role))}: allowed are {', '.join(CODED)}. "
                f"{nearest(role, CODED)}".rstrip()
            )
    return {
        role: {str(code).strip().lower(): str(meaning) for code, meaning in meanings.items()}
        for role, meanings in codes.items()
    }
