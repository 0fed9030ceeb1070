"""One tab of a real browser with the explorer in it, and the states in which every page is looked at."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request

PAGES = (
    "answer", "scenarios", "course", "spread", "compare", "fit", "sources", "psa", "teach", "glossary",
    "about",
)  # fmt: skip
READY = "document.documentElement.dataset.state === 'ready'"
DISCLAIMER = "For research and teaching; not a prognosis."

STATES: tuple[tuple[str, dict[str, str]], ...] = (
    *((page, {}) for page in PAGES),
    ("answer", {"subtype": "tnbc", "year": "10"}),
    ("answer", {"strategy": "none", "year": "1"}),
    ("answer", {"subtype": "<script>", "year": "7"}),
    ("scenarios", {"strategy": "none"}),
    ("course", {"kind": "cured", "t": "2", "a": "none"}),
    ("spread", {"step": "5"}),
    ("spread", {"step": "10"}),
    ("compare", {"with": "pre_1998,2025", "curve": "cured", "subtype": "tnbc"}),
    ("fit", {"list": "targets", "show": "misses"}),
    ("fit", {"find": "nothing has this name"}),
    ("sources", {"find": "bone", "kind": "verified"}),
    ("sources", {"key": "dormancy.share"}),
    ("nowhere", {}),
    ("answer", {"lang": "de"}),
)
"""Pages and queries: each page at rest, and the states that its controls bring about."""

# Everything that axe knows of WCAG 2.2 at A and AA, and its best practices.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}

ROWS = 20
"""Of a table: the published numbers have 750, on which axe would take half its time over all pages."""


@dataclass
class Tab:
    """A tab with the site at `base` in it; what its scripts threw, printed or asked for is kept."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        self.page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def open(self, name: str, query: dict[str, str] | None = None) -> None:
        """Show a page in a state; the document is loaded only if it is not there yet."""
        address = f"#/{name}{'?' + urlencode(query) if query else ''}"
        if not self.page.url.startswith(self.base):
            self.page.goto(self.base + address)
        elif self.page.evaluate("location.hash") != address:
            self.page.evaluate(
                "hash => { document.documentElement.dataset.state = 'asked'; location.hash = hash }",
                address,
            )
        self.ready()

    def ready(self) -> None:
        """Wait until the page is drawn."""
        self.until(READY)

    def until(self, condition: str, seconds: float = 60) -> None:
        """Wait until an expression of the page holds: within it, since its policy forbids `eval` later."""
        self.page.evaluate(
            "new Promise((done, failed) => { const begun = performance.now(); (function look() { "
            f"if ({condition}) done(true); else if (performance.now() - begun > {1e3 * seconds}) "
            f"failed(new Error({json.dumps(condition)})); else setTimeout(look, 10); }})() }})"
        )

    def look(self, width: int, theme: str) -> None:
        """A width in pixels and a theme of the device."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(
            color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce"
        )

    def unfold(self) -> None:
        """Open what is folded, but not tables of hundreds of rows, which are as their first ones."""
        self.page.evaluate(
            "document.querySelectorAll('main details').forEach(d => {"
            " d.open = d.open || d.querySelectorAll('tr').length < 200 })"
        )

    def words(self, key: str) -> str:
        """A text of the page in its language."""
        group, _, rest = key.partition(".")
        found: str = self.page.evaluate(
            "([g, k]) => seedsoilStrings[document.documentElement.lang][g][k]", [group, rest]
        )
        return found

    def violations(self, rows: int = ROWS) -> list[str]:
        """What axe finds on the page as it is: rule, how bad, and the first places.

        Of tables the first `rows`.
        """
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE_SCRIPT)
        rest = {"exclude": [[f"tbody tr:nth-child(n+{rows + 1})"]]}
        found = self.page.evaluate("([rest, rules]) => axe.run(rest, rules)", [rest, RULES])
        return [
            f"{v['id']} ({v['impact']}): "
            + "; ".join(f"{n['html'][:160]} {n['failureSummary'][:300]}" for n in v["nodes"][:3])
            for v in found["violations"]
        ]

    def numbers(self, **wanted: Any) -> list[dict[str, Any]]:
        """The numbers shown, from the attributes of their elements, of those with the `wanted` attributes."""
        chosen = "".join(f'[data-{name}="{value}"]' for name, value in wanted.items())
        found = self.page.eval_on_selector_all(
            f"main [data-value]{chosen}",
            "all => all.map(e => ({...e.dataset, shown: e.textContent}))",
        )
        return [{name: _number(value) for name, value in one.items()} for one in found]

    def text(self) -> str:
        """What a reader sees of the page."""
        return re.sub(r"\s+", " ", self.page.inner_text("body"))


def _number(value: str) -> Any:
    try:
        return float(value)
    except ValueError:
        return value


def new_tab(context: BrowserContext, base: str) -> Tab:
    return Tab(context.new_page(), base)


def data_file(name: str, data: object) -> str:
    """A file of data as the page reads it: one call."""
    return f"seedsoil_data({json.dumps(name)}, {json.dumps(data)});"
