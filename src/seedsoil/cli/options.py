"""What several commands share, so that it reads the same everywhere: options, and the command itself."""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.cli import console
from seedsoil.cli.counts import count
from seedsoil.errors import InputError, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from seedsoil.catalog import Catalog

STRATEGY, ADJUVANT = "2022", "2013+"
"""Usual care, unless another is asked for; as in `seedsoil.simulate`."""
First = Annotated[
    int,
    typer.Option(parser=count, help="Number of the first woman; others follow.", metavar="NUMBER"),
]
Age = Annotated[
    str | None,
    typer.Option(
        help="Keep only women of these ages at diagnosis, such as 50-69, <40 or 70+.",
        show_default=False,
        metavar="AGES",
    ),
]
Subtype = Annotated[
    str | None,
    typer.Option(
        help="Keep only women of these subtypes, such as TNBC; several with commas.",
        show_default=False,
        metavar="NAME,...",
    ),
]
RUNS = Path("runs")
"""Where results go for which no place is named."""

Women = Annotated[int, typer.Option(parser=count, help="Number of women to simulate.", metavar="N")]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers, 0 to 2^64 - 1.", metavar="S")]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Threads; all cores by default. The results do not depend on it.",
        show_default=False,
        metavar="T",
    ),
]
Screening = Annotated[
    str,
    typer.Option(
        help="Screening programme; `seedsoil sources screening` lists them.", metavar="NAME"
    ),
]
Strategy = Annotated[
    str,
    typer.Option(
        help="How metastatic disease is treated: a strategy of the catalog (`seedsoil sources strategy` "
        "lists them), a TOML file, or untreated for its natural course. (The strategy none gives no "
        "drug either, but its women are followed and scanned as under the other strategies.)",
        metavar="NAME|FILE",
    ),
]
Adjuvant = Annotated[
    str,
    typer.Option(
        help="Era of adjuvant therapy; `seedsoil sources adjuvant` lists them.", metavar="ERA"
    ),
]
CatalogDirectory = Annotated[
    Path | None,
    typer.Option(
        "--catalog",
        help="Directory of catalog files to use instead of those of the package.",
        show_default=False,
        metavar="DIR",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Change a number of the model, such as growth.log_rate:tnbc=-1 or "
        "drug.log_kill:fulvestrant=+20%; `seedsoil sources` lists the keys. A percentage is of the "
        "quantity itself, also where its logarithm is kept. May be given several times.",
        show_default=False,
        metavar="KEY=VALUE",
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        parser=count,
        help="Also over so many draws of the posterior of all fitted numbers, each on women of its own: "
        "tells the uncertainty of the parameters apart from the play of chance.",
        show_default=False,
        metavar="N",
    ),
]
TrialDraws = Annotated[
    int | None,
    typer.Option(
        parser=count,
        help="Draw the replicates from so many draws of the posterior of all fitted numbers, each on women "
        "of its own, so that the intervals hold what is not known of the parameters, too.",
        show_default=False,
        metavar="N",
    ),
]
DRAW_WOMEN = 10_000
"""Women of each draw, if fewer are not asked for."""
Formats = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Also write the tables as csv or xlsx (Excel), the charts as svg or png; several with commas.",
        show_default=False,
        metavar="NAME,...",
    ),
]
TrialWomen = Annotated[
    int | None,
    typer.Option(
        parser=count,
        help="Number of women to simulate; by default until some 3,500 enrol.",
        show_default=False,
        metavar="N",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def command_line() -> str:
    """The command as it was given, to be kept with its results."""
    return shlex.join(["seedsoil", *sys.argv[1:]])


def formats(
    asked: str | None,
    out: Path | None = None,
    *,
    needs_out: bool = False,
    own: Collection[str] = (),
) -> list[str]:
    """`csv,svg` as the formats that it names; `own`: those of the command alone.

    Raises InputError for one that is not known, and where a directory is needed and none is named.
    """
    from seedsoil.display.export import check_formats

    found = list(dict.fromkeys(part.strip().lower() for part in (asked or "").split(",")))
    found = [name for name in found if name]
    check_formats(found, own)
    if found and needs_out and out is None:
        raise InputError("--format: name a directory to write into with --out.")
    return found


def listed(asked: str | None) -> list[str]:
    """The parts between the commas of an option; none where it is not given."""
    return [] if asked is None else [part.strip() for part in asked.split(",")]


def kept(age: str | None, subtype: str | None) -> str | None:
    """The condition that --age and --subtype put on women; None where neither is given."""
    parts = [*([_of_subtypes(subtype)] if subtype else []), *([_of_ages(age)] if age else [])]
    return " and ".join(parts) or None


def _of_subtypes(asked: str) -> str:
    from seedsoil.catalog.complaints import not_allowed
    from seedsoil.vocabulary import SUBTYPE_KEYS, SUBTYPES

    known = {name.casefold(): name for name in SUBTYPES}
    known |= dict(zip(SUBTYPE_KEYS, SUBTYPES, strict=True))
    found = []
    for part in listed(asked):
        if part.casefold() not in known:
            raise InputError(f"--subtype: {not_allowed(part, SUBTYPES)}")
        found.append(known[part.casefold()])
    if len(found) == 1:
        return f'subtype == "{found[0]}"'
    return f"subtype in [{', '.join(f'{chr(34)}{name}{chr(34)}' for name in found)}]"


def _of_ages(asked: str) -> str:
    from seedsoil.catalog.conditions import age_range

    try:
        low, high = age_range(asked.strip())
    except ValueError as error:
        raise InputError(f"--age {shown(asked)}: {error}") from None
    parts = [f"age >= {low:g}"] if low > 0.0 else []
    parts += [f"age < {math.ceil(high)}"] if high < math.inf else []
    return " and ".join(parts) or "age >= 0"


def load_catalog(directory: Path | None, changes: Sequence[str] | None = None) -> Catalog | None:
    """The catalog in `directory` with `changes` made; None, the package's own, where neither is given.

    What is changed is said on standard error.
    """
    if directory is None and not changes:
        return None
    from seedsoil.catalog import load
    from seedsoil.catalog.overrides import changes_words, overridden

    catalog = overridden(load(directory), changes or ())
    if catalog.changed:
        console.note(f"numbers changed: {changes_words(catalog.changed)}")
    return catalog
