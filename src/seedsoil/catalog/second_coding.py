"""The second coding: numbers of the catalog as somebody read them at the source who had not seen the first.

`second_coding.csv` holds, for every number that was coded twice, what the comparison with the sheets of `qc/`
in the repository found, and of which number. A number that has changed since has none.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

from seedsoil.catalog.coded_costs import (
    case_values,
    index_values,
    norm_values,
    price_values,
    published_values,
)
from seedsoil.catalog.coded_medicine import (
    dose_values,
    drug_values,
    life_table_values,
    parameter_values,
    policy_values,
    target_values,
)
from seedsoil.catalog.coded_trials import trial_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.coded_value import Coded

Outcome = Literal["agrees", "resolved", "differs", "not found", "none"]
OUTCOMES: dict[Outcome, str] = {
    "agrees": "the second reading agrees",
    "resolved": "the readings differ, and the catalog's is right, for a reason that is given",
    "differs": "the readings differ, the second is right, and the catalog has yet to follow",
    "not found": "looked for, and not found at the source",
    "none": "not coded a second time",
}

_BY_HEAD: dict[str, Callable[[Catalog, str], Iterator[Coded]]] = {
    "trial": trial_values,
    "drug": drug_values,
    "dosing": dose_values,
    "body": dose_values,
    "screening": policy_values,
    "adjuvant": policy_values,
    "life_table": life_table_values,
    "cost": price_values,
    "use": price_values,
    "inflation": index_values,
    "ppp": index_values,
    "reference_case": case_values,
    "norm": norm_values,
    "published": published_values,
}
"""What gives the numbers of a key that begins so, beside parameters and targets."""


class Apart(NamedTuple):
    """Numbers that name a source and cannot be coded from it: patterns of keys, exceptions, and why."""

    reason: str
    keys: tuple[str, ...]
    but: tuple[str, ...]

    def holds(self, key: str) -> bool:
        """Whether the number `key` is one of them."""
        return any(fnmatchcase(key, one) for one in self.keys) and not any(
            fnmatchcase(key, one) for one in self.but
        )


class Compared(NamedTuple):
    """What a comparison found, and the number of the catalog that it found it of, as text."""

    value: str
    outcome: Outcome


@cache
def apart() -> tuple[Apart, ...]:
    """What `not_coded.toml` says."""
    with _data("not_coded.toml").open("rb") as file:
        entries = tomllib.load(file)["apart"]
    return tuple(
        Apart(one["reason"], tuple(one["keys"]), tuple(one.get("except", ()))) for one in entries
    )


@cache
def compared() -> dict[str, Compared]:
    """What `second_coding.csv` says, by key."""
    text = _data("second_coding.csv").read_text(encoding="utf-8")
    return {
        row["key"]: Compared(row["value"], row["outcome"])  # type: ignore[arg-type]
        for row in csv.DictReader(io.StringIO(text))
    }


def coded_values(catalog: Catalog, owner: str = "") -> Iterator[tuple[Coded, str]]:
    """Every number of the catalog that may rest on a source, or those of the key `owner`.

    With each, why no source can be held against it; empty if one can.
    """
    for value in _all(catalog, owner):
        why = value.apart or next((one.reason for one in apart() if one.holds(value.key)), "")
        yield value, why


def _all(catalog: Catalog, owner: str) -> Iterator[Coded]:
    head = owner.partition(".")[0]
    if not owner:
        yield from target_values(catalog)
        yield from parameter_values(catalog)
        for values in dict.fromkeys(_BY_HEAD.values()):
            yield from values(catalog, "")
    elif owner in catalog.parameters:
        yield from parameter_values(catalog, owner)
    elif head in catalog.targets:
        yield from target_values(catalog, owner)
    elif head in _BY_HEAD:
        yield from _BY_HEAD[head](catalog, owner)


def written(value: Coded) -> str:
    """The number of the catalog as the comparison writes it down."""
    number = value.value if isinstance(value.value, str) else f"{value.value:.12g}"
    return f"{value.bound}{number}"


def outcome(value: Coded) -> Outcome:
    """What the second coding of a number found; "none" where the number has changed since."""
    found = compared().get(value.key)
    return "none" if found is None or found.value != written(value) else found.outcome


def second_coding(catalog: Catalog, owner: str) -> str | None:
    """What is said of the second coding of the key `owner`; None where it has no number from a source."""
    counts: Counter[Outcome] = Counter(
        outcome(value) for value, why in coded_values(catalog, owner) if not why
    )
    if len(counts) < 2:
        return next(iter(counts), None)
    told = [f"{name} {counts[name]}" for name in OUTCOMES if counts[name]]
    return f"{', '.join(told)} of {counts.total()} values"


def _data(name: str) -> Traversable:
    return files("seedsoil.catalog").joinpath("data", name)
