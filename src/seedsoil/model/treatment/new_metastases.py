"""Colonies that metastases found under treatment: a Poisson process of the metastases' total rate.

The n-th colony has random numbers of its own: the exponential that it waits for after the one before,
the metastasis that founds it, where, how long it sleeps and how fast it grows. Most colonies stay small
or asleep until she dies. So at first only the wait is worked out, and a bound of when the colony could
reach `followed_mm`; the rest when that bound has passed (`place`). Until then the metastases of the
period, of which one is its mother, are remembered.
"""

from __future__ import annotations

import math
from typing import Any

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.natural_history.dormancy import least_sleep, sleep
from seedsoil.model.natural_history.lazy_lesions import GROWTH_BINS
from seedsoil.model.treatment import period_hazard as burden
from seedsoil.model.treatment.agenda import put_off
from seedsoil.model.treatment.lesion import reset
from seedsoil.model.treatment.state import DRAWN_TOGETHER, MAX_MOTHERS, MAX_TREATED, PLACED, UNKNOWN
from seedsoil.vocabulary import LUNG, METASTATIC_ORGANS

# Blocks of random numbers of which the compiler makes one: fewer would not be cheaper.
_LANES = 8


@inlined
def begin_new_metastases(p: Any, woman: Any, s: Any) -> None:
    """No colony founded so far, and the first awaited."""
    s.foundings = 0
    s.n_batches = 0
    s.n_mothers = 0
    fastest = 0
    for organ in range(1, METASTATIC_ORGANS):
        if p.metastasis_growth[organ] > p.metastasis_growth[fastest]:
            fastest = organ
    s.fastest_organ = fastest
    s.first_drawn = 0
    s.n_drawn = 0
    u, _, _, _ = random.uniforms(p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, 0, 0)
    s.spread_clock = -math.log(u)


@inlined
def _draw(p: Any, woman: Any, s: Any, number: int, expected: float) -> None:
    """Draw the random numbers of founding `number` and of so many after it as are likely to be needed."""
    s.first_drawn = number
    s.n_drawn = _LANES * (1 + int(min(expected, DRAWN_TOGETHER - 1.0) / _LANES))
    for i in range(s.n_drawn):
        s.drawn_of[i] = number + i
    random.uniforms_of_entities(
        p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, s.drawn_of, s.n_drawn, s.drawn
    )


@inlined
def spread(p: Any, woman: Any, s: Any, rate_before: float, rate: float) -> None:
    """Colonies that metastases found during the last period, the rate going between those of its ends."""
    ratio = burden.log_ratio(rate_before, rate)
    owed = burden.integral(rate_before, rate, ratio, s.step)
    if s.spread_clock > owed or s.truncated == 1:
        s.spread_clock -= owed
        return
    if s.actives > 0:
        _found(p, woman, s, rate_before, rate, ratio, owed)
    else:
        _found_none(p, woman, s, owed)


@compiled
def _found_none(p: Any, woman: Any, s: Any, owed: float) -> None:
    """No metastasis is left that could have founded the colonies owed: their numbers go unused."""
    spent = 0.0
    while s.spread_clock <= owed - spent:
        spent += s.spread_clock
        s.foundings += 1
        _draw(p, woman, s, s.foundings, 0.0)
        s.spread_clock = -math.log(s.drawn[0, 0])
    s.spread_clock -= owed - spent


@inlined
def _found(
    p: Any, woman: Any, s: Any, rate_before: float, rate: float, ratio: float, owed: float
) -> None:
    """Found the colonies owed: of each, when it could matter at the earliest."""
    begin = s.times[s.periods - 1]
    first = s.count
    number = s.foundings
    clock = s.spread_clock
    spent = 0.0
    share = p.dormancy_share[woman.subtype]
    mean = p.dormancy_mean[woman.subtype]
    to_large = s.years_to_large / woman.growth_rate
    pace = 1.0 / max(rate_before, rate)
    i = first
    k = number - s.first_drawn
    if k >= s.n_drawn:
        _draw(p, woman, s, number, owed)
        k = 0
    while clock <= owed - spent:
        spent += clock
        if i == MAX_TREATED:
            s.truncated = 1  # the list is full for good
            break
        s.determined[i] = UNKNOWN
        s.spent[i] = spent
        s.batch_of[i] = s.n_batches
        # Not later than it could: founded as if the rate were the higher one all the time, in the organ
        # where colonies grow fastest.
        asleep = least_sleep(s.drawn[2, k], share, mean)
        growth = p.growth_delay[s.fastest_organ, int(s.drawn[3, k] * GROWTH_BINS) + 1]
        put_off(s, i, begin + pace * spent + asleep + to_large * growth)
        i += 1
        k += 1
        if k == s.n_drawn:
            _draw(p, woman, s, number + i - first, owed - spent)
            k = 0
        clock = -math.log(s.drawn[0, k])
    s.spread_clock = clock - (owed - spent)
    s.foundings = number + i - first
    s.count = i
    if i > first:
        _close_batch(p, woman, s, first, number, rate_before, rate, ratio)


@inlined
def _close_batch(
    p: Any,
    woman: Any,
    s: Any,
    first: int,
    number: int,
    rate_before: float,
    rate: float,
    ratio: float,
) -> None:
    """Remember what the place of the colonies founded in the last period depends on."""
    batch = s.batches[s.n_batches]
    s.n_batches += 1
    batch.period = s.periods - 1
    batch.first = first
    batch.number = number
    batch.rate_before = rate_before
    batch.rate = rate
    batch.ratio = ratio
    batch.total_shedding = s.total_shedding
    batch.mothers = s.n_mothers
    # what each sheds is there already
    for j in range(s.actives):
        s.mothers[s.n_mothers + j] = s.active[j]
    s.n_mothers += s.actives
    batch.last_mother = s.n_mothers - 1
    if s.n_mothers > MAX_MOTHERS:
        # too many to remember: all are placed while they are known
        for i in range(first, s.count):
            place(p, woman, s, i)
        s.n_mothers = batch.mothers


@inlined
def founded_at(s: Any, i: int) -> float:
    """When a colony was founded."""
    batch = s.batches[s.batch_of[i]]
    years = s.lengths[batch.period]
    return float(
        s.times[batch.period]
        + burden.when(batch.rate_before, batch.rate, batch.ratio, years, s.spent[i])
    )


@inlined
def place(p: Any, woman: Any, s: Any, i: int) -> None:
    """Work out which metastasis founded a colony, when and where, its sleep and its growth."""
    s.determined[i] = PLACED
    lesion = s.lesions[i]
    batch = s.batches[s.batch_of[i]]
    number = batch.number + i - batch.first
    _, left, asleep, growth = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, number, 0
    )
    left *= batch.total_shedding
    j = batch.mothers
    while j < batch.last_mother and left > s.mother_shedding[j]:
        left -= s.mother_shedding[j]
        j += 1
    mother = s.lesions[s.mothers[j]]
    # where in its mother's share the uniform fell is uniform again
    left /= s.mother_shedding[j]
    arteries = int(mother.organ == LUNG)
    organ = 0
    for o in range(METASTATIC_ORGANS - 1):
        organ += int(left > p.organ_cumulative[arteries, woman.subtype, o])
    # its mother may have woken within the period
    lesion.founded = max(founded_at(s, i), mother.wakes)
    lesion.wakes = lesion.founded + sleep(
        asleep, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    lesion.rate = woman.growth_rate * math.exp(
        p.metastasis_growth[organ] + p.metastasis_growth_sd * random.normal(growth)
    )
    lesion.y = p.log_capacity
    lesion.log_n = 0.0
    lesion.organ = organ
    lesion.route = mother.route
    lesion.entity = (random.TREATED_SPREAD << 24) + number
    lesion.parent = s.mothers[j]
    lesion.row = -1
    # its periods begin with the one in which it was founded
    lesion.done = batch.period
    reset(lesion)


@compiled
def count_founded(woman: Any, s: Any, death: float) -> int:
    """How many colonies metastases had founded by the time of death, in the last period."""
    count = s.count - woman.lesions
    if count > 0:
        batch = s.batches[s.n_batches - 1]
        if s.times[batch.period + 1] > death:
            for i in range(batch.first, s.count):
                count -= int(founded_at(s, i) > death)
    return int(count)
