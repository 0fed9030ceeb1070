"""Reports over draws of the posterior keep parameters and chance apart, and say which is which."""

from __future__ import annotations

import numpy as np
import pytest

import seedsoil as ss
from pages import Outline, charts_of, words_of
from seedsoil.display.export import as_svg
from seedsoil.results.draws import OverDraws, draws_table, over_draws
from seedsoil.results.draws_section import FEW_WORDS, Told, draws_section
from seedsoil.run.draws import OF_POSTERIOR, headlines, unit_of
from seedsoil.units import Z95


def over(name: str, mean: float, error: float, sd: float, unit: str, **more: float) -> OverDraws:
    return OverDraws(name, mean, error, sd, mean - 2 * sd, mean + 2 * sd, 100, unit, **more)


ALIVE = over("alive at 5 years, share", 0.45, 0.001, 0.02, "share", discrepancy=0.25)
YEARS = over("life years with metastatic disease", 8.0, 0.03, 0.5, "years")
CHANCE = over("lines of therapy", 2.9, 0.01, 0.0, "lines")
TOLD = Told([ALIVE, YEARS, CHANCE], 100, 10_000, run_women=100_000)


def test_every_unit_has_a_figure_with_both_intervals_apart() -> None:
    section = draws_section(TOLD)
    assert section is not None
    figures = [one for _, one in section["figures"]]
    assert len(figures) == 3
    row = figures[0].chart["data"]["values"][0]
    assert row["name"] == "alive at 5 years: 45.0\u00a0%"
    assert (row["low"], row["high"]) == pytest.approx((-4.0, 4.0))
    assert (row["from"], row["to"]) == pytest.approx((-0.1 * Z95, 0.1 * Z95), abs=1e-4)
    assert "41.0 and 49.0 %" in figures[0].sentence
    assert "moves the mean by 0.2 points either way" in figures[0].sentence
    assert "not told from chance" in figures[2].sentence
    assert figures[2].rows[0][2] == "not beyond chance; more women tell"
    for one in figures:
        svg = as_svg(one.chart)
        assert ">parameters<" in svg
        assert ">chance<" in svg


def test_the_two_intervals_differ_without_colour() -> None:
    section = draws_section(TOLD)
    assert section is not None
    layers = section["figures"][0][1].chart["layer"]
    bar = next(one for one in layers if one["mark"]["type"] == "bar")
    line = next(one for one in layers if one["mark"].get("strokeWidth") == 3)
    assert bar["mark"]["height"] > 4 * line["mark"]["strokeWidth"]

    def grey(colour: str) -> float:
        return sum(w * int(colour[k : k + 2], 16) for w, k in ((0.3, 1), (0.59, 3), (0.11, 5)))

    shade = grey(bar["encoding"]["fill"]["scale"]["range"][0])
    assert shade - grey(line["encoding"]["stroke"]["scale"]["range"][0]) > 80.0


def test_variance_is_split_by_women_parameters_and_discrepancy() -> None:
    section = draws_section(TOLD)
    assert section is not None
    rows = {row[0]: row[1:] for row in section["split"]["rows"]}
    # of a draw's 10,000 women 0.001² · 100, of the run's 100,000 a tenth of that
    women, parameters = 1e-5, 4e-4
    whole = women + parameters
    assert rows["alive at 5 years, share"] == [
        f"{100 * np.sqrt(whole):.2g} points", f"{100 * women / whole:.1f}\u00a0%",
        f"{75 * parameters / whole:.1f}\u00a0%", f"{25 * parameters / whole:.1f}\u00a0%",
    ]  # fmt: skip
    assert rows["life years with metastatic disease"][-1] == "–"
    assert "lines of therapy" not in rows  # nothing of it is told from chance
    assert draws_section(TOLD._replace(run_women=0))["split"] is None  # type: ignore[index]


def test_differences_lie_where_they_are_and_have_signs() -> None:
    section = draws_section(Told([ALIVE, YEARS], 12, 5_000, differences=True))
    assert section is not None
    assert section["figures"][0][1].chart["data"]["values"][0]["v"] == pytest.approx(45.0)
    assert section["figures"][1][1].rows[0][1:3] == ["+8.00", "+7.00 to +9.00"]
    assert section["figures"][0][1].rows[0][1:3] == ["+45.0 points", "+41.0 to +49.0 points"]
    assert FEW_WORDS in section["how"]
    assert FEW_WORDS not in draws_section(TOLD)["how"]  # type: ignore[index]
    assert draws_section(None) is None


def test_the_report_of_a_run_says_which_interval_is_which(tmp_path) -> None:
    run = ss.simulate(400, seed=1)
    alone = run.report(tmp_path / "alone.html").read_text("utf-8")
    drawn = run.report(tmp_path / "drawn.html", draws=TOLD).read_text("utf-8")
    assert "How sure" not in alone
    assert "--draws tells it" in words_of(alone)
    outline = Outline(drawn)
    assert "How sure: the parameters, and chance" in outline.headings
    assert len(charts_of(drawn)) == len(charts_of(alone)) + 3
    assert "All other intervals and errors here are Monte-Carlo" in words_of(drawn)
    assert "--draws tells it" not in words_of(drawn)


def test_the_report_of_a_comparison_says_which_interval_is_which(tmp_path) -> None:
    found = ss.compare(["none", "2022"], women=400, by=None)
    told = Told([YEARS], 100, 10_000, differences=True)
    alone = found.report(tmp_path / "alone.html").read_text("utf-8")
    drawn = found.report(tmp_path / "drawn.html", draws=told).read_text("utf-8")
    assert "How sure" not in alone
    assert "--draws tells both" in words_of(alone)
    assert "How sure: the parameters, and chance" in Outline(drawn).headings
    assert "the effects of drugs among them" in words_of(drawn)


def test_headlines_have_units_and_the_names_that_the_posterior_gives_them() -> None:
    from seedsoil.calibration.posterior.headlines import HEADLINES

    found = headlines(ss.simulate(300, seed=2).patients)
    assert set(OF_POSTERIOR) <= set(found)
    assert set(OF_POSTERIOR.values()) <= set(HEADLINES)
    for name, (value, _) in found.items():
        if unit_of(name) == "share":
            assert 0.0 <= value <= 1.0
    assert unit_of("median survival with metastatic disease, years") == "years"


def test_a_table_of_draws_has_numbers_where_nothing_is_told() -> None:
    rows = [over_draws("x", [1.0, 2.0], [0.1, 0.1], unit="years").record()]
    table = draws_table(rows)
    assert str(table.schema.field("discrepancy_share").type) == "double"
    assert table.column("unit").to_pylist() == ["years"]


def test_an_interval_that_chance_hides_has_no_ends_for_programs() -> None:
    hidden = over_draws("x", [1.0, 1.01, 0.99], [0.1, 0.1, 0.1], unit="years")
    row = hidden.record()
    assert row["parameter_sd"] == 0.0
    assert (row["low_95"], row["high_95"]) == (None, None)  # not an interval of width 0
    table = draws_table([row, over_draws("y", [1.0, 2.0], [0.1, 0.1], unit="years").record()])
    assert table.column("low_95").null_count == table.column("high_95").null_count == 1
    same = over_draws("difference", [0.0, 0.0], [0.0, 0.0], unit="years").record()
    assert (same["low_95"], same["high_95"]) == (0.0, 0.0)
