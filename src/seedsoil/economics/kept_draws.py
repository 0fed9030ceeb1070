"""Draws of a probabilistic analysis on disk, so that one that is interrupted goes on where it stopped.

A file holds a few draws and appears whole or not at all. A draw depends on its number and on what is asked
alone, so that an analysis that went on has the same bits as one in one piece.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seedsoil.errors import InputError
from seedsoil.storage import discard, goes_on, how_to_delete, owned, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FORMAT = 3
"""Raised when something else is kept of a draw: draws of an older seedsoil cannot be gone on with."""
PER_FILE = 10
"""Draws of a file: what an interruption loses at the most, on each thread."""


class Drawn(NamedTuple):
    """What stays of draws: sums over the women of each; the first axis is of draws, `groups` all women first.

    `quantities`: [draws, strategies, rates, items], discounted means a woman; `at_rates`: [draws, strategies,
    rates, AT_RATE], life years by state and weighted years by part of life; `worth`: [draws, len(PARTS)];
    `by_category`: [draws, groups,
    strategies, categories], costs; `by_state`: [draws, groups, strategies, effects · states], life years and
    then QALYs; `noise`: [draws, groups, 2·strategies, 2·strategies], the covariance among women of costs
    under every strategy and then QALYs; `yearly`: [draws, groups, strategies, YEARS], what each year costs
    undiscounted, of the reference, and what it costs more under each other strategy; `yearly_noise`: [draws,
    groups, strategies, YEARS, strategies, YEARS], the covariance of these among women;
    `women`: [draws, groups]; `prices`: [draws, items]; `numbers`: [draws, parameters], what was drawn beside.
    NaN in a draw with nobody of a group, the covariances also with one woman.
    """

    quantities: Floats
    at_rates: Floats
    worth: Floats
    by_category: Floats
    by_state: Floats
    noise: Floats
    yearly: Floats
    yearly_noise: Floats
    women: NDArray[np.int64]
    prices: Floats
    numbers: Floats


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Draws one after another."""
    return Drawn(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


class Kept:
    """Where draws are kept: in the directory `place`, or in memory alone where there is none."""

    def __init__(self, place: Path | None) -> None:
        self._place = place
        self._memory: dict[int, Drawn] = {}

    def _path(self, number: int) -> Path:
        assert self._place is not None
        return self._place / f"part-{number:06d}.npz"

    def has(self, number: int) -> bool:
        """Whether the file `number` is there."""
        return number in self._memory if self._place is None else self._path(number).is_file()

    def put(self, number: int, drawn: Drawn) -> None:
        """Keep the draws of one file."""
        if self._place is None:
            self._memory[number] = drawn
            return
        content = io.BytesIO()
        np.savez(content, **drawn._asdict())
        write_whole(self._path(number), content.getvalue())

    def get(self, number: int) -> Drawn:
        """The draws of one file; InputError where it cannot be read."""
        if self._place is None:
            return self._memory[number]
        path = self._path(number)
        try:
            with np.load(path, allow_pickle=False) as found:
                return Drawn(*(found[name] for name in Drawn._fields))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            raise InputError(f"{path}: cannot be read; {how_to_delete(path)}") from None


@contextlib.contextmanager
def keeping_draws(place: Path | None, draws: int, asked: dict[str, Any]) -> Iterator[Kept]:
    """Within the block draws are kept in `place` for this process alone, and stay there: see `until_saved`.

    If the block fails, or is interrupted, `storage.kept` says where they are. `asked`: what decides the
    draws, which a later process must ask again. Without a place they are kept in memory.
    """
    if place is None:
        yield Kept(None)
        return
    with owned(place, {"format_of_draws": FORMAT, **asked}):
        kept = Kept(place)

        def done() -> int:
            files = [k for k in range(-(-draws // PER_FILE)) if kept.has(k)]
            return sum(min(PER_FILE, draws - k * PER_FILE) for k in files)

        with goes_on(place, done, draws, "draws"):
            yield kept


@contextlib.contextmanager
def until_saved(place: Path | None, draws: int) -> Iterator[None]:
    """Within the block a result of the draws in `place` is saved; only then do they go away.

    They took minutes and the saving takes seconds, in which a disk may fill or a process be killed.
    """
    if place is None:
        yield
        return
    with goes_on(place, lambda: draws if place.is_dir() else 0, draws, "draws"):
        yield
    discard(place)
