"""Accessible to all: no rule of WCAG 2.2 AA that axe knows is broken, and the keyboard alone is enough."""

from __future__ import annotations

import re

import pytest
from explorer_tab import DISCLAIMER, PAGES, ROWS, STATES, Tab

FULLEST = [(name, {}) for name in ("answer", "course", "compare")]
# Every page and state in one theme at one width, the fullest pages in the others, and the first rows of
# tables; the long form has every page and state in the other theme at the other width, too, and all rows.
LOOKS = [
    pytest.param(1280, "light", STATES, ROWS, id="1280-light"),
    *(
        pytest.param(width, theme, FULLEST, ROWS, id=f"{width}-{theme}")
        for width, theme in ((320, "dark"), (1280, "dark"), (320, "light"))
    ),
    pytest.param(320, "dark", STATES, 10_000, id="320-dark-all", marks=pytest.mark.long),
]

CUT = """() => { const cut = [];
  for (const svg of document.querySelectorAll('main svg')) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (box.width && (box.left < frame.left - 2 || box.right > frame.right + 2)) cut.push(text.textContent);
    } }
  return cut; }"""
"""Words of pictures that reach beyond their edge."""
SILENT = """() => [...document.querySelectorAll('main svg, main figure, main canvas')]
  .filter(e => e.getBoundingClientRect().width > 60 && e.localName !== 'figure')
  .filter(e => !e.closest('[aria-hidden=true]') && !e.getAttribute('aria-label') && !e.querySelector('title')
    && !e.closest('[role=img][aria-label]'))
  .map(e => e.outerHTML.slice(0, 100))"""
"""Pictures without words for who does not see them."""


@pytest.mark.slow
@pytest.mark.parametrize("width,theme,states,rows", LOOKS)
def test_no_rule_is_broken_on_any_page(
    tab: Tab, width: int, theme: str, states: list[tuple[str, dict[str, str]]], rows: int
) -> None:
    tab.look(width, theme)
    broken, wide, silent = {}, {}, {}
    for name, query in states:
        tab.open(name, query)
        tab.unfold()
        where = f"{name} {query}"
        if found := tab.violations(rows):
            broken[where] = found
        if (across := tab.page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[where] = across
        if (cut := tab.page.evaluate(CUT)) or (unheard := tab.page.evaluate(SILENT)):
            silent[where] = cut or unheard
        assert DISCLAIMER in tab.text() or query.get("lang") == "de", where
    assert broken == {}
    assert wide == {}  # reflow: nothing has to be scrolled sideways
    assert silent == {}
    assert tab.errors == []


def test_the_panel_of_a_number_is_accessible(tab: Tab) -> None:
    tab.look(1280, "light")
    for name in ("answer", "compare"):
        tab.open(name)
        tab.page.locator("main button.number").first.click()
        dialog = tab.page.locator("dialog[open]")
        dialog.wait_for()
        tab.until("document.querySelectorAll('dialog details, dialog .entry').length > 0")
        assert tab.violations() == [], name
        tab.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
        assert tab.page.evaluate("document.activeElement.classList.contains('number')")


@pytest.mark.parametrize("name", PAGES)
def test_every_control_is_reached_and_seen_by_keyboard(tab: Tab, name: str) -> None:
    """Tab goes through all that can be used, shows where it is, and is held nowhere."""
    tab.look(1280, "light")
    tab.open(name)
    controls = tab.page.evaluate(CONTROLS)
    tab.page.evaluate("document.querySelector('.skip').focus()")
    tab.page.evaluate("window.reached = new Set([document.activeElement])")
    faint = []
    for _ in range(controls + 5):
        tab.page.keyboard.press("Tab")
        at = tab.page.evaluate(FOCUSED)
        if at is None:
            break
        if not at["seen"]:
            faint.append(at["html"])
    assert faint == []
    assert tab.page.evaluate(UNREACHED) == []


CONTROLS = """() => { window.usable = () => [...document.querySelectorAll(
    'a[href], button, select, input, textarea, summary, [tabindex="0"]')].filter(e => !e.disabled
      && e.checkVisibility({visibilityProperty: true}) && !(e.type === 'radio' && !e.checked && e.name
        && document.querySelector(`input[name="${CSS.escape(e.name)}"]:checked`)));
  return window.usable().length; }"""
FOCUSED = """() => { const e = document.activeElement;
  if (!e || e === document.body) return null;
  window.reached.add(e);
  const shown = e.type === 'radio' || e.type === 'file' ? (e.closest('label') || e) : e;
  const looks = [shown, e].map(x => getComputedStyle(x));
  const box = shown.getBoundingClientRect();
  return { html: e.outerHTML.slice(0, 120), seen: box.bottom > 0 && box.top < innerHeight && box.width > 0
    && looks.some(s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)
      || s.boxShadow !== 'none') }; }"""
UNREACHED = (
    "() => window.usable().filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 120))"
)


def test_a_question_is_asked_and_answered_with_keys_alone(tab: Tab) -> None:
    page = tab.page
    tab.look(1280, "light")
    tab.open("answer")
    page.reload()
    tab.ready()
    page.keyboard.press("Tab")  # the first stop leads past the pages to the content
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "ask-subtype"
    before = tab.numbers(measure="alive", year=5)[0]["value"]
    page.keyboard.press("ArrowDown")
    tab.until("location.hash.includes('subtype=hr_pos_her2_neg')")
    tab.ready()
    assert page.evaluate("document.activeElement.id") == "ask-subtype"  # the place is kept
    assert tab.numbers(measure="alive", year=5)[0]["value"] != before
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "radio"  # the years
    page.keyboard.press("ArrowRight")
    tab.until("location.hash.includes('year=10')")
    tab.ready()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('number')")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('number')")
    assert page.locator("#live").text_content() != ""  # told to who cannot see it


def test_a_course_is_played_with_keys_alone(tab: Tab) -> None:
    page = tab.page
    tab.look(1280, "light")
    tab.open("course")
    slider = page.locator("main input[type=range]")
    slider.focus()
    at = slider.input_value()
    page.keyboard.press("ArrowRight")
    assert float(slider.input_value()) > float(at)
    assert slider.get_attribute("aria-valuetext")  # in words, not in a number of steps
    page.keyboard.press("Home")
    start = slider.input_value()
    for words in ("course.event_forward", "course.step_forward", "course.to_end"):
        button = page.get_by_role("button", name=tab.words(words), exact=True)
        button.focus()
        page.keyboard.press("Enter")
        assert float(slider.input_value()) > float(start), words
    page.get_by_role("button", name=tab.words("course.to_start"), exact=True).press("Enter")
    assert slider.input_value() == start
    page.get_by_role("button", name=tab.words("course.play"), exact=True).press("Space")
    tab.until(f"Number(document.querySelector('main input[type=range]').value) > {float(start)}")
    page.get_by_role("button", name=tab.words("course.pause"), exact=True).press("Space")


def test_print_keeps_the_notice_and_leaves_out_what_is_for_screens(tab: Tab) -> None:
    tab.look(800, "dark")
    for name in ("answer", "teach"):
        tab.open(name)
        tab.page.emulate_media(media="print")
        assert DISCLAIMER in tab.text()
        assert tab.page.locator(".nav, .share, .skip").filter(visible=True).count() == 0
        # ink on paper, whatever the device shows
        paper, ink = tab.page.evaluate(
            "(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))"
        )
        assert light(paper) > 0.9 or paper == "rgba(0, 0, 0, 0)"
        assert light(ink) < 0.2
        tab.page.emulate_media(media="screen")


def light(colour: str) -> float:
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
