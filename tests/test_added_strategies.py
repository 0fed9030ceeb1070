"""Strategies added to a plan: nothing is done again, and the result is that of a plan of them all."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from compared import same_comparison
from seedsoil.catalog import load
from seedsoil.cli import main
from seedsoil.planned import merging
from seedsoil.planned.cohort_work import CohortWork
from seedsoil.planned.contents import sizes_in
from seedsoil.planned.measured import MEASURED, blocks_of, who
from seedsoil.planned.merging import merge
from seedsoil.planned.plan import Plan, planned
from seedsoil.planned.results import result_of
from seedsoil.reductions.days import days_of
from seedsoil.reductions.sums import BITS
from seedsoil.results.burden import DIVISIONS, divided
from seedsoil.results.columns import women_found_in_life
from seedsoil.simulation.backend import Threads
from seedsoil.strategies.measures import MEASURES, values_of
from seedsoil.work import doing
from seedsoil.work.doing import complete
from seedsoil.work.place import Place
from seedsoil.work.shelf import Shelf
from seedsoil.work.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedsoil.planned.merging import Merged
    from seedsoil.work.doing import Made

WOMEN, SIZE = 600, 250
SECONDS = 600.0
KILLS, WORKERS = 2, 2


def complete_on(plan: Plan, place: Place) -> Made:
    return complete(CohortWork.of(plan), plan.units(), Shelf(place), Threads(2))


def done(plan: Plan, place: Place) -> Merged:
    complete_on(plan, place)
    return merge(plan, Shelf(place))


def written(folder: Path) -> dict[str, tuple[int, int]]:
    """Units by name, each with the file that it is and when it was written."""
    found = {path.name: path.stat() for path in folder.glob("units/*.unit")}
    return {name: (at.st_ino, at.st_mtime_ns) for name, at in found.items()}


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path, Merged]:
    """A plan of one strategy, done; then expanded by two, one after the other, and done."""
    folder = tmp_path_factory.mktemp("added")
    plan = planned(["none"], WOMEN, size=SIZE, by="presentation")
    units = len(plan.units())
    complete_on(plan, Place(str(folder)))
    for k, name in enumerate(("2022", "pre-2013"), 1):
        before = written(folder)
        plan = plan.with_strategies([name])
        made = complete_on(plan, Place(str(folder)))
        assert (made.reused, len(made.receipts)) == (k * units, units)
        after = written(folder)
        assert len(after) == (k + 1) * units
        assert {name: after[name] for name in before} == before  # not one was written again
    return plan, folder, merge(plan, Shelf(Place(str(folder))))


def test_a_plan_from_the_start_has_the_same_digest(
    added: tuple[Plan, Path, Merged], tmp_path: Path
) -> None:
    plan, folder, merged = added
    start = planned(["none", "2022", "pre-2013"], WOMEN, size=170, by="presentation")
    assert done(start, Place(str(tmp_path))).digest == merged.digest
    # another order of those that are compared with the first, and fewer of them
    shelf = Shelf(Place(str(folder)))
    other = planned(["none", "pre-2013", "2022"], WOMEN, size=SIZE, by="presentation")
    assert merge(other, shelf).digest == merged.digest
    fewer = planned(["none", "2022"], WOMEN, size=SIZE, by="presentation")
    assert merge(fewer, shelf).digest != merged.digest
    # what is left of it are the strategies alone, or others as the first: nothing of that is done again
    for names in (["2022"], ["2022", "none"], ["pre-2013", "2022"]):
        again = planned(names, WOMEN, size=SIZE, by="stage")
        assert complete_on(again, Place(str(folder))).receipts == []
        assert merge(again, shelf).units == len(again.units())
    assert plan.made() == start.made()


def test_differences_are_those_of_compare(added: tuple[Plan, Path, Merged]) -> None:
    names = ["none", "2022", "pre-2013"]
    found = result_of(added[2]).shown().table().to_pylist()
    exact = ss.compare(names, women=WOMEN, seed=1, by="presentation").table().to_pylist()
    same_comparison(found, exact)


def test_what_is_kept_of_women_is_what_compare_measures(
    added: tuple[Plan, Path, Merged],
) -> None:
    plan, folder, _ = added
    shelf, catalog = Shelf(Place(str(folder))), load()
    run = ss.simulate(WOMEN, seed=1, strategy="2022", threads=2)
    women, values = values_of(run, catalog)
    units = plan.units_of(plan.made()[1])
    contents = [shelf.whole(unit)[1] for unit in units]
    for by, names in DIVISIONS.items():
        kept = [block for content in contents for block in blocks_of(content, by)]
        group = np.concatenate([block.group for block in kept])
        treated = women_found_in_life(run.patients)
        for one in divided(run.patients, by, treated):
            assert np.array_equal(group == names.index(one.name), one.members[treated]), one.name
    assert np.array_equal(np.concatenate([block.patient for block in kept]), women)
    days = np.concatenate([block.day for block in kept])
    assert np.array_equal(days, days_of(values["life_years"]))
    measured = np.concatenate([block.values for block in kept])
    for k, measure in enumerate(MEASURES):
        assert np.array_equal(measured[:, k], np.rint(np.ldexp(values[measure.key], BITS)))
    # what a file takes by itself, and some 30 bytes a woman
    size = sum(sizes_in(content)[MEASURED] for content in contents)
    assert size < 7_000 * len(units) + 40 * women.size


def test_a_closed_plan_keeps_no_women_and_has_the_same_digest(tmp_path: Path) -> None:
    closed = planned(["2022"], WOMEN, size=SIZE, closed=True)
    merged = done(closed, Place(str(tmp_path)))
    content = Shelf(Place(str(tmp_path))).whole(closed.units()[0])[1]
    assert list(sizes_in(content)) == ["tally.parquet"]
    plain = planned(["2022"], WOMEN, size=SIZE)
    assert done(plain, Place(str(tmp_path))).digest == merged.digest
    with pytest.raises(ss.InputError, match=r"--closed: .* no strategy can be compared"):
        closed.with_strategies(["none"])
    assert closed.with_women(WOMEN + 100).closed


def test_draws_and_women_are_added_to_a_comparison(tmp_path: Path) -> None:
    place, name = Place(str(tmp_path)), "growth.log_rate:tnbc"
    value = load().value("growth.log_rate", "tnbc")
    draws = [{name: value - 0.1}, {name: value + 0.1}]
    plan = planned(["none"], 150, draws=draws[:1], size=100)
    complete_on(plan, place)
    more = plan.with_strategies(["2022"]).with_draws(draws[1:]).with_women(200)
    made = complete_on(more, place)
    assert (made.reused, len(made.receipts)) == (2, 10)  # three units, two draws, two strategies
    merged = merge(more, Shelf(place))
    start = planned(["none", "2022"], 200, draws=draws)
    assert done(start, Place(str(tmp_path / "b"))).digest == merged.digest
    result = result_of(merged)
    assert result.draws == len(result.told()) == 2
    gained = [result.shown(k).table().to_pylist()[1]["difference"] for k in range(2)]
    assert gained[0] != gained[1]


# Refused --------------------------------------------------------------------------------------------


def test_strategies_from_machines_that_calculate_differently_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, plan = Place(str(tmp_path)), planned(["none"], 200)
    complete_on(plan, place)
    monkeypatch.setattr(doing, "arithmetic", lambda: "another")
    monkeypatch.setattr(doing, "_bits", {})
    both = plan.with_strategies(["2022"])
    complete_on(both, place)
    with pytest.raises(ss.InputError, match="calculate differently in the last bit"):
        merge(both, Shelf(place))
    assert merge(plan, Shelf(place)).units == 1  # the first alone is whole


def test_women_who_are_others_are_refused() -> None:
    made = planned(["none"], 100).made()[0]
    work = CohortWork.of(planned(["none"], 100))
    unit = Unit(made, 0, 100)
    one, other = work.make(unit), work.make(Unit(made, 100, 100))
    assert who(one)[1] != who(other)[1]
    assert merging._differences(one, one, None, unit).cells("simulated").tolist() == [100]
    with pytest.raises(ss.InputError, match="women 0 to 99: are others under one strategy"):
        merging._differences(one, other, None, unit)


def test_the_command_adds_a_strategy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "big")
    asked = ["--women", "300", "--size", "150", "--strategy", "none", "--no-cost"]
    assert main(["shards", "plan", folder, *asked]) == 0
    assert main(["shards", "run", folder, "--threads", "1"]) == 0
    before = written(Path(folder))
    capsys.readouterr()
    added = ["shards", "expand", folder, "--strategy", "2022", "--no-cost"]
    assert main(added) == 0
    assert "4 of up to 150 women, 2 of them done" in capsys.readouterr().out
    assert main(["shards", "merge", folder]) == 2
    assert "2 are missing of 4 units" in capsys.readouterr().err
    assert main(["shards", "run", folder, "--threads", "1"]) == 0
    assert "2 units of 300 women" in capsys.readouterr().out
    assert written(Path(folder)).items() >= before.items()
    assert main(["shards", "merge", folder, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["manifest"]["strategies"] == ["none", "2022"]
    assert main(added) == 2
    assert "is there twice" in capsys.readouterr().err


# Large units, and clients that are killed -----------------------------------------------------------


@pytest.mark.slow
def test_units_of_more_women_than_are_simulated_at_a_time(tmp_path: Path) -> None:
    """Units of 50,000, of two blocks and a half, and of 7,777: one digest, alone and compared.

    Units of 1,000 are those of the long `test_a_killed_client_goes_on`.
    """
    women, found = 50_400, []
    for size in (50_000, 7_777):
        place = Place(str(tmp_path / str(size)))
        both = planned(["none", "2022"], women, size=size)
        alone = planned(["2022"], women, size=size)
        found.append((done(both, place).digest, merge(alone, Shelf(place)).digest))
    assert len(set(found)) == 1


@contextlib.contextmanager
def dask() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


def client(log: Path, folder: Path, where: list[str]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import clients; clients.main()",
            str(log),
            "run",
            str(folder),
            *where,
        ],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("on", ["processes", "dask"])
def test_a_killed_client_goes_on(on: str, tmp_path: Path) -> None:
    """The shorter forms are in test_shards.py: a worker that is killed, and a cluster of Dask."""
    plan = planned(["none"], 24_000, size=1_000)
    units = len(plan.units())
    folder, log = tmp_path / "plan", tmp_path / "begun"
    plan.save(Place(str(folder)))
    with contextlib.ExitStack() as open_ones:
        where = ["--processes", str(WORKERS)]
        if on == "dask":
            where = ["--scheduler", open_ones.enter_context(dask())]
        for kill in range(1, KILLS + 1):
            child = client(log, folder, where)
            until = time.monotonic() + SECONDS
            while len(written(folder)) < kill * units // 4 and time.monotonic() < until:
                assert child.poll() is None
                time.sleep(0.01)
            child.send_signal(signal.SIGKILL)
            child.wait()
            assert len(written(folder)) < units  # there was something left to be done
        kept = written(folder)
        assert client(log, folder, where).wait(SECONDS) == 0
    after = written(folder)
    assert len(after) == units
    begun = log.read_text().split()
    assert set(begun) == {unit.key for unit in plan.units()}
    assert len(begun) - units <= WORKERS * KILLS
    assert sum(after[name] != kept[name] for name in kept) <= WORKERS
    whole = done(planned(["none"], 24_000, closed=True), Place(str(tmp_path / "whole")))
    assert merge(plan, Shelf(Place(str(folder)))).digest == whole.digest
