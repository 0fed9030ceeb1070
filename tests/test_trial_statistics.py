"""Batched survival statistics against lifelines and SciPy, and trials drawn from simulated women."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from numpy.typing import NDArray

from kernels import FALSE_ALARM, binomial_p
from seedsoil.errors import InputError
from seedsoil.results.survival import censored_curve
from seedsoil.trials.arms import ArmOutcomes, Conduct, Ratio, Until
from seedsoil.trials.batched_survival import Contrast, compare, curves
from seedsoil.trials.readout import Group
from seedsoil.trials.replicates import (
    Replicates,
    expected,
    expected_groups,
    replicate,
    replicate_groups,
)
from seedsoil.vocabulary import CR, NE, PD, PR, SD

pytestmark = pytest.mark.filterwarnings("ignore:Starting with pandas")  # from within lifelines

# By itself lifelines stops where the likelihood stands still, some 1e-5 from the top.
PRECISE = {"precision": 1e-12, "r_precision": 1e-14}

Batch = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def batch(
    trials: int = 6, patients: int = 150, *, ratio: float = 0.6, ties: float = 2.0, seed: int = 1
) -> Batch:
    """Exponential times rounded up to scans `ties` apart, censored at random."""
    rng = np.random.default_rng(seed)
    arm = (rng.random((trials, patients)) < 0.6).astype(np.int8)
    time = rng.exponential(12.0, (trials, patients)) / np.where(arm == 1, ratio, 1.0)
    if ties > 0.0:
        time = np.ceil(time / ties) * ties
    censored = rng.uniform(0.0, 50.0, (trials, patients))
    censored[:, ::4] = np.ceil(censored[:, ::4])  # some at the very time of an event
    return np.minimum(time, censored), time <= censored, arm


# ---------------------------------------------------------------- against lifelines and SciPy


@pytest.mark.parametrize("ties", [0.0, 0.5, 6.0])
def test_log_rank_and_cox_against_lifelines(ties: float) -> None:
    time, event, arm = batch(ties=ties)
    found = compare(time, event, arm)
    for r in range(time.shape[0]):
        one = arm[r] == 1
        test = logrank_test(time[r][one], time[r][~one], event[r][one], event[r][~one])
        assert found.chi2[r] == pytest.approx(test.test_statistic, rel=1e-6)
        assert found.p[r] == pytest.approx(test.p_value, rel=1e-6)
        data = pd.DataFrame({"time": time[r], "event": event[r], "arm": arm[r]})
        model = CoxPHFitter().fit(data, "time", "event", fit_options=PRECISE)
        row = model.summary.loc["arm"]
        assert found.log_hr[r] == pytest.approx(row["coef"], abs=1e-6)
        assert found.se[r] == pytest.approx(row["se(coef)"], rel=1e-6)
        assert found.hr[r] == pytest.approx(row["exp(coef)"], rel=1e-6)
        assert found.low[r] == pytest.approx(row["exp(coef) lower 95%"], rel=1e-6)
        assert found.high[r] == pytest.approx(row["exp(coef) upper 95%"], rel=1e-6)


def test_stratified_against_lifelines() -> None:
    time, event, arm = batch(ties=3.0, seed=2)
    strata = np.random.default_rng(3).integers(0, 3, time.shape)
    time = np.where(strata == 1, np.ceil(time / 9.0) * 3.0, time)
    found = compare(time, event, arm, strata)
    for r in range(time.shape[0]):
        data = pd.DataFrame(
            {"time": time[r], "event": event[r], "arm": arm[r], "stratum": strata[r]}
        )
        model = CoxPHFitter().fit(data, "time", "event", strata=["stratum"], fit_options=PRECISE)
        row = model.summary.loc["arm"]
        assert found.log_hr[r] == pytest.approx(row["coef"], abs=1e-6)
        assert found.se[r] == pytest.approx(row["se(coef)"], rel=1e-6)
        assert found.chi2[r] == pytest.approx(stratified_log_rank(data), rel=1e-9)


def stratified_log_rank(data: pd.DataFrame) -> float:
    """By the textbook, event time by event time."""
    difference = variance = 0.0
    for _, stratum in data.groupby("stratum"):
        for now in stratum.time[stratum.event].unique():
            at_risk = stratum[stratum.time >= now]
            n, n1 = len(at_risk), int(at_risk.arm.sum())
            now_dead = at_risk[(at_risk.time == now) & at_risk.event]
            d, d1 = len(now_dead), int(now_dead.arm.sum())
            difference += d1 - d * n1 / n
            if n > 1:
                variance += d * (n1 / n) * (1.0 - n1 / n) * (n - d) / (n - 1)
    return difference**2 / variance


def test_one_long_trial_against_lifelines() -> None:
    time, event, arm = batch(1, 20_000, ties=0.1, seed=4)
    found = compare(time[0], event[0], arm[0])
    assert found.hr.shape == ()
    one = arm[0] == 1
    test = logrank_test(time[0][one], time[0][~one], event[0][one], event[0][~one])
    assert float(found.chi2) == pytest.approx(test.test_statistic, rel=1e-6)
    assert float(found.low) < 0.6 < float(found.high)
    assert float(found.se) < 0.02


@pytest.mark.parametrize("ties", [0.0, 1.0, 6.0])
def test_curves_against_lifelines_and_scipy(ties: float) -> None:
    time, event, arm = batch(30, 61, ties=ties, seed=6)
    landmarks = (0.0, 3.0, 6.0, 12.0, 12.5, 24.0)
    for wanted in (0, 1):
        found = curves(time, event, arm, wanted, landmarks)
        for r in range(time.shape[0]):
            mine = arm[r] == wanted
            fitted = KaplanMeierFitter().fit(time[r][mine], event[r][mine])
            known = np.array(landmarks) <= time[r][mine].max()
            survival = fitted.survival_function_at_times(landmarks).to_numpy()
            assert found.at[r][known] == pytest.approx(survival[known], rel=1e-12)
            assert np.isnan(found.at[r][~known]).all() or survival[-1] == 0.0
            single = censored_curve("all", time[r][mine], event[r][mine])
            assert (found.low[r], found.high[r]) == single.median[1:]
            height = fitted.survival_function_at_times(found.median[r]).item()
            if abs(height - 0.5) > 1e-9:  # else rounding decides there, see the next test
                assert found.median[r] == fitted.median_survival_time_ == single.median[0]


def test_a_curve_that_halves_exactly_has_its_median_there() -> None:
    """3/4 x 2/3 is one half, whatever rounding makes of it; and so for longer products."""
    for size in range(2, 60, 2):
        time = np.arange(1.0, size + 1.0)
        found = curves(time, np.ones(size), np.zeros(size))
        assert float(found.median) == size / 2


def test_landmarks() -> None:
    time, arm = np.array([1.0, 2.0, 2.0, 3.0]), np.zeros(4)
    read = curves(time, np.array([1, 1, 0, 0]), arm, 0, (0.5, 1.0, 2.0, 3.0, 3.5)).at
    assert read[:4] == pytest.approx([1.0, 0.75, 0.5, 0.5])
    assert np.isnan(read[4])  # nobody is followed so far
    read = curves(time, np.ones(4), arm, 0, (2.5, 3.0, 9.0)).at
    assert read == pytest.approx([0.25, 0.0, 0.0])  # nobody is left


# ---------------------------------------------------------------- properties

trials = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.integers(0, 1)), min_size=1, max_size=40
)


def columns(patients: list[tuple[int, bool, int]]) -> Batch:
    time, event, arm = zip(*patients, strict=True)
    return np.array(time, np.float64), np.array(event), np.array(arm)


def same(one: Contrast, other: Contrast, *, rel: float = 1e-7) -> bool:
    pairs = ((one.chi2, other.chi2), (one.hr, other.hr), (one.low, other.low), (one.se, other.se))
    return all(np.allclose(a, b, rtol=rel, atol=1e-9, equal_nan=True) for a, b in pairs)


@given(trials)
@settings(deadline=None)
def test_swapped_arms_invert_the_hazard_ratio(patients: list[tuple[int, bool, int]]) -> None:
    time, event, arm = columns(patients)
    one, other = compare(time, event, arm), compare(time, event, 1 - arm)
    assert same(one, Contrast(other.chi2, -other.log_hr, other.se))
    assert np.isnan(one.chi2) or one.chi2 >= 0.0
    if np.isfinite(one.log_hr):
        assert one.low < one.hr < one.high


@given(trials, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_unit_and_those_left_out_do_not_matter(
    patients: list[tuple[int, bool, int]], random: Any
) -> None:
    time, event, arm = columns(patients)
    reference = compare(time, event, arm)
    others = [*patients, *((random.randint(0, 12), random.random() < 0.5, -1) for _ in range(9))]
    random.shuffle(others)
    time_2, event_2, arm_2 = columns(others)
    assert same(reference, compare(7.5 * time_2, event_2, arm_2))
    assert same(reference, compare(time, event, arm, np.full(time.size, 4)))
    marks = (1.0, 5.0, 11.0)
    one, other = curves(time, event, arm, 1, marks), curves(time_2, event_2, arm_2, 1, marks)
    for name in ("median", "low", "high", "at"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    if 1 in arm:
        assert one.low <= one.median <= one.high


def test_nothing_to_compare() -> None:
    time, arm = np.arange(1.0, 11.0), np.arange(10) % 2
    for event, arms in (
        (np.zeros(10), arm),
        (np.ones(10), np.zeros(10)),
        (np.ones(10), np.ones(10)),
    ):
        found = compare(time, event, arms)
        for value in (found.chi2, found.hr, found.se, found.low, found.high, found.p):
            assert np.isnan(value)
    censored = curves(time, np.zeros(10), arm, 1, (5.0,))
    assert np.isinf([censored.median, censored.low, censored.high]).all()
    assert censored.at == 1.0
    absent = curves(time, np.ones(10), np.zeros(10), 1, (5.0,))
    assert np.isnan([absent.median, absent.low, absent.high, *absent.at]).all()


def test_events_in_one_arm_only() -> None:
    time, arm = np.arange(1.0, 21.0), np.arange(20) % 2
    less = compare(time, arm == 0, arm)
    assert less.hr == 0.0
    assert less.low == 0.0
    assert np.isinf(less.high)
    assert less.chi2 > 5.0
    more = compare(time, arm == 1, arm)
    assert np.isinf(more.hr)
    assert more.low == 0.0
    assert np.isinf(more.high)
    assert more.chi2 > 5.0


def test_newtons_method_ends_where_the_hazard_ratio_is_extreme() -> None:
    """One late event in the better arm: the score is 0 there to many digits."""
    time = np.concatenate([np.linspace(1.0, 2.0, 3000), np.linspace(1.9999, 9.0, 3000)])
    arm = np.repeat([1, 0], 3000)
    found = compare(time, np.ones(6000), arm)
    assert 5.0 < found.log_hr < 20.0
    assert same(compare(time, np.ones(6000), 1 - arm), replace(found, log_hr=-found.log_hr))


@pytest.mark.parametrize(
    "time, event, arm",
    [
        (np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 2))),
        (np.ones((2, 2, 3)), np.ones((2, 2, 3)), np.ones((2, 2, 3))),
        (np.array([1.0, np.nan]), np.ones(2), np.ones(2)),
        (np.array([1.0, -1.0]), np.ones(2), np.ones(2)),
    ],
)
def test_arrays_that_are_not_trials(time: Any, event: Any, arm: Any) -> None:
    for work in (compare, curves):
        with pytest.raises(InputError):
            work(time, event, arm)


def test_bad_strata_and_landmarks() -> None:
    time = np.ones(3)
    with pytest.raises(InputError, match="strata"):
        compare(time, time, time, np.array([0, -1, 0]))
    with pytest.raises(InputError, match="strata"):
        compare(time, time, time, np.zeros(2))
    with pytest.raises(InputError, match="ascend"):
        curves(time, time, time, landmarks=(12.0, 6.0))


# ---------------------------------------------------------------- error rates


def test_false_alarms_of_the_log_rank_test() -> None:
    """Under the null 5 % of tied, censored trials have p < 0.05; those of 300 patients are near enough."""
    time, event, arm = batch(4000, 300, ratio=1.0, ties=3.0, seed=7)
    found = compare(time, event, arm)
    assert binomial_p(int((found.p < 0.05).sum()), 4000, 0.05) > FALSE_ALARM
    wald = np.abs(found.log_hr / found.se) > 1.959964
    assert binomial_p(int(wald.sum()), 4000, 0.05) > FALSE_ALARM


def test_the_interval_holds_the_true_hazard_ratio() -> None:
    time, event, arm = batch(4000, 300, ratio=0.6, ties=0.0, seed=8)
    found = compare(time, event, arm)
    holds = (found.low <= 0.6) & (found.high >= 0.6)
    assert binomial_p(int(holds.sum()), 4000, 0.95) > FALSE_ALARM
    mean = float(found.log_hr.mean())
    assert mean == pytest.approx(
        math.log(0.6), abs=5.0 * float(found.log_hr.std()) / 4000**0.5 + 0.005
    )


# ---------------------------------------------------------------- trials drawn from simulated women


def outcomes(
    size: int, median: float, *, seed: int = 1, response: int | None = None
) -> ArmOutcomes:
    rng = np.random.default_rng(seed)
    scale = median / math.log(2.0)
    pfs = rng.exponential(scale, size)
    responses = rng.choice([NE, PD, SD, PR, CR], size, p=[0.05, 0.2, 0.3, 0.35, 0.1])
    if response is not None:
        responses[:] = response
    return ArmOutcomes(
        pfs_time=pfs,
        pfs_event=np.ones(size, np.bool_),
        os_time=pfs + rng.exponential(scale, size),
        os_event=np.ones(size, np.bool_),
        response=responses,
        responded_at=np.where(responses >= PR, 0.25 * pfs, np.nan),
        measurable=rng.random(size) < 0.7,
    )


CONDUCT = Conduct(accrual=1.5, follow_up=5.0, dropout=0.05)
N = {"new": 200, "old": 100}
TRIAL: dict[str, Any] = {
    "trial": "TEST-1", "seed": 3, "reference": "old", "landmarks": (12.0, 24.0, 54.0)
}  # fmt: skip
ENDPOINTS = (
    "pfs_median", "os_median", "dor_median", "pfs_at_12", "os_at_24", "orr", "orr_measurable", "cr",
    "pd_best", "pfs_hr", "os_hr",
)  # fmt: skip


def arms(size: int = 3000) -> dict[str, ArmOutcomes]:
    return {"new": outcomes(size, 1.2, seed=1), "old": outcomes(size, 0.8, seed=2)}


@pytest.fixture(scope="module")
def many() -> Replicates:
    return replicate(arms(), N, CONDUCT, replicates=600, **TRIAL)


def test_replicates_lie_about_the_expected_values(many: Replicates) -> None:
    mean = expected(arms(), CONDUCT, **TRIAL)
    for name in ENDPOINTS:
        values = many.endpoint(name, "new")
        assert values.shape == (600,)
        middle, low, high = many.interval(name, "new")
        assert low < middle < high
        values = values[np.isfinite(values)]
        truth = float(mean.endpoint(name, "new")[0])
        assert abs(values.mean() - truth) < 0.3 * values.std()
    assert (many.arms["new"].women == 200).all()
    assert (many.arms["old"].women == 100).all()
    assert many.arms["old"].contrasts == {}


def test_the_hazard_ratio_comes_out(many: Replicates) -> None:
    """PFS is exponential in both arms: HR 0.8/1.2."""
    log_hr = np.log(many.endpoint("pfs_hr", "new"))
    contrast = many.arms["new"].contrasts["pfs"]
    assert log_hr.mean() == pytest.approx(math.log(0.8 / 1.2), abs=0.05)
    assert log_hr.std() == pytest.approx(float(contrast.se.mean()), rel=0.15)
    big = {"new": outcomes(100_000, 1.2, seed=11), "old": outcomes(100_000, 0.8, seed=12)}
    mean = expected(big, CONDUCT, **TRIAL)
    assert mean.endpoint("pfs_hr", "new")[0] == pytest.approx(0.8 / 1.2, abs=0.02)
    assert mean.endpoint("pfs_median", "new")[0] == pytest.approx(14.4, abs=0.4)


def test_trials_do_not_depend_on_how_many_follow(many: Replicates) -> None:
    few = replicate(arms(), N, CONDUCT, replicates=5, **TRIAL)
    for arm, name in [(a, e) for a in N for e in ENDPOINTS if not (a == "old" and "hr" in e)]:
        np.testing.assert_array_equal(few.endpoint(name, arm), many.endpoint(name, arm)[:5])
    for change in ({"seed": 4}, {"trial": "TEST-2"}):
        other = replicate(arms(), N, CONDUCT, replicates=5, **(TRIAL | change))
        assert not np.any(other.endpoint("pfs_hr", "new") == few.endpoint("pfs_hr", "new"))


def test_spread_is_that_of_a_trial_in_all_such_women() -> None:
    """Even where a trial is as large as the simulated population: sd of a share sqrt(p(1-p)/n)."""
    population = outcomes(300, 1.0)
    p = float((population.response >= PR).mean())
    found = replicate(
        {"only": population}, {"only": 300}, Conduct(0.0, 1000.0), trial="T", seed=1,
        replicates=2000,
    )  # fmt: skip
    orr = found.endpoint("orr", "only")
    assert orr.std() == pytest.approx(math.sqrt(p * (1.0 - p) / 300), rel=5.0 / math.sqrt(4000))
    assert orr.mean() == pytest.approx(p, abs=5.0 * orr.std() / math.sqrt(2000))
    single = curves(population.os_time, population.os_event, np.zeros(300))
    mean = expected({"only": population}, Conduct(0.0, 1000.0), trial="T", seed=1, resamples=200)
    assert mean.endpoint("os_median", "only")[0] == pytest.approx(12.0 * single.median, abs=0.02)
    error = mean.endpoint("orr", "only")[1:].std()
    assert error == pytest.approx(math.sqrt(p * (1.0 - p) / 300), rel=5.0 / math.sqrt(400))


def test_further_endpoints_and_groups() -> None:
    """Times, shares, medians and correlations that a trial adds; groups are of the same trials."""
    size = 400
    base = outcomes(size, 1.0)
    half = np.arange(size) % 2 == 0
    women = replace(
        base,
        further={"chemo_free": Until(base.os_time, base.os_event)},
        ratios={"treated": Ratio(base.pfs_time, base.os_time, np.zeros(size)),
                "late": Ratio(np.ones(size, np.bool_), half, np.full(size, 99.0))},
        medians={"lines": np.where(half, 2.0, 4.0)},
        correlations={"same": (base.pfs_time, base.pfs_time**2)},
    )  # fmt: skip
    arms = {"a": women, "b": women}
    some: dict[str, Any] = {"trial": "T", "seed": 1, "landmarks": (12.0,)}
    found = expected_groups(
        arms, CONDUCT, {"all": Group(), "half": Group(among=dict.fromkeys(arms, half))},
        reference="b", **some,
    )  # fmt: skip
    whole = found["all"]
    assert whole.endpoint("chemo_free_median", "a")[0] == whole.endpoint("os_median", "a")[0]
    assert whole.endpoint("chemo_free_at_12", "a")[0] == whole.endpoint("os_at_12", "a")[0]
    assert whole.endpoint("chemo_free_hr", "a")[0] == 1.0
    share = base.pfs_time.sum() / base.os_time.sum()
    assert whole.endpoint("treated", "a")[0] == pytest.approx(share)
    assert whole.endpoint("late", "a")[0] == 0.0  # the data are cut before
    assert (whole.endpoint("lines", "a")[0], found["half"].endpoint("lines", "b")[0]) == (3.0, 2.0)
    assert whole.endpoint("same", "a")[0] == pytest.approx(1.0)
    only = Group(curves=frozenset({"os"}), contrasts=frozenset({"pfs"}), numbers=frozenset({"orr"}))
    few = expected_groups(arms, CONDUCT, {"few": only}, reference="b", **some)["few"].arms["a"]
    assert (set(few.curves), set(few.contrasts), set(few.numbers)) == (
        {"os", "pfs"},
        {"pfs"},
        {"orr"},
    )
    repeated = replicate_groups(
        arms, dict.fromkeys(arms, 50), CONDUCT, {"all": Group(), "few": only}, replicates=3, **some
    )
    for name in ("orr", "os_median"):
        np.testing.assert_array_equal(
            repeated["all"].endpoint(name, "a"), repeated["few"].endpoint(name, "a")
        )


def test_numbers_at_risk() -> None:
    time, arm = np.array([1.0, 2.0, 2.0, 3.0]), np.zeros(4)
    found = curves(time, np.array([1, 1, 0, 0]), arm, 0, (0.0, 1.0, 1.5, 2.0, 3.0, 3.5))
    assert found.at_risk.tolist() == [4, 4, 3, 3, 1, 0]


def test_arms_without_effect_are_alike() -> None:
    """The same outcomes in both arms: the log-rank test of the replicates keeps its level."""
    one = outcomes(5000, 1.0)
    found = replicate({"new": one, "old": one}, N, CONDUCT, replicates=2000, **TRIAL)
    contrast = found.arms["new"].contrasts["pfs"]
    assert binomial_p(int((contrast.p < 0.05).sum()), 2000, 0.05) > FALSE_ALARM
    mean = expected({"new": one, "old": one}, CONDUCT, **TRIAL)
    assert mean.endpoint("pfs_hr", "new")[0] == 1.0


def test_data_cut_and_dropout() -> None:
    """Accrual over 1.5 of 5 years: 54 months are seen of some, 61 of none. All soon lost: nothing is."""
    marks = {"landmarks": (42.0, 54.0, 61.0)}
    slow = {name: outcomes(400, 50.0, seed=i) for i, name in enumerate(N)}
    found = replicate(slow, N, Conduct(1.5, 5.0), replicates=20, **(TRIAL | marks))
    assert np.isfinite(found.arms["new"].curves["os"].at[:, :2]).all()
    assert np.isnan(found.arms["new"].curves["os"].at[:, 2]).all()
    assert np.isinf(found.endpoint("os_median", "new")).all()
    gone = replicate(slow, N, Conduct(1.5, 5.0, dropout=100.0), replicates=20, **(TRIAL | marks))
    assert np.isnan(gone.arms["new"].curves["os"].at).all()


def test_survival_without_progression_is_known_to_the_last_scan() -> None:
    size = 400
    healthy = replace(
        outcomes(size, 1.0, response=SD), pfs_time=np.full(size, 90.0), os_time=np.full(size, 99.0)
    )
    cut = Conduct(0.0, 1.9, scan_interval=0.25)  # the last scan is at 1.75 years, 21 months
    found = expected({"only": healthy}, cut, trial="T", seed=1, landmarks=(20.0, 22.0))
    assert found.endpoint("pfs_at_20", "only")[0] == 1.0
    assert np.isnan(found.endpoint("pfs_at_22", "only")[0])
    assert found.endpoint("os_at_22", "only")[0] == 1.0
    progressing = replace(healthy, pfs_time=np.full(size, 1.75))
    seen = expected({"only": progressing}, cut, trial="T", seed=1)
    assert seen.endpoint("pfs_median", "only")[0] == pytest.approx(21.0, abs=0.02)


def test_a_response_must_be_confirmed_before_the_cut() -> None:
    """Responses begin at 1.0 years, and scans are a quarter apart."""
    size = 100
    women = replace(
        outcomes(size, 1.0, response=CR),
        pfs_time=np.full(size, 3.0), os_time=np.full(size, 4.0), responded_at=np.full(size, 1.0),
    )  # fmt: skip
    for follow_up, orr in ((1.2, 0.0), (1.3, 1.0), (9.0, 1.0)):
        cut = Conduct(0.0, follow_up, scan_interval=0.25)
        found = expected({"only": women}, cut, trial="T", seed=1)
        for name in ("orr", "orr_measurable", "cr"):
            assert found.endpoint(name, "only")[0] == orr
        duration = found.endpoint("dor_median", "only")[0]
        assert duration == pytest.approx(24.0, abs=0.02) if follow_up > 3.0 else not duration < 99.0


def test_subgroups_are_of_the_same_trials(many: Replicates) -> None:
    women = arms()
    half = np.arange(3000) % 2 == 0
    first = replicate(women, N, CONDUCT, replicates=600, among=dict.fromkeys(N, half), **TRIAL)
    rest = replicate(women, N, CONDUCT, replicates=600, among=dict.fromkeys(N, ~half), **TRIAL)
    counted = first.arms["new"].women + rest.arms["new"].women
    assert (counted == 200).all()
    both = (
        first.endpoint("orr", "new") * first.arms["new"].women
        + rest.endpoint("orr", "new") * rest.arms["new"].women
    ) / counted
    assert both == pytest.approx(many.endpoint("orr", "new"))
    responders = {name: arm.response >= PR for name, arm in women.items()}
    found = replicate(women, N, CONDUCT, replicates=20, among=responders, **TRIAL)
    assert found.endpoint("orr", "new") == pytest.approx(1.0, abs=0.15)
    assert (found.endpoint("pd_best", "new") == 0.0).all()


def test_strata_remove_what_lies_between_them() -> None:
    """Two strata with tenfold different hazards and HR 0.5 in each: unstratified the HR is nearer 1."""
    strata = np.arange(4000) % 2
    women = {
        name: replace(
            arm,
            pfs_time=arm.pfs_time
            * np.where(strata == 1, 10.0, 1.0)
            * (2.0 if name == "new" else 1.0),
        )
        for name, arm in {
            "new": outcomes(4000, 0.8, seed=5),
            "old": outcomes(4000, 0.8, seed=6),
        }.items()
    }
    plain = expected(women, CONDUCT, **TRIAL).endpoint("pfs_hr", "new")[0]
    stratified = expected(women, CONDUCT, strata=strata, **TRIAL).endpoint("pfs_hr", "new")[0]
    assert stratified == pytest.approx(0.5, abs=0.04)
    assert plain > stratified + 0.05


def test_three_arms() -> None:
    women = {name: outcomes(500, 1.0 + i, seed=i) for i, name in enumerate("abc")}
    found = replicate(
        women, {"a": 50, "b": 60, "c": 70}, CONDUCT, trial="T", seed=1, replicates=4, reference="b"
    )
    assert (found.endpoint("pfs_hr", "a") > found.endpoint("pfs_hr", "c")).all()
    assert [int(arm.women[0]) for arm in found.arms.values()] == [50, 60, 70]


def test_what_cannot_be_run() -> None:
    women = arms(250)
    with pytest.raises(InputError, match="300 women are needed and 250"):
        replicate(women, N, CONDUCT, replicates=1, **TRIAL)
    with pytest.raises(InputError, match="1 or more"):
        replicate(women, N, CONDUCT, replicates=0, **TRIAL)
    with pytest.raises(InputError, match="did you mean 'old'"):
        expected(women, CONDUCT, **(TRIAL | {"reference": "olt"}))
    with pytest.raises(InputError, match="must name the arms"):
        replicate(women, {"new": 10}, CONDUCT, replicates=1, **TRIAL)
    with pytest.raises(InputError, match="same women"):
        expected(women | {"old": outcomes(9, 1.0)}, CONDUCT, **TRIAL)
    with pytest.raises(InputError, match="one length"):
        replace(women["new"], response=np.zeros(3, np.int64))
    found = expected(women, CONDUCT, **TRIAL)
    for name, arm, text in (
        ("pfs_mediam", "new", "did you mean 'pfs_median'"),
        ("pfs_at_13", "new", "pfs_at_12"),
        ("pfs_hr", "old", "allowed are"),
        ("orr", "neu", "did you mean 'new'"),
    ):
        with pytest.raises(InputError, match=text):
            found.endpoint(name, arm)


@pytest.mark.parametrize(
    "numbers",
    [(2.0, 1.0), (0.0, 0.0), (1.0, math.nan), (1.0, 3.0, -0.1), (1.0, 3.0, 0.1, math.inf)],
)
def test_conduct_that_is_none(numbers: tuple[float, ...]) -> None:
    with pytest.raises(InputError):
        Conduct(*numbers)


def test_intervals_with_medians_not_reached() -> None:
    slow = {name: outcomes(400, 4.5, seed=i) for i, name in enumerate(N)}
    found = replicate(slow, N, CONDUCT, replicates=200, **TRIAL)
    middle, low, high = found.interval("pfs_median", "new")
    assert math.isfinite(low)
    assert math.isinf(high)
    assert low < middle
    none = {name: outcomes(400, 4.5, response=SD) for name in N}
    assert np.isnan(
        replicate(none, N, CONDUCT, replicates=3, **TRIAL).interval("dor_median", "new")
    ).all()
