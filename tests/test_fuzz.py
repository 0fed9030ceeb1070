"""Mutants of files, names that command a terminal, and numbers without bounds: one clear line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import fuzz
from seedsoil.catalog import load
from seedsoil.catalog.lookup import strategy
from seedsoil.display.page import page_html
from seedsoil.errors import (
    MOST_OF_LINE,
    MOST_OF_MESSAGE,
    DataErrors,
    InputError,
    printable,
    shown,
    visible,
    whole_number,
)
from seedsoil.matching.explain import check_cohort

if TYPE_CHECKING:
    from pathlib import Path

LINE = '\n[[line]]\nregimen = "capecitabine"\n'
HOSTILE = ("\x1b[31m", "a\nb", "\u2028", "\u202e", "\x9b2J", "\x00")


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        strategy(path, catalog=load())
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("count", [40, pytest.param(120, marks=pytest.mark.long)])
def test_no_mutant_ends_otherwise_than_read_or_refused(count: int) -> None:
    assert fuzz.faults(seed=3, count=count) == []


@pytest.mark.parametrize("header, row", fuzz.REGISTRIES)
def test_registries_that_are_not_mutants_are_read(tmp_path: Path, header: str, row: str) -> None:
    path = tmp_path / "registry.csv"
    path.write_text("\n".join(fuzz.registry(header, row)))
    found = check_cohort(path, endpoint="any" if "rfs" in header else None)
    assert (found.problems, found.women) == ((), fuzz.ROWS)


def test_mutants_are_the_same_for_the_same_seed() -> None:
    assert list(fuzz.cases(5, 20)) == list(fuzz.cases(5, 20))
    assert list(fuzz.cases(5, 20)) != list(fuzz.cases(6, 20))


@pytest.mark.parametrize(
    "text, said",
    [
        (f"scan_weeks = {'9' * 5000}{LINE}", "too many digits"),
        (f"scan_weeks = 1{'0' * 400}{LINE}", "scan_weeks is beyond"),
        (f"sources = 1.5{LINE}", "sources"),
        (".".join(["a"] * 20_000) + f" = 1{LINE}", "line 1: a dotted key has more than 16 parts"),
        (f'name = "{"y" * 1_000_000}"{LINE}', "a name has 1,000,000 characters"),
        (f'description = "{"y" * 20_000}"{LINE}', "description has 20,000 characters"),
        (f'note = "{"y" * 3_000_000}"{LINE}', "is longer than 2,000,000 bytes"),
        (f'name = "a\\nb"{LINE}', "control character or a line break"),
        (f'"a\\u001b" = 1{LINE}', "control character or a line break"),
        (f'note = "a\\u001b[31m"{LINE}', "note has a control character"),
        (
            f'[drug.x]\nclass = "targeted"\nkill = {{ cdk46 = 1e308 }}{LINE}',
            "above 0 and at most 1000",
        ),
    ],
)
def test_what_has_no_bounds_is_refused_in_one_short_line(
    tmp_path: Path, text: str, said: str
) -> None:
    message = refused(tmp_path, text)
    assert said in message
    assert len(message) <= MOST_OF_MESSAGE
    assert all(printable(line) for line in message.split("\n"))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_terminal_obeys_is_shown_as_its_code(name: str) -> None:
    assert not printable(name)
    assert printable(visible(name))
    message = str(InputError(f"{name}: no such file"))
    assert printable(message)
    assert ascii(name)[1:-1] in message


def test_what_can_be_shown_is_left_as_it_is() -> None:
    for text in ("palbociclib", "œstrogène ± 3 µm", "两年", "a\u00a0b"):
        assert printable(text)
        assert visible(text) == text
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"


def test_messages_and_values_are_bounded() -> None:
    assert len(str(InputError("x" * 10**6))) < 1.1 * MOST_OF_LINE
    problems = [f"problem {number} " + "y" * 90 for number in range(1000)]
    error = DataErrors(problems)
    assert error.problems == problems
    assert len(str(error)) < 1.1 * MOST_OF_MESSAGE
    assert str(error).endswith("more problems")
    assert str(DataErrors(["one", "one", "two"])) == "one\ntwo"
    assert len(shown("z" * 10**6)) < 100
    assert shown(10**6000) == "a value of type int that cannot be shown"
    with pytest.raises(InputError, match="cannot be shown"):
        whole_number("women", 10**6000, most=10)


def test_a_page_carries_hostile_names_as_text() -> None:
    name = "<!--<script>alert(1)</script>\u2028"
    chart = {"description": name, "data": {"values": [{"strategy": name}]}}
    page = page_html("display/templates/chart.html", chart=chart)
    figure = page.split("<figure", 1)[1].split("</figure>")[0]
    script = page.rsplit("const charts = ", 1)[1].split(";\n", 1)[0]
    for part in (figure, script):
        assert "<script" not in part
        assert "<!--" not in part
    assert "\u2028" not in script
    assert json.loads(script)["chart"] == chart
