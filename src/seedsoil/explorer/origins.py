"""Where the shown numbers come from: entries of the catalog, their sources, and what is behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog.provenance import describe
from seedsoil.explorer.contract import SCHEMA
from seedsoil.explorer.lists import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seedsoil.catalog import Catalog

Data = dict[str, Any]
_DISEASE = ("woman", "growth", "spread", "lymph", "circulation", "soil", "metastasis", "dormancy",
            "detection", "imaging", "local", "locoregional", "screening", "adjuvant")  # fmt: skip
_TREATED = (
    "drug",
    "regimen",
    "strategy",
    "resistance",
    "therapy",
    "recist",
    "fitness",
    "attrition",
)
_DEATH = ("death", "life_table")
BEHIND: dict[str, tuple[str, ...]] = {
    "alive": ("strategy", "drug", *_DEATH, "resistance", "growth", "spread", "dormancy", "attrition"),
    "free": ("symptoms", "therapy", "strategy", "drug", *_DEATH, "resistance"),
    "cured": ("drug", "resistance", "adjuvant", "strategy", "dormancy"),
    "dead_cancer": (*_DEATH, "strategy", "drug", "resistance"),
    "scenario": ("strategy", "drug", *_DEATH, "resistance", "growth", "spread", "dormancy", "attrition"),
    "curve": ("strategy", "drug", *_DEATH, "resistance", "growth", "spread", "dormancy", "attrition"),
    "mean.life_years": ("strategy", "drug", *_DEATH, "resistance", "attrition"),
    "mean.qaly": ("utility", "strategy", "symptoms", "drug", *_DEATH),
    "mean.qaly_discounted": ("utility", "reference_case", "strategy", "symptoms", "drug", *_DEATH),
    "mean.cost": ("cost", "use", "dosing", "body", "reference_case", "perspective", "strategy"),
    "mean.years_on_treatment": ("strategy", "drug", "resistance", "attrition", "fitness"),
    "mean.years_with_symptoms": ("symptoms", "therapy", "strategy", "drug"),
    "mean.lines": ("strategy", "attrition", "fitness"),
    "mean.toxic_lines": ("drug", "strategy"),
    "mean.toxic_death": ("drug", "strategy"),
    "mean.eradicated": ("drug", "resistance", "strategy", "dormancy"),
    "course": (*_DISEASE, *_TREATED, "symptoms", *_DEATH),
}  # fmt: skip
"""By the key of a number, the groups of the catalog whose entries decide it, what weighs most first."""
ALIKE = {f"mean.alive_{year}": "alive" for year in (1, 3, 5, 10)}


def sources(catalog: Catalog, named: Iterable[tuple[str, str]] = ()) -> Data:
    """Entries, sources and what is behind each number (`contract.Sources`).

    `named`: further numbers, each with the key of its entry, such as those of how it spreads.
    """
    lines = describe(catalog)["entries"]
    entries: Data = {}
    found: Data = {}
    for line in lines:
        key = line["key"]
        if not _shown(key):
            continue
        told = describe(catalog, key)
        entries[key] = _entry(key, line, told)
        for source in told.get("sources", ()):
            if isinstance(source, dict):
                found[source["key"]] = _source(source)
    behind = {number: _keys(groups, entries) for number, groups in BEHIND.items()}
    behind |= {number: behind[like] for number, like in ALIKE.items()}
    for number, key in named:
        if key not in entries:
            raise AssertionError(f"{number}: {key} is no entry of the catalog")
        behind[f"spread.{number}"] = [key]
    for entry in entries.values():
        entry["sources"] = [key for key in entry["sources"] if key in found]
    return {"schema": SCHEMA, "entries": entries, "sources": found, "behind": behind}


def _shown(key: str) -> bool:
    kind, _, name = key.partition(".")
    return kind not in ("strategy",) or name in SHOWN


def _keys(groups: Sequence[str], entries: Data) -> list[str]:
    return [
        key
        for group in groups
        for key in entries
        if key.partition(".")[0] == group and entries[key]["kind"] not in ("targets", "source")
    ]


def _entry(key: str, line: Data, told: Data) -> Data:
    cells = told.get("cells", ())
    listed = [*line["sources"], *(s for cell in cells for s in cell.get("source_keys", ()))]
    return {
        "key": key,
        "kind": line["kind"],
        "description": str(told.get("description") or line["kind"]),
        "value": _value(told.get("value", line["value"])),
        "unit": line["unit"] or None,
        "population": told.get("population") or None,
        "status": line["status"],
        "verified": bool(told.get("verified", line["status"] == "verified")),
        "fitted": bool(told.get("fitted", False)),
        "confidence": told.get("confidence"),
        "note": told.get("note") or None,
        "sources": list(dict.fromkeys(listed)),
    }


def _value(value: Any) -> float | str | Data | None:
    if value in ("", None) or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {str(k): v if isinstance(v, str) else float(f"{v:.6g}") for k, v in value.items()}
    return str(value)


def _source(source: Data) -> Data:
    says = " ".join(filter(None, (source.get("value"), source.get("unit"))))
    return {
        "key": source["key"],
        "citation": source["citation"],
        "url": source.get("address"),
        "status": source["status"],
        "role": source.get("role"),
        "says": f"{source['quantity']}: {says}" if says else source["quantity"],
    }
