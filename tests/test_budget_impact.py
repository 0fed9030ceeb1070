"""Budget impact over draws and in every file; a proposed trial in the report; and bad input to both."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.cli import main
from seedsoil.economics.books import YEARS, Account, Books
from seedsoil.economics.budget_impact import over_draws
from seedsoil.economics.decision.information import Estimate
from seedsoil.economics.decision.sample_information import SampleInformation
from seedsoil.economics.decision.words import Units
from seedsoil.economics.effects import AT_RATE, Effects
from seedsoil.results.columns import ALL_WOMEN
from spreadsheet import cells

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.answers import Evaluation

PAIR = ["pre-2013", "2022"]


@pytest.fixture(scope="module")
def drawn() -> Evaluation:
    return ss.evaluate(PAIR, women=300, seed=5, psa=12, by="subtype", parameters="fixed")


def overlay(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_budget_over_draws_has_an_interval_without_chance_between_women(
    drawn: Evaluation, tmp_path: Path
) -> None:
    plan = {"women_a_year": 100, "uptake": [0.5, 1.0]}
    impact = drawn.budget_impact(**plan)
    assert drawn.psa is not None
    of_all = drawn.psa.groups[ALL_WOMEN]
    d = of_all.yearly[:, 1]
    second = 100 * (1.0 * d[:, 0] + 0.5 * d[:, 1])
    assert impact.draws == 12
    assert impact.yearly[1].value == pytest.approx(second.mean())
    assert impact.yearly[1].se == pytest.approx(second.std(ddof=1) / math.sqrt(12))
    total = 100 * (1.5 * d[:, 0] + 0.5 * d[:, 1])
    assert impact.total.value == pytest.approx(total.mean())
    low, high = np.quantile(second, (0.025, 0.975))
    assert low <= impact.yearly[1].low <= impact.yearly[1].value <= impact.yearly[1].high <= high
    sure = r"(in 95 % of|interval not told from chance over) 12 draws"
    assert re.search(sure, impact.sentence)
    # the numbers in use stay beside it, with an error of simulation alone
    plain = drawn.budget_impact(**plan, basis="deterministic")
    assert plain.draws == 0
    assert "simulation alone" in plain.sentence
    known = drawn.budget_impact(**plan, strategy="pre-2013")
    assert (known.impact == 0.0).all()
    group = drawn.budget_impact(**plan, group="HR+/HER2-")
    assert group.draws <= 12
    # in the report and the tables only where asked for
    assert "Budget impact" not in drawn.report(tmp_path / "without.html").read_text("utf-8")
    asked = drawn.with_budget_impact(**plan)
    page = asked.report(tmp_path / "page.html").read_text("utf-8")
    assert "Budget impact" in page
    assert asked.tables()["budgets"].num_rows == 3
    assert "budgets" not in drawn.tables()


def test_nobody_in_a_block_or_a_group_adds_nothing() -> None:
    nobody = np.zeros((0, 2))
    account = Account(
        nobody, nobody, np.zeros((0, YEARS, 2)), np.zeros((0, 3, 2)), Effects.of_nobody(1, 3)
    )
    groups = {ALL_WOMEN: np.ones(0, np.bool_)}
    books = Books.of([account, account], groups, np.ones(2))
    assert (books + books).women(ALL_WOMEN) == 0
    items, effects = books.at_rates(ALL_WOMEN, 1, 3)
    assert (items.shape, effects.shape) == ((3, 2), (3, AT_RATE))


def test_chance_between_women_is_taken_out_of_the_spread_of_a_budget() -> None:
    rng = np.random.default_rng(1)
    draws, parameter, chance = 20_000, 3.0, 4.0
    values = 10.0 + rng.normal(0, parameter, draws) + rng.normal(0, chance, draws)
    found = over_draws(values, chance**2)
    half = 1.959964 * parameter
    # the standard error of a quantile of 20,000 normal draws is some 1.5 % of the half width
    assert found.high - found.value == pytest.approx(half, rel=0.06)
    assert found.value - found.low == pytest.approx(half, rel=0.06)
    assert found.se == pytest.approx(5.0 / math.sqrt(draws), rel=0.03)
    nothing = over_draws(values, 1e6)
    assert nothing.low == nothing.high == nothing.value


def test_the_command_gives_the_budget_in_every_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    years = overlay(tmp_path / "years.csv", "women,uptake\n1000,20%\n1100,0.4\n")
    out = tmp_path / "mine"
    asked = ["--budget-impact", str(years), "--psa", "3", "--parameters", "fixed", "--women", "300"]
    asked += ["--seed", "6"]
    assert (
        main(["evaluate", *PAIR, *asked, "--out", str(out), "--format", "csv,tex,xlsx,docx"]) == 0
    )
    told = capsys.readouterr().out
    assert "Budget impact of strategy 2022" in told
    assert "1,000 to 1,100 women a year" in told
    # of three draws the spread is that of their women: no interval to itself
    assert "(interval not told from chance over 3 draws; ± GBP" in told
    assert "impact_low" in (out / "budgets.csv").read_text("utf-8").splitlines()[0]
    assert (out / "latex" / "budgets.tex").is_file()
    assert "Budget impact" in (out / "report.html").read_text("utf-8")
    kept = cells(out / "evaluation.xlsx")
    assert kept["Check", "B7"] == "OK"
    assert any(sheet == "Budget draws" for sheet, _ in kept)
    assert {v for (sheet, at), v in kept.items() if sheet == "Budget impact" and v == 1100}


def test_draws_that_an_older_version_kept_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine"
    place = tmp_path / ".mine.draws"
    settings = {"women": 300, "psa": 2, "parameters": "fixed", "keep": place}
    ss.evaluate(PAIR, **settings)
    manifest = place / "manifest.json"
    there = json.loads(manifest.read_text("utf-8"))
    del there["format_of_draws"]
    manifest.write_text(json.dumps(there), encoding="utf-8")
    asked = ["--women", "300", "--psa", "2", "--parameters", "fixed", "--out", str(out)]
    assert main(["evaluate", *PAIR, *asked]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert [line for line in error if "format_of_draws" in line and "delete" in line] == error[-1:]


@pytest.mark.parametrize(
    "settings, words",
    [
        (["--budget-impact", "1000"], "--uptake"),
        (["--uptake", "0.5"], "--budget-impact"),
        (["--budget-impact", "0", "--uptake", "1"], "above 0"),
        (["--budget-impact", "-5", "--uptake", "1"], "above 0"),
        (["--budget-impact", "1e3,1e3", "--uptake", "1"], "2 numbers for 1 years"),
        (["--budget-impact", "1000", "--uptake", "half"], "not a share"),
        (["--budget-impact", "1000", "--uptake", "120%"], "shares from 0 to 1"),
        (["--budget-impact", "1000", "--uptake", "1,1,1,1,1,1"], "1 to 5 years"),
        (["--budget-impact", "none.csv"], "neither numbers"),
        (["--budget-impact", "odd.csv"], "no column 'women'"),
        (["--evsi", "100"], "--evsi-trial"),
        (["--evsi-trial", "PALOMA-2"], "--evsi"),
        (["--evsi-trial", "PALOMA-2", "--evsi", "100"], "--psa"),
        (["--evsi-trial", "PALOMA2", "--evsi", "100", "--psa", "200"], "PALOMA-2"),
        (["--evsi-trial", "PALOMA-2", "--evsi", "2", "--psa", "200"], "each needs 10"),
        (
            ["--evsi-trial", "PALOMA-2", "--evsi", "100", "--psa", "200", "--enbs", "yeers=3"],
            "years",
        ),
        (
            ["--evsi-trial", "PALOMA-2", "--evsi", "100", "--psa", "200", "--enbs", "years=3"],
            "per_year",
        ),
    ],
)
def test_a_budget_or_a_trial_that_cannot_be_is_refused_before_anything_is_simulated(
    settings: list[str], words: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    overlay(tmp_path / "odd.csv", "wimmen,uptake\n1,1\n")
    monkeypatch.setattr("seedsoil.economics.evaluate.evaluate", None)
    assert main(["evaluate", *PAIR, *settings]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("seedsoil: error: ")
    assert words in error


def test_a_proposed_trial_goes_into_the_report_and_the_tables(
    drawn: Evaluation, tmp_path: Path
) -> None:
    worth = {n: Estimate(value, 0.1 * value) for n, value in ((100, 5.0), (300, 8.0))}
    told = SampleInformation(20_000.0, Estimate(10.0, 1.0), worth, Units("GBP", "QALY"))
    asked = drawn.with_trial("PALOMA-2", told.enbs(per_year=100, years=5, fixed=1_000))
    rows = asked.tables()["studies"].to_pylist()
    assert [(r["trial"], r["women"], r["evsi"]) for r in rows] == [
        ("PALOMA-2", 100.0, 5.0), ("PALOMA-2", 300.0, 8.0)
    ]  # fmt: skip
    assert rows[1]["enbs"] == pytest.approx(8.0 * 500 - 1_000)
    page = asked.report(tmp_path / "page.html").read_text("utf-8")
    assert "What a trial would be worth" in page
