"""What the commands write on the terminal: notes, progress, colour, JSON."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from seedsoil.cli import startup

SECONDS_BETWEEN_LINES = 10.0


def coloured(stream: TextIO) -> bool:
    """True when `stream` is a terminal that takes colour and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(text: str) -> str:
    """`text`, bold where standard output takes colour."""
    return f"\x1b[1m{text}\x1b[0m" if coloured(sys.stdout) else text


def note(text: str) -> None:
    """One line on standard error, apart from the command's own output."""
    print(f"seedsoil: {text}", file=sys.stderr, flush=True)


def tell_first_compilation(*, treated: bool = True) -> None:
    """Say that the kernels will be compiled, if this version's have not been on this machine.

    `treated`: those of treatment, too, which a second process then helps with.
    """
    from seedsoil.jit import interpreted, is_cached, plain_wanted
    from seedsoil.simulation.warmup import NATURAL_HISTORY, TREATED, share_compilation

    if interpreted():
        return
    wait = None
    first = "first run of this version: compiling the kernels once, about"
    if treated and not is_cached(TREATED):
        note(f"{first} {'a minute' if plain_wanted() else '15 seconds'}")
        wait = share_compilation()
    elif not is_cached(NATURAL_HISTORY):
        note(f"{first} {'20' if plain_wanted() else '10'} seconds")
    # Numba looks for SciPy only for the BLAS of compiled matrix products, which no kernel has; to
    # find it takes a third of a second.
    with startup.without("scipy"):
        from seedsoil.jit import load_compiler, made_elsewhere

        load_compiler()
    if wait is not None:
        made_elsewhere(TREATED, wait)


class _Lines(logging.Handler):
    """Shows what a logger says as one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        note(f"{record.levelname.lower()}: {' '.join(record.getMessage().split())}")


def show_warnings() -> None:
    """Show what the package warns of through `logging`, a line each on standard error."""
    logger = logging.getLogger("seedsoil")
    if not any(isinstance(handler, _Lines) for handler in logger.handlers):
        logger.addHandler(_Lines(logging.WARNING))


def tell_leftovers(parent: Path) -> None:
    """Say what killed commands left unfinished in `parent`, and how to delete it."""
    from seedsoil.storage import how_to_delete, leftovers

    for directory in leftovers(parent):
        note(f"{directory} is left of a command that was killed; {how_to_delete(directory)}")


def error(text: str) -> None:
    """One error line on standard error for each line of `text`."""
    label = "\x1b[31merror\x1b[0m" if coloured(sys.stderr) else "error"
    for line in text.splitlines() or [""]:
        print(f"seedsoil: {label}: {line}", file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """`value` as indented JSON on standard output; a number that is not finite becomes null."""
    print(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "item"):
        return _finite(value.item())
    return value


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """A function to be told how many of `total` were done since its last call, which shows it.

    A bar on a terminal; otherwise one line on standard error every ten seconds.
    """
    if sys.stderr.isatty():
        with _bar(total, what) as advance:
            yield advance
    else:
        yield _lines(total, what)


@contextmanager
def _bar(total: int, what: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)


def _lines(total: int, what: str) -> Callable[[int], None]:
    start = last = time.monotonic()
    done = 0

    def show(step: int) -> None:
        nonlocal last, done
        done += step
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES and done < total:
            last = now
            note(f"{done:,} of {total:,} {what} ({now - start:.0f} s)")

    return show
