"""`seedsoil evaluate`: what strategies cost and give, and which is worth its cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.cli import asked_of_evaluate, console, long_run, memory, options, workers
from seedsoil.cli.counts import count
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.economics.answers import Evaluation

_LARGE = 10 * long_run.LARGE
"""Women, over all draws, who are not simulated without a word: an hour or so. Results are sums, so that no
memory or disk is at stake, and 1,000 draws of 10,000 women should start at once."""


def evaluate(
    strategies: Annotated[
        list[str],
        typer.Argument(
            help="Two strategies or more: names of the catalog or TOML files. The first is the "
            "reference.",
            metavar="STRATEGY",
        ),
    ],
    perspective: Annotated[
        str,
        typer.Option(
            help="Whose prices: uk-nhs, us-payer or a TOML file; `seedsoil sources cost` lists them.",
            metavar="NAME|FILE",
        ),
    ] = "uk-nhs",
    reference_case: Annotated[
        str,
        typer.Option(
            help="Whose rules for rates, horizon, thresholds and severity: nice, cda-amc, icer or "
            "second-panel.",
            metavar="NAME",
        ),
    ] = "nice",
    psa: Annotated[
        int | None,
        typer.Option(
            parser=count,
            help="Probabilistic analysis: so many sets of prices, utilities and parameters, each on "
            "women of its own. 1,000 take some minutes.",
            show_default=False,
            metavar="DRAWS",
        ),
    ] = None,
    parameters: Annotated[
        str | None,
        typer.Option(
            help="How the model's parameters are drawn: posterior (joint draws, the default where the "
            "catalog has them), fit (values and standard errors of the fit, each alone), priors (from "
            "before it) or fixed (not at all).",
            show_default=False,
            metavar="HOW",
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            help="Divide the women by subtype, age, stage, presentation, t_stage, n_stage, burden or organs "
            "(none: only all of them).",
            metavar="NAME",
        ),
    ] = "none",
    threshold: Annotated[
        str | None,
        typer.Option(
            help="What a QALY may cost; several with commas, the first for the one-way analysis. By "
            "default those of the reference case.",
            show_default=False,
            metavar="MONEY,...",
        ),
    ] = None,
    horizon: Annotated[
        float | None,
        typer.Option(
            help="Years from the finding of metastatic disease; by default as the reference case says.",
            show_default=False,
            metavar="YEARS",
        ),
    ] = None,
    societal: Annotated[
        bool, typer.Option("--societal", help="Count lost work, informal care and travel, too.")
    ] = False,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            help="A TOML file of what is otherwise: prices, numbers of the model, rates or horizon. May be "
            "given several times.",
            show_default=False,
            metavar="FILE",
        ),
    ] = None,
    budget_impact: asked_of_evaluate.Budget = None,
    uptake: asked_of_evaluate.Uptake = None,
    evsi_trial: asked_of_evaluate.Trial = None,
    evsi: asked_of_evaluate.Sizes = None,
    enbs: asked_of_evaluate.Net = None,
    women: Annotated[
        int,
        typer.Option(
            parser=count,
            help="Women to simulate: for the base case, and for each draw.",
            metavar="N",
        ),
    ] = 10_000,
    seed: options.Seed = 1,
    threads: options.Threads = None,
    screening: options.Screening = "2000s",
    adjuvant: options.Adjuvant = options.ADJUVANT,
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write report.html, all tables and manifest.json into, new or empty. An "
            "analysis with --psa that is interrupted goes on from there.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Also write csv (tables), xlsx (an Excel workbook that recalculates), docx (the CHEERS "
            "checklist for Word), tex (LaTeX tables), svg or png (charts); several with commas.",
            show_default=False,
            metavar="NAME,...",
        ),
    ] = None,
    processes: workers.Processes = None,
    scheduler: workers.Scheduler = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """What strategies of treatment cost, what women gain, and which strategy is worth its cost.

    The same women are simulated under each strategy; what each used is counted to the day and priced.
    Told are costs and quality-adjusted life years (QALYs) with Monte-Carlo errors, the fully incremental
    analysis with dominance, cost a QALY (ICER) with its interval, net benefit, severity, threshold prices
    and what moves the answer; with --psa acceptability, expected loss and the value of information. Asked
    for, too, the budget impact of coming years, and what a proposed trial would be worth.

    \b
    Examples:
      seedsoil evaluate pre-2013 2022
      seedsoil evaluate pre-2013 2022 --by subtype --out appraisal
      seedsoil evaluate none pre-2013 2022 --psa 1000 --out appraisal --format xlsx,docx,tex
      seedsoil evaluate pre-2013 2022 --perspective us-payer --reference-case icer --scenario half.toml
      seedsoil evaluate pre-2013 2022 --budget-impact 1000 --uptake 20%,40%,60%,80%,100%
      seedsoil evaluate pre-2013 2022 --psa 1000 --evsi-trial DESTINY-Breast04 --evsi 100,300,600

    For research and teaching: populations, not advice for any one person.
    """
    memory.require()
    from seedsoil.economics.evaluate import evaluate as run
    from seedsoil.economics.exports import OWN_FORMATS
    from seedsoil.run.run import NOT_ADVICE

    plan = asked_of_evaluate.budget_plan(budget_impact, uptake)
    known = options.load_catalog(catalog, changes)
    trial = asked_of_evaluate.trial_asked(
        evsi_trial, evsi, enbs, psa=psa, parameters=parameters, catalog=known
    )
    wanted = options.formats(formats, out, needs_out=True, own=OWN_FORMATS)
    console.claim(out, directory=True)
    console.tell_first_compilation()
    made: dict[str, Any] = {
        "perspective": perspective,
        "reference_case": reference_case,
        "seed": seed,
        "by": None if by == "none" else by,
        "thresholds": _thresholds(threshold),
        "horizon": horizon,
        "societal": societal,
        "screening": screening,
        "adjuvant": adjuvant,
        "catalog": known,
    }

    def base_case(count: int) -> long_run.Sample:
        run(strategies, women=count, threads=1, **made)
        return long_run.Sample()

    cohorts = 1 + len(scenario or ()) + (psa or 0)
    if women * cohorts > _LARGE:
        long_run.ask(women * cohorts, base_case, threads=threads, yes=yes)
    with (
        workers.on_asked(threads, processes, scheduler),
        console.progress(women * len(strategies) * cohorts, "women") as advance,
    ):
        result = run(
            strategies,
            women=women,
            psa=psa,
            parameters=parameters,
            scenarios=scenario or (),
            threads=threads,
            progress=advance,
            keep=None if out is None or psa is None else out.parent / f".{out.name}.draws",
            **made,
        )
    if plan is not None:
        result = result.with_budget_impact(
            women_a_year=plan.women.tolist(), uptake=plan.uptake.tolist()
        )
    if trial is not None:
        result = trial.of(result, threads)
    if out is not None:
        result.save(out, command=options.command_line(), formats=wanted)
    if as_json:
        console.print_json(_summary(result, out))
        return
    _print(result, out)
    console.say(NOT_ADVICE)


def _thresholds(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise InputError(
            f"--threshold: '{text}' is not amounts of money with commas, such as 20000,30000"
        ) from None


def _summary(result: Evaluation, out: Path | None) -> dict[str, object]:
    tables = {name: table.to_pylist() for name, table in result.tables().items()}
    found: dict[str, object] = {
        "directory": None if out is None else str(out),
        **result.provenance,
        "sentence": result.sentence,
        "notes": list(result.notes),
        **tables,
    }
    if result.decision is not None:
        found["decision"] = result.decision.summary
    return found


def _print(result: Evaluation, out: Path | None) -> None:
    from seedsoil.economics.lay import lay_sentences

    beside = result.beside()
    console.say(title=f"Base case: mean over {result.over}")
    header, rows = result.text_rows()
    console.print_table(header, rows, left=(0, 6))
    console.say()
    console.say(result.sentence)
    if beside is not None:
        console.say()
        console.say(title="Deterministic, at the numbers in use")
        console.print_table(beside[0], beside[1], left=(0, 6))
    if result.decision is not None:
        console.say()
        console.say(title="Probabilistic analysis")
        if beside is None:
            header, rows = result.decision.text_rows()
            console.print_table(header, rows, left=(0, 5))
            console.say()
        header, rows = result.decision.threshold_rows()
        console.print_table(header, rows, left=(0, 1))
        console.say()
        console.say(result.decision.sentence)
        console.say(result.decision.noise_sentence)
    if result.by is not None:
        console.say()
        rows = []
        for group in result.groups:
            header, own = result.incremental_rows(group)
            rows += [[group, *row] for row in own]
        console.print_table(["women", *header], rows, (0, 1, 7))
    for impact in result.impacts:
        console.say()
        console.say(title=f"Budget impact of strategy {impact.strategy}")
        header, rows = impact.text_rows()
        console.print_table(header, rows, left=())
        console.say(impact.sentence)
    for name, found in result.trials:
        console.say()
        console.say(title=f"What {name} would be worth")
        header, rows = found.text_rows()
        console.print_table(header, rows, left=())
        console.say(found.sentence)
    console.say()
    for line in lay_sentences(result):
        console.say(line)
    console.say()
    for line in result.notes:
        console.say(f"- {line}")
    if out is not None:
        console.say(f"report  {out / 'report.html'}")
