"""Errors a user can cause, each one clear line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave cannot be used: what, where, what is allowed, the nearest valid name."""


class DataErrors(InputError):
    """Several problems of one file, reported together.

    `problems` lists them, one line each; the message is those lines.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def nearest(name: str, valid: Iterable[str]) -> str:
    """`did you mean 'x'?` for the valid name nearest to `name`, or an empty string."""
    matches = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return f"did you mean '{matches[0]}'?" if matches else ""
