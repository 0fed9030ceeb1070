"""The fit of the drugs: the same women in every arm, errors of use, and a step that lowers the loss."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kernels import packaged
from seedsoil.calibration.drug_targets import MEASURABLE_SHARE, targets
from seedsoil.calibration.drugs import fit_drugs
from seedsoil.calibration.least_squares import Floats, Standardised, averaged_step, minimise
from seedsoil.catalog import Catalog, load
from seedsoil.cli.fitting import write_fit
from seedsoil.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def two_trials() -> Catalog:
    """The catalog with two trials of the first line, and one to predict."""
    catalog = dataclasses.replace(packaged())
    kept = ("PALOMA-2", "OlympiAD", "MONALEESA-3")
    vars(catalog)["trials"] = {name: packaged().trials[name] for name in kept}  # read on first use
    return catalog


def test_validation_trials_are_not_fitted_and_the_file_can_be_read(
    two_trials: Catalog, tmp_path: Path
) -> None:
    roles = {name: spec.role for name, spec in two_trials.trials.items()}
    fitted = {name for name, role in roles.items() if role == "calibration"}
    assert len(fitted) == 2
    told: list[str] = []
    found = fit_drugs(
        enough=60, iterations=1, averaged=2, threads=2, catalog=two_trials, only=["attrition.log_odds"],
        progress=told.append,
    )  # fmt: skip
    assert {cell.trial for cell in found.cells} == fitted
    assert set(found.standard_errors) == {"attrition.log_odds"}
    assert set(found.values) == set(two_trials.fitted_names("drugs"))
    moved = {name for name, value in found.values.items() if value != _in_use(two_trials, name)}
    assert moved <= {"attrition.log_odds"}
    assert any("iteration 1" in line for line in told)
    assert any("averaged over 2 sets of women" in line for line in told)
    mine = tmp_path / "mine"
    mine.mkdir()
    write_fit(found, mine / "fitted_drugs.toml", seed=1, women=60)
    assert load(mine).value("attrition.log_odds") == found.values["attrition.log_odds"]


def test_results_are_shown_in_the_units_of_what_was_published(two_trials: Catalog) -> None:
    found = fit_drugs(enough=60, iterations=0, threads=2, catalog=two_trials)
    header, rows = found.text_rows()
    assert header[-3:] == ["published", "simulated", "z"]
    kinds = set()
    for cell, row in zip(found.cells, rows, strict=True):
        published, simulated, z = row[-3:]
        kinds.add(cell.unit)
        ending = {"months": " months", "share": "\u00a0%", "": ""}[cell.unit]
        assert published.endswith(ending)
        if not math.isfinite(cell.simulated):
            assert (simulated, z) == ("too few women", "–")
            assert math.isnan(cell.natural)
            continue
        assert simulated.endswith(ending)
        scale = 0.01 if cell.unit == "share" else 1.0
        assert scale * float(published.split()[0]) == pytest.approx(cell.published, abs=0.06)
        assert scale * float(simulated.split()[0]) == pytest.approx(cell.natural, abs=0.06)
        # What lies above the published value on the scale of the fit does so in its unit, too.
        if abs(cell.simulated - cell.expected) > 0.2:
            higher = cell.simulated > cell.expected
            assert (cell.natural > cell.published) == higher, row
    assert kinds == {"months", "share", ""}
    assert "nan" not in repr(found)
    assert {"unit", "simulated_value"} <= set(found.table().column_names)


def test_too_few_women_are_named(two_trials: Catalog) -> None:
    found = fit_drugs(enough=1, iterations=0, threads=2, catalog=two_trials)
    shown = repr(found)
    assert "too few women" in shown
    assert "nan" not in shown


def _in_use(catalog: Catalog, name: str) -> float:
    key, _, item = name.partition(":")
    return catalog.value(key, item or None)


def test_errors_of_use_are_told() -> None:
    with pytest.raises(InputError, match=r"iterations: -1 is negative"):
        fit_drugs(iterations=-1, catalog=packaged())
    with pytest.raises(InputError, match=r"no fitted parameter 'drug.log_kil'.*'drug.log_kill'"):
        fit_drugs(only=["drug.log_kil"], catalog=packaged())


def test_the_minimum_of_a_line() -> None:
    """(x - 1)² + x² is least at a half; its standard error is the prior's over the square root of 2."""
    name = "attrition.log_odds"
    parameters = Standardised(packaged(), [name], "drugs")
    found = minimise(
        lambda x: np.array([x[0] - 1.0, x[0]]), lambda _: np.array([[1.0], [1.0]]),
        parameters, parameters.start(from_priors=True), iterations=5, ftol=1e-9, say=lambda _: None,
    )  # fmt: skip
    mean, sd = packaged().prior(name)
    assert found.x == pytest.approx([0.5])
    assert found.loss == pytest.approx(0.5)
    assert parameters.values(found.x)[name] == pytest.approx(mean + 0.5 * sd)
    assert found.standard_errors[name] == pytest.approx(sd / 2**0.5)


def test_an_averaged_step_takes_no_noise_of_single_sets_for_signal() -> None:
    """Targets 1 + e of three sets of women, the e of sum 0: the minimum is that of the target 1."""

    class Line:
        def __init__(self, noise: float) -> None:
            self.noise = noise

        def fun(self, x: Floats) -> Floats:
            return np.array([x[0] - 1.0 - self.noise, x[0]])

        def jac(self, x: Floats) -> Floats:  # noqa: ARG002
            return np.array([[1.0 + self.noise], [1.0]])

    parameters = Standardised(packaged(), ["attrition.log_odds"], "drugs")
    sets = [Line(noise) for noise in (-0.5, 0.2, 0.3)]
    found = averaged_step(sets, parameters, np.zeros(1), say=lambda _: None)
    assert found.x == pytest.approx([0.5])
    assert found.loss == pytest.approx(0.5)
    there = averaged_step(sets, parameters, found.x, say=lambda _: None)
    assert there.x == pytest.approx([0.5])


def test_a_step_stays_legal() -> None:
    parameters = Standardised(packaged(), ["attrition.log_odds"], "drugs")
    up, step = parameters.moved(np.zeros(1), 0)
    down, back = parameters.moved(parameters.high, 0)
    assert step > 0 > back
    assert up[0] == step
    assert down[0] == pytest.approx(parameters.high[0] + back)


def test_a_rate_published_of_all_and_of_the_measurable_is_fitted_once() -> None:
    """MONARCH-3 gives both, of response and of complete response; DESTINY-Breast03 those of all women."""
    trials = packaged().trials

    def found(trial: str, endpoint: str) -> list[tuple[float, float]]:
        """Published, and what is fitted, of the experimental arm."""
        return [
            (one.published, 1.0 / (1.0 + math.exp(-one.expected)))
            for one in targets(trials[trial])
            if one.wanted.arm == "experimental" and one.wanted.endpoint == endpoint
        ]

    assert found("MONARCH-3", "orr") == []
    assert found("MONARCH-3", "orr_measurable") == [(0.61, pytest.approx(0.61))]
    assert found("MONARCH-3", "cr") == [(0.034, pytest.approx(0.034))]
    published, fitted = found("DESTINY-Breast03", "cr")[0]
    assert fitted == pytest.approx(published / MEASURABLE_SHARE)
