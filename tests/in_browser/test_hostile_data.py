"""Hostile words in every field of the data and of the address are shown as words and do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from explorer_tab import PAGES, Tab

from seedsoil.catalog import load
from seedsoil.explorer import pack, site
from seedsoil.explorer.contract import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

HOSTILE = (
    "<img src=x onerror='window.owned = 1'>", "</script><script>window.owned = 1</script>", "a\u2028b\u2029c",
    "'\"`${window.owned = 1}\\", "javascript:window.owned = 1", "\u202egnp.exe", "{name} {n}", "]]>--!>",
)  # fmt: skip
FIELDS = "main input:not([type=radio]):not([type=range]):not([type=file]), main textarea"
FREE = {
    # texts that come from the catalog or from a user; the others are words of the contract
    "description", "population", "note", "citation", "says", "url", "why", "regimen", "unit", "status",
    "trial", "arm", "endpoint", "among", "target", "group", "made", "command", "version", "maintenance",
    "first_symptom", "symptom", "teaches", "confidence", "adjuvant", "stage",
}  # fmt: skip


def poisoned(data: Any, count: list[int]) -> Any:
    """`data` with a hostile text in each free field."""
    if isinstance(data, dict):
        found = {}
        for key, value in data.items():
            if key in FREE and isinstance(value, str):
                count[0] += 1
                found[key] = HOSTILE[count[0] % len(HOSTILE)]
            else:
                found[key] = poisoned(value, count)
        return found
    if isinstance(data, list):
        return [poisoned(value, count) for value in data]
    return data


@pytest.fixture(scope="module")
def tab(
    chromium: Browser, hosted: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tab]:
    count = [0]
    parts = {name: pack.read(name) for name in PARTS}
    parts["courses"]["women"] = parts["courses"]["women"][:8]
    parts = {name: poisoned(data, count) for name, data in parts.items()}
    assert count[0] > 500
    folder = site.export(tmp_path_factory.mktemp("hostile") / "site", load(), parts)
    context = chromium.new_context()
    yield Tab(context.new_page(), hosted(folder))
    context.close()


def untouched(tab: Tab) -> None:
    assert tab.page.evaluate("window.owned") is None
    assert (
        tab.page.evaluate("document.querySelectorAll('img, main script, iframe, object').length")
        == 0
    )
    links = tab.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.protocol)")
    assert set(links) <= {"http:", "https:", "file:"}
    assert tab.errors == []


@pytest.mark.parametrize("name", PAGES)
def test_hostile_data_are_shown_as_text(tab: Tab, name: str) -> None:
    tab.open(name)
    tab.unfold()
    untouched(tab)
    numbers = tab.page.locator("main button.number[data-measure]")
    if numbers.count():
        numbers.first.click()
        tab.page.locator("dialog[open]").wait_for()
        tab.page.keyboard.press("Escape")
        untouched(tab)
    if name == "sources":
        assert "<img src=x" in tab.text()


@pytest.mark.parametrize("name", PAGES)
def test_hostile_addresses_do_nothing(tab: Tab, name: str) -> None:
    for text in HOSTILE:
        fields = (
            "subtype", "age", "presentation", "strategy", "era", "year", "lang", "theme", "with", "curve",
            "woman", "kind", "a", "b", "t", "speed", "step", "find", "key", "show", "list", "job", "built",
            "women", "costs",
        )  # fmt: skip
        tab.open(name, dict.fromkeys(fields, text))
        untouched(tab)
    tab.open("__proto__", {"constructor": "1", "__proto__": "2"})
    untouched(tab)
    tab.open("answer", {"subtype": "x" * 3_000})
    assert tab.numbers(measure="alive")


def test_hostile_words_in_every_field_do_nothing(tab: Tab) -> None:
    for name in PAGES:
        tab.open(name)
        fields = tab.page.locator(FIELDS)
        for k in range(fields.count()):
            for text in HOSTILE[:3]:
                if fields.nth(k).get_attribute("type") == "number":
                    fields.nth(k).fill("-1e308")
                else:
                    fields.nth(k).fill(text)
                fields.nth(k).press("Enter")
                tab.ready()
        untouched(tab)
