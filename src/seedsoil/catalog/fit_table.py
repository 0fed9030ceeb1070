"""The table of the packaged fit: every target, observed and simulated, with the reason where it is missed."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from typing import Any

LARGE = 3.0


def reasons() -> dict[str, str]:
    """Why targets are missed, by target or by group, from the catalog."""
    place = files("seedsoil.catalog").joinpath("data", "misses.toml")
    if not place.is_file():
        return {}
    found: dict[str, str] = tomllib.loads(place.read_text(encoding="utf-8"))["reasons"]
    return found


def reason_for(target: str, known: dict[str, str]) -> str:
    """The reason given for a target, or for its group; "not explained" if there is none."""
    return known.get(target) or known.get(target.split(".")[0]) or "not explained"


def packaged() -> list[dict[str, Any]]:
    """The table of the packaged fit: observed and simulated with their errors, z, reason; empty if none."""
    place = files("seedsoil.catalog").joinpath("data", "fitted.csv")
    if not place.is_file():
        return []
    known = reasons()
    rows: list[dict[str, Any]] = []
    for row in csv.DictReader(place.read_text(encoding="utf-8").splitlines()):
        z = float(row["z"])
        rows.append(
            {
                "target": row["target"],
                "unit": row["unit"],
                "observed": float(row["observed"]),
                "standard_error": float(row["standard_error"]),
                "simulated": float(row["simulated"]),
                "monte_carlo_error": float(row["monte_carlo_error"]),
                "z": z,
                "fitted": row["fitted"] == "yes",
                "reason": reason_for(row["target"], known) if not abs(z) <= LARGE else "",
            }
        )
    return rows
