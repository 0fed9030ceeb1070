"""Where doses come from: what `seedsoil sources dosing.palbociclib` shows, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog.entry import NOT_VERIFIED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedsoil.catalog.catalog import Catalog

Description = dict[str, Any]


def dosing_lines(catalog: Catalog) -> Iterator[Description]:
    """One line for each dose, regimen and population of bodies."""
    for key, entry in catalog.dosing.entries().items():
        yield {
            "key": key,
            "kind": "dosing",
            "value": entry.short,
            "unit": "",
            "status": entry.status,
            "sources": list(entry.sources),
        }


def describe_dosing(catalog: Catalog, key: str) -> Description:
    """All of one entry but its sources, whose keys are `source_keys`."""
    entry = catalog.dosing.entries()[key]
    numbers = entry.model_dump(exclude={"sources", "drugs"}, exclude_defaults=True)
    return {
        "kind": "dosing",
        "key": key,
        "description": entry.short,
        **{name: _in_words(value) for name, value in numbers.items() if value not in ([], {})},
        "verified": entry.status not in NOT_VERIFIED,
        "source_keys": list(entry.sources),
    }


def _in_words(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{name} with {drug}" for name, drug in value.items())
    if isinstance(value, list):
        return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    return value
