"""SIGKILL at random moments of every command that writes: a visible name is always a finished result.

    python tests/kills.py --seed 1 --kills 70

runs each command once, to know how long it takes and what it writes, and then kills it: half of the kills
anywhere between its start and its end, half after it has begun to write. Wrong is a file that is visible and
not whole, anything visible besides, a process that goes on, and what was left hidden if the next run of the
command does not name it. A long run in parts is killed as often, goes on each time, and ends with the tables
of one that was never killed. `--cold N` kills N first runs besides, while two processes compile. The exit
code is 1 if anything was wrong. tests/test_kills.py runs a few.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from seedsoil.jit import is_cached
from seedsoil.simulation.warmup import TREATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Child = subprocess.Popen[bytes]

PROGRAM = (sys.executable, "-m", "seedsoil")
REGISTRY, DRAWS = "registry.csv", "draws.csv"
ENDING, PAUSE = 60.0, 0.002
"""Seconds: that a process of a killed command may go on, and between two looks at a folder."""


class Writer(NamedTuple):
    """A command that writes: its arguments, of which `names` are new files or directories."""

    arguments: tuple[str, ...]
    names: tuple[str, ...]


WRITERS = {
    "run": Writer(("run", "--women", "400", "--out", "a"), ("a",)),
    "run --format": Writer(
        ("run", "--women", "400", "--out", "a", "--format", "csv,xlsx,svg"), ("a",)
    ),
    "compare": Writer(("compare", "none", "2022", "--women", "400", "--out", "a"), ("a",)),
    "evaluate": Writer(("evaluate", "none", "2022", "--women", "400", "--out", "a"), ("a",)),
    "patient": Writer(("patient", "24", "--out", "a.html"), ("a.html",)),
    "match": Writer(("match", REGISTRY, "--women", "2000", "--out", "a"), ("a",)),
    "trial": Writer(("trial", "PALOMA-2", "--replicates", "5", "--out", "a"), ("a",)),
    "design": Writer(("design", "PALOMA-2", "--replicates", "100", "--out", "a"), ("a",)),
    "validate": Writer(
        ("validate", "PALOMA-2", "--replicates", "40", "--table", "a.csv", "--markdown", "a.md"),
        ("a.csv", "a.md"),
    ),
    "fit": Writer(
        ("fit", "--women", "1000", "--iterations", "0", "--out", "a.toml", "--markdown", "a.md"),
        ("a.toml", "a.csv", "a.md"),
    ),
    "fit-drugs": Writer(
        ("fit-drugs", "--enrolled", "3", "--iterations", "0", "--out", "a.toml"), ("a.toml",)
    ),
    "explore": Writer(("explore", "--site", "a"), ("a",)),
    "decision": Writer(("decision", DRAWS, DRAWS, "--out", "a", "--format", "csv"), ("a",)),
}


class Finished(NamedTuple):
    """A command that ran to its end: `seconds` in all, `writing` of them with a hidden name in the folder."""

    code: int
    error: str
    seconds: float
    writing: float


def started(arguments: Sequence[str], folder: Path, error: Any, **more: str) -> Child:
    """The command, begun in `folder`; its processes are a group of their own, with its number."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=error,
        start_new_session=True,
    )


def finished(writer: Writer, folder: Path) -> Finished:
    """The command, run to its end in `folder`."""
    with tempfile.TemporaryFile("w+") as error:
        begun = time.perf_counter()
        before = set(hidden(folder))
        child = started(writer.arguments, folder, error)
        until_it_writes(child, folder)
        first = last = time.perf_counter()
        while child.poll() is None:
            if not set(hidden(folder)) <= before:
                last = time.perf_counter()
            time.sleep(PAUSE)
        error.seek(0)
        return Finished(child.returncode, error.read(), time.perf_counter() - begun, last - first)


def until_it_writes(child: Child, folder: Path) -> None:
    """Wait for the first hidden name that the command makes, or for its end."""
    before = set(hidden(folder))
    while child.poll() is None and set(hidden(folder)) <= before:
        time.sleep(PAUSE)


def stop(child: Child) -> str:
    """Kill the command; what of it goes on a minute later, empty if nothing does."""
    child.kill()
    child.wait()
    until = time.monotonic() + ENDING
    while time.monotonic() < until:
        try:
            os.killpg(child.pid, 0)
        except ProcessLookupError:
            return ""
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGKILL)
    return "a process that it had started went on"


def not_whole(path: Path) -> str:
    """Why the file is none that a command finished; empty if it is."""
    try:
        text = "" if path.suffix in (".parquet", ".xlsx", ".png") else path.read_text("utf-8")
        match path.suffix:
            case ".parquet":
                pq.read_table(path)
            case ".json":
                json.loads(text)
            case ".toml":
                tomllib.loads(text)
            case ".csv":
                widths = {len(row) for row in csv.reader(text.splitlines())}
                if len(widths) != 1:
                    return f"rows of {sorted(widths)} cells"
            case ".html" | ".svg":
                if not text.rstrip().endswith(f"</{path.suffix[1:]}>"):
                    return "no end tag"
            case _:
                if not path.stat().st_size:
                    return "empty"
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def contents(path: Path) -> dict[str, int]:
    """The files of `path`, which is one or a directory of them, and their sizes in bytes."""
    files = [f for f in path.rglob("*") if f.is_file()] if path.is_dir() else [path]
    return {str(file.relative_to(path.parent)): file.stat().st_size for file in files}


def faults_in(folder: Path, before: set[str], whole: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What is wrong with what lies in `folder`, where `before` lay before.

    `whole`: the files, with their sizes, that each name holds when the command has finished.
    """
    found = []
    for path in folder.iterdir():
        if path.name in before or path.name.startswith("."):
            continue
        if path.name not in whole:
            found.append(f"{path.name} is visible")
            continue
        mine, full = contents(path), whole[path.name]
        if set(mine) != set(full):
            found.append(f"{path.name} holds {sorted(mine)}, not {sorted(full)}")
        for name, size in mine.items():
            # times, and with them dates and durations, differ from run to run by a few bytes
            if not 0.98 * full.get(name, 0) <= size:
                found.append(f"{name} has {size} bytes, not {full.get(name)}")
            if problem := not_whole(folder / name):
                found.append(f"{name}: {problem}")
    return found


class Outcome(NamedTuple):
    """What came of the kills of one command."""

    faults: list[str]
    left: int
    """kills that left something hidden: they fell into the writing"""
    late: int
    """kills that found it finished"""


def warm_up() -> None:
    """Compile the kernels if they have not been: kills are to fall into the work."""
    if not is_cached(TREATED):
        with tempfile.TemporaryDirectory() as folder:
            finished(WRITERS["run"], Path(folder))


def write_inputs(folder: Path) -> list[str]:
    """The files that commands read; their names."""
    draws = "".join(f"{i},{i * i % 17},{i * i % 23}\n" for i in range(200))
    texts = {REGISTRY: registry(), DRAWS: f"a,b,c\n{draws}"}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(texts)


def kill(name: str, folder: Path, count: int, draw: random.Random) -> Outcome:
    """Kill the command `name` `count` times in the empty `folder`."""
    warm_up()
    writer = WRITERS[name]
    before = set(write_inputs(folder))
    first = finished(writer, folder)
    if first.code:
        return Outcome([f"{name}: exit code {first.code}: {first.error}"], 0, 0)
    whole = {path: contents(folder / path) for path in writer.names}
    found = [f"{name}: {fault}" for fault in faults_in(folder, before, whole)]
    left = late = 0
    for number in range(count):
        clear(folder, writer)
        old = hidden(folder)
        child = started(writer.arguments, folder, subprocess.DEVNULL)
        begun = time.perf_counter()
        if number % 2:
            until_it_writes(child, folder)
            time.sleep(draw.uniform(0, first.writing))
        else:
            time.sleep(draw.uniform(0, first.seconds))
        when = f"{name}, killed after {time.perf_counter() - begun:.3f} s"
        if on := stop(child):
            found.append(f"{when}: {on}")
        found += [f"{when}: {fault}" for fault in faults_in(folder, before, whole)]
        left += hidden(folder) != old
        late += all((folder / path).exists() for path in writer.names)
    clear(folder, writer)
    leftovers = hidden(folder)
    last = finished(writer, folder)
    if last.code:
        found.append(f"{name}, after its kills: exit code {last.code}: {last.error}")
    found += [f"{name}: {path} is not named" for path in leftovers if path not in last.error]
    found += [f"{name}, after its kills: {fault}" for fault in faults_in(folder, before, whole)]
    return Outcome(found, left, late)


def hidden(folder: Path) -> list[str]:
    """Hidden names in `folder`, in order."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def clear(folder: Path, writer: Writer) -> None:
    """Take finished results out of the way: commands overwrite nothing."""
    away = Path(tempfile.mkdtemp(prefix="finished-", dir=folder.parent))
    for path in writer.names:
        if (folder / path).exists():
            (folder / path).rename(away / path)


def registry() -> str:
    """A registry's export of 300 women."""
    draw = random.Random(1)
    rows = ["age,size_mm,nodes,er,time,event"]
    for _ in range(300):
        years, event = min(draw.expovariate(0.1), 10.0), draw.random() < 0.3
        rows.append(
            f"{draw.randint(35, 80)},{draw.randint(8, 45)},{draw.choice((0, 0, 0, 1, 2, 5))},"
            f"{draw.choice((0, 1, 1, 1))},{years:.2f},{int(event)}"
        )
    return "\n".join(rows) + "\n"


PARTS = ("run", "--women", "1800", "--no-report", "--out", "a")
_IN_PARTS = """
import sys
from seedsoil.cli import main
from seedsoil.run import parts
parts.PART = 150
sys.exit(main(sys.argv[1:]))
"""
"""Parts of a million women are too long for a test; these are of 150."""


def digest(directory: Path) -> str:
    """What the tables of a run hold, whatever their groups of rows."""
    found = hashlib.sha256()
    for path in sorted(directory.glob("*.parquet")):
        table = pq.read_table(path).combine_chunks()
        found.update(path.name.encode())
        for column in table.columns:
            found.update(str(column.to_pylist()).encode())
    return found.hexdigest()


def resumed(folder: Path, count: int, draw: random.Random) -> Outcome:
    """Kill a run in parts `count` times in the empty `folder`, each time going on with what is there."""
    warm_up()

    def begun(place: Path) -> Child:
        return subprocess.Popen(
            [sys.executable, "-c", _IN_PARTS, *PARTS],
            cwd=place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    apart = folder / "whole"
    apart.mkdir()
    clock = time.perf_counter()
    if code := begun(apart).wait():
        return Outcome([f"run in parts: exit code {code}"], 0, 0)
    seconds = time.perf_counter() - clock
    expected, whole = digest(apart / "a"), {"a": contents(apart / "a")}
    found: list[str] = []
    left = late = most = 0
    for _ in range(count):
        child = begun(folder)
        after = draw.uniform(0.3, 1.0) * seconds
        time.sleep(after)
        if on := stop(child):
            found.append(f"run in parts, killed after {after:.2f} s: {on}")
        found += [f"run in parts, killed: {x}" for x in faults_in(folder, {"whole"}, whole)]
        done = list((folder / ".a.parts").glob("part-*"))
        for part in done:
            found += [f"{part.name}: {why}" for f in part.iterdir() if (why := not_whole(f))]
        if (folder / "a").exists():  # finished: begin another
            late += 1
            if digest(folder / "a") != expected:
                found.append("run in parts: went on to other tables")
            (folder / "a").rename(Path(tempfile.mkdtemp(dir=folder.parent)) / "a")
            done, most = [], 0
        if len(done) < most:
            found.append(f"run in parts: {most} parts were done, and {len(done)} are left")
        most = len(done)
        left += bool(done)
    if code := begun(folder).wait():
        found.append(f"run in parts, after its kills: exit code {code}")
    elif digest(folder / "a") != expected:
        found.append("run in parts, after its kills: other tables")
    found += [f"run in parts, at the end: {x}" for x in faults_in(folder, {"whole"}, whole)]
    if (folder / ".a.parts").exists():
        found.append("run in parts: parts are left at the end")
    return Outcome(found, left, late)


def cold(folder: Path, count: int, draw: random.Random) -> list[str]:
    """Kill a first run while two processes compile; what is wrong."""
    found = []
    for number in range(count):
        after = draw.uniform(0.5, 8.0)
        place = folder / str(number)
        place.mkdir()
        arguments = ("run", "--women", "100", "--out", "a")
        child = started(arguments, place, subprocess.DEVNULL, XDG_CACHE_HOME=str(place / ".cache"))
        time.sleep(after)
        if on := stop(child):
            found.append(f"first run, killed after {after:.2f} s: {on}")
        found += [f"first run, killed: {fault}" for fault in faults_in(place, set(), {})]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=70)
    parser.add_argument("--cold", type=int, default=0)
    given = parser.parse_args()
    found = []
    for number, name in enumerate(WRITERS):
        count = (given.kills + number) // len(WRITERS)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "work"
            folder.mkdir()
            outcome = kill(name, folder, count, random.Random(f"{given.seed} {name}"))
        found += outcome.faults
        print(f"{name}: {count} kills, {outcome.left} while it wrote, {outcome.late} too late")
    count = given.kills // len(WRITERS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "work"
        folder.mkdir()
        outcome = resumed(folder, count, random.Random(f"{given.seed} parts"))
    found += outcome.faults
    print(f"run in parts: {count} kills, {outcome.left} with parts done, {outcome.late} too late")
    with tempfile.TemporaryDirectory() as place:
        found += cold(Path(place), given.cold, random.Random(given.seed))
    print("\n".join([*found, f"{given.kills + count + given.cold} kills, {len(found)} faults"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
