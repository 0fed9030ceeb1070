"""`seedsoil posterior`: the joint posterior of all fitted numbers, from a cloud of simulations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, memory, options
from seedsoil.cli.counts import count


def posterior(
    points: Annotated[
        int, typer.Option(parser=count, help="Simulations of the cloud.", metavar="N")
    ] = 3_000,
    women: Annotated[
        int,
        typer.Option(
            parser=count,
            help="Women of each scenario of the natural history, a point.",
            metavar="N",
        ),
    ] = 8_000,
    enrolled: Annotated[
        int,
        typer.Option(parser=count, help="Women to enrol in each arm of a trial.", metavar="N"),
    ] = 100,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    catalog: options.CatalogDirectory = None,
    out: Annotated[
        Path,
        typer.Option(help="Directory of the cloud; gone on with where it is there.", metavar="DIR"),
    ] = Path("posterior"),
) -> None:
    """Simulate a cloud of parameters around the values in use.

    Every point is simulated on women of its own. A command that is killed goes on where it was when it is
    given again.

    \b
    Examples:
      seedsoil posterior --points 3000 --threads 2 --out posterior
    """
    memory.require()
    from seedsoil.calibration.posterior.cloud import make_cloud
    from seedsoil.calibration.posterior.engine import Sizes
    from seedsoil.catalog import load
    from seedsoil.simulation.shards import check_cohort

    console.tell_first_compilation()
    made = make_cloud(
        out,
        points=points,
        catalog=options.load_catalog(catalog) or load(),
        threads=check_cohort(women, seed, 0, threads),
        seed=seed,
        sizes=Sizes(women=women, enrolled=enrolled),
        command=options.command_line(),
        progress=console.note,
    )
    console.say(f"cloud  {out} ({made.points:,} points)")
