"""`seedsoil find`: numbers of women of a kind."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedsoil.cli import console, long_run, options
from seedsoil.cli.counts import count

if TYPE_CHECKING:
    from seedsoil.run.simulate import Found

SHOWN = ("patient", "age", "subtype", "stage", "metastatic_at", "lines", "died_at", "outcome")


def find(
    condition: Annotated[
        str,
        typer.Argument(
            metavar="CONDITION",
            help="What holds for the women, of columns of the patients table: == != < <= > >=, in [...], "
            "and, or, not, + - * /; texts in quotes. Times are years from the diagnosis of the primary.",
        ),
    ],
    women: options.Women = 20_000,
    most: Annotated[
        int, typer.Option(parser=count, help="List so many of them at most.", metavar="N")
    ] = 20,
    seed: options.Seed = 1,
    first: options.First = 0,
    threads: options.Threads = None,
    screening: options.Screening = "2000s",
    adjuvant: options.Adjuvant = options.ADJUVANT,
    strategy: options.Strategy = options.STRATEGY,
    catalog: options.CatalogDirectory = None,
    changes: options.Changes = None,
    yes: long_run.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Find the numbers of women of a kind, for `seedsoil patient`, and how many there are of them.

    Of a woman in whom a thing never happened no comparison with it holds; metastatic_at == None asks for
    that. The columns are those of patients.parquet: age, subtype, stage, diameter_mm, positive_nodes,
    presentation, metastatic_at, bone, brain, lines, died_at, outcome and others (docs/design.md lists them).

    \b
    Examples:
      seedsoil find 'subtype == "TNBC" and metastatic_at > 5'
      seedsoil find 'brain and died_at - metastatic_at > 4' --women 1e5
      seedsoil find 'outcome == "eradicated" and lines >= 2' --json

    For research and teaching: draws from a model, not a prognosis or advice for anyone.
    """  # fmt: skip
    from seedsoil.run.simulate import find as search
    from seedsoil.vocabulary import UNTREATED

    chosen = options.load_catalog(catalog, changes)
    console.tell_first_compilation(treated=strategy != UNTREATED)
    made: dict[str, Any] = {
        "seed": seed,
        "first": first,
        "screening": screening,
        "adjuvant": adjuvant,
        "strategy": strategy,
        "catalog": chosen,
    }

    def searched(count: int) -> long_run.Sample:
        search(condition, women=count, most=1, threads=1, **made)
        return long_run.Sample()

    long_run.ask(women, searched, threads=threads, yes=yes)
    with console.progress(women, "women") as show:
        found = search(condition, women=women, most=most, threads=threads, progress=show, **made)
    if as_json:
        console.print_json(
            {
                "condition": condition,
                "seed": seed,
                "simulated": found.simulated,
                "found": found.women,
                "women": found.patients.to_pylist(),
            }
        )
    else:
        others = {
            "screening": (screening, "2000s"),
            "adjuvant": (adjuvant, options.ADJUVANT),
            "strategy": (strategy, options.STRATEGY),
            "catalog": (catalog, None),
        }
        given = [f"--{name}={value}" for name, (value, usual) in others.items() if value != usual]
        _print(found, seed, first, [*given, *(f"--set={change}" for change in changes or ())])


def _print(found: Found, seed: int, first: int, others: list[str]) -> None:
    from seedsoil.display.words import of_women, percent
    from seedsoil.results.shares import Share
    from seedsoil.run.run import NOT_ADVICE

    rows = found.patients.select(SHOWN).to_pylist()
    if rows:
        console.print_table(
            [name.replace("_at", " at").replace("patient", "number") for name in SHOWN],
            [[_cell(row[name]) for name in SHOWN] for row in rows],
            left=(2, 3, 7),
        )
        console.say()
    share = Share(found.women, found.simulated)
    listed = f"; the first {len(rows)} are listed" if len(rows) < found.women else ""
    numbers = f"numbers {first:,} to {first + found.simulated - 1:,}, seed {seed}"
    console.say(
        f"{found.women:,} of {of_women(found.simulated)} simulated ({numbers}): "
        f"{percent(share.value)}{listed}. Years count from diagnosis."
    )
    if rows:
        words = ["seedsoil", "patient", str(rows[0]["patient"]), "--seed", str(seed), *others]
        console.say(f"{shlex.join(words)}   tells the first one's course")
    console.say(NOT_ADVICE)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
