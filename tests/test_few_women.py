"""What a handful of women cannot tell is not told as if it were known: no interval or error has width 0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.cli.app import main
from seedsoil.display.words import with_error
from seedsoil.reductions.days import kaplan_meier
from seedsoil.results.draws import OverDraws, told
from seedsoil.results.shares import Share
from seedsoil.results.survival import complete_curve

if TYPE_CHECKING:
    from pathlib import Path


def test_all_of_few_women_have_a_bound_as_none_of_them_have() -> None:
    assert Share(10, 10).words == "100.0\u00a0% (above 70.0\u00a0%)"
    assert Share(10, 10).interval == pytest.approx((0.7, 1.0))
    assert str(Share(1, 1)) == "1 of 1 (95 % lower bound 0\u00a0%)"
    for n in (1, 3, 40, 10_000):
        low, high = Share(0, n).interval
        assert Share(n, n).interval == pytest.approx((1.0 - high, 1.0 - low))


@pytest.mark.parametrize("women", [1, 2, 5])
def test_the_median_of_fewer_than_six_women_has_no_interval(women: int) -> None:
    died = np.arange(1.0, women + 1.0)
    curve = complete_curve("few", died)
    assert curve.median[1:] == (0.0, float("inf"))
    assert "(" not in curve.median_words
    assert "too few" in curve.median_interval_words
    by_day = np.bincount((died * 365.25).astype(np.int64))
    assert kaplan_meier(by_day, np.zeros_like(by_day)).median[1:] == (0.0, float("inf"))


def test_six_women_and_more_have_one() -> None:
    assert np.isfinite(complete_curve("six", np.arange(1.0, 7.0)).median).all()


def test_a_share_alive_of_none_or_all_has_a_bound() -> None:
    curve = complete_curve("ten", np.arange(1.0, 11.0))
    assert curve.share_words(0.5) == Share(10, 10).words
    assert curve.share_words(11.0) == Share(0, 10).words
    assert curve.interval_at(11.0) == Share(0, 10).interval
    assert curve.interval_at(5.0) == curve.at(5.0)[1:]


def test_a_value_without_a_known_error_has_none_of_zero() -> None:
    assert with_error(24.44, 0.0) == "24.44"
    assert with_error(24.44, 0.1) == "24.4 ± 0.1"


def test_a_run_with_one_woman_found_tells_no_interval_of_width_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--women", "5", "--seed", "1", "--out", str(tmp_path / "few")]) == 0
    said = capsys.readouterr().out
    assert "too few women for an interval" in said
    assert "± 0.00" not in said
    page = (tmp_path / "few" / "report.html").read_text("utf-8")
    assert "± 0.00" not in page
    assert "(0 to 0.0" not in page
    for low, high in re.findall(r"\(([\d.]+) to ([\d.]+)", page):
        assert low != high


def test_a_table_of_few_draws_says_so_and_has_one_kind_of_minus() -> None:
    assert "only roughly" in told(3, 200)
    assert "only roughly" not in told(100, 200)
    row = OverDraws("x", -0.2, 0.1, 0.2, -0.4, -0.00001, 3, "years").row()
    assert row[1:3] == ["−0.200", "−0.400 to 0.000"]


def test_a_comparison_of_few_women_has_no_heading_of_an_interval() -> None:
    few = ss.compare(["pre-2013", "2022"], women=20, seed=1)
    assert "95 %" not in repr(few)
