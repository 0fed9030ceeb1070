"""When each drug of a line was given: spells, from its start to its stop, and why it stopped.

A drug that goes on from one part of the line into the next is in one spell. Times are those at which the
kernel changes drugs, so that the first start and the last stop are those of the line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model.treatment.state import MAX_DRUGS, STOP_PLANNED, STOP_TOXICITY

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Rows, State, Woman

_NO_SPELL = -1


@inlined
def _stop(s: State, k: int, reason: int) -> None:
    """Drug k of the regimen stops now."""
    spell = s.spells_of_drugs[s.spell_of_drug[k]]
    if reason == STOP_TOXICITY:
        s.refused |= 1 << spell.drug
    spell.end = s.time
    spell.stop_reason = reason


@compiled
def change_drugs(c: Constants, s: State, given: int) -> None:
    """From now on those drugs of the regimen are given whose bits are set in `given`, and no others."""
    for k in range(MAX_DRUGS):
        was_given, is_given = s.drugs_given >> k & 1, given >> k & 1
        if was_given > is_given:
            _stop(s, k, STOP_TOXICITY if s.toxic_stops >> k & 1 else STOP_PLANNED)
        elif is_given > was_given:
            spell = s.spells_of_drugs[s.n_spells_of_drugs]
            s.spell_of_drug[k] = s.n_spells_of_drugs
            s.n_spells_of_drugs += 1
            spell.drug = c.regimen_drugs[s.regimen, k]
            spell.regimen = s.regimen
            spell.part = s.part
            spell.begin = s.time
            spell.end = math.inf
    s.drugs_given = given


@compiled
def hand_over_drugs(c: Constants, s: State, regimen: int, reason: int) -> None:
    """Another regimen is about to take the place of that given: what it shares with it goes on.

    Of the drugs given those stop now that it lacks, for `reason`, and those that toxicity stops at this very
    moment (`refused`).
    """
    goes_on = 0
    for j in range(MAX_DRUGS):
        s.spell_after[j] = _NO_SPELL
    for k in range(MAX_DRUGS):
        if s.drugs_given >> k & 1 == 0:
            continue
        place = _NO_SPELL
        for j in range(MAX_DRUGS):
            if c.regimen_drugs[regimen, j] == c.regimen_drugs[s.regimen, k]:
                place = j
        if s.refused >> c.regimen_drugs[s.regimen, k] & 1:
            _stop(s, k, STOP_TOXICITY)
        elif place == _NO_SPELL:
            _stop(s, k, reason)
        else:
            s.spell_after[place] = s.spell_of_drug[k]
            goes_on |= 1 << place
    for j in range(MAX_DRUGS):
        s.spell_of_drug[j] = s.spell_after[j]
    s.drugs_given = goes_on


@compiled
def write_spells(woman: Woman, s: State, at: float, reason: int, rows: Rows) -> None:
    """Append the spells of the line that ends `at`; its end stops what is still given."""
    diagnosis = woman.since_diagnosis
    for i in range(s.n_spells_of_drugs):
        spell = s.spells_of_drugs[i]
        row = rows[s.drugs_used]
        s.drugs_used += 1
        row.patient = woman.patient
        row.line = s.line
        row.drug = spell.drug
        row.regimen = spell.regimen
        row.part = spell.part
        row.started_at = diagnosis + spell.begin
        if spell.end == math.inf:
            row.stopped_at = diagnosis + at
            row.stop_reason = reason
        else:
            row.stopped_at = diagnosis + spell.end
            row.stop_reason = spell.stop_reason
