"""What is measured of decisions under uncertainty: curves over thresholds, and what parameters are worth."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.measure import Line, _best

STRATEGIES, PARAMETERS = 20, 14


def curves(*, draws: int, repeats: int) -> list[Line]:
    """Seconds for EVPI and acceptability of 20 strategies at 501 thresholds."""
    from seedsoil.economics.decision.draws import draws_of
    from seedsoil.economics.decision.winners import winners

    rng = np.random.default_rng(1)
    costs = rng.gamma(4, 5_000, (draws, STRATEGIES))
    effects = rng.normal(5, 1, (draws, STRATEGIES)) + np.linspace(0, 1, STRATEGIES)
    work = partial(winners, draws_of(costs, effects), np.linspace(0, 50_000, 501))
    return [
        Line("EVPI and CEAC, 20 strategies, 501 thresholds", _best(repeats, work), "s", "< 0.3")
    ]


def learning(*, draws: int, repeats: int) -> list[Line]:
    """Seconds for EVPPI, with standard errors, of one parameter and of 14 together."""
    from seedsoil.economics.decision.decision import decision

    rng = np.random.default_rng(1)
    x = rng.normal(size=(draws, PARAMETERS))
    gain = x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + np.sin(2 * x[:, 3]) + x[:, 4:].sum(axis=1) / 5
    parameters = {f"p{j}": x[:, j] for j in range(PARAMETERS)}
    effects = np.column_stack([np.zeros(draws), gain])
    result = decision(np.zeros((draws, 2)), effects, parameters=parameters, at=1.0)
    one = _best(repeats, partial(result.evppi, ["p0"]))
    group = _best(repeats, partial(result.evppi, [list(parameters)]))
    return [
        Line("EVPPI of one parameter, 10,000 draws", one, "s", "< 0.05"),
        Line("EVPPI of 14 parameters together", group, "s", "< 10"),
    ]
