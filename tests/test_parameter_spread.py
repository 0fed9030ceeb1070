"""What the posterior leaves open of headlines stands beside their intervals, in runs of that kind."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

import seedsoil as ss
from pages import words_of
from seedsoil.catalog import Catalog, load
from seedsoil.catalog.posterior import PosteriorDraws
from seedsoil.cli.app import main
from seedsoil.run.parameter_spread import Spread, record, spreads, told, words_beside
from seedsoil.run.simulate import strategy_hash
from seedsoil.strategies.parameter_spread import parameters_sentence
from seedsoil.strategies.parameter_spread import spreads as of_comparison

if TYPE_CHECKING:
    from pathlib import Path

SD = {
    "median_survival": 0.31, "alive_5": 0.021, "alive_10": 0.024, "life_years": 0.52, "gain": 0.17,
    "distant_10": 0.012, "eradicated": 0.0024,
}  # fmt: skip


def with_headlines(headlines: dict[str, Any]) -> Catalog:
    """The packaged catalog with a posterior that tells so much of headlines."""
    catalog = load()
    found = catalog.posterior
    draws = found._replace(record={**found.record, "headlines": headlines})
    return dataclasses.replace(catalog, posteriors={"all": draws})


@pytest.fixture
def telling() -> Catalog:
    return with_headlines(
        {name: {"mean": 1.0, "sd": sd, "discrepancy": 0.25} for name, sd in SD.items()}
    )


@pytest.fixture
def packaged_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the packaged posterior told of headlines, whether it does or not."""
    monkeypatch.setattr(PosteriorDraws, "headline", lambda _, name: (1.0, SD[name]))


def manifest(**other: Any) -> dict[str, Any]:
    catalog = load()
    usual = {
        "screening": "2000s", "adjuvant": "2013+", "parameters_hash": catalog.hash(),
        "strategy_hash": strategy_hash(catalog.strategy("2022")),
    }  # fmt: skip
    return {**usual, **other}


def test_usual_care_has_the_spread_of_each_headline(telling: Catalog) -> None:
    found = spreads(manifest(), telling)
    # distant recurrence is another number in the posterior, where deaths are censored; a gain is of two
    assert set(found) == set(SD) - {"distant_10", "gain"}
    assert found["median_survival"].words == "sd by parameters 0.31 years"
    assert found["alive_5"].amount == "2.1 points"
    rows = record(found)
    assert rows is not None
    assert rows["headlines"][0] == {
        "name": "median survival with metastatic disease, years", "mean": 1.0, "parameter_sd": 0.31,
        "unit": "years", "discrepancy_share": 0.25,
    }  # fmt: skip
    assert words_beside(rows) == {name: one.words for name, one in found.items()}
    assert "alive at 5 years 2.1 points" in told(found)
    assert record({}) is None
    assert words_beside(None) == {}


@pytest.mark.parametrize(
    "other",
    [
        {"screening": "none"},
        {"adjuvant": "2000s"},
        {"strategy_hash": None},
        {"strategy_hash": "of a file"},
        {"parameters_hash": "of others"},
        {"only": "age < 50"},
        {"changed": {"growth.log_rate:tnbc": {}}},
        {"draw": 0},
    ],
)
def test_runs_of_another_kind_have_none(telling: Catalog, other: dict[str, Any]) -> None:
    assert spreads(manifest(), telling)
    assert spreads(manifest(**other), telling) == {}


@pytest.mark.parametrize(
    "headline",
    [
        {"discrepancy": 0.2},  # of a file made before they were kept
        {"mean": 1.0, "sd": None},
        {"mean": 1.0, "sd": math.nan},
        {"mean": "1", "sd": 0.1},
        {"mean": 1.0, "sd": 0.0},
    ],
)
def test_a_posterior_that_does_not_tell_is_read(headline: dict[str, Any]) -> None:
    assert spreads(manifest(), with_headlines({"median_survival": headline})) == {}
    assert spreads(manifest(), with_headlines({})) == {}


def test_other_numbers_have_none(telling: Catalog) -> None:
    changed = telling.with_values({"growth.log_rate:tnbc": -1.0})
    assert spreads(manifest(**changed.manifest()), changed) == {}
    without = dataclasses.replace(telling, posteriors={})
    assert spreads(manifest(), without) == {}


@pytest.mark.usefixtures("packaged_tells")
def test_run_says_it_beside_the_interval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["run", "--women", "400", "--seed", "1"]
    assert main([*usual, "--out", str(tmp_path / "a")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "; sd by parameters 0.31 years)" in shown
    assert "; sd by parameters 0.24 points" in shown
    assert "--draws 100 tells it of all numbers" in shown
    page = words_of((tmp_path / "a/report.html").read_text("utf-8"))
    assert "alive at 5 years 2.1 points" in page
    assert "--draws tells it" in page
    assert main([*usual, "--no-report", "--out", str(tmp_path / "b"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["posterior"]["headlines"]
    assert {row["name"]: row["parameter_sd"] for row in rows}["alive at 5 years, share"] == 0.021
    other = [*usual, "--no-report", "--out", str(tmp_path / "c"), "--adjuvant", "2000s"]
    assert main(other) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "sd by parameters" not in shown
    assert "--draws 100 tells what is not known of the parameters" in shown


@pytest.mark.usefixtures("packaged_tells")
def test_compare_says_it_and_names_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["compare", "pre-2013", "2022", "--women", "300", "--by", "none"]
    assert main([*asked, "--out", str(tmp_path / "a")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "0.52 years for life years with metastatic disease under 2022, 2.1 points for" in shown
    gain = (
        "0.17 years for the difference of 2022 from pre-2013 in life years with metastatic disease"
    )
    assert gain in shown
    assert "--draws 100 tells it of all numbers" in shown
    assert gain in words_of((tmp_path / "a/report.html").read_text("utf-8"))
    assert main([*asked, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["posterior"]["headlines"]
    last = rows[-1]
    assert (last["measure"], last["strategy"], last["of"]) == ("life_years", "2022", "difference")
    assert last["parameter_sd"] == 0.17


def test_a_comparison_of_other_strategies_names_the_option_alone(telling: Catalog) -> None:
    found = ss.compare(["2022", "pre-2013", "none"], women=60, by=None)
    told_of = {(key, name, of): one for key, name, of, one in of_comparison(found, telling)}
    assert told_of["life_years", "pre-2013", "difference"] == Spread(
        "life years with metastatic disease", -1.0, 0.17, "years", 0.25
    )
    assert not any(name == "none" for _, name, _ in told_of)
    other = dataclasses.replace(found, names=("none",), courses={"none": found.courses["none"]})
    assert parameters_sentence(other, telling) == (
        "No interval holds what is not known of the parameters: --draws 100 tells it."
    )
