"""What was known of the women of a trial on the day they enrolled, and subgroups of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedsoil.catalog.published import COUNTS, MEDIANS
from seedsoil.units import MONTHS_PER_YEAR
from seedsoil.vocabulary import (
    BIOMARKERS,
    BREAST,
    CLASSES,
    DISTANT_NODES,
    MECHANISMS,
    MENOPAUSE,
    METASTATIC_PRESENTATIONS,
    NODE,
    ORGANS,
    SITES,
    SUBTYPES,
    THERAPIES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seedsoil.catalog.conditions import Conditions
    from seedsoil.model.treatment.plan import Names
    from seedsoil.simulation.follow import Followed
    from seedsoil.trials.arms import Bools
    from seedsoil.trials.batched_survival import Floats

# Conditions that are yes or no, and those with a range: the field of KNOWN that each is read from.
_FLAGS = {
    "esr1": "esr1",
    "endocrine_resistant": "endocrine_resistant",
    "visceral": "visceral",
    "visceral_crisis": "crisis",
    "brain": "brain",
    "bone_only": "bone_only",
    "measurable": "measurable",
}
_RANGES = ("line", "chemo_lines", "endocrine_lines", "ecog", "age")
_DISEASE_FREE = {
    "disease_free_to_12": (-1.0, 12.0),
    "disease_free_12_to_24": (12.0, 24.0),
    "disease_free_over_24": (24.0, float("inf")),
}
"""Months from the primary's diagnosis to metastatic disease, of women who had a primary before."""
_TOLD_PLACES = {
    **{name: (place,) for place, name in enumerate(ORGANS) if place != DISTANT_NODES},
    "lymph nodes": (DISTANT_NODES, NODE),
    "breast": (BREAST,),
}


@dataclass(frozen=True)
class Baseline:
    """The women of a trial when they enrolled, an entry a woman.

    `patient` is their number. `known` (dtype KNOWN) is what was known of them when the line in the trial was
    to start: what their eligibility was read from. `last_line`, `first_line`: years to progression on the
    line before and on the first one; NaN without such a line. `disease_free`: years from the
    primary's diagnosis until metastatic disease was found. `target_mm`: the sum of the target lesions'
    diameters, NaN without any. `names`: the drugs whose bits `known` holds.
    """

    patient: NDArray[np.int64]
    known: Any
    last_line: Floats
    first_line: Floats
    disease_free: Floats
    target_mm: Floats
    names: Names

    @property
    def women(self) -> int:
        """Number of women who enrolled."""
        return int(self.known.size)

    def involved(self) -> dict[str, Bools]:
        """The women with disease known in each place, as trials tell it.

        Lymph nodes are one place, of the axilla or beyond; a primary that was kept is another.
        """
        return {
            name: np.any([_bit(self.known.organs, place) for place in places], axis=0)
            for name, places in _TOLD_PLACES.items()
        }

    def described(self) -> dict[str, float]:
        """Who enrolled, as the first table of a trial's publication: median age, and shares of women."""
        involved = self.involved()
        count = np.sum(list(involved.values()), axis=0)
        known = self.known
        return {
            "median age": float(np.median(known.age)),
            "de novo": float(
                np.mean(known.presentation == METASTATIC_PRESENTATIONS.index("de novo"))
            ),
            "measurable disease": float(np.mean(known.measurable)),
            "visceral disease": float(np.mean(known.visceral)),
            "bone only": float(np.mean(known.bone_only)),
            **{name: float(np.mean(women)) for name, women in involved.items()},
            "one site": float(np.mean(count == 1)),
            "two sites": float(np.mean(count == 2)),
            "three or more sites": float(np.mean(count >= 3)),
        }

    def meet(self, conditions: Conditions) -> Bools:
        """Which women meet `conditions`, or the conditions at enrolment of a subgroup.

        `responders` is left to the caller, who knows the arm.
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
            return _mask(known[_FLAGS[name]] == int(wanted))
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
        if name == "disease_free_months":
            return disease_free(self.disease_free, known.presentation, wanted)
        if name in ("last_line_months", "first_line_months"):
            months = MONTHS_PER_YEAR * getattr(self, name.removesuffix("_months"))
            return _mask((months >= wanted[0]) & (months <= wanted[1]))
        raise KeyError(name)

    def statistic(self, quantity: str, among: Conditions | None = None) -> float:
        """A quantity of `catalog.published.QUANTITIES` of all women or of a subgroup; NaN for nobody."""
        keep = np.ones(self.women, np.bool_) if among is None else self.meet(among)
        if quantity in MEDIANS:
            values = np.asarray(self.known.age if quantity == "median_age" else self.target_mm)[
                keep
            ]
            values = values[np.isfinite(values)]
            return float(np.median(values)) if values.size else float("nan")
        return float(np.mean(self.have(quantity)[keep])) if keep.any() else float("nan")

    def have(self, quantity: str) -> Bools:
        """Which women have what is published as a share of them."""
        known = self.known
        if quantity in _FLAGS or quantity in BIOMARKERS:
            return self._meets(quantity, True)
        if quantity in COUNTS:
            sites = np.sum(list(self.involved().values()), axis=0)
            return _mask(
                sites >= 3 if quantity == COUNTS[-1] else sites == 1 + COUNTS.index(quantity)
            )
        if quantity == "de_novo":
            return _mask(known.presentation == METASTATIC_PRESENTATIONS.index("de novo"))
        if quantity in _DISEASE_FREE:
            low, high = _DISEASE_FREE[quantity]
            return disease_free(
                self.disease_free, known.presentation, (np.nextafter(low, np.inf), high)
            )
        involved = self.involved()
        named = ["lymph nodes" if name == "nodes" else name for name in quantity.split("_or_")]
        return _mask(np.any([involved[name] for name in named], axis=0))

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


def disease_free(years: Floats, presentation: Any, months: tuple[float, float]) -> Bools:
    """Which women had a primary so many months (both ends allowed) before their metastatic disease.

    `years`: from the primary's diagnosis until then; `presentation`: codes of METASTATIC_PRESENTATIONS.
    """
    recurrent = presentation == METASTATIC_PRESENTATIONS.index("recurrent")
    free = MONTHS_PER_YEAR * years
    return _mask(recurrent & (free >= months[0]) & (free <= months[1]))


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


def baseline(women: Any, followed: Followed, names: Names) -> Baseline:
    """What was known when `women` (dtype TREATED_WOMAN), who all enrolled, did so.

    `followed` is of these women alone, under any arm: what came before enrolment is the same in all.
    """
    lines = followed.lines
    at = trial_lines(followed)
    known = lines.known[at]
    # what was known of the first line at the start of the second
    second = np.minimum(followed.ends.first_line + 1, at)
    return Baseline(
        patient=np.asarray(women.patient),
        known=known,
        last_line=_years_to_progression(known),
        first_line=_years_to_progression(lines.known[second]),
        disease_free=np.asarray(women.since_diagnosis),
        target_mm=np.asarray(lines.baseline_mm[at]),
        names=names,
    )


def _years_to_progression(known: Any) -> Floats:
    """Years to progression on the line before; NaN without one."""
    return np.where(known.line > 1, known.last_line, np.nan)
