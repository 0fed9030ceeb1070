"""Who enrols: what was published of a trial's women at enrolment, beside the simulated ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.published import FLAGS
from seedsoil.trials.endpoints import FEWEST, among_words
from seedsoil.trials.words import value_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedsoil.catalog import Trial
    from seedsoil.trials.baseline import Baseline

TOLERANCE = {"share": 0.10, "years": 5.0, "mm": 15.0}
"""How far a simulated number may lie from the published one: tables of enrolment are known to ten points."""
HEADER = ["", "published", "simulated", "within ten points"]
_WORDS = {
    "one_site": "one site",
    "two_sites": "two sites",
    "three_or_more_sites": "three or more sites",
    "lung_or_liver": "lung or liver involved",
    "nodes": "lymph nodes involved",
    "de_novo": "metastatic at diagnosis",
    "disease_free_to_12": "disease-free up to 12 months",
    "disease_free_12_to_24": "disease-free 12 to 24 months",
    "disease_free_over_24": "disease-free over 24 months",
    "median_age": "age, median, years",
    "median_target_sum": "sum of target diameters, median, mm",
}


@dataclass(frozen=True)
class Enrolled:
    """One published fact on the women who enrol, beside the simulated ones.

    `simulated` is None where fewer than 30 simulated women count, and then `within` is, too: whether it lies
    within ten points (five years of a median age, 15 mm of a sum of diameters).
    """

    quantity: str
    among: str
    unit: str
    published: float
    simulated: float | None
    within: bool | None
    verified: bool
    source: str
    note: str


def enrolled_facts(trial: Trial, baseline: Baseline | None) -> tuple[Enrolled, ...]:
    """What was published of those who enrolled in `trial`; no simulated numbers without a `baseline`."""
    found = []
    for fact in trial.baseline:
        simulated = within = None
        if baseline is not None:
            women = baseline.women if fact.among is None else baseline.meet(fact.among).sum()
            value = baseline.statistic(fact.quantity, fact.among)
            if women >= FEWEST and math.isfinite(value):
                simulated = value
                # to a millionth, so that 0.68 and 0.78 are ten points apart
                within = abs(value - fact.value) <= TOLERANCE[fact.unit] + 1e-6
        among = {} if fact.among is None else fact.among.asked()
        found.append(
            Enrolled(fact.quantity, among_words(among), fact.unit, fact.value, simulated, within,
                     fact.verified, fact.source, fact.note)
        )  # fmt: skip
    return tuple(found)


def quantity_words(fact: Enrolled) -> str:
    """What was published, in words: `bone involved (visceral disease)`."""
    name = fact.quantity
    words = _WORDS.get(name)
    if words is None:
        words = among_words({name: True}) if name in FLAGS else f"{name} involved"
    return f"{words} ({fact.among})" if fact.among else words


def _number(value: float | None, unit: str) -> str:
    if value is None or unit == "share":
        return value_words(value, "share")
    return f"{value:.0f}"


def enrolled_rows(facts: Iterable[Enrolled]) -> list[list[str]]:
    """The facts as text: what, published (asterisk: not verified), simulated, whether within ten points."""
    verdicts = {None: "–", True: "yes", False: "NO"}
    return [
        [quantity_words(fact), _number(fact.published, fact.unit) + ("" if fact.verified else " *"),
         _number(fact.simulated, fact.unit), verdicts[fact.within]]
        for fact in facts
    ]  # fmt: skip


def enrolled_sentence(facts: Iterable[Enrolled]) -> str:
    """How many published facts on the women who enrol are met; empty where none was published."""
    judged = [fact.within for fact in facts if fact.within is not None]
    if not judged:
        return ""
    return (
        f"Of {len(judged)} published fact{'' if len(judged) == 1 else 's'} on the women who enrol "
        f"{sum(judged)} {'is' if sum(judged) == 1 else 'are'} met within ten points "
        f"({TOLERANCE['years']:g} years of age)."
    )


def enrolled_records(facts: Iterable[Enrolled]) -> list[dict[str, Any]]:
    """The facts as dictionaries, for a program."""
    return [vars(fact) for fact in facts]
