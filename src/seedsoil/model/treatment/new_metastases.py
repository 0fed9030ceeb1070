"""Colonies that metastases found under treatment: a Poisson process with the metastases' total rate.

After some they come in groups, one record each, as in the natural history (`clusters.group_size`).

The n-th colony has random numbers of its own: the exponential wait after the colony before it, the
metastasis that founds it, the organ, how long it sleeps and how fast it grows. Most colonies stay small or
asleep until she dies. So at first only the wait is worked out, and a lower bound of the time at which the
colony could reach `followed_mm`. The rest follows when that time has come (`determine_origin`). Until then
the metastases of the period, of which one is its parent, are kept in memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.natural_history.clusters import ALONE, group_size, place_of_colony
from seedsoil.model.natural_history.dormancy import least_sleep, sleep
from seedsoil.model.natural_history.lazy_lesions import GROWTH_BINS
from seedsoil.model.natural_history.lesions import LYMPH
from seedsoil.model.treatment import period_hazard
from seedsoil.model.treatment.agenda import put_off
from seedsoil.model.treatment.lesion import reset
from seedsoil.model.treatment.state import (
    MAX_DRAWS,
    MAX_METASTASES,
    MAX_PARENTS,
    ORIGIN_DETERMINED,
    UNDETERMINED,
)
from seedsoil.vocabulary import DISTANT_NODES, LUNG, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Parameters, Row, State, Woman

# Blocks of random numbers are drawn in multiples of this, which the processor works out side by side.
_SIDE_BY_SIDE = 8
# Entities of colonies: their number, beside the number of their stream.
_ENTITY_BITS = 24


@inlined
def reset_new_metastases(p: Parameters, woman: Woman, s: State) -> None:
    """No colony founded so far, and the wait for the first."""
    s.n_founded = 0
    s.n_founding_periods = 0
    s.n_parents = 0
    fastest = 0
    for organ in range(1, METASTATIC_ORGANS):
        if p.metastasis_growth[organ] > p.metastasis_growth[fastest]:
            fastest = organ
    s.fastest_organ = fastest
    s.first_draw = 0
    s.n_draws = 0
    u, _, _, _ = random.uniforms(p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, 0, 0)
    s.founding_clock = -math.log(u)


@inlined
def _draw_colonies(p: Parameters, woman: Woman, s: State, number: int, expected: float) -> None:
    """Draw the random numbers of colony `number` and of about `expected` colonies after it."""
    s.first_draw = number
    s.n_draws = _SIDE_BY_SIDE * (1 + int(min(expected, MAX_DRAWS - 1.0) / _SIDE_BY_SIDE))
    for i in range(s.n_draws):
        s.draw_entities[i] = number + i
    random.uniforms_of_entities(
        p.key_low,
        p.key_high,
        woman.patient,
        random.TREATED_SPREAD,
        s.draw_entities,
        s.n_draws,
        s.founding_draws,
    )


@inlined
def found_colonies(p: Parameters, woman: Woman, s: State, rate_before: float, rate: float) -> None:
    """The colonies that metastases founded during the last period.

    `rate_before` and `rate` are the total rate of founding a year at the start and the end of it.
    """
    log_ratio = period_hazard.log_ratio(rate_before, rate)
    expected = period_hazard.integral(rate_before, rate, log_ratio, s.step)
    if s.founding_clock > expected or s.truncated == 1:
        s.founding_clock -= expected
        return
    if s.total_shedding > 0.0:
        _found(p, woman, s, rate_before, rate, log_ratio, expected)
    else:
        _skip(p, woman, s, expected)


@compiled
def _skip(p: Parameters, woman: Woman, s: State, expected: float) -> None:
    """No metastasis is left that could have founded the colonies due: their numbers go unused."""
    spent = 0.0
    while s.founding_clock <= expected - spent:
        spent += s.founding_clock
        number = s.n_founded + 1
        s.n_founded = number
        _draw_colonies(p, woman, s, number, 0.0)
        s.founding_clock = -math.log(s.founding_draws[0, 0]) * group_size(number, ALONE)
    s.founding_clock -= expected - spent


@inlined
def _found(
    p: Parameters,
    woman: Woman,
    s: State,
    rate_before: float,
    rate: float,
    log_ratio: float,
    expected: float,
) -> None:
    """Found colonies, and of each work out when it could be large enough to be followed at the earliest."""
    begin = s.times[s.periods - 1]
    first = s.count
    number = s.n_founded
    clock = s.founding_clock
    spent = 0.0
    share = p.dormancy_share[woman.subtype]
    mean = p.dormancy_mean[woman.subtype]
    to_followed = s.years_to_followed / (woman.growth_rate * s.pace)
    pace = 1.0 / max(rate_before, rate)
    i = first
    k = number - s.first_draw
    if k >= s.n_draws:
        _draw_colonies(p, woman, s, number, expected)
        k = 0
    while clock <= expected - spent:
        spent += clock
        if i == MAX_METASTASES + woman.local:
            s.truncated = 1  # the list is full for good
            break
        s.determined[i] = UNDETERMINED
        s.founding_integral[i] = spent
        s.founding_period_of[i] = s.n_founding_periods
        # A lower bound: founded as if the rate were the higher one all the time, in the organ where
        # colonies grow fastest.
        asleep = least_sleep(s.founding_draws[2, k], share, mean)
        growth = p.inverse_growth_ratio[
            s.fastest_organ, int(s.founding_draws[3, k] * GROWTH_BINS) + 1
        ]
        put_off(s, i, begin + pace * spent + asleep + to_followed * growth)
        i += 1
        k += 1
        if k == s.n_draws:
            _draw_colonies(p, woman, s, number + i - first, expected - spent)
            k = 0
        clock = -math.log(s.founding_draws[0, k]) * group_size(number + i - first, ALONE)
    s.founding_clock = clock - (expected - spent)
    s.n_founded = number + i - first
    s.count = i
    if i > first:
        _remember_period(p, woman, s, first, number, rate_before, rate, log_ratio)


@inlined
def _remember_period(
    p: Parameters,
    woman: Woman,
    s: State,
    first: int,
    number: int,
    rate_before: float,
    rate: float,
    log_ratio: float,
) -> None:
    """Remember what the origin of the colonies founded in the last period depends on."""
    founding = s.founding_periods[s.n_founding_periods]
    s.n_founding_periods += 1
    founding.period = s.periods - 1
    founding.first_colony = first
    founding.first_number = number
    founding.rate_before = rate_before
    founding.rate = rate
    founding.log_ratio = log_ratio
    founding.total_shedding = s.total_shedding
    first_parent = s.n_parents
    founding.first_parent = first_parent
    # what each sheds is in `parent_shedding` already (see `burden`)
    for j in range(s.n_followed):
        s.parents[first_parent + j] = s.followed[j]
    n_parents = first_parent + s.n_followed
    s.n_parents = n_parents
    founding.last_parent = n_parents - 1
    if n_parents > MAX_PARENTS:
        # too many to remember: the origin of all is worked out at once
        for i in range(first, s.count):
            determine_origin(p, woman, s, i)
        s.n_parents = first_parent


@inlined
def _number(founding: Row, i: int) -> int:
    """The number of record i among all that metastases founded under treatment."""
    return int(founding.first_number + i - founding.first_colony)


@inlined
def founded_at(s: State, i: int) -> float:
    """When a colony was founded."""
    founding = s.founding_periods[s.founding_period_of[i]]
    years = s.lengths[founding.period]
    return float(
        s.times[founding.period]
        + period_hazard.time_of(
            founding.rate_before, founding.rate, founding.log_ratio, years, s.founding_integral[i]
        )
    )


@inlined
def determine_origin(p: Parameters, woman: Woman, s: State, i: int) -> None:
    """Work out which metastasis founded a colony, when and in which organ, its sleep, growth and lesions."""
    s.determined[i] = ORIGIN_DETERMINED
    lesion = s.lesions[i]
    founding = s.founding_periods[s.founding_period_of[i]]
    number = _number(founding, i)
    _, left, asleep, growth = random.uniforms(
        p.key_low, p.key_high, woman.patient, random.TREATED_SPREAD, number, 0
    )
    left *= founding.total_shedding
    j = founding.first_parent
    while j < founding.last_parent and left > s.parent_shedding[j]:
        left -= s.parent_shedding[j]
        j += 1
    while s.parent_shedding[j] == 0.0:  # rounding led beyond the last that sheds
        j -= 1
    parent = s.lesions[s.parents[j]]
    # given its parent, where in the parent's share the uniform fell is uniform again
    left /= s.parent_shedding[j]
    by_blood = 1.0 - s.parent_lymph_share[j]
    route = parent.route
    lesions = float(group_size(number, ALONE))
    if left < by_blood:
        left /= by_blood
        arteries = int(parent.organ == LUNG)
        organ, lesions = place_of_colony(p, arteries, woman.subtype, left, lesions)
    else:
        organ, route = DISTANT_NODES, LYMPH
    # its parent may have woken within the period
    lesion.founded = max(founded_at(s, i), parent.wakes)
    lesion.wakes = lesion.founded + sleep(
        asleep, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    lesion.rate = woman.growth_rate * math.exp(
        p.metastasis_growth[organ] + p.metastasis_growth_sd * random.normal(growth)
    )
    lesion.y = p.log_capacity
    lesion.log_n = 0.0
    lesion.organ = organ
    lesion.multiplicity = lesions
    lesion.multiplicity_at_first = lesions
    lesion.route = route
    lesion.entity = (random.TREATED_SPREAD << _ENTITY_BITS) + number
    lesion.parent = s.parents[j]
    lesion.row = -1
    # its periods begin with the one in which it was founded
    lesion.next_period = founding.period
    reset(lesion)


@compiled
def count_founded(woman: Woman, s: State, death: float) -> int:
    """How many colonies metastases had founded by the time of death, in the last period."""
    count = 0
    for i in range(woman.lesions, s.count):
        founding = s.founding_periods[s.founding_period_of[i]]
        if s.times[founding.period + 1] <= death or founded_at(s, i) <= death:
            count += group_size(_number(founding, i), ALONE)
    return int(count)
