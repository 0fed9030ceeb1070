"""The treatment kernel: lesions caught up, the natural history without drugs, plans that change nothing."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import seedsoil as ss
from kernels import FALSE_ALARM, parameters, same_bits
from kernels import women as cohort_rows
from seedsoil.biology import resistance
from seedsoil.biology.lesions import BONE, LIVER
from seedsoil.biology.presentation import FOUND_DEATH
from seedsoil.biology.response import CR
from seedsoil.line import _first_use
from seedsoil.treated_lesions import catch_up, found_daughter, next_cycle
from seedsoil.treated_rows import (
    CAUSE_CANCER,
    CAUSE_OTHER,
    MAX_CYCLES,
    STOP_DEATH,
    STOP_PLANNED,
    scratch,
)
from seedsoil.treatment import _load, _sum_burdens
from seedsoil.trials.follow import follow
from treated import (
    CYCLE,
    SCAN,
    Drug,
    Lesion,
    Regimen,
    Women,
    check_ordered,
    cohort,
    constants,
    courses,
    immortal,
    nothing,
    one_line,
    ordinary,
    plan,
    rules,
    women,
)

# ---------------------------------------------------------------- lesions left alone and caught up

MECHANISMS = (8, 11)
FIRST_USED = {8: 2, 11: 14}  # cycles
CYCLES = 60
FOUND_AT = 20  # the cycle in which a daughter is founded
LESIONS = [
    Lesion(22.0, rate=0.4),  # large, all the way
    Lesion(15.0, organ=1, rate=0.3),  # shrunk below what is followed, later large again
    Lesion(8.0, organ=0, rate=0.8),  # small at first
    Lesion(3.0, organ=4, rate=0.2),
    Lesion(0.0, organ=2, rate=1.5, wakes=10.4 * CYCLE),  # wakes between the mechanisms' first uses
    Lesion(0.0, organ=3, rate=1.5, wakes=30.7 * CYCLE),
    Lesion(0.0, organ=0, rate=1.5, wakes=0.5 * CYCLE),  # before any drug
    Lesion(2.0, organ=1, rate=0.5, wakes=500.0),
]


def kill_in(cycle: int, mechanism: int, organ: int) -> float:
    """κ of a cycle: drugs on and off, less in the brain, none of one mechanism in bone."""
    if cycle < FIRST_USED[mechanism] or (cycle // 7) % 2 == 1 or (mechanism == 11 and organ == 0):
        return 0.0
    return (0.55 if mechanism == 8 else 0.8) * (0.25 if organ == 3 else 1.0)


def tell_lesions(p: Any, c: Any, eager: bool) -> Any:
    """Scratch space after CYCLES cycles of `kill_in`: all lesions every cycle, or only when due."""
    made = women(p, LESIONS)
    woman = made.women[0]
    s, _ = scratch()
    _load(p, woman, made.seeds, s)
    s.burden[:] = -1e300
    for cycle in range(CYCLES):
        for m in MECHANISMS:
            if FIRST_USED[m] == cycle:
                _first_use(p, c, woman, s, m)
            for organ in range(5):
                s.kill[m, organ] = kill_in(cycle, m, organ)
        next_cycle(p, c, woman, s, CYCLE)
        _sum_burdens(p, woman, s)
        if cycle == FOUND_AT:
            for draw in range(6):
                found_daughter(p, c, woman, s, (cycle + 0.1 + 0.1 * draw) * CYCLE, draw)
        if eager:
            for i in range(s.count):
                catch_up(p, c, woman, s, i)
    for i in range(s.count):
        catch_up(p, c, woman, s, i)
    return s


def spread_of_resistance(p: Any, **values: Any) -> Any:
    return constants(
        p, resistance_log_odds=-7.0, resistance_log_odds_sd=3.0, lesion_sd=1.5, sensitivity_sd=0.3,
        frailty_sd=0.3, **values,
    )


@pytest.mark.parametrize("relaxation", [0.0, 1.5])
@pytest.mark.parametrize("seed", range(510, 515))
def test_lesions_left_alone_lose_nothing(seed: int, relaxation: float) -> None:
    """To the bit: size, resistance and extinction, waking in mid-course and daughters included."""
    p = parameters(seed=seed)
    c = spread_of_resistance(p, relaxation=relaxation)
    lazy, eager = (tell_lesions(p, c, eager) for eager in (False, True))
    assert lazy.count == eager.count == len(LESIONS) + 6
    for name in ("y", "log_n", "z", "drawn", "extinct_at", "extinction", "done", "wakes", "rate", "organ"):
        a, b = (np.asarray(s[name])[: lazy.count] for s in (lazy, eager))
        if name == "z":
            # drawn only when asked for: a mechanism that never acted on a lesion is not
            seen = (np.asarray(lazy.drawn)[: lazy.count, None] >> np.arange(16)) & 1 == 1
            a, b = np.where(seen, a, 0.0), np.where(seen, b, 0.0)
        assert a.tobytes() == b.tobytes(), name


def by_hand(p: Any, c: Any, s: Any, i: int, entity: int, begin: int) -> tuple[float, float]:
    """ln N of lesion i and when it went extinct, from the equations.

    Its resistance is drawn for `entity` (its mother, if a metastasis founded it), and it has followed
    the drugs, as far as it was awake, since cycle `begin`.
    """
    y = p.log_capacity - (LESIONS[i].log_n if i < len(LESIONS) else 0.0)
    rate, organ, wakes = s.rate[i], s.organ[i], s.wakes[i]
    mother = int(s.parent[i])
    gained = dict.fromkeys(MECHANISMS, 0.0)
    for cycle in range(CYCLES):
        end = s.times[cycle + 1]
        grows = cycle >= begin and wakes <= s.times[cycle]
        # until the end of the cycle in which she was founded, what her mother went through
        inherits = i >= len(LESIONS) and cycle <= begin
        host = int(s.organ[mother]) if inherits else organ
        left = 0.0
        for m in MECHANISMS:
            kill = kill_in(cycle, m, host)
            if not (grows or inherits):
                continue
            if kill == 0.0:
                gained[m] -= min(gained[m], c.relaxation[m] * CYCLE)
                continue
            if grows and not inherits:
                z, _, _ = resistance.of_woman(p, c, 0, m)
                z += gained[m] + c.lesion_sd[m] * resistance.of_lesion(p, 0, entity, m)
                f = 1.0 / (1.0 + math.exp(-z)) if z > -700.0 else 0.0
                left += math.log(f + (1.0 - f) * math.exp(-kill))
            gained[m] += kill
        if not grows:
            if s.times[cycle] < wakes <= end:
                y *= math.exp(-rate * (end - wakes))
            continue
        before = p.log_capacity - y
        y = y * math.exp(-rate * CYCLE) - left * math.exp(-0.5 * rate * CYCLE)
        log_n = p.log_capacity - y
        if left < 0.0 and s.extinction[i] >= 0.0 and log_n < min(before, math.log(s.extinction[i])):
            return log_n, end
    return p.log_capacity - y, math.inf


@pytest.mark.parametrize("relaxation", [0.0, 1.5])
@pytest.mark.parametrize("seed", range(520, 530))
def test_lesions_follow_the_equations(seed: int, relaxation: float) -> None:
    """Each lesion against a plain loop: z rises by κ while awake, and falls back to where it began."""
    p = parameters(seed=seed)
    c = spread_of_resistance(p, relaxation=relaxation)
    s = tell_lesions(p, c, eager=False)
    for i in range(s.count):
        entity, begin = int(s.entity[i]), 0
        if i >= len(LESIONS):
            mother, begin = int(s.parent[i]), FOUND_AT
            assert mother in (0, 1, 2, 6)  # awake before the first drug
            entity = int(s.entity[mother])
        log_n, extinct_at = by_hand(p, c, s, i, entity, begin)
        assert s.extinct_at[i] == pytest.approx(extinct_at), i
        assert s.log_n[i] == pytest.approx(log_n, abs=1e-9), i


# ---------------------------------------------------------------- without drugs: the natural history


def test_no_drugs_is_the_natural_history() -> None:
    """Deaths after the day metastatic disease is found: given that day, both are draws of one law.

    The two use different random numbers. Sign test and t-test of the women's differences, and the same
    share dying of cancer; false-alarm rate 1e-6 each.
    """
    from scipy.stats import binomtest, ttest_1samp

    found = cohort(12_000, seed=530)
    rows, _, _ = cohort_rows(found.parameters, 12_000)
    rows = rows[np.isfinite(rows["metastatic_at"]) & (rows["found_by"] != FOUND_DEATH)]
    assert np.array_equal(rows["patient"], found.women.patient)
    untreated = courses(found.parameters, nothing(found.parameters), found).ends
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
    turned = Women(found.women[::-1].copy(), found.seeds, found.first_seed[::-1].copy())
    other = courses(p, treated, turned)
    for name in ("died_at", "cause", "lines", "on_treatment", "with_symptoms", "truncated"):
        assert np.array_equal(whole.ends[name], other.ends[name][::-1]), name
    for name in ("lines", "scans", "episodes"):
        rows, back = np.asarray(getattr(whole, name)), np.asarray(getattr(other, name))
        assert same_bits(rows, back[np.argsort(back["patient"], kind="stable")]), name


def test_zero_kill_is_no_treatment() -> None:
    """Drugs that kill nothing, whatever else they do short of death: the same deaths and symptoms."""
    found = cohort(seed=532)
    p = found.parameters
    untreated = courses(p, nothing(p), found)
    harmless = one_line(p, Drug({8: 9.0}, fields={"factor": 0.0, "discontinuation": 0.5, "grade3": 1.0}))
    treated = courses(p, harmless, found)
    assert (treated.ends.lines == 1).all()
    assert np.array_equal(untreated.ends.died_at, treated.ends.died_at)
    assert np.array_equal(untreated.ends.cause, treated.ends.cause)
    assert np.array_equal(untreated.ends.with_symptoms, treated.ends.with_symptoms)
    assert same_bits(np.asarray(untreated.episodes), np.asarray(treated.episodes))


def test_threads() -> None:
    found = cohort(6000, seed=533)
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


def uncompiled(script: str, *arguments: str, seconds: float = 300.0) -> subprocess.CompletedProcess[str]:
    here = Path(__file__).parent
    search = os.pathsep.join([str(here), str(Path(ss.__file__).parents[1])])
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": search},
        timeout=seconds, capture_output=True, text=True, check=False,
    )


def test_uncompiled_functions_give_the_same_bits(tmp_path: Path) -> None:
    path = tmp_path / "rows.npz"
    done = uncompiled(UNCOMPILED, str(path))
    assert done.returncode == 0, done.stderr
    compiled = small_cohort()
    assert compiled[0].size > 10
    with np.load(path) as saved:
        for name, rows in zip(saved.files, compiled, strict=True):
            assert same_bits(saved[name], rows)


# ---------------------------------------------------------------- cure, long lives, full lists


@pytest.mark.parametrize("kill", [60.0, 120.0, 200.0])
@pytest.mark.parametrize("years", [1.0, math.inf])
def test_the_line_of_a_cured_woman(kill: float, years: float) -> None:
    """Nothing is left after some cycles: the response is confirmed, the drug goes on as planned."""
    p = immortal(parameters(seed=538))
    c = constants(p, [Drug({8: kill})], [Regimen([0], years=[years])], resistance_log_odds=-500.0)
    made = women(p, [Lesion(22.0, LIVER), Lesion(20.0, BONE)], 20, other_death=30.0)
    told = courses(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
    cured = np.isnan(told.lines.progressed_at)
    lines = told.lines[cured]
    assert lines.size >= 15
    assert (told.ends.cause == CAUSE_OTHER).all() and (told.ends.died_at == 30.0).all()
    assert (lines.best_response == CR).all()
    assert (lines.responded_at == SCAN).all()
    if years == math.inf:
        assert (lines.stopped_at == 30.0).all() and (lines.stop_reason == STOP_DEATH).all()
    else:
        assert (np.abs(lines.stopped_at - years) <= CYCLE).all()
        assert (lines.stop_reason == STOP_PLANNED).all()
    assert told.ends.on_treatment[cured] == pytest.approx(lines.stopped_at)


LONG = """
import test_treatment_kernel as tests
told = tests.long_life()
print(told.ends.died_at[0])
"""


def long_life() -> Any:
    """A lesion that hardly grows, in a woman who lives for more cycles than the history holds."""
    p = immortal(parameters(seed=535))
    years = 1.1 * MAX_CYCLES * CYCLE / 4
    made = women(p, [Lesion(20.0, rate=1e-4)], other_death=years)
    return courses(p, nothing(p, cycle_years=CYCLE / 4), made)


def test_more_cycles_than_the_history_holds() -> None:
    """Uncompiled, where going beyond an array is an error; compiled it would overwrite memory."""
    done = uncompiled(LONG)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(1.1 * MAX_CYCLES * CYCLE / 4)


def test_a_full_list_of_lesions_ends_the_founding() -> None:
    """Millions of colonies that cannot be kept are not drawn one by one."""
    p = immortal(parameters({"spread.log_rate": -9.3, "spread.exponent": 1.17}, seed=536))
    made = women(p, [Lesion(22.0)], log_shedding=-11.0, other_death=0.5)
    told = courses(p, nothing(p), made)
    assert told.ends.truncated[0] == 1
    assert told.s.foundings < 100_000


# ---------------------------------------------------------------- any legal parameters

VALUES = st.fixed_dictionaries(
    {
        "cycle_years": st.floats(4 / 52.18, 26 / 52.18),
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
        "recist_nontarget_log_increase": st.floats(0.05, 5.0),
        "symptom_log_resolution": st.floats(-700.0, 0.0),
        "attrition_log_odds": st.floats(-10.0, 10.0),
        "attrition_per_log10_cells": st.floats(-5.0, 2.0),
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
