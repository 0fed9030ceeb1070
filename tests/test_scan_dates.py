"""Scans some days early or late: around their schedule, in order, each woman's and scan's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels import packaged, parameters
from treated import SCAN, Drug, Lesion, courses, immortal, one_line, women

if TYPE_CHECKING:
    from numpy.typing import NDArray

JITTER = 1.5 / 52.18  # years
WOMEN, YEARS = 400, 4.0


def scans(jitter: float, count: int = WOMEN, scan_years: float = SCAN) -> Any:
    """The rows of scans of women with one lesion too small to be seen, which hardly grows, until they die."""
    p = immortal(parameters())
    treated = one_line(
        p,
        Drug({8: 0.0}),
        recist_scan_jitter=jitter,
        recist_nontarget_log_increase=1000.0,
        scan_years=scan_years,
    )
    lesions = [Lesion(16.0, rate=0.001)]
    return courses(p, treated, women(p, lesions, count, other_death=YEARS)).scans


def by_woman(rows: Any, patient: int) -> NDArray[np.float64]:
    return np.asarray(rows.scanned_at[rows.patient == patient])


def test_without_jitter_every_scan_is_on_its_day() -> None:
    rows = scans(0.0, 3)
    for patient in range(3):
        dates = by_woman(rows, patient)
        assert dates.size > 10
        assert dates == pytest.approx(SCAN * np.arange(1, dates.size + 1), abs=1e-9)


def test_dates_are_even_around_the_schedule() -> None:
    rows = scans(JITTER)
    late = [by_woman(rows, patient)[:10] for patient in range(WOMEN)]
    late = np.array([dates - SCAN * np.arange(1, 11) for dates in late if dates.size == 10])
    assert late.shape[0] > 0.9 * WOMEN
    assert np.abs(late).max() < JITTER
    # uniform: mean 0, standard deviation jitter / √3, to some 4 standard errors
    spread = JITTER / 3**0.5
    assert abs(late.mean()) < 4 * spread / late.size**0.5
    assert late.std() == pytest.approx(spread, rel=0.05)
    # neither a woman's scans nor the scans of one number are late together
    assert late.mean(axis=1).std() == pytest.approx(spread / 10**0.5, rel=0.15)
    assert late.mean(axis=0).std() < 2 * spread / late.shape[0] ** 0.5


def test_scans_keep_their_order_however_large_the_jitter() -> None:
    rows = scans(8 / 52.18, 50, scan_years=2 / 52.18)
    for patient in range(50):
        gaps = np.diff(by_woman(rows, patient))
        assert gaps.min() > 0.19 * 2 / 52.18


def test_a_woman_is_scanned_on_the_same_days_whoever_else_is() -> None:
    alone, among = scans(JITTER, 5), scans(JITTER, 10)
    for patient in range(5):
        assert np.array_equal(by_woman(alone, patient), by_woman(among, patient))


def test_the_catalog_has_weeks() -> None:
    assert 1.0 <= packaged().value("recist.scan_jitter_weeks") <= 2.0
