"""One-line changes of the model's numbers: `growth.log_rate:tnbc=-1.0`, `drug.log_kill:fulvestrant=+20%`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.parameters import full_name
from seedsoil.errors import DataErrors, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.parameters import Parameter

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_CHANGE = re.compile(rf"(?P<sign>[+-])?(?P<percent>{_NUMBER.removeprefix('[+-]?')})\s*%")
_PLAIN = (
    "1/year", "cells", "cells/cm3", "exponent", "lines", "mm", "nodes", "ratio", "share", "utility", "weeks",
    "years",
)  # fmt: skip
"""Units of numbers of which a percentage can be taken as they stand."""


def overridden(catalog: Catalog, changes: Sequence[str]) -> Catalog:
    """`catalog` with each of `changes`, KEY=VALUE or KEY=+20%, made.

    KEY is a parameter, or an item of it after a colon or a point. A percentage is of the quantity itself,
    where the number is its logarithm too (`ln(1/year)`), and goes for all items that KEY names. Raises
    `DataErrors` with a line for each that cannot be read, names nothing, or leads out of the range.
    """
    problems: list[str] = []
    values: dict[str, float] = {}
    for change in changes:
        key, equals, text = (part.strip() for part in change.partition("="))
        where = f"--set {change}"
        if not equals or not key or not text:
            problems.append(
                f"{where}: write KEY=VALUE or KEY=+20%, such as growth.log_rate:tnbc=+20%"
            )
            continue
        found = _named(catalog, key, where, problems)
        if found is None:
            continue
        parameter, items = found
        for item in items:
            name = full_name(parameter.key, item)
            value = _value(text, parameter, item, where, problems)
            if value is None:
                break
            if name in values:
                problems.append(f"{where}: {name} is set twice")
            values[name] = value
        if len(items) > 1 and "%" not in text:
            problems.append(
                f"{where}: {key} has {len(items)} numbers; name one, such as "
                f"{full_name(parameter.key, items[0])}, or give a percentage for all"
            )
    if problems:
        raise DataErrors(problems)
    try:
        return catalog.with_values(values)
    except DataErrors as error:
        raise DataErrors([f"--set{p.removeprefix('values')}" for p in error.problems]) from None


def _named(
    catalog: Catalog, key: str, where: str, problems: list[str]
) -> tuple[Parameter, list[str]] | None:
    """The parameter that `key` names, and its items that it names: all, those of a drug, or one."""
    parameters = catalog.parameters
    whole = max((name for name in parameters if _begins(key, name)), key=len, default=None)
    if whole is None:
        problems.append(unknown(where, "parameter", key.partition(":")[0], parameters))
        return None
    parameter = parameters[whole]
    asked = key[len(whole) + 1 :]
    items = [item for item in parameter.values if not asked or _begins(item, asked)]
    if not items:
        if parameter.by is None:
            problems.append(f"{where}: {whole} is a single number and has no item {shown(asked)}")
        else:
            problems.append(unknown(f"{where}: {whole}", "item", asked, parameter.values))
        return None
    return parameter, [asked] if asked in items else items


def _begins(name: str, with_: str) -> bool:
    """Whether `name` is `with_`, or goes on after it with a colon or a point."""
    return name == with_ or (name.startswith(with_) and name[len(with_)] in ":.")


def _value(
    text: str, parameter: Parameter, item: str, where: str, problems: list[str]
) -> float | None:
    """The number that `text` makes of an item, or None and a line."""
    if re.fullmatch(_NUMBER, text) and not text.startswith("+"):
        return float(text)
    change = _CHANGE.fullmatch(text)
    if change is None or not change["sign"]:
        hint = f"; write +{text} or -{text}" if change is not None else ""
        if re.fullmatch(_NUMBER, text):  # is it a value, or what to add?
            hint = f"; write {text[1:]} for a new value, or {text}% for a change"
        problems.append(
            f"{where}: {shown(text)} is neither a number nor a change such as +20% or -5%{hint}"
        )
        return None
    factor = 1.0 + float(change["sign"] + change["percent"]) / 100.0
    before = parameter.values[item]
    if parameter.unit in _PLAIN:
        return before * factor
    logarithm = {"ln(": math.log, "log10(": math.log10}.get(re.sub(r"\(.*", "(", parameter.unit))
    if logarithm is None:
        problems.append(
            f"{where}: {parameter.key} is in {parameter.unit}, of which no percentage can be taken; give the "
            f"new number (it is {before:g})"
        )
        return None
    if factor <= 0.0:
        problems.append(f"{where}: less than nothing would be left; a change is above -100%")
        return None
    return before + logarithm(factor)


def changes_rows(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a page says of the changes that a manifest names: a row, or none."""
    words = changes_words(manifest.get("changed", {}))
    return [("numbers changed", words)] if words else []


def changes_words(changed: Mapping[str, Mapping[str, float | str]]) -> str:
    """The changes that a manifest names, in words; empty where there are none."""
    return "; ".join(
        f"{name} {change['from']:.4g} → {change['to']:.4g} ({change['unit']})"
        for name, change in changed.items()
    )
