"""The fit of the drugs: the same women in every arm, errors of use, and a step that lowers the loss."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels import packaged
from seedsoil.calibration.cells import Cell
from seedsoil.calibration.drug_targets import ENROLMENT, Target, targets
from seedsoil.calibration.drugs import fit_drugs
from seedsoil.calibration.least_squares import Floats, Standardised, averaged_step, minimise
from seedsoil.catalog import Catalog, load
from seedsoil.catalog.published import Published
from seedsoil.cli.fitting import write_fit
from seedsoil.errors import InputError
from seedsoil.model.rows import KNOWN
from seedsoil.model.treatment.plan import Names
from seedsoil.trials.arms import ArmOutcomes
from seedsoil.trials.baseline import Baseline
from seedsoil.trials.endpoints import Simulated
from seedsoil.vocabulary import PR, SD

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


def test_trials_in_which_too_few_enrol_are_named(
    two_trials: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedsoil.calibration.drugs._MOST_WOMEN", 4_000)
    told: list[str] = []
    fit_drugs(enough=100_000, iterations=0, threads=1, catalog=two_trials, progress=told.append)
    (line,) = [line for line in told if "enrol in" in line]
    assert line.startswith("fewer than 100,000 of 4,000 women enrol in OlympiAD (")
    assert "PALOMA-2 (" in line


def measured(cells: list[Cell]) -> list[Any]:
    """What was simulated of each result, but for the last bits, which the way to the numbers decides."""
    return [
        (cell.arm, cell.endpoint, cell.women, f"{cell.simulated:.9g} {cell.natural:.9g}")
        for cell in cells
    ]


def test_a_trial_left_out_is_predicted_and_not_fitted(two_trials: Catalog) -> None:
    """Its results are those of a check with the same values; nothing of it enters the loss."""
    given: dict[str, Any] = {"enough": 60, "threads": 1, "catalog": two_trials}
    told = fit_drugs(**given, iterations=1, only=["attrition.log_odds"], leave_out=["OlympiAD"])
    assert {cell.trial for cell in told.cells} == {"PALOMA-2"}
    assert {cell.trial for cell in told.left_out} == {"OlympiAD"}
    for from_priors in (False, True):
        here = fit_drugs(**given, iterations=0, from_priors=from_priors, leave_out=["OlympiAD"])
        check = fit_drugs(**given, iterations=0, from_priors=from_priors)
        of_check = [cell for cell in check.cells if cell.trial == "OlympiAD"]
        assert repr(here.left_out) == repr(of_check)  # nan where too few women enrol
        assert repr(here.left_out) == repr(here.left_out_before)
        if not from_priors:
            assert measured(here.left_out) == measured(told.left_out_before)
    assert here.left_out != told.left_out_before
    assert "Left out: Σ z² of" in told.sentence
    assert any("OlympiAD (left out)" in row[0] for row in told.text_rows()[1])
    assert told.summary["left_out_loss"]["end"] > 0.0
    assert check.left_out == []
    with pytest.raises(InputError, match=r"no calibration trial 'Olympiad'.*'OlympiAD'"):
        fit_drugs(leave_out=["Olympiad"], catalog=two_trials)
    with pytest.raises(InputError, match="no calibration trial 'MONALEESA-3'"):
        fit_drugs(leave_out=["MONALEESA-3"], catalog=two_trials)
    with pytest.raises(InputError, match="no calibration trial is left to fit"):
        fit_drugs(leave_out=["OlympiAD", "PALOMA-2"], catalog=two_trials)


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
    assert found("DESTINY-Breast03", "cr") == [(0.161, pytest.approx(0.161))]


def test_a_rate_is_compared_in_the_women_that_it_was_published_of() -> None:
    """Half of the women have measurable disease, and a third of those respond: 1/6 of all."""
    women = 600
    measurable = np.arange(women) % 2 == 0
    response = np.where(np.arange(women) % 6 == 0, PR, SD)
    nothing = np.zeros(women)
    arm = ArmOutcomes(nothing, measurable, nothing, measurable, response, nothing, measurable)
    entry = {"endpoint": "orr", "value": 0.3, "verified": True}
    known = np.zeros(women, KNOWN).view(np.recarray)
    known.measurable = measurable
    spec = packaged().trials["EMILIA"]
    for denominator, expected in (("all", 1 / 6), ("measurable", 1 / 3)):
        published = Published.model_validate(entry | {"denominator": denominator})
        one = spec.arms[0].model_copy(update={"published": [published]})
        told = spec.model_copy(update={"arms": [one], "comparisons": [], "baseline": []})
        baseline = Baseline(
            np.arange(women), known, nothing, nothing, nothing, nothing, Names((), ())
        )
        simulated = Simulated(told, baseline, {one.name: arm})
        (target,) = targets(told)
        share = 1.0 / (1.0 + math.exp(-target.statistic(simulated)))
        assert share == pytest.approx(expected, abs=0.003)
        assert 1.0 / (1.0 + math.exp(-target.expected)) == pytest.approx(0.3)


def test_who_enrols_is_fitted_to_ten_points() -> None:
    """What no protocol asks for: of a first line measurable disease and nodes, of a later one every share."""
    trials = packaged().trials

    def found(name: str) -> dict[str, Target]:
        return {one.wanted.endpoint: one for one in targets(trials[name]) if one.kind == ENROLMENT}

    assert set(found("PALOMA-2")) == {"measurable", "nodes"}
    assert set(found("KEYNOTE-355")) == set()  # it asks for measurable disease
    assert set(found("ASCENT")) == {"lung", "liver", "bone", "three_or_more_sites"}
    told = found("DESTINY-Breast03")  # which takes nobody with brain metastases here
    assert set(told) == {"measurable", "visceral"}
    both = told["measurable"]  # 95 and 92 % in its arms
    assert both.published == pytest.approx(0.935)
    women = 2_000
    known = np.zeros(women, KNOWN).view(np.recarray)
    for share in (0.935, 0.78):
        known.measurable = np.arange(women) < share * women
        empty = np.zeros(women)
        base = Baseline(np.arange(women), known, empty, empty, empty, empty, Names((), ()))
        value = both.statistic(Simulated(trials["DESTINY-Breast03"], base, {}))
        assert 1.0 / (1.0 + math.exp(-value)) == pytest.approx(share, abs=0.001)
        assert (abs(value - both.expected) < 0.02) == (share > 0.9)
    nodes = found("PALOMA-2")["nodes"]
    assert nodes.discrepancy == pytest.approx(0.1 / (0.48 * 0.52))


@pytest.mark.parametrize("value, free, counts", [
    (">30", 0.7, False), (">30", 0.3, True), ("<30", 0.3, False), ("<30", 0.7, True),
])  # fmt: skip
def test_a_bound_counts_on_one_side(value: str, free: float, counts: bool) -> None:
    """A median above 30 months is missed only where fewer than half are free of the event then."""
    entry = Published.model_validate({"endpoint": "os_median", "value": value, "verified": True})
    spec = packaged().trials["EMILIA"]
    one = spec.arms[0].model_copy(update={"published": [entry]})
    (target,) = targets(spec.model_copy(update={"arms": [one], "comparisons": [], "baseline": []}))
    cell = Cell(
        "EMILIA", one.name, "os_median", (), 30.0, target.expected,
        math.log(free / (1.0 - free)), target.sigma, 100, 30.0, target.unit, target.z_limits,
    )  # fmt: skip
    assert (cell.z != 0.0) == counts
    if counts:
        assert abs(cell.z) == pytest.approx(math.log(0.7 / 0.3) / target.sigma)
