"""One lesion under treatment: growth and kill, resistance, eradication.

A lesion is taken through time in one of two ways. `one_period` takes it through a period; the kill of each
half of the period falls into the middle of that half. `many_periods` takes it through the rest of an
interval of exposure at once, by the closed form of `kill_closed_form`; it serves for lesions that were left
alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.exposure import exposure
from seedsoil.model.treatment.kill_closed_form import (
    ALL_SURVIVE,
    LARGEST_BETA,
    exponential,
    killed_between,
    years_less_growth,
)
from seedsoil.model.treatment.resistance import ALL_RESISTANT
from seedsoil.model.treatment.state import NEVER
from seedsoil.vocabulary import N_MECHANISMS

if TYPE_CHECKING:
    from seedsoil.model.types import Constants, Interval, Lesion, Parameters, State, Woman

# ln of a number of cells from which the chance of none being left is negligible (e^-55).
_SAFE_LOG_CELLS = 4.0
# Ratios below this have their logarithm from a series.
_NEAR_ONE = 1.1
# Periods are of the usual length if the longest is no more than this factor above it.
_SAME_LENGTH = 1.0005
# Precision of ln of the fewest cells of a lesion.
_NADIR_PRECISION = 1e-3
_MAX_STEPS = 40  # of the search for it, which halves its range: more than enough
# ln of the factor by which a kill reduces a lesion in half a period beyond which nothing is left.
_TOTAL_KILL = 150.0
# Odds up to this can be multiplied by each other and by what such a kill makes of them.
_LARGE = 1e100
_ODDS_ALL_SURVIVE = math.exp(ALL_SURVIVE)
# Periods from which on the closed form is quicker than going through them one by one.
_WORTH_WHILE = 2
_LANES = 4  # uniforms of a block of random numbers


@inlined
def reset(lesion: Lesion) -> None:
    """The state of a lesion that has not been treated, seen or reduced to a few cells."""
    lesion.extinct_at = math.inf
    lesion.nadir_log_n = math.inf
    lesion.nadirs = 0
    lesion.woke_in = -1
    lesion.visible_at = math.inf
    lesion.known = 0
    lesion.target = 0
    lesion.targets = 0
    lesion.nontarget = 0
    lesion.listed = 0
    lesion.residue = -1.0
    lesion.largest_log_n = -math.inf
    lesion.odds_period = -1
    lesion.step = -1.0


@inlined
def own_kill(c: Constants, woman: Woman, rate: float) -> float:
    """The factor on the kill in a lesion that grows at `rate`: what grows fast dies fast.

    A metastasis of median growth among hers has the factor 1. Its own growth, not that of the line, counts.
    """
    if c.lesion_growth_exponent == 0.0:
        return 1.0
    ratio = rate / (woman.growth_rate * c.median_growth)
    if c.lesion_growth_exponent == 1.0:
        return float(ratio)
    return float(ratio**c.lesion_growth_exponent)


@inlined
def log_odds(
    p: Parameters,
    c: Constants,
    woman: Woman,
    s: State,
    lesion: Lesion,
    interval: Interval,
    m: int,
    at: float,
) -> float:
    """The log-odds of resistance of a lesion to a mechanism at a time in an interval; drawn at first use.

    Off the drug it falls back to where it began, not below.
    """
    if lesion.z_drawn >> m & 1 == 0:
        _draw_resistance(p, c, woman, s, lesion, m)
    gained = lesion.kill * exposure(c, interval, m, lesion.organ, at)
    z = _unexposed(c, s, lesion, interval, m) + gained
    return float(max(z, lesion.z_at_first[m]))


@inlined
def _unexposed(c: Constants, s: State, lesion: Lesion, interval: Interval, m: int) -> float:
    """The log-odds of resistance to a mechanism in an interval, less its exposure K.

    Off the drug resistance falls back to where it began, not below. That matters only for a lesion that
    woke after exposure: at the start of each interval since, log-odds that had fallen below were restored.
    """
    z = float(lesion.z[m])
    if c.relaxation[m] > 0.0 and lesion.woke_in >= 0:
        for g in range(lesion.woke_in + 1, s.n_intervals):
            since = s.intervals[g]
            if since.first_period > interval.first_period:
                break
            if s.first_use[m] <= since.first_period:
                z = max(z, lesion.z_at_first[m] - lesion.kill * since.exposure[m, lesion.organ])
    return z


@inlined
def _log_odds_at(
    p: Parameters,
    c: Constants,
    woman: Woman,
    s: State,
    lesion: Lesion,
    interval: Interval,
    j: int,
    at: float,
) -> float:
    """The log-odds of resistance to the drug given, by mechanism j of an interval that kills in the organ."""
    m = interval.mechanism[j]
    if lesion.z_drawn >> m & 1 == 0:
        _draw_resistance(p, c, woman, s, lesion, m)
    so_far = interval.exposure[m, lesion.organ] + interval.rate[j, lesion.organ] * (
        at - interval.begin
    )
    gained = lesion.kill * so_far
    return float(_unexposed(c, s, lesion, interval, m) + gained - interval.potency[j])


@inlined
def _draw_resistance(
    p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion, m: int
) -> None:
    """Draw the lesion's log-odds of resistance to a mechanism, around the woman's.

    One block of random numbers serves four mechanisms: those of them in use are drawn with it.
    """
    block = m // _LANES
    draws = resistance.of_lesion(p, woman.patient, lesion.entity, block)
    for lane in range(min(_LANES, N_MECHANISMS - _LANES * block)):
        m = _LANES * block + lane
        if lesion.z_drawn >> m & 1 == 0 and s.first_use[m] != NEVER:
            lesion.z_drawn |= 1 << m
            z = ALL_RESISTANT
            if s.resistant[m] == 0:
                z = s.z_woman[m]
                if c.lesion_sd[m] > 0.0:
                    z += c.lesion_sd[m] * random.normal(draws[lane])
            lesion.z[m] = z
            lesion.z_at_first[m] = z


@compiled
def _wake(p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion, period: int) -> None:
    """The period in which a lesion wakes: it only grows. Asleep it was not selected for resistance."""
    lesion.woke_in = s.interval_of[period]
    interval = s.intervals[lesion.woke_in]
    end = s.times[period + 1]
    lesion.y *= math.exp(-lesion.rate * interval.pace * (end - lesion.wakes))
    for k in range(s.n_mechanisms_used):
        m = s.mechanisms_used[k]
        if s.first_use[m] <= interval.first_period:
            if lesion.z_drawn >> m & 1 == 0:
                _draw_resistance(p, c, woman, s, lesion, m)
            lesion.z[m] -= lesion.kill * exposure(c, interval, m, lesion.organ, end)


@inlined
def one_period(
    p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion, period: int
) -> None:
    """Take a lesion through a period: growth, and the kill of each half of the period in its middle."""
    begin, end = s.times[period], s.times[period + 1]
    lesion.next_period = period + 1
    if lesion.wakes > begin:
        if lesion.wakes <= end:
            _wake(p, c, woman, s, lesion, period)
        lesion.log_n = p.log_capacity - lesion.y
        return
    interval = s.intervals[s.interval_of[period]]
    years = s.lengths[period]
    older = years * interval.pace
    if lesion.step != older:
        lesion.step = older
        lesion.quarter_decay = math.exp(-0.25 * lesion.rate * older)
    quarter = lesion.quarter_decay
    half = quarter * quarter
    if interval.n_mechanisms == 0:
        lesion.y *= half * half
        log_n = p.log_capacity - lesion.y
        if lesion.nadir_log_n < math.inf:
            log_n = _regrow(p, woman, lesion, log_n, half * half)
            lesion.y = p.log_capacity - log_n
        lesion.log_n = log_n
        return
    first_half, second_half = _survive_halves(p, c, woman, s, lesion, interval, period)
    y_middle = lesion.y * half - first_half * quarter
    y = y_middle * half - second_half * quarter
    log_n = p.log_capacity - y
    lowest = p.log_capacity - max(y, y_middle)
    if lesion.nadir_log_n < math.inf or lowest < min(lesion.log_n, _SAFE_LOG_CELLS):
        fading = half if y_middle > lesion.y else half * half
        log_n = _near_extinction(p, woman, lesion, end, lowest, log_n, fading)
        y = p.log_capacity - log_n
    lesion.y = y
    lesion.log_n = log_n


@inlined
def _survive_halves(
    p: Parameters,
    c: Constants,
    woman: Woman,
    s: State,
    lesion: Lesion,
    interval: Interval,
    period: int,
) -> tuple[float, float]:
    """ln of the share of cells that survive, in each half of a period."""
    organ = lesion.organ
    years = s.lengths[period]
    # Odds r of resistance: (1 + r e^κ)/(1 + r) e^-κ of the cells survive the kill κ of a mechanism.
    start, middle, last, kill = 1.0, 1.0, 1.0, 0.0
    first_half, second_half = 0.0, 0.0
    carried = lesion.odds_period == period and period > interval.first_period
    lesion.odds_period = period + 1
    for j in range(interval.n_mechanisms):
        rate = lesion.kill * interval.rate[j, organ]
        if rate > 0.0:
            if carried:
                odds = lesion.odds[j]
            else:
                odds = exponential(
                    _log_odds_at(p, c, woman, s, lesion, interval, j, s.times[period])
                )
            if odds < _ODDS_ALL_SURVIVE:
                kill += min(0.5 * rate * years, _TOTAL_KILL)
                half = 0.5 * years * lesion.kill * interval.rate[j, organ]
                gain = math.exp(min(half, _TOTAL_KILL))
                start *= 1.0 + odds
                odds *= gain
                middle *= 1.0 + odds
                odds *= gain
                last *= 1.0 + odds
                if last > _LARGE:
                    first_half += _log_ratio(middle, start)
                    second_half += _log_ratio(last, middle)
                    start, middle, last = 1.0, 1.0, 1.0
            lesion.odds[j] = odds
    first_half += _log_ratio(middle, start) - kill
    second_half += _log_ratio(last, middle) - kill
    return first_half, second_half


@inlined
def _log_ratio(a: float, b: float) -> float:
    """ln(a/b), a ≥ b ≥ 1. Mostly a is little more than b; four terms of the series then give it to 1e-12."""
    if a < _NEAR_ONE * b:
        u = (a - b) / (a + b)
        w = u * u
        return 2.0 * u * (1.0 + w * (1.0 / 3.0 + w * (0.2 + w * (1.0 / 7.0))))
    return math.log(a / b)


@inlined
def _near_extinction(
    p: Parameters,
    woman: Woman,
    lesion: Lesion,
    at: float,
    lowest: float,
    log_n: float,
    fading: float,
) -> float:
    """A lesion of few cells under therapy: whether it is eradicated; ln of its cells if not.

    A lesion that shrank to n cells on average has none left with probability e^-n; m of them side by side
    have all gone with probability e^(-m n). One draw decides for as long as it shrinks, so that the chance
    does not depend on the length of periods. `lowest` is ln of its fewest cells in the time up to `at`,
    `log_n` that of those at its end.
    """
    if lowest < lesion.log_n:
        if lesion.nadir_log_n == math.inf:
            e = random.exponential(
                p.key_low,
                p.key_high,
                woman.patient,
                random.EXTINCTION,
                lesion.entity,
                lesion.nadirs,
            )
            lesion.extinction_log_n = math.log(e / lesion.multiplicity)
        if lowest < lesion.extinction_log_n:
            lesion.extinct_at = at
        lesion.nadir_log_n = min(lesion.nadir_log_n, lowest)
    if log_n > min(lesion.log_n, lowest) and lesion.extinct_at == math.inf:
        log_n = _regrow(p, woman, lesion, log_n, fading)
    return log_n


@compiled
def _survivors(p: Parameters, woman: Woman, lesion: Lesion, alive: float) -> float:
    """How many of m lesions side by side are left, if each is with probability `alive` and at least one is.

    By inversion of the binomial distribution, with a random number of the lesion's nadir.
    """
    m = lesion.multiplicity
    _, u, _, _ = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.EXTINCTION, lesion.entity, lesion.nadirs
    )
    e = -math.log(u)
    none = math.exp(m * math.log1p(-alive)) if alive < 1.0 else 0.0
    left = math.exp(-e) * (1.0 - none)  # of the probability of those that are left
    k = m
    chance = math.exp(m * math.log(alive))  # that all are left
    while k > 1.0 and left > chance:
        left -= chance
        chance *= k * (1.0 - alive) / ((m - k + 1.0) * alive)
        k -= 1.0
    return float(k)


@compiled
def _regrow(p: Parameters, woman: Woman, lesion: Lesion, log_n: float, fading: float) -> float:
    """ln N of a lesion that grows again after it had n cells on average and was not eradicated.

    Given that it had any, it had n/(1 - e^-n) on average. `fading` is the share of a difference in ln N at
    the nadir that is left after the growth since. Of several side by side those that had none are gone.
    """
    alive = -math.expm1(-math.exp(lesion.nadir_log_n))
    if lesion.multiplicity > 1.0:
        lesion.multiplicity = _survivors(p, woman, lesion, alive)
    log_n -= fading * math.log(alive)
    lesion.nadirs += 1
    lesion.nadir_log_n = math.inf
    return log_n


@inlined
def many_periods(
    p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion, g: int, last: int
) -> bool:
    """Take a lesion to the start of period `last` at once, in interval g; False if that is not done.

    It is not done if the lesion grows about as fast as a mechanism kills, which the closed form does not
    cover, nor if going through the periods one by one is quicker.
    """
    interval = s.intervals[g]
    begin, end = s.times[lesion.next_period], s.times[last]
    periods = last - lesion.next_period
    organ = lesion.organ
    growth = lesion.rate * interval.pace
    kill = 0.0
    for j in range(interval.n_mechanisms):
        rate = lesion.kill * interval.rate[j, organ]
        if rate > 0.0 and growth >= LARGEST_BETA * rate:
            return False
        kill += rate
    years = end - begin
    usual = years <= _SAME_LENGTH * periods * c.period_years
    # If it may be eradicated the closed form is used in any case: it gives the fewest cells better.
    safe = kill == 0.0 or lesion.log_n - kill * years > _SAFE_LOG_CELLS
    if periods < _WORTH_WHILE and usual and safe:
        return False
    most = lesion.y
    acting = 0
    for j in range(interval.n_mechanisms):
        rate = lesion.kill * interval.rate[j, organ]
        if rate > 0.0:
            x = _log_odds_at(p, c, woman, s, lesion, interval, j, begin)
            if x < ALL_SURVIVE:
                s.acting_rate[acting] = rate
                s.acting_log_odds[acting] = x
                s.acting_odds[acting] = math.exp(x)
                s.acting_odds_after[acting] = exponential(x + rate * years)
                acting += 1
                most += min(rate * years, max(0.0, -x) + 0.7)
    s.n_acting = acting
    y = _y_after(s, lesion.y, growth, years, math.exp(-growth * years))
    log_n = p.log_capacity - y
    if lesion.nadir_log_n < math.inf or p.log_capacity - most < _SAFE_LOG_CELLS:
        after, fewest = _nadir(s, lesion.y, growth, most, y, years)
        lowest = p.log_capacity - fewest if after > 0.0 else lesion.log_n
        if lesion.nadir_log_n < math.inf or lowest < min(lesion.log_n, _SAFE_LOG_CELLS):
            fading = math.exp(-growth * (years - after))
            log_n = _near_extinction(p, woman, lesion, begin + after, lowest, log_n, fading)
            y = p.log_capacity - log_n
    lesion.next_period = last
    lesion.y = y
    lesion.log_n = log_n
    return True


@inlined
def _y_after(s: State, y: float, growth: float, years: float, decay: float) -> float:
    """y of a lesion after `years`, when the mechanisms that act on it have odds `acting_odds_after`.

    `y` is that at the start, `growth` its b, `decay` e^(-bT).
    """
    y *= decay
    sensitive = years_less_growth(growth, years, decay)
    for i in range(s.n_acting):
        rate, x = s.acting_rate[i], s.acting_log_odds[i]
        y += killed_between(
            growth / rate,
            x,
            x + rate * years,
            s.acting_odds[i],
            s.acting_odds_after[i],
            decay,
            rate * sensitive,
        )
    return float(y)


@inlined
def _nadir(
    s: State, first: float, rate: float, most: float, y: float, years: float
) -> tuple[float, float]:
    """After how many of these years a lesion is smallest, and its y then.

    The kill only falls, so that the lesion shrinks first, if at all, and then grows. It is smallest when
    kill and growth are equal. `first` is y at the start, `y` at the end of the years,
    `most` an upper bound; `rate` is b.
    """
    total, begins, ends, missed, slows = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(s.n_acting):
        kills = s.acting_rate[i]
        dying = kills / (1.0 + s.acting_odds[i])
        total += kills
        begins += dying
        ends += kills / (1.0 + s.acting_odds_after[i])
        missed += dying * s.acting_odds[i]
        slows += dying * dying * s.acting_odds[i]
    if begins <= rate * first:
        return 0.0, first
    if ends >= rate * y:
        return years, y
    # Newton's method for the log-odds that a cell escapes the kill, which with one mechanism are linear in
    # time. y is that of the step before: near its largest value it hardly changes. Where a step leaves the
    # range the range is halved.
    early, late = 0.0, years
    at, kill, growth = 0.0, begins, rate * most
    for _ in range(_MAX_STEPS):
        before = at
        at = 0.5 * (early + late)
        if 0.0 < growth < total and missed > 0.0 and slows > 0.0:
            step = (
                math.log((total - growth) * kill / (growth * missed))
                * kill
                * missed
                / (total * slows)
            )
            if early < before + step < late:
                at = before + step
        kill, missed, slows = 0.0, 0.0, 0.0
        for i in range(s.n_acting):
            kills = s.acting_rate[i]
            odds = exponential(s.acting_log_odds[i] + kills * at)
            dying = kills / (1.0 + odds)
            kill += dying
            missed += dying * odds
            slows += dying * dying * odds
            s.acting_odds_after[i] = odds
        y = _y_after(s, first, rate, at, math.exp(-rate * at))
        growth = rate * y
        shrinking = kill - growth
        if shrinking * shrinking < 2.0 * _NADIR_PRECISION * slows:
            break
        if shrinking > 0.0:
            early = at
        else:
            late = at
    return at, y
