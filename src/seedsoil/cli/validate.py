"""`seedsoil validate`: every trial of the catalog, fitted and held out, beside what was published."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.cli import console, fitting, long_run, memory, options, workers
from seedsoil.cli.counts import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedsoil.calibration.loss import Comparison
    from seedsoil.work.place import Place


def validate(
    trials: Annotated[
        list[str] | None,
        typer.Argument(help="Names of trials; all by default.", metavar="TRIAL"),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            help="Only trials of this role: calibration, validation or own (your files).",
            show_default=False,
            metavar="ROLE",
        ),
    ] = None,
    women: Annotated[
        int | None,
        typer.Option(
            parser=count,
            help="Number of women to simulate for each trial; by default until enough enrol.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    seed: options.Seed = 1,
    replicates: Annotated[
        int, typer.Option(parser=count, help="Trials of the published size to draw.", metavar="R")
    ] = 200,
    draws: options.TrialDraws = None,
    threads: options.Threads = None,
    catalog: options.CatalogDirectory = None,
    table: Annotated[
        Path | None,
        typer.Option(help="New file for the table as CSV.", show_default=False, metavar="FILE"),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(help="New file for the table as a page.", show_default=False, metavar="FILE"),
    ] = None,
    natural_history: Annotated[
        int | None,
        typer.Option(
            "--natural-history",
            parser=count,
            help="Compare its targets, too, with so many women for each scenario, and count the misses.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    processes: workers.Processes = None,
    scheduler: workers.Scheduler = None,
    keep: Annotated[
        str | None,
        typer.Option(
            help="Directory, or address of a store, that keeps each trial as it is done, and gives it when "
            "it is asked again. By default beside --table or --markdown, until that is written.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Simulate every trial of the catalog and show what agrees with the published and what does not.

    Calibration trials are what the drugs were fitted to; validation trials are predicted with everything
    frozen. Takes some ten minutes for all. Interrupted, the same command goes on if it writes a file or has
    --keep. With --processes or --scheduler every worker has a trial. A last table says in short where the
    model fits and where not; take a seed that no fit has seen. The natural history has its own check, too:
    seedsoil fit --check.

    \b
    Examples:
      seedsoil validate --role validation
      seedsoil validate PALOMA-2 CLEOPATRA
      seedsoil validate --table trials.csv --markdown trials.md
      seedsoil validate --processes 8 --keep judged
      seedsoil validate --role validation --draws 50
      seedsoil validate --seed 2 --natural-history 60000
    """
    memory.require()
    from seedsoil.calibration import reach
    from seedsoil.catalog import load
    from seedsoil.catalog.lookup import find_trial
    from seedsoil.storage import goes_on, write_new
    from seedsoil.trials.coverage import coverage_rows
    from seedsoil.trials.validation import validate as run
    from seedsoil.work.shelf import Shelf

    console.claim(table, markdown)
    console.tell_first_compilation()
    loaded = options.load_catalog(catalog) or load()
    chosen = [find_trial(one, catalog=loaded) for one in trials or ()] or [*loaded.trials.values()]
    enrolments = long_run.enrolments(chosen[0], loaded, seed=seed)
    long_run.ask(women, enrolments, threads=threads, yes=yes, per=" for each trial")
    groups = fitting.groups(loaded, seed=seed)
    long_run.ask(natural_history, groups, threads=threads, yes=yes)
    place = _kept_in(keep, None if scheduler else table or markdown)
    asked = sum(role in (None, one.role) for one in chosen)

    def kept() -> int:
        return 0 if place is None else min(asked, len(Shelf(place).keys()))

    own = place if keep is None else None
    with _hidden(own), goes_on(place, kept, asked, "trials", delete=keep is None):
        with workers.on_asked(threads, processes, scheduler):
            found = run(
                trials or (),
                role=role,
                women=women,
                seed=seed,
                replicates=replicates,
                threads=threads,
                catalog=loaded,
                draws=draws,
                progress=console.note,
                measure=reach.fit_distances,
                keep=place,
            )
        comparisons: list[Comparison] = []
        if natural_history is not None:
            from seedsoil.calibration.fitting import fit

            comparisons = fit(
                women=natural_history, seed=seed, iterations=0, threads=threads, catalog=loaded
            ).comparisons
        aims = [aim.row() for aim in reach.reach(found, found.measured, comparisons)]
        if table is not None:
            write_new(table, found.to_csv)
        if markdown is not None:
            page = found.to_markdown(options.command_line(), [reach.HEADER, *aims] if aims else [])
            write_new(markdown, lambda path: path.write_text(page, encoding="utf-8"))
    if as_json:
        console.print_json(found.records())
        return
    console.print_table(*found.text_rows())
    told = filter(
        None, (*found.verdicts, found.coverage_sentence, found.enrolled_sentence, *found.without)
    )
    console.say("\n".join(["", *told, ""]))
    if found.draws:
        console.print_table(*coverage_rows(found.coverage))
        console.say()
        if found.allowed_coverage:
            console.say(
                title="With the posterior's own discrepancy, of results for which it tells one"
            )
            console.print_table(*coverage_rows(found.allowed_coverage))
            console.say()
    if aims:
        console.print_table(reach.HEADER, aims)
    console.say("A research and teaching tool: never advice for one person.")


@contextlib.contextmanager
def _hidden(place: Place | None) -> Iterator[None]:
    """After the block `place` is deleted, unless the block fails and it holds trials to go on with."""
    from seedsoil.storage import discard
    from seedsoil.work.shelf import Shelf

    done = False
    try:
        yield
        done = True
    finally:
        if place is not None and place.local is not None and (done or not Shelf(place).keys()):
            discard(place.local)


def _kept_in(keep: str | None, beside: Path | None) -> Place | None:
    """Where trials are kept as they are done: as asked, or hidden beside a file to be written, or nowhere."""
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf

    if keep is None and beside is None:
        return None
    place = Place(keep or str(beside.parent / f".{beside.name}.units" if beside else ""))
    there = len(Shelf(place).keys())
    if there or (place.local is not None and place.local.exists()):
        console.note(
            f"{place} holds {there:,} trials; those that are asked for are taken from there"
        )
    return place
