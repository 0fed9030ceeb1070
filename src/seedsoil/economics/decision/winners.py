"""Which strategy is best in each draw as the threshold rises, and what the best choice on average loses.

In one draw the net benefit of a strategy is a line in the threshold k: k·effect − cost. The best
strategy is the upper envelope of these lines: as k rises it changes at most once a strategy, each time
to a strategy of greater effect. So the changes are found once, and not the best of all strategies at
every threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from seedsoil.economics.decision.draws import Draws, Floats

TIE = 1e-12
"""Net benefits that differ by less than this share of the largest number they are made of are equal."""
_NEAR = 1e-9  # a change this near to a threshold, relatively, is looked at for a tie

Indices = NDArray[np.int64]


class Winners(NamedTuple):
    """By threshold: the best choice on average, how often each strategy is best, what that choice loses.

    `best`: `int64[thresholds]`, the strategy of the highest mean net benefit; of equals the reference,
    then the first. `shares`: `float64[thresholds, strategies]`; strategies that tie in a draw share it
    equally. `loss` and `loss_se`: `float64[thresholds]`, mean over draws of the best net benefit less
    that of `best`, and its standard error. `behind`: `float64[thresholds, strategies]`, mean net benefit
    of `best` less that of each.
    """

    best: Indices
    shares: Floats
    loss: Floats
    loss_se: Floats
    behind: Floats


def winners(draws: Draws, thresholds: Floats) -> Winners:
    """The best strategies at each of `thresholds`, which ascend."""
    r = draws.reference
    cost = np.ascontiguousarray((draws.costs - draws.costs[:, [r]]).T)
    effect = np.ascontiguousarray((draws.effects - draws.effects[:, [r]]).T)
    strategies, count = cost.shape
    best, behind = _best_on_average(cost, effect, thresholds, r)
    won, changes = _changes(cost, effect, thresholds)
    tied = _same_in_pairs(cost, effect)
    shares = np.empty((thresholds.size, strategies))
    loss, loss_se = np.empty(thresholds.size), np.empty(thresholds.size)
    everyone = np.arange(count)
    won_cost, won_effect = cost[won, everyone], effect[won, everyone]
    for t, k in enumerate(thresholds):
        draw, to, near = changes[t]
        won[draw] = to
        won_cost[draw], won_effect[draw] = cost[won[draw], draw], effect[won[draw], draw]
        chosen = k * effect[best[t]] - cost[best[t]]
        lost = np.maximum(k * won_effect - won_cost - chosen, 0.0)
        loss[t], loss_se[t] = lost.mean(), lost.std(ddof=1) / np.sqrt(count)
        shares[t] = _shares(won, np.union1d(tied, near), k, cost, effect)
    return Winners(best, shares, loss, loss_se, behind)


def _best_on_average(
    cost: Floats, effect: Floats, thresholds: Floats, reference: int
) -> tuple[Indices, Floats]:
    mean_cost, mean_effect = cost.mean(axis=1), effect.mean(axis=1)
    mean = thresholds[:, None] * mean_effect - mean_cost
    slack = TIE * (thresholds * np.abs(mean_effect).max() + np.abs(mean_cost).max())
    equal = mean >= mean.max(axis=1, keepdims=True) - slack[:, None]
    order = np.array([reference, *(j for j in range(cost.shape[0]) if j != reference)])
    best = order[equal[:, order].argmax(axis=1)]
    ahead = np.take_along_axis(mean, best[:, None], axis=1)
    return best.astype(np.int64), ahead - mean


def _changes(
    cost: Floats, effect: Floats, thresholds: Floats
) -> tuple[Indices, list[tuple[Indices, Indices, Indices]]]:
    """The best strategy of each draw below the first threshold's end, and by threshold what changes by it.

    Of each threshold: the draws that change, to which strategy, and the draws that may tie there.
    """
    count = cost.shape[1]
    first = thresholds[0] * effect - cost
    slack = TIE * (abs(thresholds[0]) * np.abs(effect).max() + np.abs(cost).max())
    # Of strategies that tie at the first threshold the one of least effect: the others then overtake
    # it there.
    start = np.where(first >= first.max(axis=0) - slack, effect, np.inf).argmin(axis=0)
    width = float(thresholds[-1] - thresholds[0]) or max(abs(float(thresholds[0])), 1.0)
    last = thresholds[-1] + _NEAR * width
    current, active = start.copy(), np.arange(count)
    found: list[tuple[Indices, Indices, Floats]] = []
    while active.size:
        gain = effect[:, active] - effect[current[active], active]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            at = (cost[:, active] - cost[current[active], active]) / gain
        at[~(gain > 0.0)] = np.inf
        soonest = at.min(axis=0)
        following = np.where(at <= soonest, gain, -np.inf).argmax(axis=0)
        overtaken = soonest <= last
        active, following = active[overtaken], following[overtaken]
        current[active] = following
        found.append((active, following, soonest[overtaken]))
    draw, to, at = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(at, kind="stable")
    draw, to, at = draw[order], to[order], at[order]
    # A change is in force from the first threshold that is not below it.
    bounds = np.searchsorted(at, thresholds, side="right")
    near_from = np.searchsorted(at, thresholds - _NEAR * width, side="left")
    near_to = np.searchsorted(at, thresholds + _NEAR * width, side="right")
    starts = np.concatenate([[0], bounds[:-1]])
    return start, [
        (draw[a:b], to[a:b], draw[c:d])
        for a, b, c, d in zip(starts, bounds, near_from, near_to, strict=True)
    ]


def _same_in_pairs(cost: Floats, effect: Floats) -> Indices:
    """The draws in which two strategies have the same cost and effect."""
    same = np.zeros(cost.shape[1], np.bool_)
    for j in range(1, cost.shape[0]):
        same |= ((cost[:j] == cost[j]) & (effect[:j] == effect[j])).any(axis=0)
    return np.flatnonzero(same)


def _shares(won: Indices, doubtful: Indices, k: float, cost: Floats, effect: Floats) -> Floats:
    """The share of draws in which each strategy is best; those that may tie are compared anew."""
    strategies, count = cost.shape
    counts = np.bincount(won, minlength=strategies).astype(np.float64)
    if doubtful.size:
        counts -= np.bincount(won[doubtful], minlength=strategies)
        size = k * np.abs(effect[:, doubtful]) + np.abs(cost[:, doubtful])
        benefit = k * effect[:, doubtful] - cost[:, doubtful]
        equal = benefit >= benefit.max(axis=0) - TIE * size.max(axis=0)
        counts += (equal / equal.sum(axis=0)).sum(axis=1)
    found: Floats = counts / count
    return found
