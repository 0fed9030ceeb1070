"""A woman's lesions under treatment: those large enough to matter go period by period, others catch up.

A period lasts until something is looked at or changes (see `treatment`). A lesion below a million cells
(1 mm³) shows on no scan and weighs next to nothing in a burden. It is left alone until, untreated, it
could have passed that size; then the periods it has missed are gone through one by one, with the drugs
of the time, so that nothing is lost by the wait. Until then it is not even settled: only when it could
pass that size, at the earliest, is known.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from seedsoil import random
from seedsoil.biology import resistance, therapy
from seedsoil.biology.dormancy import sleep
from seedsoil.biology.lesions import LISTED_LOG_CELLS, LUNG, METASTATIC_ORGANS
from seedsoil.biology.quiet import GROWTH_BINS
from seedsoil.biology.resistance import ALL_RESISTANT
from seedsoil.compiled import compiled
from seedsoil.spells import exposure
from seedsoil.treated_rows import MAX_PERIODS, MAX_TREATED, NEVER

# Sizes that `trace` gives of one lesion, at most.
TRACED = MAX_PERIODS + 2
# A lesion that therapy shrank this far below a million cells (ln) is no longer followed period by period.
_LEFT_ALONE = 4.0
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
def due(p: Any, y: float, rate: float, since: float) -> float:
    """When a colony of size y at a time could, untreated, reach a million cells; not before then."""
    return since + max(0.0, math.log(y / (p.log_capacity - LISTED_LOG_CELLS)) / rate)


@compiled
def _due(p: Any, lesion: Any, now: float) -> float:
    return due(p, lesion.y, lesion.rate, max(now, lesion.wakes))


@compiled
def load_lesions(p: Any, c: Any, woman: Any, seeds: NDArray[Any], s: Any) -> None:
    """Put the lesions of the day metastatic disease is found into the scratch space."""
    s.count = woman.lesions
    s.actives = 0
    s.periods = 0
    s.times[0] = 0.0
    s.years_to_large = math.log(p.log_capacity / (p.log_capacity - LISTED_LOG_CELLS))
    s.next_due = math.inf
    for i in range(s.count):
        s.settled[i] = 0
        s.due[i] = seeds[i].due
        if s.due[i] <= 0.0:
            settle(p, c, woman, seeds, s, i)
            _activate(s, i)
        else:
            s.next_due = min(s.next_due, s.due[i])


@compiled
def settle(p: Any, c: Any, woman: Any, seeds: NDArray[Any], s: Any, i: int) -> None:
    """Work out what a lesion is, if that has not been done."""
    if s.settled[i] == 1:
        return
    s.settled[i] = 1
    lesion = s.lesions[i]
    if i >= woman.lesions:
        _settle_daughter(p, c, woman, s, lesion)
        return
    seed = seeds[i]
    lesion.y = seed.y
    lesion.rate = seed.rate
    lesion.wakes = seed.wakes
    lesion.founded = seed.founded
    lesion.organ = seed.organ
    lesion.route = seed.route
    lesion.entity = seed.entity
    lesion.parent = seed.parent
    lesion.row = seed.row
    lesion.log_n = p.log_capacity - seed.y
    lesion.drawn = 0
    lesion.done = 0
    _reset(lesion)


@compiled
def _settle_daughter(p: Any, c: Any, woman: Any, s: Any, lesion: Any) -> None:
    """Work out the sleep, the growth and the resistance of a colony founded in period `done`."""
    lesion.wakes = lesion.founded + sleep(
        lesion.sleep_uniform, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    lesion.y = p.log_capacity
    lesion.log_n = 0.0
    lesion.rate = woman.growth_rate * math.exp(
        p.metastasis_growth[lesion.organ]
        + p.metastasis_growth_sd * random.normal(lesion.growth_uniform)
    )
    lesion.row = -1
    _reset(lesion)
    # It carries its mother's resistance at the end of that period.
    lesion.drawn = 0
    mother = s.lesions[lesion.parent]
    spell = s.spells[s.spell_of[lesion.done]]
    end = s.times[lesion.done + 1]
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_period[m] <= spell.first:
            lesion.z[m] = log_odds(p, c, woman, s, mother, spell, m, end)
            lesion.z_at_first[m] = mother.z_at_first[m]
            lesion.drawn |= 1 << m


@compiled
def _reset(lesion: Any) -> None:
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
def _activate(s: Any, i: int) -> None:
    s.lesions[i].listed = 1
    s.active[s.actives] = i
    s.actives += 1
    s.due[i] = math.inf


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
def _one_period(
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
def catch_up(p: Any, c: Any, woman: Any, seeds: NDArray[Any], s: Any, i: int) -> None:
    """Take lesion i through the periods that it has missed."""
    settle(p, c, woman, seeds, s, i)
    lesion = s.lesions[i]
    while lesion.done < s.periods and lesion.extinct_at == math.inf:
        period = lesion.done
        if lesion.wakes > s.times[period + 1]:
            lesion.done = period + 1
            continue
        g = s.spell_of[period]
        last = s.spells[g + 1].first if g + 1 < s.n_spells else s.periods
        if lesion.wakes > s.times[period] or not _many_periods(p, c, woman, s, lesion, g, last):
            _one_period(p, c, woman, s, lesion, period)


@compiled
def _many_periods(
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


@compiled
def next_period(
    p: Any, c: Any, woman: Any, seeds: NDArray[Any], s: Any, years: float
) -> None:
    """Take the lesions that matter through a period of the last spell."""
    period = s.periods
    end = s.times[period] + years
    s.times[period + 1] = end
    s.lengths[period] = years
    s.spell_of[period] = s.n_spells - 1
    s.periods = period + 1
    kept = 0
    for j in range(s.actives):
        i = s.active[j]
        lesion = s.lesions[i]
        _one_period(p, c, woman, s, lesion, period)
        if lesion.visible_at == math.inf and lesion.y <= c.imaging_y[lesion.organ]:
            lesion.visible_at = end
        if lesion.extinct_at < math.inf:
            s.due[i] = math.inf
        elif lesion.log_n < LISTED_LOG_CELLS - _LEFT_ALONE:
            s.due[i] = _due(p, lesion, end)
            s.next_due = min(s.next_due, s.due[i])
        else:
            s.active[kept] = i
            kept += 1
    s.actives = kept
    if s.next_due <= end:
        _take_due(p, c, woman, seeds, s, end)


@compiled
def _take_due(p: Any, c: Any, woman: Any, seeds: NDArray[Any], s: Any, end: float) -> None:
    """Catch up with the lesions that could have reached a million cells by now."""
    next_due = math.inf
    for i in range(s.count):
        if s.due[i] <= end and s.settled[i] == 0:
            settle(p, c, woman, seeds, s, i)
            if i >= woman.lesions:
                s.due[i] = s.lesions[i].wakes + s.years_to_large / s.lesions[i].rate
        if s.due[i] <= end:
            catch_up(p, c, woman, seeds, s, i)
            lesion = s.lesions[i]
            if lesion.extinct_at < math.inf:
                s.due[i] = math.inf
            elif lesion.log_n >= LISTED_LOG_CELLS:
                _activate(s, i)
            else:
                s.due[i] = _due(p, lesion, end)
        if s.due[i] < next_due:
            next_due = s.due[i]
    s.next_due = next_due


@compiled
def any_living(p: Any, c: Any, woman: Any, seeds: NDArray[Any], s: Any) -> bool:
    """Whether any colony, awake or asleep, is alive now."""
    if s.actives > 0:
        return True
    living = False
    for i in range(s.count):
        catch_up(p, c, woman, seeds, s, i)
        if s.lesions[i].extinct_at == math.inf:
            living = True
            break
        s.due[i] = math.inf
    return living


@compiled
def shedding(p: Any, woman: Any, organ: int, log_n: float) -> float:
    """How strongly a lesion sheds: ρ_o N^a, and from the lung what the arteries carry."""
    launch = p.metastasis_shedding[organ]
    if organ == LUNG:
        launch += p.log_arterial_weight[woman.subtype]
    return math.exp(launch + p.spread_exponent * log_n)


@compiled
def await_founding(p: Any, woman: Any, s: Any) -> None:
    """Draw the exponential that the next founding waits for, and what will come of it."""
    u, v, w, x = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, s.foundings, 0
    )
    s.spread_clock = -math.log(u)
    s.spread_draws[0] = v
    s.spread_draws[1] = w
    s.spread_draws[2] = x


@compiled
def found_daughter(p: Any, woman: Any, s: Any, at: float) -> None:
    """A metastasis founds a colony at time `at`."""
    if s.count == MAX_TREATED:
        s.truncated = 1
        return
    left = s.spread_draws[0] * s.total_shedding
    j = 0
    while j < s.actives - 1 and left > s.lesions[s.active[j]].shedding:
        left -= s.lesions[s.active[j]].shedding
        j += 1
    mother = s.lesions[s.active[j]]
    # where in its mother's share the uniform fell is uniform again
    v = left / mother.shedding
    arteries = int(mother.organ == LUNG)
    organ = 0
    for k in range(METASTATIC_ORGANS - 1):
        organ += int(v > p.organ_cumulative[arteries, woman.subtype, k])
    i = s.count
    s.count += 1
    lesion = s.lesions[i]
    lesion.founded = at
    lesion.sleep_uniform = s.spread_draws[1]
    lesion.growth_uniform = s.spread_draws[2]
    lesion.organ = organ
    lesion.route = mother.route
    lesion.entity = (random.TREATED_SPREAD << 24) + s.foundings
    lesion.parent = s.active[j]
    # its periods begin with the one in which it was founded
    lesion.done = s.periods - 1
    s.settled[i] = 0
    # Not later than it could: see `quiet.quieten_unknown`.
    asleep = 1.0 - lesion.sleep_uniform / p.dormancy_share[woman.subtype]
    fastest = woman.growth_rate * p.growth_ratio[organ, int(lesion.growth_uniform * GROWTH_BINS) + 1]
    s.due[i] = (
        at + p.dormancy_mean[woman.subtype] * max(0.0, asleep) + s.years_to_large / fastest
    )
    s.next_due = min(s.next_due, s.due[i])


@compiled
def has_room(s: Any) -> bool:
    """Whether the history can hold another period."""
    return bool(s.periods < MAX_PERIODS)


@compiled
def trace(
    p: Any,
    c: Any,
    woman: Any,
    seeds: NDArray[Any],
    s: Any,
    j: int,
    times: NDArray[Any],
    log_cells: NDArray[Any],
) -> int:
    """The size of lesion `j` of the scratch space, period by period, after `follow`.

    Fills `times` (years since metastatic disease was found) and `log_cells` (ln of the cells, until
    extinction or the end of her last period) from the start of treatment, or from its waking. Returns
    how many.
    """
    settle(p, c, woman, seeds, s, j)
    lesion = s.lesions[j]
    y = seeds[j].y if j < woman.lesions else p.log_capacity
    wakes = max(0.0, lesion.wakes)
    if wakes >= s.times[s.periods]:
        return 0
    times[0] = wakes
    log_cells[0] = p.log_capacity - y
    n = 1
    period = 0
    while s.times[period + 1] < wakes:
        period += 1
    if wakes > s.times[period]:
        # in the period of its waking it only grows
        y *= math.exp(-lesion.rate * (s.times[period + 1] - wakes))
        period += 1
        times[1] = s.times[period]
        log_cells[1] = p.log_capacity - y
        n = 2
    lesion.y = y
    lesion.log_n = p.log_capacity - y
    lesion.wakes = 0.0  # its resistance is that of its waking by now
    lesion.extinct_at = math.inf
    lesion.extinction = -1.0
    lesion.lowest = math.inf
    lesion.dips = 0
    while period < s.periods and lesion.extinct_at == math.inf:
        _one_period(p, c, woman, s, lesion, period)
        period += 1
        times[n] = s.times[period]
        log_cells[n] = lesion.log_n
        n += 1
    return n
