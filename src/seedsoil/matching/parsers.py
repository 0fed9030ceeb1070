"""Which parser reads each role, from the names of the columns and what the user states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.matching import fields, words
from seedsoil.matching.dates import dates
from seedsoil.matching.names import (
    NODE_GROUP_NAMES,
    NODE_STAGE_NAMES,
    NODE_STATUS_NAMES,
    SEER_SIZE_NAMES,
    STAGE_NAMES,
    SURGERY_CODE_NAMES,
    is_named,
    words_of,
)

if TYPE_CHECKING:
    from seedsoil.matching.columns import Columns
    from seedsoil.matching.events import Events
    from seedsoil.matching.settings import Settings

WIDTHS = {"age": 2, "size": 2, "nodes": 2}
"""Numbers a row of the roles that are ranges; of all others one."""
OTHER_OUTCOMES = ("other_death", "other_recurrence")
"""Roles of columns that only show whether the event is what it is taken for."""


def size_unit(name: str, settings: Settings) -> str:
    """The unit of a column of diameters: as stated, or as its name says; mm otherwise."""
    return settings.size_unit or ("cm" if "cm" in words_of(name) else "mm")


def parsers(
    columns: Columns, settings: Settings, numbers: fields.Numbers, events: Events
) -> dict[str, fields.Parser]:
    """The parser of each role that the file has a column of."""
    every = {role: parser(role, name, settings, numbers) for role, name in columns.name.items()}
    every["event"] = events.parse
    return {role: parse for role, parse in every.items() if parse and role in columns.position}


def parser(
    role: str, name: str, settings: Settings, numbers: fields.Numbers
) -> fields.Parser | None:
    """The parser of one role whose column has that name; None of those that hold no value."""
    if role == "size":
        return fields.size(
            numbers,
            as_stage=is_named(name, STAGE_NAMES),
            seer=is_named(name, SEER_SIZE_NAMES),
            unit=size_unit(name, settings),
        )
    if role == "nodes":
        return fields.nodes(
            numbers,
            as_stage=is_named(name, NODE_STAGE_NAMES),
            as_status=is_named(name, NODE_STATUS_NAMES),
            as_group=is_named(name, NODE_GROUP_NAMES),
        )
    if role in ("endocrine", "chemo"):
        return fields.treatment(numbers, coded=is_named(name, SURGERY_CODE_NAMES))
    if role.endswith("_date"):
        return dates(settings.date_format)
    if role in ("last_time", "event_time"):
        return fields.optional(fields.follow_up(numbers))
    makers = {
        "age": fields.age,
        "er": fields.receptor,
        "time": fields.follow_up,
        "year": fields.year,
        "sex": fields.sex,
    }
    if role in OTHER_OUTCOMES:
        return other_outcome
    if role == "her2":
        return fields.optional(fields.receptor(numbers))
    if role in ("m_stage", "stage"):
        return fields.m_stage if role == "m_stage" else fields.stage
    return makers[role](numbers) if role in makers else None


def other_outcome(text: str, column: str, line: int) -> fields.Values:
    """1, 0, or NaN for whatever is no plain answer: the column is not needed."""
    del column, line
    if known := words.event_word(text):
        return (known[0],)
    return (float(text),) if text in ("0", "1") else fields.UNKNOWN
