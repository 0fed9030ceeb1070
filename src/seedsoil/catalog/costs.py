"""Perspectives: who pays, in what money, how often what is used, and what each item costs.

A perspective is one TOML file of the folder `costs/`, or a user's own, which may change only what differs
from another with `extends`. What an entry says replaces the whole entry of that other, provenance and all.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.complaints import check_entry, unknown
from seedsoil.catalog.cost_entries import (
    MOST_PRICE,
    MOST_USE,
    Package,
    PerspectiveEntry,
    PriceEntry,
    UseEntry,
)
from seedsoil.catalog.cost_items import USES, CostItem
from seedsoil.catalog.distributions import Distribution, distribution
from seedsoil.catalog.known import NO_PROVENANCE
from seedsoil.catalog.sources import Source, check_provenance
from seedsoil.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog.places import Tables

logger = logging.getLogger(__name__)

_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBERS = ("value", "packages", "made_of")
_MODEL_SOURCES = (
    "source {key} has role {role}; only sources of role calibration may set a number of the model"
)


@dataclass(frozen=True)
class Priced:
    """A sound price of one item, in the `currency` and of the `price_year` in which it was stated.

    `value` is a unit's price: for a drug that of a mg from the package that is cheapest by the mg.
    `spread` is the distribution of that value; the packages' prices move with it, all by one factor. A
    drug that is `made_of` others has no price of its own. `moves_with` is the item whose draw it shares,
    itself unless the file names another.
    """

    item: str
    unit: str
    category: str
    value: float
    spread: Distribution
    packages: tuple[Package, ...]
    made_of: tuple[str, ...]
    moves_with: str
    currency: str
    price_year: int
    description: str
    sources: tuple[str, ...]
    status: str
    confidence: str
    note: str
    file: str


@dataclass(frozen=True)
class Use:
    """A sound number of how often something is used."""

    name: str
    value: float
    unit: str
    description: str
    spread: Distribution
    sources: tuple[str, ...]
    status: str
    confidence: str
    note: str
    file: str


@dataclass(frozen=True)
class Perspective:
    """A checked perspective: `head` as its file says, `prices` by item and `uses` by name.

    `sources` are those that its own file gives; `bases` the perspectives that it extends, nearest first.
    """

    head: PerspectiveEntry
    prices: Mapping[str, Priced]
    uses: Mapping[str, Use]
    sources: Mapping[str, Source]
    file: str
    bases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.head.name


@dataclass(frozen=True)
class CostsKnown:
    """What the file of a perspective may name; no index of inflation is wrong where `inflation` is None."""

    sources: Mapping[str, Source]
    items: Mapping[str, CostItem]
    inflation: Mapping[str, Any] | None
    perspectives: Mapping[str, Perspective]


_HEAD = tuple(PerspectiveEntry.model_fields)
SCENARIO = "scenario"
"""A table that a file of prices may have for an evaluation to read; prices do not look at it."""
_TOP = (*_HEAD, "extends", "use", "source", SCENARIO)
_INHERITED = ("payer", "currency", "price_year", "includes", "inflation", "vial_sharing", "body")
_OWN_HEAD = {"description": "own prices", "payer": "not given", "vial_sharing": "none"}


def build_perspective(
    where: str, table: Tables, known: CostsKnown, problems: list[str], *, own: bool
) -> Perspective | None:
    """The perspective of a file's tables, with a line for each problem; None if it is not sound.

    `own`: a user's file, which may leave out provenance; packaged files may not.
    """
    before = len(problems)
    base = _base(where, table, known, problems)
    head = _head(where, table, base, own, problems)
    inherited = base.sources if base else {}
    sources = _own_sources(where, table, known.sources, inherited, problems)
    entries = _flat(where, table, problems)
    prices: dict[str, Priced] = dict(base.prices) if base else {}
    money = (head.currency, head.price_year) if head else ("XXX", 2000)
    for item, data in entries.items():
        here = _at(where, table, item)
        if item not in known.items:
            problems.append(_no_item(here, item, known.items))
            continue
        price = _price(here, where, item, data, money, sources, known.items, own, problems)
        if price is not None:
            prices[item] = price
    _check_together(where, table, entries, prices, problems)
    uses = dict(base.uses) if base else {}
    uses.update(_uses(where, table, sources, own, problems))
    if head is not None:
        if known.inflation is not None and head.inflation not in known.inflation:
            problems.append(unknown(where, "inflation index", head.inflation, known.inflation))
        check_provenance(where, head.sources, head.status, sources, _MODEL_SOURCES, problems)
    if len(problems) > before or head is None:
        return None
    bases = (base.name, *base.bases) if base else ()
    given = {key: source for key, source in sources.items() if key not in known.sources}
    return Perspective(head, prices, uses, given, where, bases)


def _base(where: str, table: Tables, known: CostsKnown, problems: list[str]) -> Perspective | None:
    """The perspective that the file extends."""
    name = table.get("extends")
    if name is None:
        return None
    if not isinstance(name, str):
        problems.append(f"{where}: extends is {shown(name)}; it must be the name of a perspective")
        return None
    if name not in known.perspectives:
        problems.append(unknown(where, "perspective", name, known.perspectives) + " (extends)")
        return None
    return known.perspectives[name]


def _head(
    where: str, table: Tables, base: Perspective | None, own: bool, problems: list[str]
) -> PerspectiveEntry | None:
    given = {name: table[name] for name in _HEAD if name in table}
    defaults: dict[str, Any] = dict(NO_PROVENANCE | _OWN_HEAD) if own else {}
    if base is not None:
        inherited = base.head.model_dump()
        defaults |= {name: inherited[name] for name in _INHERITED}
        if given.get("currency", base.head.currency) != base.head.currency:
            for name in ("price_year", "inflation"):  # of the other currency, so not inherited
                defaults.pop(name)
    head = check_entry(PerspectiveEntry, {**defaults, **given}, where, problems)
    if head is not None:
        _check_currency(where, head.currency, problems)
    return head


def _own_sources(
    where: str,
    table: Tables,
    sources: Mapping[str, Source],
    before: Mapping[str, Source],
    problems: list[str],
) -> Mapping[str, Source]:
    """The sources that the file may name: the catalog's, its base's, and those under `[source.KEY]`."""
    given = table.get("source", {})
    if not isinstance(given, dict):
        problems.append(f"{where}: source: must be tables named [source.KEY], not {shown(given)}")
        return {**sources, **before}
    found = {**sources, **before}
    for key, data in given.items():
        if not isinstance(data, dict):
            problems.append(f"{where}: source.{key}: must be a table, not {shown(data)}")
            continue
        defaults = {"population": "", "unit": "", "role": "calibration"}
        here = _at(where, table, f"source.{key}")
        entry = check_entry(Source, {**defaults, **data}, here, problems)
        if entry is not None:
            found[key] = entry
    return found


def _check_together(
    where: str,
    table: Tables,
    entries: Mapping[str, Any],
    prices: Mapping[str, Priced],
    problems: list[str],
) -> None:
    """Add a line for each `moves_with` that is no item; warn of one substance priced here by half."""
    for item, price in prices.items():
        other = price.moves_with
        if item in entries and other not in prices:
            told = unknown(_at(where, table, item), "item", other, prices)
            problems.append(f"{told} (moves_with)")
        elif item not in entries and other in entries:
            logger.warning(
                "%s: %s is priced and %s, which moves with it, is not: its price stays as it was",
                where, other, item,
            )  # fmt: skip


def _flat(where: str, table: Tables, problems: list[str]) -> dict[str, Any]:
    """Tables by their dotted names; a table that holds anything but tables is an entry."""
    found: dict[str, Any] = {}

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
            for part, inner in value.items():
                walk(f"{name}.{part}", inner)
        elif name in found:  # [drug.x] and ["drug.x"]
            problems.append(f"{_at(where, table, name)}: is given twice")
        else:
            found[name] = value

    for name, value in table.items():
        if name in _TOP:
            continue
        if isinstance(value, dict):
            walk(name, value)
        else:
            problems.append(unknown(where, "field", name, _TOP))
    return found


def _at(where: str, table: Tables, name: str) -> str:
    """The beginning of a complaint: file, line and entry."""
    line = table.heads.get(name)
    return f"{where}: {name}" if line is None else f"{where}: line {line}: {name}"


def _no_item(where: str, item: str, items: Mapping[str, CostItem]) -> str:
    """What is said of an item that does not exist: the nearest of its group, or the groups."""
    group = item.partition(".")[0]
    same = [name for name in items if name.startswith(f"{group}.")]
    if same:
        return unknown(where, "item", item, same)
    groups = dict.fromkeys(name.partition(".")[0] for name in items)
    return unknown(where, "item", item, [*groups, *items])


def _price(
    where: str,
    file: str,
    item: str,
    data: Any,
    money: tuple[str, int],
    sources: Mapping[str, Source],
    items: Mapping[str, CostItem],
    own: bool,
    problems: list[str],
) -> Priced | None:
    """The price of one item, or None with a line for each thing wrong."""
    if not isinstance(data, dict):
        problems.append(f"{where}: must be a table [{item}], not {shown(data)}")
        return None
    entry = check_entry(PriceEntry, {**(NO_PROVENANCE if own else {}), **data}, where, problems)
    if entry is None:
        return None
    before = len(problems)
    given = [name for name in _NUMBERS if getattr(entry, name) is not None]
    wanted = ("packages", "made_of") if item.startswith("drug.") else ("value",)
    if len(given) != 1 or given[0] not in wanted:
        names = " or ".join(wanted)
        told = f"{' and '.join(given)} given" if given else "nothing given"
        problems.append(f"{where}: {told}; a price of this kind has {names}, one of them")
    _check_numbers(where, entry, problems)
    for name in entry.made_of or ():
        if f"drug.{name}" not in items:
            drugs = [key.removeprefix("drug.") for key in items if key.startswith("drug.")]
            problems.append(unknown(where, "drug", name, drugs) + " (made_of)")
    currency = entry.currency or money[0]
    _check_currency(where, currency, problems)
    check_provenance(where, entry.sources, entry.status, sources, _MODEL_SOURCES, problems)
    if len(problems) > before:
        return None
    spread = distribution(
        where, entry.distribution, entry.number, entry.standard_error, entry.range, problems
    ) if not entry.made_of else Distribution("fixed", 0.0, 0.0)  # fmt: skip
    if spread is None:
        return None
    value = entry.number
    if entry.packages:
        value = min(package.price / package.total_mg for package in entry.packages)
        spread = spread.scaled(value / entry.number) if entry.number else spread
    return Priced(
        item=item,
        unit=items[item].unit,
        category=items[item].category,
        value=value,
        spread=spread,
        packages=tuple(entry.packages or ()),
        made_of=tuple(entry.made_of or ()),
        moves_with=entry.moves_with or item,
        currency=currency,
        price_year=entry.price_year or money[1],
        description=entry.description or items[item].description,
        sources=tuple(entry.sources),
        status=entry.status,
        confidence=entry.confidence,
        note=entry.note,
        file=file,
    )


def _check_numbers(where: str, entry: PriceEntry, problems: list[str]) -> None:
    """Add a line for each price below 0, empty package and package given twice."""
    if entry.value is not None and not 0.0 <= entry.value <= MOST_PRICE:
        problems.append(
            f"{where}: value is {entry.value:g}; a price is 0 or more, up to {MOST_PRICE:g}"
        )
    names = [package.name for package in entry.packages or ()]
    for number, package in enumerate(entry.packages or (), start=1):
        here = f"{where}: package {number}"
        if not 0.0 <= package.price <= MOST_PRICE:
            told = f"price is {package.price:g}; a price is 0 or more, up to {MOST_PRICE:g}"
            problems.append(f"{here}: {told}")
        if package.price == 0.0 < max(p.price for p in entry.packages or ()):  # a mg has the lowest
            problems.append(f"{here}: price is 0 and others are not; all or none may be free")
        if not package.mg > 0.0:
            problems.append(f"{here}: mg is {package.mg:g}; it must be above 0")
        if names.index(package.name) < number - 1:
            problems.append(f"{here}: a package of {package.name} mg is given twice")


def _check_currency(where: str, currency: str, problems: list[str]) -> None:
    if not _CURRENCY.fullmatch(currency):
        problems.append(
            f"{where}: currency is {shown(currency)}; it must be three capital letters, such as GBP"
        )


def _uses(
    where: str, table: Tables, sources: Mapping[str, Source], own: bool, problems: list[str]
) -> dict[str, Use]:
    """The numbers of the table `use`."""
    given = table.get("use", {})
    if not isinstance(given, dict):
        problems.append(f"{where}: use: must be tables named [use.NAME], not {shown(given)}")
        return {}
    found: dict[str, Use] = {}
    for name, data in given.items():
        here = _at(where, table, f"use.{name}")
        if name not in USES:
            problems.append(unknown(here, "use", name, USES))
            continue
        if not isinstance(data, dict):
            problems.append(f"{here}: must be a table [use.{name}], not {shown(data)}")
            continue
        entry = check_entry(UseEntry, {**(NO_PROVENANCE if own else {}), **data}, here, problems)
        if entry is None:
            continue
        unit, description = USES[name]
        if not 0.0 <= entry.value <= (1.0 if unit == "share" else MOST_USE):
            allowed = "0 to 1" if unit == "share" else f"0 or more, up to {MOST_USE:g}"
            problems.append(f"{here}: value is {entry.value:g}; allowed: {allowed}")
            continue
        check_provenance(here, entry.sources, entry.status, sources, _MODEL_SOURCES, problems)
        spread = distribution(
            here, entry.distribution, entry.value, entry.standard_error, entry.range, problems
        )
        if spread is not None:
            found[name] = Use(
                name=name,
                value=entry.value,
                unit=unit,
                description=description,
                spread=spread,
                sources=tuple(entry.sources),
                status=entry.status,
                confidence=entry.confidence,
                note=entry.note,
                file=where,
            )
    return found


def unpriced(perspective: Perspective, items: Mapping[str, CostItem]) -> list[str]:
    """The items without a price in `perspective`, those of a societal view only where it includes one."""
    societal = "society" in perspective.head.includes
    return [
        item
        for item, described in items.items()
        if item not in perspective.prices and (societal or described.category != "society")
    ]
