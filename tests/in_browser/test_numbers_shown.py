"""The numbers on the page are those of `ss.compare` on the same question: from attributes, not from words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from explorer_tab import Tab

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.explorer import pack, site
from seedsoil.explorer.answers import compared
from seedsoil.explorer.contract import PARTS
from seedsoil.explorer.eras import DEFAULT_ERA, ERAS
from seedsoil.explorer.women import Asking
from seedsoil.results.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from seedsoil.strategies.comparison import StrategyComparison

WOMEN, SEED, STRATEGIES = 600, 5, ("none", "2022")
SLUGS = {"all women": "all", "HR+/HER2-": "hr_pos_her2_neg", "TNBC": "tnbc"}

LOOKS = """[...document.querySelectorAll('main svg.women[role=img]')].map(s => Object.fromEntries(
  ['cured', 'well', 'ill', 'out', 'dead'].map(c => [c, s.querySelectorAll('g.' + c).length])))"""
"""Of each picture of women how many have which look."""
ENDLESS = """[...document.querySelectorAll('main button.number[data-low]:not([data-high])')]
  .map(b => b.parentElement.textContent)"""
"""What is said beside each number whose interval has a lower end alone."""

Parts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def comparison() -> StrategyComparison:
    era = ERAS[DEFAULT_ERA]
    return ss.compare(
        list(STRATEGIES),
        women=WOMEN,
        seed=SEED,
        by="subtype",
        adjuvant=era.adjuvant,
        screening=era.screening,
    )


@pytest.fixture(scope="module")
def parts() -> Parts:
    """The packaged pack with answers of its own: few women, two strategies."""
    catalog = load()
    chosen = tuple(catalog.strategies[name] for name in STRATEGIES)
    made = compared(
        Asking(chosen, ERAS[DEFAULT_ERA], WOMEN, SEED, catalog, costs=False), DEFAULT_ERA
    )
    found = {name: pack.read(name) for name in PARTS}
    return {**found, "answers": made["answers"], "pairs": made["pairs"]}


@pytest.fixture(scope="module")
def tab(
    chromium: Browser,
    parts: Parts,
    hosted: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tab]:
    folder = site.export(tmp_path_factory.mktemp("numbers") / "site", load(), parts)
    context = chromium.new_context()
    yield Tab(context.new_page(), hosted(folder))
    context.close()


@pytest.mark.parametrize("group", SLUGS)
def test_the_answer_is_the_comparison(tab: Tab, comparison: StrategyComparison, group: str) -> None:
    for strategy in STRATEGIES:
        women = comparison.years(strategy, group).size
        for year in (1, 3, 5, 10):
            alive = comparison.of(f"alive_{year}", strategy, group).mean
            tab.open("answer", {"subtype": SLUGS[group], "strategy": strategy, "year": str(year)})
            assert tab.errors == []
            shown = tab.numbers(measure="alive", year=year, strategy=strategy)
            assert shown
            for one in shown:
                assert one["women"] == women
                assert one["value"] == pytest.approx(alive, rel=1e-12)
                low, high = wilson(round(alive * women), women)
                assert one["low"] == pytest.approx(float(low), abs=1e-9)
                assert one["high"] == pytest.approx(float(high), abs=1e-9)
            dead = tab.numbers(measure="dead", year=year, strategy=strategy)
            assert dead
            assert all(one["value"] == pytest.approx(1 - alive, rel=1e-12) for one in dead)
            # both frames count the same hundred women, whose parts are rounded to a hundred together
            counted = {round(float(one["shown"])) for one in shown}
            assert all(abs(one - 100 * alive) < 1 for one in counted) or women < 30


def test_the_pictures_count_a_hundred_women(tab: Tab, parts: Parts) -> None:
    cells = parts["answers"]["cells"]
    for strategy in STRATEGIES:
        cell = cells[f"{DEFAULT_ERA}|{strategy}|all|all|all"]
        for k, year in enumerate(parts["answers"]["years"]):
            tab.open("answer", {"strategy": strategy, "year": str(year)})
            looks = tab.page.evaluate(LOOKS)
            alive, dead = (one for one in looks if sum(one.values()) == 100)
            exact = 100 * cell["alive"][k] / cell["n"]
            assert abs(alive["cured"] + alive["well"] + alive["ill"] - exact) < 1.0
            assert dead["dead"] == 100 - (alive["cured"] + alive["well"] + alive["ill"])
            assert abs(alive["cured"] - 100 * cell["cured"][k] / cell["n"]) < 1.0
            well = cell["free"][k] - cell["free_cured"][k]
            assert abs(alive["well"] - 100 * well / cell["n"]) < 1.0


@pytest.mark.parametrize("group", ["all women", "HR+/HER2-"])
def test_the_comparison_is_the_comparison(
    tab: Tab, comparison: StrategyComparison, group: str
) -> None:
    tab.open("compare", {"subtype": SLUGS[group], "with": ",".join(STRATEGIES)})
    tab.unfold()
    seen = 0
    for row in comparison.table().to_pylist():
        if row["group"] != group or row["measure"].startswith("line_"):
            continue
        shown = tab.numbers(measure=row["measure"], strategy=row["strategy"])
        assert shown, row["measure"]
        for one in shown:
            seen += 1
            assert one["value"] == pytest.approx(row["mean"], rel=1e-5, abs=1e-12)
        if row["strategy"] != STRATEGIES[0]:
            (more,) = tab.numbers(measure=f"difference.{row['measure']}", strategy=row["strategy"])[
                :1
            ]
            assert more["value"] == pytest.approx(row["difference"], rel=1e-5, abs=1e-12)
            half = 1.959963984540054 * row["difference_standard_error"]
            assert more["high"] - more["low"] == pytest.approx(2 * half, rel=1e-2, abs=1e-12)
    assert seen >= 24
    assert tab.errors == []


def test_three_scenarios_are_percentiles_of_the_years_lived(
    tab: Tab, comparison: StrategyComparison
) -> None:
    tab.open("scenarios", {"strategy": "none"})
    tab.unfold()
    ordered = sorted(comparison.years("none").tolist())
    for name, share in (("p10", 0.10), ("p25", 0.25), ("p75", 0.75), ("p90", 0.90)):
        rank = -(-len(ordered) * share // 1)  # the smallest rank that holds the share
        for one in tab.numbers(measure=name):
            assert one["value"] == pytest.approx(ordered[int(rank) - 1], rel=1e-3), name
            assert one["low"] <= one["value"] <= one["high"]


def test_every_number_has_its_range(tab: Tab) -> None:
    """Of what was counted in simulated women; the range is beside it or in the panel of the number."""
    for name in ("answer", "scenarios", "compare", "spread"):
        tab.open(name)
        bare = [
            one for one in tab.numbers()
            # what no woman has at all, such as years on treatment without drugs, is known for sure
            if one.get("women") and one.get("open") != "true" and one["value"] != 0
            and "low" not in one
        ]  # fmt: skip
        assert bare == [], name
        assert all("longer than we can tell" in words for words in tab.page.evaluate(ENDLESS)), name
