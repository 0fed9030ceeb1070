"""Names that command a terminal, forge a line or end a script: through the terminal, JSON and pages.

Files may have any name. What is in files, names of strategies, trials, arms and columns, is refused or shown.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import kills
import seedsoil as ss
from pages import charts_of
from seedsoil.catalog.lookup import find_trial
from seedsoil.cli import console, main
from seedsoil.display.export import as_png, as_svg, save_table
from seedsoil.display.page import page_html
from seedsoil.errors import InputError, nearest, printable

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "a\x1b[31m\x9b2J\u2028\u202e<!--<script>x"
CODES = r"a\x1b[31m\x9b2J\u2028\u202e<!--<script>x"
STRATEGY = 'name = "mine"\n[[line]]\nregimen = "capecitabine"\n'
Said = tuple[int, str, str]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Runs a command in an empty folder: what it prints shows no raw control character."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        code = main(arguments)
        out, err = capsys.readouterr()
        for text in (out, err):
            assert [line for line in text.split("\n") if not printable(line)] == []
        return code, out, err

    return run


def is_clean(page: str) -> None:
    """A page has no raw control character outside its scripts, and no script that a name ends or begins."""
    charts_of(page)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)
    for text in re.split(r"<script[^>]*>.*?</script>", page, flags=re.S):
        assert "<!--<script" not in text
        assert [line for line in text.split("\n") if not printable(line.replace("\t", ""))] == []
    assert not any("<!--<script" in script or "\u2028" in script for script in scripts[1:])


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--women", "300", "--no-report", "--out", NAME),
        ("run", "--women", "300", "--no-report", "--out", NAME, "--json"),
        ("compare", "none", "2022", "--women", "300", "--out", NAME),
        ("patient", "24", "--out", f"{NAME}.csv"),
        ("patient", "24", "--out", f"{NAME}.html"),
    ],
)
def test_results_may_have_any_name(say: Callable[..., Said], command: tuple[str, ...]) -> None:
    code, out, err = say(*command)
    assert code == 0
    if "--json" in command:
        assert json.loads(out)["directory"] == NAME
    else:
        assert CODES in out
    [made] = Path().iterdir()
    assert made.name.startswith(NAME)
    code, out, err = say(*command)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert CODES in err


def test_strategies_and_parameters_of_a_decision_are_shown_or_refused(
    say: Callable[..., Said],
) -> None:
    shown = "</script><script>x,<img src=x>"
    files = (("c.csv", shown, 7), ("e.csv", shown, 5), ("p.csv", "<!--<script>", 3))
    for name, head, step in files:
        rows = "".join(
            ",".join(str((i * step + j) % 11) for j in range(head.count(",") + 1)) + "\n"
            for i in range(200)
        )
        Path(name).write_text(f"{head}\n{rows}", "utf-8")
    code, _, err = say("decision", "c.csv", "e.csv", "p.csv", "--out", NAME)
    assert (code, err) == (0, "")
    is_clean((Path(NAME) / "report.html").read_text("utf-8"))
    for text in ("a\x1b[31m,b\n1,2\n3,4\n", "a,b\n1,\x1b[2J\n3,4\n"):
        Path("c.csv").write_text(text, "utf-8")
        code, out, err = say("decision", "c.csv", "c.csv")
        assert (code, out) == (2, "")
        assert "\\x1b" in err


def test_what_a_killed_command_left_is_named_in_codes(say: Callable[..., Said]) -> None:
    Path(f".{NAME}.partial-999999999").mkdir()
    code, _, err = say("run", "--women", "300", "--no-report", "--out", "b")
    assert code == 0
    assert f".{CODES}.partial-999999999 is left of a command" in err


def test_files_of_strategies_and_trials_may_have_any_name(say: Callable[..., Said]) -> None:
    """Strategies and trials are called what their files say, not what the files are called."""
    Path(f"{NAME}.toml").write_text(STRATEGY)
    code, out, _ = say("compare", "none", f"{NAME}.toml", "--women", "300", "--out", "b")
    assert code == 0
    is_clean(Path("b/report.html").read_text("utf-8"))
    code, out, err = say("trial", f"{NAME}.toml")
    assert (code, out) == (2, "")
    assert CODES in err


def test_names_in_files_are_refused_in_one_line(say: Callable[..., Said]) -> None:
    for name in (NAME, "a\\u001bb", "a\\u2028b", "a\\nb"):
        Path("mine.toml").write_text(STRATEGY.replace("mine", name), "utf-8")
        code, out, err = say("compare", "none", "mine.toml", "--women", "300")
        assert (code, out) == (2, "")
        assert err.startswith("seedsoil: error: mine.toml")


@pytest.mark.parametrize("as_json", [False, True])
def test_columns_and_files_of_a_registry(say: Callable[..., Said], as_json: bool) -> None:
    """A column, a code and a file of any name: explained, compared and drawn without one raw character."""
    lines = kills.registry().splitlines()
    field = NAME.replace(",", "")
    table = [lines[0] + f",{field}", *(f"{line},{field}" for line in lines[1:])]
    Path(f"{NAME}.csv").write_text("\n".join(table) + "\n", "utf-8")
    more = ("--json",) if as_json else ()
    code, out, _ = say("match", f"{NAME}.csv", "--check", *more)
    assert code == 0
    code, out, _ = say("match", f"{NAME}.csv", "--women", "2000", "--out", "b", *more)
    assert code == 0
    if as_json:
        json.loads(out)
    is_clean(Path("b/report.html").read_text("utf-8"))
    code, _, err = say("match", f"{NAME}.csv", "--map", f"time={field}", "--check")
    assert code == 2
    assert CODES in err


def test_objects_made_in_python_are_refused_as_files_are() -> None:
    strategy = ss.strategy("2022").model_copy(update={"name": NAME})
    with pytest.raises(
        InputError, match=r"the name of the strategy .* control character"
    ) as caught:
        ss.simulate(10, strategy=strategy)
    assert printable(str(caught.value))
    trial = find_trial("PALOMA-2")
    arms = (trial.arms[0].model_copy(update={"name": NAME}), *trial.arms[1:])
    for changed in ({"name": NAME}, {"arms": arms}):
        with pytest.raises(InputError, match="control character"):
            find_trial(trial.model_copy(update=changed))


def test_json_is_the_same_with_codes(capsys: pytest.CaptureFixture[str]) -> None:
    value: dict[str, Any] = {NAME: [NAME, "é 两 \U0001f600", "\x7f"], "x": 1.5}
    console.print_json(value)
    text = capsys.readouterr().out
    assert json.loads(text) == value
    assert all(printable(line) for line in text.split("\n"))
    assert "é 两 \U0001f600" in text


def test_tables_facts_and_notes(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_table([NAME], [[NAME]])
    console.print_facts([(NAME, NAME)])
    console.say(NAME, title=NAME)
    console.note(NAME)
    console.error(f"one\x85\x1c{NAME}\ntwo")
    captured = capsys.readouterr()
    assert captured.out.count(CODES) == 6
    assert captured.err.count(CODES) == 2
    assert captured.err.count("\n") == 3
    for line in f"{captured.out}{captured.err}".split("\n"):
        assert printable(line)


def test_pages_and_drawings_have_no_control_characters() -> None:
    chart = {
        "data": {"values": [{"x": NAME}]},
        "mark": "text",
        "encoding": {"text": {"field": "x"}},
    }
    drawn = as_svg(chart)
    assert printable(drawn.replace("\n", ""))
    assert "<script" not in drawn
    assert r"a\x1b[31m" in drawn
    assert as_png(chart).startswith(b"\x89PNG")
    page = page_html("display/templates/chart.html", chart={**chart, "description": NAME})
    is_clean(page)


def test_a_table_as_text_holds_no_formula_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    """It begins with an apostrophe; numbers and other words stay as they are."""
    names = [
        "=cmd()",
        "@SUM(A1)",
        "+1+cmd|' /C calc'!A0",
        "-2+x",
        "-5",
        "+20%",
        "HR+/HER2-",
        "a=b",
        "-",
        "",
    ]
    table = pa.table({"=name": names, "value": [float(k) for k in range(len(names))]})
    with save_table(table, tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["'=name", "value"]
    assert [row[0] for row in rows] == [f"'{n}" for n in names[:4]] + names[4:]


def test_of_names_equally_near_one_of_the_same_characters_is_named() -> None:
    years = ["2013-2016", "2022", "2025", "none", "pre-2013"]
    assert nearest("2202", years) == "did you mean '2022'?"
    assert nearest("2052", years) == "did you mean '2025'?"
    assert nearest("nnoe", years) == "did you mean 'none'?"
