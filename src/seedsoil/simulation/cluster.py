"""Tasks on a Dask cluster, by the address of its scheduler: `--scheduler tcp://…`.

Dask does the work of a scheduler: it shares out tasks, starts those of a dead worker elsewhere and moves
data. What is done to a task is sent to every worker once. Extra `[cluster]`.
"""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from seedsoil.errors import InputError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")

SECONDS = 30.0
"""So long is waited for a scheduler, and for its first worker."""


def _one(work: Callable[[Any], Any], task: Any) -> Any:
    return work(task)


@dataclass(frozen=True)
class Cluster:
    """Tasks on the workers of a scheduler; `client`: a connection that is there already."""

    scheduler: str
    client: Any = None

    def __post_init__(self) -> None:
        if self.client is None:
            object.__setattr__(self, "client", _connected(self.scheduler))

    @property
    def workers(self) -> int:
        """Threads of the cluster's workers, as they are now; one at least."""
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    def map(
        self,
        work: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        look_ahead: int | None = None,
        progress: Callable[[Result], object] | None = None,
    ) -> Iterator[Result]:
        """`work(task)` of every task, in the order of `tasks`; see `Backend`."""
        sent = self.client.scatter(work, broadcast=True, hash=False)
        begun: deque[Any] = deque()
        try:
            for task in tasks:
                # every task is a task of its own: what is alike is told by units, not by Dask's hashes
                begun.append(self.client.submit(_one, sent, task, pure=False))
                if look_ahead is not None and len(begun) >= self.workers + look_ahead:
                    yield _next(begun, progress)
            while begun:
                yield _next(begun, progress)
        finally:
            with contextlib.suppress(Exception):  # a scheduler that has gone has nothing to cancel
                self.client.cancel(list(begun))

    def close(self) -> None:
        """Leave the cluster; its workers stay."""
        self.client.close()


def _next(begun: deque[Any], progress: Callable[[Any], object] | None) -> Any:
    result = begun.popleft().result()
    if progress is not None:
        progress(result)
    return result


def _connected(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--scheduler takes Dask, which is not installed; pip install 'seedsoil[cluster]'"
        ) from None
    if "://" not in scheduler:
        raise InputError(
            f"--scheduler {shown(scheduler)}: is no address of a scheduler, such as tcp://10.0.0.5:8786"
        )
    make: Any = Client
    try:
        client = make(scheduler, timeout=SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"--scheduler {scheduler}: cannot be used ({reason})") from None
    return client
