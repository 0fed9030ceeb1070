"""Draws as text files: costs, effects and parameters, a row a draw and a column a strategy or parameter.

Separators are commas, semicolons, tabs or bars. Decimal commas are read where the separator is no comma.
`1.234` may be a thousand or a little more than one: what it is must be seen from the other numbers of the
file, or of the other files of the analysis; else it is refused.
What a spreadsheet or R adds, blank rows and a column that numbers the rows, is left out and said.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.errors import DataErrors, InputError, shown
from seedsoil.matching.text_file import TextTable

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.decision.draws import Floats

MOST_PROBLEMS = 10
MOST_DRAWS = 2_000_000
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""What may be thousands, or a number with three decimals."""
_UNGROUPED = re.compile(r"[+-]?\d{4,}(?:[.,]\d*)?")
"""A number that would have a sign at its thousands if its file had any."""
_MISSING = frozenset(
    ("", "na", "n/a", "nan", "null", "none", ".", "#n/a", "#num!", "#div/0!", "#value!")
)
_ROW_NUMBERS = frozenset(
    ("", "x", "unnamed: 0", "index", "row", "rowname", "rownames", "row.names", "id", "draw", "draws", "iter",
     "iteration", "sim", "simulation", "sample", "run", "psa", "psa_id", "n", "nr", "no")
)  # fmt: skip
_COST = frozenset(("cost", "costs", "c", "kosten", "totalcost"))
_EFFECT = frozenset(
    (
        "eff",
        "effs",
        "effect",
        "effects",
        "effectiveness",
        "e",
        "qaly",
        "qalys",
        "ly",
        "lys",
        "u",
        "utility",
        "outcome",
    )
)


@dataclass(frozen=True)
class DecimalSign:
    """How decimals are written in a file, as far as its numbers show.

    `sign`: a point or a comma, whichever stands in numbers, or nothing. `certain`: a cell in which it can be
    nothing else, and the line; `doubtful`: the first in which it may part thousands. `ungrouped`: whether
    thousands are written without a sign.
    """

    sign: str
    certain: tuple[int, str] | None
    doubtful: tuple[int, str] | None
    ungrouped: bool


@dataclass(frozen=True)
class File:
    """The columns of a file by name, the line of each draw's row, and what was noticed."""

    path: Path
    columns: dict[str, Floats]
    positions: dict[str, int]
    header_line: int
    last_line: int
    notes: tuple[str, ...]
    decimals: DecimalSign

    @property
    def draws(self) -> int:
        """How many rows there are."""
        return next(iter(self.columns.values())).size


@dataclass(frozen=True)
class Read:
    """Costs and effects of the same strategies, and parameters, by name."""

    costs: dict[str, Floats]
    effects: dict[str, Floats]
    parameters: dict[str, Floats] | None
    notes: tuple[str, ...]


def read_draws(costs: Path, effects: Path, parameters: Path | None = None) -> Read:
    """Read the files of an analysis; raises InputError with file, line and column for what cannot be read."""
    cost, effect = read_file(costs), read_file(effects)
    other = None if parameters is None else read_file(parameters)
    check_decimals([file for file in (cost, effect, other) if file is not None])
    for file, what in ((effect, "effects"), (other, "parameters")):
        if file is not None and file.draws != cost.draws:
            raise InputError(
                f"{file.path}: {file.draws:,} draws (the last on line {file.last_line:,}), but "
                f"{cost.path} has "
                f"{cost.draws:,} (the last on line {cost.last_line:,}); row i of costs and of "
                f"{what} is the same draw"
            )
    names, notes = _strategies(cost, effect)
    found = (*cost.notes, *effect.notes, *(other.notes if other else ()), *notes)
    return Read(
        {name: cost.columns[mine] for name, (mine, _) in names.items()},
        {name: effect.columns[theirs] for name, (_, theirs) in names.items()},
        None if other is None else other.columns,
        found,
    )


def _strategies(cost: File, effect: File) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """The strategies by the name that both files share, each with its column in both."""
    mine, theirs = list(cost.columns), list(effect.columns)
    if len(mine) != len(theirs):
        raise InputError(
            f"{effect.path}, line {effect.header_line}: {_columns(theirs)}, but {cost.path}, line "
            f"{cost.header_line}, "
            f"has {_columns(mine)}; both need a column for each strategy"
        )
    if len(mine) == 1:
        raise InputError(
            f"{cost.path}, line {cost.header_line}: one strategy, {shown(mine[0])}; a decision is "
            "between two or more, a "
            "column each"
        )
    if set(mine) == set(theirs):
        notes = (
            []
            if mine == theirs
            else [f"{effect.path}: its columns were brought into the order of {cost.path}."]
        )
        return {name: (name, name) for name in mine}, notes
    bare = {name: _bare(name, _COST) for name in mine}
    others = {_bare(name, _EFFECT): name for name in theirs}
    if (
        set(bare.values()) == set(others)
        and len(set(bare.values())) == len(mine)
        and "" not in others
    ):
        note = (
            f"{cost.path} and {effect.path} name strategies {mine[0]} and {others[bare[mine[0]]]}: "
            "taken for "
            f"{bare[mine[0]]}, and the others likewise."
        )
        return {short: (name, others[short]) for name, short in bare.items()}, [note]
    one = next(name for name in mine if name not in theirs)
    other = next(name for name in theirs if name not in mine)
    raise InputError(
        f"{effect.path}, line {effect.header_line}, column {effect.positions[other]} is called "
        f"{shown(other)}, which "
        f"{cost.path} has not; its line {cost.header_line}, column {cost.positions[one]} is called "
        f"{shown(one)}. Give a "
        "strategy the same name in both files"
    )


def _columns(names: list[str]) -> str:
    some = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
    return f"{len(names)} {'strategy' if len(names) == 1 else 'strategies'} ({some})"


def _bare(name: str, words: frozenset[str]) -> str:
    """A name without the word for costs or effects that it begins or ends with: `Chemo_Cost` is `Chemo`."""
    parts = re.split(r"[\s_.\-]+", name.strip())
    if len(parts) > 1 and parts[-1].casefold() in words:
        return name.strip()[: -len(parts[-1])].rstrip(" _.-")
    if len(parts) > 1 and parts[0].casefold() in words:
        return name.strip()[len(parts[0]) :].lstrip(" _.-")
    return name.strip()


def check_decimals(files: list[File]) -> None:
    """Raise InputError where a file's numbers may be thousands or decimals, for all that the files show."""
    for file in files:
        found = file.decimals
        if found.doubtful is None or found.certain is not None:
            continue
        line, text = found.doubtful
        other = "comma" if found.sign == "." else "point"
        where = f"{file.path}, line {line}: {shown(text)}"
        thousands = re.sub("[.,]", "", text)
        both = f"may be {thousands} or {text.replace(',', '.')}"
        ways = f"write {thousands}, or {text}0 if it is a decimal {'point' if found.sign == '.' else 'comma'}"
        shows = [(one, one.decimals) for one in files if one.decimals.certain is not None]
        against = [(one, d) for one, d in shows if d.sign != found.sign]
        if against:
            one, seen = against[0]
            assert seen.certain is not None
            raise InputError(
                f"{where} {both}, as {one.path} has a decimal {other} ({seen.certain[1]} on line "
                f"{seen.certain[0]}); {ways}"
            )
        if not shows and not found.ungrouped:
            raise InputError(f"{where} {both}, and no number of the files shows which; {ways}")


def read_file(path: Path) -> File:
    """The columns of one file."""
    try:
        with path.open("rb") as stream:
            return _Reader(TextTable(stream, path), path).read()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


class _Reader:
    """The state of reading one file: its cells as numbers, and what is wrong."""

    def __init__(self, table: TextTable, path: Path) -> None:
        self.table, self.path = table, path
        self.problems: list[str] = []
        self.wrong = 0
        self.first: dict[str, tuple[int, str]] = {}
        self.certain: dict[str, tuple[int, str]] = {}
        self.doubtful: dict[str, tuple[int, str]] = {}
        self.ungrouped = table.delimiter == ","
        self.notes: list[str] = []

    def read(self) -> File:
        header = self.table.header
        rows: list[list[float]] = []
        line = self.table.header_line
        for line_of_row, cells in self.table.rows():
            while len(cells) > len(header) and not cells[-1].strip():
                cells.pop()
            if not any(cell.strip() for cell in cells):
                continue
            line = line_of_row
            if len(cells) == len(header) + 1 and not rows:
                # R's write.table: the column of row names has no header
                header = ["", *header]
            if len(cells) != len(header):
                self._width(cells, header, line)
                continue
            rows.append(
                [self._number(cell, header, column, line) for column, cell in enumerate(cells)]
            )
            if len(rows) > MOST_DRAWS:
                raise InputError(f"{self.path}: more than {MOST_DRAWS:,} draws")
        self._signs()
        if self.problems:
            more = self.wrong - len(self.problems)
            ending = (
                [f"{self.path}: and {more:,} more cells or rows that cannot be read"]
                if more > 0
                else []
            )
            raise DataErrors([*self.problems, *ending])
        if not rows:
            raise InputError(f"{self.path}: there is no draw below the header; a row is one draw")
        return self._file(header, np.array(rows), line)

    def _file(self, header: list[str], values: Floats, line: int) -> File:
        where = f"{self.path}, line {self.table.header_line}"
        start = 0
        if (
            header[0].strip().casefold() in _ROW_NUMBERS
            and len(header) > 1
            and _counts(values[:, 0])
        ):
            start = 1
            name = f"column 1, {shown(header[0])}," if header[0] else "column 1"
            self.notes.append(f"{self.path}: {name} numbers the rows and was left out.")
        header, values = header[start:], values[:, start:]
        if all(_is_number(name) for name in header) and not _numbered(header):
            raise InputError(
                f"{where}: the first line must name the strategies or parameters; it holds numbers "
                f"({', '.join(header[:4])})"
            )
        columns: dict[str, Floats] = {}
        positions: dict[str, int] = {}
        for position, name in enumerate(header):
            column = position + start + 1
            if not name:
                raise InputError(f"{where}: column {column} has no name")
            if name in columns:
                raise InputError(
                    f"{where}: columns {positions[name]} and {column} are both called {shown(name)}"
                )
            columns[name], positions[name] = values[:, position], column
        if len(values) == 1:
            raise InputError(f"{self.path}: one draw; uncertainty needs two or more, a row each")
        sign = next(iter(self.first), "")
        decimals = DecimalSign(
            sign, self.certain.get(sign), self.doubtful.get(sign), self.ungrouped
        )
        return File(
            self.path, columns, positions, self.table.header_line, line, tuple(self.notes), decimals
        )

    def _width(self, cells: list[str], header: list[str], line: int) -> None:
        used = self.table.other_delimiter(cells, len(header))
        hint = f"; it seems to use {used}s" if used else ""
        if self.table.delimiter == "," and len(cells) == 2 * len(header):
            hint = "; numbers with a decimal comma need semicolons or tabs between them"
        self._wrong(
            f"{self.path}, line {line}: {len(cells)} cells; the header has {len(header)} columns{hint}"
        )

    def _number(self, cell: str, header: list[str], column: int, line: int) -> float:
        text = cell.strip()
        try:
            value = float(text)
            if math.isfinite(value) and "_" not in text:
                self._see(text, ".", line)
                return value
        except ValueError:
            if _DECIMAL_COMMA.fullmatch(text) and self.table.delimiter != ",":
                self._see(text, ",", line)
                return float(text.replace(",", "."))
        name = header[column] or str(column + 1)
        where = f"{self.path}, line {line}, column {shown(name)}"
        if text.casefold() in _MISSING:
            self._wrong(
                f"{where}: the number is missing{f' ({text})' if text else ''}; every draw needs one"
            )
        elif "," in text and re.fullmatch(r"[+-]?[\d.,]+", text):
            self._wrong(
                f"{where}: {shown(text)} has a comma, which may mean thousands or decimals; write "
                "the number without it"
            )
        else:
            self._wrong(f"{where}: {shown(text)} is not a finite number")
        return math.nan

    def _see(self, text: str, sign: str, line: int) -> None:
        """Keep what a number shows of how decimals and thousands are written."""
        self.ungrouped = self.ungrouped or _UNGROUPED.fullmatch(text) is not None
        if sign not in text:
            return
        self.first.setdefault(sign, (line, text))
        kept = self.doubtful if _GROUPED.fullmatch(text) else self.certain
        kept.setdefault(sign, (line, text))

    def _wrong(self, problem: str) -> None:
        self.wrong += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def _signs(self) -> None:
        if "," not in self.first:
            return
        line, text = self.first[","]
        if "." in self.first:
            point = self.first["."][0]
            self._wrong(
                f"{self.path}, line {max(line, point)}: numbers with a decimal comma (line "
                f"{line}) and with a point "
                f"(line {point}); one file must use one sign"
            )
        value = float(text.replace(",", "."))
        self.notes.append(
            f"{self.path}: commas are decimal signs there; {text} on line {line} is read as {value:g}."
        )


def _counts(values: Floats) -> bool:
    """Whether the numbers count the rows, from 0 or 1."""
    return bool((values == np.arange(values.size) + values[0]).all() and values[0] in (0.0, 1.0))


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _numbered(header: list[str]) -> bool:
    """Whether the columns are called 0, 1, 2 ... or 1, 2, 3 ..., as programs name those that have no name."""
    return header in (
        [str(i) for i in range(len(header))],
        [str(i + 1) for i in range(len(header))],
    )


def mixed_up_hint(costs: Floats, effects: Floats) -> str:
    """A hint where costs and effects are the same, or may be exchanged, by their size; or nothing."""
    if np.array_equal(costs, effects):
        return "Costs and effects hold the same numbers: was one given twice?"
    cost, effect = float(np.abs(costs).mean()), float(np.abs(effects).mean())
    if effect > _MOST_EFFECT and effect > 10.0 * cost:
        return (
            f"Effects are {effect:,.0f} a patient on average and costs {cost:,.4g}: were costs and "
            "effects exchanged? "
            "Costs come first."
        )
    return ""


_MOST_EFFECT = 200.0
"""Nobody lives more years than that; counts of cases may be larger, and then it is a hint and no more."""
