"""Economic evaluations: what must hold whatever the numbers, and what is said of bad input."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

import seedsoil as ss
from made_evaluation import made
from seedsoil.catalog import load
from seedsoil.cli import main
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.economics.evaluation import BASES, COLUMNS, DRAWN, STANDINGS, STATES, icer_words
from seedsoil.economics.lay import lay_sentences
from seedsoil.economics.moments import JointMoments
from seedsoil.economics.prices import Prices
from seedsoil.economics.quantities import quantities_of
from seedsoil.economics.telling import most_telling
from seedsoil.errors import InputError
from seedsoil.results.columns import ALL_WOMEN
from seedsoil.results.discounting import Discounting
from seedsoil.results.moments import Moments

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.answers import Evaluation

WOMEN = 1_500
PAIR = ["pre-2013", "2022"]


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return ss.evaluate(PAIR, women=WOMEN, seed=3, by="subtype")


@pytest.fixture(scope="module")
def drawn() -> Evaluation:
    thresholds = [300_000, 100_000]
    return ss.evaluate(PAIR, women=400, seed=3, psa=12, by="subtype", thresholds=thresholds)


def overlay(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# Known answers and what must be exact ----------------------------------------------------------------


def test_joined_moments_are_those_of_all_women() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(1e6, 3.0, (501, 4))
    whole, parts = (
        JointMoments.of(values),
        JointMoments.of(values[:100]) + JointMoments.of(values[100:]),
    )
    assert parts.count == 501
    assert np.allclose(parts.mean, whole.mean, rtol=1e-14)
    assert np.allclose(parts.spread / 500, np.cov(values.T), rtol=1e-9, atol=1e-7)
    weights = np.array([1.0, -2.0, 0.5, 0.0])
    of_each = values @ weights
    assert parts.error(weights) == pytest.approx(of_each.std(ddof=1) / math.sqrt(501), rel=1e-9)
    errors = (Moments.of(values[:7]) + Moments.of(values[7:])).error
    assert np.allclose(errors, values.std(axis=0, ddof=1) / math.sqrt(501), rtol=1e-9)
    assert JointMoments.of(values[:0]) + whole is whole


def test_costs_are_prices_times_what_each_woman_used(found: Evaluation) -> None:
    run = ss.simulate(WOMEN, seed=3, strategy="2022")
    prices = Prices.load("uk-nhs")
    used = quantities_of(run, perspective=prices, items=found.items)
    cost = used.discounted @ prices.vector(found.items)
    row = found.row("costs", strategy="2022", category="total")
    assert found.found == cost.size
    assert row["mean"] == pytest.approx(cost.mean(), rel=1e-10)
    assert row["se"] == pytest.approx(cost.std(ddof=1) / math.sqrt(cost.size), rel=1e-8)
    qalys = run.qalys(discount=0.035).groups[0]
    told = found.row("effects", strategy="2022", measure="qaly", state="all")
    assert told["mean"] == pytest.approx(qalys.quality_adjusted.mean(), rel=1e-10)
    lived = found.row("effects", strategy="2022", measure="life_years", state="all")
    assert lived["mean"] == pytest.approx(qalys.lived.mean(), rel=1e-10)


def test_differences_and_errors_are_those_of_the_pairs(found: Evaluation) -> None:
    prices = Prices.load("uk-nhs")
    costs = []
    for name in PAIR:
        run = ss.simulate(WOMEN, seed=3, strategy=name)
        used = quantities_of(run, perspective=prices, items=found.items)
        costs.append(used.discounted @ prices.vector(found.items))
    change = costs[1] - costs[0]
    row = found.row("costs", strategy="2022", category="total")
    assert row["difference"] == pytest.approx(change.mean(), rel=1e-9)
    assert row["difference_se"] == pytest.approx(
        change.std(ddof=1) / math.sqrt(change.size), rel=1e-8
    )


def test_parts_add_up(found: Evaluation) -> None:
    for name in PAIR:
        parts = [found.row("costs", strategy=name, category=c)["mean"] for c in found.categories]
        total = found.row("costs", strategy=name, category="total")["mean"]
        assert sum(parts) == pytest.approx(total, rel=1e-12)
        for measure in ("life_years", "qaly"):
            states = [
                found.row("effects", strategy=name, measure=measure, state=state)["mean"]
                for state in STATES
            ]
            whole = found.row("effects", strategy=name, measure=measure, state="all")["mean"]
            assert sum(states) == pytest.approx(whole, rel=1e-12)
    women = {g: found.books.women(g) for g in found.groups}
    assert women[ALL_WOMEN] == found.found == sum(women[g] for g in found.groups[1:])
    years = [r["cost"] for r in found.yearly.to_pylist() if r["category"] == "total"]
    assert all(cost > 0 for cost in years)


def test_tables_have_the_columns_that_they_promise(found: Evaluation) -> None:
    for name, columns in COLUMNS.items():
        assert tuple(getattr(found, name).column_names) == columns
    assert set(found.incremental.column("standing").to_pylist()) <= set(STANDINGS)
    assert found.scenarios.num_rows == 0
    assert "scenarios" not in found.tables()


def test_identical_strategies_differ_by_exactly_nothing() -> None:
    catalog = load()
    same = catalog.strategy("2022").model_copy(update={"name": "the same"})
    result = ss.evaluate(
        ["2022", same], women=600, seed=2, by="subtype", psa=3, thresholds=[20_000, 0]
    )
    for r in result.costs.to_pylist():
        assert r["difference"] == 0.0
        assert r["difference_se"] in (0.0, None)
    for r in result.effects.to_pylist():
        assert r["difference"] == 0.0
    for r in result.net_benefit.to_pylist():
        assert r["inmb"] == 0.0
        assert r["inmb_se"] in (0.0, None)
    assert {r["basis"] for r in result.incremental.to_pylist()} == set(BASES)
    standings = {r["strategy"]: r["standing"] for r in result.incremental.to_pylist()}
    assert standings["the same"] == "no difference"
    assert result.one_way.num_rows == 0
    assert result.threshold_prices.num_rows == 0
    assert "makes no difference" in result.sentence
    assert "there is no difference, and nothing to choose" in lay_sentences(result)[-1]
    assert "best buy" not in " ".join(lay_sentences(result))
    assert result.psa is not None
    assert (result.psa.costs[:, 0] == result.psa.costs[:, 1]).all()
    assert (result.psa.effects[:, 0] == result.psa.effects[:, 1]).all()
    assert result.decision.evpi_at().value == 0.0
    assert result.decision.clean.evpi_at().value == 0.0
    assert result.at_prices({"monitoring.visit": 5.0}).same


def test_the_numbers_do_not_depend_on_threads(found: Evaluation) -> None:
    again = ss.evaluate(PAIR, women=WOMEN, seed=3, by="subtype", threads=1)
    for name in COLUMNS:
        assert getattr(again, name).equals(getattr(found, name))


# Black-box checks --------------------------------------------------------------------------------------


def test_prices_of_nothing_cost_nothing_and_a_doubled_price_doubles_its_part(
    found: Evaluation,
) -> None:
    nothing = found.at_prices(dict.fromkeys(found.items, 0.0))
    assert nothing.cost == 0.0
    assert nothing.qaly == pytest.approx(
        found.row("effects", strategy="2022", measure="qaly", state="all")["difference"]
    )
    base = found.at_prices({})
    price = found.row("prices", item="drug.palbociclib")["value"]
    without = found.at_prices({"drug.palbociclib": 0.0}).cost
    doubled = found.at_prices({"drug.palbociclib": 2.0 * price}).cost
    assert doubled - without == pytest.approx(2.0 * (base.cost - without), rel=1e-9)


def test_utilities_of_nothing_give_no_qaly_and_of_one_the_life_years() -> None:
    keys = {"utility.stable": 0.0, "utility.progressed": 0.0, "utility.response": 0.0}
    catalog = load()
    symptoms = {f"utility.symptom:{k}": 1.0 for k in catalog.parameter("utility.symptom").values}
    full = {**dict.fromkeys(keys, 1.0), "utility.grade3": 1.0, **symptoms}
    for values, share in ((keys, 0.0), (full, 1.0)):
        plain = undistributed(catalog.with_values(values))
        result = ss.evaluate(PAIR, women=500, seed=2, catalog=plain)
        lived = result.row("effects", strategy="2022", measure="life_years", state="all")
        gained = result.row("effects", strategy="2022", measure="qaly", state="all")
        assert gained["mean"] == pytest.approx(share * lived["mean"], rel=1e-12)


def undistributed(catalog: ss.catalog.Catalog) -> ss.catalog.Catalog:
    """A catalog whose utilities are not drawn: those at 0 or 1 can have no distribution."""
    parameters = {
        key: dataclasses.replace(p, spread=None) if key.startswith("utility.") else p
        for key, p in catalog.parameters.items()
    }
    return dataclasses.replace(catalog, parameters=parameters)


def test_a_rate_of_nothing_discounts_nothing(tmp_path: Path) -> None:
    file = overlay(
        tmp_path / "flat.toml", "[scenario]\ndiscount_costs = 0.0\ndiscount_effects = 0.0\n"
    )
    result = ss.evaluate(PAIR, women=500, seed=2, scenarios=[file])
    flat = result.row("scenarios", scenario="flat", strategy="2022")
    cost = result.row("costs", strategy="2022", category="total")
    qaly = result.row("effects", strategy="2022", measure="qaly", state="all")
    assert flat["cost"] == pytest.approx(cost["undiscounted"], rel=1e-10)
    assert flat["qaly"] == pytest.approx(qaly["undiscounted"], rel=1e-10)
    assert cost["undiscounted"] > cost["mean"]
    base = result.row("scenarios", scenario="base case", strategy="2022")
    assert base["cost"] == cost["mean"]


def test_a_horizon_cuts_what_lies_beyond() -> None:
    short = ss.evaluate(PAIR, women=500, seed=2, horizon=1.0)
    lived = short.row("effects", strategy="2022", measure="life_years", state="all")
    assert 0.0 < lived["mean"] <= 1.0
    none = Discounting(0.035, horizon=0.0)
    assert float(none.flow(0.0, 5.0)) == 0.0
    assert float(none.event(0.0)) == 0.0
    yearly = [r["cost"] for r in short.yearly.to_pylist() if r["year"] > 1]
    assert set(yearly) == {0.0}


def test_the_threshold_price_makes_strategies_worth_the_same(found: Evaluation) -> None:
    rows = [r for r in found.threshold_prices.to_pylist() if r["item"] == "drug.ribociclib"]
    assert rows
    for r in rows:
        change = found.books.difference(
            ALL_WOMEN, 0, 1, _with(found, "drug.ribociclib", r["price"])
        )
        assert change.net_benefit(r["threshold"])[0] == pytest.approx(0.0, abs=1e-6)


def _with(found: Evaluation, item: str, price: float) -> np.ndarray:
    prices = found.frame.prices.copy()
    prices[found.items.index(item)] = price
    return prices


def test_one_way_ends_are_what_evaluations_with_these_numbers_give(
    found: Evaluation, tmp_path: Path
) -> None:
    rows = {r["parameter"]: r for r in found.one_way.to_pylist()}
    low = rows["utility.response"]["low"]
    price = rows["monitoring.visit"]["high"]
    file = overlay(
        tmp_path / "moved.toml",
        f'[scenario]\nset = {{ "utility.response" = {low!r} }}\n[monitoring.visit]\nvalue = {price!r}\n',
    )
    moved = ss.evaluate(PAIR, women=WOMEN, seed=3, scenarios=[file])
    result = moved.row("scenarios", scenario="moved", strategy="2022")
    threshold = found.thresholds[0]
    base = found.row("net_benefit", strategy="2022", threshold=str(threshold))["inmb"]
    separate = (
        rows["utility.response"]["inmb_low"] - base + rows["monitoring.visit"]["inmb_high"] - base
    )
    assert result["inmb"] - base == pytest.approx(separate, rel=1e-6)


def test_a_budget_is_the_sum_over_the_years_in_which_women_were_found(found: Evaluation) -> None:
    impact = found.budget_impact(women_a_year=100, uptake=[0.0, 0.5, 1.0])
    cost = {
        (r["strategy"], r["year"]): r["cost"]
        for r in found.yearly.to_pylist()
        if r["category"] == "total" and r["group"] == ALL_WOMEN
    }
    more = [cost["2022", k] - cost["pre-2013", k] for k in (1, 2, 3)]
    assert impact.impact[0] == 0.0
    assert impact.impact[1] == pytest.approx(100 * 0.5 * more[0])
    assert impact.impact[2] == pytest.approx(100 * (1.0 * more[0] + 0.5 * more[1]))
    rows = impact.table().to_pylist()
    assert [r["year"] for r in rows] == [1, 2, 3, None]
    assert rows[-1]["impact"] == pytest.approx(impact.impact.sum())
    assert [r["impact_low"] for r in rows] == [None] * 4
    # one number of women a year, and the error is that of the pairs: year 1 of one year's women
    one = found.budget_impact(women_a_year=[100, 300], uptake=[0.5, 0.5])
    assert one.impact[1] == pytest.approx(0.5 * (100 * more[1] + 300 * more[0]))
    run = {name: ss.simulate(WOMEN, seed=3, strategy=name) for name in PAIR}
    used = [quantities_of(run[name], items=found.items, years=5).yearly[:, 0] for name in PAIR]
    spent = (used[1] - used[0]) @ found.frame.prices
    first = one.table().to_pylist()[0]
    assert first["impact_se"] == pytest.approx(
        50 * spent.std(ddof=1) / math.sqrt(spent.size), rel=1e-8
    )
    assert "undiscounted" in impact.sentence
    assert impact.chart()["description"] == impact.sentence


def test_a_map_of_two_prices_says_which_is_best(found: Evaluation) -> None:
    known = found.two_way("drug.ribociclib", "drug.palbociclib", threshold=1e7, steps=3)
    assert {name for row in known.best for name in row} == {"2022"}
    mixed = found.two_way("utility.response", "monitoring.visit", threshold=25_000, steps=3)
    rows = {r["parameter"]: r for r in found.one_way.to_pylist()}
    at = found.thresholds.index(25_000)
    assert at == 0
    base = found.row("net_benefit", strategy="2022", threshold="25000.0")["inmb"]
    for k, end in ((0, "low"), (2, "high")):
        moved = rows["utility.response"][f"inmb_{end}"] + rows["monitoring.visit"][f"inmb_{end}"]
        assert mixed.benefit[k, k, 1] == pytest.approx(moved - base, rel=1e-9)
    # a QALY is linear in a utility, so that the middle is that of its own evaluation
    middle = (rows["utility.response"]["low"] + rows["utility.response"]["high"]) / 2
    catalog = load().with_values({"utility.response": middle})
    own = ss.evaluate(PAIR, women=WOMEN, seed=3, catalog=catalog)
    halfway = found.two_way("utility.response", "drug.letrozole", threshold=25_000, steps=3)
    price = rows_mean(found, "drug.letrozole")
    told = own.at_prices({"drug.letrozole": price}).net_benefit(25_000)[0]
    assert halfway.benefit[1, 1, 1] == pytest.approx(told, rel=1e-6)
    with pytest.raises(InputError, match="psa"):
        found.two_way("utility.stable", "utility.response")
    with pytest.raises(InputError, match=r"drug\.ribociclib"):
        found.two_way("drug.ribocicli", "drug.palbociclib")


def rows_mean(found: Evaluation, price: str) -> float:
    """The middle of the range of a price."""
    row = found.row("prices", item=price)
    return float(row["low"] + row["high"]) / 2


def test_severity_is_of_the_expectation_without_the_disease(found: Evaluation) -> None:
    for r in found.severity.to_pylist():
        assert r["absolute"] == pytest.approx(r["expected"] - r["remaining"])
        assert r["proportional"] == pytest.approx(r["absolute"] / r["expected"])
        assert r["weight"] in (1.0, 1.2, 1.7)
        lived = found.row(
            "effects", group=r["group"], strategy=r["strategy"], measure="qaly", state="all"
        )
        assert r["remaining_se"] == pytest.approx(lived["se"], rel=1e-9)


def test_severity_is_of_a_lifetime_whatever_the_horizon(found: Evaluation) -> None:
    short = ss.evaluate(PAIR, women=WOMEN, seed=3, by="subtype", horizon=1)
    life = {(r["group"], r["strategy"]): r for r in found.severity.to_pylist()}
    qaly = short.row("effects", strategy="2022", measure="qaly", state="all")["mean"]
    assert qaly < 0.8
    for r in short.severity.to_pylist():
        of_a_life = life[r["group"], r["strategy"]]
        assert r["weight"] == of_a_life["weight"]
        assert r["remaining"] == pytest.approx(of_a_life["remaining"], rel=1e-12)
    for name in PAIR:
        counted = found.row("effects", strategy=name, measure="qaly", state="all")["mean"]
        assert life[ALL_WOMEN, name]["remaining"] == pytest.approx(counted, rel=1e-12)


# The probabilistic analysis -----------------------------------------------------------------------------


def test_every_draw_has_women_and_numbers_of_its_own(drawn: Evaluation) -> None:
    psa = drawn.psa
    assert psa is not None
    assert psa.draws == 12
    assert psa.costs.shape == psa.effects.shape == (12, 2)
    assert np.unique(psa.effects[:, 0]).size == 12
    for values in psa.parameters.values():
        assert np.unique(values).size > 1
    assert psa.by_category.sum(axis=2) == pytest.approx(psa.costs)
    cost = np.einsum("dsi,di->ds", psa.quantities, psa.prices)
    assert cost == pytest.approx(psa.costs)
    assert psa.noise.shape == (12, 4, 4)
    stable, progressed = (psa.parameters[f"utility.{k}"] for k in ("stable", "progressed"))
    assert (progressed <= stable).all()
    assert any("correlations" in note for note in drawn.notes)
    assert drawn.decision.noise is not None


def test_the_base_case_is_the_mean_over_draws_with_the_numbers_in_use_beside_it(
    found: Evaluation, drawn: Evaluation
) -> None:
    psa = drawn.psa
    assert psa is not None
    assert (drawn.basis, found.basis) == BASES
    cost = drawn.row("costs", strategy="2022", category="total")
    assert cost["mean"] == pytest.approx(psa.costs[:, 1].mean(), rel=1e-12)
    more = psa.costs[:, 1] - psa.costs[:, 0]
    assert cost["difference"] == pytest.approx(more.mean(), rel=1e-12)
    assert cost["difference_se"] == pytest.approx(more.std(ddof=1) / 12**0.5, rel=1e-12)
    parts = [drawn.row("costs", strategy="2022", category=c)["mean"] for c in drawn.categories]
    assert sum(parts) == pytest.approx(cost["mean"], rel=1e-9)
    qaly = drawn.row("effects", strategy="2022", measure="qaly", state="all")
    assert qaly["mean"] == pytest.approx(psa.effects[:, 1].mean(), rel=1e-12)
    place = drawn.row("incremental", strategy="2022")
    against = drawn.decision.clean.against("2022")
    assert place["cost"] == pytest.approx(cost["mean"], rel=1e-12)
    assert place["icer"] == pytest.approx(more.mean() / qaly["difference"], rel=1e-9)
    assert place["qaly_difference_low"] == against.effect_low
    inmb = drawn.row("net_benefit", strategy="2022", threshold="300000.0")
    told = drawn.decision.inmb(300_000).to_pylist()[1]
    assert inmb["inmb"] == pytest.approx(told["mean"], rel=1e-9)
    # the same number wherever the base case is told
    words = f"{place['icer']:,.0f}"
    assert drawn.text_rows()[1][-1][5].startswith(words)
    assert words in lay_sentences(drawn)[0]
    assert f"{cost['difference']:,.0f}" in drawn.sentence
    assert "12 draws" in drawn.sentence
    # beside it, what the numbers in use give
    beside = drawn.beside()
    assert beside is not None
    assert found.beside() is None
    plain = drawn.row("incremental", strategy="2022", basis="deterministic")
    assert beside[1][-1][5].startswith(f"{plain['icer']:,.0f}")
    assert plain["icer"] != place["icer"]


def test_draws_of_groups_add_up_to_those_of_all(drawn: Evaluation) -> None:
    psa = drawn.psa
    assert psa is not None
    of_all, *others = psa.groups.values()
    assert next(iter(psa.groups)) == ALL_WOMEN
    assert (of_all.costs == psa.costs).all()
    assert (sum(one.women for one in others) == psa.women).all()
    for name in ("by_category", "by_state"):
        shares = [one.women[:, None, None] * np.nan_to_num(getattr(one, name)) for one in others]
        whole = sum(shares) / psa.women[:, None, None]
        assert whole == pytest.approx(getattr(of_all, name), rel=1e-9)
    for group, decided in drawn.decisions.items():
        row = drawn.row("incremental", strategy="2022", group=group)
        enough = psa.groups[group].women >= 2
        assert decided.draws.count == enough.sum()
        cost = psa.groups[group].costs[enough, 1].mean()
        assert row["cost"] == pytest.approx(cost, rel=1e-9)
    few = [group for group, one in psa.groups.items() if (one.women < 2).any()]
    assert any("fewer than two women" in note for note in drawn.notes) == bool(few)


def test_a_reference_case_that_wants_it_keeps_the_numbers_in_use_as_base_case() -> None:
    icer = ss.evaluate(
        PAIR, women=400, seed=3, psa=2, perspective="us-payer", reference_case="icer"
    )
    assert icer.basis == "deterministic"
    assert icer.beside() is None
    assert {r["basis"] for r in icer.costs.to_pylist()} == set(BASES)
    assert "of simulation alone" in icer.sentence


def test_more_draws_begin_with_the_same_ones_and_threads_change_nothing(drawn: Evaluation) -> None:
    fewer = ss.evaluate(PAIR, women=400, seed=3, psa=3, thresholds=[300_000], threads=1)
    assert fewer.psa is not None
    assert drawn.psa is not None
    assert (fewer.psa.costs == drawn.psa.costs[:3]).all()
    assert (fewer.psa.noise == drawn.psa.noise[:3]).all()


def test_an_interrupted_analysis_goes_on_to_the_same_bits(
    drawn: Evaluation, tmp_path: Path
) -> None:
    place = tmp_path / ".a.draws"
    settings = {"women": 400, "seed": 3, "psa": 12, "thresholds": [300_000, 100_000], "keep": place}
    done = 0

    def interrupt(women: int) -> None:
        nonlocal done
        done += women
        if done >= 800 + 10 * 800:  # after the base case and the first file of draws
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ss.evaluate(PAIR, progress=interrupt, threads=1, **settings)
    assert (place / "part-000000.npz").is_file()
    with pytest.raises(InputError, match="seed"):
        ss.evaluate(PAIR, **{**settings, "seed": 4})
    again = ss.evaluate(PAIR, **settings)
    assert again.psa is not None
    assert drawn.psa is not None
    for name in ("costs", "effects", "noise", "prices", "quantities", "women"):
        assert (getattr(again.psa, name) == getattr(drawn.psa, name)).all()


def test_draws_stay_until_their_result_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / ".a.draws"
    settings = {"women": 400, "seed": 3, "psa": 2, "thresholds": [300_000], "keep": place}
    found = ss.evaluate(PAIR, **settings)
    told: list[str] = []
    monkeypatch.setattr("seedsoil.storage.kept", told)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(InputError, match="already there"):
        found.save(tmp_path / "taken")
    assert "2 of 2 draws are kept" in told[0]
    assert (place / "part-000000.npz").is_file()
    monkeypatch.setattr("seedsoil.economics.psa.Uncertain.one", None)  # nothing is drawn again
    again = ss.evaluate(PAIR, **settings)
    assert again.psa is not None
    assert found.psa is not None
    assert (again.psa.costs == found.psa.costs).all()
    again.save(tmp_path / "saved")
    assert not place.exists()


def test_only_what_goes_with_the_answer_beyond_chance_is_said_to(drawn: Evaluation) -> None:
    assert drawn.psa is not None
    rng = np.random.default_rng(4)
    draws, idle = 400, 200
    signal = rng.normal(size=draws)
    numbers = {f"idle {k}": rng.normal(size=draws) for k in range(idle)} | {"signal": signal}
    effects = np.column_stack([np.zeros(draws), signal + rng.normal(size=draws)])
    psa = dataclasses.replace(
        drawn.psa, costs=np.zeros((draws, 2)), effects=effects, parameters=numbers
    )
    told = most_telling(psa, 1.0)
    assert told.names[0] == "signal"
    assert told.beyond_chance == 1
    assert told.numbers == idle + 1
    none = dataclasses.replace(psa, effects=np.column_stack([signal * 0, rng.normal(size=draws)]))
    assert most_telling(none, 1.0).beyond_chance == 0
    for words in (told.words, most_telling(none, 1.0).words):
        assert "where learning could change the choice" in words
    assert "may be chance" in most_telling(none, 1.0).words


def test_intervals_of_too_few_women_are_warned_of(drawn: Evaluation) -> None:
    assert drawn.decision is not None
    groups = [group for group, found in drawn.decisions.items() if found.blurred]
    assert groups  # some ten women of a group in each draw
    (note,) = [note for note in drawn.notes if "not told from chance between women" in note]
    assert all(group in note for group in groups)
    assert ("too few women" in lay_sentences(drawn)[-1]) == drawn.decision.blurred
    calm = dataclasses.replace(drawn.decision, noise=None)
    assert not calm.blurred
    assert "too few women" not in lay_sentences(dataclasses.replace(drawn, decision=calm))[-1]
    assert icer_words(253_089.0, 253_089.0, 253_089.0) == "253,089 (interval not told from chance)"
    assert icer_words(253_089.0, 253_000.0, 254_000.0) == "253,089 (253,000 to 254,000)"


def test_parameters_that_are_not_drawn_stay(drawn: Evaluation) -> None:
    del drawn
    fixed = ss.evaluate(PAIR, women=400, seed=3, psa=2, parameters="fixed")
    assert fixed.psa is not None
    assert not any(name.startswith("growth.") for name in fixed.psa.parameters)
    assert any("not drawn" in note for note in fixed.notes)
    assert fixed.provenance["parameters"] in DRAWN


# What is shown and written -----------------------------------------------------------------------------


def test_page_and_directory(found: Evaluation, drawn: Evaluation, tmp_path: Path) -> None:
    page = found.report(tmp_path / "page.html").read_text("utf-8")
    for words in ("Fully incremental analysis", "By subtype", "research and teaching", "Severity"):
        assert words in page
    assert "Probabilistic analysis" not in page
    saved = drawn.save(tmp_path / "run", formats=["csv"])
    names = {path.name for path in saved.iterdir()}
    assert {"report.html", "manifest.json", "costs.csv", "psa_costs.parquet"} <= names
    page = (saved / "report.html").read_text("utf-8")
    for words in ("Chance between patients", "Deterministic result", "mean over 12 draws"):
        assert words in page.replace("means over", "mean over")
    assert "± SE" not in page
    for which in ("costs", "tornado", "plane", "ceac", "evpi"):
        assert drawn.chart(which)["description"]
    with pytest.raises(InputError, match="give psa"):
        found.chart("ceac")
    assert repr(found).startswith("strategy")


# What cannot be used -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "strategies, settings, words",
    [
        (PAIR, {"perspective": "uk-nsh"}, "uk-nhs"),
        (PAIR, {"reference_case": "nicee"}, "nice"),
        (["pre-2012", "2022"], {}, "pre-2013"),
        (PAIR, {"horizon": 0}, "0.003 to 150"),
        (PAIR, {"horizon": "long"}, "0.003 to 150"),
        (PAIR, {"horizon": 1e-9}, "0.003 to 150"),
        (PAIR, {"horizon": 1e300}, "0.003 to 150"),
        (PAIR, {"horizon": math.nan}, "0.003 to 150"),
        (PAIR, {"thresholds": 1e300}, "from 0 to 1e"),
        (["2022"], {}, "two strategies"),
        ("2022", {}, "list of two"),
        (["untreated", "2022"], {}, "none"),
        (PAIR, {"psa": 0}, "2 to"),
        (PAIR, {"psa": 1}, "2 to"),
        (PAIR, {"thresholds": -1}, "from 0 to 1e"),
        (PAIR, {"thresholds": []}, "one or more"),
        (PAIR, {"parameters": "prior"}, "priors"),
        (PAIR, {"by": "subtypes"}, "subtype"),
        (PAIR, {"perspective": "us-payer"}, "thresholds in USD"),
        (PAIR, {"scenarios": ["missing.toml"]}, "missing.toml"),
        (PAIR, {"women": 1}, "simulate more"),
    ],
)
def test_one_clear_line(strategies: object, settings: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        ss.evaluate(strategies, **{"women": 100, **settings})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_a_drug_without_a_price_is_named(tmp_path: Path) -> None:
    file = overlay(
        tmp_path / "mine.toml",
        """name = "mine"
description = "a drug of my own"
scan_weeks = 12.0
bone_agent = true
[[line]]
regimen = "novelib"
[drug.novelib]
drug_class = "targeted"
mechanisms = ["cdk46"]
kill = { cdk46 = 2.0 }
grade3_plus = 0.2
discontinuation = 0.1
[regimen.novelib]
drugs = ["novelib"]
""",
    )
    with pytest.raises(InputError, match="novelib"):
        ss.evaluate(["2022", file], women=100)


@pytest.mark.parametrize(
    "text, words",
    [
        ("[scenario]\nhorizon = 0\n", "horizon"),
        ("[scenario]\nhorizonn = 5\n", "horizon"),
        ('[scenario]\nset = { "utility.stabel" = 0.5 }\n', "utility.stable"),
        ("[monitoring.visit]\nvalue = -1\n", "0 or more"),
        ("[monitoring.visitt]\nvalue = 1\n", "monitoring.visit"),
        ("scenario = 3\n", "must be a table"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = overlay(tmp_path / "odd.toml", text)
    with pytest.raises(InputError, match=words) as error:
        ss.evaluate(PAIR, women=100, scenarios=[file])
    assert "odd.toml" in str(error.value)


def test_prices_and_budgets_that_cannot_be_are_refused(found: Evaluation) -> None:
    with pytest.raises(InputError, match=r"drug\.palbociclib"):
        found.at_prices({"drug.palbocicib": 1.0})
    with pytest.raises(InputError, match="a price from 0 to 1e"):
        found.at_prices({"drug.palbociclib": -1.0})
    for uptake in ([1.5], [], [0.1] * 6, "half"):
        with pytest.raises(InputError, match="shares from 0 to 1"):
            found.budget_impact(women_a_year=10, uptake=uptake)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="above 0"):
        found.budget_impact(women_a_year=0, uptake=[1.0])
    with pytest.raises(InputError, match="2 numbers for 1 years"):
        found.budget_impact(women_a_year=[1, 2], uptake=[1.0])
    with pytest.raises(InputError, match="'deterministic'"):
        found.budget_impact(women_a_year=1, uptake=[1.0], basis="probabilistic")
    with pytest.raises(InputError, match="2022"):
        found.budget_impact(women_a_year=1, uptake=[1.0], strategy="2023")
    with pytest.raises(InputError, match="costs"):
        found.row("cost", strategy="2022")
    with pytest.raises(InputError, match="name more columns"):
        found.row("costs", strategy="2022")


# What a trial would be worth ---------------------------------------------------------------------------


# The command -------------------------------------------------------------------------------------------


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine"
    command = ["evaluate", *PAIR, "--women", "500", "--by", "subtype", "--out", str(out)]
    assert main([*command, "--format", "csv"]) == 0
    told = capsys.readouterr().out
    assert "on the frontier, against pre-2013" in told
    assert "one more good year" in told
    assert "not advice" in told
    assert {"report.html", "costs.csv", "manifest.json"} <= {p.name for p in out.iterdir()}
    assert main(command) == 2
    assert "already there" in capsys.readouterr().err


def test_the_command_gives_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = overlay(tmp_path / "short.toml", "[scenario]\nhorizon = 2\n")
    settings = ["--women", "300", "--psa", "2", "--parameters", "fixed", "--threshold", "50000"]
    assert main(["evaluate", *PAIR, *settings, "--scenario", str(scenario), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["draws"] == 2
    assert found["thresholds"] == [50_000.0]
    assert {r["scenario"] for r in found["scenarios"]} == {"numbers in use", "short"}
    assert found["decision"]["women"] > 0
    assert found["incremental"][0]["cost"] < found["incremental"][1]["cost"]


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for settings in (
        ["--threshold", "cheap"],
        ["--psa", "0"],
        ["--horizon", "0"],
        ["--by", "size"],
    ):
        assert main(["evaluate", *PAIR, *settings]) == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert error.startswith("seedsoil: error: ")


def test_plain_words_put_no_dominated_strategy_into_a_ratio(found: Evaluation) -> None:
    told = lay_sentences(found)
    row = found.row("incremental", strategy="2022")
    assert found.money(row["icer"]) in told[0]
    assert "HR+/HER2-" in told[1]
    rows = found.incremental.to_pylist()
    for r in rows:
        if r["strategy"] == "2022":
            r |= {"standing": "dominated", "against": None, "icer": None}
    outdone = dataclasses.replace(
        found, incremental=pa.Table.from_pylist(rows, schema=found.incremental.schema)
    )
    told = lay_sentences(outdone)
    assert "gets more for the money" in told[0]
    assert not any("one more good year costs" in line for line in told)


def test_plain_words_of_draws_say_how_sure(drawn: Evaluation) -> None:
    last = lay_sentences(drawn)[-1]
    assert "12 sets of numbers" in last
    assert "is the best buy" in last


def test_strategies_that_are_the_same_do_not_divide_how_sure_the_best_buy_is() -> None:
    evaluation = made(draws=20)
    words = "old or twin of old (no difference) is the best"
    assert f"{words} buy, in 100\u00a0% of the sets" in lay_sentences(evaluation)[-1]
    assert f"{words} choice with probability 100\u00a0%" in evaluation.decision.sentence


def test_few_draws_of_many_women_are_told_to_be_too_few_draws() -> None:
    rng = np.random.default_rng(2)
    effects = np.column_stack([np.zeros(4), rng.normal(0.0, 1.0, 4)])
    for variance, words in ((1.0, "more draws"), (1e6, "more women a draw")):
        noise = PatientNoise.of_draws(np.diag([0.0, 0.0, 0.0, variance]), 10_000)
        result = ss.decision(np.zeros((4, 2)), effects, noise=noise)
        assert words in result.noise_sentence
