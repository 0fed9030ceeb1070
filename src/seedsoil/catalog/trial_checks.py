"""Whether what a strategy or trial names exists: regimens, drugs, eras, strategies, sources, endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.catalog.conditions import Conditions, agents_of, contradictions
from seedsoil.catalog.endpoints import EXAMPLES, endpoint, is_comparison
from seedsoil.catalog.schema import unknown
from seedsoil.vocabulary import CLASSES, MECHANISMS, USUAL_CARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.treatment_checks import Known
    from seedsoil.catalog.treatment_schema import Arm, Line, Published, StrategyEntry, TrialEntry


def check_strategy(
    where: str, strategy: StrategyEntry, known: Known, catalog: Catalog, problems: list[str]
) -> None:
    """Add a line for each thing wrong with `strategy`, whose own fields are sound."""
    for number, line in enumerate(strategy.lines, start=1):
        check_line(f"{where}: line {number}", line, known, problems)
    _check_sources(where, strategy.sources, strategy.status, None, catalog, problems)


def check_line(where: str, line: Line, known: Known, problems: list[str]) -> None:
    """Add a line for each thing wrong with one rule of a strategy, whose own fields are sound."""
    _check_given(where, line, known, problems)
    _check_conditions(f"{where}: when", line.when, known, problems)


def check_trial(
    where: str, trial: TrialEntry, known: Known, catalog: Catalog, problems: list[str]
) -> None:
    """Add a line for each thing wrong with `trial`, whose own fields are sound."""
    _check_conditions(f"{where}: eligible", trial.eligible, known, problems)
    for number, group in enumerate(trial.or_eligible, start=1):
        _check_conditions(f"{where}: or_eligible {number}", group, known, problems)
    if trial.adjuvant not in catalog.policies.adjuvant:
        problems.append(
            unknown(f"{where}: adjuvant", "era", trial.adjuvant, catalog.policies.adjuvant)
        )
    for field in ("before", "after"):
        name = getattr(trial, field)
        if name not in catalog.strategies:
            problems.append(unknown(f"{where}: {field}", "strategy", name, catalog.strategies))
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
        _check_arm(f"{where}: arm '{arm.name}'", arm, trial, known, catalog, problems)
    if trial.comparisons and len(trial.arms) < 2:
        problems.append(f"{where}: a comparison needs two arms; there is one")
    for number, entry in enumerate(trial.comparisons, start=1):
        here = f"{where}: comparison {number}"
        _check_published(here, entry, True, trial, known, catalog, problems)
    _check_sources(where, trial.sources, trial.status, trial, catalog, problems)


def _check_arm(
    where: str, arm: Arm, trial: TrialEntry, known: Known, catalog: Catalog, problems: list[str]
) -> None:
    if not arm.usual_care:
        _check_given(where, arm, known, problems)
    elif arm.regimen != {USUAL_CARE: 1.0} or arm.until or arm.then or arm.crossover:
        problems.append(
            f"{where}: '{USUAL_CARE}' stands alone: no other regimen, until, then or crossover"
        )
    if arm.crossover is not None:
        _regimens_exist(f"{where}: crossover", [arm.crossover.regimen], known, problems)
    for number, entry in enumerate(arm.published, start=1):
        here = f"{where}: published {number}"
        _check_published(here, entry, False, trial, known, catalog, problems)


def _check_given(where: str, given: Line | Arm, known: Known, problems: list[str]) -> None:
    names = [*given.regimen, *([given.then] if given.then else [])]
    _regimens_exist(where, names, known, problems)
    if given.then and given.until is None:
        problems.append(
            f"{where}: then is given without until; say when '{given.then}' follows, "
            "until = { months = 6 }"
        )


def _regimens_exist(where: str, names: Iterable[str], known: Known, problems: list[str]) -> None:
    problems.extend(
        unknown(where, "regimen", name, known.regimens)
        for name in names
        if name not in known.regimens
    )


def _check_conditions(
    where: str, conditions: Conditions, known: Known, problems: list[str]
) -> None:
    valid: Mapping[str, object] = {
        **dict.fromkeys(MECHANISMS),
        **dict.fromkeys(CLASSES),
        **known.drugs,
    }
    for field, names in agents_of(conditions):
        problems.extend(
            unknown(f"{where}: {field}", "drug, mechanism or class", name, valid)
            for name in names
            if name not in valid
        )
    problems.extend(f"{where}: contradiction: {why}" for why in contradictions(conditions))


def _check_published(
    where: str,
    entry: Published,
    compares: bool,
    trial: TrialEntry,
    known: Known,
    catalog: Catalog,
    problems: list[str],
) -> None:
    if entry.among is not None:
        _check_conditions(f"{where}: among", entry.among, known, problems)
    for key in entry.sources:
        _check_source(where, key, trial, catalog, problems)
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


def _check_sources(
    where: str,
    sources: list[str],
    status: str,
    trial: TrialEntry | None,
    catalog: Catalog,
    problems: list[str],
) -> None:
    if not sources and status != "assumption":
        problems.append(
            f'{where}: source missing; name keys of sources.toml or set status = "assumption"'
        )
    for key in sources:
        _check_source(where, key, trial, catalog, problems)


def _check_source(
    where: str, key: str, trial: TrialEntry | None, catalog: Catalog, problems: list[str]
) -> None:
    """A source exists; only a trial held out for validation may rest on one of role validation."""
    if key not in catalog.sources:
        problems.append(unknown(where, "source", key, catalog.sources))
    elif catalog.sources[key].role != "calibration" and (
        trial is None or trial.role == "calibration"
    ):
        what = "a strategy" if trial is None else "a trial of role calibration"
        problems.append(
            f"{where}: source {key} has role {catalog.sources[key].role}; {what} may not rest on it"
        )
