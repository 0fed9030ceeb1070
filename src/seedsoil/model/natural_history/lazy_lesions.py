"""Until when nothing can come of a lesion: exact, and what makes most lesions cheap.

A process with rate c N^a, A = c K^a, has on a lesion of growth rate b, up to the size y, a cumulative
hazard (see `hazard`)

    Λ = (A/b) [E1(a y) - E1(a y_start)]  <  (A/b) e^(-a y) / (a y)

With κ = max A e^(-a y*) / (a y*) over all processes of a lesion, none of them has gathered more than κ/b
by the time at which it has the size y*. If the first of its clocks is later than κ/b, nothing has
happened by then: the lesion is quiet until it reaches y*, and nothing need be computed of it. Else, which
is rare, it is taken to be never quiet. y* is no larger than what imaging shows, so that a quiet lesion
is unseen too. The choice of y* decides how much is computed, and changes no result.

When a new colony was founded, its growth and its sleep are worked out when it ceases to be quiet at the
earliest (`complete`): until then tables of E1⁻¹ and of growth rates give bounds. When it does cease, its
clocks are drawn, with bounds of the times they give (`wind`): until the first of these it is idle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.dormancy import least_sleep, sleep
from seedsoil.model.natural_history.exponential_integral import log_inverse_e1
from seedsoil.model.natural_history.hazard import earliest
from seedsoil.model.natural_history.lesions import CLOCKS
from seedsoil.vocabulary import MAX_SYMPTOMS, METASTATIC_ORGANS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# κ that is aimed at, per year: a lesion is never quiet with a probability of about 6 κ/b.
AIM = 2e-3

# Bins of the uniform that a growth rate is made of, in the table `growth_ratio`.
GROWTH_BINS = 64


@compiled
def gathered(log_top: float, a: float, y: float) -> float:
    """A e^(-a y) / (a y), a bound of b Λ up to the size y."""
    return math.exp(log_top - a * y) / (a * y)


@compiled
def quiet_y(log_top: float, a: float) -> float:
    """A size y at which `gathered` is about AIM: x + ln x = ln(A/AIM) with x = a y, roughly solved."""
    level = max(log_top - math.log(AIM), 1.0)
    return (level - math.log(level)) / a


@compiled
def set_spread(p: Any, woman: Any, log_mu: float) -> None:
    """How much a woman's lesions shed, and by that choose y* for her and work out κ."""
    a = p.spread_exponent
    woman.slowness = math.exp(-log_mu - a * p.log_capacity)
    woman.delay = 1.0 / woman.rate
    log_top = log_mu + p.quiet_spread_log_top[woman.subtype]
    y = max(p.quiet_y, quiet_y(log_top, a))
    woman.quiet_ln_y = math.log(y)
    woman.quiet_clock = max(p.quiet_clock, gathered(log_top, a, y))


@compiled
def limits(p: Any, woman: Any, lesion: Any) -> tuple[float, float, float]:
    """Since when the lesion grows at the earliest, and the least and the greatest growth rate it can have.

    If that is not worked out: its rate lies between those of the ends of its uniform's bin, and it
    sleeps for `least_sleep`.
    """
    if lesion.complete == 1:
        return lesion.start, lesion.rate, lesion.rate
    since = lesion.founded + least_sleep(
        lesion.sleep_uniform, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    k = int(lesion.growth_uniform * GROWTH_BINS)
    slowest = woman.rate * p.growth_ratio[lesion.organ, k]
    return since, slowest, woman.rate * p.growth_ratio[lesion.organ, k + 1]


@compiled
def reaches(p: Any, woman: Any, lesion: Any, ln_y: float) -> float:
    """A time before which the lesion has not reached the size `ln_y`; the exact one, if it is complete."""
    since, _, fastest = limits(p, woman, lesion)
    return float(since + max(0.0, lesion.ln_y - ln_y) / fastest)


@compiled
def set_bounds(p: Any, woman: Any, lesion: Any) -> None:
    """Set until when the lesion is quiet, and a time before which none of its clocks has run out."""
    since, slowest, fastest = limits(p, woman, lesion)
    ahead = max(0.0, lesion.ln_y - woman.quiet_ln_y)
    lesion.quiet_until = since + ahead / fastest
    lesion.idle_until = since
    # The first clock is -ln(u)/6, which is more than (1 - u)/6.
    if (1.0 - lesion.first_uniform) * slowest > CLOCKS * woman.quiet_clock:
        lesion.idle_until = lesion.quiet_until
    lesion.bounded = 0
    lesion.wound = 0


@compiled
def set_bounds_of_new(p: Any, woman: Any, lesion: Any) -> None:
    """`set_bounds` of a colony just founded, of which nothing is worked out, with fewer divisions."""
    since = lesion.founded + least_sleep(
        lesion.sleep_uniform, p.dormancy_share[woman.subtype], p.dormancy_mean[woman.subtype]
    )
    k = int(lesion.growth_uniform * GROWTH_BINS)
    small = (
        max(0.0, p.log_y0 - woman.quiet_ln_y) * woman.delay * p.growth_delay[lesion.organ, k + 1]
    )
    slowest = woman.rate * p.growth_ratio[lesion.organ, k]
    late = int((1.0 - lesion.first_uniform) * slowest > CLOCKS * woman.quiet_clock)
    lesion.quiet_until = since + small
    lesion.idle_until = since + late * small
    lesion.complete = 0
    lesion.bounded = 0
    lesion.wound = 0


@compiled
def determine_founding(lesion: Any) -> None:
    """Work out when the lesion was founded, if that has not been done."""
    if lesion.founded < lesion.latest:
        ln_x = log_inverse_e1(math.log(lesion.reading))
        lesion.founded = lesion.origin - lesion.pace * ln_x
        lesion.latest = lesion.founded


@compiled
def is_founded(lesion: Any, time: float) -> bool:
    """Whether the lesion was founded by `time`."""
    if lesion.founded <= time < lesion.latest:
        determine_founding(lesion)
    return bool(lesion.founded <= time)


@compiled
def complete(p: Any, woman: Any, lesion: Any) -> None:
    """Work out when the lesion was founded, whether it sleeps and how fast it grows, if not yet done."""
    if lesion.complete == 1:
        return
    determine_founding(lesion)
    subtype = woman.subtype
    lesion.woke = lesion.founded + sleep(
        lesion.sleep_uniform, p.dormancy_share[subtype], p.dormancy_mean[subtype]
    )
    lesion.start = lesion.woke
    lesion.rate = woman.rate * math.exp(
        p.metastasis_growth[lesion.organ]
        + p.metastasis_growth_sd * random.normal(lesion.growth_uniform)
    )
    lesion.complete = 1
    idle = lesion.idle_until
    set_bounds(p, woman, lesion)
    lesion.idle_until = max(idle, lesion.idle_until)


@compiled
def outgrows(p: Any, woman: Any, lesion: Any, ln_y: float, time: float) -> bool:
    """Whether a lesion that does not sleep has reached the size `ln_y` by `time`, if founded by then."""
    if lesion.complete == 0:
        since, slowest, fastest = limits(p, woman, lesion)
        due = lesion.ln_y - ln_y
        if fastest * (time - since) < due:
            return False
        if slowest * (time - lesion.latest) > due:
            return True
        complete(p, woman, lesion)
    return bool(lesion.ln_y - lesion.rate * (time - lesion.start) <= ln_y)


@compiled
def complete_all(p: Any, woman: Any, lesions: NDArray[Any], count: int) -> None:
    """Complete every lesion, for those who ask for more than what comes of them."""
    for i in range(count):
        complete(p, woman, lesions[i])


@compiled
def _events(
    p: Any, woman: Any, lesion: Any, spread: float, death: float, symptom: float
) -> tuple[float, float, float]:
    """Bounds of the times at which its processes have gathered so much: spread, death, any symptom."""
    organ = lesion.organ
    since, slowest, fastest = limits(p, woman, lesion)
    spread_at = earliest(
        lesion,
        since,
        slowest,
        fastest,
        spread,
        woman.slowness * p.metastasis_slowness[woman.subtype, organ],
        p.spread_log_exponent,
        p.spread_start,
    )
    death_at = earliest(
        lesion,
        since,
        slowest,
        fastest,
        death,
        p.death_slowness[organ],
        p.death_log_exponent,
        p.death_start,
    )
    symptom_at = earliest(
        lesion,
        since,
        slowest,
        fastest,
        symptom,
        p.symptom_slowness_min[organ],
        p.symptom_log_exponent[organ],
        p.symptom_start[organ],
    )
    return spread_at, death_at, symptom_at


@compiled
def bound(p: Any, woman: Any, lesion: Any) -> None:
    """A better bound of the time until which the lesion is idle, by its first clock."""
    lesion.bounded = 1
    first = -math.log(lesion.first_uniform) / CLOCKS
    spread_at, death_at, symptom_at = _events(p, woman, lesion, first, first, first)
    lesion.idle_until = max(lesion.idle_until, min(spread_at, min(death_at, symptom_at)))


@compiled
def wind(p: Any, patient: int, woman: Any, lesion: Any) -> None:
    """Draw the clocks of a complete lesion, given the first of them, and bounds of the times they give.

    Of n exponentials the first has mean 1/n, is any of the n with equal chance, and the others
    are later by exponentials of their own.
    """
    lesion.wound = 1
    k0, k1, entity, block = p.key_low, p.key_high, lesion.entity, 2 * lesion.version
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
    lesion.spread_at, lesion.death_at, lesion.symptom_at = _events(
        p, woman, lesion, lesion.spread_clock, lesion.death_clock, symptoms
    )
    lesion.idle_until = min(lesion.spread_at, min(lesion.death_at, lesion.symptom_at))


@compiled
def may_act(p: Any, patient: int, woman: Any, lesion: Any, horizon: float) -> bool:
    """Whether the lesion's processes may have an event by `horizon`; its clocks are then wound."""
    if lesion.idle_until > horizon:
        return False
    while lesion.wound == 0:  # by better and better bounds, with as little work as will do
        if lesion.bounded == 0:
            bound(p, woman, lesion)
        elif lesion.complete == 0:
            complete(p, woman, lesion)
        else:
            wind(p, patient, woman, lesion)
        if lesion.idle_until > horizon:
            return False
    return bool(lesion.idle_until <= horizon)


@compiled
def list_active(
    p: Any,
    patient: int,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    horizon: float,
    order: NDArray[Any],
    heads: NDArray[Any],
) -> bool:
    """List the lesions whose processes may have an event by `horizon`, organ by organ.

    Those of organ o are order[heads[o] : heads[o + 1]]. Returns whether there are any.
    """
    for organ in range(METASTATIC_ORGANS + 2):
        heads[organ] = 0
    # Without branches, which no processor could foresee, first those that have to be looked at
    near = 0
    for i in range(count):
        woman.near[near] = i
        near += int(woman.idle_until[i] <= horizon)
    listed = 0
    for k in range(near):
        i = woman.near[k]
        if may_act(p, patient, woman, lesions[i], horizon):
            woman.near[listed] = i
            listed += 1
            heads[lesions[i].organ + 2] += 1
        woman.idle_until[i] = lesions[i].idle_until
    for organ in range(METASTATIC_ORGANS + 1):
        heads[organ + 1] += heads[organ]
    for k in range(listed):
        i = woman.near[k]
        organ = lesions[i].organ
        order[heads[organ + 1]] = i
        heads[organ + 1] += 1
    return listed > 0
