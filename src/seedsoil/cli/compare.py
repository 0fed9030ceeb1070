"""`seedsoil compare`: strategies on the same women."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seedsoil.cli import console, long_run, memory, options, summary_run, workers

INCREMENTS, DRAWS = "increments.csv", "draws.csv"


def compare(
    strategies: Annotated[
        list[str],
        typer.Argument(
            help="Two strategies or more: names of the catalog or TOML files. The first is the "
            "reference.",
            metavar="STRATEGY",
        ),
    ],
    women: options.Women = 50_000,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    screening: options.Screening = "2000s",
    adjuvant: options.Adjuvant = options.ADJUVANT,
    by: Annotated[
        str,
        typer.Option(
            help="Divide the women by subtype, age, stage, presentation, t_stage, n_stage, burden or organs "
            "(none: only all of them).",
            metavar="NAME",
        ),
    ] = "subtype",
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    draws: options.Draws = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write increments.csv and report.html into, new or empty.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    formats: options.Formats = None,
    summary_only: Annotated[
        bool,
        typer.Option(
            "--summary-only",
            help="Exact sums and counts by day alone: any number of women in flat memory; times to the day.",
        ),
    ] = False,
    processes: workers.Processes = None,
    scheduler: workers.Scheduler = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Simulate the same women under each strategy and compare what they live through.

    Survival, time on each line, symptoms, quality-adjusted years, toxicity and eradication, with the
    differences from the first strategy and their paired standard errors, in all women and by group.
    Screening and adjuvant therapy are the same under all strategies. `seedsoil sources strategy` lists
    the packaged strategies.

    \b
    Examples:
      seedsoil compare pre-2013 2022
      seedsoil compare none 2022 --adjuvant 2000s --by presentation
      seedsoil compare none 2022 --women 1e8 --summary-only
      seedsoil compare pre-2013 2022 --draws 100
      seedsoil compare 2022 mine.toml --women 100000 --out runs/mine --format xlsx,svg

    For research and teaching: populations, not advice for any one person.
    """
    memory.require()
    from seedsoil.display.export import export, save_table
    from seedsoil.run.run import NOT_ADVICE, REPORT
    from seedsoil.storage import publish, unfinished
    from seedsoil.strategies.compare import compare_in_little_memory
    from seedsoil.strategies.parameter_spread import parameters_sentence, record, spreads

    wanted = options.formats(formats, out, needs_out=True)
    if summary_only:
        summary_run.require_plain({"--format": formats, "--draws": draws})
        summary_run.run(
            strategies,
            women,
            out,
            parent=options.RUNS,
            on=(threads, processes, scheduler),
            directory=catalog,
            changes=changes,
            yes=yes,
            as_json=as_json,
            made={"seed": seed, "screening": screening, "adjuvant": adjuvant,
                  "by": None if by == "none" else by},
        )  # fmt: skip
        return
    summary_run.require_threads(processes, scheduler)
    console.claim(out, directory=True)
    console.tell_first_compilation()
    made: dict[str, Any] = {
        "seed": seed,
        "screening": screening,
        "adjuvant": adjuvant,
        "by": None if by == "none" else by,
        "catalog": options.load_catalog(catalog, changes),
    }

    def years(count: int) -> long_run.Sample:
        found = compare_in_little_memory(strategies, women=count, threads=1, progress=None, **made)
        return long_run.Sample(
            [found.group_of, *(course.years for course in found.courses.values())]
        )

    over = None
    if draws is not None:
        from seedsoil.catalog import load
        from seedsoil.results.draws import check_draws

        check_draws(draws, made["catalog"] or load())
    long_run.ask(women, years, threads=threads, yes=yes)
    with console.progress(women * len(strategies), "women") as advance:
        result = compare_in_little_memory(
            strategies, women=women, threads=threads, progress=advance, **made
        )
    if draws is not None:
        from seedsoil.strategies.draws import compare_over_draws

        each = min(women, options.DRAW_WOMEN)
        common = {key: made[key] for key in ("seed", "screening", "adjuvant", "catalog")}
        with console.progress(draws * each * len(strategies), "women") as advance:
            over = compare_over_draws(
                strategies, draws, women=each, threads=threads, progress=advance, **common
            )
    if out is not None:
        from seedsoil.results.draws import draws_table

        with unfinished(out.parent, out.name) as partial:
            save_table(result.table(), partial / INCREMENTS)
            if over is not None:
                save_table(draws_table(over.records()), partial / DRAWS)
            page = result.report(
                partial / REPORT, catalog=made["catalog"], draws=over and over.told()
            ).read_text("utf-8")
            besides = [name for name in wanted if name != "csv"]  # which is always written
            export(partial, besides, {"increments": result.table()}, page)
            publish(partial, out)
    if as_json:
        console.print_json(
            {
                "directory": None if out is None else str(out),
                "women": result.women,
                "strategies": list(result.names),
                "changed": result.manifest.get("changed", {}),
                "increments": result.table().to_pylist(),
                "posterior": record(spreads(result, made["catalog"])),
                **({} if over is None else {"draws": over.records()}),
            }
        )
        return
    for header, rows in result.text_tables():
        console.print_table(header, rows)
        console.say()
    if over is not None:
        from seedsoil.results.draws import told

        console.say(told(over.draws, over.women))
        console.print_table(*over.text_rows())
        console.say()
    console.say(result.sentence)
    if over is None:
        console.say(parameters_sentence(result, made["catalog"]))
    if out is not None:
        console.say(f"report  {out / REPORT}")
    console.say(NOT_ADVICE)
