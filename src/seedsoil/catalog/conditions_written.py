"""Conditions as they are written in a file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.conditions import MANY

if TYPE_CHECKING:
    from seedsoil.catalog.conditions import Conditions


def conditions(asked: Conditions) -> dict[str, Any]:
    """Conditions as they are written in a file, those that ask something."""
    return {name: _written(name, value) for name, value in asked.asked().items()}


def _written(name: str, value: Any) -> Any:
    if name in ("line", "chemo_lines", "endocrine_lines"):
        low, high = value
        return f"{low}+" if high == MANY else str(low) if low == high else f"{low}-{high}"
    if name in ("age", "last_line_months", "first_line_months", "disease_free_months"):
        return _written_range(value[0], value[1], name == "age")
    return list(value) if isinstance(value, tuple) else value


def _written_range(low: float, high: float, whole: bool) -> str:
    """A range of ages in completed years (`whole`) or of months; ends just off a number are < or >."""
    if high == math.inf:
        return f">={low:g}" if low == round(low, 6) else f">{round(low, 6):g}"
    if low == 0.0:
        return f"<={high:g}" if high == round(high, 6) else f"<{high:g}"
    last = high - 1.0 if whole else high
    return f"{low:g}-{last:g}"
