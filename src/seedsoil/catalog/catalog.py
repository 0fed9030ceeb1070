"""The checked catalog as an object: all numbers about the world, looked up by name."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.complaints import unknown, unknown_agent
from seedsoil.catalog.cost_files import NO_COSTS, CostData
from seedsoil.catalog.parameters import ITEMS, full_name, replaced, wrong_item
from seedsoil.errors import DataErrors, InputError, integer, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from seedsoil.catalog.dosing import Dosing
    from seedsoil.catalog.drugs import Drug, Regimen
    from seedsoil.catalog.fits import FitName, FitRecord
    from seedsoil.catalog.life_table import LifeTableRow
    from seedsoil.catalog.parameters import Parameter
    from seedsoil.catalog.policies import AdjuvantEra, Policies, ScreeningProgramme
    from seedsoil.catalog.posterior import PosteriorDraws
    from seedsoil.catalog.sources import Source
    from seedsoil.catalog.strategies import Strategy
    from seedsoil.catalog.targets import TargetGroup
    from seedsoil.catalog.trials import Trial

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

    `fit` and `drug_fit` record the fits of the natural history and of the drugs. `changed` holds what
    `with_values` replaced: by name what it was (`from`), what it is (`to`) and its `unit`. `strategies` and
    `trials`, and what `costs` holds, are read from their files when an entry is first asked for (see `Lazy`);
    that raises `DataErrors` with every problem of the files. `drawn`: which draw of the posterior its fitted
    numbers are; None: the values in use.
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
    changed: Mapping[str, dict[str, float | str]] = field(
        default_factory=dict, compare=False, repr=False
    )
    strategies: Mapping[str, Strategy] = field(default_factory=dict, compare=False, repr=False)
    trials: Mapping[str, Trial] = field(default_factory=dict, compare=False, repr=False)
    dosings: Mapping[str, Dosing] = field(default_factory=dict, compare=False, repr=False)
    costs: CostData = field(default=NO_COSTS, compare=False, repr=False)
    posteriors: Mapping[str, PosteriorDraws] = field(
        default_factory=dict, compare=False, repr=False
    )
    drawn: int | None = field(default=None, compare=False)

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
            raise InputError(wrong_item(key, name, parameter))
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
        changed = dict(self.changed)
        for name in values:
            key, _, item = name.partition(":")
            before: float | str = self.parameters[key].values[item]
            if name in changed:
                before = changed[name]["from"]
            now = parameters[key]
            changed[name] = {"from": before, "to": now.values[item], "unit": now.unit}
        changed = {
            name: change for name, change in changed.items() if change["from"] != change["to"]
        }
        return dataclasses.replace(self, parameters=parameters, changed=changed)

    @property
    def posterior(self) -> PosteriorDraws:
        """The draws of the joint posterior of the fitted numbers.

        Raises InputError where there are none, or those there are belong to other numbers.
        """
        found = self.posteriors.get("all")
        if found is None:
            raise InputError(
                "catalog: has no draws of the posterior; seedsoil posterior makes posterior.parquet"
            )
        before = {name: float(change["from"]) for name, change in self.changed.items()}
        if self.drawn is None and self.with_values(before).hash() not in found.hashes:
            raise InputError(
                "catalog: the draws of the posterior belong to other numbers than those in use; make them "
                "again with seedsoil posterior, or leave draws out"
            )
        return found

    def draw(self, number: int) -> Catalog:
        """The catalog with draw `number`, from 0 on, of the joint posterior of all fitted numbers.

        Numbers changed with `with_values` stay as they are. Raises InputError beyond the last draw, and where
        the draws belong to other numbers.
        """
        posterior = self.posterior
        integer("draw", number)
        if not 0 <= number < posterior.draws:
            raise InputError(
                f"draw: {shown(number)} is out of range; allowed: 0 to {posterior.draws - 1:,}"
            )
        row = posterior.values[number].tolist()
        values = {n: x for n, x in zip(posterior.names, row, strict=True) if n not in self.changed}
        return dataclasses.replace(self.with_values(values), changed=self.changed, drawn=number)

    def drug(self, name: str) -> Drug:
        """The drug `name`; `InputError` with the nearest name if there is none."""
        if name not in self.drugs:
            raise InputError(unknown_agent("catalog", "drug", name, self.drugs))
        return self.drugs[name]

    def regimen(self, name: str) -> Regimen:
        """The regimen `name`; `InputError` with the nearest name if there is none."""
        if name not in self.regimens:
            raise InputError(unknown_agent("catalog", "regimen", name, self.regimens))
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

    @property
    def dosing(self) -> Dosing:
        """How drugs are dosed and how large women are; read when first asked for."""
        return self.dosings["all"]

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

    def manifest(self) -> dict[str, Any]:
        """What results say of the numbers they were made with: their hash, and those that were changed."""
        changed = {"changed": dict(self.changed)} if self.changed else {}
        drawn = {} if self.drawn is None else {"draw": self.drawn}
        return {"parameters_hash": self.hash(), **changed, **drawn}

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
                n: era.model_dump(include={"give", "made_of", "endocrine_stopping", "decade"})
                for n, era in self.policies.adjuvant.items()
            },
            "drugs": {n: d.model_dump(include=_DRUG_NUMBERS) for n, d in self.drugs.items()},
            "regimens": {n: [d.model_dump() for d in r.drugs] for n, r in self.regimens.items()},
        }
        text = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
