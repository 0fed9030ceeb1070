"""Mutants of strategy, trial and catalog files: each is read or refused in bounded lines, in bounded time.

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
from seedsoil.errors import MOST_OF_MESSAGE, InputError, printable
from seedsoil.model.parameters import kernel_parameters
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.trials.division import DividedTrial

if TYPE_CHECKING:
    from collections.abc import Iterator

import seedsoil

DATA = Path(seedsoil.__file__).parent / "catalog" / "data"
OWN = Path(__file__).with_name("fuzz_trial.toml")
MOST_SECONDS = 3.0
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
        kind = draw.choices(("strategy", "trial", "catalog"), (4, 4, 1))[0]
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


def fault(case: Case, folder: Path) -> str:
    """What is wrong with how the package takes `case`; empty if nothing is."""
    path = folder / case.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(case.content)
    begun = time.perf_counter()
    message = ""
    try:
        catalog = load(folder) if case.kind == "catalog" else load()
        if case.kind == "strategy":
            found = strategy(path, catalog=catalog)
            treatment_plan(catalog, _parameters(), before=found)
        elif case.kind == "trial":
            DividedTrial(catalog, find_trial(path, catalog=catalog), _parameters())
    except InputError as error:
        message = str(error)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        path.unlink()
    seconds = time.perf_counter() - begun
    if seconds > MOST_SECONDS:
        return f"took {seconds:.1f} s"
    if len(message) > 1.5 * MOST_OF_MESSAGE:
        return f"message of {len(message)} characters"
    if not all(printable(line) for line in message.split("\n")):
        return f"message with control characters: {message[:100]!r}"
    return ""


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
