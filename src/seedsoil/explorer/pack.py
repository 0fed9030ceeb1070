"""The pack: answers made beforehand, a compressed JSON file a part, which ships in the package.

Made by `seedsoil explore --make-pack`; the same numbers give the same bytes. It says of which parameters it
is made, and whoever serves it compares them with those of the catalog in use.
"""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from seedsoil.errors import InputError, whole_number
from seedsoil.explorer.contract import PARTS, SCHEMA
from seedsoil.explorer.eras import ERAS
from seedsoil.explorer.lists import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from seedsoil.catalog import Catalog
    from seedsoil.explorer.eras import Era
    from seedsoil.explorer.women import Asking

logger = logging.getLogger(__name__)

Data = dict[str, Any]
WOMEN, SEED = 100_000, 11
COURSES = 200
SAMPLE = 20_000
"""Women among whom those who teach something are looked for, and of whom the story of spread tells."""
CHECK, CHECKED = "check", 1_000
"""A part for tests alone: the answers for so many women, under two strategies, by which a pack shows that the
model gives the same bits still."""
CHECKED_ERA, CHECKED_STRATEGIES = "2013+", ("none", "2022")
ENDING = ".json.gz"


def folder() -> Traversable:
    """Where the packaged pack lies."""
    return files("seedsoil.explorer").joinpath("pack")


def read(part: str, place: Traversable | None = None) -> Data:
    """A part of the pack in the folder `place`, by default the packaged one; as `unpacked`."""
    text = unpacked(part, place)
    try:
        found: Data = json.loads(text)
    except ValueError:
        raise InputError(_broken(part, place)) from None
    return found


def unpacked(part: str, place: Traversable | None = None) -> str:
    """The JSON text of a part. Raises InputError where there is none such, or none that can be read."""
    file = (place or folder()).joinpath(part + ENDING)
    if part not in (*PARTS, CHECK) or not file.is_file():
        raise InputError(
            f"{place or 'pack'}: has no part {part!r}; `seedsoil explore --make-pack DIR` makes a pack"
        )
    try:
        return gzip.decompress(file.read_bytes()).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise InputError(_broken(part, place)) from None


def _broken(part: str, place: Traversable | None) -> str:
    return f"{place or 'pack'}: its part {part!r} cannot be read; make the pack anew"


def check(place: Traversable) -> None:
    """Raise InputError unless the folder `place` holds a pack of this contract, whole."""
    for part, shape in PARTS.items():
        try:
            shape.model_validate(read(part, place))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise InputError(
                f"{place}: its part {part!r} is not of this version ({where}: {first['msg']}); make the "
                "pack anew"
            ) from None


def dumped(data: object) -> str:
    """`data` as JSON on one line, without NaN."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def is_current(catalog: Catalog, place: Traversable | None = None) -> bool:
    """Whether a pack, by default the packaged one, was made of the numbers of `catalog`."""
    made: str = read("answers", place)["provenance"]["parameters_hash"]
    return made == catalog.hash()


MOST_WOMEN = 10_000_000
"""Of an era: their rows lie in memory."""


def make(
    catalog: Catalog,
    *,
    women: int = WOMEN,
    courses: int = COURSES,
    seed: int = SEED,
    eras: Sequence[str] = tuple(ERAS),
    strategies: Sequence[str] = SHOWN,
    trials: Path | None = None,
    draws: int | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Data]:
    """All parts of a pack by name, checked against the contract.

    `women`: simulated in each of `eras`, under each of `strategies`; `courses`: women whose course is told;
    `trials`: a table of `seedsoil validate --table` (without it, the trials of the packaged pack, with their
    own hash). `draws`: of the posterior, for the intervals of the parameters (0: none); by default
    `over_draws.DRAWS` where the catalog has draws of its numbers, and none, with a warning, where not.
    """
    from seedsoil.explorer.answers import provenance, tables
    from seedsoil.explorer.lists import lists
    from seedsoil.explorer.origins import sources
    from seedsoil.explorer.stories import course_part, sample, spread_part
    from seedsoil.explorer.women import Asking, women_under

    whole_number("women", women, most=MOST_WOMEN, problem="are no women of a pack")
    say = progress or (lambda _: None)
    drawn = _draws(catalog, draws)
    made = (
        f"seedsoil explore --make-pack DIR --women {women} --courses {courses} --seed {seed} "
        f"--draws {drawn}"
    )
    fit = _fit(catalog, trials)  # before the work, since the table may be none
    chosen = tuple(catalog.strategies[name] for name in strategies)
    found = {}
    for name in eras:
        say(f"{women:,} women of {name} under {len(chosen)} strategies")
        asking = Asking(chosen, ERAS[name], women, seed, catalog, threads=threads)
        found[name] = women_under(asking)
    answers, pairs = tables(asking, found, strategies, made)
    if drawn:
        _add_intervals(answers, asking, {name: ERAS[name] for name in eras}, drawn, say)
    small = min(women, SAMPLE)
    say(f"courses of {courses} women")
    runs = sample(catalog, small, seed, threads)
    of_sample = provenance(catalog, seed=seed, women=small, made=made)
    told = course_part(runs, catalog, courses, seed)
    spread = spread_part(runs, catalog)
    say("sources")
    named = [(name, one["source"]) for name, one in spread["numbers"].items() if one["source"]]
    parts = {
        "answers": answers,
        "pairs": pairs,
        "courses": {"schema": SCHEMA, "provenance": of_sample, **told},
        "spread": {"schema": SCHEMA, "provenance": of_sample, **spread},
        "fit": fit,
        "sources": sources(catalog, named),
        "lists": lists(catalog),
    }
    for name, data in parts.items():
        PARTS[name].model_validate(data)
    return {**parts, CHECK: checked(catalog, seed)}


def _draws(catalog: Catalog, draws: int | None) -> int:
    """How many draws are taken: as asked, or as many as usual where the catalog has draws of its numbers."""
    from seedsoil.explorer.over_draws import usual_draws
    from seedsoil.results.draws import check_draws

    if draws is not None:
        return check_draws(draws, catalog) if draws else 0
    usual = usual_draws(catalog)
    if not usual:
        logger.warning(
            "no interval of the pack holds what is not known of the parameters: there are no draws of these "
            "numbers"
        )
    return usual


def _add_intervals(
    answers: Data, asking: Asking, eras: Mapping[str, Era], draws: int, say: Callable[[str], None]
) -> None:
    """Put what is not known of the parameters into every cell that has enough women in every draw."""
    from seedsoil.explorer.answers import SEPARATOR
    from seedsoil.explorer.over_draws import DRAW_WOMEN, intervals

    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if done % 5 == 0 or done == draws:
            say(
                f"{done} of {draws} draws of the posterior, {DRAW_WOMEN:,} women of its own in each era"
            )

    names = answers["dimensions"]["strategy"]
    found = intervals(
        asking, eras, names, lambda *parts: SEPARATOR.join(parts), draws=draws, progress=tell
    )
    for key, mine in found.items():
        if key in answers["cells"]:
            answers["cells"][key]["parameter_interval"] = mine
    answers["provenance"]["parameter_interval"] = bool(found)


def checked(catalog: Catalog, seed: int) -> Data:
    """The answers by which a pack is checked (`contract.Answers`)."""
    from seedsoil.explorer.answers import tables
    from seedsoil.explorer.women import Asking, women_under

    chosen = tuple(catalog.strategies[name] for name in CHECKED_STRATEGIES)
    asking = Asking(chosen, ERAS[CHECKED_ERA], CHECKED, seed, catalog)
    found = {CHECKED_ERA: women_under(asking)}
    return tables(asking, found, CHECKED_STRATEGIES, "seedsoil explore --make-pack DIR")[0]


def write(parts: dict[str, Data], directory: Path) -> dict[str, int]:
    """Write each part into `directory`, in one step each; return the bytes of each, compressed."""
    from seedsoil.storage import write_whole

    directory.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, data in parts.items():
        # no time in the head of the file: the same numbers are the same bytes
        packed = gzip.compress(dumped(data).encode(), 9, mtime=0)
        write_whole(directory / (name + ENDING), packed)
        sizes[name] = len(packed)
    return sizes


def _fit(catalog: Catalog, trials: Path | None) -> Data:
    from seedsoil.explorer.fitting import fit, trials_of

    if trials is not None:
        return fit(catalog, trials_of(trials, catalog), "seedsoil validate --table")
    new = fit(catalog, [], None)
    try:
        before = read("fit")
    except InputError:
        return new
    kept = {name: before[name] for name in ("trials", "trials_provenance")}
    if (kept["trials_provenance"] or {}).get("parameters_hash") != catalog.hash():
        logger.warning(
            "trials of the pack are those of an earlier fit; give --trials a new table of `seedsoil validate`"
        )
    return {**new, **kept}
