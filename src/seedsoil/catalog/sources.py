"""Where each number comes from: what `seedsoil sources [KEY]` shows, as data, text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from seedsoil.catalog.catalog import Catalog, Parameter, item_names
from seedsoil.catalog.schema import (
    NOT_VERIFIED,
    AdjuvantEra,
    FitName,
    ScreeningProgramme,
    Source,
    Target,
)
from seedsoil.catalog.treatment_sources import (
    KINDS,
    arm_rows,
    describe_entry,
    eligible_rows,
    entries,
    lines,
    result_rows,
    rule_rows,
    source_keys,
)
from seedsoil.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Description = dict[str, Any]

ITEMS_SHOWN = 6

LIFE_TABLE = "life_table"


def describe(catalog: Catalog, key: str | None = None) -> Description:
    """What is known about `key`: its value, unit, population, status and sources.

    `key` is a parameter (`growth.log_rate`), a mechanism (`growth`), a group of targets
    (`node_positivity`) or one target (`node_positivity.lt10`), a policy (`adjuvant.1990s`,
    `screening.none`), a drug (`drug.palbociclib`), regimen, strategy or trial (`trial.PALOMA-2`),
    `life_table` or a source (`NH3-007`). Without a key: one line for each parameter, group of targets,
    policy, drug, regimen, strategy and trial. Raises `InputError` with the nearest key for any other.
    """
    if key is None:
        return {"kind": "listing", "entries": list(_lines(catalog))}
    if key in catalog.parameters:
        return _parameter(catalog, catalog.parameters[key])
    if key in catalog.targets:
        group = catalog.targets[key]
        cells = [_target(catalog, f"{key}.{name}", cell) for name, cell in group.cells.items()]
        return {
            "kind": "targets",
            "key": key,
            "description": group.description,
            "cells": [{k: v for k, v in cell.items() if k != "sources"} for cell in cells],
            "sources": _sources(catalog, _ordered(cell.sources for cell in group.cells.values())),
        }
    head, _, rest = key.partition(".")
    if head in catalog.targets and rest in catalog.targets[head].cells:
        return _target(catalog, key, catalog.targets[head].cells[rest])
    if head == "screening" and rest in catalog.policies.screening:
        return _policy(catalog, key, catalog.policies.screening[rest])
    if head == "adjuvant" and rest in catalog.policies.adjuvant:
        return _policy(catalog, key, catalog.policies.adjuvant[rest])
    if head in KINDS and rest in entries(catalog, head):
        described = describe_entry(catalog, head, rest)
        return {
            **described,
            "sources": _sources(catalog, source_keys(entries(catalog, head)[rest])),
        }
    if key == LIFE_TABLE:
        return _life_table(catalog)
    if key in catalog.sources:
        entry = _source(key, catalog.sources[key])
        return {"kind": "source", **entry, "used_by": list(_users(catalog, key))}
    within = [line for line in _lines(catalog) if line["key"].startswith(f"{key}.")]
    if within:
        return {"kind": "listing", "entries": within}
    raise InputError(_unknown(catalog, key))


def to_json(description: Description) -> str:
    """The structure of `describe` as JSON text."""
    return json.dumps(description, indent=2, ensure_ascii=False)


def render_text(description: Description) -> str:
    """The structure of `describe` as text for a terminal, without a final line break."""
    kind = description["kind"]
    if kind == "listing":
        return _columns([_line_cells(line) for line in description["entries"]])
    text = [f"{description['key']}  ({kind})", f"  {_first(description)}"]
    if kind == "targets":
        rows = [
            (
                cell["key"].partition(".")[2],
                _number(cell["observed"]),
                f"se {_number(cell['se'])}",
                f"discrepancy {_number(cell['discrepancy'])}",
                cell["unit"],
                cell["status"],
                "fitted" if cell["fitted"] else f"{cell['role']}, not fitted",
            )
            for cell in description["cells"]
        ]
        text += _block("", rows)
    else:
        units = description.get("units", {})
        for name, value in description.items():
            if name == "status" and kind == "parameter" and description["fitted"]:
                fitted = (
                    f"fitted to {description['fitted_to']}; what follows is about the start value"
                )
                text += _field(name, fitted)
            if name not in _SHOWN_ELSEWHERE and value not in ("", None, []):
                text += _field(name.replace("_", " "), value, units.get(name, ""))
        for name, rows_of in _TABLES.items():
            if description.get(name):
                text += _block(name, rows_of(description))
    if kind != "source":
        text += _source_lines(description["sources"])
    return "\n".join(text)


_TABLES: dict[str, Callable[[Description], list[tuple[str, ...]]]] = {
    "lines": rule_rows,
    "eligible": eligible_rows,
    "arms": arm_rows,
    "results": result_rows,
}
"""Parts of a strategy or trial that are shown as tables."""
_SHOWN_ELSEWHERE = (
    *("kind", "key", "description", "quantity", "sources", "verified", "units", "fitted_to"),
    *_TABLES,
)
_FITTED_TO: dict[FitName, str] = {
    "natural history": "the targets",
    "drugs": "the calibration trials",
}
_STATUS_WORDS = {
    "verified": "verified (read at the source)",
    "derived": "derived (computed from what the source gives)",
    "unverified": "NOT VERIFIED at the source",
    "assumption": "assumption (NOT VERIFIED: no source gives it)",
}


def _unknown(catalog: Catalog, key: str) -> str:
    """What is said of a key that does not exist: the nearest one, or the groups that there are."""
    near = nearest(key, _keys(catalog))
    groups = dict.fromkeys(line["key"].partition(".")[0] for line in _lines(catalog))
    known = [name for name in groups if name not in catalog.targets]
    return f"sources: unknown key '{key}'; " + (
        near or f"known groups of keys: {', '.join(known)}; without a key all are listed"
    )


def _keys(catalog: Catalog) -> list[str]:
    policies = catalog.policies
    return [
        *catalog.parameters,
        *dict.fromkeys(key.partition(".")[0] for key in catalog.parameters),
        *catalog.targets,
        *(f"{group.name}.{cell}" for group in catalog.targets.values() for cell in group.cells),
        *(f"screening.{name}" for name in policies.screening),
        *(f"adjuvant.{name}" for name in policies.adjuvant),
        *(f"{kind}.{name}" for kind in KINDS for name in entries(catalog, kind)),
        LIFE_TABLE,
        *catalog.sources,
    ]


def _lines(catalog: Catalog) -> Iterator[Description]:
    """One entry for each parameter, group of targets, policy, entry of treatment and the life table."""
    for parameter in catalog.parameters.values():
        yield {
            "key": parameter.key,
            "kind": "parameter",
            "value": parameter.value,
            "unit": parameter.unit,
            "status": _status(parameter),
            "sources": list(parameter.sources),
        }
    for group in catalog.targets.values():
        yield {
            "key": group.name,
            "kind": "targets",
            "value": f"{len(group.cells)} cell{'s' * (len(group.cells) != 1)}",
            "unit": ", ".join(dict.fromkeys(cell.unit for cell in group.cells.values())),
            "status": ", ".join(dict.fromkeys(cell.status for cell in group.cells.values())),
            "sources": _ordered(cell.sources for cell in group.cells.values()),
        }
    policies: dict[str, ScreeningProgramme | AdjuvantEra] = {
        **{f"screening.{name}": entry for name, entry in catalog.policies.screening.items()},
        **{f"adjuvant.{name}": entry for name, entry in catalog.policies.adjuvant.items()},
    }
    for key, policy in policies.items():
        yield {
            "key": key,
            "kind": "policy",
            "value": "",
            "unit": "share",
            "status": policy.status,
            "sources": policy.sources,
        }
    yield from lines(catalog)
    yield {
        "key": LIFE_TABLE,
        "kind": "life table",
        "value": f"{len(catalog.life_table)} rates",
        "unit": "1/year",
        "status": _life_table_status(catalog),
        "sources": list(catalog.life_table_sources),
    }


def _parameter(catalog: Catalog, parameter: Parameter) -> Description:
    sds = dict(parameter.prior_sds)
    ses = dict(parameter.ses)
    single = parameter.by is None
    return {
        "kind": "parameter",
        "key": parameter.key,
        "description": parameter.description,
        "value": parameter.value,
        "unit": parameter.unit,
        "by": parameter.by,
        "fitted": parameter.fitted,
        "fitted_to": _FITTED_TO[parameter.fit] if parameter.fitted else None,
        "start": parameter.prior if parameter.fitted else None,
        "standard_error": (ses.get("") if single else ses) or None,
        "prior_sd": (sds.get("") if single else sds) or None,
        "fit": parameter.command or None,
        "range": [parameter.low, parameter.high],
        "population": parameter.population,
        "status": parameter.status,
        "verified": parameter.status not in NOT_VERIFIED and not parameter.fitted,
        "confidence": parameter.confidence,
        "note": parameter.note,
        "file": parameter.file,
        "sources": _sources(catalog, parameter.sources),
    }


def _target(catalog: Catalog, key: str, target: Target) -> Description:
    return {
        "kind": "target",
        "key": key,
        **target.model_dump(exclude={"sources"}),
        "verified": target.status not in NOT_VERIFIED,
        "sources": _sources(catalog, target.sources),
    }


def _policy(catalog: Catalog, key: str, policy: ScreeningProgramme | AdjuvantEra) -> Description:
    return {
        "kind": "policy",
        "key": key,
        **policy.model_dump(exclude={"sources"}, exclude_none=True),
        "verified": policy.status not in NOT_VERIFIED,
        "sources": _sources(catalog, policy.sources),
    }


def _life_table(catalog: Catalog) -> Description:
    status = _life_table_status(catalog)
    return {
        "kind": "life table",
        "key": LIFE_TABLE,
        "description": "Mortality of women from other causes, by single year of age",
        "ages": f"{catalog.life_table[0].age} to {catalog.life_table[-1].age}",
        "unit": "1/year",
        "status": status,
        "verified": status not in NOT_VERIFIED,
        "sources": _sources(catalog, catalog.life_table_sources),
    }


def _life_table_status(catalog: Catalog) -> str:
    """Status of the packaged life table; one from a user's file comes without any."""
    return next((catalog.sources[key].status for key in catalog.life_table_sources), "assumption")


def _source(key: str, source: Source) -> Description:
    return {"key": key, **source.model_dump()}


def _sources(catalog: Catalog, keys: Sequence[str]) -> list[Description]:
    return [_source(key, catalog.sources[key]) for key in keys]


def _users(catalog: Catalog, source: str) -> Iterator[str]:
    """Keys of what rests on a source."""
    for line in _lines(catalog):
        if source in line["sources"]:
            yield line["key"]


def _ordered(lists: Any) -> list[str]:
    return list(dict.fromkeys(key for keys in lists for key in keys))


def _status(parameter: Parameter) -> str:
    return parameter.status + (", fitted" if parameter.fitted else "")


def _number(value: float) -> str:
    return f"{value:.6g}"


def _line_cells(line: Description) -> tuple[str, ...]:
    value = line["value"]
    if isinstance(value, float):
        shown = _number(value)
    elif isinstance(value, dict):
        numbers = list(value.values())
        shown = " ".join(_number(v) for v in numbers)
        if len(numbers) > ITEMS_SHOWN:
            shown = f"{_number(min(numbers))} to {_number(max(numbers))} ({len(numbers)} values)"
    else:
        shown = str(value)
    sources = line["sources"]
    named = ", ".join(sources[:2]) + (f" and {len(sources) - 2} more" if len(sources) > 2 else "")
    return line["key"], shown, line["unit"], line["status"], named or "-"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows aligned in columns two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _block(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns, indented, below an empty line and a title if there is one."""
    indent = "    " if title else "  "
    return [
        "",
        *([f"  {title}:"] if title else []),
        *(indent + row for row in _columns(rows).splitlines()),
    ]


def _first(description: Description) -> str:
    return str(description.get("description") or description.get("quantity"))


def _field(name: str, value: Any, unit: str = "") -> list[str]:
    """One field of an entry: a line, or a line and an indented table."""
    label = f"  {name + ':':<20}"
    after = f" {unit}" if unit else ""
    if name == "status":
        return [label + _STATUS_WORDS.get(value, value)]
    if isinstance(value, bool):
        return [label + ("yes" if value else "no")]
    if isinstance(value, float):
        return [label + _number(value) + after]
    if isinstance(value, dict):
        return [label.rstrip() + after, *(f"    {row}" for row in _table(value).splitlines())]
    if isinstance(value, list):
        if all(isinstance(item, dict) for item in value):
            rows = [
                ", ".join(f"{k} {v}" for k, v in item.items() if v is not None) for item in value
            ]
            return [label.rstrip(), *(f"    {row}" for row in rows)]
        shown = " to ".join(_number(v) for v in value) if name == "range" else ", ".join(value)
        return [label + shown]
    return [label + str(value) + after]


def _table(values: dict[str, float]) -> str:
    """Numbers by item; those of two dimensions as a table."""
    names = item_names("organ,subtype")
    if set(values) <= set(names) and values:
        columns = list(dict.fromkeys(name.partition(":")[2] for name in names))
        organs = list(dict.fromkeys(name.partition(":")[0] for name in values))
        body = [
            [
                organ,
                *(
                    _number(values[f"{organ}:{c}"]) if f"{organ}:{c}" in values else "-"
                    for c in columns
                ),
            ]
            for organ in organs
        ]
        return _columns([["", *columns], *body])
    return _columns([[name, _number(value)] for name, value in values.items()])


def _source_lines(sources: Sequence[Description]) -> list[str]:
    if not sources:
        return ["", "  sources: none; an assumption of this model"]
    lines = ["", "  sources:"]
    for source in sources:
        lines.append(
            f"    {source['key']}  {source['quantity']}: {source['value']} {source['unit']}".rstrip()
        )
        where = f"{source['population']}; " if source["population"] else ""
        lines.append(f"      {where}{source['status']}, confidence {source['confidence']}")
        lines.append(f"      {source['citation']}")
        if source["address"]:
            lines.append(f"      {source['address']}")
        if source["note"]:
            lines.append(f"      note: {source['note']}")
    return lines
