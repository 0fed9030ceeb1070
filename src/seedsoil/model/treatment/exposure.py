"""Intervals of exposure: as long as the same drugs are given, each mechanism kills at a constant rate.

The exposure K of a mechanism in an organ is the sum of that rate so far; when the mechanism is not given it
falls back to 0 at the rate at which resistance relaxes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model.treatment.state import MAX_DRUGS, MAX_INTERVALS
from seedsoil.vocabulary import N_MECHANISMS, PLACES

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Interval, State, Woman

# ln of a kill a year below which a drug does not act by a mechanism.
NO_LOG_KILL = -100.0


@inlined
def exposure(c: Constants, interval: Interval, m: int, organ: int, at: float) -> float:
    """K of mechanism m in an organ at a time in the interval."""
    so_far = interval.exposure[m, organ]
    years = at - interval.begin
    j = interval.index_of[m]
    if j >= 0 and interval.rate[j, organ] > 0.0:
        return float(so_far + interval.rate[j, organ] * years)
    return float(max(0.0, so_far - c.relaxation[m] * years))


@compiled
def start_interval(c: Constants, woman: Woman, s: State, regimen: int, given: int) -> None:
    """Start an interval now, with those drugs of the regimen whose bits are set in `given`."""
    interval = s.intervals[s.n_intervals]
    interval.begin = s.time
    interval.first_period = s.periods
    interval.pace = s.pace
    interval.n_mechanisms = 0
    for m in range(N_MECHANISMS):
        interval.index_of[m] = -1
    for k in range(s.n_mechanisms_used):
        m = s.mechanisms_used[k]
        for organ in range(len(PLACES)):
            interval.exposure[m, organ] = 0.0
            if s.first_use[m] < s.periods:
                interval.exposure[m, organ] = exposure(
                    c, s.intervals[s.n_intervals - 1], m, organ, s.time
                )
    s.n_intervals += 1
    for k in range(MAX_DRUGS):
        if given >> k & 1:
            _give(c, woman, s, interval, regimen, k)


@compiled
def _give(c: Constants, woman: Woman, s: State, interval: Interval, regimen: int, k: int) -> None:
    """Add what drug k of the regimen kills, a year, by mechanism and organ."""
    drug = c.regimen_drugs[regimen, k]
    factor = c.drug_factor[drug, woman.subtype] * c.regimen_dose[regimen, k]
    marker = c.drug_biomarker[drug, woman.subtype]
    if marker >= 0 and not woman.biomarkers >> marker & 1:
        factor *= c.drug_without[drug]
    if factor <= 0.0:
        return
    for i in range(s.n_mechanisms_used):
        m = s.mechanisms_used[i]
        if c.drug_log_kill[drug, m] > NO_LOG_KILL:
            j = interval.index_of[m]
            if j < 0:
                j = interval.n_mechanisms
                interval.n_mechanisms += 1
                interval.index_of[m] = j
                interval.mechanism[j] = m
                interval.potency[j] = -math.inf
                for organ in range(len(PLACES)):
                    interval.rate[j, organ] = 0.0
            # of drugs with the same mechanism the most potent counts
            interval.potency[j] = max(interval.potency[j], c.drug_potency[drug, m])
            kill = math.exp(c.drug_log_kill[drug, m]) * factor * s.sensitivity[m]
            for organ in range(len(PLACES)):
                interval.rate[j, organ] += kill * c.drug_exposure[drug, organ]


@inlined
def has_interval(s: State) -> bool:
    """Whether there is room for another interval."""
    return bool(s.n_intervals < MAX_INTERVALS)
