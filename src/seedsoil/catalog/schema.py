"""What a catalog entry may say: names, units, fields and legal values of every data file.

Each class is one kind of entry of the TOML files. Unknown fields are refused, numbers are finite, and
`check_entry` turns what pydantic finds into lines a person can act on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    get_args,
    get_origin,
)

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from seedsoil.errors import nearest
from seedsoil.vocabulary import MECHANISMS, ORGANS, SITES, SUBTYPE_KEYS, SYMPTOM_KEYS, THERAPIES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AGE_BANDS = ("a20_34", "a35_44", "a45_54", "a55_64", "a65_74", "a75_84", "a85_100")
RISKS = ("low", "middle", "high")
MENOPAUSE = ("pre", "post")
NODES = ("n0", "n_pos")

ITEMS: dict[str, tuple[str, ...]] = {
    "subtype": SUBTYPE_KEYS,
    "organ": ORGANS,
    "site": SITES,
    "symptom": SYMPTOM_KEYS,
    "band": AGE_BANDS,
    "risk": RISKS,
    "therapy": THERAPIES,
    "mechanism": MECHANISMS,
}
"""The items of each dimension a value may go `by`, in the order of `Catalog.vector`. The items of
`drug_mechanism`, such as "palbociclib.cdk46", are those of drugs.toml, in its order."""

SUM_TO_ONE = ("woman.subtype_share", "woman.age_band_share", "circulation.output_share")
"""Parameters whose items are shares of one whole. Published shares are rounded: a sum within
`SHARE_TOLERANCE` of one is accepted and the shares are divided by it."""
SHARE_TOLERANCE = 0.005

By = Literal[
    "subtype",
    "organ",
    "site",
    "symptom",
    "band",
    "risk",
    "therapy",
    "mechanism",
    "drug_mechanism",
    "organ,subtype",
]
FitName = Literal["natural history", "drugs"]
Status = Literal["verified", "derived", "unverified", "assumption"]
Confidence = Literal["high", "medium", "low"]
NOT_VERIFIED = ("unverified", "assumption")
"""Statuses of a number that nobody read at its source."""
Role = Literal["calibration", "comparison", "validation"]
SourceRole = Literal["calibration", "validation"]
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
    "ln(foci)",
    "exponent",
    "correlation",
    "weeks",
    "ratio",
    "log10(cells)",
    "log-odds/log10(cells)",
    "log-odds/decade",
    "utility",
]
TargetUnit = Literal[
    "share",
    "mm",
    "days",
    "months",
    "years",
    "1/year",
    "ln(odds ratio)",
    "ln(rate ratio)",
    "colonies",
]

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Entry(BaseModel):
    """Common rules: no unknown field, no NaN or infinity, no silent conversion of text to numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ParameterEntry(Entry):
    """One parameter as written. `value` and `prior_sd` are checked against `by` by the loader.

    `fit` says which of the two fits may move the items that have a `prior_sd`, and `then` that the other
    moves them again, with what the first found as its prior.
    """

    description: Text
    unit: ParameterUnit
    by: By | None = None
    value: Any
    range: Annotated[list[float], Field(min_length=2, max_length=2)]
    prior_sd: Any = None
    fit: FitName = "natural history"
    then: FitName | None = None
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""


class Target(Entry):
    """One number the model is compared with.

    `se` is the sampling standard error in the unit of `observed`; `discrepancy` is a further standard
    deviation for a known mismatch of population or definition, with its reason. Only `fitted` cells
    enter the loss; they have role `calibration`. With `at_most`, `observed` is an upper bound.
    """

    description: Text
    observed: float
    se: Annotated[float, Field(gt=0.0)]
    se_reason: Text
    discrepancy: Annotated[float, Field(ge=0.0)] = 0.0
    discrepancy_reason: str = ""
    unit: TargetUnit
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    role: Role
    fitted: bool
    at_most: bool = False
    note: str = ""


class Source(Entry):
    """One fact of the evidence, as its source gives it (`value` and `unit` are text)."""

    quantity: Text
    population: str
    value: Text
    unit: str
    citation: Text
    address: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    status: Status
    confidence: Confidence
    role: SourceRole
    note: str = ""


class Screening(NamedTuple):
    """A screening programme in numbers: ages and interval in years, participation as a share."""

    first_age: float
    last_age: float
    interval: float
    participation: float


class ScreeningProgramme(Entry):
    """A screening programme: invited from `first_age` to `last_age`, every `interval` years.

    `participation` is the share of invited women who attend.
    """

    description: Text
    first_age: Annotated[float, Field(ge=0.0, le=120.0)]
    last_age: Annotated[float, Field(ge=0.0, le=120.0)]
    interval: Annotated[float, Field(ge=0.25, le=50.0)]
    participation: Share
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    def screening(self) -> Screening:
        """The four numbers the simulation needs."""
        return Screening(self.first_age, self.last_age, self.interval, self.participation)


class Rule(Entry):
    """Which share of some women is given a therapy; a field left out means "whatever its value"."""

    therapy: Literal["chemo", "endocrine", "trastuzumab"]
    share: Share
    hr: Literal["positive", "negative"] | None = None
    her2: Literal["positive", "negative"] | None = None
    menopause: Literal["pre", "post"] | None = None
    nodes: Literal["n0", "n_pos"] | None = None


class AdjuvantEra(Entry):
    """Adjuvant systemic therapy of an era: rules in order, a later rule overriding an earlier one."""

    description: Text
    give: list[Rule] = []
    population: Text
    sources: list[str]
    status: Status
    confidence: Confidence
    note: str = ""

    def adjuvant_shares(self) -> NDArray[np.float64]:
        """Share of women given each therapy: array (3 therapies, 4 subtypes, 2 menopause, 2 nodes).

        Orders: `THERAPIES`, `SUBTYPE_KEYS`, `MENOPAUSE` (pre, post), `NODES` (n0, n_pos). Women no rule
        names get 0.
        """
        import numpy as np

        shares = np.zeros((len(THERAPIES), len(SUBTYPE_KEYS), len(MENOPAUSE), len(NODES)))
        hr = ("positive", "positive", "negative", "negative")
        her2 = ("negative", "positive", "positive", "negative")
        for rule in self.give:
            subtypes = [
                s
                for s in range(len(SUBTYPE_KEYS))
                if rule.hr in (None, hr[s]) and rule.her2 in (None, her2[s])
            ]
            menopause = _chosen(MENOPAUSE, rule.menopause)
            nodes = _chosen(NODES, rule.nodes)
            therapy = THERAPIES.index(rule.therapy)
            shares[np.ix_([therapy], subtypes, menopause, nodes)] = rule.share
        return shares


class FitRecord(Entry):
    """What made the fitted values: the command, its seed, women a try, date and package version."""

    command: Text
    seed: int
    women: int
    date: Text
    version: Text
    note: str = ""


def _chosen(names: tuple[str, ...], name: str | None) -> list[int]:
    return list(range(len(names))) if name is None else [names.index(name)]


E = TypeVar("E", bound=Entry)
NAMES_SHOWN = 20
_NOUNS = {
    "float": "a number",
    "int": "a whole number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
}


def check_entry(
    model: type[E], data: Mapping[str, Any], where: str, problems: list[str]
) -> E | None:
    """`data` as a `model`; or None, with a line for each thing wrong added to `problems`.

    `where` is the beginning of each line: the file and the key.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems.extend(_line(model, dict(item), where) for item in error.errors())
        return None


def _line(model: type[Entry], error: dict[str, Any], where: str) -> str:
    """One pydantic error as `file: key: field: what is wrong; what is allowed; nearest name`."""
    path = _path(error["loc"])
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return unknown(where, "field", path, _field_names(owner(model, error["loc"]), error["loc"]))
    if kind == "missing":
        return f"{where}: field '{path}' is missing"
    if kind == "literal_error":
        allowed = _literals(model, error["loc"])
        return f"{where}: {path} " + not_allowed(given, allowed)
    if kind == "finite_number":
        return f"{where}: {path} is {given}; it must be a finite number"
    if kind.endswith("_type") and kind.split("_")[0] in _NOUNS:
        return f"{where}: {path} is {given!r}; it must be {_NOUNS[kind.split('_')[0]]}"
    if kind == "too_short":
        return f"{where}: {path} is empty; it must name at least one"
    if kind == "value_error":
        return f"{where}: {path} is {given!r}: {error['ctx']['error']}"
    if kind == "string_pattern_mismatch" and error["loc"][-1] == "nct":
        return f"{where}: {path} is {given!r}; it must be NCT and eight digits"
    if kind == "string_pattern_mismatch":
        return f"{where}: {path} is {given!r}; it must be an address beginning http:// or https://"
    return f"{where}: {path} is {given!r}: {error['msg']}"


def owner(model: type[Entry], loc: tuple[int | str, ...]) -> type[Entry]:
    """The class that holds the last field of `loc`: entries may be nested in lists of entries."""
    for part in loc[:-1]:
        fields = _fields(model)
        if part in fields:
            model = _nested(fields[part].annotation) or model
    return model


def _fields(model: type[Entry]) -> dict[int | str, FieldInfo]:
    """The fields of `model` by their names in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _field_names(model: type[Entry], loc: tuple[int | str, ...]) -> list[str]:
    """Names of the fields of `model` as written in a file, each after the path `loc` leads through."""
    return [_path((*loc[:-1], name)) for name in _fields(model)]


def _path(loc: tuple[int | str, ...]) -> str:
    """`("line", 2, "when", "age")` as `line 3.when.age`: entries of a list count from 1."""
    text = ""
    for part in loc:
        text += f" {part + 1}" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _nested(annotation: Any) -> type[Entry] | None:
    """The class of entries that a field holds, alone or in a list, or None."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    found = (_nested(part) for part in get_args(annotation))
    return next((part for part in found if part is not None), None)


def _literals(model: type[Entry], loc: tuple[int | str, ...]) -> list[str]:
    """The legal names of the field `loc` points to."""
    found = owner(model, loc)
    fields = _fields(found)
    name = next(part for part in reversed(loc) if part in fields)
    return _literal_args(fields[name].annotation)


def _literal_args(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(name) for name in get_args(annotation)]
    return [name for part in get_args(annotation) for name in _literal_args(part)]


def not_allowed(given: object, allowed: Iterable[str]) -> str:
    """`'x' is not allowed; allowed: a, b; did you mean 'a'?`"""
    names = list(allowed)
    hint = nearest(str(given), names)
    return f"{given!r} is not allowed; allowed: {', '.join(names)}" + (f"; {hint}" if hint else "")


def unknown(where: str, what: str, given: str, valid: Iterable[str]) -> str:
    """`file: key: unknown field 'x'; did you mean 'y'?`, or the valid names if none is near."""
    names = list(valid)
    hint = nearest(given, names)
    if not hint:
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        hint = f"known: {', '.join(names[:NAMES_SHOWN])}{more}"
    return f"{where}: unknown {what} '{given}'; {hint}"


class LifeTableRow(NamedTuple):
    """Mortality of women from all causes between two birthdays, per year."""

    age: int
    rate_per_year: float
