"""Scenarios: files that say what is otherwise than in the base case.

A file is one of prices (see `prices`), which go before those of the perspective, and may have a table
`[scenario]` besides: `description`; `horizon`, years; `discount_costs` and `discount_effects`, rates a
year; and `set`, numbers of the model as `--set` changes them.

    [scenario]
    description = "Trastuzumab deruxtecan at half its price; progressed disease is worth less"
    set = { "utility.progressed" = "-20%" }

    ["drug.trastuzumab-deruxtecan"]
    packages = [{ mg = 100, price = 727.5 }]
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.catalog.complaints import check_entry
from seedsoil.catalog.costs import SCENARIO
from seedsoil.catalog.files import read_toml
from seedsoil.catalog.overrides import overridden
from seedsoil.catalog.scenario_entry import ScenarioEntry
from seedsoil.economics.utilities import utility_spreads
from seedsoil.errors import DataErrors, InputError, as_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.asked import Asked
    from seedsoil.results.discounting import Discounting


class Scenario(NamedTuple):
    """A scenario: its name, what it says of itself, and the question it asks."""

    name: str
    description: str
    asked: Asked


def scenarios_of(files: Sequence[str | Path], asked: Asked) -> list[Scenario]:
    """The scenarios of these files, each a change of the base case.

    Raises InputError for a file that is not there and two of one name, DataErrors with a line for each
    problem of a file.
    """
    if isinstance(files, str | Path):
        raise InputError(f"scenarios={files}: give a list of files")
    found = [_scenario(as_path("scenario", file, what="a TOML file"), asked) for file in files]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"scenario '{name}': two files have this name; rename one")
    return found


def _scenario(path: Path, asked: Asked) -> Scenario:
    problems: list[str] = []
    table = read_toml(path, str(path), problems)
    entry = None
    if table is not None:
        given = table.get(SCENARIO, {})
        if isinstance(given, dict):
            entry = check_entry(ScenarioEntry, given, f"{path}: {SCENARIO}", problems)
        else:
            problems.append(f"{path}: {SCENARIO} must be a table, [{SCENARIO}]")
    if problems or entry is None:
        raise DataErrors(problems)
    catalog = asked.catalog
    if entry.set:
        changes = [f"{key}={value}" for key, value in entry.set.items()]
        try:
            catalog = overridden(catalog, changes)
            utility_spreads(catalog)
        except DataErrors as error:
            raise DataErrors(
                [f"{path}: {p.replace('--set', 'set', 1)}" for p in error.problems]
            ) from None
    prices = asked.prices.overlaid(path, catalog)
    horizon = asked.horizon if entry.horizon is None else entry.horizon
    return Scenario(
        path.stem,
        entry.description,
        dataclasses.replace(
            asked,
            catalog=catalog,
            prices=prices,
            costs=_discounting(asked.costs, entry.discount_costs, horizon),
            effects=_discounting(asked.effects, entry.discount_effects, horizon),
        ),
    )


def _discounting(base: Discounting, rate: float | None, horizon: float) -> Discounting:
    return dataclasses.replace(base, rate=base.rate if rate is None else rate, horizon=horizon)
