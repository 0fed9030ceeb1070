"""The treatment kernel: lesions caught up, the natural history without drugs, plans that change nothing."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seedsoil as ss
from kernels import FALSE_ALARM, packaged, parameters, same_bits
from kernels import women as cohort_rows
from seedsoil.model import random
from seedsoil.model.natural_history.presentation import FOUND_DEATH
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.burden import update_burdens
from seedsoil.model.treatment.exposure import start_interval
from seedsoil.model.treatment.lesion import log_odds, one_period
from seedsoil.model.treatment.lesions import catch_up, determine, simulate_period
from seedsoil.model.treatment.line import first_use
from seedsoil.model.treatment.loop import load_woman
from seedsoil.model.treatment.new_metastases import count_founded, found_colonies
from seedsoil.model.treatment.plan import treatment_plan
from seedsoil.model.treatment.state import CAUSE_CANCER, MAX_PERIODS, scratch
from seedsoil.simulation.follow import follow
from seedsoil.vocabulary import BONE, BRAIN
from treated import (
    PERIOD,
    Drug,
    Lesion,
    Regimen,
    Women,
    after_period,
    check_ordered,
    cohort,
    constants,
    courses,
    immortal,
    lesion_deviate,
    lesions_of,
    nothing,
    one_line,
    ordinary,
    population,
    women,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ---------------------------------------------------------------- lesions left alone and caught up

MECHANISMS = (8, 11)
FIRST_USED = {8: 2, 11: 14}  # periods
PERIODS = 60
LENGTHS = [PERIOD * (1.0, 0.5, 1.5, 1.0, 0.75)[period % 5] for period in range(PERIODS)]
BEGINS = np.concatenate([[0.0], np.cumsum(LENGTHS)])
FOUND_AT = 20  # the period in which daughters are founded
FOUNDED = 8.0  # daughters to be expected, at least
LESIONS = [
    Lesion(22.0, rate=0.4),  # large, all the way
    Lesion(15.0, organ=1, rate=0.3),  # shrunk below what is followed, later large again
    Lesion(8.0, organ=0, rate=0.8),  # small at first
    Lesion(3.0, organ=4, rate=0.2),
    Lesion(0.0, organ=2, rate=1.5, wakes=10.4 * PERIOD),  # wakes between the mechanisms' first uses
    Lesion(0.0, organ=3, rate=1.5, wakes=30.7 * PERIOD),
    Lesion(0.0, organ=0, rate=1.5, wakes=0.4 * PERIOD),  # before any drug
    Lesion(2.0, organ=1, rate=0.5, wakes=500.0),
]
# a year; less in the brain, and none of one mechanism in bone
KILL = {8: 7.0, 11: 10.0}
DRUGS = [
    Drug({8: KILL[8]}, organs={BRAIN: 0.25}),
    Drug({11: KILL[11]}, organs={BRAIN: 0.25, BONE: 0.0}),
]


def is_given(period: int, mechanism: int) -> bool:
    """Drugs on for seven periods and off for seven."""
    return period >= FIRST_USED[mechanism] and (period // 7) % 2 == 0


def kill_in(s: Any, period: int, mechanism: int, organ: int) -> float:
    """Kill a year of a mechanism in a period."""
    if not is_given(period, mechanism) or (mechanism == 11 and organ == BONE):
        return 0.0
    return float(KILL[mechanism] * (0.25 if organ == BRAIN else 1.0) * s.sensitivity[mechanism])


def tell_lesions(p: Any, c: Any, eager: bool) -> Any:
    """Scratch space after PERIODS periods of `kill_in`: all lesions every period, or only when due."""
    p.followed_log_cells = math.log(1e6)  # some of LESIONS lie above, some below
    made = women(p, LESIONS)
    woman, initial_lesions = made.women[0], made.initial_lesions
    s, _ = scratch()
    load_woman(p, c, woman, initial_lesions, s)
    s.burden[:] = -1e300
    before = -1
    for period in range(PERIODS):
        s.time = s.times[period]
        for m in MECHANISMS:
            if FIRST_USED[m] == period:
                first_use(p, c, woman, s, m)
        given = sum(1 << k for k, m in enumerate(MECHANISMS) if is_given(period, m))
        if given != before:
            start_interval(c, woman, s, 0, given)
            before = given
        simulate_period(p, c, woman, initial_lesions, s, LENGTHS[period])
        update_burdens(p, woman, s)
        if period == FOUND_AT:
            s.step = LENGTHS[period]
            found_colonies(p, woman, s, FOUNDED / s.step, 1.5 * FOUNDED / s.step)
        if eager:
            if period >= FOUND_AT:
                # none is due: all are taken through every period here
                s.check_at[:] = s.next_check = math.inf
            for i in range(s.count):
                determine(p, c, woman, initial_lesions, s, i)
                lesion = s.lesions[i]
                while lesion.next_period < s.periods and lesion.extinct_at == math.inf:
                    one_period(p, c, woman, s, lesion, lesion.next_period)
    for i in range(s.count):
        catch_up(p, c, woman, initial_lesions, s, i)
    return s


def spread_of_resistance(p: Any, **values: Any) -> Any:
    return constants(
        p,
        DRUGS,
        [Regimen([0, 1])],
        resistance_log_odds=-7.0,
        resistance_log_odds_sd=3.0,
        lesion_sd=1.5,
        sensitivity_sd=0.3,
        frailty_sd=0.3,
        period_years=max(LENGTHS),
        **values,
    )


def splitting_error(s: Any, rate: float, organ: int) -> float:
    """Of ln N, between periods and all at once: b k Δ²/32 of each mechanism, its halves' second order.

    That is the error of one change from full kill to none, or back, and there is one in an interval at most;
    growth forgets it at rate b, so two of the longest intervals' worth bound the sum of all.
    """
    kills = sum(max(kill_in(s, period, m, organ) for period in range(PERIODS)) for m in MECHANISMS)
    return 2.0 * rate * kills * max(LENGTHS) ** 2 / 32.0


@pytest.mark.parametrize("relaxation", [0.0, 1.5])
def test_lesions_left_alone_lose_nothing(relaxation: float) -> None:
    """Waking in mid-course and daughters included: the same lesions, of the same resistance, as if
    followed all the time, and of the same size but for the splitting of growth and kill into periods.

    At few cells periods may miss that a lesion shrank for less than half of one, or how far: which of
    those are gone, and what is left of the others, may then differ. That must be rare.
    """
    alike = unlike = 0
    for seed in range(510, 515):
        p = parameters(seed=seed)
        c = spread_of_resistance(p, relaxation=relaxation)
        lazy, eager = (tell_lesions(p, c, eager) for eager in (False, True))
        assert lazy.count == eager.count > len(LESIONS)
        one, other = lesions_of(lazy), lesions_of(eager)
        for name in ("wakes", "rate", "organ", "parent", "entity", "founded"):
            assert one[name].tobytes() == other[name].tobytes(), name
        for i in range(lazy.count):
            for m in MECHANISMS:
                # drawn only when asked for: a mechanism that never acted on a lesion is not
                if one.z_drawn[i] >> m & 1 and other.z_drawn[i] >> m & 1:
                    assert one.z[i, m] == pytest.approx(other.z[i, m], abs=1e-12)
            gone = np.isfinite([one.extinct_at[i], other.extinct_at[i]])
            if one.nadirs[i] != other.nadirs[i] or gone[0] != gone[1]:
                unlike += 1
                continue
            alike += 1
            if not gone[0]:
                allowed = splitting_error(lazy, one.rate[i], one.organ[i])
                assert one.log_n[i] == pytest.approx(other.log_n[i], abs=allowed + 1e-5), (seed, i)
    assert unlike <= 0.02 * alike


def by_hand(p: Any, c: Any, s: Any, i: int, entity: int, begin: int) -> tuple[float, float, int]:
    """ln N of lesion i, when it went extinct, and how often it had shrunk to few cells, by the equations.

    Its resistance is drawn for `entity` (its parent, if a metastasis founded it), and it has followed
    the drugs, as far as it was awake, since period `begin`.
    """
    own = lesions_of(s)[i]
    y = p.log_capacity - (LESIONS[i].log_n if i < len(LESIONS) else 0.0)
    rate, organ, wakes = own.rate, own.organ, own.wakes
    host_organ = int(lesions_of(s).organ[own.parent]) if i >= len(LESIONS) else organ
    gained = dict.fromkeys(MECHANISMS, 0.0)
    nadir, nadirs = math.inf, 0
    for period in range(PERIODS):
        years, end = LENGTHS[period], s.times[period + 1]
        grows = period >= begin and wakes <= s.times[period]
        # until the end of the period in which it was founded, what its parent went through
        inherits = i >= len(LESIONS) and period <= begin
        kills = []
        for m in MECHANISMS:
            if not (grows or inherits):
                continue
            k = kill_in(s, period, m, host_organ if inherits else organ)
            if k == 0.0:
                gained[m] -= min(gained[m], c.relaxation[m] * years)
                continue
            if grows and not inherits:
                z, _, _ = resistance.of_woman(p, c, 0, m)
                z += c.lesion_sd[m] * lesion_deviate(p, 0, entity, m)
                kills.append((z + gained[m], k))
            gained[m] += k * years
        if not grows:
            if s.times[period] < wakes <= end:
                y *= math.exp(-rate * (end - wakes))
            continue
        before = p.log_capacity - y
        middle = p.log_capacity - after_period(y, rate, 0.5 * years, kills, halves=1)
        y = after_period(y, rate, years, kills)
        after = p.log_capacity - y
        low = min(middle, after)
        if low < min(before, 4.0):
            e, _, _, _ = random.exponentials(
                p.key_low, p.key_high, 0, random.EXTINCTION, int(own.entity), nadirs
            )
            nadir = min(nadir, low)
            if low < math.log(e):
                return after, end, nadirs
        if nadir < math.inf and after > low:
            # n on average, e^-n of them none: where there are some, n/(1 - e^-n)
            since = 0.5 * years if middle < before else years
            y += math.log(-math.expm1(-math.exp(nadir))) * math.exp(-rate * since)
            nadir, nadirs = math.inf, nadirs + 1
    return p.log_capacity - y, math.inf, nadirs


def test_lesions_follow_the_equations() -> None:
    """Each lesion against a plain loop: z rises by κ while awake, and falls back to where it began."""
    survived = extinct = 0
    for seed in range(520, 530):
        for relaxation in (0.0, 1.5):
            p = parameters({"spread.log_cluster_size": 0.0}, seed=seed)
            c = spread_of_resistance(p, relaxation=relaxation)
            s = tell_lesions(p, c, eager=True)
            lesions = lesions_of(s)
            for i in range(s.count):
                entity, begin = int(lesions.entity[i]), 0
                if i >= len(LESIONS):
                    parent, begin = int(lesions.parent[i]), FOUND_AT
                    assert parent in (0, 1, 2, 6)  # awake before the first drug
                    entity = int(lesions.entity[parent])
                    if relaxation > 0.0 and lesions.organ[i] != lesions.organ[parent]:
                        continue  # what it inherited fades with the exposure of its own organ
                log_n, extinct_at, nadirs = by_hand(p, c, s, i, entity, begin)
                where = (seed, relaxation, i)
                assert lesions.extinct_at[i] == pytest.approx(extinct_at), where
                assert lesions.nadirs[i] == nadirs, where
                if extinct_at == math.inf:
                    assert lesions.log_n[i] == pytest.approx(log_n, abs=1e-9), where
                survived += nadirs
                extinct += extinct_at < math.inf
    assert survived > 10
    assert extinct > 5


def test_resistance_of_an_earlier_period_is_as_it_was_then() -> None:
    """Asked for after the last period, as for a daughter settled late: it rises by κ since the lesion woke,
    and off the drug falls back to where it began, by a plain loop."""
    rose = fell = 0
    for seed in range(520, 525):
        p = parameters(seed=seed)
        c = spread_of_resistance(p, relaxation=1.5)
        woman = women(p, LESIONS).women[0]
        s = tell_lesions(p, c, eager=True)
        for i in (4, 5, 6):  # they woke in mid-course
            lesion, m = s.lesions[i], MECHANISMS[0]
            gained, before = 0.0, 0.0
            for period in range(PERIODS):
                if lesion.wakes > BEGINS[period]:
                    continue
                years, k = LENGTHS[period], kill_in(s, period, m, int(lesion.organ))
                gained = gained + k * years if k > 0.0 else max(0.0, gained - 1.5 * years)
                if period < FIRST_USED[m] or not lesion.z_drawn >> m & 1:
                    continue
                interval = s.intervals[s.interval_of[period]]
                z = log_odds(p, c, woman, s, lesion, interval, m, s.times[period + 1])
                assert z - lesion.z_at_first[m] == pytest.approx(gained, abs=1e-9), (
                    seed,
                    i,
                    period,
                )
                rose += gained > before
                fell += gained < before
                before = gained
    assert rose > 100
    assert fell > 100


# ---------------------------------------------------------------- without drugs: the natural history


def test_no_drugs_is_the_natural_history() -> None:
    """Deaths after the day metastatic disease is found: given that day, both are draws of one law.

    At the packaged length of periods, 12 weeks. The two use different random numbers. Sign test and t-test
    of the women's differences, and the same share dying of cancer; false-alarm rate 1e-6 each.
    """
    from scipy.stats import binomtest, ttest_1samp

    found = cohort(12_000, seed=530)
    rows, _, _ = cohort_rows(found.parameters, 12_000)
    full = rows["patient"][rows["truncated"]]
    rows = rows[np.isfinite(rows["metastatic_at"]) & (rows["found_by"] != FOUND_DEATH)]
    # with more lesions than the list holds, whether disease is found before death may differ
    assert set(rows["patient"]) ^ set(found.women.patient) <= set(full)
    rows = rows[np.isin(rows["patient"], found.women.patient) & ~rows["truncated"]]
    kept = np.isin(found.women.patient, rows["patient"])
    found = dataclasses.replace(
        found, women=found.women[kept], first_lesion_of=found.first_lesion_of[kept]
    )
    p = found.parameters
    plans = treatment_plan(packaged(), p, before=packaged().strategies["none"])
    period = plans[0].constants.period_years
    assert period == pytest.approx(12.0 * 7.0 / 365.25, rel=1e-3)
    untreated = courses(p, nothing(p, period_years=period), found).ends
    natural = rows["died_at"] - rows["metastatic_at"]
    difference = untreated.died_at - natural
    other = difference[np.abs(difference) > 1e-9]  # both of the same other cause: the same date
    assert 2000 < other.size < found.size
    assert binomtest(int((other > 0).sum()), other.size).pvalue > FALSE_ALARM
    assert ttest_1samp(other, 0.0).pvalue > FALSE_ALARM
    same = (untreated.cause == CAUSE_CANCER) == rows["of_cancer"]
    switched = int((~same).sum())
    to_cancer = int((~same & (untreated.cause == CAUSE_CANCER)).sum())
    assert binomtest(to_cancer, switched).pvalue > FALSE_ALARM


# ---------------------------------------------------------------- plans that change nothing, or nothing else


def same_courses(a: Any, b: Any) -> bool:
    return all(
        same_bits(np.asarray(getattr(a, name)), np.asarray(getattr(b, name)))
        for name in ("lines", "episodes", "scans", "ends")
    )


def test_two_identical_plans() -> None:
    found = cohort(seed=531)
    a, b = (courses(found.parameters, ordinary(found.parameters), found) for _ in range(2))
    assert a.lines.size > 1.5 * found.size
    assert a.episodes.size > found.size
    assert a.scans.size > 2 * found.size
    assert same_courses(a, b)


def test_a_woman_takes_nothing_over_from_the_woman_before() -> None:
    """Told in the opposite order: the same rows."""
    found = cohort(seed=531)
    p, treated = found.parameters, ordinary(found.parameters)
    whole = courses(p, treated, found)
    turned = Women(
        found.women[::-1].copy(), found.initial_lesions, found.first_lesion_of[::-1].copy()
    )
    other = courses(p, treated, turned)
    for name in ("died_at", "cause", "lines", "on_treatment", "with_symptoms", "truncated"):
        assert np.array_equal(whole.ends[name], other.ends[name][::-1]), name
    for name in ("lines", "scans", "episodes"):
        rows, back = np.asarray(getattr(whole, name)), np.asarray(getattr(other, name))
        assert same_bits(rows, back[np.argsort(back["patient"], kind="stable")]), name


def test_zero_kill_is_no_treatment() -> None:
    """Drugs that kill nothing, whatever else they do short of death: the same deaths and symptoms.

    To rounding where scans come every third period; where drugs also stop in between, to what the ends of
    periods cost. Between these ln N, which by Gompertz lies above its chord, is taken to be the chord.
    That is the curve of at most b Δ²/8 years before, so that what a burden does comes at most that much
    late. b is that of the woman's fastest lesion. Each founding leaves one lesion: where several are too
    small to be followed on the first day, periods without a drug are longer. A few women are beyond: where a
    lesion of a new organ grows large enough to be followed, its hazard begins with the period.
    """
    single = packaged().with_values({"spread.log_cluster_size": 0.0})
    found = population(single, 3000, seed=532)
    p = found.parameters
    untreated = courses(p, nothing(p), found)
    assert untreated.episodes.size > found.size
    for discontinuation in (0.0, 0.5):
        fields = {"factor": 0.0, "grade3": 1.0, "discontinuation": discontinuation}
        treated = courses(p, one_line(p, Drug({8: 9.0}, fields=fields)), found)
        assert (treated.ends.lines == 1).all()
        assert np.array_equal(untreated.ends.cause, treated.ends.cause)
        later = treated.ends.died_at - untreated.ends.died_at
        if discontinuation == 0.0:
            assert np.abs(later).max() < 1e-9
            assert treated.ends.with_symptoms == pytest.approx(
                untreated.ends.with_symptoms, abs=1e-9
            )
            for name in untreated.episodes.dtype.names:
                rows, wanted = treated.episodes[name], untreated.episodes[name]
                assert rows == pytest.approx(wanted, abs=1e-9, nan_ok=True), name
        else:
            assert np.count_nonzero(later) > 100
            fastest = np.maximum.reduceat(found.initial_lesions.rate, found.first_lesion_of)
            late = np.abs(later) / (fastest * PERIOD**2 / 8.0 + 1e-9)
            assert np.mean(late > 1.0) < 0.005
            assert (late < 4.0).all()


def test_threads() -> None:
    found = cohort(8000, seed=533)
    assert found.size > 1500  # more than one block
    one, two = (follow(found, ordinary(found.parameters), threads=n) for n in (1, 2))
    assert same_bits(np.asarray(one.lines), np.asarray(two.lines))
    assert same_bits(np.asarray(one.ends), np.asarray(two.ends))


UNCOMPILED = """
import sys
import numpy as np
import numba
import test_treatment_kernel as tests
assert numba.config.DISABLE_JIT
np.savez(sys.argv[1], *tests.small_cohort())
"""


def small_cohort() -> tuple[NDArray[Any], ...]:
    """Courses of a dozen women by an ordinary plan."""
    found = cohort(40, seed=534)
    told = courses(found.parameters, ordinary(found.parameters), found)
    return tuple(np.asarray(rows) for rows in (told.lines, told.episodes, told.scans, told.ends))


def uncompiled(
    script: str, *arguments: str, seconds: float = 300.0
) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parent
    search = os.pathsep.join([str(here), str(Path(ss.__file__).parents[1])])
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": search},
        timeout=seconds,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.long
def test_uncompiled_functions_give_the_same_bits(tmp_path: Path) -> None:
    """The shorter form is `test_uncompiled` of test_pin.py: the first women under the guideline of 2022."""
    path = tmp_path / "rows.npz"
    done = uncompiled(UNCOMPILED, str(path))
    assert done.returncode == 0, done.stderr
    compiled = small_cohort()
    assert compiled[0].size > 10
    with np.load(path) as saved:
        for name, rows in zip(saved.files, compiled, strict=True):
            assert same_bits(saved[name], rows)


# ---------------------------------------------------------------- long lives, full lists


LONG = """
import test_treatment_kernel as tests
told = tests.long_life()
print(told.ends.died_at[0])
"""


def long_life() -> Any:
    """A lesion that hardly grows, in a woman who lives for more periods than the history holds."""
    p = immortal(parameters(seed=535))
    years = 1.1 * MAX_PERIODS * PERIOD / 4
    made = women(p, [Lesion(20.0, rate=1e-4)], other_death=years)
    return courses(p, nothing(p, period_years=PERIOD / 4), made)


def test_more_periods_than_the_history_holds() -> None:
    """Uncompiled, where going beyond an array is an error; compiled it would overwrite memory."""
    done = uncompiled(LONG)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(1.1 * MAX_PERIODS * PERIOD / 4)


def test_millions_of_colonies_are_few_records() -> None:
    """They come in groups, so that the list has room for all; as many are counted as are to be expected."""
    p = immortal(parameters({"spread.log_rate": -9.3, "spread.exponent": 1.17}, seed=536))
    made = women(p, [Lesion(22.0)], log_shedding=-9.7, other_death=0.5)
    told = courses(p, nothing(p), made)
    assert told.ends.truncated[0] == 0
    assert told.s.count < 3000
    assert count_founded(made.women[0], told.s, 0.5) > 1_000_000


# ---------------------------------------------------------------- any legal parameters

VALUES = st.fixed_dictionaries(
    {
        "period_years": st.floats(4 / 52.18, 26 / 52.18),
        "scan_years": st.floats(4 / 52.18, 2.0),
        "resistance_log_odds": st.floats(-40.0, 20.0),
        "resistance_log_odds_sd": st.floats(0.0, 20.0),
        "resistance_primary": st.floats(0.0, 1.0),
        "lesion_sd": st.floats(0.0, 10.0),
        "growth_exponent": st.floats(0.0, 2.0),
        "relaxation": st.floats(0.0, 20.0),
        "frailty_sd": st.floats(0.0, 3.0),
        "sensitivity_sd": st.floats(0.0, 3.0),
        "recist_measurement_sd": st.floats(0.0, 0.5),
        "recist_scan_jitter": st.floats(0.0, 8 / 52.18),
        "recist_nontarget_log_increase": st.floats(0.05, 5.0),
        "symptom_log_resolution": st.floats(-700.0, 0.0),
        "attrition_log_odds": st.floats(-10.0, 10.0),
        "attrition_per_fitness": st.floats(0.0, 5.0),
        "fitness_per_burden": st.floats(0.0, 5.0),
        "fitness_death_weight": st.floats(0.0, 1.5),
        "drug_discontinuation": st.floats(0.0, 10.0),
        "drug_toxic_death": st.floats(0.0, 0.25),
        "drug_log_kill_added": st.floats(-8.0, 4.0),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=VALUES)
def test_any_legal_parameters_give_ordered_finite_results(values: dict[str, float]) -> None:
    found = cohort(200, seed=537)
    p = found.parameters
    values = dict(values)
    added = values.pop("drug_log_kill_added")
    treated = ordinary(p)
    c = treated.constants
    for name, value in values.items():
        if np.ndim(c[name]):
            c[name][...] = value
        else:
            c[name] = value
    c.drug_log_kill[c.drug_log_kill > -100.0] += added
    check_ordered(courses(p, treated, found), found)


def test_the_order_of_drugs_in_a_regimen_decides_nothing() -> None:
    """Every regimen of the catalog told backwards: the same courses to the bit."""
    catalog = packaged()
    turned = dataclasses.replace(
        catalog,
        regimens={
            name: regimen.model_copy(update={"drugs": regimen.drugs[::-1]})
            for name, regimen in catalog.regimens.items()
        },
    )
    assert any(len(regimen.drugs) > 2 for regimen in catalog.regimens.values())
    found = cohort(2000)
    told = []
    for one in (catalog, turned):
        own, _ = treatment_plan(one, found.parameters, before=catalog.strategies["2022"])
        told.append(courses(found.parameters, own, found))
    first, second = told
    assert first.lines.size > 300
    for name in ("lines", "episodes", "scans", "ends"):
        assert same_bits(getattr(first, name), getattr(second, name))
