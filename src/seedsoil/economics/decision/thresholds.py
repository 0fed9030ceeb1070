"""Thresholds: what one unit of effect may cost, and over which range curves are drawn."""

from __future__ import annotations

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
MOST = 1e12
"""The highest threshold: beyond, sums of its squares would pass what a number can hold."""


def check_threshold(what: str, value: Any) -> float:
    """`value` if it is a threshold, a number from 0 to MOST; else InputError."""
    number = real_number(what, value, allowed=f"a threshold, a number from 0 to {MOST:g}")
    if not 0.0 <= number <= MOST:
        raise InputError(
            f"{what}={shown(value)}: a threshold is a number from 0 to {MOST:g}, what one unit of effect "
            "may cost"
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
            f"thresholds: {found.size:,} of them differ; allowed: 2 to {MOST_THRESHOLDS:,}"
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
    except ValueError:
        raise InputError(
            f"{option} {shown(text)}: write numbers with commas, such as 0,10000,20000, or "
            "from:to:step, such as 0:50000:100"
        ) from None
    for value in (low, high):
        check_threshold(option, value)
    if not high > low:
        raise InputError(
            f"{option} {shown(text)}: from:to:step goes up, and {high:g} is not above {low:g}"
        )
    if not 0.0 < step <= high - low:
        raise InputError(
            f"{option} {shown(text)}: the step must be above 0 and at most {high - low:g}, from where it "
            "begins to where it ends"
        )
    if (high - low) / step > MOST_THRESHOLDS - 1:
        wide = (high - low) / STEPS
        raise InputError(
            f"{option} {shown(text)}: would be {(high - low) / step + 1:,.0f} thresholds; allowed are up to "
            f"{MOST_THRESHOLDS:,}; widen the step, such as {low:.15g}:{high:.15g}:{wide:.6g}"
        )
    count = round((high - low) / step)
    return [float(k) for k in np.linspace(low, low + count * step, count + 1)]
