"""The posterior's own discrepancy in prediction intervals: its kinds, its sizes, and what it widens."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from kernels import packaged
from seedsoil.calibration.drug_targets import DISCREPANCY, ENROLMENT, targets
from seedsoil.calibration.posterior.find import trial_discrepancy
from seedsoil.catalog.published import Published
from seedsoil.trials.coverage import DISCREPANCY as HELD
from seedsoil.trials.coverage import allowed_coverage
from seedsoil.trials.discrepancy import (
    RECORD,
    UNVERIFIED,
    allowances,
    kind_of,
    medians_of,
    with_allowance,
)
from seedsoil.trials.endpoints import ALL, OWN, Wanted, without_number
from seedsoil.trials.readout import ArmResult
from seedsoil.trials.replicates import Replicates

NORMAL = NormalDist()


def test_kinds_are_those_of_the_fit() -> None:
    seen = set()
    for trial in packaged().trials.values():
        for target in targets(trial):
            if target.kind == ENROLMENT:  # stated in points, not on the scale of the likelihood
                assert kind_of(target.wanted.endpoint) is None
                continue
            assert kind_of(target.wanted.endpoint) == target.kind
            seen.add(target.kind)
    assert seen == set(DISCREPANCY)
    assert kind_of("dor_median") == "pfs"
    assert [kind_of(name) for name in ("grade3_plus", "pfs2_hr", "cbr")] == [None] * 3


def test_the_posterior_tells_stated_discrepancy_and_scale() -> None:
    scales = {
        "trials, pfs": [0.5, 1.5, 2.5],
        "trials, hr": [0.1, 0.4, 0.9],
        "late_distant": [1.0, 1.0, 1.0],
    }
    told = trial_discrepancy(scales)
    assert told == {
        "pfs": {"stated": 0.20, "scale": [0.5, 1.5, 2.5]},
        "hr": {"stated": 0.10, "scale": [0.1, 0.4, 0.9]},
    }
    assert allowances({RECORD: told}) == pytest.approx({"pfs": 0.3, "hr": 0.04})
    assert allowances({}) == {}


def wanted(endpoint: str, value: float, *, verified: bool = True) -> Wanted:
    more: dict[str, Any] = {"denominator": "all"} if endpoint == "orr" else {}
    return Wanted(
        "new", endpoint, Published(endpoint=endpoint, value=value, verified=verified, **more)
    )


def replicates(curve: float, share: float, ratio: float) -> Replicates:
    """Trials that all find the same: alive without the event at 12 months, responding, hazard ratio."""
    from types import SimpleNamespace

    def of(value: float) -> np.ndarray:
        return np.full(50, value)

    found = SimpleNamespace(median=of(12.0), at=np.full((50, 1), curve))
    arm = ArmResult(
        np.full(50, 200), {"pfs": found}, {"pfs": SimpleNamespace(hr=of(ratio))}, {"orr": of(share)}
    )  # type: ignore[dict-item]
    return Replicates({"new": arm}, (12.0,))


@pytest.mark.parametrize("endpoint, value, off", [
    ("pfs_median", 12.0, np.log(0.6 / 0.4)),
    ("orr", 0.4, np.log(0.6 / 0.4) - np.log(0.4 / 0.6)),
    ("pfs_hr", 0.5, np.log(0.6 / 0.5)),
])  # fmt: skip
@pytest.mark.parametrize("verified", [True, False])
def test_a_number_is_inside_as_far_as_the_discrepancy_reaches(
    endpoint: str, value: float, off: float, verified: bool
) -> None:
    """Every trial finds 0.6; the published number lies `off` away on the scale of the fit."""
    one = wanted(endpoint, value, verified=verified)
    spec = packaged().trials["PALOMA-2"]
    result = without_number(one, spec, "")
    result = type(result)(**{**vars(result), "inside": False, "inside_90": False})
    drawn = {OWN: {ALL: replicates(0.6, 0.6, 0.6)}}
    kind = kind_of(endpoint)
    assert kind is not None
    for level, name in ((0.95, "allowed_inside"), (0.90, "allowed_inside_90")):
        # the sd with which the published number is the end of the interval, and a little to either side;
        # of a number that is rounded the near edge counts, within a few per cent here
        edge = off / NORMAL.inv_cdf(0.5 + 0.5 * level) / (1.0 if verified else UNVERIFIED)
        for times, inside in ((0.9, False), (1.1, True)):
            (got,) = with_allowance([result], [one], drawn, {kind: times * edge})
            assert getattr(got, name) is inside, (level, times)
    (untouched,) = with_allowance([result], [one], drawn, {})
    assert untouched.allowed_inside is None
    assert medians_of([one]) == ({12.0} if endpoint == "pfs_median" else set())


def test_coverage_with_discrepancy_is_of_the_results_that_have_one() -> None:
    one = without_number(wanted("pfs_median", 12.0), packaged().trials["PALOMA-2"], "")
    plain = {**vars(one), "inside": False, "inside_90": False}
    found = [
        ("validation", type(one)(**plain)),
        ("validation", type(one)(**{**plain, "allowed_inside": True, "allowed_inside_90": False})),
    ]
    told = allowed_coverage(found)
    held = {
        x.level: (x.inside, x.count) for x in told if x.holds == HELD and x.kind == "PFS, median"
    }
    assert held == {0.90: (0, 1), 0.95: (1, 1)}
    assert allowed_coverage(found[:1]) == []
