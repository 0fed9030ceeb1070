"""Strategies on the same women: exact zeros, sums by hand, the page and the command."""

from __future__ import annotations

import csv
import json
import math
import pickle
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from pages import charts_of, words_of
from seedsoil.catalog import Catalog, load, provenance
from seedsoil.catalog.lookup import strategy
from seedsoil.cli.app import BAD_INPUT, main
from seedsoil.display.export import as_svg
from seedsoil.display.vega import vega_bundle
from seedsoil.errors import InputError
from seedsoil.results.attrition import time_on_lines
from seedsoil.results.burden import divided
from seedsoil.results.columns import women_found_in_life
from seedsoil.results.moments import Moments
from seedsoil.results.survival import survival
from seedsoil.run.simulate import ADJUVANT, SCREENING
from seedsoil.simulation.shards import shards_under
from seedsoil.strategies.charts import (
    increments_chart,
    increments_sentence,
    mean_times,
    survival_by_strategy,
    survival_chart,
    time_chart,
    time_sentence,
)
from seedsoil.strategies.compare import StrategyComparison, compare, compare_in_little_memory
from seedsoil.strategies.comparison import Difference
from seedsoil.strategies.measures import MEASURES, Measure, values_of
from seedsoil.strategies.page import comparison_html, write_comparison
from seedsoil.strategies.reduction import Reduction
from seedsoil.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from pathlib import Path

WOMEN = 1_500
OWN_DRUG = """
[drug.wonder]
class = "targeted"
kill = { vegf = 30.0 }

[regimen.wonder]
drugs = [{ drug = "wonder" }]

[[line]]
regimen = "wonder"
when = { line = "1" }
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture(scope="module")
def compared(catalog: Catalog) -> StrategyComparison:
    return compare(["none", "pre-2013", "2022"], women=WOMEN, seed=3, catalog=catalog)


@pytest.fixture(scope="module")
def page(compared: StrategyComparison) -> str:
    return comparison_html(compared)


# --- the comparison ------------------------------------------------------------------------------


def test_identical_strategies_differ_by_exactly_zero(catalog: Catalog) -> None:
    found = compare(["2022", "2022"], women=600, seed=2, catalog=catalog)
    assert found.names == ("2022", "2022 (2)")
    assert found.differences
    for d in found.differences:
        assert d.difference == 0.0
        assert d.difference_se == 0.0 or math.isnan(d.difference_se)  # a group of one woman
    for measure in ("life_years", "qaly"):
        for row in increments_chart(found, measure, "x")["data"]["values"]:
            assert row["v"] == row["low"] == row["high"] == 0
            assert row["label"] == "0"
    assert "strategy 2022 (2) no difference in all women" in increments_sentence(
        found, "life_years"
    )
    assert "no difference in years of life and no difference in quality" in found.sentence
    assert repr(found).count("no difference") == len({d.measure.key for d in found.differences})
    assert "no difference" in words_of(comparison_html(found))


def test_the_same_women_under_every_strategy(compared: StrategyComparison) -> None:
    """What happened before metastatic disease was found does not depend on the strategy."""
    before = ("patient", "age", "subtype", "metastatic_at", "found_by", "first_symptom", "diameter_mm",
              "positive_nodes", "adjuvant", "visible_lesions")  # fmt: skip
    first = compared.runs["none"].patients.select(before)
    for run in compared.runs.values():
        assert run.patients.select(before).equals(first)
    assert compared.women == int(women_found_in_life(compared.runs["none"].patients).sum())


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedsoil.run.simulate.shards_under", partial(shards_under, size=400))


@pytest.mark.parametrize("by", ["subtype", "organs", None])
@pytest.mark.usefixtures("small_shards")
def test_in_little_memory_all_is_the_same(
    compared: StrategyComparison, catalog: Catalog, by: str | None
) -> None:
    """From sums of shards what the tables of all women give, table by table, and the same page."""
    settings = {"women": WOMEN, "seed": 3, "by": by, "catalog": catalog}
    policies = {"screening": SCREENING, "adjuvant": ADJUVANT, "threads": 2, "progress": None}
    found = compare_in_little_memory(list(compared.names), **settings, **policies)
    assert found.runs == {}
    runs = compared.runs
    first = runs["none"].patients
    treated = women_found_in_life(first)
    groups = {"all women": treated[treated]}
    if by is not None:
        groups |= {group.name: group.members[treated] for group in divided(first, by, treated)}
        assert found.groups == {k: v.sum() for k, v in groups.items() if k != "all women"}
    values = {name: values_of(run, catalog)[1] for name, run in runs.items()}
    assert len(found.differences) == len(groups) * len(MEASURES) * len(runs)
    rest = iter(found.differences)
    for group, members in groups.items():
        for measure in MEASURES:
            for name in runs:
                mine = values[name][measure.key][members]
                change = mine - values["none"][measure.key][members]
                d = next(rest)
                assert (d.group, d.measure, d.strategy) == (group, measure, name)
                told = (d.mean, d.se, d.difference, d.difference_se)
                expected = (mine.mean(), _error(mine), change.mean(), _error(change))
                assert told == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    for name, run in runs.items():
        for own in survival(run, by, "found in life").curves:
            group = "all women" if by is None else own.group
            assert np.sort(found.years(name, group)).tolist() == own.followed.tolist()
        years = time_on_lines(run).years
        assert found.courses[name].times.mean == pytest.approx(years.mean(axis=0), rel=1e-9)
    whole = compare(list(compared.names), **settings)
    assert comparison_html(found) == comparison_html(whole)
    for name, run in whole.runs.items():
        assert run.patients.equals(runs[name].patients)
        assert run.lesions.equals(runs[name].lesions)
        assert run.manifest["women"] == WOMEN


def _error(values: np.ndarray) -> float:
    return values.std(ddof=1) / math.sqrt(values.size) if values.size > 1 else math.nan


@pytest.mark.usefixtures("small_shards")
def test_in_little_memory_identical_strategies_differ_by_exactly_zero(catalog: Catalog) -> None:
    found = compare_in_little_memory(
        ["2022", "2022"], women=1000, seed=2, by="age", catalog=catalog, threads=2, progress=None,
        screening=SCREENING, adjuvant=ADJUVANT,
    )  # fmt: skip
    assert {d.difference for d in found.differences} == {0.0}
    assert all(d.difference_se == 0.0 or math.isnan(d.difference_se) for d in found.differences)


def test_memory_grows_by_what_the_curves_need(catalog: Catalog) -> None:
    """8 bytes a strategy and woman found in life, and a byte for her group; everything else is sums."""
    held = []
    for women in (300, 1200):
        reduction = Reduction(2, "subtype", catalog)
        for start in range(0, women, 300):
            for which, name in enumerate(("none", "2022")):
                reduction.add(which, ss.simulate(300, first=start, strategy=name, catalog=catalog))
        held.append((len(pickle.dumps(reduction.courses([{}, {}]))), reduction.women))
    (small, few), (large, many) = held
    assert many > 3 * few
    assert large - small == pytest.approx(2 * 8 * (many - few), abs=800)


def test_moments_of_parts_add_up() -> None:
    draw = np.random.default_rng(1)
    values = 1e6 + draw.standard_normal((1000, 3)) * [1e-3, 1, 1e3]
    values[:, 1] = 7.0
    parts = np.split(values, [0, 1, 30, 700])
    found = sum(map(Moments.of, parts), Moments.of(values[:0]))
    assert found.count == 1000
    assert found.mean == pytest.approx(values.mean(axis=0), rel=1e-14)
    assert found.error == pytest.approx(values.std(axis=0, ddof=1) / math.sqrt(1000), rel=1e-9)
    assert found.error[1] == 0.0
    assert np.isnan(Moments.of(values[:1]).error).all()


def test_women_of_whom_none_is_found_in_life(catalog: Catalog) -> None:
    with pytest.raises(
        InputError, match="found in life in none of 3 simulated women; simulate more"
    ):
        compare(["none", "2022"], women=3, catalog=catalog)


def test_differences_by_hand(compared: StrategyComparison) -> None:
    """Means of the patients tables, and the standard error of the paired differences."""
    lived = {}
    for name, run in compared.runs.items():
        women = run.patients.filter(women_found_in_life(run.patients))
        lived[name] = women["died_at"].to_numpy() - women["metastatic_at"].to_numpy()
    gained = lived["2022"] - lived["none"]
    d = compared.of("life_years", "2022")
    assert d.mean == pytest.approx(lived["2022"].mean(), rel=1e-12)
    assert d.difference == pytest.approx(gained.mean(), rel=1e-12)
    assert d.difference_se == pytest.approx(gained.std(ddof=1) / math.sqrt(gained.size), rel=1e-12)
    unpaired = math.hypot(d.se, compared.of("life_years", "none").se)
    assert d.difference_se < unpaired


def test_no_therapy_is_no_therapy(compared: StrategyComparison) -> None:
    for measure in ("lines", "years_on_treatment", "toxic_lines", "toxic_death"):
        assert compared.of(measure, "none").mean == 0.0
    assert compared.of("lines", "2022").mean > 1.0
    assert compared.of("life_years", "2022").difference > 0.0
    for name in compared.names:
        assert compared.of("qaly", name).mean < compared.of("life_years", name).mean


def test_time_on_lines_adds_up_to_life(compared: StrategyComparison) -> None:
    for name in compared.names:
        times = mean_times(compared, name)
        total = sum(years for _, years, _ in times)
        assert total == pytest.approx(compared.of("life_years", name).mean, rel=1e-9)
    assert mean_times(compared, "none")[-1][1] == pytest.approx(
        compared.of("life_years", "none").mean
    )


def test_groups_and_table(compared: StrategyComparison) -> None:
    groups = {d.group for d in compared.differences}
    assert "all women" in groups
    assert groups <= {"all women", *SUBTYPES}
    table = compared.table()
    assert table.num_rows == len(compared.differences)
    assert set(compared.increments()["strategy"].to_pylist()) == {"pre-2013", "2022"}
    assert "2022" in repr(compared)
    assert compared.sentence.count("strategy 2022 gives") == 1


def difference(
    unit: str, mean: float, change: float, error: float, women: int = 1_000
) -> Difference:
    measure = Measure("m", "alive", unit)
    return Difference("all women", measure, "a", mean, 0.01, change, error, women)


def test_shares_are_told_in_per_cent_with_enough_digits() -> None:
    small = difference("share", 0.0049, 0.0049, 0.00245)
    assert small.mean_words == "0.49\u00a0%"
    assert small.measure.difference_label == "alive, percentage points"
    assert small.difference_words == "+0.49 ± 0.48"
    assert small.interval_words == "+0.49 (+0.01 to +0.97)"
    assert difference("share", 0.425, 0.2953, 0.016).interval_words == "+29.5 (+26.4 to +32.7)"
    worse = difference("years", 1.2641, -2.768, 0.137)
    assert worse.interval_words == "\u22122.77 (\u22123.04 to \u22122.50)"


def test_no_difference_is_exactly_none() -> None:
    assert difference("share", 0.5, 0.0, 0.0).interval_words == "no difference"
    # some women gain what others lose
    assert difference("share", 0.5, 0.0, 0.01).interval_words == "0 (\u22122.0 to +2.0)"
    # far below its error: no sign, no false nothing
    assert difference("share", 0.5, 0.00001, 0.01).difference_words == "0.0 ± 2.0"
    # a group of one woman has no error
    assert difference("years", 2.0, 1.5, math.nan).interval_words == "+1.50"


def test_few_women_have_no_interval() -> None:
    few = difference("years", 2.0, -10.04, 3.28, women=29)
    assert few.interval_words == few.difference_words == "\u221210.04"
    assert few.limits_words == ""
    assert difference("years", 2.0, -10.04, 3.28, women=30).limits_words
    assert difference("years", 2.0, 0.0, 0.0, women=2).interval_words == "no difference"


def test_a_comparison_of_few_women_says_so() -> None:
    found = ss.compare(["pre-2013", "2022"], women=10)
    assert 0 < found.women < 30
    assert "have no intervals: simulate more women" in found.sentence
    told = repr(found) + found.sentence
    assert "±" not in told.replace("(± 95 %)", "")
    assert not re.search(r"\d to [+\u2212]?\d", told)
    rows = found.chart()  # which needs no interval
    assert rows
    drawn = increments_chart(found, "life_years", "years")["data"]["values"]
    assert all(row["low"] == row["high"] == row["v"] for row in drawn)
    assert found.table().column("women").to_pylist()[0] == found.women


def test_labels_read_as_words(compared: StrategyComparison, page: str) -> None:
    told = repr(compared) + words_of(page)
    assert "alive at 1 year " in told
    assert not re.search(r"(?<![0-9.,])1 years", told)
    assert "+0.00" not in told
    assert not re.search(r"(?<!strategy )(?<!and )\b2022 gives", told)


def test_an_own_drug_in_a_file(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "wonder.toml"
    path.write_text(OWN_DRUG)
    found = compare(["none", path], women=600, seed=1, catalog=catalog)
    assert found.names == ("none", "wonder")
    assert found.of("life_years", "wonder").difference > 0.5
    regimens = set(found.runs["wonder"].lines["regimen"].to_pylist())
    assert regimens == {"wonder"}
    assert compare(["none", str(path)], women=600, seed=1, catalog=catalog).table() == found.table()


def test_maintenance_by_shares_in_a_file(catalog: Catalog, tmp_path: Path) -> None:
    """Of the women who have it; the name alone is the share 1, to the bit and in the manifest's hash."""
    rule = """
        [[line]]
        when = {{ line = "1" }}
        regimen = "docetaxel"
        until = {{ months = 3 }}
        then = {then}
    """
    runs = {}
    for name, then in {
        "plain": '"capecitabine"',
        "whole": "{ capecitabine = 1 }",
        "shares": "{ capecitabine = 0.7, vinorelbine = 0.3 }",
    }.items():
        (tmp_path / name).mkdir()
        path = tmp_path / name / "mine.toml"
        path.write_text(rule.format(then=then))
        runs[name] = ss.simulate(4_000, seed=9, strategy=path, catalog=catalog)
    assert runs["plain"].lines.equals(runs["whole"].lines)
    hashes = {name: run.manifest["strategy_hash"] for name, run in runs.items()}
    assert hashes["plain"] == hashes["whole"] != hashes["shares"]
    one, both = (runs[name].lines.to_pandas() for name in ("plain", "shares"))
    assert (one.maintenance.isna() == both.maintenance.isna()).all()
    given = both.maintenance.dropna()
    share = (given == "capecitabine").mean()
    assert share == pytest.approx(0.7, abs=4 * math.sqrt(0.21 / len(given)))
    drugs = runs["shares"].drugs.to_pandas()
    later = drugs[drugs.part == "maintenance"]
    assert set(later.drug) == {"capecitabine", "vinorelbine"}
    own = strategy(path, catalog=catalog)
    assert own is not None
    told = provenance._strategy(own)["lines"]
    assert told[0]["then"] == {"capecitabine": 0.7, "vinorelbine": 0.3}


def test_a_strategy_by_name_and_by_path(catalog: Catalog, tmp_path: Path) -> None:
    assert strategy("2022", catalog=catalog).name == "2022"
    path = tmp_path / "mine.toml"
    path.write_text(OWN_DRUG)
    assert strategy(path, catalog=catalog) == strategy(str(path), catalog=catalog)


@pytest.mark.parametrize(
    "asked, words",
    [
        (["2022", "2023"], "did you mean '20"),
        (["2022", "guideline"], "guideline"),
        (["2022"], "two strategies or more"),
        ([], "two strategies or more"),
        (["2022", "missing.toml"], "missing.toml"),
    ],
)
def test_wrong_strategies(asked: list[str], words: str, catalog: Catalog) -> None:
    with pytest.raises(InputError) as caught:
        compare(asked, women=100, catalog=catalog)
    assert words in str(caught.value)


def test_an_unknown_measure(compared: StrategyComparison) -> None:
    with pytest.raises(InputError, match="no measure 'life'"):
        compared.of("life", "2022")


# --- charts and page -----------------------------------------------------------------------------


def test_every_chart_renders(compared: StrategyComparison) -> None:
    charts = [
        survival_chart(compared), survival_chart(compared, "HR+/HER2-"), time_chart(compared),
        increments_chart(compared, "life_years", "years"), compared.chart(),
    ]  # fmt: skip
    for chart in charts:
        json.dumps(chart, allow_nan=False)
        assert as_svg(chart).count("<path") > 5
        assert re.search(r"\d", chart["description"])


def test_curves_are_those_of_the_runs(compared: StrategyComparison) -> None:
    found = survival_by_strategy(compared)
    assert [c.group for c in found.curves] == list(compared.names)
    for curve in found.curves:
        assert curve.women == compared.women
        share = compared.of("alive_5", curve.group).mean
        assert curve.at(5.0)[0] == pytest.approx(share, abs=1e-12)
    assert "none" in time_sentence(compared)


def test_page_is_whole_and_offline(page: str, compared: StrategyComparison) -> None:
    own = page.replace(vega_bundle(), "")
    assert set(re.findall(r"https?://[^\"' <]+", own)) == {
        "https://vega.github.io/schema/vega-lite/v6.json"  # a name, which nothing fetches
    }
    told = words_of(page)
    assert compared.sentence.replace("\u00a0", " ") in told
    assert "research and teaching" in told
    assert "not advice for any person" in told
    for section in (
        "Survival",
        "Where the years go",
        "Toxicity",
        "Symptoms",
        "How this was simulated",
    ):
        assert section.lower() in told.lower()
    for chart in charts_of(page).values():
        assert chart["description"].replace("\u00a0", " ") in told
        assert as_svg(chart).count("<path") > 5
    assert not re.search(r"\b(nan|inf|None)\b", told)


def test_page_is_written_whole(compared: StrategyComparison, tmp_path: Path) -> None:
    path = write_comparison(compared, tmp_path / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text("utf-8").endswith("</html>\n")
    with pytest.raises(InputError, match="does not exist"):
        write_comparison(compared, tmp_path / "none" / "report.html")


@pytest.mark.parametrize("seed", [1, 2])
def test_page_of_a_few_women(seed: int, catalog: Catalog) -> None:
    """Groups of one woman have no standard error; the page says so and does not fail."""
    found = compare(["none", "2022"], women=12, seed=seed, catalog=catalog)
    told = words_of(comparison_html(found))
    assert not re.search(r"\b(nan|inf|None)\b", told)


# --- the command ---------------------------------------------------------------------------------


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "compared"
    arguments = ["compare", "none", "2022", "--women", "300", "--seed", "1", "--out", str(out)]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["strategies"] == ["none", "2022"]
    assert told["directory"] == str(out)
    assert sorted(p.name for p in out.iterdir()) == ["increments.csv", "report.html"]
    with (out / "increments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(told["increments"])
    assert float(rows[0]["mean"]) == pytest.approx(told["increments"][0]["mean"])
    # Nothing is overwritten.
    assert main(arguments) == BAD_INPUT
    assert "already there" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["compared"]


def test_command_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "none", "2022", "--women", "300"]) == 0
    told = capsys.readouterr().out
    assert "life years" in told
    assert "not advice" in told


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["2022", "2203"], "did you mean"),
        (["2022"], "two strategies or more"),
        ([], "STRATEGY"),
        (["2022", "none", "--women", "0"], "women"),
    ],
)
def test_command_with_bad_input(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "compared"
    assert main(["compare", *arguments, "--out", str(out)]) == BAD_INPUT
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_public_names() -> None:
    assert ss.compare is compare
    assert ss.strategy is strategy
