"""What two tables of a comparison have in common, however they were made."""

from __future__ import annotations

from typing import Any

import pytest


def same_comparison(found: list[dict[str, Any]], exact: list[dict[str, Any]]) -> None:
    """Assert that rows of a comparison put together of units are those of `compare`."""
    assert len(found) == len(exact)
    for one, other in zip(found, exact, strict=True):
        for key in ("group", "measure", "unit", "strategy"):
            assert one[key] == other[key]
        for key in ("mean", "standard_error", "difference", "difference_standard_error"):
            assert one[key] == pytest.approx(other[key], abs=2e-6, nan_ok=True)
