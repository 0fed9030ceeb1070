"""Money: what is alike is added, what is not is refused, and the way from one to another."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsoil.catalog import Catalog, load
from seedsoil.economics.money import Money
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return load()


def test_like_money_is_added_compared_and_divided() -> None:
    a, b = Money(3.0, "GBP", 2024), Money(1.5, "GBP", 2024)
    assert a + b == Money(4.5, "GBP", 2024)
    assert a - b == b
    assert 2 * b == b * 2 == a
    assert a.over(b) == 2.0
    assert b < a
    assert b <= b
    assert str(Money(1234.5, "USD", 2023)) == "1,234.50 USD of 2023"


@pytest.mark.parametrize("other", [Money(1.0, "USD", 2024), Money(1.0, "GBP", 2023)])
@pytest.mark.parametrize(
    "act",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a.over(b),
    ],
)
def test_unlike_money_is_refused_with_both_named(
    act: Callable[[Money, Money], object], other: Money
) -> None:
    with pytest.raises(InputError) as caught:
        act(Money(5.0, "GBP", 2024), other)
    told = str(caught.value)
    assert "\n" not in told
    for part in ("5.00 GBP of 2024", str(other), "unlike", '.to("GBP", 2024)'):
        assert part in told


def test_it_is_inflated_in_its_own_currency_and_converted_then(packaged: Catalog) -> None:
    costs = packaged.costs
    index = costs.inflation["us-cpi-medical"].values
    parity = costs.ppp["GBP"].values[2022]
    found = Money(100.0, "USD", 2014).to("GBP", 2022, catalog=packaged)
    assert found.amount == pytest.approx(100.0 * index[2022] / index[2014] * parity)
    assert (found.currency, found.year) == ("GBP", 2022)
    stepwise = Money(100.0, "USD", 2014).inflate(2022).convert("GBP")
    assert stepwise.amount == pytest.approx(found.amount)
    all_items = Money(100.0, "USD", 2014).inflate(2022, index="us-cpi")
    assert all_items.amount == pytest.approx(100.0 * 292.655 / 236.736)
    assert all_items.amount < Money(100.0, "USD", 2014).inflate(2022).amount


@given(
    amount=st.floats(0.01, 1e9),
    years=st.tuples(st.integers(2015, 2022), st.integers(2015, 2022)),
    currencies=st.permutations(["GBP", "USD", "EUR", "CAD"]),
)
@settings(max_examples=50, deadline=None)
def test_there_and_back_it_is_the_same(
    amount: float, years: tuple[int, int], currencies: list[str]
) -> None:
    catalog = load()
    start = Money(amount, currencies[0], years[0])
    other = start.convert(currencies[1], catalog=catalog)
    assert math.isclose(other.convert(start.currency).amount, amount)
    later = start.inflate(years[1], catalog=catalog)
    assert math.isclose(later.inflate(years[0]).amount, amount)


def test_every_parity_and_usual_index_serves_the_years_of_the_prices(packaged: Catalog) -> None:
    usual = [i.entry.currency for i in packaged.costs.inflation.values() if i.entry.usual]
    assert len(usual) == len(set(usual))
    assert {"USD", "GBP"} <= set(usual)
    assert {"GBP", "EUR", "CAD", "JPY"} <= set(packaged.costs.ppp)
    for one in packaged.costs.perspectives.values():
        assert one.head.price_year in packaged.costs.inflation[one.head.inflation].values
    for index in (*packaged.costs.inflation.values(), *packaged.costs.ppp.values()):
        years = list(index.values)
        assert years == sorted(years)
        for one_year, next_year in itertools.pairwise(years):
            growth = index.values[next_year] / index.values[one_year]
            assert abs(math.log(growth)) < 0.03 + 0.09 * (next_year - one_year), index.name


@pytest.mark.parametrize(
    "act,parts",
    [
        (lambda: Money(1.0, "XYZ", 2024).inflate(2020), ["no index", "'XYZ'", "USD"]),
        (lambda: Money(1.0, "GBP", 1990).inflate(2020), ["uk-nhscii", "1990", "2015 to 2025"]),
        (lambda: Money(1.0, "USD", 2003).inflate(2020, index="us-cpi"), ["2003", "2000, 2005 to 2024"]),
        (lambda: Money(1.0, "GBP", 2024).convert("CHY"), ["'CHY'", "did you mean 'CHF'?"]),
        (lambda: Money(1.0, "GBP", 1999).convert("USD"), ["'GBP'", "1999", "2000 to 2025"]),
        (
            lambda: Money(1.0, "GBP", 2024).inflate(2020, index="us-cpi"),
            ["one of USD", "in GBP", "uk-cpih"],
        ),
        (
            lambda: Money(1.0, "GBP", 2024).inflate(2020, index="uk-cphi"),
            ["unknown inflation index 'uk-cphi'", "did you mean 'uk-cpih'?"],
        ),
        (lambda: Money(math.nan, "GBP", 2024), ["amount=nan", "finite"]),
        (lambda: Money(1.0, 3, 2024), ["currency=3", "GBP"]),  # type: ignore[arg-type]
        (lambda: Money(1.0, "GBP", 2024.5), ["year", "2024.5"]),  # type: ignore[arg-type]
        (lambda: Money("1", "GBP", 2024), ["amount='1'"]),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_bad_money(act: Callable[[], Any], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        act()
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)
