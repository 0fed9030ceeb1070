"""Power, sample size and looks of a trial: against closed forms, on exponential times; and the command."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import norm

import seedsoil as ss
from kernels import FALSE_ALARM, binomial_p, packaged
from pages import charts_of, words_of
from seedsoil.catalog import load_trial
from seedsoil.catalog.trials import LATEST_CUT
from seedsoil.cli.app import main
from seedsoil.errors import DataErrors, InputError
from seedsoil.trials.arms import ArmOutcomes, Conduct, EventCut
from seedsoil.trials.design import designed, model_ratio, sized
from seedsoil.trials.endpoints import conduct
from seedsoil.trials.enrolment import enrol
from seedsoil.trials.planned import _interval, look_results
from seedsoil.trials.power import Plan, Powered, allocated, power_at
from seedsoil.trials.readout import analysis, cut_dates, event_dates
from seedsoil.trials.replicates import draws, expected, replicate
from seedsoil.trials.spending import boundaries, crossing
from seedsoil.trials.words import conduct_words

if TYPE_CHECKING:
    from pathlib import Path

# So many women that the error of drawing from them is small beside that of the trials.
SIZE = 200_000
RATE = math.log(2.0)  # a median of one year
EQUAL = {"new": 250, "old": 250}
TWO_TO_ONE = {"new": 340, "old": 170}
INTERIM = (1 / 3, 2 / 3, 1.0)


def outcomes(rate: float, seed: int, size: int = SIZE) -> ArmOutcomes:
    rng = np.random.default_rng(seed)
    time = rng.exponential(1.0 / rate, size)
    return ArmOutcomes(
        pfs_time=time,
        pfs_event=np.ones(size, np.bool_),
        os_time=time + rng.exponential(1.0, size),
        os_event=np.ones(size, np.bool_),
        response=np.zeros(size, np.int64),
        responded_at=np.full(size, np.nan),
        measurable=np.ones(size, np.bool_),
    )


def two_arms(hr: float) -> dict[str, ArmOutcomes]:
    return {"new": outcomes(hr * RATE, 1), "old": outcomes(RATE, 2)}


def plan(n: dict[str, int], events: int, at: tuple[float, ...] = (1.0,), **changes: Any) -> Plan:
    spend = changes.pop("efficacy", "obrien-fleming")
    futility = changes.pop("futility", "none")
    given: dict[str, Any] = {"accrual": 1.0, "follow_up": 40.0, "cut": EventCut("pfs", events, n)}
    run = Conduct(**(given | changes.pop("conduct", {})))
    return Plan(
        "TEST", "pfs", ("new", "old"), n, run, boundaries(at, 0.025, spend, futility), **changes
    )


def drift(hr: float, events: float, n: dict[str, int]) -> float:
    """The expected Z of the log-rank test by Schoenfeld 1981."""
    p = n["new"] / sum(n.values())
    return -math.log(hr) * math.sqrt(events * p * (1.0 - p))


# ---------------------------------------------------------------- power


@pytest.mark.parametrize("n, events", [(EQUAL, 330), (EQUAL, 120), (TWO_TO_ONE, 330)])
def test_power_against_schoenfeld_and_freedman(n: dict[str, int], events: int) -> None:
    """Biometrika 1981;68:316 and Stat Med 1982;1:121; they differ by about one point from one another."""
    hr = 0.7
    found = power_at(two_arms(hr), plan(n, events), sum(n.values()), seed=1, replicates=4000)
    k = n["new"] / n["old"]
    schoenfeld = norm.cdf(drift(hr, events, n) - norm.ppf(0.975))
    freedman = norm.cdf(math.sqrt(events * k) * (1 - hr) / (1 + k * hr) - norm.ppf(0.975))
    low, high = sorted((schoenfeld, freedman))
    assert low - 5.0 * found.chance < found.power < high + 5.0 * found.chance
    assert 0.001 < found.chance < 0.01


@pytest.mark.parametrize("spend", ["obrien-fleming", "pocock"])
def test_stops_at_each_look_against_the_integral(spend: str) -> None:
    hr, events = 0.72, 300
    tested = plan(EQUAL, events, INTERIM, efficacy=spend)
    found = power_at(two_arms(hr), tested, 500, seed=2, replicates=4000)
    assert [look.events for look in found.looks] == [100, 200, 300]
    above, _ = crossing(
        INTERIM, tested.boundaries.efficacy, [-math.inf] * 3, drift(hr, events, EQUAL)
    )
    for look, expect in zip(found.looks, above, strict=True):
        # Schoenfeld's drift is itself good to a point or two
        assert float(look.efficacy.mean()) == pytest.approx(expect, abs=0.025)
        assert look.reached.all()
    assert found.power == pytest.approx(sum(above), abs=0.02)


@pytest.mark.parametrize("spend", ["obrien-fleming", "pocock"])
def test_the_error_is_kept_where_the_arms_do_not_differ(spend: str) -> None:
    tested = plan(TWO_TO_ONE, 300, INTERIM, efficacy=spend)
    found = power_at(two_arms(1.0), tested, 510, seed=3, replicates=6000)
    shown = round(6000 * found.power)
    assert binomial_p(shown, 6000, 0.025) > FALSE_ALARM


def test_futility_stops_trials_that_go_nowhere() -> None:
    arms = two_arms(1.0)
    spending = power_at(
        arms, plan(EQUAL, 300, INTERIM, futility="obrien-fleming"), 500, seed=4, replicates=2000
    )
    b = boundaries(INTERIM, futility="obrien-fleming")
    _, below = crossing(INTERIM, b.efficacy, b.futility)
    for look, expect in zip(spending.looks, below, strict=True):
        assert float(look.futility.mean()) == pytest.approx(expect, abs=0.05)
    ratio = power_at(
        arms, plan(EQUAL, 300, (0.5, 1.0), futility_hr=(1.0,)), 500, seed=4, replicates=2000
    )
    first = ratio.looks[0]
    assert np.array_equal(first.futility, first.hr >= 1.0)
    assert float(first.futility.mean()) == pytest.approx(0.5, abs=0.06)
    assert not (first.futility & (ratio.looks[1].efficacy | ratio.looks[1].futility)).any()
    assert np.array_equal(ratio.months[first.futility], first.month[first.futility])
    assert (ratio.months <= ratio.looks[1].month).all()


def test_women_for_a_power_against_schoenfeld() -> None:
    hr, arms = 0.7, two_arms(0.7)
    share = 0.66  # of the women have an event by the cut
    tested = plan(EQUAL, round(500 * share))

    def run(size: int) -> Powered:
        return power_at(arms, tested, size, seed=5, replicates=2000)

    both = (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 / share
    schoenfeld, freedman = 4.0 * both / math.log(hr) ** 2, both * ((1.0 + hr) / (1.0 - hr)) ** 2
    assert schoenfeld < freedman < 1.03 * schoenfeld
    _, log_hr_error = model_ratio(
        {name: outcomes(rate, 3, 4000) for name, rate in (("new", hr * RATE), ("old", RATE))},
        tested,
        1,
    )
    points, size = sized(run, [250, 500, 750], 0.8, 0.0, SIZE)
    assert size.low < freedman
    assert size.high > schoenfeld
    assert size.high - size.low < 60
    assert size.women == pytest.approx(freedman, rel=0.06)
    near = min(points, key=lambda point: abs(point.women - size.women))
    assert near.power == pytest.approx(0.8, abs=0.05)
    # doubt about the women that are drawn from widens it
    wide = sized(run, [250, 500], 0.8, log_hr_error, SIZE)[1]
    assert wide.high - wide.low > size.high - size.low
    assert "more than the 300 eligible" in sized(run, [250, 500], 0.99, 0.0, 300)[1].reason


def test_no_number_of_women_gives_power_to_a_drug_that_does_nothing() -> None:
    arms = two_arms(1.0)
    tested = plan(EQUAL, 300)
    points, size = sized(
        lambda n: power_at(arms, tested, n, seed=1, replicates=500),
        [250, 500, 1000],
        0.9,
        0.0,
        SIZE,
    )
    assert len(points) == 3
    assert math.isnan(size.women)
    assert "does not grow" in size.reason


def test_women_are_allocated_as_planned() -> None:
    assert allocated({"new": 200, "old": 100}, 100) == {"new": 67, "old": 33}
    assert allocated({"a": 1, "b": 1, "c": 1}, 10) == {"a": 4, "b": 3, "c": 3}
    found = power_at(two_arms(0.7), plan(TWO_TO_ONE, 306), 300, seed=1, replicates=100)
    assert found.n == {"new": 200, "old": 100}
    assert found.looks[-1].events == 180


# ---------------------------------------------------------------- conduct


def test_the_date_of_an_event_against_order_statistics() -> None:
    """With nobody entering late or lost, the date of the kth of n exponential times has a known mean."""
    arms = {"new": outcomes(RATE, 1), "old": outcomes(RATE, 2)}
    run = Conduct(accrual=0.0, follow_up=100.0, cut=EventCut("pfs", 150, EQUAL))
    drawn = next(draws(EQUAL, SIZE, trial="T", seed=1, replicates=256))
    found = analysis(arms, run, drawn, "pfs", ("new", "old"))
    expect = sum(1.0 / (RATE * (500 - i)) for i in range(150))
    sd = math.sqrt(sum(1.0 / (RATE * (500 - i)) ** 2 for i in range(150)))
    assert float(found.cut.mean()) == pytest.approx(expect, abs=5.0 * sd / math.sqrt(256) + 0.002)
    assert float(found.cut.std()) == pytest.approx(sd, rel=0.25)
    # the same woman may be drawn twice, and then has two events at once
    assert (found.events >= 150).all()
    assert float(found.events.mean()) < 150.1


def test_a_cut_at_events_counts_just_those() -> None:
    """Also with accrual, loss to follow-up and events that are only seen at scans."""
    arms = two_arms(0.7)
    scans = {
        name: replace(arm, pfs_time=np.ceil(arm.pfs_time * 6.0) / 6.0) for name, arm in arms.items()
    }
    for used in (arms, scans):
        for curve in ("pfs", "os"):
            run = Conduct(1.5, 40.0, 0.05, 1.0 / 6.0, (1.0, 3.0), EventCut(curve, 201, TWO_TO_ONE))
            drawn = next(draws(TWO_TO_ONE, SIZE, trial="T", seed=1, replicates=50))
            found = analysis(used, run, drawn, curve, ("new", "old"))
            dates = event_dates(used, run, drawn)
            assert ((dates <= found.cut[:, None]).sum(axis=1) == found.events).all()
            assert (found.events == 201).all()


def test_events_that_are_not_reached_are_cut_at_the_latest() -> None:
    run = Conduct(1.0, 1.2, 0.0, 0.0, (), EventCut("pfs", 480, EQUAL))
    drawn = next(draws(EQUAL, SIZE, trial="T", seed=1, replicates=20))
    found = analysis(two_arms(0.7), run, drawn, "pfs", ("new", "old"))
    assert (found.cut == 1.2).all()
    assert (found.events < 480).all()
    tested = replace(plan(EQUAL, 480), conduct=run)
    looked = power_at(two_arms(0.7), tested, 500, seed=1, replicates=20).looks[0]
    assert not looked.reached.any()
    assert looked.efficacy.any()  # the last analysis is made all the same


def test_a_look_that_no_trial_reaches_is_shown_as_such() -> None:
    run = Conduct(1.0, 1.2, 0.0, 0.0, (), EventCut("pfs", 480, EQUAL))
    tested = replace(plan(EQUAL, 480, (0.1, 0.9, 1.0)), conduct=run)
    found = look_results(tested, power_at(two_arms(0.7), tested, 500, seed=1, replicates=100))
    assert [row.reached for row in found] == [1.0, 0.0, 0.0]
    assert found[0].month < 14.0
    assert math.isnan(found[1].month)
    assert math.isnan(found[1].hr)
    assert found[1].efficacy == found[1].futility == 0.0
    assert found[2].month == pytest.approx(14.4)


def test_women_who_enrol_after_the_cut_are_not_of_it() -> None:
    arms = two_arms(0.7)
    run = Conduct(accrual=3.0, follow_up=40.0, cut=EventCut("pfs", 60, EQUAL))
    found = replicate(arms, EQUAL, run, trial="T", seed=1, replicates=40, reference="old")
    women = found.arms["new"].women + found.arms["old"].women
    assert (women < 500).all()
    assert (women > 100).all()
    all_in = Conduct(accrual=0.0, follow_up=40.0, cut=EventCut("pfs", 60, EQUAL))
    found = replicate(arms, EQUAL, all_in, trial="T", seed=1, replicates=5, reference="old")
    assert (found.arms["new"].women == 250).all()


def test_the_mean_is_cut_when_the_trial_is() -> None:
    """One trial in which every arm holds all women is cut when one of 2 to 1 would be."""
    arms = two_arms(0.4)
    run = Conduct(1.0, 40.0, 0.0, 0.0, (), EventCut("pfs", 300, TWO_TO_ONE))
    drawn = next(draws(TWO_TO_ONE, SIZE, trial="T", seed=1, replicates=200))
    usual = analysis(arms, run, drawn, "pfs", ("new", "old"))
    small = {name: replace_size(arm, 3000) for name, arm in arms.items()}
    mean = expected(small, run, trial="T", seed=1, reference="old", landmarks=(6.0,))
    dates = mean.arms["new"].contrasts["pfs"].hr
    spread = float(np.std(np.log(usual.contrast.hr)) / math.sqrt(200))
    assert math.log(float(dates[0])) == pytest.approx(
        float(np.mean(np.log(usual.contrast.hr))), abs=5.0 * spread + 0.06
    )
    weights = np.repeat([340 / 1000, 170 / 1000], 1000)
    rng = np.random.default_rng(1)
    uniform = rng.uniform(size=(1, 2000))
    # 40 % of the weight of all is reached at the 40 % point of dates that are alike in the arms
    assert float(cut_dates(uniform, 0.4 * 510, weights)[0]) == pytest.approx(0.4, abs=0.05)


def replace_size(arm: ArmOutcomes, size: int) -> ArmOutcomes:
    names = (
        "pfs_time",
        "pfs_event",
        "os_time",
        "os_event",
        "response",
        "responded_at",
        "measurable",
    )
    return ArmOutcomes(**{name: getattr(arm, name)[:size] for name in names})


def test_uneven_accrual() -> None:
    run = Conduct(accrual=2.0, follow_up=3.0, accrual_rates=(1.0, 0.0, 3.0, 4.0))
    uniform = np.array([0.0, 0.0625, 0.125 + 1e-12, 0.3125, 0.5, 0.75, 1.0])
    assert run.entered(uniform) == pytest.approx([0.0, 0.25, 1.0, 1.25, 1.5, 1.75, 2.0])
    even = Conduct(accrual=2.0, follow_up=3.0, accrual_rates=(2.0, 2.0))
    assert even.entered(uniform) == pytest.approx(2.0 * uniform)
    for rates in ((0.0, 0.0), (-1.0, 2.0)):
        with pytest.raises(InputError, match="accrual_rates"):
            Conduct(accrual=2.0, follow_up=3.0, accrual_rates=rates)


def test_the_last_look_is_that_of_the_trial() -> None:
    """`trial` and `design` draw the same trials."""
    arms = two_arms(0.7)
    tested = plan(EQUAL, 300, INTERIM)
    found = power_at(arms, tested, 500, seed=9, replicates=300)
    same = replicate(
        arms, EQUAL, tested.conduct, trial="TEST", seed=9, replicates=300, reference="old"
    )
    assert np.array_equal(found.looks[-1].hr, same.endpoint("pfs_hr", "new"))


# ---------------------------------------------------------------- files

TRIAL = """
name = "my-trial"
year = 2026
role = "validation"
description = "made-up"
eligible = { subtype = ["HR+/HER2-"], line = "1" }
adjuvant = "2013+"
before = "2022"
after = "2022"
scan_weeks = 8
accrual_months = 18
cut = { events = 45 }
dropout = 0.03
hr_reference = "control"
[looks]
at = [0.5]
[[arm]]
name = "new"
regimen = "palbociclib-letrozole"
n = 40
[[arm]]
name = "control"
regimen = "letrozole"
n = 20
"""


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TRIAL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_with_a_cut_at_events_and_all_enrolled_at_once(tmp_path: Path) -> None:
    found = load_trial(written(tmp_path), packaged())
    assert found.cut is not None
    assert (found.cut.events, found.cut.endpoint) == (45, "pfs")
    assert found.follow_up_months == LATEST_CUT
    assert found.looks is not None
    assert (found.looks.alpha, found.looks.efficacy) == (0.025, "obrien-fleming")
    at_once = ("accrual_months = 18", "accrual_months = 0")
    fixed = ("cut = { events = 45 }", "follow_up_months = 48")
    found = load_trial(written(tmp_path, at_once, fixed, ("at = [0.5]", "")), packaged())
    assert conduct(found).accrual == 0.0
    assert (conduct(found).entered(np.array([0.0, 0.7])) == 0.0).all()
    rates = ("accrual_months = 18", "accrual_months = 18\naccrual_rates = [1, 2, 4.5]")
    found = load_trial(written(tmp_path, rates, ("45 }", '45, endpoint = "os" }')), packaged())
    assert conduct(found).accrual_rates == (1.0, 2.0, 4.5)
    assert conduct(found).cut == EventCut("os", 45, {"new": 40, "control": 20})


def test_a_hazard_ratio_may_have_no_upper_end() -> None:
    assert _interval(0.8, 0.5, math.inf, 2) == "0.80 (0.50 to ∞)"
    assert _interval(math.nan, 0.5, 0.9, 2) == "–"


def test_how_a_trial_is_run_in_words(tmp_path: Path) -> None:
    found = load_trial(written(tmp_path), packaged())
    assert conduct_words(found) == (
        "accrual over 18 months; data cut at 45 events (progression or death), and 240 months after "
        "the first enrolment at the latest"
    )
    changed = {"accrual_months": 0.0, "cut": None, "follow_up_months": 48.0}
    assert conduct_words(found.model_copy(update=changed)) == (
        "all enrol at once; data cut 48 months after the first enrolment"
    )


@pytest.mark.parametrize(
    "old, new, parts",
    [
        ("accrual_months = 18", "accrual_months = -1", ["accrual_months", "-1"]),
        ("accrual_months = 18", "accrual_months = 0\naccrual_rates = [1]", ["all enrol at once"]),
        ("accrual_months = 18", "accrual_months = 9\naccrual_rates = [0]", ["above 0"]),
        (
            "accrual_months = 18",
            "accrual_months = 9\naccrual_rates = [-1]",
            ["accrual_rates 1", "-1"],
        ),
        ("events = 45", "events = 61", ["61 events", "60 women"]),
        ("events = 45", "events = 0", ["cut.events", "0"]),
        ("events = 45", 'events = 45, endpoint = "ps"', ["'ps'", "did you mean 'pfs'?"]),
        ("cut = { events = 45 }", "follow_up_months = 48", ["looks: at", "add cut"]),
        ("at = [0.5]", "at = [0.5, 0.4]", ["looks: at", "must ascend"]),
        ("at = [0.5]", "at = [1.0]", ["looks.at 1", "1.0"]),
        ("at = [0.5]", "at = [0.01]", ["no event yet"]),
        ("at = [0.5]", "at = [0.5]\nalpha = 1.0", ["looks.alpha", "1.0"]),
        ("at = [0.5]", "at = [0.5]\nalpha = 0.0", ["looks.alpha", "0.0"]),
        ("at = [0.5]", 'at = [0.5]\nefficacy = "pokock"', ["'pokock'", "did you mean 'pocock'?"]),
        ("at = [0.5]", "at = [0.5]\nfutility_hr = [1.0, 1.0]", ["futility_hr has 2", "1 looks"]),
        ("at = [0.5]", 'at = [0.5]\nfutility_hr = [1.0]\nfutility = "pocock"', ["one of the two"]),
    ],
)
def test_what_a_file_gets_wrong_is_said(
    tmp_path: Path, old: str, new: str, parts: list[str]
) -> None:
    with pytest.raises(DataErrors) as caught:
        load_trial(written(tmp_path, (old, new)), packaged())
    lines = caught.value.problems
    assert len(lines) == 1, lines
    assert all(part in lines[0] for part in ["mine.toml", *parts]), lines


# ---------------------------------------------------------------- the command and the API


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = written(tmp_path), tmp_path / "design"
    options = ["--women", "4000", "--replicates", "200", "--n", "50,100", "--threads", "1"]
    assert main(["design", str(path), *options, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "With 60 women (20 control and 40 new) and the last look at 45 events" in said
    assert "not advice for any one person" in said
    looks = pq.read_table(out / "looks.parquet").to_pylist()
    assert [row["events"] for row in looks] == [22, 45]
    assert looks[0]["z_efficacy"] == pytest.approx(2.9626, abs=1e-3)
    assert looks[0]["month"] < looks[1]["month"]
    powers = pq.read_table(out / "power.parquet").to_pylist()
    assert {50, 60, 100} <= {row["women"] for row in powers}
    assert all(0.0 < row["error"] < 0.2 for row in powers)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert len(charts_of(page)) == 3
    assert "advice" in words_of(page)
    assert main(["design", str(path), *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["power"] == pytest.approx(sum(row["efficacy"] for row in looks))
    assert found["powers"] == powers


def test_the_result(tmp_path: Path) -> None:
    spec = load_trial(written(tmp_path), packaged())
    women = enrol(packaged(), spec, women=4000, threads=1)
    common: dict[str, Any] = {"n": None, "power": 0.8, "endpoint": None, "arm": None}
    found = designed(women, seed=1, replicates=150, catalog=packaged(), **common)
    again = ss.design(spec, women=4000, replicates=150, power=0.8, threads=2, catalog=packaged())
    assert again.table() == found.table()
    assert again.sentence == found.sentence
    assert 0.1 < found.power < 0.9
    assert found.power_error > found.planned.chance
    assert 0.3 < found.hr < 0.8
    assert "Women for" in found.size_sentence or "takes about" in found.size_sentence
    assert list(found.to_pandas()["look"]) == [1, 2]
    assert found.sentence in repr(found)
    assert found.report(tmp_path / "page.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    "arguments, parts",
    [
        (["--n", "200,many"], ["'many'", "200,300,400"]),
        (["--n", "5"], ["n: 5", "10 and more"]),
        (["--n", "900000"], ["900,000 women", "simulate more"]),
        (["--power", "1.5"], ["power: 1.5", "below 1"]),
        (["--endpoint", "os"], ["cut at events of pfs"]),
        (["--endpoint", "pfss"], ["did you mean 'pfs'?"]),
        (["--arm", "control"], ["arm 'control'", "allowed are new"]),
        (["--replicates", "1"], ["replicates: 1", "100 to"]),
    ],
)
def test_what_a_command_gets_wrong_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], parts: list[str]
) -> None:
    path = written(tmp_path)
    assert main(["design", str(path), "--women", "4000", "--threads", "1", *arguments]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("seedsoil: error: ")
    assert all(part in said for part in parts), said
    assert capsys.readouterr().out == ""
