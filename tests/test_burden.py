"""What a burden does over a period: death, symptoms, colonies; each against its exact law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import FALSE_ALARM, exponential_p, parameters
from seedsoil.model.treatment.period_hazard import integral, log_ratio, time_of
from seedsoil.model.treatment.state import BY_SYMPTOM, CAUSE_CANCER, CAUSE_OTHER, CAUSE_TREATMENT
from seedsoil.vocabulary import BONE, BRAIN, LIVER, LUNG, ORGANS, OTHER
from treated import (
    PERIOD,
    Courses,
    Drug,
    Lesion,
    Regimen,
    after_period,
    constants,
    courses,
    immortal,
    nothing,
    one_line,
    plan,
    rules,
    women,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

STILL = 1e-12  # growth a year of a lesion that stays as it is
# Symptoms as soon as the start values have them, whatever the fit.
SOON = {f"symptoms.log_scale:{organ}": 0.0 for organ in ORGANS}
RATES = st.floats(1e-12, 1e6)
YEARS = st.floats(0.01, 0.5)


@settings(deadline=None)
@given(r0=RATES, r1=RATES, years=YEARS)
def test_integral_against_quadrature(r0: float, r1: float, years: float) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t = 0.5 * (nodes + 1.0)
    exact = 0.5 * years * np.sum(weights * r0 ** (1.0 - t) * r1**t)
    assert integral(r0, r1, log_ratio(r0, r1), years) == pytest.approx(exact, rel=1e-9)


@settings(deadline=None)
@given(r0=RATES, r1=RATES, years=YEARS, share=st.floats(0.001, 0.999))
def test_time_of_inverts_the_integral(r0: float, r1: float, years: float, share: float) -> None:
    ratio = log_ratio(r0, r1)
    target = share * integral(r0, r1, ratio, years)
    t = time_of(r0, r1, ratio, years, target)
    assert 0.0 <= t <= years
    at = r0 * (r1 / r0) ** (t / years)
    assert integral(r0, at, log_ratio(r0, at), t) == pytest.approx(target, rel=1e-6)


@settings(deadline=None)
@given(rate=RATES, years=YEARS, share=st.floats(0.001, 1.0))
def test_rates_from_or_to_nothing(rate: float, years: float, share: float) -> None:
    """A burden that is followed from or up to within the period: half of it, evenly."""
    for ends in ((0.0, rate), (rate, 0.0)):
        assert log_ratio(*ends) == 0.0
        for ratio in (0.0, 700.0, -700.0):  # whatever the burden's own ratio is then said to be
            assert integral(*ends, ratio, years) == 0.5 * rate * years
            at = time_of(*ends, ratio, years, share * 0.5 * rate * years)
            assert at == pytest.approx(share * years)
    assert integral(0.0, 0.0, 0.0, years) == 0.0


# ---------------------------------------------------------------- death


def gathered_hazard(p: Any, lesions: list[Lesion], times: NDArray[Any]) -> NDArray[Any]:
    """∫ Σ_o h_o (N_o/1e11)^g of untreated lesions up to each time, by quadrature of the Gompertz curves."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    t = 0.5 * times[:, None] * (nodes + 1.0)
    hazard = np.zeros_like(t)
    for organ in range(5):
        shares = [
            np.exp(-(p.log_capacity - lesion.log_n) * np.exp(-lesion.rate * t))
            for lesion in lesions
            if lesion.organ == organ
        ]
        if shares:
            hazard += np.exp(p.death_log_top[organ]) * np.sum(shares, axis=0) ** p.death_exponent
    return np.asarray(0.5 * times * (hazard @ weights))


@pytest.mark.parametrize(
    "lesions",
    [
        [Lesion(24.0, LIVER, rate=STILL)],
        [
            Lesion(25.0, BONE, rate=STILL),
            Lesion(23.0, BRAIN, rate=STILL),
            Lesion(24.0, LUNG, rate=STILL),
        ],
        [
            Lesion(23.0, LIVER, rate=STILL),
            Lesion(23.5, LIVER, rate=STILL),
            Lesion(22.0, LIVER, rate=STILL),
        ],
        [Lesion(20.0, LIVER, rate=0.5), Lesion(21.0, BONE, rate=0.3)],
        [Lesion(18.0, BRAIN, rate=1.0), Lesion(16.0, BRAIN, rate=1.5)],
    ],
    ids=["one", "three organs", "three in one organ", "growing", "growing together"],
)
def test_death_has_its_hazard(lesions: list[Lesion]) -> None:
    """The hazard gathered by death is Exp(1): with a constant burden, death is exponential.

    False-alarm rate 1e-6.
    """
    p = parameters(seed=630)
    told = courses(p, nothing(p), women(p, lesions, 4000))
    assert (told.ends.cause == CAUSE_CANCER).all()
    assert exponential_p(gathered_hazard(p, lesions, told.ends.died_at)) > FALSE_ALARM


def test_other_death_comes_when_it_comes() -> None:
    p = immortal(parameters(seed=631))
    for years in (0.001, PERIOD, 3.3, 50.0):
        told = courses(p, nothing(p), women(p, [Lesion(20.0, rate=STILL)], 3, other_death=years))
        assert (told.ends.died_at == years).all()
        assert (told.ends.cause == CAUSE_OTHER).all()


def test_toxic_death() -> None:
    """The share of patients, uniform over the first half year. False-alarm rate 1e-6 each."""
    from scipy.stats import binomtest, kstest

    p = immortal(parameters(seed=632))
    drugs = [
        Drug({8: 0.1}, fields={"toxic_death": 0.05}),
        Drug({9: 0.1}, fields={"toxic_death": 0.1}),
    ]
    c = constants(p, drugs, [Regimen([0, 1])], resistance_log_odds=40.0)
    made = women(p, [Lesion(20.0, BONE, rate=STILL)], 4000, other_death=2.0)
    ends = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made).ends
    toxic = ends.cause == CAUSE_TREATMENT
    assert binomtest(int(toxic.sum()), 4000, 0.15).pvalue > FALSE_ALARM
    assert kstest(ends.died_at[toxic] / 0.5, "uniform").pvalue > FALSE_ALARM
    assert (ends.died_at[~toxic] == 2.0).all()


# ---------------------------------------------------------------- new colonies


def test_metastases_found_colonies_at_their_rate() -> None:
    """Constant burdens: counts are Poisson with mean μ Σ ρ N^a t. False-alarm rate 1e-6."""
    from scipy.stats import poisson

    p = immortal(parameters(seed=633))
    lesions = [Lesion(22.0, BONE, rate=STILL), Lesion(21.0, LUNG, rate=STILL)]
    rate = sum(
        math.exp(
            p.metastasis_shedding[lesion.organ]
            + p.spread_exponent * lesion.log_n
            + (p.log_arterial_weight[2] if lesion.organ == LUNG else 0.0)
        )
        for lesion in lesions
    )
    years, count = 0.5, 400
    log_mu = math.log(5.0 / (years * rate))
    # what they found sleeps or is small all the time, so that it does not shed itself
    made = women(
        p, lesions, count, log_shedding=log_mu, subtype=2, other_death=years, growth_rate=0.01
    )
    total = 0
    for patient in range(count):
        one = women(
            p, lesions, 1, log_shedding=log_mu, subtype=2, other_death=years, growth_rate=0.01
        )
        one.women.patient[0] = made.women.patient[patient]
        total += int(courses(p, nothing(p), one).s.n_founded)
    # the last period is told to its end
    mean = 5.0 * math.ceil(years / PERIOD) * PERIOD / years * count
    tail = min(poisson.cdf(total, mean), poisson.sf(total - 1, mean))
    assert 2.0 * tail > FALSE_ALARM


# ---------------------------------------------------------------- symptoms


def first_onsets(told: Courses, organ: int, symptom: int, count: int) -> NDArray[Any]:
    rows = told.episodes[(told.episodes.organ == organ) & (told.episodes.symptom == symptom)]
    times = np.full(count, np.nan)
    times[rows.patient[::-1]] = rows.onset_at[::-1]
    return times


@pytest.mark.parametrize(
    "organ, log_n", [(BONE, 24.5), (LUNG, 24.0), (LIVER, 24.0), (BRAIN, 22.0), (OTHER, 23.0)]
)
def test_symptoms_set_in_at_c_n_to_the_a(organ: int, log_n: float) -> None:
    """With a constant burden of two lesions every symptom's onset is exponential. Rate 1e-6 each."""
    p = immortal(parameters(SOON, seed=634), symptoms=True)
    count = 1500
    made = women(
        p,
        [Lesion(log_n, organ, rate=STILL), Lesion(log_n - 1.0, organ, rate=STILL)],
        count,
        other_death=900.0,
    )
    long = constants(p, period_years=900.0 / 1000)
    told = courses(p, plan(long, rules()), made)
    share = math.exp(log_n - p.log_capacity) * (1.0 + math.exp(-1.0))
    for symptom in range(p.symptom_count[organ]):
        rate = math.exp(p.symptom_log_top[organ, symptom]) * share ** p.symptom_exponent[organ]
        times = first_onsets(told, organ, symptom, count)
        assert np.isfinite(times).mean() > 0.999
        assert exponential_p(times[np.isfinite(times)] * rate) > FALSE_ALARM
    assert (told.episodes.organ == organ).all()
    assert (told.episodes.lesion == 0).all()  # the larger of the two
    assert np.isnan(told.episodes.resolved_at).all()  # a symptom of a burden that stays, stays


def test_bone_agents_lower_skeletal_events_only() -> None:
    """Fracture, cord compression and hypercalcaemia at 0.65 of the rate; pain and other organs untouched."""
    p = immortal(parameters(SOON, seed=635), symptoms=True)
    lesions = [Lesion(23.0, BONE, rate=STILL), Lesion(23.0, LIVER, rate=STILL)]
    made = women(p, lesions, 200, other_death=60.0)
    without, agent = (
        courses(p, nothing(p, bone_agent=agents, bone_agent_ratio=0.65), made) for agents in (0, 1)
    )
    for organ, symptoms in ((BONE, 4), (LIVER, 2)):
        for symptom in range(symptoms):
            a, b = (first_onsets(told, organ, symptom, 200) for told in (without, agent))
            both = np.isfinite(a) & np.isfinite(b)
            assert both.sum() > 20
            ratio = 0.65 if organ == BONE and symptom > 0 else 1.0
            assert b[both] * ratio == pytest.approx(a[both], rel=1e-6)


def test_bone_agents_are_for_known_bone_metastases() -> None:
    """A bone lesion that no image shows is not treated."""
    p = immortal(parameters(seed=636), symptoms=True)
    p.symptom_log_top[BONE] += 12.0
    lesions = [Lesion(17.0, BONE, rate=STILL), Lesion(23.0, LIVER, rate=STILL)]
    made = women(p, lesions, 100, other_death=3.0, first_organ=LIVER)
    c = constants(
        p, [Drug({8: 1.0})], [Regimen([0])], resistance_log_odds=40.0, bone_agent_ratio=0.1
    )
    c.recist_nontarget_log_increase = 1000.0
    told = []
    for bone_agent in (0, 1):
        c.bone_agent[:] = bone_agent
        told.append(courses(p, plan(c.copy(), rules({"regimen": 0, "line": (1, 1)})), made))
    assert (told[0].episodes.organ == BONE).sum() > 10
    first = [first_onsets(one, BONE, 1, 100) for one in told]
    # a skeletal event shows the bone metastasis: what comes before it is the same
    assert np.array_equal(np.isfinite(first[0]), np.isfinite(first[1]))


def shrinking(p: Any, resolution: float, kill: float, count: int = 1) -> Courses:
    """One lesion that caused a liver symptom on day 0, killed without resistance, until 2 years."""
    made = women(
        p,
        [Lesion(24.0, LIVER, rate=0.1)],
        count,
        other_death=2.0,
        first_organ=LIVER,
        first_symptom=0,
    )
    drug = Drug({8: kill})
    return courses(
        p,
        one_line(p, drug, resistance_log_odds=-500.0, symptom_log_resolution=math.log(resolution)),
        made,
    )


@pytest.mark.parametrize("resolution", [1.0, 0.5, 0.1])
def test_symptoms_resolve_below_their_onset_level(resolution: float) -> None:
    """When ln of the burden, straight within a period, is `resolution` below that at onset."""
    p = immortal(parameters(seed=637), symptoms=True)
    p.symptom_log_top[:] = -1000.0
    told = shrinking(p, resolution, kill=4.0)
    y0 = y = p.log_capacity - 24.0
    begin = 0.0
    while True:
        after = after_period(y, 0.1, PERIOD, [(-500.0, 4.0)])
        if after - y0 > -math.log(resolution):
            break
        y = after
        begin += PERIOD
    resolved = begin + PERIOD * (y0 - math.log(resolution) - y) / (after - y)
    [row] = told.episodes
    assert (row["organ"], row["symptom"], row["lesion"], row["onset_at"]) == (LIVER, 0, 0, 0.0)
    assert row["resolved_at"] == pytest.approx(resolved, abs=1e-12)
    assert told.ends.with_symptoms[0] == pytest.approx(resolved, abs=1e-12)


@pytest.mark.parametrize("resolution", [1.0, 0.5])
def test_symptoms_do_not_depend_on_the_length_of_periods(resolution: float) -> None:
    """A burden that falls and rises straight in its logarithm: the same onsets and ends, to 1e-8.

    It shrinks by e^6 in half a year and then stays.
    """
    p = immortal(parameters(seed=641), symptoms=True)
    p.symptom_log_top[LIVER] += 3.0
    rows = []
    for share in (1, 2, 6, 24):
        c = constants(
            p,
            [Drug({8: 12.0})],
            [Regimen([0], years=[0.5])],
            resistance_log_odds=-500.0,
            symptom_log_resolution=math.log(resolution),
            period_years=0.25 / share,
            scan_years=0.25,
        )
        c.recist_nontarget_log_increase = 1000.0
        made = women(p, [Lesion(25.0, LIVER, rate=1e-12)], 420, other_death=2.0)
        own = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
        rows.append((np.sort(own.episodes, order=["patient", "symptom", "onset_at"]), own.ends))
    (longest, ends), *others = rows
    assert longest.size > 800
    assert np.isfinite(longest["resolved_at"]).sum() > 400
    for told, told_ends in others:
        assert told.size == longest.size
        for name in ("patient", "organ", "symptom", "lesion"):
            assert np.array_equal(told[name], longest[name])
        for name in ("onset_at", "resolved_at"):
            assert told[name] == pytest.approx(longest[name], abs=1e-8, nan_ok=True)
        assert told_ends["with_symptoms"] == pytest.approx(ends["with_symptoms"], abs=1e-8)


def test_a_resolved_symptom_comes_back_with_a_clock_of_its_own() -> None:
    """Onsets of one woman and symptom are never at the same time, and none while it lasts."""
    p = immortal(parameters(SOON, seed=638), symptoms=True)
    c = constants(
        p,
        [Drug({8: 12.0})],
        [Regimen([0], years=[0.3])],
        resistance_log_odds=-500.0,
        symptom_log_resolution=math.log(0.5),
    )
    made = women(p, [Lesion(25.0, LIVER, rate=1.0)], 300, other_death=8.0)
    told = courses(p, plan(c, rules({"regimen": 0})), made)
    rows = told.episodes
    again = 0
    for patient in range(300):
        for symptom in range(2):
            own = rows[(rows.patient == patient) & (rows.symptom == symptom)]
            assert (np.diff(own.onset_at) > 0.0).all()
            assert (own.onset_at[1:] >= own.resolved_at[:-1]).all()
            again += own.size > 1
    assert again > 100


def test_years_with_symptoms_are_those_of_the_episodes() -> None:
    p = immortal(parameters(seed=639), symptoms=True)
    c = constants(
        p,
        [Drug({8: 12.0})],
        [Regimen([0], years=[0.3])],
        resistance_log_odds=-500.0,
        symptom_log_resolution=math.log(0.5),
    )
    made = women(p, [Lesion(24.0, LIVER, rate=1.0), Lesion(23.0, BONE)], 100, other_death=5.0)
    told = courses(p, plan(c, rules({"regimen": 0})), made)
    for patient in range(100):
        own = told.episodes[told.episodes.patient == patient]
        years, until = 0.0, 0.0
        for k in np.argsort(own.onset_at, kind="stable"):
            end = np.nanmin([own.resolved_at[k], 5.0])
            years += max(0.0, end - max(until, own.onset_at[k]))
            until = max(until, end)
        assert told.ends.with_symptoms[patient] == pytest.approx(years, abs=1e-9)


def test_no_episode_outlives_the_woman() -> None:
    p = immortal(parameters(seed=640), symptoms=True)
    for died_at in (0.3 * PERIOD, 1.7 * PERIOD, 4.5 * PERIOD):
        made = women(
            p, [Lesion(25.0, LIVER)], 200, other_death=died_at, first_organ=LIVER, first_symptom=0
        )
        told = courses(p, one_line(p, Drug({8: 30.0}), resistance_log_odds=-500.0), made)
        resolved = told.episodes.resolved_at[np.isfinite(told.episodes.resolved_at)]
        assert (told.episodes.onset_at <= died_at).all()
        assert (resolved <= died_at).all()


def test_symptomatic_deterioration_ends_a_line() -> None:
    """A new symptom is progression, at its onset, if the scan at the end of the period shows growth."""
    p = immortal(parameters(seed=641), symptoms=True)
    c = constants(
        p,
        [Drug({8: 0.1})],
        [Regimen([0])],
        resistance_log_odds=40.0,
        scan_years=100.0,
    )
    made = women(p, [Lesion(24.0, LIVER, rate=0.3)], 300, other_death=5.0)
    told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
    lines = told.lines
    step = 100.0 / math.ceil(100.0 / PERIOD - 1e-9)
    y = p.log_capacity - 24.0
    grown = math.log(y / (y - 3.0 * math.log(1.2))) / 0.3  # 20 % in diameter, well above 5 mm
    first = np.full(300, np.nan)
    for row in told.episodes:
        if row.onset_at <= 5.0 and math.ceil(row.onset_at / step) * step >= grown:
            first[row.patient] = np.fmin(first[row.patient], row.onset_at)
    shown = np.isfinite(first)
    assert 100 < shown.sum() < 300
    assert (told.episodes.onset_at < grown - step).sum() > 50
    assert np.array_equal(np.isfinite(lines.progressed_at), shown)
    assert (lines.progressed_at[shown] == first[shown]).all()
    assert (lines.progression_by[shown] == BY_SYMPTOM).all()
    assert (lines.progression_organ[shown] == LIVER).all()
    alive = shown & (lines.stopped_at < 5.0)
    assert (lines.stopped_at[alive] - lines.progressed_at[alive] <= step).all()
