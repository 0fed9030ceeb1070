"""Dates of an extract: how they are written, and days between them."""

from __future__ import annotations

import re
from datetime import date, datetime

from seedsoil.errors import InputError, nearest
from seedsoil.matching import words
from seedsoil.matching.columns import printable
from seedsoil.matching.fields import UNKNOWN, Parser, Values, unreadable

NAMED_FORMATS = {"dmy": ("d", "m", "y"), "mdy": ("m", "d", "y"), "ymd": ("y", "m", "d")}
_PARTS = re.compile(r"^(\d{1,4})[./ -](\d{1,2})[./ -](\d{1,4})$")
_ISO = re.compile(r"^(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?$")


def check_date_format(form: str | None) -> str | None:
    """The format, if it is one or None; raises InputError otherwise."""
    if form is None:
        return form
    if form.lower() in NAMED_FORMATS:
        return form.lower()
    if "%" in form:
        try:
            if datetime.strptime(date(2001, 2, 3).strftime(form), form).date() == date(2001, 2, 3):
                return form
        except ValueError:
            pass
        raise InputError(
            f"date format '{printable(form)}': does not hold day, month and year; write for "
            "example %d/%m/%Y"
        )
    raise InputError(
        f"date format '{printable(form)}': allowed are {', '.join(NAMED_FORMATS)}, or a form such "
        f"as %d/%m/%Y. {nearest(form, NAMED_FORMATS)}".rstrip()
    )


def dates(form: str | None) -> Parser:
    """Days, counted from a fixed day, of a date; NaN where it is missing.

    Without `form` only dates that begin with a year of four digits are read: of others it cannot be
    told which number is the day and which the month.
    """
    allowed = (
        f"not a date of the form {form}"
        if form
        else "allowed YYYY-MM-DD; for others say --date-format, such as dmy, mdy or %d/%m/%Y"
    )

    def parse(text: str, column: str, line: int) -> Values:
        del line
        if words.is_missing(text):
            return UNKNOWN
        day = _date(text, form)
        if day is None or not 1900 <= day.year <= 2100:
            raise unreadable(column, text, allowed)
        return (float(day.toordinal()),)

    return parse


def _date(text: str, form: str | None) -> date | None:
    try:
        if form is None:
            found = _ISO.match(text)
            return date(int(found[1]), int(found[2]), int(found[3])) if found else None
        if "%" in form:
            return datetime.strptime(text, form).date()
        if found := _PARTS.match(text.split("T")[0]):
            part = dict(zip(NAMED_FORMATS[form], map(int, found.groups()), strict=True))
            return date(part["y"], part["m"], part["d"]) if part["y"] >= 100 else None
    except ValueError:
        pass
    return None
