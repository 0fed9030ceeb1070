"""One line of the table of checks."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = ["check", "found", "should be", "met"]


@dataclass(frozen=True)
class Check:
    """What was checked, what was found, what it should be, and whether it is; None: it is not judged."""

    name: str
    found: str
    should: str
    met: bool | None

    def row(self) -> list[str]:
        """As a row under `HEADER`."""
        return [self.name, self.found, self.should, {True: "yes", False: "NO", None: ""}[self.met]]
