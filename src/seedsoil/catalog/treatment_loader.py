"""Reads strategies and trials: the catalog's own, and a user's files.

A strategy or trial of a later directory replaces one of the same name. All problems of all files are
reported together. A user's file may define its own `[drug.NAME]` and `[regimen.NAME]`, and may leave out
where its numbers come from: they count as assumptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from seedsoil.catalog.reading import read_folder, read_toml
from seedsoil.catalog.schema import E, check_entry
from seedsoil.catalog.treatment_checks import Known, check_drug, check_regimen
from seedsoil.catalog.treatment_schema import (
    Drug,
    Line,
    Regimen,
    Strategy,
    StrategyEntry,
    Trial,
    TrialEntry,
)
from seedsoil.catalog.trial_checks import check_line, check_strategy, check_trial
from seedsoil.errors import DataErrors
from seedsoil.vocabulary import ORGANS, SUBTYPE_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seedsoil.catalog.catalog import Catalog

Table = dict[str, Any]

_NO_PROVENANCE: Table = {"sources": [], "status": "assumption", "confidence": "low", "note": ""}
_NEW_DRUG: Table = {
    "description": "defined in the file of a strategy or trial",
    "subtypes": dict.fromkeys(SUBTYPE_KEYS, 1.0),
    "exposure": dict.fromkeys(ORGANS, 1.0),
    "grade3_plus": 0.0,
    "discontinuation": 0.0,
    "toxic_death": 0.0,
    "schedule": "not given",
    "population": "not given",
}
"""What a user's new drug is unless her file says otherwise: it acts in everyone and everywhere, and harms
nobody. A neutral element, not a finding."""
_NEW_REGIMEN: Table = {
    "description": "defined in the file of a strategy or trial",
    "population": "not given",
}

Kind = TypeVar("Kind", Strategy, Trial)


def packaged_strategies(catalog: Catalog) -> dict[str, Strategy]:
    """The strategies of the catalog's directories by name; `DataErrors` with every problem."""
    return _of_folder(Strategy, "strategies", catalog)


def packaged_trials(catalog: Catalog) -> dict[str, Trial]:
    """The trials of the catalog's directories by name; `DataErrors` with every problem."""
    return _of_folder(Trial, "trials", catalog)


def load_strategy(path: Path, catalog: Catalog) -> Strategy:
    """The strategy of a user's file, checked against `catalog`.

    `name` may be left out (the file's name is taken), and so may `description`, `scan_weeks` (12),
    `bone_agent` (true) and the provenance. Raises `DataErrors` with a line for each problem.
    """
    from_catalog = {"scan_weeks": 12.0, "bone_agent": True}
    return _of_file(Strategy, path, catalog, {"description": "", **from_catalog})


def load_trial(path: Path, catalog: Catalog) -> Trial:
    """The trial of a user's file, checked against `catalog`.

    `name` may be left out (the file's name is taken), and so may `population`, the provenance and whatever
    was published. Raises `DataErrors` with a line for each problem.
    """
    return _of_file(Trial, path, catalog, {"description": path.stem, "population": ""})


def _of_folder(kind: type[Kind], folder: str, catalog: Catalog) -> dict[str, Kind]:
    problems: list[str] = []
    result: dict[str, Kind] = {}
    for directory, label in catalog.places:
        files: dict[str, str] = {}
        for where, table in read_folder(directory, folder, label, problems):
            entry = _build(kind, where, table, catalog, problems)
            if entry is None:
                continue
            if entry.name in files:
                problems.append(f"{where}: name '{entry.name}' is also that of {files[entry.name]}")
            files[entry.name] = where
            result[entry.name] = entry
    if problems:
        raise DataErrors(problems)
    return result


def _of_file(kind: type[Kind], path: Path, catalog: Catalog, defaults: Table) -> Kind:
    problems: list[str] = []
    if path.is_dir():
        raise DataErrors([f"{path}: is a directory; give a TOML file"])
    table = read_toml(path, str(path), problems)
    entry: Kind | None = None
    if table is not None:
        if kind is Strategy and "line" not in table:
            problems.append(
                f"{path}: no [[line]] is given; add one, or line = [] for no systemic therapy"
            )
        given = {"name": path.stem, **defaults, **_NO_PROVENANCE, **table}
        entry = _build(kind, str(path), given, catalog, problems)
    if problems or entry is None:
        raise DataErrors(problems)
    return entry


def _build(
    kind: type[Kind], where: str, table: Table, catalog: Catalog, problems: list[str]
) -> Kind | None:
    """A strategy or trial from its tables, with a line for each problem."""
    table = dict(table)
    drugs = _own(Drug, where, table.pop("drug", {}), catalog.drugs, _NEW_DRUG, problems)
    regimens = _own(
        Regimen, where, table.pop("regimen", {}), catalog.regimens, _NEW_REGIMEN, problems
    )
    known = Known({**catalog.drugs, **drugs}, {**catalog.regimens, **regimens})
    items = catalog.parameters["drug.log_kill"].values
    for name, drug in drugs.items():
        check_drug(f"{where}: drug.{name}", name, drug, items, problems)
    for name, regimen in regimens.items():
        check_regimen(f"{where}: regimen.{name}", name, regimen, known.drugs, problems)
    if kind is Strategy:
        strategy = check_entry(StrategyEntry, table, where, problems)
        if strategy is None:
            _check_sound_lines(where, table.get("line"), known, problems)
            return None
        check_strategy(where, strategy, known, catalog, problems)
        return _extended(kind, strategy, drugs, regimens)
    trial = check_entry(TrialEntry, table, where, problems)
    if trial is None:
        return None
    check_trial(where, trial, known, catalog, problems)
    return _extended(kind, trial, drugs, regimens)


def _check_sound_lines(where: str, lines: Any, known: Known, problems: list[str]) -> None:
    """Check the rules that are sound in a strategy that is not, so that all is reported at once."""
    for number, table in enumerate(lines if isinstance(lines, list) else [], start=1):
        line = check_entry(Line, table, where, [])
        if line is not None:
            check_line(f"{where}: line {number}", line, known, problems)


def _extended(
    kind: type[Kind],
    entry: StrategyEntry | TrialEntry,
    drugs: Mapping[str, Drug],
    regimens: Mapping[str, Regimen],
) -> Kind:
    """`entry`, whose fields are sound, with the drugs and regimens of its file."""
    fields = {name: getattr(entry, name) for name in type(entry).model_fields}
    return kind.model_construct(**fields, drugs=dict(drugs), regimens=dict(regimens))


def _own(
    model: type[E],
    where: str,
    tables: Any,
    catalog: Mapping[str, E],
    new: Table,
    problems: list[str],
) -> dict[str, E]:
    """The drugs or regimens that a file defines: new, or changes to one of the catalog."""
    noun = model.__name__.lower()
    if not isinstance(tables, dict):
        problems.append(f"{where}: {noun}: must be tables named [{noun}.NAME], not {tables!r}")
        return {}
    result: dict[str, E] = {}
    for name, table in tables.items():
        here = f"{where}: {noun}.{name}"
        if not isinstance(table, dict):
            problems.append(f"{here}: must be a table [{noun}.{name}], not {table!r}")
            continue
        before = new
        if name in catalog:
            before = catalog[name].model_dump(by_alias=True, exclude_none=True)
        data = {**before, **_NO_PROVENANCE, **table}
        if model is Drug and "mechanisms" not in data and isinstance(data.get("kill"), dict):
            data["mechanisms"] = list(data["kill"])
        entry = check_entry(model, data, here, problems)
        if entry is not None:
            result[name] = entry
    return result
