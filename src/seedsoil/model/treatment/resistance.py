"""Resistance, sensitivity and frailty: what differs between women, and between a woman's lesions.

A lesion has for each mechanism m the log-odds z_m that one of its cells is resistant. At first use

    z_m = z̄_m + lesion spread        z̄_m normal between women (f̄ = 1/(1 + e^-z̄) is logit-normal)

With probability p_m (primary resistance) the whole tumour is resistant. The kill of a drug is

    k_m e^(s_F F + s ε_m) (b / median b)^θ_m

In a share χ of women what escapes one way of hitting the oestrogen receptor escapes the other as well (growth
that no longer needs the receptor): when she first meets the second,

    z_m <- ln(e^z_m + e^(z_m' + K_m'))     m' the way used before, K_m' its exposure outside the brain

and a tumour that resisted m' as a whole resists m. In the others both are resisted apart (as by a mutation of
the receptor's binding domain).

F, the woman's frailty, is shared by all mechanisms and lines: who does badly on one line does badly on
the next. b is the growth rate of her tumour: what grows fast dies fast (Norton and Simon).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import inlined
from seedsoil.model import random
from seedsoil.vocabulary import MECHANISMS

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Parameters

OESTROGEN_DEPRIVATION = MECHANISMS.index("oestrogen_deprivation")
ER_ANTAGONISM = MECHANISMS.index("er_antagonism")

# Log-odds of a tumour that is resistant as a whole: no cell in 1e17 is sensitive.
ALL_RESISTANT = 40.0
# The number of frailty among the entities of the stream of resistance; mechanisms have those from 0 on.
_FRAILTY_ENTITY = 255


@inlined
def frailty(p: Parameters, patient: int) -> float:
    """F: the woman's standard normal deviate of sensitivity, shared by all mechanisms."""
    u, _, _, _ = random.uniforms(
        p.key_low, p.key_high, patient, random.RESISTANCE, _FRAILTY_ENTITY, 0
    )
    return random.normal(u)


@inlined
def of_woman(
    p: Parameters, c: Constants, patient: int, mechanism: int
) -> tuple[float, float, bool]:
    """z̄_m, the deviate ε_m of her sensitivity, and whether the whole tumour is resistant."""
    a, b, u, _ = random.uniforms(p.key_low, p.key_high, patient, random.RESISTANCE, mechanism, 0)
    z = c.resistance_log_odds[mechanism] + c.resistance_log_odds_sd[mechanism] * random.normal(a)
    return z, random.normal(b), bool(u < c.resistance_primary[mechanism])


@inlined
def other_endocrine(mechanism: int) -> int:
    """The other way of hitting the oestrogen receptor; -1 of a mechanism that is none."""
    if mechanism == OESTROGEN_DEPRIVATION:
        return ER_ANTAGONISM
    return OESTROGEN_DEPRIVATION if mechanism == ER_ANTAGONISM else -1


@inlined
def shares_endocrine(p: Parameters, c: Constants, patient: int) -> bool:
    """Whether in her tumour what escapes one way of hitting the oestrogen receptor escapes the other, too."""
    _, _, _, u = random.uniforms(
        p.key_low, p.key_high, patient, random.RESISTANCE, ER_ANTAGONISM, 0
    )
    return bool(u < c.resistance_shared)


@inlined
def either(z: float, other: float) -> float:
    """Log-odds of what escapes by the one or by the other, ln(e^z + e^z'): of few cells, their sum."""
    high = max(z, other)
    return high + math.log1p(math.exp(min(z, other) - high))


@inlined
def of_lesion(
    p: Parameters, patient: int, entity: int, block: int
) -> tuple[float, float, float, float]:
    """Uniforms of a lesion's log-odds around the woman's, of mechanisms 4 `block` to 4 `block` + 3."""
    return random.uniforms(p.key_low, p.key_high, patient, random.LESION_RESISTANCE, entity, block)


@inlined
def sensitivity(
    c: Constants, mechanism: int, frailty: float, deviate: float, log_relative_growth: float
) -> float:
    """The factor on a drug's kill by this mechanism in this woman."""
    return math.exp(
        c.frailty_sd * frailty
        + c.sensitivity_sd * deviate
        + c.growth_exponent[mechanism] * log_relative_growth
    )
