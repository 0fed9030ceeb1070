"""A trial over draws of the posterior: chance alone beside the parameters, told, drawn and kept."""

from __future__ import annotations

import csv
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import seedsoil as ss
from kernels import packaged
from pages import Outline, charts_of, words_of
from seedsoil.cli import main
from seedsoil.trials.discrepancy import RECORD, kind_of
from seedsoil.trials.over_draws import headlines, monte_carlo_error
from seedsoil.trials.page import trial_report_html

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.trials.trial import TrialResult

ASKED: dict[str, Any] = {"women": 14_000, "replicates": 45, "threads": 1}
DRAWS = 3


@pytest.fixture(scope="module")
def alone() -> TrialResult:
    return ss.trial("PALOMA-2", **ASKED, catalog=packaged())


@pytest.fixture(scope="module")
def drawn() -> TrialResult:
    """With a posterior that says by how much the model misses: of times without progression, by anything."""
    posterior = packaged().posterior
    told = {
        "pfs": {"stated": 9.0, "scale": [1.0, 1.0, 1.0]},
        "os": {"stated": 0.1, "scale": [1.0, 1.0, 1.0]},
    }
    posterior = posterior._replace(record={**posterior.record, RECORD: told})
    catalog = dataclasses.replace(packaged(), posteriors={"all": posterior})
    return ss.trial("PALOMA-2", **ASKED, catalog=catalog, draws=DRAWS)


def test_discrepancy_is_allowed_for_where_the_posterior_tells_it(drawn: TrialResult) -> None:
    seen = set()
    for one in drawn.results:
        kind = kind_of(one.endpoint)
        if one.inside is None or kind not in ("pfs", "os"):
            assert one.allowed_inside is None
            continue
        seen.add((kind, one.endpoint.endswith("_median")))
        if kind == "pfs":
            assert one.allowed_inside is True
            assert one.allowed_inside_90 is True
    assert {("pfs", True), ("os", True)} <= seen


def test_chance_alone_is_what_the_trial_says_without_draws(
    alone: TrialResult, drawn: TrialResult
) -> None:
    assert drawn.manifest["draws"] == DRAWS
    assert next(iter(drawn.replicates.arms.values())).women.size == 45
    moved = 0
    for one, other in zip(alone.results, drawn.results, strict=True):
        assert (one.mean, one.error) == (other.mean, other.error)
        assert (one.chance_low, one.chance_inside) == (None, None)
        assert (other.chance_low, other.chance_high) == (one.predicted_low, one.predicted_high)
        assert (other.chance_inside, other.chance_inside_90) == (one.inside, one.inside_90)
        if one.inside_90:
            assert one.inside  # the wider interval holds what the narrower does
        moved += one.predicted_low != other.predicted_low
    assert moved > len(alone.results) // 2


def test_headlines_are_of_all_women_and_keep_the_two_apart(drawn: TrialResult) -> None:
    told = drawn.headlines
    assert told is not None
    assert told.draws == DRAWS
    assert 666 <= told.women < drawn.enrolment.women * 2
    assert {one.unit for one in told.found} == {"months", "share", "hazard ratio"}
    for one in told.found:
        assert one.draws == DRAWS
        assert one.monte_carlo > 0.0
        assert one.low <= one.high
    names = [one.name for one in told.found]
    assert "PFS, hazard ratio, experimental v control" in names
    assert drawn.summary["over_draws"][0]["name"] == names[0]


def test_the_page_shows_both_intervals_and_says_which_is_which(
    alone: TrialResult, drawn: TrialResult
) -> None:
    plain, page = trial_report_html(alone), trial_report_html(drawn)
    assert "How sure: the parameters, and chance" in Outline(page).headings
    assert "How sure" not in plain
    assert "--draws adds what is not known" in words_of(plain)
    assert "95 % by chance alone" in words_of(page)
    assert "women or more of its own" in words_of(page)
    assert "with the values in use" in words_of(page)
    assert len(charts_of(page)) == len(charts_of(plain)) + 3


def test_files_hold_the_draws(drawn: TrialResult, tmp_path: Path) -> None:
    saved = drawn.save(tmp_path / "saved")
    table = pq.read_table(saved / "draws.parquet")
    assert drawn.headlines is not None
    assert table.num_rows == len(drawn.headlines.found)
    results = pq.read_table(saved / "results.parquet").to_pylist()
    assert {row["chance_inside"] for row in results} <= {True, False, None}
    assert json.loads((saved / "manifest.json").read_text())["draws"] == DRAWS


def test_a_number_that_is_not_reached_in_a_draw_is_named_and_not_told() -> None:
    spec = packaged().trials["PALOMA-2"]
    each = [
        {("control", "pfs_median"): (14.0, 0.5), ("control", "os_median"): (50.0, 1.0)},
        {("control", "pfs_median"): (15.0, 0.5), ("control", "os_median"): (np.inf, np.nan)},
    ]
    found = headlines(spec, each, 666)
    assert [one.name for one in found.found] == ["PFS, median, control"]
    (sentence,) = found.not_told
    assert "in each of the 2 draws" in sentence
    assert "OS, median, control (not reached, or not known so well, in 1)" in sentence


def test_a_validation_over_draws_tells_coverage_and_is_kept(
    drawn: TrialResult, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["validate", "PALOMA-2", "--women", "14000", "--replicates", "45", "--draws", str(DRAWS),
             "--threads", "1", "--keep", str(tmp_path / "kept")]  # fmt: skip
    page, table = tmp_path / "page.md", tmp_path / "table.csv"
    assert main([*asked, "--markdown", str(page), "--table", str(table)]) == 0
    said = capsys.readouterr().out
    assert "90 %, chance and parameters" in said
    assert "Intervals of 90 % hold published numbers: of calibration trials" in said
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    mine = [r for r in drawn.results if r.published is not None]
    for row, one in zip(rows, mine, strict=True):
        assert row["chance_inside_90"] == ("" if one.inside is None else str(one.chance_inside_90))
        assert row["inside"] == ("" if one.inside is None else str(one.inside))
    counted = [r for r in mine if r.inside is not None and not r.bound]
    share = sum(map(bool, (r.inside_90 for r in counted))) / len(counted)
    assert f"and {100 * share:.0f}\u00a0% (" in page.read_text("utf-8")
    # again, from what is kept
    assert main([*asked, "--json"]) == 0
    said_again = capsys.readouterr()
    assert "holds 1 of 1 trials" in said_again.err
    assert json.loads(said_again.out)[0]["chance_inside"] == mine[0].chance_inside


@pytest.mark.filterwarnings("error")
def test_a_median_that_some_resamples_do_not_reach_has_no_error_and_warns_of_nothing() -> None:
    assert monte_carlo_error(np.array([1.0, 2.0, 3.0])) == 1.0
    assert np.isnan(monte_carlo_error(np.array([1.0, np.inf, np.inf])))
