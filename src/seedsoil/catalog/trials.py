"""Trials: eligibility, arms, conduct, and what was published of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from seedsoil.catalog.complaints import check_entry, unknown
from seedsoil.catalog.conditions import Conditions, Counts, Subgroup, check_conditions
from seedsoil.catalog.drugs import Drug, Regimen
from seedsoil.catalog.endpoints import EXAMPLES, endpoint, is_comparison
from seedsoil.catalog.entry import Confidence, Duration, Entry, ScanWeeks, Share, Status, Text
from seedsoil.catalog.known import Known, with_own
from seedsoil.catalog.sources import check_provenance, check_sources
from seedsoil.catalog.strategies import Given, check_given, check_regimens
from seedsoil.vocabulary import USUAL_CARE

if TYPE_CHECKING:
    from seedsoil.catalog.files import Table


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


class Arm(Given):
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

    Women are eligible who meet `eligible` or any of `or_eligible`, with a performance status in `ecog` if the
    group names none of its own. Those of a `registry` are all women treated; into other trials fewer enter
    with age. `adjuvant` is the era of the primaries, `before` and `after` are the strategies of the lines
    before and after. Scans every `scan_weeks`; women enter over `accrual_months`; the data are cut
    `follow_up_months` after the first did; `dropout` is a hazard per year. Hazard ratios are against the arm
    `hr_reference`.
    """

    name: Text
    nct: Annotated[str, Field(pattern=r"^NCT\d{8}$")] | None = None
    year: Annotated[int, Field(ge=1970, le=2100)]
    ecog: Counts | None = None
    registry: bool = False
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


def build_trial(where: str, table: Table, known: Known, problems: list[str]) -> Trial | None:
    """The trial of a file's tables, with a line for each problem; None if it is not sound."""
    table = dict(table)
    drugs, regimens, known = with_own(where, table, known, problems)
    entry = check_entry(TrialEntry, table, where, problems)
    if entry is None:
        return None
    _check_trial(where, entry, known, problems)
    # its fields are sound already
    return Trial.model_construct(**dict(entry), drugs=drugs, regimens=regimens)


def _check_trial(where: str, trial: TrialEntry, known: Known, problems: list[str]) -> None:
    """Add a line for each thing wrong with `trial`, whose own fields are sound."""
    check_conditions(f"{where}: eligible", trial.eligible, known.drugs, problems)
    for number, group in enumerate(trial.or_eligible, start=1):
        check_conditions(f"{where}: or_eligible {number}", group, known.drugs, problems)
    if trial.adjuvant not in known.eras:
        problems.append(unknown(f"{where}: adjuvant", "era", trial.adjuvant, known.eras))
    for field in ("before", "after"):
        name = getattr(trial, field)
        if name not in known.strategies:
            problems.append(unknown(f"{where}: {field}", "strategy", name, known.strategies))
    if trial.registry and trial.ecog is not None:
        problems.append(f"{where}: a registry takes women of any performance status; remove ecog")
    if trial.follow_up_months < trial.accrual_months:
        problems.append(
            f"{where}: follow_up_months {trial.follow_up_months:g} ends before accrual does "
            f"({trial.accrual_months:g}); both run from the first enrolment"
        )
    names = [arm.name for arm in trial.arms]
    problems.extend(
        f"{where}: two arms are named '{name}'"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    )
    if trial.hr_reference not in names:
        problems.append(unknown(f"{where}: hr_reference", "arm", trial.hr_reference, names))
    for arm in trial.arms:
        _check_arm(f"{where}: arm '{arm.name}'", arm, trial, known, problems)
    if trial.comparisons and len(trial.arms) < 2:
        problems.append(f"{where}: a comparison needs two arms; there is one")
    for number, entry in enumerate(trial.comparisons, start=1):
        here = f"{where}: comparison {number}"
        _check_published(here, entry, True, trial, known, problems)
    check_provenance(where, trial.sources, trial.status, known.sources, _refusal(trial), problems)


def _check_arm(where: str, arm: Arm, trial: TrialEntry, known: Known, problems: list[str]) -> None:
    if not arm.usual_care:
        check_given(where, arm, known, problems)
    elif arm.regimen != {USUAL_CARE: 1.0} or arm.until or arm.then or arm.crossover:
        problems.append(
            f"{where}: '{USUAL_CARE}' stands alone: no other regimen, until, then or crossover"
        )
    if arm.crossover is not None:
        check_regimens(f"{where}: crossover", [arm.crossover.regimen], known, problems)
    for number, entry in enumerate(arm.published, start=1):
        here = f"{where}: published {number}"
        _check_published(here, entry, False, trial, known, problems)


def _check_published(
    where: str,
    entry: Published,
    compares: bool,
    trial: TrialEntry,
    known: Known,
    problems: list[str],
) -> None:
    if entry.among is not None:
        check_conditions(f"{where}: among", entry.among, known.drugs, problems)
    check_sources(where, entry.sources, known.sources, _refusal(trial), problems)
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


def _refusal(trial: TrialEntry) -> str | None:
    """Only a trial that is held out for validation may rest on sources of role validation."""
    if trial.role != "calibration":
        return None
    return "source {key} has role {role}; a trial of role calibration may not rest on it"
