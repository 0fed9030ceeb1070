"""The second coding of the catalog: blind sheets, and the comparison of filled ones.

    python scripts/second_coding.py sheets FOLDER    blind sheets for who codes, one row a number, none shown
    python scripts/second_coding.py take FILE...     filled sheets to qc/second/
    python scripts/second_coding.py renew            compare, and write what was found

qc/README.md says how to code.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from seedsoil.catalog import coded_costs, coded_medicine, coded_trials, load
from seedsoil.catalog.coded_units import units_allowed
from seedsoil.catalog.second_coding import OUTCOMES, coded_values, written
from seedsoil.catalog.second_sheets import COLUMNS, Comparison, compare, read_resolved, read_sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedsoil.catalog.catalog import Catalog
    from seedsoil.catalog.coded_value import Coded

ROOT = Path(__file__).resolve().parents[1]
QC = ROOT / "qc"
SECOND = QC / "second"
RESOLVED = QC / "resolved.toml"
WITHOUT = QC / "without.csv"
COMPARED = ROOT / "src" / "seedsoil" / "catalog" / "data" / "second_coding.csv"
PAGE = ROOT / "docs" / "second-coding.md"

BLIND = (
    "key",
    "what",
    "population",
    "unit_wanted",
    "units_allowed",
    "source",
    "where_to_look",
    "said",
)
"""Columns of a blind sheet before those to be filled."""
_SMALL = dict.fromkeys(("outside-targets", "outside-model", "outside-trials"), "outside-others")
"""Groups that are too small for a sheet, and the one that they share."""
SHEET = 170
"""Rows of a sheet at most."""
_EVIDENCE = (
    (r"NH\d+-\d+", "natural_history.csv, id {key}"),
    (r"ADJ-(\d+)", "adjuvant.csv, row {number} below the header"),
    (r"RES-(\d+)", "resistance.csv, row {number} below the header"),
    (r"COST-(\d+)", "qol_costs.csv, row {number} below the header"),
    (r"UT-\d+", "qol_costs.csv, utilities"),
    (r"TGI-.*", "tgi_parameters.csv"),
    (r"TRIAL-(?!HEALTH).*|TOX-.*", "trials.csv, rows of the trial"),
    (r"BASELINE-.*", "baselines.csv, rows of the trial"),
    (r"LT-01", "us_female_mortality_2014.csv"),
    (r"ROT-01", "rotterdam.csv"),
)
"""Keys of sources, and where in the collected evidence each is."""
_GROUPS = {
    coded_medicine.TARGETS: "targets",
    coded_trials.RESULTS: "trials",
    coded_trials.ARMS: "trials",
    coded_trials.BASELINE: "trials",
    coded_costs.PRICES: "costs",
    coded_costs.PUBLISHED: "costs",
    coded_costs.CASES: "costs",
    coded_costs.NORMS: "costs",
    coded_costs.INDICES: "indices",
    coded_medicine.DOSES: "doses",
    coded_medicine.BODIES: "doses",
    coded_trials.CUTS: "data-cuts",
}
"""Which sheet a class goes to; the others go to that of the model's own numbers."""
_FIGURES = re.compile(
    r"\d|\b(?:half|third|quarter|fifth|tenth|twice|double|all|none)", re.IGNORECASE
)
_WORDS = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?")


def blind_rows(catalog: Catalog) -> Iterator[tuple[str, dict[str, str]]]:
    """The sheet and the row of every number that is to be coded; no row tells the number."""
    for value, why in coded_values(catalog):
        if why:
            continue
        look = where_to_look(value)
        told = _cited(catalog, value.sources, bool(look)) or [value.cited]
        group = _GROUPS.get(value.kind, "model")
        row = {
            "key": value.key,
            "what": value.what,
            "population": hidden(value.population, value),
            "unit_wanted": value.unit,
            "units_allowed": " | ".join(units_allowed(value.unit)),
            "source": hidden("; ".join(told), value),
            "where_to_look": look or "not in the collected evidence: at the source itself",
            "said": without_figures(value),
        }
        yield group if look else f"outside-{group}", row


def where_to_look(value: Coded) -> str:
    """Where the collected evidence holds what the number rests on; empty if nowhere."""
    if value.kind == coded_trials.CUTS:
        return ""
    if value.kind == coded_trials.BASELINE:
        return "baselines.csv, rows of the trial"
    if value.kind == coded_costs.PUBLISHED:
        return "qol_costs.csv, results of evaluations"
    found = []
    for key in value.sources:
        for pattern, place in _EVIDENCE:
            if match := re.fullmatch(pattern, key):
                number = int(match[1]) if match.lastindex else 0
                found.append(place.format(key=key, number=number))
    return "; ".join(dict.fromkeys(found))


def _cited(catalog: Catalog, keys: Sequence[str], in_evidence: bool) -> list[str]:
    """Sources by citation, with their keys; outside the evidence with what each is of, and its address."""
    by_citation: dict[str, list[str]] = {}
    for key in keys:
        source = catalog.sources[key]
        told = source.citation
        if not in_evidence:
            told += f"; {source.quantity}; {source.address or 'no address'}"
        by_citation.setdefault(told, []).append(key)
    return [f"{', '.join(named)}: {told}" for told, named in by_citation.items()]


def hidden(text: str, value: Coded) -> str:
    """The text without counts of women in brackets, and without every number that tells the value."""
    text = re.sub(r"\s*\((?:n = )?[\d,.]+(?: women)?\)", "", text)
    text = re.sub(r",? n = [\d,]+|\b[\d,]+ (?:women|patients)\b", "", text)
    return _NUMBER.sub(lambda found: "…" if tells(found[0], value) else found[0], text)


def tells(number: str, value: Coded) -> bool:
    """Whether a number in a text is the value, as a share or in percent."""
    if isinstance(value.value, str):
        return number == value.value
    read = float(number.rstrip(",").replace(",", ""))
    near = (abs(value.value), 100.0 * abs(value.value))
    return any(one > 0.0 and abs(read - one) <= 1e-9 * one for one in near)


def without_figures(value: Coded) -> str:
    """The clauses of the note that hold neither a figure, nor a word for a share, nor the value in words."""
    said = []
    for clause in re.split(r"(?<=[.;])\s+", value.note):
        words = re.findall(r"[a-z]+", clause.lower())
        spelt = any(word in _WORDS and _WORDS.index(word) == value.value for word in words)
        if words and not spelt and not _FIGURES.search(clause):
            said.append(clause)
    return " ".join(said)


def write_sheets(folder: Path, catalog: Catalog) -> dict[str, int]:
    """Write the blind sheets, of much the same size; rows by sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    groups: dict[str, list[dict[str, str]]] = {}
    for group, row in blind_rows(catalog):
        groups.setdefault(_SMALL.get(group, group), []).append(row)
    written_rows = {}
    for group, rows in groups.items():
        parts = -(-len(rows) // SHEET)
        size = -(-len(rows) // parts)
        for number in range(1, parts + 1):
            part = rows[(number - 1) * size : number * size]
            name = f"{group}-{number}.csv" if parts > 1 else f"{group}.csv"
            _write(folder / name, (*BLIND, *COLUMNS[1:]), part)
            written_rows[name] = len(part)
    return written_rows


def take(paths: Iterable[Path]) -> None:
    """Copy the filled rows of blind sheets to qc/second/, without the columns that only led the coder."""
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row["value"] or "").strip()]
        _write(SECOND / path.name, COLUMNS, rows)


def _write(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, columns, lineterminator="\n", restval="", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)


def comparison(catalog: Catalog) -> Comparison:
    """The sheets of qc/second/ against the catalog, with every problem."""
    problems: list[str] = []
    readings = read_sheets(SECOND, problems)
    found = compare(catalog, readings, read_resolved(RESOLVED, problems))
    return found._replace(problems=problems + found.problems)


def compared(catalog: Catalog, found: Comparison) -> str:
    """The text of the catalog's second_coding.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("key", "value", "outcome"))
    writer.writerows(
        (value.key, written(value), found.outcomes[value.key])
        for value, _ in coded_values(catalog)
        if value.key in found.outcomes
    )
    return text.getvalue()


def counts(catalog: Catalog, found: Comparison) -> dict[str, Counter[str]]:
    """Numbers that rest on a source, by class and outcome of their second coding."""
    table: dict[str, Counter[str]] = {}
    for value, why in coded_values(catalog):
        if not why:
            table.setdefault(value.kind, Counter())[found.outcomes.get(value.key, "none")] += 1
    return table


def without(table: dict[str, Counter[str]]) -> dict[str, int]:
    """Numbers without a second reading that agrees or is resolved, by class."""
    return {kind: of.total() - of["agrees"] - of["resolved"] for kind, of in table.items()}


def read_without() -> dict[str, int]:
    """How many numbers of each class may be without, at most."""
    with WITHOUT.open(encoding="utf-8", newline="") as file:
        return {row["class"]: int(row["at_most"]) for row in csv.DictReader(file)}


def page(catalog: Catalog, found: Comparison) -> str:
    """The text of docs/second-coding.md."""
    table = counts(catalog, found)
    names = list(OUTCOMES)
    total: Counter[str] = sum(table.values(), Counter())
    rows = [
        "| " + " | ".join([kind, str(of.total()), *(str(of[name]) for name in names)]) + " |"
        for kind, of in [*table.items(), ("**all**", total)]
    ]
    apart = Counter((value.kind, why) for value, why in coded_values(catalog) if why)
    waiting = [f"- `{key}`: {reason}" for key, reason in found.waits.items()]
    missing = [f"- `{key}`" for key, outcome in found.outcomes.items() if outcome == "not found"]
    return "\n".join(
        [
            "# Second coding",
            "",
            "Every number that the catalog takes from a source is to be read there a second time, by "
            "somebody who has not seen the first. `seedsoil sources KEY` shows what that found. How it is "
            "done, and how the two readings are compared, is in `qc/README.md` of the repository.",
            "",
            "This page is made by `scripts/second_coding.py renew`.",
            "",
            "## Numbers that rest on a source",
            "",
            "| class | numbers | " + " | ".join(names) + " |",
            "|---|" + "---:|" * (len(names) + 1),
            *rows,
            "",
            *(f"*{name}*: {meaning}." for name, meaning in OUTCOMES.items()),
            "",
            *(["## To be changed", "", *waiting, ""] if waiting else []),
            *(["## Not found", "", *missing, ""] if missing else []),
            "## Numbers that are not coded",
            "",
            "No source can be held against these.",
            "",
            "| class | numbers | why |",
            "|---|---:|---|",
            *(f"| {kind} | {number} | {why} |" for (kind, why), number in apart.items()),
            *(f"| {kind} | {number} | {why} |" for kind, number, why in of_no_source(catalog)),
            "",
        ]
    )


def of_no_source(catalog: Catalog) -> Iterator[tuple[str, int, str]]:
    """Classes of numbers that no source gives: what, how many, why."""
    cells = [cell for group in catalog.targets.values() for cell in group.cells.values()]
    yield "standard errors of targets", len(cells), "computed here, for the reason given with each"
    discrepant = sum(cell.discrepancy > 0.0 for cell in cells)
    yield "discrepancies of targets", discrepant, "judged here, for the reason given with each"
    parameters = catalog.parameters.values()
    priors = sum(len(parameter.prior_sds) for parameter in parameters)
    yield "standard deviations of priors", priors, "assumption of the model"
    yield "fitted numbers", priors, "results of the fits"
    errors = sum(
        len(parameter.spread.standard_errors) for parameter in parameters if parameter.spread
    )
    yield "standard errors of utilities", errors, "judged here, as the note of each says"
    shares = sum(len(drug.subtypes.numbers()) for drug in catalog.drugs.values())
    yield "factors of drugs by subtype", shares, "definition of whom a drug acts in"
    rules = sum(len(strategy.lines) for strategy in catalog.strategies.values())
    yield "rules of strategies", rules, "choices in words that guidelines leave open"
    parts = sum(len(regimen.drugs) for regimen in catalog.regimens.values())
    yield "drugs of regimens", parts, "which drugs are given together; no number of a source"
    rest = sum(row.age not in coded_medicine.SAMPLED_AGES for row in catalog.life_table)
    yield "other ages of the life table", rest, "taken over from one file; a sample is coded"
    facts = len(catalog.sources)
    yield "entries of sources", facts, "text; the numbers that rest on them are coded"


def renew() -> int:
    """Compare and write; 1, and a line for each problem, if anything is wrong."""
    catalog = load()
    found = comparison(catalog)
    table = counts(catalog, found)
    now = without(table)
    most = read_without() if WITHOUT.exists() else now
    problems = found.problems + [
        f"{WITHOUT.name}: {kind}: {now[kind]} numbers are without a second coding; "
        f"at most {most.get(kind, 0)} may be: code what was added"
        for kind in now
        if now[kind] > most.get(kind, 0)
    ]
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    COMPARED.write_text(compared(catalog, found), encoding="utf-8")
    rows = [{"class": kind, "at_most": str(number)} for kind, number in now.items()]
    _write(WITHOUT, ("class", "at_most"), rows)
    PAGE.write_text(page(catalog, found), encoding="utf-8")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run one of the three commands; 2 if there is no such."""
    match arguments:
        case ["sheets", folder]:
            for name, rows in write_sheets(Path(folder), load()).items():
                print(f"{name}: {rows}")
        case ["take", *files] if files:
            take(map(Path, files))
        case ["renew"]:
            return renew()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
