"""What a strategy costs and gains over the draws of the probabilistic analysis: numbers and chance apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedsoil.results.draws import FEWEST, OverDraws, over_draws
from seedsoil.results.draws_section import Told

if TYPE_CHECKING:
    from seedsoil.economics.evaluation import EvaluationData, Psa

_KNOWN = {
    "posterior": "prices, use, utilities and the numbers of the model, these jointly from its posterior",
    "fixed": "prices, use and utilities",
}
"""By how the model's numbers are drawn: what differs between draws."""


def increments_over_draws(evaluation: EvaluationData) -> Told | None:
    """Incremental costs and QALYs of each strategy, as a report shows them; None where nothing was drawn.

    The error of a draw is that of its women, who are the same under all strategies: of the difference.
    """
    psa = evaluation.psa
    if psa is None or psa.draws < FEWEST:
        return None
    found = []
    for j, name in enumerate(evaluation.strategies):
        if name != evaluation.reference:
            found += _increments(psa, j, name, evaluation)
    if not found:
        return None
    drawn = _KNOWN.get(psa.drawn, "prices, use, utilities and the numbers of the model")
    return Told(found, psa.draws, psa.simulated, differences=True, of="sets", unknown=drawn)


def _increments(psa: Psa, j: int, name: str, evaluation: EvaluationData) -> list[OverDraws]:
    """What the strategy `j` costs and gains more than the reference; nothing where it is the same."""
    r = evaluation.strategies.index(evaluation.reference)
    strategies = len(evaluation.strategies)
    made = []
    for words, unit, values, at in (
        ("more cost of", evaluation.currency, psa.costs, 0),
        ("more QALYs of", "QALYs", psa.effects, strategies),
    ):
        more = values[:, j] - values[:, r]
        one, other = at + j, at + r
        variance = (
            psa.noise[:, one, one] + psa.noise[:, other, other] - 2.0 * psa.noise[:, one, other]
        )
        if more.any() or variance.any():
            errors = np.sqrt(np.maximum(variance, 0.0) / psa.women)
            made.append(over_draws(f"{words} {name}", more, errors, unit=unit))
    return made
