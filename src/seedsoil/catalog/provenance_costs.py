"""Where each price comes from: what `seedsoil sources cost.ITEM` shows, and the data beside the prices.

Keys: `cost.ITEM`, where a drug may go without its `drug.`; `use.NAME`; `perspective`, `inflation`, `ppp`,
`reference_case` and `norm`, each with a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog.cost_items import USES
from seedsoil.catalog.entry import NOT_VERIFIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.costs import Perspective, Priced, Use

Description = dict[str, Any]

COST, USE = "cost", "use"
_OTHERS = ("perspective", "inflation", "ppp", "reference_case", "norm")


def cost_key(item: str) -> str:
    """The key of an item: `cost.palbociclib` of a drug, `cost.monitoring.visit`."""
    return f"{COST}.{item.removeprefix('drug.')}"


def cost_keys(catalog: Catalog) -> list[str]:
    """All keys of this kind."""
    others = [f"{kind}.{name}" for kind in _OTHERS for name in _entries(catalog, kind)]
    return [*map(cost_key, _priced_items(catalog)), *(f"{USE}.{n}" for n in USES), *others]


def describe_costs(catalog: Catalog, key: str) -> Description | None:
    """What is known about `key`, with the keys of its sources; None if it is none of these."""
    head, _, rest = key.partition(".")
    if head == COST:
        item = next((i for i in (rest, f"drug.{rest}") if i in catalog.costs.items), None)
        return None if item is None else _cost(catalog, item)
    if head == USE:
        return _use(catalog, rest) if rest in USES else None
    if head not in _OTHERS or rest not in _entries(catalog, head):
        return None
    return _other(catalog, head, rest)


def cost_lines(catalog: Catalog) -> Iterator[Description]:
    """One line of the listing for each price, number of use, perspective, index, case and norm."""
    for item in _priced_items(catalog):
        prices = _prices(catalog, item)
        yield _line(
            cost_key(item),
            COST,
            "; ".join(_money(price, one.name) for one, price in prices),
            f"per {catalog.costs.items[item].unit}",
            [(price.status, price.sources) for _, price in prices],
        )
    for name, (unit, _) in USES.items():
        uses = _of_use(catalog, name)
        values = "; ".join(f"{use.value:.4g} in {one.name}" for one, use in uses)
        yield _line(
            f"{USE}.{name}", USE, values, unit, [(use.status, use.sources) for _, use in uses]
        )
    for kind in _OTHERS:
        for name in _entries(catalog, kind):
            told = _other(catalog, kind, name)
            value = told.get("short", "")
            unit = told.get("unit", "")
            yield _line(
                told["key"], told["kind"], value, unit, [(told["status"], told["source_keys"])]
            )


def _line(
    key: str, kind: str, value: str, unit: str, origins: Iterable[tuple[str, Iterable[str]]]
) -> Description:
    """One line; `origins` are the status and sources of each of its numbers."""
    found = list(origins)
    return {
        "key": key,
        "kind": kind,
        "value": value,
        "unit": unit,
        "status": ", ".join(dict.fromkeys(status for status, _ in found)) or "-",
        "sources": list(dict.fromkeys(source for _, sources in found for source in sources)),
    }


def _priced_items(catalog: Catalog) -> list[str]:
    """The items with a price in any perspective."""
    priced = {item for one in catalog.costs.perspectives.values() for item in one.prices}
    return [item for item in catalog.costs.items if item in priced]


def _prices(catalog: Catalog, item: str) -> list[tuple[Perspective, Priced]]:
    return [
        (one, one.prices[item]) for one in catalog.costs.perspectives.values() if item in one.prices
    ]


def _of_use(catalog: Catalog, name: str) -> list[tuple[Perspective, Use]]:
    return [
        (one, one.uses[name]) for one in catalog.costs.perspectives.values() if name in one.uses
    ]


def _money(price: Priced, perspective: str) -> str:
    if price.made_of:
        return f"{' + '.join(price.made_of)} in {perspective}"
    return f"{price.value:.6g} {price.currency} {price.price_year} in {perspective}"


def _cost(catalog: Catalog, item: str) -> Description:
    described = catalog.costs.items[item]
    prices = _prices(catalog, item)
    return {
        "kind": COST,
        "key": cost_key(item),
        "description": described.description,
        "item": item,
        "category": described.category,
        "unit": described.unit,
        "prices": [
            {
                "perspective": one.name,
                "value": None if price.made_of else price.value,
                "made_of": list(price.made_of),
                "currency": price.currency,
                "price_year": price.price_year,
                "unit": price.unit,
                **_spread(price),
                "packages": [
                    {"mg": p.mg, "units": p.units, "price": p.price} for p in price.packages
                ],
                **_origin(price),
                "file": price.file,
            }
            for one, price in prices
        ],
        "source_keys": list(dict.fromkeys(key for _, p in prices for key in p.sources)),
    }


def _use(catalog: Catalog, name: str) -> Description:
    unit, description = USES[name]
    uses = _of_use(catalog, name)
    return {
        "kind": USE,
        "key": f"{USE}.{name}",
        "description": description,
        "unit": unit,
        "prices": [
            {
                "perspective": one.name,
                "value": use.value,
                "unit": unit,
                **_spread(use),
                **_origin(use),
                "file": use.file,
            }
            for one, use in uses
        ],
        "source_keys": list(dict.fromkeys(key for _, use in uses for key in use.sources)),
    }


def _spread(number: Priced | Use) -> Description:
    return {
        "distribution": number.spread.kind,
        "standard_error": number.spread.standard_error,
        "low": number.spread.low,
        "high": number.spread.high,
    }


def _origin(number: Priced | Use) -> Description:
    return {
        "status": number.status,
        "verified": number.status not in NOT_VERIFIED,
        "confidence": number.confidence,
        "note": number.note,
        "sources": list(number.sources),
    }


def _entries(catalog: Catalog, kind: str) -> Mapping[str, Any]:
    costs = catalog.costs
    found: dict[str, Mapping[str, Any]] = {
        "perspective": costs.perspectives,
        "inflation": costs.inflation,
        "ppp": costs.ppp,
        "reference_case": costs.reference_cases,
        "norm": costs.norms,
    }
    return found[kind]


def _other(catalog: Catalog, kind: str, name: str) -> Description:
    """What is known of one perspective, index, parity, reference case or norm."""
    entry = _entries(catalog, kind)[name]
    head: Description = {"kind": kind.replace("_", " "), "key": f"{kind}.{name}"}
    if kind == "perspective":
        told = entry.head.model_dump(exclude={"name"})
        told |= {"prices of": f"{len(entry.prices)} items", "file": entry.file}
        short = f"{told['currency']} {told['price_year']}"
        if entry.bases:
            told["extends"] = list(entry.bases)
    elif kind in ("inflation", "ppp"):
        told = entry.entry.model_dump()
        told["values"] = {str(year): value for year, value in entry.values.items()}
        told["assumed"] = [str(year) for year in told["assumed"]]
        years = list(entry.values)
        short = f"{years[0]} to {years[-1]}"
    elif kind == "reference_case":
        told = entry.model_dump()
        for name_of in ("alternative_rates", "thresholds", "announced_thresholds"):
            told[name_of] = [f"{value:g}" for value in told[name_of]]
        told["inventory"] = [
            {
                "sector": row.sector,
                "consequence": row.consequence,
                "views": "health, societal"
                if row.health
                else "societal"
                if row.societal
                else "none",
                "items": ", ".join(row.items) or None,
                "note": row.note or None,
            }
            for row in entry.inventory
        ]
        short = f"{100 * entry.discount_costs:g} % for costs, {100 * entry.discount_effects:g} % for effects"
    else:
        told = entry.model_dump()
        told["ages"] = [f"{age:g}" for age in entry.ages]
        last = len(told.pop("death_probabilities")) - 1
        if last > 0:
            told["deaths"] = f"of women of the same population, ages 0 to {last}"
        told["unit"] = "utility"
        short = entry.instrument
    keys = told.pop("sources")
    told["verified"] = told["status"] not in NOT_VERIFIED
    return {**head, **told, "short": short, "source_keys": keys}
