"""Every visible word comes from the files of strings, in every language, or is data and says so."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from explorer_tab import PAGES, Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

LOOSE = """() => { const loose = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.parentElement;
    if (!at.checkVisibility() && at.localName !== 'title') continue;
    if (at.closest('[data-text], noscript, script, style, .vega-embed, [data-vega]')) continue;
    loose.push(node.textContent);
  }
  return loose; }"""
STRINGS = Path(__file__).parents[2] / "web" / "strings"
MARK = re.compile(r"⟦.*⟧", re.DOTALL)
"""From the first bracket to the last: what is filled into a text lies between two."""
SPOKEN = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture(scope="module")
def marked(
    chromium: Browser,
    packed: Path,
    hosted: Callable[[Path], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tab]:
    """The site with each text in brackets, and so with all that lies between its words and its numbers."""
    folder = tmp_path_factory.mktemp("marked") / "site"
    shutil.copytree(packed, folder)
    for file in folder.glob("strings.*.js"):
        head, body = re.fullmatch(
            r"(.*?\)\.\w+=)(.*);\s*", file.read_text("utf-8"), re.DOTALL
        ).groups()
        texts = json.loads(body)
        for group in texts.values():
            for key, text in group.items():
                group[key] = "⟦" + re.sub(r"\{\w+\}", lambda m: f"⟧{m[0]}⟦", text) + "⟧"
        file.write_text(f"{head}{json.dumps(texts)};", "utf-8")
    context = chromium.new_context()
    yield Tab(context.new_page(), hosted(folder))
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_word_stands_in_the_code(marked: Tab, name: str) -> None:
    for language in ("en", "de"):
        marked.open(name, {"lang": language})
        marked.unfold()
        texts = marked.page.evaluate(LOOSE)
        assert any("⟦" in text for text in texts)
        loose = [
            text.strip() for text in texts if SPOKEN.search(MARK.sub(" ", text).replace("mm", ""))
        ]
        assert loose == []


def test_no_key_is_shown_in_place_of_its_words(tab: Tab) -> None:
    groups = json.loads((STRINGS / "en.json").read_text("utf-8"))
    key = re.compile(rf"\b(?:{'|'.join(groups)})\.[a-z][a-z0-9_]+\b")
    for language in ("en", "de"):
        for name in PAGES:
            tab.open(name, {"lang": language})
            tab.unfold()
            found = [one for one in key.findall(tab.text()) if name != "sources"]
            assert found == [], (name, language)
            holes = re.findall(r"\{\w+\}", tab.text())
            assert holes == [], (name, language)
