"""Tasks on processes of this machine: for work that holds the interpreter's lock, or may crash.

The pool is that of `concurrent.futures`. What is done to a task is sent to each process once. A process that
is killed breaks the pool; a new one goes on with the tasks whose results had not come.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")

MOST_BROKEN = 5
"""Pools that may break without a result between them: then something kills every process."""
ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
"""Set to 1 in every process: a task is one thread, and algebra does not start more beside it."""

_work: list[Callable[[Any], Any]] = []


def _begin(work: bytes) -> None:
    """What each process does first: it takes what is done to tasks, and ends with the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        assert parent is not None
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    _work[:] = [pickle.loads(work)]


def _one(task: Any) -> Any:
    return _work[0](task)


@dataclass(frozen=True)
class Processes:
    """Tasks on so many processes of this machine; tasks, results and what is done to them must pickle."""

    workers: int

    def map(
        self,
        work: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        look_ahead: int | None = None,
        progress: Callable[[Result], object] | None = None,
    ) -> Iterator[Result]:
        """`work(task)` of every task, in the order of `tasks`; see `Backend`."""
        sent = pickle.dumps(work)
        most = None if look_ahead is None else self.workers + look_ahead
        coming = iter(tasks)
        begun: deque[tuple[Task, Future[Result]]] = deque()
        pool, broken, ended = self._pool(sent), 0, False
        try:
            while True:
                while not ended and (most is None or len(begun) < most):
                    try:
                        task = next(coming)
                    except StopIteration:
                        ended = True
                        break
                    begun.append((task, self._begun(pool, task)))
                if not begun:
                    return
                try:
                    result = begun[0][1].result()
                except BrokenProcessPool:
                    broken += 1
                    if broken > MOST_BROKEN:
                        raise
                    _end(pool)
                    pool = self._pool(sent)
                    begun = deque(
                        (task, future if _is_settled(future) else self._begun(pool, task))
                        for task, future in begun
                    )
                    continue
                begun.popleft()
                broken = 0
                if progress is not None:
                    progress(result)
                yield result
        finally:
            _end(pool)

    @staticmethod
    def _begun(pool: ProcessPoolExecutor, task: Any) -> Future[Any]:
        try:
            future = pool.submit(_one, task)
        except (BrokenProcessPool, RuntimeError) as error:  # it broke, or a task failed, just now
            future = Future()
            future.set_exception(BrokenProcessPool(str(error)))
            return future

        def none_after_a_failure(done: Future[Any]) -> None:
            if not done.cancelled() and _failed(done):
                pool.shutdown(wait=False, cancel_futures=True)

        future.add_done_callback(none_after_a_failure)
        return future

    def _pool(self, work: bytes) -> ProcessPoolExecutor:
        with _environment(dict.fromkeys(ONE_THREAD, "1")):
            pool = ProcessPoolExecutor(
                self.workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(work,),
            )
            # processes are started with the first tasks; now is when the environment is theirs
            for _ in range(self.workers):
                pool.submit(int)
        return pool


def _failed(future: Future[Any]) -> bool:
    """Whether the task itself failed; that its process was killed is no failure of the task."""
    error = future.exception()
    return error is not None and not isinstance(error, BrokenProcessPool)


def _is_settled(future: Future[Any]) -> bool:
    """Whether a result, or the task's own error, is there."""
    return (
        future.done() and not future.cancelled() and (future.exception() is None or _failed(future))
    )


def _end(pool: ProcessPoolExecutor) -> None:
    """End the pool and its processes at once: what they were at is not wanted, or already broken."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            process.terminate()
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            process.join(10.0)


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
