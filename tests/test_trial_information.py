"""The value of a trial that the model itself simulates, from the draws of a probabilistic analysis."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.catalog import load
from seedsoil.economics.trial_information import divided, model_draws, sizes_of, trial_study
from seedsoil.errors import InputError
from seedsoil.trials.enrolment import enrol

if TYPE_CHECKING:
    from pathlib import Path

    from seedsoil.economics.answers import Evaluation

TRIAL = """
name = "quick"
year = 2026
dropout = 0.02
eligible = { line = "1" }
adjuvant = "2013+"
before = "2022"
after = "none"
scan_weeks = 8
accrual_months = 12
follow_up_months = 36
hr_reference = "control"
[[arm]]
name = "new"
regimen = "capecitabine"
n = 200
[[arm]]
name = "control"
regimen = "letrozole"
n = 100
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trial") / "quick.toml"
    path.write_text(TRIAL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def sure() -> Evaluation:
    return ss.evaluate(
        ["none", "pre-1998"], women=120, seed=2, psa=100, thresholds=[60_000], perspective="uk-nhs"
    )


def test_evsi_lies_between_nothing_and_everything(sure: Evaluation, trial: Path) -> None:
    told: list[int] = []
    found = sure.evsi_of_trial(trial, [30, 150], threads=2, progress=told.append)
    assert sum(told) == 100
    evpi = found.evpi.value
    assert evpi <= sure.decision.evpi_at(60_000).value + 1e-9
    for one in found.found.values():
        assert 0.0 <= one.value <= evpi + 1e-9
    small, large = (found.found[n] for n in (30, 150))
    assert large.value > small.value - 2.0 * np.hypot(small.se, large.se)
    net = found.enbs(per_year=1_000, years=5, fixed=1e12)
    assert net.of(150).value < 0


def test_identical_strategies_make_no_trial_worth_anything(trial: Path) -> None:
    same = ss.evaluate(["none", "none"], women=60, seed=2, psa=100, thresholds=[60_000])
    found = same.evsi_of_trial(
        trial, [30, 300], progress=lambda _: pytest.fail("simulated for nothing")
    )
    assert [tuple(one) for one in found.found.values()] == [(0.0, 0.0), (0.0, 0.0)]


def test_a_draw_s_trial_is_that_of_its_parameters(sure: Evaluation, trial: Path) -> None:
    """Draws of equal parameters have trials of other women, about what `trial` gives of large n."""
    catalog = load()
    assert sure.psa is not None
    name = next(iter(model_draws(sure.psa, catalog)[0]))
    key, _, item = name.partition(":")
    draws = 12
    alike = dataclasses.replace(
        sure.psa, parameters={name: np.full(draws, catalog.parameters[key].values[item])}
    )
    told = [
        trial_study(trial, [300, 60], psa=alike, catalog=catalog, seed=5, threads=k)[300]
        for k in (1, 2)
    ]
    assert np.array_equal(*told)
    assert (np.ptp(told[0], axis=0) > 0.0).all()
    whole = ss.trial(trial, seed=3, replicates=40)
    for column, curve in ((1, "pfs"), (2, "os")):
        logs = told[0][:, column]
        expected = np.log(whole.mean.endpoint(f"{curve}_hr", "new")[0])
        assert abs(logs.mean() - expected) < 4.0 * logs.std(ddof=1) / draws**0.5
    shares = told[0][:, 0]
    expected = whole.mean.endpoint("orr", "new")[0]
    assert abs(shares.mean() - expected) < 4.0 * shares.std(ddof=1) / draws**0.5


def test_other_parameters_make_another_trial(sure: Evaluation, trial: Path) -> None:
    """The data follow what was drawn: utilities and prices change no trial, the model's numbers do."""
    catalog = load()
    assert sure.psa is not None
    drawn = model_draws(sure.psa, catalog)
    assert len(drawn) == 100
    assert not any(name.startswith(("utility.", "use.")) for name in drawn[0])
    assert {name: sure.psa.parameters[name][7] for name in drawn[7]} == drawn[7]
    slow = dataclasses.replace(
        sure.psa, parameters={"drug.log_kill:letrozole.oestrogen_deprivation": np.full(6, 2.5)}
    )
    fast = dataclasses.replace(
        sure.psa, parameters={"drug.log_kill:letrozole.oestrogen_deprivation": np.full(6, -2.0)}
    )
    hr = [
        trial_study(trial, 200, psa=one, catalog=catalog, seed=1)[200][:, 1].mean()
        for one in (slow, fast)
    ]
    assert hr[0] > hr[1]


def test_women_are_divided_as_the_arms_are() -> None:
    spec = load().trials["PALOMA-2"]
    for n in (30, 31, 500, 10_001):
        assert sum(divided(n, spec).values()) == n
    assert divided(666, spec) == {arm.name: arm.n for arm in spec.arms}
    assert sizes_of([60, 60, 90], spec) == (60, 90)


def test_enough_women_enrol_and_not_many_more(trial: Path) -> None:
    from seedsoil.catalog.lookup import find_trial

    spec = find_trial(trial, catalog=load())
    few = enrol(load(), spec, seed=4, enough=300)
    assert 300 <= few.women < 1_500


def test_what_cannot_be_asked(sure: Evaluation, trial: Path) -> None:
    with pytest.raises(InputError, match="10 or more"):
        sure.evsi_of_trial(trial, 12)
    with pytest.raises(InputError, match="n: name one size"):
        sure.evsi_of_trial(trial, [])
    with pytest.raises(InputError, match="PALOMA-2"):
        sure.evsi_of_trial("PALOMA2", 60)
    with pytest.raises(InputError, match="threshold"):
        sure.evsi_of_trial(trial, 60, threshold=-1.0)
    with pytest.raises(InputError, match="no draws"):
        ss.evaluate(["none", "pre-1998"], women=60).evsi_of_trial(trial, 60)
    with pytest.raises(InputError, match="too few"):
        ss.evaluate(["none", "pre-1998"], women=60, psa=3).evsi_of_trial(trial, 60)
    fixed = ss.evaluate(
        ["none", "pre-1998"], women=60, psa=100, parameters="fixed", thresholds=[60_000]
    )
    with pytest.raises(InputError, match="parameters='fit'"):
        fixed.evsi_of_trial(trial, 60)
