"""Independent tasks on workers: results in order, bounded look-ahead, own space, and a prompt end."""

from __future__ import annotations

import threading
import time

import pytest

from seedsoil.simulation.backend import PerWorker, Threads, backend, go_on


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("look_ahead", [None, 0, 1, 7])
def test_results_come_in_the_order_of_the_tasks(workers: int, look_ahead: int | None) -> None:
    def work(task: int) -> int:
        time.sleep(0.001 * (task % 3))
        return task * task

    results = backend(workers).map(work, range(30), look_ahead=look_ahead)
    assert list(results) == [task * task for task in range(30)]


def test_nothing_to_do() -> None:
    assert list(backend(2).map(str, [])) == []


def test_tasks_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3)  # breaks unless three tasks wait at once
    assert len(list(Threads(3).map(lambda _: meeting.wait(timeout=120), range(3)))) == 3


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("look_ahead", [0, 1, 4])
def test_look_ahead_is_bounded(workers: int, look_ahead: int) -> None:
    begun = taken = most = 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - taken)

    for _ in Threads(workers).map(work, range(40), look_ahead=look_ahead):
        taken += 1
        time.sleep(0.002)
    assert begun == taken == 40
    # The one that was just given counts until the loop has taken it.
    assert most <= workers + look_ahead + 1


def test_progress_is_told_each_result_in_order() -> None:
    told: list[int] = []
    given = list(Threads(2).map(lambda task: task + 1, range(9), progress=told.append))
    assert told == given == list(range(1, 10))


def test_each_worker_has_space_of_its_own() -> None:
    made: list[list[int]] = []

    def make() -> list[int]:
        made.append([])
        return made[-1]

    space = PerWorker(make)
    meeting = threading.Barrier(2)

    def work(task: int) -> int:
        meeting.wait(timeout=120)  # so that both workers have part
        space().append(task)
        return id(space())

    used = list(Threads(2).map(work, range(8)))
    assert len(made) == 2
    assert set(used) == {id(one) for one in made}
    assert sorted(task for one in made for task in one) == list(range(8))


@pytest.mark.parametrize("look_ahead", [None, 2])
def test_an_error_ends_it_and_later_tasks_are_not_begun(look_ahead: int | None) -> None:
    begun: list[int] = []

    def work(task: int) -> int:
        begun.append(task)
        if task == 3:
            raise ValueError("the fourth")
        time.sleep(0.01)
        return task

    results: list[int] = []
    with pytest.raises(ValueError, match="the fourth"):
        results.extend(Threads(2).map(work, range(200), look_ahead=look_ahead))
    assert results in ([], [0, 1, 2])  # extend may take none of them before it fails
    assert len(begun) <= 6


def test_results_before_a_failed_task_are_given() -> None:
    def work(task: int) -> int:
        if task == 2:
            raise ValueError("third")
        return task

    results = Threads(2).map(work, range(5))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="third"):
        next(results)


def test_the_error_is_the_tasks_own_and_never_that_another_was_not_begun() -> None:
    def work(task: int) -> None:
        raise ValueError(task)

    for _ in range(50):
        with pytest.raises(ValueError, match=r"\d"):
            list(Threads(4).map(work, range(20)))


def test_an_interrupt_while_results_are_waited_for_ends_it() -> None:
    """As Ctrl-C is: raised in the thread that waits for results."""
    begun: list[int] = []

    def work(task: int) -> None:
        begun.append(task)
        time.sleep(0.05)

    def interrupt(_: None) -> None:
        raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        list(Threads(2).map(work, range(500), progress=interrupt))
    assert len(begun) <= 6
    assert threading.active_count() == threads


def test_closing_the_iterator_ends_it() -> None:
    begun: list[int] = []

    def work(task: int) -> None:
        begun.append(task)
        time.sleep(0.01)

    threads = threading.active_count()
    results = Threads(2).map(work, range(500))
    next(results)
    results.close()  # type: ignore[attr-defined] # a generator
    assert len(begun) <= 6
    assert threading.active_count() == threads


def test_a_long_task_ends_when_the_caller_goes_away() -> None:
    ends = threading.Event()

    def work(task: int) -> int:
        begun = time.monotonic()
        while task and time.monotonic() - begun < 60:
            go_on()
            time.sleep(0.001)
        if task:
            ends.set()
        return task

    results = Threads(2).map(work, range(3))
    assert next(iter(results)) == 0
    begun = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 20
    assert not ends.is_set()


def test_go_on_outside_of_a_task_does_nothing() -> None:
    go_on()


def test_a_failed_task_does_not_end_those_before_it() -> None:
    failed = threading.Event()

    def work(task: int) -> int:
        if task:
            failed.set()
            raise ValueError("second")
        failed.wait(20)
        time.sleep(0.05)
        go_on()
        return task

    results = Threads(2).map(work, range(2))
    assert next(iter(results)) == 0
    with pytest.raises(ValueError, match="second"):
        next(iter(results))
