"""Colonies of several lesions: how many, and that one record does what as many single lesions do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, kstest

from kernels import FALSE_ALARM, chi_square_p, exponential_p, parameters, woman, women
from seedsoil.model.natural_history.clusters import cluster_size
from seedsoil.model.natural_history.death import cancer_death
from seedsoil.model.natural_history.hazard import cumulative
from seedsoil.model.natural_history.lazy_lesions import list_active, set_bounds
from seedsoil.model.natural_history.spread import found_colony
from seedsoil.model.natural_history.symptoms import onsets
from seedsoil.simulation.shards import simulate_rows
from seedsoil.vocabulary import BONE, LIVER, METASTATIC_ORGANS
from treated import PERIOD, Drug, Lesion, Regimen, constants, courses, each, immortal, plan, rules
from treated import women as treated

RATE = 0.5
COLONIES = 4000


def put(p: Any, her: Any, organ: int, multiplicities: list[int], seed: int) -> None:
    """Growing lesions from time 0 in one organ, with fresh clocks, in place of her list."""
    rng = np.random.default_rng(seed)
    her.n_lesions = len(multiplicities)
    for i, multiplicity in enumerate(multiplicities):
        lesion = her.lesions[i]
        lesion.multiplicity = multiplicity
        lesion.organ = organ
        lesion.ln_y = p.log_y0
        lesion.rate = RATE
        lesion.start = lesion.founded = lesion.founded_latest = lesion.woke = 0.0
        lesion.eradicated = math.inf
        lesion.determined = 1
        lesion.version = 0
        lesion.entity = int(rng.integers(2**32))
        lesion.first_uniform = rng.uniform()
        set_bounds(p, her, lesion)
        her.small_until[i] = lesion.small_until
        her.no_event_before[i] = lesion.no_event_before
        her.multiplicities[i] = lesion.multiplicity


def test_lesions_of_a_colony_are_geometric_and_know_nothing_of_the_organ() -> None:
    """Mean and law of the number; the same in the organs. False-alarm rate 1e-6 a test."""
    size = 3.5
    p = parameters({"spread.log_cluster_size": math.log(size)}, seed=1201)
    her = woman(p, 0, RATE, -13.0)
    rng = np.random.default_rng(1)
    drawn = rng.uniform(size=COLONIES)
    her.founding_clocks[0] = 1.0
    number, organ = np.zeros(COLONIES, int), np.zeros(COLONIES, int)
    for k in range(COLONIES):
        her.drawn[0, 0] = drawn[k]
        found_colony(p, her, her.primary, her.lesions[0], 0, 0, -1, 0, 0.0, 1.0)
        number[k], organ[k] = her.lesions[0].multiplicity, her.lesions[0].organ
    more = 1.0 - 1.0 / size
    most = 8
    expected = [(1.0 - more) * more ** (k - 1) for k in range(1, most)] + [more ** (most - 1)]
    for chosen in (number, number[organ == BONE], number[organ == LIVER]):
        seen = [np.count_nonzero(chosen == k) for k in range(1, most)]
        seen.append(np.count_nonzero(chosen >= most))
        assert chi_square_p(np.array(seen), chosen.size * np.array(expected)) > FALSE_ALARM
    assert cluster_size(math.log(more), 1.0) == 1.0


@pytest.mark.parametrize("multiplicities", [[1], [6], [2, 5]])
def test_death_and_symptoms_come_as_of_so_many_lesions(multiplicities: list[int]) -> None:
    """Λ(T) ~ Exp(1), Λ that of the summed burden of all lesions, alike and equal in size.

    Death's exponent is below 1, so the whole burden (m N)^g decides; symptoms' is 1. False-alarm rate 1e-6.
    """
    p = parameters({"death.exponent": 0.7, "death.log_hazard:liver": 3.0}, seed=1202)
    total = sum(multiplicities)
    years = 60.0
    deaths, symptoms = [], []
    her = woman(p, 0, RATE, -13.0)
    for patient in range(3000):
        her.patient = patient
        put(p, her, LIVER, multiplicities, seed=patient)
        list_active(p, her, years)
        deaths.append(cancer_death(p, her, -1.0, years))
        onsets(p, her, -1.0, years)
        symptoms.append(her.symptom_times[LIVER, 0])
    g = p.death_exponent
    top = p.death_log_top[LIVER] + g * math.log(total)
    hazard = [cumulative(t, top, math.log(g), p.log_y0, RATE) for t in deaths if t < math.inf]
    assert len(hazard) == 3000
    assert exponential_p(np.array(hazard)) > FALSE_ALARM
    top = p.symptom_log_top[LIVER, 0] + math.log(total)
    hazard = [cumulative(t, top, 0.0, p.log_y0, RATE) for t in symptoms if t < math.inf]
    end = cumulative(years, top, 0.0, p.log_y0, RATE)
    share = (1.0 - np.exp(-np.array(hazard))) / (1.0 - math.exp(-end))
    assert kstest(share, "uniform").pvalue > FALSE_ALARM


def test_rows_and_visible_lesions_count_the_lesions_of_a_colony() -> None:
    """The table of lesions says how many each row stands for; their sum is the count of visible ones."""
    p = parameters({"spread.log_cluster_size": math.log(6.0)}, seed=1205)
    patients, rows, _ = women(p, 3000)
    patients = patients[(patients["visible_lesions"] > 0) & ~patients["truncated"]]
    rows = rows[rows["organ"] < METASTATIC_ORGANS]
    when = {int(row["patient"]): row["metastatic_at"] for row in patients}
    seen = dict.fromkeys(when, 0)
    for row in rows:
        number = int(row["patient"])
        if number in when and row["visible_at"] <= when[number]:
            seen[number] += int(row["multiplicity"])
    assert list(seen.values()) == patients["visible_lesions"].tolist()
    assert patients["visible_lesions"].mean() > 4.0


@pytest.mark.parametrize("alike", [2, 5])
def test_lesions_side_by_side_are_treated_as_so_many(alike: int) -> None:
    """One record of m lesions, and m records that are alike: the same lines, scans, symptoms and deaths.

    Two colonies of the liver and one of bone: targets and non-targets, in an organ that has room for two.
    """
    p = parameters(seed=1207)
    c = constants(
        p,
        [Drug({8: 9.0}), Drug({11: 6.0})],
        [Regimen([0]), Regimen([1])],
        resistance_log_odds=-4.0,
        resistance_log_odds_sd=2.0,
    )
    own = plan(c, rules({"regimen": 0, "line": (1, 1)}, {"regimen": 1}))
    colonies = [
        Lesion(21.5, LIVER, 0.6, entity=3),
        Lesion(22.0, LIVER, 0.8, entity=4),
        Lesion(20.5, BONE, 0.7, entity=5),
    ]
    one = [lesion._replace(multiplicity=alike) for lesion in colonies]
    apart = [lesion for lesion in colonies for _ in range(alike)]
    a, b = (courses(p, own, treated(p, lesions, 400)) for lesions in (one, apart))
    assert a.ends.died_at == pytest.approx(b.ends.died_at, rel=1e-9)
    assert np.array_equal(a.ends.lines, b.ends.lines)
    assert a.ends.with_symptoms == pytest.approx(b.ends.with_symptoms, rel=1e-9)
    for name in ("best_response", "progression_by", "progression_organ"):
        assert np.array_equal(a.lines[name], b.lines[name]), name
    for name in ("started_at", "stopped_at", "progressed_at", "baseline_mm", "best_change"):
        assert a.lines[name] == pytest.approx(b.lines[name], rel=1e-9, nan_ok=True), name
    assert len(set(a.lines.best_response.tolist())) > 2
    assert len(set(a.lines.progression_by.tolist())) > 1


@pytest.mark.parametrize("left", [0.05, 0.6, 2.0])
def test_each_lesion_of_a_colony_may_be_eradicated(left: float) -> None:
    """With `left` cells a lesion on average all m are gone with e^(-m left); else a binomial number is left.

    False-alarm rate 1e-6.
    """
    m, count = 4, 4000
    p = immortal(parameters(seed=1208))
    log_n = math.log(1e7)
    kill = (log_n - math.log(left)) / PERIOD
    c = constants(p, [Drug({8: kill})], [Regimen([0], years=[PERIOD])], resistance_log_odds=-200.0)
    made = treated(p, [Lesion(log_n, rate=1e-12, multiplicity=m)], count, other_death=4 * PERIOD)
    own = plan(c, rules({"regimen": 0, "line": (1, 1)}))
    alive = []
    for s in each(p, own, made):
        lesion = s.lesions[0]
        gone = lesion.extinct_at < math.inf
        alive.append(0 if gone else int(lesion.multiplicity))
    lives = -math.expm1(-left)
    expected = count * binom.pmf(np.arange(m + 1), m, lives)
    seen = np.bincount(alive, minlength=m + 1)
    few = expected >= 5.0
    pooled = [*seen[few], seen[~few].sum()], [*expected[few], expected[~few].sum()]
    keep = np.array(pooled[1]) > 0.0
    assert chi_square_p(np.array(pooled[0])[keep], np.array(pooled[1])[keep]) > FALSE_ALARM


def test_with_one_lesion_a_founding_nothing_else_changes() -> None:
    """Colonies of one are what they are whatever multiplies the others: only those with more differ."""
    one = simulate_rows(
        parameters({"spread.log_cluster_size": 0.0}, seed=1206), 0, 2000, details=False
    )
    few = simulate_rows(
        parameters({"spread.log_cluster_size": 0.02}, seed=1206), 0, 2000, details=False
    )
    same = np.array(
        [a.tobytes() == b.tobytes() for a, b in zip(one.patients, few.patients, strict=True)]
    )
    assert 0.8 < same.mean() < 1.0
