"""Conditions of a strategy's line, a trial's eligibility or a subgroup: parsed, typed, not contradictory.

    line = "1"  "2-3"  "3+"      whole numbers, both ends allowed
    age = "<70"  ">=18"  "50-74" completed years: "50-74" ends the day before the 75th birthday
    last_line_months = ">=12"  "<6"  "6-12"   months, both ends allowed

All conditions of a table must hold; a condition left out holds for every woman.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from seedsoil.catalog.complaints import unknown_agent
from seedsoil.catalog.entry import Entry
from seedsoil.vocabulary import (
    CLASSES,
    HER2_POSITIVE,
    HR_POSITIVE,
    MECHANISMS,
    SUBTYPES,
    Menopause,
    Presentation,
    Subtype,
    Therapy,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY = 10**6
"""Upper end of an open range of whole numbers."""

_RANGE = re.compile(r"(<=|>=|<|>)?\s*(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?)|(\+))?")


def _as_tuple(value: Any) -> Any:
    """A TOML list as a tuple; anything else is left for the type to refuse."""
    return tuple(value) if isinstance(value, list) else value


def _ends(value: Any, kind: str, examples: str) -> tuple[float, float, str]:
    """The two numbers of a written range and its sign ("", "<", "<=", ">" or ">=")."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    found = _RANGE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or (found[1] and (found[3] or found[4])):
        raise ValueError(f"must be {kind} such as {examples}")
    low = float(found[2])
    high = float(found[3]) if found[3] else math.inf if found[4] else low
    if low > high:
        raise ValueError(f"is an empty range; {found[2]} is above {found[3]}")
    if low == 0.0 and found[1] == "<":
        raise ValueError("is an empty range; nothing is below 0")
    return low, high, found[1] or ""


def count_range(value: Any) -> Any:
    """`"2-3"` as (2, 3), `"3+"` as (3, MANY), `"<3"` as (0, 2)."""
    if isinstance(value, tuple):
        return value
    low, high, sign = _ends(value, "whole numbers", '"1", "2-3" or "3+"')
    if low % 1 or (high % 1 and high < math.inf):
        raise ValueError('must be whole numbers such as "1", "2-3" or "3+"')
    first, last = int(low), int(min(high, MANY))
    if sign in ("<", "<="):
        first, last = 0, first - (sign == "<")
    elif sign:
        first, last = first + (sign == ">"), MANY
    return first, last


def age_range(value: Any) -> Any:
    """`"50-74"` as (50.0, just under 75), `"<70"` as (0.0, just under 70), in years of age."""
    if isinstance(value, tuple):
        return value
    low, high, sign = _ends(value, "ages", '"<70", ">=18" or "50-74"')
    if sign in ("<", "<="):
        low, high = 0.0, low - (sign == "<")
    elif sign:
        low, high = low + (sign == ">"), math.inf
    return low, high if high == math.inf else math.nextafter(high + 1.0, 0.0)


def months_range(value: Any) -> Any:
    """`">=12"` as (12.0, inf), `"<6"` as (0.0, just under 6), `"6-12"` as (6.0, 12.0)."""
    if isinstance(value, tuple):
        return value
    low, high, sign = _ends(value, "months", '">=12", "<6" or "6-12"')
    if not sign and low == high:
        raise ValueError('must be a range of months such as ">=12", "<6" or "6-12"')
    if sign in ("<", "<="):
        low, high = 0.0, math.nextafter(low, 0.0) if sign == "<" else low
    elif sign:
        low, high = math.nextafter(low, math.inf) if sign == ">" else low, math.inf
    return low, high


Counts = Annotated[tuple[int, int], BeforeValidator(count_range)]
Ages = Annotated[
    tuple[float, Annotated[float, Field(allow_inf_nan=True)]], BeforeValidator(age_range)
]
Months = Annotated[
    tuple[float, Annotated[float, Field(allow_inf_nan=True)]], BeforeValidator(months_range)
]
Agents = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Therapies = Annotated[tuple[Therapy, ...], BeforeValidator(_as_tuple)]
Subtypes = Annotated[tuple[Subtype, ...], BeforeValidator(_as_tuple), Field(min_length=1)]


class Conditions(Entry):
    """What a woman must be for a rule to hold; None (or an empty tuple) asks nothing.

    `had`: each of these drugs, mechanisms or classes was given for metastatic disease; `not_had`: none was;
    `recent_line_had`: each was given in the line before. `had_adjuvant`, `not_had_adjuvant`: likewise
    for adjuvant therapies. `line` is the number of the line about to start; `chemo_lines` and
    `endocrine_lines` count lines given before for metastatic disease. `pik3ca_pathway` is PIK3CA, AKT1 or
    PTEN, `pik3ca` the first of them. `esr1` is as a liquid biopsy would show. `endocrine_resistant`: relapse
    on or within 12 months of adjuvant endocrine therapy, or progression within 6 months of first-line
    endocrine therapy. `ecog` is the performance status, 0 to 4. `brain` is as known; `last_line_months` the
    time to progression on the line before. Ranges are (first, last), both allowed.
    """

    subtype: Subtypes | None = None
    menopause: Menopause | None = None
    her2_low: bool | None = None
    pd_l1_cps10: bool | None = None
    gbrca: bool | None = None
    pik3ca_pathway: bool | None = None
    pik3ca: bool | None = None
    esr1: bool | None = None
    line: Counts | None = None
    chemo_lines: Counts | None = None
    endocrine_lines: Counts | None = None
    ecog: Counts | None = None
    had: Agents = ()
    not_had: Agents = ()
    recent_line_had: Agents = ()
    had_adjuvant: Therapies = ()
    not_had_adjuvant: Therapies = ()
    presentation: Presentation | None = None
    endocrine_resistant: bool | None = None
    visceral: bool | None = None
    visceral_crisis: bool | None = None
    brain: bool | None = None
    bone_only: bool | None = None
    measurable: bool | None = None
    age: Ages | None = None
    last_line_months: Months | None = None

    def asked(self) -> dict[str, Any]:
        """The conditions that ask something, by name."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None and value != ()}


class Eligible(Conditions):
    """What a woman must be to enrol: conditions, and how long she was free of disease.

    `disease_free_months`: from the primary's diagnosis to the day metastatic disease was found; it asks for a
    primary that was not metastatic from the start.
    """

    disease_free_months: Months | None = None


class Subgroup(Eligible):
    """A subgroup of a trial's women at enrolment, or `responders` (a confirmed response in the trial)."""

    responders: bool | None = None
    bone: bool | None = None
    lung: bool | None = None
    liver: bool | None = None
    first_line_months: Months | None = None


_HR_POSITIVE = {name for name, positive in zip(SUBTYPES, HR_POSITIVE, strict=True) if positive}
_HER2_NEGATIVE = {
    name for name, positive in zip(SUBTYPES, HER2_POSITIVE, strict=True) if not positive
}


def contradictions(c: Conditions) -> list[str]:
    """Why no woman can meet all of `c`: a line for each pair of conditions that exclude each other."""
    found = [
        f"had and not_had both name '{name}'" for name in dict.fromkeys(c.had) if name in c.not_had
    ]
    found += [
        f"recent_line_had and not_had both name '{name}'"
        for name in dict.fromkeys(c.recent_line_had)
        if name in c.not_had
    ]
    found += [
        f"had_adjuvant and not_had_adjuvant both name '{name}'"
        for name in dict.fromkeys(c.had_adjuvant)
        if name in c.not_had_adjuvant
    ]
    if c.line is not None and c.line[1] < 1:
        found.append("line is below 1; the first line is 1")
    if c.line is not None and c.line[1] == 1:
        found += [
            f"line is 1, but {name} asks for an earlier line"
            for name in ("had", "recent_line_had", "last_line_months")
            if getattr(c, name)
        ]
    for name in ("chemo_lines", "endocrine_lines"):
        before = getattr(c, name)
        if c.line is not None and before is not None and before[0] > c.line[1] - 1:
            found.append(
                f"{name} asks for {before[0]} lines before, but line is at most {c.line[1]}"
            )
    if c.presentation == "de novo" and isinstance(c, Eligible) and c.disease_free_months:
        found.append("presentation is de novo, but disease_free_months asks for a primary before")
    if c.presentation == "de novo" and c.had_adjuvant:
        found.append("presentation is de novo, but had_adjuvant asks for adjuvant therapy")
    if c.bone_only:
        found += [
            f"bone_only and {name} exclude each other"
            for name in ("visceral", "visceral_crisis", "brain", "measurable")
            if getattr(c, name)
        ]
    if c.pik3ca_pathway is False and c.pik3ca:
        found.append("pik3ca is one of pik3ca_pathway, which is false")
    if c.visceral is False and c.visceral_crisis:
        found.append("visceral_crisis needs visceral disease, but visceral is false")
    if c.subtype is not None:
        if not _HR_POSITIVE & set(c.subtype):
            found += [
                f"{name} needs HR+ disease, but subtype has none"
                for name in ("esr1", "endocrine_resistant")
                if getattr(c, name)
            ]
        if c.her2_low and not _HER2_NEGATIVE & set(c.subtype):
            found.append("her2_low is a state of HER2- disease, but subtype has none")
    return found


def agents_of(c: Conditions) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The conditions that name drugs, mechanisms or classes, with what they name."""
    return (("had", c.had), ("not_had", c.not_had), ("recent_line_had", c.recent_line_had))


def check_conditions(
    where: str, conditions: Conditions, drugs: Iterable[str], problems: list[str]
) -> None:
    """Add a line for each name that is no drug, mechanism or class, and for each contradiction."""
    valid = dict.fromkeys((*MECHANISMS, *CLASSES, *drugs))
    for field, names in agents_of(conditions):
        problems.extend(
            unknown_agent(f"{where}: {field}", "drug, mechanism or class", name, valid, "drug")
            for name in names
            if name not in valid
        )
    problems.extend(f"{where}: contradiction: {why}" for why in contradictions(conditions))
