"""Errors a user can cause, each one clear line."""

from __future__ import annotations

import difflib
import os
import unicodedata
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST_OF_LINE, MOST_OF_MESSAGE, MOST_OF_VALUE = 800, 2_000, 80
"""Characters: what is said of one problem, of all of them, and what is shown of a value."""
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of what a terminal obeys or does not show: control, format, line separators."""


def printable(text: str) -> bool:
    """Whether `text` holds no control character, line break or mark that changes how others are shown."""
    return text.isprintable() or not any(unicodedata.category(c) in _UNSEEN for c in text)


def visible(text: str, keep: str = "") -> str:
    """`text` with what is not `printable`, but for the characters `keep`, written as its code."""
    if printable(text):
        return text
    return "".join(
        c if c in keep or unicodedata.category(c) not in _UNSEEN else ascii(c)[1:-1] for c in text
    )


def shortened(text: str, most: int) -> str:
    """`text` without its middle where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    left_out = f" ... {len(text) - most:,} characters ... "
    return text[: most * 2 // 3] + left_out + text[len(text) - most // 3 :]


def shown(value: object) -> str:
    """`value` as it would be written in code: on one line, whatever it is, and shortened."""
    try:
        text = repr(value)
    except Exception:  # a whole number of 5,000 digits, or an object that cannot say what it is
        text = f"a value of type {type(value).__name__} that cannot be shown"
    return visible(" ".join(shortened(text, 4 * MOST_OF_VALUE).split()))[:MOST_OF_VALUE] + (
        "..." if len(text) > MOST_OF_VALUE else ""
    )


class InputError(ValueError):
    """Something the user gave cannot be used: what, where, what is allowed, the nearest valid name.

    Its message is one line of bounded length, and shows control characters as their codes: a name or a
    path in it can neither forge a line nor command a terminal.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_one_line(message))


class DataErrors(InputError):
    """Several problems of one file, reported together.

    `problems` lists them, one line each; the message is those lines, as many as 2,000 characters hold.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = [_one_line(problem) for problem in dict.fromkeys(problems)]
        ValueError.__init__(self, "\n".join(_first(self.problems)))


def _one_line(text: str) -> str:
    return visible(shortened(text, MOST_OF_LINE))


def _first(lines: list[str]) -> list[str]:
    """The first of `lines` that a message holds, and how many more there are."""
    room = MOST_OF_MESSAGE
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0 and number:
            return [*lines[:number], f"and {len(lines) - number:,} more problems"]
    return lines


def nearest_name(name: object, valid: Iterable[str], *, alike: float = 0.5) -> str | None:
    """The valid name nearest to `name`; None if none is near: `alike`, from 0 to 1, at least.

    Of several that are equally near one of the same characters goes first: two were typed in the wrong order.
    """
    if not isinstance(name, str):
        return None
    matches = difflib.get_close_matches(name, list(valid), n=8, cutoff=alike)
    if not matches:
        return None
    # as get_close_matches counts it: the ratio is not the same both ways
    near = [difflib.SequenceMatcher(None, one, name).ratio() for one in matches]
    equal = [one for one, ratio in zip(matches, near, strict=True) if ratio >= max(near)]
    return min(equal, key=lambda one: sorted(one) != sorted(name))


def nearest(name: object, valid: Iterable[str], *, alike: float = 0.5) -> str:
    """`did you mean 'x'?` for the valid name nearest to `name`, or an empty string."""
    found = nearest_name(name, valid, alike=alike)
    return "" if found is None else f"did you mean '{found}'?"


def integer(parameter: str, value: object) -> int:
    """`value` if it is a whole number, else an InputError."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InputError(f"{parameter}: {shown(value)} is not a whole number")
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
        raise InputError(f"{parameter}: {shown(number)} {problem}; allowed: {allowed}")
    return number


def real_number(parameter: str, value: object, *, allowed: str = "a number") -> float:
    """`value` if it is a number, else an InputError that says what is `allowed`."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{parameter}={shown(value)}: must be {allowed}")
    try:
        return float(value)
    except OverflowError:
        raise InputError(f"{parameter}={shown(value)}: must be {allowed}") from None


def text(parameter: str, value: object, *, example: str) -> str:
    """`value` if it is text, else an InputError with an `example` of what is meant."""
    if not isinstance(value, str):
        raise InputError(f"{parameter}={shown(value)}: must be text, such as {example!r}")
    return value


def as_path(parameter: str, value: object, *, what: str) -> Path:
    """`value`, which is text or a path, as a path; else an InputError that says `what` is meant."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{parameter}={shown(value)}: must be {what}")
    return Path(value)
