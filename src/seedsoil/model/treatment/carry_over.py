"""What adjuvant therapy leaves behind: resistance at the first use of its mechanisms for metastatic disease.

    z_m <- mean_m + √(1 - ρ²) (z_m - mean_m) + sd_m ρ x     x her deviate of resistance to the therapy
    z_m <- z_m + carry e^(-fading t)                        t years since the therapy ended, at least 0

Who relapses in spite of a therapy is one whose tumour resists it (x is high), most of all while it is given,
and so resists the mechanism again: that is ρ. What the therapy selected is outgrown once it is over: that is
the fading. Only the mechanisms of what she was given count: tamoxifen leaves no resistance to an aromatase
inhibitor, CMF none to a taxane.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model.natural_history.adjuvant import kind_given, resistance_deviate, years_given

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Parameters, Woman


@compiled
def carried_over(
    p: Parameters, c: Constants, woman: Woman, since_found: float, mechanism: int, z: float
) -> float:
    """The woman's log-odds of resistance to a mechanism, z if her adjuvant therapy did not act by it."""
    therapy = c.adjuvant_therapy[mechanism]
    if therapy < 0 or not woman.adjuvant >> therapy & 1:
        return z
    if c.adjuvant_acts[mechanism, kind_given(p, woman.patient, therapy)] == 0:
        return z
    rho = c.adjuvant_correlation[therapy]
    if rho != 0.0:
        mean = c.resistance_log_odds[mechanism]
        shared = rho * resistance_deviate(p, woman.patient, therapy)
        z = mean + math.sqrt(1.0 - rho * rho) * (z - mean)
        z += c.resistance_log_odds_sd[mechanism] * shared
    free = woman.since_diagnosis + since_found - years_given(p, woman.patient, therapy)
    return float(
        z + c.adjuvant_carry[therapy] * math.exp(-c.adjuvant_fading[therapy] * max(free, 0.0))
    )
