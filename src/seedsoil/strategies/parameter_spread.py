"""What the parameters leave open of a comparison of usual care, as the posterior told when it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog import load
from seedsoil.display.words import listed
from seedsoil.run.parameter_spread import Spread, has_care, spread_of
from seedsoil.run.simulate import STRATEGY
from seedsoil.strategies.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsoil.catalog import Catalog
    from seedsoil.strategies.comparison import ComparisonData

BEFORE = "pre-2013"
"""The strategy from which the posterior tells what usual care gains."""
GAIN, LIFE_YEARS = "gain", "life_years"
OF_MEANS = (LIFE_YEARS, "alive_5", "alive_10", "eradicated")
"""Measures of usual care that are headlines of the posterior, too, by the name that both have."""
MEAN, DIFFERENCE = "mean", "difference"


def spreads(
    comparison: ComparisonData, catalog: Catalog | None = None
) -> list[tuple[str, str, str, Spread]]:
    """What the posterior tells of a comparison: measure, strategy, "mean" or "difference", and the spread.

    Means of usual care, and the life years by which it and the strategy before 2013 differ, where one of them
    is the reference. `catalog`: the one that was compared with; by default the packaged one.
    """
    catalog = catalog or load()
    measures = {measure.key: measure for measure in MEASURES}
    cares = {
        care: [n for n, c in comparison.courses.items() if has_care(c.manifest, care, catalog)]
        for care in (BEFORE, STRATEGY)
    }
    found = []
    for name in cares[STRATEGY]:
        for key in OF_MEANS:
            one = spread_of(catalog, key, measures[key].label, measures[key].unit)
            if one is not None:
                found.append((key, name, MEAN, one))
    label, unit = measures[LIFE_YEARS].label, measures[LIFE_YEARS].unit
    gain = spread_of(catalog, GAIN, label, unit)
    for care, other, sign in ((BEFORE, STRATEGY, 1.0), (STRATEGY, BEFORE, -1.0)):
        if gain is not None and comparison.reference in cares[care]:
            told = gain._replace(mean=sign * gain.mean)
            found += [(LIFE_YEARS, name, DIFFERENCE, told) for name in cares[other]]
    return found


def record(found: Sequence[tuple[str, str, str, Spread]]) -> dict[str, Any] | None:
    """For programs: {"headlines": rows}, as rows over draws; None where the posterior tells nothing."""
    rows = [
        {"measure": measure, "strategy": name, "of": of, **one._asdict()}
        for measure, name, of, one in found
    ]
    return {"headlines": rows} if rows else None


def parameters_sentence(comparison: ComparisonData, catalog: Catalog | None = None) -> str:
    """What is not known of the parameters, as far as the posterior tells, and which option tells the rest."""
    told = [
        f"{one.amount} for {one.name} under {name}"
        if of == MEAN
        else f"{one.amount} for the difference of {name} from {comparison.reference} in {one.name}"
        for _, name, of, one in spreads(comparison, catalog)
    ]
    if not told:
        return "No interval holds what is not known of the parameters: --draws 100 tells it."
    return (
        "No interval holds what is not known of the parameters, which the posterior says to be (standard "
        f"deviations) {listed(told)}; --draws 100 tells it of all numbers."
    )
