"""`seedsoil match`: a registry extract against simulated women."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, options

ResultDirectory = Annotated[
    Path | None,
    typer.Option(
        help="Directory to write, new or empty; runs/match-<file> by default.",
        show_default=False,
        metavar="DIR",
    ),
]


def match(
    cohort: Annotated[
        Path, typer.Argument(metavar="COHORT.csv", help="The registry extract: one row a woman.")
    ],
    women: Annotated[
        int, typer.Option(help="Women to simulate for each treatment.", metavar="N")
    ] = 200_000,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    endpoint: Annotated[
        str,
        typer.Option(
            help="any (first recurrence), distant (recurrence), recurrence-or-death or death.",
            metavar="NAME",
        ),
    ] = "any",
    time: Annotated[
        str | None,
        typer.Option(help="Column with the time from diagnosis.", metavar="COLUMN"),
    ] = None,
    event: Annotated[
        str | None, typer.Option(help="Column with the event, 0 or 1.", metavar="COLUMN")
    ] = None,
    time_unit: Annotated[
        str | None,
        typer.Option(
            help="days, months or years; by default as the column's name or values say.",
            metavar="UNIT",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--map",
            help="Columns of other roles, such as age=age_dx,size=mm,nodes=npos,er=er.",
            metavar="ROLE=COLUMN,...",
        ),
    ] = None,
    er_cut: Annotated[
        float | None,
        typer.Option(
            help="ER amount from which it is positive, fmol/mg protein.",
            show_default=False,
            metavar="X",
        ),
    ] = None,
    strategy: Annotated[
        str,
        typer.Option(
            help="How metastases are treated, for deaths. auto: as in the year of diagnosis, by "
            "default 2022; or a strategy for all (`seedsoil sources strategy` lists them), a TOML "
            "file, or untreated.",
            metavar="NAME|FILE",
        ),
    ] = "auto",
    screening: options.Screening = "none",
    adjuvant: Annotated[
        str,
        typer.Option(
            help="auto: as the file's treatment columns say; where they do not, as in the year of "
            "diagnosis, by default 2013+. Or the era given to all.",
            metavar="ERA",
        ),
    ] = "auto",
    era: Annotated[
        int | None,
        typer.Option(
            help="Year of diagnosis, such as 1995, where the file has none: it decides policies that "
            "are auto.",
            show_default=False,
            metavar="YEAR",
        ),
    ] = None,
    catalog: options.CatalogDirectory = None,
    skip_bad_rows: Annotated[
        bool,
        typer.Option("--skip-bad-rows", help="Use the good rows; list the bad ones in the output."),
    ] = False,
    out: ResultDirectory = None,
    as_json: options.Json = False,
) -> None:
    """Compare a registry extract with simulated women of the same kind.

    The CSV file has one row a woman: age (years), diameter (mm) or size band, positive nodes, ER, a
    time from diagnosis and an event; optionally HER2 and adjuvant treatment. Simulated women are
    standardised to its strata and treated alike, and both are drawn together, with confidence bands,
    observed over expected events and a test of the whole curve. The file stays on this machine.

    \b
    Examples:
      seedsoil match registry.csv
      seedsoil match rotterdam.csv --time rtime --event recur --time-unit days
      seedsoil match registry.csv --endpoint death --map age=age_dx,er=er_status --json
      seedsoil match registry.csv --endpoint recurrence-or-death --era 1995
      seedsoil match registry.csv --adjuvant 2013+ --strategy 2017-2021

    For research and teaching: it compares populations and is not advice for any one person.
    """
    from seedsoil.matching.cohort_file import ER_CUT_FMOL
    from seedsoil.matching.columns import parse_mapping
    from seedsoil.matching.match import match as compare
    from seedsoil.storage import first_free

    target = first_free(options.RUNS, f"match-{cohort.stem}") if out is None else out
    console.tell_leftovers(target.parent)
    console.tell_first_compilation(treated=endpoint == "death")
    result = compare(
        cohort,
        women=women,
        seed=seed,
        endpoint=endpoint,
        time=time,
        event=event,
        time_unit=time_unit,
        columns=parse_mapping(columns) if columns else None,
        er_cut=ER_CUT_FMOL if er_cut is None else er_cut,
        adjuvant=adjuvant,
        strategy=strategy,
        screening=screening,
        era=era,
        catalog=options.load_catalog(catalog),
        allow_bad_rows=skip_bad_rows,
        out=target,
        threads=threads,
    )
    if as_json:
        console.print_json({"directory": str(target), **result.summary})
        return
    typer.echo(result.sentence)
    for note in result.notes:
        typer.echo(f"- {note}")
    typer.echo(f"report  {target / 'report.html'}")
