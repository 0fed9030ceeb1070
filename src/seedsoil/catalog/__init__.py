"""The catalog: every number about the world, as data files with a schema, sources and a loader.

`load()` gives the packaged catalog; `load(directory)` overlays it with a user's files. `load_strategy` and
`load_trial` read one file of a user's.
"""

from __future__ import annotations

from seedsoil.catalog.catalog import Catalog, Parameter, Policies, TargetGroup
from seedsoil.catalog.loader import load
from seedsoil.catalog.reading import write_fitted
from seedsoil.catalog.schema import LifeTableRow
from seedsoil.catalog.treatment_loader import load_strategy, load_trial
from seedsoil.catalog.treatment_schema import (
    Conditions,
    Drug,
    Regimen,
    Strategy,
    Trial,
)

__all__ = [
    "Catalog",
    "Conditions",
    "Drug",
    "LifeTableRow",
    "Parameter",
    "Policies",
    "Regimen",
    "Strategy",
    "TargetGroup",
    "Trial",
    "load",
    "load_strategy",
    "load_trial",
    "write_fitted",
]
