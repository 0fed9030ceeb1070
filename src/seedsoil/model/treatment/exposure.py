"""Spells of treatment: as long as the same drugs are given, each mechanism kills at a constant rate.

The exposure K of a mechanism in an organ, the sum of its kill so far, rises at that rate; of a mechanism
that is not given it falls back to 0 at the rate at which resistance relaxes.
"""

from __future__ import annotations

import math
from typing import Any

from seedsoil.jit.compiled import compiled, inlined
from seedsoil.model.treatment.state import MAX_DRUGS, MAX_SPELLS
from seedsoil.vocabulary import METASTATIC_ORGANS, N_MECHANISMS


@inlined
def exposure(c: Any, spell: Any, m: int, organ: int, at: float) -> float:
    """K of mechanism m in an organ at a time in the spell."""
    so_far = spell.exposure[m, organ]
    years = at - spell.begin
    j = spell.place[m]
    if j >= 0 and spell.rate[j, organ] > 0.0:
        return float(so_far + spell.rate[j, organ] * years)
    return float(max(0.0, so_far - c.relaxation[m] * years))


@compiled
def begin_spell(c: Any, woman: Any, s: Any, regimen: int, given: int) -> None:
    """Begin a spell now, with those drugs of the regimen whose bits are set in `given`."""
    spell = s.spells[s.n_spells]
    spell.begin = s.time
    spell.first = s.periods
    spell.n = 0
    for organ in range(METASTATIC_ORGANS):
        spell.step[organ] = -1.0
    for m in range(N_MECHANISMS):
        spell.place[m] = -1
    for k in range(s.n_used):
        m = s.used[k]
        for organ in range(METASTATIC_ORGANS):
            spell.exposure[m, organ] = 0.0
            if s.first_period[m] < s.periods:
                spell.exposure[m, organ] = exposure(c, s.spells[s.n_spells - 1], m, organ, s.time)
    s.n_spells += 1
    for k in range(MAX_DRUGS):
        if given >> k & 1:
            _give(c, woman, s, spell, regimen, k)


@compiled
def _give(c: Any, woman: Any, s: Any, spell: Any, regimen: int, k: int) -> None:
    """Add what a drug kills, a year, by mechanism and organ."""
    drug = c.regimen_drugs[regimen, k]
    factor = c.drug_factor[drug, woman.subtype] * c.regimen_dose[regimen, k]
    marker = c.drug_biomarker[drug, woman.subtype]
    if marker >= 0 and not woman.biomarkers >> marker & 1:
        factor *= c.drug_without[drug]
    if factor <= 0.0:
        return
    for i in range(s.n_used):
        m = s.used[i]
        if c.drug_log_kill[drug, m] > -100.0:
            j = spell.place[m]
            if j < 0:
                j = spell.n
                spell.n += 1
                spell.place[m] = j
                spell.mechanism[j] = m
                spell.potency[j] = -math.inf
                for organ in range(METASTATIC_ORGANS):
                    spell.rate[j, organ] = 0.0
            # of drugs with the same mechanism the most potent counts
            spell.potency[j] = max(spell.potency[j], c.drug_potency[drug, m])
            kill = math.exp(c.drug_log_kill[drug, m]) * factor * s.sensitivity[m]
            for organ in range(METASTATIC_ORGANS):
                spell.rate[j, organ] += kill * c.drug_exposure[drug, organ]


@inlined
def has_spell(s: Any) -> bool:
    """Whether there is room for another spell."""
    return bool(s.n_spells < MAX_SPELLS)
