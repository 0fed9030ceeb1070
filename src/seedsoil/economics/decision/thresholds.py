"""Thresholds: what one unit of effect may cost, and over which range curves are drawn."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError, real_number, shown

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Floats

MOST_THRESHOLDS = 20_001
STEPS = 500
AT = 20_000.0
"""The threshold where none is named."""


def check_threshold(what: str, value: Any) -> float:
    """`value` if it is a threshold: a finite number of 0 or more; else InputError."""
    number = real_number(what, value, allowed="a threshold, a number of 0 or more")
    if not (math.isfinite(number) and number >= 0.0):
        raise InputError(
            f"{what}={shown(value)}: a threshold is a number of 0 or more, what one unit of effect may cost"
        )
    return number


def check_at(given: Any) -> tuple[float, ...]:
    """One threshold or several, each once, in the order given."""
    if given is None:
        return (AT,)
    several = given if isinstance(given, list | tuple | np.ndarray) else [given]
    found = tuple(dict.fromkeys(check_threshold("at", value) for value in several))
    if not found:
        raise InputError("at: name one threshold or more")
    return found


def check_thresholds(given: Any, at: tuple[float, ...]) -> Floats:
    """The thresholds of the curves, ascending; by default from 0 to 2.5 times the first of `at`."""
    if given is None:
        return np.linspace(0.0, max(2.5 * at[0], *at) or 2.5 * AT, STEPS + 1)
    if not isinstance(given, list | tuple | range | np.ndarray):
        raise InputError(
            f"thresholds={shown(given)}: give a list of numbers, such as [0, 10_000, 20_000]"
        )
    found = np.unique(np.array([check_threshold("thresholds", value) for value in given]))
    if not 2 <= found.size <= MOST_THRESHOLDS:
        raise InputError(
            f"thresholds: {found.size} different ones; allowed: 2 to {MOST_THRESHOLDS:,}"
        )
    return found


def parse_thresholds(text: str, option: str = "--thresholds") -> list[float]:
    """`0,10000,20000` or `0:50000:100`, which is from 0 to 50,000 in steps of 100, as numbers."""
    parts = text.split(":")
    if re.search(r",0\d\d(?!\d)", text):
        raise InputError(
            f"{option} {shown(text)}: a comma stands between two numbers, not at thousands; write 20000 for "
            "twenty thousand"
        )
    try:
        if len(parts) == 1:
            return [float(part) for part in text.split(",") if part.strip()]
        low, high, step = (float(part) for part in parts)
        count = round((high - low) / step) if step > 0.0 and high > low else 0
        if not 1 <= count < MOST_THRESHOLDS:
            raise ValueError
        return [float(k) for k in np.linspace(low, low + count * step, count + 1)]
    except (ValueError, OverflowError):
        raise InputError(
            f"{option} {shown(text)}: write numbers with commas, such as 0,10000,20000, or "
            "from:to:step, such as "
            "0:50000:100"
        ) from None
