"""Metastases in lymph nodes beyond those that surgery removes, founded through the lymph.

A node focus of the axilla founds them at rate λ_n μL N^aL until surgery, a metastasis at λ_m μL N^aL all its
life: the law by which the primary founds node foci, with the woman's own μL. The blood brings metastases to
these nodes as to any organ (see `spread`). What they shed themselves goes into the blood: that is where the
lymph ends.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seedsoil.jit import compiled
from seedsoil.model import random
from seedsoil.model.natural_history.hazard import earliest
from seedsoil.model.natural_history.lazy_lesions import (
    determine,
    growth_bounds,
    may_act,
    set_bounds_of_new,
)
from seedsoil.model.natural_history.lesions import LYMPH, MAX_LESIONS, PRIMARY
from seedsoil.model.natural_history.spread import (
    Shedding,
    draw_children,
    found_colony,
    foundings,
    holds_all_until,
    mothers_spread,
)
from seedsoil.vocabulary import DISTANT_NODES

if TYPE_CHECKING:
    from seedsoil.model.types import Lesion, Parameters, Woman

# Of a process that a lesion does not have: its clock, -ln of this, is later than any bound.
_NEVER = 1e-30


@compiled
def _found_in_nodes(
    p: Parameters,
    woman: Woman,
    source: Lesion,
    stream: int,
    slowness: float,
    parent: int,
    after: float,
    until: float,
) -> float:
    """Append to `lesions` the metastases that `source` founds in nodes through the lymph in (after, until].

    `slowness` is 1/(c K^aL) for its rate c N^aL. Returns as `spread.found_colonies` does.
    """
    ln_a = p.lymph_log_exponent
    first_clock = -math.log(source.lymph_uniform)
    shedding = Shedding(stream, first_clock, slowness, ln_a, p.lymph_start, p.basin_nodes)
    room = MAX_LESIONS - woman.n_lesions
    found, first, full = foundings(p, woman, source, shedding, after, until, room)
    if found == 0:
        return -math.inf if full else math.inf
    pace = 1.0 / source.rate
    origin = source.start + (source.ln_y + ln_a) * pace
    draw_children(p, woman, source, stream, first, found)
    for k in range(found):
        i = woman.n_lesions
        lesion = woman.lesions[i]
        found_colony(p, woman, source, lesion, k, first + k, parent, LYMPH, origin, pace)
        lesion.organ = DISTANT_NODES
        lesion.foundings = 1  # one node after the other
        lesion.multiplicity = 1.0
        lesion.lymph_uniform = _NEVER
        set_bounds_of_new(p, woman, lesion)
        woman.small_until[i] = lesion.small_until
        woman.no_event_before[i] = lesion.no_event_before
        woman.multiplicities[i] = lesion.multiplicity
        woman.n_lesions = i + 1
    return holds_all_until(woman, full)


@compiled
def focus_spreads_on(p: Parameters, woman: Woman, k: int, until: float) -> float:
    """Append what focus k of the axilla founds in further nodes until `until`. Returns as above."""
    focus = woman.foci[k]
    slowness = woman.lymph_slowness * p.focus_lymph_slowness
    since, slowest, fastest = growth_bounds(p, woman, focus)
    clock = 1.0 - focus.lymph_uniform  # less than that of its first
    first = earliest(
        focus, since, slowest, fastest, clock, slowness, p.lymph_log_exponent, p.lymph_start
    )
    if first > until:
        return math.inf
    determine(p, woman, focus)
    return _found_in_nodes(
        p, woman, focus, random.NODE_TO_NODES, slowness, PRIMARY - 1 - k, -1.0, until
    )


@compiled
def generation_spreads(
    p: Parameters, woman: Woman, first: int, after: float, until: float
) -> float:
    """Append what the metastases from `first` on found in (after, until], by blood and by lymph.

    Returns the time until which the list holds all.
    """
    mothers = woman.n_lesions
    all_until = mothers_spread(p, woman, first, after, until)
    slowness = woman.lymph_slowness * p.metastasis_lymph_slowness
    for i in range(first, mothers):
        lesion = woman.lesions[i]
        if woman.no_event_before[i] > until or lesion.organ == DISTANT_NODES:
            continue
        if may_act(p, woman, lesion, until) and lesion.lymph_at <= until:
            stream = random.METASTASIS_TO_NODES
            slower = slowness / lesion.multiplicity
            found_until = _found_in_nodes(p, woman, lesion, stream, slower, i, after, until)
            all_until = min(all_until, found_until)
    return all_until


@compiled
def metastases_spread(p: Parameters, woman: Woman, after: float, until: float) -> float:
    """Append all that metastases, and metastases so founded, found in (after, until].

    Returns as `generation_spreads` does.
    """
    all_until = math.inf
    done = 0
    while done < woman.n_lesions:
        first, done = done, woman.n_lesions
        all_until = min(all_until, generation_spreads(p, woman, first, after, until))
    return all_until
