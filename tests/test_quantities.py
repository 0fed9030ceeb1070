"""Quantities and costs of a run: exact limits, identity of the woman, and sums that must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import seedsoil as ss
from seedsoil.economics.body import Bodies
from seedsoil.economics.costing import cost
from seedsoil.economics.dosing import Spells, doses
from seedsoil.economics.drug_use import by_day
from seedsoil.economics.imaging import scans_of
from seedsoil.economics.ledger import Women
from seedsoil.economics.prices import Prices
from seedsoil.economics.quantities import Quantities, quantities_of
from seedsoil.results.columns import women_found_in_life
from seedsoil.results.discounting import Discounting
from seedsoil.units import DAYS_PER_YEAR, WEEKS_PER_YEAR

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.run.run import Run

WOMEN = 1_500
CATALOG = ss.load_catalog()
PRICES = Prices.load("uk-nhs", CATALOG)


@pytest.fixture(scope="module")
def run() -> Run:
    return ss.simulate(WOMEN, seed=3, strategy="2025")


@pytest.fixture(scope="module")
def used(run: Run) -> Quantities:
    return quantities(run)


def quantities(run: Run, **more: Any) -> Quantities:
    return quantities_of(
        run, **{"perspective": PRICES, "catalog": CATALOG, "societal": True, **more}
    )


# Limits ---------------------------------------------------------------------------------------------


def test_no_price_is_no_cost(used: Quantities) -> None:
    free = cost(used, np.zeros(len(used.items)))
    assert not free.total.any()
    assert not free.by_category.any()


def test_a_doubled_price_doubles_the_cost_to_the_bit(used: Quantities) -> None:
    prices = PRICES.vector(used.items)
    drugs = np.array([category == "drugs" for category in used.item_categories])
    once = cost(used, prices)
    twice = cost(used, np.where(drugs, 2.0, 1.0) * prices)
    place = once.categories.index("drugs")
    assert np.array_equal(twice.by_category[:, place], 2.0 * once.by_category[:, place])
    others = [k for k in range(len(once.categories)) if k != place]
    assert np.array_equal(twice.by_category[:, others], once.by_category[:, others])
    assert once.by_category[:, place].sum() > 0


def test_costs_add_up(used: Quantities) -> None:
    prices = PRICES.vector(used.items)
    found = cost(used, prices)
    assert np.array_equal(found.total, found.by_category.sum(axis=1))
    assert found.total == pytest.approx(used.discounted @ prices)
    mean, error = found.mean()
    assert mean == found.total.mean()
    assert 0 < error < mean


@pytest.mark.parametrize("form", ["continuous", "annual"])
def test_horizon_0_is_nothing(run: Run, form: str) -> None:
    found = quantities(run, discount=Discounting(0.035, form, horizon=0.0))  # type: ignore[arg-type]
    assert not found.per_woman.any()
    assert not found.discounted.any()
    assert not any(mg.any() for mg in found.given.values())


def test_rate_0_is_undiscounted_to_the_bit(run: Run, used: Quantities) -> None:
    found = quantities(run, discount=Discounting(0.0))
    assert np.array_equal(found.discounted, found.per_woman)
    assert np.array_equal(found.per_woman, used.per_woman)
    assert np.all(used.discounted <= used.per_woman * (1 + 1e-12))


def test_a_horizon_cuts_everything_off(run: Run, used: Quantities) -> None:
    found = quantities(run, discount=Discounting(0.035, horizon=2.0))
    assert np.all(found.per_woman <= used.per_woman * (1 + 1e-12) + 1e-9)
    months = found.column("care.progression_free") + found.column("care.progressed")
    assert months == pytest.approx(12 * np.minimum(used.life_years, 2.0))
    dead = used.life_years < 2.0 - 1e-6
    assert np.array_equal(found.per_woman[dead], used.per_woman[dead])


# The woman ------------------------------------------------------------------------------------------


def test_identical_strategies_use_the_same_to_the_bit(used: Quantities) -> None:
    again = quantities(ss.simulate(WOMEN, seed=3, strategy="2025", threads=1))
    assert np.array_equal(again.per_woman, used.per_woman)
    assert np.array_equal(again.discounted, used.discounted)


def test_a_woman_uses_the_same_among_others_and_in_another_shard(used: Quantities) -> None:
    some = quantities(ss.simulate(400, seed=3, first=700, strategy="2025"))
    place = np.searchsorted(used.women, some.women)
    assert np.array_equal(used.women[place], some.women)
    assert np.array_equal(used.per_woman[place], some.per_woman)
    assert np.array_equal(used.discounted[place], some.discounted)
    for name, mg in some.given.items():
        assert np.array_equal(used.given[name][place], mg)
    prices = PRICES.vector(used.items)
    assert np.array_equal(cost(used, prices).total[place], cost(some, prices).total)


def test_who_is_counted(run: Run, used: Quantities) -> None:
    found = women_found_in_life(run.patients)
    assert used.women.tolist() == run.patients["patient"].to_numpy()[found].tolist()
    assert used.column("one_off.diagnosis").tolist() == [1.0] * len(used.women)


# Sums that must agree -------------------------------------------------------------------------------


def test_months_of_care_are_the_life_years(run: Run, used: Quantities) -> None:
    months = used.column("care.progression_free") + used.column("care.progressed")
    assert months == pytest.approx(12 * used.life_years)
    died = run.patients["died_at"].to_numpy() - run.patients["metastatic_at"].to_numpy()
    assert used.life_years == pytest.approx(died[women_found_in_life(run.patients)])
    assert used.column("society.informal_care") == pytest.approx(12 * used.life_years)
    lost = used.column("society.productivity")
    assert np.all(lost <= 12 * used.life_years * PRICES.uses["employed_share"].value + 1e-9)


def test_visits_are_those_of_the_time_on_and_off_treatment(run: Run) -> None:
    found = quantities(run, uses={"visits_on_treatment": 3.0, "visits_off_treatment": 0.5})
    women = run.patients.filter(pa.array(women_found_in_life(run.patients)))
    on = women["years_on_treatment"].to_numpy()
    expected = 12 * (3.0 * on + 0.5 * (found.life_years - on))
    assert found.column("monitoring.visit") == pytest.approx(expected)


def of_spells(run: Run, drug: str, per_day: float) -> np.ndarray[Any, Any]:
    """mg of a flat oral drug taken every day, from the table of drugs, spell by spell."""
    ids = run.patients["patient"].to_numpy()[women_found_in_life(run.patients)]
    mg = dict.fromkeys(ids.tolist(), 0.0)
    for row in run.drugs.to_pylist():
        if row["drug"] == drug:
            days = (row["stopped_at"] - row["started_at"]) * DAYS_PER_YEAR
            mg[row["patient"]] += per_day * np.ceil(days - 1e-5)
    return np.array(list(mg.values()))


def test_mg_of_a_flat_oral_drug_is_dose_times_days(run: Run, used: Quantities) -> None:
    for drug, a_day in (("letrozole", 2.5), ("abemaciclib", 300.0), ("everolimus", 10.0)):
        expected = of_spells(run, drug, a_day)
        assert expected.sum() > 0
        assert used.given[drug] == pytest.approx(expected)
        assert np.all(used.column(f"drug.{drug}") >= expected - 1e-6)  # packs are paid whole


def test_mg_paid_are_whole_vials(used: Quantities) -> None:
    for drug, size in (("trastuzumab-deruxtecan", "100"), ("pertuzumab", "420")):
        vials = used.packs[f"drug.{drug}.{size}"]
        assert vials.sum() > 0
        assert np.array_equal(vials, np.round(vials))
        assert used.column(f"drug.{drug}") == pytest.approx(vials * float(size))


def test_packages_times_their_prices_are_the_cost_of_drugs(run: Run) -> None:
    for perspective in ("uk-nhs", "us-payer"):
        prices = Prices.load(perspective, CATALOG)
        for sharing in ("none", "all"):
            found = quantities(run, perspective=prices, sharing=sharing)
            spent = sum(found.packs[item] * prices.vector([item])[0] for item in found.packs)
            drugs = [item for item in found.items if item.startswith("drug.")]
            expected = sum(found.column(item) * prices.vector([item])[0] for item in drugs)
            assert spent == pytest.approx(expected)
            assert np.sum(spent) > 0


def test_sharing_vials_costs_no_more(run: Run, used: Quantities) -> None:
    shared = quantities(run, sharing="all")
    assert np.all(shared.per_woman <= used.per_woman + 1e-6)
    assert shared.column("drug.sacituzumab").sum() < used.column("drug.sacituzumab").sum()
    assert shared.column("drug.sacituzumab") == pytest.approx(shared.given["sacituzumab"])
    assert np.array_equal(shared.column("drug.letrozole"), used.column("drug.letrozole"))


def test_deaths_and_toxicity_are_those_of_the_run(run: Run, used: Quantities) -> None:
    found = run.patients.filter(pa.array(women_found_in_life(run.patients)))
    causes = found["cause_of_death"].to_pylist()
    assert used.column("care.last_days").tolist() == [float(c != "other") for c in causes]
    assert used.column("toxicity.death").tolist() == [float(c == "treatment") for c in causes]
    toxic = used.column("toxicity.grade3") + used.column("toxicity.febrile_neutropenia")
    assert toxic.sum() == pytest.approx(run.lines["toxicity"].to_numpy(zero_copy_only=False).sum())
    fractures = [row["symptom"] for row in run.symptoms.to_pylist()].count("fracture")
    assert used.column("skeletal.fracture").sum() == fractures
    assert "symptom.bone.fracture" not in used.items


def test_drugs_given_together_are_one_attendance_long_if_it_takes_an_hour() -> None:
    one = np.zeros(1, dtype=np.int64)
    stays = Spells(one, np.zeros(1), np.array([63.5 / DAYS_PER_YEAR]), np.full(1, 60.0), one == 0)
    body = Bodies(np.array([70.0]), np.array([165.0]), 0.75)
    regimen = "pertuzumab-trastuzumab-docetaxel"
    given = [
        doses(CATALOG.dosing.given(regimen, drug)[drug], stays, body)
        for drug in ("pertuzumab", "trastuzumab", "docetaxel")
    ]
    row, at, minutes = by_day(given)
    assert np.round(at * DAYS_PER_YEAR).tolist() == [0, 21, 42, 63]
    assert minutes.tolist() == [210.0, 135.0, 135.0, 135.0]
    assert by_day(given[1:2])[2].tolist() == [90.0, 30.0, 30.0, 30.0]
    assert row.tolist() == [0, 0, 0, 0]
    assert by_day([])[0].size == 0


def test_biomarkers_are_tested_where_the_strategy_asks_for_them() -> None:
    tests = ("test.pd_l1", "test.gbrca", "test.pik3ca", "test.esr1_plasma")
    sums = {}
    for strategy in ("pre-2013", "2022", "2025"):
        found = quantities(ss.simulate(500, seed=3, strategy=strategy))
        sums[strategy] = [found.column(name).sum() > 0 for name in tests]
    assert sums == {
        "pre-2013": [False] * 4,
        "2022": [True, True, True, False],
        "2025": [True] * 4,
    }


def test_scans_are_those_of_the_simulation() -> None:
    run = ss.simulate(200, seed=1, strategy="2022")
    women = Women.of(run.patients, 1, CATALOG.dosing.body("england"))
    weeks = CATALOG.strategies["2022"].scan_weeks
    jitter = CATALOG.value("recist.scan_jitter_weeks")
    found = scans_of(run.lines, women, scan_weeks=weeks, jitter_weeks=jitter, seed=1)
    simulated = counted = 0
    for row, patient in enumerate(women.patients["patient"].to_pylist()):
        course = ss.patient(patient, seed=1, strategy="2022")
        dates = np.array([scan["scanned_at"] for scan in course.scans]) - women.zero[row]
        symptoms = sum(line["progression_by"] == "symptom" for line in course.lines)
        own = found.at[found.row == row]
        apart = [at for at in own if dates.size == 0 or np.abs(dates - at).min() > 1e-6]
        assert len(apart) <= symptoms  # a symptom dates the progression that a scan confirms
        assert all(np.abs(dates - at).min() < weeks / WEEKS_PER_YEAR for at in apart)
        simulated, counted = simulated + dates.size, counted + own.size
    assert simulated > 500
    # scans for symptoms that were no progression are in no table
    assert 0.98 * simulated < counted <= simulated


def test_without_drugs_there_is_care_alone() -> None:
    found = quantities(ss.simulate(400, seed=3, strategy="untreated"))
    assert not found.given
    assert not found.column("administration.oral_dispensing").any()
    assert found.column("monitoring.visit") == pytest.approx(
        12 * found.life_years * PRICES.uses["visits_off_treatment"].value
    )


# Bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, said",
    [
        ({"sharing": "some"}, "sharing='some': must be 'none' or 'all'"),
        ({"uses": {"visits_on": 1.0}}, "no use 'visits_on'. did you mean 'visits_on_treatment'?"),
        ({"uses": {"esr1_share": -1.0}}, "esr1_share=-1.0: must be a number of 0 or more"),
        ({"uses": {"denosumab_weeks": 0.0}}, "denosumab_weeks is 0; it must be 1 or more"),
        ({"body": "englnd"}, "did you mean 'england'?"),
        ({"items": ["drug.letrozol"]}, "did you mean 'drug.letrozole'?"),
        ({"strategy": ss.strategy("2022")}, "treated by another '2025' than this one"),
        ({"perspective": "uk"}, "unknown perspective 'uk'"),
    ],
)
def test_bad_input_is_one_clear_line(run: Run, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ss.InputError) as caught:
        quantities_of(run, **{"catalog": CATALOG, "perspective": PRICES, **given})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


OWN = """
scan_weeks = 12
[drug.new-degrader]
class = "hormonal"
kill = { er_antagonism = 5.0 }
subtypes = { hr_pos_her2_neg = 1, hr_pos_her2_pos = 1, hr_neg_her2_pos = 0, tnbc = 0 }
grade3_plus = 0.1
discontinuation = 0.03
[regimen.new-degrader]
drugs = [{ drug = "new-degrader" }]
[[line]]
when = { line = "1", subtype = ["HR+/HER2-"] }
regimen = "new-degrader"
[[line]]
when = { line = "2" }
regimen = "doxorubicin-docetaxel"
until = { months = 6 }
"""
POSOLOGY = """
[drug.new-degrader]
route = "oral"
dose = 200.0
unit = "mg"
cycle_days = 28
on_days = 28
supply_days = 28
sizes = [100.0]
sources = []
status = "assumption"
confidence = "low"
"""


def test_a_strategy_with_a_drug_of_its_own(tmp_path: Path) -> None:
    file, folder = tmp_path / "own.toml", tmp_path / "catalog"
    file.write_text(OWN, encoding="utf-8")
    own = ss.strategy(file)
    run = ss.simulate(300, seed=3, strategy=own)
    with pytest.raises(ss.InputError, match="'own', which the catalog lacks; give the strategy"):
        quantities(run)
    with pytest.raises(ss.InputError, match="no posology of drug 'new-degrader'"):
        quantities(run, strategy=own)
    (folder / "costs").mkdir(parents=True)
    (folder / "costs" / "dosing.toml").write_text(POSOLOGY, encoding="utf-8")
    found = quantities(run, strategy=own, catalog=ss.load_catalog(folder))
    assert found.column("drug.new-degrader").sum() > 0
    # primary prophylaxis, once a cycle of three weeks
    gcsf, vials = found.column("supportive.gcsf"), found.given["docetaxel"]
    assert np.array_equal(gcsf > 0, vials > 0)
    assert 1 <= gcsf.max() <= 9
    with pytest.raises(ss.InputError, match=r"drug\.new-degrader has no price"):
        PRICES.vector(found.items)


def test_nobody_to_count_is_said(run: Run) -> None:
    part = run.where("metastatic_at == None")
    with pytest.raises(ss.InputError, match="no woman of the run"):
        quantities(part)


def test_wrong_prices_are_refused(used: Quantities) -> None:
    with pytest.raises(ss.InputError, match=r"3 items|numbers for"):
        cost(used, np.ones(3))
    prices = np.ones(len(used.items))
    prices[2] = -1.0
    with pytest.raises(ss.InputError, match=used.items[2]):
        cost(used, prices)


def test_the_table_names_what_was_used(used: Quantities) -> None:
    table = used.table()
    assert set(table["category"].to_pylist()) <= set(used.categories)
    row = table.to_pylist()[table["item"].to_pylist().index("care.progressed")]
    assert row["unit"] == "month"
    assert row["mean"] == pytest.approx(used.column("care.progressed").mean())
    assert row["discounted"] < row["mean"]
    with pytest.raises(ss.InputError, match=r"care\.progressed"):
        used.column("care.progresed")
