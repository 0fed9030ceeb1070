"""seedsoil: an open, calibrated, patient-level model of metastatic breast cancer.

    >>> import seedsoil as ss
    >>> run = ss.simulate(women=1_000, seed=1)
    >>> survival = run.survival(by="subtype")
    >>> run.patients.num_rows
    1000

Times are years from the diagnosis of the primary tumour. For research and teaching: it describes
populations and must not guide the care of any one person.

Names are imported when first used, so that `import seedsoil` itself loads no heavy library.
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
    "fit",
    "match",
    "open_run",
    "patient",
    "simulate",
    "strategy",
    "trial",
]

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.calibration import fit
    from seedsoil.catalog import load as catalog
    from seedsoil.catalog.lookup import strategy
    from seedsoil.errors import InputError
    from seedsoil.matching.match import match
    from seedsoil.patient.patient import patient
    from seedsoil.run.run import Run, open_run
    from seedsoil.run.simulate import simulate
    from seedsoil.strategies.compare import compare
    from seedsoil.trials.trial import trial

_HOME = {
    "InputError": "seedsoil.errors",
    "Run": "seedsoil.run.run",
    "compare": "seedsoil.strategies.compare",
    "fit": "seedsoil.calibration",
    "match": "seedsoil.matching.match",
    "open_run": "seedsoil.run.run",
    "patient": "seedsoil.patient.patient",
    "simulate": "seedsoil.run.simulate",
    "strategy": "seedsoil.catalog.lookup",
    "trial": "seedsoil.trials.trial",
}


def __getattr__(name: str) -> Any:
    if name == "catalog":
        return import_module("seedsoil.catalog")
    if name not in _HOME:
        raise AttributeError(f"module 'seedsoil' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


# Two public functions have the name of a subpackage, which Python binds to that name as soon as anything
# imports it. `seedsoil.catalog` is both: the subpackage, made callable. `seedsoil.patient` is the function.
class _Catalog(ModuleType):
    def __call__(self, path: Path | None = None) -> Any:
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
