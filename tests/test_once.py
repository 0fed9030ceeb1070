"""An option of one value that is given twice is refused by every command; flags and lists are not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from seedsoil.cli import main
from seedsoil.cli.app import application
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The command and all below it, groups too, each with the words that call it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


PROGRAM = list(commands(typer.main.get_command(application)))


def options(*, of_one_value: bool) -> Iterator[Any]:
    """Every option of every command, with the command."""
    for path, command in PROGRAM:
        for option in command.params:
            if option.param_type_name == "option" and not option.is_eager:
                single = not (option.is_flag or option.count or option.multiple)
                if single == of_one_value:
                    yield pytest.param((command, option), id=" ".join((*path, option.opts[0])))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_options_of_every_command_are_looked_at() -> None:
    found = {one.id for one in options(of_one_value=True)}
    assert {
        "run --women",
        "evaluate --format",
        "validate --threads",
        "shards plan --women",
    } <= found
    assert len(found) > 150


@pytest.mark.parametrize("asked", list(options(of_one_value=True)))
@pytest.mark.parametrize("values", [("1", "2"), ("1", "1")], ids=["two", "same"])
def test_an_option_given_twice_is_refused(asked: Any, values: tuple[str, str]) -> None:
    command, option = asked
    told = option.opts[0]
    several = "," in (option.metavar or "") and values[0] != values[1]
    takes = f"it takes several with commas: {told} 1,2" if several else "give it once"
    for name in option.opts:
        with pytest.raises(InputError) as refused:
            command.make_context("seedsoil", [name, values[0], f"{told}={values[1]}"])
        assert str(refused.value) == f"{told}: given twice; {takes}"


@pytest.mark.parametrize("asked", list(options(of_one_value=False)))
def test_flags_and_options_that_collect_values_may_be_repeated(asked: Any) -> None:
    command, option = asked
    given = [option.opts[0]] if option.is_flag or option.count else [option.opts[0], "1"]
    with command.make_context("seedsoil", [*given, *given], resilient_parsing=True) as context:
        found = context.params[option.name]
    if option.multiple and not option.is_flag:
        assert list(found) == ["1", "1"]


@pytest.mark.parametrize(
    "line, told",
    [
        ("run --women 100 --women 200", "--women: given twice; give it once"),
        ("run --threads 2 --threads 2", "--threads: given twice; give it once"),
        (
            "evaluate pre-2013 2022 --format xlsx --format docx",
            "--format: given twice; it takes several with commas: --format xlsx,docx",
        ),
        ("shards plan big --women 5 --women 6", "--women: given twice; give it once"),
    ],
)
def test_it_is_one_line_and_nothing_is_run(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    assert capsys.readouterr() == ("", f"seedsoil: error: {told}\n")
    assert list(Path().iterdir()) == []


def test_every_option_that_says_so_takes_several_with_commas() -> None:
    # By the metavar the complaint knows which do, so one whose help says it has a metavar that does.
    for one in options(of_one_value=True):
        option = one.values[0][1]
        if "several with commas" in (option.help or ""):
            assert "," in option.metavar, one.id


def test_a_list_keeps_all_of_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--women", "10", "--set", "no.such=1", "--set", "nor.such=2"]) == 2
    said = capsys.readouterr().err
    assert "no.such" in said
    assert "nor.such" in said


def test_three_times_and_values_with_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--women", "1", "--women", "2", "--women=3"]) == 2
    assert capsys.readouterr().err == "seedsoil: error: --women: given 3 times; give it once\n"
    assert main(["shards", "plan", "x", "--strategy", "a b", "--strategy", "2022"]) == 2
    assert "--strategy 'a b,2022'" in capsys.readouterr().err


def test_a_value_that_looks_like_an_option_is_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--women", "1", "--out", "--women", "--format", "none"]) == 2
    assert "given twice" not in capsys.readouterr().err


def test_help_answers_whatever_is_given_twice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--women", "1", "--women", "2", "--help"]) == 0
    assert "Usage: seedsoil run" in capsys.readouterr().out
