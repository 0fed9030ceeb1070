"""What the model misses of a trial's results by the posterior's own account, in prediction intervals.

    T(y) = T(y simulated) + N(0, (s_G δ)²)

δ: the discrepancy that was stated for results of the kind G when the posterior was made; s_G: its scale,
which the posterior inferred from the calibration trials (median). T is the scale of that likelihood: log-odds
of shares, logarithms of hazard ratios; a median is compared as the share without the event at the published
median, which is to be a half. Nothing is said where the posterior's file does not tell both, nor of kinds of
results that it was not made of.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.elementary import log_each
from seedsoil.trials.endpoints import CURVE, Result, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seedsoil.trials.batched_survival import Floats
    from seedsoil.trials.endpoints import Reports
    from seedsoil.trials.replicates import Replicates

RECORD = "trial_discrepancy"
"""Under what the record of a posterior tells it: by kind `stated` and `scale` (5 %, median, 95 %)."""
CURVES = {"pfs": "pfs", "ttp": "pfs", "dor": "pfs", "chemo_free": "pfs", "os": "os"}
"""Curves that have a discrepancy, and whose it is: a response lasts until progression-free survival ends."""
RESPONSES = ("orr", "orr_measurable", "cr", "pd_best")
RATIOS = re.compile(r"esr1_at_progression|attrition_[123]|brain_at_enrolment|brain_by_\d+")
_LEAST_RATIO = 1e-6
UNVERIFIED = 1.5
"""A result that was not verified at its source may be missed by half as much again."""


def kind_of(endpoint: str) -> str | None:
    """The kind of result by which discrepancy is stated; None where it is for none."""
    curve = CURVE.fullmatch(endpoint)
    if curve is not None and curve[1] in CURVES:
        return "hr" if curve[2] == "hr" else CURVES[curve[1]]
    if endpoint in RESPONSES:
        return "response"
    return "other" if RATIOS.fullmatch(endpoint) else None


def allowances(record: Mapping[str, Any]) -> dict[str, float]:
    """By kind, the standard deviation on the scale of the likelihood; empty where none is told."""
    told = record.get(RECORD, {})
    return {kind: float(one["stated"]) * float(one["scale"][1]) for kind, one in told.items()}


def medians_of(wanted: Iterable[Wanted]) -> set[float]:
    """Published medians, months: where the share without the event is to be a half."""
    return {
        one.entry.value
        for one in wanted
        if one.entry is not None and one.endpoint.endswith("_median") and kind_of(one.endpoint)
    }


def with_allowance(
    results: Iterable[Result],
    wanted: Iterable[Wanted],
    drawn: Reports,
    allowed: Mapping[str, float],
) -> list[Result]:
    """The results with whether 95 and 90 % of trials, with the discrepancy `allowed`, hold the published."""
    found = []
    for result, one in zip(results, wanted, strict=True):
        kind = kind_of(one.endpoint)
        if result.inside is None or one.entry is None or kind is None or kind not in allowed:
            found.append(result)
            continue
        sd = allowed[kind] * (1.0 if one.entry.verified else UNVERIFIED)
        tail = _tail(one, drawn[one.reading][one.group], sd)
        inside, inside_90 = (tail >= 0.5 * (1.0 - level) for level in (0.95, 0.90))
        found.append(replace(result, allowed_inside=inside, allowed_inside_90=inside_90))
    return found


def _tail(one: Wanted, drawn: Replicates, sd: float) -> float:
    """The share of predictions on that side of the published value, and at it, on which there are fewer.

    It is the mean over the trials of the normal's tail, so that no further random numbers are drawn.
    """
    from scipy.special import ndtr

    assert one.entry is not None
    first, last = one.entry.limits
    if one.endpoint.endswith("_hr"):
        simulated = log_each(drawn.endpoint(one.endpoint, one.arm))
        low, high = (math.log(max(end, _LEAST_RATIO)) for end in (first, last))
    else:
        # half a woman keeps the log-odds of none, and of all, finite
        least = 0.5 / np.maximum(drawn.arms[one.arm].women, 1)
        name = one.endpoint
        if name.endswith("_median"):
            name = f"{name.removesuffix('_median')}_at_{one.entry.value:g}"
            first = last = 0.5
        simulated = _log_odds(np.clip(drawn.endpoint(name, one.arm), least, 1.0 - least))
        edge = float(least.min())
        low, high = _log_odds(np.clip([first, last], edge, 1.0 - edge)).tolist()
    simulated = simulated[np.isfinite(simulated)]
    if simulated.size == 0:
        return 0.0
    below, above = ndtr((high - simulated) / sd).mean(), ndtr((simulated - low) / sd).mean()
    return float(min(below, above))


def _log_odds(share: Floats) -> Floats:
    return log_each(share / (1.0 - share))
