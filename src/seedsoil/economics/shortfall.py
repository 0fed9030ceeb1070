"""QALY shortfall: how much of the life that women without the disease would have, the disease takes.

    E(a) = ∫_0^∞ S(a + t) / S(a) · u(a + t) · exp(−δ t) dt,   δ = ln(1 + r)
    absolute = mean E(a) − Q,   proportional = absolute / mean E(a)

S is survival by the life table that goes with the norm, or one of the user's own catalog, u the utility norm
of the general population, a the age of each woman when
her metastatic disease is found, Q the mean QALYs of women with it under today's treatment, r the rate at
which both are discounted. Source: NICE, health technology evaluations: the manual (PMG36), 6.2.12 to 6.2.14.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.catalog import load
from seedsoil.catalog.complaints import unknown
from seedsoil.errors import InputError, real_number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from seedsoil.catalog import Catalog
    from seedsoil.catalog.utility_norms import UtilityNorm
    from seedsoil.economics.reference_case import ReferenceCase

    Floats = NDArray[np.float64]

NORM = "england-eq5d-3l"
"""The utility norm that is taken where none is named."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
"""For a quadratic times an exponential over a year, exact to the last digits."""


@dataclass(frozen=True)
class Shortfall:
    """QALYs lost to the disease: `without` it, `with_disease`, their difference and its share.

    `standard_error` is that of `with_disease` and `absolute` alike, of the simulation alone. `weight` is what
    a QALY counts in the reference case.
    """

    without: float
    with_disease: float
    absolute: float
    proportional: float
    standard_error: float
    weight: float


def expected_qalys(
    ages: ArrayLike, *, discount: float = 0.0, norm: str = NORM, catalog: Catalog | None = None
) -> Floats:
    """QALYs that a woman of each age would have left without the disease: E(a), shaped as `ages`.

    `ages` in years; `discount`: rate a year. Raises `InputError` for an age below 0 or above 120, a rate
    that is none, and a norm that does not exist.
    """
    catalog = load() if catalog is None else catalog
    at = np.asarray(ages, dtype=float)
    if not np.all((at >= 0.0) & (at <= 120.0)):
        raise InputError("ages: must be years from 0 to 120")
    rate = real_number("discount", discount, allowed="a rate a year, such as 0.035")
    if not 0.0 <= rate <= 1.0:
        raise InputError(f"discount={rate:g}: must be a rate a year from 0 to 1, such as 0.035")
    if norm not in catalog.costs.norms:
        raise InputError(unknown("shortfall", "utility norm", norm, catalog.costs.norms))
    # E at each birthday, from the last backwards; between birthdays a part of a year and E at the next
    worth = catalog.costs.norms[norm]
    hazards = _hazards(worth, catalog)
    force = math.log1p(rate)
    last = len(hazards) - 1
    ends = np.empty(last + 1)
    ends[last] = _for_ever(last, float(hazards[last]) + force, worth)
    for age in range(last - 1, -1, -1):
        step = math.exp(-(hazards[age] + force))
        ends[age] = _part(np.float64(age), 1.0, hazards[age], force, worth) + step * ends[age + 1]
    year = np.minimum(np.floor(at).astype(int), last)
    left = np.where(at < last, year + 1.0 - at, 0.0)
    hazard = hazards[year]
    following = np.minimum(year + 1, last)
    beyond = np.exp(-(hazard + force) * left) * ends[np.where(at < last, following, last)]
    return np.asarray(_part(at, left, hazard, force, worth) + beyond)


def shortfall(
    ages: ArrayLike,
    qalys: ArrayLike,
    *,
    reference_case: ReferenceCase,
    norm: str = NORM,
    catalog: Catalog | None = None,
) -> Shortfall:
    """The shortfall of women whose metastatic disease is found at `ages` and who have `qalys` from there.

    One number a woman, `qalys` discounted at the reference case's rate of effects, as are those without the
    disease. Raises `InputError` where there are no women or the two differ in length.
    """
    at, lived = np.asarray(ages, dtype=float), np.asarray(qalys, dtype=float)
    if at.ndim != 1 or at.shape != lived.shape or not len(at):
        raise InputError(
            f"shortfall: {at.size} ages and {lived.size} QALYs; give one of each for each woman"
        )
    rate = reference_case.discount_effects
    without = float(expected_qalys(at, discount=rate, norm=norm, catalog=catalog).mean())
    mean = float(lived.mean())
    error = float(lived.std(ddof=1) / math.sqrt(len(lived))) if len(lived) > 1 else math.nan
    absolute = without - mean
    share = absolute / without
    return Shortfall(without, mean, absolute, share, error, reference_case.weight(absolute, share))


def _hazards(norm: UtilityNorm, catalog: Catalog) -> Floats:
    """Hazards of death of women of the general population, a year, by age from 0.

    A life table that a user gives goes before that of the norm.
    """
    packaged = bool(catalog.life_table_sources)
    if norm.death_probabilities and packaged:
        return np.asarray(-np.log1p(-np.array(norm.death_probabilities)))
    return np.array([row.rate_per_year for row in catalog.life_table])


def _for_ever(age: int, rate: float, norm: UtilityNorm) -> float:
    """∫_0^∞ exp(−rate t) u(age + t) dt: by years up to the last age of the norm, from where u is constant."""
    if not rate > 0.0:
        raise InputError(
            f"life_table: nobody dies from age {age} on, so without a discount QALYs never end"
        )
    years = max(0, math.ceil(norm.ages[1] - age))
    parts = (
        _part(np.float64(age + k), 1.0, rate, 0.0, norm) * math.exp(-rate * k) for k in range(years)
    )
    end = norm.intercept + norm.age * norm.ages[1] + norm.age_squared * norm.ages[1] ** 2
    return float(sum(parts)) + math.exp(-rate * years) * end / rate


def _part(
    start: Floats | np.float64,
    length: Floats | float,
    hazard: Floats | float,
    force: float,
    norm: UtilityNorm,
) -> Floats:
    """∫_0^length exp(−(hazard + force) t) u(start + t) dt."""
    half = np.asarray(length)[..., None] / 2.0
    t = half * (1.0 + _NODES)
    ages = np.clip(np.asarray(start)[..., None] + t, norm.ages[0], norm.ages[1])
    worth = norm.intercept + norm.age * ages + norm.age_squared * ages * ages
    rate = np.asarray(hazard)[..., None] + force
    found: Floats = np.sum(half * _WEIGHTS * np.exp(-rate * t) * worth, axis=-1)
    return found
