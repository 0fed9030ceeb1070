"""Trials by name or file. Imports nothing heavy, so that listing them is quick."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.catalog import Catalog, Strategy, load_strategy
from seedsoil.catalog.schema import unknown
from seedsoil.catalog.treatment_schema import Strategy
from seedsoil.errors import InputError, nearest
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog, Trial


def find_trial(name: str | Path, catalog: Catalog) -> Trial:
    """The catalog's trial of that name, or the trial of the TOML file at that path.

    Raises InputError with the nearest name for one that is neither.
    """
    text = str(name)
    if text in catalog.trials:
        return catalog.trials[text]
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        from seedsoil.catalog import load_trial

        if not path.exists():
            raise InputError(f"{path}: no such file; give a trial's name or a TOML file.")
        return load_trial(path, catalog)
    by_case = {known.casefold(): known for known in catalog.trials}
    near = nearest(text.casefold(), by_case).replace("did you mean '", "").removesuffix("'?")
    hint = f"did you mean '{by_case[near]}'? " if near else ""
    raise InputError(f"trial '{text}': no such trial; {hint}`seedsoil trial --list` names all.")


def trials_table(catalog: Catalog) -> list[dict[str, Any]]:
    """The trials of a catalog: name, role, year, women, description, population."""
    return [
        {
            "name": t.name,
            "role": t.role,
            "year": t.year,
            "women": sum(arm.n for arm in t.arms),
            "description": t.description,
            "population": t.population,
        }
        for t in sorted(catalog.trials.values(), key=lambda t: (t.role, t.name))
    ]


def find_strategy(strategy: str | Path | Strategy, catalog: Catalog) -> Strategy | None:
    """The strategy meant by a name of the catalog, a TOML file or itself; None if "untreated".

    Text that ends in `.toml` or holds a directory is a file. Raises `InputError` with the nearest name if
    there is none such, `DataErrors` with a line for each problem of a file.
    """
    if isinstance(strategy, Strategy):
        return strategy
    if strategy == UNTREATED:
        return None
    path = Path(strategy)
    if isinstance(strategy, Path) or path.suffix == ".toml" or path.name != strategy:
        return load_strategy(path, catalog)
    if strategy not in catalog.strategies:
        names = [*catalog.strategies, UNTREATED]
        raise InputError(unknown("strategy", "name", strategy, names) + " (or name a .toml file)")
    return catalog.strategies[strategy]


def strategy(name: str | Path, *, catalog: Catalog | None = None) -> Strategy:
    """A strategy of the catalog by its name, or of a TOML file by its path.

    Raises `InputError` for an unknown name (with the nearest one) and for a file with mistakes (all of
    them at once).
    """
    from seedsoil.catalog import load, load_strategy

    catalog = catalog or load()
    path = Path(name)
    if path.suffix == ".toml" or (isinstance(name, Path) and path.exists()):
        return load_strategy(path, catalog)
    return catalog.strategy(str(name))
