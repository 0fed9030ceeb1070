"""Fitness: what it is made of, and what it decides: further lines, trials, deaths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal, norm

from kernels import FALSE_ALARM, binomial_p, exponential_p, packaged, parameters
from seedsoil.model.natural_history.woman import years_to_other_death
from seedsoil.model.treatment.fitness import ecog_of, own_deviate
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.vocabulary import LIVER
from treated import Drug, Lesion, Regimen, constants, courses, immortal, nothing, plan, rules, women

GROWS = Lesion(22.0, LIVER, rate=0.6)
STABLE = Lesion(22.0, LIVER, rate=1e-9)
NOTHING_ELSE = {
    "fitness_per_decade": 0.0,
    "fitness_per_symptom": 0.0,
    "fitness_per_line": 0.0,
    "fitness_death_reference": 0.5,
}


def deviates(p: Any, c: Any, count: int) -> Any:
    return np.array([own_deviate(p, c, patient) for patient in range(count)])


@pytest.mark.parametrize("r", [0.0, 0.2, 0.7])
def test_fit_women_live_longer_and_the_life_table_stays(r: float) -> None:
    """z is standard normal, and of correlation r with the deviate of the other death. Rate 1e-6 each.

    So of the tenth that dies first the share with z < 0 is that of two normals; the time itself is the
    natural history's own.
    """
    p = parameters(seed=720)
    c = constants(p, fitness_background=r)
    z = deviates(p, c, 8000)
    assert kstest(z, "norm").pvalue > FALSE_ALARM
    years = np.array([years_to_other_death(p, patient, 60.0) for patient in range(8000)])
    rank = norm.ppf((np.argsort(np.argsort(years)) + 0.5) / 8000)
    assert abs(np.corrcoef(z, rank)[0, 1] - r) < 5.0 / math.sqrt(8000)
    first = years < np.quantile(years, 0.1)
    both = multivariate_normal([0.0, 0.0], [[1.0, r], [r, 1.0]]).cdf([norm.ppf(0.1), 0.0])
    assert binomial_p((z[first] < 0.0).sum(), first.sum(), both / 0.1) > FALSE_ALARM


def test_packaged_background_is_the_hazard_ratio_of_gait_speed() -> None:
    """While a tenth die, 0.71 per standard deviation, as the catalog's note says."""
    r = packaged().value("fitness.background")
    dying = norm.cdf((norm.ppf(0.1) - r * np.array([1.0, -1.0])) / math.sqrt(1.0 - r * r))
    low, high = np.log1p(-dying)
    assert math.sqrt(low / high) == pytest.approx(0.88**2.7, abs=0.03)


def test_fitness_falls_with_age_and_lines() -> None:
    p = immortal(parameters(seed=721))
    values = {"fitness_per_decade": 0.3, "fitness_per_line": 0.2, "fitness_per_symptom": 0.5}
    c = constants(p, [Drug({8: 1.0})], [Regimen([0])], resistance_log_odds=40.0, **values)
    z = deviates(p, c, 20)
    for age in (45.0, 75.0):
        made = women(p, [GROWS], 20, age=age, other_death=10.0)
        lines = courses(p, plan(c, rules({"regimen": 0, "line": (1, 3)})), made).lines
        expected = z[lines.patient] - 0.03 * (lines.known.age - 60.0) - 0.2 * (lines.line - 1)
        assert lines.known.fitness == pytest.approx(expected)
        assert (lines.line == 3).sum() == 20


def test_symptoms_lower_fitness() -> None:
    """By organ: that which revealed the disease counts at the first line."""
    p = immortal(parameters(seed=722))
    c = constants(
        p, [Drug({8: 1.0})], [Regimen([0])], fitness_per_symptom=0.5, fitness_per_decade=0.0
    )
    treated = plan(c, rules({"regimen": 0, "line": (1, 1)}))
    told = {
        first: courses(
            p,
            treated,
            women(p, [GROWS], 5, first_organ=first, first_symptom=min(first, 0), other_death=0.1),
        ).lines.known.fitness
        for first in (-1, LIVER)
    }
    assert told[LIVER] == pytest.approx(told[-1] - 0.5)


@pytest.mark.parametrize("hazard", [0.0, 0.2, 4.0])
def test_a_burden_that_is_about_to_kill_lowers_fitness(hazard: float) -> None:
    """By b ln(1 + λ/λ₁), λ the hazard of death from the burden on that day, whoever bears it."""
    p = parameters(seed=725)
    p.symptom_log_top[:] = -1000.0
    p.death_log_top[:] = -1000.0
    if hazard > 0.0:
        p.death_log_top[LIVER] = p.death_exponent * (p.log_capacity - 22.0) + math.log(hazard)
    told = [
        courses(
            p,
            plan(
                constants(
                    p, [Drug({8: 1.0})], [Regimen([0])], fitness_per_burden=b,
                    fitness_burden_hazard=0.5, **NOTHING_ELSE,
                ),
                rules({"regimen": 0, "line": (1, 1)}),
            ),
            women(p, [STABLE], 20, other_death=0.1),
        ).lines.known.fitness
        for b in (0.0, 0.8)
    ]  # fmt: skip
    assert told[1] == pytest.approx(told[0] - 0.8 * math.log1p(hazard / 0.5))


def test_performance_status_is_fitness_in_steps() -> None:
    c = constants(parameters())
    c.fitness_least[:] = 1.0, 0.0, -1.0, -2.0
    assert [ecog_of(c, f) for f in (2.0, 1.0, 0.9, 0.0, -0.5, -1.5, -9.0)] == [0, 0, 1, 1, 2, 3, 4]


def test_the_fitter_have_the_further_line() -> None:
    """Logit a + b F, woman by woman. False-alarm rate 1e-6."""
    p = immortal(parameters(seed=723))
    values = {"attrition_log_odds": 0.5, "attrition_per_fitness": 1.2, "fitness_per_line": 0.1}
    c = constants(p, [Drug({8: 1.0})], [Regimen([0])], resistance_log_odds=40.0, **values)
    told = courses(
        p,
        plan(c, rules({"regimen": 0, "line": (1, 2)})),
        women(p, [GROWS], 4000, age=70.0, other_death=20.0),
    )
    first = told.lines[told.lines.line == 1]
    at = first.known.fitness - c.fitness_per_decade * first.progressed_at / 10.0 - 0.1
    share = 1.0 / (1.0 + np.exp(-0.5 - 1.2 * at))
    second = told.ends.lines == 2
    for part in (at < np.median(at), at >= np.median(at)):
        spread = math.sqrt((share * (1.0 - share))[part].sum())
        assert abs(second[part].sum() - share[part].sum()) < 5.0 * spread


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_fit_die_later(weight: float) -> None:
    """At a constant burden exponentially, with hazard h e^(-w (H - H₀)). False-alarm rate 1e-6."""
    p = parameters(seed=724)
    p.symptom_log_top[:] = -1000.0
    p.death_log_top[:] = -1000.0
    p.death_log_top[LIVER] = p.death_exponent * (p.log_capacity - 22.0) + math.log(0.4)
    treated = nothing(p, fitness_death_weight=weight, **NOTHING_ELSE)
    told = courses(p, treated, women(p, [STABLE], 4000, other_death=1000.0))
    z = deviates(p, treated.constants, 4000)
    assert exponential_p(told.ends.died_at * 0.4 * np.exp(-weight * (z - 0.5))) > FALSE_ALARM


def trial(p: Any, ecog: tuple[int, int] = (0, 4), **values: Any) -> Any:
    c = constants(p, [Drug({8: 1.0})], [Regimen([0])], **(NOTHING_ELSE | values))
    return plan(c, rules({"regimen": 0, "line": (1, 1)}), trial=rules({"regimen": 0, "ecog": ecog}))


def test_a_trial_takes_the_fit() -> None:
    p = immortal(parameters(seed=725))
    made = women(p, [STABLE], 500, other_death=1.0)
    lines = courses(p, trial(p, (0, 0)), made).lines
    assert 100 < lines.trial.sum() < 490
    assert (lines.trial == (lines.known.ecog == 0)).all()


@pytest.mark.parametrize("age", [40.0, 65.0, 80.0])
def test_participation_falls_with_age(age: float) -> None:
    """e^(-k (age - 50)/10) above 50 years, of all but a registry's women. False-alarm rate 1e-6."""
    p = immortal(parameters(seed=726))
    made = women(p, [STABLE], 3000, age=age, other_death=1.0)
    values = {"fitness_enrolment_per_decade": 0.4}
    taken = courses(p, trial(p, volunteers=1, **values), made).lines.trial.sum()
    assert binomial_p(taken, 3000, math.exp(-0.04 * max(0.0, age - 50.0))) > FALSE_ALARM
    assert courses(p, trial(p, volunteers=0, **values), made).lines.trial.all()


def test_trials_say_whom_they_take() -> None:
    """A trial a performance status of its protocol, a registry none; the plan has both."""
    catalog = packaged()
    p = parameters()
    for one in catalog.trials.values():
        assert (one.ecog is None) == one.registry
        strategies = catalog.strategy(one.before), catalog.strategy(one.after)
        made, _ = treatment_plan(catalog, p, before=strategies[0], after=strategies[1], trial=one)
        assert made.constants.volunteers == (not one.registry)
        for rule in made.trial:
            assert (tuple(rule.ecog) == one.ecog) == (not one.registry)


def test_without_weight_fitness_changes_nothing() -> None:
    """With w, b and the fall of participation 0 the courses are the same bits, whatever fitness is."""
    p = parameters(seed=727)
    off = {"attrition_per_fitness": 0.0, "fitness_death_weight": 0.0, "attrition_log_odds": 1.0}
    made = women(p, [GROWS], 200, other_death=10.0)
    told = []
    for other in (
        {},
        {"fitness_background": 0.9, "fitness_per_decade": 2.0, "fitness_per_line": 1.0},
    ):
        c = constants(p, [Drug({8: 6.0})], [Regimen([0])], **(off | other))
        told.append(courses(p, plan(c, rules({"regimen": 0})), made))
    assert np.asarray(told[0].ends).tobytes() == np.asarray(told[1].ends).tobytes()
    assert told[0].lines.progressed_at.tobytes() == told[1].lines.progressed_at.tobytes()
