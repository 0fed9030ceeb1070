"""Data decide: an organ and a subtype more are a line each in `vocabulary.py`, and numbers in the catalog."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

import seedsoil as ss
from seedsoil.catalog.parameters import SUM_TO_ONE

ORIGINAL = Path(ss.__file__).parent
NEW_SUBTYPE, NEW_SUBTYPE_KEY, LIKE_SUBTYPE = "HR+/HER2-low", "hr_pos_her2_low", "hr_pos_her2_neg"
NEW_ITEMS = {
    "organ": ("skin", "other"),
    "site": ("skin", "other"),
    "symptom": ("skin.ulcer", "other.lump"),
    "subtype": (NEW_SUBTYPE_KEY, LIKE_SUBTYPE),
}
"""By dimension: the new item, and the one whose numbers it has."""
MOST_PYTHON_FILES = 6
IN_VOCABULARY = (
    ('"HR-/HER2+", "TNBC"]', f'"HR-/HER2+", "TNBC", "{NEW_SUBTYPE}"]'),
    ('"tnbc")\nHR_POSITIVE', f'"tnbc", "{NEW_SUBTYPE_KEY}")\nHR_POSITIVE'),
    ('"other", "nodes")\n"""Where', '"other", "nodes", "skin")\n"""Where'),
    ('    ("swelling",),\n', '    ("swelling",),\n    ("ulcer",),\n'),
)
"""What is replaced there, and by what."""
WOMEN = 60
PROGRAM = f"""
import sys
import seedsoil as ss
run = ss.simulate({WOMEN}, threads=1, seed=4)
women, lesions, symptoms = run.patients, run.lesions, run.symptoms
assert {NEW_SUBTYPE!r} in women["subtype"].to_pylist()
assert any(women["skin"].to_pylist())
assert "skin" in lesions["organ"].to_pylist()
assert "ulcer" in symptoms["symptom"].to_pylist()
treated = dict(zip(women["patient"].to_pylist(), women["subtype"].to_pylist()))
assert any(treated[w] == {NEW_SUBTYPE!r} for w in run.lines["patient"].to_pylist())
assert {NEW_SUBTYPE!r} in [curve.group for curve in run.survival(by="subtype").curves]
assert "skin" in open(run.report(sys.argv[1])).read()
print(ss.__file__)
"""


def add_organ_and_subtype(package: Path) -> None:
    """Add both to a copy of the package: its vocabulary, and the numbers of its catalog."""
    vocabulary = package / "vocabulary.py"
    text = vocabulary.read_text()
    for before, after in IN_VOCABULARY:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    vocabulary.write_text(text)
    data = package / "catalog" / "data"
    by: dict[str, str] = {}
    for file in sorted((data / "parameters").glob("*.toml")):
        tables = tomllib.loads(file.read_text())
        for group, entries in tables.items():
            for name, entry in entries.items():
                key, by[key] = f"{group}.{name}", entry.get("by", "")
                for field in ("value", "prior_sd"):
                    if isinstance(entry.get(field), dict):
                        with_items(entry[field], by[key].split(","), key in SUM_TO_ONE)
        file.write_text(tomli_w.dumps(tables))
    for name in ("fitted.toml", "fitted_drugs.toml"):
        tables = tomllib.loads((data / name).read_text())
        for field in ("values", "se"):
            tables[field] = fitted_items(tables[field], by)
        (data / name).write_text(tomli_w.dumps(tables))
    drugs = tomllib.loads((data / "drugs.toml").read_text())
    for drug in drugs.values():
        with_items(drug["subtypes"], ["subtype"])
        with_items(drug["exposure"], ["organ"])
    (data / "drugs.toml").write_text(tomli_w.dumps(drugs))
    for file in (data / "strategies").glob("*.toml"):
        text = file.read_text()
        file.write_text(text.replace('"HR+/HER2-"', f'"HR+/HER2-", "{NEW_SUBTYPE}"'))


def with_items(numbers: dict[str, Any], dimensions: list[str], shares: bool = False) -> None:
    """Give the new items of a table their numbers, in place; of shares, half of what the like one has."""
    first, *rest = dimensions
    if first in NEW_ITEMS:
        new, like = NEW_ITEMS[first]
        if like in numbers:
            if shares:
                numbers[like] /= 2.0
            inner = numbers[like]
            numbers[new] = dict(inner) if isinstance(inner, dict) else inner
    for inner in numbers.values():
        if rest and isinstance(inner, dict):
            with_items(inner, rest)


def fitted_items(numbers: dict[str, float], by: dict[str, str]) -> dict[str, float]:
    """Fitted numbers by full name, with those of the new items."""
    found = dict(numbers)
    for dimension in ("organ", "site", "symptom", "subtype"):
        new, like = NEW_ITEMS[dimension]
        for name, number in list(found.items()):
            key, *items = name.split(":")
            dimensions = by[key].split(",")
            if dimension in dimensions and items[dimensions.index(dimension)] == like:
                items[dimensions.index(dimension)] = new
                found[":".join([key, *items])] = number
    return found


def edited(copy: Path) -> list[str]:
    """The Python files of a copy that are not as they were."""
    files = [file.relative_to(ORIGINAL) for file in ORIGINAL.rglob("*.py")]
    return [str(f) for f in files if not filecmp.cmp(ORIGINAL / f, copy / f, shallow=False)]


@pytest.mark.slow
def test_an_organ_and_a_subtype_more(tmp_path: Path) -> None:
    copy = tmp_path / "seedsoil"
    shutil.copytree(ORIGINAL, copy, ignore=shutil.ignore_patterns("__pycache__"))
    add_organ_and_subtype(copy)
    assert edited(copy) == ["vocabulary.py"]
    assert len(edited(copy)) <= MOST_PYTHON_FILES
    # uncompiled, so that an index beyond the end of a record is an error
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "page.html")],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == str(copy / "__init__.py")
