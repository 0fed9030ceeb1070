"""The checked catalog as an object: parameters, targets, sources, policies and the life table."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from seedsoil.catalog.schema import (
    ITEMS,
    SHARE_TOLERANCE,
    SUM_TO_ONE,
    AdjuvantEra,
    FitName,
    FitRecord,
    LifeTableRow,
    ScreeningProgramme,
    Source,
    Target,
    unknown,
)
from seedsoil.errors import DataErrors, InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    import numpy as np
    from numpy.typing import NDArray

    from seedsoil.catalog.treatment_schema import Drug, Regimen, Strategy, Trial


Place: TypeAlias = "tuple[Traversable, str]"
"""A catalog directory and what complaints call it."""


def item_names(by: str | None, items: Mapping[str, tuple[str, ...]] = ITEMS) -> tuple[str, ...]:
    """Names of the numbers of a parameter that goes `by`: ("",), ("tnbc", ...) or ("bone:tnbc", ...)."""
    if by is None:
        return ("",)
    names: tuple[str, ...] = ("",)
    for dimension in by.split(","):
        names = tuple(f"{n}:{i}".lstrip(":") for n in names for i in items[dimension])
    return names


def full_name(key: str, item: str) -> str:
    """`key` for a single number, `key:item` or `key:organ:subtype` for one of several."""
    return f"{key}:{item}" if item else key


@dataclass(frozen=True)
class Parameter:
    """One parameter of the model with its provenance.

    `values`, `priors`, `prior_sds` and `ses` hold one number an item (see `item_names`; a single number
    has the item ""), in declared order. `values` are in use; `priors` are the start values and the means
    of the priors; items without a `prior_sds` entry are fixed, the others are moved by the fit named
    `fit`, and by the one named `then` after it, whose priors are `first`: the values and standard errors
    that the first fit found. `ses` come from the last of them, and `command` is what made the values in
    use, if a fit did.
    """

    key: str
    description: str
    unit: str
    by: str | None
    values: Mapping[str, float]
    priors: Mapping[str, float]
    prior_sds: Mapping[str, float]
    ses: Mapping[str, float]
    low: float
    high: float
    population: str
    sources: tuple[str, ...]
    status: str
    confidence: str
    note: str
    file: str
    fit: FitName = "natural history"
    then: FitName | None = None
    first: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    command: str = ""

    @property
    def value(self) -> float | dict[str, float]:
        """The value in use: a number, or numbers by item."""
        return dict(self.values) if self.by else self.values[""]

    @property
    def prior(self) -> float | dict[str, float]:
        """The start value, which is the mean of the prior: a number, or numbers by item."""
        return dict(self.priors) if self.by else self.priors[""]

    @property
    def fitted(self) -> bool:
        """Whether values in use come from a fit (or `with_values`) and not from the start values."""
        return bool(self.ses) or dict(self.values) != dict(self.priors)


@dataclass(frozen=True)
class TargetGroup:
    """Targets that are read from one table or figure: cells by name."""

    name: str
    description: str
    cells: Mapping[str, Target]


@dataclass(frozen=True)
class Policies:
    """Screening programmes and adjuvant eras by name."""

    screening: Mapping[str, ScreeningProgramme]
    adjuvant: Mapping[str, AdjuvantEra]


_DRUG_NUMBERS = {
    "drug_class",
    "mechanisms",
    "subtypes",
    "biomarker",
    "without",
    "exposure",
    "kill",
    "grade3_plus",
    "discontinuation",
    "toxic_death",
}


RESULTS_ALONE = ("utility", "combination")
"""Groups of parameters that results read and no simulation does; they are not part of `Catalog.hash`."""


@dataclass(frozen=True)
class Catalog:
    """Every number about the world that the model uses, checked, with where it comes from.

    `fit` and `drug_fit` record the fits of the natural history and of the drugs; `places` are the
    directories that strategies and trials are read from, the later ones overriding the earlier.
    """

    parameters: Mapping[str, Parameter]
    drugs: Mapping[str, Drug]
    regimens: Mapping[str, Regimen]
    targets: Mapping[str, TargetGroup]
    sources: Mapping[str, Source]
    policies: Policies
    life_table: tuple[LifeTableRow, ...]
    life_table_sources: tuple[str, ...]
    fit: FitRecord | None = None
    drug_fit: FitRecord | None = None
    places: tuple[Place, ...] = ()

    @cached_property
    def strategies(self) -> Mapping[str, Strategy]:
        """Strategies by name, read on first use; `DataErrors` with every problem of their files."""
        from seedsoil.catalog.treatment_loader import packaged_strategies

        return packaged_strategies(self)

    @cached_property
    def trials(self) -> Mapping[str, Trial]:
        """Trials by name, read on first use; `DataErrors` with every problem of their files."""
        from seedsoil.catalog.treatment_loader import packaged_trials

        return packaged_trials(self)

    def parameter(self, key: str) -> Parameter:
        """The parameter `key`; `InputError` with the nearest name if there is none."""
        if key not in self.parameters:
            raise InputError(unknown("catalog", "parameter", key, self.parameters))
        return self.parameters[key]

    def value(self, key: str, item: str | None = None) -> float:
        """One number: `value("growth.log_rate", "tnbc")`; items of two dimensions as "bone:tnbc"."""
        parameter = self.parameter(key)
        name = item or ""
        if name not in parameter.values:
            raise InputError(_wrong_item(key, name, parameter))
        return parameter.values[name]

    def vector(self, key: str) -> NDArray[np.float64]:
        """All numbers of `key` in declared order: shape (), (items,) or (organs, subtypes)."""
        import numpy as np

        parameter = self.parameter(key)
        numbers = np.array(list(parameter.values.values()), dtype=float)
        if parameter.by is None:
            return numbers.reshape(())
        first, *rest = parameter.by.split(",")
        return numbers.reshape((len(ITEMS[first]), -1)) if rest else numbers

    def fitted_names(self, fit: FitName = "natural history") -> list[str]:
        """Names of the numbers that the fit `fit` may move, in catalog order."""
        return [
            full_name(p.key, item)
            for p in self.parameters.values()
            if fit in (p.fit, p.then)
            for item in p.values
            if item in p.prior_sds
        ]

    def prior(self, name: str, fit: FitName | None = None) -> tuple[float, float]:
        """Mean and standard deviation of the normal prior of one number, in its first fit or in `fit`."""
        key, _, item = name.partition(":")
        parameter = self.parameter(key)
        if item not in parameter.prior_sds:
            known = self.fitted_names(parameter.fit)
            raise InputError(f"catalog: '{name}' has no prior; {nearest(name, known)}")
        if fit is not None and fit == parameter.then and item in parameter.first:
            return parameter.first[item]
        return parameter.priors[item], parameter.prior_sds[item]

    def with_values(self, values: Mapping[str, float]) -> Catalog:
        """A catalog with some numbers replaced, `{"growth.log_rate:tnbc": -1.0}`.

        Raises `DataErrors` with every unknown name and every value that is not finite or not in range.
        """
        problems: list[str] = []
        parameters = replaced(self.parameters, values, "values", problems)
        if problems:
            raise DataErrors(problems)
        return dataclasses.replace(self, parameters=parameters)

    def drug(self, name: str) -> Drug:
        """The drug `name`; `InputError` with the nearest name if there is none."""
        if name not in self.drugs:
            raise InputError(unknown("catalog", "drug", name, self.drugs))
        return self.drugs[name]

    def regimen(self, name: str) -> Regimen:
        """The regimen `name`; `InputError` with the nearest name if there is none."""
        if name not in self.regimens:
            raise InputError(unknown("catalog", "regimen", name, self.regimens))
        return self.regimens[name]

    def strategy(self, name: str) -> Strategy:
        """The strategy `name`; `InputError` with the nearest name if there is none."""
        if name not in self.strategies:
            raise InputError(unknown("catalog", "strategy", name, self.strategies))
        return self.strategies[name]

    def trial(self, name: str) -> Trial:
        """The trial `name`; `InputError` with the nearest name if there is none."""
        if name not in self.trials:
            raise InputError(unknown("catalog", "trial", name, self.trials))
        return self.trials[name]

    def log_kills(self, name: str, drug: Drug | None = None) -> dict[str, float]:
        """ln of the kill by mechanism, per year, of a catalog drug, or of a user's `drug` of that name."""
        drug = drug or self.drug(name)
        if drug.kill is not None:
            return {m: math.log(drug.kill[m]) for m in drug.mechanisms}
        return {m: self.value("drug.log_kill", drug.kill_item(name, m)) for m in drug.mechanisms}

    def screening_programme(self, name: str) -> ScreeningProgramme:
        """The screening programme `name`; `InputError` with the nearest name if there is none."""
        if name not in self.policies.screening:
            raise InputError(unknown("screening", "programme", name, self.policies.screening))
        return self.policies.screening[name]

    def adjuvant_era(self, name: str) -> AdjuvantEra:
        """The adjuvant era `name`; `InputError` with the nearest name if there is none."""
        if name not in self.policies.adjuvant:
            raise InputError(unknown("adjuvant", "era", name, self.policies.adjuvant))
        return self.policies.adjuvant[name]

    def hash(self) -> str:
        """SHA-256 of the numbers that decide a simulation: parameters, life table, policies and drugs.

        Utilities and the comparison of combinations (`RESULTS_ALONE`) move no simulation and are left out.
        """
        numbers = {
            "parameters": {
                key: dict(p.values)
                for key, p in self.parameters.items()
                if key.partition(".")[0] not in RESULTS_ALONE
            },
            "life_table": self.life_table,
            "screening": {n: p.screening() for n, p in self.policies.screening.items()},
            "adjuvant": {
                n: [r.model_dump() for r in era.give] for n, era in self.policies.adjuvant.items()
            },
            "drugs": {n: d.model_dump(include=_DRUG_NUMBERS) for n, d in self.drugs.items()},
            "regimens": {n: [d.model_dump() for d in r.drugs] for n, r in self.regimens.items()},
        }
        text = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def replaced(
    parameters: Mapping[str, Parameter],
    values: Mapping[str, float],
    where: str,
    problems: list[str],
) -> dict[str, Parameter]:
    """`parameters` with the named numbers replaced, each checked; problems are added as lines."""
    result = dict(parameters)
    touched: dict[str, dict[str, float]] = {}
    for name, value in values.items():
        key, _, item = name.partition(":")
        if key not in parameters:
            problems.append(unknown(where, "parameter", key, parameters))
            continue
        parameter = parameters[key]
        if item not in parameter.values:
            problems.append(f"{where}: {_wrong_item(key, item, parameter)}")
            continue
        if number_problems(name, value, parameter.low, parameter.high, where, problems):
            touched.setdefault(key, dict(parameter.values))[item] = value
    for key, numbers in touched.items():
        result[key] = dataclasses.replace(
            result[key], values=whole_shares(key, numbers, where, problems)
        )
    return result


def number_problems(
    name: str, value: object, low: float, high: float, where: str, problems: list[str]
) -> bool:
    """Whether `value` is a finite number in [low, high]; if not, a line is added to `problems`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.append(f"{where}: {name}: value is {value!r}; it must be a number")
    elif not math.isfinite(value):
        problems.append(f"{where}: {name}: value is {value}; it must be a finite number")
    elif not low <= value <= high:
        problems.append(f"{where}: {name}: value {value} is out of range; allowed {low} to {high}")
    else:
        return True
    return False


def whole_shares(
    key: str, numbers: dict[str, float], where: str, problems: list[str]
) -> dict[str, float]:
    """Shares of one whole divided by their sum; other parameters as they are."""
    if key not in SUM_TO_ONE:
        return numbers
    total = sum(numbers.values())
    if abs(total - 1.0) > SHARE_TOLERANCE:
        problems.append(f"{where}: {key}: the shares sum to {total:.4g}; they must sum to 1")
        return numbers
    return {item: share / total for item, share in numbers.items()}


def _wrong_item(key: str, item: str, parameter: Parameter) -> str:
    names = tuple(parameter.values)
    if parameter.by is None:
        return f"{key}: is a single number and has no item '{item}'"
    if not item:
        return f"{key}: goes by {parameter.by}; name one of {', '.join(names)}"
    return unknown(key, "item", item, names)
