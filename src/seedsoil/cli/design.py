"""`seedsoil design`: power, sample size and looks of a trial of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.cli import console, long_run, memory, options
from seedsoil.cli.counts import count
from seedsoil.errors import InputError, shown

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog, Trial
    from seedsoil.trials.design import Design


def design(
    name: Annotated[
        str,
        typer.Argument(
            metavar="TRIAL", help="The TOML file of your trial, or the name of one of the catalog."
        ),
    ],
    women: options.TrialWomen = None,
    n: Annotated[
        str | None,
        typer.Option(
            "--n",
            help="Numbers of women of the trial, all arms together, at which to find the power, such as "
            "200,300,400; by default half to twice the planned number.",
            show_default=False,
            metavar="N,N,...",
        ),
    ] = None,
    power: Annotated[
        float, typer.Option(help="Power to find the number of women for.", metavar="P")
    ] = 0.9,
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="pfs or os; by default that of the cut, else pfs.",
            show_default=False,
            metavar="NAME",
        ),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option(
            help="The arm tested against hr_reference; by default the first other one.",
            show_default=False,
            metavar="NAME",
        ),
    ] = None,
    seed: options.Seed = 1,
    replicates: Annotated[
        int, typer.Option(parser=count, help="Trials to simulate at each size.", metavar="R")
    ] = 2000,
    threads: options.Threads = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write, new or empty: report.html, looks.parquet, power.parquet, "
            "manifest.json.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    catalog: options.CatalogDirectory = None,
    formats: options.Formats = None,
    changes: options.Changes = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Find the power of a trial, and how many women it needs, by simulating it many times.

    The trial's file says who enrols, how fast, and when the data are cut or looked at: accrual_months and
    accrual_rates, follow_up_months or cut = { events = 330 }, and [looks] with the spending of the one-sided
    error and futility. Shown are the hazard ratio and the date at each look, the probability to stop there,
    and the power by the number of women, each with its Monte-Carlo error.

    \b
    Examples:
      seedsoil design my-trial.toml
      seedsoil design my-trial.toml --n 200,300,400 --power 0.8
      seedsoil design my-trial.toml --endpoint os --out my-design

    For research and teaching: populations, not advice for any one person.
    """  # fmt: skip
    memory.require()
    from seedsoil.catalog import load
    from seedsoil.catalog.lookup import find_trial

    wanted = options.formats(formats, out, needs_out=True)
    console.claim(out, directory=True)
    sizes = None if n is None else _sizes(n)
    chosen = options.load_catalog(catalog, changes) or load()
    console.tell_first_compilation()
    spec = find_trial(name, catalog=chosen)
    enrolments = long_run.enrolments(spec, chosen, seed=seed)
    long_run.ask(women, enrolments, threads=threads, yes=yes)
    result = _designed(spec, chosen, women, seed, replicates, sizes, power, endpoint, arm, threads)
    if out is not None:
        result.save(out, command=options.command_line(), formats=wanted)
    if as_json:
        place = {} if out is None else {"directory": str(out)}
        console.print_json({**place, **result.summary})
    else:
        _print(result, out)


def _sizes(text: str) -> list[int]:
    """`200,300` as numbers."""
    found = []
    for part in text.split(","):
        try:
            found.append(count(part))
        except typer.BadParameter:
            raise InputError(
                f"--n {text}: {shown(part.strip())} is not a whole number; give numbers with commas between "
                "them, such as 200,300,400"
            ) from None
    return found


def _designed(
    spec: Trial, catalog: Catalog, women: int | None, seed: int, replicates: int,
    sizes: list[int] | None, power: float, endpoint: str | None, arm: str | None, threads: int | None,
) -> Design:  # fmt: skip
    from seedsoil.trials.design import design as simulate

    with console.enrolment(spec, women) as show:
        return simulate(
            spec,
            women=women,
            seed=seed,
            replicates=replicates,
            n=sizes,
            power=power,
            endpoint=endpoint,
            arm=arm,
            threads=threads,
            catalog=catalog,
            progress=show,
        )


def _print(result: Design, out: Path | None) -> None:
    from seedsoil.run.run import NOT_ADVICE

    made = result.manifest["women"]
    console.say(f"  {result.trial.description}", title=result.trial.name)
    console.say(
        f"{made['enrolled']:,} women enrol, of {made['simulated']:,} simulated; seed "
        f"{result.manifest['seed']}, {result.manifest['replicates']:,} trials of each size"
    )
    console.say(result.conduct_sentence)
    for header, rows in (result.look_rows(), result.text_rows()):
        console.say()
        console.print_table(header, rows)
    console.say()
    console.say(result.sentence)
    if out is not None:
        console.say(f"report  {out / 'report.html'}")
    console.say(NOT_ADVICE)
