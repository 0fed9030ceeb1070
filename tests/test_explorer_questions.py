"""Questions to the explorer: what is taken, and what is said of what is not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.errors import DataErrors, InputError
from seedsoil.explorer.asked import built_of, question_of
from seedsoil.explorer.built import build, strategies_of
from seedsoil.explorer.decisions import decided
from seedsoil.explorer.questions import BuiltStrategy, DecisionQuestion, question_id
from seedsoil.explorer.replies import DecisionAnswer
from seedsoil.explorer.schema import ENDING, schemas, text_of
from seedsoil.explorer.site import mode
from seedsoil.run.simulate import strategy_hash

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

LINE: dict[str, Any] = {
    "line": "1",
    "subtypes": ["TNBC"],
    "regimen": "capecitabine",
    "months": 6,
    "then": None,
}
COMPARE: dict[str, Any] = {
    "schema": 1,
    "kind": "compare",
    "women": 1_000,
    "seed": 1,
    "era": "2013+",
    "strategies": ["2022"],
    "costs": True,
}


@cache
def catalog() -> Catalog:
    return load()


def built(**changed: Any) -> dict[str, Any]:
    return {"name": "mine", "base": None, "lines": [LINE], **changed}


def of_line(**changed: Any) -> list[dict[str, Any]]:
    return [built(lines=[{**LINE, **changed}])]


@pytest.mark.parametrize(
    "changed, problem",
    [
        ({"women": 1.5}, "women is 1.5; it must be a whole number"),
        ({"women": "900"}, "women is '900'; it must be a whole number"),
        ({"women": True}, "women is True; it must be a whole number"),
        ({"women": 10}, "women is 10: Input should be greater than or equal to 200"),
        ({"women": 10**9}, "women is 1000000000: Input should be less than or equal to 200000"),
        ({"women": 50_000}, "women: 50,000 are more than this server simulates; allowed: 200 to 20,000"),
        ({"seed": -1}, "seed is -1: Input should be greater than or equal to 0"),
        ({"seed": 2**60}, "Input should be less than or equal to 9007199254740991"),
        ({"era": "2014+"}, "era: '2014+' is not known; allowed: 1990s, 2000s, 2013+"),
        ({"costs": "yes"}, "costs is 'yes'; it must be true or false"),
        ({"x": 1}, "unknown field 'x'"),
        ({"schema": 2}, "schema: 2 is not known; allowed: 1"),
        ({"kind": "compar"}, "kind: 'compar' is not known; allowed: compare, course, decision. did"),
        ({"kind": ["compare"]}, "kind: ['compare'] is not known"),
        ({"strategies": []}, "strategies is empty; it must name at least one"),
        ({"strategies": ["2022"] * 4}, "List should have at most 3 items"),
        ({"strategies": ["2202"]}, "strategies: unknown name '2202'; did you mean"),
        ({"strategies": ["untreated"]}, "'none' gives no drug"),
        ({"strategies": ["/etc/passwd"]}, "strategies: unknown name '/etc/passwd'; known: "),
        ({"strategies": ["mine.toml"]}, "strategies: unknown name 'mine.toml'; known: "),
        ({"strategies": [5]}, "strategies 1 is 5; it must be a table"),
        ({"strategies": [built(name="a|b")]}, "strategies 1.name is 'a|b': may hold no control"),
        ({"strategies": [built(name=" ")]}, "strategies 1.name is ' ': must be 1 to 60 characters"),
        ({"strategies": [built(name="\u202e")]}, "may hold no control character"),
        ({"strategies": [built(lines=[])]}, "strategy 'mine': has no line and no base"),
        ({"strategies": [built(base="2021")]}, "strategies: unknown name '2021'"),
        ({"strategies": [built(lines=[LINE] * 21)]}, "List should have at most 20 items"),
        ({"strategies": [built(drug={})]}, "unknown field 'strategies 1.drug'"),
        ({"strategies": of_line(line="0-x")}, "rule 1: when.line is '0-x': must be whole numbers"),
        ({"strategies": of_line(regimen="capecitabin")}, "did you mean 'capecitabine'?"),
        ({"strategies": of_line(regimen={"capecitabine": 0.4})}, "the shares sum to 0.4; they must sum"),
        ({"strategies": of_line(regimen={"capecitabine": float("inf")})}, "must be a finite number"),
        ({"strategies": of_line(regimen=7)}, "lines 1.regimen is 7; it must be a table"),
        ({"strategies": of_line(subtypes=["TN"])}, "did you mean 'TNBC'?"),
        ({"strategies": of_line(months=0)}, "months is 0: Input should be greater than 0"),
        ({"strategies": of_line(months=None, then="paclitaxel")}, "then is given without until"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_a_line(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataErrors) as caught:
        question_of({**COMPARE, **changed}, catalog(), most_women=20_000)
    assert any(problem in line for line in caught.value.problems), caught.value.problems
    assert all("\n" not in line for line in caught.value.problems)


@pytest.mark.parametrize("data", [None, [], "compare", 5, [COMPARE]])
def test_what_is_no_table_is_no_question(data: object) -> None:
    for check in (question_of, built_of):
        with pytest.raises(DataErrors, match="is not a table of fields"):
            check(data, catalog())


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(DataErrors) as caught:
        question_of({**COMPARE, "era": "x", "strategies": ["y", *of_line(regimen="z")]}, catalog())
    assert len(caught.value.problems) == 3


def test_a_question_is_known_by_what_decides_its_answer() -> None:
    def known(**changed: Any) -> str:
        return question_id(question_of({**COMPARE, **changed}, catalog()), catalog())

    assert known() == known()
    assert len(known()) == 64
    shuffled = dict(reversed(COMPARE.items()))
    assert question_id(question_of(shuffled, catalog()), catalog()) == known()
    others = [
        known(seed=2),
        known(women=1_001),
        known(era="2000s"),
        known(costs=False),
        known(strategies=["2022", "none"]),
        known(strategies=of_line()),
        known(strategies=of_line(months=7)),
    ]
    assert len({known(), *others}) == len(others) + 1
    changed = catalog().with_values({"growth.log_rate_sd": 1.1})
    assert question_id(question_of(COMPARE, changed), changed) != known()


def test_a_built_strategy_is_that_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[[line]]\nwhen = { line = "1", subtype = ["TNBC"] }\nregimen = "capecitabine"\n'
        'until = { months = 6 }\nthen = "vinorelbine"\n'
        '[[line]]\nwhen = { line = "2+" }\nregimen = { paclitaxel = 0.5, capecitabine = 0.5 }\n',
        "utf-8",
    )
    lines = [
        {**LINE, "then": "vinorelbine"},
        {**LINE, "line": "2+", "subtypes": [], "months": None,
         "regimen": {"paclitaxel": 0.5, "capecitabine": 0.5}},
    ]  # fmt: skip
    mine = build(BuiltStrategy.model_validate(built(lines=lines)), catalog())
    assert strategy_hash(mine) == strategy_hash(ss.strategy(file))
    assert mine.name == "mine"


def test_the_rules_of_a_base_follow_those_that_were_built() -> None:
    base = catalog().strategies["2022"]
    mine = build(BuiltStrategy.model_validate(built(base="2022")), catalog())
    assert list(mine.lines[1:]) == list(base.lines)
    assert mine.lines[0].regimen == {"capecitabine": 1.0}
    assert (mine.scan_weeks, mine.bone_agent) == (base.scan_weeks, base.bone_agent)
    same = build(BuiltStrategy.model_validate(built(base="2022", lines=[])), catalog())
    assert strategy_hash(same) == strategy_hash(base)
    assert [s.name for s in strategies_of(["none", "2022"], catalog())] == ["none", "2022"]


def test_rules_that_are_never_taken_are_worth_a_warning() -> None:
    assert built_of(built(), catalog()) == []
    narrow = [{**LINE, "subtypes": []}, LINE]
    for base in (None, "2022"):  # of whose rules many are never taken
        assert built_of(built(lines=narrow, base=base), catalog()) == [
            "rule 2 can never be taken: rule 1 takes every woman that it would"
        ]
    with pytest.raises(DataErrors, match="field 'name' is missing"):
        built_of({"lines": []}, catalog())


# Draws of anybody's model ---------------------------------------------------------------------------


def draws() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(1)
    known = rng.normal(size=600)
    costs = {"care": rng.gamma(16, 500, 600), "drug": rng.gamma(16, 700, 600)}
    effects = {"care": rng.normal(5.0, 0.3, 600), "drug": 5.3 + 0.4 * known}
    return costs, effects, {"p": known, "q": rng.normal(size=600)}


def as_text(columns: dict[str, Any]) -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(repr, map(float, row))) for row in rows)])


def asked(**changed: Any) -> DecisionQuestion:
    costs, effects, parameters = draws()
    data = {
        "schema": 1,
        "kind": "decision",
        "costs": as_text(costs),
        "effects": as_text(effects),
        "parameters": as_text(parameters),
        "threshold": 20_000,
        "currency": "GBP",
        "effect": "QALY",
        "reference": None,
        **changed,
    }
    question = question_of(data, catalog())
    assert isinstance(question, DecisionQuestion)
    return question


def test_a_decision_is_that_of_the_same_draws() -> None:
    found = decided(asked())
    DecisionAnswer.model_validate(found)
    costs, effects, parameters = draws()
    beside = ss.decision(costs, effects, parameters=parameters, at=20_000, currency="GBP")
    assert found["sentence"] == beside.sentence
    assert found["thresholds"] == list(beside.thresholds)
    assert np.allclose(found["ceac"]["drug"], beside.ceac.column("drug").to_numpy(), rtol=1e-5)
    assert found["ceaf"] == beside.ceaf.column("strategy").to_pylist()
    assert np.allclose(found["evpi"], beside.evpi.column("evpi").to_numpy(), rtol=1e-5)
    shares = np.array(found["ceac"]["drug"])
    assert np.allclose(found["ceac_se"]["drug"], np.sqrt(shares * (1 - shares) / 600), rtol=1e-4)
    assert [row["parameters"] for row in found["evppi"]] == ["p", "q"]
    assert found["evppi"][0]["value"] == pytest.approx(beside.learning.found[0].value, rel=1e-5)
    verdicts = {row["strategy"]: row["verdict"] for row in found["frontier"]}
    assert verdicts == {"care": "reference", "drug": "frontier"}


def test_a_decision_without_a_threshold_takes_that_of_the_reference_case_in_its_currency() -> None:
    """A threshold of 20,000 stood here, of no source and whatever the currency."""
    cases = catalog().costs.reference_cases
    for currency, case in (("GBP", "nice"), ("USD", "icer"), ("CAD", "cda-amc")):
        question = asked(threshold=None, currency=currency)
        assert question.threshold == min(cases[case].thresholds)
    assert asked(threshold=30_000, currency="EUR").threshold == 30_000
    costs, effects, _ = draws()
    data = {"schema": 1, "kind": "decision", "costs": as_text(costs), "effects": as_text(effects)}
    for more, words in (
        (
            {"currency": "EUR"},
            "threshold: none is packaged in 'EUR'; give what a good year may cost",
        ),
        ({}, "where no currency is named; .* a currency that has one: GBP, CAD, USD"),
    ):
        with pytest.raises(DataErrors, match=words):
            question_of({**data, **more}, catalog())


def test_the_page_is_told_the_threshold_in_force_and_its_source() -> None:
    [first, *others] = mode(catalog(), None, current=True)["thresholds"]
    nice = catalog().costs.reference_cases["nice"]
    assert (first["currency"], first["value"], first["highest"]) == (
        "GBP",
        *sorted(nice.thresholds),
    )
    assert first["agency"] == nice.agency
    assert first["sources"] == [catalog().sources["NICE-THRESHOLD"].citation]
    assert [one["currency"] for one in others] == ["CAD", "USD"]
    assert all(one["sources"] for one in others)


def test_what_is_wrong_with_draws_names_the_file_and_no_folder() -> None:
    for changed, problem in (
        (
            {"costs": "a,b\n1,x\n2,3"},
            r"^costs\.csv, line 2, column 'b': 'x' is not a finite number",
        ),
        ({"effects": "care,drug\n1,2\n3,4"}, r"^effects\.csv: 2 draws"),
        ({"reference": "none such"}, "none such"),
    ):
        with pytest.raises(InputError, match=problem) as caught:
            decided(asked(**changed))
        assert "/" not in str(caught.value).replace("n/a", "")
    for changed, problem in (
        ({"threshold": -1}, "threshold is -1"),
        ({"costs": ""}, "costs is ''"),
        ({"currency": "\x07"}, r"currency: '\\x07' holds control characters"),
        ({"currency": "pounds of silver"}, "currency is 'pounds of silver'"),
    ):
        with pytest.raises(DataErrors, match=problem):
            asked(**changed)


# The schema -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(schemas()))
def test_the_schema_that_ships_is_of_the_classes(name: str) -> None:
    """`python scripts/explorer_schema.py` writes them."""
    place = Path(ss.__file__).parent / "explorer" / "schemas" / (name + ENDING)
    assert place.read_text("utf-8") == text_of(schemas()[name])
    assert json.loads(place.read_text("utf-8"))["$schema"].endswith("2020-12/schema")
