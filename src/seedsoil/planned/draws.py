"""Draws of the model's numbers from a CSV file: a column a number, a row a draw."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from seedsoil.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

NOT_NUMBERS = ("draw", "weight")
"""Columns that number or weigh draws, and are none of the model's numbers."""


def read_draws(path: Path) -> list[dict[str, float]]:
    """The draws of a CSV file. Raises InputError for what is none."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--draws {path}: cannot be read ({reason})") from None
    if not rows:
        raise InputError(
            f"--draws {path}: has no draws; a row is one, under the names of its numbers"
        )
    found = []
    for number, row in enumerate(rows, 2):
        numbers = {k: v for k, v in row.items() if k and k.strip().lower() not in NOT_NUMBERS}
        try:
            found.append({str(k).strip(): float(v) for k, v in numbers.items()})
        except (TypeError, ValueError):
            wrong = next((k for k, v in numbers.items() if not _is_number(v)), "")
            raise InputError(
                f"--draws {path}, line {number}: {wrong} is {row[wrong]!r}; allowed is a number"
            ) from None
    return found


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except (TypeError, ValueError):
        return False
    return True
