"""What a comparison with a registry states: its tests and intervals, and how women were treated.

Statistical tests have fixed seeds; each says how often it would fail by chance with another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.errors import InputError
from seedsoil.matching.care import ARMS, Care, choose, headline
from seedsoil.matching.cohort import MISSING, NOT_COMPARED, Cohort, Dropped, Range
from seedsoil.matching.compare import _ratio, prepare
from seedsoil.matching.curve_test import curve_test
from seedsoil.matching.follow_up import follow_up_quartiles
from seedsoil.matching.match import match
from seedsoil.matching.selection import kept_and_dropped
from seedsoil.matching.standardise import HER2, Women, simulated_women, straddling, stratify
from test_matching import patients, registry_of, write_extract

if TYPE_CHECKING:
    from pathlib import Path


def cohort(women: int = 40, **fields: Any) -> Cohort:
    """A read extract of women of 60 with a small node-negative ER+ tumour, of unknown treatment."""
    nothing = np.full(women, np.nan)
    no = np.zeros(women, dtype=np.bool_)
    empty = np.zeros(0)
    given = {
        "path": "x", "endpoint": "any", "time_unit": "years", "age": np.full(women, 60.0),
        "size_band": np.zeros(women, dtype=np.int64), "node_group": np.zeros(women, dtype=np.int64),
        "er": ~no, "her2": None, "endocrine": None, "chemo": None, "time": np.ones(women),
        "event": no, "columns": {"event": "event"}, "ignored": (), "rejected": (), "notes": (),
        "age_range": Range(np.full(women, 60.0), np.full(women, 60.0)),
        "size_mm": Range(nothing, nothing), "node_count": Range(nothing, nothing),
        "her2_known": no, "endocrine_known": no, "chemo_known": no, "year": nothing,
        "dropped": Dropped(np.array([], dtype=str), *[Range(empty, empty)] * 3, *[empty] * 6),
        "constants": {},
    }  # fmt: skip
    return Cohort(**{**given, **fields})


def cares_of(extract: Cohort, **arguments: Any) -> Any:
    given = {"adjuvant": "auto", "strategy": "auto", "era": None, "treated": True}
    return choose(extract, load(), **{**given, **arguments})


# Agreement with itself ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def registry() -> pd.DataFrame:
    """Women simulated as `simulate` does by default, with censoring, as a registry would have them."""
    women = ss.simulate(12_000, seed=23).patients.to_pandas()
    women = women[(women.presentation != "de novo") & (women.age >= 18)]
    follow_up = np.random.default_rng(3).uniform(1, 18, len(women))
    relapse = np.fmin(women.locoregional_at, women.metastatic_at).fillna(np.inf)
    either = np.minimum(relapse, women.died_at)
    table = women.assign(er=women.subtype.str.startswith("HR+").astype(int))
    for name, at, until in (
        ("any", relapse, np.minimum(women.died_at, follow_up)),
        ("recurrence-or-death", either, follow_up),
        ("death", women.died_at, follow_up),
    ):
        table[f"{name} time"] = np.minimum(at, until)
        table[f"{name} event"] = (at <= until).astype(int)
    return table


def extract(registry: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    names = {f"{endpoint} time": "time", f"{endpoint} event": "event"}
    columns = ["patient", "age", "diameter_mm", "positive_nodes", "er", *names]
    return registry[columns].rename(columns=names)


@pytest.mark.slow
@pytest.mark.parametrize(
    "endpoint",
    [
        "any",
        pytest.param("recurrence-or-death", marks=pytest.mark.long),
        pytest.param("death", marks=pytest.mark.long),
    ],
)
def test_a_registry_of_the_model_itself_agrees(registry: pd.DataFrame, endpoint: str) -> None:
    # Each of the two statements fails for one seed in twenty.
    result = match(
        extract(registry, endpoint), women=60_000, seed=1, endpoint=endpoint, time_unit="years"
    )
    overall = result.summary["calibration"]["overall"]
    assert overall["low"] < 1 < overall["high"], result.sentence
    assert not result.summary["curve_test"]["differ"], result.sentence
    assert "2013+, the default" in result.sentence
    assert ("strategy 2022, the default" in result.sentence) == (endpoint == "death")


@pytest.mark.slow
def test_untreated_metastases_are_another_registry(registry: pd.DataFrame) -> None:
    """The strategy reaches the deaths: without therapy more women die than did."""
    table = extract(registry, "death")
    result = match(table, women=60_000, endpoint="death", time_unit="years", strategy="untreated")
    assert result.summary["calibration"]["overall"]["high"] < 1
    assert "metastases not treated" in result.sentence


# The test of the curves -----------------------------------------------------------------------------


def compared(registry: Women, simulated: Women) -> Any:
    return prepare(registry, simulated, stratify(registry, simulated), 1)


def test_the_curve_test_raises_a_false_alarm_as_often_as_it_says() -> None:
    alarms, rejections = 0, 0
    for seed in range(200):
        # Few simulated women, so that their Monte-Carlo error counts.
        simulated = simulated_women(patients(12_000, 5_000 + seed), "any")
        test = curve_test(compared(registry_of(400, 1_000 + seed), simulated), 500)
        alarms += test.differ
        rejections += test.p < 0.5
    # Binomial(200, 0.05): outside 2 to 20 for 4 seeds in 1000; Binomial(200, 0.5): 79 to 121 likewise.
    assert 2 <= alarms <= 20
    assert 75 <= rejections <= 125


def test_curves_that_cross_are_told_though_the_numbers_agree() -> None:
    simulated = simulated_women(patients(60_000, 11), "any")
    found = registry_of(4_000, 5)
    # Relapses come early: those of the second to sixth year fall into the second.
    moved = found.event & (found.time > 2) & (found.time < 6)
    early = replace(found, time=np.where(moved, 1 + (found.time - 2) / 4, found.time))
    comparison = compared(early, simulated)
    test = curve_test(comparison)
    assert test.differ
    assert test.p == pytest.approx(1 / (test.draws + 1))
    assert 1 < test.year < 4
    assert test.observed > test.expected + 30


def test_the_curve_test_is_that_of_kolmogorov_in_the_limit() -> None:
    """Of many events and no Monte-Carlo error the distribution is that of sup |Brownian motion|."""
    found = registry_of(2_000, 5)
    comparison = compared(found, simulated_women(patients(60_000, 11), "any"))
    test = curve_test(comparison, 4_000)
    ratio = comparison.ratio(np.ones(len(found), dtype=np.bool_))
    largest = abs(test.observed - test.expected) / np.sqrt(ratio.expected + ratio.expected_se**2)
    k = np.arange(200)
    terms = (-1.0) ** k / (2 * k + 1) * np.exp(-(((2 * k + 1) * np.pi / largest) ** 2) / 8)
    # Months instead of continuous time lower the supremum a little.
    assert test.p == pytest.approx(1 - 4 / np.pi * terms.sum(), abs=0.05)


# Intervals and their Monte-Carlo error --------------------------------------------------------------


def test_the_interval_of_a_ratio_holds_the_monte_carlo_error() -> None:
    exact = _ratio(1, 1.0, 100, 100.0, 0.0)
    wide = _ratio(1, 1.0, 100, 100.0, 10.0)
    assert exact.low > wide.low
    # Two independent relative errors of a tenth: 1.96·√2/10 on the logarithmic scale.
    assert np.log(wide.high) == pytest.approx(1.96 * np.hypot(0.1, 0.1), rel=0.05)
    assert np.log(wide.low) == pytest.approx(-1.96 * np.hypot(0.1, 0.1), rel=0.05)
    nothing = _ratio(1, 1.0, 0, 10.0, 1.0)
    assert nothing.low == 0
    assert nothing.high == pytest.approx(0.3689 * np.exp(0.196), rel=1e-3)


def test_the_error_of_expected_events_knows_that_women_stand_in_two_strata() -> None:
    found = registry_of(500, 4)
    levels = found.levels.copy()
    levels[::2, HER2] = 0
    found = replace(found, levels=levels)
    everyone = np.ones(len(found), dtype=np.bool_)
    expected, stated = [], []
    for seed in range(60):
        simulated = simulated_women(patients(6_000, 300 + seed), "any", her2=(True, True))
        ratio = compared(found, simulated).ratio(everyone)
        expected.append(ratio.expected)
        stated.append(ratio.expected_se)
    # A standard deviation of 60 values has an error of 9 %: three of those fail for 3 in 1000.
    # Taken for independent, the strata would give 0.75 of it.
    assert np.std(expected, ddof=1) == pytest.approx(np.mean(stated), rel=0.25)


# Follow-up ------------------------------------------------------------------------------------------


def test_follow_up_is_the_reverse_kaplan_meier_estimate() -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import qth_survival_time

    random = np.random.default_rng(1)
    followed, event_at = random.uniform(1, 16, 3_000), random.exponential(6, 3_000)
    time, event = np.minimum(followed, event_at), event_at < followed
    found = follow_up_quartiles(time, event)
    reverse = KaplanMeierFitter().fit(time, ~event)
    for share, value in zip((0.75, 0.5, 0.25), found, strict=True):
        assert value == pytest.approx(qth_survival_time(share, reverse.survival_function_))
    # It recovers the follow-up that was planned, 8.5 years; the plain median of times does not.
    assert found[1] == pytest.approx(8.5, abs=0.5)
    assert np.median(time) < 5


def test_follow_up_by_hand() -> None:
    # Of four women one has the event at 2 years; censored at 1, 2 and 4. 3/4 are left after 1; at 2
    # two are at risk of being censored (the event came first), of whom one is: 3/8; at 4 none.
    found = follow_up_quartiles(np.array([1.0, 2.0, 2.0, 4.0]), np.array([0, 1, 0, 0], dtype=bool))
    assert found == (1.0, 2.0, 4.0)
    assert follow_up_quartiles(np.array([1.0, 2.0]), np.array([True, True])) == (None, None, None)


# Treatment ------------------------------------------------------------------------------------------


def test_what_is_not_known_is_not_taken_as_not_given() -> None:
    women = 6
    known = np.array([True, True, True, False, False, True])
    flags = np.array([True, False, True, False, False, True])
    er = np.array([True, True, False, True, False, True])
    found = cares_of(
        cohort(
            women, er=er, endocrine=flags, endocrine_known=known, chemo=~flags & known,
            chemo_known=np.array([True, True, True, False, False, False]),
        ),
        era=1995,
        treated=False,
    )  # fmt: skip
    assert [found.cares[i].therapy for i in found.of] == [
        "endocrine", "chemo", "none", "not known", "not known", "endocrine (chemo not known)",
    ]  # fmt: skip
    assert [found.cares[i].adjuvant for i in found.of] == [
        "endocrine-5y", "chemo", "none", "1990s", "1990s", "1990s",
    ]  # fmt: skip
    assert (found.known, found.partly, found.unknown, found.disregarded) == (3, 1, 2, 1)
    words = headline(found, "none")
    assert "2 whose adjuvant therapy is not known and 1 of whom a part of it is" in words
    assert "1990s, by the year stated" in words


def test_simulated_women_are_taken_by_what_is_known() -> None:
    had = ["none", "endocrine", "chemo", "chemo+endocrine", "chemo+endocrine+trastuzumab"]

    def taken(endocrine: bool | None, chemo: bool | None, exactly: bool = False) -> list[str]:
        care = Care(endocrine, chemo, "2000s", exactly, "untreated")
        return [therapies for therapies in had if care.takes(therapies.split("+"))]

    assert taken(None, None) == had
    assert taken(True, None) == ["endocrine", "chemo+endocrine", "chemo+endocrine+trastuzumab"]
    assert taken(None, False) == ["none", "endocrine"]
    assert taken(True, True) == ["chemo+endocrine", "chemo+endocrine+trastuzumab"]
    assert taken(True, True, exactly=True) == ["chemo+endocrine"]


@pytest.mark.parametrize(
    "year, adjuvant, strategy",
    [
        (1960, "none", "pre-2013"), (1978, "1978-1993", "pre-2013"), (1989, "1978-1993", "pre-2013"),
        (1990, "1990s", "pre-2013"), (2009, "2000s", "pre-2013"), (2012, "2000s", "pre-2013"),
        (2013, "2013+", "2013-2016"), (2017, "2013+", "2017-2021"), (2024, "2013+", "2022"),
        (2030, "2013+", "2025"), (np.nan, "2013+", "2022"),
    ],
)  # fmt: skip
def test_policies_are_those_of_the_year_of_diagnosis(
    year: float, adjuvant: str, strategy: str
) -> None:
    care = cares_of(cohort(1, year=np.array([float(year)]))).cares[0]
    assert (care.adjuvant, care.strategy) == (adjuvant, strategy)


def test_stated_policies_hold_for_all_and_the_year_for_what_is_left() -> None:
    years = cohort(3, year=np.array([1985.0, 2015.0, np.nan]))
    found = cares_of(years, era=2018)
    assert [found.cares[i].strategy for i in found.of] == ["pre-2013", "2013-2016", "2017-2021"]
    found = cares_of(years, strategy="2025", adjuvant="chemo")
    assert {(c.adjuvant, c.strategy) for c in found.cares} == {("chemo", "2025")}
    with pytest.raises(InputError, match=r"1990s"):
        cares_of(years, adjuvant="1990")
    with pytest.raises(InputError, match="era: 85 is out of range"):
        cares_of(years, era=85)
    # A name that is none is told also where the strategy does not bear on the endpoint.
    for treated in (True, False):
        with pytest.raises(InputError, match="2023"):
            cares_of(years, strategy="2023", treated=treated)


def test_a_default_that_nobody_asked_for_is_said_to_be_a_guess() -> None:
    assert cares_of(cohort()).guessed == ("2013+", "2022")
    assert cares_of(cohort(), treated=False).guessed == ("2013+",)
    assert cares_of(cohort(), adjuvant="none").guessed == ("2022",)
    assert cares_of(cohort(), adjuvant="none", strategy="2025").guessed == ()
    assert cares_of(cohort(), era=1999).guessed == ()


def test_in_times_with_trastuzumab_women_of_known_therapy_are_from_the_era_itself() -> None:
    flags = np.array([True, False])
    both = np.array([True, True])
    extract = cohort(2, endocrine=flags, endocrine_known=both, chemo=~flags, chemo_known=both)
    modern = cares_of(extract, era=2015, treated=False)
    assert {care.adjuvant for care in modern.cares} == {"2013+"}
    assert not any(care.exactly for care in modern.cares)
    assert "trastuzumab by the policy of the time" in headline(modern, "none")
    assert set(ARMS.values()) <= set(load().policies.adjuvant)


def test_bands_that_reach_over_two_of_the_comparison_are_counted() -> None:
    def ranges(*pairs: tuple[float, float]) -> Range:
        return Range(np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]))

    within = cohort(
        2, age_range=ranges((40, 50), (70, np.inf)), size_mm=ranges((0, 20), (20, 50)),
        node_count=ranges((1, 3), (10, np.inf)),
    )  # fmt: skip
    assert straddling(within) == {}
    assert straddling(cohort(2)) == {}
    over = replace(
        within, age_range=ranges((45, 55), (60, 60)), size_mm=ranges((15, 25), (30, 60)),
        node_count=ranges((0, 2), (2, 2)),
    )  # fmt: skip
    assert straddling(over) == {"age": 1, "size": 2, "nodes": 1}


# Rows set apart -------------------------------------------------------------------------------------


def dropped(positive: int, negative: int, kind: str = MISSING) -> Dropped:
    rows = positive + negative
    nodes = np.concatenate([np.full(positive, 3.0), np.zeros(negative)])
    nothing = np.full(rows, np.nan)
    unknown = Range(nothing, nothing)
    return Dropped(
        np.full(rows, kind), Range(np.full(rows, 60.0), np.full(rows, 60.0)), unknown,
        Range(nodes, nodes), *[nothing] * 6,
    )  # fmt: skip


def test_rows_set_apart_by_nodes_are_told() -> None:
    nodes = np.array([0.0] * 87 + [2.0] * 13)
    kept = cohort(100, node_count=Range(nodes, nodes))
    found = {one.name: one for one in kept_and_dropped(replace(kept, dropped=dropped(45, 5)))}
    assert set(found) == {"age", "node-positive"}
    assert (found["node-positive"].kept, found["node-positive"].dropped) == (0.13, 0.9)
    assert found["node-positive"].differs
    assert found["age"].p == 1.0
    # As many as among the kept, or of men and others who ought to differ: nothing to say.
    same = kept_and_dropped(replace(kept, dropped=dropped(6, 44)))
    assert not any(one.differs for one in same)
    assert kept_and_dropped(replace(kept, dropped=dropped(45, 5, NOT_COMPARED))) == []
    assert kept_and_dropped(kept) == []


def test_kept_and_dropped_differ_by_chance_as_seldom_as_they_should() -> None:
    random = np.random.default_rng(8)
    told = 0
    for _ in range(300):
        nodes = (random.uniform(size=260) < 0.4).astype(float)
        apart = nodes[200:]
        made = replace(
            cohort(200, node_count=Range(nodes[:200], nodes[:200])),
            dropped=dropped(int(apart.sum()), int(len(apart) - apart.sum())),
        )
        told += any(one.differs for one in kept_and_dropped(made))
    # At most 5 %, and less by Bonferroni's and Fisher's caution: over 27 for 3 seeds in 1000.
    assert told <= 27


# What is refused, and frames ------------------------------------------------------------------------


def frame(women: int, events: int, years: float = 5.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": 60, "size": 15, "nodes": 0, "er": 1, "time": years,
            "event": [1] * events + [0] * (women - events),
        }
    )  # fmt: skip


def never(*policies: str) -> pa.Table:
    raise AssertionError(policies)


@pytest.mark.parametrize(
    "table, words",
    [
        (frame(10, 5), "10 women can be compared; at least 30 are needed"),
        (frame(40, 0), "no woman has the event by event; is it the column of the endpoint"),
    ],
)
def test_too_little_for_a_headline_is_refused_before_anything_is_simulated(
    table: pd.DataFrame, words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        match(table, time_unit="years", simulated_cohorts=never)
    assert str(caught.value).startswith("data frame: ")
    assert "\n" not in str(caught.value)


def test_too_few_events_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"3 events where \d\.\d are expected; at least 10 of either"
    ):
        match(
            frame(40, 3, 0.5), time_unit="years", simulated_cohorts=lambda *_: patients(20_000, 1)
        )


def test_no_events_where_many_are_expected_but_one_is_a_finding() -> None:
    result = match(
        frame(2_000, 1, 6.0), time_unit="years", simulated_cohorts=lambda *_: patients(40_000, 1)
    )
    assert result.summary["calibration"]["overall"]["high"] < 0.1


@pytest.mark.parametrize(
    "make", [lambda t: t, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "Arrow"]
)
def test_a_frame_is_read_like_its_file(tmp_path: Path, make: Any) -> None:
    found = registry_of(600, 5)
    table = pd.DataFrame(
        {
            "age": np.array([40, 60, 75])[found.levels[:, 5]],
            "size": np.array(["<=20", "20-50", ">50"])[found.levels[:, 0]],
            "nodes": np.array([0, 2, 5, 12])[found.levels[:, 1]],
            "er": found.levels[:, 3].astype(bool),
            "time": found.time,
            "event": found.event,
        }
    )
    path = tmp_path / "registry.csv"
    table.assign(er=table.er.astype(int), event=table.event.astype(int)).to_csv(path, index=False)
    arguments: Any = {
        "adjuvant": "none", "time_unit": "years", "women": 60_000,
        "simulated_cohorts": lambda *_: patients(60_000, 11),
    }  # fmt: skip
    from_file, from_frame = match(path, **arguments), match(make(table), **arguments)
    assert from_frame.summary["file"] == "data frame"
    assert {**from_frame.summary, "file": ""} == {**from_file.summary, "file": ""}


def test_faults_of_a_frame_are_told_by_its_rows() -> None:
    table = frame(40, 12)
    table.loc[2, "age"] = 7
    with pytest.raises(InputError, match=r"data frame, row 3: age is 7: allowed 18 to 110 years"):
        match(table, time_unit="years", simulated_cohorts=never)
    with pytest.raises(InputError, match=r"data frame, the column names: .*no column for nodes"):
        match(table.drop(columns="nodes"), time_unit="years", simulated_cohorts=never)
    with pytest.raises(InputError, match="path=3: must be the path of a CSV file or a data frame"):
        match(3)


def test_the_headline_tells_both_the_number_and_the_curves(tmp_path: Path) -> None:
    found = registry_of(4_000, 5)
    moved = found.event & (found.time > 2) & (found.time < 6)
    early = replace(found, time=np.where(moved, 1 + (found.time - 2) / 4, found.time))
    path = write_extract(tmp_path / "registry.csv", early)
    cohorts = lambda *_: patients(60_000, 11, rate=0.048)  # noqa: E731
    result = match(path, adjuvant="none", simulated_cohorts=cohorts, time_unit="years")
    overall = result.summary["calibration"]["overall"]
    assert overall["low"] < 1 < overall["high"]
    assert f"observed/expected {overall['ratio']:.2f}" in result.sentence
    assert f"{overall['expected']:.1f} ± {overall['expected_se']:.1f}" in result.sentence
    assert "The curves differ by more than chance allows" in result.sentence
    page = result.report(tmp_path / "report.html").read_text(encoding="utf-8")
    verdict = page.split('<p class="big">')[1].split("</p>")[0]
    assert "is what the model expects, within chance, but the curves differ by more" in verdict
    assert "reverse Kaplan-Meier" in page
