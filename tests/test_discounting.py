"""Discounting: known values, exact limits, closed forms against sums, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.results.discounting import Discounting

KNOWN = [
    (Discounting(0.035), 8.461311, 5e-7),
    (Discounting(0.035, "annual", timing="middle"), 8.46089, 5e-6),
    (Discounting(0.035, "annual", timing="end"), 8.31661, 5e-6),
    (Discounting(0.035, "annual", timing="start"), 8.60769, 5e-6),
]


@pytest.mark.parametrize("discounting, worth, within", KNOWN)
def test_ten_years_at_three_and_a_half_per_cent(
    discounting: Discounting, worth: float, within: float
) -> None:
    assert float(discounting.flow(0, 10)) == pytest.approx(worth, abs=within)


@pytest.mark.parametrize("form", ["continuous", "annual", "none"])
def test_rate_0_is_no_discounting_to_the_bit(form: str) -> None:
    start, end = np.array([0.0, 0.1, 3.7]), np.array([0.3, 7.9, 3.71])
    found = Discounting(0.0, form)  # type: ignore[arg-type]
    assert np.array_equal(found.flow(start, end), end - start)
    assert np.array_equal(found.event(end), np.ones(3))


@pytest.mark.parametrize("form", ["continuous", "annual", "none"])
def test_horizon_0_is_nothing(form: str) -> None:
    found = Discounting(0.035, form, horizon=0.0)  # type: ignore[arg-type]
    assert float(found.flow(0, 10)) == 0.0
    assert np.array_equal(found.event([0.0, 1.0]), np.zeros(2))


@pytest.mark.parametrize("timing", ["start", "middle", "end"])
def test_annual_is_the_spreadsheets_sum(timing: str) -> None:
    r, start, end = 0.05, 1.25, 6.5
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[timing]
    expected = sum(
        max(0.0, min(end, k + 1) - max(start, k)) / (1 + r) ** (k + shift) for k in range(10)
    )
    found = Discounting(r, "annual", timing=timing)  # type: ignore[arg-type]
    assert float(found.flow(start, end)) == pytest.approx(expected, rel=1e-12)
    assert float(found.event(3.4)) == pytest.approx((1 + r) ** -(3 + shift), rel=1e-14)


def test_continuous_is_the_integral() -> None:
    found = Discounting(0.03)
    t = (np.arange(100_000) + 0.5) / 100_000 * 4.0 + 2.0
    assert float(found.flow(2.0, 6.0)) == pytest.approx(4.0 * found.factor(t).mean(), rel=1e-9)
    assert float(found.flow(0.0, math.inf)) == pytest.approx(1 / math.log(1.03))
    annual = Discounting(0.03, "annual", timing="end")
    assert float(annual.flow(0.0, math.inf)) == pytest.approx(1 / 0.03)


def test_only_from_clock_zero_to_the_horizon_counts() -> None:
    found = Discounting(0.0, "none", horizon=2.0)
    assert found.event([-1.0, -1e-12, 0.0, 1.999, 2.0, math.nan]).tolist() == [0, 1, 1, 1, 0, 0]
    assert found.flow([-1, 1, 3, math.nan], [1, 9, 4, 1]).tolist() == [1, 1, 0, 0]


def test_two_parts_are_the_whole() -> None:
    for form in ("continuous", "annual"):
        found = Discounting(0.035, form)  # type: ignore[arg-type]
        parts = found.flow(0.3, 2.2) + found.flow(2.2, 7.0)
        assert float(parts) == pytest.approx(float(found.flow(0.3, 7.0)), rel=1e-13)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"rate": -0.01}, "rate=-0.01: must be a rate a year from 0 to 1"),
        ({"rate": 3.5}, "rate=3.5: must be"),
        ({"rate": math.nan}, "rate=nan: must be"),
        ({"rate": "3 %"}, "rate='3 %': must be"),
        ({"horizon": -1}, "horizon=-1: must be years from clock zero"),
        ({"form": "continous"}, "did you mean 'continuous'?"),
        ({"timing": "mid"}, "timing='mid': must be one of 'start', 'middle', 'end'"),
    ],
)
def test_what_cannot_be_is_one_clear_line(given: dict[str, object], said: str) -> None:
    with pytest.raises(ss.InputError) as caught:
        Discounting(**given)  # type: ignore[arg-type]
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


LANG = {"chemotherapy": (0.011708, 1.433), "deruxtecan": (0.007249, 1.431)}
"""Overall survival in DESTINY-Breast04, S = e^(-a t^b) with t in months: Lang 2023, table 1 (PMC9650214)."""


@pytest.mark.parametrize("rate, gain", [(0.0, 0.682), (0.03, 0.624)])
def test_published_survival_gives_the_published_years(rate: float, gain: float) -> None:
    """The mean of what each woman's years count, over the quantiles of her survival."""
    share = (np.arange(200_000) + 0.5) / 200_000
    years = {
        arm: (-np.log(share) / a) ** (1.0 / b) / 12.0 for arm, (a, b) in LANG.items()
    }  # fmt: skip
    mean = {arm: Discounting(rate).flow(0.0, t).mean() for arm, t in years.items()}
    assert mean["deruxtecan"] - mean["chemotherapy"] == pytest.approx(gain, abs=1e-3)
    if rate == 0.0:
        assert mean["chemotherapy"] == pytest.approx(1.686, abs=1e-3)
        assert mean["deruxtecan"] == pytest.approx(2.368, abs=1e-3)
