"""Units of time: what a year holds; and how wide an interval of 95 % is."""

from __future__ import annotations

DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7.0
MONTHS_PER_YEAR = 12.0

Z95 = 1.959963984540054
"""Two-sided 95 % point of the standard normal distribution: half the width of an interval, in its errors."""
FEWEST_OF_MEDIAN = 6
"""Of fewer women even the least and the largest time hold the median less often than in 95 % of samples:
1 - 2/2^n is below 0.95."""
