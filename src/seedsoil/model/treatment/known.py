"""What is known of a woman when a line of therapy is to start, from imaging and from her history.

It is all that the rules of a strategy and the conditions of a trial are read against (dtype KNOWN of
`model.rows`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model.treatment.exposure import exposure
from seedsoil.model.treatment.fitness import ecog_of, fitness_for_line
from seedsoil.model.treatment.lesion import log_odds
from seedsoil.model.treatment.residue import is_measurable, note_size
from seedsoil.model.treatment.resistance import OESTROGEN_DEPRIVATION
from seedsoil.model.treatment.scans import stay_known
from seedsoil.vocabulary import BONE, BRAIN, LIVER, LUNG

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Known, Lesion, Parameters, State, Woman

_NO_LINE = -1.0  # years to progression on the line before, if there was none
# Progression on first-line endocrine therapy within so many years is primary endocrine resistance (a
# definition of the ESO-ESMO consensus).
_EARLY_PROGRESSION = 0.5


@inlined
def _know_woman(woman: Woman, known: Known) -> None:
    """What is known of a woman who has had no line yet."""
    known.subtype = woman.subtype
    known.biomarkers = woman.biomarkers
    known.adjuvant = woman.adjuvant
    known.presentation = woman.presentation
    known.postmenopausal = woman.postmenopausal
    known.endocrine_resistant = woman.endocrine_resistant
    known.chemo_lines = 0
    known.endocrine_lines = 0
    known.drugs = 0
    known.mechanisms = 0
    known.classes = 0
    known.recent_drugs = 0
    known.recent_mechanisms = 0
    known.recent_classes = 0
    known.last_line = _NO_LINE


@compiled
def update_known(p: Parameters, c: Constants, woman: Woman, s: State, known: Known) -> None:
    """What imaging and history show when the next line is to start; marks the lesions seen as known."""
    if s.line == 0:
        _know_woman(woman, known)
    known.line = s.line + 1
    known.age = woman.age + s.time
    organs, measurable = stay_known(p, c, woman, s)
    mutated = 0
    deprived = _may_have_esr1(s)
    for j in range(s.n_followed):
        lesion = s.lesions[s.followed[j]]
        organ = lesion.organ
        if _is_found(c, s, lesion):
            lesion.known = s.line + 1
            organs |= 1 << organ
            note_size(lesion)
            if measurable == 0 and is_measurable(p, c, woman, s, lesion):
                measurable = 1
            if deprived and mutated == 0:
                mutated = _has_esr1(p, c, woman, s, lesion)
    if woman.first_organ >= 0 and s.line == 0:
        organs |= 1 << woman.first_organ
    known.organs = organs
    known.visceral = 1 if organs & (1 << LUNG | 1 << LIVER) else 0
    known.brain = 1 if organs & 1 << BRAIN or s.brain_known == 1 else 0
    known.bone_only = 1 if organs == 1 << BONE and known.brain == 0 else 0
    known.measurable = measurable
    known.esr1 = mutated
    known.crisis = 1 if max(s.burden[LUNG], s.burden[LIVER]) > c.crisis_log_cells else 0
    known.fitness = fitness_for_line(c, woman, s)
    known.ecog = ecog_of(c, known.fitness)


@inlined
def _is_found(c: Constants, s: State, lesion: Lesion) -> bool:
    """Whether imaging finds a lesion: the brain is imaged only where its metastases are known."""
    visible = lesion.y <= c.baseline_y[lesion.organ]
    return bool(visible and (lesion.organ != BRAIN or s.brain_known == 1))


@inlined
def _may_have_esr1(s: State) -> bool:
    """Whether oestrogen was taken away before, from a tumour that was not resistant to that as a whole."""
    m = OESTROGEN_DEPRIVATION
    return bool(s.first_use[m] < s.periods and s.resistant[m] == 0)


@compiled
def esr1_in_plasma(p: Parameters, c: Constants, woman: Woman, s: State) -> int:
    """Whether a liquid biopsy shows an ESR1 mutation now: a lesion that imaging finds has one."""
    if _may_have_esr1(s):
        for j in range(s.n_followed):
            lesion = s.lesions[s.followed[j]]
            if _is_found(c, s, lesion) and _has_esr1(p, c, woman, s, lesion) == 1:
                return 1
    return 0


@inlined
def _has_esr1(p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion) -> int:
    """Whether a lesion shows an ESR1 mutation: it is resistant to oestrogen deprivation, by selection.

    What was resistant before any therapy does not count.
    """
    interval = s.intervals[s.n_intervals - 1]
    selected = exposure(c, interval, OESTROGEN_DEPRIVATION, lesion.organ, s.time)
    if selected > c.esr1_selection:
        z = log_odds(p, c, woman, s, lesion, interval, OESTROGEN_DEPRIVATION, s.time)
        return 1 if z > 0.0 else 0
    return 0


@inlined
def know_regimen(c: Constants, known: Known, regimen: int) -> None:
    """The drugs of a regimen are given from now on, in the line under way."""
    known.recent_drugs |= c.regimen_bits[regimen]
    known.recent_mechanisms |= c.regimen_mechanisms[regimen]
    known.recent_classes |= c.regimen_classes[regimen]
    known.drugs |= c.regimen_bits[regimen]
    known.mechanisms |= c.regimen_mechanisms[regimen]
    known.classes |= c.regimen_classes[regimen]


@inlined
def know_line(c: Constants, known: Known, regimen: int) -> None:
    """A line with this regimen is given."""
    known.recent_drugs = 0
    known.recent_mechanisms = 0
    known.recent_classes = 0
    know_regimen(c, known, regimen)
    if c.regimen_chemo[regimen]:
        known.chemo_lines += 1
    elif c.regimen_endocrine[regimen]:
        known.endocrine_lines += 1


@inlined
def know_next_part(c: Constants, known: Known, first: int, before: int, regimen: int) -> None:
    """The line goes on with another regimen: as chemotherapy or endocrine therapy it makes the line one.

    `first` and `before`: the regimens that it began with and that were given last.
    """
    know_regimen(c, known, regimen)
    chemo = c.regimen_chemo[first] | c.regimen_chemo[before]
    endocrine = c.regimen_endocrine[first] | c.regimen_endocrine[before]
    known.chemo_lines += c.regimen_chemo[regimen] & (1 - chemo)
    known.endocrine_lines += c.regimen_endocrine[regimen] & (1 - endocrine)


@inlined
def know_progression(s: State, known: Known) -> None:
    """The line under way ends with progression."""
    years = s.progressed_at - s.line_start
    known.last_line = years
    first_endocrine = known.endocrine_lines == 1 and s.line == 1
    if first_endocrine and years < _EARLY_PROGRESSION:
        known.endocrine_resistant = 1
