"""`seedsoil shards`: cohorts of any size in units, on any machines that share a directory or a scheduler."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.cli import (
    console,
    long_run,
    memory,
    options,
    shards_told,
    startup,
    unit_cost,
    workers,
)
from seedsoil.cli.counts import count
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

shards = typer.Typer(
    name="shards",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)
Where = Annotated[
    str,
    typer.Argument(
        metavar="DIR",
        help="Directory of the plan and its units, or an address such as s3://bucket/run.",
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        parser=count,
        help="Women of a unit; by default so many that there are at most 2,000 units.",
        show_default=False,
        metavar="N",
    ),
]
Draws = Annotated[
    Path | None,
    typer.Option(
        help="CSV of draws: a column a number of the model, such as growth.log_rate:tnbc, a row a draw; each "
        "is simulated on all women.",
        show_default=False,
        metavar="FILE",
    ),
]


@shards.callback(invoke_without_command=True)
def _shards(context: typer.Context) -> None:
    """Cohorts of any size in units, on any number of machines: the same bits, whatever is killed.

    A plan cuts women into units. Workers do them, on threads, processes, a Dask cluster, or any machines that
    share the directory; each unit is a file that is there and whole, or not. Merged, they give counts,
    medians to the day, curves and means; with --tables also a run, as `seedsoil run` writes it.

    \b
    Examples:
      seedsoil shards plan big --women 1e9
      seedsoil shards run big
      seedsoil shards run big --scheduler tcp://10.0.0.5:8786
      seedsoil shards status big
      seedsoil shards expand big --women 2e9
      seedsoil shards merge big --out summary

    For research and teaching: populations, not advice for any one person.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@shards.command("plan")
def plan(
    where: Where,
    women: options.Women = 1_000_000,
    seed: options.Seed = 1,
    first: options.First = 0,
    size: Size = None,
    screening: options.Screening = "2000s",
    adjuvant: options.Adjuvant = options.ADJUVANT,
    strategy: Annotated[
        str,
        typer.Option(
            help="How metastatic disease is treated; several with commas are compared with the first.",
            metavar="NAME|FILE,...",
        ),
    ] = options.STRATEGY,
    by: Annotated[
        str,
        typer.Option(
            help="Divide the women of a comparison by subtype, age, stage, presentation, t_stage, n_stage, "
            "burden or organs (none: only all of them).",
            metavar="NAME",
        ),
    ] = "subtype",
    draws: Draws = None,
    tables: Annotated[
        bool,
        typer.Option(
            "--tables",
            help="Keep the women's tables, too: merged they are a run, as `seedsoil run` writes it. Of one "
            "strategy, to which none can be added.",
        ),
    ] = False,
    closed: Annotated[
        bool,
        typer.Option(
            "--closed",
            help="Keep no women's measures: units take less time and room, and no strategy can be added.",
        ),
    ] = False,
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    no_cost: Annotated[
        bool, typer.Option("--no-cost", help="Do not measure what it will take.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Plan a cohort in units, and say what it will take. Nothing is simulated but a sample.

    A unit is a block of women under one strategy. It keeps each woman's measures, so that a strategy that is
    added later is compared with the first without doing that again; with --closed it does not.

    \b
    Examples:
      seedsoil shards plan big --women 1e9
      seedsoil shards plan compared --strategy none,2022 --women 1e7 --by presentation
      seedsoil shards plan psa --draws draws.csv --women 20000
    """
    memory.require()
    startup.one_thread_of_algebra()
    from seedsoil.planned.draws import read_draws
    from seedsoil.planned.plan import PLAN, planned
    from seedsoil.storage import MANIFEST
    from seedsoil.work.place import Place

    place = Place(where)
    if place.read(PLAN, 1) is not None:
        raise InputError(
            f"{where}: holds a plan already; `seedsoil shards expand` adds to it, or name a new place"
        )
    if place.read(MANIFEST, 1) is not None:
        raise InputError(
            f"{where}: holds the results of another command ({MANIFEST}); name a new place"
        )
    made = planned(
        options.listed(strategy),
        women,
        seed=seed,
        first=first,
        size=size,
        screening=screening,
        adjuvant=adjuvant,
        by=None if by == "none" else by,
        draws=() if draws is None else read_draws(draws),
        tables=tables,
        closed=closed,
        **_catalog(catalog, changes),
        command=options.command_line(),
    )
    made.save(place)
    shards_told.tell_plan(place, made, cost=not no_cost, as_json=as_json)


@shards.command("expand")
def expand(
    where: Where,
    women: Annotated[
        int | None,
        typer.Option(
            parser=count,
            help="Women in all: so many more are added.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="Strategies to compare with the first, too; several with commas.",
            show_default=False,
            metavar="NAME|FILE,...",
        ),
    ] = None,
    draws: Draws = None,
    size: Size = None,
    no_cost: Annotated[
        bool, typer.Option("--no-cost", help="Do not measure what it will take.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Add women, strategies or draws to a plan. What is done stays done, and is used.

    \b
    Examples:
      seedsoil shards expand big --women 2e9
      seedsoil shards expand compared --strategy pre-2013
    """
    memory.require()
    startup.one_thread_of_algebra()
    import dataclasses

    from seedsoil.planned.draws import read_draws
    from seedsoil.planned.plan import open_plan
    from seedsoil.work.place import Place

    if women is None and strategy is None and draws is None:
        raise InputError("expand: name --women, --strategy or --draws to add")
    place = Place(where)
    made = open_plan(place)
    if women is not None:
        made = made.with_women(women, size)
    if strategy is not None:
        made = made.with_strategies(options.listed(strategy))
    if draws is not None:
        made = made.with_draws(read_draws(draws))
    made = dataclasses.replace(made, commands=(*made.commands, options.command_line()))
    made.save(place)
    shards_told.tell_plan(place, made, cost=not no_cost, as_json=as_json)


@shards.command("run")
def run(
    where: Where,
    threads: options.Threads = None,
    processes: workers.Processes = None,
    scheduler: workers.Scheduler = None,
    share: Annotated[
        str | None,
        typer.Option(
            help="Only this worker's share, such as 3/40 for the third of forty.",
            show_default=False,
            metavar="K/N",
        ),
    ] = None,
    lease: Annotated[
        float,
        typer.Option(
            help="Seconds after which the unit of a worker that is silent is anybody's.",
            metavar="S",
        ),
    ] = 120.0,
    yes: long_run.Yes = False,
) -> None:
    """Do what is not done of a plan: on threads of this machine, on processes, or on a Dask cluster.

    Any number of these commands may run at once, on any machines that share the directory: each unit is done
    by one of them. Interrupted or killed, the same command goes on. A unit whose file is damaged is done
    again. What takes very long wants --yes.

    \b
    Examples:
      seedsoil shards run big
      seedsoil shards run big --threads 8
      seedsoil shards run s3://bucket/big --share 3/40
      seedsoil shards run big --scheduler tcp://10.0.0.5:8786
    """
    memory.require()
    startup.one_thread_of_algebra()
    from seedsoil.planned.cohort_work import CohortWork
    from seedsoil.planned.plan import open_plan
    from seedsoil.planned.state import share_of
    from seedsoil.storage import goes_on
    from seedsoil.work.doing import complete, require_engine
    from seedsoil.work.host import one_compiles
    from seedsoil.work.leases import Leases
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf
    from seedsoil.work.unit import units_words

    if not lease >= 1:
        raise InputError(f"--lease {lease:g}: allowed are 1 and more seconds")
    place = Place(where)
    made = open_plan(place)
    made.catalog()  # that this package's is the plan's is known before the work
    units = made.units()
    if share is not None:
        units = share_of(units, *_share(share))
    shelf = Shelf(place)
    work = CohortWork.of(made)

    with (
        workers.asked(threads, processes, scheduler) as backend,
        goes_on(place, lambda: shelf.count(units), len(units), "units", delete=False),
    ):
        there = shelf.keys()
        left = sum(unit.women for unit in units if unit.key not in there)
        unit_cost.ask(made, left, backend.workers, yes=yes)
        leases = None
        if scheduler is None and units:
            require_engine(units[0])
            leases = Leases(place, lease) if place.local else None
            with one_compiles():  # whoever else starts on this machine waits, and finds the kernels
                console.tell_first_compilation()
                work.inputs(units[0])
        begun = time.perf_counter()
        with console.progress(left, "women") as show:
            done = complete(
                work, units, shelf, backend, leases=leases, progress=lambda u: show(u.women)
            )
    seconds = time.perf_counter() - begun
    women = sum(receipt.women for receipt in done.receipts)
    facts = [
        (
            "done",
            f"{units_words(len(done.receipts))} of {women:,} women in {shards_told.lasting(seconds)}",
        ),
        (
            "there",
            f"{units_words(done.reused)} done before, {done.by_others:,} by others meanwhile",
        ),
    ]
    if done.damaged:
        facts.append(("damaged", f"{units_words(done.damaged)} not whole, and done again"))
    console.print_facts(facts)
    console.say(f"  seedsoil shards merge {where}", title="next".ljust(console.NAME))


@shards.command("status")
def status(
    where: Where,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every unit with its checksum, too.")
    ] = False,
    lease: Annotated[
        float, typer.Option(help="Seconds after which a worker counts as silent.", metavar="S")
    ] = 120.0,
    as_json: options.Json = False,
) -> None:
    """How far a plan is: what is done and by whom, what is missing and why, and when it will be done.

    \b
    Examples:
      seedsoil shards status big
      seedsoil shards status big --verify --json
    """
    from seedsoil.planned.plan import open_plan
    from seedsoil.planned.state import state_of
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf

    place = Place(where)
    state = state_of(open_plan(place), Shelf(place), verify=verify, lease=lease)
    if as_json:
        console.print_json(shards_told.state_json(where, state))
        return
    console.print_facts(shards_told.state_facts(state))


@shards.command("merge")
def merge(
    where: Where,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write, new or empty: tables as Parquet, report.html, manifest.json.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Put the units of a plan together: counts, medians to the day, curves, means; differences of strategies.

    The digest names what was found. It is the same however the women were divided and wherever they were
    simulated. Units of machines that calculate differently are refused.

    \b
    Examples:
      seedsoil shards merge big
      seedsoil shards merge big --out summary
    """
    memory.require()
    startup.one_thread_of_algebra()
    from seedsoil.planned.merging import merge as merged
    from seedsoil.planned.plan import open_plan
    from seedsoil.planned.results import result_of
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf

    console.claim(out, directory=True)
    place = Place(where)
    made = open_plan(place)
    total = sum(unit.women for unit in made.units())
    with console.progress(total, "women") as show:
        found = merged(made, Shelf(place), progress=show)
    result = result_of(found)
    if out is not None:
        result.save(out, command=options.command_line())
    if as_json:
        console.print_json({"directory": None if out is None else str(out), **result.summary()})
        return
    for title, (header, rows), sentence in result.told():
        console.say(title=title)
        console.print_table(header, rows)
        console.say(sentence)
        console.say()
    console.print_facts(result.facts())
    if out is not None:
        console.say(f"report  {out / 'report.html'}")
    from seedsoil.run.run import NOT_ADVICE

    console.say(NOT_ADVICE)


# What they share ------------------------------------------------------------------------------------


def _catalog(directory: Path | None, changes: Sequence[str] | None) -> dict[str, Any]:
    """A user's catalog and changed numbers, as a plan holds them."""
    chosen = options.load_catalog(directory, changes)
    if chosen is None:
        return {}
    from seedsoil.planned.plan import files_of

    values = {name: float(change["to"]) for name, change in chosen.changed.items()}
    return {"files": files_of(directory), "values": values}


def _share(text: str) -> tuple[int, int]:
    number, slash, of = text.partition("/")
    if not slash or not number.strip().isdigit() or not of.strip().isdigit():
        raise InputError(f"--share {text}: write it as 3/40, the third of forty workers")
    k, n = int(number), int(of)
    if not 1 <= k <= n:
        raise InputError(f"--share {text}: the first number is from 1 to the second")
    return k, n
