"""Cohorts in units: one digest on every backend and in every size; kills and damage; and the commands."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import seedsoil as ss
from compared import same_comparison
from seedsoil.catalog import load
from seedsoil.cli import main, workers
from seedsoil.jit import cache_directory
from seedsoil.planned.cohort_work import CohortWork
from seedsoil.planned.merging import merge
from seedsoil.planned.plan import Plan, open_plan, planned, size_for
from seedsoil.planned.results import result_of
from seedsoil.planned.state import state_of
from seedsoil.run.run import TABLES
from seedsoil.run.summary import summarise
from seedsoil.simulation import cluster
from seedsoil.simulation.backend import Threads, on, spread
from seedsoil.simulation.processes import Processes
from seedsoil.work import doing, host
from seedsoil.work.doing import complete
from seedsoil.work.leases import Leases
from seedsoil.work.place import Place
from seedsoil.work.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.planned.merging import Merged

WOMEN = 1_200
SECONDS = 120.0


def done(plan: Plan, place: Place, workers: int = 2, **more: Any) -> Merged:
    complete(CohortWork.of(plan), plan.units(), Shelf(place), Threads(workers), **more)
    return merge(plan, Shelf(place))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(["2022"], WOMEN, size=300)


@pytest.fixture(scope="module")
def whole(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Merged, Place]:
    place = Place(str(tmp_path_factory.mktemp("whole")))
    plan.save(place)
    return done(plan, place), place


# The same bits --------------------------------------------------------------------------------------


def test_a_summary_says_of_a_cohort_what_its_run_says(whole: tuple[Merged, Place]) -> None:
    found = result_of(whole[0]).summary()
    run = ss.simulate(WOMEN, seed=1, threads=2)
    told = summarise(run)
    for key in ("presentation", "outcomes", "metastatic_women", "cure"):
        assert found[key] == told[key], key
    treatment, exact = found["treatment"], told["treatment"]
    assert (treatment["women"], treatment["treated"]) == (exact["women"], exact["treated"])
    assert treatment["eradicated"] == exact["eradicated"]
    assert treatment["lines"]["mean"] == pytest.approx(exact["lines"]["mean"], abs=1e-6)
    day = 1 / 365.25
    for one, other in zip(
        (treatment["median_survival_years"]["median"], *treatment["median_survival_years"]["interval_95"]),
        (exact["median_survival_years"]["median"], *exact["median_survival_years"]["interval_95"]),
        strict=True,
    ):  # fmt: skip
        assert 0 <= other - one < day
    assert found["recurrence"]["women"] == told["recurrence"]["women"]
    assert found["recurrence"]["simulated"] == pytest.approx(
        told["recurrence"]["simulated"], abs=0.01
    )


@pytest.mark.parametrize("size", [150, 777, WOMEN])
def test_the_digest_does_not_depend_on_units_or_storage(
    size: int, plan: Plan, whole: tuple[Merged, Place]
) -> None:
    place = Place(f"memory://{size}/units")
    other = planned(["2022"], WOMEN, size=size)
    other.save(place)
    assert open_plan(place) == other
    assert done(other, place, workers=1).digest == whole[0].digest
    assert merge(plan, Shelf(whole[1])).digest == whole[0].digest


def test_processes_survive_a_kill_and_give_the_same_digest(
    plan: Plan, whole: tuple[Merged, Place], tmp_path: Path
) -> None:
    place, killed = Place(str(tmp_path)), []

    def kill(_: int) -> None:
        if not killed:
            children = processes_of(os.getpid())
            killed.append(children[0])
            os.kill(children[0], signal.SIGKILL)

    made = complete(CohortWork.of(plan), plan.units(), Shelf(place), Processes(2), progress=kill)
    assert killed
    assert len(made.receipts) == len(plan.units())
    assert merge(plan, Shelf(place)).digest == whole[0].digest


def processes_of(parent: int) -> list[int]:
    """Workers of a pool that this process started."""
    import multiprocessing

    assert parent == os.getpid()
    return [int(p.pid or 0) for p in multiprocessing.active_children() if "Spawn" in p.name]


def test_a_dask_cluster_gives_the_same_digest(
    plan: Plan, whole: tuple[Merged, Place], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    distributed = pytest.importorskip("distributed")
    place = Place(str(tmp_path))
    plan.save(place)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as dask:
        assert main(["shards", "run", str(tmp_path), "--scheduler", dask.scheduler_address]) == 0
    assert f"{len(plan.units())} units of {WOMEN:,} women" in capfd.readouterr().out
    assert merge(plan, Shelf(place)).digest == whole[0].digest
    hosts = {Shelf(place).receipt(unit.key).process for unit in plan.units()}  # type: ignore[union-attr]
    assert os.getpid() not in hosts


def test_tables_in_units_are_the_run(whole: tuple[Merged, Place], tmp_path: Path) -> None:
    place = Place(str(tmp_path / "units"))
    merged = done(planned(["2022"], WOMEN, size=500, tables=True), place)
    assert merged.digest == whole[0].digest
    found = ss.open_run(result_of(merged).save(tmp_path / "run"))
    run = ss.simulate(WOMEN, seed=1, threads=2)
    for name in TABLES:
        assert getattr(found, name).equals(getattr(run, name)), name
    assert found.manifest["women"] == WOMEN
    assert (tmp_path / "run" / "counts.parquet").is_file()


def test_two_strategies_are_compared_as_compare_does(tmp_path: Path) -> None:
    made = planned(["none", "2022"], 600, size=250, by="presentation")
    found = result_of(done(made, Place(str(tmp_path)))).shown().table().to_pylist()
    exact = ss.compare(["none", "2022"], women=600, seed=1, by="presentation").table().to_pylist()
    same_comparison(found, exact)


class Elsewhere:
    """A backend in this process to which everything goes, and from which it comes, as to another one."""

    workers = 1

    def map(self, work: Any, tasks: Any, *, look_ahead: Any = None, progress: Any = None) -> Any:
        assert look_ahead in (None, 1)
        sent = pickle.dumps(work)
        for task in tasks:
            result = pickle.loads(
                pickle.dumps(pickle.loads(sent)(pickle.loads(pickle.dumps(task))))
            )
            if progress is not None:
                progress(result)
            yield result


def test_an_evaluation_is_the_same_wherever_it_runs(tmp_path: Path) -> None:
    def found(**more: Any) -> tuple[Any, ...]:
        told: list[int] = []
        result = ss.evaluate(
            ["none", "2022"], women=400, psa=2, seed=1, threads=1, progress=told.append, **more
        )
        assert result.psa is not None
        assert sum(told) == 400 * 2 * 3
        return result.costs, result.effects, result.psa.costs.tolist(), result.psa.effects.tolist()

    here = found()
    with on(Elsewhere()):
        assert found() == here
        assert found(keep=tmp_path / "draws") == here
        assert found(keep=tmp_path / "draws") == here  # from what was kept
    assert spread(3) == Threads(3)


# Done once ------------------------------------------------------------------------------------------


def test_what_is_there_is_not_done_again_and_damage_is(plan: Plan, tmp_path: Path) -> None:
    place = Place(str(tmp_path))
    plan.save(place)
    shelf, units = Shelf(place), plan.units()
    done(plan, place)
    digest = merge(plan, shelf).digest
    assert complete(CohortWork.of(plan), units, shelf, Threads(1)).receipts == []
    cut, flipped, gone = (tmp_path / shelf.path(unit.key) for unit in units[:3])
    cut.write_bytes(cut.read_bytes()[:-10])
    content = bytearray(flipped.read_bytes())
    content[-5] ^= 1
    flipped.write_bytes(bytes(content))
    gone.unlink()
    assert [len(s) for s in (state_of(plan, shelf, verify=True).damaged, shelf.damaged(units))] == [
        2,
        2,
    ]
    with pytest.raises(ss.InputError, match="1 are missing and 2 are damaged"):
        merge(plan, shelf)
    again = complete(CohortWork.of(plan), units, shelf, Threads(1))
    assert (len(again.receipts), again.damaged, again.reused) == (3, 2, 1)
    assert merge(plan, shelf).digest == digest


def test_expanding_does_nothing_again(plan: Plan, tmp_path: Path) -> None:
    place = Place(str(tmp_path))
    done(plan, place)
    more = plan.with_women(WOMEN + 250)
    made = complete(CohortWork.of(more), more.units(), Shelf(place), Threads(2))
    assert (made.reused, [r.women for r in made.receipts]) == (4, [250])
    name = "growth.log_rate:tnbc"
    value = load().value("growth.log_rate", "tnbc")
    drawn = planned(["2022"], 200, draws=[{name: value}, {name: value - 0.1}])
    assert len(done(drawn, place).parts) == 2
    assert drawn.with_draws([{name: value}]) == drawn
    third = drawn.with_draws([{name: value + 0.1}])
    made = complete(CohortWork.of(third), third.units(), Shelf(place), Threads(1))
    assert (made.reused, len(made.receipts)) == (2, 1)
    merged = merge(third, Shelf(place))
    same = done(planned(["2022"], 200), place).parts[0]
    assert merged.parts[0].digest == same.digest != merged.parts[1].digest
    result = result_of(merged)
    assert [d["draw"] for d in result.summary()["draws"]][1] == {name: value - 0.1}
    result.save(tmp_path / "out")
    numbers = pq.read_table(tmp_path / "out" / "counts.parquet").column("draw")
    assert numbers.unique().to_pylist() == [1, 2, 3]
    assert len(result.told()) == 3


def test_units_of_machines_that_calculate_differently_are_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(str(tmp_path))
    work, units = CohortWork.of(plan), plan.units()
    complete(work, units[:2], Shelf(place), Threads(1))
    monkeypatch.setattr(doing, "arithmetic", lambda: "another")
    monkeypatch.setattr(doing, "_bits", {})
    complete(work, units, Shelf(place), Threads(1))
    with pytest.raises(ss.InputError, match=r"calculate differently.*2 units by"):
        merge(plan, Shelf(place))


def test_another_version_or_catalog_is_refused(plan: Plan, tmp_path: Path) -> None:
    old = dataclasses.replace(plan, engine="0.0.1+0")
    with pytest.raises(ss.InputError, match=r"planned for 0\.0\.1"):
        complete(CohortWork.of(old), old.units(), Shelf(Place(str(tmp_path))), Threads(1))
    with pytest.raises(ss.InputError, match="numbers of the catalog are others"):
        dataclasses.replace(plan, parameters_hash="x").catalog()
    wrong = dataclasses.replace(plan.strategies[0], hash="x")
    with pytest.raises(ss.InputError, match="another one here"):
        wrong.strategy(load())


# Files and leases -----------------------------------------------------------------------------------


def test_a_lease_is_one_workers_until_it_runs_out(tmp_path: Path) -> None:
    leases = Leases(Place(str(tmp_path)), seconds=5.0)
    with leases.hold("a") as mine, leases.hold("a") as others:
        assert (mine, others) == (True, False)
        assert list(leases.held()) == ["a"]
        os.utime(tmp_path / "leases" / "a", (0, 0))  # silent since 1970
        with leases.hold("a") as taken:
            assert taken
    assert leases.held() == {}
    ended = subprocess.Popen(["true"])
    ended.wait()
    words = json.dumps({"host": socket.gethostname(), "process": ended.pid})
    (tmp_path / "leases" / "b").write_text(words)
    (tmp_path / "leases" / "c").write_text("")
    assert not leases.held()["b"].alive
    with leases.hold("b") as taken, leases.hold("c") as being_written:
        assert (taken, being_written) == (True, False)
    os.utime(tmp_path / "leases" / "c", (0, 0))
    assert leases.held()["c"].host == "unknown"
    with (
        pytest.raises(ss.InputError, match="shared directory"),
        Leases(Place("memory://a")).hold("b"),
    ):
        pass


def test_a_holder_says_that_it_lives(tmp_path: Path) -> None:
    # Four seconds, so that on a busy machine no lease runs out between two lines of this test.
    leases = Leases(Place(str(tmp_path)), seconds=4.0)
    lease = tmp_path / "leases" / "a"
    with leases.hold("a") as first:
        assert first
        for _ in range(2):
            os.utime(lease, (0, 0))  # as if for long nothing had been heard
            until = time.monotonic() + SECONDS
            while lease.stat().st_mtime == 0 and time.monotonic() < until:
                time.sleep(0.01)
            with leases.hold("a") as taken:
                assert not taken


def test_workers_that_share_a_directory_share_the_units(
    plan: Plan, whole: tuple[Merged, Place], tmp_path: Path
) -> None:
    plan.save(Place(str(tmp_path)))
    unit = plan.units()[0]
    leases = tmp_path / "leases"
    leases.mkdir()
    (leases / unit.key).write_text('{"host": "dead", "process": 1}')
    os.utime(leases / unit.key, (0, 0))
    state = state_of(plan, Shelf(Place(str(tmp_path))))
    assert [one.key for one, _ in state.silent] == [unit.key]
    one, other = (worker(tmp_path) for _ in range(2))
    assert one.wait(SECONDS) == other.wait(SECONDS) == 0
    state = state_of(plan, Shelf(Place(str(tmp_path))))
    assert len(state.receipts) == len(plan.units())
    assert len({receipt.process for receipt in state.receipts}) <= 2
    assert state.left == 0.0
    assert list(leases.iterdir()) == []
    assert merge(plan, Shelf(Place(str(tmp_path)))).digest == whole[0].digest


def worker(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "seedsoil", "shards", "run", str(folder), "--threads", "1", *more],
        stdout=subprocess.DEVNULL,
    )


# Places ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["local", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    addresses = {
        "local": str(tmp_path / "a"),
        "file": f"file://{tmp_path}/b",
        "memory": "memory://p",
    }
    return Place(addresses[request.param])


def test_files_of_a_place_are_whole(place: Place) -> None:
    assert place.files("units") == {}
    assert place.read("units/x") is None
    place.write("units/x", b"one")
    place.write("units/x", b"another")
    place.write("units/y", b"")
    assert place.files("units") == {"x": 7, "y": 0}
    assert place.read("units/x") == b"another"
    assert place.read("units/x", 3) == b"ano"
    place.delete("units/x")
    place.delete("units/x")
    assert set(place.files("units")) == {"y"}


def test_what_a_killed_writer_left_is_not_seen_and_goes(tmp_path: Path) -> None:
    place = Place(str(tmp_path))
    place.write("units/x", b"one")
    (tmp_path / "units" / "y.part-1-abc").write_bytes(b"half")
    assert set(place.files("units")) == {"x"}
    assert place.clear_temporary("units", 3600.0) == 0
    assert place.clear_temporary("units", 0.0) == 1
    assert place.clear_temporary("none", 0.0) == 0


def test_an_address_of_no_kind_is_refused() -> None:
    with pytest.raises(ss.InputError, match="no kind of storage"):
        Place("nonsense://x").files()


# The machine ----------------------------------------------------------------------------------------


def test_a_host_is_named_with_its_versions_and_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    found = host.this_host()
    assert found.cpu
    assert set(host.PACKAGES) | {"python", "libc"} == set(found.versions)
    assert len(host.arithmetic()) == 64
    first = host.arithmetic()
    host.arithmetic.cache_clear()
    monkeypatch.setattr("math.exp", lambda x: np.nextafter(np.exp(x), 9e99))
    assert host.arithmetic() != first
    host.arithmetic.cache_clear()


def test_one_process_of_a_machine_compiles_at_a_time() -> None:
    directory = cache_directory()
    if directory is None:
        pytest.skip("kernels are not kept here")
    with host.one_compiles():
        descriptor = os.open(directory / ".compiling", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


# The command ----------------------------------------------------------------------------------------


def test_the_commands_plan_run_tell_and_merge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "big")
    asked = ["--women", "400", "--size", "150", "--strategy", "2022", "--json"]
    assert main(["shards", "plan", folder, *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["units"] == 3
    assert told["core_hours"] > 0
    assert told["bytes"] > 0
    assert main(["shards", "run", folder, "--share", "1/3", "--threads", "1"]) == 0
    assert "1 unit of 150 women" in capsys.readouterr().out
    assert main(["shards", "status", folder]) == 0
    assert "2 units that nobody holds" in capsys.readouterr().out
    assert main(["shards", "merge", folder]) == 2
    assert "2 are missing of 3 units" in capsys.readouterr().err
    assert main(["shards", "expand", folder, "--women", "500", "--no-cost"]) == 0
    assert "4 of up to 150 women, 1 of them done" in capsys.readouterr().out
    assert main(["shards", "run", folder]) == 0
    capsys.readouterr()
    assert main(["shards", "status", folder, "--verify", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert (state["done"], state["women_done"], state["seconds_left"]) == (4, 500, 0)
    out = tmp_path / "out"
    assert main(["shards", "merge", folder, "--out", str(out), "--json"]) == 0
    merged = json.loads(capsys.readouterr().out)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "counts.parquet",
        "means.parquet",
        "curves.parquet",
        "manifest.json",
        "report.html",
    }
    assert json.loads((out / "manifest.json").read_text())["digest"] == merged["digest"]
    assert main(["shards", "merge", folder]) == 0
    assert merged["digest"] in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["run", "nowhere"], "holds no plan"),
        (["status", "nowhere"], "holds no plan"),
        (["plan", "x", "--women", "0"], "0 is not a cohort"),
        (["plan", "x", "--strategy", "pre-2031"], "did you mean 'pre-2013'?"),
        (["plan", "x", "--strategy", "2022,2022"], "is there twice"),
        (["plan", "x", "--strategy", "untreated,2022"], "the strategy without drugs"),
        (["plan", "x", "--strategy", "none,2022", "--by", "stag"], "did you mean 'stage'?"),
        (["plan", "x", "--strategy", "none,2022", "--tables"], "is of one strategy"),
        (["plan", "x", "--strategy", "none,2022", "--closed"], "no strategy can be compared"),
        (["plan", "x", "--size", "2000001"], "at most 2,000,000 women; name fewer, or --closed"),
        (["plan", "x", "--size", "0"], "allowed: 1 and more"),
        (["plan", "x", "--draws", "missing.csv"], "cannot be read"),
        (["plan", "x", "--draws", "empty.csv"], "has no draws"),
        (["plan", "x", "--draws", "words.csv"], "line 2: growth.log_rate:tnbc is 'much'"),
        (["plan", "made", "--women", "10"], "holds a plan already"),
        (["expand", "made"], "name --women, --strategy or --draws"),
        (["expand", "made", "--women", "100"], "has 100 already"),
        (["expand", "made", "--strategy", "2022"], "is there twice"),
        (["expand", "made", "--strategy", "pre-2031"], "did you mean 'pre-2013'?"),
        (["expand", "made", "--strategy", "untreated"], "the strategy without drugs"),
        (["expand", "made", "--women", "9e6", "--size", "3e6"], "at most 2,000,000 women"),
        (["expand", "closed", "--strategy", "none"], "no strategy can be compared with the first"),
        (
            ["expand", "tables", "--strategy", "none"],
            "is of one strategy, without draws, and none can",
        ),
        (["run", "vast"], "--yes starts it"),
        (["run", "made", "--share", "4/3"], "from 1 to the second"),
        (["run", "made", "--share", "some"], "write it as 3/40"),
        (["run", "made", "--lease", "0"], "1 and more seconds"),
        (["run", "made", "--threads", "1", "--processes", "1"], "name one of them"),
        (["run", "made", "--processes", "0"], "allowed: 1 and more"),
        (["run", "made", "--scheduler", "here"], "no address of a scheduler"),
        (["run", "broken"], "is no plan"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    planned(["2022"], 100).save(Place("made"))
    planned(["2022"], 100, closed=True).save(Place("closed"))
    planned(["2022"], 100, tables=True).save(Place("tables"))
    planned(["2022"], 10**12, closed=True).save(Place("vast"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "plan.json").write_text('{"format": 2}')
    (tmp_path / "empty.csv").write_text("growth.log_rate:tnbc\n")
    (tmp_path / "words.csv").write_text("growth.log_rate:tnbc\nmuch\n")
    assert main(["shards", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error
    assert not (tmp_path / "x").exists()


def test_an_interrupted_run_says_what_is_done(tmp_path: Path) -> None:
    planned(["2022"], 40_000, size=400).save(Place(str(tmp_path)))
    child = subprocess.Popen(
        [sys.executable, "-m", "seedsoil", "shards", "run", str(tmp_path)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    until = time.monotonic() + SECONDS
    while not list(tmp_path.glob("units/*.unit")) and time.monotonic() < until:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=SECONDS)
    assert child.returncode == 130
    assert "of 100 units are kept in" in error
    assert list(tmp_path.glob("leases/*")) == []


def test_units_are_as_many_as_can_be_kept() -> None:
    assert size_for(10) == 20_000
    assert size_for(1_000_000) == 20_000
    assert size_for(10**9) == 500_000
    assert size_for(10**10, closed=True) == 5_000_000
    assert size_for(10**10) == 2_000_000


def test_a_run_in_summary_is_the_same_and_leaves_nothing_else(
    tmp_path: Path, whole: tuple[Merged, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "summary"
    asked = ["run", "--women", str(WOMEN), "--summary-only", "--out", str(out)]
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["digest"] == whole[0].digest
    assert told["treatment"]["women"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["summary"]
    assert main([*asked, "--subtype", "TNBC"]) == 2
    assert "--subtype: does not go with --summary-only" in capsys.readouterr().err
    assert main(["run", "--women", "1e9", "--summary-only", "--out", str(tmp_path / "b")]) == 2
    assert "--yes starts it" in capsys.readouterr().err


def test_a_comparison_in_summary_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "compared"
    asked = ["compare", "none", "2022", "--women", "300", "--summary-only", "--by", "none"]
    assert main([*asked, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "life years beside none" in told
    assert "life years with metastatic disease" in told
    names = {path.name for path in out.iterdir()}
    assert names == {"differences.parquet", "curves.parquet", "manifest.json", "report.html"}
    assert main(["compare", "none", "--summary-only", "--out", str(tmp_path / "b")]) == 2
    assert "give two strategies or more" in capsys.readouterr().err


def test_work_goes_where_the_options_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with workers.on_asked(None, 2, None):
        assert spread(1) == Processes(2)
    with workers.on_asked(2, None, None):
        assert spread(1) == Threads(1)
    monkeypatch.setattr(cluster, "SECONDS", 0.2)
    planned(["2022"], 100).save(Place(str(tmp_path)))
    assert main(["shards", "run", str(tmp_path), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "tcp://127.0.0.1:9: cannot be used" in capsys.readouterr().err


def test_a_few_women_have_a_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "few"
    asked = ["--women", "2", "--summary-only", "--strategy", "untreated"]
    assert main(["run", *asked, "--out", str(out)]) == 0
    assert "found in life in none of 2 women" in capsys.readouterr().out
    means = pq.read_table(out / "means.parquet").to_pylist()
    assert {row["women"] for row in means if row["of"] == "found in life"} == {0}
    compared = ["compare", "none", "2022", "--women", "2", "--summary-only"]
    assert main([*compared, "--out", str(tmp_path / "none")]) == 2
    told = capsys.readouterr().err
    assert "in none of 2 simulated women" in told
    assert "2 of 2 units are kept" in told
