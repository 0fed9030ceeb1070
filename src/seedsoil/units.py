"""Units of time: what a year holds."""

from __future__ import annotations

DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7.0
MONTHS_PER_YEAR = 12.0
