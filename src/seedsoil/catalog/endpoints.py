"""Endpoints of trials: which there are, in what unit, and between which limits a published value lies."""

from __future__ import annotations

import re
from typing import NamedTuple


class Endpoint(NamedTuple):
    """The unit of an endpoint and its legal range."""

    unit: str
    low: float
    high: float


_MONTHS = Endpoint("months", 0.1, 240.0)
_SHARE = Endpoint("share", 0.0, 1.0)
_RATIO = Endpoint("hazard ratio", 0.02, 20.0)

_CURVES = (
    "pfs",
    "os",
    "ttp",
    "dor",
    "chemo_free",
    "cns_pfs",
    "pfs2",
    "brain_or_death",
    "on_treatment",
)
"""Times to an event: each has a median, a hazard ratio and shares at a month."""
_SHARES = (
    "orr",
    "orr_measurable",
    "cr",
    "pd_best",
    "dcr",
    "cbr",
    "intracranial_orr",
    "grade3_plus",
    "discontinuation",
    "post_therapy",
    "post_chemo",
    "time_on_treatment",
    "died_on_treatment",
    "esr1_at_enrolment",
    "esr1_at_progression",
    "esr1_polyclonal",
    "esr1_rising",
    "brain_at_enrolment",
)
RATES = ("orr", "orr_measurable", "cr", "pd_best", "dcr", "cbr")
"""Rates of response, which have a denominator: all women, or those with measurable disease."""
NAMED: dict[str, Endpoint] = {
    **{f"{curve}_median": _MONTHS for curve in _CURVES},
    "esr1_lead_median": _MONTHS,
    **dict.fromkeys(_SHARES, _SHARE),
    "pfs_os_correlation": Endpoint("rank correlation", -1.0, 1.0),
    "lines_received": Endpoint("lines", 1.0, 20.0),
    **{f"{curve}_hr": _RATIO for curve in _CURVES},
}
"""Endpoints without a number in their name."""

_NUMBERED = re.compile(
    rf"(?:{'|'.join(_CURVES)})_at_\d+|(?:responded|brain)_by_\d+|attrition_[1-9]"
)
"""Shares at a month (pfs_at_12, brain_by_32) and of those whose line N was the last (attrition_1)."""

EXAMPLES = (*NAMED, "pfs_at_12", "os_at_24", "on_treatment_at_12", "brain_by_32", "attrition_1")


def endpoint(name: str) -> Endpoint | None:
    """What is known of the endpoint `name`, or None if there is none."""
    if name in NAMED:
        return NAMED[name]
    return _SHARE if _NUMBERED.fullmatch(name) else None


def is_comparison(name: str) -> bool:
    """Whether the endpoint compares two arms (a hazard ratio) and is not of one arm."""
    return name.endswith("_hr")
