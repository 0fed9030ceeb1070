"""Exact reductions: the same bits in any order and division, the same answers as from women one by one."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from seedsoil.reductions import days
from seedsoil.reductions.products import products, squares, totals
from seedsoil.reductions.sums import BITS, Sums, fixed
from seedsoil.reductions.tally import Tally, merged

YEAR = 365.25


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("largest", [3, 2**14, 2**15, 2**31, 2**61])
def test_products_are_those_of_whole_numbers(largest: int, rng: np.random.Generator) -> None:
    values = rng.integers(-largest, largest, (40, 3), endpoint=True)
    values[0] = -largest, largest, 0
    exact = values.astype(object)
    assert (products(values) == exact.T @ exact).all()
    assert (squares(values) == (exact * exact).sum(axis=0)).all()
    assert (totals(values) == exact.sum(axis=0)).all()


def test_sums_do_not_depend_on_order_or_division(rng: np.random.Generator) -> None:
    values = rng.normal(1e5, 3.0, (1000, 4))
    whole = Sums.of(values, joint=True)
    parts = [Sums.of(values[a:b], joint=True) for a, b in ((700, 1000), (0, 1), (1, 700))]
    found = Sums.none(4, joint=True) + parts[0] + parts[1] + parts[2]
    assert found.stated() == whole.stated()
    assert np.array_equal(found.spread, whole.spread)
    assert np.array_equal(found.error, whole.error)


def test_means_errors_and_covariances_are_those_of_the_numbers(rng: np.random.Generator) -> None:
    values = rng.normal(1e6, 2.0, (500, 3))
    values[:, 2] = values[:, 0] - 2 * values[:, 1]
    sums = Sums.of(values, joint=True)
    assert sums.mean == pytest.approx(values.mean(axis=0), abs=2**-20)
    assert sums.error == pytest.approx(values.std(axis=0, ddof=1) / 500**0.5, rel=1e-5)
    assert sums.spread / 499 == pytest.approx(np.cov(values.T), rel=1e-4)
    alone = Sums.of(values)
    assert not alone.joint
    assert np.array_equal(alone.error, sums.error)
    assert np.array_equal(alone.spread, np.diagonal(sums.spread))


def test_fixed_numbers_are_summed_as_they_are(rng: np.random.Generator) -> None:
    values = rng.normal(0.0, 40.0, (500, 3))
    whole = fixed(values)
    assert np.abs(np.ldexp(whole, -BITS) - values).max() <= 2.0 ** -(BITS + 1)
    for joint in (False, True):
        one, other = Sums.of(values, joint=joint), Sums.of_fixed(whole, joint=joint)
        assert one.stated() == other.stated()
    apart = Sums.of_fixed(whole[1:] - whole[:-1])
    assert apart.total.tolist() == (whole[-1] - whole[0]).tolist()


def test_equal_numbers_have_no_spread_and_none_have_no_mean() -> None:
    same = Sums.of(np.full((7, 1), 1234.56789))
    assert same.error[0] == 0.0
    assert np.isnan(Sums.none(2).mean).all()
    assert np.isnan(Sums.of(np.ones((1, 1))).error).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e15])
def test_what_cannot_be_summed_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="not finite, or too large"):
        Sums.of(np.array([[wrong]]))
    with pytest.raises(ValueError, match="another kind"):
        _ = Sums.none(2) + Sums.none(3)


def test_a_median_is_exact_to_the_day(rng: np.random.Generator) -> None:
    for size in (1, 2, 99, 1000):
        years = rng.exponential(9.0, size).clip(0, 100)
        middle = np.sort(years)[-(-size // 2) - 1]
        assert days.day_of_rank(days.by_day(years), 0.5) == int(middle * YEAR)
    assert days.day_of_rank(np.zeros(3, np.int64), 0.5) is None


def test_days_outside_of_a_life_are_refused() -> None:
    for wrong in (-0.1, 200.0, np.nan):
        with pytest.raises(ValueError, match="not within a life"):
            days.by_day(np.array([wrong]))


def test_kaplan_meier_is_that_of_lifelines(rng: np.random.Generator) -> None:
    years = rng.exponential(3.0, 400).clip(0, 90)
    event = rng.random(400) < 0.7
    curve = days.kaplan_meier(days.by_day(years[event]), days.by_day(years[~event]))
    fitted = KaplanMeierFitter().fit(np.floor(years * YEAR), event)
    limits = fitted.confidence_interval_.loc[curve.day]
    assert curve.value == pytest.approx(fitted.predict(curve.day).to_numpy(), abs=1e-12)
    assert curve.lower == pytest.approx(limits.iloc[:, 0].to_numpy(), abs=1e-9)
    assert curve.upper == pytest.approx(limits.iloc[:, 1].to_numpy(), abs=1e-9)
    assert curve.at_risk.tolist() == fitted.event_table.loc[curve.day, "at_risk"].tolist()
    assert curve.median[0] * YEAR == pytest.approx(fitted.median_survival_time_)
    assert curve.at(0.0) <= 1.0
    assert curve.at(2.0) == pytest.approx(float(fitted.predict(np.floor(2.0 * YEAR))))


def test_without_censoring_a_curve_is_the_share_alive_exactly(rng: np.random.Generator) -> None:
    years = rng.exponential(3.0, 300).clip(0, 90)
    curve = days.kaplan_meier(days.by_day(years), np.zeros(0, np.int64))
    for at in (0.5, 2.0, 7.0):
        share = np.mean(np.floor(years * YEAR) > np.floor(at * YEAR))
        assert curve.at(at) == share
        assert curve.error_at(at) == pytest.approx((share * (1 - share) / 300) ** 0.5)


def test_aalen_johansen_is_that_of_lifelines(rng: np.random.Generator) -> None:
    years = np.sort(rng.exponential(3.0, 300).clip(0, 90))
    day = np.unique(np.floor(years * YEAR))  # lifelines moves times that are tied
    years = (day + 0.5) / YEAR
    kind = rng.integers(0, 3, years.size)
    one, other, censored = (days.by_day(years[kind == k]) for k in (1, 2, 0))
    curve = days.aalen_johansen(one, other, censored)
    fitted = AalenJohansenFitter(calculate_variance=True).fit(day, kind, event_of_interest=1)
    at = fitted.cumulative_density_.loc[curve.day].to_numpy().ravel()
    assert curve.value == pytest.approx(at, abs=1e-12)
    variance = fitted.variance_.loc[curve.day].to_numpy().ravel()
    inner = variance > 0
    assert curve.error[inner] == pytest.approx(np.sqrt(variance[inner]), rel=0.05)
    assert not curve.falls
    assert curve.at(0.0) == (one[0] > 0) / years.size
    everyone = days.aalen_johansen(one, other)
    assert everyone.value[-1] == (kind == 1).sum() / (kind > 0).sum()


def test_tallies_are_the_same_in_any_order_and_on_disk(rng: np.random.Generator) -> None:
    years = rng.exponential(9.0, 1000).clip(0, 90)
    code = rng.integers(0, 3, 1000)

    def tally(mine: slice) -> Tally:
        found = Tally()
        found.count("code", code[mine], 5)
        found.add_counts("days", days.by_day(years[mine]))
        found.add_sums("years", Sums.of(years[mine, None], joint=True))
        return found

    whole = tally(slice(None))
    parts = [tally(slice(k, k + 77)) for k in range(0, 1000, 77)]
    assert merged(parts).digest() == merged(reversed(parts)).digest() == whole.digest()
    read = Tally.from_bytes(whole.to_bytes())
    assert read.digest() == whole.digest()
    assert read.cells("code", 5).tolist() == np.bincount(code, minlength=5).tolist()
    assert read.cells("nothing", 2).tolist() == [0, 0]
    read.count("code", np.array([4]))
    assert read.digest() != whole.digest()
    assert Tally.from_bytes(Tally().to_bytes()).digest() == Tally().digest()
