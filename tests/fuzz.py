"""Mutants of strategy, trial, catalog and registry files: each is read or refused in bounded lines and time.

    python tests/fuzz.py --seed 1 --cases 2000

prints each mutant that ended otherwise: a foreign exception, more than three seconds, a message that is too
long or holds a control character, or a file that is accepted and cannot be made into a plan. The exit code
is 1 if there was any. tests/test_fuzz.py runs a few.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import tomli_w

from seedsoil.catalog import load
from seedsoil.catalog.lookup import find_trial, strategy
from seedsoil.errors import MOST_OF_MESSAGE, DataErrors, InputError, printable
from seedsoil.matching.explain import check_cohort
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.trials.division import DividedTrial

if TYPE_CHECKING:
    from collections.abc import Iterator

import seedsoil

DATA = Path(seedsoil.__file__).parent / "catalog" / "data"
OWN = Path(__file__).with_name("fuzz_trial.toml")
MOST_SECONDS = 10.0
"""Of the processor, for a file of 2 MB at most: a fraction of one, with room for a slow machine."""
HUGE = "1" + "0" * 400
VALUES: tuple[Any, ...] = (
    0, -1, 1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), 10**15, 10**18, True, False, "", "x",
    "untreated", "none", "1", "3+", ">=18", "\x1b[31m", "a\nb", "\u2028", "\u202e", "<!--<script>",
    "y" * 200_000,
    [], {}, [[]], [1.5], [None], ["x"] * 1000, {"x": 1}, {"x": {}}, [{}], [{"x": 1}],
)  # fmt: skip
TEXTS = (
    "\x00", "\x1b[31m", "\n", '"', "'''", "[[", "]]", "[", "]", "{", "}", "=", ".", ",", "#", "é", "\u2028",
    "1e999", "-", "0x", HUGE, "9" * 5000, ".".join(["a"] * 20_000) + " = 1\n", "[" * 5000, "1979-99-99",
    "inf", "nan", '"' + "z" * 1_000_000 + '"', "[x]\n", "[[line]]\n", "[[arm]]\n", "sources = 1.5\n",
)  # fmt: skip


REGISTRIES = (
    ("id,age,size,nodes,er,survival months,status", "S{k},{age},{mm},{n},{b},{m}.4,{word}"),
    ("id,age,tumour-size,nodes,er,time,event", "S{k},{low}-{low}9,10-14,0-2,{b},{y}.2,{b}"),
    ("id,age,t_stage,n_stage,er,hormone_therapy,time,event", "S{k},{age},T1c,N0(i+),{b},YES,{d},{b}"),
    ("id,age,size,nodes,er,date_of_diagnosis,date_of_event_or_last_contact,event",
     "S{k},{age},{mm},{n},{b},200{b}-01-15,201{b}-10-02,{b}"),
    ("id\tsex\tm_stage\tage\tsize\tnodes\ter\ther2\ttime_years\tevent\tHistology, WHO code",
     "S{k}\tFemale\tM0\t{age}\t{mm}\t{n}\t{b}\tNA\t{y}.7\t{b}\t8500/3"),
    ("id;age;size;nodes;er;rfs_time;rfs_event", "S{k};{age};{mm};{n};{b};{y},2;{b}"),
)  # fmt: skip
"""Headers of registry files of several kinds, and a row of each."""
CELLS = (
    "", "x", "nan", "inf", "-1", "1e308", "9" * 5000, HUGE, "y" * 200_000, "\x1b[31m", "\u2028", '"', '""',
    "0-2", "10+", "2020-02-30", "=1+1", "é", "\x00", "0:", "N1", "T9", "1,5", "<!--<script>", "99999-0-0",
    "-", "–", "a\nb", "\u202e",
)  # fmt: skip
ROWS = 24
MOST_EXPLAINED = 20_000
"""Characters: all that `seedsoil match --check` says of a file."""


class Case(NamedTuple):
    """A mutant: the kind of file, its name in a catalog, its content, and how it was made."""

    kind: str
    name: str
    content: bytes
    made: str


def cases(seed: int, count: int) -> Iterator[Case]:
    """`count` mutants, the same for the same `seed`."""
    draw = random.Random(seed)
    files = {
        "strategy": sorted(DATA.glob("strategies/*.toml")),
        # what only a trial of one's own has, as often as all that the packaged ones have
        "trial": [*(packaged := sorted(DATA.glob("trials/*.toml"))), *[OWN] * len(packaged)],
        "catalog": sorted(
            [*DATA.glob("parameters/*.toml"), *DATA.glob("targets/*.toml"), *DATA.glob("*.toml")]
        ),
    }
    for _ in range(count):
        kind = draw.choices(("strategy", "trial", "catalog", "registry"), (4, 4, 1, 4))[0]
        if kind == "registry":
            yield Case(kind, "registry.csv", *_change_registry(draw))
            continue
        file = draw.choice(files[kind])
        change = _change_text if draw.random() < 0.4 else _change_value
        content, made = change(file.read_text(encoding="utf-8"), draw)
        name = "trials/own.toml" if file == OWN else str(file.relative_to(DATA))
        yield Case(kind, name, content, f"{file.name}: {made}")


def _change_text(text: str, draw: random.Random) -> tuple[bytes, str]:
    content = text.encode()
    at, how = draw.randrange(len(content)), draw.randrange(5)
    if how == 0:
        return content[:at], f"cut at byte {at}"
    if how == 1:
        return content[:at] + bytes([draw.randrange(256)]) + content[at + 1 :], f"byte {at} changed"
    if how == 2:
        end = at + draw.randrange(200)
        return content[:at] + content[end:], f"bytes {at} to {end} left out"
    added = draw.choice(TEXTS)
    lines = text.splitlines(keepends=True)
    at = draw.randrange(len(lines))
    if how == 3:
        lines.insert(at, added)
    else:
        lines[at] = re.sub(r"=.*", lambda _: f"= {added}", lines[at])
    return "".join(lines).encode("utf-8", "surrogatepass"), f"line {at + 1}: {added[:40]!r}"


def _change_value(text: str, draw: random.Random) -> tuple[bytes, str]:
    table = tomllib.loads(text)
    places: list[tuple[Any, Any]] = []

    def walk(inside: Any) -> None:
        for key in list(inside) if isinstance(inside, dict) else range(len(inside)):
            places.append((inside, key))
            if isinstance(inside[key], (dict, list)):
                walk(inside[key])

    walk(table)
    inside, key = draw.choice(places)
    how = draw.randrange(4)
    if how == 0:
        del inside[key]
        made = f"{key} left out"
    elif how == 1 and isinstance(inside, dict):
        new = draw.choice([v for v in VALUES if isinstance(v, str)])
        inside[new] = inside.pop(key)
        made = f"{key} renamed {new[:20]!r}"
    else:
        value = draw.choice(VALUES)
        inside[key] = value
        made = f"{key} = {str(value)[:40]!r}"
    try:
        return tomli_w.dumps(table).encode("utf-8", "surrogatepass"), made
    except TypeError:
        return b"", made


def registry(header: str, row: str) -> list[str]:
    """The lines of a registry's file."""
    lines = [header]
    for k in range(ROWS):
        numbers = {"age": 30 + 2 * k, "low": 3 + k % 5, "mm": 5 + 2 * k, "n": k % 4, "b": k % 2}
        times = {"y": 1 + k % 11, "m": 5 * k + 3, "d": 150 * k + 20}
        lines.append(row.format(k=k, word=("Alive", "Dead")[k % 2], **numbers, **times))
    return lines


def _change_registry(draw: random.Random) -> tuple[bytes, str]:
    """A registry's file with some cells, columns or bytes changed."""
    header, row = draw.choice(REGISTRIES)
    separator = next(mark for mark in "\t;," if mark in header)
    table = [line.split(separator) for line in registry(header, row)]
    told = []
    for _ in range(draw.randrange(1, 4)):
        cell, how = draw.choice(CELLS), draw.randrange(5)
        at, column = draw.randrange(len(table)), draw.randrange(len(table[0]))
        cells = table[at]
        place = min(column, len(cells) - 1)
        if how < 2:
            cells[place] = cell
        elif how == 2:
            cells.insert(place, cell)
        elif how == 3 and len(cells) > 1:
            del cells[place]
        else:
            for cells in table[1:]:
                cells[min(column, len(cells) - 1)] = cell
        told.append(
            f"{('cell', 'cell', 'added', 'left out', 'column')[how]} {at}/{column} {cell[:20]!r}"
        )
    end = draw.choice(("\n", "\n", "\r\n", "\r"))
    content = end.join(separator.join(cells) for cells in table).encode("utf-8", "surrogatepass")
    if draw.random() < 0.1:
        content = content[: draw.randrange(len(content))]
        told.append(f"cut at byte {len(content)}")
    return content, f"{header[:20]!r}: {'; '.join(told)}"


def fault(case: Case, folder: Path) -> str:
    """What is wrong with how the package takes `case`; empty if nothing is."""
    path = folder / case.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(case.content)
    begun = time.process_time()
    message = ""
    try:
        catalog = load(folder) if case.kind == "catalog" else load()
        if case.kind == "strategy":
            found = strategy(path, catalog=catalog)
            treatment_plan(catalog, _parameters(), before=found)
        elif case.kind == "trial":
            DividedTrial(catalog, find_trial(path, catalog=catalog), _parameters())
        elif case.kind == "registry":
            found = check_cohort(path)
            if problem := _unfit(found.text, MOST_EXPLAINED):
                return f"explained in {problem}"
            message = str(DataErrors(list(found.problems))) if found.problems else ""
    except InputError as error:
        message = str(error)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        path.unlink()
    seconds = time.process_time() - begun
    if seconds > MOST_SECONDS:
        return f"took {seconds:.1f} s"
    problem = _unfit(message, 1.5 * MOST_OF_MESSAGE)
    return problem and f"message of {problem}"


def _unfit(text: str, most: float) -> str:
    """Why `text` should not be shown; empty if it may be."""
    if len(text) > most:
        return f"{len(text)} characters"
    raw = [line for line in text.split("\n") if not printable(line)]
    return f"control characters: {raw[0][:100]!r}" if raw else ""


_made: list[Any] = []


def _parameters() -> Any:
    if not _made:
        _made.append(kernel_parameters(load(), seed=1, screening="none", adjuvant="2013+"))
    return _made[0]


def faults(seed: int, count: int) -> list[str]:
    """What is wrong with each of `count` mutants with which something is."""
    result = []
    load(), _parameters()
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases(seed, count)):
            # a folder each: a catalog may hold what the last mutant left
            place = Path(folder) / str(number)
            if found := fault(case, place):
                result.append(f"case {number}: {case.kind} {case.made}: {found}")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=2000)
    given = parser.parse_args()
    found = faults(given.seed, given.cases)
    print("\n".join([*found, f"{given.cases:,} mutants, {len(found)} faults"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
