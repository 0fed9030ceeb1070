"""Prices: every drug in both perspectives, files of other countries, draws, what is said of a bad file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from seedsoil.catalog import Catalog, load
from seedsoil.catalog.cost_items import CATEGORIES, USES, cost_items
from seedsoil.catalog.costs import unpriced
from seedsoil.catalog.distributions import DISTRIBUTIONS, distribution
from seedsoil.catalog.loader import load_strategy
from seedsoil.catalog.provenance import describe
from seedsoil.catalog.provenance_text import render_text
from seedsoil.economics.prices import Prices, drug_items
from seedsoil.errors import DataErrors, InputError
from seedsoil.vocabulary import SYMPTOM_KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

PERSPECTIVES = ("us-payer", "uk-nhs")
SOURCE = 'status = "assumption"\n'


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return load()


@pytest.fixture(scope="module", params=PERSPECTIVES)
def prices(request: pytest.FixtureRequest, packaged: Catalog) -> Prices:
    return Prices.load(request.param, packaged)


def write(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path, **more: object) -> str:
    with pytest.raises(InputError) as caught:
        Prices.load(path, **more)  # type: ignore[arg-type]
    return str(caught.value)


# What is packaged.


def test_every_drug_of_every_packaged_strategy_is_priced(prices: Prices, packaged: Catalog) -> None:
    items = drug_items(packaged.strategies.values(), packaged, prices)
    assert len(items) > 30
    assert (prices.vector(items) > 0.0).all()
    prices.require(packaged.strategies.values(), packaged)


def test_every_item_and_every_use_is_given_in_both_perspectives(
    prices: Prices, packaged: Catalog
) -> None:
    assert unpriced(prices.perspective, prices.items) == []
    items = [item for item in prices.items if not prices.entries[item].made_of]
    assert set(prices.items) - set(items) == {"drug.cmf"}
    found = prices.vector(items)
    assert np.isfinite(found).all()
    assert (found > 0.0).all()
    assert set(prices.uses) == set(USES)
    assert {f"drug.{name}" for name in packaged.drugs} <= set(prices.items)


def test_every_price_has_a_source_or_says_it_is_an_assumption(
    prices: Prices, packaged: Catalog
) -> None:
    numbers = [*prices.entries.values(), *prices.uses.values()]
    for number in numbers:
        assert number.sources or number.status == "assumption"
        statuses = {packaged.sources[key].status for key in number.sources}
        if number.status in ("verified", "derived"):
            assert statuses <= {"verified", "derived"}
        if number.status == "assumption":  # nobody states it, so it may be far off
            assert number.spread.kind != "beta" or number.spread.standard_error > 0.0


def test_assumed_prices_have_wide_ranges(prices: Prices) -> None:
    for price in prices.entries.values():
        if price.status == "assumption" and not price.made_of:
            assert price.spread.high / price.spread.low > 1.8, price.item


def test_items_have_a_unit_and_a_category_and_symptoms_are_there_once() -> None:
    items = cost_items(["a", "b"])
    assert {item.category for item in items.values()} == set(CATEGORIES)
    assert all(item.unit and item.description for item in items.values())
    skeletal = [name for name in items if name.startswith("skeletal.")]
    symptoms = [name for name in items if name.startswith("symptom.")]
    assert skeletal == [
        "skeletal.fracture",
        "skeletal.cord_compression",
        "skeletal.radiotherapy",
    ]
    assert len(symptoms) + 2 == len(SYMPTOM_KEYS)


def test_hash_leaves_prices_out(tmp_path: Path, packaged: Catalog) -> None:
    folder = tmp_path / "catalog" / "costs"
    folder.mkdir(parents=True)
    text = f'extends = "uk-nhs"\n[monitoring.visit]\nvalue = 1.0\n{SOURCE}'
    write(folder, text, "uk-nhs.toml")
    mine = load(tmp_path / "catalog")
    assert mine.hash() == packaged.hash()
    assert Prices.load("uk-nhs", mine).vector(["monitoring.visit"]) == [1.0]
    assert Prices.load("uk-nhs", packaged).vector(["monitoring.visit"]) != [1.0]


# Vectors and packages.


def test_a_drug_costs_its_cheapest_milligram_and_each_package_its_price(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        f'extends = "us-payer"\n[drug.docetaxel]\n'
        f"packages = [{{ mg = 20, price = 30 }}, {{ mg = 80, price = 40 }}, "
        f"{{ mg = 2.5, units = 28, price = 70 }}]\n{SOURCE}",
    )
    prices = Prices.load(mine)
    names = [f"drug.docetaxel{end}" for end in ("", ".20", ".80", ".2.5x28")]
    assert prices.vector(names).tolist() == [0.5, 30.0, 40.0, 70.0]
    with pytest.raises(DataErrors, match=r"drug\.docetaxel: unknown package '8'; .*80"):
        prices.vector(["drug.docetaxel.8"])


def test_nothing_without_a_price_counts_as_nothing(prices: Prices) -> None:
    with pytest.raises(DataErrors) as caught:
        prices.vector(["drug.aspirin", "drug.palbociclib", "drug.novelumab"])
    assert len(caught.value.problems) == 2
    for name, line in zip(("drug.aspirin", "drug.novelumab"), caught.value.problems, strict=True):
        assert name in line
        assert "has no price" in line
        assert prices.perspective.name in line
    with pytest.raises(DataErrors, match=r"drug\.cmf is made of other drugs.*drug\.methotrexate"):
        prices.vector(["drug.cmf"])
    with pytest.raises(
        DataErrors, match=r"unknown item 'monitring.visit'; did you mean 'monitoring"
    ):
        prices.vector(["monitring.visit"])


def test_a_strategy_with_a_drug_without_price_is_told_it(tmp_path: Path, packaged: Catalog) -> None:
    path = write(
        tmp_path,
        "[drug.novelumab]\nclass = 'targeted'\nkill = { cdk46 = 2.0 }\n"
        "[regimen.novel]\ndrugs = [{ drug = 'novelumab' }, { drug = 'letrozole' }]\n"
        "[[line]]\nregimen = 'novel'\n",
        "novel.toml",
    )
    strategy = load_strategy(path, packaged)
    prices = Prices.load("uk-nhs", packaged)
    with pytest.raises(DataErrors) as caught:
        prices.require([strategy], packaged)
    (line,) = caught.value.problems
    for part in ("uk-nhs", "drug.novelumab", "no price", 'extends = "uk-nhs"'):
        assert part in line
    own = write(
        tmp_path,
        f"[drug.novelumab]\npackages = [{{ mg = 100, price = 50 }}]\n{SOURCE}",
        "own.toml",
    )
    assert "unknown item 'drug.novelumab'" in complaint(Path("uk-nhs"), overlay=own)
    priced = Prices.load("uk-nhs", packaged, own, drugs=["novelumab"])
    priced.require([strategy], packaged)
    assert priced.vector(["drug.novelumab"]) == [0.5]


# Draws.


def test_draws_reproduce_mean_and_standard_error(prices: Prices) -> None:
    items = [item for item in prices.items if not prices.entries[item].made_of]
    draws = 20_000
    drawn = prices.draw(np.random.default_rng(1), items, draws)
    assert drawn.shape == (draws, len(items))
    assert (drawn > 0.0).all()
    means = prices.vector(items)
    errors = np.array([prices.entries[item].standard_error for item in items])
    # the largest of some 90 means is within 4.5 of its standard errors
    assert np.all(np.abs(drawn.mean(axis=0) - means) <= 4.5 * errors / math.sqrt(draws) + 1e-9)
    moved = errors > 0.0
    assert moved.sum() > 50
    assert np.allclose(drawn.std(axis=0)[moved], errors[moved], rtol=0.08)
    assert np.all(drawn[:, ~moved] == means[~moved])


@pytest.mark.parametrize("kind", [kind for kind in DISTRIBUTIONS if kind != "fixed"])
def test_quantiles_have_the_mean_and_standard_error_that_were_given(kind: str) -> None:
    problems: list[str] = []
    found = distribution("x", kind, 0.3, 0.1, None, problems)  # type: ignore[arg-type]
    assert not problems
    assert found is not None
    u = (np.arange(400_000) + 0.5) / 400_000
    values = found.quantile(u)
    assert np.all(np.diff(values) >= 0.0)
    assert values.mean() == pytest.approx(0.3, rel=1e-4)
    assert values.std() == pytest.approx(0.1, rel=1e-3)
    assert np.mean(values < found.low) == pytest.approx(0.025, abs=1e-4)
    assert np.mean(values > found.high) == pytest.approx(0.025, abs=1e-4)
    double = found.scaled(2.0)
    if kind != "beta":
        assert np.allclose(double.quantile(u), 2.0 * values)


def test_a_draw_is_the_same_whatever_else_is_asked_for(prices: Prices) -> None:
    items = ["monitoring.visit", "drug.letrozole", "care.progressed"]
    together = prices.draw(np.random.default_rng(7), items)
    alone = [prices.draw(np.random.default_rng(7), [item])[0] for item in items]
    assert together.tolist() == alone


def test_packages_of_a_drug_move_together(packaged: Catalog) -> None:
    prices = Prices.load("us-payer", packaged)
    items = ["drug.trastuzumab", "drug.trastuzumab.150", "drug.trastuzumab.420"]
    drawn = prices.draw(np.random.default_rng(3), items, 50)
    ratio = drawn / prices.vector(items)
    assert np.allclose(ratio[:, 0], ratio[:, 1])
    assert np.allclose(ratio[:, 0], ratio[:, 2])
    assert ratio[:, 0].std() > 0.05
    low, high = prices.limits(items)
    assert np.all(low < prices.vector(items))
    assert np.all(prices.vector(items) < high)


def test_two_entries_of_one_substance_are_drawn_together(prices: Prices) -> None:
    pairs = [
        ("drug.paclitaxel", "drug.paclitaxel-weekly"),
        ("drug.fulvestrant", "drug.fulvestrant-250"),
    ]
    for pair in pairs:
        drawn = prices.draw(np.random.default_rng(4), pair, 200) / prices.vector(pair)
        assert np.allclose(drawn[:, 0], drawn[:, 1], rtol=1e-4)
    assert prices.entries["drug.paclitaxel-weekly"].moves_with == "drug.paclitaxel"
    apart = prices.draw(np.random.default_rng(4), ["drug.paclitaxel", "drug.docetaxel"], 200)
    assert abs(np.corrcoef(apart.T)[0, 1]) < 0.3


def test_a_substance_that_is_priced_by_half_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    half = (
        f'extends = "us-payer"\n[drug.paclitaxel]\npackages = [{{ mg = 300, price = 9 }}]\n{SOURCE}'
    )
    Prices.load(write(tmp_path, half))
    (told,) = caplog.messages
    assert "drug.paclitaxel is priced and drug.paclitaxel-weekly" in told
    caplog.clear()
    weekly = f"[drug.paclitaxel-weekly]\npackages = [{{ mg = 300, price = 9 }}]\n{SOURCE}"
    Prices.load(write(tmp_path, half + weekly))
    assert not caplog.messages


# Another country's file.


def test_a_file_that_extends_converts_what_it_does_not_change(
    tmp_path: Path, packaged: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    mine = write(
        tmp_path,
        'extends = "uk-nhs"\ncurrency = "EUR"\nprice_year = 2022\ninflation = "euro-hicp"\n'
        f"[monitoring.visit]\nvalue = 80.0\nrange = [60.0, 110.0]\n{SOURCE}",
        "france.toml",
    )
    prices = Prices.load(mine, packaged)
    assert prices.perspective.name == "france"
    assert prices.perspective.bases == ("uk-nhs",)
    assert (prices.currency, prices.price_year) == ("EUR", 2022)
    nhscii = packaged.costs.inflation["uk-nhscii"].values
    parity = {currency: index.values[2022] for currency, index in packaged.costs.ppp.items()}
    factor = nhscii[2022] / nhscii[2024] * parity["EUR"] / parity["GBP"]
    before = Prices.load("uk-nhs", packaged)
    items = ["drug.palbociclib", "drug.palbociclib.125x21", "scan.ct"]
    assert np.allclose(prices.vector(items), before.vector(items) * factor)
    ct, old = prices.entries["scan.ct"], before.entries["scan.ct"]
    assert ct.standard_error == pytest.approx(old.standard_error * factor)
    assert ct.spread.low == pytest.approx(old.spread.low * factor)
    assert (ct.stated, ct.currency, ct.price_year) == (old.value, "GBP", 2024)
    assert prices.vector(["monitoring.visit"]) == [80.0]
    assert not caplog.messages
    later = Prices.load(mine, packaged, price_year=2024)
    hicp = packaged.costs.inflation["euro-hicp"].values
    assert later.vector(["monitoring.visit"])[0] == pytest.approx(80.0 * hicp[2024] / hicp[2022])
    assert "'EUR' in 2024 is assumed" in " ".join(caplog.messages)


def test_a_new_value_never_keeps_the_provenance_of_the_old(tmp_path: Path) -> None:
    bare = write(tmp_path, 'extends = "us-payer"\n[monitoring.visit]\nvalue = 5.0\n')
    visit = Prices.load(bare).entries["monitoring.visit"]
    assert (visit.status, visit.sources, visit.distribution) == ("assumption", (), "fixed")
    cited = write(
        tmp_path,
        'extends = "us-payer"\n[monitoring.visit]\nvalue = 5.0\nstandard_error = 1.0\n'
        'sources = ["OURS"]\nstatus = "verified"\nconfidence = "high"\n'
        '[source.OURS]\nquantity = "price of a visit"\nvalue = "5"\nunit = "USD"\n'
        'citation = "our ledger"\nstatus = "verified"\nconfidence = "high"\n',
    )
    visit = Prices.load(cited).entries["monitoring.visit"]
    assert (visit.status, visit.sources, visit.distribution) == ("verified", ("OURS",), "gamma")


def test_an_overlay_goes_before_the_perspective(tmp_path: Path) -> None:
    over = write(tmp_path, "[care.last_days]\nvalue = 1.0\n[use.febrile_share]\nvalue = 0.5\n")
    prices = Prices.load("us-payer", overlay=over)
    assert prices.vector(["care.last_days"]) == [1.0]
    assert prices.uses["febrile_share"].value == 0.5
    assert prices.vector(["monitoring.visit"]) == Prices.load("us-payer").vector(
        ["monitoring.visit"]
    )


def test_a_file_of_its_own_says_all_it_needs(tmp_path: Path) -> None:
    told = complaint(write(tmp_path, f"[monitoring.visit]\nvalue = 5.0\n{SOURCE}"))
    for field in ("currency", "price_year", "includes", "inflation"):
        assert f"field '{field}' is missing" in told
    mine = write(
        tmp_path,
        'currency = "USD"\nprice_year = 2024\nincludes = ["health"]\ninflation = "us-cpi"\n'
        f"[monitoring.visit]\nvalue = 5.0\n{SOURCE}",
    )
    assert Prices.load(mine).vector(["monitoring.visit"]) == [5.0]


# Bad files: one line each, with file, line, entry, what is allowed and the nearest name.

HEAD = 'extends = "uk-nhs"\n'
CASES: dict[str, tuple[str, Sequence[str]]] = {
    "negative price": (
        f"{HEAD}[monitoring.visit]\nvalue = -3.0\n{SOURCE}",
        ["mine.toml", "line 2", "monitoring.visit", "value is -3", "0 or more"],
    ),
    "one package free": (
        f"{HEAD}[drug.capecitabine]\npackages = [{{ mg = 500, units = 120, price = 22 }}, "
        f"{{ mg = 150, units = 60, price = 0 }}]\n{SOURCE}",
        ["line 2", "drug.capecitabine", "package 2", "price is 0", "all or none"],
    ),
    "negative package": (
        f"{HEAD}[drug.letrozole]\npackages = [{{ mg = 2.5, price = -1 }}]\n{SOURCE}",
        ["line 2", "drug.letrozole", "package 1", "price is -1", "0 or more"],
    ),
    "empty package": (
        f"{HEAD}[drug.letrozole]\npackages = [{{ mg = 0, price = 1 }}]\n{SOURCE}",
        ["package 1", "mg is 0", "above 0"],
    ),
    "package twice": (
        f"{HEAD}[drug.letrozole]\npackages = [{{ mg = 5, price = 1 }}, {{ mg = 5, price = 2 }}]\n{SOURCE}",
        ["package 2", "5 mg is given twice"],
    ),
    "no such item": (
        f"{HEAD}[monitoring.vist]\nvalue = 3.0\n{SOURCE}",
        ["line 2", "unknown item 'monitoring.vist'", "did you mean 'monitoring.visit'?"],
    ),
    "no such drug": (
        f"{HEAD}[drug.palbocilcib]\npackages = [{{ mg = 1, price = 1 }}]\n{SOURCE}",
        ["unknown item 'drug.palbocilcib'", "did you mean 'drug.palbociclib'?"],
    ),
    "no such group": (f"{HEAD}[hotel.night]\nvalue = 3.0\n{SOURCE}", ["unknown item 'hotel.night'"]),
    "no such field": (
        f"{HEAD}[monitoring.visit]\nvalu = 3.0\n{SOURCE}",
        ["monitoring.visit", "unknown field 'valu'", "did you mean 'value'?"],
    ),
    "no such head": (f"{HEAD}curency = 'GBP'\n", ["unknown field 'curency'", "did you mean 'currency'?"]),
    "a text": (
        f"{HEAD}[monitoring.visit]\nvalue = '3'\n{SOURCE}",
        ["monitoring.visit", "value is '3'", "must be a number"],
    ),
    "not a number": (f"{HEAD}[monitoring.visit]\nvalue = nan\n{SOURCE}", ["finite number"]),
    "twice": (
        f"{HEAD}[monitoring.visit]\nvalue = 3.0\n[monitoring.visit]\nvalue = 4.0\n",
        ["mine.toml", "not valid TOML", "monitoring", "visit"],
    ),
    "twice with quotes": (
        f'{HEAD}[monitoring.visit]\nvalue = 3.0\n["monitoring.visit"]\nvalue = 4.0\n',
        ["monitoring.visit", "is given twice"],
    ),
    "a drug without packages": (
        f"{HEAD}[drug.letrozole]\nvalue = 3.0\n{SOURCE}",
        ["drug.letrozole", "value given", "packages or made_of"],
    ),
    "nothing": (f"{HEAD}[monitoring.visit]\n{SOURCE}", ["monitoring.visit", "nothing given", "value"]),
    "made of nothing known": (
        f"{HEAD}[drug.cmf]\nmade_of = ['methotrexat']\n{SOURCE}",
        ["drug.cmf", "unknown drug 'methotrexat'", "did you mean 'methotrexate'?"],
    ),
    "moves with nothing": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\nmoves_with = 'monitoring.ecgs'\n{SOURCE}",
        ["monitoring.visit", "unknown item 'monitoring.ecgs'", "did you mean 'monitoring.ecg'?"],
    ),
    "no such perspective": (
        'extends = "uk-nsh"\n',
        ["unknown perspective 'uk-nsh'", "did you mean 'uk-nhs'?"],
    ),
    "no such index": (
        f"{HEAD}inflation = 'uk-nhsci'\n",
        ["unknown inflation index 'uk-nhsci'", "did you mean 'uk-nhscii'?"],
    ),
    "a currency without parity": (
        f"{HEAD}currency = 'XYZ'\nprice_year = 2024\ninflation = 'uk-nhscii'\n",
        ["unknown currency 'XYZ'", "no purchasing power parity", "known: USD, GBP"],
    ),
    "an entry in a currency without index": (
        f"{HEAD}[monitoring.visit]\nvalue = 3.0\ncurrency = 'SEK'\nprice_year = 2020\n{SOURCE}",
        ["mine.toml: monitoring.visit", "no index of inflation for the currency 'SEK'", "known: CAD"],
    ),
    "a year without index": (
        f"{HEAD}[monitoring.visit]\nvalue = 3.0\nprice_year = 2003\n{SOURCE}",
        ["mine.toml: monitoring.visit", "'uk-nhscii' has no year 2003", "2015 to 2025"],
    ),
    "another currency without its year": (
        f"{HEAD}currency = 'EUR'\n",
        ["field 'price_year' is missing", "field 'inflation' is missing"],
    ),
    "not a currency": (
        f"{HEAD}currency = 'pounds'\nprice_year = 2024\ninflation = 'uk-nhscii'\n",
        ["'pounds'", "three capital letters"],
    ),
    "gamma of mean 0": (
        f"{HEAD}[monitoring.visit]\nvalue = 0.0\ndistribution = 'gamma'\nstandard_error = 1.0\n{SOURCE}",
        ["monitoring.visit", "a gamma of mean 0 cannot be", "above 0"],
    ),
    "negative standard error": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\nstandard_error = -1.0\n{SOURCE}",
        ["standard_error is -1", "above 0"],
    ),
    "standard error 0": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\ndistribution = 'gamma'\nstandard_error = 0.0\n{SOURCE}",
        ["standard_error is 0", "above 0", 'distribution = "fixed"'],
    ),
    "no spread": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\ndistribution = 'lognormal'\n{SOURCE}",
        ["a lognormal needs standard_error", "range"],
    ),
    "both spreads": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\nstandard_error = 1.0\nrange = [4.0, 6.0]\n{SOURCE}",
        ["standard_error and range are both given"],
    ),
    "fixed with spread": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\ndistribution = 'fixed'\nstandard_error = 1.0\n{SOURCE}",
        ["standard_error is given and the distribution is fixed"],
    ),
    "range the wrong way round": (
        f"{HEAD}[monitoring.visit]\nvalue = 5.0\nrange = [6.0, 4.0]\n{SOURCE}",
        ["range 6 to 4 is empty", "lower"],
    ),
    "value outside its range": (
        f"{HEAD}[monitoring.visit]\nvalue = 7.0\nrange = [4.0, 6.0]\n{SOURCE}",
        ["value 7 is outside its range 4 to 6"],
    ),
    "range below 0": (
        f"{HEAD}[monitoring.visit]\nvalue = 7.0\nrange = [-4.0, 16.0]\n{SOURCE}",
        ["reaches to -4", "0 or more"],
    ),
    "lognormal from 0": (
        f"{HEAD}[monitoring.visit]\nvalue = 7.0\ndistribution = 'lognormal'\nrange = [0.0, 16.0]\n{SOURCE}",
        ["reaches to 0", "above 0"],
    ),
    "no such distribution": (
        f"{HEAD}[monitoring.visit]\nvalue = 7.0\ndistribution = 'gama'\n{SOURCE}",
        ["'gama' is not allowed", "gamma, lognormal, beta, fixed", "did you mean 'gamma'?"],
    ),
    "beta too wide": (
        f"{HEAD}[use.biopsy_share]\nvalue = 0.5\ndistribution = 'beta'\nstandard_error = 0.6\n",
        ["line 2", "use.biopsy_share", "0.6 is too large for a beta of mean 0.5", "below 0.5"],
    ),
    "beta of mean 1": (
        f"{HEAD}[use.biopsy_share]\nvalue = 1.0\ndistribution = 'beta'\nstandard_error = 0.1\n",
        ["a beta of mean 1 cannot be", "between 0 and 1"],
    ),
    "beta beyond 1": (
        f"{HEAD}[use.biopsy_share]\nvalue = 0.9\ndistribution = 'beta'\nrange = [0.7, 1.2]\n",
        ["reaches beyond 1"],
    ),
    "share above 1": (f"{HEAD}[use.biopsy_share]\nvalue = 1.5\n", ["value is 1.5", "0 to 1"]),
    "no such use": (
        f"{HEAD}[use.visits_on_treatmnt]\nvalue = 1.5\n",
        ["unknown use 'visits_on_treatmnt'", "did you mean 'visits_on_treatment'?"],
    ),
    "no such source": (
        f"{HEAD}[monitoring.visit]\nvalue = 7.0\nsources = ['FEE-99124']\nstatus = 'verified'\n",
        ["unknown source 'FEE-99124'", "did you mean 'FEE-99214'?"],
    ),
    "verified without source": (
        f"{HEAD}[monitoring.visit]\nvalue = 7.0\nstatus = 'verified'\n",
        ["monitoring.visit", "source missing"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CASES))
def test_bad_file(tmp_path: Path, name: str) -> None:
    text, parts = CASES[name]
    told = complaint(write(tmp_path, text))
    for part in ("mine.toml", *parts):
        assert part in told


@pytest.mark.parametrize(
    "given,parts",
    [
        ("uk-nsh", ["unknown perspective 'uk-nsh'", "did you mean 'uk-nhs'?"]),
        ("mars", ["unknown perspective 'mars'", "us-payer", ".toml"]),
        ("nowhere/mine.toml", ["nowhere/mine.toml", "cannot be read"]),
        (3, ["perspective=3", "uk-nhs"]),
    ],
)
def test_unknown_perspective(given: object, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Prices.load(given)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_faults_of_a_catalog_directory_are_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "costs"
    folder.mkdir()
    write(folder, f"{HEAD}[monitoring.visit]\nvalue = -3.0\n{SOURCE}", "a.toml")
    write(folder, '[ppp.GBP]\ndescription = "x"\nunit = "y"\nsources = []\n' + SOURCE
          + 'confidence = "low"\n[ppp.GBP.values]\n20x4 = 1.0\n2024 = -1.0\n', "indices.toml")  # fmt: skip
    with pytest.raises(DataErrors) as caught:
        load(tmp_path)
    told = "\n".join(caught.value.problems)
    for part in (
        "a.toml",
        "value is -3",
        "indices.toml",
        "'20x4' is no calendar year",
        "2024 is -1",
    ):
        assert part in told


# Where prices come from.


def test_sources_of_a_price_name_both_perspectives(packaged: Catalog) -> None:
    told = render_text(describe(packaged, "cost.trastuzumab-deruxtecan"))
    for part in (
        "uk-nhs", "us-payer", "14.55 GBP 2024 per mg", "32.874 USD 2026 per mg", "100 mg", "1455 GBP",
        "gamma, 29.5866", "verified (read at the source)", "UKP-TDXD", "ASP-J9358", "sources:",
    ):  # fmt: skip
        assert part in told
    assert render_text(describe(packaged, "cost.drug.trastuzumab-deruxtecan")) == told
    assert "NOT VERIFIED" not in told
    assert "NOT VERIFIED" in render_text(describe(packaged, "cost.capivasertib"))


def test_sources_of_prices_are_listed_and_the_nearest_named(packaged: Catalog) -> None:
    listed = describe(packaged, "cost.")["entries"]
    assert describe(packaged, "cost")["entries"] == listed
    assert len(listed) == len(packaged.costs.items)
    for line in listed:
        assert describe(packaged, line["key"])["kind"] == "cost"
    with pytest.raises(InputError, match=r"did you mean 'cost\.trastuzumab-deruxtecan'\?"):
        describe(packaged, "cost.trastuzumab-deruxtican")
    for group in ("use", "perspective", "inflation", "ppp", "reference_case", "norm"):
        for line in describe(packaged, group)["entries"]:
            found = describe(packaged, line["key"])
            assert render_text(found)
            assert found["sources"] or line["status"] == "assumption"
