"""Each text of the explorer is shown somewhere, and each that a page asks for exists."""

from __future__ import annotations

import re
from pathlib import Path

from test_explorer_words import ALL, KEYS

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "web" / "src").rglob("*.ts"))
DIMENSIONS = ("era", "strategy", "subtype", "age", "presentation")


def test_each_key_is_used_and_each_used_one_exists() -> None:
    literal, prefixes, kinds = set(), set(), set()
    for path in SOURCES:
        source = path.read_text("utf-8")
        for called in re.findall(r"[\"'`]([a-z]+\.[a-z]\w*)[\"'`]", source):
            if called.partition(".")[0] in ALL["en"]:
                literal.add(called)
        prefixes |= set(re.findall(r"`((?:[a-z]+\.[a-z]|units\.)\w*)\$\{", source))
        kinds |= set(re.findall(r"\bterm\(\s*\"(\w+)\"", source))
        # whatever is asked about is named by its dimension, and every page by its own name
        kinds |= set(DIMENSIONS)
        literal |= {f"common.{dimension}" for dimension in DIMENSIONS}
        literal |= {f"nav.{page}" for page in ALL["en"]["nav"]}
    # the glossary lists its words by name
    listed = (ROOT / "web" / "src" / "pages" / "about.ts").read_text("utf-8")
    for key in ALL["en"]["glossary"]:
        if f'"{key.removesuffix("_text")}"' in listed:
            literal |= {f"glossary.{key}"}
    prefixes = {prefix for prefix in prefixes if prefix.partition(".")[0] in ALL["en"]}
    prefixes |= {f"terms.{kind}_" for kind in kinds}
    assert sorted(literal - KEYS) == []
    assert sorted(p for p in prefixes if not any(key.startswith(p) for key in KEYS)) == []
    unused = [
        key
        for key in sorted(KEYS)
        if key not in literal
        and key.removesuffix("_one") not in literal
        and not any(key.startswith(prefix) for prefix in prefixes)
    ]
    assert unused == []
