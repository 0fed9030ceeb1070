"""What the data files of treatment may say: drugs, regimens, strategies and trials.

As in `schema`, each class is one kind of entry; what pydantic cannot see in one entry alone, such as the
names that it uses, is checked by `treatment_checks`.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from seedsoil.catalog.conditions import Conditions, Subgroup
from seedsoil.catalog.endpoints import endpoint
from seedsoil.catalog.schema import SHARE_TOLERANCE, Confidence, Entry, Share, Status, Text
from seedsoil.vocabulary import USUAL_CARE, Biomarker, DrugClass, Mechanism

__all__ = [
    "Arm",
    "ByOrgan",
    "BySubtype",
    "Conditions",
    "Crossover",
    "Drug",
    "Line",
    "Published",
    "Regimen",
    "RegimenDrug",
    "Strategy",
    "StrategyEntry",
    "Subgroup",
    "Trial",
    "TrialEntry",
    "Until",
]


Factor = Annotated[float, Field(ge=0.0, le=10.0)]
Duration = Annotated[float, Field(gt=0.0, le=600.0)]
ScanWeeks = Annotated[float, Field(ge=1.0, le=104.0)]


class BySubtype(Entry):
    """A factor for each subtype."""

    hr_pos_her2_neg: Factor
    hr_pos_her2_pos: Factor
    hr_neg_her2_pos: Factor
    tnbc: Factor

    def numbers(self) -> tuple[float, ...]:
        """The four factors in the order of `schema.SUBTYPES`."""
        return (self.hr_pos_her2_neg, self.hr_pos_her2_pos, self.hr_neg_her2_pos, self.tnbc)


class ByOrgan(Entry):
    """A share for each organ."""

    bone: Share
    lung: Share
    liver: Share
    brain: Share
    other: Share

    def numbers(self) -> tuple[float, ...]:
        """The five shares in the order of `schema.ORGANS`."""
        return (self.bone, self.lung, self.liver, self.brain, self.other)


class Drug(Entry):
    """One drug.

    The kill of sensitive cells by mechanism m in organ o is

        k_m · subtypes[subtype] · (1 with the biomarker, `without` without it) · exposure[o]   per year

    where ln k_m is the parameter `drug.log_kill`, item "drug.mechanism", or, for a drug of a user's
    file, the ln of its `kill`, or that of the drug `kill_of`, whose `drug.potency` it shares too. Women
    with HER2-positive disease count as having the biomarker `her2_low`: the antibody finds its target
    in them. `grade3_plus` (share of patients), `discontinuation` (hazard of stopping the drug for
    toxicity, per year) and `toxic_death` (share of patients, in the first half year) are the drug's
    own, beyond its partners': a regimen's shares are 1 - Π(1 - share) over its drugs, its hazard the
    sum. `price_per_month` is in `price_unit` (currency and year).
    """

    drug_class: DrugClass = Field(alias="class")
    description: Text
    mechanisms: Annotated[list[Mechanism], Field(min_length=1)]
    subtypes: BySubtype
    biomarker: Biomarker | None = None
    without: Factor | None = None
    exposure: ByOrgan
    kill: dict[str, float] | None = None
    kill_of: Text | None = None
    grade3_plus: Share
    discontinuation: Annotated[float, Field(ge=0.0, le=10.0)]
    toxic_death: Annotated[float, Field(ge=0.0, le=0.5)]
    schedule: Text
    price_per_month: Annotated[float, Field(ge=0.0)] | None = None
    price_unit: Text | None = None
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    def kill_item(self, name: str, mechanism: str) -> str:
        """The item of `drug.log_kill` and `drug.potency` that holds its numbers; `name` is the drug's own."""
        return f"{self.kill_of or name}.{mechanism}"


class RegimenDrug(Entry):
    """A drug of a regimen: for `months` or until progression, its kill times `dose`."""

    drug: Text
    months: Duration | None = None
    dose: Annotated[float, Field(gt=0.0, le=5.0)] = 1.0


class Regimen(Entry):
    """Drugs given together as one line of therapy."""

    description: Text
    drugs: Annotated[list[RegimenDrug], Field(min_length=1)]
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


def _shares(value: Any) -> Any:
    """`"name"` as {name: 1.0}; a table of shares with their sum made exactly 1."""
    if isinstance(value, str):
        return {value: 1.0}
    if not isinstance(value, dict):
        raise ValueError(
            "must be a regimen's name or a table of shares, { name = 0.7, other = 0.3 }"
        )
    for name, share in value.items():
        if isinstance(share, bool) or not isinstance(share, (int, float)):
            raise ValueError(f"the share of '{name}' is {share!r}; it must be a number")
        if not 0.0 < share <= 1.0:
            raise ValueError(f"the share of '{name}' is {share}; it must be above 0 and at most 1")
    total = math.fsum(value.values())
    if abs(total - 1.0) > SHARE_TOLERANCE:
        raise ValueError(f"the shares sum to {total:.4g}; they must sum to 1")
    return {name: share / total for name, share in value.items()}


Shares = Annotated[dict[str, float], BeforeValidator(_shares)]


class Until(Entry):
    """Planned end of a line's drugs."""

    months: Duration


class _Given(Entry):
    """What is given: regimens by share, for how long, and what follows in the same line."""

    regimen: Shares
    until: Until | None = None
    then: Text | None = None

    @property
    def until_months(self) -> float | None:
        """Months until the planned end, or None: until progression."""
        return None if self.until is None else self.until.months


class Line(_Given):
    """One rule of a strategy: a woman who meets `when` is given one of `regimen` (name: share)."""

    when: Conditions = Conditions()


class StrategyEntry(Entry):
    """A strategy as written; the first of its lines whose conditions hold is taken."""

    name: Text
    description: str
    scan_weeks: ScanWeeks
    bone_agent: bool
    lines: list[Line] = Field(alias="line", default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


class Strategy(StrategyEntry):
    """A checked strategy: which regimen each line of therapy for metastatic disease is.

    Where no line's conditions hold, systemic therapy ends. `drugs` and `regimens` are those that its own
    file defines; they go before the catalog's of the same name.
    """

    drugs: dict[str, Drug] = Field(default_factory=dict)
    regimens: dict[str, Regimen] = Field(default_factory=dict)


class Published(Entry):
    """One published result of an arm, or of the comparison of two.

    `value` with the ends `low`, `high` of its 95 % interval, in `unit`; `among` is the subgroup it is of.
    """

    endpoint: Text
    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    among: Subgroup | None = None
    verified: bool
    confidence: Confidence = "low"
    sources: list[str] = Field(default_factory=list)
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _unit_of_the_endpoint(cls, data: Any) -> Any:
        if isinstance(data, dict) and "unit" not in data:
            known = endpoint(str(data.get("endpoint")))
            return {**data, "unit": known.unit if known else ""}
        return data

    def among_conditions(self) -> dict[str, Any]:
        """The conditions of the subgroup by name; empty for all women of the arm."""
        return {} if self.among is None else self.among.asked()


class Crossover(Entry):
    """The regimen that a share of an arm's women is given as the next line after progression."""

    regimen: Text
    share: Share


class Arm(_Given):
    """One arm of a trial, of `n` women, with its published results."""

    name: Text
    n: Annotated[int, Field(ge=1)]
    crossover: Crossover | None = None
    published: list[Published] = Field(default_factory=list)

    @property
    def usual_care(self) -> bool:
        """Whether the arm is treated as the strategy `after` says and has no regimen of its own."""
        return USUAL_CARE in self.regimen


class TrialEntry(Entry):
    """A trial as written.

    Women are eligible who meet `eligible` or any of `or_eligible`. `adjuvant` is the era of the primaries,
    `before` and `after` are the strategies of the lines before and after. Scans every `scan_weeks`; women
    enter over `accrual_months`; the data are cut `follow_up_months` after the first did; `dropout` is a
    hazard per year. Hazard ratios are against the arm `hr_reference`.
    """

    name: Text
    nct: Annotated[str, Field(pattern=r"^NCT\d{8}$")] | None = None
    year: Annotated[int, Field(ge=1970, le=2100)]
    role: Literal["calibration", "validation"]
    description: Text
    population: str
    eligible: Conditions
    or_eligible: list[Conditions] = Field(default_factory=list)
    adjuvant: Text
    before: Text
    after: Text
    scan_weeks: ScanWeeks
    accrual_months: Duration
    follow_up_months: Duration
    dropout: Annotated[float, Field(ge=0.0, le=2.0)]
    hr_reference: Text
    arms: Annotated[list[Arm], Field(alias="arm", min_length=1)]
    comparisons: list[Published] = Field(alias="comparison", default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


class Trial(TrialEntry):
    """A checked trial. `drugs` and `regimens` are those that its own file defines (see `Strategy`)."""

    drugs: dict[str, Drug] = Field(default_factory=dict)
    regimens: dict[str, Regimen] = Field(default_factory=dict)
