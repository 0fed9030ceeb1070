"""What one cell of a registry extract may hold: parsing and checking, a value at a time.

Every parser returns a number or raises `BadValueError` with the reason in words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from seedsoil.matching.columns import printable

SIZE_BANDS = ("<=20 mm", "20-50 mm", ">50 mm")
"""Bands of the largest diameter, those of T1, T2 and T3: up to 20, over 20 to 50, over 50 mm."""
NODE_GROUPS = ("0 nodes", "1-3 nodes", "4-9 nodes", "10+ nodes")
"""Groups of the number of positive axillary nodes, those of pN0 to pN3 by count."""
SIZE_LIMITS_MM = (20.0, 50.0)
NODE_LIMITS = (1, 4, 10)
YOUNGEST, OLDEST = 18.0, 110.0
LARGEST_DIAMETER_MM = 300.0
MOST_NODES = 100

MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", ".", "?", "unknown", "missing", "nk"))
POSITIVE = frozenset(("positive", "pos", "+", "p", "yes", "true"))
NEGATIVE = frozenset(("negative", "neg", "-", "n", "no", "false"))

_SIZE_WORDS = {
    "<=20": 0, "<20": 0, "0-20": 0, "1-20": 0, "<=2cm": 0,
    "20-50": 1, "21-50": 1, ">20-50": 1, "2-5cm": 1,
    ">50": 2, ">=50": 2, "50+": 2, "51+": 2, ">5cm": 2,
}  # fmt: skip
_NODE_WORDS = {
    "n0": 0, "n1": 1, "n2": 2, "n3": 3,
    "1-3": 1, "4-9": 2, "10+": 3, ">=10": 3, ">9": 3,
}  # fmt: skip
_T_CATEGORY = re.compile(r"^(?:yp|p|c)?t?([1-4])(?:mi|[a-d])?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+$")


class BadValueError(ValueError):
    """A cell that cannot be used; the message says why."""


class Numbers:
    """Reads numbers, with a decimal point or, throughout a column, a decimal comma."""

    def __init__(self) -> None:
        self.comma: dict[str, int] = {}
        self.point: dict[str, int] = {}

    def read(self, text: str, column: str, line: int) -> float:
        """The finite number in `text`; remembers which decimal sign the column uses, and where."""
        if _DECIMAL_COMMA.match(text):
            self.comma.setdefault(column, line)
            text = text.replace(",", ".")
        elif "." in text:
            self.point.setdefault(column, line)
        try:
            value = float(text)
        except ValueError:
            raise BadValueError(f"{column} is '{printable(text)}': not a number") from None
        if not math.isfinite(value) or "_" in text:
            raise BadValueError(f"{column} is '{printable(text)}': not a finite number")
        return value

    def mixed(self) -> str | None:
        """What is wrong where a column uses both signs, naming the later of the two first lines."""
        for column, line in self.comma.items():
            if column in self.point:
                other = self.point[column]
                late, sign = (line, "comma") if line > other else (other, "point")
                return (
                    f"line {late}: {column} has a decimal {sign}, earlier lines the other sign; "
                    "one file must use one decimal sign"
                )
        return None


Parser = Callable[[str, str, int], float]


def _present(text: str, column: str) -> str:
    if text.lower() in MISSING:
        raise BadValueError(f"{column} is missing" + (f" ('{printable(text)}')" if text else ""))
    return text


def age(numbers: Numbers) -> Parser:
    """Age at diagnosis in years, 18 to 110."""

    def parse(text: str, column: str, line: int) -> float:
        value = numbers.read(_present(text, column), column, line)
        if not YOUNGEST <= value <= OLDEST:
            raise BadValueError(
                f"{column} is {printable(text)}: allowed {YOUNGEST:g} to {OLDEST:g} years"
            )
        return value

    return parse


def size(numbers: Numbers, as_stage: bool) -> Parser:
    """Diameter in mm; or a band, returned as -1, -2, -3 for the first, second and third.

    `as_stage`: a bare 1, 2, 3 is a T category.
    """

    def parse(text: str, column: str, line: int) -> float:
        word = _present(text, column).lower().replace(" ", "").replace("≤", "<=").replace("≥", ">=")
        word = word.replace("–", "-").removesuffix("mm")
        if word in _SIZE_WORDS:
            return -1.0 - _SIZE_WORDS[word]
        category = _T_CATEGORY.match(word)
        if category and (as_stage or "t" in word):
            if category[1] == "4":
                raise BadValueError(f"{column} is '{text}': only T1, T2 and T3 are simulated")
            return -float(category[1])
        if as_stage:
            raise BadValueError(f"{column} is '{printable(text)}': allowed T1, T2, T3")
        try:
            value = numbers.read(word, column, line)
        except BadValueError:
            raise BadValueError(
                f"{column} is '{printable(text)}': allowed a diameter in mm, <=20, 20-50, >50, T1, T2, T3"
            ) from None
        if not 0.0 < value <= LARGEST_DIAMETER_MM:
            raise BadValueError(
                f"{column} is {printable(text)}: allowed over 0 to {LARGEST_DIAMETER_MM:g} mm"
            )
        return value

    return parse


def nodes(numbers: Numbers) -> Parser:
    """The node group, 0 to 3, from a count of positive nodes, 1-3, 4-9, 10+, or N0 to N3."""

    def parse(text: str, column: str, line: int) -> float:
        word = _present(text, column).lower().replace(" ", "").replace("–", "-").removeprefix("p")
        if word in _NODE_WORDS:
            return float(_NODE_WORDS[word])
        value = numbers.read(word, column, line)
        if value < 0 or value != int(value) or value > MOST_NODES:
            raise BadValueError(
                f"{column} is {printable(text)}: allowed a whole number, 0 to {MOST_NODES}"
            )
        return float(sum(value >= limit for limit in NODE_LIMITS))

    return parse


def receptor(numbers: Numbers) -> Parser:
    """A receptor: -1 for a word meaning negative, -2 for positive, else the number (0 or more).

    What a number means (0/1, or an amount against a cut) is known only when the column is read.
    """

    def parse(text: str, column: str, line: int) -> float:
        word = _present(text, column).lower()
        word = word.removeprefix("her2").removeprefix("er").strip()
        if word in POSITIVE:
            return -2.0
        if word in NEGATIVE:
            return -1.0
        try:
            value = numbers.read(word, column, line)
        except BadValueError:
            raise BadValueError(
                f"{column} is '{printable(text)}': allowed a number, positive, negative, + or -"
            ) from None
        if value < 0:
            raise BadValueError(f"{column} is {printable(text)}: an amount cannot be negative")
        return value

    return parse


def flag(numbers: Numbers, words: bool) -> Parser:
    """0 or 1; with `words` also positive, negative, yes, no, +, -."""

    def parse(text: str, column: str, line: int) -> float:
        word = _present(text, column).lower()
        if words and word in POSITIVE:
            return 1.0
        if words and word in NEGATIVE:
            return 0.0
        try:
            value = numbers.read(word, column, line)
        except BadValueError:
            value = -1.0
        if value not in (0.0, 1.0):
            more = ", positive, negative, + or -" if words else ""
            raise BadValueError(f"{column} is '{printable(text)}': allowed 0 or 1{more}")
        return value

    return parse


def follow_up(numbers: Numbers) -> Parser:
    """Time from diagnosis to event or censoring, over 0, in the file's unit."""

    def parse(text: str, column: str, line: int) -> float:
        value = numbers.read(_present(text, column), column, line)
        if value < 0:
            raise BadValueError(f"{column} is {printable(text)}: a time cannot be negative")
        if value == 0:
            raise BadValueError(f"{column} is 0: a woman without follow-up tells nothing")
        return value

    return parse
