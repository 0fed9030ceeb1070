"""Where the work of a command runs: threads, processes or a Dask cluster, by its options."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from seedsoil.errors import InputError, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedsoil.simulation.backend import Backend

Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of a Dask scheduler, such as tcp://10.0.0.5:8786; takes pip install "
        "'seedsoil[cluster]'.",
        show_default=False,
        metavar="ADDRESS",
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        help="Processes instead of threads: where a crash must not end it all.",
        show_default=False,
        metavar="P",
    ),
]


@contextlib.contextmanager
def asked(threads: int | None, processes: int | None, scheduler: str | None) -> Iterator[Backend]:
    """The workers asked for."""
    if sum(one is not None for one in (threads, processes, scheduler)) > 1:
        raise InputError("--threads, --processes and --scheduler: name one of them")
    from seedsoil.simulation.backend import backend
    from seedsoil.simulation.shards import check_cohort

    if scheduler is not None:
        from seedsoil.simulation.cluster import Cluster

        cluster = Cluster(scheduler)
        try:
            yield cluster
        finally:
            cluster.close()
    elif processes is not None:
        from seedsoil.simulation.processes import Processes as OnProcesses

        yield OnProcesses(whole_number("processes", processes, problem="is not possible"))
    else:
        yield backend(check_cohort(1, 0, 0, threads))


@contextlib.contextmanager
def on_asked(threads: int | None, processes: int | None, scheduler: str | None) -> Iterator[None]:
    """Within the block work that can leave this process is done by the workers asked for."""
    with asked(threads, processes, scheduler) as backend:
        if processes is None and scheduler is None:
            yield
            return
        from seedsoil.simulation.backend import on
        from seedsoil.work.alike import Alike

        # processes are of this machine; a cluster's results come back here, and are of one kind
        with on(backend if scheduler is None else Alike(backend)):
            yield
