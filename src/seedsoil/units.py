"""Units of time: what a year holds; and how wide an interval of 95 % is."""

from __future__ import annotations

DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7.0
MONTHS_PER_YEAR = 12.0

Z95 = 1.959963984540054
"""Two-sided 95 % point of the standard normal distribution: half the width of an interval, in its errors."""
