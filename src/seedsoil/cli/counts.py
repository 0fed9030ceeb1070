"""Numbers of women as people write them: 1e5, 100k, 2.5M, 100,000."""

from __future__ import annotations

import re
from fractions import Fraction

import typer

_COUNT = re.compile(
    r"([+-]?)(\d+(?:,\d{3})+|[\d_]+)?(?:\.(\d+))?(?:e\+?(\d{1,2}))?\s*(k|m|bn)?", re.IGNORECASE
)
_TIMES = {"": 0, "k": 3, "m": 6, "bn": 9}


def count(text: str | int) -> int:
    """`text` as a whole number: digits, an exponent (1e5) or k, M or bn after it, or commas at thousands.

    Raises the usage error of the command line for anything else.
    """
    if isinstance(text, int):  # a default
        return text
    found = _COUNT.fullmatch(text.strip()) if len(text) <= 40 else None
    sign, whole, part, power, unit = found.groups() if found else ("", None, None, None, None)
    digits = re.sub("[,_]", "", whole or "")
    if not digits:
        raise typer.BadParameter(
            f"'{text[:40]}' is not a whole number, such as 2000, 1e5, 100k or 1.5M"
        )
    number = Fraction(f"{sign}{digits}.{part or 0}") * 10 ** (
        int(power or 0) + _TIMES[(unit or "").lower()]
    )
    if number.denominator != 1:
        raise typer.BadParameter(f"'{text}' is not a whole number")
    return int(number)
