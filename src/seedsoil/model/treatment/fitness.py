"""Fitness of a woman, as performance status is in life: who has a further line, who enters a trial, who dies.

    F = H - s · organs with symptoms - l · lines before - b ln(1 + λ/λ₁),     H = z - a (age - 60)/10

λ is the hazard of death that her metastases are to her, a year: disease that is close to killing her keeps
her in bed, and out of trials. H, her health, weighs on death. The rest does not: the burden behind symptoms
and λ does already, and a drug that does nothing must kill nobody. z is her own normal deviate. It is
correlated with the one behind the time of her death from other causes, so that fit women live longer while
the life table stays as it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.vocabulary import METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Parameters, State, Woman

WORST_ECOG = 4
_OLD = 60.0  # age at which F is z alone
_YOUNG = 50.0  # age up to which women take part in trials alike


@compiled
def own_deviate(p: Parameters, c: Constants, patient: int) -> float:
    """z, a standard normal: high in women whom other causes leave long."""
    a, _, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.OTHER_DEATH, 0, 0)
    b, _, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.FITNESS, 0, 0)
    r = c.fitness_background
    # the time of the other death falls with `a`
    return float(math.sqrt(1.0 - r * r) * random.normal(b) - r * random.normal(a))


@inlined
def health_now(c: Constants, woman: Woman, s: State) -> float:
    """H at the start of the period, or of the line that is to start."""
    return float(s.own_fitness - c.fitness_per_decade * (woman.age + s.time - _OLD) / 10.0)


@inlined
def fitness_for_line(c: Constants, woman: Woman, s: State) -> float:
    """F when the line after `s.line` is to start."""
    symptomatic = 0
    for organ in range(METASTATIC_ORGANS):
        if s.n_symptoms[organ] > 0:
            symptomatic += 1
    return float(
        health_now(c, woman, s)
        - c.fitness_per_symptom * symptomatic
        - c.fitness_per_line * s.line
        - c.fitness_per_burden * math.log1p(s.hazard / c.fitness_burden_hazard)
    )


@inlined
def ecog_of(c: Constants, fitness: float) -> int:
    """The ECOG performance status: 0 fully active, 1 restricted, 2 up for most of the day, 3, 4 bedridden."""
    ecog = 0
    while ecog < WORST_ECOG and fitness < c.fitness_least[ecog]:
        ecog += 1
    return ecog


@inlined
def is_fit(c: Constants, fitness: float, u: float) -> bool:
    """Whether she has a further line: logit P = a + b F."""
    logit = c.attrition_log_odds + c.attrition_per_fitness * fitness
    return bool(u < 1.0 / (1.0 + math.exp(-logit)))


@inlined
def hazard_factor(c: Constants, health: float) -> float:
    """The factor e^(-w (H - H₀)) on her hazard of death from metastases."""
    return math.exp(-c.fitness_death_weight * (health - c.fitness_death_reference))


@inlined
def participation(c: Constants, age: float) -> float:
    """The share of eligible women of an age who are asked into a trial and accept; all of a registry's."""
    if c.volunteers == 0:
        return 1.0
    return math.exp(-c.fitness_enrolment_per_decade * max(0.0, age - _YOUNG) / 10.0)
