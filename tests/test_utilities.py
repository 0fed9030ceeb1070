"""Utilities drawn with their orders, reference cases, and the QALYs that the disease takes."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from seedsoil.catalog import Catalog, load
from seedsoil.catalog.life_table import LifeTableRow
from seedsoil.economics.reference_case import ReferenceCase
from seedsoil.economics.shortfall import expected_qalys, shortfall
from seedsoil.economics.utilities import draw_utilities
from seedsoil.errors import DataErrors, InputError
from seedsoil.vocabulary import SYMPTOM_KEYS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def packaged() -> Catalog:
    return load()


# Utilities.


def test_draws_of_utilities_have_the_catalogs_means_and_standard_errors(packaged: Catalog) -> None:
    draws = 10_000
    drawn = draw_utilities(np.random.default_rng(5), packaged, draws)
    states = ["utility.stable", "utility.response", "utility.progressed", "utility.grade3"]
    symptoms = [f"utility.symptom:{key}" for key in SYMPTOM_KEYS]
    assert set(drawn) == {*states, "utility.grade3_weeks", *symptoms}
    for name, values in drawn.items():
        key, _, item = name.partition(":")
        mean, sd = packaged.value(key, item or None), values.std()
        assert abs(values.mean() - mean) < 4.5 * sd / math.sqrt(draws), name
        spread = packaged.parameters[key].spread
        assert spread is not None
        difference = spread.below or spread.above
        if difference:
            sd = (values - drawn[difference]).std()
        assert sd == pytest.approx(spread.standard_errors[item], rel=0.06), name
        if name != "utility.grade3_weeks":
            assert ((values > 0.0) & (values < 1.0)).all()


def test_progressed_is_never_above_stable_nor_response_below_it(packaged: Catalog) -> None:
    drawn = draw_utilities(np.random.default_rng(6), packaged, 10_000)
    assert (drawn["utility.progressed"] <= drawn["utility.stable"]).all()
    assert (drawn["utility.stable"] <= drawn["utility.response"]).all()
    # drawn apart with the same standard errors some would be out of order
    apart = np.random.default_rng(7).normal(size=(2, 10_000)) * drawn["utility.progressed"].std()
    assert (0.579 + apart[0] > 0.715 + apart[1]).any()


def test_one_draw_is_a_catalog(packaged: Catalog) -> None:
    drawn = draw_utilities(np.random.default_rng(8), packaged)
    mine = packaged.with_values(drawn)
    assert mine.value("utility.stable") == drawn["utility.stable"] != 0.715
    assert mine.hash() == packaged.hash()
    again = draw_utilities(np.random.default_rng(8), packaged, 1)
    assert drawn == {name: values[0] for name, values in again.items()}


def test_a_changed_value_has_the_distribution_about_itself_or_is_refused(
    packaged: Catalog,
) -> None:
    vignette = packaged.with_values({"utility.progressed": 0.443})
    drawn = draw_utilities(np.random.default_rng(9), vignette, 4_000)["utility.progressed"]
    assert drawn.mean() == pytest.approx(0.443, abs=0.005)
    with pytest.raises(DataErrors, match=r"0\.8 is not below utility\.stable"):
        draw_utilities(np.random.default_rng(9), packaged.with_values({"utility.progressed": 0.8}))
    for changed, words in (
        (
            {"utility.progressed": 0.9},
            r"^utility\.progressed changed from 0\.579 to 0\.9: 0\.9 is not below",
        ),
        (
            {"utility.stable": 0.5},
            r"^utility\.stable changed from 0\.715 to 0\.5: utility\.progressed: 0\.579",
        ),
    ):
        with pytest.raises(InputError, match=words) as error:
            draw_utilities(np.random.default_rng(9), packaged.with_values(changed))
        assert "toml" not in str(error.value)
        assert str(error.value).count("is not below") == 1


@pytest.mark.parametrize(
    "text,parts",
    [
        ("[utility.stable]\nstandard_error = 0.6\n", ["0.6 is too large for a beta of mean 0.715"]),
        ("[utility.stable]\nstandard_error = -0.1\n", ["utility.stable", "standard_error", "-0.1"]),
        (
            "[utility.progressed]\nstandard_error = 0.001\n",
            ["utility.progressed", "0.001", "less than comes of", "utility.stable"],
        ),
        ("[utility.progressed]\nbelow = 'utility.stabel'\n", ["did you mean 'utility.stable'?"]),
        ("[utility.progressed]\nabove = 'utility.stable'\n", ["below", "both given"]),
        ("[utility.stable]\ndistribution = 'normal'\n", ["'normal' is not allowed", "beta"]),
        ("[utility.before_metastasis]\nstandard_error = 0.1\n", ["distribution is missing"]),
        ("[utility.symptom]\nbelow = 'utility.stable'\n", ["below", "goes by symptom"]),
        ("[utility.grade3_weeks]\nbelow = 'utility.stable'\n", ['needs distribution = "beta"']),
    ],
)
def test_bad_distribution_of_a_parameter(tmp_path: Path, text: str, parts: list[str]) -> None:
    folder = tmp_path / "parameters"
    folder.mkdir()
    (folder / "utility.toml").write_text(text)
    with pytest.raises(DataErrors) as caught:
        load(tmp_path)
    for part in ("utility.toml", *parts):
        assert part in str(caught.value)


# Reference cases.


def test_reference_cases_are_what_the_agencies_ask_for() -> None:
    nice = ReferenceCase.load("nice")
    assert (nice.discount_costs, nice.discount_effects) == (0.035, 0.035)
    assert nice.horizon == math.inf
    assert nice.perspective == "uk-nhs"
    assert nice.probabilistic
    assert nice.fully_incremental
    assert nice.thresholds == (25_000.0, 35_000.0)  # in force since 2026
    assert nice.announced_thresholds == ()
    canada = ReferenceCase.load("cda-amc")
    assert (canada.discount_costs, canada.perspective, canada.currency) == (0.015, None, "CAD")
    icer, panel = ReferenceCase.load("icer"), ReferenceCase.load("second-panel")
    for case in (icer, panel):
        assert (case.discount_costs, case.discount_effects) == (0.03, 0.03)
        assert case.views == ("health", "societal")
        assert case.thresholds == (100_000.0, 150_000.0)
        assert case.weight(30.0, 1.0) == 1.0
    sectors = {row.sector for row in panel.inventory}
    assert {"health care", "informal health care", "productivity"} <= sectors
    assert any(row.societal and not row.health for row in panel.inventory)
    assert not any(row.health and not row.societal for row in panel.inventory)


@pytest.mark.parametrize(
    "absolute,proportional,weight",
    [
        (11.999, 0.849, 1.0),
        (12.0, 0.5, 1.2),
        (0.0, 0.85, 1.2),
        (17.999, 0.9499, 1.2),
        (18.0, 0.0, 1.7),
        (2.0, 0.95, 1.7),
        (30.0, 0.99, 1.7),
    ],
)
def test_severity_takes_the_higher_of_the_two_shortfalls(
    absolute: float, proportional: float, weight: float
) -> None:
    assert ReferenceCase.load("nice").weight(absolute, proportional) == weight


def test_unknown_reference_case() -> None:
    with pytest.raises(InputError, match="did you mean 'nice'"):
        ReferenceCase.load("nise")
    with pytest.raises(InputError, match="reference_case=3"):
        ReferenceCase.load(3)  # type: ignore[arg-type]


def test_bad_reference_case(tmp_path: Path) -> None:
    folder = tmp_path / "costs"
    folder.mkdir()
    (folder / "reference_cases.toml").write_text(
        '[mine]\ndescription = "x"\nagency = "y"\ncurrency = "EUR"\nperspectives = []\n'
        'views = ["health"]\ndiscount_costs = 3.5\ndiscount_effects = 0.03\n'
        'discount_form = "yearly"\nhorizon = "lifetime"\nincremental = "full"\n'
        'base_case = "probabilistic"\nthresholds = []\nsources = []\nstatus = "assumption"\n'
        'confidence = "low"\n'
    )
    with pytest.raises(DataErrors) as caught:
        load(tmp_path)
    told = str(caught.value)
    for part in (
        "mine",
        "discount_costs is 3.5",
        "'yearly' is not allowed",
        "annual",
        "thresholds",
    ):
        assert part in told


# Shortfall.


def constant(catalog: Catalog, hazard: float, utility: float) -> Catalog:
    """A world in which all die at one hazard and every year is worth the same."""
    norms = {
        name: norm.model_copy(
            update={"intercept": utility, "age": 0.0, "age_squared": 0.0, "death_probabilities": []}
        )
        for name, norm in catalog.costs.norms.items()
    }
    return dataclasses.replace(
        catalog,
        life_table=tuple(LifeTableRow(age, hazard) for age in range(101)),
        costs=catalog.costs._replace(norms=norms),
    )


@pytest.mark.parametrize("rate", [0.0, 0.035])
def test_at_a_constant_hazard_the_qalys_left_are_known(packaged: Catalog, rate: float) -> None:
    world = constant(packaged, 0.2, 0.8)
    known = 0.8 / (0.2 + math.log1p(rate))
    ages = np.array([0.0, 40.25, 63.999, 99.5, 100.0, 115.0])
    found = expected_qalys(ages, discount=rate, catalog=world)
    assert np.allclose(found, known, rtol=1e-9)


@pytest.mark.parametrize("age", [35.0, 61.37, 88.9])
@pytest.mark.parametrize("rate", [0.0, 0.035])
def test_qalys_left_are_the_integral(packaged: Catalog, age: float, rate: float) -> None:
    norm = packaged.costs.norms["england-eq5d-3l"]
    hazards = -np.log1p(-np.array(norm.death_probabilities))
    step = 1e-3
    t = np.arange(0.5 * step, 130.0, step)
    year = np.minimum(np.floor(age + t).astype(int), len(hazards) - 1)
    survival = np.exp(-(np.cumsum(hazards[year]) - 0.5 * hazards[year]) * step)
    at = np.clip(age + t, *norm.ages)
    worth = norm.intercept + norm.age * at + norm.age_squared * at**2
    expected = float(np.sum(survival * worth * np.exp(-math.log1p(rate) * t)) * step)
    found = float(expected_qalys(age, discount=rate, catalog=packaged))
    assert found == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("age, years", [(0, 83.06), (50, 34.47), (65, 21.12), (85, 6.87)])
def test_the_life_table_of_the_norm_gives_the_life_expectancies_beside_it(
    packaged: Catalog, age: float, years: float
) -> None:
    """Those of England, women, 2017 to 2019, as the office printed them."""
    norm = packaged.costs.norms["england-eq5d-3l"]
    ones = norm.model_copy(update={"intercept": 1.0, "age": 0.0, "age_squared": 0.0})
    costs = packaged.costs._replace(norms={"england-eq5d-3l": ones})
    world = dataclasses.replace(packaged, costs=costs)
    assert expected_qalys(float(age), catalog=world) == pytest.approx(years, abs=0.03)


def test_a_life_table_of_ones_own_goes_before_that_of_the_norm(packaged: Catalog) -> None:
    own = dataclasses.replace(
        packaged,
        life_table=tuple(LifeTableRow(age, 0.5) for age in range(101)),
        life_table_sources=(),
    )
    assert expected_qalys(60.0, catalog=own) < 2.0 < expected_qalys(60.0, catalog=packaged)


def test_norm_is_that_of_the_regression(packaged: Catalog) -> None:
    norm = packaged.costs.norms["england-eq5d-3l"]
    woman = norm.intercept + norm.age * 60.0 + norm.age_squared * 3600.0
    assert woman == pytest.approx(0.9508566 - 0.0002587 * 60 - 0.0000332 * 3600, abs=1e-12)
    assert expected_qalys(100.0) < expected_qalys(60.0) < expected_qalys(30.0)


def test_shortfall_is_what_is_lost_and_its_share(packaged: Catalog) -> None:
    nice = ReferenceCase.load("nice", packaged)
    world = constant(packaged, 0.05, 1.0)
    without = 1.0 / (0.05 + math.log1p(0.035))
    found = shortfall([50.0, 60.0], [1.0, 2.0], reference_case=nice, catalog=world)
    assert found.without == pytest.approx(without, rel=1e-9)
    assert found.absolute == pytest.approx(without - 1.5, rel=1e-9)
    assert found.proportional == pytest.approx(1.0 - 1.5 / found.without)
    assert found.standard_error == pytest.approx(0.5)
    assert found.weight == 1.2  # 0.873 of the QALYs are lost
    none = shortfall([50.0], [found.without], reference_case=nice, catalog=world)
    assert none.absolute == pytest.approx(0.0, abs=1e-9)
    assert none.weight == 1.0


@pytest.mark.parametrize(
    "ages,qalys,norm,part",
    [
        ([], [], None, "0 ages and 0 QALYs"),
        ([50.0, 60.0], [1.0], None, "2 ages and 1 QALYs"),
        ([-1.0], [1.0], None, "years from 0 to 120"),
        ([math.nan], [1.0], None, "years from 0 to 120"),
        ([50.0], [1.0], "england", "did you mean 'england-eq5d-3l'?"),
    ],
)
def test_bad_shortfall(ages: list[float], qalys: list[float], norm: str | None, part: str) -> None:
    nice = ReferenceCase.load("nice")
    more = {} if norm is None else {"norm": norm}
    with pytest.raises(InputError) as caught:
        shortfall(ages, qalys, reference_case=nice, **more)
    assert part in str(caught.value)


def test_a_life_table_in_which_nobody_dies_is_refused_without_a_discount(packaged: Catalog) -> None:
    world = constant(packaged, 0.0, 1.0)
    assert expected_qalys(50.0, discount=0.03, catalog=world) == pytest.approx(1 / math.log(1.03))
    with pytest.raises(InputError, match="nobody dies from age 100 on"):
        expected_qalys(50.0, catalog=world)


def test_bad_rate() -> None:
    with pytest.raises(InputError, match=r"discount=3\.5: must be a rate a year"):
        expected_qalys(50.0, discount=3.5)
