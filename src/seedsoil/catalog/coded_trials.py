"""Numbers of trials that a source gives: results, arms, dates, and what the women were at enrolment."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seedsoil.catalog.coded_value import ASSUMED, Coded
from seedsoil.catalog.conditions_written import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seedsoil.catalog.arms import Arm
    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.conditions import Conditions
    from seedsoil.catalog.published import Published
    from seedsoil.catalog.trials import Trial

RESULTS = "trial results"
ARMS = "trial arms and dates"
CUTS = "data cuts of trial results"
BASELINE = "women at enrolment"
CONDUCT = "conduct of trials"
_CONDUCT = {
    "scan_weeks": "weeks",
    "accrual_months": "months",
    "follow_up_months": "months",
    "dropout": "1/year",
}
_TERMS = {
    "pfs": "progression-free survival",
    "os": "overall survival",
    "ttp": "time to progression, death censored",
    "dor": "duration of response",
    "chemo_free": "time from enrolment to the first later chemotherapy or death",
    "cns_pfs": "progression in the brain or death",
    "pfs2": "time to progression on the next line, or death",
    "brain_or_death": "a new brain lesion or death",
    "on_treatment": "being still on the drugs of the trial",
    "orr": "response (complete or partial)",
    "orr_measurable": "response of women with measurable disease",
    "cr": "complete response",
    "pd_best": "progressive disease as best response",
    "dcr": "disease control (response or stable disease)",
    "cbr": "clinical benefit (response, or stable disease of 24 weeks)",
    "grade3_plus": "women with an adverse event of grade 3 or more",
    "discontinuation": "women who stopped for an adverse event",
}


def trial_values(catalog: Catalog, only: str = "") -> Iterator[Coded]:
    """The numbers of every trial, or of the one whose key is `only`."""
    for name, trial in catalog.trials.items():
        if not only or only == f"trial.{name}":
            yield from _of_trial(trial)


def _of_trial(trial: Trial) -> Iterator[Coded]:
    owner = f"trial.{trial.name}"

    def coded(
        kind: str, name: str, value: float | str, unit: str, what: str, apart: str = ""
    ) -> Coded:
        return Coded(
            owner, f"{owner}/{name}", kind, value, unit, f"{trial.name}: {what}", trial.description,
            tuple(trial.sources), apart=apart,
        )  # fmt: skip

    yield coded(ARMS, "year", trial.year, "calendar year", "year of the publication")
    if trial.nct:
        yield coded(
            ARMS, "nct", trial.nct, "number of ClinicalTrials.gov", "number of the register"
        )
    for field, unit in _CONDUCT.items():
        yield coded(CONDUCT, field, getattr(trial, field), unit, field.replace("_", " "), ASSUMED)
    seen: Counter[str] = Counter()
    for arm in trial.arms:
        given = _given(arm)
        yield coded(ARMS, f"{arm.name}/n", arm.n, "women", f"women of the arm {arm.name} ({given})")
        for result in arm.published:
            yield from _of_result(trial, arm.name, f"arm {arm.name} ({given})", result, seen)
    for result in trial.comparisons:
        both = " v ".join(trial.arms_of(result))
        yield from _of_result(trial, both, both, result, seen)
    for fact in trial.baseline:
        among = _written(fact.among)
        name = _numbered(f"{owner}/baseline/{fact.quantity}{among}", seen)
        what = f"{trial.name}, at enrolment: {fact.quantity.replace('_', ' ')}{among}"
        yield Coded(
            owner, name, BASELINE, fact.value, fact.unit, what, trial.description, (),
            cited=fact.source, note=fact.note,
        )  # fmt: skip


def _of_result(
    trial: Trial, arm: str, told: str, result: Published, seen: Counter[str]
) -> Iterator[Coded]:
    """A published result: its value, the ends of its interval, and its data cut."""
    owner = f"trial.{trial.name}"
    among = _written(result.among)
    key = _numbered(f"{owner}/{arm}/{result.endpoint}{among}", seen)
    what = f"{trial.name}, {told}: {_endpoint(result.endpoint)}{among}"
    if result.denominator:
        what += f", of {result.denominator} women"
    if result.analysis:
        what += f", {result.analysis}"
    sources = tuple(result.sources or trial.sources[:1])
    ends = {"": result.value, ":low": result.low, ":high": result.high}
    words = {"": "", ":low": ", lower end of the interval", ":high": ", upper end of the interval"}
    for end, value in ends.items():
        if value is not None:
            yield Coded(
                owner, key + end, RESULTS, value, result.unit, what + words[end],
                trial.description, sources, note=result.note, bound="" if end else result.bound or "",
            )  # fmt: skip
    if result.follow_up_months is not None:
        yield Coded(
            owner, f"{key}:cut", CUTS, result.follow_up_months, "months",
            f"{what}: data cut, months from the first enrolment", trial.description, sources,
        )  # fmt: skip


def _endpoint(name: str) -> str:
    """An endpoint in words, with its own name."""
    for mark, words in (("_median", "median of {}"), ("_hr", "hazard ratio of {}")):
        if name.endswith(mark) and name.removesuffix(mark) in _TERMS:
            return f"{words.format(_TERMS[name.removesuffix(mark)])} ({name})"
    head, at, month = name.partition("_at_")
    if at and month.isdigit() and head in _TERMS:
        return f"share at month {month}: {_TERMS[head]} ({name})"
    return f"{_TERMS[name]} ({name})" if name in _TERMS else name.replace("_", " ")


def _given(arm: Arm) -> str:
    return " or ".join(arm.regimen)


def _written(among: Conditions | None) -> str:
    """The subgroup in brackets; nothing of all women."""
    asked: Mapping[str, object] = {} if among is None else conditions(among)
    told = [
        f"{name} {'+'.join(map(str, v)) if isinstance(v, list) else v}" for name, v in asked.items()
    ]
    return f" [{', '.join(told)}]" if told else ""


def _numbered(key: str, seen: Counter[str]) -> str:
    """The key, with a number where the trial has it more than once, as with two data cuts."""
    seen[key] += 1
    return key if seen[key] == 1 else f"{key} #{seen[key]}"
