"""Checks every entry of a catalog, and lays a user's entries over the packaged ones.

A new value never keeps the provenance of the value that it replaces: it names its own `sources`, or says
`status = "assumption"`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, get_args

from seedsoil.catalog.catalog import Catalog
from seedsoil.catalog.complaints import E, check_entry, unknown
from seedsoil.catalog.drugs import Drug, Regimen, check_drug, check_regimen
from seedsoil.catalog.entry import Confidence, Entry, Status
from seedsoil.catalog.parameters import (
    ITEMS,
    SMALLEST_PRIOR_SD,
    Parameter,
    ParameterEntry,
    Spread,
    full_name,
    item_names,
    number_problems,
    replaced,
    whole_shares,
)
from seedsoil.catalog.policies import AdjuvantEra, Policies, ScreeningProgramme
from seedsoil.catalog.reading import Raw, RawCatalog
from seedsoil.catalog.sources import Source, check_provenance
from seedsoil.catalog.spreads import check_spreads, spread_problems
from seedsoil.catalog.targets import TARGET_DEFAULTS, Target, TargetGroup, check_target
from seedsoil.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog.fits import FitName, FitRecord, Fitted

STATUS_ORDER: tuple[str, ...] = get_args(Status)
CONFIDENCE_ORDER: tuple[str, ...] = get_args(Confidence)
LIFE_TABLE_SOURCE = "LT-01"
"""Where the packaged life table comes from; a CSV file has no place to say it."""
NUMBERS: dict[type[Entry], tuple[str, ...]] = {
    Source: ("value",),
    ScreeningProgramme: ("first_age", "last_age", "interval", "participation"),
    AdjuvantEra: ("give",),
    Drug: (
        "mechanisms",
        "subtypes",
        "biomarker",
        "without",
        "exposure",
        "kill",
        "grade3_plus",
        "discontinuation",
        "toxic_death",
    ),
    Regimen: ("drugs",),
}
"""Fields that a user may not change without saying where the new number comes from."""
MODEL_SOURCES = (
    "source {key} has role {role}; only sources of role calibration may set a number of the model"
)


def drug_items(drugs: Mapping[str, Raw]) -> tuple[str, ...]:
    """The items of `drug.log_kill`: "drug.mechanism" for each mechanism of each packaged drug."""
    items: list[str] = []
    for name, raw in drugs.items():
        mechanisms: Any = raw.data.get("mechanisms")
        if isinstance(mechanisms, list) and "kill_of" not in raw.data:
            items += [f"{name}.{mechanism}" for mechanism in mechanisms]
    return tuple(items)


class Checker:
    """Checks the merged entries; `problems` collects what is wrong."""

    def __init__(self, packaged: RawCatalog, user: RawCatalog | None, problems: list[str]) -> None:
        self.packaged = packaged
        self.user = user or RawCatalog()
        self.problems = problems
        self.sources: dict[str, Source] = {}
        self.items = {**ITEMS, "drug_mechanism": drug_items(packaged.drugs)}

    def catalog(self) -> Catalog:
        """The catalog, without strategies and trials; sound if no problem was added."""
        self.sources = self._entries(Source, self.packaged.sources, self.user.sources, "")
        parameters: dict[str, Parameter] = {}
        for key, raw in self.packaged.parameters.items():
            parameter = self._parameter(key, raw)
            if parameter:
                parameters[key] = parameter
        record = self._overlay_fit(parameters, self.packaged.fitted, "natural history")
        drug_record = self._overlay_fit(parameters, self.packaged.fitted_drugs, "drugs")
        for key, raw in self.user.parameters.items():
            if key not in self.packaged.parameters:
                self._unknown(f"{raw.file}", "parameter", key, self.packaged.parameters)
                continue
            before = self.packaged.parameters[key].data
            parameter = self._parameter(key, self._overlaid(raw, before, ("value",), key))
            if parameter and key in parameters:
                parameters[key] = self._within(parameter, parameters[key], raw)
        record = self._overlay_fit(parameters, self.user.fitted, "natural history") or record
        drug_record = self._overlay_fit(parameters, self.user.fitted_drugs, "drugs") or drug_record
        policies = Policies(
            self._entries(
                ScreeningProgramme, self.packaged.screening, self.user.screening, "screening."
            ),
            self._entries(AdjuvantEra, self.packaged.adjuvant, self.user.adjuvant, "adjuvant."),
        )
        check_spreads(parameters, self.problems)
        drugs = self._entries(Drug, self.packaged.drugs, self.user.drugs, "drug.")
        regimens = self._entries(Regimen, self.packaged.regimens, self.user.regimens, "regimen.")
        self._check_drugs(drugs, regimens)
        return Catalog(
            parameters=parameters,
            drugs=drugs,
            regimens=regimens,
            targets=self._targets(),
            sources=self.sources,
            policies=policies,
            life_table=self.user.life_table or self.packaged.life_table or (),
            life_table_sources=() if self.user.life_table else (LIFE_TABLE_SOURCE,),
            fit=record,
            drug_fit=drug_record,
        )

    def _check_drugs(self, drugs: Mapping[str, Drug], regimens: Mapping[str, Regimen]) -> None:
        """Check drugs and regimens whose own fields are sound."""
        written = {**self.packaged.drugs, **self.user.drugs}
        for name, drug in drugs.items():
            where = f"{written[name].file}: drug.{name}"
            check_drug(where, name, drug, self.items["drug_mechanism"], self.problems)
        files = {**self.packaged.regimens, **self.user.regimens}
        for name, regimen in regimens.items():
            # a drug with a problem of its own is known all the same
            where = f"{files[name].file}: regimen.{name}"
            check_regimen(where, name, regimen, written, self.problems)

    def _unknown(self, where: str, what: str, given: str, valid: Mapping[str, Any]) -> None:
        self.problems.append(unknown(where, what, given, valid))

    def _entries(
        self, model: type[E], packaged: Mapping[str, Raw], user: Mapping[str, Raw], prefix: str
    ) -> dict[str, E]:
        """Sources, programmes or eras: the user's entries are new or overlay field by field."""
        result: dict[str, E] = {}
        merged = dict(packaged)
        for key, raw in user.items():
            before = packaged[key].data if key in packaged else {}
            merged[key] = self._overlaid(raw, before, NUMBERS[model], f"{prefix}{key}")
        for key, raw in merged.items():
            where = f"{raw.file}: {prefix}{key}"
            entry = check_entry(model, raw.data, where, self.problems)
            if entry is not None:
                result[key] = entry
                if isinstance(entry, (ScreeningProgramme, AdjuvantEra, Drug, Regimen)):
                    check_provenance(
                        where,
                        entry.sources,
                        entry.status,
                        self.sources,
                        MODEL_SOURCES,
                        self.problems,
                    )
                if isinstance(entry, ScreeningProgramme) and entry.first_age > entry.last_age:
                    self.problems.append(
                        f"{where}: first_age {entry.first_age} is after last_age {entry.last_age}"
                    )
        return result

    def _overlaid(
        self, raw: Raw, before: Mapping[str, Any], numbers: tuple[str, ...], key: str
    ) -> Raw:
        """A user's entry completed from the packaged one; new numbers bring their own provenance."""
        data = {**before, **raw.data}
        if "citation" not in before:
            for name in ("unit", "by", "fit", "then"):
                needed = before.get(name)
                if before and name in raw.data and raw.data[name] != needed:
                    needs = "must be left out" if needed is None else f"must be '{needed}'"
                    self.problems.append(
                        f"{raw.file}: {key}: {name} {shown(raw.data[name])} is not allowed; it {needs}"
                    )
                    data[name] = needed
        new = [name for name in numbers if name in raw.data]
        if not new or not before:
            return Raw(raw.file, data)
        data["note"] = raw.data.get("note", "")
        if "citation" in before:
            if "citation" not in raw.data:
                self.problems.append(f"{raw.file}: {key}: a new {new[0]} needs its own citation")
            return Raw(raw.file, data)
        sources = raw.data.get("sources", [])
        if not isinstance(sources, list):
            return Raw(raw.file, data)  # which is complained about with the other fields
        if not sources and raw.data.get("status") != "assumption":
            self.problems.append(
                f'{raw.file}: {key}: a new {new[0]} needs its own sources, or status = "assumption"'
            )
            sources = before.get("sources", [])
        known = [self.sources[s] for s in sources if isinstance(s, str) and s in self.sources]
        statuses = [STATUS_ORDER.index(source.status) for source in known]
        confidences = [CONFIDENCE_ORDER.index(source.confidence) for source in known]
        data["sources"] = sources
        data["status"] = raw.data.get("status", STATUS_ORDER[max(statuses, default=-1)])
        data["confidence"] = raw.data.get(
            "confidence", CONFIDENCE_ORDER[max(confidences, default=-1)]
        )
        return Raw(raw.file, data)

    def _within(self, new: Parameter, old: Parameter, raw: Raw) -> Parameter:
        """A user's parameter has at most the packaged range; without a new value, the old values."""
        if new.low < old.low or new.high > old.high:
            self.problems.append(
                f"{raw.file}: {new.key}: range {new.low} to {new.high} is wider than the model allows, "
                f"{old.low} to {old.high}"
            )
        if "value" in raw.data:
            return new
        for item, number in old.values.items():
            name = full_name(new.key, item)
            number_problems(name, number, new.low, new.high, raw.file, self.problems)
        return dataclasses.replace(new, values=old.values, ses=old.ses)

    def _parameter(self, key: str, raw: Raw) -> Parameter | None:
        where = f"{raw.file}: {key}"
        before = len(self.problems)
        entry = check_entry(ParameterEntry, raw.data, where, self.problems)
        if entry is None:
            return None
        check_provenance(
            where, entry.sources, entry.status, self.sources, MODEL_SOURCES, self.problems
        )
        low, high = entry.range
        if low >= high:
            self.problems.append(f"{where}: range {low} to {high} is empty")
        values = self._numbers(entry.value, entry.by, f"{where}: value", whole=True)
        for item, number in values.items():
            number_problems(full_name(key, item), number, low, high, raw.file, self.problems)
        sds: dict[str, float] = {}
        if entry.prior_sd is not None:
            sds = self._numbers(entry.prior_sd, entry.by, f"{where}: prior_sd", whole=False)
        for item, number in sds.items():
            name = f"{full_name(key, item)}: prior_sd"
            number_problems(name, number, SMALLEST_PRIOR_SD, 1e3, raw.file, self.problems)
        errors: dict[str, float] = {}
        if entry.standard_error is not None:
            given = entry.standard_error
            errors = self._numbers(given, entry.by, f"{where}: standard_error", whole=False)
        for item, number in errors.items():
            name = f"{full_name(key, item)}: standard_error"
            number_problems(name, number, 0.0, 1e6, raw.file, self.problems)
        for name, problem in spread_problems(entry):
            self.problems.append(f"{where}: {name}: {problem}")
        if len(self.problems) > before:
            return None
        values = whole_shares(key, values, raw.file, self.problems)
        return Parameter(
            key=key,
            description=entry.description,
            unit=entry.unit,
            by=entry.by,
            values=values,
            priors=values,
            prior_sds=sds,
            ses={},
            low=low,
            high=high,
            population=entry.population,
            sources=tuple(entry.sources),
            status=entry.status,
            confidence=entry.confidence,
            note=entry.note,
            file=raw.file,
            fit=entry.fit,
            then=entry.then,
            spread=Spread(entry.distribution, errors, entry.below, entry.above)
            if entry.distribution is not None
            else None,
        )

    def _numbers(self, given: Any, by: str | None, where: str, whole: bool) -> dict[str, Any]:
        """What was written, by item. `whole`: every item must be there; else one number serves all.

        In two dimensions a number for the first item serves all of the second.
        """
        names = item_names(by, self.items)
        if not isinstance(given, dict):
            if by is None or not whole:
                return dict.fromkeys(names, given)
            self.problems.append(f"{where}: must be a table by {by}: {', '.join(names)}")
            return {}
        if by is None:
            self.problems.append(f"{where}: must be a single number")
            return {}
        first, *rest = by.split(",")
        result: dict[str, Any] = {}
        for item, inner in given.items():
            if item not in self.items[first]:
                self._unknown(where, first, item, dict.fromkeys(self.items[first]))
            elif rest:
                parts = self._numbers(
                    inner, rest[0], f"{where}: {item}", whole and isinstance(inner, dict)
                )
                result.update({f"{item}:{name}": number for name, number in parts.items()})
            else:
                result[item] = inner
        missing = [item for item in self.items[first] if item not in given]
        if whole and missing:
            self.problems.append(f"{where}: missing {first} {', '.join(missing)}")
        return {name: result[name] for name in names if name in result}

    def _overlay_fit(
        self, parameters: dict[str, Parameter], fitted: Fitted | None, fit: FitName
    ) -> FitRecord | None:
        """Put values and standard errors of the fit `fit` over the values so far, in place."""
        if fitted is None:
            return None
        new = replaced(parameters, fitted.values, fitted.file, self.problems)
        for name in {**fitted.values, **fitted.ses}:
            key, _, item = name.partition(":")
            parameter = new.get(key)
            if name in fitted.ses and name not in fitted.values:
                self._unknown(f"{fitted.file}: se", "fitted value", name, fitted.values)
            elif parameter and item in parameter.values and item not in parameter.prior_sds:
                self.problems.append(
                    f"{fitted.file}: {name}: has no prior_sd, so a fit may not set it"
                )
        for name, se in fitted.ses.items():
            number_problems(f"se: {name}", se, 0.0, 1e6, fitted.file, self.problems)
        for key, parameter in new.items():
            ses = dict(parameter.ses)
            for item in parameter.values:
                name = full_name(key, item)
                if name in fitted.values:
                    ses.pop(item, None)
                if name in fitted.ses:
                    ses[item] = fitted.ses[name]
            moved = any(full_name(key, item) in fitted.values for item in parameter.values)
            command = fitted.record.command if moved and fitted.record else parameter.command
            first = parameter.first
            if fit == parameter.fit and parameter.then is not None:
                first = {
                    item: (parameter.values[item], ses[item])
                    for item in parameter.values
                    if ses.get(item, 0.0) > 0.0
                }
            parameters[key] = dataclasses.replace(parameter, ses=ses, first=first, command=command)
        return fitted.record

    def _targets(self) -> dict[str, TargetGroup]:
        groups: dict[str, TargetGroup] = {}
        for name, raw in self.user.groups.items():
            if name not in self.packaged.groups:
                self._unknown(raw.file, "target group", name, self.packaged.groups)
        for group, head in self.packaged.groups.items():
            fields = ("description", *TARGET_DEFAULTS)
            user_head = self.user.groups.get(group, Raw(head.file, {}))
            for raw in (head, user_head):
                for field in raw.data:
                    if field not in fields:
                        self._unknown(raw.file, "field", field, dict.fromkeys(fields))
            description = user_head.data.get("description", head.data.get("description", ""))
            if not isinstance(description, str) or not description:
                self.problems.append(f"{user_head.file}: field 'description' is missing")
            groups[group] = TargetGroup(
                group, str(description), self._cells(group, head, user_head)
            )
        return groups

    def _cells(self, group: str, head: Raw, user_head: Raw) -> dict[str, Target]:
        known = [cell for name, cell in self.packaged.cells if name == group]
        for (name, cell), raw in self.user.cells.items():
            if name == group and cell not in known:
                self._unknown(raw.file, "cell", cell, dict.fromkeys(known))
        cells: dict[str, Target] = {}
        for cell in known:
            raw = self.packaged.cells[group, cell]
            defaults = {f: head.data[f] for f in TARGET_DEFAULTS if f in head.data}
            data = Raw(raw.file, {**defaults, **raw.data})
            user_raw = self.user.cells.get((group, cell))
            changed = {f: user_head.data[f] for f in TARGET_DEFAULTS if f in user_head.data}
            if user_raw or changed:
                changed.update(user_raw.data if user_raw else {})
                data = self._overlaid(
                    Raw(user_head.file, changed), data.data, ("observed", "se"), cell
                )
            where = f"{data.file}: {cell}"
            target = check_entry(Target, data.data, where, self.problems)
            if target is not None:
                check_target(where, target, self.sources, self.problems)
                cells[cell] = target
        return cells
