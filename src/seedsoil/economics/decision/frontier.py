"""Full incremental analysis: which strategies are dominated, and what the next step up the frontier costs.

Strategies in order of cost. One is *dominated* where another costs no more and gives no less, and is
better in one of the two; it is *extendedly dominated* where a mixture of two others is, that is, where
it lies above the lower convex hull of cost over effect. ICERs are of neighbours on that hull: they rise
from step to step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Status = Literal["frontier", "dominated", "extendedly dominated", "same"]


@dataclass(frozen=True)
class Step:
    """One strategy of the full incremental analysis; strategies are indices.

    `status`: on the frontier, dominated, extendedly dominated, or the same as an earlier one. `by`: the
    strategy that dominates it, the two whose mixtures do, or the one that it is the same as. `against`:
    the one before it on the frontier, with which its increments and `icer` (cost per unit of effect) are
    taken; None for the first of the frontier and for strategies that are not on it, which enter no
    ratio.
    """

    strategy: int
    cost: float
    effect: float
    status: Status
    by: tuple[int, ...] = ()
    against: int | None = None
    cost_difference: float | None = None
    effect_difference: float | None = None
    icer: float | None = None


def frontier(costs: Sequence[float], effects: Sequence[float]) -> list[Step]:
    """The full incremental analysis of mean costs and effects, by ascending cost.

    Of strategies with the same cost and effect the first stands for all.

    Examples:
        >>> steps = frontier([0.0, 1_000.0, 2_600.0, 3_000.0], [1.0, 1.5, 1.6, 1.8])
        >>> [(step.strategy, step.status) for step in steps]
        [(0, 'frontier'), (1, 'frontier'), (2, 'extendedly dominated'), (3, 'frontier')]
        >>> round(steps[3].icer)
        6667
    """
    order = sorted(range(len(costs)), key=lambda j: (costs[j], -effects[j], j))
    status: dict[int, tuple[Status, tuple[int, ...]]] = {}
    kept: list[int] = []
    for j in order:
        if not kept or effects[j] > effects[kept[-1]]:
            kept.append(j)
        elif costs[j] == costs[kept[-1]] and effects[j] == effects[kept[-1]]:
            status[j] = ("same", (kept[-1],))
        else:
            # the cheapest strategy that gives no less
            by = next(i for i in kept if effects[i] >= effects[j])
            same = next(
                (
                    i
                    for i in order[: order.index(j)]
                    if (costs[i], effects[i]) == (costs[j], effects[j])
                ),
                None,
            )
            status[j] = ("dominated", (by,)) if same is None else ("same", (same,))
    hull: list[int] = []
    for j in kept:
        while len(hull) > 1 and not _slope(costs, effects, hull[-2], hull[-1]) < _slope(
            costs, effects, hull[-1], j
        ):
            hull.pop()
        hull.append(j)
    for j in kept:
        if j not in hull:
            below = max((i for i in hull if effects[i] < effects[j]), key=lambda i: effects[i])
            above = min((i for i in hull if effects[i] > effects[j]), key=lambda i: effects[i])
            status[j] = ("extendedly dominated", (below, above))
    steps = []
    for j in order:
        if j in status:
            steps.append(Step(j, costs[j], effects[j], *status[j]))
            continue
        place = hull.index(j)
        if place == 0:
            steps.append(Step(j, costs[j], effects[j], "frontier"))
            continue
        i = hull[place - 1]
        steps.append(
            Step(
                j,
                costs[j],
                effects[j],
                "frontier",
                against=i,
                cost_difference=costs[j] - costs[i],
                effect_difference=effects[j] - effects[i],
                icer=_slope(costs, effects, i, j),
            )
        )
    return steps


def icers_of(steps: Sequence[Step]) -> list[float]:
    """The ICERs of the frontier, which rise: the thresholds at which the best choice changes."""
    return [step.icer for step in steps if step.icer is not None]


def _slope(costs: Sequence[float], effects: Sequence[float], one: int, other: int) -> float:
    return (costs[other] - costs[one]) / (effects[other] - effects[one])
