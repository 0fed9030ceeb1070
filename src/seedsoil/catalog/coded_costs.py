"""Numbers of evaluations that a source gives: prices, indices, reference cases, norms, published results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.catalog.coded_medicine import SAMPLED_AGES
from seedsoil.catalog.coded_value import ASSUMED, Coded, of_entry
from seedsoil.catalog.provenance_costs import cost_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.costs import Perspective, Priced
    from seedsoil.catalog.reference_cases import ReferenceCaseEntry

PRICES, USES, INDICES = "prices", "how often what is used", "price indices and parities"
CASES, NORMS, PUBLISHED = "reference cases", "norms of utility", "published evaluations"
_LIST_PRICE = "limits of a list price, set for analyses of one price at a time"


def price_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Every price and number of use in every perspective, or of the item or use whose key is `only`."""
    for perspective in catalog.costs.perspectives.values():
        for item, price in perspective.prices.items():
            if not price.made_of and (not only or only == cost_key(item)):
                yield from _of_price(perspective, item, price)
        for name, use in perspective.uses.items():
            owner = f"use.{name}"
            if not only or only == owner:
                yield of_entry(
                    use, owner, perspective.name, USES, use.value, use.unit, use.description,
                    perspective.head.description,
                )  # fmt: skip


def _of_price(perspective: Perspective, item: str, price: Priced) -> Iterator[Coded]:
    """The price of each package, or of the unit, and the ends of what it may be."""
    owner = cost_key(item)
    unit = f"{price.currency} of {price.price_year}"
    numbers = {
        f"package {p.name}": (p.price, f"a package of {p.units} x {p.mg:g} mg")
        for p in price.packages
    } or {"value": (price.value, f"one {price.unit}")}
    first = next(iter(numbers))
    scale = price.packages[0].price / price.value if price.packages and price.value else 1.0
    if price.spread.limits is not None:
        for end, limit in zip(("low", "high"), price.spread.limits, strict=True):
            what = f"{numbers[first][1]}, {end} end of the range"
            numbers[f"{first}:{end}"] = (round(limit * scale, 9), what)
    for name, (value, what) in numbers.items():
        ranged = ":" in name and price.spread.kind == "fixed"
        yield of_entry(
            price, owner, f"{perspective.name}/{name}", PRICES, value, unit,
            f"{price.description}: price of {what}", perspective.head.description,
            _LIST_PRICE if ranged else "",
        )  # fmt: skip


def index_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Every year of every index of prices and parity, or of the one whose key is `only`."""
    for kind, indices in (("inflation", catalog.costs.inflation), ("ppp", catalog.costs.ppp)):
        for name, index in indices.items():
            owner = f"{kind}.{name}"
            if only and only != owner:
                continue
            entry = index.entry
            for year, value in index.values.items():
                yield of_entry(
                    entry, owner, str(year), INDICES, value, entry.unit,
                    f"{entry.description}: {year}", entry.currency,
                    ASSUMED if year in entry.assumed else "",
                )  # fmt: skip


def case_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Rates, thresholds and weights of every reference case, or of the one whose key is `only`."""
    for name, case in catalog.costs.reference_cases.items():
        owner = f"reference_case.{name}"
        if only and only != owner:
            continue
        for field, value, unit, what in _of_case(case):
            told = f"{case.description}: {what}"
            yield of_entry(case, owner, field, CASES, value, unit, told, case.agency)


def _of_case(case: ReferenceCaseEntry) -> Iterator[tuple[str, float, str, str]]:
    yield "discount_costs", case.discount_costs, "1/year", "rate at which costs are discounted"
    yield (
        "discount_effects",
        case.discount_effects,
        "1/year",
        "rate at which effects are discounted",
    )
    money = f"{case.currency} per QALY"
    lists = (
        ("alternative_rates", case.alternative_rates, "1/year"),
        ("thresholds", case.thresholds, money),
        ("announced_thresholds", case.announced_thresholds, money),
    )
    for field, values, unit in lists:
        for number, value in enumerate(values, start=1):
            what = f"{field.replace('_', ' ')}, number {number} of {len(values)}, the lowest first"
            yield f"{field} {number}", value, unit, what
    for number, level in enumerate(case.severity, start=1):
        units = {"weight": "factor", "absolute_from": "QALYs", "absolute_to": "QALYs"}
        for field, value in level.model_dump(exclude_none=True).items():
            what = f"severity, level {number}: {field.replace('_', ' ')}"
            yield f"severity {number}/{field}", value, units.get(field, "share"), what


def norm_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """Coefficients of every norm, and its deaths at some ages, or those of the one whose key is `only`."""
    for name, norm in catalog.costs.norms.items():
        owner = f"norm.{name}"
        if only and only != owner:
            continue
        numbers: dict[str, tuple[float, str]] = {
            field: (getattr(norm, field), "utility, or utility per year or year squared of age")
            for field in ("intercept", "male", "age", "age_squared")
        }
        for age in SAMPLED_AGES:
            if age < len(norm.death_probabilities):
                numbers[f"death_probabilities/{age}"] = (norm.death_probabilities[age], "share")
        for field, (value, unit) in numbers.items():
            what = f"{norm.description}, {norm.instrument}: {field.replace('_', ' ')}"
            yield of_entry(norm, owner, field, NORMS, value, unit, what, norm.population)


def published_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """What economic evaluations have published, of every comparison or of the one whose key is `only`."""
    for name, comparison in catalog.costs.published.items():
        owner = f"published.{name}"
        if only and only != owner:
            continue
        for number, result in enumerate(comparison.result, start=1):
            money = result.currency or ""
            units = {
                "life_years": "years",
                "qalys": "QALYs",
                "cost": money,
                "icer": f"{money} per QALY",
            }
            for field, unit in units.items():
                value = getattr(result, field)
                if value is not None:
                    what = f"{comparison.description}: {field.replace('_', ' ')}, new less old"
                    yield Coded(
                        owner, f"{owner}/{number} {result.study}/{field}", PUBLISHED, value, unit,
                        what, f"{result.study}, {result.country}", (), cited=result.source,
                        note=result.note,
                    )  # fmt: skip
