"""Draws that people upload: what files and frames may look like, what is refused, and the command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import seedsoil as ss
from pages import Outline, charts_of, words_of
from seedsoil.cli import main
from seedsoil.display.export import as_svg
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.economics.decision.thresholds import parse_thresholds
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedsoil.economics.decision.decision import Decision

COSTS = "A,B\n100.5,200\n300,400\n500,600\n"
EFFECTS = "A,B\n.1,.2\n.3,.4\n.5,.65\n"
MEANS = {"A": (300.1666667, 0.3), "B": (400.0, 0.4166667)}
Wrote = "Callable[..., tuple[Path, Path]]"

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Path, Path]]:
    monkeypatch.chdir(tmp_path)

    def files(costs: str | bytes = COSTS, effects: str | bytes = EFFECTS) -> tuple[Path, Path]:
        for name, text in (("costs.csv", costs), ("effects.csv", effects)):
            Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return Path("costs.csv"), Path("effects.csv")

    return files


def means(result: Decision) -> dict[str, tuple[float, float]]:
    draws = result.draws
    pairs = zip(draws.mean_costs.tolist(), draws.mean_effects.tolist(), strict=True)
    return dict(zip(result.names, pairs, strict=True))


# What files may look like ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "costs, note",
    [
        (COSTS, ""),
        (COSTS.replace(",", ";"), ""),
        (COSTS.replace(",", "\t"), ""),
        (COSTS.replace(",", " | "), ""),
        (COSTS.replace("\n", "\r\n"), ""),
        (b"\xef\xbb\xbf" + COSTS.encode(), ""),
        ("sep=;\n" + COSTS.replace(",", ";"), ""),
        ("# made by hand\n" + COSTS, ""),
        (COSTS.replace(",", ";").replace(".", ","), "100,5 on line 2 is read as 100.5"),
        ('"","A","B"\n"1",100.5,200\n"2",300,400\n"3",500,600\n', "column 1 numbers the rows"),
        (",A,B\n0,100.5,200\n1,300,400\n2,500,600\n", "column 1 numbers the rows"),
        ("draw,A,B\n1,100.5,200\n2,300,400\n3,500,600\n", "column 1, 'draw', numbers the rows"),
        ("A\tB\n1\t100.5\t200\n2\t300\t400\n3\t500\t600\n", "column 1 numbers the rows"),
        ("\nA,B\n100.5,200\n\n300,400\n,\n500,600\n,\n,\n", ""),
        ("A,B,,\n100.5,200,,\n300,400,,\n500,600,,\n", ""),
        ("B,A\n200,100.5\n400,300\n600,500\n", "brought into the order of costs.csv"),
        ('"A","B"\n"1.005e2","200"\n3e2,400\n500,6e+2\n', ""),
    ],
)  # fmt: skip
def test_files_of_many_programs(
    write: Callable[..., tuple[Path, Path]], costs: str | bytes, note: str
) -> None:
    result = ss.decision(*write(costs))
    found = means(result)
    for name, pair in MEANS.items():
        assert found[name] == pytest.approx(pair)
    assert note in " ".join(result.notes)
    assert bool(result.notes) == bool(note)


@pytest.mark.parametrize(
    "mine, theirs, names",
    [
        ("Chemo_Cost,Radio_Cost", "Chemo_Eff,Radio_Eff", ("Chemo", "Radio")),
        ("cost.A,cost.B", "qaly.B,qaly.A", ("A", "B")),
        ("c A,c B", "e A,e B", ("A", "B")),
        ("0,1", "0,1", ("0", "1")),
    ],
)
def test_names_with_a_word_for_costs_or_effects(
    write: Callable[..., tuple[Path, Path]], mine: str, theirs: str, names: tuple[str, ...]
) -> None:
    result = ss.decision(*write(COSTS.replace("A,B", mine), EFFECTS.replace("A,B", theirs)))
    assert result.names == names
    if "qaly" in theirs:
        assert result.draws.effects[0].tolist() == [0.2, 0.1]
    assert ("taken for" in " ".join(result.notes)) == (mine != theirs)


@pytest.mark.parametrize(
    "costs, effects, words",
    [
        ("A;B\n1.234;2\n3;4\n", "A;B\n1,5;2,5\n3,1;4,2\n",
         r"costs.csv, line 2: '1\.234' may be 1234 or 1\.234, as effects.csv has a decimal comma \(1,5"),
        ("A;B\n10;2\n3;1,234\n", "A;B\n1.5;2.5\n3.1;4.2\n",
         r"costs.csv, line 3: '1,234' may be 1234 or 1\.234, as effects.csv has a decimal point"),
        ("A;B\n1.234;2.000\n3.111;4.222\n", "A;B\n1;2\n3;4\n", "no number of the files shows which"),
        ("A\tB\n1,234\t2,000\n3,111\t4,222\n", "A\tB\n1\t2\n3\t4\n",
         "write 1234, or 1,2340 if it is a decimal comma"),
    ],
)  # fmt: skip
def test_thousands_are_never_taken_for_decimals(
    write: Callable[..., tuple[Path, Path]], costs: str, effects: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        ss.decision(*write(costs, effects))


@pytest.mark.parametrize(
    "costs, effects, first",
    [
        ("A;B\n1.234;2\n3;4\n", "A;B\n1.5;2.5\n3.1;4.2\n", 1.234),
        ("A;B\n1,234;2\n3;4\n", "A;B\n1,5;2,5\n3,1;4,2\n", 1.234),
        ("A;B\n1.234;2\n3;4.5\n", "A;B\n1,5;2,5\n3,1;4,2\n", 1.234),  # a sign of its own
        ("A;B\n1.234;2000\n3;4\n", "A;B\n1;2\n3;4\n", 1.234),  # thousands without a sign
        ("A,B\n1.234,2\n3,4\n", "A,B\n1,2\n3,4\n", 1.234),
    ],
)
def test_the_files_together_show_how_decimals_are_written(
    write: Callable[..., tuple[Path, Path]], costs: str, effects: str, first: float
) -> None:
    assert ss.decision(*write(costs, effects)).draws.costs[0, 0] == first


@pytest.mark.parametrize(
    "text, words",
    [
        (
            "0:1e9:1",
            r"would be 1,000,000,001 thresholds; allowed are up to 20,001; .*0:1000000000:2e\+06",
        ),
        ("0:50000:0", "the step must be above 0 and at most 50000"),
        ("0:50000:-1", "the step must be above 0"),
        ("0:10:20", "at most 10"),
        ("50:10:1", "10 is not above 50"),
        ("nan:10:1", "a threshold is a number from 0 to 1e"),
        ("0:inf:1", "a threshold is a number from 0 to 1e"),
        ("-5:10:1", "a threshold is a number from 0 to 1e"),
        ("0:10", "from:to:step, such as"),
        ("a:b:c", "from:to:step, such as"),
    ],
)
def test_thresholds_that_cannot_be_say_why(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_thresholds(text)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "given, words",
    [
        ({"at": 1e300}, r"at=1e\+300: a threshold is a number from 0 to 1e\+12"),
        ({"thresholds": [0, 1e300]}, "from 0 to 1e"),
        ({"population": 1e300}, "up to 1,000,000,000,000"),
        ({"costs": [[1e300, 1], [2, 3]]}, r"draw 0, column 0 is 1e\+300; allowed are numbers up to 1e\+15"),
        ({"effects": [[1, 1], [2, -1e16]]}, r"effects: draw 1, column 1 is -1e\+16"),
        ({"parameters": {"p": [1.0, 1e200]}}, r"'p': draw 1 is 1e\+200; allowed are numbers up to 1e\+100"),
    ],
)  # fmt: skip
def test_numbers_beyond_all_use_are_refused(given: dict[str, Any], words: str) -> None:
    made = {"costs": [[1, 2], [2, 3]], "effects": [[1, 2], [2, 3]], **given}
    with pytest.raises(InputError, match=words):
        ss.decision(**made)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-300, 1e15])
def test_the_largest_and_smallest_numbers_give_no_warning(size: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    costs, effects = size * rng.random((200, 3)), size * rng.random((200, 3))
    parameters = {"p": effects[:, 1], "large": 1e100 * rng.random(200)}
    found = ss.decision(costs, effects, parameters=parameters, at=[1e12, 0.0, 1e-300])
    assert np.isfinite(found.evpi_at(1e12).value)
    found.report(tmp_path / "page.html")


@pytest.mark.parametrize(
    "effects, words",
    [
        ("A,B\n1,2\n3,4\n", r"effects.csv: 2 draws \(the last on line 3\), but costs.csv has 3"),
        ("A,B\n1,NA\n3,4\n5,6\n", "effects.csv, line 2, column 'B': the number is missing"),
        ("A,B\n1,2\n3,\n5,6\n", "effects.csv, line 3, column 'B': the number is missing"),
        ("A,B\n1,2\n3,many\n5,6\n", "effects.csv, line 3, column 'B': 'many' is not a finite"),
        ("A,B\n1,2\n3,1e999\n5,6\n", "line 3, column 'B': '1e999' is not a finite number"),
        ("A,B\n1,2\n3,1_0\n5,6\n", "line 3, column 'B': '1_0' is not a finite number"),
        ('A,B\n1,2\n"3,000",4\n5,6\n', "line 3, column 'A': '3,000' has a comma"),
        ("A;B\n1,5;2\n3.5;4\n5;6\n", "line 3: numbers with a decimal comma"),
        ("A,B\n1,2\n3,4,5\n5,6\n", "effects.csv, line 3: 3 cells; the header has 2"),
        ("A,B\n1,5,2,5\n3,5,4,5\n", "a decimal comma need semicolons"),
        ("A,B\n1;2\n3;4\n5;6\n", "it seems to use semicolons"),
        ("A,A\n1,2\n3,4\n5,6\n", "line 1: columns 1 and 2 are both called 'A'"),
        (",B\n5,2\n3,4\n5,6\n", "line 1: column 1 has no name"),
        ("A,C\n1,2\n3,4\n5,6\n", "line 1, column 2 is called 'C', which costs.csv has not"),
        ("A,B,C\n1,2,3\n3,4,3\n5,6,3\n", r"3 strategies \(A, B, C\), but costs.csv, line 1"),
        (".1,.2\n.3,.4\n.5,.6\n.7,.8\n", "the first line must name the strategies"),
        ("A,B\n1,2\n", "effects.csv: one draw"),
        ("A,B\n", "no draw below the header"),
        ("", "the file is empty"),
        (b"PK\x03\x04", "not text; save it as CSV"),
        (b"A,B\n\xff,2\n", "not UTF-8"),
    ],
)
def test_one_clear_line_for_each_fault(
    write: Callable[..., tuple[Path, Path]],
    capsys: pytest.CaptureFixture[str],
    effects: str | bytes,
    words: str,
) -> None:
    costs, path = write(COSTS, effects)
    with pytest.raises(ss.InputError, match=words):
        ss.decision(costs, path)
    assert main(["decision", str(costs), str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(line.startswith("seedsoil: error: ") for line in err.splitlines())


def test_one_strategy_is_no_decision(write: Callable[..., tuple[Path, Path]]) -> None:
    with pytest.raises(ss.InputError, match="one strategy, 'A'; a decision is between two or more"):
        ss.decision(*write("A\n1\n2\n", "A\n1\n2\n"))


def test_many_faults_are_counted(write: Callable[..., tuple[Path, Path]]) -> None:
    bad = "A,B\n" + "x,1\n" * 50
    with pytest.raises(
        ss.InputError, match="and 40 more cells or rows that cannot be read"
    ) as caught:
        ss.decision(*write(bad, bad))
    assert len(str(caught.value).splitlines()) == 11


def test_costs_and_effects_exchanged_are_hinted_at(write: Callable[..., tuple[Path, Path]]) -> None:
    big = "A,B\n10000,20000\n30000,40000\n50000,60000\n"
    result = ss.decision(*write(EFFECTS, big))
    assert "were costs and effects exchanged?" in " ".join(result.notes)
    assert ss.decision(*write(big, EFFECTS)).notes == ()


def test_the_same_numbers_as_costs_and_as_effects_are_told(
    write: Callable[..., tuple[Path, Path]],
) -> None:
    assert "was one given twice?" in " ".join(ss.decision(*write(EFFECTS, EFFECTS)).notes)


# Arrays and frames ----------------------------------------------------------------------------------


def test_frames_and_mappings_are_the_same() -> None:
    rng = np.random.default_rng(1)
    costs, effects, x = rng.gamma(2, 9, (200, 2)), rng.normal(1, 1, (200, 2)), rng.normal(size=200)
    table = {"a": costs[:, 0], "b": costs[:, 1]}
    other = {"b": effects[:, 1], "a": effects[:, 0]}
    known = ss.decision(costs, effects, names=["a", "b"], parameters={"x": x})
    for made in (dict, pd.DataFrame, pl.DataFrame):
        found = ss.decision(made(table), made(other), parameters=made({"x": x}))
        assert found.table().equals(known.table())
        assert found.learning.table().equals(known.learning.table())


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"effects": np.zeros((9, 3))}, "costs have 2 strategies, effects 3"),
        ({"effects": np.zeros((8, 2))}, "costs have 9 draws, effects 8"),
        ({"costs": np.zeros(9)}, "an array of 1 dimensions"),
        ({"costs": np.zeros((9, 1)), "effects": np.zeros((9, 1))}, "one strategy"),
        ({"costs": np.zeros((1, 2)), "effects": np.zeros((1, 2))}, "one draw"),
        ({"costs": [[1, 2], [3, "x"]]}, "costs: not numbers throughout"),
        ({"costs": {"a": [1.0, None], "b": [1.0, 2.0]}}, "column 'a': draw 1 is missing"),
        ({"effects": np.full((9, 2), np.inf)}, "effects: draw 0, column 0 is infinite, and 17 more"),
        ({"names": ["a", "a"]}, "two strategies are called 'a'"),
        ({"names": ["a"]}, "1 names for 2 strategies"),
        ({"names": ["a", "b\n"]}, "is no name"),
        ({"names": "ab"}, "give a list of names"),
        ({"reference": "c"}, "reference 'c': the strategies are strategy 1, strategy 2"),
        ({"reference": 2}, "reference=2: there are 2 strategies, 0 to 1"),
        ({"at": -1}, "at=-1: a threshold is a number from 0 to 1e"),
        ({"at": float("nan")}, "a threshold is a number from 0 to 1e"),
        ({"at": []}, "name one threshold or more"),
        ({"thresholds": [0, -5]}, "thresholds=-5: a threshold"),
        ({"thresholds": [5]}, "thresholds: 1 of them differ; allowed: 2 to"),
        ({"thresholds": 5}, "give a list of numbers"),
        ({"parameters": {"x": np.zeros(8)}}, "'x' has 8 draws, costs and effects 9"),
        ({"parameters": np.zeros(9)}, "a mapping of name"),
        ({"parameters": {"x": np.arange(9.0)}, "evppi": ["y"]}, "no parameter 'y'; there are x"),
        ({"evppi": ["x"]}, "EVPPI: needs the parameters"),
        ({"noise": 3}, "must be a PatientNoise"),
        ({"currency": 3}, "currency=3: must be text"),
        ({"seed": -1}, "seed: -1"),
        ({"costs": "costs.csv"}, "the paths of two files"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided(changes: dict[str, Any], words: str) -> None:
    rng = np.random.default_rng(2)
    given: dict[str, Any] = {"costs": rng.normal(size=(9, 2)), "effects": rng.normal(size=(9, 2))}
    given |= changes
    with pytest.raises(ss.InputError, match=words) as caught:
        ss.decision(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text, found",
    [
        ("0:300:100", [0, 100, 200, 300]),
        ("0,10, 20", [0, 10, 20]),
        ("1e3:2e3:500", [1000, 1500, 2000]),
    ],
)
def test_thresholds_as_text(text: str, found: list[float]) -> None:
    assert parse_thresholds(text) == found


def test_thousands_are_written_without_a_comma(
    write: Callable[..., tuple[Path, Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    """20,000 would be the two thresholds 20 and 0."""
    costs, effects = write()
    for option in ("--at", "--thresholds"):
        assert main(["decision", str(costs), str(effects), option, "20,000"]) == 2
        assert "a comma stands between two numbers" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0:100", "a", "5:1:1", "::"])
def test_thresholds_that_are_none(text: str) -> None:
    with pytest.raises(ss.InputError, match="from:to:step"):
        parse_thresholds(text)


# The page and the command ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> Decision:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 600))
    effects = np.column_stack([5 + 0 * x, 5.2 + 0.3 * x, 5.4 + 0.2 * y, 5.3 + 0.1 * x])
    costs = np.column_stack([rng.gamma(9, 1_000 * s, 600) for s in (1.0, 1.4, 2.2, 2.4)])
    return ss.decision(
        costs, effects, names=["care", "drug", "both <b>", "late"], parameters={"x": x, "y": y},
        at=[20_000, 30_000], currency="GBP", evppi=["x", "y", "x+y"],
    )  # fmt: skip


def test_the_page_says_what_the_numbers_say(drawn: Decision, tmp_path: Path) -> None:
    page = drawn.report(tmp_path / "page.html").read_text("utf-8")
    outline = Outline(page)
    assert len(set(outline.ids)) == len(outline.ids)
    for title in (
        "The efficiency frontier", "The cost-effectiveness plane", "Acceptability", "Expected loss",
        "Learning everything (EVPI)", "Learning one parameter or several (EVPPI)",
        "One parameter at a time", "How to read this page",
    ):  # fmt: skip
        assert title in outline.headings
    told = words_of(page).replace("\u00a0", " ")
    for sentence in (drawn.verdict, drawn.ratios_sentence):
        assert sentence.replace("\u00a0", " ") in told
    assert "Chance between patients" not in told
    charts = charts_of(page)
    assert len(charts) == 7
    for chart in charts.values():
        assert chart["description"]
        assert as_svg(chart).startswith("<svg")
    evpi = drawn.evpi_at()
    assert f"GBP {evpi.value:,.0f}" in told


def test_the_page_shows_both_with_and_without_chance_between_patients(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    costs, effects = rng.normal([100, 200], 30, (500, 2)), rng.normal([1, 1.01], 0.02, (500, 2))
    noise = PatientNoise.of_draws(np.diag([90.0, 90.0, 0.0016, 0.0016]) * 10, 100)
    result = ss.decision(costs, effects, noise=noise)
    told = words_of(result.report(tmp_path / "page.html").read_text("utf-8"))
    assert "Chance between patients" in told
    assert result.noise_sentence.replace("\u00a0", " ") in told
    assert "Without the correction" in result.sentence
    assert result.clean.evpi_at().value < result.evpi_at().value
    assert {"evpi_corrected", "standard_error_corrected"} <= set(result.evpi.column_names)
    json.dumps(result.summary)


def test_charts_by_name(drawn: Decision) -> None:
    for which in ("plane", "frontier", "ceac", "loss", "evpi"):
        assert as_svg(drawn.chart(which)).startswith("<svg")
    with pytest.raises(ss.InputError, match="did you mean 'ceac'"):
        drawn.chart("cea")
    same = ss.decision(np.ones((9, 2)), np.ones((9, 2)))
    assert as_svg(same.chart()).startswith("<svg")


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_draws_that_do_not_vary(value: float, tmp_path: Path) -> None:
    """Strategies whose draws are all alike: certain, and drawn all the same."""
    result = ss.decision(np.tile([1.0, 5.0], (9, 1)), np.tile([1.0, 1.0 + value], (9, 1)))
    assert result.evpi_at() == (0.0, 0.0)
    page = result.report(tmp_path / "page.html").read_text("utf-8")
    for chart in charts_of(page).values():
        assert as_svg(chart).startswith("<svg")


def test_a_directory_of_results(drawn: Decision, tmp_path: Path) -> None:
    path = drawn.save(tmp_path / "a", formats=["csv", "xlsx", "svg"])
    assert pq.read_table(path / "incremental.parquet").equals(drawn.table())
    assert pq.read_table(path / "evppi.parquet").num_rows == 3 * len(drawn.at)
    assert pq.read_table(path / "ceac.parquet").column_names == ["threshold", *drawn.names]
    assert len(list((path / "charts").glob("*.svg"))) == 7
    assert json.loads((path / "manifest.json").read_text())["draws"] == 600


def test_the_command(
    write: Callable[..., tuple[Path, Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    costs, effects = write()
    arguments = ["decision", str(costs), str(effects), "--at", "900,1000", "--currency", "GBP"]
    assert main([*arguments, "--population", "100", "--out", "a"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.search(r"^B +400 +0\.4\d* +99\.8 +0\.1\d* +GBP\u00a0856 \(", out, re.M)
    assert "EVPI of all of them" in words_of(Path("a/report.html").read_text("utf-8"))
    assert "At GBP 900 a QALY B is the best choice" in out.replace("\u00a0", " ")
    assert "Over 100 patients a year for 10 years" in out
    assert Path("a/report.html").is_file()
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["incremental"][1]["icer"] == pytest.approx(855.714286)
    assert [one["threshold"] for one in found["evpi"]] == [900, 1000]
    assert main([*arguments, "--out", "a"]) == 2
    assert "already there" in capsys.readouterr().err
    for option in ("--years", "--discount"):
        assert main([*arguments, option, "0"]) == 2
        assert f"{option}: goes with --population" in capsys.readouterr().err
