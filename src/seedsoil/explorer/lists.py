"""What a strategy can be built with: packaged strategies, regimens and drugs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.explorer.contract import SCHEMA
from seedsoil.explorer.eras import ERAS
from seedsoil.vocabulary import CLASSES, SUBTYPE_KEYS, SUBTYPES

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog, Regimen

SHOWN = ("none", "pre-1998", "pre-2013", "2013-2016", "2017-2021", "2022", "2025")
"""The packaged strategies that the pack compares, in the order of their time."""


def lists(catalog: Catalog) -> dict[str, Any]:
    """Everything that a page offers (`contract.Lists`)."""
    strategies = sorted(
        catalog.strategies.values(), key=lambda one: (one.since is not None, one.since or 0)
    )
    return {
        "schema": SCHEMA,
        "strategies": [
            {"name": one.name, "description": one.description, "since": one.since}
            for one in strategies
        ],
        "regimens": [_regimen(name, one, catalog) for name, one in catalog.regimens.items()],
        "drugs": [
            {"name": name, "class": one.drug_class, "description": one.description}
            for name, one in catalog.drugs.items()
        ],
        "eras": list(ERAS),
    }


def _regimen(name: str, regimen: Regimen, catalog: Catalog) -> dict[str, Any]:
    drugs = {part.drug: catalog.drugs[part.drug] for part in regimen.drugs}
    classes = {one.drug_class for one in drugs.values()}
    acts = [
        subtype
        for subtype, key in zip(SUBTYPES, SUBTYPE_KEYS, strict=True)
        if any(getattr(one.subtypes, key) > 0 for one in drugs.values())
    ]
    return {
        "name": name,
        "description": regimen.description,
        "drugs": list(drugs),
        "classes": [one for one in CLASSES if one in classes],
        "subtypes": acts,
    }
