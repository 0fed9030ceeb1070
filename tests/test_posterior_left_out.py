"""Trials left out of the posterior in turn, where the answer is known: a linear toy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from seedsoil.calibration.posterior.left_out import HEADER, LeftOut, total, trials_left_out
from seedsoil.calibration.posterior.likelihood import AT_LEAST, Conditional, Posterior
from seedsoil.calibration.posterior.sampler import mode
from seedsoil.calibration.posterior.toy import toy
from seedsoil.calibration.posterior.toys import as_emulator

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARAMETERS, TARGETS = 8, 24
DISCREPANCY, SCALE = 0.5, 1.6
TRUTH = toy(PARAMETERS, TARGETS, curvature=0.0, seed=4)
EMULATOR = as_emulator(TRUTH)


def left_out(density: Posterior) -> list[LeftOut]:
    """Each trial of the toy left out in turn."""
    scales = np.full(2, SCALE)
    fixed = Conditional(density, np.r_[np.zeros(PARAMETERS), scales], np.arange(PARAMETERS))
    whole = mode(fixed, np.zeros(PARAMETERS))
    return trials_left_out(density, EMULATOR, scales=scales, whole=whole)


def linear(y: NDArray[np.float64]) -> tuple[Posterior, NDArray[np.float64]]:
    """A linear toy of two trials of six results and twelve other targets, with data `y`; and its lines."""
    names = [f"trials.{trial}.arm.result{k}" for trial in "AB" for k in range(6)]
    names += [f"group.cell{k}" for k in range(12)]
    seen = replace(
        TRUTH.observed(y), names=tuple(names), discrepancy=np.full(TARGETS, DISCREPANCY),
        group=np.repeat([0, 1], 12), groups=("trials, response", "group"),
    )  # fmt: skip
    zero, one = np.zeros(PARAMETERS), np.ones(PARAMETERS)
    return Posterior(seen, EMULATOR, zero, one, np.full(TARGETS, 0.3)), TRUTH.lines


def test_a_trial_is_predicted_from_all_others_and_by_nothing_of_its_own() -> None:
    rng = np.random.default_rng(2)
    y = 2.0 * rng.standard_normal(TARGETS)
    density, lines = linear(y)
    found = left_out(density)
    assert [one.trial for one in found] == ["A", "B"]
    variance = 1.0 + 0.3 + (SCALE * DISCREPANCY) ** 2
    for one, own in zip(found, (slice(0, 6), slice(6, 12)), strict=True):
        others = np.ones(TARGETS, bool)
        others[own] = False
        for found_z, which in ((one.fitted, np.ones(TARGETS, bool)), (one.predicted, others)):
            curvature = np.eye(PARAMETERS) + lines[:, which] @ lines[:, which].T / variance
            at = np.linalg.solve(curvature, lines[:, which] @ y[which] / variance)
            assert found_z == pytest.approx((y[own] - at @ lines[:, own]) / variance**0.5, abs=1e-6)
        spread = np.einsum("ij,ij->j", lines[:, own], np.linalg.solve(curvature, lines[:, own]))
        off = np.abs(one.predicted) * variance**0.5
        assert one.inside.tolist() == (off < 1.959964 * np.sqrt(variance + spread)).tolist()
        assert np.sum(one.predicted**2) > np.sum(one.fitted**2)


def test_what_is_left_out_does_not_move_its_own_prediction() -> None:
    y = np.random.default_rng(3).standard_normal(TARGETS)
    far = y.copy()
    far[:6] += 40.0
    here, there = (left_out(linear(x)[0])[0] for x in (y, far))
    assert there.at == pytest.approx(here.at, abs=1e-6)
    assert here.inside.all()
    assert not there.inside.any()


def test_a_bound_that_is_met_is_no_miss() -> None:
    y = np.zeros(TARGETS)
    y[0] = -50.0
    density, _ = linear(y)
    seen = density.seen
    bound = seen.bound.copy()
    bound[0] = AT_LEAST
    bounded = Posterior(
        replace(seen, bound=bound), density.emulator, density.middle, density.spread,
        np.full(TARGETS, 0.3),
    )  # fmt: skip
    one = left_out(bounded)[0]
    assert one.predicted[0] == 0.0
    assert one.inside[0]


def test_the_table_adds_the_trials_up() -> None:
    density, _ = linear(np.random.default_rng(2).standard_normal(TARGETS))
    found = left_out(density)
    assert len(found[0].row()) == len(HEADER) == len(total(found))
    assert total(found)[1] == "12"
    inside = sum(int(one.inside.sum()) for one in found)
    assert total(found)[4] == f"{inside} of 12 ({inside / 12:.0%})"
