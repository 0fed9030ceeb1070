"""Two mechanisms at once, growth that quickens from line to line, and kill that follows growth.

One lesion, period by period and all at once, against an ODE solver or the equations by hand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from kernels import FALSE_ALARM, binomial_p, parameters
from seedsoil.model.treatment.exposure import start_interval
from seedsoil.model.treatment.lesions import catch_up, simulate_period
from seedsoil.model.treatment.line import first_use
from seedsoil.model.treatment.loop import load_woman
from seedsoil.model.treatment.state import scratch
from seedsoil.vocabulary import BONE
from treated import (
    PERIOD,
    Drug,
    Lesion,
    Regimen,
    after_period,
    constants,
    courses,
    each,
    immortal,
    lesions_of,
    plan,
    rules,
    women,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FIRST, SECOND = 8, 4
"""Mechanisms of the drugs."""
CLOSED_FORM = 1.6e-5
"""Error of ln N of the closed form, for each mechanism and interval."""


class Clone(NamedTuple):
    """Of a mechanism: log-odds of resistance, and kill a year."""

    z: float
    kill: float


def in_kernel(
    log_n: float,
    rate: float,
    clones: Sequence[Clone],
    lengths: Sequence[float],
    *,
    pace: float = 1.0,
    follows: float = 0.0,
    every: bool = True,
) -> tuple[NDArray[Any], Any]:
    """ln N of a lesion after each period, or with `every` false, left alone, at the end; and the lesion.

    `follows` is the exponent by which the kill follows its growth; the median of her metastases grows at
    half a year.
    """
    p = immortal(parameters(seed=420))
    mechanisms = (FIRST, SECOND)[: len(clones)]
    drugs = [Drug({m: clone.kill}) for m, clone in zip(mechanisms, clones, strict=True)]
    c = constants(p, drugs, [Regimen(range(len(drugs)))])
    for m, clone in zip(mechanisms, clones, strict=True):
        c.resistance_log_odds[m] = clone.z
    c.lesion_growth_exponent, c.median_growth = follows, 1.0
    c.period_years = max(lengths)
    made = women(p, [Lesion(log_n, rate=rate)])
    woman, initial_lesions = made.women[0], made.initial_lesions
    s, _ = scratch()
    load_woman(p, c, woman, initial_lesions, s)
    for m in mechanisms:
        first_use(p, c, woman, s, m)
    s.burden[:] = -1e300
    s.pace = pace
    start_interval(c, woman, s, 0, (1 << len(clones)) - 1)
    sizes = []
    for years in lengths:
        simulate_period(p, c, woman, initial_lesions, s, years)
        if every:
            catch_up(p, c, woman, initial_lesions, s, 0)
            sizes.append(float(s.lesions[0].log_n))
    catch_up(p, c, woman, initial_lesions, s, 0)
    return np.array(sizes or [float(s.lesions[0].log_n)]), lesions_of(s)[0]


def by_ode(log_n: float, rate: float, clones: Sequence[Clone], times: NDArray[Any]) -> NDArray[Any]:
    """ln N at these times: y' = -b y + Σ k (1 - f), z' = k."""
    from scipy.integrate import solve_ivp

    log_capacity = parameters(seed=420).log_capacity
    z, k = (np.array(values) for values in zip(*clones, strict=True))

    def slope(t: float, state: NDArray[Any]) -> NDArray[Any]:
        return np.array([-rate * state[0] + np.sum(k * expit(-z - k * t))])

    solved = solve_ivp(
        slope, (0.0, times[-1]), [log_capacity - log_n], t_eval=times,
        method="DOP853", rtol=1e-11, atol=1e-12, max_step=0.02,
    )  # fmt: skip
    return np.asarray(log_capacity - solved.y[0])


@pytest.mark.parametrize("weeks", [6, 12])
@pytest.mark.parametrize("rate, kill", [(0.2, 5.0), (0.5, 10.0), (1.0, 20.0)])
def test_two_mechanisms_period_by_period(rate: float, kill: float, weeks: int) -> None:
    """Against the ODE: of second order, b k Δ²/32 for each mechanism."""
    years = weeks * 7.0 / 365.25
    lengths = [years] * round(2.0 / years)
    times = np.cumsum(lengths)
    clones = [Clone(-6.0, kill), Clone(-9.0, 0.5 * kill)]
    sizes, _ = in_kernel(23.0, rate, clones, lengths)
    exact = by_ode(23.0, rate, clones, times)
    followed = np.minimum.accumulate(exact) > 12.5
    assert followed.sum() > 1
    error = 1.5 * kill * rate * years * years / 32.0
    assert sizes[followed] == pytest.approx(exact[followed], abs=1.5 * error)


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(0.02, 0.2),
    kill=st.tuples(st.floats(1.0, 4.0), st.floats(1.0, 4.0)),
    z=st.tuples(st.floats(-12.0, 3.0), st.floats(-12.0, 3.0)),
    pace=st.floats(1.0, 1.4),
    follows=st.sampled_from([0.0, 1.0]),
)
def test_a_lesion_left_alone_goes_as_the_equations_say(
    rate: float,
    kill: tuple[float, float],
    z: tuple[float, float],
    pace: float,
    follows: float,
) -> None:
    """In one step, with growth of a later line, and kill that follows growth: as an ODE says."""
    clones = [Clone(*one) for one in zip(z, kill, strict=True)]
    factor = (rate / 0.5) ** follows
    same = [Clone(one.z, one.kill * factor) for one in clones]
    [told], lesion = in_kernel(
        10.0, rate, clones, [0.2] * 6, pace=pace, follows=follows, every=False
    )
    assume(lesion.listed == 0 and lesion.nadirs == 0 and lesion.nadir_log_n == math.inf)
    assume(lesion.extinct_at == math.inf)
    exact = by_ode(10.0, rate * pace, same, np.array([1.2]))[-1]
    slow = any(0.0 < one.kill < rate * pace / 0.9 for one in same)
    # where growth is about as fast as the kill it goes period by period
    error = sum(rate * pace * one.kill * 0.04 / 32.0 for one in same) if slow else 0.0
    assert told == pytest.approx(exact, abs=2.0 * CLOSED_FORM + 1.5 * error)


def test_a_tumour_that_nothing_kills_grows_as_without_drugs() -> None:
    """Primary resistance: y = y₀ e^(-bT), whatever the kill."""
    p = immortal(parameters(seed=421))
    c = constants(p, [Drug({FIRST: 6.0})], [Regimen([0])], resistance_primary=1.0)
    c.recist_nontarget_log_increase = 1000.0
    made = women(p, [Lesion(21.0, BONE)], other_death=1.0)
    s = courses(p, plan(c, rules({"regimen": 0})), made).s
    decay = math.exp(-0.5 * s.times[s.periods])
    assert lesions_of(s).y[0] == pytest.approx((p.log_capacity - 21.0) * decay, rel=1e-9)


@pytest.mark.parametrize("kills", [(20.0,), (20.0, 4.0)])
@pytest.mark.parametrize("left", [0.5, 2.0])
def test_eradication_where_a_lesion_is_smallest(left: float, kills: tuple[float, ...]) -> None:
    """Smallest is where the kill of all mechanisms equals growth: gone with e^-n, n by an ODE.

    False-alarm rate 1e-6.
    """
    from scipy.optimize import brentq

    times = np.linspace(0.0, 4.0, 4001)[1:]

    def lowest(z: float) -> float:
        sizes = by_ode(9.0, 0.3, [Clone(z, kill) for kill in kills], times)
        assert 0 < np.argmin(sizes) < 2500
        return float(sizes.min())

    z = brentq(lambda z: lowest(z) - math.log(left), -30.0, -1.0, xtol=1e-5)
    p = immortal(parameters(seed=422))
    mechanisms = (FIRST, SECOND)[: len(kills)]
    drugs = [Drug({m: kill}) for m, kill in zip(mechanisms, kills, strict=True)]
    c = constants(p, drugs, [Regimen(range(len(drugs)))], resistance_log_odds=z)
    made = women(p, [Lesion(9.0, rate=0.3)], 1500, other_death=3.0)
    gone = [
        s.lesions[0].extinct_at < math.inf
        for s in each(p, plan(c, rules({"regimen": 0, "line": (1, 1)})), made)
    ]
    assert binomial_p(sum(gone), len(gone), math.exp(-left)) > FALSE_ALARM


# ---------------------------------------------------------------- growth from line to line

LINES = 8
LINE_YEARS = 4 * PERIOD


def quickened(
    log_n: float, a: float, limit: float = 5.0, *, relative: float = 0.0, **fields: Any
) -> tuple[Any, Any]:
    """Parameters, and the scratch space at the death of a woman with eight lines of a drug without a kill.

    `relative` is ln of the growth of her primary by the median; a quarter of it is lost under therapy.
    """
    p = immortal(parameters(seed=423))
    c = constants(p, [Drug({FIRST: 0.0})], [Regimen([0])], quickening=a, quickening_lines=limit)
    c.growth_regression = 0.25
    c.recist_nontarget_log_increase = 0.0  # a line ends at its first scan
    c.scan_years[:] = LINE_YEARS
    lesions = [Lesion(22.0, BONE, rate=0.05), Lesion(log_n, BONE, **fields)]
    other_death = LINES * LINE_YEARS - 1e-6
    made = women(p, lesions, other_death=other_death, log_relative_growth=relative)
    told = courses(p, plan(c, rules({"regimen": 0})), made)
    assert told.lines.size == LINES
    return p, told.s


@pytest.mark.parametrize("log_n, wakes", [(20.0, 0.0), (11.0, 0.0), (0.0, 0.7)])
@pytest.mark.parametrize("limit, relative", [(2.0, 0.0), (5.0, 0.0), (2.0, 1.2), (2.0, -1.2)])
def test_growth_quickens_with_each_line(
    log_n: float, wakes: float, limit: float, relative: float
) -> None:
    """b (b / median)^-r e^(a min(line - 1, limit)): followed, left alone at first, or asleep at first."""
    a, rate = 0.4, 0.6
    p, s = quickened(log_n, a, limit, relative=relative, rate=rate, wakes=wakes)
    rate *= math.exp(-0.25 * relative)
    years = 0.0
    for line in range(LINES):
        begin = max(wakes, line * LINE_YEARS)
        years += max(0.0, (line + 1) * LINE_YEARS - begin) * math.exp(a * min(line, limit))
    assert lesions_of(s).y[1] == pytest.approx(
        (p.log_capacity - log_n) * math.exp(-rate * years), rel=1e-12
    )


@pytest.mark.parametrize("log_n, wakes", [(11.0, 0.0), (14.5, 0.0), (0.0, 0.3)])
@pytest.mark.parametrize("relative", [0.0, 1.2, -1.2])
def test_a_lesion_left_alone_is_found_in_time_when_growth_quickens(
    log_n: float, wakes: float, relative: float
) -> None:
    """It is seen at the end of the period in which it passes the imaging limit, as if it were followed."""
    a, rate = 0.5, 1.0
    p, s = quickened(log_n, a, relative=relative, rate=rate, wakes=wakes)
    rate *= math.exp(-0.25 * relative)
    limit = math.exp(p.imaging_ln_y[BONE])
    y, seen = p.log_capacity - log_n, math.inf
    for period in range(s.periods):
        begin, end = max(wakes, s.times[period]), s.times[period + 1]
        line = min(int(s.times[period] / LINE_YEARS + 1e-6), 5)
        y *= math.exp(-rate * math.exp(a * line) * max(0.0, end - begin))
        if y <= limit:
            seen = end
            break
    assert math.isfinite(seen)
    assert lesions_of(s).visible_at[1] == seen


# ---------------------------------------------------------------- kill that follows growth


@pytest.mark.parametrize("follows", [0.0, 0.5, 1.0])
def test_kill_follows_each_lesions_own_growth(follows: float) -> None:
    """k (b_l / b)^exponent, b the median of her metastases; what a lesion has been exposed to likewise."""
    p = immortal(parameters(seed=424))
    c = constants(p, [Drug({FIRST: 6.0})], [Regimen([0])], resistance_log_odds=-4.0)
    c.lesion_growth_exponent, c.median_growth = follows, 0.8
    c.recist_nontarget_log_increase = 1000.0
    rates = (0.1, 0.4, 0.9)
    made = women(p, [Lesion(21.0, BONE, rate=rate) for rate in rates], growth_rate=0.5)
    made.women.other_death = 10 * PERIOD - 1e-6
    s = courses(p, plan(c, rules({"regimen": 0})), made).s
    for i, rate in enumerate(rates):
        kill = 6.0 * (rate / (0.5 * 0.8)) ** follows
        y, z = p.log_capacity - 21.0, -4.0
        for _ in range(10):
            y = after_period(y, rate, PERIOD, [(z, kill)])
            z += kill * PERIOD
        assert lesions_of(s).y[i] == pytest.approx(y, rel=1e-12)
