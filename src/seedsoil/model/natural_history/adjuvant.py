"""Adjuvant therapy: where cure is possible.

A colony of n cells under therapies m with kill k_m for T_m years survives, cell by cell, with probability

    p = Π_m [f_m + (1 - f_m) e^(-k_m T_m)]

so that it is eradicated with probability (1 - p)^n ≈ e^(-n p). Else it goes on with the mean number of
survivors, n p / (1 - (1 - p)^n). f_m, the resistant share, is logit-normal between women; the potency of
what the therapy is made of, by decade, comes off its log-odds. k_m is per year, T_m in years: the course,
or less for who stops before. Only growing colonies are hit; one that wakes during therapy is exposed to
what is left of it.
Endocrine therapy also slows waking (see `dormancy`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.dormancy import delayed_waking
from seedsoil.model.natural_history.growth import ln_y_of
from seedsoil.model.natural_history.lesions import y_at
from seedsoil.vocabulary import ADJUVANT_KINDS, THERAPIES

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters

CHEMO, ENDOCRINE, TRASTUZUMAB = range(len(THERAPIES))
_ENDOCRINE_GIVEN = 1 << ENDOCRINE


@compiled
def prescribe(p: Parameters, patient: int, subtype: int, postmenopausal: bool, nodes: int) -> int:
    """Bits of the therapies given, by the shares of the era's policy."""
    u, v, w, _ = random.uniforms(p.key_low, p.key_high, patient, random.ADJUVANT, 0, 0)
    meno = 1 if postmenopausal else 0
    involved = 1 if nodes > 0 else 0
    bits = 0
    if u < p.adjuvant_share[CHEMO, subtype, meno, involved]:
        bits |= 1 << CHEMO
    if v < p.adjuvant_share[ENDOCRINE, subtype, meno, involved]:
        bits |= 1 << ENDOCRINE
    if w < p.adjuvant_share[TRASTUZUMAB, subtype, meno, involved]:
        bits |= 1 << TRASTUZUMAB
    return bits


@compiled
def _kind(p: Parameters, therapy: int, u: float) -> int:
    """Of what the therapy is made, in the order of ADJUVANT_DRUGS, by the shares of the era."""
    kind = 0
    while kind < ADJUVANT_KINDS - 1 and u > p.adjuvant_kinds[therapy, kind]:
        kind += 1
    return kind


@compiled
def kind_given(p: Parameters, patient: int, therapy: int) -> int:
    """Of what her adjuvant therapy is made, in the order of ADJUVANT_DRUGS."""
    _, v, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.ADJUVANT, 1 + therapy, 0)
    return _kind(p, therapy, v)


@compiled
def log_resistance(p: Parameters, patient: int, therapy: int) -> float:
    """The woman's log-odds z that one of her cells resists what she is given; f = 1/(1 + e^-z).

    What the therapy is made of in her is a draw by the shares of the era; its potency comes off z.
    """
    u, v, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.ADJUVANT, 1 + therapy, 0)
    kind = _kind(p, therapy, v)
    z = p.adjuvant_log_odds[therapy] + p.adjuvant_log_odds_sd[therapy] * random.normal(u)
    return float(z - p.adjuvant_potency[therapy, kind])


@compiled
def resistance_deviate(p: Parameters, patient: int, therapy: int) -> float:
    """The standard normal deviate of her resistance to an adjuvant therapy."""
    u, _, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.ADJUVANT, 1 + therapy, 0)
    return float(random.normal(u))


@compiled
def years_given(p: Parameters, patient: int, therapy: int) -> float:
    """Years she takes the therapy: the course, or less if she stops before."""
    years = float(p.adjuvant_years[therapy])
    stopping = p.adjuvant_stopping[therapy]
    if stopping <= 0.0:
        return years
    _, _, w, _ = random.uniforms(p.key_low, p.key_high, patient, random.ADJUVANT, 1 + therapy, 0)
    return float(min(years, -math.log(w) / stopping))


@compiled
def cell_survival(log_odds: float, kill: float, years: float) -> float:
    """f + (1 - f) e^(-k T), the chance that one cell survives one therapy."""
    if years <= 0.0 or kill <= 0.0:
        return 1.0
    resistant = 1.0 / (1.0 + math.exp(-log_odds))
    return resistant + (1.0 - resistant) * math.exp(-kill * years)


@compiled
def treat(p: Parameters, patient: int, lesion: Lesion, bits: int, diagnosis: float) -> None:
    """Apply the therapies `bits`, begun at diagnosis, to one colony: asleep, growing, or about to wake.

    All times are years on the same scale.
    """
    if bits & _ENDOCRINE_GIVEN and lesion.woke > diagnosis:
        years = years_given(p, patient, ENDOCRINE)
        lesion.woke = delayed_waking(lesion.woke, diagnosis, years, math.exp(p.endocrine_log_wake))
        lesion.start = lesion.woke
    begins = max(diagnosis, lesion.start)
    survive = 1.0
    ends = diagnosis
    for therapy in range(len(THERAPIES)):
        if bits & (1 << therapy):
            until = diagnosis + years_given(p, patient, therapy)
            if until > begins:
                survive *= cell_survival(
                    log_resistance(p, patient, therapy), p.adjuvant_kill[therapy], until - begins
                )
                ends = max(ends, until)
    if survive >= 1.0:
        return
    log_n = p.log_capacity - y_at(lesion, begins)
    n = math.exp(log_n)
    gone = math.exp(n * math.log1p(-survive))
    u, e, f, _ = random.uniforms(
        p.key_low, p.key_high, patient, random.ERADICATION, lesion.entity, 0
    )
    if u < gone:
        lesion.eradicated = ends
        lesion.start = math.inf  # from now on it neither grows, sheds nor shows
        return
    left = log_n + math.log(survive) - math.log1p(-gone)
    lesion.start = begins
    lesion.ln_y = ln_y_of(p.log_capacity, min(left, log_n))
    lesion.version = 1
    lesion.first_uniform = e
    lesion.lymph_uniform = f
