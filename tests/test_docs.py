"""README and the pages of docs/: their code runs in the order of the page, and keeps what the page promises.

Each page runs in a directory of its own. Its Python blocks share one namespace, its console blocks run in
bash, but for those of `seedsoil` commands alone: they run in this process, where libraries and kernels are
loaded once, not at every command. A block of TOML that begins with a comment naming a file is written to that
file. A block that cannot run follows an HTML comment `<!-- not run: the reason -->`.

Cohorts of 10,000 women and more and trials of 200 replicates and more are a fifth of what the page says; the
long tests run the pages as they are written.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import typer
from sybil import Document, Region
from sybil.document import PythonDocStringDocument
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.doctest import DocTestParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer
from sybil.region import Lexeme

import docs_site
import module_table
import seedsoil
from seedsoil.catalog import load
from seedsoil.cli.app import application, main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sybil import Example

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(seedsoil.__file__).parent
LONG = {"guide.md", "match.md", "strategies.md", "trials.md"}
"""Pages that take more than ten seconds."""
PAGES = {page.name: page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
SIZE = re.compile(r"((?:\b|--)(women|replicates)[= ])(\d[\d_]*)(k?)\b")
LARGE = {"women": 10_000, "replicates": 200}
NOT_RUN = re.compile(r"<!-- not run: [^>]*[^>\s][^>]* -->\s*\Z")
FILE = re.compile(r"# ([\w./-]+\.toml)\b")
FENCES = RawFencedCodeBlockLexer(re.compile(r"(?P<language>[^\n]*)\n"))


# How a block is run ---------------------------------------------------------------------------------


def commands(text: str) -> str:
    """The commands of a console block: lines after `$ `, and the here-documents that they open."""
    lines, end = [], None
    for line in text.splitlines():
        if end is not None:
            lines.append(line)
            end = None if line == end else end
        elif line.startswith("$ "):
            lines.append(line[2:])
            opened = re.search(r"<<'?(\w+)'?", line)
            end = opened[1] if opened else None
    return "\n".join(lines)


def of_the_package(script: str) -> list[list[str]] | None:
    """Arguments of each command, if all are `seedsoil` and the shell has no part in them."""
    found = []
    for line in script.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            program, *arguments = lexer
        except ValueError:  # a quotation that ends in a later line; or nothing but a comment
            return None
        operators = [word for word in arguments if word and not word.strip("();<>|&")]
        if program != "seedsoil" or operators or re.search(r"[$`*?~{\\]", line):
            return None
        found.append(arguments)
    return found


def run_console(example: Example) -> None:
    script = commands(example.parsed)
    where = f"{example.path}, line {example.line}"
    assert script, f"{where}: a console block without a command"
    if (of_seedsoil := of_the_package(script)) is not None:
        for arguments in of_seedsoil:
            assert main(arguments) == 0, f"{where}: seedsoil {shlex.join(arguments)}"
        return
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{where}:\n{script}\n{ran.stderr}"


def read_toml(example: Example) -> None:
    tomllib.loads(example.parsed)
    if named := FILE.match(example.parsed):
        path = Path(named[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.parsed, encoding="utf-8")


def refuse(example: Example) -> None:
    language = example.region.lexemes["language"] or "without a language"
    pytest.fail(f"{example.path}, line {example.line}: a block {language!r}; allowed are {[*RUN]}")


RUN = {"python": PythonEvaluator(), "console": run_console, "toml": read_toml}


def blocks(document: Document) -> Iterator[Region]:
    """The fenced blocks of a page that are to be run."""
    for region in FENCES(document):
        if NOT_RUN.search(document.text[: region.start]):
            continue
        region.parsed = region.lexemes["source"]
        region.evaluator = RUN.get(region.lexemes["language"], refuse)
        yield region


def reduced(text: str) -> str:
    """The code with a fifth of women and replicates, where it asks for many."""

    def fifth(found: re.Match[str]) -> str:
        asked = int(found[3]) * (1_000 if found[4] else 1)
        return found[0] if asked < LARGE[found[2]] else f"{found[1]}{asked // 5}"

    return SIZE.sub(fifth, text)


def reduced_blocks(document: Document) -> Iterator[Region]:
    for region in blocks(document):
        whole = region.parsed
        region.parsed = Lexeme(reduced(whole), whole.offset, whole.line_offset)
        yield region


def evaluate(document: Document) -> None:
    """Run the blocks of a page in their order."""
    for example in document:
        example.evaluate()


@pytest.fixture(scope="module", autouse=True)
def _programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`seedsoil` and `python` are found as a reader has them: of the package under test."""
    directory = tmp_path_factory.mktemp("programs")
    for name, arguments in (("seedsoil", "-m seedsoil"), ("python", "")):
        program = directory / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', "utf-8")
        program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(directory), prepend=os.pathsep)
        yield


class Ran(NamedTuple):
    """A page that has run: its Python names, and the directory in which it ran."""

    names: dict[str, Any]
    directory: Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ran]:
    """Run the page of that name, once for all tests."""
    before = Path.cwd()

    @cache
    def run(name: str, parser: Callable[[Document], Iterator[Region]] = reduced_blocks) -> Ran:
        directory = tmp_path_factory.mktemp("page")
        document = Document.parse(str(PAGES[name]), parser)
        try:
            os.chdir(directory)
            FILES.get(name, lambda: None)()
            evaluate(document)
        finally:
            os.chdir(before)
        return Ran(document.namespace, directory)

    return run


def write_registry() -> None:
    """`registry.csv`, as a reader of docs/match.md has one: columns that the page maps, and times in days."""
    women = seedsoil.simulate(women=2_000, seed=5, adjuvant="none").patients.to_pandas()
    women = women[(women.presentation != "de novo") & (women.age >= 18)]
    relapse = np.fmin(women.locoregional_at, women.metastatic_at).fillna(np.inf)
    end = np.minimum(women.died_at, 12.0)
    positive = women.subtype.str.startswith("HR+").astype(int)
    registry = {
        "id": women.patient,
        "age": women.age,
        "age_dx": women.age,
        "diameter_mm": women.diameter_mm,
        "positive_nodes": women.positive_nodes,
        "er": positive,
        "er_status": positive,
        "time": 365.25 * np.minimum(relapse, end),
        "event": (relapse <= end).astype(int),
        "dtime": 365.25 * end,
        "death": (women.died_at <= 12.0).astype(int),
    }
    pd.DataFrame(registry).to_csv("registry.csv", index=False)


FILES = {"match.md": write_registry}
"""What a page takes as given, by page."""


# Pages ----------------------------------------------------------------------------------------------


@pytest.mark.no_cover  # it would take twice the time, and what the pages call other tests cover
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in PAGES],
)
def test_the_code_of_a_page_runs(name: str, run: Callable[[str], Ran]) -> None:
    run(name)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_a_page_runs_with_as_many_women_as_it_says(
    name: str, run: Callable[..., Ran]
) -> None:
    run(name, blocks)


def test_large_cohorts_are_reduced_and_nothing_else() -> None:
    text = (
        "--women 20k --first 20000\nsimulate(women=50_000, seed=1)\nmin_women=90_000 --women 1e6\n"
    )
    assert reduced(text) == (
        "--women 4000 --first 20000\nsimulate(women=10000, seed=1)\nmin_women=90_000 --women 1e6\n"
    )
    small = "ss.simulate(women=5_000)\n$ seedsoil run --women 9999 --replicates 199\n"
    assert reduced(small) == small
    assert reduced("replicates=500") == "replicates=100"


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("```python\n1 / 0\n```\n", ZeroDivisionError),
        ("```python\na = 1\n```\ntext\n```python\nassert a == 2\n```\n", AssertionError),
        ("```console\n$ seedsoil patient -1\n```\n", AssertionError),
        ("```console\n$ false | true\n$ true\n```\n", AssertionError),
        ("```toml\na = ...\n```\n", tomllib.TOMLDecodeError),
        ("```\n$ seedsoil --version\n```\n", pytest.fail.Exception),
    ],
)
def test_code_that_does_not_run_is_found(text: str, wrong: type[BaseException]) -> None:
    document = Document(text, "page.md")
    for region in blocks(document):
        document.add(region)
    with pytest.raises(wrong):
        evaluate(document)


def test_a_marked_block_is_left_out() -> None:
    text = "<!-- not run: needs R -->\n\n```console\n$ Rscript\n```\n\n```python\nrun = 1\n```\n"
    assert [str(b.parsed) for b in blocks(Document(text, "page.md"))] == ["run = 1\n"]
    unexplained = text.replace("needs R", "")
    assert len(list(blocks(Document(unexplained, "page.md")))) == 2


def test_here_documents_belong_to_their_command() -> None:
    text = "$ cat > a <<'EOF'\nx = 1\nEOF\n$ cat a\nx = 1\n"
    assert commands(text) == "cat > a <<'EOF'\nx = 1\nEOF\ncat a"


@pytest.mark.parametrize(
    "script, expected",
    [
        (
            "seedsoil run --women 5 # few\nseedsoil patient 1",
            [["run", "--women", "5"], ["patient", "1"]],
        ),
        ("seedsoil find 'age > 5 and age < 9'", [["find", "age > 5 and age < 9"]]),
        ("seedsoil patient 1 > a", None),
        ("seedsoil patient 1 | head", None),
        ("seedsoil patient 1&", None),
        ("(seedsoil patient 1; wait)", None),
        ("seedsoil patient $NUMBER", None),
        ("seedsoil match *.csv", None),
        ("seedsoil patient 1\nls", None),
        ("seedsoil find 'age > 5\nand age < 9'", None),
        ("NO_COLOR=1 seedsoil patient 1", None),
    ],
)
def test_only_what_needs_no_shell_runs_without_one(
    script: str, expected: list[list[str]] | None
) -> None:
    assert of_the_package(script) == expected


# Pages made from the code ---------------------------------------------------------------------------


def test_the_table_of_modules_is_that_of_the_code() -> None:
    """`python scripts/module_table.py` renews it."""
    page = module_table.PAGE.read_text(encoding="utf-8")
    assert page == module_table.renewed(page)


def test_the_table_of_modules_names_every_module() -> None:
    table = module_table.table()
    names = {path.stem for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert {name for name in names if f"`{name}`" not in table} == set()


@pytest.mark.no_cover  # the whole catalog as text, as tests of the catalog have it, too
def test_the_site_shows_every_entry_of_the_catalog_and_every_public_name() -> None:
    catalog = load()
    pages = dict(docs_site.catalog_pages())
    headings = {line for text in pages.values() for line in text.splitlines() if line[:3] == "## "}
    assert {f"## {key}" for key in (*catalog.parameters, *catalog.targets)} <= headings
    for kind in ("drug", "regimen", "strategy", "trial"):
        names = getattr(catalog, docs_site.plural(kind))
        assert {f"## {kind}.{name}" for name in names} <= headings
    sources = pages["catalog/sources.md"]
    assert [key for key in catalog.sources if f'<span id="{key}">' not in sources] == []
    api = "\n".join(docs_site.api())
    public = set(seedsoil.__all__) - {"__version__"}
    titles = re.findall(r"heading: ([^,]*),", api)
    shown = {name for title in titles for name in title.split(" or ")}
    assert {f"seedsoil.{name}" for name in public} - shown == set()


# What the pages promise -----------------------------------------------------------------------------


def test_the_simulated_registry_of_the_guide_agrees_with_the_model(
    run: Callable[[str], Ran],
) -> None:
    summary = json.loads((run("guide.md").directory / "agreement" / "summary.json").read_text())
    ratio = summary["calibration"]["overall"]
    assert ratio["low"] < 1.0 < ratio["high"]


def test_therapy_does_to_the_women_of_the_guide_what_it_says(run: Callable[[str], Ran]) -> None:
    """In one of them recurrence is avoided, in one it is delayed, in one it comes no later."""
    names = run("guide.md").names
    without = names["late"].metastatic_at
    given = {n: course.patient["metastatic_at"] for n, course in names["what_if"].items()}
    assert any(at is None for at in given.values())
    assert any(at is not None and at > without[n] for n, at in given.items())
    assert any(at is not None and at <= without[n] for n, at in given.items())


def test_the_woman_of_the_pages_has_a_course_to_show() -> None:
    """Metastases found by a symptom after years of dormancy, several lines, and a strategy that matters."""
    numbers = {
        int(number)
        for page in (*PAGES.values(), PACKAGE / "cli" / "patient.py", PACKAGE / "cli" / "app.py")
        for number in re.findall(r"seedsoil patient (\d+)", page.read_text(encoding="utf-8"))
    }
    assert len(numbers) == 1
    course = seedsoil.patient(numbers.pop(), seed=1)
    assert course.patient["presentation"] == "recurrent"
    assert course.patient["first_symptom"]
    assert course.patient["lines"] >= 3
    assert any(lesion["woke_at"] - lesion["founded_at"] > 5.0 for lesion in course.lesions)
    before = seedsoil.patient(course.number, seed=1, strategy="pre-2013")
    assert before.patient["metastatic_at"] == course.patient["metastatic_at"]
    assert before.patient["died_at"] != course.patient["died_at"]


# Examples in the package ----------------------------------------------------------------------------


@pytest.mark.no_cover
def test_examples_of_docstrings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an example may write a file, which is not to stay in the project
    ran = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        document = PythonDocStringDocument.parse(str(path), DocTestParser())
        document.evaluators.clear()
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        for example in document:
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            if not document.namespace:
                document.namespace.update(vars(module))
            example.evaluate()
            ran += 1
    assert ran > 0


HELP = {
    command.name: command
    for command in typer.main.get_command(application).commands.values()  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("name", HELP)
def test_the_examples_of_a_command_are_commands(name: str) -> None:
    """They parse: commands, options and kinds of values exist. Running them all would take hours."""
    text = HELP[name].help or ""
    examples = re.findall(r"^ +seedsoil (.+?)(?:  .*)?$", text, re.MULTILINE)
    assert examples
    for example in examples:
        command, *arguments = shlex.split(example)
        HELP[command].make_context(command, arguments)
