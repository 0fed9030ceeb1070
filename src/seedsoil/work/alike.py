"""A backend whose workers must be of this version, and calculate as this machine does, to the bit.

For work whose results come back to one process, which puts them together: units on a shelf say themselves who
made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from seedsoil.errors import InputError
from seedsoil.work.host import arithmetic, engine, this_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seedsoil.simulation.backend import Backend

Task = TypeVar("Task")
Result = TypeVar("Result")

ALL = "**/*.py"
"""The whole package: what results come from may be any of it."""


@dataclass(frozen=True)
class Alike:
    """The workers of `backend`, which refuse a task if they are not as the process that asks."""

    backend: Backend

    @property
    def workers(self) -> int:
        """How many tasks run at a time."""
        return self.backend.workers

    def map(
        self,
        work: Callable[[Task], Result],
        tasks: Iterable[Task],
        *,
        look_ahead: int | None = None,
        progress: Callable[[Result], object] | None = None,
    ) -> Iterator[Result]:
        """`work(task)` of every task, in the order of `tasks`; see `Backend`.

        Raises InputError where a worker has another version of the package, or another arithmetic.
        """
        checked = _Checked(work, engine(ALL), arithmetic())
        return self.backend.map(checked, tasks, look_ahead=look_ahead, progress=progress)


@dataclass(frozen=True)
class _Checked(Generic[Task, Result]):
    work: Callable[[Task], Result]
    engine: str
    arithmetic: str

    def __call__(self, task: Task) -> Result:
        here = this_host()
        if engine(ALL) != self.engine:
            raise InputError(
                f"{here.name}: has seedsoil {engine(ALL)}, and this command is of {self.engine}; install the "
                "same version on every machine"
            )
        if arithmetic() != self.arithmetic:
            raise InputError(
                f"{here.name} ({here.cpu}, {here.versions['libc']}): calculates differently in the last "
                "bit than the machine of this command; use machines of one kind for workers and command"
            )
        return self.work(task)
