"""What was known of the women of a trial on the day they enrolled, and subgroups of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.model.treatment.rules import KNOWN
from seedsoil.units import MONTHS_PER_YEAR
from seedsoil.vocabulary import (
    BIOMARKERS,
    CLASSES,
    MECHANISMS,
    MENOPAUSE,
    METASTATIC_PRESENTATIONS,
    SITES,
    SUBTYPES,
    THERAPIES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog.conditions import Conditions
    from seedsoil.model.treatment.plan import Names, Plan
    from seedsoil.simulation.follow import Followed
    from seedsoil.trials.arms import Bools
    from seedsoil.trials.batched_survival import Floats

# Progression within half a year of first-line endocrine therapy is endocrine resistance, as in `line`.
_EARLY_PROGRESSION = 0.5
_FLAGS = ("esr1", "endocrine_resistant", "visceral", "brain", "bone_only", "measurable")
_RANGES = ("line", "chemo_lines", "endocrine_lines", "age")
NOT_RECORDED = ("visceral_crisis",)
"""Conditions that the tables of lines do not hold."""


@dataclass(frozen=True)
class Baseline:
    """The women of a trial when they enrolled, an entry a woman.

    `patient` is their number. `known` (dtype KNOWN) is what a rule reads; its `crisis` and `log_burden`
    are not recorded. `last_line`, `first_line`: years to progression on the line before and on the first
    one; NaN without such a line. `names`: the drugs whose bits `known` holds.
    """

    patient: NDArray[np.int64]
    known: Any
    last_line: Floats
    first_line: Floats
    names: Names

    @property
    def women(self) -> int:
        return int(self.known.size)

    def meet(self, conditions: Conditions) -> Bools:
        """Which women meet `conditions`, or the conditions at enrolment of a subgroup.

        `responders` is left to the caller, who knows the arm. Raises KeyError for a condition that is
        not recorded (`NOT_RECORDED`).
        """
        asked = conditions.asked()
        asked.pop("responders", None)
        keep = np.ones(self.women, np.bool_)
        for name, wanted in asked.items():
            keep &= self._meets(name, wanted)
        return keep

    def _meets(self, name: str, wanted: Any) -> Bools:
        known = self.known
        if name in _FLAGS:
            return _mask(known[name] == int(wanted))
        if name in _RANGES:
            return _mask((known[name] >= wanted[0]) & (known[name] <= wanted[1]))
        if name == "subtype":
            return _mask(np.isin(known.subtype, [SUBTYPES.index(subtype) for subtype in wanted]))
        if name in BIOMARKERS:
            return _mask(_bit(known.biomarkers, BIOMARKERS.index(name)) == wanted)
        if name in SITES:
            return _mask(_bit(known.organs, SITES.index(name)) == wanted)
        if name in ("had", "not_had", "recent_line_had"):
            return self._given(name, wanted)
        if name in ("had_adjuvant", "not_had_adjuvant"):
            bits = [_bit(known.adjuvant, THERAPIES.index(therapy)) for therapy in wanted]
            return _mask(np.all(bits, axis=0) if name == "had_adjuvant" else ~np.any(bits, axis=0))
        if name == "menopause":
            return _mask(known.postmenopausal == MENOPAUSE.index(wanted))
        if name == "presentation":
            return _mask(known.presentation == METASTATIC_PRESENTATIONS.index(wanted))
        if name in ("last_line_months", "first_line_months"):
            months = MONTHS_PER_YEAR * getattr(self, name.removesuffix("_months"))
            return _mask((months >= wanted[0]) & (months <= wanted[1]))
        raise KeyError(name)

    def _given(self, name: str, wanted: tuple[str, ...]) -> Bools:
        prefix = "recent_" if name == "recent_line_had" else ""
        bits = []
        for agent in wanted:
            if agent in MECHANISMS:
                field, place = "mechanisms", MECHANISMS.index(agent)
            elif agent in CLASSES:
                field, place = "classes", CLASSES.index(agent)
            else:
                field, place = "drugs", self.names.drugs.index(agent)
            bits.append(_bit(self.known[prefix + field], place))
        return _mask(~np.any(bits, axis=0) if name == "not_had" else np.all(bits, axis=0))


def _mask(values: Any) -> Bools:
    return np.asarray(values, np.bool_)


def _bit(bits: NDArray[Any], place: int) -> Bools:
    return _mask(bits >> place & 1 == 1)


def trial_lines(followed: Followed) -> NDArray[np.intp]:
    """Index of the trial's line of each woman who enrolled, in the order of the women."""
    return np.flatnonzero(followed.lines.trial)


def enrolled(followed: Followed) -> NDArray[np.intp]:
    """Index of each woman who enrolled, in the order of the women."""
    owner = np.repeat(np.arange(followed.ends.size), followed.ends.lines)
    return np.asarray(owner[trial_lines(followed)])


def baseline(women: Any, followed: Followed, plan: Plan, names: Names) -> Baseline:
    """What was known when `women` (dtype WOMAN), who all enrolled, did so.

    `followed` is of these women alone, `plan` and `names` are of any arm: what came before enrolment is the
    same in all.
    """
    c, lines = plan.constants, followed.lines
    at = trial_lines(followed)
    row = lines[at]
    first = followed.ends.first_line
    known = np.zeros(at.size, KNOWN).view(np.recarray)
    for name in ("subtype", "biomarkers", "adjuvant", "presentation", "postmenopausal"):
        known[name] = women[name]
    known.endocrine_resistant = women.endocrine_resistant
    for name in ("line", "organs", "visceral", "brain", "bone_only", "esr1", "measurable"):
        known[name] = row[name]
    known.age = women.age + row.started_at - women.since_diagnosis
    last_line = np.full(at.size, np.nan)
    first_line = np.full(at.size, np.nan)
    for step in range(int((at - first).max(initial=0))):
        here = first + step < at
        before = lines[np.minimum(first + step, lines.size - 1)]
        regimen = before.regimen
        for field in ("drugs", "mechanisms", "classes"):
            bits = c.regimen_bits if field == "drugs" else c[f"regimen_{field}"]
            given = bits[regimen] | np.where(before.maintenance >= 0, bits[before.maintenance], 0)
            known[field] |= np.where(here, given, 0)
            known[f"recent_{field}"] = np.where(here, given, known[f"recent_{field}"])
        chemo, endocrine = (c[f"regimen_{kind}"][regimen] == 1 for kind in ("chemo", "endocrine"))
        known.chemo_lines += here & chemo
        known.endocrine_lines += here & ~chemo & endocrine
        lasted = before.progressed_at - before.started_at
        last_line = np.where(here, lasted, last_line)
        if step == 0:
            first_line = last_line.copy()
            early = here & endocrine & ~chemo & (lasted < _EARLY_PROGRESSION)
            known.endocrine_resistant |= early
    known.last_line = np.nan_to_num(last_line)
    return Baseline(np.asarray(women.patient), known, last_line, first_line, names)
