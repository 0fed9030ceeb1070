"""The probabilistic analysis as tables: means over draws, by group, with the interval over draws.

Of what the women of a group cost and gain in each draw, `mean` is the mean over draws and `se` the
Monte-Carlo standard error of that mean. What lies between low and high is 95 % of the draws, without chance
between patients where that is known: the doubt about prices, use, utilities and the disease.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.words import listed, whole
from seedsoil.economics.decision.decision import decision
from seedsoil.economics.decision.partial_information import ALL
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.economics.evaluation import (
    AS_DRAWN,
    CORRECTED,
    EFFECTS,
    ONLY,
    PROBABILISTIC,
    STATES,
    TOTAL,
)
from seedsoil.economics.tables import STANDING_OF
from seedsoil.economics.telling import most_telling
from seedsoil.results.columns import ALL_WOMEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from seedsoil.economics.asked import Asked
    from seedsoil.economics.decision.decision import Decision
    from seedsoil.economics.evaluation import GroupDraws, Psa
    from seedsoil.economics.tables import Frame

    Floats = NDArray[np.float64]
    Rows = list[dict[str, Any]]

FEWEST_WOMEN = 2
"""Women of a group in a draw: of one there is no spread between patients."""


def decisions_of(psa: Psa, asked: Asked) -> dict[str, Decision]:
    """The decision in each group, of the draws that have two women of it or more; all women first.

    Parameters, for the value of information, go with all women alone. A group with fewer than two such draws
    has none.
    """
    found = {}
    for group, draws in psa.groups.items():
        enough = draws.women >= FEWEST_WOMEN
        if enough.sum() < FEWEST_WOMEN:
            continue
        of_all = group == ALL_WOMEN
        told = most_telling(psa, asked.thresholds[0]).names if of_all else ()
        found[group] = decision(
            draws.costs[enough],
            draws.effects[enough],
            names=asked.names,
            parameters=dict(psa.parameters) or None if of_all else None,
            evppi=told or ALL,
            at=asked.thresholds,
            currency=asked.prices.currency,
            noise=PatientNoise.of_draws(draws.noise[enough], draws.women[enough]),
            seed=asked.seed,
        )
    return found


def left_out(psa: Psa) -> list[str]:
    """A sentence for the groups of which some draws have fewer than two women."""
    few = {
        group: int((draws.women < FEWEST_WOMEN).sum())
        for group, draws in psa.groups.items()
        if (draws.women < FEWEST_WOMEN).any()
    }
    if not few:
        return []
    told = listed([f"{whole(count)} of {group}" for group, count in few.items()])
    return [
        f"Of {whole(psa.draws)} draws these have fewer than two women and are left out of their group's "
        f"means: {told}; more women a draw would help."
    ]


def blurred(decisions: Mapping[str, Decision]) -> list[str]:
    """A warning of the groups in which the spread of draws is not told from chance between women."""
    groups = [group for group, found in decisions.items() if found.blurred]
    if not groups:
        return []
    return [
        f"In {listed(groups)} the spread between draws is not told from chance between women. Intervals over "
        "the draws, shares of draws, EVPI and EVPPI are corrected for that chance and may be far too sure: "
        "hand them in only with more women a draw, or more draws."
    ]


def costs_rows(psa: Psa, frame: Frame) -> Rows:
    """Costs by category, with differences from the first strategy, as in `tables.costs_table`."""
    rows = []
    for group, draws, enough in _groups(psa):
        by_category = draws.by_category[enough]
        columns = [*np.moveaxis(by_category, 2, 0), by_category.sum(axis=2)]
        for s, strategy in enumerate(frame.strategies):
            for category, values in zip((*frame.categories, TOTAL), columns, strict=True):
                rows.append(
                    {"basis": PROBABILISTIC, "strategy": strategy, "group": group, "category": category,
                     **_means(values, s)}
                )  # fmt: skip
    return rows


def effects_rows(psa: Psa, frame: Frame) -> Rows:
    """Life years and QALYs by state, as in `tables.effects_table`."""
    rows = []
    for group, draws, enough in _groups(psa):
        by_state = draws.by_state[enough].reshape(
            int(enough.sum()), len(frame.strategies), len(EFFECTS), -1
        )
        for s, strategy in enumerate(frame.strategies):
            for k, measure in enumerate(EFFECTS):
                own = by_state[:, :, k]
                states = [own.sum(axis=2), *np.moveaxis(own, 2, 0)]
                for state, values in zip(("all", *STATES), states, strict=True):
                    rows.append(
                        {"basis": PROBABILISTIC, "strategy": strategy, "group": group, "measure": measure,
                         "state": state, **_means(values, s)}
                    )  # fmt: skip
    return rows


def incremental_rows(decisions: Mapping[str, Decision]) -> Rows:
    """The fully incremental analysis of the means over draws, as in `tables.incremental_table`."""
    rows = []
    for group, found in decisions.items():
        draws = found.draws
        for step in found.frontier:
            s = step.strategy
            row: dict[str, Any] = {
                "basis": PROBABILISTIC,
                "group": group,
                "strategy": found.names[s],
                "cost": step.cost,
                "cost_se": _error(draws.costs[:, s]),
                "qaly": step.effect,
                "qaly_se": _error(draws.effects[:, s]),
                "standing": STANDING_OF[step.status],
            }
            if step.status == "same" and step.by:
                row["against"] = found.names[step.by[0]]
            more = found.step_ratio(step)
            if more is not None and step.against is not None:
                row |= {
                    "against": found.names[step.against],
                    "cost_difference": step.cost_difference,
                    "cost_difference_se": more.cost_se,
                    "cost_difference_low": more.cost_low,
                    "cost_difference_high": more.cost_high,
                    "qaly_difference": step.effect_difference,
                    "qaly_difference_se": more.effect_se,
                    "qaly_difference_low": more.effect_low,
                    "qaly_difference_high": more.effect_high,
                    "icer": step.icer,
                    "icer_low": more.icer_low,
                    "icer_high": more.icer_high,
                }
            rows.append(row)
    return rows


def net_benefit_rows(decisions: Mapping[str, Decision], frame: Frame) -> Rows:
    """Net benefit at every threshold, as in `tables.net_benefit_table`."""
    rows = []
    for group, found in decisions.items():
        draws = found.draws
        for s, strategy in enumerate(frame.strategies):
            for threshold in frame.thresholds:
                level = draws.net_benefit(threshold)[:, s]
                more = draws.increments(threshold)[:, s]
                health = 1.0 / threshold if threshold > 0 else math.nan
                rows.append(
                    {
                        "basis": PROBABILISTIC,
                        "group": group,
                        "strategy": strategy,
                        "threshold": threshold,
                        "nmb": threshold * float(draws.mean_effects[s])
                        - float(draws.mean_costs[s]),
                        "nmb_se": _error(level),
                        "inmb": float(more.mean()),
                        "inmb_se": _error(more),
                        "inhb": float(more.mean()) * health,
                        "inhb_se": _error(more) * health,
                    }
                )
    return rows


def acceptability_rows(decisions: Mapping[str, Decision]) -> Rows:
    """How often each strategy is best, and what the choice may lose, with errors: the result first."""
    rows = []
    for group, found in decisions.items():
        curves = [(ONLY, found)]
        if found.corrected is not None:
            curves = [(CORRECTED, found.corrected), (AS_DRAWN, found)]
        for curve, one in curves:
            for threshold in one.at:
                won = one.winners_at(threshold)
                share_se, loss_se = one.errors_at(threshold)
                for s, strategy in enumerate(one.names):
                    rows.append(
                        {"curve": curve, "group": group, "threshold": threshold, "strategy": strategy,
                         "probability_best": float(won.shares[0, s]),
                         "probability_best_se": float(share_se[s]),
                         "expected_loss": float(won.loss[0] + won.behind[0, s]),
                         "expected_loss_se": float(loss_se[s]),
                         "evpi": float(won.loss[0]), "evpi_se": float(won.loss_se[0])}
                    )  # fmt: skip
    return rows


def evppi_rows(decisions: Mapping[str, Decision]) -> Rows:
    """What learning each number that is looked at would be worth, by threshold, the most first.

    Of all women, with whom alone the parameters go; none where there are fewer draws than a regression needs.
    """
    found = decisions.get(ALL_WOMEN)
    if found is None or not found.learns:
        return []
    return [
        {"parameter": one["parameters"], "threshold": one["threshold"], "evppi": one["evppi"],
         "evppi_se": one["standard_error"], "share_of_evpi": one["share_of_evpi"]}
        for one in found.evppi_table().to_pylist()
    ]  # fmt: skip


def _groups(psa: Psa) -> Iterator[tuple[str, GroupDraws, NDArray[np.bool_]]]:
    for group, draws in psa.groups.items():
        enough = draws.women >= FEWEST_WOMEN
        if enough.sum() >= FEWEST_WOMEN:
            yield group, draws, enough


def _means(values: Floats, s: int) -> dict[str, float]:
    """Mean of a strategy and of its difference from the first, with errors; `values`: [draws, strategies].

    The mean is that of the first and of the difference, so that two that are the same have the same mean.
    """
    more = values[:, s] - values[:, 0]
    return {
        "undiscounted": math.nan,
        "mean": float(values[:, 0].mean() + more.mean()),
        "se": _error(values[:, s]),
        "difference": float(more.mean()),
        "difference_se": _error(more),
    }


def _error(values: Floats) -> float:
    return float(values.std(ddof=1)) / math.sqrt(values.size)
