"""Where the numbers of treatment come from: drugs, regimens, strategies and trials for `seedsoil sources`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.conditions import MANY, Conditions
from seedsoil.catalog.schema import NOT_VERIFIED
from seedsoil.catalog.treatment_schema import Arm, Drug, Line, Published, Regimen, Strategy, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seedsoil.catalog.catalog import Catalog

Description = dict[str, Any]

KINDS = ("drug", "regimen", "strategy", "trial")
UNITS = {
    "kill": "1/year",
    "subtypes": "factor on the kill",
    "without": "factor on the kill without the biomarker",
    "exposure": "share of the kill",
    "grade3_plus": "share of patients",
    "discontinuation": "1/year",
    "toxic_death": "share of patients",
    "scan_weeks": "weeks",
    "accrual_months": "months",
    "follow_up_months": "months",
    "dropout": "1/year",
}
_ALL_OF = ("had", "recent_line_had", "had_adjuvant")
"""Conditions that ask for everything they list; the others are met by any of it, or by none of it."""
_LOG_KILL = "drug.log_kill"


def entries(catalog: Catalog, kind: str) -> Mapping[str, Drug | Regimen | Strategy | Trial]:
    """The catalog's entries of one of `KINDS`, by name."""
    found: dict[str, Mapping[str, Any]] = {"drug": catalog.drugs, "regimen": catalog.regimens}
    if kind in found:
        return found[kind]
    return catalog.strategies if kind == "strategy" else catalog.trials


def lines(catalog: Catalog) -> Iterator[Description]:
    """One line of the listing for each drug, regimen, strategy and trial."""
    for kind in KINDS:
        for name, entry in entries(catalog, kind).items():
            yield {
                "key": f"{kind}.{name}",
                "kind": kind,
                "value": _short(catalog, name, entry),
                "unit": UNITS["kill"] if isinstance(entry, Drug) else "",
                "status": entry.status,
                "sources": source_keys(entry),
            }


def _short(catalog: Catalog, name: str, entry: Drug | Regimen | Strategy | Trial) -> str:
    if isinstance(entry, Drug):
        kills = catalog.log_kills(name).items()
        return ", ".join(f"{mechanism} {math.exp(log):.3g}" for mechanism, log in kills)
    if isinstance(entry, Regimen):
        return " + ".join(part.drug for part in entry.drugs)
    if isinstance(entry, Strategy):
        return f"{len(entry.lines)} rules"
    return f"{len(list(results(entry)))} results, {entry.role}"


def source_keys(entry: Drug | Regimen | Strategy | Trial) -> list[str]:
    """Keys of the sources of an entry and of what is in it."""
    keys = list(entry.sources)
    if isinstance(entry, Trial):
        keys += [key for _, result in results(entry) for key in result.sources]
    return list(dict.fromkeys(keys))


def results(trial: Trial) -> Iterator[tuple[str, Published]]:
    """What was published of a trial: (arm, result), then ("", comparison of two arms)."""
    for arm in trial.arms:
        for result in arm.published:
            yield arm.name, result
    for result in trial.comparisons:
        yield "", result


def describe_entry(catalog: Catalog, kind: str, name: str) -> Description:
    """What is known of one entry, without its sources; `kind` is one of `KINDS`."""
    entry = entries(catalog, kind)[name]
    head: Description = {"kind": kind, "key": f"{kind}.{name}", "description": entry.description}
    if isinstance(entry, Drug):
        body = _drug(catalog, name, entry)
    elif isinstance(entry, Regimen):
        body = {"drugs": [part.model_dump(exclude_defaults=True) for part in entry.drugs]}
        body["population"] = entry.population
    elif isinstance(entry, Strategy):
        body = _strategy(entry)
    else:
        body = _trial(entry)
    return {
        **head,
        **body,
        "status": entry.status,
        "verified": entry.status not in NOT_VERIFIED,
        "confidence": entry.confidence,
        "note": entry.note,
    }


def _drug(catalog: Catalog, name: str, drug: Drug) -> Description:
    parameter = catalog.parameters[_LOG_KILL]
    kills = {mechanism: math.exp(log) for mechanism, log in catalog.log_kills(name).items()}
    if drug.kill is not None:
        origin = "the drug's own entry"
    elif any(
        parameter.values[item] != parameter.priors[item]
        for item in (drug.kill_item(name, mechanism) for mechanism in kills)
    ):
        origin = f"{_LOG_KILL}, fitted to trials of role calibration"
    else:
        origin = f"{_LOG_KILL}, start value, {parameter.status}"
    if drug.kill_of is not None:
        origin = f"{drug.kill_of}: {origin}"
    numbers = drug.model_dump(exclude_none=True)
    shown = ("subtypes", "biomarker", "without", "exposure", "grade3_plus", "discontinuation")
    body: Description = {"class": drug.drug_class, "kill": kills, "kill_from": origin}
    for field in (*shown, "toxic_death", "schedule"):
        if field in numbers:
            body[field] = numbers[field]
    if drug.price_per_month is not None:
        body["price_per_month"] = drug.price_per_month
    body["population"] = drug.population
    used = {field: unit for field, unit in UNITS.items() if field in body}
    if drug.price_unit is not None:
        used["price_per_month"] = drug.price_unit
    return {**body, "units": used}


def _given(given: Line | Arm) -> Description:
    body: Description = {"regimen": dict(given.regimen)}
    if given.until_months is not None:
        body["until_months"] = given.until_months
    if given.then is not None:
        body["then"] = given.then
    return body


def _strategy(strategy: Strategy) -> Description:
    return {
        "scan_weeks": strategy.scan_weeks,
        "bone_agent": strategy.bone_agent,
        "lines": [{"when": conditions(line.when), **_given(line)} for line in strategy.lines],
        "units": {"scan_weeks": UNITS["scan_weeks"]},
    }


def _trial(trial: Trial) -> Description:
    body: Description = {"nct": trial.nct} if trial.nct else {}
    body |= {"year": trial.year, "role": trial.role, "population": trial.population}
    body["eligible"] = [conditions(group) for group in (trial.eligible, *trial.or_eligible)]
    conduct = ("scan_weeks", "accrual_months", "follow_up_months", "dropout")
    fields = ("adjuvant", "before", "after", *conduct, "hr_reference")
    body |= {field: getattr(trial, field) for field in fields}
    body["arms"] = [
        {
            "name": arm.name,
            "n": arm.n,
            **_given(arm),
            **({"crossover": arm.crossover.model_dump()} if arm.crossover else {}),
        }
        for arm in trial.arms
    ]
    body["results"] = [
        {
            "arm": arm,
            **result.model_dump(exclude_none=True, exclude={"among"}),
            "among": conditions(result.among) if result.among else {},
        }
        for arm, result in results(trial)
    ]
    body["units"] = {field: UNITS[field] for field in conduct}
    return body


def conditions(asked: Conditions) -> Description:
    """Conditions as they are written in a file, those that ask something."""
    return {name: _written(name, value) for name, value in asked.asked().items()}


def _written(name: str, value: Any) -> Any:
    if name in ("line", "chemo_lines", "endocrine_lines"):
        low, high = value
        return f"{low}+" if high == MANY else str(low) if low == high else f"{low}-{high}"
    if name in ("age", "last_line_months", "first_line_months"):
        return _written_range(value[0], value[1], name == "age")
    return list(value) if isinstance(value, tuple) else value


def _written_range(low: float, high: float, whole: bool) -> str:
    """A range of ages in completed years (`whole`) or of months; ends just off a number are < or >."""
    if high == math.inf:
        return f">={low:g}" if low == round(low, 6) else f">{round(low, 6):g}"
    if low == 0.0:
        return f"<={high:g}" if high == round(high, 6) else f"<{high:g}"
    last = high - 1.0 if whole else high
    return f"{low:g}-{last:g}"


def rule_rows(description: Description) -> list[tuple[str, ...]]:
    """A strategy's rules as rows of text: number, conditions, regimens, end and what follows."""
    rows: list[tuple[str, ...]] = []
    for number, line in enumerate(description["lines"], start=1):
        until = f"for {line['until_months']:g} months" if "until_months" in line else ""
        then = f"then {line['then']}" if "then" in line else ""
        when = _words(line["when"]) or "any woman"
        rows.append((str(number), when, _shares(line["regimen"]), f"{until} {then}".strip()))
    return rows


def result_rows(description: Description) -> list[tuple[str, ...]]:
    """A trial's published results as rows of text."""
    rows: list[tuple[str, ...]] = []
    for result in description["results"]:
        low, high = result.get("low"), result.get("high")
        interval = f"{low:g} to {high:g}" if low is not None and high is not None else ""
        rows.append(
            (
                result["arm"] or "comparison",
                result["endpoint"],
                f"{result['value']:g}",
                interval,
                result["unit"],
                _words(result["among"]) or "all",
                "verified" if result["verified"] else "NOT VERIFIED",
                ", ".join(result["sources"]),
            )
        )
    return rows


def arm_rows(description: Description) -> list[tuple[str, ...]]:
    """A trial's arms as rows of text."""
    rows: list[tuple[str, ...]] = []
    for arm in description["arms"]:
        more = [f"for {arm['until_months']:g} months"] if "until_months" in arm else []
        more += [f"then {arm['then']}"] if "then" in arm else []
        if "crossover" in arm:
            crossover = arm["crossover"]
            more.append(f"crossover of {crossover['share']:g} to {crossover['regimen']}")
        rows.append((arm["name"], f"n {arm['n']}", _shares(arm["regimen"]), ", ".join(more)))
    return rows


def eligible_rows(description: Description) -> list[tuple[str, ...]]:
    """The groups of women who may enrol, a row each."""
    return [(_words(group) or "any woman",) for group in description["eligible"]]


def _shares(regimen: Mapping[str, float]) -> str:
    if len(regimen) == 1:
        return next(iter(regimen))
    return ", ".join(f"{name} {share:.3g}" for name, share in regimen.items())


def _words(asked: Mapping[str, Any]) -> str:
    """Conditions on one line: `subtype HR+/HER2-, line 1, not visceral`."""
    words = []
    for name, value in asked.items():
        plain = name.replace("_", " ")
        if isinstance(value, bool):
            words.append(plain if value else f"not {plain}")
        elif isinstance(value, list):
            joint = " and " if name in _ALL_OF else " or "
            words.append(f"{plain} {joint.join(value)}")
        else:
            words.append(f"{plain} {value}")
    return ", ".join(words)
