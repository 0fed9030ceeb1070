"""Strategies and trials by name or file. Imports nothing heavy, so that listing them is quick."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.loader import load, load_strategy, load_trial
from seedsoil.catalog.strategies import Strategy
from seedsoil.catalog.trials import Trial
from seedsoil.errors import InputError, nearest_name, printable, shown
from seedsoil.vocabulary import UNTREATED

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from seedsoil.catalog.catalog import Catalog


def strategy(name: str | Path | Strategy, *, catalog: Catalog | None = None) -> Strategy | None:
    """The strategy meant by a name of the catalog, the path of a TOML file or itself; None if "untreated".

    A name of the catalog goes before a file of that name. Without a `catalog` it is the packaged one.
    Raises `InputError` with the nearest name if there is none such, `DataErrors` with a line for each
    problem of a file.
    """
    if isinstance(name, Strategy):
        _require_printable("strategy", name.name)
        return name
    if isinstance(name, str) and name == UNTREATED:
        return None
    catalog = load() if catalog is None else catalog
    path = _file_meant(name, catalog.strategies, "a strategy")
    if path is not None:
        return load_strategy(path, catalog)
    text = str(name)
    if text not in catalog.strategies:
        names = [*catalog.strategies, UNTREATED]
        raise InputError(unknown("strategy", "name", text, names) + " (or name a .toml file)")
    return catalog.strategies[text]


def find_trial(name: str | Path | Trial, *, catalog: Catalog | None = None) -> Trial:
    """The trial meant by a name of the catalog, the path of a TOML file or itself.

    A name of the catalog goes before a file of that name. Without a `catalog` it is the packaged one.
    Raises `InputError` with the nearest name if there is none such, `DataErrors` with a line for each
    problem of a file.
    """
    if isinstance(name, Trial):
        _require_printable("trial", name.name)
        for arm in name.arms:
            _require_printable("arm", arm.name)
        return name
    catalog = load() if catalog is None else catalog
    path = _file_meant(name, catalog.trials, "a trial")
    if path is not None:
        if not path.exists():
            raise InputError(f"{path}: no such file; give a trial's name or a TOML file.")
        return load_trial(path, catalog)
    text = str(name)
    if text in catalog.trials:
        return catalog.trials[text]
    hint = _trial_hint(text, catalog.trials)
    raise InputError(f"trial '{text}': no such trial; {hint}`seedsoil trial --list` names all.")


def _require_printable(what: str, name: str) -> None:
    """What files may not hold, an object made in Python may not either."""
    if not printable(name):
        raise InputError(f"the name of the {what} {shown(name)} has a control character")


def _trial_hint(given: str, known: Iterable[str]) -> str:
    """The trial meant, or those of that name: one with another number is another trial, and no guess."""
    names = list(known)
    letters, numbers = _parts(given)
    family = [name for name in names if letters and _parts(name)[0].startswith(letters)]
    same = [name for name in family if _parts(name)[1] == numbers]
    if len(same) != 1 and family:
        return f"of that name: {', '.join(same or family)}; "
    by_case = {name.casefold(): name for name in names}
    near = nearest_name(given.casefold(), by_case)
    meant = same[0] if same else None if near is None else by_case[near]
    if meant is None or _parts(meant)[1] != numbers:
        return ""
    return f"did you mean '{meant}'? "


def _parts(name: str) -> tuple[str, list[int]]:
    """The letters of a name, and its numbers."""
    letters = "".join(c for c in name.casefold() if c.isalpha())
    return letters, [int(number) for number in re.findall(r"[0-9]{1,9}", name)]


def _file_meant(name: str | Path, known: Container[str], what: str) -> Path | None:
    """The file that `name` means: it is no known name, and ends in .toml, holds a folder or is there.

    A word that is the name of a directory means a name, for results are written to directories.
    """
    if not isinstance(name, (str, Path)):
        raise InputError(
            f"{shown(name)} is not {what}; give a name of the catalog in quotes or the path of a TOML file"
        )
    path = Path(name)
    if str(name) in known:
        return None
    if path.suffix != ".toml" and path.name == str(name) and not path.is_file():
        return None
    return path


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
