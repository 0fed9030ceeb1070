"""What the parameters leave open of the headlines of usual care, as the posterior told when it was made.

Standard deviations over the posterior of the values in use. They are of all women under the default
screening, adjuvant therapy and strategy, however many are simulated, and say nothing of a run of another
kind: of that draws tell (`run.draws`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seedsoil.catalog import load
from seedsoil.display.words import listed
from seedsoil.errors import InputError
from seedsoil.run.draws import OF_POSTERIOR, unit_of
from seedsoil.run.simulate import ADJUVANT, SCREENING, STRATEGY, strategy_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedsoil.catalog import Catalog

OTHER = {"distant_10"}
"""Headlines of the posterior that are not the same number in a run: it censors deaths, a run does not."""
LABEL = "sd by parameters"


class Spread(NamedTuple):
    """A headline's `mean` and standard deviation over the posterior; fields as of `OverDraws.record`."""

    name: str
    mean: float
    parameter_sd: float
    unit: str
    discrepancy_share: float | None

    @property
    def amount(self) -> str:
        """The standard deviation with its unit: `0.31 years`, `2.1 points`."""
        if self.unit == "share":
            return f"{100.0 * self.parameter_sd:.2g} points"
        return f"{self.parameter_sd:.2g} {self.unit}"

    @property
    def words(self) -> str:
        """Beside an interval of simulation: `sd by parameters 0.31 years`."""
        return f"{LABEL} {self.amount}"


def spreads(manifest: Mapping[str, Any], catalog: Catalog | None = None) -> dict[str, Spread]:
    """Of the run with this manifest, by the posterior's name of the headline; {} where it does not tell.

    `catalog`: the one the run was made with; by default the packaged one.
    """
    catalog = catalog or load()
    if not has_care(manifest, STRATEGY, catalog):
        return {}
    named = {key: name for name, key in OF_POSTERIOR.items() if key not in OTHER}
    found = ((key, spread_of(catalog, key, name, unit_of(name))) for key, name in named.items())
    return {key: one for key, one in found if one is not None}


def has_care(manifest: Mapping[str, Any], strategy: str, catalog: Catalog) -> bool:
    """Whether all of a run's women had the packaged `strategy` and default care, with the values in use."""
    packaged = load().strategies.get(strategy)
    return (
        packaged is not None
        and manifest.get("strategy_hash") == strategy_hash(packaged)
        and (manifest.get("screening"), manifest.get("adjuvant")) == (SCREENING, ADJUVANT)
        and manifest.get("parameters_hash") == catalog.hash()
        and not (manifest.get("only") or manifest.get("changed") or "draw" in manifest)
    )


def spread_of(catalog: Catalog, key: str, name: str, unit: str) -> Spread | None:
    """The headline `key` of the posterior as `name`; None where the catalog's posterior does not tell it."""
    try:
        posterior = catalog.posterior
    except InputError:  # none, or of other numbers
        return None
    told = posterior.headline(key)
    if told is None:
        return None
    return Spread(name, *told, unit, posterior.record["headlines"][key].get("discrepancy"))


def record(found: Mapping[str, Spread]) -> dict[str, Any] | None:
    """For programs: {"headlines": rows}; None where the posterior tells nothing."""
    return {"headlines": [one._asdict() for one in found.values()]} if found else None


def words_beside(of: dict[str, Any] | None) -> dict[str, str]:
    """What stands beside the interval of each headline of a `record`, by the posterior's name of it."""
    rows = of["headlines"] if of else []
    return {OF_POSTERIOR[row["name"]]: Spread(**row).words for row in rows}


def told(found: Mapping[str, Spread]) -> str:
    """All of them in words: `alive at 5 years 2.1 points and every colony eradicated 0.2 points`."""
    return listed(
        [f"{one.name.rpartition(', ')[0] or one.name} {one.amount}" for one in found.values()]
    )
