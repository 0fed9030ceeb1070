"""What is wrong with an entry, as lines a person can act on: where, what, what is allowed, nearest name."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin

from pydantic import ValidationError

from seedsoil.catalog.entry import Entry
from seedsoil.catalog.places import entry_name, is_entry
from seedsoil.errors import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic.fields import FieldInfo

    from seedsoil.catalog.places import Starts

E = TypeVar("E", bound=Entry)
NAMES_SHOWN = 20
_WRITTEN = {"then_rules": "then", "crossover_rules": "crossover"}
"""Fields that hold what a file writes under another name."""
SLIP = 0.85
"""How alike a name and a mistyped one are at least. Names of drugs end alike: alpelisib, inavolisib."""
_NOUNS = {
    "float": "a number",
    "int": "a whole number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
}


def check_entry(
    model: type[E],
    data: Mapping[str, Any],
    where: str,
    problems: list[str],
    starts: Starts | None = None,
) -> E | None:
    """`data` as a `model`; or None, with a line for each thing wrong added to `problems`.

    `where` is the beginning of each line: the file and the key; `starts`, in which line of the file the
    entries of its lists begin.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems.extend(_line(model, dict(item), where, starts or {}) for item in error.errors())
        return None


def _line(model: type[Entry], error: dict[str, Any], where: str, starts: Starts) -> str:
    """One pydantic error as `file: key: field: what is wrong; what is allowed; nearest name`."""
    loc = error["loc"]
    inside = loc
    if len(loc) > 2 and is_entry(loc[0], starts):  # which is named first
        where, inside = f"{where}: {entry_name(loc[0], loc[1] + 1, starts)}", loc[2:]
    path = _path(inside)
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return unknown(where, "field", path, _field_names(owner(model, loc), inside))
    if kind == "missing":
        return f"{where}: field '{path}' is missing"
    if kind == "literal_error":
        allowed = _literals(model, loc)
        return f"{where}: {path} " + not_allowed(given, allowed)
    if kind == "finite_number":
        return f"{where}: {path} is {given}; it must be a finite number"
    if kind.endswith("_type") and kind.split("_")[0] in _NOUNS:
        return f"{where}: {path} is {shown(given)}; it must be {_NOUNS[kind.split('_')[0]]}"
    if kind == "too_short":
        return f"{where}: {path} is empty; it must name at least one"
    if kind == "value_error":
        return f"{where}: {path} is {shown(given)}: {error['ctx']['error']}"
    if kind == "string_pattern_mismatch" and loc[-1] == "nct":
        return f"{where}: {path} is {shown(given)}; it must be NCT and eight digits"
    if kind == "string_pattern_mismatch":
        return f"{where}: {path} is {shown(given)}; it must be an address beginning http:// or https://"
    return f"{where}: {path} is {shown(given)}: {error['msg']}"


def owner(model: type[Entry], loc: tuple[int | str, ...]) -> type[Entry]:
    """The class that holds the last field of `loc`: entries may be nested in lists of entries."""
    for part in loc[:-1]:
        fields = _fields(model)
        if part in fields:
            model = _nested(fields[part].annotation) or model
    return model


def _fields(model: type[Entry]) -> dict[int | str, FieldInfo]:
    """The fields of `model` by their names in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _field_names(model: type[Entry], loc: tuple[int | str, ...]) -> list[str]:
    """Names of the fields of `model` as written in a file, each after the path `loc` leads through."""
    return [_path((*loc[:-1], name)) for name in _fields(model)]


def _path(loc: tuple[int | str, ...]) -> str:
    """`("line", 2, "when", "age")` as `line 3.when.age`: entries of a list count from 1."""
    text = ""
    for part in loc:
        text += f" {part + 1}" if isinstance(part, int) else f".{_WRITTEN.get(part, part)}"
    return text.removeprefix(".")


def _nested(annotation: Any) -> type[Entry] | None:
    """The class of entries that a field holds, alone or in a list, or None."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    found = (_nested(part) for part in get_args(annotation))
    return next((part for part in found if part is not None), None)


def _literals(model: type[Entry], loc: tuple[int | str, ...]) -> list[str]:
    """The legal names of the field `loc` points to."""
    found = owner(model, loc)
    fields = _fields(found)
    name = next(part for part in reversed(loc) if part in fields)
    return _literal_args(fields[name].annotation)


def _literal_args(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(name) for name in get_args(annotation)]
    return [name for part in get_args(annotation) for name in _literal_args(part)]


def not_allowed(given: object, allowed: Iterable[str]) -> str:
    """What is said of a bad value: `'x' is not allowed; allowed: a, b; did you mean 'a'?`."""
    names = list(allowed)
    hint = nearest(str(given), names)
    return f"{shown(given)} is not allowed; allowed: {', '.join(names)}" + (
        f"; {hint}" if hint else ""
    )


def unknown(where: str, what: str, given: str, valid: Iterable[str]) -> str:
    """`file: key: unknown field 'x'; did you mean 'y'?`, or the valid names if none is near."""
    names = list(valid)
    hint = nearest(given, names)
    if not hint:
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        hint = f"known: {', '.join(names[:NAMES_SHOWN])}{more}"
    return f"{where}: unknown {what} '{given}'; {hint}"


def unknown_agent(
    where: str, what: str, given: str, valid: Iterable[str], kind: str | None = None
) -> str:
    """As `unknown`, of a drug or regimen: only a mistyped name is guessed, or its parts in another order.

    Another drug of the same ending is no guess. Else the names that share a part come first.
    `kind`: "drug" or "regimen", of which the file may define one, which is said.
    """
    names = list(valid)
    parts = _parts(given)
    meant = next((name for name in names if _slip(parts, _parts(name))), None)
    if meant is not None:
        return f"{where}: unknown {what} '{given}'; did you mean '{meant}'?"
    names.sort(key=lambda name: -len(set(parts) & set(_parts(name))))
    left = len(names) - NAMES_SHOWN
    known = ", ".join(names[:NAMES_SHOWN])
    if kind is None:
        return f"{where}: unknown {what} '{given}'; known: {known}" + f" and {left} more" * (
            left > 0
        )
    more = f" and {left} more (`seedsoil sources {kind}`)" if left > 0 else ""
    return (
        f"{where}: unknown {what} '{given}'; known: {known}{more}; or define it in the file under "
        f"[{kind}.{given}]"
    )


def _parts(name: str) -> list[str]:
    return sorted(part for part in re.split(r"[-_+. ]", name.casefold()) if part)


def _slip(given: list[str], name: list[str]) -> bool:
    """Whether every part of a name is nearly that of the other."""
    return len(given) == len(name) and all(
        difflib.SequenceMatcher(None, one, other).ratio() >= SLIP
        for one, other in zip(given, name, strict=True)
    )
