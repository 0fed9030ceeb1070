"""With all cancer switched off, the life table that went in comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kernels import FALSE_ALARM, chi_square_p, exponential_p, packaged, parameters, women
from seedsoil.model.natural_history.outcome import NO_SPREAD
from seedsoil.model.natural_history.woman import years_to_other_death
from seedsoil.vocabulary import NODE

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cumulative_hazard(ages: NDArray[np.float64]) -> NDArray[np.float64]:
    """∫ of the catalog's life table from birth; its last rate holds beyond it."""
    rates = np.array([row.rate_per_year for row in packaged().life_table])
    edges = np.arange(rates.size + 1.0)
    total = np.concatenate([[0.0], np.cumsum(rates)])
    beyond = np.maximum(ages - edges[-1], 0.0) * rates[-1]
    hazard: NDArray[np.float64] = np.interp(ages, edges, total) + beyond
    return hazard


@pytest.fixture(scope="module")
def cohort() -> NDArray[Any]:
    quiet = {"spread.log_rate": -40.0, "lymph.log_onward_ratio": -100.0}
    patients, lesions, _ = women(parameters(quiet, seed=601), 10_000)
    assert np.all(lesions["organ"] == NODE)
    return patients


def test_nobody_dies_of_what_did_not_spread(cohort: NDArray[Any]) -> None:
    assert np.all(cohort["outcome"] == NO_SPREAD)
    assert not cohort["of_cancer"].any()
    assert np.isnan(cohort["metastatic_at"]).all()


def test_survival_from_diagnosis_is_the_life_tables(cohort: NDArray[Any]) -> None:
    """The table's hazard gathered between diagnosis and death is Exp(1). False-alarm rate 1e-6."""
    gathered = cumulative_hazard(cohort["age"] + cohort["died_at"]) - cumulative_hazard(
        cohort["age"]
    )
    assert exponential_p(gathered) > FALSE_ALARM


def test_deaths_by_year_of_age_are_the_life_tables(cohort: NDArray[Any]) -> None:
    """Deaths in each year of age against women-years at risk times the table's rate.

    False-alarm rate 1e-6 (chi-square over the years of age; given the years at risk, deaths are
    Poisson to the first order).
    """
    rates = np.array([row.rate_per_year for row in packaged().life_table])
    died = cohort["age"] + cohort["died_at"]
    ages = np.arange(20, rates.size)
    at_risk = [
        np.clip(np.minimum(died, a + 1.0) - np.maximum(cohort["age"], a), 0.0, None).sum()
        for a in ages
    ]
    deaths = np.array([np.count_nonzero((died >= a) & (died < a + 1)) for a in ages])
    assert deaths.sum() > 9000
    assert chi_square_p(deaths, np.array(at_risk) * rates[ages]) > FALSE_ALARM


@pytest.mark.parametrize("age", [40.3, 89.9, 99.0, 108.5, 130.0])
def test_survival_at_every_age(age: float) -> None:
    """Also beyond the end of the table. False-alarm rate 1e-6."""
    p = parameters(seed=602)
    died = age + np.array([years_to_other_death(p, patient, age) for patient in range(5000)])
    gathered = cumulative_hazard(died) - cumulative_hazard(np.array([age]))
    assert exponential_p(gathered) > FALSE_ALARM
