"""Thresholds: what one unit of effect may cost, and over which range curves are drawn."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.errors import InputError, real_number, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.economics.decision.draws import Floats

MOST_THRESHOLDS = 20_001
STEPS = 500
AT = 20_000.0
"""The threshold where none is named."""
MOST = 1e12
"""The highest threshold: beyond, sums of its squares would pass what a number can hold."""
ROOM = 1.25
"""Of the range of curves: how far beyond the last threshold or ICER it goes, at least."""
FARTHEST = 20.0
"""An ICER of more than so many times the highest threshold does not widen the range of curves.

The highest published cost of a QALY in the catalog is 12.5 times the threshold of its country (1,252,295 US
dollars, at 100,000). With room and rounding the range is 50 times the highest threshold at most, which then
still stands ten of the 500 steps, and 5 pixels of the narrowest chart, apart from the axis. Of strategies
that hardly differ in effect the ICER may be anything; drawn to it, curves would show nothing of the rest.
"""
_LEAST = 1e-290  # of a threshold of next to nothing there is still a step
_ROUND = (1.0, 1.25, 2.5, 5.0, 10.0)


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


def end_of_curves(at: tuple[float, ...], icers: Iterable[float] = ()) -> float:
    """Where curves end by default: beyond 2.5 times the first of `at`, all of `at`, and the `icers`.

    `icers` are those of the frontier, at which the best choice changes. One that is not above 0 or not
    finite is left out, and so is one of more than FARTHEST times the highest threshold. There is ROOM to
    the right, and the end is rounded up so that a step, a 500th, is a round number: 1, 1.25, 2.5 or 5 and
    zeros. (So the thresholds of the reference cases are steps.) Never above MOST.

    Examples:
        >>> end_of_curves((25_000.0, 35_000.0)), end_of_curves((25_000.0, 35_000.0), [253_000.0])
        (62500.0, 500000.0)
        >>> end_of_curves((25_000.0, 35_000.0), [1e9])
        62500.0
    """
    highest = max(at) or AT
    near = [icer for icer in icers if 0.0 < icer <= FARTHEST * highest]
    step = max(2.5 * (at[0] or highest), ROOM * max([highest, *near]), _LEAST) / STEPS
    unit = 10.0 ** math.floor(math.log10(step))
    # a hair below is taken for the same, as 62,500 / 500 need not be 125 to the last bit
    wide = next(one * unit for one in _ROUND if one * unit >= step * (1.0 - 1e-12))
    return min(wide * STEPS, MOST)


def check_thresholds(given: Any, at: tuple[float, ...], icers: Iterable[float] = ()) -> Floats:
    """The thresholds of the curves, ascending.

    By default STEPS even steps from 0 to `end_of_curves(at, icers)`, with each of `at` exactly: where
    one is no step it takes the place of the step next to it.
    """
    if given is None:
        return _with(np.linspace(0.0, end_of_curves(at, icers), STEPS + 1), at)
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


def _with(steps: Floats, at: tuple[float, ...]) -> Floats:
    """`steps` with each of `at`, in place of the steps next to those that are none; both ends stay."""
    missing = np.setdiff1d(at, steps)
    if not missing.size:
        return steps
    inner = np.setdiff1d(steps[1:-1], at)
    away = np.abs(inner[:, None] - missing).min(axis=1)
    kept = np.delete(inner, np.argsort(away, kind="stable")[: missing.size])
    return np.unique(np.concatenate([steps[[0, -1]], kept, at]))


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
