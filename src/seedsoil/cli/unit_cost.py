"""What very many women in units would take, before they begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.cli import console, long_run
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.planned.plan import Plan

LARGE = 100_000_000
"""Women who are not counted without a word: an hour or so on two cores."""


def ask(plan: Plan, left: int, workers: int, *, yes: bool, elsewhere: bool = False) -> None:
    """Say what very many women take; without `yes` they are not begun, but an InputError.

    `left`: women of the units that are to be done, those under two strategies or draws twice, by so many
    `workers`. `elsewhere`: it is said that many machines can share them.
    """
    if left <= LARGE:
        return
    from seedsoil.planned.cost import cost_of

    console.tell_first_compilation()
    cost = cost_of(plan)
    share = left / (plan.women * len(plan.made()))
    seconds = 3600 * cost.core_hours * share / workers
    told = (
        f"{left:,} women to be simulated take about {long_run.time_words(seconds)} on {workers} "
        f"worker{'s' * (workers > 1)} as fast as this one and up to "
        f"{long_run.size_words(cost.bytes * share)} of disk"
    )
    told += "; `seedsoil shards` does them on many machines" if elsewhere else ""
    if not yes:
        raise InputError(f"{told}. --yes starts it")
    console.note(told)


def wanted(women: int) -> str:
    """The option without which so many women are not begun."""
    return " --yes" if women > LARGE else ""
