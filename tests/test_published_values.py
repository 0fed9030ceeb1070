"""Published cost-effectiveness results beside simulated ones: the page and its scenarios."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING

import pytest

import published_values
import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.economics.published_values import (
    AGREES,
    HIGHER,
    LOWER,
    NOT_TOLD,
    _Counting,
    simulate_comparison,
    verdict,
    view_of,
)
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = load().costs.published
SIMULATED = {name: one for name, one in PUBLISHED.items() if one.outside is None}


def test_the_page_is_what_the_script_makes_of_its_stored_results() -> None:
    stored = json.loads(published_values.STORED.read_text(encoding="utf-8"))
    told = published_values.page(stored, PUBLISHED)
    assert published_values.PAGE.read_text(encoding="utf-8") == told


def test_every_published_result_has_its_scenario_or_a_reason() -> None:
    stored = json.loads(published_values.STORED.read_text(encoding="utf-8"))["comparisons"]
    assert set(stored) == set(SIMULATED)
    page = published_values.PAGE.read_text(encoding="utf-8")
    for name, one in PUBLISHED.items():
        for result in one.result:
            assert result.study in page
            if one.outside is None:
                assert stored[name][view_of(result).key]["women"] > 1
        if one.outside is not None:
            assert one.outside in page
    studies = " ".join(f"{r.study} {r.source}" for one in PUBLISHED.values() for r in one.result)
    for word in (
        "Durkee", "Mamiya", "Zhang and Long", "Galve-Calvo", "Mistry", "MONALEESA-3", "Lang", "Shi",
        "Dickerson", "Clin Breast Cancer", "Zhu", "DESTINY-Breast03", "ASCENT", "TROPiCS-02", "Taiwan",
        "KEYNOTE-355", "KEYNOTE-522", "TA704", "TA992", "TA495", "Singapore", "HER2CLIMB",
    ):  # fmt: skip
        assert word in studies


def test_a_published_ratio_is_its_cost_over_its_qalys() -> None:
    for one in PUBLISHED.values():
        for r in one.result:
            if r.cost is not None and r.qalys is not None and r.icer is not None:
                assert r.cost / r.qalys == pytest.approx(r.icer, rel=0.02), r.study


@pytest.fixture(scope="module")
def small() -> dict[str, object]:
    some = {name: PUBLISHED[name] for name in ("pertuzumab-first-line", "pembrolizumab-early")}
    return published_values.simulated(some, load(), enough=100, most=2_000, threads=1)


def test_a_small_run_makes_a_page(small: dict[str, object]) -> None:
    some = {name: PUBLISHED[name] for name in ("pertuzumab-first-line", "pembrolizumab-early")}
    told = published_values.page(json.loads(json.dumps(small)), some)
    assert "Durkee 2016 (United States)" in told
    assert "USD of 2024" in told
    assert "costs here begin when metastatic disease is found" in told
    assert "$" not in told


def test_first_line_differences_are_those_of_an_evaluation() -> None:
    """On the same women the same costs and QALYs as `evaluate`, divided by those who come to the line."""
    one = PUBLISHED["pertuzumab-first-line"]
    assert one.when is not None
    assert one.adjuvant is not None
    one = one.model_copy(update={"when": one.when.model_copy(update={"subtype": None})})
    found = simulate_comparison(one, catalog=load(), enough=1, most=1_500)
    new, old = one.strategies(load().strategies)
    told = ss.evaluate(
        [old, new], women=1_500, perspective="us-payer", reference_case="second-panel", screening="none",
        adjuvant=one.adjuvant, thresholds=100_000,
    )  # fmt: skip
    here = found["us-payer, second-panel"]
    share = here.women / told.found
    for mine, theirs in (
        (here.values["cost"], told.row("costs", strategy="new", category="total")),
        (here.values["qalys"], told.row("effects", strategy="new", measure="qaly", state="all")),
    ):
        assert mine[0] * share == pytest.approx(theirs["difference"], rel=1e-3)
    gained = here.values["life_years"]
    levels = here.values["life_years_new"][0] - here.values["life_years_old"][0]
    assert gained[0] == pytest.approx(levels, abs=1e-9)


def test_threads_change_nothing() -> None:
    one = PUBLISHED["deruxtecan-second-line"]
    runs = [
        simulate_comparison(one, catalog=load(), enough=10_000, most=12_000, threads=k)
        for k in (1, 2)
    ]
    assert runs[0] == runs[1]
    a, b = (runs[0][key] for key in ("us-payer, second-panel", "no prices, second-panel"))
    assert a.values["qalys"] == b.values["qalys"]
    assert "cost" not in b.values
    assert b.icer == (None, None, None)


def test_what_agrees() -> None:
    assert verdict(1.0, 1.1, 0.01) == AGREES
    assert verdict(1.0, 1.4, 0.1) == AGREES
    assert verdict(1.0, 1.4, 0.01) == HIGHER
    assert verdict(1.0, 0.5, 0.01) == LOWER
    assert verdict(1.0, 1.0, 0.3) == NOT_TOLD
    assert verdict(1.0, 5.0, 0.3) == HIGHER
    assert verdict(1.0, math.nan, 0.1) == NOT_TOLD
    assert verdict(None, 1.0, 0.1) is None


def test_strategies_that_differ_elsewhere_are_refused() -> None:
    """Where they differ in a line that the rule does not give, no line is that of the comparison."""
    one = PUBLISHED["pertuzumab-first-line"]
    assert one.new is not None
    other = one.new.model_copy(update={"regimen": {"no-such": 1.0}})
    counted = dataclasses.replace(
        _Counting.of(one, load(), 1), comparison=one.model_copy(update={"new": other})
    )
    with pytest.raises(InputError, match="the rule does not give"):
        counted.block(0, 600)


RESULT = """[[a.result]]
study = "s"
country = "c"
source = "s"
verified = true
confidence = "low"
"""
GIVEN = """base = "2022"
adjuvant = "2013+"
when = { line = "2" }
new = { regimen = "letrozole" }
old = { regimen = "tamoxifen" }
"""


@pytest.mark.parametrize(
    "head, last, says",
    [
        ("", "", "or say why it is outside"),
        ('outside = "y"\nbase = "2022"\n', "", "base given"),
        (GIVEN, "icer = 5.0\n", "has no currency"),
        (GIVEN + "horizon = 5.0\n", "", "horizon is counted"),
        (GIVEN.replace("tamoxifen", "letrozole"), "", "share letrozole"),
        (GIVEN.replace("tamoxifen", "tamoxifn"), "", "tamoxifen"),
        (GIVEN.replace("2022", "202"), "", "unknown strategy '202'"),
        (GIVEN, 'reference_case = "nise"\n', "nice"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, head: str, last: str, says: str) -> None:
    (tmp_path / "costs").mkdir()
    text = f'[a]\ndescription = "x"\n{head}{RESULT}{last}'
    (tmp_path / "costs" / "published.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert says in str(caught.value)
    assert "published.toml" in str(caught.value)
