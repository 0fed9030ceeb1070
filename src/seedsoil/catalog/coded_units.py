"""Whether what somebody read at a source is the number of the catalog: units and rounding, both explicit."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from seedsoil.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.catalog.coded_value import Coded

_YEAR = 365.25
_TIMES = {
    "days": 1.0,
    "weeks": 7.0,
    "months": _YEAR / 12.0,
    "years": _YEAR,
}
"""Days."""
_RATES = {"1/day": _YEAR, "1/week": _YEAR / 7.0, "1/month": 12.0, "1/year": 1.0, "%/year": 0.01}
"""A year."""
_SHARES = {"share": 1.0, "%": 0.01}
_LENGTHS = {"mm": 1.0, "cm": 10.0}
_FAMILIES = (_TIMES, _RATES, _SHARES, _LENGTHS)
_RATIOS = ("ratio", "hazard ratio", "rate ratio", "odds ratio", "factor")
_LOGARITHMS = ("ln(odds ratio)", "ln(rate ratio)")
_NUMBER = re.compile(r"([<>]=?|[≤≥]|)\s*([-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)")
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_SIGNS = {"≤": "<=", "≥": ">="}
"""Signs of bounds as they are printed, and as they are written here."""
SIGNIFICANT = 2
"""Digits that a number of the catalog has at least where it is coarser than its source."""
_HALF = 1e-9
"""How far from a half, in units of the last digit, a number may be by its conversion alone."""


def disagreement(value: Coded, read: str, unit: str) -> str:
    """Why what was `read`, in `unit`, is not the number of the catalog; empty if it is.

    A printed number stands for all that is rounded to it; `a/b` is a share as counted. The catalog's number
    agrees where it is one of these, or is what was read, rounded to no fewer than two digits. A number with
    <, >, <= or >= must have that sign in both.
    """
    if isinstance(value.value, str):
        same = _plain(value.value) == _plain(read)
        return "" if same else f"the catalog has {value.value}, {read} was read"
    convert = _conversion(unit, value.unit)
    if convert is None:
        allowed = ", ".join(units_allowed(value.unit))
        return f"the unit '{unit}' is not one of: {allowed}; {nearest(unit, units_allowed(value.unit))}"
    limits = _limits(read, unit)
    if limits is None:
        return f"'{read}' is not a number, a bound such as >30 or a fraction such as 194/444"
    bound, low, middle, high = limits
    if bound != value.bound:
        return f"the catalog has {value.bound}{value.value:g}, {read} {unit} was read"
    try:
        ends = sorted(convert(number) for number in (low, high))
        read_as = convert(middle)
    except ValueError:
        return f"'{read} {unit}' has no logarithm"
    slack = value.slack * abs(value.value) + 1e-9 * max(abs(value.value), 1e-30)
    if ends[0] - slack <= value.value <= ends[1] + slack or _rounded(read_as, value.value):
        return ""
    has = f"{value.bound}{value.value:.6g} {value.unit}"
    return f"the catalog has {has}, {read} {unit} was read ({read_as:.6g})"


def units_allowed(unit: str) -> list[str]:
    """The units in which a number of the catalog in `unit` may be read."""
    family = next((family for family in _FAMILIES if unit in family), None)
    if unit in _LOGARITHMS:
        return [unit, *_RATIOS]
    if unit in _RATIOS:
        return list(dict.fromkeys((unit, *_RATIOS)))
    return [unit] if family is None else list(dict.fromkeys((unit, *family)))


def _conversion(unit: str, wanted: str) -> Callable[[float], float] | None:
    """From `unit` to `wanted`, or None where there is no way."""
    if unit == wanted or (unit in _RATIOS and wanted in _RATIOS):
        return float
    if unit in _RATIOS and wanted in _LOGARITHMS:
        return math.log
    for family in _FAMILIES:
        if unit in family and wanted in family:
            factor = family[unit] / family[wanted]
            return lambda number: number * factor
    return None


def _limits(read: str, unit: str) -> tuple[str, float, float, float] | None:
    """The sign, and the least, middle and largest number that is printed as it was read."""
    fraction = _FRACTION.fullmatch(read.strip())
    if fraction and int(fraction[2]) > 0:
        share = int(fraction[1]) / int(fraction[2]) * (100.0 if unit == "%" else 1.0)
        return "", share, share, share
    found = _NUMBER.fullmatch(read.strip())
    if found is None:
        return None
    number = Decimal(found[2].replace(",", ""))
    exponent = number.as_tuple().exponent
    half = 0.5 * 10.0 ** min(int(exponent), 0)
    if found[1]:
        half = 0.0
    sign = _SIGNS.get(found[1], found[1])
    return sign, float(number) - half, float(number), float(number) + half


def _rounded(read: float, catalog: float) -> bool:
    """Whether the catalog's number is what was read, rounded to its own digits, two of them or more.

    An exact half may be rounded up or down: 36.5 to 37 or 36.
    """
    if read == 0.0:
        return catalog == 0.0
    first = math.floor(math.log10(abs(read)))
    for digits in range(SIGNIFICANT, 16):
        step = 10.0 ** (first - digits + 1)
        steps = read / step
        whole = (math.floor(steps + 0.5 + _HALF), math.ceil(steps - 0.5 - _HALF))
        if any(math.isclose(number * step, catalog, rel_tol=1e-12) for number in whole):
            return True
    return False


def _plain(text: str) -> list[str]:
    """The parts of a text between commas, without spaces and in order, for register numbers and lists."""
    return sorted("".join(part.split()).casefold() for part in text.split(","))
