"""`seedsoil run --summary-only`: a cohort of any size in counts, in flat memory; interrupted, it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.cli import console, options, startup, unit_cost, workers
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from seedsoil.planned.results import Result


def require_plain(given: Mapping[str, object]) -> None:
    """Raise InputError for options that take the women's tables."""
    for option, value in given.items():
        if value:
            raise InputError(
                f"{option}: does not go with --summary-only, which keeps counts and no tables of women"
            )


def require_threads(processes: int | None, scheduler: str | None) -> None:
    """Raise InputError for workers elsewhere, to whom women go in units alone."""
    for option, value in {"--processes": processes, "--scheduler": scheduler}.items():
        if value is not None:
            raise InputError(
                f"{option}: goes with --summary-only; women with their tables go in units, too: seedsoil "
                "shards plan --tables"
            )


def run(
    strategies: Sequence[str],
    women: int,
    out: Path | None,
    *,
    parent: Path,
    on: tuple[int | None, int | None, str | None],
    directory: Path | None,
    changes: Sequence[str] | None,
    yes: bool,
    as_json: bool,
    made: dict[str, Any],
) -> None:
    """Count a cohort, under one strategy or several compared, write its summary and say it.

    `on`: --threads, --processes and --scheduler; `made`: the other arguments of the plan.
    """
    startup.one_thread_of_algebra()
    from seedsoil.planned.cohort_work import CohortWork
    from seedsoil.planned.merging import merge
    from seedsoil.planned.plan import files_of, planned
    from seedsoil.planned.results import result_of
    from seedsoil.storage import discard, first_free, goes_on
    from seedsoil.work.doing import complete
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf

    console.claim(out, directory=True)
    chosen = options.load_catalog(directory, changes)
    values = {} if chosen is None else {n: float(c["to"]) for n, c in chosen.changed.items()}
    if len(strategies) < 1 or ("by" in made and len(strategies) < 2):
        raise InputError("compare: give two strategies or more; the first is the reference")
    plan = planned(
        strategies,
        women,
        files=files_of(directory),
        values=values,
        closed=len(strategies) == 1,
        command=options.command_line(),
        **made,
    )
    console.tell_first_compilation(treated=plan.strategies[0].hash is not None)
    stem = f"summary-women{women}-seed{made['seed']}"
    if made.get("first"):
        stem += f"-first{made['first']}"
    if out is None:
        digest = plan.strategies[0].hash or plan.parameters_hash
        out = first_free(parent, f"{stem}-{digest[:8]}")
    work_place = out.parent / f".{out.name}.units"
    shelf = Shelf(Place(str(work_place)))
    units = plan.units()
    there = shelf.keys()
    left = [unit for unit in units if unit.key not in there]
    if len(left) < len(units):
        console.note(
            f"goes on after {len(units) - len(left):,} of {len(units):,} units, which {work_place} holds"
        )
    with (
        goes_on(work_place, lambda: shelf.count(units), len(units), "units"),
        workers.asked(*on) as backend,
    ):
        women_left = sum(unit.women for unit in left)
        unit_cost.ask(plan, women_left, backend.workers, yes=yes, elsewhere=True)
        with console.progress(women_left, "women") as show:
            work = CohortWork.of(plan)
            complete(work, units, shelf, backend, progress=lambda unit: show(unit.women))
        result = result_of(merge(plan, shelf))
        result.save(out, command=options.command_line())
    discard(work_place)
    _tell(result, out, as_json=as_json)


def _tell(result: Result, out: Path, *, as_json: bool) -> None:
    if as_json:
        console.print_json({"directory": str(out), **result.summary()})
        return
    from seedsoil.planned.summary import CohortSummary
    from seedsoil.run.run import NOT_ADVICE

    for _, (header, rows), sentence in result.told():
        console.print_table(header, rows)
        console.say()
        console.say(sentence)
    told: list[tuple[str, str]] = []
    cohort = result.shown()
    if isinstance(cohort, CohortSummary):
        reference = cohort.reference(result.merged.plan.catalog())
        told += [("recurrence", reference.sentence)] if reference is not None else []
        told.append(("a cure?", cohort.cure().answer))
    console.print_facts([*told, *result.facts()])
    console.say(f"  {out}", title="tables".ljust(console.NAME))
    console.say(f"  {out / 'report.html'}", title="report".ljust(console.NAME))
    console.say(NOT_ADVICE)
