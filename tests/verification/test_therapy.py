"""Adjuvant therapy: eradication cell by cell, waking put off, and no effect without a kill.

Systemic therapy of metastases: one cycle of one lesion against Stein's curve and an ODE solver.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels import (
    FALSE_ALARM,
    binomial_p,
    exponential_p,
    lesions,
    parameters,
    same_bits,
)
from kernels import women as cohort_rows
from seedsoil import random
from seedsoil.biology.adjuvant import CHEMO, ENDOCRINE, TRASTUZUMAB, cell_survival, treat
from seedsoil.biology.dormancy import delayed_waking, sleep
from seedsoil.biology.growth import ln_y_of
from seedsoil.biology.lesions import BONE, BRAIN, y_at
from seedsoil.biology.therapy import after_cycle, decay, log_survival
from treated import (
    CYCLE,
    Drug,
    Lesion,
    Regimen,
    constants,
    courses,
    each,
    immortal,
    plan,
    rules,
    women,
)

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
    without, lesions_without, symptoms_without = cohort_rows(parameters(nothing, seed=405), 1000)
    treated, lesions_treated, symptoms_treated = cohort_rows(
        parameters(nothing, seed=405, adjuvant=era), 1000
    )
    assert np.count_nonzero(treated["adjuvant"]) > 100
    treated["adjuvant"] = 0
    assert same_bits(without, treated)
    assert same_bits(lesions_without, lesions_treated)
    assert same_bits(symptoms_without, symptoms_treated)


def test_therapy_leaves_women_alone_who_do_not_get_it() -> None:
    """Common random numbers: the same therapies, or none, mean the same course under any policy."""
    base, *_ = cohort_rows(parameters(seed=406), 3000)
    eras = {era: cohort_rows(parameters(seed=406, adjuvant=era), 3000)[0] for era in ERAS}
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
    without, *_ = cohort_rows(parameters(strong, seed=407), 1500)
    treated, lesion_rows, _ = cohort_rows(parameters(strong, seed=407, adjuvant="chemo"), 1500)
    assert np.isfinite(lesion_rows["eradicated_at"]).sum() > 50
    assert treated["of_cancer"].sum() < 0.9 * without["of_cancer"].sum()


# ---------------------------------------------------------------- systemic therapy: one lesion, its cycles

LOG_CAPACITY = math.log(1e12)
WEEK = 7.0 / 365.25
LEFT_ALONE = 9.8  # ln of the smallest lesion that is followed cycle by cycle: a million cells, less e^4


@settings(max_examples=300, deadline=None)
@given(
    z=st.floats(-60.0, 50.0),
    cycles=st.lists(st.floats(0.0, 20.0), min_size=1, max_size=60),
)
def test_one_clone_without_growth_is_steins_curve(z: float, cycles: list[float]) -> None:
    """Cycles of any length: N/N(0) = f + (1 - f) e^(-K), to 1e-12 of ln."""
    left, done = 0.0, 0.0
    for kill in cycles:
        left += log_survival(z + done, kill)
        done += kill
    exact = np.logaddexp(z, -done) - np.logaddexp(z, 0.0)
    assert left == pytest.approx(exact, abs=1e-12 * max(1.0, done))
    assert log_survival(z, done) == pytest.approx(exact, abs=1e-12 * max(1.0, done))


@pytest.mark.parametrize("years", [0.02, 0.1, 0.5])
def test_steins_regression_growth_curve(years: float) -> None:
    """Growth by a factor a year for all, a kill for most: N(0) [(1-f) e^((g-k)t) + f e^(gt)].

    Far from the capacity b y is constant: with b = 1e-9 and y = 1e9 g the cycle is exact at any length.
    """
    g, k, z = 2.0, 9.0, -6.0
    resistant = 1.0 / (1.0 + math.exp(-z))
    b = 1e-9
    whole, half = decay(b, years)
    y = g / b
    for n in range(1, 6):
        y = after_cycle(y, whole, half, log_survival(z + (n - 1) * k * years, k * years))
        t = n * years
        exact = math.log((1.0 - resistant) * math.exp((g - k) * t) + resistant * math.exp(g * t))
        assert g / b - y == pytest.approx(exact, abs=1e-6)  # the last digits of y = 2e9


def by_cycles(
    log_n: float, rate: float, clones: list[tuple[float, float]], years: float, n: int
) -> NDArray[Any]:
    """ln N at the end of n cycles; `clones` are (z, kill a year) of the mechanisms."""
    whole, half = decay(rate, years)
    y = LOG_CAPACITY - log_n
    sizes = []
    for cycle in range(n):
        y = after_cycle(
            y, whole, half,
            sum(log_survival(z + k * years * cycle, k * years) for z, k in clones),
        )
        sizes.append(LOG_CAPACITY - y)
    return np.array(sizes)


def by_ode(
    log_n: float, rate: float, clones: list[tuple[float, float]], times: NDArray[Any]
) -> NDArray[Any]:
    """The same from d ln N/dt = b ln(K/N) - Σ k_m (1 - f_m), df_m/dt = k_m f_m (1 - f_m)."""
    from scipy.integrate import solve_ivp

    kills = np.array([k for _, k in clones])

    def slope(_: float, state: NDArray[Any]) -> NDArray[Any]:
        log_cells, f = state[0], state[1:]
        growth = rate * (LOG_CAPACITY - log_cells) - np.sum(kills * (1.0 - f))
        return np.concatenate([[growth], kills * f * (1.0 - f)])

    start = [log_n, *(1.0 / (1.0 + math.exp(-z)) for z, _ in clones)]
    solved = solve_ivp(
        slope, (0.0, times[-1]), start, t_eval=times, method="DOP853", rtol=1e-10, atol=1e-14
    )
    return np.asarray(solved.y[0])


# Largest error in ln N over 3 years of lesions that start at 1e10 cells, by weeks of a cycle and (growth b,
# kill k of each mechanism) per year. It is of second order: b k Δ² / 8 for each mechanism, at most.
SPLITTING = {
    (0.05, 2.0): {1: 0.0001, 2: 0.0001, 3: 0.0001, 4: 0.0001, 6: 0.0001, 8: 0.0002, 12: 0.0004},
    (0.2, 5.0): {1: 0.0001, 2: 0.0002, 3: 0.0003, 4: 0.0005, 6: 0.0011, 8: 0.0020, 12: 0.0042},
    (0.5, 10.0): {1: 0.0002, 2: 0.0008, 3: 0.0016, 4: 0.0028, 6: 0.0063, 8: 0.011, 12: 0.025},
    (1.0, 20.0): {1: 0.0008, 2: 0.0028, 3: 0.0063, 4: 0.011, 6: 0.025, 8: 0.044, 12: 0.1},
    (2.0, 40.0): {1: 0.0028, 2: 0.011, 3: 0.025, 4: 0.044, 6: 0.1, 8: 0.21, 12: 0.4},
}


@pytest.mark.parametrize("weeks", [1, 2, 3, 4, 6, 8, 12])
@pytest.mark.parametrize(("rate", "kill"), SPLITTING)
def test_splitting_error(rate: float, kill: float, weeks: int) -> None:
    """Growth and kill taken in turn, against both at once: below 1 % of ln N up to b = 1 and k = 20 a year
    at any cycle of 1 to 12 weeks, and beyond that up to 6 weeks.
    """
    years = weeks * WEEK
    n = round(3.0 / years)
    times = years * np.arange(1, n + 1)
    worst = worst_share = 0.0
    for clones in (
        [(0.0, kill)], [(-5.0, kill)], [(-10.0, kill)], [(-20.0, kill)],
        [(-5.0, kill), (-10.0, 0.5 * kill)], [(-10.0, kill), (-15.0, kill)],
    ):
        exact = by_ode(math.log(1e10), rate, clones, times)
        error = np.abs(by_cycles(math.log(1e10), rate, clones, years, n) - exact)
        worst = max(worst, error[exact > 0.0].max())
        followed = exact > LEFT_ALONE
        if followed.any():
            worst_share = max(worst_share, (error / exact)[followed].max())
    assert worst <= SPLITTING[rate, kill][weeks]
    if rate <= 1.0 or weeks <= 6:
        assert worst_share < 0.01


def test_the_kernel_takes_a_lesion_through_cycles_and_drug_holidays() -> None:
    """Two mechanisms, one stopped after a year, the brain half exposed: the kernel, as told by hand."""
    p = immortal(parameters(seed=410))
    drugs = [Drug({8: 3.0}, organs={BRAIN: 0.5}), Drug({4: 2.0}, organs={BRAIN: 0.25})]
    c = constants(p, drugs, [Regimen([0, 1], years=[1.0, math.inf], dose=[1.0, 1.5])])
    c.resistance_log_odds[8], c.resistance_log_odds[4] = -3.0, -8.0
    c.recist_nontarget_log_increase = 1000.0  # never progression of this one
    cycles = 20
    for organ, exposure in ((BONE, (1.0, 1.0)), (BRAIN, (0.5, 0.25))):  # never target lesions
        made = women(p, [Lesion(21.0, organ, rate=0.7)], other_death=cycles * CYCLE - 1e-6)
        made.women.first_organ = organ
        told = courses(p, plan(c, rules({"regimen": 0})), made)
        y = p.log_capacity - 21.0
        whole, half = decay(0.7, CYCLE)
        z = [-3.0, -8.0]
        for cycle in range(cycles):
            # the first drug is given while the middle of the cycle lies before its year is over
            given = ((cycle + 0.5) * CYCLE <= 1.0, True)
            left = 0.0
            for m, kill in enumerate((3.0 * exposure[0], 3.0 * exposure[1])):
                if given[m]:
                    left += log_survival(z[m], kill * CYCLE)
                    z[m] += kill * CYCLE
            y = after_cycle(y, whole, half, left)
        assert told.s.cycles == cycles
        assert told.s.y[0] == pytest.approx(y, rel=1e-12)


# ---------------------------------------------------------------- eradication


def extinct(p: Any, c: Any, log_n: float, rate: float, count: int, until: float) -> NDArray[Any]:
    """Whether the one lesion of each of `count` women is extinct when they die at `until`."""
    made = women(p, [Lesion(log_n, rate=rate)], count, other_death=until)
    own = plan(c, rules({"regimen": 0, "line": (1, 1)}))
    return np.array([s.extinct_at[0] < math.inf for s in each(p, own, made)])


@pytest.mark.parametrize("left", [0.02, 0.5, 1.0, 3.0])
def test_eradication_in_one_cycle(left: float) -> None:
    """A lesion that one cycle leaves `left` cells of is gone with e^-left. False-alarm rate 1e-6."""
    p = immortal(parameters(seed=411))
    log_n = math.log(1e7)
    kill = (log_n - math.log(left)) / CYCLE
    c = constants(p, [Drug({8: kill})], [Regimen([0], years=[CYCLE])], resistance_log_odds=-200.0)
    gone = extinct(p, c, log_n, 1e-12, 4000, CYCLE)
    assert binomial_p(gone.sum(), gone.size, math.exp(-left)) > FALSE_ALARM


def test_eradication_does_not_depend_on_the_length_of_cycles() -> None:
    """The same women, whether the same kill comes in 1, 3 or 12 cycles."""
    p = immortal(parameters(seed=412))
    log_n = math.log(1e7)
    years = 12 * CYCLE
    gone = []
    for n in (1, 3, 12):
        c = constants(
            p, [Drug({8: log_n / years})], [Regimen([0], years=[years])],
            resistance_log_odds=-200.0, cycle_years=years / n, scan_years=years,
        )
        gone.append(extinct(p, c, log_n, 1e-12, 500, years))
    assert 0.25 < gone[0].mean() < 0.5
    assert np.array_equal(gone[0], gone[1])
    assert np.array_equal(gone[0], gone[2])


def test_a_resistant_lesion_is_never_eradicated() -> None:
    """Of 1e7 cells a thousandth resists: whatever the kill, ten thousand cells are left."""
    p = immortal(parameters(seed=413))
    c = constants(
        p, [Drug({8: 1000.0})], [Regimen([0], years=[1.0])],
        resistance_log_odds=math.log(1e-3), resistance_primary=0.0,
    )
    assert not extinct(p, c, math.log(1e7), 0.1, 300, 1.0).any()


# ---------------------------------------------------------------- more kill


@settings(max_examples=200, deadline=None)
@given(
    log_n=st.floats(5.0, 27.0), rate=st.floats(0.01, 3.0), weak=st.floats(0.0, 30.0),
    more=st.floats(0.0, 30.0), z=st.floats(-40.0, 20.0),
)
def test_more_kill_never_leaves_more_cells(
    log_n: float, rate: float, weak: float, more: float, z: float
) -> None:
    """Cycle by cycle: without growth whatever the resistance, and with growth if nothing resists."""
    for clone, growth in ((z, 0.0), (-5000.0, rate)):
        fewer = by_cycles(log_n, growth, [(clone, weak + more)], CYCLE, 40)
        many = by_cycles(log_n, growth, [(clone, weak)], CYCLE, 40)
        assert (fewer <= many + 1e-9).all()


def test_with_resistance_more_kill_can_leave_more_cells_later() -> None:
    """Competitive release: the smaller lesion grows faster (b ln(K/N)), and what resists with it.

    Not an artefact of the cycles: the ODE says so too.
    """
    times = CYCLE * np.arange(1, 66)
    for method in ("cycles", "ode"):
        weak, strong = (
            by_cycles(21.0, 0.5, [(-7.0, kill)], CYCLE, 65)
            if method == "cycles"
            else by_ode(21.0, 0.5, [(-7.0, kill)], times)
            for kill in (4.0, 24.0)
        )
        assert strong[3] < weak[3] - 4.0
        assert strong[-1] > weak[-1] + 0.1
