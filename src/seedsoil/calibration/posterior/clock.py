"""How far long work is, and when it should end, said now and then."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Counts what is done of `todo` pieces, and tells of it after `early` of them, of all, and now and then.

    `tell` is called with the pieces that are done, the seconds that each took, and the hour of the end, such
    as 14:05, if the others take as long. `every`: seconds between two words.
    """

    def __init__(
        self, todo: int, tell: Callable[[int, float, str], object], *, every: float, early: int
    ) -> None:
        self._todo, self._tell = todo, tell
        self._every, self._early = every, early
        self._begun = self._told = time.monotonic()
        self._done = 0

    def tick(self) -> None:
        """One piece more is done."""
        self._done += 1
        now = time.monotonic()
        if now - self._told < self._every and self._done not in (self._early, self._todo):
            return
        self._told = now
        each = (now - self._begun) / self._done
        left = timedelta(seconds=each * (self._todo - self._done))
        self._tell(self._done, each, (datetime.now().astimezone() + left).strftime("%H:%M"))
