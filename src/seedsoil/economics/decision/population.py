"""How many patients a decision is for, discounted to today."""

from __future__ import annotations

import math

from seedsoil.errors import InputError, real_number
from seedsoil.results.discounting import Discounting


def patients_affected(
    per_year: float, years: float, rate: float = 0.0, *, delay: float = 0.0
) -> float:
    """Patients over whom a decision is made, discounted to today.

    per_year · ∫ e^(−δt) dt from `delay` to `years`, δ = ln(1 + rate): patients come evenly. `years`:
    until the decision is made anew; `delay`: years until the evidence is there, before which nobody
    gains from it.

    Raises InputError for a number below 0, and a rate above 1.

    Examples:
        >>> patients_affected(1_000, 10)
        10000.0
        >>> round(patients_affected(1_000, 10, 0.035))
        8461
    """
    for name, value in (("per_year", per_year), ("years", years), ("delay", delay)):
        _not_below_0(name, value)
    return per_year * float(Discounting(rate).flow(delay, years))


def check_patients(value: float) -> float:
    """`value` if it is a number of patients; else InputError."""
    return _not_below_0("population", value)


def _not_below_0(name: str, value: float) -> float:
    number = real_number(name, value, allowed="a number of 0 or more")
    if not (math.isfinite(number) and number >= 0.0):
        raise InputError(f"{name}={value}: must be a number of 0 or more")
    return number
