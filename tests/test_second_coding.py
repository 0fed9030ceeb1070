"""The second coding: blind sheets, the comparison of filled ones with the catalog, and what is counted."""

from __future__ import annotations

import csv
import dataclasses
from typing import TYPE_CHECKING

import pytest

import second_coding as script
from seedsoil.catalog import load
from seedsoil.catalog import second_coding as packaged
from seedsoil.catalog.coded_units import disagreement
from seedsoil.catalog.coded_value import Coded
from seedsoil.catalog.provenance import describe
from seedsoil.catalog.provenance_text import render_text
from seedsoil.catalog.second_coding import apart, coded_values, second_coding
from seedsoil.catalog.second_sheets import Reading, Resolved, compare, read_resolved, read_sheets

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = load()
VALUES = {value.key: (value, why) for value, why in coded_values(CATALOG)}
TO_CODE = {key: value for key, (value, why) in VALUES.items() if not why}
PFS = "trial.PALOMA-2/experimental/pfs_median"
COINCIDENCES = {  # numbers that say what the value is of, and happen to be those of the value
    "target.growth_10_20.p05",
    "target.late_distant.t1n1_3",
    "trial.ESME 2008-2016/cohort/brain_by_32 [subtype TNBC]",
    "cost.capecitabine/us-payer/package 500x120:high",
}


def _reading(key: str, value: str, unit: str) -> Reading:
    return Reading("sheet.csv: line 2", key, value, unit, "table 2", "AB", "2026-11-29", "")


# The sheets of the repository ------------------------------------------------------------------------


def test_the_sheets_agree_with_the_catalog_or_are_resolved() -> None:
    assert script.comparison(CATALOG).problems == []


def test_the_catalog_and_the_page_say_what_the_comparison_finds() -> None:
    found = script.comparison(CATALOG)
    text = script.COMPARED.read_text(encoding="utf-8")
    assert text == script.compared(CATALOG, found), "run scripts/second_coding.py renew"
    assert script.PAGE.read_text(encoding="utf-8") == script.page(CATALOG, found)


def test_numbers_without_a_second_coding_do_not_become_more() -> None:
    now = script.without(script.counts(CATALOG, script.comparison(CATALOG)))
    assert now == script.read_without(), "run scripts/second_coding.py renew; it lets no class grow"


def test_every_number_is_counted_once_and_every_exception_is_needed() -> None:
    assert len(VALUES) == len(list(coded_values(CATALOG)))
    for one in apart():
        for pattern in one.keys:
            alone = one._replace(keys=(pattern,), but=())
            assert any(alone.holds(key) for key in VALUES), pattern
        for pattern in one.but:
            assert any(one._replace(keys=(pattern,), but=()).holds(key) for key in TO_CODE), pattern


def test_each_class_of_the_catalog_is_there() -> None:
    cells = sum(len(group.cells) for group in CATALOG.targets.values())
    assert sum(value.kind == "targets" for value, _ in VALUES.values()) == cells
    facts = sum(len(trial.baseline) for trial in CATALOG.trials.values())
    assert sum(value.kind == "women at enrolment" for value, _ in VALUES.values()) == facts
    numbers = sum(len(parameter.values) for parameter in CATALOG.parameters.values())
    assert sum(key.startswith("parameter.") for key in VALUES) == numbers
    for key in (
        PFS, "trial.PALOMA-2/experimental v control/pfs_hr:low", "trial.PALOMA-2/control/n",
        "drug.palbociclib/grade3_plus", "dosing.palbociclib/dose", "adjuvant.1980s/chemo [nodes n0]",
        "life_table/65", "cost.palbociclib/us-payer/package 125x21", "inflation.us-cpi/2010", "ppp.GBP/2010",
        "reference_case.nice/thresholds 1", "norm.england-eq5d-3l/intercept",
        "published.pertuzumab-first-line/1 Durkee 2016/icer", "parameter.utility.stable",
    ):  # fmt: skip
        assert key in TO_CODE
    assert VALUES["parameter.growth.log_rate:tnbc"][1].startswith("start value of a fit")
    assert VALUES["parameter.attrition.log_odds"][1].startswith("assumption")


# Blind sheets ----------------------------------------------------------------------------------------


def test_a_blind_row_does_not_tell_its_number(tmp_path: Path) -> None:
    rows = script.write_sheets(tmp_path, CATALOG)
    assert sum(rows.values()) == len(TO_CODE)
    assert max(rows.values()) <= script.SHEET
    seen = []
    for path in tmp_path.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                seen.append(row["key"])
                value = TO_CODE[row["key"]]
                assert not any(row[name] for name in script.COLUMNS[1:])
                for name in ("what", "population", "source", "said"):
                    if name != "what" or value.key not in COINCIDENCES:
                        told = [
                            n for n in script._NUMBER.findall(row[name]) if script.tells(n, value)
                        ]
                        assert not told, (row["key"], name, row[name])
    assert sorted(seen) == sorted(TO_CODE)


def test_figures_are_taken_out_of_what_is_said() -> None:
    value = dataclasses.replace(
        TO_CODE[PFS],
        note="Mean of two trials. It was 24.8 months; read from the curve. A third had it.",
    )
    assert script.without_figures(value) == "Mean of two trials. read from the curve."
    assert script.without_figures(dataclasses.replace(value, value=2.0)) == "read from the curve."
    assert script.hidden("median 24.8 (444 women), n = 666 12 weeks", value) == "median … 12 weeks"


def test_filled_sheets_are_taken_without_what_led_the_coder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "SECOND", tmp_path)
    blind = tmp_path / "blind"
    script.write_sheets(blind, CATALOG)
    path = blind / "targets-1.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[3] |= {
        "value": "20",
        "unit": "%",
        "where_read": "table 1",
        "coder": "AB",
        "date": "2026-11-29",
    }
    script._write(path, (*script.BLIND, *script.COLUMNS[1:]), rows)
    script.take([path])
    problems: list[str] = []
    readings = read_sheets(tmp_path, problems)
    assert problems == []
    assert [(one.key, one.value, one.unit) for one in readings] == [(rows[3]["key"], "20", "%")]


# The comparison --------------------------------------------------------------------------------------


def _value(value: float | str, unit: str, bound: str = "", slack: float = 0.0) -> Coded:
    return Coded("o", "k", "class", value, unit, "what", "whom", (), bound=bound, slack=slack)


@pytest.mark.parametrize(
    "value, unit, read, read_in",
    [
        (24.8, "months", "24.8", "months"),
        (0.421, "share", "42.1", "%"),
        (0.421, "share", "42", "%"),  # 0.415 to 0.425 is printed as 42
        (0.4369, "share", "194/444", "share"),
        (0.44, "share", "194/444", "share"),  # rounded to two digits
        (0.25, "share", "25", "%"),
        (37.0, "months", "36.5", "months"),  # an exact half goes up or down
        (36.0, "months", "36.5", "months"),
        (0.37, "share", "36.5", "%"),
        (0.36, "share", "36.5", "%"),
        (-0.37, "ratio", "-0.365", "ratio"),
        (-0.6349, "ln(rate ratio)", "0.53", "rate ratio"),  # ln 0.53 = -0.6349
        (51.135, "1/year", "0.14", "1/day"),  # 0.14 · 365.25
        (30.0, "months", "2.5", "years"),
        (35.0, "mm", "3.5", "cm"),
        (1e12, "cells", "1e12", "cells"),
        (16000.0, "USD of 2024", "16,000", "USD of 2024"),
        ("NCT01740427", "number of ClinicalTrials.gov", "NCT 01740427", ""),
        ("250, 100", "mg", "100,250", "mg"),
    ],
)  # fmt: skip
def test_what_agrees(value: float | str, unit: str, read: str, read_in: str) -> None:
    assert disagreement(_value(value, unit), read, read_in) == ""


@pytest.mark.parametrize(
    "value, unit, read, read_in, told",
    [
        (24.8, "months", "24.9", "months", "the catalog has 24.8 months, 24.9 months was read"),
        (24.8, "months", "24.80001", "months", ""),
        (24.8, "months", "28.4", "months", "28.4 months was read"),
        (0.421, "share", "0.421", "%", "0.421 % was read"),
        (0.421, "share", "41.4", "%", "41.4 % was read"),
        (0.3, "share", "34", "%", "34 % was read"),  # one digit is too coarse
        (34.0, "months", "33.4", "months", "33.4 months was read"),
        (37.0, "months", "36.4", "months", "36.4 months was read"),
        (36.0, "months", "36.6", "months", "36.6 months was read"),
        (4.0, "years", "3.5", "years", "3.5 years was read"),  # a half, to one digit
        (0.0, "share", "3.5", "%", "3.5 % was read"),
        (0.035, "share", "0.0", "%", "0.0 % was read"),
        (0.45, "share", "194/444", "share", "(0.436937)"),
        (-0.53, "ln(rate ratio)", "0.53", "rate ratio", "0.53 rate ratio was read"),
        (10.0, "months", "10", "years", "10 years was read"),
        (10.0, "months", "10", "moons", "the unit 'moons' is not one of: months, days, weeks, years"),
        (10.0, "months", "ten", "months", "'ten' is not a number"),
        (10.0, "months", "3/0", "months", "'3/0' is not a number"),
        (0.5, "ln(rate ratio)", "0", "rate ratio", "has no logarithm"),
        ("NCT01740427", "number", "NCT01740428", "", "NCT01740428 was read"),
    ],
)  # fmt: skip
def test_what_differs_says_both(
    value: float | str, unit: str, read: str, read_in: str, told: str
) -> None:
    found = disagreement(_value(value, unit), read, read_in)
    assert told in found
    assert bool(found) == bool(told)


def test_a_bound_agrees_with_the_same_bound_alone() -> None:
    bound = _value(30.0, "months", bound=">")
    assert disagreement(bound, ">30", "months") == ""
    assert "the catalog has >30" in disagreement(bound, "30", "months")
    assert "the catalog has >30" in disagreement(bound, "<30", "months")
    assert disagreement(bound, ">31", "months")
    assert "the catalog has >30" in disagreement(bound, ">=30", "months")


@pytest.mark.parametrize("sign, printed", [("<=", "≤"), (">=", "≥")])
def test_a_bound_that_may_be_reached_is_read_as_such(sign: str, printed: str) -> None:
    bound = _value(6.0, "colonies", bound=sign)
    for read in (f"{sign}6", f"{sign} 6", f"{printed}6"):
        assert disagreement(bound, read, "colonies") == ""
    for read in ("6", f"{sign[0]}6", f"{sign}7", ">=6" if sign == "<=" else "<=6"):
        assert f"the catalog has {sign}6" in disagreement(bound, read, "colonies")


def test_a_target_that_is_only_an_upper_bound_says_so() -> None:
    bounds = {
        value.key: value for value in TO_CODE.values() if value.kind == "targets" and value.bound
    }
    assert list(bounds) == ["target.colonies_before_surgery.mean"]
    (colonies,) = bounds.values()
    assert disagreement(colonies, "<=6", "colonies") == ""
    assert packaged.written(colonies) == "<=6"


def test_shares_of_one_whole_may_be_off_by_their_rounding() -> None:
    share = 0.742 / 0.999
    assert disagreement(_value(share, "share"), "74.2", "%")
    assert disagreement(_value(share, "share", slack=0.005), "74.2", "%") == ""
    assert disagreement(_value(share, "share", slack=0.005), "75.0", "%")


def test_readings_are_sorted_by_what_they_find() -> None:
    low = "trial.PALOMA-2/experimental v control/pfs_hr:low"
    readings = [
        _reading(PFS, "24.8", "months"),
        _reading("trial.PALOMA-2/control/pfs_median", "15.4", "months"),
        _reading("trial.PALOMA-2/control/os_median", "53", "months"),
        _reading(low, "not found", ""),
    ]
    resolved = {
        readings[1].key: Resolved("catalog", "digits exchanged in the second reading"),
        readings[2].key: Resolved("second", "to be mended"),
    }
    found = compare(CATALOG, readings, resolved)
    assert found.problems == []
    assert list(found.outcomes.values()) == ["agrees", "resolved", "differs", "not found"]
    table = script.counts(CATALOG, found)["trial results"]
    assert (table["agrees"], table["resolved"], table["differs"], table["not found"]) == (
        1,
        1,
        1,
        1,
    )
    assert script.without({"trial results": table})["trial results"] == table.total() - 2
    page = script.page(CATALOG, found)
    assert (
        f"## To be changed\n\n- `{readings[2].key}`: to be mended\n\n## Not found\n\n- `{low}`\n\n"
        in page
    )
    assert f"{PFS},24.8,agrees" in script.compared(CATALOG, found)


@pytest.mark.parametrize(
    "key, value, told",
    [
        ("trial.PALOMA-2/experimental/pfs_median", "23.8", "23.8 months was read"),
        ("trial.PALOMA-2/experimental/pfs_medium", "24.8", "pfs_median"),
        ("parameter.attrition.log_odds", "1.5", "is not to be coded: assumption of the model"),
    ],
)
def test_what_is_wrong_with_a_reading_is_one_line(key: str, value: str, told: str) -> None:
    (problem,) = compare(CATALOG, [_reading(key, value, "months")], {}).problems
    assert problem.startswith("sheet.csv: line 2: ")
    assert told in problem


def test_twice_coded_in_the_sheets_and_resolved_for_nothing_are_told() -> None:
    same = _reading(PFS, "24.8", "months")
    problems = compare(CATALOG, [same, same], {PFS: Resolved("catalog", "no")}).problems
    assert problems == [
        f"sheet.csv: line 2: {PFS} is in the sheets twice",
        f"resolved.toml: {PFS}: the readings do not differ; take it out",
    ]


def test_bad_sheets_and_resolutions_are_told(tmp_path: Path) -> None:
    head = ",".join(script.COLUMNS)
    (tmp_path / "a.csv").write_text("key,value\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(f"{head}\nk,1,months\nk,1,months,,AB,2026,\n", encoding="utf-8")
    problems: list[str] = []
    assert read_sheets(tmp_path, problems) == []
    assert problems == [
        "a.csv: columns must be key, value, unit, where_read, coder, date, remark",
        "b.csv: line 2: has 3 cells; allowed: 7",
        "b.csv: line 3: value, where_read, coder and date must be filled",
    ]
    path = tmp_path / "resolved.toml"
    path.write_text(
        '[[resolved]]\nkey = "k"\nright = "catalog"\n'
        '[[resolved]]\nkey = "k"\nright = "secund"\nreason = "r"\n'
        '[[resolved]]\nkey = "k"\nright = "second"\nreason = "r"\n'
        '[[resolved]]\nkey = "k"\nright = "second"\nreason = "r"\n',
        encoding="utf-8",
    )
    problems = []
    assert list(read_resolved(path, problems)) == ["k"]
    assert len(problems) == 3
    assert "must have key, right and reason" in problems[0]
    assert "second" in problems[1]
    assert problems[2] == "resolved.toml: entry 4: k is resolved twice"


# What is shown ---------------------------------------------------------------------------------------


def test_sources_say_what_the_second_coding_found(monkeypatch: pytest.MonkeyPatch) -> None:
    agrees = packaged.Compared("1e+12", "agrees")
    other = packaged.Compared("24.8", "agrees")
    monkeypatch.setattr(
        packaged, "compared", lambda: {"parameter.growth.capacity": agrees, PFS: other}
    )
    assert "second coding:      agrees" in render_text(describe(CATALOG, "growth.capacity"))
    total = sum(value.owner == "trial.PALOMA-2" for value in TO_CODE.values())
    told = f"agrees 1, none {total - 1} of {total} values"
    assert describe(CATALOG, "trial.PALOMA-2")["second_coding"] == told
    changed = CATALOG.with_values({"growth.capacity": 2e12})
    assert (
        second_coding(changed, "growth.capacity") == "agrees"
    )  # what the source gives has not changed
    moved = packaged.Compared("2e+12", "agrees")
    monkeypatch.setattr(packaged, "compared", lambda: {"parameter.growth.capacity": moved})
    assert describe(CATALOG, "growth.capacity")["second_coding"] == "none"


@pytest.mark.parametrize(
    "key",
    [
        "node_positivity", "node_positivity.lt10", "adjuvant.1990s", "screening.biennial-50-69", "life_table",
        "dosing.palbociclib", "body.england", "cost.palbociclib", "inflation.us-cpi", "ppp.GBP",
        "reference_case.nice", "norm.england-eq5d-3l", "drug.palbociclib",
    ],
)  # fmt: skip
def test_every_kind_of_entry_shows_it(key: str) -> None:
    assert describe(CATALOG, key)["second_coding"]


@pytest.mark.parametrize(
    "key",
    [
        "attrition.log_odds",
        "growth.log_rate",
        "strategy.2022",
        "regimen.letrozole",
        "NH3-007",
        "growth",
    ],
)
def test_what_no_source_gives_shows_none(key: str) -> None:
    assert "second_coding" not in describe(CATALOG, key)


def test_renew_refuses_what_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    most = script.read_without()
    kind = max(most, key=lambda one: most[one])
    fewer = script.WITHOUT.read_text(encoding="utf-8").replace(
        f"\n{kind},{most[kind]}\n", f"\n{kind},{most[kind] - 1}\n"
    )
    (tmp_path / "without.csv").write_text(fewer, encoding="utf-8")
    monkeypatch.setattr(script, "WITHOUT", tmp_path / "without.csv")
    monkeypatch.setattr(script, "COMPARED", tmp_path / "compared.csv")
    monkeypatch.setattr(script, "PAGE", tmp_path / "page.md")
    assert script.main(["renew"]) == 1
    told = f"{most[kind]} numbers are without a second coding; at most {most[kind] - 1} may be"
    assert f"{kind}: {told}" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()
