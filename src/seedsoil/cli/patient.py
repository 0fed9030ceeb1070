"""`seedsoil patient`: one simulated woman's course."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seedsoil.cli import console, memory, options
from seedsoil.cli.counts import count


def patient(
    number: Annotated[
        int,
        typer.Argument(
            parser=count,
            metavar="ID",
            help="Number of the woman, from 0, as in column patient; `seedsoil find` lists some.",
        ),
    ],
    seed: options.Seed = 1,
    screening: options.Screening = "2000s",
    adjuvant: options.Adjuvant = options.ADJUVANT,
    strategy: options.Strategy = options.STRATEGY,
    compare: Annotated[
        str | None,
        typer.Option(
            help="Put her course under this other strategy, a name or a TOML file, beside it.",
            show_default=False,
            metavar="NAME|FILE",
        ),
    ] = None,
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Also write her course to this new file, by its ending: .html (drawn), .svg or .png (its "
            "first chart), .csv or .xlsx (its events).",
            metavar="FILE",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Tell the course of one simulated woman as a timeline, with her lines of therapy.

    She is the woman with this number in every cohort with the same seed and policies, and under
    another strategy the same woman treated otherwise, which --compare puts beside it. Times are years
    from the diagnosis of the primary (earlier is negative), diameters mm.

    \b
    Examples:
      seedsoil patient 8830
      seedsoil patient 8830 --strategy pre-2013
      seedsoil patient 8830 --compare none
      seedsoil patient 8830 --seed 1 --out woman.html
      seedsoil patient 8830 --out events.csv
      seedsoil patient 8830 --json

    For research and teaching: a draw from a model, not a prognosis or advice for anyone.
    """
    memory.require()
    from seedsoil.display.export import FORMATS, TABLE_FORMATS, known_ending
    from seedsoil.errors import InputError
    from seedsoil.patient.beside import Beside
    from seedsoil.patient.patient import Course
    from seedsoil.patient.patient import patient as replay
    from seedsoil.storage import write_new
    from seedsoil.vocabulary import UNTREATED

    console.claim(out)
    if out is not None and out.suffix:  # a name without an ending is that of a page
        known_ending(out, (*TABLE_FORMATS, *FORMATS), "a course")
    strategies = [strategy] if compare is None else [strategy, compare]
    if compare is not None and UNTREATED in strategies:
        raise InputError(
            "--compare: 'untreated' is simulated on other random numbers than strategies are; the strategy "
            "without drugs to compare with is 'none'"
        )
    console.tell_first_compilation(treated=strategy != UNTREATED)
    chosen = options.load_catalog(catalog, changes)
    courses = [
        replay(
            number,
            seed=seed,
            screening=screening,
            adjuvant=adjuvant,
            strategy=one,
            catalog=chosen,
        )
        for one in strategies
    ]
    course: Course | Beside = courses[0] if compare is None else Beside(*courses)
    if out is not None:
        write_new(out, course.export if out.suffix else course.report)
    if as_json:
        console.print_json(asdict(course))
    else:
        console.say(course.timeline())
        if out is not None:
            console.say(f"written to {out}")
