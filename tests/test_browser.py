"""Pages as a browser shows them: hostile names, a telephone, the dark, print. Skipped without a Chromium."""

from __future__ import annotations

import csv
import dataclasses
import re
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from browser import Browser, browser
from chromium import browser_path
from seedsoil.display.page import page_html
from seedsoil.display.theme import INK, NIGHT, PAPER
from seedsoil.economics.decision.patient_noise import PatientNoise
from seedsoil.errors import visible
from seedsoil.patient.page import write_timeline
from seedsoil.run.page import write_run_report
from synthetic import synthetic_course, synthetic_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seedsoil.economics.decision.decision import Decision

pytestmark = pytest.mark.skipif(browser_path() is None, reason="there is no Chromium here")

HOSTILE = [
    "<!--<script>", "</script><script>window.owned = 1</script>", "a\u2028b\u2029c", "'\"`${1}\\",
    "<img src=x onerror='window.owned = 1'>", "]]>--!>", "|{{ 1 }}{% x %}", "\u202egnp.exe", "&lt;b&gt;",
]  # fmt: skip

DRAWN = "[...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('svg').length)"
CUT = """(() => { const cut = [];
  for (const svg of document.querySelectorAll('.chart svg')) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (box.width && (box.left < frame.left - 2 || box.right > frame.right + 2))
        cut.push(svg.closest('.chart').id + ': ' + text.textContent);
    } }
  return cut; })()"""
"""Words of charts that reach beyond the edge of their chart."""
SILENT = """[...document.querySelectorAll('.scroll')].filter(t => t.scrollWidth > t.clientWidth + 1
  && !(t.classList.contains('more') && getComputedStyle(t, '::before').content.includes('More columns')))
  .map(t => t.textContent.slice(0, 60))"""
"""Tables with columns beyond the edge that do not say so."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages of a treated run, an untreated one, a woman, strategies compared, and a decision."""
    folder = tmp_path_factory.mktemp("reports")
    treated = ss.simulate(3_000, seed=1)
    compared = ss.compare(["pre-2013", "2022"], women=1_000, seed=1, by="subtype")
    woman = next(
        course
        for n in range(500)
        if len((course := ss.patient(n)).lines) > 2
        and any(scan["sum_mm"] is not None for scan in course.scans)
    )
    return [
        treated.report(folder / "run.html"),
        write_run_report(synthetic_run(1_500, seed=3), folder / "untreated.html"),
        woman.report(folder / "woman.html"),
        compared.report(folder / "compared.html"),
        decided().report(folder / "decision.html"),
    ]


def decided() -> Decision:
    """A decision with parameters and chance between patients, so that its page has all its parts."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 500))
    names = ["best supportive care", "drug", "drug and another drug"]
    costs = np.column_stack([rng.gamma(9, 1_000 * s, 500) for s in (1.0, 1.4, 2.2)])
    effects = np.column_stack([5.0 + 0.0 * x, 5.2 + 0.3 * x, 5.4 + 0.2 * y])
    noise = PatientNoise.of_draws(np.diag([9e6] * 3 + [0.5] * 3), 1_000)
    return ss.decision(
        costs, effects, names=names, parameters={"x": x, "y": y}, currency="GBP", noise=noise
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_loses_no_chart(tab: Browser, tmp_path: Path, name: str) -> None:
    course = synthetic_course(12)
    patient = {**course.patient, "subtype": name, "adjuvant": name, "stage": name}
    lesions = [{**lesion, "organ": name, "route": name} for lesion in course.lesions]
    hostile = dataclasses.replace(course, patient=patient, lesions=lesions)
    tab.open(write_timeline(hostile, tmp_path / "woman.html"))
    assert tab.errors == []
    assert tab.run(DRAWN) == [1]
    assert tab.run("window.owned") is None
    shown = tab.run("document.querySelector('header').textContent")
    assert visible(name) in " ".join(shown.split())


def test_hostile_names_in_a_chart_and_a_run(tab: Browser, tmp_path: Path) -> None:
    run = synthetic_run(300, seed=3)
    manifest = {**run.manifest, "command": " ".join(HOSTILE), "strategy": HOSTILE[0]}
    page = write_run_report(dataclasses.replace(run, manifest=manifest), tmp_path / "run.html")
    tab.open(page)
    assert tab.errors == []
    assert set(tab.run(DRAWN)) == {1}
    values = [{"name": name, "v": 1 + k} for k, name in enumerate(HOSTILE)]
    chart = {
        "description": " ".join(HOSTILE), "width": "container", "data": {"values": values},
        "mark": "bar",
        "encoding": {"x": {"field": "v", "type": "quantitative"},
                     "y": {"field": "name", "type": "nominal", "axis": {"labelLimit": 0}}},
    }  # fmt: skip
    page = tmp_path / "chart.html"
    page.write_text(page_html("display/templates/chart.html", chart=chart), "utf-8")
    tab.open(page)
    assert tab.errors == []
    assert tab.run(DRAWN) == [1]
    drawn = tab.run("[...document.querySelectorAll('svg text')].map(t => t.textContent)")
    assert {"<!--<script>", "'\"`${1}\\", "]]>--!>"} <= set(drawn)


def test_nothing_is_cut_in_silence(tab: Browser, reports: list[Path]) -> None:
    for page in reports:
        for width in (390, 1280):
            tab.open(page, width)
            tab.run("document.querySelectorAll('details').forEach(d => { d.open = true })")
            tab.run("new Promise(done => setTimeout(done, 200))")
            assert tab.errors == []
            assert tab.run("document.documentElement.scrollWidth") <= width, page.name
            assert tab.run(CUT) == [], (page.name, width)
            assert tab.run(SILENT) == [], (page.name, width)


def test_the_list_of_contents_leads_to_every_section(tab: Browser, reports: list[Path]) -> None:
    for page in reports:
        tab.open(page)
        listed = tab.run(
            "[...document.querySelectorAll('.contents a')].map(a => [a.textContent, "
            "document.querySelector(a.getAttribute('href')).textContent])"
        )
        assert len(listed) >= 3
        assert all(name == heading for name, heading in listed)
        sections = tab.run("document.querySelectorAll('main > h2').length")
        assert len(listed) == sections


def test_words_can_be_read_in_the_dark(tab: Browser, reports: list[Path]) -> None:
    words = (
        "[...new Set([...document.querySelectorAll('.chart svg text')]"
        ".filter(t => t.getAttribute('fill') === '%s').map(t => getComputedStyle(t).fill))]"
    )
    background = "[...new Set([...document.querySelectorAll('.chart svg'), document.body]"
    background += ".map(t => getComputedStyle(t).backgroundColor))]"
    for page in reports:
        tab.open(page, dark=True)
        assert tab.run(words % INK) == [rgb(NIGHT[INK])]
        (paper,) = tab.run(background)
        for day, night in NIGHT.items():
            if day != "#e4e7eb":  # lines of the grid are meant to be faint
                assert contrast(rgb(night), paper) >= 4.5, day
        tab.open(page)
        assert tab.run(words % INK) == [rgb(INK)]
        assert tab.run(background) == [rgb(PAPER)]


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as the Web Content Accessibility Guidelines count it, 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_each_chart_can_be_saved(tab: Browser, reports: list[Path], tmp_path: Path) -> None:
    tab.open(reports[0])
    charts = tab.run("document.querySelectorAll('figure').length")
    for way in ("SVG", "PNG", "CSV"):
        offered = (
            f"[...document.querySelectorAll('.save button')].filter(b => b.textContent === '{way}')"
        )
        assert tab.run(f"{offered}.length") == charts
        tab.ask("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
        tab.run(f"{offered}[0].click()")
    deadline = time.monotonic() + 120.0
    wanted = {".svg", ".png", ".csv"}
    while {path.suffix for path in tmp_path.iterdir()} != wanted:
        assert time.monotonic() < deadline, list(tmp_path.iterdir())
        time.sleep(0.1)
    saved = {path.suffix: path for path in tmp_path.iterdir()}
    assert saved[".svg"].read_text("utf-8").startswith("<svg")
    assert saved[".png"].read_bytes().startswith(b"\x89PNG")
    with saved[".csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["outcome", "women", "share"]
    assert [row[0] for row in rows[1:]][:2] == ["no spread", "eradicated"]
    assert tab.errors == []


def test_no_heading_is_parted_from_what_it_heads(tab: Browser, reports: list[Path]) -> None:
    """In print each heading, and the words under it, ask to stay with what follows."""
    for page in reports:
        tab.open(page)
        tab.ask("Emulation.setEmulatedMedia", media="print")
        loose = tab.run(
            "[...document.querySelectorAll('main h2, main h3, main h2 + p, main h3 + p')]"
            ".filter(e => getComputedStyle(e).breakAfter !== 'avoid').map(e => e.textContent)"
        )
        parted = tab.run(
            "[...document.querySelectorAll('figure')]"
            ".filter(e => getComputedStyle(e).breakInside !== 'avoid').length"
        )
        assert (loose, parted) == ([], 0)
