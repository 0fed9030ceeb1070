"""The catalog: every number about the world, as data files with a schema, sources and a loader.

`load()` gives the packaged catalog; `load(directory)` overlays it with a user's files. `load_strategy` and
`load_trial` read one file of a user's. What an entry may say, with its checks, has one module a concept:

| module | what |
|---|---|
| `parameters`, `targets`, `sources` | numbers of the model, what they are fitted to, where they come from |
| `drugs`, `strategies`, `trials` | drugs and regimens; rules of therapy; trials and their results |
| `conditions`, `endpoints` | who is meant by a rule, an eligibility, a subgroup; what a trial publishes |
| `policies`, `life_table`, `fits` | screening and adjuvant eras; mortality; what a fit found |
| `costs`, `cost_entries`, `cost_items` | perspectives with their prices; as written; what may be priced |
| `indices`, `reference_cases`, `utility_norms` | inflation and parities; what agencies ask; utility by age |
| `distributions`, `spreads` | how far a number may be off, and orders that hold between two |
| `entry`, `complaints`, `known` | what all entries share; how their faults are told; what a file may name |
| `files`, `reading`, `checking`, `loader` | text to tables; to entries; checked and overlaid; the catalog |
| `cost_files`, `lazy` | the folder of prices; what is read when it is first asked for |
| `catalog`, `lookup` | the finished catalog; strategies and trials by name or file |
| `provenance`, `provenance_costs`, `provenance_text` | what `seedsoil sources` shows |
| `fit_table` | the packaged fit |
"""

from __future__ import annotations

from seedsoil.catalog.catalog import Catalog
from seedsoil.catalog.conditions import Conditions
from seedsoil.catalog.drugs import Drug, Regimen
from seedsoil.catalog.fits import write_fitted
from seedsoil.catalog.life_table import LifeTableRow
from seedsoil.catalog.loader import load, load_strategy, load_trial
from seedsoil.catalog.parameters import Parameter
from seedsoil.catalog.policies import Policies
from seedsoil.catalog.strategies import Strategy
from seedsoil.catalog.targets import TargetGroup
from seedsoil.catalog.trials import Trial

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
