"""Cells break away, by lymph and by blood.

    lymph: node foci founded at rate μL N^aL (1 - k/n), k of the n axillary nodes having one
    blood: colonies founded at rate μ N^a, organ o with probability q_o s_o (flow times soil)

Node foci shed into the blood by the same law times ψ (route "lymph"), metastases times ρ_o. Cells from
a lung metastasis enter the arteries without passing the lung.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.exponential_integral import log_inverse_e1_bounds
from seedsoil.model.natural_history.hazard import earliest, hazard_clock
from seedsoil.model.natural_history.lazy_lesions import (
    complete,
    determine_founding,
    limits,
    may_act,
    set_bounds_of_new,
)
from seedsoil.model.natural_history.lesions import LYMPH, MAX_FOCI, MAX_LESIONS, PRIMARY
from seedsoil.vocabulary import LUNG, METASTATIC_ORGANS, NODE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def foundings(
    p: Any,
    patient: int,
    stream: int,
    source: Any,
    first_clock: float,
    slowness: float,
    ln_a: float,
    start: float,
    places: float,
    after: float,
    until: float,
    first_draw: int,
    room: int,
    readings: NDArray[Any],
) -> tuple[int, int, bool]:
    """What the clock of `source` shows when it founds colonies at rate c N^a in (after, until].

    `first_clock` is the exponential of the first founding, `slowness` is 1/(c K^a), and `start` is
    what the process's clock shows for a single cell. With finitely many `places`, one that is taken
    is not taken again: after k of them the rate is c N^a (1 - k/places). Fills `readings`, up to `room`
    of them; returns how many, the number of the first of them among all the source's foundings, and
    whether the list was full.
    """
    until = min(until, source.eradicated)
    if until <= source.start:
        return 0, 0, False
    k0, k1 = p.key_low, p.key_high
    reading = start if source.version == 0 else hazard_clock(ln_a, source.ln_y)
    last = hazard_clock(ln_a, source.ln_y - source.rate * (until - source.start))
    before = -1.0
    if after > source.start:
        before = hazard_clock(ln_a, source.ln_y - source.rate * (after - source.start))
    scale = source.rate * slowness
    count = 0
    skipped = 0
    lane = 4
    draw = first_draw
    step = first_clock * scale
    u0, u1, u2, u3 = 1.0, 1.0, 1.0, 1.0
    while skipped + count < places:
        if places < math.inf:
            step /= 1.0 - (skipped + count) / places
        reading += step
        if reading > last:
            return count, skipped, False
        if reading <= before:
            skipped += 1
            if skipped == MAX_LESIONS:  # they filled the list when they were founded
                return 0, skipped, True
        elif count == room:
            return count, skipped, True
        else:
            readings[count] = reading
            count += 1
        if lane == 4:
            lane = 0
            u0, u1, u2, u3 = random.uniforms(k0, k1, patient, stream, source.entity, draw)
            draw += 1
        if places == math.inf and reading + (1.0 - u0) * scale > last:  # -ln u > 1 - u
            return count, skipped, False
        step = -math.log(u0) * scale
        u0, u1, u2 = u1, u2, u3
        lane += 1
    return count, skipped, False


@compiled
def _bound_founding(lesion: Any, reading: float, origin: float, pace: float) -> None:
    """The lesion was founded at origin - pace · ln E1⁻¹(reading), which lies between bounds."""
    most, least = log_inverse_e1_bounds(reading)
    lesion.reading = reading
    lesion.origin = origin
    lesion.pace = pace
    lesion.founded = origin - pace * most
    lesion.latest = origin - pace * least


@compiled
def found_node(
    p: Any, patient: int, focus: Any, index: int, reading: float, origin: float, pace: float
) -> None:
    """A new focus in an axillary node: it grows like a metastasis and does not sleep.

    The rest of it is worked out by `quiet.complete`, when it was founded by `reading`, `origin`, `pace`.
    """
    u, v, _, _ = random.uniforms(p.key_low, p.key_high, patient, random.NODE, index, 0)
    _bound_founding(focus, reading, origin, pace)
    focus.ln_y = p.log_y0
    focus.eradicated = math.inf
    focus.entity = index
    focus.version = 0
    focus.parent = PRIMARY
    focus.organ = NODE
    focus.route = LYMPH
    focus.sleep_uniform = 1.0
    focus.growth_uniform = u
    focus.first_uniform = v
    focus.complete = 0


@compiled
def found_colony(
    p: Any,
    woman: Any,
    lesion: Any,
    k: int,
    parent: int,
    parent_organ: int,
    route: int,
    reading: float,
    origin: float,
    pace: float,
) -> None:
    """A new colony in a distant organ. The rest of it is worked out by `quiet.complete`.

    Its name and its uniforms are `woman.entities[k]` and `woman.drawn[:, k]`.
    """
    u = woman.drawn[0, k]
    arteries = int(parent_organ == LUNG)
    organ = 0
    for i in range(METASTATIC_ORGANS - 1):  # all of them: a loop that ends by chance is slower
        organ += int(u > p.organ_cumulative[arteries, woman.subtype, i])
    _bound_founding(lesion, reading, origin, pace)
    lesion.ln_y = p.log_y0
    lesion.eradicated = math.inf
    lesion.entity = woman.entities[k]
    lesion.version = 0
    lesion.parent = parent
    lesion.organ = organ
    lesion.route = route
    lesion.sleep_uniform = woman.drawn[1, k]
    lesion.growth_uniform = woman.drawn[2, k]
    lesion.first_uniform = woman.drawn[3, k]
    set_bounds_of_new(p, woman, lesion)


@compiled
def found_foci(
    p: Any,
    patient: int,
    primary: Any,
    first_clock: float,
    log_rate: float,
    until: float,
    foci: NDArray[Any],
    readings: NDArray[Any],
) -> tuple[int, bool]:
    """All node foci founded by the primary until `until`; their number, and whether some were cut.

    Cells that come to a node that has a focus join it, so there is at most one in each axillary node.
    """
    ln_a = p.lymph_log_exponent
    count, _, full = foundings(
        p,
        patient,
        random.NODE_SPREAD,
        primary,
        first_clock,
        math.exp(-log_rate - p.lymph_exponent * p.log_capacity),
        ln_a,
        p.lymph_start,
        p.axilla_nodes,
        -math.inf,
        until,
        0,
        MAX_FOCI,
        readings,
    )
    pace = 1.0 / primary.rate
    origin = primary.start + (primary.ln_y + ln_a) * pace
    for k in range(count):
        found_node(p, patient, foci[k], k, readings[k], origin, pace)
    return count, full


@compiled
def found_by(
    p: Any,
    patient: int,
    woman: Any,
    source: Any,
    first_clock: float,
    stream: int,
    parent: int,
    route: int,
    slowness: float,
    after: float,
    until: float,
    lesions: NDArray[Any],
    count: int,
    readings: NDArray[Any],
) -> tuple[int, float]:
    """Append the colonies that `source` founds through the blood in (after, until].

    `slowness` is 1/(c K^a) for its rate c N^a. Returns the new number of lesions, and the time until
    which the list holds all of them: infinity if it was not full.
    """
    version = source.version
    ln_a = p.spread_log_exponent
    found, first, full = foundings(
        p,
        patient,
        stream,
        source,
        first_clock,
        slowness,
        ln_a,
        p.spread_start,
        math.inf,
        after,
        until,
        65536 * version,
        MAX_LESIONS - count,
        readings,
    )
    if found == 0:
        return count, -math.inf if full else math.inf
    pace = 1.0 / source.rate
    origin = source.start + (source.ln_y + ln_a) * pace
    random.uniforms_of_children(
        p.key_low,
        p.key_high,
        patient,
        random.COLONY,
        source.entity + (stream << 24),
        first + 65536 * version,
        found,
        woman.entities,
        woman.drawn,
    )
    source_organ = source.organ
    for k in range(found):
        lesion = lesions[count]
        found_colony(p, woman, lesion, k, parent, source_organ, route, readings[k], origin, pace)
        woman.quiet_until[count] = lesion.quiet_until
        woman.idle_until[count] = lesion.idle_until
        count += 1
    if not full:
        return count, math.inf
    determine_founding(lesions[count - 1])
    return count, float(lesions[count - 1].founded)


@compiled
def found_by_node(
    p: Any,
    patient: int,
    woman: Any,
    foci: NDArray[Any],
    k: int,
    until: float,
    lesions: NDArray[Any],
    count: int,
    readings: NDArray[Any],
) -> tuple[int, float]:
    """Append the colonies that node focus k founds until `until`. Returns as `found_by` does."""
    focus = foci[k]
    slowness = woman.slowness * p.node_slowness
    first_clock = -math.log(focus.first_uniform)
    since, slowest, fastest = limits(p, woman, focus)
    first = earliest(
        focus, since, slowest, fastest, first_clock, slowness, p.spread_log_exponent, p.spread_start
    )
    if first > until:
        return count, math.inf
    complete(p, woman, focus)
    return found_by(
        p,
        patient,
        woman,
        focus,
        first_clock,
        random.NODE_TO_BLOOD,
        PRIMARY - 1 - k,
        LYMPH,
        slowness,
        -1.0,
        until,
        lesions,
        count,
        readings,
    )


@compiled
def daughters(
    p: Any,
    patient: int,
    woman: Any,
    lesions: NDArray[Any],
    first: int,
    count: int,
    after: float,
    until: float,
    readings: NDArray[Any],
) -> tuple[int, float]:
    """Append what metastases first … count-1 found in (after, until]: one generation.

    Returns the new number of lesions, and the time until which the list holds all.
    """
    whole = math.inf
    total = count
    for i in range(first, count):
        if woman.idle_until[i] > until:
            continue
        lesion = lesions[i]
        if not may_act(p, patient, woman, lesion, until) or lesion.spread_at > until:
            continue
        total, cut = found_by(
            p,
            patient,
            woman,
            lesion,
            lesion.spread_clock,
            random.METASTASIS_SPREAD,
            i,
            lesion.route,
            woman.slowness * p.metastasis_slowness[woman.subtype, lesion.organ],
            after,
            until,
            lesions,
            total,
            readings,
        )
        whole = min(whole, cut)
    return total, whole


@compiled
def metastases_spread(
    p: Any,
    patient: int,
    woman: Any,
    lesions: NDArray[Any],
    count: int,
    after: float,
    until: float,
    readings: NDArray[Any],
) -> tuple[int, float]:
    """Append all that metastases, and metastases so founded, found in (after, until].

    Returns as `daughters` does.
    """
    whole = math.inf
    done = 0
    while done < count:
        first, done = done, count
        count, cut = daughters(p, patient, woman, lesions, first, done, after, until, readings)
        whole = min(whole, cut)
    return count, whole
