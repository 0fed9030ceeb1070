"""What tests read from an HTML page: its outline, its words, its charts."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Headings, ids and tags of a page; fails where tags do not nest or load from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.counts: dict[str, int] = {}
        self.feed(re.sub(r"<script>.*?</script>", "", page, flags=re.S))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in ("src", "href"):
                assert str(value).startswith(("data:", "#")), f"{tag} loads {value}"
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings[-1] += data


def charts_of(page: str) -> dict[str, dict[str, Any]]:
    """The charts of a page by the id of their figure."""
    found = re.search(r"<script>const charts = (\{.*?\});\n", page, re.S)
    assert found is not None
    charts = json.loads(found[1])
    assert isinstance(charts, dict)
    return charts


def words_of(page: str) -> str:
    """The page without its scripts and tags, as one reads it: a single space between words."""
    bare = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())
