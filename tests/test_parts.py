"""Long runs in parts: interrupted ones go on to the same tables, others are refused; very large ones ask."""

from __future__ import annotations

import fcntl
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import typer

import kills
import seedsoil as ss
from seedsoil.cli import console, long_run, main
from seedsoil.cli.app import application
from seedsoil.cli.long_run import size_words, time_words
from seedsoil.run import parts

if TYPE_CHECKING:
    from collections.abc import Callable

PART, WOMEN = 400, 1_000
PLACE = Path(".mine.parts")
MINE = ("run", "--women", str(WOMEN), "--no-report", "--out", "mine", "--seed", "3")
TABLES = ("patients", "lesions", "symptoms", "lines", "drugs")


@pytest.fixture(autouse=True)
def _small_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parts, "PART", PART)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Interrupts a run of the command line before its part `number`."""

    def interrupt(number: int, error: type[BaseException] = KeyboardInterrupt, *more: str) -> None:
        stream, begun = parts.stream, 0

        def until(*arguments: Any, **named: Any) -> dict[str, Any]:
            nonlocal begun
            begun += 1
            if begun > number:
                raise error
            return stream(*arguments, **named)

        with monkeypatch.context() as context:
            context.setattr(parts, "stream", until)
            main([*MINE, *more])

    return interrupt


def same_as_in_one_piece(directory: Path, **made: Any) -> None:
    whole, run = ss.simulate(WOMEN, seed=3, **made), ss.open_run(directory)
    for name in TABLES:
        assert getattr(run, name).equals(getattr(whole, name).combine_chunks())
    for key in whole.manifest:
        if key != "seconds":
            assert run.manifest[key] == whole.manifest[key], key


def test_a_run_in_parts_is_the_run() -> None:
    assert main(MINE) == 0
    same_as_in_one_piece(Path("mine"))
    assert [path.name for path in Path().iterdir()] == ["mine"]
    assert pq.ParquetFile("mine/lesions.parquet").num_row_groups == 3


def test_an_interrupted_run_goes_on(
    interrupted: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(2)
    err = capsys.readouterr().err
    assert re.search(
        r"interrupted; 800 of 1,000 women are kept in \.mine\.parts: the same command goes on from there, "
        r"rm -r \.mine\.parts deletes it\n$",
        err,
    )
    assert [path.name for path in Path().iterdir()] == [PLACE.name]
    made = {path: path.stat().st_mtime_ns for path in PLACE.glob("part-*/*")}
    assert len(made) == 2 * (len(TABLES) + 1)  # and a manifest each
    # What a killed process left of a part is swept away.
    (PLACE / ".part-000002.partial-1").mkdir()
    interrupted(0)
    assert {path: path.stat().st_mtime_ns for path in PLACE.glob("part-*/*")} == made
    assert not list(PLACE.glob(".part*"))
    capsys.readouterr()
    assert main(MINE) == 0
    assert "goes on after 800 of 1,000 women, which .mine.parts holds" in capsys.readouterr().err
    same_as_in_one_piece(Path("mine"))
    assert [path.name for path in Path().iterdir()] == ["mine"]


def test_a_full_disk_keeps_what_is_whole(
    interrupted: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(1, OSError)
    err = capsys.readouterr().err
    assert "400 of 1,000 women are kept in .mine.parts" in err
    assert "nothing was kept" not in err


def test_nothing_is_kept_before_the_first_part_is_whole(
    interrupted: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(0)
    assert "interrupted, nothing was kept" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_an_interrupted_report_keeps_the_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from seedsoil.cli import run as command

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(command, "_finish", interrupt)
        assert main(MINE) == 130
    assert "1,000 of 1,000 women are kept" in capsys.readouterr().err
    assert main(MINE) == 0
    same_as_in_one_piece(Path("mine"))


@pytest.mark.parametrize(
    "other, words",
    [
        (("--seed", "4"), "an interrupted run with seed 3, and 4 is asked for"),
        (("--women", "2000"), "an interrupted run with women 1000, and 2000 is asked for"),
        (("--women", "300"), "an interrupted run with women 1000, and 300 is asked for"),
        (("--first", "7"), "with first_patient 0, and 7 is asked for"),
        (("--strategy", "pre-2013"), "with strategy '2022', and 'pre-2013' is asked for"),
        (("--subtype", "TNBC"), "with only None, and 'subtype == \"TNBC\"' is asked for"),
        (("--set", "dormancy.share=+1%"), "with changed None, and "),
    ],
)
def test_another_run_does_not_go_on_with_these_parts(
    interrupted: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    other: tuple[str, str],
    words: str,
) -> None:
    interrupted(1)
    before = sorted(PLACE.rglob("*"))
    capsys.readouterr()
    option, value = other
    asked = [*MINE, *other]
    if option in MINE:  # an option is given once
        asked = list(MINE)
        asked[asked.index(option) + 1] = value
    assert main(asked) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert words in err
    assert "name another --out, or rm -r .mine.parts deletes it" in err
    assert sorted(PLACE.rglob("*")) == before


def test_a_changed_strategy_file_of_the_same_name_is_another_run(
    interrupted: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("care.toml").write_text('[[line]]\nregimen = "capecitabine"\n')
    interrupted(1, KeyboardInterrupt, "--strategy", "care.toml")
    Path("care.toml").write_text('[[line]]\nregimen = "letrozole"\n')
    assert main([*MINE, "--strategy", "care.toml"]) == 2
    assert "with strategy_hash" in capsys.readouterr().err


def test_two_processes_do_not_work_on_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    PLACE.mkdir()
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(MINE) == 2
    assert ".mine.parts: another process works on this run" in capsys.readouterr().err
    assert PLACE.is_dir()


def test_parts_of_chosen_women(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MINE, "--subtype", "TNBC", "--age", "30-34"]) == 0
    run = ss.open_run("mine")
    expected = ss.simulate(WOMEN, seed=3).where('subtype == "TNBC" and age >= 30 and age < 35')
    assert run.patients.equals(expected.patients.combine_chunks())
    assert (run.manifest["women"], run.manifest["simulated"]) == (run.patients.num_rows, WOMEN)
    assert main([*MINE[:-3], "none", "--age", "100+", "--subtype", "TNBC"]) == 2
    assert "none of the 1,000 women simulated is kept" in capsys.readouterr().err
    assert not Path("none").exists()


def test_a_run_without_a_name_goes_on_too(
    interrupted: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        f"{__name__}.MINE", ("run", "--women", "1000", "--no-report", "--seed", "3")
    )
    interrupted(2)
    assert "kept in runs/.women1000-seed3.parts" in capsys.readouterr().err
    assert main([*MINE, "--json"]) == 0
    same_as_in_one_piece(Path(json.loads(capsys.readouterr().out)["directory"]))
    assert len(list(Path("runs").iterdir())) == 1


def test_an_interrupted_run_is_named_by_the_next_one(
    interrupted: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted(1)
    assert main(["run", "--women", "50", "--no-report", "--out", "other"]) == 0
    words = (
        ".mine.parts holds an interrupted run, which its command goes on with; rm -r .mine.parts"
    )
    assert words in capsys.readouterr().err
    with (PLACE / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert parts.left_in(Path()) == []
    assert parts.left_in(Path()) == [PLACE]
    assert parts.left_in(Path("nowhere")) == []


# Very large runs.


def test_a_very_large_run_is_not_begun_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--women", "1e12"]) == 2
    err = capsys.readouterr().err
    assert re.search(
        r"error: 1,000,000,000,000 women take about [\d,]+ (days|years) on \d+ threads? and "
        r"[\d,.]+ (TB|PB) of disk, twice that while it is written; .* are free in /.+\. --yes starts it",
        err,
    )
    assert list(Path().iterdir()) == []
    monkeypatch.setattr(long_run, "LARGE", 900)
    assert main([*MINE, "--threads", "1"]) == 2
    told: list[str] = []
    monkeypatch.setattr(console, "note", told.append)
    assert main([*MINE, "--yes"]) == 0
    assert "1,000 women take about 2 minutes" in told[0]
    same_as_in_one_piece(Path("mine"))


COUNTED = {
    "run": ("run", "--no-report", "--out", "a"),
    "compare": ("compare", "none", "2022", "--by", "none"),
    "trial": ("trial", "PALOMA-2", "--replicates", "40"),
    "design": ("design", "PALOMA-2", "--replicates", "100"),
    "validate": ("validate", "PALOMA-2", "--replicates", "40"),
    "match": ("match", kills.REGISTRY),
    "find": ("find", "age < 30"),
    "fit": ("fit", "--check"),
    "evaluate": ("evaluate", "none", "2022"),
}
"""Commands that take a number of women, each as short as can be."""


BOUNDED = {
    "explore": ("explore", "--make-pack", "pack"),
    "posterior": ("posterior", "--out", "cloud"),
}
"""Commands whose number of women has an end, far below what would take days."""


@pytest.mark.parametrize("name", list(BOUNDED))
def test_very_many_women_are_refused_where_their_number_has_an_end(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main([*BOUNDED[name], "--women", "1e12"]) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    told = r"seedsoil: error: women: 1000000000000 are no women of .*; allowed: \d+ to \d+$"
    assert re.match(told, err)
    assert not Path(BOUNDED[name][-1]).exists()


def test_every_command_that_counts_women_asks_before_very_many() -> None:
    commands = typer.main.get_command(application).commands  # type: ignore[attr-defined]
    options = {name: {option.name for option in one.params} for name, one in commands.items()}
    assert {name for name, own in options.items() if "women" in own} == {*COUNTED, *BOUNDED}
    assert {name for name, own in options.items() if "yes" in own} == set(COUNTED)


@pytest.mark.parametrize("name", list(COUNTED))
def test_very_many_women_are_not_begun_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """With the time, the disk or the memory that they take, measured on the first of them."""
    Path(kills.REGISTRY).write_text(kills.registry(), encoding="utf-8")
    monkeypatch.setattr("seedsoil.simulation.shards.SHARD", 2_000)
    assert main([*COUNTED[name], "--women", "1e12"]) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    told = (
        r"seedsoil: error: 1,000,000,000,000 women take about [\d,]+ (days|years) on \d+ threads?"
    )
    assert re.match(told, err)
    assert err.endswith(
        "--yes starts it" if name in ("run", "find", "evaluate") else "Simulate fewer women"
    )
    assert ("of disk" in err) is (name == "run")
    assert [path.name for path in Path().iterdir()] == [kills.REGISTRY]


@pytest.mark.parametrize("name, women", [("compare", 4_000), ("match", 20_000)])
def test_a_large_cohort_starts_once_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, women: int
) -> None:
    Path(kills.REGISTRY).write_text(kills.registry(), encoding="utf-8")
    monkeypatch.setattr("seedsoil.simulation.shards.SHARD", 1_000)
    monkeypatch.setattr(long_run, "LARGE", women - 1)
    asked = [*COUNTED[name], "--women", str(women)]
    assert main(asked) == 2
    assert "of memory or more" in capsys.readouterr().err
    assert main([*asked, "--yes"]) == 0
    assert f"{women:,} women take about 2 minutes" in capsys.readouterr().err
    monkeypatch.setattr(long_run, "LARGE", women)
    assert main(asked) == 0
    assert "take about" not in capsys.readouterr().err


def test_times_and_sizes_in_words() -> None:
    assert [time_words(s) for s in (1, 600, 7_300, 1e6, 1e9)] == [
        "2 minutes", "10 minutes", "2 hours", "12 days", "32 years",
    ]  # fmt: skip
    assert [size_words(s) for s in (4.2e6, 4.2e9, 4.2e12, 4.2e16)] == [
        "4 MB",
        "4.2 GB",
        "4.2 TB",
        "42.0 PB",
    ]
