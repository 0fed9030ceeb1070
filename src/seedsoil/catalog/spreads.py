"""Distributions of parameters that no fit moves, and orders that hold between them.

A parameter p that is `below` another, q, is p = q (1 − b), one `above` it p = q + (1 − q) b, b having a beta
distribution of its own: p never passes q, nor 0 or 1. The mean of b is that at which p has its value, and its
standard error s_b that at which the difference has the one given, s:

    s_b² = (s² − s_r² m_b²) / (s_r² + m_r²),

m_r and s_r being mean and standard error of what the difference is a share of, q or 1 − q.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.distributions import Distribution, distribution
from seedsoil.catalog.parameters import full_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seedsoil.catalog.parameters import Parameter, ParameterEntry


class NumberSpread(NamedTuple):
    """What is drawn for one number: its value, or, of a number `below` or `above` another, the share b."""

    name: str
    drawn: Distribution
    below: str | None = None
    above: str | None = None


def spread_problems(entry: ParameterEntry) -> Iterator[tuple[str, str]]:
    """Fields of an entry that do not go together, and what is wrong."""
    if (entry.distribution is None) != (entry.standard_error is None):
        given, missing = (
            ("distribution", "standard_error")
            if entry.standard_error is None
            else ("standard_error", "distribution")
        )
        yield given, f"is given and {missing} is missing; they go together"
    if entry.below is not None and entry.above is not None:
        yield "below", "and above are both given; give one"
    for name in ("below", "above"):
        if getattr(entry, name) is None:
            continue
        if entry.by is not None:
            yield name, f"is for a single number, and this goes by {entry.by}"
        if entry.distribution != "beta":
            yield name, 'needs distribution = "beta"'


def spreads(
    parameters: Mapping[str, Parameter],
    problems: list[str],
    group: str = "",
    *,
    order: bool = True,
    changed: Mapping[str, Mapping[str, float | str]] | None = None,
) -> list[NumberSpread]:
    """What is drawn for each number of `parameters` that has a distribution, in catalog order.

    `group`: only parameters whose key begins so. Each that cannot be has a line in `problems`; with `order`
    also each that has passed what it is to be below or above. `changed`: numbers that are not those of their
    files (see `Catalog.changed`): a line that comes of one names the change and no file.
    """
    found: list[NumberSpread] = []
    for key, parameter in parameters.items():
        if parameter.spread is None or not key.startswith(group):
            continue
        for item, se in parameter.spread.standard_errors.items():
            passed: list[str] = []
            name = full_name(key, item)
            others = (parameter.spread.below, parameter.spread.above)
            where = _where(parameter.file, name, others, changed or {})
            one = _spread(where, name, item, se, parameters, (problems, passed))
            if one is not None:
                found.append(one)
            if order:
                problems += passed
    return found


def check_spreads(parameters: Mapping[str, Parameter], problems: list[str]) -> None:
    """Add a line for each distribution of a parameter that cannot be.

    That a value has passed what it is to be below or above is told when utilities are drawn, not here: one
    who draws none may change values one by one.
    """
    spreads(parameters, problems, order=False)


def _where(
    file: str,
    name: str,
    others: tuple[str | None, ...],
    changed: Mapping[str, Mapping[str, float | str]],
) -> str:
    """What a complaint of the number `name` begins with: its file, or the changes that it comes of."""
    moved = [one for one in (name, *others) if one is not None and one in changed]
    if not moved:
        return f"{file}: {name}"
    told = " and ".join(
        f"{one} changed from {changed[one]['from']:g} to {changed[one]['to']:g}" for one in moved
    )
    return told if moved[0] == name else f"{told}: {name}"


def _spread(
    where: str,
    name: str,
    item: str,
    se: float,
    parameters: Mapping[str, Parameter],
    complaints: tuple[list[str], list[str]],
) -> NumberSpread | None:
    """What is drawn for one number; `complaints`: the impossible, and the passed."""
    problems, passed = complaints
    parameter = parameters[name.partition(":")[0]]
    assert parameter.spread is not None
    spread, value = parameter.spread, parameter.values[item]
    other = spread.below or spread.above
    if other is None:
        drawn = distribution(where, spread.kind, value, se, None, problems)
        return None if drawn is None else NumberSpread(name, drawn)
    if other not in parameters or parameters[other].by is not None:
        singles = [key for key, one in parameters.items() if one.by is None]
        problems.append(unknown(where, "parameter of a single number", other, singles))
        return None
    of = parameters[other].values[""]
    room = of if spread.below else 1.0 - of
    difference = of - value if spread.below else value - of
    if not 0.0 < difference < room:
        side = "below" if spread.below else "above"
        passed.append(f"{where}: {value:g} is not {side} {other}, which is {of:g}")
        return None
    others = parameters[other].spread
    other_se = others.standard_errors.get("", 0.0) if others else 0.0
    mean = difference / room
    variance = (se * se - (other_se * mean) ** 2) / (other_se * other_se + room * room)
    if not variance > 0.0:
        problems.append(
            f"{where}: standard_error {se:g} of the difference to {other} is less than comes of that "
            f"parameter alone; allowed: above {other_se * mean:.4g}"
        )
        return None
    drawn = distribution(where, "beta", mean, math.sqrt(variance), None, problems)
    return None if drawn is None else NumberSpread(name, drawn, spread.below, spread.above)
