"""Where independent tasks run: on threads, or on what else fills the protocol (`processes`, `cluster`).

Whoever has tasks says what is done to one, and gets the results in the order of the tasks. Kernels release
the interpreter's lock, so threads use all cores.
"""

from __future__ import annotations

import contextlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Event, local
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")
Space = TypeVar("Space")


class Backend(Protocol):
    """A number of workers, among whom tasks are shared out."""

    @property
    def workers(self) -> int:
        """How many tasks run at a time."""
        ...

    def map(
        self,
        work: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        look_ahead: int | None = None,
        progress: Callable[[Result], object] | None = None,
    ) -> Iterator[Result]:
        """`work(task)` of every task, in the order of `tasks`.

        `look_ahead`: how many tasks, besides one for each worker, may be begun before their turn, so that at
        most `workers + look_ahead` results wait in memory; without it all are begun at once. `progress` is
        called with each result in its turn.

        Once a task has failed, or the caller goes away (an error, Ctrl-C, an iterator that is closed), no
        further task is begun. Those that run are waited for; where the caller has gone, a long one that asks
        `go_on` now and then ends there. The results before the failed task are still given; then its error
        is raised.
        """
        ...


class PerWorker(Generic[Space]):
    """Scratch space of which every worker has its own: calling it gives the space of the calling worker."""

    def __init__(self, make: Callable[[], Space]) -> None:
        self._make = make
        self._own = local()

    def __call__(self) -> Space:
        """The space of the worker that asks, made when it first asks."""
        if not hasattr(self._own, "space"):
            self._own.space = self._make()
        space: Space = self._own.space
        return space


class _Stopped(Exception):
    """An earlier task failed, or nobody wants the results any more."""


class _Worker(local):
    """What the thread of a worker knows: the event that is set when its caller goes away."""

    abandoned: Event | None = None


_worker = _Worker()


def go_on() -> None:
    """For a long task to ask at times: it ends here if its result is not wanted any more."""
    if _worker.abandoned is not None and _worker.abandoned.is_set():
        raise _Stopped


@dataclass(frozen=True)
class Threads:
    """Tasks on threads of this process."""

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
        stopped, abandoned = Event(), Event()
        errors: list[BaseException] = []

        def unless_stopped(task: Task) -> Result:
            if stopped.is_set():
                raise _Stopped
            _worker.abandoned = abandoned
            try:
                return work(task)
            except _Stopped:
                raise
            except BaseException as error:
                errors.append(error)
                stopped.set()
                raise

        def next_result() -> Result:
            try:
                result = begun.popleft().result()
            except _Stopped:  # a later task failed while this one was about to begin
                raise errors[0] from None
            if progress is not None:
                progress(result)
            return result

        most = None if look_ahead is None else self.workers + look_ahead
        begun: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(max_workers=self.workers) as pool:
            try:
                for task in tasks:
                    if stopped.is_set():
                        break
                    begun.append(pool.submit(unless_stopped, task))
                    if most is not None and len(begun) >= most:
                        yield next_result()
                while begun:
                    yield next_result()
            finally:
                stopped.set()
                abandoned.set()
                for future in begun:
                    future.cancel()


def backend(workers: int) -> Backend:
    """The backend that simulations use: that many threads."""
    return Threads(workers)


_chosen: ContextVar[Backend | None] = ContextVar("_chosen", default=None)


@contextlib.contextmanager
def on(chosen: Backend) -> Iterator[None]:
    """Within the block `spread` gives this backend, such as `Processes(4)` or `Cluster("tcp://…")`."""
    token = _chosen.set(chosen)
    try:
        yield
    finally:
        _chosen.reset(token)


def spread(workers: int) -> Backend:
    """The backend chosen by `on`, or that many threads: for tasks that may leave this process.

    What is done to a task, tasks and results must pickle, and results be small; what is done may keep nothing
    outside of its result.
    """
    return _chosen.get() or Threads(workers)
