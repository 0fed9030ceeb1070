"""`seedsoil trial`: a published trial simulated as it was run, beside what was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.cli import console, long_run, memory, options
from seedsoil.cli.counts import count
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog, Trial
    from seedsoil.trials.trial import TrialResult


def trial(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE",
            show_default=False,
            help="A trial's name (--list shows them) or the TOML file of your own trial.",
        ),
    ] = None,
    women: options.TrialWomen = None,
    seed: options.Seed = 1,
    replicates: Annotated[
        int, typer.Option(parser=count, help="Trials of the published size to draw.", metavar="R")
    ] = 500,
    draws: options.TrialDraws = None,
    threads: options.Threads = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Directory to write, new or empty: report.html, results.parquet, manifest.json.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="List the trials: role, year, women, what was compared.")
    ] = False,
    formats: options.Formats = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Simulate a trial as it was run and compare it with what was published.

    Women reach eligibility in the course of their disease, enrol, and are followed in every arm with the
    same random numbers: scans, crossover, later lines, dropout and data cut as in the trial. Each
    published number is set beside the model's mean and the interval that holds 95 % of simulated trials
    of the same size. Numbers that the model cannot give are listed with the reason.

    \b
    Examples:
      seedsoil trial --list
      seedsoil trial PALOMA-2 --out paloma-2
      seedsoil trial PALOMA-2 --draws 50
      seedsoil trial my-trial.toml --women 200000 --json

    For research and teaching: populations, not advice for any one person.
    """  # fmt: skip
    memory.require()
    from seedsoil.catalog import load
    from seedsoil.catalog.lookup import find_trial

    wanted = options.formats(formats, out, needs_out=True)
    console.claim(out, directory=True)
    chosen = options.load_catalog(catalog, changes) or load()
    if show_list:
        _list(chosen, as_json)
        return
    if name is None:
        raise InputError("name a trial or its TOML file (seedsoil trial --list shows the trials).")
    console.tell_first_compilation()
    spec = find_trial(name, catalog=chosen)
    enrolments = long_run.enrolments(spec, chosen, seed=seed)
    long_run.ask(women, enrolments, threads=threads, yes=yes)
    result = _simulated(spec, women, seed, replicates, threads, chosen, draws)
    if out is not None:
        result.save(out, command=options.command_line(), formats=wanted)
    if as_json:
        place = {} if out is None else {"directory": str(out)}
        console.print_json({**place, **result.summary})
    else:
        _print(result, out)


def _simulated(
    spec: Trial,
    women: int | None,
    seed: int,
    replicates: int,
    threads: int | None,
    catalog: Catalog,
    draws: int | None,
) -> TrialResult:
    from seedsoil.trials.trial import trial as simulate

    with console.enrolment(spec, women) as show:
        return simulate(
            spec,
            women=women,
            seed=seed,
            replicates=replicates,
            threads=threads,
            catalog=catalog,
            draws=draws,
            progress=show,
        )


def _list(catalog: Catalog, as_json: bool) -> None:
    from seedsoil.catalog.lookup import trials_table

    trials = trials_table(catalog)
    if as_json:
        console.print_json(trials)
        return
    for role in dict.fromkeys(t["role"] for t in trials):
        mine = [t for t in trials if t["role"] == role]
        rows = [
            [t["name"], str(t["year"]), f"{t['women']:,}", f"{t['description']}; {t['population']}"]
            for t in mine
        ]
        console.say(title=f"{role} ({len(mine)})")
        console.print_table(["name", "year", "women", ""], rows, left=(0, 3))
        console.say()
    console.say(
        "Nothing in the model is fitted to validation trials; calibration trials are what it is fitted to."
    )


def _print(result: TrialResult, out: Path | None) -> None:
    from seedsoil.results.draws import HEADER as OVER_DRAWS
    from seedsoil.run.run import NOT_ADVICE
    from seedsoil.trials import enrolled
    from seedsoil.trials.words import conduct_words, result_words

    spec, made = result.trial, result.manifest["women"]
    console.say(f"  {spec.description}, {spec.year}", title=spec.name)
    console.say(
        f"{made['enrolled']:,} women enrol, of {made['metastatic']:,} with metastatic disease and "
        f"{made['simulated']:,} simulated; seed {result.manifest['seed']}, "
        f"{result.manifest['replicates']:,} replicates"
        + (
            f" from {result.manifest['draws']:,} draws of the posterior: the intervals hold what is not "
            "known of the parameters, too"
            if "draws" in result.manifest
            else ""
        )
    )
    console.say(f"{conduct_words(spec)[:1].upper()}{conduct_words(spec)[1:]}.")
    console.say(result.baseline_sentence)
    for arm, rows in result.rows().items():
        size = next((f", {a.n:,} women" for a in spec.arms if a.name == arm), "")
        console.say()
        console.print_table([f"{arm}{size}", *result.header], rows)
    if result.headlines is not None:
        console.say()
        told = [[f"{one.name}, {one.unit}", *one.row()[1:]] for one in result.headlines.found]
        rows = [[name.replace(", hazard ratio", "", 1), *row] for name, *row in told]
        console.print_table(["all women who enrol, over draws", *OVER_DRAWS[1:]], rows)
        for line in result.headlines.not_told:
            console.say(line)
    if result.facts:
        console.say()
        console.print_table(
            ["who enrols", *enrolled.HEADER[1:]], enrolled.enrolled_rows(result.facts)
        )
    console.say()
    missing: dict[str, list[str]] = {}
    for r in result.results:
        if r.reason:
            missing.setdefault(r.reason, []).append(f"{result_words(r)}, {r.arm}")
    for reason, names in missing.items():
        console.say(f"not simulated: {'; '.join(names)}: {reason}")
    checked = [r.verified for r in result.results] + [fact.verified for fact in result.facts]
    if False in checked:
        console.say("* not verified at its source")
    console.say(" ".join(filter(None, (result.sentence, result.enrolled_sentence))))
    console.say(result.role_sentence)
    if out is not None:
        console.say(f"report  {out / 'report.html'}")
    console.say(NOT_ADVICE)
