"""What is measured of cohorts in units: `python -m benchmarks.clusters --women 1000000` from the root.

The same digest on every backend and in every size of unit; what a unit costs beside its women, and what it
costs that a strategy can be added; two threads against one; memory; and a run whose workers and client are
killed. `--women 2000` only shows that it works.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT, Line, _seconds
from benchmarks.measure import _child as _output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (1_000, 7_777, 50_000)
KILLS, UNITS = 5, 60


def _plan(women: int, size: int, **more: Any) -> Any:
    from seedsoil.planned.plan import planned

    return planned(["2022"], women, size=size, **more)


def _complete(plan: Any, folder: str, backend: Any, **more: Any) -> Any:
    from seedsoil.planned.cohort_work import CohortWork
    from seedsoil.work.doing import complete
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf

    return complete(CohortWork.of(plan), plan.units(), Shelf(Place(folder)), backend, **more)


def _digest(plan: Any, folder: str) -> str:
    from seedsoil.planned.merging import merge
    from seedsoil.work.place import Place
    from seedsoil.work.shelf import Shelf

    return merge(plan, Shelf(Place(folder))).digest


def overhead(*, women: int, size: int) -> list[Line]:
    """Milliseconds that a unit costs on one thread beside simulating its women, and what two threads gain."""
    from seedsoil.catalog import load, lookup
    from seedsoil.model.parameters import kernel_parameters
    from seedsoil.model.treatment.plan import treatment_plan
    from seedsoil.planned.counted import counted
    from seedsoil.simulation.backend import Threads
    from seedsoil.simulation.shards import simulate_rows

    plan = _plan(women, size, closed=True)
    catalog = load()
    p = kernel_parameters(catalog, seed=1, screening=plan.screening, adjuvant=plan.adjuvant)
    treatment, _ = treatment_plan(catalog, p, before=lookup.strategy("2022", catalog=catalog))

    def bare() -> None:
        for unit in plan.units():
            simulate_rows(p, unit.first, unit.women, details=False, plan=treatment)

    def units(workers: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            return _seconds(lambda: _complete(plan, folder, Threads(workers)))

    def used(work: Callable[[], object]) -> float:
        begun = time.process_time()
        work()
        return time.process_time() - begun

    simulate_rows(p, 0, 100, details=False, plan=treatment)
    units(1)
    count = len(plan.units())
    rows = simulate_rows(p, 0, size, details=False, plan=treatment).patients
    beside = (used(lambda: units(1)) - used(bare)) / count
    counting = used(lambda: counted(rows))
    one, two = units(1), units(2)
    return [
        Line(f"processor, a unit of {size:,} beside its women", 1e3 * beside, "ms", "< 20"),
        Line("of it counting them", 1e3 * counting, "ms"),
        Line("units on two threads against one", one / two, "times", "≥ 1.8"),
        Line("women in units", women / one, "women/s/core"),
    ]


def added(*, women: int, size: int) -> list[Line]:
    """What it costs to keep women's measures, and what a strategy costs that is added."""
    from seedsoil.simulation.backend import Threads

    def used(plan: Any, folder: str) -> tuple[float, float]:
        receipts = _complete(plan, folder, Threads(2)).receipts
        return sum(r.seconds for r in receipts), sum(r.size for r in receipts) / women

    with tempfile.TemporaryDirectory() as shut, tempfile.TemporaryDirectory() as folder:
        _complete(_plan(1_000, 500), shut, Threads(2))  # kernels are loaded
        less, fewer = used(_plan(women, size, closed=True), shut)
        plan = _plan(women, size)
        more, bytes_kept = used(plan, folder)
        both = plan.with_strategies(["pre-2013"])
        again = len(plan.units()) - _complete(both, folder, Threads(2)).reused
        begun = time.process_time()
        _digest(both, folder)
        merging = time.process_time() - begun
    return [
        Line("processor, units that keep measures against closed", more / less, "times"),
        Line("bytes a woman, closed", fewer, "bytes"),
        Line("bytes a woman, with measures", bytes_kept, "bytes"),
        Line("units done again when a strategy is added", again, "", "0"),
        Line("processor, merging two strategies, a million women", 1e6 * merging / women, "s"),
    ]


def digests(*, women: int) -> Iterator[tuple[str, str]]:
    """Ways to do the same women, and the digest of each."""
    from seedsoil.simulation.backend import Threads
    from seedsoil.simulation.processes import Processes
    from seedsoil.work.leases import Leases
    from seedsoil.work.place import Place

    ways: list[tuple[str, int, Any]] = [
        ("1 thread, files with leases", SIZES[1], Threads(1)),
        *((f"2 threads, units of {size:,}", size, Threads(2)) for size in SIZES),
        ("2 processes", SIZES[1], Processes(2)),
    ]
    for k, (name, size, backend) in enumerate(ways):
        with tempfile.TemporaryDirectory() as folder:
            plan = _plan(women, size)
            leases = Leases(Place(folder)) if k == 0 else None
            _complete(plan, folder, backend, leases=leases)
            yield name, _digest(plan, folder)
    from distributed import LocalCluster

    from seedsoil.simulation.cluster import Cluster

    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as dask,
    ):
        plan, cluster = _plan(women, SIZES[1]), Cluster(dask.scheduler_address)
        _complete(plan, folder, cluster)
        cluster.close()
        yield "Dask LocalCluster, 2 workers", _digest(plan, folder)


def on_dask(*, units: int) -> list[Line]:
    """Milliseconds that a unit takes on a Dask cluster of two workers beside being made."""
    from distributed import LocalCluster

    from seedsoil.simulation.cluster import Cluster

    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as dask,
    ):
        cluster = Cluster(dask.scheduler_address)
        _complete(_plan(20, 10), folder, cluster)  # kernels are loaded
        plan = _plan(10 * units + 20, 10)

        def used() -> float:
            return time.process_time() + sum(cluster.client.run(time.process_time).values())

        before, begun = used(), time.perf_counter()
        made = _complete(plan, folder, cluster).receipts
        wall, after = time.perf_counter() - begun, used()
        cluster.close()
    count = len(made)
    making = sum(receipt.seconds for receipt in made)
    return [
        Line("processor, a unit on Dask beside making it", 1e3 * (after - before - making) / count,
             "ms", "< 50"),
        Line("the clock, a unit on Dask", 1e3 * wall / count, "ms"),
    ]  # fmt: skip


def _child(*arguments: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.Popen(
        [sys.executable, "-m", "seedsoil", *arguments],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


_PEAK = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "seedsoil", *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(used.ru_maxrss / 1024 if status == 0 else "failed")
"""
"""A process of its own: what a child of this one has at its start is counted as the child's."""


def memory(*command: str, women: int) -> Line:
    """Peak memory of `seedsoil run` or `seedsoil compare` with --summary-only on two threads."""
    with tempfile.TemporaryDirectory() as folder:
        asked = [*command, "--women", str(women), "--summary-only", "--threads", "2"]
        peak = _output(["-c", _PEAK, *asked, "--out", str(Path(folder) / "out")])
        return Line(f"memory of {command[0]}, {women:,} women, summary", float(peak), "MB", "< 600")


def kills(*, women: int, seed: int) -> list[Line]:
    """Five workers of two killed at random moments, and the client of a pool; what was done twice."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as clean:
        plan = _plan(women, -(-women // UNITS))
        from seedsoil.simulation.backend import Threads
        from seedsoil.work.place import Place

        _complete(plan, clean, Threads(2))
        plan.save(Place(folder))
        units = Path(folder) / "units"
        begun, killed = 0, 0
        workers: list[subprocess.Popen[bytes]] = []
        leased: set[tuple[str, int]] = set()
        while len(list(units.glob("*.unit"))) < UNITS:
            for path in (Path(folder) / "leases").glob("[0-9a-f]*"):
                try:
                    leased.add((path.name, path.stat().st_ino))
                except OSError:
                    continue
            workers = [worker for worker in workers if worker.poll() is None]
            while len(workers) < 2:
                # the last to be killed is a client with a pool of its own
                pool = (
                    ("--processes", "2")
                    if killed == KILLS and not begun % 2
                    else ("--threads", "1")
                )
                workers.append(_child("shards", "run", folder, "--lease", "3", *pool))
                begun += 1
            done = len(list(units.glob("*.unit")))
            if (
                killed <= KILLS
                and done >= (killed + 1) * UNITS // (KILLS + 3)
                and rng.random() < 0.2
            ):
                workers[rng.randrange(2)].send_signal(signal.SIGKILL)
                killed += 1
            time.sleep(0.05)
        for worker in workers:
            worker.wait()
        same = _digest(plan, folder) == _digest(plan, clean)
        return [
            Line("kills in 60 units", killed, "", str(KILLS + 1)),
            Line("the same digest after them", float(same), "", "1"),
            Line("units begun more than once, at most", max(0, len(leased) - UNITS), "", "≤ 12"),
        ]


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clusters", description=__doc__)
    parser.add_argument("--women", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "src"))
    women = options.women
    for name, digest in digests(women=women):
        print(f"{name:<42} {digest}", flush=True)
    size = min(50_000, women // 4)
    measured: list[Callable[[], list[Line]]] = [
        lambda: overhead(women=women, size=size),
        lambda: added(women=women, size=size),
        lambda: on_dask(units=200),
        lambda: kills(women=women, seed=options.seed),
        lambda: [memory("run", women=women)],
        lambda: [memory("run", women=10 * women)],
        lambda: [memory("compare", "none", "2022", women=max(100, women // 10))],
        lambda: [memory("compare", "none", "2022", women=women)],
    ]
    for measure in measured:  # each is told when it is done
        for line in measure():
            print(json.dumps(line.__dict__), flush=True)


if __name__ == "__main__":
    main()
