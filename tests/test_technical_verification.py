"""Black-box tests of TECH-VER that no other file has; and the page that names the test of each question."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seedsoil as ss
from made_evaluation import NAMES, made

if TYPE_CHECKING:
    from seedsoil.economics.answers import Evaluation

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "technical-verification.md"
PAIR = ["pre-2013", "2022"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    place = tmp_path_factory.mktemp("scenarios")
    dear, short = place / "higher.toml", place / "shorter.toml"
    dear.write_text("[scenario]\ndiscount_costs = 0.2\ndiscount_effects = 0.2\n", "utf-8")
    short.write_text("[scenario]\nhorizon = 2\n", "utf-8")
    return ss.evaluate(PAIR, women=300, seed=5, scenarios=[dear, short])


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE.read_text("utf-8"))
    assert len(named) > 50
    files = {path.name: path for path in TESTS.rglob("test_*.py")}
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"(?m)^def {name}\(", files[file].read_text("utf-8"))
    ]
    assert missing == []


def test_every_question_has_a_test_or_says_that_there_is_none() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    for row in rows:
        asked, answer = (cell.strip() for cell in row.strip("|").split("|"))
        assert asked
        assert answer == "test" or re.match(r"`test_|none|not asked", answer), row


def test_exchanged_strategies_exchange_their_results(found: Evaluation) -> None:
    other = ss.evaluate(PAIR[::-1], women=300, seed=5)
    for name in PAIR:
        for table, where in (
            ("costs", {"category": "total"}),
            ("effects", {"measure": "qaly", "state": "all"}),
        ):
            one, two = (e.row(table, strategy=name, **where) for e in (found, other))
            assert one["mean"] == pytest.approx(two["mean"], rel=1e-12)
        forth, back = found.at_prices({}), other.at_prices({})
    assert back.cost == pytest.approx(-forth.cost, rel=1e-9)
    assert back.qaly == pytest.approx(-forth.qaly, rel=1e-9)


def test_a_year_is_worth_no_more_than_its_utility(found: Evaluation) -> None:
    most = max(
        found.asked.catalog.value(f"utility.{k}") for k in ("stable", "response", "progressed")
    )
    for name in PAIR:
        lived, gained = (
            found.row("effects", strategy=name, measure=measure, state="all")
            for measure in ("life_years", "qaly")
        )
        for kind in ("undiscounted", "mean"):
            assert 0.0 < gained[kind] < lived[kind]
        assert gained["undiscounted"] / lived["undiscounted"] <= most


def test_a_higher_rate_and_a_shorter_horizon_give_less(found: Evaluation) -> None:
    for name in PAIR:
        base = found.row("scenarios", scenario="base case", strategy=name)
        cost = found.row("costs", strategy=name, category="total")
        assert cost["mean"] < cost["undiscounted"]
        for scenario in ("higher", "shorter"):
            less = found.row("scenarios", scenario=scenario, strategy=name)
            assert 0.0 < less["cost"] < base["cost"]
            assert 0.0 < less["qaly"] < base["qaly"]


def test_ends_of_a_one_way_analysis_surround_the_value_in_use(found: Evaluation) -> None:
    assert found.levers
    for lever in found.levers:
        assert lever.low <= lever.value <= lever.high, lever.parameter


def test_acceptability_adds_up_to_1_at_every_threshold() -> None:
    decided = made(NAMES, draws=60).decision
    for one in (decided, decided.corrected):
        for k in (0.0, 1_000.0, 20_000.0, 55_000.0, 1e6):
            shares = one.winners_at(k).shares[0]
            assert shares.min() >= 0.0
            assert shares.sum() == pytest.approx(1.0, abs=1e-12)
