"""Weight, height and body surface of each woman, and her kidneys' clearance.

    ln W = μ_W + σ_W z_1,   ln H = μ_H + σ_H (ρ z_1 + √(1 - ρ²) z_2)         kg, cm
    σ² = ln(1 + (SD/mean)²),   μ = ln(mean) - σ²/2
    BSA = √(W H / 3600)                                                      m² (Mosteller 1987)
    CrCl = (140 - age) W 0.85 / (72 · creatinine), at most 125               ml/min (Cockcroft, Gault 1976)

z_1 and z_2 are standard normal, drawn by the woman's number and the seed on a stream that no kernel of the
disease uses: she is as heavy in every strategy, shard and thread, and what is simulated does not change.
Weight stays what it is: neither loss at the end of life nor an effect of weight on the disease is held.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from seedsoil.model import random

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog.dosing import Body

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MOST_CLEARANCE = 125.0
"""ml/min: what carboplatin is dosed by at most, as the FDA advised in 2010."""
_MOSTELLER = 3600.0
_OF_WOMEN, _YEARS, _COCKCROFT = 0.85, 140.0, 72.0


@dataclass(frozen=True)
class Bodies:
    """One entry a woman: `weight` in kg, `height` in cm; `creatinine` in mg/dl, of all."""

    weight: Floats
    height: Floats
    creatinine: float

    @property
    def surface(self) -> Floats:
        """Body surface by Mosteller's formula, m²."""
        return np.sqrt(self.weight * self.height / _MOSTELLER)

    def clearance(self, rows: Integers, age: Floats) -> Floats:
        """Creatinine clearance of the women in `rows` at that age, ml/min."""
        free = np.maximum(_YEARS - age, 0.0) * self.weight[rows] * _OF_WOMEN
        return np.minimum(free / (_COCKCROFT * self.creatinine), MOST_CLEARANCE)


def log_normal(mean: float, sd: float) -> tuple[float, float]:
    """μ and σ of the logarithm of a log-normal variable with this mean and standard deviation."""
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)


def bodies(patients: Integers, seed: int, body: Body) -> Bodies:
    """The bodies of the women numbered `patients` of the run with this `seed`, of the population `body`."""
    patients = np.ascontiguousarray(patients, dtype=np.int64)
    drawn = np.empty((4, patients.size))
    entities = np.zeros(patients.size, dtype=np.int64)
    random.uniforms_of_patients(
        seed & 0xFFFFFFFF, seed >> 32, patients, random.BODY, entities, 0, drawn
    )
    z1, z2 = ndtri(drawn[0]), ndtri(drawn[1])
    weight_mean, weight_sd = log_normal(body.weight, body.weight_sd)
    height_mean, height_sd = log_normal(body.height, body.height_sd)
    rho = body.correlation
    mixed = rho * z1 + math.sqrt(1.0 - rho * rho) * z2
    return Bodies(
        np.exp(weight_mean + weight_sd * z1),
        np.exp(height_mean + height_sd * mixed),
        body.creatinine,
    )
