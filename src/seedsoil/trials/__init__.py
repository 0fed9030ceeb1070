"""Clinical trials as they are run: what a trial of its own size reports, and how far that is chance.

`trial()` simulates a trial of the catalog, or of a user's file, and lays it beside what was published.
Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = [
    "Enrolment",
    "Result",
    "Simulated",
    "TrialResult",
    "Wanted",
    "enough_for",
    "enrol",
    "find_trial",
    "published",
    "simulated_arms",
    "trial",
    "trials_table",
]

if TYPE_CHECKING:
    from seedsoil.trials.compared import (
        Result,
        Simulated,
        Wanted,
        published,
    )
    from seedsoil.trials.enrolment import Enrolment, enough_for, enrol
    from seedsoil.trials.named import find_trial, trials_table
    from seedsoil.trials.simulated import TrialResult, simulated_arms, trial

_HOME = {
    "Enrolment": "enrolment",
    "Result": "compared",
    "Simulated": "compared",
    "TrialResult": "simulated",
    "Wanted": "compared",
    "enough_for": "enrolment",
    "enrol": "enrolment",
    "find_trial": "named",
    "published": "compared",
    "simulated_arms": "simulated",
    "trial": "simulated",
    "trials_table": "named",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'seedsoil.trials' has no attribute {name!r}")
    value = getattr(import_module(f"seedsoil.trials.{_HOME[name]}"), name)
    globals()[name] = value
    return value
