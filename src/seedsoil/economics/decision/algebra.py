"""One thread for the matrices of a regression.

Matrices of some hundred rows gain nothing from a second thread of the BLAS, and on a machine that does other
work the threads wait for each other many times as long as the work takes. The commands say so to the BLAS
before it is loaded (`cli.startup`); to one that is loaded already threadpoolctl says it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_thread() -> Iterator[None]:
    """Within, every BLAS has one thread; afterwards as many as before.

    The number is the process's. While several Python threads are within, it is the first one's to give back.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
