"""How many patients a decision is for, discounted to today."""

from __future__ import annotations

from seedsoil.errors import InputError, real_number, shown
from seedsoil.results.discounting import Discounting

MOST_PATIENTS, MOST_YEARS = 1e12, 1e3


def patients_affected(
    per_year: float, years: float, rate: float = 0.0, *, delay: float = 0.0
) -> float:
    """Patients over whom a decision is made, discounted to today.

    per_year · ∫ e^(−δt) dt from `delay` to `years`, δ = ln(1 + rate): patients come evenly. `years`:
    until the decision is made anew; `delay`: years until the evidence is there, before which nobody
    gains from it.

    Raises InputError for a number below 0 or beyond MOST_PATIENTS or MOST_YEARS, and for a rate above 1.

    Examples:
        >>> patients_affected(1_000, 10)
        10000.0
        >>> round(patients_affected(1_000, 10, 0.035))
        8461
    """
    _within("per_year", per_year, MOST_PATIENTS)
    for name, value in (("years", years), ("delay", delay)):
        _within(name, value, MOST_YEARS)
    return per_year * float(Discounting(rate).flow(delay, years))


def check_patients(value: float) -> float:
    """`value` if it is a number of patients; else InputError."""
    return _within("population", value, MOST_PATIENTS)


def _within(name: str, value: float, most: float) -> float:
    allowed = f"a number of 0 or more, up to {most:,.0f}"
    number = real_number(name, value, allowed=allowed)
    if not 0.0 <= number <= most:
        raise InputError(f"{name}={shown(value)}: must be {allowed}")
    return number
