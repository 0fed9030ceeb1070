"""A woman's lesions under treatment: those large enough to matter go cycle by cycle, the rest are caught up.

A lesion below a million cells (1 mm³) shows on no scan and weighs next to nothing in a burden. It is left
alone until, untreated, it could have passed that size; then the cycles it has missed are gone through
one by one, with the drugs of the time, so that nothing is lost by the wait.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from seedsoil import random
from seedsoil.biology import resistance, therapy
from seedsoil.biology.dormancy import sleep
from seedsoil.biology.lesions import LISTED_LOG_CELLS, LUNG, METASTATIC_ORGANS
from seedsoil.biology.resistance import ALL_RESISTANT
from seedsoil.compiled import compiled
from seedsoil.treated_rows import MAX_CYCLES, MAX_TREATED

# Sizes that `trace` gives of one lesion, at most.
TRACED = MAX_CYCLES + 2
# A lesion that therapy shrank this far below a million cells (ln) is no longer followed cycle by cycle.
_LEFT_ALONE = 4.0


@compiled
def _due(p: Any, s: Any, i: int, now: float) -> None:
    """Set when lesion i could, untreated, reach a million cells."""
    left = math.log(s.y[i] / (p.log_capacity - LISTED_LOG_CELLS)) / s.rate[i]
    s.due[i] = max(now, s.wakes[i]) + max(0.0, left)


@compiled
def load_lesions(p: Any, woman: Any, seeds: NDArray[Any], s: Any) -> None:
    """Put the lesions of the day metastatic disease is found into the scratch space."""
    s.count = woman.lesions
    s.actives = 0
    s.cycles = 0
    s.times[0] = 0.0
    for i in range(s.count):
        seed = seeds[i]
        s.y[i] = seed.y
        s.rate[i] = seed.rate
        s.wakes[i] = seed.wakes
        s.founded[i] = seed.founded
        s.organ[i] = seed.organ
        s.route[i] = seed.route
        s.entity[i] = seed.entity
        s.parent[i] = seed.parent
        s.row[i] = seed.row
        _reset(s, i)
        s.drawn[i] = 0
        s.log_n[i] = p.log_capacity - seed.y
        _due(p, s, i, 0.0)
        if s.due[i] <= 0.0:
            _activate(s, i)


@compiled
def _reset(s: Any, i: int) -> None:
    s.extinct_at[i] = math.inf
    s.extinction[i] = -1.0
    s.visible_at[i] = math.inf
    s.known[i] = 0
    s.target[i] = 0
    s.listed[i] = 0
    s.done[i] = s.cycles
    s.step_of[i] = -1.0


@compiled
def _activate(s: Any, i: int) -> None:
    s.listed[i] = 1
    s.active[s.actives] = i
    s.actives += 1
    s.due[i] = math.inf


@compiled
def resistance_of(p: Any, c: Any, woman: Any, s: Any, i: int, m: int) -> float:
    """The lesion's log-odds z, less the exposure K so far; drawn when it is first asked for."""
    if s.drawn[i] >> m & 1 == 0:
        s.drawn[i] |= 1 << m
        if s.resistant[m] == 1:
            s.z[i, m] = ALL_RESISTANT
        else:
            s.z[i, m] = s.z_woman[m]
            if c.lesion_sd[m] > 0.0:
                deviate = resistance.of_lesion(p, woman.patient, s.entity[i], m)
                s.z[i, m] += c.lesion_sd[m] * deviate
        s.z_at_first[i, m] = s.z[i, m]
    return float(s.z[i, m])


@compiled
def _one_cycle(
    p: Any, c: Any, woman: Any, s: Any, i: int, cycle: int, acting: int
) -> None:
    """Take lesion i through cycle `cycle`, in which the first `acting` of `s.acting` were given."""
    begin, end = s.times[cycle], s.times[cycle + 1]
    s.done[i] = cycle + 1
    if s.wakes[i] > begin:
        if s.wakes[i] <= end:
            s.y[i] *= math.exp(-s.rate[i] * (end - s.wakes[i]))
            # asleep it was not selected
            for k in range(s.n_used):
                m = s.used[k]
                if s.first_cycle[m] <= cycle:
                    resistance_of(p, c, woman, s, i, m)
                    s.z[i, m] -= s.history[cycle + 1, m, s.organ[i]]
        s.log_n[i] = p.log_capacity - s.y[i]
        return
    organ = s.organ[i]
    for k in range(s.n_used):
        m = s.used[k]
        if c.relaxation[m] > 0.0 and s.first_cycle[m] < cycle and s.drawn[i] >> m & 1:
            # resistance falls back to where it began, not below
            least = s.z_at_first[i, m] - s.history[cycle, m, organ]
            s.z[i, m] = max(s.z[i, m], least)
    surviving = 0.0
    for j in range(acting):
        m = s.acting[j]
        so_far = s.history[cycle, m, organ] if s.first_cycle[m] < cycle else 0.0
        kill = s.history[cycle + 1, m, organ] - so_far
        if kill > 0.0:
            z = resistance_of(p, c, woman, s, i, m)
            surviving += therapy.log_survival(z + so_far - s.potencies[cycle, m], kill)
    if s.step_of[i] != end - begin:
        s.step_of[i] = end - begin
        s.whole[i], s.half[i] = therapy.decay(s.rate[i], end - begin)
    s.y[i] = therapy.after_cycle(s.y[i], s.whole[i], s.half[i], surviving)
    log_n = p.log_capacity - s.y[i]
    if surviving < 0.0 and log_n < 4.0:
        if s.extinction[i] < 0.0:
            e, _, _, _ = random.exponentials(
                p.key_low, p.key_high, woman.patient, random.EXTINCTION, s.entity[i], 0
            )
            s.extinction[i] = e
        if therapy.is_eradicated(log_n, s.log_n[i], s.extinction[i]):
            s.extinct_at[i] = end
    s.log_n[i] = log_n


@compiled
def _acting(s: Any, cycle: int) -> int:
    """List in `s.acting` the mechanisms that killed in a cycle, in any organ; how many."""
    n = 0
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_cycle[m] <= cycle:
            for organ in range(METASTATIC_ORGANS):
                so_far = s.history[cycle, m, organ] if s.first_cycle[m] < cycle else 0.0
                if s.history[cycle + 1, m, organ] > so_far:
                    s.acting[n] = m
                    n += 1
                    break
    return n


@compiled
def catch_up(p: Any, c: Any, woman: Any, s: Any, i: int) -> None:
    """Take lesion i through the cycles that it has missed."""
    while s.done[i] < s.cycles and s.extinct_at[i] == math.inf:
        cycle = s.done[i]
        if s.wakes[i] > s.times[cycle + 1]:
            s.done[i] = cycle + 1
            continue
        _one_cycle(p, c, woman, s, i, cycle, _acting(s, cycle))


@compiled
def next_cycle(p: Any, c: Any, woman: Any, s: Any, step: float) -> None:
    """Write the cycle's kill into the history and take the lesions that matter through it."""
    cycle = s.cycles
    s.times[cycle + 1] = s.times[cycle] + step
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_cycle[m] <= cycle:
            s.potencies[cycle, m] = s.potency[m]
            for organ in range(METASTATIC_ORGANS):
                so_far = s.history[cycle, m, organ] if s.first_cycle[m] < cycle else 0.0
                kill = s.kill[m, organ]
                if kill == 0.0 and c.relaxation[m] > 0.0:
                    kill = -min(so_far, c.relaxation[m] * step)
                s.history[cycle + 1, m, organ] = so_far + kill
    acting = _acting(s, cycle)
    s.cycles = cycle + 1
    kept = 0
    end = s.times[cycle + 1]
    for j in range(s.actives):
        i = s.active[j]
        _one_cycle(p, c, woman, s, i, cycle, acting)
        if s.y[i] <= c.imaging_y[s.organ[i]]:
            s.visible_at[i] = min(s.visible_at[i], end)
        if s.extinct_at[i] < math.inf:
            s.due[i] = math.inf
        elif s.log_n[i] < LISTED_LOG_CELLS - _LEFT_ALONE:
            _due(p, s, i, end)
        else:
            s.active[kept] = i
            kept += 1
    s.actives = kept
    for i in range(s.count):
        if s.due[i] <= end:
            catch_up(p, c, woman, s, i)
            if s.extinct_at[i] < math.inf:
                s.due[i] = math.inf
            elif s.log_n[i] >= LISTED_LOG_CELLS:
                _activate(s, i)
            else:
                _due(p, s, i, end)


@compiled
def any_living(p: Any, c: Any, woman: Any, s: Any) -> bool:
    """Whether any colony, awake or asleep, is alive now."""
    if s.actives > 0:
        return True
    living = False
    for i in range(s.count):
        if s.extinct_at[i] == math.inf:
            catch_up(p, c, woman, s, i)
            if s.extinct_at[i] == math.inf:
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
def found_daughter(p: Any, c: Any, woman: Any, s: Any, at: float, draw: int) -> None:
    """A metastasis founds a colony at time `at`; it carries its mother's resistance."""
    if s.count == MAX_TREATED:
        s.truncated = 1
        return
    u, v, w, x = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, draw, 1
    )
    left = u * s.total_shedding
    mother = s.active[0]
    for j in range(s.actives):
        mother = s.active[j]
        left -= s.shedding[j]
        if left <= 0.0:
            break
    arteries = int(s.organ[mother] == LUNG)
    organ = 0
    for k in range(METASTATIC_ORGANS - 1):
        organ += int(v > p.organ_cumulative[arteries, woman.subtype, k])
    i = s.count
    s.count += 1
    s.founded[i] = at
    s.wakes[i] = at + sleep(w, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype])
    s.y[i] = p.log_capacity
    s.log_n[i] = 0.0
    s.rate[i] = woman.growth_rate * math.exp(
        p.metastasis_growth[organ] + p.metastasis_growth_sd * random.normal(x)
    )
    s.organ[i] = organ
    s.route[i] = s.route[mother]
    s.entity[i] = (random.TREATED_SPREAD << 24) + draw
    s.parent[i] = mother
    s.row[i] = -1
    _reset(s, i)
    # its cycles begin with the one in which it was founded
    s.done[i] = s.cycles - 1
    s.drawn[i] = 0
    for k in range(s.n_used):
        m = s.used[k]
        if s.first_cycle[m] < s.cycles:
            z = resistance_of(p, c, woman, s, mother, m)
            s.z[i, m] = z + s.history[s.cycles, m, s.organ[mother]]
            s.z_at_first[i, m] = s.z_at_first[mother, m]
            s.drawn[i] |= 1 << m
    _due(p, s, i, at)


@compiled
def has_room(s: Any) -> bool:
    """Whether the history can hold another cycle."""
    return bool(s.cycles < MAX_CYCLES)


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
    """The size of lesion `j` of the scratch space, cycle by cycle, after `follow`.

    Fills `times` (years since metastatic disease was found) and `log_cells` (ln of the cells, until
    extinction or the end of her last cycle) from the start of treatment, or from its waking. Returns
    how many.
    """
    y = seeds[j].y if j < woman.lesions else p.log_capacity
    wakes = max(0.0, s.wakes[j])
    if wakes >= s.times[s.cycles]:
        return 0
    times[0] = wakes
    log_cells[0] = p.log_capacity - y
    n = 1
    cycle = 0
    while s.times[cycle + 1] < wakes:
        cycle += 1
    if wakes > s.times[cycle]:
        # in the cycle of its waking it only grows
        y *= math.exp(-s.rate[j] * (s.times[cycle + 1] - wakes))
        cycle += 1
        times[1] = s.times[cycle]
        log_cells[1] = p.log_capacity - y
        n = 2
    s.y[j] = y
    s.log_n[j] = p.log_capacity - y
    s.wakes[j] = 0.0  # its resistance is that of its waking by now
    s.extinct_at[j] = math.inf
    while cycle < s.cycles and s.extinct_at[j] == math.inf:
        _one_cycle(p, c, woman, s, j, cycle, _acting(s, cycle))
        cycle += 1
        times[n] = s.times[cycle]
        log_cells[n] = s.log_n[j]
        n += 1
    return n
