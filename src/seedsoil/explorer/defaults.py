"""What a page starts with where nobody says otherwise: the thresholds of the catalog's reference cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedsoil.economics.reference_case import ReferenceCase
from seedsoil.explorer.contract import PackagedThreshold

if TYPE_CHECKING:
    from seedsoil.catalog import Catalog

PERSPECTIVE, REFERENCE_CASE = "uk-nhs", "nice"
"""Whose costs the explorer counts, and by whose rules."""


def packaged_thresholds(catalog: Catalog) -> dict[str, PackagedThreshold]:
    """The thresholds in force by currency, that of REFERENCE_CASE first; of two in a currency the first.

    `sources` are the citations of its sources that give money for a QALY; all where none does.
    """
    known = catalog.costs.reference_cases
    own = [REFERENCE_CASE] if REFERENCE_CASE in known else []
    found: dict[str, PackagedThreshold] = {}
    for name in dict.fromkeys([*own, *known]):
        case = ReferenceCase.load(name, catalog)
        if case.currency in found:
            continue
        sources = [catalog.sources[key] for key in case.entry.sources]
        told = [one.citation for one in sources if one.unit == f"{case.currency} for a QALY"]
        found[case.currency] = PackagedThreshold(
            currency=case.currency,
            value=case.thresholds[0],
            highest=case.thresholds[-1],
            agency=case.entry.agency,
            sources=told or [one.citation for one in sources],
        )
    return found
