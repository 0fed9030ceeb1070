"""Answers of the explorer: the numbers are those of `compare`, `evaluate` and `simulate`, group by group."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.errors import InputError
from seedsoil.explorer import pack
from seedsoil.explorer.answers import compared
from seedsoil.explorer.cells import HORIZON, YEARS, measure_keys, percentile, told
from seedsoil.explorer.contract import PARTS, Answers
from seedsoil.explorer.course import thinned, woman
from seedsoil.explorer.eras import DEFAULT_ERA, ERAS
from seedsoil.explorer.fitting import trials_of
from seedsoil.explorer.lists import SHOWN, lists
from seedsoil.explorer.replies import CompareAnswer
from seedsoil.explorer.teaching import TWINS
from seedsoil.explorer.women import TIMES, Asking, women_under
from seedsoil.results.columns import women_found_in_life

WOMEN = 2_000
NAMES = ("pre-2013", "2022")


@cache
def answer() -> dict[str, Any]:
    catalog = load()
    strategies = tuple(catalog.strategies[name] for name in NAMES)
    return compared(Asking(strategies, ERAS["2013+"], WOMEN, 3, catalog), "2013+")


@cache
def compared_beside() -> Any:
    return ss.compare(list(NAMES), women=WOMEN, seed=3, by="subtype")


def cell(strategy: str, subtype: str = "all", age: str = "all", how: str = "all") -> dict[str, Any]:
    found: dict[str, Any] = answer()["answers"]["cells"][f"2013+|{strategy}|{subtype}|{age}|{how}"]
    return found


def test_the_answer_is_of_the_contract() -> None:
    CompareAnswer.model_validate(answer())


@pytest.mark.parametrize("group", ["all women", "HR+/HER2-", "TNBC"])
def test_means_and_differences_are_those_of_compare(group: str) -> None:
    beside, pairs = compared_beside(), answer()["pairs"]
    subtype = "all" if group == "all women" else group
    for key in measure_keys(costs=False):
        of = beside.of(key, "2022", group)
        assert cell("2022", subtype)["mean"][key] == [told(of.mean, 6), told(of.se, 3)]
        place = 2 * pairs["measures"].index(key)
        values = pairs["pairs"][f"2013+|pre-2013|2022|{subtype}|all|all"]
        assert values[place : place + 2] == [told(of.difference, 6), told(of.difference_se, 3)]


def test_costs_are_those_of_evaluate() -> None:
    beside = ss.evaluate(list(NAMES), women=WOMEN, seed=3)
    for name in NAMES:
        costs = beside.row("costs", strategy=name, category="total")
        assert cell(name)["mean"]["cost"] == [told(costs["mean"], 6), told(costs["se"], 3)]
        row = next(r for r in beside.table().to_pylist() if r["strategy"] == name)
        assert cell(name)["mean"]["qaly_discounted"] == [
            told(row["qaly"], 6),
            told(row["qaly_se"], 3),
        ]
    assert answer()["answers"]["money"] == {
        "currency": beside.currency,
        "price_year": beside.price_year,
        "perspective": beside.perspective,
    }


def test_counts_are_those_of_the_tables_of_a_run() -> None:
    run = ss.simulate(WOMEN, seed=3, strategy="2022", adjuvant="2013+")
    women = run.patients.filter(women_found_in_life(run.patients)).to_pylist()
    felt: dict[int, list[tuple[float, float]]] = {}
    for row in run.symptoms.to_pylist():
        end = np.inf if row["resolved_at"] is None else row["resolved_at"]
        felt.setdefault(row["patient"], []).append((row["onset_at"], end))
    given: dict[int, list[tuple[float, float]]] = {}
    for row in run.drugs.to_pylist():
        given.setdefault(row["patient"], []).append((row["started_at"], row["stopped_at"]))

    def lasts(spells: list[tuple[float, float]], at: float) -> bool:
        return any(start <= at < end for start, end in spells)

    for subtype, age, how in (
        ("all", "all", "all"),
        ("HR+/HER2-", "50-69", "recurrent"),
        ("TNBC", "all", "all"),
        ("all", "70 and over", "de novo"),
    ):
        edges = {"all": (0, 999), "50-69": (50, 70), "70 and over": (70, 999)}[age]
        mine = [
            w
            for w in women
            if subtype in ("all", w["subtype"])
            and how in ("all", w["presentation"])
            and edges[0] <= w["age"] + w["metastatic_at"] < edges[1]
        ]
        found = cell("2022", subtype, age, how)
        assert found["n"] == len(mine)
        counts: dict[str, list[int]] = {"alive": [], "free": [], "cured": [], "dead_cancer": []}
        for year in YEARS:
            alive = [w for w in mine if w["died_at"] - w["metastatic_at"] > year]
            counts["alive"].append(len(alive))
            counts["free"].append(
                sum(not lasts(felt.get(w["patient"], []), w["metastatic_at"] + year) for w in alive)
            )
            counts["cured"].append(sum(w["outcome"] == "eradicated" for w in alive))
            dead = [w for w in mine if w["died_at"] - w["metastatic_at"] <= year]
            counts["dead_cancer"].append(sum(w["cause_of_death"] != "other" for w in dead))
        assert counts == {name: found[name] for name in counts}
        treated = [
            sum(
                lasts(given.get(w["patient"], []), w["metastatic_at"] + t)
                for w in mine
                if w["died_at"] - w["metastatic_at"] > t
            )
            for t in TIMES
        ]
        # a spell that starts on the day itself may differ in the last bit of a sum of two dates
        assert np.abs(np.array(treated) - found["curve"]["on_treatment"]).max() <= 1
        assert found["curve"]["alive"][0] == len(mine)


def test_groups_add_up() -> None:
    for name in NAMES:
        whole = cell(name)
        for parts in (
            [cell(name, subtype) for subtype in answer()["answers"]["dimensions"]["subtype"][1:]],
            [cell(name, "all", age) for age in answer()["answers"]["dimensions"]["age"][1:]],
            [cell(name, "all", "all", how) for how in ("de novo", "recurrent")],
        ):
            assert sum(part["n"] for part in parts) == whole["n"]
            for key in ("alive", "free", "cured", "free_cured", "dead_cancer"):
                assert np.sum([part[key] for part in parts], axis=0).tolist() == whole[key]
        assert all(f <= a for f, a in zip(whole["free"], whole["alive"], strict=True))


def test_percentiles_of_times_that_can_be_counted_by_hand() -> None:
    years = np.arange(1.0, 101.0) / 10  # 0.1 … 10.0
    value, low, high = percentile(years, 0.10)
    # ranks 10, and 10 ± 1.96·√9 = 4.1 and 15.9: the 4th, and the 17th, beyond which it is not
    assert (value, low, high) == (1.0, 0.4, 1.7)
    assert percentile(years, 0.90)[0] == 9.0
    assert percentile(np.array([1.0, 2.0]), 0.1) == [1.0, 0.0, None]  # too few for an end
    assert percentile(np.array([HORIZON + 1.0] * 50), 0.5) == [None, None, None]
    assert percentile(np.arange(1.0, 31.0) / 10, 0.1)[0] == 0.3  # 0.1 · 30 is 3.0000000000000004


def test_equal_strategies_are_simulated_once_and_differ_by_nothing() -> None:
    catalog = load()
    one = catalog.strategies["2022"]
    renamed = one.model_copy(update={"name": "the same"})
    asking = Asking((one, renamed), ERAS["2013+"], 500, 3, catalog, costs=False)
    women = women_under(asking)
    assert women.lived[0] is not None
    found = compared(asking, "2013+")
    for key, values in found["pairs"]["pairs"].items():
        n = found["answers"]["cells"][key.replace("|the same|", "|", 1)]["n"]
        assert values == [0.0, 0.0 if n > 1 else None] * len(found["pairs"]["measures"])
    assert found["answers"]["money"] is None
    assert "cost" not in found["answers"]["measures"]


def test_threads_change_nothing_and_nobody_found_is_told() -> None:
    catalog = load()
    strategies = (catalog.strategies["none"],)
    alone, two = (
        compared(Asking(strategies, ERAS["1990s"], 5_200, 3, catalog, False, threads), "1990s")
        for threads in (1, 2)
    )
    assert alone["answers"] == two["answers"]

    def found(seed: int) -> bool:
        run = ss.simulate(1, seed=seed, strategy="none", threads=1)
        return bool(women_found_in_life(run.patients).any())

    never = next(seed for seed in range(1, 50) if not found(seed))
    with pytest.raises(InputError, match="found in life in none of 1; simulate more"):
        women_under(Asking(strategies, ERAS["2013+"], 1, never, catalog, costs=False))


# One woman's course ---------------------------------------------------------------------------------


def test_a_course_is_that_of_the_patient() -> None:
    catalog = load()
    strategies = [catalog.strategies[name] for name in TWINS[:2]]
    found = woman(8830, strategies, "2013+", policies=ERAS["2013+"], seed=1, catalog=catalog)
    beside = ss.patient(8830, seed=1)
    told_of = found["courses"]["2022"]
    assert told_of["died_at"] == round(beside.patient["died_at"], 3)
    assert [line["regimen"] for line in told_of["lines"]] == [
        line["regimen"] for line in beside.lines
    ]
    assert [s["symptom"] for s in told_of["symptoms"]] == [s["symptom"] for s in beside.symptoms]
    assert len(told_of["lesions"]) - 1 + told_of["left_out"] == len(beside.lesions)
    # every size told is one of her growth, and none is left out where it would be missed
    for lesion in told_of["lesions"]:
        sizes = sorted(
            (p["time_years"], p["log10_cells"])
            for p in beside.growth
            if p["lesion"] == lesion["id"]
        )
        times, cells = (np.array(column) for column in zip(*sizes, strict=True))
        drawn = np.interp(times, lesion["times"], lesion["log10_cells"])
        assert np.abs(drawn - cells).max() < 0.35
    ids = {lesion["id"] for lesion in told_of["lesions"]}
    assert {symptom["lesion"] for symptom in told_of["symptoms"]} <= ids


def test_a_thinned_line_is_the_same_line() -> None:
    straight = [(t / 10, 2.0 * t) for t in range(11)]
    assert thinned(straight, 18, 0.01) == [straight[0], straight[-1]]
    bent = [(0.0, 0.0), (1.0, 5.0), (2.0, 4.98), (3.0, 4.97), (4.0, 0.0)]
    assert thinned(bent, 18, 0.1) == [bent[0], bent[1], bent[3], bent[4]]
    assert len(thinned([(float(t), float(t % 2)) for t in range(50)], 7, 0.1)) == 7
    assert thinned([], 5, 0.1) == []


# What ships -----------------------------------------------------------------------------------------


@cache
def shipped(part: str) -> dict[str, Any]:
    return pack.read(part)


@pytest.mark.parametrize("part", [*PARTS, pack.CHECK])
def test_the_pack_is_of_the_contract(part: str) -> None:
    PARTS.get(part, Answers).model_validate(shipped(part))


def test_the_pack_is_of_the_numbers_in_use() -> None:
    """After a fit: `seedsoil explore --make-pack src/seedsoil/explorer/pack --trials TABLE`."""
    for part in ("answers", "courses", "spread"):
        assert shipped(part)["provenance"]["parameters_hash"] == load().hash(), part
    assert pack.is_current(load())


def test_the_pack_is_what_the_model_gives_to_the_bit() -> None:
    seed = shipped("answers")["provenance"]["seed"]
    assert pack.checked(load(), seed) == shipped(pack.CHECK)
    beside = ss.compare(list(pack.CHECKED_STRATEGIES), women=pack.CHECKED, seed=seed, by=None)
    whole = shipped(pack.CHECK)["cells"][f"{pack.CHECKED_ERA}|2022|all|all|all"]
    assert whole["n"] == beside.women
    assert whole["mean"]["life_years"][0] == told(beside.of("life_years", "2022").mean, 6)


def test_courses_of_the_pack_are_those_of_the_women() -> None:
    catalog = load()
    for one in (shipped("courses")["women"][k] for k in (0, -1)):
        again = woman(
            one["number"],
            [catalog.strategies[name] for name in one["courses"]],
            one["era"],
            policies=ERAS[one["era"]],
            seed=one["seed"],
            catalog=catalog,
            teaches=one["teaches"],
        )
        assert again == one


def test_the_pack_covers_what_is_asked_of_it() -> None:
    answers = shipped("answers")
    assert answers["dimensions"]["strategy"] == list(SHOWN)
    assert answers["dimensions"]["era"] == list(ERAS)
    for era in ERAS:
        for name in SHOWN:
            assert answers["cells"][f"{era}|{name}|all|all|all"]["n"] > 1_000
    assert f"{DEFAULT_ERA}|2022|all|all|all" in answers["cells"]
    women = shipped("courses")["women"]
    assert len(women) >= 150
    assert len({(w["number"], w["era"]) for w in women}) == len(women)
    kinds = {w["teaches"] for w in women}
    assert {"late_bone", "cured", "helped", "same_either_way", "no_recurrence"} <= kinds
    assert all(len(w["courses"]) == len(TWINS) for w in women if w["metastatic_at"] is not None)
    size = sum(
        len(pack.folder().joinpath(part + pack.ENDING).read_bytes())
        for part in (*PARTS, pack.CHECK)
    )
    assert size < 2_000_000


def test_what_teaches_is_what_its_name_says() -> None:
    for one in shipped("courses")["women"]:
        course = one["courses"][TWINS[0]]
        lived = course["died_at"] - (one["metastatic_at"] or 0)
        match one["teaches"]:
            case "late_bone":
                assert one["metastatic_at"] > 8
                assert one["first_symptom"] == "pain"
            case "cured":
                assert course["outcome"] == "eradicated"
                assert lived > 4.9
            case "helped":
                assert course["died_at"] - one["courses"]["pre-2013"]["died_at"] > 2.9
            case "same_either_way":
                assert abs(course["died_at"] - one["courses"]["pre-2013"]["died_at"]) < 0.11
            case "no_recurrence":
                assert one["metastatic_at"] is None
                assert course["outcome"] == "eradicated"
            case "toxicity":
                assert course["cause_of_death"] == "treatment"


def test_every_number_has_something_behind_it() -> None:
    sources = shipped("sources")
    answers = shipped("answers")
    wanted = {"alive", "free", "cured", "dead_cancer", "scenario", "curve", "course"}
    wanted |= {f"mean.{key}" for key in answers["measures"]}
    wanted |= {
        f"spread.{name}" for name, one in shipped("spread")["numbers"].items() if one["source"]
    }
    assert wanted <= set(sources["behind"])
    assert all(sources["behind"].values())
    for keys in sources["behind"].values():
        assert set(keys) <= set(sources["entries"])
    for entry in sources["entries"].values():
        assert set(entry["sources"]) <= set(sources["sources"])
    catalog = load()
    for name in SHOWN:
        assert sources["entries"][f"strategy.{name}"]["sources"] or name == "none"
    kill = sources["entries"]["drug.log_kill"]
    assert not kill["verified"]
    assert kill["value"]["fulvestrant.er_antagonism"] == pytest.approx(
        catalog.value("drug.log_kill", "fulvestrant.er_antagonism"), rel=1e-5
    )
    assert {row["group"] for row in shipped("fit")["targets"]} <= set(sources["entries"])
    assert {f"trial.{row['trial']}" for row in shipped("fit")["trials"]} <= set(sources["entries"])


def test_misses_stand_first() -> None:
    for rows in (shipped("fit")["targets"], shipped("fit")["trials"]):
        verdicts = [row["verdict"] for row in rows]
        order = ["outside", "not simulated", "agrees"]
        assert verdicts == sorted(verdicts, key=order.index)
        assert "outside" in verdicts
        assert "agrees" in verdicts
    for row in shipped("fit")["targets"]:
        if row["verdict"] == "outside":
            assert abs(row["z"]) > 3
            assert row["why"]


def test_lists_name_what_can_be_built_with() -> None:
    found = lists(load())
    regimens = {one["name"]: one for one in found["regimens"]}
    assert regimens["palbociclib-letrozole"]["classes"] == ["hormonal", "targeted"]
    assert regimens["palbociclib-letrozole"]["subtypes"] == ["HR+/HER2-", "HR+/HER2+"]
    assert {one["name"] for one in found["strategies"]} >= set(SHOWN)


HEADER = ("trial,role,arm,endpoint,among,unit,published,low,high,verified,simulated,monte_carlo_error,"
          "predicted_low,predicted_high,inside,bound,analysis,cut,reason,parameters_hash\n")  # fmt: skip


def test_trials_are_read_from_a_table_of_validate(tmp_path: Any) -> None:
    catalog = load()
    table = tmp_path / "trials.csv"
    lines = [
        "A,calibration,new,pfs_median,,months,10,8,12,True,11,0.1,9,13,True,,,30,,{}",
        "B,validation,new,orr,,share,0.7,,,False,0.3,0.01,0.25,0.35,False,,,30,,{}",
        "C,validation,new,orr,,share,0.7,,,False,,,,,,,,30,too few,{}",
        "D,validation,new,orr,,share,,,,,0.3,0.01,0.2,0.4,,,,30,,{}",
    ]
    table.write_text(HEADER + "\n".join(lines).replace("{}", catalog.hash()), "utf-8")
    rows = trials_of(table, catalog)
    assert [(row["trial"], row["verdict"]) for row in rows] == [
        ("B", "outside"),
        ("C", "not simulated"),
        ("A", "agrees"),
    ]
    assert rows[2]["published_low"] == 8.0
    assert rows[2]["simulated_high"] == 13.0
    with pytest.raises(InputError, match="cannot be read"):
        trials_of(tmp_path / "none.csv", catalog)
    table.write_text(HEADER + "\n".join(lines).replace("{}", "another"), "utf-8")
    with pytest.raises(InputError, match=r"simulated with other numbers \(another\)"):
        trials_of(table, catalog)
    table.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="is no table of trials"):
        trials_of(table, catalog)
    table.write_text(HEADER, "utf-8")
    with pytest.raises(InputError, match="has no row"):
        trials_of(table, catalog)


def test_validate_writes_a_table_that_the_pack_takes(tmp_path: Any) -> None:
    table = tmp_path / "trials.csv"
    found = ss.validate(["TAX 306"], women=1_500, replicates=40)
    found.to_csv(table)
    rows = trials_of(table, load())
    results = {(r.result.arm, r.result.endpoint, r.result.among or None) for r in found.rows}
    assert {(row["arm"], row["endpoint"], row["among"]) for row in rows} == results
