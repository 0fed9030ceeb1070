"""A woman's lesions under treatment: those large enough to matter go period by period, others catch up.

A period lasts until something is looked at or changes (see `treatment`). A lesion below
`therapy.followed_mm` shows on no scan and weighs next to nothing in a burden. It is left alone until,
untreated, it could have passed that size; then it is taken through what it has missed, with the drugs of
the time. Until then it is not even settled: only when it could
pass that size, at the earliest, is known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled, inlined
from seedsoil.model.treatment.agenda import begin_agenda, put_off, refresh_agenda
from seedsoil.model.treatment.lesion import log_odds, many_periods, one_period, reset
from seedsoil.model.treatment.new_metastases import place
from seedsoil.model.treatment.state import DETERMINED, MAX_PERIODS, UNKNOWN
from seedsoil.vocabulary import LUNG

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Sizes that `trace` gives of one lesion, at most.
TRACED = MAX_PERIODS + 2
# A lesion that therapy shrank this far below that size (ln) is no longer followed period by period.
_LEFT_ALONE = 4.0


@inlined
def due(p: Any, y: float, rate: float, since: float) -> float:
    """When a colony of size y at a time could, untreated, reach `followed_mm`; not before."""
    return since + max(0.0, math.log(y / (p.log_capacity - p.followed_log_cells)) / rate)


@inlined
def _due(p: Any, lesion: Any, now: float) -> float:
    return due(p, lesion.y, lesion.rate, max(now, lesion.wakes))


@compiled
def load_lesions(p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any) -> None:
    """Put the lesions of the day metastatic disease is found into the scratch space."""
    s.count = woman.lesions
    s.actives = 0
    s.periods = 0
    s.times[0] = 0.0
    s.years_to_large = math.log(p.log_capacity / (p.log_capacity - p.followed_log_cells))
    begin_agenda(s)
    for i in range(s.count):
        s.determined[i] = UNKNOWN
        due = initial_lesions[i].due
        if due <= 0.0:
            determine(p, c, woman, initial_lesions, s, i)
            _activate(s, i)
        else:
            put_off(s, i, due)


@inlined
def determine(p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any, i: int) -> None:
    """Work out what a lesion is, if that has not been done."""
    if s.determined[i] == DETERMINED:
        return
    if i >= woman.lesions:
        if s.determined[i] == UNKNOWN:
            place(p, woman, s, i)
        s.determined[i] = DETERMINED
        _inherit(p, c, woman, s, s.lesions[i])
        return
    s.determined[i] = DETERMINED
    lesion = s.lesions[i]
    seed = initial_lesions[i]
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
    reset(lesion)


@compiled
def _inherit(p: Any, c: Any, woman: Any, s: Any, lesion: Any) -> None:
    """A colony founded in period `done` carries its mother's resistance at the end of that period."""
    lesion.drawn = 0
    mother = s.lesions[lesion.parent]
    interval = s.intervals[s.interval_of[lesion.done]]
    end = s.times[lesion.done + 1]
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_period[m] <= interval.first:
            lesion.z[m] = log_odds(p, c, woman, s, mother, interval, m, end)
            lesion.z_at_first[m] = mother.z_at_first[m]
            lesion.drawn |= 1 << m


@inlined
def _activate(s: Any, i: int) -> None:
    s.lesions[i].listed = 1
    s.active[s.actives] = i
    s.actives += 1
    s.due[i] = math.inf


@inlined
def catch_up(p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any, i: int) -> None:
    """Take lesion i through the periods that it has missed."""
    determine(p, c, woman, initial_lesions, s, i)
    lesion = s.lesions[i]
    while lesion.done < s.periods and lesion.extinct_at == math.inf:
        period = lesion.done
        if lesion.wakes > s.times[period + 1]:
            lesion.done = period + 1
            continue
        g = s.interval_of[period]
        last = s.intervals[g + 1].first if g + 1 < s.n_intervals else s.periods
        if lesion.wakes > s.times[period] or not many_periods(p, c, woman, s, lesion, g, last):
            one_period(p, c, woman, s, lesion, period)


@inlined
def next_period(
    p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any, years: float
) -> None:
    """Take the lesions that matter through a period of the last spell."""
    period = s.periods
    end = s.times[period] + years
    s.times[period + 1] = end
    s.lengths[period] = years
    s.interval_of[period] = s.n_intervals - 1
    s.periods = period + 1
    kept = 0
    for j in range(s.actives):
        i = s.active[j]
        lesion = s.lesions[i]
        one_period(p, c, woman, s, lesion, period)
        if lesion.visible_at == math.inf and lesion.y <= c.imaging_y[lesion.organ]:
            lesion.visible_at = end
        if lesion.extinct_at < math.inf:
            s.due[i] = math.inf
        elif lesion.log_n < p.followed_log_cells - _LEFT_ALONE:
            put_off(s, i, _due(p, lesion, end))
        else:
            s.active[kept] = i
            kept += 1
    s.actives = kept
    if s.next_due <= end:
        _take_due(p, c, woman, initial_lesions, s, end)


@inlined
def _take_due(
    p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any, end: float
) -> None:
    """Catch up with the lesions that could have reached the size from which they are followed."""
    refresh_agenda(s, end)
    next_due = s.horizon
    n = s.n_near
    for k in range(n):
        due = s.near_due[k]
        if due <= end:
            due = _take(p, c, woman, initial_lesions, s, s.near[k], end)
            if due >= s.horizon:
                due = math.inf
            s.near_due[k] = due
        if due < next_due:
            next_due = due
    s.next_due = next_due


@inlined
def _take(
    p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any, i: int, end: float
) -> float:
    """Catch up with lesion i, which could be large, and follow it if it is; else, until when it waits."""
    if s.determined[i] == UNKNOWN and i >= woman.lesions:
        place(p, woman, s, i)
        s.due[i] = s.lesions[i].wakes + s.years_to_large / s.lesions[i].rate
        if s.due[i] > end:
            return float(s.due[i])
    catch_up(p, c, woman, initial_lesions, s, i)
    lesion = s.lesions[i]
    if lesion.extinct_at < math.inf:
        s.due[i] = math.inf
    elif lesion.log_n >= p.followed_log_cells:
        _activate(s, i)
    else:
        s.due[i] = _due(p, lesion, end)
    return float(s.due[i])


@compiled
def any_living(p: Any, c: Any, woman: Any, initial_lesions: NDArray[Any], s: Any) -> bool:
    """Whether any colony, awake or asleep, is alive now."""
    if s.actives > 0:
        return True
    living = False
    for i in range(s.count):
        catch_up(p, c, woman, initial_lesions, s, i)
        if s.lesions[i].extinct_at == math.inf:
            living = True
            break
        s.due[i] = math.inf
    return living


@inlined
def shedding(p: Any, woman: Any, organ: int, log_n: float) -> float:
    """How strongly a lesion sheds: ρ_o N^a, and from the lung what the arteries carry."""
    launch = p.metastasis_shedding[organ]
    if organ == LUNG:
        launch += p.log_arterial_weight[woman.subtype]
    return math.exp(launch + p.spread_exponent * log_n)


@inlined
def has_room(s: Any) -> bool:
    """Whether the history can hold another period."""
    return bool(s.periods < MAX_PERIODS)


@compiled
def trace(
    p: Any,
    c: Any,
    woman: Any,
    initial_lesions: NDArray[Any],
    s: Any,
    j: int,
    times: NDArray[Any],
    log_cells: NDArray[Any],
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
        y *= math.exp(-lesion.rate * (s.times[period + 1] - wakes))
        period += 1
        times[1] = s.times[period]
        log_cells[1] = p.log_capacity - y
        n = 2
    lesion.y = y
    lesion.log_n = p.log_capacity - y
    lesion.wakes = 0.0  # its resistance is that of its waking by now
    lesion.extinct_at = math.inf
    lesion.lowest = math.inf
    lesion.dips = 0
    while period < s.periods and lesion.extinct_at == math.inf:
        one_period(p, c, woman, s, lesion, period)
        period += 1
        times[n] = s.times[period]
        log_cells[n] = lesion.log_n
        n += 1
    return n
