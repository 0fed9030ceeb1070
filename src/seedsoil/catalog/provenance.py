"""Where each number comes from: what `seedsoil sources [KEY]` shows, as data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.arms import CrossoverRule, MaintenanceRule
from seedsoil.catalog.conditions_written import conditions
from seedsoil.catalog.drugs import Drug, Regimen
from seedsoil.catalog.entry import NOT_VERIFIED
from seedsoil.catalog.posterior import described_posterior
from seedsoil.catalog.provenance_costs import cost_key, cost_keys, cost_lines, describe_costs
from seedsoil.catalog.provenance_dosing import describe_dosing, dosing_lines
from seedsoil.catalog.published import Published
from seedsoil.catalog.second_coding import second_coding
from seedsoil.catalog.strategies import Given, Strategy
from seedsoil.catalog.trials import Trial
from seedsoil.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.fits import FitName
    from seedsoil.catalog.parameters import Parameter
    from seedsoil.catalog.policies import AdjuvantEra, ScreeningProgramme
    from seedsoil.catalog.sources import Source
    from seedsoil.catalog.targets import Target

Description = dict[str, Any]

LIFE_TABLE = "life_table"
_FITTED_TO: dict[FitName, str] = {
    "natural history": "the targets",
    "drugs": "the calibration trials",
}
DOSES = ("dosing.", "body.")
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
_LOG_KILL = "drug.log_kill"


def describe(catalog: Catalog, key: str | None = None) -> Description:
    """What is known about `key`: its value, unit, population, status and sources.

    `key` is a parameter (`growth.log_rate`), a mechanism (`growth`), a group of targets
    (`node_positivity`) or one target (`node_positivity.lt10`), a policy (`adjuvant.1990s`,
    `screening.none`), a drug (`drug.palbociclib`), regimen, strategy or trial (`trial.PALOMA-2`), a dose
    (`dosing.palbociclib`, `dosing.regimen.docetaxel`), women's weight and height (`body.england`),
    `life_table`, a price (`cost.palbociclib`) or what goes with prices (see `provenance_costs`), or a source
    (`NH3-007`). Without a key: one line for each parameter, group of targets, policy, drug, regimen,
    strategy, trial, dose and price. Raises `InputError` with the nearest key for any other.
    `second_coding` says of numbers that rest on a source what their second coding found.
    """
    described = _described(catalog, key)
    if key is not None and described["kind"] not in ("listing", "source"):
        said = second_coding(catalog, described["key"])
        described |= {"second_coding": said} if said else {}
    return described


def _described(catalog: Catalog, key: str | None) -> Description:
    """What `describe` gives but the second coding."""
    if key is None:
        return {"kind": "listing", "entries": list(_lines(catalog))}
    if key in catalog.parameters:
        return _parameter(catalog, catalog.parameters[key])
    if key in catalog.targets:
        group = catalog.targets[key]
        cells = [_target(catalog, f"{key}.{name}", cell) for name, cell in group.cells.items()]
        return {
            "kind": "targets",
            "key": key,
            "description": group.description,
            "cells": [{k: v for k, v in cell.items() if k != "sources"} for cell in cells],
            "sources": _sources(catalog, _ordered(cell.sources for cell in group.cells.values())),
        }
    head, _, rest = key.partition(".")
    if head in catalog.targets and rest in catalog.targets[head].cells:
        return _target(catalog, key, catalog.targets[head].cells[rest])
    if head == "screening" and rest in catalog.policies.screening:
        return _policy(catalog, key, catalog.policies.screening[rest])
    if head == "adjuvant" and rest in catalog.policies.adjuvant:
        return _policy(catalog, key, catalog.policies.adjuvant[rest])
    if head in KINDS and rest in entries(catalog, head):
        return {
            **_entry(catalog, head, rest),
            "sources": _sources(catalog, _source_keys(entries(catalog, head)[rest])),
        }
    if key == LIFE_TABLE:
        return _life_table(catalog)
    if key.startswith(DOSES) and key in catalog.dosing.entries():
        dose = describe_dosing(catalog, key)
        sources = _sources(catalog, dose.pop("source_keys"))
        return {**dose, "sources": sources}
    priced = describe_costs(catalog, key)
    if priced is not None:
        keys = priced.pop("source_keys")
        priced.pop("short", None)
        return {**priced, "sources": _cost_sources(catalog, keys)}
    if key in catalog.sources:
        entry = _source(key, catalog.sources[key])
        return {"kind": "source", **entry, "used_by": list(_users(catalog, key))}
    within = [
        line for line in _lines(catalog) if line["key"].startswith(f"{key.removesuffix('.')}.")
    ]
    if within:
        return {"kind": "listing", "entries": within}
    raise InputError(_unknown(catalog, key))


def _unknown(catalog: Catalog, key: str) -> str:
    """What is said of a key that does not exist: the nearest one, or the groups that there are."""
    near = nearest(key, _keys(catalog))
    groups = dict.fromkeys(line["key"].partition(".")[0] for line in _lines(catalog))
    known = [name for name in groups if name not in catalog.targets]
    return f"sources: unknown key '{key}'; " + (
        near or f"known groups of keys: {', '.join(known)}; without a key all are listed"
    )


def _keys(catalog: Catalog) -> list[str]:
    policies = catalog.policies
    return [
        *catalog.parameters,
        *dict.fromkeys(key.partition(".")[0] for key in catalog.parameters),
        *catalog.targets,
        *(f"{group.name}.{cell}" for group in catalog.targets.values() for cell in group.cells),
        *(f"screening.{name}" for name in policies.screening),
        *(f"adjuvant.{name}" for name in policies.adjuvant),
        *(f"{kind}.{name}" for kind in KINDS for name in entries(catalog, kind)),
        LIFE_TABLE,
        *catalog.dosing.entries(),
        *cost_keys(catalog),
        *catalog.sources,
    ]


def _lines(catalog: Catalog) -> Iterator[Description]:
    """One entry for each parameter, group of targets, policy, entry of treatment and the life table."""
    for parameter in catalog.parameters.values():
        yield {
            "key": parameter.key,
            "kind": "parameter",
            "value": parameter.value,
            "unit": parameter.unit,
            "status": _status(parameter),
            "sources": list(parameter.sources),
        }
    for group in catalog.targets.values():
        yield {
            "key": group.name,
            "kind": "targets",
            "value": f"{len(group.cells)} cell{'s' * (len(group.cells) != 1)}",
            "unit": ", ".join(dict.fromkeys(cell.unit for cell in group.cells.values())),
            "status": ", ".join(dict.fromkeys(cell.status for cell in group.cells.values())),
            "sources": _ordered(cell.sources for cell in group.cells.values()),
        }
    policies: dict[str, ScreeningProgramme | AdjuvantEra] = {
        **{f"screening.{name}": entry for name, entry in catalog.policies.screening.items()},
        **{f"adjuvant.{name}": entry for name, entry in catalog.policies.adjuvant.items()},
    }
    for key, policy in policies.items():
        yield {
            "key": key,
            "kind": "policy",
            "value": "",
            "unit": "share",
            "status": policy.status,
            "sources": policy.sources,
        }
    yield from _treatment_lines(catalog)
    yield {
        "key": LIFE_TABLE,
        "kind": "life table",
        "value": f"{len(catalog.life_table)} rates",
        "unit": "1/year",
        "status": _life_table_status(catalog),
        "sources": list(catalog.life_table_sources),
    }
    yield from cost_lines(catalog)
    yield from dosing_lines(catalog)


def _cost_sources(catalog: Catalog, keys: Sequence[str]) -> list[Description]:
    """Sources of a price, which a perspective's own file may give."""
    given = dict(catalog.sources)
    for perspective in catalog.costs.perspectives.values():
        given |= perspective.sources
    return [_source(key, given[key]) for key in keys]


def _parameter(catalog: Catalog, parameter: Parameter) -> Description:
    sds = dict(parameter.prior_sds)
    ses = dict(parameter.spread.standard_errors if parameter.spread else parameter.ses)
    single = parameter.by is None
    return {
        "kind": "parameter",
        "key": parameter.key,
        "description": parameter.description,
        "value": parameter.value,
        "unit": parameter.unit,
        "by": parameter.by,
        "fitted": parameter.fitted,
        "fitted_to": _FITTED_TO[parameter.fit] if parameter.fitted else None,
        "start": parameter.prior if parameter.fitted else None,
        "distribution": parameter.spread.kind if parameter.spread else None,
        "standard_error": (ses.get("") if single else ses) or None,
        "difference_to": (parameter.spread.below or parameter.spread.above)
        if parameter.spread
        else None,
        "prior_sd": (sds.get("") if single else sds) or None,
        **described_posterior(lambda: catalog.posterior, parameter),
        "fit": parameter.command or None,
        "range": [parameter.low, parameter.high],
        "population": parameter.population,
        "status": parameter.status,
        "verified": parameter.status not in NOT_VERIFIED and not parameter.fitted,
        "confidence": parameter.confidence,
        "note": parameter.note,
        "file": parameter.file,
        "sources": _sources(catalog, parameter.sources),
    }


def _target(catalog: Catalog, key: str, target: Target) -> Description:
    return {
        "kind": "target",
        "key": key,
        **target.model_dump(exclude={"sources"}),
        "verified": target.status not in NOT_VERIFIED,
        "sources": _sources(catalog, target.sources),
    }


def _policy(catalog: Catalog, key: str, policy: ScreeningProgramme | AdjuvantEra) -> Description:
    return {
        "kind": "policy",
        "key": key,
        **policy.model_dump(exclude={"sources"}, exclude_none=True),
        "verified": policy.status not in NOT_VERIFIED,
        "sources": _sources(catalog, policy.sources),
    }


def _life_table(catalog: Catalog) -> Description:
    status = _life_table_status(catalog)
    return {
        "kind": "life table",
        "key": LIFE_TABLE,
        "description": "Mortality of women from other causes, by single year of age",
        "ages": f"{catalog.life_table[0].age} to {catalog.life_table[-1].age}",
        "unit": "1/year",
        "status": status,
        "verified": status not in NOT_VERIFIED,
        "sources": _sources(catalog, catalog.life_table_sources),
    }


def _life_table_status(catalog: Catalog) -> str:
    """Status of the packaged life table; one from a user's file comes without any."""
    return next((catalog.sources[key].status for key in catalog.life_table_sources), "assumption")


def _source(key: str, source: Source) -> Description:
    return {"key": key, **source.model_dump()}


def _sources(catalog: Catalog, keys: Sequence[str]) -> list[Description]:
    return [_source(key, catalog.sources[key]) for key in keys]


def _users(catalog: Catalog, source: str) -> Iterator[str]:
    """Keys of what rests on a source."""
    for line in _lines(catalog):
        if source in line["sources"]:
            yield line["key"]


def _ordered(lists: Any) -> list[str]:
    return list(dict.fromkeys(key for keys in lists for key in keys))


def _status(parameter: Parameter) -> str:
    return parameter.status + (", fitted" if parameter.fitted else "")


def entries(catalog: Catalog, kind: str) -> Mapping[str, Drug | Regimen | Strategy | Trial]:
    """The catalog's entries of one of `KINDS`, by name."""
    found: dict[str, Mapping[str, Any]] = {"drug": catalog.drugs, "regimen": catalog.regimens}
    if kind in found:
        return found[kind]
    return catalog.strategies if kind == "strategy" else catalog.trials


def _treatment_lines(catalog: Catalog) -> Iterator[Description]:
    """One line of the listing for each drug, regimen, strategy and trial."""
    for kind in KINDS:
        for name, entry in entries(catalog, kind).items():
            yield {
                "key": f"{kind}.{name}",
                "kind": kind,
                "value": _short(catalog, name, entry),
                "unit": UNITS["kill"] if isinstance(entry, Drug) else "",
                "status": entry.status,
                "sources": _source_keys(entry),
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


def _source_keys(entry: Drug | Regimen | Strategy | Trial) -> list[str]:
    """Keys of the sources of an entry and of what is in it."""
    keys = list(entry.sources)
    if isinstance(entry, Trial):
        keys += [key for _, result in results(entry) for key in result.sources]
    if isinstance(entry, Strategy):
        keys += [key for line in entry.lines for key in line.sources]
    return list(dict.fromkeys(keys))


def results(trial: Trial) -> Iterator[tuple[str, Published]]:
    """What was published of a trial: (arm, result), then ("", or the arms if it names them, comparison)."""
    for arm in trial.arms:
        for result in arm.published:
            yield arm.name, result
    for result in trial.comparisons:
        named = result.arm is not None or result.against is not None
        yield " v ".join(trial.arms_of(result)) if named else "", result


def _entry(catalog: Catalog, kind: str, name: str) -> Description:
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
    body["population"] = drug.population
    body["price"] = cost_key(f"drug.{name}")
    return {**body, "units": {field: unit for field, unit in UNITS.items() if field in body}}


def _given(given: Given) -> Description:
    body: Description = {"regimen": dict(given.regimen)}
    if given.until_months is not None:
        body["until_months"] = given.until_months
    if given.then:
        body["then"] = dict(given.then)
    if given.switch is not None:
        body["switch"] = given.switch.model_dump()
    return body


def _strategy(strategy: Strategy) -> Description:
    return {
        "scan_weeks": strategy.scan_weeks,
        "bone_agent": strategy.bone_agent,
        "lines": [
            {"when": conditions(line.when), **_given(line), "sources": line.sources}
            for line in strategy.lines
        ],
        "units": {"scan_weeks": UNITS["scan_weeks"]},
    }


def _trial(trial: Trial) -> Description:
    body: Description = {"nct": trial.nct} if trial.nct else {}
    body |= {"year": trial.year, "role": trial.role, "population": trial.population}
    body["eligible"] = [conditions(group) for group in (trial.eligible, *trial.or_eligible)]
    conduct = ("scan_weeks", "accrual_months", "follow_up_months", "dropout")
    fields = ("adjuvant", "before", "after", *conduct, "criteria", "hr_reference")
    body |= {field: getattr(trial, field) for field in fields}
    if trial.induction_months is not None:
        body["induction_months"] = trial.induction_months
    if trial.randomised_at is not None:
        body["randomised_at"] = trial.randomised_at.model_dump()
    if trial.accrual_rates:
        body["accrual_rates"] = trial.accrual_rates
    for name, stop in (("cut", trial.cut), ("looks", trial.looks)):
        if stop is not None:
            body[name] = stop.model_dump()
    body["arms"] = [
        {
            "name": arm.name,
            "n": arm.n,
            **_given(arm),
            **({"crossover": arm.crossover.model_dump()} if arm.crossover else {}),
            **_rules("then", arm.then_rules),
            **_rules("crossover", arm.crossover_rules),
        }
        for arm in trial.arms
    ]
    body["results"] = [
        {
            "arm": arm,
            **result.model_dump(exclude_none=True, exclude={"among", "arm", "against"}),
            "among": conditions(result.among) if result.among else {},
        }
        for arm, result in results(trial)
    ]
    if trial.baseline:
        body["baseline"] = [
            fact.model_dump(exclude_none=True, exclude={"among"})
            | {"among": conditions(fact.among) if fact.among else {}}
            for fact in trial.baseline
        ]
    body["units"] = {field: UNITS[field] for field in conduct}
    return body


def _rules(field: str, rules: Sequence[MaintenanceRule | CrossoverRule]) -> Description:
    """The rules of an arm's maintenance or crossover; nothing without any."""
    told = [
        {
            "when": conditions(rule.when),
            "regimen": dict(rule.regimen),
            **({"share": rule.share} if isinstance(rule, CrossoverRule) else {}),
        }
        for rule in rules
    ]
    return {field: told} if told else {}
