"""What a trial says of all its women at large n, over draws of the posterior: parameters and chance apart.

Of each draw every woman takes part in every arm, so that the Monte-Carlo error is that of as many women as
enrol in the draw, and not that of one trial: what a single trial would report is its prediction interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seedsoil.display.words import listed
from seedsoil.results.draws import OverDraws, over_draws
from seedsoil.trials.endpoints import (
    ALL,
    ALWAYS,
    ALWAYS_COMPARED,
    Simulated,
    Wanted,
    conduct,
    predicted,
    published,
    reason_not_given,
    without_number,
)
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import expected_groups
from seedsoil.trials.words import endpoint_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seedsoil.catalog import Trial

RESAMPLES = 20
"""Resamples for the Monte-Carlo error in one draw: over 20 draws or more their mean is told to 4 %."""
_USUAL = (*ALWAYS, *ALWAYS_COMPARED)
_ALL_WOMEN = Group(None, frozenset({"pfs", "os"}), frozenset({"pfs", "os"}), frozenset({"orr"}))


class Headlines(NamedTuple):
    """Medians, rates of response and hazard ratios of all women over `draws` draws.

    `women`: simulated women who enrolled in the draw that has fewest. `not_told`: what has no interval, with
    the reason, a sentence each.
    """

    found: tuple[OverDraws, ...] = ()
    draws: int = 0
    women: int = 0
    not_told: tuple[str, ...] = ()


Measured = dict[tuple[str, str], tuple[float, float]]
"""By arm and endpoint: the value of one draw and its Monte-Carlo error."""


def measured(arms: Simulated, *, trial: str, seed: int) -> Measured:
    """The headlines of one draw; `trial` names its random numbers."""
    spec = arms.trial
    asked = dict.fromkeys(
        (one.arm, one.endpoint)
        for one in (*published(spec), *predicted(spec))
        if one.endpoint in _USUAL
    )
    given = [one for one in asked if not reason_not_given(Wanted(*one), arms)]
    found = expected_groups(
        arms.arms, conduct(spec), {ALL: _ALL_WOMEN}, trial=trial, seed=seed, resamples=RESAMPLES,
        reference=arms.reference,
    )[ALL]  # fmt: skip
    told: Measured = {}
    for arm, endpoint in given:
        values = found.endpoint(endpoint, arm)
        told[arm, endpoint] = float(values[0]), monte_carlo_error(values[1:])
    return told


def monte_carlo_error(resampled: NDArray[np.float64]) -> float:
    """Standard deviation of resampled values; NaN where one of them is not reached."""
    return float(np.std(resampled, ddof=1)) if np.isfinite(resampled).all() else math.nan


def headlines(
    spec: Trial, each: Sequence[Mapping[tuple[str, str], tuple[float, float]]], women: int
) -> Headlines:
    """What the draws `each` say together; one that is not finite in every draw is named and not told."""
    found, missing = [], []
    for arm, endpoint in dict.fromkeys(key for one in each for key in one):
        values = [one.get((arm, endpoint), (np.nan, np.nan)) for one in each]
        result = without_number(Wanted(arm, endpoint), spec, "")
        name = f"{endpoint_words(endpoint)}, {result.arm}"
        known = sum(bool(np.isfinite(one).all()) for one in values)
        if known == len(values):
            found.append(
                over_draws(
                    name, [v for v, _ in values], [error for _, error in values], unit=result.unit
                )
            )
        else:
            missing.append(f"{name} (not reached, or not known so well, in {len(values) - known})")
    not_told: tuple[str, ...] = ()
    if missing:
        not_told = (
            f"Without an interval, because a number has to be known in each of the {len(each)} draws: "
            f"{listed(missing)}.",
        )
    return Headlines(tuple(found), len(each), women, not_told)
