"""Parameters: numbers of the model with unit, range, prior and provenance."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from seedsoil.catalog.complaints import unknown
from seedsoil.catalog.distributions import DistributionName
from seedsoil.catalog.entry import SHARE_TOLERANCE, Confidence, Entry, Status, Text
from seedsoil.catalog.fits import FitName
from seedsoil.errors import shown
from seedsoil.vocabulary import (
    ADJUVANT_DRUG_KEYS,
    AGE_BANDS,
    DECADES,
    LOCAL_ERAS,
    MECHANISMS,
    ORGANS,
    RISKS,
    SITES,
    SUBTYPE_KEYS,
    SYMPTOM_KEYS,
    THERAPIES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ITEMS: dict[str, tuple[str, ...]] = {
    "subtype": SUBTYPE_KEYS,
    "organ": ORGANS,
    "site": SITES,
    "symptom": SYMPTOM_KEYS,
    "band": AGE_BANDS,
    "risk": RISKS,
    "therapy": THERAPIES,
    "adjuvant_drug": ADJUVANT_DRUG_KEYS,
    "decade": DECADES,
    "mechanism": MECHANISMS,
    "local_era": LOCAL_ERAS,
}
"""The items of each dimension a value may go `by`, in the order of `Catalog.vector`. The items of
`drug_mechanism`, such as "palbociclib.cdk46", are those of drugs.toml, in its order."""

SUM_TO_ONE = ("woman.subtype_share", "woman.age_band_share", "circulation.output_share")
"""Parameters whose items are shares of one whole."""
SMALLEST_PRIOR_SD = 1e-6
"""A prior with no width would be a fixed value in disguise."""

By = Literal[
    "subtype",
    "organ",
    "site",
    "symptom",
    "band",
    "risk",
    "therapy",
    "adjuvant_drug",
    "decade",
    "mechanism",
    "drug_mechanism",
    "local_era",
    "organ,subtype",
]
ParameterUnit = Literal[
    "share",
    "years",
    "ln(years)",
    "1/year",
    "ln(1/year)",
    "ln(1/(cell year))",
    "ln(1/(cell^a year))",
    "ln",
    "cells",
    "ln(cells)",
    "cells/cm3",
    "mm",
    "logit",
    "logit/mm",
    "logit/year",
    "log-odds",
    "nodes",
    "lines",
    "ln(foci)",
    "exponent",
    "correlation",
    "weeks",
    "ratio",
    "log10(cells)",
    "sd",
    "sd/decade",
    "ln/sd",
    "ln/decade",
    "log-odds/sd",
    "utility",
]


class ParameterEntry(Entry):
    """One parameter as written. `value` and `prior_sd` are checked against `by` by the loader.

    `distribution` and `standard_error` say how far the number may be off, where no fit does; with `below` or
    `above` they are of its difference to that other parameter. `fit` says which of the two fits may move the
    items that have a `prior_sd`, and `then` that the other moves them again, with what the first found as its
    prior.
    """

    description: Text
    unit: ParameterUnit
    by: By | None = None
    value: Any
    range: Annotated[list[float], Field(min_length=2, max_length=2)]
    prior_sd: Any = None
    distribution: DistributionName | None = None
    standard_error: Any = None
    below: Text | None = None
    above: Text | None = None
    fit: FitName = "natural history"
    then: FitName | None = None
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True)
class Spread:
    """How far the numbers of a parameter may be off: the kind of distribution and standard errors by item.

    With `below` or `above`, another parameter of a single number, they are of the difference to it.
    """

    kind: DistributionName
    standard_errors: Mapping[str, float]
    below: str | None = None
    above: str | None = None


@dataclass(frozen=True)
class Parameter:
    """One parameter of the model with its provenance.

    `values`, `priors`, `prior_sds` and `ses` hold one number an item (see `item_names`; a single number
    has the item ""), in declared order. `values` are in use; `priors` are the start values and the means
    of the priors; items without a `prior_sds` entry are fixed, the others are moved by the fit named
    `fit`, and by the one named `then` after it, whose priors are `first`: the values and standard errors
    that the first fit found. `spread` says how far a number that no fit moves may be off. `ses` come from
    the last of them, and `command` is what made the values in use, if a fit did.
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
    spread: Spread | None = None

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
            problems.append(f"{where}: {wrong_item(key, item, parameter)}")
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
        problems.append(f"{where}: {name}: value is {shown(value)}; it must be a number")
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


def wrong_item(key: str, item: str, parameter: Parameter) -> str:
    """What is said of an item that the parameter `key` does not have."""
    names = tuple(parameter.values)
    if parameter.by is None:
        return f"{key}: is a single number and has no item '{item}'"
    if not item:
        return f"{key}: goes by {parameter.by}; name one of {', '.join(names)}"
    return unknown(key, "item", item, names)
