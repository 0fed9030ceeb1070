"""The page with its server: what the pack has not is simulated, and told as `ss.compare` tells it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from explorer_tab import READY, Tab

import seedsoil as ss
from seedsoil.explorer.eras import DEFAULT_ERA, ERAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

WOMEN, STRATEGIES = 300, ("none", "2022")
ANSWERED = (
    f"{READY} && document.querySelector('main [data-measure=life_years]')"
    " && /seed 1$/m.test(document.querySelector('.foot').innerText)"
)
"""The page tells what was simulated with the seed of live questions, which is not that of the pack."""
HOSTILE = "<img src=x onerror='window.owned = 1'>"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of the command line, on a port that is free."""
    command = [sys.executable, "-m", "seedsoil", "explore", "--port", "0", "--no-browser"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", said)
    assert found, said
    yield found[0]
    process.terminate()
    process.wait(20)
    process.stdout.close()


@pytest.fixture(scope="module")
def tab(chromium: Browser, address: str) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield Tab(context.new_page(), address)
    context.close()


def run(tab: Tab, women: int) -> None:
    """Ask for so many women with what stands in the builder, and wait for the answer."""
    tab.page.evaluate("document.querySelector('.builder').open = true")
    tab.page.locator("#women").fill(str(women))
    tab.page.locator("#women").press("Tab")
    tab.page.locator("#run").click()
    tab.until("location.hash.includes('job=')")
    tab.until(ANSWERED, seconds=120)


def test_a_live_answer_is_the_comparison(tab: Tab) -> None:
    era = ERAS[DEFAULT_ERA]
    wanted = ss.compare(
        list(STRATEGIES), women=WOMEN, seed=1, adjuvant=era.adjuvant, screening=era.screening
    )
    tab.open("compare", {"with": ",".join(STRATEGIES)})
    run(tab, WOMEN)
    for again in (False, True):
        if again:  # what was asked stays in the address, and its answer is found again
            tab.page.reload()
            tab.ready()
            tab.until(ANSWERED, seconds=60)
        for strategy in STRATEGIES:
            for measure in ("life_years", "qaly", "alive_5", "years_on_treatment"):
                shown = tab.numbers(measure=measure, strategy=strategy)
                assert shown, measure
                exact = wanted.of(measure, strategy).mean
                assert all(one["value"] == pytest.approx(exact, rel=1e-5) for one in shown), measure
                assert {one["women"] for one in shown} == {wanted.years(strategy).size}
    assert tab.errors == []


def test_a_treatment_of_ones_own_with_a_hostile_name(tab: Tab) -> None:
    tab.open("compare", {"with": "none,2022"})
    tab.page.evaluate("document.querySelector('.builder').open = true")
    name = tab.page.locator("#built-name")
    name.fill(HOSTILE)
    name.press("Tab")
    tab.page.get_by_role("button", name=tab.words("compare.add_line"), exact=True).click()
    tab.page.locator("#regimen-0").select_option("capecitabine")
    run(tab, 200)
    assert HOSTILE in tab.text()
    assert tab.page.evaluate("window.owned") is None
    assert tab.page.evaluate("document.querySelectorAll('img').length") == 0
    assert tab.errors == []
    # what the server would refuse is told in words, beside the question
    tab.page.evaluate("document.querySelector('.builder').open = true")
    tab.page.locator("#women").fill("7")
    tab.page.locator("#women").press("Tab")
    tab.page.locator("#run").click()
    tab.page.locator(".builder .complaint, .builder [role=alert]").first.wait_for()


def test_a_threshold_is_that_of_its_currency_until_one_is_typed(tab: Tab) -> None:
    """Another currency's number would be wrong without a word."""
    tab.open("psa")
    threshold, currency = tab.page.locator("#threshold"), tab.page.locator("#currency")
    told = tab.page.locator("#threshold-from")
    assert (currency.input_value(), threshold.input_value()) == ("GBP", "25000")
    assert "£25,000 to £35,000" in told.inner_text()
    assert "NICE" in told.inner_text()
    currency.select_option("USD")
    assert threshold.input_value() == "100000"
    currency.select_option("EUR")
    assert threshold.input_value() == ""
    assert "no usual price in EUR" in told.inner_text()
    tab.page.get_by_role("button", name="Try an example").click()
    assert "job=" not in tab.page.url  # nothing is asked without a threshold
    threshold.fill("33333")
    currency.select_option("GBP")
    assert threshold.input_value() == "33333"
    tab.page.get_by_role("button", name="Try an example").click()
    words = "another choice is best from here on"
    tab.until(f"document.querySelector('main').innerText.includes('{words}')", seconds=60)
