"""Does it fit? Every target and every published result of a trial beside the model, misses first."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.catalog.fit_table import LARGE, packaged
from seedsoil.errors import InputError
from seedsoil.explorer.contract import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.catalog import Catalog

Data = dict[str, Any]
AGREES, OUTSIDE, NOT_SIMULATED = "agrees", "outside", "not simulated"
_ORDER = (OUTSIDE, NOT_SIMULATED, AGREES)


def targets(catalog: Catalog) -> list[Data]:
    """The targets of the packaged fit (`contract.TargetRow`), misses first, the largest before."""
    told = {
        f"{group.name}.{name}": cell.description
        for group in catalog.targets.values()
        for name, cell in group.cells.items()
    }
    rows = []
    for row in packaged():
        z = row["z"] if math.isfinite(row["z"]) else None
        verdict = NOT_SIMULATED if z is None else OUTSIDE if abs(z) > LARGE else AGREES
        rows.append(
            {
                "target": row["target"],
                "group": row["target"].partition(".")[0],
                "what": told.get(row["target"]),
                "unit": row["unit"],
                "observed": row["observed"],
                "standard_error": row["standard_error"],
                "simulated": _finite(row["simulated"]),
                "monte_carlo_error": _finite(row["monte_carlo_error"]),
                "z": z,
                "fitted": row["fitted"],
                "verdict": verdict,
                "why": row["reason"] or None,
            }
        )
    return sorted(rows, key=lambda r: (_ORDER.index(r["verdict"]), -abs(r["z"] or 0.0)))


def trials_of(path: Path, catalog: Catalog) -> list[Data]:
    """The rows of a table that `seedsoil validate --table` wrote (`contract.TrialRow`), misses first.

    Published results without a number are left out. Raises InputError for a file that is no such table, or
    one of other numbers than those of `catalog`.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            given = list(csv.DictReader(file))
        rows = [_trial(row) for row in given if row["published"]]
        made = {row["parameters_hash"] for row in given}
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{path}: is no table of trials ({error}); `seedsoil validate --table FILE` writes one"
        ) from None
    if not rows:
        raise InputError(
            f"{path}: has no row; `seedsoil validate --table FILE` writes a table of trials"
        )
    if made != {catalog.hash()}:
        raise InputError(
            f"{path}: its trials were simulated with other numbers ({', '.join(sorted(made))[:80]}) than "
            f"those in use ({catalog.hash()}); run `seedsoil validate --table FILE` again"
        )
    return sorted(rows, key=lambda r: (_ORDER.index(r["verdict"]), -_apart(r)))


def fit(catalog: Catalog, trials: list[Data], command: str | None) -> Data:
    """Trials and targets (`contract.Fit`); `command`: what simulated the trials."""
    provenance = None
    if command is not None:
        provenance = {
            "version": __version__,
            "parameters_hash": catalog.hash(),
            "command": command,
        }
    return {
        "schema": SCHEMA,
        "trials": trials,
        "targets": targets(catalog),
        "trials_provenance": provenance,
    }


def _trial(row: dict[str, str]) -> Data:
    simulated = _number(row["simulated"])
    verdict = NOT_SIMULATED
    if simulated is not None and row["inside"] in ("True", "False"):
        verdict = AGREES if row["inside"] == "True" else OUTSIDE
    return {
        "trial": row["trial"],
        "role": row["role"],
        "arm": row["arm"],
        "endpoint": row["endpoint"],
        "among": row["among"] or None,
        "unit": row["unit"],
        "published": float(row["published"]),
        "published_low": _number(row["low"]),
        "published_high": _number(row["high"]),
        "verified": row["verified"] == "True",
        "simulated": simulated,
        "simulated_low": _number(row["predicted_low"]),
        "simulated_high": _number(row["predicted_high"]),
        "verdict": verdict,
    }


def _apart(row: Data) -> float:
    """How far the published number lies from the simulated one, in half widths of its interval."""
    low, high, mean = row["simulated_low"], row["simulated_high"], row["simulated"]
    if mean is None or low is None or high is None or not high > low:
        return 0.0
    return float(abs(row["published"] - mean) / (0.5 * (high - low)))


def _number(text: str) -> float | None:
    return _finite(float(text)) if text else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
