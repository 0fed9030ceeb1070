"""Answers about cohorts: every group of women under every strategy, in one era or several."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__
from seedsoil.explorer.cells import HORIZON, YEARS, cell, measure_keys, pair
from seedsoil.explorer.contract import SCHEMA
from seedsoil.explorer.defaults import PERSPECTIVE
from seedsoil.explorer.eras import DEFAULT_ERA
from seedsoil.explorer.who import AGE_NAMES, PRESENTATION_NAMES, SUBTYPE_NAMES, members
from seedsoil.explorer.women import COMPARED, TIMES, Asking, money_of, women_under
from seedsoil.strategies.compare import distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.explorer.women import Women

Data = dict[str, Any]
SEPARATOR = "|"


def provenance(catalog: Catalog, *, seed: int, women: int, made: str) -> Data:
    """How numbers were made (`contract.Provenance`)."""
    return {
        "version": __version__,
        "parameters_hash": catalog.hash(),
        "seed": seed,
        "women": women,
        "made": made,
        "parameter_interval": False,
    }


def compared(asking: Asking, era: str, progress: Callable[[int], None] | None = None) -> Data:
    """The answer to a comparison that a page asks for (`replies.CompareAnswer`)."""
    begun = time.perf_counter()
    names = distinct([strategy.name for strategy in asking.strategies])
    answers, pairs = tables(asking, {era: women_under(asking, progress)}, names, "live")
    return {
        "kind": "compare",
        "answers": answers,
        "pairs": pairs,
        "seconds": round(time.perf_counter() - begun, 3),
    }


def tables(
    asking: Asking, found: Mapping[str, Women], names: Sequence[str], made: str
) -> tuple[Data, Data]:
    """Answers and pairs (`contract.Answers`, `contract.Pairs`) of the women of each era."""
    keys = measure_keys(costs=asking.costs)
    cells: Data = {}
    pairs: Data = {}
    for era, women in found.items():
        for group, mine in members(women.groups):
            for name, lived in zip(names, women.lived, strict=True):
                cells[_key(era, name, *group)] = cell(lived, mine, costs=asking.costs)
            for one, other in itertools.combinations(range(len(names)), 2):
                key = _key(era, names[one], names[other], *group)
                pairs[key] = pair(women.lived[one], women.lived[other], mine)
    money = None
    if asking.costs:
        of = money_of(asking)
        money = {"currency": of.currency, "price_year": of.year, "perspective": PERSPECTIVE}
    answers = {
        "schema": SCHEMA,
        "provenance": provenance(asking.catalog, seed=asking.seed, women=asking.women, made=made),
        "dimensions": {
            "era": list(found),
            "strategy": list(names),
            "subtype": list(SUBTYPE_NAMES),
            "age": list(AGE_NAMES),
            "presentation": list(PRESENTATION_NAMES),
        },
        "default": {
            "era": DEFAULT_ERA if DEFAULT_ERA in found else next(iter(found)),
            "strategy": "2022" if "2022" in names else names[-1],
        },
        "years": list(YEARS),
        "times": list(TIMES),
        "horizon": HORIZON,
        "measures": _measures(money),
        "money": money,
        "cells": cells,
    }
    return answers, {"schema": SCHEMA, "measures": list(keys), "pairs": pairs}


def _key(*parts: str) -> str:
    return SEPARATOR.join(parts)


def _measures(money: Data | None) -> Data:
    found = {m.key: {"unit": m.unit, "discounted": False} for m in COMPARED}
    if money is not None:
        found["cost"] = {"unit": money["currency"], "discounted": True}
        found["qaly_discounted"] = {"unit": "years", "discounted": True}
    return found
