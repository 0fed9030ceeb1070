"""One lesion under treatment: growth and kill, period by period or a spell at once, resistance, eradication.

A period is gone through in two halves, the kill of each in its middle. A spell, in which the drugs stay
the same, has a closed form (`biology.therapy.killed`), which serves for lesions that were left alone.
"""

from __future__ import annotations

import math
from typing import Any

from seedsoil import random
from seedsoil.biology import resistance, therapy
from seedsoil.biology.resistance import ALL_RESISTANT
from seedsoil.compiled import compiled
from seedsoil.spells import exposure
from seedsoil.treated_rows import NEVER

# ln of a number of cells that has no chance worth naming of being none (e^-55).
_SAFE_LOG_CELLS = 4.0
_NEAR_ONE = 1.0005
# Years to which the time of the smallest size is found; there ln N is flat, so that it is a few 1e-3 off.
_FEWEST_WITHIN = 0.004
_LOG_LARGE = 700.0  # e to more than that is too large a number
_ODDS_ALL_SURVIVE = math.exp(therapy.ALL_SURVIVE)
# Periods from which on it is quicker to go through them at once.
_WORTH_WHILE = 2


@compiled
def reset(lesion: Any) -> None:
    lesion.extinct_at = math.inf
    lesion.extinction = -1.0
    lesion.lowest = math.inf
    lesion.dips = 0
    lesion.visible_at = math.inf
    lesion.known = 0
    lesion.target = 0
    lesion.listed = 0
    lesion.spell = -1
    lesion.odds_of = -1
    lesion.step = -1.0


@compiled
def log_odds(
    p: Any, c: Any, woman: Any, s: Any, lesion: Any, spell: Any, m: int, at: float
) -> float:
    """The log-odds of resistance of a lesion at a time in a spell; drawn when first asked for.

    Off the drug it falls back to where it began, not below.
    """
    if lesion.drawn >> m & 1 == 0:
        _draw(p, c, woman, s, lesion, m)
    z = lesion.z[m] + exposure(c, spell, m, lesion.organ, at)
    return float(max(z, lesion.z_at_first[m]))


@compiled
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
def _wake(p: Any, c: Any, woman: Any, s: Any, lesion: Any, spell: Any, period: int) -> None:
    """The period in which a lesion wakes: it only grows; asleep it was not selected."""
    end = s.times[period + 1]
    lesion.y *= math.exp(-lesion.rate * (end - lesion.wakes))
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_period[m] <= spell.first:
            if lesion.drawn >> m & 1 == 0:
                _draw(p, c, woman, s, lesion, m)
            lesion.z[m] -= exposure(c, spell, m, lesion.organ, end)


@compiled
def _relax(c: Any, s: Any, lesion: Any, spell: Any) -> None:
    """At the start of a spell: what resistance fell below its beginning in the last one is restored."""
    for k in range(s.n_used):
        m = s.used[k]
        if c.relaxation[m] > 0.0 and lesion.drawn >> m & 1 and s.first_period[m] <= spell.first:
            least = lesion.z_at_first[m] - spell.exposure[m, lesion.organ]
            lesion.z[m] = max(lesion.z[m], least)


@compiled
def one_period(
    p: Any, c: Any, woman: Any, s: Any, lesion: Any, period: int
) -> None:
    """Take a lesion through a period: growth, and the kill of each half of the period in its middle."""
    begin, end = s.times[period], s.times[period + 1]
    lesion.done = period + 1
    g = s.spell_of[period]
    spell = s.spells[g]
    if lesion.wakes > begin:
        if lesion.wakes <= end:
            lesion.spell = g
            _wake(p, c, woman, s, lesion, spell, period)
        lesion.log_n = p.log_capacity - lesion.y
        return
    if lesion.spell != g:
        lesion.spell = g
        lesion.odds_of = -1
        _relax(c, s, lesion, spell)
    years = s.lengths[period]
    if lesion.step != years:
        lesion.step = years
        lesion.quarter = math.exp(-0.25 * lesion.rate * years)
    quarter = lesion.quarter
    half = quarter * quarter
    if spell.n == 0:
        lesion.y *= half * half
        lesion.log_n = p.log_capacity - lesion.y
        if lesion.lowest < math.inf:
            lesion.log_n = _end_dip(lesion, lesion.log_n, half * half)
            lesion.y = p.log_capacity - lesion.log_n
        return
    organ = lesion.organ
    if spell.step[organ] != years:
        spell.step[organ] = years
        for j in range(spell.n):
            spell.gain[j, organ] = math.exp(0.5 * years * spell.rate[j, organ])
    # Odds r of resistance: (1 + r e^κ)/(1 + r) e^-κ of the cells survive the kill κ of a mechanism.
    start, middle, last, kill = 1.0, 1.0, 1.0, 0.0
    carried = lesion.odds_of == period
    lesion.odds_of = period + 1
    for j in range(spell.n):
        rate = spell.rate[j, organ]
        if rate > 0.0:
            if carried:
                odds = lesion.odds[j]
            else:
                m = spell.mechanism[j]
                if lesion.drawn >> m & 1 == 0:
                    _draw(p, c, woman, s, lesion, m)
                so_far = spell.exposure[m, organ] + rate * (begin - spell.begin)
                odds = math.exp(lesion.z[m] + so_far - spell.potency[j])
            if odds < _ODDS_ALL_SURVIVE:
                kill += 0.5 * rate * years
                gain = spell.gain[j, organ]
                start *= 1.0 + odds
                odds *= gain
                middle *= 1.0 + odds
                odds *= gain
                last *= 1.0 + odds
            lesion.odds[j] = odds
    first_half = _log_ratio(middle, start) - kill
    second_half = _log_ratio(last, middle) - kill
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


@compiled
def _log_ratio(a: float, b: float) -> float:
    """ln(a/b), a ≥ b ≥ 1; mostly a is little more than 1, and three terms of the series are exact."""
    if a < _NEAR_ONE:
        u = (a - b) / b
        return u * (1.0 - u * (0.5 - u * (1.0 / 3.0)))
    return math.log(a / b)


@compiled
def _dip(
    p: Any, woman: Any, lesion: Any, at: float, lowest: float, log_n: float, fading: float
) -> float:
    """A lesion of few cells under therapy: whether one is left, and ln of how many then.

    A lesion that shrank to n cells on average has none with e^-n.
    """
    if lowest < lesion.log_n:
        if lesion.extinction < 0.0:
            e, _, _, _ = random.exponentials(
                p.key_low, p.key_high, woman.patient, random.EXTINCTION, lesion.entity, lesion.dips
            )
            lesion.extinction = e
        if therapy.is_eradicated(lowest, lesion.log_n, lesion.extinction):
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
    lesion.extinction = -1.0
    lesion.dips += 1
    lesion.lowest = math.inf
    return log_n


@compiled
def many_periods(
    p: Any, c: Any, woman: Any, s: Any, lesion: Any, g: int, last: int
) -> bool:
    """Take a lesion to the end of period `last` - 1 of spell g at once, if that is possible and pays."""
    spell = s.spells[g]
    begin, end = s.times[lesion.done], s.times[last]
    periods = last - lesion.done
    organ = lesion.organ
    kill = 0.0
    for j in range(spell.n):
        rate = spell.rate[j, organ]
        if rate > 0.0 and lesion.rate >= therapy.WEAK * rate:
            return False
        kill += rate
    usual = end - begin <= _NEAR_ONE * periods * c.period_years
    # Worth while, too, if it may be eradicated: how far it shrinks, periods do not tell as well.
    safe = kill == 0.0 or lesion.log_n - kill * (end - begin) > _SAFE_LOG_CELLS
    if periods < _WORTH_WHILE and usual and safe:
        return False
    if lesion.spell != g:
        lesion.spell = g
        _relax(c, s, lesion, spell)
    most = lesion.y
    for j in range(spell.n):
        spell.start[j] = therapy.ALL_SURVIVE
        rate = spell.rate[j, organ]
        if rate > 0.0:
            m = spell.mechanism[j]
            if lesion.drawn >> m & 1 == 0:
                _draw(p, c, woman, s, lesion, m)
            x = lesion.z[m] + spell.exposure[m, organ] + rate * (begin - spell.begin)
            x -= spell.potency[j]
            spell.start[j] = x
            if x < therapy.ALL_SURVIVE:
                most += min(rate * (end - begin), max(0.0, -x) + 0.7)
    y = _later(lesion, spell, end - begin)
    log_n = p.log_capacity - y
    if lesion.lowest < math.inf or p.log_capacity - most < _SAFE_LOG_CELLS:
        years = _fewest_after(lesion, spell, y, end - begin)
        lowest = lesion.log_n if years == 0.0 else log_n
        if 0.0 < years < end - begin:
            lowest = p.log_capacity - _later(lesion, spell, years)
        if lesion.lowest < math.inf or lowest < min(lesion.log_n, _SAFE_LOG_CELLS):
            fading = math.exp(-lesion.rate * (end - begin - years))
            log_n = _dip(p, woman, lesion, begin + years, lowest, log_n, fading)
            y = p.log_capacity - log_n
    lesion.done = last
    lesion.y = y
    lesion.log_n = log_n
    return True


@compiled
def _later(lesion: Any, spell: Any, years: float) -> float:
    """y of a lesion so many years later, under the kill of a spell."""
    y = lesion.y * math.exp(-lesion.rate * years)
    for j in range(spell.n):
        if spell.start[j] < therapy.ALL_SURVIVE:
            y += therapy.killed(lesion.rate, spell.rate[j, lesion.organ], spell.start[j], years)
    return float(y)


@compiled
def _shrinks(lesion: Any, spell: Any, y: float, years: float) -> bool:
    """Whether a lesion, by then of size y, shrinks so many years later, under the kill of a spell."""
    slope = -lesion.rate * y
    for j in range(spell.n):
        if spell.start[j] < therapy.ALL_SURVIVE:
            rate = spell.rate[j, lesion.organ]
            slope += rate / (1.0 + math.exp(min(spell.start[j] + rate * years, _LOG_LARGE)))
    return bool(slope > 0.0)


@compiled
def _fewest_after(lesion: Any, spell: Any, y: float, years: float) -> float:
    """Years, of so many under the kill of a spell that lead to size y, after which the lesion is smallest.

    The kill only falls, so that it shrinks first, if at all, and then grows.
    """
    if not _shrinks(lesion, spell, lesion.y, 0.0):
        return 0.0
    if _shrinks(lesion, spell, y, years):
        return years
    early, late = 0.0, years
    while late - early > _FEWEST_WITHIN:
        middle = 0.5 * (early + late)
        if _shrinks(lesion, spell, _later(lesion, spell, middle), middle):
            early = middle
        else:
            late = middle
    return early
