"""The burden of each organ, ln of the cells of its followed lesions, and death from it.

    death hazard = e^(-w (H - H₀)) Σ_o h_o (N_o / 1e11)^g,     H her health (`fitness`)

Lesions that are not followed are too small to add to it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model.treatment import period_hazard
from seedsoil.model.treatment.lesions import lymph_clock, shedding
from seedsoil.vocabulary import DISTANT_NODES, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters, State, Woman

_ALL_TAKEN = 40.0  # Λ/n from which on no node is left
NO_CELLS = -1e300
"""ln of no cells."""


@compiled
def first_burdens(p: Parameters, woman: Woman, s: State) -> float:
    """The burdens of the first day and the hazards from them.

    Returns the rate at which metastases found colonies, a year.
    """
    for organ in range(METASTATIC_ORGANS):
        s.burden[organ] = NO_CELLS
    rate = update_burdens(p, woman, s)
    s.hazard = 0.0
    for organ in range(METASTATIC_ORGANS):
        s.death_rate[organ] = 0.0
        s.symptom_rate[organ] = 0.0
        if s.burden[organ] > 0.0:
            log_share = s.burden[organ] - p.log_capacity
            s.death_rate[organ] = math.exp(p.death_log_top[organ] + p.death_exponent * log_share)
            s.symptom_rate[organ] = math.exp(p.symptom_exponent[organ] * log_share)
            s.hazard += s.death_rate[organ]
    return rate


@inlined
def _shedding_by_lymph(p: Parameters, s: State, lesion: Lesion) -> float:
    """λ N^aL e^(-Λ/n), relative to μ: of the n nodes that its cells come to, those without a metastasis.

    That of one lesion. Λ is what the m side by side have shed so far, each as if it had grown to its size
    without treatment, less what it grew by while it was left alone: m λ (E(N) - E₀)/b (`lymph_clock`).
    """
    power = math.exp(p.lymph_exponent * lesion.log_n)
    sheds = s.lymph_ratio * power
    clock = lymph_clock(p, lesion.y, power) - lesion.unshed
    if clock <= 0.0:
        return float(sheds)
    taken = lesion.multiplicity * s.shedding_rate * s.lymph_ratio * clock
    taken /= p.basin_nodes * lesion.rate
    if taken > _ALL_TAKEN:
        return 0.0
    return float(sheds * math.exp(-taken))


@inlined
def update_burdens(p: Parameters, woman: Woman, s: State) -> float:
    """Sum up the burden of each organ at the end of a period.

    Returns the rate at which metastases found colonies, a year. What each sheds is put where the colonies
    founded in the period look for their parents.
    """
    for organ in range(METASTATIC_ORGANS):
        s.burden_before[organ] = s.burden[organ]
        s.burden[organ] = NO_CELLS
        s.cells[organ] = 0.0
        s.in_organ[organ] = 0.0
    total = 0.0
    for j in range(s.n_followed):
        lesion = s.lesions[s.followed[j]]
        organ, log_n = lesion.organ, lesion.log_n
        if organ >= METASTATIC_ORGANS:
            # what is left in the breast and axilla neither harms nor sheds
            s.parent_shedding[s.n_parents + j] = 0.0
            continue
        alike = lesion.multiplicity
        s.burden[organ] = log_n
        s.in_organ[organ] += alike
        by_lymph = 0.0
        if organ != DISTANT_NODES:
            by_lymph = _shedding_by_lymph(p, s, lesion)
        by_lymph *= alike
        sheds = alike * shedding(p, woman, organ, log_n) + by_lymph
        s.parent_shedding[s.n_parents + j] = sheds
        s.parent_lymph_share[s.n_parents + j] = by_lymph / sheds
        total += sheds
    for j in range(s.n_followed):
        lesion = s.lesions[s.followed[j]]
        organ = lesion.organ
        if organ < METASTATIC_ORGANS and s.in_organ[organ] > 1.0:
            s.cells[organ] += lesion.multiplicity * math.exp(lesion.log_n)
    for organ in range(METASTATIC_ORGANS):
        if s.cells[organ] > 0.0:
            s.burden[organ] = math.log(s.cells[organ])
    s.total_shedding = total
    return float(s.shedding_rate * total)


@inlined
def death_from_burden(p: Parameters, s: State) -> float:
    """Time of death from the burden in the period that begins at `s.time`, or infinity.

    Takes the cumulative hazard of the period off the clock.
    """
    g = p.death_exponent
    total = 0.0
    first, last = 0.0, 0.0
    for organ in range(METASTATIC_ORGANS):
        r0 = s.death_rate[organ]
        r1 = 0.0
        if s.burden[organ] < 0.0 and r0 == 0.0:
            continue
        if s.burden[organ] > 0.0:
            r1 = math.exp(p.death_log_top[organ] + g * (s.burden[organ] - p.log_capacity))
        s.death_rate[organ] = r1
        if r0 > 0.0 or r1 > 0.0:
            ratio = g * (s.burden[organ] - s.burden_before[organ])
            total += period_hazard.integral(r0, r1, ratio, s.step)
            first += r0
            last += r1
    s.hazard = last
    total *= s.hazard_factor
    if total < s.death_clock:
        s.death_clock -= total
        return math.inf
    # the sum of the organs' exponentials taken as one, scaled to the period's total
    ratio = period_hazard.log_ratio(first, last)
    whole = period_hazard.integral(first, last, ratio, s.step)
    return float(
        s.time + period_hazard.time_of(first, last, ratio, s.step, s.death_clock * whole / total)
    )
