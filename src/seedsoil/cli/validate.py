"""`seedsoil validate`: every trial of the catalog, fitted and held out, beside what was published."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.cli import console, options
from seedsoil.errors import InputError, nearest

if TYPE_CHECKING:
    from seedsoil.trials.validation import Row

_ROLES = ("calibration", "validation")


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
    from seedsoil.catalog import load
    from seedsoil.storage import require_free, write_new
    from seedsoil.trials.validation import counts, write_csv
    from seedsoil.trials.validation import markdown as to_markdown
    from seedsoil.trials.validation import validate as run

    if role is not None and role not in _ROLES:
        raise InputError(
            f"--role {role}: allowed are {' and '.join(_ROLES)}. {nearest(role, _ROLES)}".rstrip()
        )
    for path in (table, markdown):
        if path is not None:
            require_free(path)
    console.tell_first_compilation()
    rows = run(
        options.load_catalog(catalog) or load(),
        names=trials or (),
        role=role,
        women=women,
        seed=seed,
        replicates=replicates,
        threads=threads,
        progress=console.note,
    )
    if table is not None:
        write_new(table, lambda path: write_csv(rows, path))
    if markdown is not None:
        page = to_markdown(rows, options.command_line())
        write_new(markdown, lambda path: path.write_text(page, encoding="utf-8"))
    if as_json:
        console.print_json(
            [{"trial": row.trial, "role": row.role, **vars(row.result)} for row in rows]
        )
        return
    typer.echo(_table(rows))
    typer.echo("")
    for one in _ROLES:
        inside, compared, whole = counts(rows, one)
        if whole:
            typer.echo(
                f"{one}: {inside} of {compared} published numbers lie where 95 % of simulated trials of "
                f"their size do; {whole - compared} more have no simulated value"
            )
    for line in _without(rows):
        typer.echo(line)
    typer.echo("A research and teaching tool: never advice for one person.")


def _without(rows: list[Row]) -> list[str]:
    """Why numbers have no simulated value, a line each trial and reason."""
    reasons = Counter((row.trial, row.result.reason) for row in rows if row.result.inside is None)
    return [
        f"{trial}, {count} without: " + reason.removeprefix(f"trial '{trial}': ")
        for (trial, reason), count in reasons.items()
    ]


def _table(rows: list[Row]) -> str:
    from seedsoil.display.shown import text_table
    from seedsoil.trials.words import interval_words, value_words

    cells = []
    for row in rows:
        r = row.result
        agrees = "" if r.inside is None else ("yes" if r.inside else "NO")
        cells.append(
            [
                row.trial,
                row.role,
                r.arm,
                r.endpoint,
                r.among,
                value_words(r.published, r.unit),
                "" if r.mean is None else value_words(r.mean, r.unit),
                "" if r.predicted_low is None else interval_words(r),
                agrees,
            ]
        )
    head = [
        "trial",
        "role",
        "arm",
        "endpoint",
        "among",
        "published",
        "simulated",
        "95 % of trials",
        "agrees",
    ]
    return text_table(head, cells)
