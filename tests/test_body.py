"""Weight, height and body surface: distribution, identity of the woman, formulas."""

from __future__ import annotations

import numpy as np
import pytest

import seedsoil as ss
from seedsoil.economics.body import Bodies, bodies, log_normal
from seedsoil.model import random

WOMEN = 200_000


@pytest.fixture(scope="module")
def population() -> Bodies:
    body = ss.load_catalog().dosing.body("breast-cancer-trials")
    return bodies(np.arange(WOMEN), 7, body)


def test_means_spreads_and_correlation_are_those_of_the_catalog(population: Bodies) -> None:
    body = ss.load_catalog().dosing.body("breast-cancer-trials")
    error = WOMEN**-0.5
    assert population.weight.mean() == pytest.approx(body.weight, abs=4 * body.weight_sd * error)
    assert population.weight.std() == pytest.approx(body.weight_sd, rel=0.02)
    assert population.height.mean() == pytest.approx(body.height, abs=4 * body.height_sd * error)
    assert population.height.std() == pytest.approx(body.height_sd, rel=0.01)
    logs = np.corrcoef(np.log(population.weight), np.log(population.height))[0, 1]
    assert logs == pytest.approx(body.correlation, abs=0.01)


def test_quartiles_of_weight_are_those_published(population: Bodies) -> None:
    # Quartino et al. 2016, table 2: quartiles of 595 women with HER2-positive breast cancer
    found = np.quantile(population.weight, [0.25, 0.5, 0.75])
    assert found == pytest.approx([59.0, 68.0, 79.0], abs=1.0)


def test_body_surface_is_near_that_of_women_given_chemotherapy(population: Bodies) -> None:
    # Sacco et al. 2010: 1.71 m² in the United Kingdom in 2005, of several cancers; not an input
    assert population.surface.mean() == pytest.approx(1.71, rel=0.04)


def test_a_woman_is_as_heavy_alone_as_among_others(population: Bodies) -> None:
    body = ss.load_catalog().dosing.body("breast-cancer-trials")
    some = bodies(np.array([5, 199_999, 12]), 7, body)
    assert np.array_equal(some.weight, population.weight[[5, 199_999, 12]])
    assert np.array_equal(some.height, population.height[[5, 199_999, 12]])
    assert not np.array_equal(bodies(np.array([5]), 8, body).weight, some.weight[:1])


def test_the_stream_is_that_of_no_kernel() -> None:
    drawn = np.empty((4, 3))
    patients, entities = np.array([0, 2**33, 7]), np.array([0, 4, 9])
    random.uniforms_of_patients(3, 1, patients, random.BODY, entities, 2, drawn)
    for i in range(3):
        alone = random.uniforms(3, 1, int(patients[i]), random.BODY, int(entities[i]), 2)
        assert tuple(drawn[:, i]) == alone


def test_formulas() -> None:
    woman = Bodies(np.array([64.0]), np.array([169.0]), 0.8)
    assert float(woman.surface[0]) == pytest.approx((64 * 169) ** 0.5 / 60)
    clearance = woman.clearance(np.array([0, 0]), np.array([60.0, 20.0]))
    assert clearance == pytest.approx([80 * 64 * 0.85 / (72 * 0.8), 113.3333], abs=1e-3)
    assert float(woman.clearance(np.array([0]), np.array([5.0]))[0]) == 125.0


def test_no_spread_is_the_mean() -> None:
    assert log_normal(70.0, 0.0) == pytest.approx((np.log(70.0), 0.0))
    body = ss.load_catalog().dosing.body("england")
    same = body.model_copy(update={"weight_sd": 0.0, "height_sd": 0.0})
    assert bodies(np.arange(5), 1, same).weight == pytest.approx([71.0] * 5)


def test_an_unknown_population_is_named() -> None:
    with pytest.raises(ss.InputError, match=r"population 'englnd'.*england"):
        ss.load_catalog().dosing.body("englnd")
