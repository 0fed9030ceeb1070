"""Adjuvant therapy: eradication cell by cell, waking put off, and no effect without a kill."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels import (
    FALSE_ALARM,
    binomial_p,
    exponential_p,
    lesions,
    parameters,
    same_bits,
    women,
)
from seedsoil import random
from seedsoil.biology.adjuvant import CHEMO, ENDOCRINE, TRASTUZUMAB, cell_survival, treat
from seedsoil.biology.dormancy import delayed_waking, sleep
from seedsoil.biology.growth import ln_y_of
from seedsoil.biology.lesions import y_at

ERAS = ("1990s", "2000s", "2013+")
ENTITY = 77


def colony(p: Any, log_cells: float) -> Any:
    """A colony of e^log_cells cells at time 0, growing at 0.5 a year."""
    made = lesions(1)[0]
    made.rate = 0.5
    made.ln_y = ln_y_of(p.log_capacity, log_cells)
    made.entity = ENTITY
    return made


def therapy(p: Any, name: int, survival: float, years: float = 1.0) -> None:
    """Make the therapy spare each cell with this probability, in every woman."""
    p.adjuvant_log_odds[name] = -745.0  # no resistant share
    p.adjuvant_log_odds_sd[name] = 0.0
    p.adjuvant_years[name] = years
    p.adjuvant_kill[name] = -math.log(survival) / years


@pytest.mark.parametrize(
    ("cells", "survivals"),
    [
        (1.0, {CHEMO: 0.3}),
        (50.0, {CHEMO: 0.02}),
        (50.0, {CHEMO: 0.2, TRASTUZUMAB: 0.1}),
        (1e9, {ENDOCRINE: 1e-9}),
    ],
    ids=["one cell", "few cells", "two therapies", "Poisson limit"],
)
def test_eradication_is_independent_between_cells(
    cells: float, survivals: dict[int, float]
) -> None:
    """Eradicated with probability (1-p)^n, p the product over therapies; for large n that is e^(-np).

    What is left otherwise is the mean of the survivors, so that the mean over all colonies is n p.
    False-alarm rate 1e-6.
    """
    p = parameters(seed=401)
    for name, survival in survivals.items():
        therapy(p, name, survival)
    bits = sum(1 << name for name in survivals)
    spared = math.prod(survivals.values())
    gone = (1.0 - spared) ** cells if cells < 1e6 else math.exp(-cells * spared)
    n = 10_000
    eradicated = 0
    left = set()
    for patient in range(n):
        lesion = colony(p, math.log(cells))
        treat(p, patient, lesion, bits, 0.0)
        if lesion.eradicated < math.inf:
            assert lesion.eradicated == 1.0
            assert lesion.start == math.inf
            eradicated += 1
        else:
            left.add(p.log_capacity - y_at(lesion, lesion.start))
    assert binomial_p(eradicated, n, gone) > FALSE_ALARM
    [log_left] = left
    assert (1.0 - gone) * math.exp(log_left) == pytest.approx(cells * spared, rel=1e-6)


def test_resistant_share_survives() -> None:
    """f + (1-f) e^(-kT)."""
    assert cell_survival(0.0, 1e6, 1.0) == 0.5
    assert cell_survival(-2.0, 3.0, 0.5) == pytest.approx(
        1 / (1 + math.e**2) + (1 - 1 / (1 + math.e**2)) * math.exp(-1.5), rel=1e-14
    )
    assert cell_survival(-2.0, 0.0, 5.0) == 1.0
    assert cell_survival(-2.0, 3.0, 0.0) == 1.0


def test_a_colony_that_wakes_under_therapy_meets_what_is_left_of_it() -> None:
    """One cell waking when a quarter of the course is left: spared with e^(-kT/4). Rate 1e-6."""
    p = parameters(seed=402)
    therapy(p, CHEMO, 1e-4, years=2.0)
    n, eradicated = 10_000, 0
    for patient in range(n):
        lesion = colony(p, 0.0)
        lesion.woke = lesion.start = 11.5
        treat(p, patient, lesion, 1 << CHEMO, 10.0)
        eradicated += lesion.eradicated == 12.0
    assert binomial_p(eradicated, n, 1.0 - 0.1) > FALSE_ALARM


def test_sleeping_colonies_are_spared_and_late_ones_untouched() -> None:
    p = parameters(seed=403)
    therapy(p, CHEMO, 1e-9)
    lesion = colony(p, 0.0)
    lesion.woke = lesion.start = 11.5
    before = lesion.copy()
    treat(p, 0, lesion, 1 << CHEMO, 10.0)
    assert lesion == before


@pytest.mark.parametrize("ratio", [0.2, 0.5, 1.0, 2.5])
def test_waking_under_endocrine_therapy(ratio: float) -> None:
    """The waking rate is 1/τ, times `ratio` for the 5 years of therapy: ∫ rate is Exp(1).

    False-alarm rate 1e-6.
    """
    mean, since, years = 6.0, 3.0, 5.0
    gathered = []
    for patient in range(10_000):
        u, _, _, _ = random.uniforms(404, 0, patient, random.COLONY, 0, 0)
        wakes = delayed_waking(sleep(u, 1.0, mean), since, years, ratio)
        under = min(max(wakes - since, 0.0), years)
        gathered.append((wakes - under + ratio * under) / mean)
    assert exponential_p(np.array(gathered)) > FALSE_ALARM


@pytest.mark.parametrize("era", ERAS)
def test_zero_kill_is_no_therapy(era: str) -> None:
    """Every woman has the same course to the bit; only the therapies on her record differ."""
    nothing = {f"adjuvant.{name}_kill": 0.0 for name in ("chemo", "endocrine", "trastuzumab")}
    nothing["adjuvant.endocrine_log_wake_ratio"] = 0.0
    without, lesions_without, symptoms_without = women(parameters(nothing, seed=405), 1000)
    treated, lesions_treated, symptoms_treated = women(
        parameters(nothing, seed=405, adjuvant=era), 1000
    )
    assert np.count_nonzero(treated["adjuvant"]) > 100
    treated["adjuvant"] = 0
    assert same_bits(without, treated)
    assert same_bits(lesions_without, lesions_treated)
    assert same_bits(symptoms_without, symptoms_treated)


def test_therapy_leaves_women_alone_who_do_not_get_it() -> None:
    """Common random numbers: the same therapies, or none, mean the same course under any policy."""
    base, *_ = women(parameters(seed=406), 3000)
    eras = {era: women(parameters(seed=406, adjuvant=era), 3000)[0] for era in ERAS}
    for one in eras.values():
        none = one["adjuvant"] == 0
        assert none.sum() > 100
        assert same_bits(one[none], base[none])
        # what happened before therapy is common to all
        for name in ("age", "diameter_mm", "positive_nodes", "subtype", "biomarkers"):
            assert same_bits(one[name], base[name])
        for other in eras.values():
            alike = one["adjuvant"] == other["adjuvant"]
            assert same_bits(one[alike], other[alike])


def test_therapy_helps_and_eradicates() -> None:
    """A kill without resistance, given to all, eradicates: a test that these tests can see anything."""
    strong = {"adjuvant.chemo_kill": 150.0, "adjuvant.chemo_log_odds": -30.0}
    strong["adjuvant.chemo_log_odds_sd"] = 0.0
    without, *_ = women(parameters(strong, seed=407), 1500)
    treated, lesion_rows, _ = women(parameters(strong, seed=407, adjuvant="chemo"), 1500)
    assert np.isfinite(lesion_rows["eradicated_at"]).sum() > 50
    assert treated["of_cancer"].sum() < 0.9 * without["of_cancer"].sum()
