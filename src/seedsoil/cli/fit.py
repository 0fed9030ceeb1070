"""`seedsoil fit`: the parameters that bring the simulation nearest to the targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, fitting, long_run, memory, options
from seedsoil.cli.counts import count


def fit(
    women: Annotated[
        int,
        typer.Option(
            parser=count, help="Women to simulate for each try and scenario.", metavar="N"
        ),
    ] = 40_000,
    seed: options.Seed = 1,
    iterations: fitting.Iterations = 12,
    averaged: fitting.Averaged = 0,
    threads: options.Threads = None,
    from_priors: fitting.FromPriors = False,
    hold: Annotated[
        str | None,
        typer.Option(help="Parameters that stay as they are in use.", metavar="KEY,…"),
    ] = None,
    check: fitting.Check = False,
    catalog: options.CatalogDirectory = None,
    out: fitting.FittedFile = Path("fitted.toml"),
    table: Annotated[
        Path | None,
        typer.Option(
            help="New file for the table as CSV; beside the fitted values if not given.",
            metavar="FILE",
        ),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(help="New file for the table as a page, misses first.", metavar="FILE"),
    ] = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Fit the parameters to the natural-history targets, or check how well they fit.

    Maximum a posteriori with the catalog's priors; every try simulates the same women. Takes about
    a minute a step and core. Prints each target with its observed and simulated value, in the
    target's own unit, and their distance z in standard errors of sampling and Monte-Carlo. A
    directory that holds the written file can be given to the other commands as --catalog. The
    table is written beside it, as .csv.

    \b
    Examples:
      seedsoil fit --check --women 60000 --seed 2 --markdown validation.md
      seedsoil fit --women 40000 --seed 1 --iterations 12 --out mine/fitted.toml
      seedsoil fit --hold death.log_hazard,death.exponent --out mine/fitted.toml
    """
    memory.require()
    from seedsoil.calibration.fitting import fit as find
    from seedsoil.calibration.table import markdown as to_markdown
    from seedsoil.calibration.table import write_csv
    from seedsoil.storage import write_new

    if not check:
        table = table or out.with_suffix(".csv")
    console.claim(None if check else out, table, markdown)
    console.tell_first_compilation(treated=False)
    chosen = options.load_catalog(catalog)
    groups = fitting.groups(chosen, seed=seed)
    long_run.ask(women, groups, threads=threads, yes=yes, per=" a try")
    result = find(
        women=women,
        seed=seed,
        iterations=0 if check else iterations,
        averaged=0 if check else averaged,
        threads=threads,
        catalog=chosen,
        from_priors=from_priors,
        hold=options.listed(hold),
        progress=console.note,
    )
    if not check:
        write_new(out, lambda path: fitting.write_fit(result, path, seed=seed, women=women))
    if table:
        write_new(table, lambda path: write_csv(result.comparisons, path))
    if markdown:
        page = to_markdown(result.comparisons, options.command_line())
        write_new(markdown, lambda path: path.write_text(page, encoding="utf-8"))
    if as_json:
        console.print_json({"file": None if check else str(out), **result.summary})
        return
    console.print_table(*result.text_rows())
    console.say(f"\n{result.sentence}")
    if not check:
        console.say(f"fitted values  {out}")
