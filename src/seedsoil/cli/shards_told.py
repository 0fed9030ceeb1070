"""What `seedsoil shards` says: what a plan takes, and how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from seedsoil.cli import console, long_run, unit_cost
from seedsoil.work.unit import units_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.planned.plan import Plan
    from seedsoil.planned.state import State
    from seedsoil.work.place import Place


def lasting(seconds: float) -> str:
    """How long something lasts: `40 s`, `3 minutes`, `5 hours`."""
    return f"{seconds:.0f} s" if seconds < 120 else long_run.time_words(seconds)


def tell_plan(place: Place, made: Plan, *, cost: bool, as_json: bool) -> None:
    """Say what a plan is and, with `cost`, what it will take."""
    from seedsoil.planned.cost import cost_of
    from seedsoil.work.shelf import Shelf

    units = made.units()
    there = Shelf(place).keys()
    done = [unit for unit in units if unit.key in there]
    told: dict[str, Any] = {
        "directory": str(place),
        "women": made.women,
        "strategies": [one.name for one in made.strategies],
        "draws": sum(bool(draw) for draw in made.draws),
        "units": len(units),
        "units_done": len(done),
    }
    facts = [
        ("plan", f"{made.women:,} women under {', '.join(told['strategies'])}"
         + (f", {told['draws']:,} draws" if told["draws"] else "")),
        ("units", f"{len(units):,} of up to {max(s.size for s in made.segments):,} women, "
         f"{len(done):,} of them done"),
    ]  # fmt: skip
    if cost:
        console.tell_first_compilation()
        found = cost_of(made)
        left = 1.0 - sum(u.women for u in done) / sum(u.women for u in units)
        told |= {
            "core_hours": found.core_hours,
            "core_hours_error": found.error,
            "core_hours_left": found.core_hours * left,
            "bytes": found.bytes,
        }
        hours = f"{found.core_hours:.2g}" if found.core_hours < 10 else f"{found.core_hours:,.0f}"
        facts.append(
            ("takes", f"{hours} ± {found.error:.1g} core-hours in all on a core as fast as this one "
             f"({found.women_a_second:,.0f} women a second), and up to {long_run.size_words(found.bytes)} "
             "of units")
        )  # fmt: skip
    if as_json:
        console.print_json(told)
        return
    console.print_facts(facts)
    women = sum(unit.women for unit in units if unit.key not in there)
    console.say(
        f"  seedsoil shards run {place}{unit_cost.wanted(women)}", title="next".ljust(console.NAME)
    )


def state_json(where: str, state: State) -> dict[str, Any]:
    """How far a plan is, for programs."""
    return {
        "directory": where,
        "units": len(state.units),
        "done": len(state.receipts),
        "women": state.women,
        "women_done": state.done,
        "working": [
            {"key": u.key, "first": u.first, "women": u.women, **lease._asdict()}
            for u, lease in state.working
        ],
        "silent": [
            {"key": u.key, "first": u.first, "women": u.women, **lease._asdict()}
            for u, lease in state.silent
        ],
        "waiting": [{"key": u.key, "first": u.first, "women": u.women} for u in state.waiting],
        "damaged": [{"key": u.key, "first": u.first, "women": u.women} for u in state.damaged],
        "verified": state.checked,
        "core_seconds": state.seconds,
        "hosts": {h: {"units": n, "core_seconds": s} for h, (n, s) in state.by_host.items()},
        "women_a_second": state.pace,
        "seconds_left": state.left,
    }


def state_facts(state: State) -> list[tuple[str, str]]:
    """How far a plan is, in words."""
    whole = " and have their checksum" if state.checked else ""
    facts = [
        (
            "done",
            f"{len(state.receipts):,} of {len(state.units):,} units are there{whole}: {state.done:,} of "
            f"{state.women:,} women, {state.seconds / 3600:.2g} core-hours",
        )
    ]
    for host, (units, seconds) in state.by_host.items():
        facts.append(
            (host[: console.NAME], f"{units_words(units)}, {seconds / 3600:.2g} core-hours")
        )
    if state.working:
        facts.append(("working", f"{units_words(len(state.working))}, {_held(state.working)}"))
    if state.silent:
        facts.append(
            (
                "silent",
                f"{units_words(len(state.silent))}, {_held(state.silent)}: who next asks does them",
            )
        )
    if state.damaged:
        facts.append(
            (
                "damaged",
                f"{units_words(len(state.damaged))} not whole; `seedsoil shards run` does them again",
            )
        )
    if state.waiting:
        facts.append(
            (
                "waiting",
                f"{units_words(len(state.waiting))} that nobody holds, as far as is seen here",
            )
        )
    if state.pace is not None and state.left:
        end = datetime.fromtimestamp(state.now + state.left).astimezone()
        facts.append(
            ("end", f"about {lasting(state.left)} from now, at {end:%Y-%m-%d %H:%M}, at "
             f"{state.pace:,.0f} women a second by all workers")
        )  # fmt: skip
    return facts


def _held(held: Sequence[tuple[Any, Any]]) -> str:
    hosts: dict[str, int] = {}
    for _, lease in held:
        hosts[lease.host] = hosts.get(lease.host, 0) + 1
    oldest = max(lease.age for _, lease in held)
    told = ", ".join(f"{n} by {host}" for host, n in sorted(hosts.items()))
    return f"{told}, last heard of {oldest:.0f} s ago"
