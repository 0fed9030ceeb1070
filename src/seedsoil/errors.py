"""Errors a user can cause, each one clear line."""

from __future__ import annotations

import difflib
import os
from numbers import Integral, Real
from pathlib import Path
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


def nearest_name(name: object, valid: Iterable[str]) -> str | None:
    """The valid name nearest to `name`; None if none is near."""
    if not isinstance(name, str):
        return None
    matches = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return matches[0] if matches else None


def nearest(name: object, valid: Iterable[str]) -> str:
    """`did you mean 'x'?` for the valid name nearest to `name`, or an empty string."""
    found = nearest_name(name, valid)
    return "" if found is None else f"did you mean '{found}'?"


def integer(parameter: str, value: object) -> int:
    """`value` if it is a whole number, else an InputError."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InputError(f"{parameter}: {value!r} is not a whole number")
    return int(value)


def whole_number(
    parameter: str,
    value: object,
    *,
    least: int = 1,
    most: int | None = None,
    problem: str = "is out of range",
) -> int:
    """`value` if it is a whole number from `least` to `most`; else InputError says what is allowed.

    `problem`: what is said of a number that is not.
    """
    number = integer(parameter, value)
    if number < least or (most is not None and number > most):
        allowed = f"{least} and more" if most is None else f"{least} to {most}"
        raise InputError(f"{parameter}: {number} {problem}; allowed: {allowed}")
    return number


def real_number(parameter: str, value: object, *, allowed: str = "a number") -> float:
    """`value` if it is a number, else an InputError that says what is `allowed`."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{parameter}={value!r}: must be {allowed}")
    return float(value)


def text(parameter: str, value: object, *, example: str) -> str:
    """`value` if it is text, else an InputError with an `example` of what is meant."""
    if not isinstance(value, str):
        raise InputError(f"{parameter}={value!r}: must be text, such as {example!r}")
    return value


def as_path(parameter: str, value: object, *, what: str) -> Path:
    """`value`, which is text or a path, as a path; else an InputError that says `what` is meant."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{parameter}={value!r}: must be {what}")
    return Path(value)
