"""The catalog: every number about the world, as data files with a schema, sources and a loader.

`load()` gives the packaged catalog; `load(directory)` overlays it with a user's files.
"""

from __future__ import annotations

from seedsoil.catalog.contents import (
    Catalog,
    LifeTableRow,
    Parameter,
    Policies,
    TargetGroup,
)
from seedsoil.catalog.files import write_fitted
from seedsoil.catalog.loader import load

__all__ = [
    "Catalog",
    "LifeTableRow",
    "Parameter",
    "Policies",
    "TargetGroup",
    "load",
    "write_fitted",
]
