"""What the file of a strategy or trial may name, and the drugs and regimens that it defines itself."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from seedsoil.catalog.complaints import check_entry
from seedsoil.catalog.drugs import Drug, Regimen, check_drug, check_regimen
from seedsoil.errors import shown
from seedsoil.vocabulary import ORGANS, SUBTYPE_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seedsoil.catalog.files import Table
    from seedsoil.catalog.sources import Source

NO_PROVENANCE: Table = {"sources": [], "status": "assumption", "confidence": "low", "note": ""}
"""A user's file may leave out where its numbers come from: they count as assumptions."""
_NEW_DRUG: Table = {
    "description": "defined in the file of a strategy or trial",
    "subtypes": dict.fromkeys(SUBTYPE_KEYS, 1.0),
    "exposure": dict.fromkeys(ORGANS, 1.0),
    "grade3_plus": 0.0,
    "discontinuation": 0.0,
    "toxic_death": 0.0,
    "schedule": "not given",
    "population": "not given",
}
"""What a user's new drug is unless her file says otherwise: it acts in everyone and everywhere, and harms
nobody. A neutral element, not a finding."""
_NEW_REGIMEN: Table = {
    "description": "defined in the file of a strategy or trial",
    "population": "not given",
}

Own = TypeVar("Own", Drug, Regimen)


@dataclass(frozen=True)
class Known:
    """What the file of a strategy or trial may name.

    A drug or regimen of the file that has a problem of its own is None: it is known all the same, so that
    it is one problem and not two. `kills` are the items of the parameter `drug.log_kill`, `eras` those of
    adjuvant therapy.
    """

    sources: Mapping[str, Source]
    drugs: Mapping[str, Drug | None]
    regimens: Mapping[str, Regimen | None]
    kills: Collection[str]
    eras: Collection[str]
    strategies: Collection[str]


def with_own(
    where: str, table: Table, known: Known, problems: list[str]
) -> tuple[dict[str, Drug], dict[str, Regimen], Known]:
    """The drugs and regimens that a file defines, taken out of its `table`, and what it may then name."""
    written = _own(Drug, where, table.pop("drug", {}), known.drugs, _NEW_DRUG, problems)
    composed = _own(
        Regimen, where, table.pop("regimen", {}), known.regimens, _NEW_REGIMEN, problems
    )
    known = dataclasses.replace(
        known, drugs={**known.drugs, **written}, regimens={**known.regimens, **composed}
    )
    drugs = {name: drug for name, drug in written.items() if drug is not None}
    regimens = {name: regimen for name, regimen in composed.items() if regimen is not None}
    for name, drug in drugs.items():
        check_drug(f"{where}: drug.{name}", name, drug, known.kills, problems)
    for name, regimen in regimens.items():
        check_regimen(f"{where}: regimen.{name}", name, regimen, known.drugs, problems)
    return drugs, regimens, known


def _own(
    model: type[Own],
    where: str,
    tables: Any,
    catalog: Mapping[str, Own | None],
    new: Table,
    problems: list[str],
) -> dict[str, Own | None]:
    """The drugs or regimens that a file defines: new, or changes to one of the catalog; None if not sound."""
    noun = model.__name__.lower()
    if not isinstance(tables, dict):
        problems.append(f"{where}: {noun}: must be tables named [{noun}.NAME], not {shown(tables)}")
        return {}
    result: dict[str, Own | None] = {}
    for name, table in tables.items():
        here = f"{where}: {noun}.{name}"
        result[name] = None
        if not isinstance(table, dict):
            problems.append(f"{here}: must be a table [{noun}.{name}], not {shown(table)}")
            continue
        before = new
        known = catalog.get(name)
        if known is not None:
            before = known.model_dump(by_alias=True, exclude_none=True)
        data = {**before, **NO_PROVENANCE, **table}
        if model is Drug and "mechanisms" not in data and isinstance(data.get("kill"), dict):
            data["mechanisms"] = list(data["kill"])
        result[name] = check_entry(model, data, here, problems)
    return result
