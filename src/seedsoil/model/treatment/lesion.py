"""One lesion under treatment: growth and kill, period by period or a spell at once, resistance, eradication.

A period is gone through in two halves, the kill of each in its middle. A spell, in which the drugs stay
the same, has a closed form (`biology.therapy.killed`), which serves for lesions that were left alone.
"""

from __future__ import annotations

import math
from typing import Any

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment import kill_closed_form as therapy
from seedsoil.model.treatment import resistance
from seedsoil.model.treatment.exposure import exposure
from seedsoil.model.treatment.resistance import ALL_RESISTANT
from seedsoil.model.treatment.state import NEVER

# ln of a number of cells that has no chance worth naming of being none (e^-55).
_SAFE_LOG_CELLS = 4.0
# Ratios nearer to 1 than this have their logarithm from a series.
_NEAR_ONE = 1.1
# Of the length of periods, in which the usual ones may differ.
_SAME_LENGTH = 1.0005
# To which ln of the fewest cells of a dip is found.
_FEWEST_WITHIN = 1e-3
_MOST_TRIALS = 40  # halvings are among them, so that it has long been found
# Kill beyond which nothing is left, in half a period: more makes no difference.
_TOTAL_KILL = 150.0
# Odds, multiplied by each other and by what such a kill makes of them, that are still a number.
_LARGE = 1e100
_ODDS_ALL_SURVIVE = math.exp(therapy.ALL_SURVIVE)
# Periods from which on it is quicker to go through them at once.
_WORTH_WHILE = 2


@inlined
def reset(lesion: Any) -> None:
    lesion.extinct_at = math.inf
    lesion.lowest = math.inf
    lesion.dips = 0
    lesion.woke_in = -1
    lesion.visible_at = math.inf
    lesion.known = 0
    lesion.target = 0
    lesion.listed = 0
    lesion.residue = -1
    lesion.odds_of = -1
    lesion.step = -1.0


@inlined
def log_odds(
    p: Any, c: Any, woman: Any, s: Any, lesion: Any, interval: Any, m: int, at: float
) -> float:
    """The log-odds of resistance of a lesion at a time in a spell; drawn when first asked for.

    Off the drug it falls back to where it began, not below.
    """
    if lesion.drawn >> m & 1 == 0:
        _draw(p, c, woman, s, lesion, m)
    z = _unexposed(c, s, lesion, interval, m) + exposure(c, interval, m, lesion.organ, at)
    return float(max(z, lesion.z_at_first[m]))


@inlined
def _unexposed(c: Any, s: Any, lesion: Any, interval: Any, m: int) -> float:
    """The log-odds of resistance to a mechanism in a spell, less its exposure K.

    Off the drug resistance falls back to where it began, not below. That matters for a lesion that woke
    when there had been exposure: as each spell since began, what it had fallen below was restored.
    """
    z = float(lesion.z[m])
    if c.relaxation[m] > 0.0 and lesion.woke_in >= 0:
        for g in range(lesion.woke_in + 1, s.n_intervals):
            since = s.intervals[g]
            if since.first > interval.first:
                break
            if s.first_period[m] <= since.first:
                z = max(z, lesion.z_at_first[m] - since.exposure[m, lesion.organ])
    return z


@inlined
def _log_odds_at(
    p: Any, c: Any, woman: Any, s: Any, lesion: Any, interval: Any, j: int, at: float
) -> float:
    """The log-odds of resistance to mechanism j of a spell, for the drug given, that kills in the organ."""
    m = interval.mechanism[j]
    if lesion.drawn >> m & 1 == 0:
        _draw(p, c, woman, s, lesion, m)
    so_far = interval.exposure[m, lesion.organ] + interval.rate[j, lesion.organ] * (
        at - interval.begin
    )
    return float(_unexposed(c, s, lesion, interval, m) + so_far - interval.potency[j])


@inlined
def _draw(p: Any, c: Any, woman: Any, s: Any, lesion: Any, m: int) -> None:
    """Draw the lesion's log-odds of resistance to a mechanism, around the woman's.

    The mechanisms in use that share its random numbers are drawn with it.
    """
    block = m // 4
    draws = resistance.of_lesion(p, woman.patient, lesion.entity, block)
    for lane in range(4):
        m = 4 * block + lane
        if lesion.drawn >> m & 1 == 0 and s.first_period[m] != NEVER:
            lesion.drawn |= 1 << m
            z = ALL_RESISTANT
            if s.resistant[m] == 0:
                z = s.z_woman[m]
                if c.lesion_sd[m] > 0.0:
                    z += c.lesion_sd[m] * random.normal(draws[lane])
            lesion.z[m] = z
            lesion.z_at_first[m] = z


@compiled
def _wake(p: Any, c: Any, woman: Any, s: Any, lesion: Any, period: int) -> None:
    """The period in which a lesion wakes: it only grows; asleep it was not selected."""
    lesion.woke_in = s.interval_of[period]
    interval = s.intervals[lesion.woke_in]
    end = s.times[period + 1]
    lesion.y *= math.exp(-lesion.rate * (end - lesion.wakes))
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_period[m] <= interval.first:
            if lesion.drawn >> m & 1 == 0:
                _draw(p, c, woman, s, lesion, m)
            lesion.z[m] -= exposure(c, interval, m, lesion.organ, end)


@inlined
def one_period(p: Any, c: Any, woman: Any, s: Any, lesion: Any, period: int) -> None:
    """Take a lesion through a period: growth, and the kill of each half of the period in its middle."""
    begin, end = s.times[period], s.times[period + 1]
    lesion.done = period + 1
    if lesion.wakes > begin:
        if lesion.wakes <= end:
            _wake(p, c, woman, s, lesion, period)
        lesion.log_n = p.log_capacity - lesion.y
        return
    interval = s.intervals[s.interval_of[period]]
    years = s.lengths[period]
    if lesion.step != years:
        lesion.step = years
        lesion.quarter = math.exp(-0.25 * lesion.rate * years)
    quarter = lesion.quarter
    half = quarter * quarter
    if interval.n == 0:
        lesion.y *= half * half
        lesion.log_n = p.log_capacity - lesion.y
        if lesion.lowest < math.inf:
            lesion.log_n = _end_dip(lesion, lesion.log_n, half * half)
            lesion.y = p.log_capacity - lesion.log_n
        return
    organ = lesion.organ
    if interval.step[organ] != years:
        interval.step[organ] = years
        for j in range(interval.n):
            interval.gain[j, organ] = math.exp(
                min(0.5 * years * interval.rate[j, organ], _TOTAL_KILL)
            )
    # Odds r of resistance: (1 + r e^κ)/(1 + r) e^-κ of the cells survive the kill κ of a mechanism.
    start, middle, last, kill = 1.0, 1.0, 1.0, 0.0
    first_half, second_half = 0.0, 0.0
    carried = lesion.odds_of == period and period > interval.first
    lesion.odds_of = period + 1
    for j in range(interval.n):
        rate = interval.rate[j, organ]
        if rate > 0.0:
            if carried:
                odds = lesion.odds[j]
            else:
                odds = therapy.exponential(_log_odds_at(p, c, woman, s, lesion, interval, j, begin))
            if odds < _ODDS_ALL_SURVIVE:
                kill += min(0.5 * rate * years, _TOTAL_KILL)
                gain = interval.gain[j, organ]
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
    y_middle = lesion.y * half - first_half * quarter
    y = y_middle * half - second_half * quarter
    log_n = p.log_capacity - y
    lowest = p.log_capacity - max(y, y_middle)
    if lesion.lowest < math.inf or lowest < min(lesion.log_n, _SAFE_LOG_CELLS):
        fading = half if y_middle > lesion.y else half * half
        log_n = _dip(p, woman, lesion, end, lowest, log_n, fading)
        y = p.log_capacity - log_n
    lesion.y = y
    lesion.log_n = log_n


@inlined
def _log_ratio(a: float, b: float) -> float:
    """ln(a/b), a ≥ b ≥ 1; mostly a is little more than b, and four terms of the series tell it to 1e-12."""
    if a < _NEAR_ONE * b:
        u = (a - b) / (a + b)
        w = u * u
        return 2.0 * u * (1.0 + w * (1.0 / 3.0 + w * (0.2 + w * (1.0 / 7.0))))
    return math.log(a / b)


@inlined
def _dip(
    p: Any, woman: Any, lesion: Any, at: float, lowest: float, log_n: float, fading: float
) -> float:
    """A lesion of few cells under therapy: whether one is left, and ln of how many then.

    A lesion that shrank to n cells on average has none with e^-n. Its draw is the same as long as it
    shrinks, so that the chance does not depend on the length of periods.
    """
    if lowest < lesion.log_n:
        if lesion.lowest == math.inf:
            e, _, _, _ = random.exponentials(
                p.key_low, p.key_high, woman.patient, random.EXTINCTION, lesion.entity, lesion.dips
            )
            lesion.extinction = math.log(e)
        if lowest < lesion.extinction:
            lesion.extinct_at = at
        lesion.lowest = min(lesion.lowest, lowest)
    if log_n > min(lesion.log_n, lowest) and lesion.extinct_at == math.inf:
        log_n = _end_dip(lesion, log_n, fading)
    return log_n


@compiled
def _end_dip(lesion: Any, log_n: float, fading: float) -> float:
    """ln N of a lesion that grows again, since it had n cells on average and was not eradicated.

    Given that there were some, they were n/(1 - e^-n) on average. `fading` is what growth since leaves of
    a difference in ln N.
    """
    log_n -= fading * math.log(-math.expm1(-math.exp(lesion.lowest)))
    lesion.dips += 1
    lesion.lowest = math.inf
    return log_n


@inlined
def many_periods(p: Any, c: Any, woman: Any, s: Any, lesion: Any, g: int, last: int) -> bool:
    """Take a lesion to the end of period `last` - 1 of spell g at once, if that is possible and pays."""
    interval = s.intervals[g]
    begin, end = s.times[lesion.done], s.times[last]
    periods = last - lesion.done
    organ = lesion.organ
    kill = 0.0
    for j in range(interval.n):
        rate = interval.rate[j, organ]
        if rate > 0.0 and lesion.rate >= therapy.WEAK * rate:
            return False
        kill += rate
    years = end - begin
    usual = years <= _SAME_LENGTH * periods * c.period_years
    # Worth while, too, if it may be eradicated: how far it shrinks, periods do not tell as well.
    safe = kill == 0.0 or lesion.log_n - kill * years > _SAFE_LOG_CELLS
    if periods < _WORTH_WHILE and usual and safe:
        return False
    most = lesion.y
    acting = 0
    for j in range(interval.n):
        rate = interval.rate[j, organ]
        if rate > 0.0:
            x = _log_odds_at(p, c, woman, s, lesion, interval, j, begin)
            if x < therapy.ALL_SURVIVE:
                s.acting_rate[acting] = rate
                s.acting_start[acting] = x
                s.acting_odds[acting] = math.exp(x)
                s.acting_later[acting] = therapy.exponential(x + rate * years)
                acting += 1
                most += min(rate * years, max(0.0, -x) + 0.7)
    s.acting = acting
    y = _later(s, lesion, years, math.exp(-lesion.rate * years))
    log_n = p.log_capacity - y
    if lesion.lowest < math.inf or p.log_capacity - most < _SAFE_LOG_CELLS:
        after, fewest = _fewest(s, lesion, most, y, years)
        lowest = p.log_capacity - fewest if after > 0.0 else lesion.log_n
        if lesion.lowest < math.inf or lowest < min(lesion.log_n, _SAFE_LOG_CELLS):
            fading = math.exp(-lesion.rate * (years - after))
            log_n = _dip(p, woman, lesion, begin + after, lowest, log_n, fading)
            y = p.log_capacity - log_n
    lesion.done = last
    lesion.y = y
    lesion.log_n = log_n
    return True


@inlined
def _later(s: Any, lesion: Any, years: float, decay: float) -> float:
    """y of a lesion so many years later, when what acts on it has odds `acting_later`; decay is e^(-bT)."""
    y = lesion.y * decay
    sensitive = (1.0 - decay) / lesion.rate
    for i in range(s.acting):
        rate, x = s.acting_rate[i], s.acting_start[i]
        y += therapy.killed_between(
            lesion.rate / rate,
            x,
            x + rate * years,
            s.acting_odds[i],
            s.acting_later[i],
            decay,
            rate * sensitive,
        )
    return float(y)


@inlined
def _fewest(s: Any, lesion: Any, most: float, y: float, years: float) -> tuple[float, float]:
    """After how many of these years a lesion is smallest, and its y then; `y` is that at their end.

    The kill only falls, so that it shrinks first, if at all, and then grows: it is smallest when the kill
    is what it grows. `most` is no less than y ever is.
    """
    total, begins, ends, missed, slows = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(s.acting):
        rate = s.acting_rate[i]
        dying = rate / (1.0 + s.acting_odds[i])
        total += rate
        begins += dying
        ends += rate / (1.0 + s.acting_later[i])
        missed += dying * s.acting_odds[i]
        slows += dying * dying * s.acting_odds[i]
    if begins <= lesion.rate * lesion.y:
        return 0.0, float(lesion.y)
    if ends >= lesion.rate * y:
        return years, y
    # Newton's method for the log-odds that a kill is missed, which with one mechanism run straight, and
    # the y of the last trial, which is flat where it is largest; halving where that leads astray.
    early, late = 0.0, years
    at, kill, growth = 0.0, begins, lesion.rate * most
    for _ in range(_MOST_TRIALS):
        before = at
        at = 0.5 * (early + late)
        if growth < total and missed > 0.0 and slows > 0.0:
            step = (
                math.log((total - growth) * kill / (growth * missed))
                * kill
                * missed
                / (total * slows)
            )
            if early < before + step < late:
                at = before + step
        kill, missed, slows = 0.0, 0.0, 0.0
        for i in range(s.acting):
            rate = s.acting_rate[i]
            odds = therapy.exponential(s.acting_start[i] + rate * at)
            dying = rate / (1.0 + odds)
            kill += dying
            missed += dying * odds
            slows += dying * dying * odds
            s.acting_later[i] = odds
        y = _later(s, lesion, at, math.exp(-lesion.rate * at))
        growth = lesion.rate * y
        shrinking = kill - growth
        if shrinking * shrinking < 2.0 * _FEWEST_WITHIN * slows:
            break
        if shrinking > 0.0:
            early = at
        else:
            late = at
    return at, y
