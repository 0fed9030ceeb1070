"""When primaries were treated: the eras that an answer may be about. Imports nothing heavy."""

from __future__ import annotations

from typing import NamedTuple


class Era(NamedTuple):
    """When a primary was treated: policies of the catalog."""

    adjuvant: str
    screening: str


ERAS = {
    "1990s": Era("1990s", "1990s"),
    "2000s": Era("2000s", "2000s"),
    "2013+": Era("2013+", "2000s"),
}
"""By the name of their adjuvant therapy; screening has been what it is since 2000."""
DEFAULT_ERA = "2013+"
