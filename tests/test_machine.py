"""Faults of the machine: a full disk and memory that is not enough are one line each, and nothing is left."""

from __future__ import annotations

import errno
import os
import re
import resource
import subprocess
from pathlib import Path
from typing import Any

import pytest

import kills
from seedsoil.cli import main, memory

FULL = Path("/dev/full")
FEWER = dict.fromkeys(("trial", "design", "validate"), ("--women", "16000"))
"""Less work before something is written; in little memory the long form does all of it."""


def limited(
    arguments: tuple[str, ...], kind: int, limit: int, folder: Path
) -> subprocess.CompletedProcess[str]:
    """The command under a limit of the process."""
    return subprocess.run(
        [*kills.PROGRAM, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(kind, (limit, limit)),
    )


def case(name: str, *more: Any) -> Any:
    """A command as a parameter; the one that takes longest is among the long tests."""
    return pytest.param(name, *more, id=name, marks=[pytest.mark.long] * (name == "fit-drugs"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [case(name) for name in kills.WRITERS])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    # A limit on the size of files stands in for a full disk: writing beyond it fails likewise.
    kills.warm_up()
    inputs = kills.write_inputs(tmp_path)
    arguments = (*kills.WRITERS[name].arguments, *FEWER.get(name, ()))
    done = limited(arguments, resource.RLIMIT_FSIZE, 500, tmp_path)
    assert done.returncode in (1, 2)
    said = done.stderr.splitlines()
    assert re.fullmatch(r"seedsoil: error: .*File too large.*", said[-1])
    assert not [line for line in said if line.startswith(("Traceback", "  File", "Exception"))]
    assert sum("error" in line for line in said) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(inputs)


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize(
    "arguments, kept",
    [
        (("patient", "24", "--out", "a.csv"), "a.csv is complete"),
        (("sources", "growth"), ""),
        (("--help",), ""),
    ],
)
def test_output_that_cannot_be_written_is_one_line(
    tmp_path: Path, arguments: tuple[str, ...], kept: str
) -> None:
    """What is said to be kept is there."""
    with FULL.open("w") as full:
        done = subprocess.run(
            [*kills.PROGRAM, *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    said = "; ".join(filter(None, ("standard output: No space left on device", kept)))
    assert done.stderr.splitlines()[-1] == f"seedsoil: error: {said}"
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [p for p in ("a.csv",) if p in kept]


@pytest.mark.parametrize(
    "megabytes, name",
    [
        *((megabytes, "run") for megabytes in (60, 110, 300, 700)),
        # `explore --site` copies files, for which 110 MB do
        *((110, name) for name in kills.WRITERS if name not in ("match", "explore")),
    ],
)
def test_a_limit_on_memory_is_one_line(tmp_path: Path, megabytes: int, name: str) -> None:
    """Not an ImportError of NumPy (60 MB), nor the end by OpenBLAS (110) or LLVM (700) in their own words."""
    done = limited(
        kills.WRITERS[name].arguments, resource.RLIMIT_AS, megabytes * 1_000_000, tmp_path
    )
    assert done.returncode == 1
    assert done.stderr == (
        "seedsoil: error: not enough memory: the limit of this process (ulimit -v) is "
        f"{megabytes} MB, and the smallest cohort needs 1,000; nothing was kept\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_first_run_needs_more_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling takes more than simulating: without kept kernels the limit is refused before the work."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = limited(kills.WRITERS["run"].arguments, resource.RLIMIT_AS, 1_100_000_000, tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "seedsoil: error: not enough memory: the limit of this process (ulimit -v) is 1,100 MB, and the "
        "first run, which compiles the kernels, needs 1,300; nothing was kept\n"
    )
    assert not (tmp_path / "a").exists()


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) > 4, reason="libraries reserve more for more cores")
@pytest.mark.parametrize(
    "name, more",
    [
        *(case(name, FEWER.get(name, ())) for name in kills.WRITERS if name != "run --format"),
        *(pytest.param(name, (), id=f"{name}, all", marks=pytest.mark.long) for name in FEWER),
    ],
)
def test_with_the_least_memory_commands_run(
    tmp_path: Path, name: str, more: tuple[str, ...]
) -> None:
    kills.warm_up()
    kills.write_inputs(tmp_path)
    least = memory.LEAST_MB * 1_000_000
    asked = (*kills.WRITERS[name].arguments, *more)
    done = limited(asked, resource.RLIMIT_AS, least, tmp_path)
    assert (done.returncode, [x for x in done.stderr.splitlines() if "error" in x]) == (0, [])


def test_drawings_under_a_limit_are_refused_in_one_line(tmp_path: Path) -> None:
    asked = kills.WRITERS["run --format"].arguments
    done = limited(asked, resource.RLIMIT_AS, 2_000_000_000, tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "seedsoil: error: svg, png: drawing reserves 120 GB of address space, and the limit of this process "
        "(ulimit -v) is 2.0 GB; leave the drawings out, or raise the limit"
    ]
    assert list(tmp_path.iterdir()) == []


def test_commands_that_simulate_nothing_need_less_memory(tmp_path: Path) -> None:
    done = limited(("--version",), resource.RLIMIT_AS, 100_000_000, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = limited(("sources", "growth"), resource.RLIMIT_AS, 100_000_000, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "a.csv").write_text(kills.registry(), encoding="utf-8")
    done = limited(("match", "a.csv", "--check"), resource.RLIMIT_AS, 60_000_000, tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("seedsoil: error: not enough memory: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "error, expected",
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (ImportError("x.so: failed to map segment from shared object"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("No module named 'numpyy'"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("the sky fell"), False),
        (ValueError("can't start new thread"), False),
    ],
)
def test_which_errors_are_want_of_memory(error: Exception, expected: bool) -> None:
    assert memory.ran_out(error) is expected
    outer = RuntimeError("NumPy failed to import")
    outer.__cause__ = error
    assert memory.ran_out(outer) is expected


def test_memory_that_runs_out_in_the_work_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 7 TiB")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("seedsoil.run.simulate.stream", none_left)
    assert main(["run", "--women", "300", "--out", "a"]) == 1
    assert capsys.readouterr().err == (
        "seedsoil: error: not enough memory; simulate fewer women or use fewer --threads; nothing was kept\n"
    )
    assert list(tmp_path.iterdir()) == []
