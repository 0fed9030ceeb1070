"""Trials: eligibility, arms, conduct, and what was published of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from seedsoil.catalog.arms import Arm, check_arm
from seedsoil.catalog.complaints import check_entry, unknown
from seedsoil.catalog.conditions import Counts, Eligible, check_conditions
from seedsoil.catalog.drugs import Drug, Regimen
from seedsoil.catalog.entry import Confidence, Duration, Entry, ScanWeeks, Status, Text
from seedsoil.catalog.known import Known, with_own
from seedsoil.catalog.places import Tables, entry_name
from seedsoil.catalog.published import (
    BaselineFact,
    Comparison,
    Published,
    check_baseline,
    check_published,
)
from seedsoil.catalog.sources import check_provenance
from seedsoil.catalog.strategies import InPlasma, Strategy, check_switch
from seedsoil.vocabulary import USUAL_CARE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog.files import Table
    from seedsoil.catalog.places import Starts


class Cut(Entry):
    """The data are cut at so many events, of all arms: progression or death (pfs), or death (os)."""

    events: Annotated[int, Field(ge=1)]
    endpoint: Literal["pfs", "os"] = "pfs"


Spending = Literal["none", "obrien-fleming", "pocock"]
"""How an error is spent over the looks: spending functions of these types by Lan and DeMets."""


class Looks(Entry):
    """The analyses before the last one, and when they stop the trial.

    `at`: shares of the cut's events at which the data are looked at; the last look, at all of them, is not
    named. `alpha`: one-sided error over all looks, spent as `efficacy` says. Futility, non-binding: as
    `futility` spends `beta`, or where the hazard ratio seen is at or above `futility_hr`, one for each look
    before the last.
    """

    at: list[Annotated[float, Field(gt=0.0, lt=1.0)]] = Field(default_factory=list, max_length=9)
    alpha: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.025
    efficacy: Spending = "obrien-fleming"
    futility: Spending = "none"
    beta: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.1
    futility_hr: list[Annotated[float, Field(gt=0.0, le=20.0)]] = Field(default_factory=list)


Role = Literal["calibration", "validation", "own"]
"""What a trial is to the model: fitted to it, held out from the fit, or of a file of one's own."""

Criteria = Literal["RECIST", "WHO"]
"""By which a trial judged response: RECIST, or those of the World Health Organization that were before it."""

LATEST_CUT = 240.0
"""Months from the first enrolment after which the data are cut if a number of events is not reached."""


class TrialEntry(Entry):
    """A trial as written.

    Women are eligible who meet `eligible` or any of `or_eligible`, with a performance status in `ecog` if the
    group names none of its own. Those of a `registry` are all women treated; into other trials fewer enter
    with age. `adjuvant` is the era of the primaries, `before` and `after` are the strategies of the lines
    before and after. Response is judged by `criteria`. Scans every `scan_weeks`; women enter over
    `accrual_months`, all at once where that is 0, evenly or at the relative `accrual_rates` of so many
    equal parts of it. The data are cut at the events of `cut`, and `follow_up_months` after the first
    enrolment at the latest (with a cut: `LATEST_CUT` where it is not given). `looks`: analyses before
    that. `dropout` is a hazard per year. `induction_months`: women are randomised so long after the line
    began, if they are alive, without progression and were given all its drugs; the arms differ in what
    follows. `randomised_at`: they are at the first scan that comes with this in plasma and shows no
    progression; the arms differ in what they switch to, or do not. Hazard ratios are against the arm
    `hr_reference`.
    """

    name: Text
    nct: Annotated[str, Field(pattern=r"^NCT\d{8}$")] | None = None
    year: Annotated[int, Field(ge=1970, le=2100)]
    ecog: Counts | None = None
    registry: bool = False
    criteria: Criteria = "RECIST"
    role: Role
    description: Text
    population: str
    eligible: Eligible
    or_eligible: list[Eligible] = Field(default_factory=list)
    adjuvant: Text
    before: Text
    after: Text
    scan_weeks: ScanWeeks
    accrual_months: Annotated[float, Field(ge=0.0, le=600.0)]
    accrual_rates: list[Annotated[float, Field(ge=0.0, le=1e6)]] = Field(
        default_factory=list, max_length=600
    )
    follow_up_months: Duration
    induction_months: Duration | None = None
    randomised_at: InPlasma | None = None
    cut: Cut | None = None
    looks: Looks | None = None
    dropout: Annotated[float, Field(ge=0.0, le=2.0)]
    hr_reference: Text
    arms: Annotated[list[Arm], Field(alias="arm", min_length=1)]
    comparisons: list[Comparison] = Field(alias="comparison", default_factory=list)
    baseline: list[BaselineFact] = Field(default_factory=list)
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    @property
    def within_line(self) -> bool:
        """Whether women are randomised some time after the line began."""
        return self.induction_months is not None or self.randomised_at is not None

    @model_validator(mode="before")
    @classmethod
    def _latest_cut(cls, data: Any) -> Any:
        if isinstance(data, dict) and "cut" in data and "follow_up_months" not in data:
            return {**data, "follow_up_months": LATEST_CUT}
        return data

    def arms_of(self, comparison: Comparison) -> tuple[str, str]:
        """The two arms that a result compares, the one that it is against last."""
        others = [arm.name for arm in self.arms if arm.name != self.hr_reference]
        return comparison.arm or others[0], comparison.against or self.hr_reference


class Trial(TrialEntry):
    """A checked trial. `drugs` and `regimens` are those that its own file defines (see `Strategy`).

    `strategies`: those of files that `before` and `after` name, by these names. `packaged`: it is of the
    package's own catalog, whose roles are known to hold.
    """

    drugs: dict[str, Drug] = Field(default_factory=dict)
    regimens: dict[str, Regimen] = Field(default_factory=dict)
    strategies: dict[str, Strategy] = Field(default_factory=dict)
    packaged: bool = False


def build_trial(
    where: str,
    table: Tables,
    known: Known,
    problems: list[str],
    strategies: Mapping[str, Strategy] | None = None,
) -> Trial | None:
    """The trial of a file's tables, with a line for each problem; None if it is not sound.

    `strategies`: those of files that `before` and `after` may name besides the known ones.
    """
    table = table.over({})
    own_strategies = dict(strategies or {})
    for strategy in own_strategies.values():
        known = dataclasses.replace(
            known,
            drugs={**known.drugs, **strategy.drugs},
            regimens={**known.regimens, **strategy.regimens},
        )
    known = dataclasses.replace(known, strategies=[*known.strategies, *own_strategies])
    drugs, regimens, known = with_own(where, table, known, problems)
    _check_defined_once(where, drugs, regimens, own_strategies, problems)
    if "events" in table and "cut" not in table:
        table["cut"] = {"events": table.pop("events")}
    _end_induction(table)
    entry = check_entry(TrialEntry, table, where, problems, table.starts)
    if entry is None:
        return None
    _check_trial(where, entry, table.starts, known, problems)
    # its fields are sound already
    return Trial.model_construct(
        **dict(entry), drugs=drugs, regimens=regimens, strategies=own_strategies
    )


def _end_induction(table: Table) -> None:
    """Where women are randomised after induction it ends then in each arm that says no other end."""
    months, arms = table.get("induction_months"), table.get("arm")
    if isinstance(months, int | float) and isinstance(arms, list):
        until = {"until": {"months": months}}
        table["arm"] = [{**until, **arm} if isinstance(arm, dict) else arm for arm in arms]


def _check_defined_once(
    where: str,
    drugs: Mapping[str, Drug],
    regimens: Mapping[str, Regimen],
    strategies: Mapping[str, Strategy],
    problems: list[str],
) -> None:
    """Add a line for each drug or regimen that two of the trial's files define differently."""
    written: list[tuple[str, str, Mapping[str, Drug | Regimen]]] = [
        ("the trial's file", "drug", drugs),
        ("the trial's file", "regimen", regimens),
    ]
    for file, own in strategies.items():
        written += [(f"'{file}'", "drug", own.drugs), (f"'{file}'", "regimen", own.regimens)]
    made: dict[str, tuple[str, Drug | Regimen]] = {}
    for where_written, kind, entries in written:
        for name, entry in entries.items():
            first, other = made.setdefault(f"{kind}.{name}", (where_written, entry))
            if other != entry:
                problems.append(
                    f"{where}: {kind}.{name}: is defined differently in {first} and {where_written}; both "
                    "hold in the whole trial: give one of them another name"
                )


def _check_trial(
    where: str, trial: TrialEntry, starts: Starts, known: Known, problems: list[str]
) -> None:
    """Add a line for each thing wrong with `trial`, whose own fields are sound."""
    check_conditions(f"{where}: eligible", trial.eligible, known.drugs, problems)
    for number, group in enumerate(trial.or_eligible, start=1):
        check_conditions(f"{where}: or_eligible {number}", group, known.drugs, problems)
    groups = (trial.eligible, *trial.or_eligible)
    if trial.role == "calibration" and any(group.disease_free_months for group in groups):
        problems.append(f"{where}: disease_free_months: not in a trial of role calibration")
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
    _check_conduct(where, trial, problems)
    _check_induction(where, trial, known, problems)
    _check_plasma(where, trial, problems)
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
        here = f"{where}: {entry_name('comparison', number, starts)}"
        _check_result(here, entry, True, trial, known, problems)
        if len(names) > 1 and trial.hr_reference in names:
            _check_compared(here, entry, names, trial, problems)
    for number, fact in enumerate(trial.baseline, start=1):
        here = f"{where}: {entry_name('baseline', number, starts)}"
        check_baseline(here, fact, known.drugs, problems)
    check_provenance(where, trial.sources, trial.status, known.sources, _refusal(trial), problems)


def _check_conduct(where: str, trial: TrialEntry, problems: list[str]) -> None:
    """Add a line for each thing wrong with accrual, cut and looks, whose own fields are sound."""
    rates, cut, looks = trial.accrual_rates, trial.cut, trial.looks
    if rates and trial.accrual_months == 0.0:
        problems.append(f"{where}: accrual_rates: with accrual_months = 0 all enrol at once")
    if rates and not any(rates):
        problems.append(f"{where}: accrual_rates: one at least must be above 0")
    women = sum(arm.n for arm in trial.arms)
    if cut is not None and cut.events > women:
        problems.append(
            f"{where}: cut: {cut.events} events are more than the {women} women of all arms can have"
        )
    if cut is not None and trial.role == "calibration":
        problems.append(
            f"{where}: cut: drugs are fitted to data cut on a day; a trial of role calibration has "
            "follow_up_months alone"
        )
    if looks is None:
        return
    if any(b <= a for a, b in zip(looks.at, looks.at[1:], strict=False)):
        problems.append(f"{where}: looks: at = {looks.at} must ascend")
    if looks.at and cut is None:
        problems.append(
            f"{where}: looks: at is in shares of the events of the cut; add cut = {{ events = ... }}"
        )
    if looks.at and cut is not None and looks.at[0] * cut.events < 1.0:
        problems.append(
            f"{where}: looks: at {looks.at[0]:g} of {cut.events} events there is no event yet"
        )
    if looks.futility_hr and len(looks.futility_hr) != len(looks.at):
        problems.append(
            f"{where}: looks: futility_hr has {len(looks.futility_hr)} numbers; it must have one for each "
            f"of the {len(looks.at)} looks in at"
        )
    if looks.futility_hr and looks.futility != "none":
        problems.append(f"{where}: looks: futility and futility_hr: give one of the two")


def _check_induction(where: str, trial: TrialEntry, known: Known, problems: list[str]) -> None:
    """Add a line for each reason for which the arms would differ before their women are randomised."""
    months = trial.induction_months
    if months is None:
        return
    where = f"{where}: induction_months {months:g}"
    if trial.role == "calibration":
        problems.append(f"{where}: not in a trial of role calibration")
    if any(arm.usual_care or arm.regimen != trial.arms[0].regimen for arm in trial.arms):
        problems.append(
            f"{where}: all arms have the same regimen, which is the induction; they differ in then"
        )
    problems.extend(
        f"{where}: arm '{arm.name}': until is {arm.until_months:g} months; leave it out, or give the same"
        for arm in trial.arms
        if arm.until_months not in (None, months)
    )
    for name in trial.arms[0].regimen:
        defined = known.regimens.get(name)
        parts = [] if defined is None else defined.drugs
        problems.extend(
            f"{where}: regimen '{name}' gives {part.drug} for {part.months:g} months alone: what follows "
            "would begin then"
            for part in parts
            if part.months is not None and part.months < months
        )


def _check_plasma(where: str, trial: TrialEntry, problems: list[str]) -> None:
    """Add a line for each reason for which a switch at ESR1, or randomisation there, cannot be."""
    for arm in trial.arms:
        here = f"{where}: arm '{arm.name}'"
        if arm.switch is not None:
            for group in (trial.eligible, *trial.or_eligible):
                check_switch(here, group, problems)
        if arm.switch is not None and trial.induction_months is not None:
            problems.append(
                f"{here}: switch: with induction_months women could be switched before they are randomised; "
                "use randomised_at = { esr1 = true }"
            )
    if trial.randomised_at is None:
        return
    where = f"{where}: randomised_at"
    if trial.role == "calibration":
        problems.append(f"{where}: not in a trial of role calibration")
    if trial.induction_months is not None:
        problems.append(f"{where} and induction_months: give one of the two")
    first = trial.arms[0]
    for arm in trial.arms:
        before = [
            name
            for name in ("regimen", "until", "then", "then_rules")
            if getattr(arm, name) != getattr(first, name)
        ]
        if arm.usual_care:
            problems.append(f"{where}: arm '{arm.name}': '{USUAL_CARE}' has no line of its own")
        elif before:
            problems.append(
                f"{where}: arm '{arm.name}': {before[0].removesuffix('_rules')} is not that of arm "
                f"'{first.name}'; until they are randomised all are given the same, and differ in switch"
            )


def _check_arm(where: str, arm: Arm, trial: TrialEntry, known: Known, problems: list[str]) -> None:
    check_arm(where, arm, known, problems)
    if arm.divided and trial.role == "calibration":
        problems.append(
            f"{where}: then and crossover: of a trial of role calibration they have no rules"
        )
    for number, entry in enumerate(arm.published, start=1):
        here = f"{where}: published {number}"
        _check_result(here, entry, False, trial, known, problems)


def _check_compared(
    where: str, entry: Comparison, names: list[str], trial: TrialEntry, problems: list[str]
) -> None:
    """Add a line for each thing wrong with the arms that a comparison names."""
    for field, name in (("arm", entry.arm), ("against", entry.against)):
        if name is not None and name not in names:
            problems.append(unknown(f"{where}: {field}", "arm", name, names))
    if entry.arm is None and len(names) > 2:
        problems.append(
            f"{where}: arm is missing; there are {len(names)}: say which is compared, of {', '.join(names)}"
        )
        return
    arm, against = trial.arms_of(entry)
    if arm == against:
        problems.append(
            f"{where}: arm and against are both '{arm}' (against is hr_reference if it is not given)"
        )
    elif trial.role == "calibration" and against != trial.hr_reference:
        problems.append(
            f"{where}: against: drugs are fitted to comparisons with hr_reference alone"
        )


def _check_result(
    where: str,
    entry: Published,
    compares: bool,
    trial: TrialEntry,
    known: Known,
    problems: list[str],
) -> None:
    check_published(where, entry, compares, known, _refusal(trial), problems)
    months = entry.follow_up_months
    if months is not None and not trial.accrual_months <= months:
        problems.append(
            f"{where}: follow_up_months {months:g} ends before accrual does ({trial.accrual_months:g})"
        )


def _refusal(trial: TrialEntry) -> str | None:
    """Only a trial that is held out for validation may rest on sources of role validation."""
    if trial.role != "calibration":
        return None
    return "source {key} has role {role}; a trial of role calibration may not rest on it"
