"""Doses, vials and packs: known answers, exact optima, dates of a schedule."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import lognorm, norm

import seedsoil as ss
from seedsoil.economics.body import Bodies, log_normal
from seedsoil.economics.dosing import Doses, Spells, doses
from seedsoil.economics.packages import Pack, cheapest, nearest_tablets
from seedsoil.units import DAYS_PER_YEAR

DOSING = ss.load_catalog().dosing


def spells(days: list[float], *, rows: list[int] | None = None, first: bool = True) -> Spells:
    n = len(days)
    return Spells(
        np.array(rows if rows is not None else range(n)),
        np.zeros(n),
        np.array(days) / DAYS_PER_YEAR,
        np.full(n, 60.0),
        np.full(n, first),
    )


def women(weight: list[float], height: float = 160.0) -> Bodies:
    return Bodies(np.array(weight), np.full(len(weight), height), 0.75)


def given(drug: str, found: Spells, bodies: Bodies, regimen: str = "", **more: object) -> Doses:
    (posology,) = DOSING.given(regimen, drug).values()
    return doses(posology, found, bodies, **more)  # type: ignore[arg-type]


# Vials ----------------------------------------------------------------------------------------------


def test_trastuzumab_deruxtecan_takes_4_39_vials_on_average_and_wastes_11_per_cent() -> None:
    # 5.4 mg/kg at 72 ± 15 kg from vials of 100 mg: E⌈5.4 W / 100⌉ = Σ P(5.4 W > 100 n), n = 0, 1, …
    edges = np.arange(200) * 100.0 / 5.4
    mu, sigma = log_normal(72.0, 15.0)
    for weight in (norm(72.0, 15.0), lognorm(sigma, scale=math.exp(mu))):
        vials = weight.sf(edges).sum()
        assert vials == pytest.approx(4.388, abs=5e-4)
        assert 1 - 5.4 * 72 / (100 * vials) == pytest.approx(0.114, abs=5e-4)
    assert math.ceil(5.4 * 72 / 100) == 4  # what the mean weight would take
    kilos = np.exp(mu + sigma * np.random.default_rng(1).standard_normal(40_000))
    found = given("trastuzumab-deruxtecan", spells([1.0] * kilos.size), women(kilos.tolist()))
    exact = lognorm(sigma, scale=math.exp(mu)).sf(edges).sum()
    assert found.packs.mean() == pytest.approx(exact, abs=4 * found.packs.std() / 200)
    assert found.paid.mean() == pytest.approx(100 * exact, abs=400 * found.packs.std() / 200)
    assert found.given == pytest.approx(5.4 * kilos)


@pytest.mark.parametrize(
    "packs",
    [
        (Pack(20.0), Pack(80.0), Pack(160.0)),
        (Pack(150.0, 1, 407.4), Pack(420.0, 1, 1000.0)),
        (Pack(100.0, 1, 30.0), Pack(160.0, 1, 300.0)),
        (Pack(50.0, 1, 20.0), Pack(150.0, 1, 21.0), Pack(450.0, 1, 60.0), Pack(600.0, 1, 300.0)),
        (Pack(0.88, 1, 361.0), Pack(1.32, 1, 541.5)),
    ],
)
def test_vials_are_the_cheapest_of_all_combinations(packs: tuple[Pack, ...]) -> None:
    table = cheapest(packs, 1000.0 if packs[0].mg > 5 else 10.0)
    prices = [p.mg if math.isnan(p.price) else p.price for p in packs]
    reference = min(c / p.mg for c, p in zip(prices, packs, strict=True))
    dose = np.linspace(0.01, 700.0 if packs[0].mg > 5 else 7.0, 77)
    place = table.of(dose)
    for i, wanted in enumerate(dose):
        ranges = [range(math.ceil(wanted / p.mg) + 1) for p in packs]
        costs = (
            sum(n * c for n, c in zip(numbers, prices, strict=True))
            for numbers in itertools.product(*ranges)
            if sum(n * p.mg for n, p in zip(numbers, packs, strict=True)) >= wanted - 1e-9
        )
        assert table.worth[place[i]] * reference == pytest.approx(min(costs))
        assert table.mg[place[i]] >= wanted - 1e-9
        assert table.counts[place[i]] @ [p.mg for p in packs] == pytest.approx(table.mg[place[i]])


def test_two_syringes_of_a_pack_of_two_are_one_pack() -> None:
    pack = (Pack(250.0, 2, 522.41),)
    found = given("fulvestrant", spells([14.0]), women([60.0]), packs=pack)
    assert found.packs.tolist() == [[1.0]]
    assert found.paid == pytest.approx([500.0])


def test_a_doubled_price_of_every_size_changes_no_vial() -> None:
    once = (Pack(150.0, 1, 407.4), Pack(420.0, 1, 1000.0))
    twice = tuple(pack._replace(price=2 * pack.price) for pack in once)
    a, b = cheapest(once, 900.0), cheapest(twice, 900.0)
    assert np.array_equal(a.counts, b.counts)
    assert np.array_equal(a.worth, b.worth)


def test_shared_vials_are_paid_by_the_mg_and_never_more() -> None:
    found, bodies = spells([200.0] * 50), women(np.linspace(45, 130, 50).tolist())
    for drug in ("trastuzumab", "docetaxel", "pertuzumab", "carboplatin", "eribulin"):
        alone = given(drug, found, bodies)
        together = given(drug, found, bodies, shared=True)
        assert together.paid == pytest.approx(together.given)
        assert np.all(together.paid <= alone.paid + 1e-6)


# Schedules ------------------------------------------------------------------------------------------


def days(found: Doses, row: int = 0) -> list[int]:
    return sorted(round(float(t) * DAYS_PER_YEAR) for t in found.at[found.row == row])


def test_a_loading_dose_then_maintenance_every_3_weeks_until_it_stops() -> None:
    found = given("trastuzumab", spells([63.0, 64.0], rows=[0, 0]), women([75.0]))
    assert days(found) == [0, 0, 21, 21, 42, 42, 63]  # none on the day on which it stops
    assert sorted(found.given) == [450.0] * 5 + [600.0] * 2
    assert found.minutes.tolist().count(90.0) == 2
    assert found.minutes.tolist().count(30.0) == 5
    without = given("trastuzumab", spells([63.0], first=False), women([75.0]))
    assert without.given.tolist() == [450.0] * 3


def test_days_of_a_cycle_and_extra_days_of_the_first() -> None:
    assert days(given("eribulin", spells([22.5]), women([60.0]))) == [0, 7, 21]
    assert days(given("eribulin", spells([7.0]), women([60.0]))) == [0]
    assert days(given("fulvestrant", spells([60.0]), women([60.0]))) == [0, 14, 28, 56]
    weekly = given("paclitaxel-weekly", spells([56.0]), women([60.0]))
    assert days(weekly) == [0, 7, 14, 28, 35, 42]


def test_doses_by_surface_and_by_clearance() -> None:
    bodies = women([64.0], 169.0)
    surface = (64 * 169) ** 0.5 / 60
    assert given("docetaxel", spells([1.0]), bodies).given[0] == pytest.approx(75 * surface)
    alone = given("docetaxel", spells([1.0]), bodies, "docetaxel")
    assert alone.given[0] == pytest.approx(100 * surface)
    large = women([140.0], 169.0)
    assert given("ixabepilone", spells([1.0]), large).given[0] == pytest.approx(40 * 2.2)
    clearance = 80 * 64 * 0.85 / (72 * 0.75)
    found = given("carboplatin", spells([21.0]), bodies)
    assert found.given == pytest.approx([2 * (clearance + 25)] * 2)


@pytest.mark.parametrize("drug", ["trastuzumab", "docetaxel"])
def test_heavier_women_need_more_of_a_drug_dosed_by_weight(drug: str) -> None:
    """By weight and by surface: more mg, and never fewer that are paid."""
    found = given(drug, spells([1.0] * 3), women([50.0, 65.0, 90.0]))
    assert (np.diff(found.given) > 0.0).all()
    assert (np.diff(found.paid) >= 0.0).all()
    assert found.paid[-1] > found.paid[0]


# By mouth -------------------------------------------------------------------------------------------


def test_mg_of_a_flat_oral_drug_is_dose_times_days() -> None:
    lasts = [1.0, 28.0, 100.0, 1000.0]
    found = given("letrozole", spells(lasts), women([70.0] * 4))
    assert found.given.tolist() == [2.5 * d for d in lasts]
    packs = np.bincount(found.row, minlength=4)
    assert packs.tolist() == [1, 1, 4, 36]
    assert found.paid == pytest.approx(2.5 * 28)


def test_21_of_28_days_is_a_pack_a_cycle() -> None:
    box = (Pack(125.0, 21, 2950.0), Pack(100.0, 21, 2950.0))
    found = given("palbociclib", spells([21.0, 28.0, 29.0, 85.0]), women([70.0] * 4), packs=box)
    assert np.bincount(found.row).tolist() == [1, 1, 2, 4]
    assert found.given.tolist() == [125.0 * d for d in (21, 21, 22, 64)]
    assert days(found, 3) == [0, 28, 56, 84]
    assert found.paid == pytest.approx(125.0 * 21)


def test_packs_that_last_half_as_long_are_dispensed_in_twos() -> None:
    found = given("lapatinib", spells([60.0]), women([70.0]), packs=(Pack(250.0, 70, 804.3),))
    assert days(found) == [0, 28, 56]  # 5 tablets a day: a pack lasts 14 days
    assert found.packs[:, 0].tolist() == [2.0, 2.0, 2.0]
    thirty = given("letrozole", spells([61.0]), women([70.0]), packs=(Pack(2.5, 30, 10.0),))
    assert days(thirty) == [0, 30, 60]


def test_4_of_7_days() -> None:
    found = given("capivasertib", spells([30.0]), women([70.0]), packs=(Pack(200.0, 64, 1.0),))
    assert days(found) == [0, 28]
    assert found.given.tolist() == [800.0 * 18]


def test_tablets_are_the_nearest_whole_ones() -> None:
    packs = (Pack(150.0, 60, 30.0), Pack(500.0, 120, 200.0))
    table = nearest_tablets(packs, 3000.0)
    reachable = sorted({150 * a + 500 * b for a in range(30) for b in range(10)})
    for wanted in np.linspace(400, 2900, 60):
        mg = table.mg[table.of(np.array([wanted]))[0]]
        best = min(abs(r - wanted) for r in reachable)
        assert abs(mg - wanted) == pytest.approx(best)
        assert mg in reachable
    found = given("capecitabine", spells([21.0, 22.0]), women([64.0, 64.0], 169.0), packs=packs)
    assert days(found, 1) == [0, 21]
    assert found.given[0] == pytest.approx(2 * 14 * 2150)  # 1250 · 1.733 = 2167 mg twice a day


def test_tablets_of_capecitabine_are_those_of_the_label() -> None:
    # the label's table of daily doses at 1,250 mg/m² twice a day, by body surface
    bodies = Bodies(np.array([1.315, 1.585, 1.845]) ** 2 * 3600 / 160, np.full(3, 160.0), 0.75)
    assert bodies.surface == pytest.approx([1.315, 1.585, 1.845])
    found = given("capecitabine", spells([14.0] * 3), bodies)
    assert found.given == pytest.approx([14 * 3300.0, 14 * 4000.0, 14 * 4600.0])


def test_nothing_given_is_nothing() -> None:
    for drug in ("letrozole", "trastuzumab", "capecitabine"):
        found = given(drug, spells([0.0]), women([70.0]))
        assert found.row.size == 0
        assert found.given.sum() == 0.0


# The catalog ----------------------------------------------------------------------------------------


def test_every_drug_of_the_catalog_has_a_posology_in_every_regimen() -> None:
    catalog = ss.load_catalog()
    for name, regimen in catalog.regimens.items():
        for part in regimen.drugs:
            assert DOSING.given(name, part.drug)
    for name, said in DOSING.regimens.items():
        assert name in catalog.regimens
        drugs = {part.drug for part in catalog.regimens[name].drugs}
        assert {*said.drugs, *said.adds.values()} <= drugs


def test_a_drug_without_posology_is_named() -> None:
    with pytest.raises(ss.InputError, match=r"no posology of drug 'letrozol'.*'letrozole'"):
        DOSING.given("x", "letrozol")
    # names of drugs end alike: one of a strategy's own is no slip for another
    with pytest.raises(ss.InputError, match=r"no posology of drug 'novelumab'") as caught:
        DOSING.given("x", "novelumab")
    assert "did you mean" not in str(caught.value)
