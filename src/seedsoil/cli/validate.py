"""`seedsoil validate`: every trial of the catalog, fitted and held out, beside what was published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, options


def validate(
    trials: Annotated[
        list[str] | None,
        typer.Argument(help="Names of trials; all by default.", metavar="TRIAL"),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            help="Only trials of this role: calibration or validation.",
            show_default=False,
            metavar="ROLE",
        ),
    ] = None,
    women: Annotated[
        int | None,
        typer.Option(
            help="Number of women to simulate for each trial; by default until enough enrol.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    seed: options.Seed = 1,
    replicates: Annotated[
        int, typer.Option(help="Trials of the published size to draw.", metavar="R")
    ] = 200,
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
    as_json: options.Json = False,
) -> None:
    """Simulate every trial of the catalog and show what agrees with the published and what does not.

    Calibration trials are what the drugs were fitted to; validation trials are predicted with everything
    frozen. Takes some ten minutes for all. The natural history has its own check: seedsoil fit --check.

    \b
    Examples:
      seedsoil validate --role validation
      seedsoil validate PALOMA-2 CLEOPATRA
      seedsoil validate --table trials.csv --markdown trials.md
    """
    from seedsoil.storage import require_free, write_whole
    from seedsoil.trials.validation import validate as run

    for path in (table, markdown):
        if path is not None:
            require_free(path)
    console.tell_first_compilation()
    found = run(
        trials or (),
        role=role,
        women=women,
        seed=seed,
        replicates=replicates,
        threads=threads,
        catalog=options.load_catalog(catalog),
        progress=console.note,
    )
    if table is not None:
        write_whole(table, found.to_csv)
    if markdown is not None:
        page = found.to_markdown(options.command_line())
        write_whole(markdown, lambda path: path.write_text(page, encoding="utf-8"))
    if as_json:
        console.print_json(found.records())
        return
    typer.echo(repr(found))
    typer.echo("A research and teaching tool: never advice for one person.")
