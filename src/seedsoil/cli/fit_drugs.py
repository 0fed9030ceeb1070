"""`seedsoil fit-drugs`: kill, resistance and attrition from the calibration trials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, fitting, memory, options
from seedsoil.cli.counts import count


def fit_drugs(
    enrolled: Annotated[
        int,
        typer.Option(parser=count, help="Women to enrol in each arm of each trial.", metavar="N"),
    ] = 1_000,
    seed: options.Seed = 1,
    iterations: fitting.Iterations = 6,
    averaged: fitting.Averaged = 0,
    threads: options.Threads = None,
    from_priors: fitting.FromPriors = False,
    check: fitting.Check = False,
    leave_out: Annotated[
        str | None,
        typer.Option(
            "--leave-out",
            help="Calibration trials not to fit but to predict, before and after.",
            show_default=False,
            metavar="TRIAL,...",
        ),
    ] = None,
    catalog: options.CatalogDirectory = None,
    out: fitting.FittedFile = Path("fitted_drugs.toml"),
    as_json: options.Json = False,
) -> None:
    """Fit the drugs to the calibration trials, with the natural history as it is.

    Maximum a posteriori; the women of each trial are simulated once, every try treats the same women.
    Trials with role validation are never used here: `seedsoil validate` shows how they are predicted.
    Takes some minutes a step. A directory that holds the written file can be given to the other
    commands as --catalog.

    \b
    Examples:
      seedsoil fit-drugs --check
      seedsoil fit-drugs --enrolled 1000 --seed 1 --iterations 6 --out mine/fitted_drugs.toml
      seedsoil fit-drugs --leave-out PALOMA-2,CLEOPATRA --out without/fitted_drugs.toml
    """
    memory.require()
    from seedsoil.calibration.drugs import fit_drugs as find
    from seedsoil.storage import write_new

    console.claim(None if check else out)
    console.tell_first_compilation()
    result = find(
        enough=enrolled,
        seed=seed,
        iterations=0 if check else iterations,
        averaged=0 if check else averaged,
        threads=threads,
        catalog=options.load_catalog(catalog),
        from_priors=from_priors,
        leave_out=options.listed(leave_out),
        progress=console.note,
    )
    if not check:
        write_new(out, lambda path: fitting.write_fit(result, path, seed=seed, women=enrolled))
    if as_json:
        console.print_json({"file": None if check else str(out), **result.summary})
        return
    console.print_table(*result.text_rows())
    console.say(f"\n{result.sentence}")
    if not check:
        console.say(f"fitted values  {out}")
