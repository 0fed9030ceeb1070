"""Rows that cannot be read, told in few lines: a column wrongly coded throughout is one fault, not many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seedsoil.display.words import whole

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.matching.fields import BadValueError

FEW = 3
"""Faults of one kind that are told row by row."""
MOST_SINGLE_ROWS = 20
MOST_KINDS = 50
SHOWN_VALUES = 5


@dataclass
class _Group:
    about: str
    rule: str
    first_line: int
    count: int = 0
    values: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts the faults of rows that cannot be read, and tells them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.groups: dict[tuple[str, str], _Group] = {}
        self.first: list[tuple[int, list[BadValueError]]] = []

    def add(self, line: int, faults: list[BadValueError]) -> None:
        """One row with its faults."""
        self.rows += 1
        single = False
        for fault in faults:
            key = (fault.about, fault.rule)
            if key not in self.groups and len(self.groups) >= MOST_KINDS:
                key = ("other faults", "")
            group = self.groups.setdefault(key, _Group(*key, line))
            group.count += 1
            if fault.value in group.values or len(group.values) < MOST_KINDS:
                group.values[fault.value] += 1
            single = single or group.count <= FEW
        if single and len(self.first) <= MOST_SINGLE_ROWS * MOST_KINDS:
            self.first.append((line, faults))

    def lines(self, ending: str) -> list[str]:
        """What is wrong: kinds of fault with many rows first, then single rows, then the count."""
        many = {key for key, group in self.groups.items() if group.count > FEW}
        told = [self._many(self.groups[key]) for key in self.groups if key in many]
        single = [
            f"{self.path}, line {line}: " + "; ".join(str(fault) for fault in faults)
            for line, faults in self.first
            if not all((fault.about, fault.rule) in many for fault in faults)
        ]
        if len(single) > MOST_SINGLE_ROWS:
            single[MOST_SINGLE_ROWS:] = [f"... and {len(single) - MOST_SINGLE_ROWS} more bad rows"]
        rows = f"{whole(self.rows)} bad {'row' if self.rows == 1 else 'rows'}"
        return [
            *told,
            *single,
            f"{self.path}: {rows}; {ending}. Mend them, or skip them with --skip-bad-rows "
            "(allow_bad_rows=True)",
        ]

    def _many(self, group: _Group) -> str:
        common = [
            f"{value} ({whole(n)})" for value, n in group.values.most_common(SHOWN_VALUES) if value
        ]
        more = len(group.values) - SHOWN_VALUES
        held = f": {', '.join(common)}" if common else ""
        others = (
            f" and {'at least ' if len(group.values) >= MOST_KINDS else ''}{more} more"
            if more > 0
            else ""
        )
        rule = f": {group.rule}" if group.rule else ""
        return (
            f"{self.path}: {group.about} in {whole(group.count)} rows, first on line "
            f"{group.first_line}{held}{others if common else ''}{rule}"
        )
