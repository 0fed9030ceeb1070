"""What was published of a trial: results with how they were counted, and what its women were at enrolment."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.conditions import Subgroup, check_conditions
from seedsoil.catalog.endpoints import EXAMPLES, RATES, endpoint, is_comparison
from seedsoil.catalog.entry import Confidence, Duration, Entry, Text
from seedsoil.catalog.sources import check_sources
from seedsoil.vocabulary import SITES

if TYPE_CHECKING:
    from collections.abc import Collection

    from seedsoil.catalog.known import Known

_BOUND = re.compile(r"\s*([<>])\s*(\d+(?:\.\d+)?)\s*")
_DIGITS = {"share": 2, "months": 1, "hazard ratio": 2, "rank correlation": 2}
"""Decimals to which numbers are published at least: whole percent, tenths of a month, hundredths."""


class Published(Entry):
    """One published result of an arm, or of the comparison of two.

    `value` with the ends `low`, `high` of its 95 % interval, in `unit`; `among` is the subgroup it is of.
    `value = ">30"` where the data say no more than that it is above: `bound` is then the sign.
    `denominator` of a rate of response: "all" women, or those with "measurable" disease at enrolment.
    `analysis` of a hazard ratio, as far as known: "stratified", or "adjusted" for covariates.
    `follow_up_months`: the data cut of this result, from the first enrolment; None for the trial's.
    """

    endpoint: Text
    value: float
    bound: Literal[">", "<"] | None = None
    low: float | None = None
    high: float | None = None
    unit: str
    denominator: Literal["all", "measurable"] | None = None
    analysis: Literal["stratified", "adjusted"] | None = None
    follow_up_months: Duration | None = None
    among: Subgroup | None = None
    verified: bool
    confidence: Confidence = "low"
    sources: list[str] = Field(default_factory=list)
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """The unit of the endpoint, where none is given; a bound such as ">30" as its sign and number."""
        if not isinstance(data, dict):
            return data
        if "unit" not in data:
            known = endpoint(str(data.get("endpoint")))
            data = {**data, "unit": known.unit if known else ""}
        value = data.get("value")
        found = _BOUND.fullmatch(value) if isinstance(value, str) else None
        return data if found is None else {**data, "bound": found[1], "value": float(found[2])}

    def among_conditions(self) -> dict[str, Any]:
        """The conditions of the subgroup by name; empty for all women of the arm."""
        return {} if self.among is None else self.among.asked()

    @property
    def counted(self) -> Subgroup | None:
        """The women whom the result is of: the subgroup, of them those in its denominator; None for all."""
        if self.denominator != "measurable" or self.endpoint == "orr_measurable":
            return self.among
        return (self.among or Subgroup()).model_copy(update={"measurable": True})

    @property
    def digits(self) -> int:
        """Decimals to which it was published."""
        written = f"{self.value:.10g}".partition(".")[2]
        return max(len(written), _DIGITS.get(self.unit, 1))

    @property
    def limits(self) -> tuple[float, float]:
        """All values that it stands for: what is rounded to it, or all above or below a bound."""
        if self.bound:
            return (self.value, math.inf) if self.bound == ">" else (-math.inf, self.value)
        half = 0.5 * 10.0**-self.digits
        return self.value - half, self.value + half


class Comparison(Published):
    """A published result of the comparison of the arm `arm` with the arm `against`.

    Without them, of the first arm that is not `hr_reference` with that.
    """

    arm: Text | None = None
    against: Text | None = None


FLAGS = (
    "measurable", "visceral", "visceral_crisis", "brain", "bone_only", "her2_low", "pd_l1_cps10", "gbrca",
    "pik3ca_pathway", "pik3ca", "esr1", "endocrine_resistant",
)  # fmt: skip
"""Facts at enrolment that are conditions of a woman, true or false."""
COUNTS = ("one_site", "two_sites", "three_or_more_sites")
QUANTITIES = (
    *FLAGS, *(site for site in SITES if site != "node"), "nodes", "lung_or_liver", *COUNTS, "de_novo",
    "disease_free_to_12", "disease_free_12_to_24", "disease_free_over_24", "median_age",
    "median_target_sum",
)  # fmt: skip
"""What is published of the women who enrol: shares of them, and medians."""
MEDIANS = {"median_age": "years", "median_target_sum": "mm"}
"""Those that are medians, with their unit; all others are shares."""


class BaselineFact(Entry):
    """One published number on the women of a trial at enrolment, of all of them or `among` a subgroup."""

    quantity: Text
    value: float
    unit: str
    among: Subgroup | None = None
    verified: bool
    confidence: Confidence = "low"
    source: str
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _unit_of_the_quantity(cls, data: Any) -> Any:
        if isinstance(data, dict) and "unit" not in data:
            return {**data, "unit": MEDIANS.get(str(data.get("quantity")), "share")}
        return data


def check_published(
    where: str,
    entry: Published,
    compares: bool,
    known: Known,
    refusal: str | None,
    problems: list[str],
) -> None:
    """Add a line for each thing wrong with a result; `compares`: it stands among comparisons of two arms."""
    if entry.among is not None:
        check_conditions(f"{where}: among", entry.among, known.drugs, problems)
    check_sources(where, entry.sources, known.sources, refusal, problems)
    found = endpoint(entry.endpoint)
    if found is None:
        problems.append(unknown(where, "endpoint", entry.endpoint, EXAMPLES))
        return
    where = f"{where}: {entry.endpoint}"
    if is_comparison(entry.endpoint) != compares:
        place = "[[comparison]]" if not compares else "published of an arm"
        problems.append(f"{where}: belongs under {place}")
    if entry.unit != found.unit:
        problems.append(f"{where}: unit '{entry.unit}' is not allowed; it must be '{found.unit}'")
    if not found.low <= entry.value <= found.high:
        problems.append(
            f"{where}: value {entry.value:g} is out of range; "
            f"allowed {found.low:g} to {found.high:g} {found.unit}"
        )
    low = entry.value if entry.low is None else entry.low
    high = entry.value if entry.high is None else entry.high
    if not low <= entry.value <= high:
        problems.append(
            f"{where}: value {entry.value:g} is not between low {low:g} and high {high:g}"
        )
    problems.extend(f"{where}: {why}" for why in _miscounted(entry))


def _miscounted(entry: Published) -> list[str]:
    """What is wrong with the denominator of a result, or with its analysis."""
    if entry.analysis is not None and not is_comparison(entry.endpoint):
        return ["analysis: only a hazard ratio is stratified or adjusted"]
    if entry.endpoint not in RATES:
        return [] if entry.denominator is None else ["denominator: only a rate of response has one"]
    if entry.denominator is None:
        return ['denominator is missing; "all" women of it, or those with "measurable" disease']
    if entry.endpoint == "orr_measurable" and entry.denominator != "measurable":
        return ['denominator must be "measurable"']
    measurable = entry.among_conditions().get("measurable")
    if measurable is not None and measurable != (entry.denominator == "measurable"):
        return [f"denominator '{entry.denominator}' and among measurable = {measurable} disagree"]
    return []


def check_baseline(
    where: str, fact: BaselineFact, known: Collection[str], problems: list[str]
) -> None:
    """Add a line for each thing wrong with a fact at enrolment; `known`: the drugs that it may name."""
    if fact.quantity not in QUANTITIES:
        problems.append(unknown(where, "quantity", fact.quantity, QUANTITIES))
        return
    where = f"{where}: {fact.quantity}"
    if fact.among is not None:
        check_conditions(f"{where}: among", fact.among, known, problems)
        if fact.among.responders is not None:
            problems.append(f"{where}: among: responders are not known at enrolment")
    unit = MEDIANS.get(fact.quantity, "share")
    if fact.unit != unit:
        problems.append(f"{where}: unit '{fact.unit}' is not allowed; it must be '{unit}'")
    most = 1.0 if unit == "share" else 1000.0
    if not 0.0 <= fact.value <= most:
        problems.append(
            f"{where}: value {fact.value:g} is out of range; allowed 0 to {most:g} {unit}"
        )
