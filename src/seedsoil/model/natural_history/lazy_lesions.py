"""Lazy bounds: until when nothing can come of a lesion. Exact, and what makes most lesions cheap.

A process with rate c N^a, A = c K^a, has on a lesion of growth rate b, up to the size y, a cumulative
hazard (see `hazard`)

    Λ = (A/b) [E1(a y) - E1(a y_start)]  <  (A/b) e^(-a y) / (a y)

Let κ = max A e^(-a y*) / (a y*) over all processes of a lesion. Then the cumulative hazard of each is at
most κ/b by the time at which the lesion has the size y*. If the first of its clocks is later than κ/b,
none of its processes has an event while the lesion is *small*, which means smaller than y*. Until then
nothing need be computed of it. Else, which is rare, the lesion is looked at from the start. y* is no
larger than what imaging shows, so a small lesion is unseen too. The choice of y* decides how much is
computed, and changes no result.

Bounds become tighter step by step (`may_act`), with as little work as answers the question. The growth
and the sleep of a new colony are worked out when it ceases to be small at the earliest (`determine`).
Until then tables of E1⁻¹ and of growth rates give bounds of them. Its clocks are drawn last
(`draw_clocks`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled, inlined
from seedsoil.model import random
from seedsoil.model.natural_history.dormancy import least_sleep, sleep
from seedsoil.model.natural_history.exponential_integral import (
    log_inverse_e1,
    log_inverse_e1_bounds,
)
from seedsoil.model.natural_history.hazard import earliest, hazard_clock
from seedsoil.model.natural_history.lesions import CLOCKS
from seedsoil.vocabulary import DISTANT_NODES, MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Lesions, Parameters, Woman

if MAX_SYMPTOMS != 4:
    raise NotImplementedError("symptom clocks are drawn four at a time: see `draw_clocks`")

# κ that is aimed at, per year. A lesion is looked at while it is small with a probability of about 6 κ/b.
_AIM = 2e-3

GROWTH_BINS = 64
"""Bins of the uniform that a growth rate is made of, in the table `growth_ratio` of the parameters."""


@compiled
def hazard_bound(log_top: float, a: float, y: float) -> float:
    """A e^(-a y) / (a y), a bound of b Λ up to the size y, per year."""
    return math.exp(log_top - a * y) / (a * y)


@compiled
def small_y(log_top: float, a: float) -> float:
    """A size y at which `hazard_bound` is about 2e-3 a year.

    It solves x + ln x = ln(A/2e-3), x = a y, roughly.
    """
    level = max(log_top - math.log(_AIM), 1.0)
    return (level - math.log(level)) / a


@compiled
def set_spread(p: Parameters, woman: Woman, log_shedding: float) -> None:
    """Set how much a woman's lesions shed (ln μ), choose y* for her and work out κ."""
    a = p.spread_exponent
    woman.log_shedding = log_shedding
    woman.slowness = math.exp(-log_shedding - a * p.log_capacity)
    woman.inverse_rate = 1.0 / woman.growth_rate
    log_top = log_shedding + p.spread_log_top[woman.subtype]
    y = max(p.small_y, small_y(log_top, a))
    woman.small_ln_y = math.log(y)
    woman.hazard_bound = max(p.hazard_bound, hazard_bound(log_top, a, y))


@compiled
def set_lymph_spread(p: Parameters, woman: Woman, log_rate: float) -> None:
    """Set how much a woman's lesions shed by lymph (ln μL), after `set_spread`, and its bound κ."""
    a = p.lymph_exponent
    woman.log_lymph_rate = log_rate
    woman.lymph_slowness = math.exp(-log_rate - a * p.log_capacity)
    log_top = log_rate + p.onward_log_top
    woman.lymph_bound = hazard_bound(log_top, a, math.exp(woman.small_ln_y))


@compiled
def growth_bounds(p: Parameters, woman: Woman, lesion: Lesion) -> tuple[float, float, float]:
    """Since when the lesion grows at the earliest, and the least and the greatest growth rate it can have.

    If the lesion is not determined, its rate lies between those of the ends of its uniform's bin, and
    it sleeps for `least_sleep`.
    """
    if lesion.determined == 1:
        return lesion.start, lesion.rate, lesion.rate
    since = lesion.founded + least_sleep(
        lesion.sleep_uniform, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    k = int(lesion.growth_uniform * GROWTH_BINS)
    slowest = woman.growth_rate * p.growth_ratio[lesion.organ, k]
    return since, slowest, woman.growth_rate * p.growth_ratio[lesion.organ, k + 1]


@compiled
def earliest_at_size(p: Parameters, woman: Woman, lesion: Lesion, ln_y: float) -> float:
    """A time before which the lesion has not the size `ln_y`; the exact one if it is determined."""
    since, _, fastest = growth_bounds(p, woman, lesion)
    return float(since + max(0.0, lesion.ln_y - ln_y) / fastest)


@compiled
def set_bounds(p: Parameters, woman: Woman, lesion: Lesion) -> None:
    """Set until when the lesion is small, and a time before which none of its processes has an event."""
    since, slowest, fastest = growth_bounds(p, woman, lesion)
    ahead = max(0.0, lesion.ln_y - woman.small_ln_y)
    lesion.small_until = since + ahead / fastest
    lesion.no_event_before = since
    # The first clock is -ln(u)/6, which is more than (1 - u)/6; that of lymph has no 6.
    late = (
        1.0 - lesion.first_uniform
    ) * slowest > CLOCKS * woman.hazard_bound * lesion.multiplicity
    lymph_bound = woman.lymph_bound * lesion.multiplicity
    if late and (1.0 - lesion.lymph_uniform) * slowest > lymph_bound:
        lesion.no_event_before = lesion.small_until
    lesion.tightened = 0
    lesion.clocks_drawn = 0


@compiled
def set_bounds_of_new(p: Parameters, woman: Woman, lesion: Lesion) -> None:
    """`set_bounds` of a colony just founded, of which nothing is determined: with fewer divisions."""
    since = lesion.founded + least_sleep(
        lesion.sleep_uniform, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    k = int(lesion.growth_uniform * GROWTH_BINS)
    small = (
        max(0.0, p.log_y0 - woman.small_ln_y)
        * woman.inverse_rate
        * p.inverse_growth_ratio[lesion.organ, k + 1]
    )
    slowest = woman.growth_rate * p.growth_ratio[lesion.organ, k]
    bound = CLOCKS * woman.hazard_bound * lesion.multiplicity
    lymph_bound = woman.lymph_bound * lesion.multiplicity
    late = int((1.0 - lesion.first_uniform) * slowest > bound)
    late &= int((1.0 - lesion.lymph_uniform) * slowest > lymph_bound)
    lesion.small_until = since + small
    lesion.no_event_before = since + late * small
    lesion.determined = 0
    lesion.tightened = 0
    lesion.clocks_drawn = 0


@compiled
def determine_founding(lesion: Lesion) -> None:
    """Work out when the lesion was founded, if that has not been done."""
    if lesion.founded < lesion.founded_latest:
        ln_x = log_inverse_e1(math.log(lesion.founding_clock))
        lesion.founded = lesion.founding_origin - lesion.founding_pace * ln_x
        lesion.founded_latest = lesion.founded


@compiled
def is_founded(lesion: Lesion, time: float) -> bool:
    """Whether the lesion was founded by `time`."""
    if lesion.founded <= time < lesion.founded_latest:
        determine_founding(lesion)
    return bool(lesion.founded <= time)


@compiled
def determine(p: Parameters, woman: Woman, lesion: Lesion) -> None:
    """Work out when the lesion was founded, whether it sleeps and how fast it grows, if not yet done.

    b_l = b e^(m + g_o + σ_l z_l)
    """
    if lesion.determined == 1:
        return
    determine_founding(lesion)
    subtype = woman.subtype
    lesion.woke = lesion.founded + sleep(
        lesion.sleep_uniform, p.dormancy_share[subtype], p.dormancy_mean[subtype]
    )
    lesion.start = lesion.woke
    lesion.rate = woman.growth_rate * math.exp(
        p.metastasis_growth[lesion.organ]
        + p.metastasis_growth_sd * random.normal(lesion.growth_uniform)
    )
    lesion.determined = 1
    known = lesion.no_event_before
    set_bounds(p, woman, lesion)
    lesion.no_event_before = max(known, lesion.no_event_before)


@compiled
def has_outgrown(p: Parameters, woman: Woman, lesion: Lesion, ln_y: float, time: float) -> bool:
    """Whether a lesion that does not sleep has reached the size `ln_y` by `time`, if founded by then."""
    if lesion.determined == 0:
        since, slowest, fastest = growth_bounds(p, woman, lesion)
        ahead = lesion.ln_y - ln_y
        if fastest * (time - since) < ahead:
            return False
        if slowest * (time - lesion.founded_latest) > ahead:
            return True
        determine(p, woman, lesion)
    return bool(lesion.ln_y - lesion.rate * (time - lesion.start) <= ln_y)


@compiled
def determine_all(p: Parameters, woman: Woman, lesions: Lesions, count: int) -> None:
    """Determine the first `count` of her `lesions`, for what asks for more than their events."""
    for i in range(count):
        determine(p, woman, lesions[i])


@compiled
def _earliest_events(
    p: Parameters, woman: Woman, lesion: Lesion, spread: float, death: float, symptom: float
) -> tuple[float, float, float, float]:
    """Times before which its processes have no event: spread by blood and by lymph, death, any symptom.

    Their clocks are the exponentials `spread`, that of `lymph_uniform`, `death` and `symptom`.
    """
    organ = lesion.organ
    alone = 1.0 / lesion.multiplicity
    since, slowest, fastest = growth_bounds(p, woman, lesion)
    spread_at = earliest(
        lesion,
        since,
        slowest,
        fastest,
        spread,
        alone * woman.slowness * p.metastasis_slowness[woman.subtype, organ],
        p.spread_log_exponent,
        p.spread_start,
    )
    lymph_at = math.inf
    if organ != DISTANT_NODES:  # the lymph that leaves these ends in the blood
        lymph_at = earliest(
            lesion,
            since,
            slowest,
            fastest,
            -math.log(lesion.lymph_uniform),
            alone * woman.lymph_slowness * p.metastasis_lymph_slowness,
            p.lymph_log_exponent,
            p.lymph_start,
        )
    death_at = earliest(
        lesion,
        since,
        slowest,
        fastest,
        death,
        alone * p.death_slowness[organ],
        p.death_log_exponent,
        p.death_start,
    )
    symptom_at = earliest(
        lesion,
        since,
        slowest,
        fastest,
        symptom,
        alone * p.symptom_slowness_min[organ],
        p.symptom_log_exponent[organ],
        p.symptom_start[organ],
    )
    return spread_at, lymph_at, death_at, symptom_at


@inlined
def _ahead(lesion: Lesion, clock: float, ln_a: float, start: float) -> float:
    """As `hazard.earliest`: b times the years that its hazard clock needs at least to gain `clock`."""
    clock += start if lesion.version == 0 else hazard_clock(ln_a, lesion.ln_y)
    most, _ = log_inverse_e1_bounds(clock)
    return float(lesion.ln_y + ln_a - most)


@compiled
def tighten(p: Parameters, woman: Woman, lesion: Lesion) -> None:
    """Bound the lesion's first event by the first of its clocks, whichever process has it, and lymph's.

    Without logarithms: a clock -ln u is more than 1 - u.
    """
    lesion.tightened = 1
    organ = lesion.organ
    since, slowest, fastest = growth_bounds(p, woman, lesion)
    pace = slowest / lesion.multiplicity
    first = pace * (1.0 - lesion.first_uniform) / CLOCKS
    spread = _ahead(
        lesion,
        first * woman.slowness * p.metastasis_slowness[woman.subtype, organ],
        p.spread_log_exponent,
        p.spread_start,
    )
    death = _ahead(lesion, first * p.death_slowness[organ], p.death_log_exponent, p.death_start)
    symptom = _ahead(
        lesion,
        first * p.symptom_slowness_min[organ],
        p.symptom_log_exponent[organ],
        p.symptom_start[organ],
    )
    ahead = min(spread, min(death, symptom))
    if organ != DISTANT_NODES:
        lymph = _ahead(
            lesion,
            pace
            * (1.0 - lesion.lymph_uniform)
            * woman.lymph_slowness
            * p.metastasis_lymph_slowness,
            p.lymph_log_exponent,
            p.lymph_start,
        )
        ahead = min(ahead, lymph)
    lesion.no_event_before = max(lesion.no_event_before, since + ahead / fastest)


@compiled
def draw_clocks(p: Parameters, woman: Woman, lesion: Lesion) -> None:
    """Draw the clocks of a determined lesion, given the first of them, and bounds of its events.

    Of n exponentials the first has mean 1/n and is any of the n with equal chance. The others are
    later by exponentials of their own.
    """
    lesion.clocks_drawn = 1
    k0, k1, patient, entity = p.key_low, p.key_high, woman.patient, lesion.entity
    block = 2 * lesion.version
    a, b, c, d = random.uniforms(k0, k1, patient, random.SYMPTOM, entity, block)
    e, f, g, _ = random.uniforms(k0, k1, patient, random.SYMPTOM, entity, block + 1)
    first = -math.log(lesion.first_uniform) / CLOCKS
    lesion.first_clock = first
    lesion.spread_clock = first - math.log(e)
    lesion.death_clock = first - math.log(f)
    lesion.symptom_uniform[0] = a
    lesion.symptom_uniform[1] = b
    lesion.symptom_uniform[2] = c
    lesion.symptom_uniform[3] = d
    which = int(CLOCKS * g)
    if which < MAX_SYMPTOMS:
        lesion.symptom_uniform[which] = 1.0
    elif which == MAX_SYMPTOMS:
        lesion.spread_clock = first
    else:
        lesion.death_clock = first
    symptoms = first
    if which >= MAX_SYMPTOMS:
        symptoms = first - math.log(max(max(a, b), max(c, d)))
    lesion.spread_at, lesion.lymph_at, lesion.death_at, lesion.symptom_at = _earliest_events(
        p, woman, lesion, lesion.spread_clock, lesion.death_clock, symptoms
    )
    spreads_at = min(lesion.spread_at, lesion.lymph_at)
    lesion.no_event_before = min(spreads_at, min(lesion.death_at, lesion.symptom_at))


@compiled
def may_act(p: Parameters, woman: Woman, lesion: Lesion, horizon: float) -> bool:
    """Whether the lesion's processes may have an event by `horizon`; if so, its clocks are drawn.

    The bound of its first event is made tighter step by step until it answers the question.
    """
    if lesion.no_event_before > horizon:
        return False
    while lesion.clocks_drawn == 0:
        if lesion.tightened == 0:
            tighten(p, woman, lesion)
        elif lesion.determined == 0:
            determine(p, woman, lesion)
        else:
            draw_clocks(p, woman, lesion)
        if lesion.no_event_before > horizon:
            return False
    return bool(lesion.no_event_before <= horizon)


@compiled
def list_active(p: Parameters, woman: Woman, horizon: float) -> bool:
    """List in `by_organ` the lesions whose processes may have an event by `horizon`, organ by organ.

    Returns whether there are any.
    """
    lesions, starts = woman.lesions, woman.organ_starts
    for organ in range(METASTATIC_ORGANS + 2):
        starts[organ] = 0
    # First those that have to be looked at, without branches, which no processor could foresee.
    near = 0
    for i in range(woman.n_lesions):
        woman.candidates[near] = i
        near += int(woman.no_event_before[i] <= horizon)
    listed = 0
    for k in range(near):
        i = woman.candidates[k]
        if may_act(p, woman, lesions[i], horizon):
            woman.candidates[listed] = i
            listed += 1
            starts[lesions[i].organ + 2] += 1
        woman.no_event_before[i] = lesions[i].no_event_before
    for organ in range(METASTATIC_ORGANS + 1):
        starts[organ + 1] += starts[organ]
    for k in range(listed):
        i = woman.candidates[k]
        organ = lesions[i].organ
        woman.by_organ[starts[organ + 1]] = i
        starts[organ + 1] += 1
    return listed > 0
