"""Commands killed at random moments; every one that writes is among those that tests/kills.py kills."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import typer

import kills
from seedsoil.cli.app import BAD_INPUT, application, main
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = {"out", "table", "markdown", "site"}
"""Options that name a new file or directory."""
GONE_ON_WITH = {"posterior"}
"""Its directory is one to go on with, visible from the start: test_posterior_cloud.py kills it."""


def test_every_command_that_writes_is_killed() -> None:
    commands = typer.main.get_command(application).commands  # type: ignore[attr-defined]
    writing = {
        name for name, one in commands.items() if WRITTEN & {option.name for option in one.params}
    }
    assert {"run", "match"} <= writing
    assert {writer.arguments[0] for writer in kills.WRITERS.values()} == writing - GONE_ON_WITH


@pytest.mark.parametrize("name", ["patient", "run"])
def test_a_killed_command_leaves_nothing_incomplete(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    kills_of_each = 2  # one anywhere, and one in the writing
    outcome = kills.kill(name, folder, kills_of_each, random.Random(f"1 {name}"))
    assert outcome.faults == []


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_run_in_parts_goes_on_to_the_same_tables(tmp_path: Path) -> None:
    """The shorter form is in test_parts.py: a run that is interrupted between two parts."""
    folder = tmp_path / "work"
    folder.mkdir()
    outcome = kills.resumed(folder, 4, random.Random("1 parts"))
    assert outcome.faults == []
    assert outcome.left + outcome.late > 0


@pytest.mark.parametrize("name", list(kills.WRITERS))
def test_every_command_names_what_a_killed_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Before its work, so that a command that is stopped there has said it."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f".a.partial-{gone.pid}"
    left.mkdir()
    monkeypatch.chdir(tmp_path)

    def stop(**_: bool) -> None:
        raise InputError("stopped")

    monkeypatch.setattr("seedsoil.cli.console.tell_first_compilation", stop)
    copies = name == "explore"  # what ships: nothing is compiled, and nothing stops it
    assert main(kills.WRITERS[name].arguments) == (0 if copies else BAD_INPUT)
    said = capsys.readouterr().err.splitlines()
    told = (
        f"seedsoil: {left.name} is left of a command that was killed; rm -r {left.name} deletes it"
    )
    # Nothing is compiled to decide; what that command reads is not here.
    ended = (
        "draws.csv: cannot be read: No such file or directory" if name == "decision" else "stopped"
    )
    assert said == [told, *([] if copies else [f"seedsoil: error: {ended}"])]


def test_what_is_not_whole_is_found(tmp_path: Path) -> None:
    """The kill test can fail: a page cut short, a table cut short, a name too many."""
    whole = {"a": {"a/report.html": 16, "a/results.csv": 8}}
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "report.html").write_text("<html>12</html>\n")
    (folder / "results.csv").write_text("a,b\n1,2\n")
    assert kills.faults_in(tmp_path, set(), whole) == []
    (folder / "results.csv").write_text("a,b\n1\n##")
    assert kills.faults_in(tmp_path, set(), whole) == ["a/results.csv: rows of [1, 2] cells"]
    (folder / "results.csv").unlink()
    (folder / "report.html").write_text("<html>1234567890")
    (tmp_path / "b").touch()
    assert sorted(kills.faults_in(tmp_path, set(), whole)) == [
        "a holds ['a/report.html'], not ['a/report.html', 'a/results.csv']",
        "a/report.html: no end tag",
        "b is visible",
    ]
