"""What the commands write on the terminal: notes, progress, colour, JSON."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from seedsoil.cli import memory, startup
from seedsoil.errors import printable, visible

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console
    from rich.table import Table

    from seedsoil.catalog import Trial

SECONDS_BETWEEN_LINES = 10.0
OUTPUT = "standard output"
NAME = 10
"""Width of the names beside facts, in characters."""


class NamedOutput:
    """Standard output whose errors name it, so that they are told from those of files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """As of the stream."""
        with _named():
            return self._stream.write(text)

    def flush(self) -> None:
        """As of the stream."""
        with _named():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, OUTPUT) from None


def coloured(stream: TextIO) -> bool:
    """True when `stream` is a terminal that takes colour and NO_COLOR is not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def bold(text: str) -> str:
    """`text`, bold where standard output takes colour."""
    return f"\x1b[1m{text}\x1b[0m" if coloured(sys.stdout) else text


def say(text: str = "", title: str = "") -> None:
    """`title`, bold where that can be shown, and `text` on standard output.

    What a terminal obeys, in names of files, columns, strategies and trials, is shown as its code: all that
    the commands print goes through here, or through the other functions of this module.
    """
    print(f"{bold(_safe(title)) if title else ''}{_safe(text)}")


def _safe(text: str) -> str:
    return visible(text, keep="\n\t")


def print_table(header: list[str], rows: list[list[str]], left: Collection[int] = (0,)) -> None:
    """Rows of text in aligned columns, those in `left` to the left.

    A table too wide for a terminal is folded into its columns; through a pipe every row is one line.
    """
    from seedsoil.display.shown import text_table

    header, rows = [visible(name) for name in header], [[visible(c) for c in row] for row in rows]
    if not sys.stdout.isatty():
        print(text_table(header, rows, left))
        return
    shown = _aligned()
    shown.show_header, shown.header_style = True, "bold"
    for index, name in enumerate(header):
        shown.add_column(name, justify="left" if index in left else "right", overflow="fold")
    for row in rows:
        shown.add_row(*row)
    _terminal().print(shown)


def print_facts(facts: list[tuple[str, str]]) -> None:
    """Sentences, each beside its name; on a terminal, folded into a column."""
    facts = [(visible(name), visible(text)) for name, text in facts]
    if not sys.stdout.isatty():
        for name, text in facts:
            print(f"{name.ljust(NAME)}  {text}")
        return
    shown = _aligned()
    shown.add_column(style="bold", min_width=NAME)
    shown.add_column(overflow="fold")
    for name, text in facts:
        shown.add_row(name, text)
    _terminal().print(shown)


def _aligned() -> Table:
    from rich.table import Table

    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)


def _terminal() -> Console:
    from rich.console import Console

    return Console(
        color_system="auto" if coloured(sys.stdout) else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def note(text: str) -> None:
    """One line on standard error, apart from the command's own output."""
    print(f"seedsoil: {visible(text)}", file=sys.stderr, flush=True)


class _AsNotes(logging.Handler):
    """Writes what the library logs as notes."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line a message, with its level."""
        note(f"{record.levelname.lower()}: {' '.join(record.getMessage().split())}")


@contextmanager
def library_warnings() -> Iterator[None]:
    """Within the block, warnings of the library are notes on standard error."""
    handler = _AsNotes(logging.WARNING)
    logger = logging.getLogger("seedsoil")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def tell_first_compilation(*, treated: bool = True) -> None:
    """Say that the kernels will be compiled, if this version's have not been on this machine.

    `treated`: those of treatment, too, which a second process then helps with.
    """
    from seedsoil.jit import interpreted, is_cached, plain_wanted
    from seedsoil.simulation.warmup import NATURAL_HISTORY, TREATED, share_compilation

    memory.require()
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


def claim(*targets: Path | None, directory: bool = False) -> None:
    """Raise InputError unless each of `targets` is free, and say what killed commands left beside them.

    `directory`: they are to be directories. Every command that writes calls it before its work, which may
    take hours.
    """
    from seedsoil.storage import new_directory, require_free

    wanted = [target for target in targets if target is not None]
    for target in wanted:
        (new_directory if directory else require_free)(target)
    for parent in dict.fromkeys(target.parent for target in wanted):
        tell_leftovers(parent)


def tell_leftovers(parent: Path) -> None:
    """Say what killed commands left unfinished in `parent`, and how to delete it."""
    from seedsoil.storage import how_to_delete, leftovers

    for directory in leftovers(parent):
        note(f"{directory} is left of a command that was killed; {how_to_delete(directory)}")


def error(text: str) -> None:
    """One error line on standard error for each line of `text`."""
    label = "\x1b[31merror\x1b[0m" if coloured(sys.stderr) else "error"
    for line in text.split("\n"):
        print(f"seedsoil: {label}: {visible(line)}", file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """`value` as indented JSON on standard output; a number that is not finite becomes null.

    What a terminal obeys is written as \\uXXXX, which is the same JSON.
    """
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False)
    if not printable(text.replace("\n", "")):
        text = "".join(c if c == "\n" or printable(c) else json.dumps(c)[1:-1] for c in text)
    print(text)


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
    """A function that takes how many more of `total` are done, and shows it.

    A bar on a terminal; otherwise one line on standard error every ten seconds.
    """
    if sys.stderr.isatty():
        with _bar(total, what) as advance:
            yield advance
    else:
        yield _lines(total, what)


def enrolment(trial: Trial, women: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """`progress` of a trial's enrolment: of `women` simulated or, without, of those who enrol."""
    from seedsoil.trials.enrolment import enough_for

    return progress(*((enough_for(trial), "women enrolled") if women is None else (women, "women")))


@contextmanager
def _bar(total: int, what: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100.0 else f"{seconds / 60.0:.0f} minutes"


def _lines(total: int, what: str) -> Callable[[int], None]:
    start = last = time.monotonic()
    done = 0

    def show(step: int) -> None:
        nonlocal last, done
        done += step
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES and done < total:
            last = now
            left = (now - start) * (total - done) / done
            note(f"{done:,} of {total:,} {what} ({now - start:.0f} s, about {_time(left)} left)")

    return show
