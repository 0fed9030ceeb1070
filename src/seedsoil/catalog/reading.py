"""The files of a catalog directory as unchecked entries by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from seedsoil.catalog.complaints import check_entry, unknown
from seedsoil.catalog.files import read_folder, read_toml
from seedsoil.catalog.fits import FitRecord, Fitted
from seedsoil.catalog.life_table import LifeTableRow, read_life_table
from seedsoil.errors import shown

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

FOLDERS = ("parameters", "targets")
SOURCES = (
    "sources.toml",
    "sources_treatment.toml",
    "sources_utility.toml",
    "sources_combination.toml",
    "sources_presentation.toml",
    "sources_places.toml",
    "sources_dosing.toml",
    "sources_costs.toml",
)
FILES = (
    *SOURCES,
    "policies.toml",
    "drugs.toml",
    "regimens.toml",
    "fitted.toml",
    "fitted_drugs.toml",
    "life_table.csv",
)
DRAWS = "posterior.parquet"
"""Draws of the posterior, which `Catalog.draw` reads."""
LATER = ("strategies", "trials", "costs")
"""Folders that are read when somebody asks for them."""
BESIDE = ("fitted.csv", "fitted_drugs.csv", "misses.toml", "not_coded.toml", "second_coding.csv")
"""Files about the fit and the second coding that lie in a catalog directory and hold no entry of it."""


class Raw(NamedTuple):
    """An entry as written and the file it is in."""

    file: str
    data: dict[str, Any]


@dataclass
class RawCatalog:
    """The entries of one directory, unchecked, by key."""

    parameters: dict[str, Raw] = field(default_factory=dict)
    groups: dict[str, Raw] = field(default_factory=dict)
    cells: dict[tuple[str, str], Raw] = field(default_factory=dict)
    sources: dict[str, Raw] = field(default_factory=dict)
    screening: dict[str, Raw] = field(default_factory=dict)
    adjuvant: dict[str, Raw] = field(default_factory=dict)
    drugs: dict[str, Raw] = field(default_factory=dict)
    regimens: dict[str, Raw] = field(default_factory=dict)
    life_table: tuple[LifeTableRow, ...] | None = None
    fitted: Fitted | None = None
    fitted_drugs: Fitted | None = None


def read(directory: Traversable, label: str, problems: list[str]) -> RawCatalog:
    """Everything in `directory`, whose files are called `label`/name in complaints."""
    raw = RawCatalog()
    for name in _known_names(directory, label, problems):
        place = directory.joinpath(name)
        if name == "life_table.csv":
            raw.life_table = read_life_table(place, f"{label}/{name}", problems)
        elif name in FILES:
            table = read_toml(place, f"{label}/{name}", problems)
            if table is not None:
                _SPLITTERS[name](raw, f"{label}/{name}", table, problems)
        else:
            for where, table in read_folder(directory, name, label, problems):
                _SPLITTERS[name](raw, where, table, problems)
    return raw


def _known_names(directory: Traversable, label: str, problems: list[str]) -> Iterator[str]:
    """Names of the catalog files and folders present; misnamed ones are complained about."""
    present = {entry.name: entry for entry in directory.iterdir()}
    for name, entry in sorted(present.items()):
        named_like_data = name.endswith((".toml", ".csv")) or entry.is_dir()
        known_name = name in FILES + FOLDERS + LATER + BESIDE or name.startswith(("_", "."))
        if named_like_data and not known_name:
            problems.append(unknown(label, "file or folder", name, FILES + FOLDERS + LATER))
    known = [name for name in FOLDERS + LATER + FILES if name in present]
    if not known and DRAWS not in present and not problems:
        names = ", ".join((*FOLDERS, *LATER, *FILES, DRAWS))
        problems.append(f"{label}: holds no catalog file; known: {names}")
    for name in known:
        folder = name in FOLDERS + LATER
        if folder != present[name].is_dir():
            problems.append(f"{label}/{name}: must be a {'folder' if folder else 'file'}")
        elif name not in LATER:
            yield name


_Splitter = Callable[[RawCatalog, str, dict[str, Any], list[str]], None]


def _is_table(value: object, where: str, what: str, problems: list[str]) -> bool:
    if not isinstance(value, dict):
        problems.append(f"{where}: must be {what}, not {shown(value)}")
    return isinstance(value, dict)


def _add(store: dict[Any, Raw], key: Any, entry: Raw, where: str, problems: list[str]) -> None:
    if key in store:
        problems.append(f"{where}: is given twice, also in {store[key].file}")
    else:
        store[key] = entry


def _parameters(raw: RawCatalog, file: str, table: dict[str, Any], problems: list[str]) -> None:
    for mechanism, entries in table.items():
        where = f"{file}: {mechanism}"
        if not _is_table(entries, where, f"tables named [{mechanism}.name]", problems):
            continue
        for name, entry in entries.items():
            key = f"{mechanism}.{name}"
            if _is_table(entry, f"{file}: {key}", f"a table [{key}]", problems):
                _add(raw.parameters, key, Raw(file, entry), f"{file}: {key}", problems)


def _targets(raw: RawCatalog, file: str, table: dict[str, Any], problems: list[str]) -> None:
    group = file.rpartition("/")[2].removesuffix(".toml")
    cells = table.pop("cells", {})
    raw.groups[group] = Raw(file, table)
    if _is_table(cells, f"{file}: cells", "tables named [cells.name]", problems):
        for name, cell in cells.items():
            if _is_table(cell, f"{file}: {name}", f"a table [cells.{name}]", problems):
                raw.cells[group, name] = Raw(file, cell)


def _keyed(store: str) -> _Splitter:
    """A splitter for files with one table an entry, which go into the field `store`."""

    def split(raw: RawCatalog, file: str, table: dict[str, Any], problems: list[str]) -> None:
        for key, entry in table.items():
            where = f"{file}: {key}"
            if _is_table(entry, where, f"a table [{key}]", problems):
                _add(getattr(raw, store), key, Raw(file, entry), where, problems)

    return split


def _policies(raw: RawCatalog, file: str, table: dict[str, Any], problems: list[str]) -> None:
    kinds = {"screening": raw.screening, "adjuvant": raw.adjuvant}
    for kind, entries in table.items():
        if kind not in kinds:
            problems.append(unknown(file, "kind of policy", kind, kinds))
            continue
        if not _is_table(entries, f"{file}: {kind}", f"tables named [{kind}.name]", problems):
            continue
        for name, entry in entries.items():
            if _is_table(entry, f"{file}: {kind}.{name}", "a table", problems):
                kinds[kind][name] = Raw(file, entry)


def _read_fitted(file: str, table: dict[str, Any], problems: list[str]) -> Fitted:
    parts: dict[str, dict[str, Any]] = {}
    for name in ("fit", "values", "se"):
        part = table.pop(name, {})
        parts[name] = part if _is_table(part, f"{file}: {name}", "a table", problems) else {}
    problems.extend(unknown(file, "table", name, ("fit", "values", "se")) for name in table)
    record = check_entry(FitRecord, parts["fit"], f"{file}: fit", problems)
    return Fitted(file, record, parts["values"], parts["se"])


def _fitted(raw: RawCatalog, file: str, table: dict[str, Any], problems: list[str]) -> None:
    raw.fitted = _read_fitted(file, table, problems)


def _fitted_drugs(raw: RawCatalog, file: str, table: dict[str, Any], problems: list[str]) -> None:
    raw.fitted_drugs = _read_fitted(file, table, problems)


_SPLITTERS: dict[str, _Splitter] = {
    "parameters": _parameters,
    "targets": _targets,
    **dict.fromkeys(SOURCES, _keyed("sources")),
    "policies.toml": _policies,
    "drugs.toml": _keyed("drugs"),
    "regimens.toml": _keyed("regimens"),
    "fitted.toml": _fitted,
    "fitted_drugs.toml": _fitted_drugs,
}
