"""Shares with their Monte-Carlo error, and numbers as they are written in a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def percent(share: float, digits: int | None = None) -> str:
    """A share as a percentage with sensible digits: `16.3 %`, `0.42 %`, `0.0096 %`."""
    if not math.isfinite(share):
        return "–"
    value = 100.0 * share
    if digits is None:
        if value == 0:
            digits = 0
        elif abs(value) >= 1:
            digits = 1
        else:
            digits = min(6, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}\u00a0%"


def percent_interval(low: float, high: float) -> str:
    """An interval of shares: `15.9 to 16.7 %`."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "–"
    return f"{bare_interval(low, high)}\u00a0%"


def bare_interval(low: float, high: float) -> str:
    """An interval of shares in percent without the sign: `15.9 to 16.7`."""
    digits = 1 if high >= 0.01 or high <= 0 else 1 - math.floor(math.log10(100 * high))
    return f"{f'{100 * low:.{digits}f}' if low else '0'} to {100 * high:.{digits}f}"


def whole(count: float) -> str:
    """A count with thousands separated by commas."""
    return f"{round(count):,}"


def of_women(count: float, kind: str = "") -> str:
    """A number of women, of a `kind`: `1 woman`, `2,000 simulated women`."""
    words = f"{kind} {'woman' if count == 1 else 'women'}".strip()
    return f"{whole(count)} {words}"


def with_error(value: float, error: float) -> str:
    """A value and its standard error, to its first digit: `24.9 ± 0.1`; alone where none is known."""
    if not (math.isfinite(value) and math.isfinite(error)):
        return "–"
    if error <= 0:  # of one woman, of none or of all: no error is known, and it is not 0
        return f"{value:.2f}"
    digits = min(6, max(0, -math.floor(math.log10(error))))
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def signed(value: float, digits: int) -> str:
    """A difference with its sign; without one where it rounds to nothing, and `0` where it is nothing."""
    if value == 0:
        return "0"
    written = f"{value:+.{digits}f}"
    return written.lstrip("+-") if float(written) == 0 else written.replace("-", "\u2212")


def number(value: float, digits: int) -> str:
    """A number with so many digits after the point; a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def span(value: float) -> str:
    """A number of years without its unit: two decimals below ten, one above."""
    if math.isinf(value):
        return "not reached"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def median_interval(low: float, high: float) -> str:
    """The interval of a median without its unit: `3.53 to 3.96`, or that there are too few women for one."""
    if bounds_nothing(low, high):
        return "too few for an interval"
    return f"{span(low)} to {span(high)}"


def bounds_nothing(low: float, high: float) -> bool:
    """Whether the limits of a median are those that too few women leave: 0 and infinity."""
    return low <= 0.0 and math.isinf(high)


def group_words(by: str | None, group: str) -> str:
    """A group as a sentence names it: `localized disease`, `TNBC`."""
    return f"{group} disease" if by == "stage" else group


def listed(parts: list[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
