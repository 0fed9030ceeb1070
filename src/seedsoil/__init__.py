"""seedsoil: an open, calibrated, patient-level model of metastatic breast cancer.

    >>> import seedsoil as ss
    >>> run = ss.simulate(women=1_000, seed=1)
    >>> survival = run.survival(by="subtype")
    >>> run.patients.num_rows
    1000

Times are years from the diagnosis of the primary tumour. For research and teaching: it describes
populations and must not guide the care of any one person.

`simulate` gives a `Run`, whose methods answer questions; `patient` one woman's course; `compare`,
`trial` and `match` set strategies, published trials and registries beside the model; `design` plans a trial;
`decision` tells from draws of costs and effects, of any model, which strategy is worth its cost;
`fit`, `fit_drugs` and `validate` check it against data. Every result has `table()`, `to_pandas()`,
`to_polars()`, `chart()`, `sentence`, `report(path)` and `export(path)`. What cannot be used raises
`InputError`.

Names are imported when first used, so that `import seedsoil` itself loads no heavy library. Warnings
and notes of the library go to `logging`, logger "seedsoil".
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from seedsoil._version import __version__

__all__ = [
    "InputError",
    "Run",
    "__version__",
    "catalog",
    "compare",
    "decision",
    "design",
    "evaluate",
    "fit",
    "fit_drugs",
    "load_catalog",
    "match",
    "open_run",
    "patient",
    "simulate",
    "strategy",
    "trial",
    "validate",
]

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.calibration.drugs import fit_drugs
    from seedsoil.calibration.fitting import fit
    from seedsoil.catalog import load as catalog
    from seedsoil.catalog import load as load_catalog
    from seedsoil.catalog.lookup import strategy
    from seedsoil.economics.decision.decision import decision
    from seedsoil.economics.evaluate import evaluate
    from seedsoil.errors import InputError
    from seedsoil.matching.match import match
    from seedsoil.patient.patient import patient
    from seedsoil.run.opening import open_run
    from seedsoil.run.run import Run
    from seedsoil.run.simulate import simulate
    from seedsoil.strategies.compare import compare
    from seedsoil.trials.design import design
    from seedsoil.trials.trial import trial
    from seedsoil.trials.validation import validate

_HOME = {
    "InputError": "seedsoil.errors:InputError",
    "Run": "seedsoil.run.run:Run",
    "compare": "seedsoil.strategies.compare:compare",
    "decision": "seedsoil.economics.decision.decision:decision",
    "design": "seedsoil.trials.design:design",
    "evaluate": "seedsoil.economics.evaluate:evaluate",
    "fit": "seedsoil.calibration.fitting:fit",
    "fit_drugs": "seedsoil.calibration.drugs:fit_drugs",
    "load_catalog": "seedsoil.catalog:load",
    "match": "seedsoil.matching.match:match",
    "open_run": "seedsoil.run.opening:open_run",
    "patient": "seedsoil.patient.patient:patient",
    "simulate": "seedsoil.run.simulate:simulate",
    "strategy": "seedsoil.catalog.lookup:strategy",
    "trial": "seedsoil.trials.trial:trial",
    "validate": "seedsoil.trials.validation:validate",
}


def __getattr__(name: str) -> Any:
    if name == "catalog":
        return import_module("seedsoil.catalog")
    if name not in _HOME:
        raise AttributeError(f"module 'seedsoil' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


# Two public functions have the name of a subpackage, which Python binds to that name as soon as anything
# imports it. `seedsoil.catalog` is both: the subpackage, made callable. `seedsoil.patient` is the function.
class _Catalog(ModuleType):
    def __call__(self, path: str | Path | None = None) -> Any:
        return self.load(path)


class _Seedsoil(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType):
            if name == "catalog":
                value.__class__ = _Catalog
            elif name in _HOME:
                return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Seedsoil
