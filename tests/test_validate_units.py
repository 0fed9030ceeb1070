"""Trials of a validation as units: the same numbers wherever they are simulated, each done once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import seedsoil as ss
from kernels import packaged
from seedsoil.calibration.reach import fit_distances
from seedsoil.cli import main
from seedsoil.errors import InputError
from seedsoil.simulation.backend import on
from seedsoil.simulation.processes import Processes
from seedsoil.trials import judged
from seedsoil.trials.judged import Judged, trial_hash
from seedsoil.work import alike, doing
from seedsoil.work.alike import Alike
from seedsoil.work.place import Place
from seedsoil.work.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.trials.validation import Validation

TRIALS = ["PALOMA-2", "PALOMA-3"]
ASKED: dict[str, Any] = {"women": 14_000, "replicates": 40, "threads": 1}
SECONDS = 120.0


def validated(trials: list[Any] = TRIALS, **more: Any) -> Validation:
    return ss.validate(trials, measure=fit_distances, **{**ASKED, "catalog": packaged(), **more})


@pytest.fixture(scope="module")
def here() -> Validation:
    return validated()


def test_numbers_are_those_of_each_trial_alone(here: Validation) -> None:
    for name in TRIALS:
        alone = ss.trial(name, **ASKED, catalog=packaged())
        mine = [row.result for row in here.rows if row.trial == name]
        assert mine == [r for r in alone.results if r.published is not None]
        assert [row.fact for row in here.facts if row.trial == name] == list(alone.facts)
    assert len(here.measured) > 2


def test_processes_give_the_same_and_a_unit_is_done_once(here: Validation, tmp_path: Path) -> None:
    kept = Place(str(tmp_path / "kept"))
    with on(Processes(2)):
        assert validated() == here
    done: list[str] = []
    assert validated(TRIALS[:1], keep=kept, progress=done.append).rows == here.rows[: len(
        [row for row in here.rows if row.trial == TRIALS[0]]
    )]  # fmt: skip
    (unit,) = Shelf(kept).keys()
    with on(Alike(Processes(1))):
        assert validated(keep=kept) == here
    first = Shelf(kept).receipt(unit)
    assert first is not None
    assert first.process == os.getpid()  # it was taken, and the other made elsewhere
    (other,) = Shelf(kept).keys() - {unit}
    assert Shelf(kept).receipt(other).process != os.getpid()  # type: ignore[union-attr]
    path = tmp_path / "kept" / Shelf(kept).path(unit)
    path.write_bytes(path.read_bytes()[:-3])
    assert validated(keep=kept) == here
    assert len(Shelf(kept).keys()) == 2


def test_what_decides_a_trial_decides_its_unit(tmp_path: Path) -> None:
    few = {"women": 600}
    kept = Place(str(tmp_path))
    base = validated(TRIALS[:1], keep=kept, **few)
    assert base.without
    spec = packaged().trials["PALOMA-2"]
    changed = spec.model_copy(update={"follow_up_months": spec.follow_up_months + 1})
    assert trial_hash(changed, packaged()) != trial_hash(spec, packaged())
    other = packaged().with_values({"growth.log_rate:tnbc": -0.5})
    for more in ({"seed": 2}, {"replicates": 41}, {"women": 601}, {"catalog": other}):
        validated(TRIALS[:1], keep=kept, **{**few, **more})
    validated([changed], keep=kept, **few)
    assert len(Shelf(kept).keys()) == 6
    assert validated(TRIALS[:1], keep=kept, **few) == base
    assert len(Shelf(kept).keys()) == 6


def test_trials_of_machines_that_calculate_differently_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Place(str(tmp_path))
    validated(TRIALS[:1], keep=kept, women=600)
    monkeypatch.setattr(doing, "arithmetic", lambda: "another")
    monkeypatch.setattr(doing, "_bits", {})
    with pytest.raises(InputError, match="calculate differently"):
        validated(keep=kept, women=600)


def test_a_worker_that_is_not_alike_refuses() -> None:
    asked = alike._Checked(len, alike.engine(alike.ALL), alike.arithmetic())
    assert asked("abc") == 3
    with pytest.raises(InputError, match=r"has seedsoil .*, and this command is of 0\+0"):
        alike._Checked(len, "0+0", alike.arithmetic())("abc")
    with pytest.raises(InputError, match="calculates differently in the last bit"):
        alike._Checked(len, alike.engine(alike.ALL), "another")("abc")
    assert Alike(Processes(3)).workers == 3


def test_a_content_that_is_none_is_no_result() -> None:
    with pytest.raises((ValueError, KeyError)):
        Judged.from_bytes(b"{}")
    assert judged.SOURCES


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_validation_goes_on_and_leaves_its_table_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The shorter form is above: what is kept of a trial is not done again, whoever asks."""
    monkeypatch.chdir(tmp_path)
    asked = [*TRIALS, "--women", "14000", "--replicates", "40"]
    assert main(["validate", *asked, "--table", "whole.csv", "--processes", "1"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["whole.csv"]
    for ended, code in ((signal.SIGKILL, -9), (signal.SIGTERM, 143)):
        child = subprocess.Popen(
            [sys.executable, "-m", "seedsoil", "validate", *asked, "--table", "a.csv"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        until = time.monotonic() + SECONDS
        while not list(tmp_path.glob(".a.csv.units/units/*.unit")) and time.monotonic() < until:
            time.sleep(0.01)
        if ended == signal.SIGTERM:
            assert child.stderr is not None
            assert any("holds 1 of 2 trials" in line for line in iter(child.stderr.readline, ""))
            time.sleep(0.3)
        child.send_signal(ended)
        _, error = child.communicate(timeout=SECONDS)
        assert child.returncode == code
        if ended == signal.SIGTERM:
            assert re.search(
                r"[12] of 2 trials are kept in \.a\.csv\.units: the same command", error
            )
    capsys.readouterr()
    assert main(["validate", *asked, "--table", "a.csv"]) == 0
    assert re.search(r"\.a\.csv\.units holds [12] of 2 trials", capsys.readouterr().err)
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "whole.csv").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "whole.csv"]
    assert main(["validate", *asked, "--keep", "kept"]) == 0
    assert len(list(tmp_path.glob("kept/units/*.unit"))) == 2
    # units of another question in the same directory are not counted as this one's
    capsys.readouterr()
    refused = [*asked[:-1], "39", "--keep", "kept"]
    assert main(["validate", *refused]) == 2
    error = capsys.readouterr().err
    assert "kept holds 0 of 2 trials" in error
    assert "are kept" not in error


@pytest.mark.parametrize(
    "more, words",
    [
        (["--keep", "nonsense://x"], "no kind of storage"),
        (["--processes", "0"], "allowed: 1 and more"),
        (["--processes", "1", "--threads", "1"], "name one of them"),
        (["--scheduler", "here"], "no address of a scheduler"),
    ],
)
def test_workers_that_cannot_be_used_are_one_clear_line(
    more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "PALOMA-2", "--women", "20", *more]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
