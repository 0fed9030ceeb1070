"""Where each number comes from, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedsoil.catalog.parameters import item_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seedsoil.catalog.provenance import Description

ITEMS_SHOWN = 6
"""So many numbers of a parameter are listed; of more, the smallest and the largest."""
_ALL_OF = ("had", "recent_line_had", "had_adjuvant")
"""Conditions that ask for everything they list; the others are met by any of it, or by none of it."""


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
        for name, rows_below in _PRICE_TABLES.items():
            if description.get("prices") and (found := rows_below(description)):
                text += _block(name, found)
    if kind != "source":
        text += _source_lines(description["sources"])
    return "\n".join(text)


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


def _rule_rows(description: Description) -> list[tuple[str, ...]]:
    """A strategy's rules as rows of text: number, conditions, regimens, end and what follows."""
    rows: list[tuple[str, ...]] = []
    for number, line in enumerate(description["lines"], start=1):
        until = f"for {line['until_months']:g} months" if "until_months" in line else ""
        then = f"then {_shares(line['then'])}" if "then" in line else ""
        if "switch" in line:
            then = f"{then} {_switch(line['switch'])}".strip()
        when = _words(line["when"]) or "any woman"
        rows.append((str(number), when, _shares(line["regimen"]), f"{until} {then}".strip()))
    return rows


def _result_rows(description: Description) -> list[tuple[str, ...]]:
    """A trial's published results as rows of text."""
    rows: list[tuple[str, ...]] = []
    for result in description["results"]:
        low, high = result.get("low"), result.get("high")
        interval = f"{low:g} to {high:g}" if low is not None and high is not None else ""
        rows.append(
            (
                result["arm"] or "comparison",
                ", ".join((result["endpoint"], *_how_counted(result))),
                f"{result.get('bound', '')}{result['value']:g}",
                interval,
                result["unit"],
                _words(result["among"]) or "all",
                "verified" if result["verified"] else "NOT VERIFIED",
                ", ".join(result["sources"]),
            )
        )
    return rows


def _how_counted(result: Mapping[str, Any]) -> list[str]:
    """What a published result says of its women, its data cut and its analysis."""
    words = [f"of {result['denominator']}"] if "denominator" in result else []
    words += [result["analysis"]] if "analysis" in result else []
    if "follow_up_months" in result:
        words.append(f"cut at {result['follow_up_months']:g} months")
    return words


def _baseline_rows(description: Description) -> list[tuple[str, ...]]:
    """What was published of the women of a trial at enrolment, as rows of text."""
    return [
        (
            fact["quantity"],
            f"{fact['value']:g}",
            fact["unit"],
            _words(fact["among"]) or "all",
            "verified" if fact["verified"] else "NOT VERIFIED",
            fact["source"],
        )
        for fact in description["baseline"]
    ]


def _arm_rows(description: Description) -> list[tuple[str, ...]]:
    """A trial's arms as rows of text."""
    rows: list[tuple[str, ...]] = []
    for arm in description["arms"]:
        more = [f"for {arm['until_months']:g} months"] if "until_months" in arm else []
        for field in ("then", "crossover"):
            given = arm.get(field)
            if isinstance(given, list):
                more.append(f"{field} {_choices(given)}")
            elif given is not None and field == "then":
                more.append(f"then {_shares(given)}")
            elif given is not None:
                more.append("crossover of {share:g} to {regimen}".format(**given))
        if "switch" in arm:
            more.append(_switch(arm["switch"]))
        rows.append((arm["name"], f"n {arm['n']}", _shares(arm["regimen"]), ", ".join(more)))
    return rows


def _switch(switch: Mapping[str, Any]) -> str:
    return f"switch at {_words(switch['when'])} in plasma to {_shares(switch['regimen'])}"


def _choices(rules: Sequence[Mapping[str, Any]]) -> str:
    """Rules of maintenance or crossover in words: `if visceral: letrozole; else: exemestane`."""
    told = []
    for rule in rules:
        share = f"{rule['share']:g} of them " if rule.get("share", 1.0) < 1.0 else ""
        told.append(f"{_words(rule['when']) or 'any woman'}: {share}{_shares(rule['regimen'])}")
    return "; ".join(told)


def _eligible_rows(description: Description) -> list[tuple[str, ...]]:
    """The groups of women who may enrol, a row each."""
    return [(_words(group) or "any woman",) for group in description["eligible"]]


def _shares(regimen: Mapping[str, float]) -> str:
    if len(regimen) == 1:
        return next(iter(regimen))
    return ", ".join(f"{name} {share:.3g}" for name, share in regimen.items())


def _words(asked: Mapping[str, Any]) -> str:
    """Conditions on one line: `subtype HR+/HER2-, line 1, not visceral`."""
    words = []
    for name, value in asked.items():
        plain = name.replace("_", " ")
        if isinstance(value, bool):
            words.append(plain if value else f"not {plain}")
        elif isinstance(value, list):
            joint = " and " if name in _ALL_OF else " or "
            words.append(f"{plain} {joint.join(value)}")
        else:
            words.append(f"{plain} {value}")
    return ", ".join(words)


def _price_rows(description: Description) -> list[tuple[str, ...]]:
    """Prices by perspective as rows of text: value, uncertainty, whether verified, sources."""
    rows: list[tuple[str, ...]] = []
    for price in description["prices"]:
        if price.get("made_of"):
            told, spread = " + ".join(price["made_of"]), ""
        else:
            money = f"{price['currency']} {price['price_year']} per " if "currency" in price else ""
            told = f"{price['value']:.6g} {money}{price['unit']}"
            limits = f", {price['low']:.6g} to {price['high']:.6g}"
            spread = price["distribution"] + (limits if price["low"] < price["high"] else "")
        rows.append(
            (
                price["perspective"],
                told,
                spread,
                _STATUS_WORDS.get(price["status"], price["status"]),
                ", ".join(price["sources"]),
            )
        )
    return rows


def _package_rows(description: Description) -> list[tuple[str, ...]]:
    """The packages of a drug as rows of text."""
    return [
        (
            price["perspective"],
            f"{package['units']} of {package['mg']:g} mg"
            if package["units"] > 1
            else f"{package['mg']:g} mg",
            f"{package['price']:.6g} {price['currency']}",
        )
        for price in description["prices"]
        for package in price.get("packages", [])
    ]


def _note_rows(description: Description) -> list[tuple[str, ...]]:
    return [
        (price["perspective"], price["note"]) for price in description["prices"] if price["note"]
    ]


def _posterior_rows(description: Description) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("", "mean", "95 % interval", "of the prior's spread", "informed most by")
    ]
    for row in description["posterior"]:
        low, high = row["interval_95"]
        share = row["share_of_prior"]
        rows.append(
            (
                row["item"] or "value",
                f"{row['mean']:.4g}",
                f"{low:.4g} to {high:.4g}",
                "" if share is None else f"{100.0 * share:.0f} %",
                ", ".join(row["targets"][:3]) or "nothing in particular",
            )
        )
    return rows


_TABLES: dict[str, Callable[[Description], list[tuple[str, ...]]]] = {
    "lines": _rule_rows,
    "eligible": _eligible_rows,
    "arms": _arm_rows,
    "results": _result_rows,
    "baseline": _baseline_rows,
    "prices": _price_rows,
    "posterior": _posterior_rows,
}
"""Parts of a strategy, trial or price that are shown as tables."""
_PRICE_TABLES = {"packages": _package_rows, "notes": _note_rows}
"""Tables below that of the prices, taken from them."""
_SHOWN_ELSEWHERE = (
    *("kind", "key", "description", "quantity", "sources", "verified", "units", "fitted_to"),
    *_TABLES,
)
_STATUS_WORDS = {
    "verified": "verified (read at the source)",
    "derived": "derived (computed from what the source gives)",
    "unverified": "NOT VERIFIED at the source",
    "assumption": "assumption (NOT VERIFIED: no source gives it)",
}
