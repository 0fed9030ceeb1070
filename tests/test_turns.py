"""A test that is marked `alone` runs beside no other, and is not kept waiting by a stream of others."""

from __future__ import annotations

import fcntl
import threading
import time
from typing import TYPE_CHECKING

from turns import turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST = 120.0
"""Seconds until a test of these gives up waiting."""


def held(path: Path) -> bool:
    """Whether somebody has locked the file."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def until(condition: Callable[[], bool]) -> None:
    last = time.monotonic() + MOST
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.01)


def test_many_run_at_once(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=MOST)

    def run() -> None:
        with turn(tmp_path, alone=False):
            both.wait()

    one = threading.Thread(target=run, daemon=True)
    one.start()
    run()
    one.join(MOST)
    assert not both.broken


def test_one_alone_waits_for_who_is_there_and_lets_nobody_in(tmp_path: Path) -> None:
    log: list[str] = []

    def run(name: str, *, alone: bool) -> threading.Thread:
        def work() -> None:
            with turn(tmp_path, alone=alone):
                log.append(name)

        made = threading.Thread(target=work, daemon=True)
        made.start()
        return made

    with turn(tmp_path, alone=False):
        waiting = run("alone", alone=True)
        until(lambda: held(tmp_path / "door"))
        late = run("late", alone=False)
        late.join(0.2)
        log.append("first")
    waiting.join(MOST)
    late.join(MOST)
    assert log == ["first", "alone", "late"]


def test_nobody_enters_while_one_is_alone(tmp_path: Path) -> None:
    entered = threading.Event()

    def run() -> None:
        with turn(tmp_path, alone=False):
            entered.set()

    with turn(tmp_path, alone=True):
        other = threading.Thread(target=run, daemon=True)
        other.start()
        assert not entered.wait(0.2)
    assert entered.wait(MOST)
    other.join(MOST)
