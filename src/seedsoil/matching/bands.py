"""Numbers given as bands: `30-39`, `85+`, `<=20`, `>50`, `(20,50]`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = r"(\d+(?:[.]\d+)?)"
_FROM_TO = re.compile(rf"^(>)?{_NUMBER}(?:-|to){_NUMBER}$")
_CUT = re.compile(rf"^([\[(]){_NUMBER}[,;]{_NUMBER}([\])])$")
_BELOW = re.compile(rf"^(<=|<|upto|under|lessthan|below){_NUMBER}$")
_ABOVE = re.compile(rf"^(>=|>|over|morethan|above){_NUMBER}$")
_AND_MORE = re.compile(rf"^{_NUMBER}(?:\+|andover|andmore|andolder|ormore)$")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATE = re.compile(rf"^(?:\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{1,2}})$")


@dataclass(frozen=True)
class Band:
    """From `low` to `high`; an open end leaves its own number out."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False


def tidy(text: str) -> str:
    """The text in lower case, without spaces, with `<=`, `>=` and `-` for their typographic forms."""
    word = "".join(text.lower().split()).replace("≤", "<=").replace("≥", ">=")
    return word.replace("=<", "<=").replace("=>", ">=").replace("–", "-").replace("—", "-")


def parse_band(word: str) -> Band | None:
    """The band in `word`, which is `tidy`; None if it is none."""
    if found := _FROM_TO.match(word):
        band = Band(float(found[2]), float(found[3]), low_open=bool(found[1]))
    elif found := _CUT.match(word):
        band = Band(float(found[2]), float(found[3]), found[1] == "(", found[4] == ")")
    elif found := _BELOW.match(word):
        band = Band(0.0, float(found[2]), high_open=found[1] in ("<", "under", "lessthan", "below"))
    elif found := _ABOVE.match(word):
        band = Band(float(found[2]), math.inf, low_open=found[1] != ">=")
    elif found := _AND_MORE.match(word):
        band = Band(float(found[1]), math.inf)
    else:
        return None
    return band if band.low <= band.high else None


def looks_like_a_date(text: str) -> bool:
    """Whether a spreadsheet seems to have made a date of a band: 3-Jan for 1-3."""
    return bool(_DATE.match(tidy(text)))
