"""Cells break away, by lymph and by blood.

    lymph: node foci founded at rate μL N^aL (1 - k/n), k of the n axillary nodes having one; further
           nodes, see `lymph_nodes`
    blood: colonies founded at rate μ N^a, organ o with probability q_o s_o (flow times soil)

Node foci shed into the blood by the same law times ψ (route "lymph"), metastases times ρ_o. Cells from
a lung metastasis enter the arteries without passing the lung.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.clusters import (
    ALONE,
    alone_of_child,
    group_size,
    place_of_colony,
)
from seedsoil.model.natural_history.exponential_integral import log_inverse_e1_bounds
from seedsoil.model.natural_history.hazard import earliest, hazard_clock
from seedsoil.model.natural_history.lazy_lesions import (
    determine,
    determine_founding,
    growth_bounds,
    may_act,
    set_bounds_of_new,
)
from seedsoil.model.natural_history.lesions import BLOOD, LYMPH, MAX_FOCI, MAX_LESIONS, PRIMARY
from seedsoil.vocabulary import LUNG, NODE

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters, Woman

# Draws of a source are numbered apart for each version of it.
DRAWS_OF_VERSION = 65536


class Shedding(NamedTuple):
    """How a source founds: at rate c N^a (1 - k/places) after k foundings."""

    stream: int
    first_clock: float
    """The exponential of the first founding."""
    slowness: float
    """1/(c K^a): years a founding at the capacity."""
    ln_a: float
    start: float
    """What the hazard clock shows for a single cell."""
    places: float
    """Each can be taken once; infinity if there is no limit."""


@compiled
def foundings(
    p: Parameters,
    woman: Woman,
    source: Lesion,
    shedding: Shedding,
    after: float,
    until: float,
    room: int,
) -> tuple[int, int, bool]:
    """What the hazard clock of `source` shows when it founds something in (after, until].

    Where there is no limit to its places, foundings come in groups after some (`clusters.group_size`).
    Fills `woman.founding_clocks`, up to `room` of them. Returns how many, the number of the first of them
    among all the source's foundings, and whether there was no more room.
    """
    until = min(until, source.eradicated)
    if until <= source.start:
        return 0, 0, False
    _, first_clock, slowness, ln_a, start, places = shedding
    k0, k1, patient, stream = p.key_low, p.key_high, woman.patient, shedding.stream
    clock = start if source.version == 0 else hazard_clock(ln_a, source.ln_y)
    last = hazard_clock(ln_a, source.ln_y - source.rate * (until - source.start))
    before = -1.0
    if after > source.start:
        before = hazard_clock(ln_a, source.ln_y - source.rate * (after - source.start))
    scale = source.rate * slowness
    count = 0
    skipped = 0
    in_block = 4  # uniforms used of the block of four
    draw = DRAWS_OF_VERSION * source.version
    step = first_clock * scale
    u0, u1, u2, u3 = 1.0, 1.0, 1.0, 1.0
    while skipped + count < places:
        if places < math.inf:
            step /= 1.0 - (skipped + count) / places
        clock += step
        if clock > last:
            return count, skipped, False
        if clock <= before:
            skipped += 1
            if skipped == MAX_LESIONS:  # they filled the list when they were founded
                return 0, skipped, True
        elif count == room:
            return count, skipped, True
        else:
            woman.founding_clocks[count] = clock
            count += 1
        if in_block == 4:
            in_block = 0
            u0, u1, u2, u3 = random.uniforms(k0, k1, patient, stream, source.entity, draw)
            draw += 1
        wait = scale
        if places == math.inf:
            wait *= group_size(skipped + count, source.alone)
            if clock + (1.0 - u0) * wait > last:  # -ln u > 1 - u
                return count, skipped, False
        step = -math.log(u0) * wait
        u0, u1, u2 = u1, u2, u3
        in_block += 1
    return count, skipped, False


@compiled
def _bound_founding(lesion: Lesion, clock: float, origin: float, pace: float) -> None:
    """The lesion was founded at origin - pace · ln E1⁻¹(clock), which lies between bounds."""
    most, least = log_inverse_e1_bounds(clock)
    lesion.founding_clock = clock
    lesion.founding_origin = origin
    lesion.founding_pace = pace
    lesion.founded = origin - pace * most
    lesion.founded_latest = origin - pace * least


@compiled
def found_focus(
    p: Parameters, woman: Woman, focus: Lesion, index: int, origin: float, pace: float
) -> None:
    """A new focus in an axillary node: it grows like a metastasis and does not sleep.

    The rest of it is worked out by `determine`. Its uniforms are `woman.drawn[:, index]`.
    """
    _bound_founding(focus, woman.founding_clocks[index], origin, pace)
    focus.ln_y = p.log_y0
    focus.eradicated = math.inf
    focus.entity = index
    focus.version = 0
    focus.parent = PRIMARY
    focus.organ = NODE
    focus.multiplicity = 1.0
    focus.foundings = 1
    focus.alone = alone_of_child(ALONE, index)
    focus.route = LYMPH
    focus.sleep_uniform = 1.0
    focus.growth_uniform = woman.drawn[0, index]
    focus.first_uniform = woman.drawn[1, index]
    focus.lymph_uniform = woman.drawn[2, index]
    focus.determined = 0


@compiled
def found_colony(
    p: Parameters,
    woman: Woman,
    source: Lesion,
    lesion: Lesion,
    k: int,
    number: int,
    parent: int,
    route: int,
    origin: float,
    pace: float,
) -> None:
    """A new colony in a distant organ, or several alike. The rest of it is worked out by `determine`.

    It is record `number` of its source, whose code as a parent is `parent`. Its name and its uniforms are
    `woman.entities[k]` and `woman.drawn[:, k]`, and it was founded when the clock of its source showed
    `woman.founding_clocks[k]`.
    """
    arteries = int(source.organ == LUNG)
    lesion.foundings = group_size(number, source.alone)
    lesion.alone = alone_of_child(source.alone, number)
    lesion.organ, lesion.multiplicity = place_of_colony(
        p, arteries, woman.subtype, woman.drawn[0, k], float(lesion.foundings)
    )
    _bound_founding(lesion, woman.founding_clocks[k], origin, pace)
    lesion.ln_y = p.log_y0
    lesion.eradicated = math.inf
    lesion.entity = woman.entities[k]
    lesion.version = 0
    lesion.parent = parent
    lesion.route = route
    lesion.sleep_uniform = woman.drawn[1, k]
    lesion.growth_uniform = woman.drawn[2, k]
    lesion.first_uniform = woman.drawn[3, k]
    # what growth leaves of its uniform: the low 20 bits of 32
    low_bits = 4096.0 * lesion.growth_uniform
    lesion.lymph_uniform = low_bits - int(low_bits)
    set_bounds_of_new(p, woman, lesion)


@compiled
def found_foci(
    p: Parameters, woman: Woman, first_clock: float, log_rate: float, until: float
) -> bool:
    """Fill `foci` with those that the primary founds until `until`; returns whether there were more.

    Cells that come to a node that has a focus join it, so there is at most one in each axillary node.
    `log_rate` is ln μL.
    """
    primary = woman.primary
    ln_a = p.lymph_log_exponent
    shedding = Shedding(
        random.NODE_SPREAD,
        first_clock,
        math.exp(-log_rate - p.lymph_exponent * p.log_capacity),
        ln_a,
        p.lymph_start,
        p.axilla_nodes,
    )
    count, _, full = foundings(p, woman, primary, shedding, -math.inf, until, MAX_FOCI)
    pace = 1.0 / primary.rate
    origin = primary.start + (primary.ln_y + ln_a) * pace
    for k in range(random.whole_blocks(count)):
        woman.entities[k] = k
    random.uniforms_of_entities(
        p.key_low,
        p.key_high,
        woman.patient,
        random.NODE,
        woman.entities,
        random.whole_blocks(count),
        woman.drawn,
    )
    for k in range(count):
        found_focus(p, woman, woman.foci[k], k, origin, pace)
    woman.n_foci = count
    return full


@compiled
def draw_children(
    p: Parameters, woman: Woman, source: Lesion, stream: int, first: int, found: int
) -> None:
    """Draw what is random of the `found` children of `source` from number `first` on, for the woman."""
    random.uniforms_of_children(
        p.key_low,
        p.key_high,
        woman.patient,
        random.COLONY,
        source.entity + (stream << 24),
        first + DRAWS_OF_VERSION * source.version,
        random.whole_blocks(found),
        woman.entities,
        woman.drawn,
    )


@compiled
def holds_all_until(woman: Woman, full: bool) -> float:
    """The time until which the list holds all that was founded: infinity unless it is `full`."""
    if not full:
        return math.inf
    last = woman.lesions[woman.n_lesions - 1]
    determine_founding(last)
    return float(last.founded)


@compiled
def found_colonies(
    p: Parameters,
    woman: Woman,
    source: Lesion,
    stream: int,
    first_clock: float,
    slowness: float,
    parent: int,
    route: int,
    after: float,
    until: float,
) -> float:
    """Append to `lesions` the colonies that `source` founds through the blood in (after, until].

    `slowness` is 1/(c K^a) for its rate c N^a. Returns the time until which the list holds all of them:
    infinity if it was not full.
    """
    ln_a = p.spread_log_exponent
    count = woman.n_lesions
    shedding = Shedding(stream, first_clock, slowness, ln_a, p.spread_start, math.inf)
    found, first, full = foundings(p, woman, source, shedding, after, until, MAX_LESIONS - count)
    if found == 0:
        return -math.inf if full else math.inf
    pace = 1.0 / source.rate
    origin = source.start + (source.ln_y + ln_a) * pace
    draw_children(p, woman, source, stream, first, found)
    for k in range(found):
        lesion = woman.lesions[count]
        found_colony(p, woman, source, lesion, k, first + k, parent, route, origin, pace)
        woman.small_until[count] = lesion.small_until
        woman.no_event_before[count] = lesion.no_event_before
        woman.multiplicities[count] = lesion.multiplicity
        count += 1
    woman.n_lesions = count
    return holds_all_until(woman, full)


@compiled
def primary_spreads(p: Parameters, woman: Woman, first_clock: float, until: float) -> float:
    """Append the colonies that the primary founds until `until`. Returns as `found_colonies` does."""
    return found_colonies(
        p,
        woman,
        woman.primary,
        random.PRIMARY_SPREAD,
        first_clock,
        woman.slowness,
        PRIMARY,
        BLOOD,
        -1.0,
        until,
    )


@compiled
def node_spreads(p: Parameters, woman: Woman, k: int, until: float) -> float:
    """Append the colonies that node focus k founds until `until`. Returns as `found_colonies` does."""
    focus = woman.foci[k]
    slowness = woman.slowness * p.node_slowness
    since, slowest, fastest = growth_bounds(p, woman, focus)
    first = earliest(
        focus,
        since,
        slowest,
        fastest,
        1.0 - focus.first_uniform,  # less than its clock
        slowness,
        p.spread_log_exponent,
        p.spread_start,
    )
    if first > until:
        return math.inf
    determine(p, woman, focus)
    return found_colonies(
        p,
        woman,
        focus,
        random.NODE_TO_BLOOD,
        -math.log(focus.first_uniform),
        slowness,
        PRIMARY - 1 - k,
        LYMPH,
        -1.0,
        until,
    )


@compiled
def mothers_spread(p: Parameters, woman: Woman, first: int, after: float, until: float) -> float:
    """Append what the metastases from `first` on found by blood in (after, until].

    Returns the time until which the list holds all.
    """
    all_until = math.inf
    for i in range(first, woman.n_lesions):
        if woman.no_event_before[i] > until:
            continue
        lesion = woman.lesions[i]
        if not may_act(p, woman, lesion, until) or lesion.spread_at > until:
            continue
        slowness = woman.slowness * p.metastasis_slowness[woman.subtype, lesion.organ]
        slowness /= lesion.multiplicity
        found_until = found_colonies(
            p,
            woman,
            lesion,
            random.METASTASIS_SPREAD,
            lesion.spread_clock,
            slowness,
            i,
            lesion.route,
            after,
            until,
        )
        all_until = min(all_until, found_until)
    return all_until
