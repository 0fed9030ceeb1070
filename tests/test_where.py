"""Women by a condition: what it finds, what it refuses, and a run, a search and a command that keep by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.cli import main
from seedsoil.results.where import matching
from seedsoil.run.simulate import find

if TYPE_CHECKING:
    from seedsoil.run.run import Run

TABLES = ("patients", "lesions", "symptoms", "lines", "drugs")


@pytest.fixture(scope="module")
def run() -> Run:
    return ss.simulate(3_000, seed=1)


@pytest.mark.parametrize(
    "condition, plainly",
    [
        ('subtype == "TNBC" and metastatic_at > 5', "w.subtype.eq('TNBC') & (w.metastatic_at > 5)"),
        ("'TNBC' != subtype", "w.subtype.ne('TNBC')"),
        ("age < 40 or age >= 80", "(w.age < 40) | (w.age >= 80)"),
        ("40 <= age < 50", "(w.age >= 40) & (w.age < 50)"),
        ("metastatic_at == None", "w.metastatic_at.isna()"),
        ("metastatic_at is not None and not bone", "w.metastatic_at.notna() & ~w.bone"),
        ("gbrca == True", "w.gbrca"),
        ("died_at - metastatic_at > 5", "w.died_at - w.metastatic_at > 5"),
        ("positive_nodes / 3 > 2.5", "w.positive_nodes > 7.5"),
        ("-age < -80", "w.age > 80"),
        ('subtype in ["TNBC", "HR-/HER2+"]', "w.subtype.isin(['TNBC', 'HR-/HER2+'])"),
        ('t_stage not in ("T1",)', "w.t_stage.ne('T1')"),
        # of who has no metastases neither holds
        ('found_by != "symptoms"', "w.found_by.notna() & w.found_by.ne('symptoms')"),
        ("not metastatic_at > 5", "w.metastatic_at <= 5"),
    ],
)
def test_a_condition_finds_the_women(run: Run, condition: str, plainly: str) -> None:
    w = run.patients.to_pandas()
    for name in w.select_dtypes("category"):
        w[name] = w[name].astype(object)
    expected = w[eval(plainly)]["patient"].tolist()
    assert 0 < len(expected) < len(w)
    assert matching(run.patients, condition)["patient"].to_pylist() == expected


@pytest.mark.parametrize(
    "condition, words",
    [
        ('subtype == "TNB"', "subtype is never 'TNB'; did you mean 'TNBC'"),
        ('subtype in ["TNBC", "x"]', "subtype is never 'x'; it is one of HR"),
        ('subtyp == "TNBC"', "no column 'subtyp'; did you mean 'subtype'"),
        ("subtype == t_stage", "subtype and t_stage are never the same"),
        ("subtype", "subtype is a text; compare it, such as subtype == 'HR"),
        ("age", "age says nothing to hold or not"),
        ('age == "x"', "age and 'x' cannot be compared"),
        ('subtype > "TNBC"', "subtype has no order"),
        ("brain > 1", "brain and 1 cannot be compared"),
        ("age in 3", "in wants a list"),
        ("age in []", "in wants a list"),
        ("None < age", "None is compared by == or !="),
        ("1 == None", "None is compared with a column"),
        ('__import__("os").system("true")', "is not allowed; allowed: columns"),
        ("age.real > 5", "'age.real' is not allowed"),
        ("age[0] > 5", "is not allowed"),
        ("(lambda: 1)() > 5", "is not allowed"),
        ("[a for a in age] == 5", "is not allowed"),
        ('f"{age}" == "x"', "is not allowed"),
        ("age ** 9 > 1", "numbers take"),
        ("age + subtype > 1", "numbers take"),
        ("age > 1e999", "inf is not allowed"),
        ("age > " + "9" * 400, "is not allowed"),
        ("age > 3j", "is not allowed"),
        ("age >", "cannot be read"),
        ('subtype = "TNBC"', "cannot be read .*; equality is ==; write it as in"),
        ("subtype == TNBC", "no column 'TNBC'; it is a text: write \"TNBC\" in quotes"),
        ("", "cannot be read"),
        ("age > 3; age < 4", "cannot be read"),
        ("(" * 300 + ")" * 300, "cannot be read"),
        ("-" * 900 + "age > 1", "cannot be read"),
        ("age > 1 or " * 100 + "age > 1", "has 1,107 characters; allowed: 1,000"),
        (r"'\d' == subtype", "is never"),
        (3, "where=3: must be text"),
    ],
)
def test_what_a_condition_may_not_be_is_one_line(run: Run, condition: str, words: str) -> None:
    with pytest.raises(ss.InputError, match=words) as caught:
        matching(run.patients, condition)
    assert "\n" not in str(caught.value)


def test_a_part_of_a_run_has_its_rows_of_every_table(run: Run) -> None:
    some = run.where('subtype == "TNBC"').where("age < 60")
    women = set(some.patients["patient"].to_pylist())
    assert (some.manifest["women"], some.manifest["simulated"]) == (len(women), 3_000)
    assert some.manifest["only"] == '(subtype == "TNBC") and (age < 60)'
    for name in TABLES:
        mine = [n for n in getattr(run, name)["patient"].to_pylist() if n in women]
        assert getattr(some, name)["patient"].to_pylist() == mine
        assert mine
    assert "3,000 simulated, those with (subtype" in repr(some)
    with pytest.raises(ss.InputError, match="none of these 3,000 women"):
        run.where("age > 300")


def test_the_first_of_chosen_women_are_so_many(run: Run, tmp_path: Path) -> None:
    some = run.where("brain")
    some.save(tmp_path / "some")
    for whole in (some, ss.open_run(tmp_path / "some")):
        first = whole.head(7)
        assert first.patients["patient"].to_pylist() == some.patients["patient"].to_pylist()[:7]
        assert set(first.lesions["patient"].to_pylist()) <= set(
            first.patients["patient"].to_pylist()
        )


def test_a_run_of_chosen_women_is_that_part_of_the_cohort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = ("--subtype", "tnbc, HR-/HER2+", "--age", "40-59")
    assert main(["run", "--women", "3k", "--first", "500", *chosen, "--out", "mine"]) == 0
    told = capsys.readouterr().out
    assert "of 3,000 simulated, those with subtype in" in told
    assert "from woman 500 on" in told
    mine = ss.open_run("mine")
    condition = 'subtype in ["TNBC", "HR-/HER2+"] and age >= 40 and age < 60'
    expected = ss.simulate(3_000, first=500).where(condition)
    for name in TABLES:
        assert getattr(mine, name).equals(getattr(expected, name).combine_chunks())
    for key in ("women", "simulated", "only", "first_patient"):
        assert mine.manifest[key] == expected.manifest[key]
    head = Path("mine/report.html").read_text("utf-8").partition("</header>")[0]
    assert "women of 3,000 simulated, those with subtype in" in head
    number = mine.patients["patient"][3].as_py()
    assert ss.patient(number).patient == mine.patients.slice(3, 1).to_pylist()[0]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["run", "--subtype", "TNB"], "did you mean 'TNBC'?"),
        (["run", "--age", "old"], "--age 'old': must be ages such as \"<70\""),
        (["run", "--age", "70-50"], "is an empty range"),
        (["run", "--women", "50", "--age", "99+"], "none of the 50 women simulated is kept by"),
        (["find", "age >"], "cannot be read"),
        (["find", "age > 3", "--most", "0"], "most: 0"),
        (["find"], "missing argument 'CONDITION'"),
    ],
)
def test_nobody_is_kept_without_a_word(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("runs/*"))


def test_women_are_found_and_counted(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    condition = "lines >= 4 and age < 50"
    expected = run.where(condition).patients
    found = find(condition, women=3_000, most=5)
    assert (found.women, found.simulated) == (expected.num_rows, 3_000)
    assert found.patients.equals(expected.slice(0, 5))
    assert find("age > 300", women=300).women == 0
    assert main(["find", condition, "--women", "3k", "--most", "5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [w["patient"] for w in told["women"]] == expected["patient"].to_pylist()[:5]
    assert (told["found"], told["simulated"]) == (expected.num_rows, 3_000)
    assert main(["find", condition, "--women", "3k", "--strategy", "pre-2013"]) == 0
    out = capsys.readouterr().out
    assert "of 3,000 women simulated (numbers 0 to 2,999, seed 1)" in out
    assert "--seed 1 --strategy=pre-2013" in out


@pytest.mark.parametrize(
    "written, women",
    [("1e5", 100_000), ("100k", 100_000), ("2.5M", 2_500_000), ("1bn", 10**9), ("1.5e3", 1_500),
     ("100,000", 100_000), ("100_000", 100_000), ("1E+2", 100), ("-4", -4), ("7", 7)],
)  # fmt: skip
def test_counts_are_read_as_people_write_them(written: str, women: int) -> None:
    from seedsoil.cli.counts import count

    assert count(written) == women


@pytest.mark.parametrize(
    "written", ["1.5", "1e-3", "k", "", "1,5", "1e999", "ten", "0x10", "1" * 50]
)
def test_what_is_no_count_is_refused(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--women", written]) == 2
    assert "is not a whole number" in capsys.readouterr().err


# Two courses side by side.


def test_two_courses_of_a_woman_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    from seedsoil.patient.beside import Beside

    courses = [ss.patient(4130, strategy=name) for name in ("2022", "none")]
    both = Beside(*courses)
    found = courses[0].patient["metastatic_at"]
    assert found is not None
    for time, first, second in both.events():
        assert first == second or time >= found
    events = both.events()
    assert any("She dies" in first for _, first, _ in events)
    assert any("She dies" in second for _, _, second in events)
    assert np.all(np.diff([time for time, _, _ in events]) >= 0)
    assert main(["patient", "4130", "--compare", "none"]) == 0
    out = capsys.readouterr().out
    assert out.rstrip("\n") == both.timeline()
    assert out.count("Diagnosis, through") == 1
    assert "strategy 2022" in out
    assert both.chart()["vconcat"][1]["title"] == "strategy none"
    assert set(both.table()["strategy"].to_pylist()) == {"2022", "none"}
    lived = [course.patient["died_at"] for course in courses]
    assert f"{lived[0] - lived[1]:.1f} years earlier under strategy none" in both.sentence
    with pytest.raises(ss.InputError, match="only of the same woman"):
        Beside(courses[0], ss.patient(4131))


def test_a_woman_without_metastases_is_treated_alike(capsys: pytest.CaptureFixture[str]) -> None:
    number = find("metastatic_at == None", women=100).patients["patient"][0].as_py()
    assert main(["patient", str(number), "--compare", "none"]) == 0
    out = capsys.readouterr().out
    assert "The two strategies treat her alike." in out
    assert "at the same time under strategy none" in out


@pytest.mark.parametrize("ending", ["html", "svg", "csv", "json"])
def test_both_courses_are_written(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["patient", "4130", "--compare", "none", "--out", f"both.{ending}"]) == 0
    text = Path(f"both.{ending}").read_text("utf-8")
    assert "none" in text
    assert "2022" in text


def test_the_untreated_course_is_on_other_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["patient", "1", "--compare", "untreated"]) == 2
    assert "the strategy without drugs to compare with is 'none'" in capsys.readouterr().err
