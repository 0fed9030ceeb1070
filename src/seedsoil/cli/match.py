"""`seedsoil match`: a registry extract against simulated women."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.cli import console, long_run, options
from seedsoil.cli.counts import count

if TYPE_CHECKING:
    from seedsoil.results.draws_section import Told

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
        int, typer.Option(parser=count, help="Women to simulate for each treatment.", metavar="N")
    ] = 200_000,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="any (first recurrence), distant (recurrence), recurrence-or-death or death; by "
            "default any, or death if the file tells only death.",
            show_default=False,
            metavar="NAME",
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(help="Column with the time from diagnosis.", metavar="COLUMN"),
    ] = None,
    event: Annotated[
        str | None, typer.Option(help="Column with the event: 0 or 1, or words.", metavar="COLUMN")
    ] = None,
    time_unit: Annotated[
        str | None,
        typer.Option(
            help="days, months or years; by default as the column's name or values say.",
            metavar="UNIT",
        ),
    ] = None,
    size_unit: Annotated[
        str | None,
        typer.Option(help="Unit of diameters, mm or cm.", show_default=False, metavar="UNIT"),
    ] = None,
    date_format: Annotated[
        str | None,
        typer.Option(
            help="dmy, mdy, ymd or a form such as %d/%m/%Y; YYYY-MM-DD is read as it is.",
            show_default=False,
            metavar="FORM",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="Columns of other roles, such as age=age_dx,nodes=npos,er=er. A comma in a name is "
            "kept; a name may be in double quotes.",
            metavar="ROLE=COLUMN,...",
        ),
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="What is the same for all women, such as nodes=0 or chemo=no.",
            metavar="ROLE=VALUE,...",
        ),
    ] = None,
    codes: Annotated[
        list[str] | None,
        typer.Option(
            "--code",
            help="What codes mean, such as event:2=event,event:1=censored.",
            metavar="ROLE:CODE=MEANING,...",
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
    check: Annotated[
        bool,
        typer.Option("--check", help="Read and explain the file; simulate nothing."),
    ] = False,
    draws: options.Draws = None,
    out: ResultDirectory = None,
    formats: options.Formats = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Compare a registry extract with simulated women of the same kind.

    The CSV file has one row a woman: age (years), diameter (mm) or size band, positive nodes, ER, a
    time from diagnosis and an event; optionally HER2 and adjuvant treatment. Simulated women are
    standardised to its strata and treated alike, and both are drawn together, with confidence bands,
    observed over expected events and a test of the whole curve. The file stays on this machine.

    \b
    Examples:
      seedsoil match registry.csv --check
      seedsoil match registry.csv
      seedsoil match rotterdam.csv --time rtime --event recur --time-unit days
      seedsoil match registry.csv --endpoint death --map age=age_dx,er=er_status --json
      seedsoil match registry.csv --endpoint recurrence-or-death --era 1995
      seedsoil match registry.csv --draws 30
      seedsoil match registry.csv --adjuvant 2013+ --strategy 2017-2021 --format xlsx,svg

    For research and teaching: it compares populations and is not advice for any one person.
    """
    from seedsoil.matching.columns import parse_mapping
    from seedsoil.matching.match import match as compare
    from seedsoil.matching.settings import parse_codes
    from seedsoil.storage import first_free

    reading: dict[str, Any] = {
        "endpoint": endpoint,
        "time": time,
        "event": event,
        "time_unit": time_unit,
        "size_unit": size_unit,
        "date_format": date_format,
        "columns": parse_mapping(columns or []),
        "constants": parse_mapping(constants or [], "--set"),
        "codes": parse_codes(codes or []),
        "er_cut": er_cut,
        "allow_bad_rows": skip_bad_rows,
    }
    if check:
        _explain(cohort, reading, as_json=as_json)
        return
    wanted = options.formats(formats)
    target = first_free(options.RUNS, f"match-{cohort.stem}") if out is None else out
    console.claim(target, directory=True)
    console.tell_first_compilation(treated=endpoint == "death")
    chosen = options.load_catalog(catalog)
    courses = long_run.courses(seed=seed, catalog=chosen)
    long_run.ask(women, courses, threads=threads, yes=yes, per=" for each treatment")
    settings: dict[str, Any] = {
        "seed": seed,
        "adjuvant": adjuvant,
        "strategy": strategy,
        "screening": screening,
        "era": era,
        "catalog": chosen,
        "threads": threads,
        **reading,
    }
    if draws is not None:
        from seedsoil.catalog import load
        from seedsoil.results.draws import HEADER, check_draws, told

        check_draws(draws, chosen or load())
    result = compare(cohort, women=women, **settings)
    over: Told | None = None
    each = min(women, 5 * options.DRAW_WOMEN)
    if draws is not None:
        from seedsoil.matching.draws import match_over_draws
        from seedsoil.results.draws_section import Told

        with console.progress(draws * each, "women") as show:
            found = match_over_draws(cohort, draws, women=each, progress=show, **settings)
        over = Told(found, draws, each)
    result.save(target, formats=wanted, draws=over)
    if as_json:
        drawn = {"draws": [one.record() for one in over.found]} if over else {}
        console.print_json({"directory": str(target), **result.summary, **drawn})
        return
    if over is not None:
        console.say(told(over.draws, over.women).strip())
        console.print_table(HEADER, [one.row() for one in over.found])
    console.say(result.sentence)
    for note in result.notes:
        console.say(f"- {note}")
    console.say(f"report  {target / 'report.html'}")


def _explain(cohort: Path, reading: dict[str, Any], *, as_json: bool) -> None:
    from seedsoil.errors import DataErrors
    from seedsoil.matching.explain import check_cohort

    found = check_cohort(cohort, **reading)
    if as_json:
        console.print_json(found.as_dict())
    else:
        console.say(found.text)
    if found.problems:
        raise DataErrors(list(found.problems))
