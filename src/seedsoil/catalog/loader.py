"""Loads the catalog, and strategies and trials; all problems of all files are reported together.

A user's directory overlays the packaged catalog key by key. A strategy or trial of a later directory
replaces one of the same name.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, TypeVar, get_args

from seedsoil.catalog.catalog import Catalog
from seedsoil.catalog.checking import Checker
from seedsoil.catalog.cost_files import read_costs
from seedsoil.catalog.dosing import read_dosing
from seedsoil.catalog.files import read_folder, read_toml
from seedsoil.catalog.known import NO_PROVENANCE, Known
from seedsoil.catalog.lazy import Lazy
from seedsoil.catalog.places import Tables, entry_name
from seedsoil.catalog.posterior import read_posterior
from seedsoil.catalog.reading import LATER, RawCatalog, read
from seedsoil.catalog.strategies import Strategy, build_strategy
from seedsoil.catalog.trials import Role, Trial, build_trial
from seedsoil.catalog.unreachable import never_taken
from seedsoil.errors import DataErrors, as_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from seedsoil.catalog.files import Place, Table

logger = logging.getLogger(__name__)

_PACKAGED: Place = (resources.files("seedsoil.catalog").joinpath("data"), "catalog")

Kind = TypeVar("Kind", Strategy, Trial)


def load(path: str | Path | None = None) -> Catalog:
    """The packaged catalog, overlaid by the files of the directory `path` if one is given.

    Raises `DataErrors` with one line for every problem of every file.
    """
    packaged, packaged_problems = _packaged()
    problems = list(packaged_problems)
    places: tuple[Place, ...] = (_PACKAGED,)
    user: RawCatalog | None = None
    folder = None if path is None else as_path("path", path, what="a directory of catalog files")
    if folder is not None:
        if not folder.is_dir():
            what = "is not a directory" if folder.exists() else "does not exist"
            raise DataErrors([f"{folder}: {what}; give a directory with catalog files"])
        try:
            user = read(folder, str(folder), problems)
        except OSError as error:
            raise DataErrors([f"{folder}: cannot be read: {error.strerror or error}"]) from error
        places = (*places, (folder, str(folder)))
    catalog = Checker(packaged, user, problems).catalog()
    if problems:
        raise DataErrors(problems)
    catalog = _with_files(catalog, places)
    if folder is not None and any(folder.joinpath(name).is_dir() for name in LATER):
        _read_later(catalog)
    return catalog


@cache
def _packaged() -> tuple[RawCatalog, tuple[str, ...]]:
    """What the packaged files say, unchecked: read once, because reading takes longer than checking."""
    problems: list[str] = []
    return read(*_PACKAGED, problems), tuple(problems)


def _with_files(catalog: Catalog, places: tuple[Place, ...]) -> Catalog:
    """The catalog with the strategies and trials of the directories `places`, which are read later."""
    known = _known(catalog)
    strategies = Lazy(lambda: _of_folder(build_strategy, "strategies", places, known))
    then_known = dataclasses.replace(known, strategies=strategies)
    trials = Lazy(lambda: _of_folder(build_trial, "trials", places, then_known))
    dosings = Lazy(lambda: {"all": read_dosing(places, catalog.sources)})
    posteriors = Lazy(lambda: read_posterior(places))
    costs = read_costs(places, catalog.sources, catalog.drugs, then_known)
    return dataclasses.replace(
        catalog,
        strategies=strategies,
        trials=trials,
        dosings=dosings,
        costs=costs,
        posteriors=posteriors,
    )


def _known(catalog: Catalog) -> Known:
    """What the file of a strategy or trial may name."""
    return Known(
        sources=catalog.sources,
        drugs=catalog.drugs,
        regimens=catalog.regimens,
        kills=catalog.parameters["drug.log_kill"].values,
        eras=catalog.policies.adjuvant,
        strategies=catalog.strategies,
    )


def _read_later(catalog: Catalog) -> None:
    """Check a user's strategies, trials, doses and prices now and not on first use."""
    problems: list[str] = []
    later: tuple[Mapping[str, object], ...] = (
        catalog.strategies,
        catalog.trials,
        catalog.dosings,
        *catalog.costs[1:],
    )
    for entries in later:
        try:
            len(entries)
        except DataErrors as error:
            problems += error.problems
    if problems:
        raise DataErrors(list(dict.fromkeys(problems)))


_NEW_STRATEGY: Table = {"description": "", "scan_weeks": 12.0, "bone_agent": True}
"""What a user's strategy is unless it says otherwise."""


def strategy_of(where: str, table: Table, catalog: Catalog) -> Strategy:
    """The strategy of a `table` with a name that is no file, as a file would say it, checked like one.

    `where` is the beginning of each line of the `DataErrors` that are raised.
    """
    problems: list[str] = []
    given = Tables(table, {}).over({**_NEW_STRATEGY, **NO_PROVENANCE})
    strategy = build_strategy(where, given, _known(catalog), problems)
    if problems or strategy is None:
        raise DataErrors(problems)
    return strategy


def load_strategy(path: Path, catalog: Catalog) -> Strategy:
    """The strategy of a user's file, checked against `catalog`.

    `name` may be left out (the file's name is taken), and so may `description`, `scan_weeks` (12),
    `bone_agent` (true) and the provenance. Raises `DataErrors` with a line for each problem.
    """
    problems: list[str] = []
    table = _table(path, problems)
    if "line" not in table:
        problems.append(
            f"{path}: no [[line]] is given; add one, or line = [] for no systemic therapy"
        )
    strategy = _of_file(build_strategy, path, table.over(_NEW_STRATEGY), catalog, problems)
    for number, before in never_taken([line.when for line in strategy.lines]).items():
        names = [entry_name("line", n, table.starts) for n in (number, *before)]
        take = "takes" if len(before) == 1 else "together take"
        logger.warning(
            "%s: %s can never be taken: %s %s every woman that it would",
            path, names[0], " and ".join(names[1:]), take,
        )  # fmt: skip
    return strategy


def load_trial(path: Path, catalog: Catalog) -> Trial:
    """The trial of a user's file, checked against `catalog`.

    `name` may be left out (the file's name is taken), and so may `population`, the provenance and whatever
    was published. `before` and `after` may name a strategy's TOML file, seen from the trial's. Its role is
    "own", whatever it says: what is fitted is of the catalog. Raises `DataErrors` with a line for each
    problem.
    """
    problems: list[str] = []
    table = _table(path, problems)
    defaults: Table = {"description": path.stem, "population": ""}
    if table.get("role") in get_args(Role):
        del table["role"]
    strategies = _strategies_named(path, table, catalog, problems)
    if problems:
        raise DataErrors(problems)
    build = functools.partial(build_trial, strategies=strategies)
    return _of_file(build, path, table.over({**defaults, "role": "own"}), catalog, problems)


def _strategies_named(
    path: Path, table: Table, catalog: Catalog, problems: list[str]
) -> dict[str, Strategy]:
    """The strategies of the files that `before` and `after` of a trial name; not those of the catalog."""
    found: dict[str, Strategy] = {}
    for field in ("before", "after"):
        name = table.get(field)
        if not isinstance(name, str) or name in catalog.strategies or name in found:
            continue
        file = path.parent / name
        if file.suffix != ".toml" and not file.is_file():
            continue  # which is complained about as an unknown name
        if not file.exists():
            problems.append(
                f"{path}: {field}: {file}: no such file; give a strategy or its TOML file"
            )
            continue
        try:
            found[name] = load_strategy(file, catalog)
        except DataErrors as error:
            problems += error.problems
    return found


def _table(path: Path, problems: list[str]) -> Tables:
    if path.is_dir():
        raise DataErrors([f"{path}: is a directory; give a TOML file"])
    table = read_toml(path, str(path), problems)
    if table is None:
        raise DataErrors(problems)
    return table


def _of_file(
    build: Callable[[str, Tables, Known, list[str]], Kind | None],
    path: Path,
    table: Tables,
    catalog: Catalog,
    problems: list[str],
) -> Kind:
    given = table.over({"name": path.stem, **NO_PROVENANCE})
    entry = build(str(path), given, _known(catalog), problems)
    if problems or entry is None:
        raise DataErrors(problems)
    return entry


def _of_folder(
    build: Callable[[str, Tables, Known, list[str]], Kind | None],
    folder: str,
    places: tuple[Place, ...],
    known: Known,
) -> dict[str, Kind]:
    """The strategies or trials of the directories by name; `DataErrors` with every problem."""
    problems: list[str] = []
    result: dict[str, Kind] = {}
    for directory, label in places:
        files: dict[str, str] = {}
        for where, table in read_folder(directory, folder, label, problems):
            entry = build(where, table, known, problems)
            if entry is None:
                continue
            if entry.name in files:
                problems.append(f"{where}: name '{entry.name}' is also that of {files[entry.name]}")
            files[entry.name] = where
            if directory is _PACKAGED[0] and isinstance(entry, Trial):
                entry = entry.model_copy(update={"packaged": True})
            result[entry.name] = entry
    if problems:
        raise DataErrors(problems)
    return result
