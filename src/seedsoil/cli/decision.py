"""`seedsoil decision`: which strategy is worth its cost, from draws of costs and effects of any model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.cli import console, memory, options, startup
from seedsoil.cli.counts import count
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.economics.decision.decision import Decision


def decision(
    costs: Annotated[
        Path,
        typer.Argument(
            metavar="COSTS.csv", help="A row a draw, a column a strategy, names on top."
        ),
    ],
    effects: Annotated[
        Path, typer.Argument(metavar="EFFECTS.csv", help="The same of effects, such as QALYs.")
    ],
    parameters: Annotated[
        Path | None,
        typer.Argument(
            metavar="PARAMETERS.csv",
            show_default=False,
            help="What was drawn, a column a parameter: for EVPPI and the tornado.",
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            help="What a unit of effect may cost; several with commas, the first for the summary.",
            metavar="K,...",
        ),
    ] = "20000",
    thresholds: Annotated[
        str | None,
        typer.Option(
            help="Thresholds of the curves, such as 0:50000:100 (from:to:step) or 0,10000,20000; by "
            "default 501 from 0 to beyond --at and the ICERs of the frontier.",
            show_default=False,
            metavar="K,...",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            help="The strategy that the others are compared with; by default the first column.",
            show_default=False,
            metavar="NAME",
        ),
    ] = None,
    currency: Annotated[
        str,
        typer.Option(
            help="Currency of the costs, such as GBP.", show_default=False, metavar="CODE"
        ),
    ] = "",
    effect: Annotated[str, typer.Option(help="What an effect is called.", metavar="NAME")] = "QALY",
    evppi: Annotated[
        str,
        typer.Option(
            help="Parameters and groups to tell the value of, such as a,b,a+b; all: each alone.",
            metavar="NAMES",
        ),
    ] = "all",
    population: Annotated[
        int | None,
        typer.Option(
            parser=count,
            help="Patients a year, for EVPI of all; with --years and --discount.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    years: Annotated[
        float | None,
        typer.Option(
            help="Years that the decision holds, with --population; 10 if not given.",
            show_default=False,
            metavar="Y",
        ),
    ] = None,
    discount: Annotated[
        float | None,
        typer.Option(
            help="Yearly discount rate, with --population; 0.035 if not given.",
            show_default=False,
            metavar="R",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write, new or empty: report.html, tables as Parquet, manifest.json.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    formats: options.Formats = None,
    as_json: options.Json = False,
) -> None:
    """Which strategy is worth its cost, how sure that is, and what more evidence would be worth.

    The files hold draws of a probabilistic analysis, of any model: row i of all is the same draw. Commas,
    semicolons or tabs may part the columns; a column that numbers the rows is left out. Told are the full
    incremental analysis with dominance, ICERs with intervals, net benefit, acceptability curves, expected
    loss and EVPI, and with the parameters what learning each would be worth (EVPPI), with standard errors.

    \b
    Examples:
      seedsoil decision costs.csv effects.csv --at 20000,30000 --currency GBP
      seedsoil decision costs.csv effects.csv parameters.csv --evppi all --out appraisal
      seedsoil decision costs.csv effects.csv parameters.csv --evppi p_response,p_response+u_stable --json

    For research and teaching: populations, not advice for any one person.
    """  # fmt: skip
    memory.require()
    startup.one_thread_of_algebra()
    from seedsoil.economics.decision.decision import decision as decide
    from seedsoil.economics.decision.partial_information import ALL
    from seedsoil.economics.decision.population import patients_affected
    from seedsoil.economics.decision.thresholds import parse_thresholds
    from seedsoil.economics.decision.words import money
    from seedsoil.units import Z95

    wanted = options.formats(formats, out, needs_out=True)
    if population is None and (years is not None or discount is not None):
        option = "--discount" if years is None else "--years"
        raise InputError(f"{option}: goes with --population, the patients a year; give that too")
    years, discount = 10.0 if years is None else years, 0.035 if discount is None else discount
    console.claim(out, directory=True)
    result = decide(
        costs,
        effects,
        parameters=parameters,
        at=parse_thresholds(at, "--at"),
        thresholds=None if thresholds is None else parse_thresholds(thresholds),
        reference=0 if reference is None else reference,
        currency=currency,
        effect=effect,
        population=None if population is None else patients_affected(population, years, discount),
        evppi=ALL if evppi.strip() == ALL else options.listed(evppi),
    )
    for note in result.notes:
        console.note(note)
    if out is not None:
        result.save(out, command=options.command_line(), formats=wanted)
    if as_json:
        place = {} if out is None else {"directory": str(out)}
        console.print_json({**place, **result.summary})
        return
    of_population = ""
    if result.population is not None:
        everyone = result.evpi_of(result.population)
        of_population = (
            f"Over {population:,} patients a year for {years:g} years, discounted at {discount:.2%}: EVPI "
            f"{result.units.money(everyone.value)} ± {money(Z95 * everyone.se)} (95 %)."
        )
    _print(result, of_population, out)


def _print(result: Decision, of_population: str, out: Path | None) -> None:
    from seedsoil.run.run import NOT_ADVICE

    console.say(f"  {result.draws.count:,} draws", title=", ".join(result.names))
    console.say()
    for (header, rows), left in (
        (result.text_rows(), (0, 5)),
        (result.reference_rows(), (0, 4)),
        (result.threshold_rows(), (0, 1)),
    ):
        console.print_table(header, rows, left=left)
        console.say()
    if result.learns:
        console.print_table(*result.learning.text_rows())
        console.say()
        console.say(result.learning.sentence)
    console.say(result.sentence)
    if of_population:
        console.say(of_population)
    if out is not None:
        console.say(f"report  {out / 'report.html'}")
    console.say(NOT_ADVICE)
