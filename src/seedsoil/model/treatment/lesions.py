"""A woman's lesions under treatment: which are followed, and how the others catch up.

A lesion of `therapy.followed_mm` or more is followed: it is taken through every period. A smaller one shows
on no scan and adds next to nothing to a burden. It is left alone until, untreated, it could have reached
that size; then it is taken through the periods that it has missed, with the drugs of the time. Until then
it is not even worked out: only when it could reach that size, at the earliest, is known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.treatment.agenda import clear_agenda, put_off, refresh_agenda
from seedsoil.model.treatment.lesion import (
    log_odds,
    many_periods,
    one_period,
    own_kill,
    reset,
)
from seedsoil.model.treatment.new_metastases import determine_origin
from seedsoil.model.treatment.state import DETERMINED, MAX_PERIODS, UNDETERMINED
from seedsoil.vocabulary import LUNG

if TYPE_CHECKING:
    from seedsoil.model.types import (
        Constants,
        Floats,
        Lesion,
        Lesions,
        Parameters,
        State,
        Woman,
    )

# Sizes that `trace` gives of one lesion, at most.
TRACED = MAX_PERIODS + 2
NO_LONGER_FOLLOWED = 4.0
"""A lesion that therapy shrank this far below `followed_mm`, in ln of its cells, is no longer followed."""


@inlined
def check_time(p: Parameters, y: float, rate: float, since: float) -> float:
    """When a colony of size y at a time could, untreated, reach `followed_mm`: at that time if it has."""
    return since + max(0.0, math.log(y / (p.log_capacity - p.followed_log_cells)) / rate)


@inlined
def _check_time(p: Parameters, s: State, lesion: Lesion, now: float) -> float:
    return check_time(p, lesion.y, lesion.rate * s.pace, max(now, lesion.wakes))


@compiled
def load_lesions(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State
) -> None:
    """Put the lesions of the day metastatic disease is found into the scratch space."""
    s.count = woman.lesions
    s.n_followed = 0
    s.pace = 1.0
    s.periods = 0
    s.times[0] = 0.0
    s.years_to_followed = math.log(p.log_capacity / (p.log_capacity - p.followed_log_cells))
    clear_agenda(s)
    s.local_kept = 0
    if woman.local > 0:
        u, _, _, _ = random.uniforms(p.key_low, p.key_high, woman.patient, random.LOCAL, 0, 0)
        s.local_kept = int(u < c.local_kept)
    removed = woman.lesions - (woman.local if s.local_kept == 0 else 0)
    for i in range(removed, woman.lesions):
        s.determined[i] = UNDETERMINED
        determine(p, c, woman, initial_lesions, s, i)
        s.lesions[i].extinct_at = 0.0
        s.check_at[i] = math.inf
    for i in range(removed):
        s.determined[i] = UNDETERMINED
        check_at = initial_lesions[i].check_at
        if check_at <= 0.0:
            determine(p, c, woman, initial_lesions, s, i)
            _follow(s, i)
        else:
            put_off(s, i, check_at)


@inlined
def determine(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State, i: int
) -> None:
    """Work out what a lesion is, if that has not been done."""
    if s.determined[i] == DETERMINED:
        return
    if i >= woman.lesions:
        if s.determined[i] == UNDETERMINED:
            determine_origin(p, woman, s, i)
        s.determined[i] = DETERMINED
        s.lesions[i].kill = own_kill(c, woman, s.lesions[i].rate)
        s.lesions[i].unshed = _unshed(p, p.log_capacity)
        _inherit(p, c, woman, s, s.lesions[i])
        return
    s.determined[i] = DETERMINED
    lesion = s.lesions[i]
    initial = initial_lesions[i]
    lesion.y = initial.y
    lesion.rate = initial.rate
    lesion.kill = own_kill(c, woman, initial.rate)
    lesion.wakes = initial.wakes
    lesion.founded = initial.founded
    lesion.organ = initial.organ
    lesion.route = initial.route
    lesion.entity = initial.entity
    lesion.parent = initial.parent
    lesion.row = initial.row
    lesion.multiplicity = initial.multiplicity
    lesion.multiplicity_at_first = initial.multiplicity
    lesion.log_n = p.log_capacity - initial.y
    lesion.z_drawn = 0
    lesion.next_period = 0
    lesion.unshed = _unshed(p, initial.y)
    reset(lesion)


@compiled
def _inherit(p: Parameters, c: Constants, woman: Woman, s: State, lesion: Lesion) -> None:
    """A colony has its parent's resistance at the end of the period in which it was founded."""
    lesion.z_drawn = 0
    parent = s.lesions[lesion.parent]
    interval = s.intervals[s.interval_of[lesion.next_period]]
    end = s.times[lesion.next_period + 1]
    for k in range(s.n_mechanisms_used):
        m = s.mechanisms_used[k]
        if s.first_use[m] <= interval.first_period:
            lesion.z[m] = log_odds(p, c, woman, s, parent, interval, m, end)
            lesion.z_at_first[m] = parent.z_at_first[m]
            lesion.z_drawn |= 1 << m


@inlined
def _follow(s: State, i: int) -> None:
    s.lesions[i].listed = 1
    s.followed[s.n_followed] = i
    s.n_followed += 1
    s.check_at[i] = math.inf


@inlined
def catch_up(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State, i: int
) -> None:
    """Take lesion i through the periods that it has missed."""
    determine(p, c, woman, initial_lesions, s, i)
    lesion = s.lesions[i]
    while lesion.next_period < s.periods and lesion.extinct_at == math.inf:
        period = lesion.next_period
        if lesion.wakes > s.times[period + 1]:
            lesion.next_period = period + 1
            continue
        g = s.interval_of[period]
        last = s.intervals[g + 1].first_period if g + 1 < s.n_intervals else s.periods
        if lesion.wakes > s.times[period] or not many_periods(p, c, woman, s, lesion, g, last):
            one_period(p, c, woman, s, lesion, period)


@inlined
def simulate_period(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State, years: float
) -> None:
    """Take the lesions that matter through a period of the current interval of exposure."""
    period = s.periods
    end = s.times[period] + years
    s.times[period + 1] = end
    s.lengths[period] = years
    s.interval_of[period] = s.n_intervals - 1
    s.periods = period + 1
    kept = 0
    for j in range(s.n_followed):
        i = s.followed[j]
        lesion = s.lesions[i]
        one_period(p, c, woman, s, lesion, period)
        if lesion.visible_at == math.inf and lesion.y <= c.imaging_y[lesion.organ]:
            lesion.visible_at = end
        if lesion.extinct_at < math.inf:
            s.check_at[i] = math.inf
        elif lesion.log_n < p.followed_log_cells - NO_LONGER_FOLLOWED:
            put_off(s, i, _check_time(p, s, lesion, end))
        else:
            s.followed[kept] = i
            kept += 1
    s.n_followed = kept
    if s.next_check <= end:
        _check_agenda(p, c, woman, initial_lesions, s, end)


@inlined
def _check_agenda(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State, end: float
) -> None:
    """Check the lesions that could have reached the size from which they are followed."""
    refresh_agenda(s, end)
    next_check = s.agenda_until
    n = s.n_agenda
    for k in range(n):
        check_at = s.agenda_check_at[k]
        if check_at <= end:
            check_at = _check(p, c, woman, initial_lesions, s, s.agenda[k], end)
            if check_at >= s.agenda_until:
                check_at = math.inf
            s.agenda_check_at[k] = check_at
        if check_at < next_check:
            next_check = check_at
    s.next_check = next_check


@inlined
def _check(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    i: int,
    end: float,
) -> float:
    """Catch up with lesion i and follow it if it is large. Returns when it is to be checked again."""
    if s.determined[i] == UNDETERMINED and i >= woman.lesions:
        determine_origin(p, woman, s, i)
        s.check_at[i] = s.lesions[i].wakes + s.years_to_followed / (s.lesions[i].rate * s.pace)
        if s.check_at[i] > end:
            return float(s.check_at[i])
    catch_up(p, c, woman, initial_lesions, s, i)
    lesion = s.lesions[i]
    if lesion.extinct_at < math.inf:
        s.check_at[i] = math.inf
    elif lesion.log_n >= p.followed_log_cells:
        _follow(s, i)
    else:
        s.check_at[i] = _check_time(p, s, lesion, end)
    return float(s.check_at[i])


@compiled
def any_living(
    p: Parameters, c: Constants, woman: Woman, initial_lesions: Lesions, s: State
) -> bool:
    """Whether any colony, awake or asleep, is alive now."""
    if s.n_followed > 0:
        return True
    living = False
    for i in range(s.count):
        catch_up(p, c, woman, initial_lesions, s, i)
        if s.lesions[i].extinct_at == math.inf:
            living = True
            break
        s.check_at[i] = math.inf
    return living


@inlined
def shedding(p: Parameters, woman: Woman, organ: int, log_n: float) -> float:
    """How many cells a lesion sheds, relative to others: ρ_o N^a; from the lung what the arteries carry."""
    launch = p.metastasis_shedding[organ]
    if organ == LUNG:
        launch += p.log_arterial_weight[woman.subtype]
    return math.exp(launch + p.spread_exponent * log_n)


@inlined
def lymph_clock(p: Parameters, y: float, power: float) -> float:
    """E(N) = K^aL E₁(aL y): what a lesion that grew to N cells untreated has shed by lymph, times b/λ.

    `power` is N^aL. E₁(x) = e^-x/(x + 1 - 1/(x + 3)), to 1 % for x above 2.
    """
    x = p.lymph_exponent * y
    return float(power / (x + 1.0 - 1.0 / (x + 3.0)))


@inlined
def _unshed(p: Parameters, y: float) -> float:
    """By how much the lymph clock of a lesion of size y now goes on until the lesion is followed.

    It sheds nothing in that time, so that the nodes it would have reached are still to be taken.
    """
    y_followed = p.log_capacity - p.followed_log_cells
    if y <= y_followed:
        return 0.0
    then = lymph_clock(p, y_followed, math.exp(p.lymph_exponent * p.followed_log_cells))
    now = lymph_clock(p, y, math.exp(p.lymph_exponent * (p.log_capacity - y)))
    return float(then - now)


@inlined
def has_room(s: State) -> bool:
    """Whether another period can be recorded."""
    return bool(s.periods < MAX_PERIODS)


@compiled
def trace(
    p: Parameters,
    c: Constants,
    woman: Woman,
    initial_lesions: Lesions,
    s: State,
    j: int,
    times: Floats,
    log_cells: Floats,
) -> int:
    """The size of lesion `j` of the scratch space, period by period, after `simulate_treated`.

    Fills `times` (years since metastatic disease was found) and `log_cells` (ln of the cells, until
    extinction or the end of her last period) from the start of treatment, or from its waking. Returns
    how many.
    """
    determine(p, c, woman, initial_lesions, s, j)
    lesion = s.lesions[j]
    y = initial_lesions[j].y if j < woman.lesions else p.log_capacity
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
        pace = s.intervals[s.interval_of[period]].pace
        y *= math.exp(-lesion.rate * pace * (s.times[period + 1] - wakes))
        period += 1
        times[1] = s.times[period]
        log_cells[1] = p.log_capacity - y
        n = 2
    lesion.y = y
    lesion.log_n = p.log_capacity - y
    lesion.wakes = 0.0  # it is awake, and its resistance is that of its waking
    lesion.extinct_at = math.inf
    lesion.nadir_log_n = math.inf
    lesion.nadirs = 0
    lesion.multiplicity = lesion.multiplicity_at_first
    while period < s.periods and lesion.extinct_at == math.inf:
        one_period(p, c, woman, s, lesion, period)
        period += 1
        times[n] = s.times[period]
        log_cells[n] = lesion.log_n
        n += 1
    return n
