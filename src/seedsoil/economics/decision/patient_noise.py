"""Chance between patients in simulated means: how much of the spread between draws it is, and its correction.

A draw's mean cost and effect of n simulated women differ from what its parameters imply by chance. So
the spread between draws, var_total = var_parameter + var_patient/n, is too wide, and EVPI and the
acceptability curve are too pessimistic. var_parameter = var_total − var_patient/n (O'Hagan, Stevenson
and Madan 2007, Health Econ 16:1009). The corrected draws are shrunk towards their mean until they have
that spread: one increment by √(var_parameter / var_total), all increments of costs and effects together
by the map that moves them least and gives them the covariance total − patient/n. For normal increments
the bias and what is left of it are known in closed form (Goldhaber-Fiebert, Jalal and Alarid-Escudero
2025, Med Decis Making 45:127). Each draw must have women of its own: where all draws share the same women,
their errors are alike and nothing of this holds.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.display.words import percent
from seedsoil.economics.decision.words import money, plain
from seedsoil.errors import InputError, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.economics.decision.draws import Draws, Floats


@dataclass(frozen=True)
class PatientNoise:
    """The covariance between patients within a draw, and how many patients a draw's means are of.

    `covariance`: `float64[2·strategies, 2·strategies]` of one woman's costs under every strategy, then
    her effects under every strategy, averaged over draws; strategies simulated on the same women covary.
    `women`: a draw's number of women; of unlike numbers the harmonic mean.
    """

    covariance: Floats
    women: float

    @classmethod
    def of_draws(cls, covariance: Any, women: Any) -> PatientNoise:
        """From the covariances within each draw, `float64[draws, 2·strategies, 2·strategies]`, or their mean.

        `women`: one number, or one a draw. Raises InputError for what is no covariance, and numbers
        below 1.
        """
        found = np.asarray(covariance, np.float64)
        if found.ndim == 3:
            found = found.mean(axis=0)
        if found.ndim != 2 or found.shape[0] != found.shape[1] or found.shape[0] % 2:
            raise InputError(
                f"patient noise: a covariance of shape {shown(found.shape)}; give [2·strategies, "
                "2·strategies], "
                "costs of every strategy, then effects"
            )
        if not np.isfinite(found).all() or (np.diag(found) < 0.0).any():
            raise InputError(
                "patient noise: the covariance has missing numbers or variances below 0"
            )
        if not np.allclose(
            found, found.T, rtol=1e-8, atol=1e-12 * float(np.abs(found).max(initial=0.0))
        ):
            raise InputError("patient noise: the covariance is not symmetric")
        numbers = np.atleast_1d(np.asarray(women, np.float64))
        if not (np.isfinite(numbers).all() and (numbers >= 1.0).all()):
            raise InputError(f"women={shown(women)}: must be 1 or more a draw")
        return cls(found, float(1.0 / (1.0 / numbers).mean()))

    @classmethod
    def of_women(cls, costs: Any, effects: Any) -> PatientNoise:
        """From one draw's women: costs and effects, `float64[women, strategies]` each."""
        columns = np.hstack([np.asarray(costs, np.float64), np.asarray(effects, np.float64)])
        return cls.of_draws(np.cov(columns.T), columns.shape[0])

    def of_increments(self, reference: int) -> Floats:
        """The covariance of a draw's mean increments, costs then effects, against a strategy."""
        size = self.covariance.shape[0] // 2
        contrast = np.eye(size)
        contrast[:, reference] -= 1.0
        both = np.kron(np.eye(2), contrast)
        found: Floats = both @ self.covariance @ both.T / self.women
        return found


@dataclass(frozen=True)
class Decomposition:
    """The spread of an incremental net benefit between draws, and what it is made of.

    Standard deviations: `total` between draws, `patient` of chance in a draw's women (σ_e/√n),
    `parameter` what is left; `parameter` is 0 where chance explains the whole. `share`: of the variance,
    due to chance. `se`: Monte-Carlo standard error of the mean; `se_draws`, `se_women`: what it would be
    with twice the draws, and twice the women. `best_women`: σ_e²/σ_p², the number of women a draw at
    which a fixed number of women in all shows the spread of the parameters best (O'Hagan et al. 2007).
    """

    strategy: str
    k: float
    draws: int
    women: float
    total: float
    patient: float
    parameter: float
    share: float
    se: float
    se_draws: float
    se_women: float
    best_women: float

    @property
    def more(self) -> str:
        """What helps more, for the same work: `women` a draw, or `draws`."""
        return "women" if self.women < self.best_women else "draws"

    @property
    def told_apart(self) -> bool:
        """Whether the spread between draws is wider than that of chance by two standard errors."""
        error = self.total**2 * math.sqrt(2.0 / (self.draws - 1))
        return self.total**2 - self.patient**2 > 2.0 * error


def corrected(draws: Draws, noise: PatientNoise) -> Draws:
    """The draws with their increments shrunk to the spread that the parameters alone have.

    Means do not move; the reference keeps its own draws, since a decision hangs on differences alone.
    """
    _fits(draws, noise)
    r = draws.reference
    increments = np.hstack(
        [draws.costs - draws.costs[:, [r]], draws.effects - draws.effects[:, [r]]]
    )
    mean = increments.mean(axis=0)
    shrink = _shrinkage(np.cov(increments.T), noise.of_increments(r))
    moved = _with_the_same(increments, mean + (increments - mean) @ shrink.T)
    size = len(draws.names)
    return dataclasses.replace(
        draws,
        costs=draws.costs[:, [r]] + moved[:, :size],
        effects=draws.effects[:, [r]] + moved[:, size:],
    )


def _with_the_same(increments: Floats, moved: Floats) -> Floats:
    """`moved`, in which what was the same in every draw still is, to the last bit: 0, or another's column."""
    for j, column in enumerate(increments.T):
        first = next(i for i in range(j + 1) if (increments[:, i] == column).all())
        moved[:, j] = moved[:, first] if column.any() else 0.0
    return moved


def _fits(draws: Draws, noise: PatientNoise) -> None:
    if noise.covariance.shape[0] != 2 * len(draws.names):
        raise InputError(
            f"patient noise: a covariance of {noise.covariance.shape[0]} rows for "
            f"{len(draws.names)} strategies; "
            f"it needs {2 * len(draws.names)}, costs of every strategy, then effects"
        )


def _shrinkage(total: Floats, chance: Floats) -> Floats:
    """A with A·total·Aᵀ = total − chance, no less than 0: of such maps the one that moves draws least.

    In units of each increment's own spread, so that it does not depend on the currency.
    """
    spread = np.sqrt(np.diag(total))
    spread[spread == 0.0] = 1.0
    unit = np.outer(spread, spread)
    whole = total / unit
    left = _positive(whole - chance / unit)
    root, inverse = _roots(whole)
    middle = _roots(root @ left @ root)[0]
    found: Floats = inverse @ middle @ inverse * spread[:, None] / spread
    return found


def _positive(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    found: Floats = vectors * np.maximum(values, 0.0) @ vectors.T
    return found


def _roots(matrix: Floats) -> tuple[Floats, Floats]:
    """The symmetric square root and its inverse, of the directions that vary."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    held = values > 1e-12 * max(float(values[-1]), 1e-300)
    sizes = np.sqrt(values[held])
    kept = vectors[:, held]
    return kept * sizes @ kept.T, kept / sizes @ kept.T


def decomposition(draws: Draws, noise: PatientNoise, k: float, strategy: int) -> Decomposition:
    """What the spread of a strategy's incremental net benefit at `k` against the reference is made of."""
    _fits(draws, noise)
    size, count = len(draws.names), draws.count
    weights = np.zeros(2 * size)
    weights[strategy], weights[size + strategy] = -1.0, k
    patient = float(weights @ noise.of_increments(draws.reference) @ weights)
    total = float(draws.increments(k)[:, strategy].var(ddof=1))
    parameter = max(total - patient, 0.0)
    return Decomposition(
        strategy=draws.names[strategy],
        k=k,
        draws=count,
        women=noise.women,
        total=math.sqrt(total),
        patient=math.sqrt(patient),
        parameter=math.sqrt(parameter),
        share=min(patient / total, 1.0) if total else 0.0,
        se=math.sqrt(total / count),
        se_draws=math.sqrt(total / (2 * count)),
        se_women=math.sqrt((parameter + 0.5 * patient) / count),
        best_women=patient * noise.women / parameter
        if parameter
        else (math.inf if patient else 0.0),
    )


def noise_words(parts: Sequence[Decomposition]) -> str:
    """How far chance between patients blurs the result, and whether more draws or women would help."""
    if not parts:
        return ""
    most = max(parts, key=lambda part: part.share)
    if most.total == 0.0:
        return "No strategy differs from the reference in any draw; there is no spread to divide."
    spread = (
        f"Of the spread of net benefit between draws of {most.strategy} (SD {money(most.total)}), "
        f"{percent(most.share, 0)} of the variance is chance between the {plain(most.women, 0)} "
        "women of a draw; "
        f"parameters account for SD {money(most.parameter)}."
    )
    if not most.told_apart:
        # Where little of the spread is chance, it is the draws that are too few to show it.
        short = "women a draw" if most.share > 0.5 else "draws"
        return f"{spread} That is not told apart from chance: simulate more {short}."
    ways = (
        f"With twice the draws the Monte-Carlo error of the mean falls from {money(most.se)} to "
        f"{money(most.se_draws)}, with twice the women to {money(most.se_women)}."
    )
    wanted = plain(max(most.best_women, 1.0), 0)
    more = (
        f"For EVPI and acceptability more women a draw help more, up to about {wanted}"
        if most.more == "women"
        else f"For EVPI and acceptability more draws help more; beyond about {wanted} women a draw add little"
    )
    return f"{spread} {ways} {more}."
