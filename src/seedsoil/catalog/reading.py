"""Reads the files of a catalog directory into plain tables, one line of complaint for each bad file."""

from __future__ import annotations

import csv
import io
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from seedsoil.catalog.schema import FitRecord, LifeTableRow, check_entry, unknown
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

FOLDERS = ("parameters", "targets")
SOURCES = (
    "sources.toml",
    "sources_treatment.toml",
    "sources_utility.toml",
    "sources_combination.toml",
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
LATER = ("strategies", "trials")
"""Folders that are read when somebody asks for them."""
BESIDE = ("fitted.csv", "fitted_drugs.csv", "misses.toml")
"""Files about the fit that lie in a catalog directory and hold no entry of it."""
LAST_AGE = 100


class Raw(NamedTuple):
    """An entry as written and the file it is in."""

    file: str
    data: dict[str, Any]


class Fitted(NamedTuple):
    """A `fitted.toml`: its record, values and standard errors by full name, and the file."""

    file: str
    record: FitRecord | None
    values: dict[str, Any]
    ses: dict[str, Any]


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
            raw.life_table = _read_life_table(place, f"{label}/{name}", problems)
        elif name in FILES:
            table = read_toml(place, f"{label}/{name}", problems)
            if table is not None:
                _SPLITTERS[name](raw, f"{label}/{name}", table, problems)
        else:
            for where, table in read_folder(directory, name, label, problems):
                _SPLITTERS[name](raw, where, table, problems)
    return raw


def read_folder(
    directory: Traversable, name: str, label: str, problems: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the complaints call each TOML file of the folder `name`, and its tables, by file name."""
    place = directory.joinpath(name)
    if not place.is_dir():
        return
    for file in sorted(place.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            where = f"{label}/{name}/{file.name}"
            table = read_toml(file, where, problems)
            if table is not None:
                yield where, table


def _known_names(directory: Traversable, label: str, problems: list[str]) -> Iterator[str]:
    """Names of the catalog files and folders present; misnamed ones are complained about."""
    present = {entry.name: entry for entry in directory.iterdir()}
    for name, entry in sorted(present.items()):
        named_like_data = name.endswith((".toml", ".csv")) or entry.is_dir()
        known_name = name in FILES + FOLDERS + LATER + BESIDE or name.startswith(("_", "."))
        if named_like_data and not known_name:
            problems.append(unknown(label, "file or folder", name, FILES + FOLDERS + LATER))
    known = [name for name in FOLDERS + LATER + FILES if name in present]
    if not known and not problems:
        names = ", ".join(FOLDERS + LATER + FILES)
        problems.append(f"{label}: holds no catalog file; known: {names}")
    for name in known:
        folder = name in FOLDERS + LATER
        if folder != present[name].is_dir():
            problems.append(f"{label}/{name}: must be a {'folder' if folder else 'file'}")
        elif name not in LATER:
            yield name


def read_text(file: Traversable, where: str, problems: list[str]) -> str | None:
    """The text of a file, or None and a line if it cannot be read or is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems.append(f"{where}: cannot be read: {error.strerror or error}")
    except UnicodeDecodeError as error:
        problems.append(f"{where}: is not UTF-8 text (byte {error.start}); save it as UTF-8")
    return None


def read_toml(file: Traversable, where: str, problems: list[str]) -> dict[str, Any] | None:
    """The tables of a TOML file, or None and a line."""
    text = read_text(file, where, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{where}: is not valid TOML: {error}")
    except RecursionError:
        problems.append(f"{where}: is not valid TOML: nested too deeply")
    return None


_Splitter = Callable[[RawCatalog, str, dict[str, Any], list[str]], None]


def _is_table(value: object, where: str, what: str, problems: list[str]) -> bool:
    if not isinstance(value, dict):
        problems.append(f"{where}: must be {what}, not {value!r}")
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


def _read_life_table(
    file: Traversable, where: str, problems: list[str]
) -> tuple[LifeTableRow, ...] | None:
    """Rows of `life_table.csv`: columns age, rate_per_year; ages 0, 1, 2 ... to at least 100."""
    text = read_text(file, where, problems)
    if text is None:
        return None
    lines = list(csv.reader(io.StringIO(text)))
    header = ["age", "rate_per_year"]
    if not lines or lines[0] != header:
        given = ",".join(lines[0]) if lines else "nothing"
        problems.append(f"{where}: line 1: header is '{given}'; it must be '{','.join(header)}'")
        return None
    rows: list[LifeTableRow] = []
    bad = len(problems)
    for number, line in enumerate(lines[1:], start=2):
        try:
            age, rate = (float(cell) for cell in line)
        except ValueError:
            problems.append(f"{where}: line {number}: '{','.join(line)}' is not two numbers")
            continue
        if age != number - 2:
            problems.append(f"{where}: line {number}: age {line[0]}; expected {number - 2}")
        if not 0.0 <= rate <= 100.0:
            problems.append(f"{where}: line {number}: rate {line[1]} is not within 0 to 100")
        rows.append(LifeTableRow(number - 2, rate))
    if len(rows) <= LAST_AGE and len(problems) == bad:
        problems.append(f"{where}: ends at age {len(rows) - 1}; it must reach {LAST_AGE}")
    return tuple(rows)


def write_fitted(
    path: Path,
    values: Mapping[str, float],
    ses: Mapping[str, float],
    meta: Mapping[str, str | int],
) -> None:
    """Write a `fitted.toml`: values and standard errors by full name, and what made them.

    `meta` has the fields of `FitRecord`. The file appears whole or not at all; equal input gives equal
    bytes. Raises `InputError` for a number that is not finite or an incomplete `meta`.
    """
    problems: list[str] = []
    record = check_entry(FitRecord, dict(meta), f"{path}: fit", problems)
    for table in (values, ses):
        for name, value in table.items():
            if not abs(value) < float("inf"):
                problems.append(f"{path}: {name}: {value} is not a finite number")
    if problems or record is None:
        raise InputError("\n".join(problems))
    lines = [
        "# Written by `seedsoil fit`: overlays the start values of parameters/*.toml.",
        "",
        "[fit]",
    ]
    for key, entry in record.model_dump(exclude_defaults=True).items():
        lines.append(f"{key} = {entry if isinstance(entry, int) else _quoted(entry)}")
    for heading, table in (("values", values), ("se", ses)):
        lines += ["", f"[{heading}]"]
        lines += [f"{_quoted(name)} = {float(number)!r}" for name, number in table.items()]
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escapes = {'"': '\\"', "\\": "\\\\"}
    body = "".join(escapes.get(c, c if c.isprintable() else f"\\U{ord(c):08x}") for c in text)
    return f'"{body}"'
